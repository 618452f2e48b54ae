//! A training need: what people want to learn, so that somebody can offer it.

use super::common::{COMMON, COUNT, LINE, PROSE, SUMMARY, TITLE};
use crate::record::{Field, Kind, Shape};

/// What people want to learn.
pub(super) static TRAINING_NEED: Kind = Kind {
    name: "training_need",
    label: "Training need",
    plural: "Training needs",
    help: "What people want to learn, so that somebody can offer it.",
    title: "title",
    own: &[
        TITLE,
        SUMMARY,
        Field::new("topic", "Topic", "What is it about?", LINE).to_share().facet(),
        Field::new("who", "Who", "Who wants to learn it?", LINE),
        Field::new("how_many", "How many", "", COUNT),
        Field::new("by_when", "By when", "", Shape::Date),
        Field::new("would_host", "Would host it", "", Shape::YesNo).facet(),
        Field::new("would_pay", "Would pay for it", "", Shape::YesNo).facet(),
        Field::new("details", "Details", "", PROSE),
        Field::new(
            "matched",
            "Trainings that fit",
            "",
            Shape::Set { of: &Shape::Link { to: &["training"] }, most: 50 },
        ),
    ],
    common: COMMON,
    licence: "CC-BY-4.0",
    rules: &[],
};
