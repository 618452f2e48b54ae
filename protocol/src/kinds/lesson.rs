//! A lesson: what happened when somebody tried a practice.

use super::common::{COMMON, LINE, PROSE, SUMMARY, TITLE};
use crate::record::{Field, Kind, Rule, Shape, choices};

/// What happened when somebody tried something.
pub(super) static LESSON: Kind = Kind {
    name: "lesson",
    label: "Lesson",
    plural: "Lessons",
    help: "What happened when you tried a practice: it finds its way back to whoever wrote it down.",
    title: "title",
    own: &[
        TITLE,
        SUMMARY,
        Field::new(
            "about",
            "About",
            "The practice or the initiative it is about.",
            Shape::Link { to: &["practice", "initiative"] },
        )
        .to_share(),
        Field::new("context", "Where you stood", "What was different with you?", PROSE),
        Field::new("what_we_changed", "What we changed", "", PROSE),
        Field::new("what_happened", "What happened", "", PROSE),
        Field::new(
            "would_do_again",
            "Would you do it again?",
            "",
            Shape::Choice(&choices([("yes", "Yes"), ("changed", "Yes, but otherwise"), ("no", "No")])),
        )
        .facet(),
        Field::new("surprises", "Surprises", "", PROSE),
        Field::new("from", "From", "", Shape::Date),
        Field::new("to", "To", "", Shape::Date),
        Field::new("where", "Where", "", LINE),
    ],
    common: COMMON,
    licence: "CC-BY-4.0",
    rules: &[Rule::InOrder("from", "to")],
};
