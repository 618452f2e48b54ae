//! The nested objects of HSDS 3.1 (Open Referral, CC BY-SA 4.0): phones, addresses, schedules and the rest, with
//! exactly its names.
//!
//! What HSDS has and these do not: the `id` of a nested object is its item's id; ids that point back at the object around
//! it follow from where it stands; `metadata` and `last_modified` are the change history.

use super::common::{LINE, LINES};
use crate::record::{Field, Shape, choices};

/// A text of the directory within an item.
const TEXT: Shape = LINES;

/// A persistent identifier, which need not be a web address.
const URI: Shape = Shape::Line { most: 500 };

const SHORT: Shape = Shape::Line { most: 60 };

/// The taxonomy terms of whatever they stand in.
pub(super) const ATTRIBUTES: Field = Field::new(
    "attributes",
    "Taxonomy terms",
    "",
    Shape::List {
        of: &[
            Field::new("label", "Label", "", LINE),
            Field::new("value", "Value", "", LINE),
            Field::new("link_type", "What the term describes", "", LINE),
            Field::new("taxonomy_term_id", "Term id", "", Shape::Link { to: &[] }),
            Field::new("taxonomy_term", "Term", "", Shape::Group(TAXONOMY_TERM)),
        ],
        most: 60,
    },
)
.unasked();

const TAXONOMY_TERM: &[Field] = &[
    Field::new("code", "Code", "", LINE),
    Field::new("name", "Name", "", LINE),
    Field::new("description", "Description", "", TEXT),
    Field::new("parent_id", "Parent", "", Shape::Link { to: &[] }),
    Field::new("taxonomy", "Taxonomy", "", LINE),
    Field::new("taxonomy_id", "Taxonomy id", "", Shape::Link { to: &[] }),
    Field::new("taxonomy_detail", "Taxonomy in full", "", Shape::Group(TAXONOMY)),
    Field::new("language", "Language", "", Shape::Language),
    Field::new("term_uri", "Identifier of the term", "", URI),
];

const TAXONOMY: &[Field] = &[
    Field::new("name", "Name", "", LINE),
    Field::new("description", "Description", "", TEXT),
    Field::new("uri", "Identifier", "", URI),
    Field::new("version", "Version", "", SHORT),
];

/// Languages spoken.
pub(super) const LANGUAGES: &[Field] = &[
    Field::new("name", "Language", "", LINE),
    Field::new("code", "Code", "Two or three letters, such as fr.", Shape::Language),
    Field::new("note", "Note", "", TEXT),
    ATTRIBUTES,
];

/// Telephone numbers.
pub(super) const PHONES: &[Field] = &[
    Field::new("number", "Number", "", Shape::Phone).to_save(),
    Field::new("extension", "Extension", "", Shape::Line { most: 20 }),
    Field::new("type", "Type", "voice, text, fax, cell, video, pager or textphone", SHORT),
    Field::new("description", "Description", "When and for what to call it.", TEXT),
    Field::new("languages", "Languages", "", Shape::List { of: LANGUAGES, most: 20 }),
    ATTRIBUTES,
];

/// Whom to ask.
pub(super) const CONTACTS: &[Field] = &[
    Field::new("name", "Name", "A role, such as “Front desk”, before a person.", LINE),
    Field::new("title", "Job title", "", LINE),
    Field::new("department", "Department", "", LINE),
    Field::new("email", "E-mail", "", Shape::Email),
    Field::new("phones", "Telephone", "", Shape::List { of: PHONES, most: 10 }),
    ATTRIBUTES,
];

/// Where to go, or to write to.
pub(super) const ADDRESSES: &[Field] = &[
    Field::new("attention", "Attention", "", LINE),
    Field::new("address_1", "Street and number", "", LINE).to_save(),
    Field::new("address_2", "More of the address", "", LINE),
    Field::new("city", "Town", "", LINE).to_save(),
    Field::new("region", "Region", "", LINE),
    Field::new("state_province", "State", "", LINE).to_save(),
    Field::new("postal_code", "ZIP code", "", SHORT).to_save(),
    Field::new("country", "Country", "Two letters, such as US.", Shape::Line { most: 2 }).to_save(),
    Field::new("address_type", "Type", "", LOCATION_TYPE).to_save(),
    ATTRIBUTES,
];

/// Whether one goes there, writes there or meets online.
pub(super) const LOCATION_TYPE: Shape =
    Shape::Choice(&choices([("physical", "A place to go to"), ("postal", "For letters"), ("virtual", "Online")]));

