//! The rooms of the pages, each with the kinds of records it shows. One table, in the order of the tabs.

/// A room.
#[derive(Debug)]
pub(super) struct Section {
    /// Its address, after the slash; its texts are named after it.
    pub(super) path: &'static str,
    /// Its icon.
    pub(super) icon: &'static str,
    /// The kinds of records it shows.
    pub(super) kinds: &'static [&'static str],
}

/// All rooms.
pub(super) static SECTIONS: [Section; 7] = [
    Section { path: "practices", icon: "practices", kinds: &["practice"] },
    Section { path: "lessons", icon: "idea", kinds: &["lesson"] },
    Section { path: "trainings", icon: "calendar", kinds: &["training", "session", "training_need"] },
    Section {
        path: "directory",
        icon: "directory",
        kinds: &["service", "organization", "location", "service_at_location"],
    },
    Section { path: "collaboratives", icon: "collabs", kinds: &["collaborative"] },
    Section { path: "library", icon: "agreements", kinds: &["library_item"] },
    Section { path: "announcements", icon: "feed", kinds: &["announcement"] },
];

/// The room of a kind of record.
pub(super) fn of_kind(kind: &str) -> &'static Section {
    SECTIONS.iter().find(|section| section.kinds.contains(&kind)).unwrap_or(&SECTIONS[0])
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
