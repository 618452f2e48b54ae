//! A library item: something to read, watch or listen to.

use super::common::{COMMON, LINE, PROSE, SUMMARY, TITLE, WORDS};
use crate::record::{Field, Kind, Shape, choices};

/// Something to read, watch or listen to, at a web address or attached.
pub(super) static LIBRARY_ITEM: Kind = Kind {
    name: "library_item",
    label: "Library item",
    plural: "Library",
    help: "Something to read, watch or listen to, at a web address or attached.",
    title: "title",
    own: &[
        TITLE,
        SUMMARY,
        Field::new("url", "Web address", "Or attach a file.", Shape::Url),
        Field::new(
            "media",
            "What it is",
            "",
            Shape::Choice(&choices([
                ("text", "A text"),
                ("slides", "Slides"),
                ("video", "A film"),
                ("audio", "A recording"),
                ("form", "A form or a template"),
                ("data", "Data"),
                ("site", "A web site"),
            ])),
        )
        .facet(),
        Field::new("media_type", "Media type", "Such as application/pdf.", Shape::Line { most: 100 }).unasked(),
        Field::new("publisher", "Publisher", "", LINE).facet(),
        Field::new("author", "Author", "", LINE),
        Field::new("published", "Published on", "", Shape::Date),
        Field::new("duration", "Length", "Of a film or a recording, such as PT45M.", Shape::Duration),
        Field::new("transcript", "Transcript", "What is said in it; attach a long one.", Shape::Prose { most: 20_000 }),
        Field::new("useful_for", "Useful for", "", WORDS).facet(),
        Field::new("notes", "Notes", "", PROSE),
    ],
    common: COMMON,
    licence: "CC-BY-4.0",
    rules: &[],
};