/// When something is open.
pub(super) const SCHEDULES: &[Field] = &[
    Field::new("description", "When", "In words, such as “Mondays 9 to 5, not on holidays”.", TEXT),
    Field::new("freq", "Repeats", "", Shape::Choice(&choices([("WEEKLY", "Every week"), ("MONTHLY", "Every month")]))),
    Field::new("interval", "Every how many", "", Shape::Whole { least: 1, most: 1000 }),
    Field::new("byday", "Days of the week", "Such as MO,WE or 1TH.", LINE),
    Field::new("bymonthday", "Days of the month", "", LINE),
    Field::new("byweekno", "Weeks of the year", "", LINE),
    Field::new("byyearday", "Days of the year", "", LINE),
    Field::new("opens_at", "Opens at", "", Shape::Time),
    Field::new("closes_at", "Closes at", "", Shape::Time),
    Field::new("zone", "Time zone", "Ours: HSDS has only the offset.", Shape::Zone),
    Field::new("timezone", "Offset from UTC", "In hours.", Shape::Decimal { least: -14.0, most: 14.0 }).unasked(),
    Field::new("valid_from", "Valid from", "", Shape::Date),
    Field::new("valid_to", "Valid to", "", Shape::Date),
    Field::new("dtstart", "First on", "", Shape::Date),
    Field::new("until", "Last on", "", Shape::Date),
    Field::new("count", "How often", "", Shape::Whole { least: 1, most: 10_000 }),
    Field::new("wkst", "Week starts on", "", WEEKDAY).unasked(),
    Field::new("schedule_link", "Web page", "", Shape::Url),
    Field::new("attending_type", "How to attend", "", LINE),
    Field::new("notes", "Notes", "", TEXT),
    ATTRIBUTES,
];

const WEEKDAY: Shape = Shape::Choice(&choices([
    ("MO", "Monday"),
    ("TU", "Tuesday"),
    ("WE", "Wednesday"),
    ("TH", "Thursday"),
    ("FR", "Friday"),
    ("SA", "Saturday"),
    ("SU", "Sunday"),
]));

/// How people with disabilities get in and about.
pub(super) const ACCESSIBILITY: &[Field] = &[
    Field::new("description", "Accessibility", "", TEXT),
    Field::new("details", "Details", "", TEXT),
    Field::new("url", "Web page", "", Shape::Url),
    ATTRIBUTES,
];

/// What it costs.
pub(super) const COST_OPTIONS: &[Field] = &[
    Field::new("option", "For whom, or when", "", TEXT),
    Field::new("amount", "Amount", "", Shape::Decimal { least: 0.0, most: 1e9 }),
    Field::new("currency", "Currency", "Three letters, such as usd.", Shape::Line { most: 3 }),
    Field::new("amount_description", "What the amount covers", "", TEXT),
    Field::new("valid_from", "From", "", Shape::Date),
    Field::new("valid_to", "To", "", Shape::Date),
    ATTRIBUTES,
];

/// What to bring.
pub(super) const REQUIRED_DOCUMENTS: &[Field] =
    &[Field::new("document", "Document", "", TEXT), Field::new("uri", "Where to get it", "", URI), ATTRIBUTES];

/// Where a service is available.
pub(super) const SERVICE_AREAS: &[Field] = &[
    Field::new("name", "Area", "", LINES),
    Field::new("description", "Description", "", TEXT),
    Field::new("extent", "Outline", "", Shape::Lines { most: 8000 }).unasked(),
    Field::new("extent_type", "Format of the outline", "", SHORT).unasked(),
    Field::new("uri", "Identifier", "", URI).unasked(),
    ATTRIBUTES,
];

/// Who pays for it.
pub(super) const FUNDING: &[Field] = &[Field::new("source", "Source", "", TEXT), ATTRIBUTES];

/// Further web addresses.
pub(super) const URLS: &[Field] =
    &[Field::new("url", "Web address", "", Shape::Url).to_save(), Field::new("label", "Label", "", LINE), ATTRIBUTES];

/// Names in other registers.
pub(super) const ORGANIZATION_IDENTIFIERS: &[Field] = &[
    Field::new("identifier", "Identifier", "", LINE).to_save(),
    Field::new("identifier_type", "Type", "Such as EIN.", LINE).to_save(),
    Field::new("identifier_scheme", "Scheme", "By org-id.guide, such as US-EIN.", LINE),
    ATTRIBUTES,
];

/// Services that belong together.
pub(super) const PROGRAMS: &[Field] = &[
    Field::new("name", "Name", "", LINE).to_save(),
    Field::new("alternate_name", "Other name", "", LINE),
    Field::new("description", "Description", "", TEXT).to_save(),
    ATTRIBUTES,
];

/// How much room there is.
pub(super) const CAPACITIES: &[Field] = &[
    Field::new("available", "Available", "", Shape::Decimal { least: 0.0, most: 1e9 }).to_save(),
    Field::new("maximum", "At most", "", Shape::Decimal { least: 0.0, most: 1e9 }),
    Field::new("unit", "Unit", "", Shape::Group(UNIT)).to_save(),
    Field::new("unit_id", "Unit id", "", Shape::Link { to: &[] }).unasked(),
    Field::new("description", "Description", "", TEXT),
    Field::new("updated", "As of", "", Shape::Instant).to_save(),
    ATTRIBUTES,
];

const UNIT: &[Field] = &[
    Field::new("name", "Name", "Such as bed or hour.", LINE).to_save(),
    Field::new("scheme", "Scheme", "", LINE),
    Field::new("identifier", "Identifier", "", LINE),
    Field::new("uri", "Web address of the unit", "", URI),
    ATTRIBUTES,
];
