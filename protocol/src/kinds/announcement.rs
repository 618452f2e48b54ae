//! An announcement: news that passes.

use super::common::{COMMON, PROSE, SUMMARY, TITLE};
use crate::record::{Field, Kind, Shape};

/// News that passes.
pub(super) static ANNOUNCEMENT: Kind = Kind {
    name: "announcement",
    label: "Announcement",
    plural: "Announcements",
    help: "News for the others, until it expires.",
    title: "title",
    own: &[
        TITLE,
        SUMMARY,
        Field::new("body", "Text", "", PROSE).to_share(),
        Field::new("url", "More at", "", Shape::Url),
        Field::new("expires", "Show until", "", Shape::Date),
    ],
    common: COMMON,
    licence: "CC-BY-4.0",
    rules: &[],
};
