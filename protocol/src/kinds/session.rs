//! A session: when and where a training is held. A calendar shows it as one event (RFC 5545).

use super::common::{COMMON, COUNT, LINE, LINES, MODES, PROSE, SUMMARY, TITLE, WORDS};
use crate::record::{Field, Kind, Rule, Shape, choices};

/// When and where people come together to learn.
pub(super) static SESSION: Kind = Kind {
    name: "session",
    label: "Session",
    plural: "Sessions",
    help: "When and where a training is held. It stands in the shared calendar.",
    title: "title",
    own: &[
        TITLE,
        SUMMARY,
        Field::new("training", "Training", "", Shape::Link { to: &["training"] }),
        Field::new("start", "Starts", "", Shape::DateTime).to_save(),
        Field::new("end", "Ends", "", Shape::DateTime).to_save(),
        Field::new("zone", "Time zone", "Whose clock these times are on.", Shape::Zone).to_save(),
        Field::new("recurrence", "Repeats", "Such as FREQ=WEEKLY;BYDAY=TU;COUNT=6.", Shape::Recurrence),
        Field::new(
            "also_on",
            "Also on",
            "Further starts, outside of the rule.",
            Shape::Set { of: &Shape::DateTime, most: 100 },
        ),
        Field::new(
            "not_on",
            "Not on",
            "Starts of the rule that fall out.",
            Shape::Set { of: &Shape::DateTime, most: 100 },
        ),
        Field::new("overrides", "Single dates that differ", "", Shape::List { of: OVERRIDES, most: 100 }),
        Field::new("status", "Status", "", STATUS).facet(),
        Field::new("mode", "How", "", Shape::Choice(MODES)).facet(),
        Field::new("place", "Place", "Building, street, town.", LINE),
        Field::new("link", "Link", "Where to join online.", Shape::Url),
        Field::new("description", "Description", "", PROSE),
        Field::new("seats", "Seats", "", COUNT),
        Field::new("registration", "Register at", "", Shape::Url),
        Field::new("registration_closes", "Register until", "", Shape::Date),
        Field::new("hosts", "Hosts", "The collaboratives or organizations that host it.", WORDS).facet(),
        Field::new(
            "open_to",
            "Open to",
            "",
            Shape::Choice(&choices([("own", "Our own people"), ("network", "The network"), ("public", "Everybody")])),
        )
        .facet(),
        Field::new("accommodations", "Accommodations", "", Shape::Group(ACCOMMODATIONS)),
        // Calendars take over a change only when this has grown; see records.md.
        Field::new("sequence", "Sequence", "", Shape::Whole { least: 0, most: 2_000_000_000 }).unasked(),
    ],
    common: COMMON,
    licence: "CC-BY-4.0",
    rules: &[Rule::InOrder("start", "end")],
};

const STATUS: Shape = Shape::Choice(&choices([
    ("tentative", "Not yet certain"),
    ("confirmed", "Takes place"),
    ("cancelled", "Canceled"),
    ("postponed", "Postponed"),
    ("moved", "Moved"),
]));

/// One date of a series that is held otherwise.
const OVERRIDES: &[Field] = &[
    Field::new("instead_of", "Instead of", "The start it would have by the rule.", Shape::DateTime).to_save(),
    Field::new("start", "Starts", "", Shape::DateTime),
    Field::new("end", "Ends", "", Shape::DateTime),
    Field::new("title", "Title", "", LINE),
    Field::new("place", "Place", "", LINE),
    Field::new("link", "Link", "", Shape::Url),
    Field::new("status", "Status", "", STATUS),
    Field::new("note", "Note", "", LINES),
];

const ACCOMMODATIONS: &[Field] = &[
    Field::new("interpreter", "Interpreter", "", Shape::YesNo),
    Field::new("captions", "Captions", "", Shape::YesNo),
    Field::new("wheelchair", "Wheelchair access", "", Shape::YesNo),
    Field::new("childcare", "Child care", "", Shape::YesNo),
    Field::new("food", "Food", "", Shape::YesNo),
    Field::new("stipend", "Stipend", "", Shape::YesNo),
    Field::new("travel", "Help with travel", "", Shape::YesNo),
    Field::new("note", "Note", "", LINE),
];
