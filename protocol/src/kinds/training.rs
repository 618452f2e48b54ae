//! A training: what can be learnt. When and where stands in its sessions. Schema.org calls it a Course.

use super::common::{COMMON, LANGUAGES, LINE, LINES, MODES, PROSE, SUMMARY, TITLE, WORDS};
use crate::record::{Field, Kind, Shape, choices};

/// What can be learnt, and from whom.
pub(super) static TRAINING: Kind = Kind {
    name: "training",
    label: "Training",
    plural: "Trainings",
    help: "What can be learned, and from whom. Its dates are sessions.",
    title: "title",
    own: &[
        TITLE,
        SUMMARY,
        Field::new("provider", "Provider", "The organization that offers it.", LINE).facet(),
        Field::new("description", "Description", "", PROSE),
        Field::new("objectives", "What you will learn", "", Shape::List { of: OBJECTIVES, most: 30 }),
        Field::new("audience", "For whom", "Case workers, volunteers, parents, …", WORDS).facet(),
        Field::new(
            "level",
            "Level",
            "",
            Shape::Choice(&choices([
                ("beginner", "For beginners"),
                ("intermediate", "With some experience"),
                ("advanced", "Advanced"),
            ])),
        )
        .facet(),
        Field::new("prerequisites", "What you need before", "", PROSE),
        Field::new("format", "Format", "", Shape::Choice(MODES)).facet(),
        Field::new("duration", "Takes", "Such as PT1H30M.", Shape::Duration),
        Field::new("credits", "Credits", "", Shape::List { of: CREDITS, most: 20 }),
        Field::new("cost", "Cost", "", LINE),
        Field::new("scholarship", "Help with the cost", "", LINE),
        Field::new("languages", "Languages", "", LANGUAGES).facet(),
        Field::new("accessibility", "Accessibility", "", PROSE),
        Field::new("materials", "Materials", "", Shape::List { of: MATERIALS, most: 40 }),
        Field::new("url", "Web page", "", Shape::Url),
        Field::new("trainers", "Trainers", "Only those who want to be asked.", Shape::List { of: TRAINERS, most: 40 }),
    ],
    common: COMMON,
    licence: "CC-BY-4.0",
    rules: &[],
};

const OBJECTIVES: &[Field] = &[Field::new("text", "You will", "", LINES).to_save()];

const CREDITS: &[Field] = &[
    Field::new("type", "Type", "CEU, contact hours, …", LINE).to_save(),
    Field::new("number", "How many", "", Shape::Decimal { least: 0.0, most: 1000.0 }),
    Field::new("body", "Given by", "", LINE),
];

const MATERIALS: &[Field] = &[
    Field::new("name", "Name", "", LINE).to_save(),
    Field::new("url", "Web address", "", Shape::Url),
    Field::new("note", "Note", "", LINE),
];

const TRAINERS: &[Field] = &[
    Field::new("name", "Name", "", LINE).to_save(),
    Field::new("email", "E-mail", "", Shape::Email),
    Field::new("note", "What they can teach, and where", "", LINES),
];
