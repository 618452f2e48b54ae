//! The rooms of the pages, each with the kinds of records it shows. One table, in the order of the tabs.

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
    response::Response,
};
use protocol::{
    identity::MemberId,
    input::Request,
    kinds,
    record::Kind,
    refusal::Refusal,
    view::{Answer, RecordView},
};

use super::{
    Web,
    site::{Site, later, nothing_here},
};
use crate::catalog::Row;

/// A room.
#[derive(Debug)]
pub(super) struct Section {
    /// Its address, after the slash; its texts are named after it.
    pub(super) path: &'static str,
    /// Its icon.
    pub(super) icon: &'static str,
    /// Whether it stands among the tabs at the top; all stand in the footer.
    pub(super) tab: bool,
    /// The kinds of records it shows.
    pub(super) kinds: &'static [&'static str],
}

impl Section {
    /// The kind of this name, where the room shows it.
    pub(super) fn kind(&self, name: &str) -> Option<&'static Kind> {
        self.kinds.contains(&name).then(|| kinds::kind(name)).flatten()
    }
}

/// All rooms.
pub(super) static SECTIONS: [Section; 8] = [
    Section { path: "practices", icon: "practices", tab: true, kinds: &["practice"] },
    Section { path: "calendar", icon: "calendar", tab: true, kinds: &["session"] },
    Section {
        path: "directory",
        icon: "directory",
        tab: true,
        kinds: &["service", "organization", "location", "service_at_location"],
    },
    Section { path: "collaboratives", icon: "collabs", tab: true, kinds: &["collaborative"] },
    Section { path: "lessons", icon: "idea", tab: true, kinds: &["lesson"] },
    // What can be learnt; when and where stands in the calendar, which leads here.
    Section { path: "trainings", icon: "people", tab: false, kinds: &["training", "training_need"] },
    Section { path: "library", icon: "agreements", tab: true, kinds: &["library_item"] },
    Section { path: "announcements", icon: "feed", tab: true, kinds: &["announcement"] },
];

/// The room of a kind of record.
pub(super) fn of_kind(kind: &str) -> &'static Section {
    SECTIONS.iter().find(|section| section.kinds.contains(&kind)).unwrap_or(&SECTIONS[0])
}

/// The address of a record's own page.
pub(super) fn address(row: &Row) -> String {
    format!("/{}/{}", of_kind(row.kind.name).path, row.id)
}

/// The address of a member's own page; of one without a profile, where what it shares is listed.
pub(super) fn of_member(id: &MemberId, profile: Option<&Row>) -> String {
    profile.map_or_else(|| format!("/search?by={id}"), address)
}

/// The room that an address leads into.
impl FromRequestParts<Web> for &'static Section {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<&'static Section, Response> {
        let path = parts.uri.path().trim_start_matches('/').split('/').next().unwrap_or_default();
        match SECTIONS.iter().find(|section| section.path == path) {
            Some(section) => Ok(section),
            None => Err(nothing_here(&Site::from_request_parts(parts, web).await?)),
        }
    }
}

/// The record that an address leads to, in its room. Only behind what lets writers in: it does not ask who reads.
pub(super) struct Addressed {
    pub(super) section: &'static Section,
    pub(super) kind: &'static Kind,
    pub(super) record: RecordView,
}

impl FromRequestParts<Web> for Addressed {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Addressed, Response> {
        let section = <&'static Section>::from_request_parts(parts, web).await?;
        if let Ok(Path((_, doc))) = Path::<(String, String)>::from_request_parts(parts, web).await {
            match web.node.ask(Request::Show { doc, history: false }).await {
                Ok(Answer::Record(record)) => {
                    if let Some(kind) = section.kind(&record.summary.kind) {
                        return Ok(Addressed { section, kind, record: *record });
                    }
                }
                Err(Refusal::Store(_) | Refusal::Unreadable | Refusal::Stopping) => {
                    return Err(later(&Site::from_request_parts(parts, web).await?));
                }
                _ => {}
            }
        }
        Err(nothing_here(&Site::from_request_parts(parts, web).await?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_one_room() {
        for kind in protocol::kinds::all() {
            let rooms = SECTIONS.iter().filter(|section| section.kinds.contains(&kind.name)).count();
            assert_eq!(rooms, 1, "{}", kind.name);
        }
    }
}
