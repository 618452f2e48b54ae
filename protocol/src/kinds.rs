//! The kinds of records, one file each. A new kind is a new file and a line here.

mod announcement;
mod collaborative;
mod common;
mod directory;
mod lesson;
mod library_item;
mod location;
mod organization;
mod practice;
mod service;
mod service_at_location;
mod session;
mod training;
mod training_need;

#[cfg(test)]
mod tests;

use crate::record::Kind;

/// The kind of this name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    all().iter().copied().find(|kind| kind.name == name)
}

/// Every kind, in the order of menus.
pub fn all() -> &'static [&'static Kind] {
    ALL
}

/// The kinds of which others may want a version of their own.
pub const ADOPTED: [&str; 3] = ["practice", "training", "library_item"];

static ALL: &[&Kind] = &[
    &practice::PRACTICE,
    &lesson::LESSON,
    &training::TRAINING,
    &session::SESSION,
    &training_need::TRAINING_NEED,
    &organization::ORGANIZATION,
    &service::SERVICE,
    &location::LOCATION,
    &service_at_location::SERVICE_AT_LOCATION,
    &library_item::LIBRARY_ITEM,
    &announcement::ANNOUNCEMENT,
    &collaborative::COLLABORATIVE,
];
