//! A practice: something that works, written so that another collaborative can try it.

use super::common::{COMMON, COMPONENTS, LINE, LINES, PROSE, SUMMARY, TITLE, WORDS};
use crate::record::{Field, Kind, Shape, choices};

/// What works, and how to do it elsewhere.
pub(super) static PRACTICE: Kind = Kind {
    name: "practice",
    label: "Practice",
    plural: "Practices",
    help: "Something that works, written so that another collaborative can try it.",
    title: "title",
    own: &[
        TITLE,
        SUMMARY,
        Field::new(
            "abstract",
            "Abstract",
            "The main result and what you recommend, in 1,000 to 1,500 characters.",
            Shape::Prose { most: 1500 },
        ),
        Field::new("problem", "The problem", "What was the matter before?", PROSE),
        Field::new("for_whom", "For whom", "Whom does it help?", PROSE),
        Field::new(
            "setting",
            "Setting",
            "Where was it done: town or country, how large, in what kind of place?",
            PROSE,
        ),
        Field::new("steps", "Steps", "What to do, one step after the other.", Shape::List { of: STEPS, most: 60 }),
        Field::new("roles_and_time", "Roles and time", "Who does what, and how long does it take?", PROSE),
        Field::new(
            "cost",
            "Cost",
            "",
            Shape::Choice(&choices([
                ("none", "Nothing"),
                ("under_1000", "Under $1,000"),
                ("under_10000", "$1,000 to $10,000"),
                ("under_50000", "$10,000 to $50,000"),
                ("over_50000", "Over $50,000"),
            ])),
        )
        .facet(),
        Field::new("partners_needed", "Partners needed", "Schools, libraries, town office, …", WORDS),
        Field::new(
            "materials",
            "Materials",
            "Forms, flyers, agendas that others can use.",
            Shape::List { of: MATERIALS, most: 40 },
        ),
        Field::new("results", "Results", "What changed, and how do you know?", PROSE),
        Field::new("what_worked", "What worked", "", PROSE),
        Field::new("what_did_not", "What did not work", "", PROSE),
        Field::new("advice", "Advice", "What would you tell somebody who starts?", PROSE),
        Field::new("core_elements", "Keep this", "What must stay as it is, for the practice to work?", PROSE),
        Field::new("may_adapt", "Change this freely", "What may be done another way elsewhere?", PROSE),
        Field::new("lived_experience", "People with lived experience", "What part did they have in it?", PROSE),
        Field::new(
            "engagement",
            "Community engagement",
            "",
            Shape::Choice(&choices([
                ("marginalization", "0 · Marginalization"),
                ("placation", "1 · Placation"),
                ("tokenization", "2 · Tokenization"),
                ("voice", "3 · Voice"),
                ("delegated_power", "4 · Delegated power"),
                ("community_ownership", "5 · Community ownership"),
            ])),
        )
        .facet(),
        Field::new("equity", "Equity", "Whom does it reach, whom not, and what did you do about it?", PROSE),
        Field::new(
            "evidence",
            "Evidence",
            "Each rating with its source and date.",
            Shape::List { of: EVIDENCE, most: 20 },
        ),
        Field::new("policy", "What it means for policy", "", PROSE),
        Field::new(
            "maturity",
            "How far along",
            "",
            Shape::Choice(&choices([
                ("idea", "An idea"),
                ("trying", "We are trying it"),
                ("established", "Established"),
                ("retired", "No longer done"),
            ])),
        )
        .facet(),
        Field::new("since", "Since", "When did you begin with it?", Shape::Date),
        Field::new(
            "what_we_changed",
            "What we changed",
            "If you took it over from somebody: what do you do another way?",
            PROSE,
        ),
        Field::new("components", "Core components", "", Shape::Set { of: &Shape::Choice(COMPONENTS), most: 7 }).facet(),
    ],
    common: COMMON,
    licence: "CC-BY-4.0",
    rules: &[],
};

const STEPS: &[Field] = &[
    Field::new("text", "Step", "", LINES).to_save(),
    Field::new("who", "Who", "", LINE),
    Field::new("takes", "Takes", "", Shape::Duration),
];

const MATERIALS: &[Field] = &[
    Field::new("name", "Name", "", LINE).to_save(),
    Field::new("url", "Web address", "", Shape::Url),
    Field::new("note", "Note", "", LINE),
];

/// Ratings are dated claims of somebody, never our own.
const EVIDENCE: &[Field] = &[
    Field::new(
        "scheme",
        "Rated by",
        "",
        Shape::Choice(&choices([
            ("title_iv_e", "Title IV-E Prevention Services Clearinghouse"),
            ("cebc", "California Evidence-Based Clearinghouse (1 is best, 5 worst)"),
            ("community_defined", "Community-defined evidence"),
            ("local_data", "Local data"),
            ("none_yet", "None yet"),
        ])),
    )
    .to_save()
    .facet(),
    Field::new("rating", "Rating", "In the words of who rated it.", LINE),
    Field::new("relevance", "Relevance", "", LINE),
    Field::new("source", "Source", "Where can it be read?", LINE),
    Field::new("rated_on", "Rated on", "", Shape::Date),
    Field::new("checked_on", "Checked on", "", Shape::Date),
];
