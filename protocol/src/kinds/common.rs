//! What every record has, whatever its kind, and the choices that several kinds share.

use super::directory::CONTACTS;
use crate::record::{Choice, Field, Shape, choices};

/// One line of the usual length.
pub(super) const LINE: Shape = Shape::Line { most: 200 };

/// A few lines within an item.
pub(super) const LINES: Shape = Shape::Lines { most: 2000 };

/// Text of the usual length that people write together.
pub(super) const PROSE: Shape = Shape::Prose { most: 8000 };

/// A few short words of anybody's choosing.
pub(super) const WORDS: Shape = Shape::Set { of: &Shape::Line { most: 80 }, most: 40 };

/// Several languages.
pub(super) const LANGUAGES: Shape = Shape::Set { of: &Shape::Language, most: 40 };

/// A count of things or people.
pub(super) const COUNT: Shape = Shape::Whole { least: 0, most: 1_000_000 };

/// The title of a record.
pub(super) const TITLE: Field =
    Field::new("title", "Title", "A name that says what it is, without abbreviations.", LINE).to_save();

/// What a record says, in short.
pub(super) const SUMMARY: Field = Field::new(
    "summary",
    "Summary",
    "What it is and whom it helps, in plain language, in at most 300 characters.",
    Shape::Prose { most: 300 },
)
.to_share();

/// A summary where the standard's description may stand alone.
pub(super) const OPTIONAL_SUMMARY: Field = Field::new(
    "summary",
    "Summary",
    "For lists, in plain language, in at most 300 characters. Without it the description is shown.",
    Shape::Prose { most: 300 },
);

/// The seven core components of a collaborative.
pub(super) const COMPONENTS: &[Choice] = &choices([
    ("local_leadership", "Local leadership"),
    ("relational_infrastructure", "Relational infrastructure"),
    ("financial_infrastructure", "Financial infrastructure"),
    ("physical_space", "Access to physical space"),
    ("service_focus", "Service focus"),
    ("shared_initiatives", "Shared initiatives"),
    ("intentional_change", "Intentional change"),
]);

/// How people come together.
pub(super) const MODES: &[Choice] = &choices([
    ("in_person", "In person"),
    ("online", "Online"),
    ("hybrid", "In person and online"),
    ("self_paced", "Alone, at any time"),
]);

const CONFIRMED: &[Field] = &[
    Field::new("at", "Confirmed on", "", Shape::Date).to_save(),
    Field::new("by", "Confirmed by", "An organization or a role, rather than a person.", LINE),
    Field::new(
        "method",
        "How",
        "",
        Shape::Choice(&choices([
            ("owner", "The provider said so"),
            ("phone", "By telephone"),
            ("email", "By e-mail"),
            ("visit", "By a visit"),
            ("website", "On its web site"),
        ])),
    ),
];

const PLACES: &[Field] = &[
    Field::new("state", "State", "Two letters, such as ME.", Shape::Line { most: 60 }).facet(),
    Field::new("county", "County", "", Shape::Line { most: 80 }).facet(),
    Field::new("town", "Town", "", Shape::Line { most: 80 }).facet(),
    Field::new("geoid", "GEOID", "The Census code of the smallest of these, if known.", Shape::Line { most: 20 }),
];

const ATTACHMENTS: &[Field] = &[
    Field::new("name", "Name", "", LINE).to_save(),
    Field::new("hash", "Fingerprint", "", Shape::Hash).to_save(),
    Field::new("media_type", "Media type", "", Shape::Line { most: 100 }).to_save(),
    Field::new("bytes", "Size in bytes", "", Shape::Whole { least: 0, most: 1 << 40 }),
    Field::new("alt", "In words", "What a picture shows, for people who cannot see it.", LINES),
    Field::new("transcript", "Transcript", "What is said in a recording.", Shape::Lines { most: 20_000 }),
    Field::new("licence", "License", "", Shape::Line { most: 60 }),
];

const RELATED: &[Field] = &[
    Field::new("target", "Record", "", Shape::Link { to: &[] }).to_save(),
    Field::new(
        "relation",
        "How they belong together",
        "",
        Shape::Choice(&choices([
            ("about", "Is about it"),
            ("part_of", "Is part of it"),
            ("follows", "Follows it"),
            ("same_as", "Is the same thing"),
            ("see_also", "See also"),
        ])),
    ),
    Field::new("note", "Note", "", LINE),
];

const TRANSLATIONS: &[Field] = &[
    Field::new("language", "Language", "", Shape::Language).to_save(),
    Field::new("title", "Title", "", LINE),
    Field::new("summary", "Summary", "", Shape::Lines { most: 300 }),
    Field::new("body", "Text", "", Shape::Lines { most: 8000 }),
    Field::new("source_revision", "Made from", "The version of the text that was translated.", Shape::Hash),
    Field::new("made_by", "Made by", "", Shape::Choice(&choices([("human", "A person"), ("machine", "A machine")]))),
];

/// What stands on every record, after its own fields.
pub(super) const COMMON: &[Field] = &[
    Field::new("topics", "Topics", "What it is about, in words that others use too.", WORDS).facet(),
    Field::new("populations", "For", "The people it concerns: families with young children, veterans, …", WORDS)
        .facet(),
    Field::new("places", "Places", "", Shape::List { of: PLACES, most: 50 }),
    Field::new("language", "Written in", "The language of this record.", Shape::Language).facet(),
    Field::new(
        "contacts",
        "Contacts",
        "Give a shared mailbox before a person's own.",
        Shape::List { of: CONTACTS, most: 30 },
    ),
    Field::new("source_url", "Where it is from", "", Shape::Url),
    Field::new(
        "licence",
        "License",
        "What others may do with it, by its SPDX name. Without a license it is not shared on.",
        Shape::Line { most: 60 },
    ),
    Field::new("attribution", "Credit", "How others should name you.", LINE),
    Field::new("confirmed", "Last confirmed", "", Shape::Group(CONFIRMED)),
    Field::new("review_by", "Check again by", "", Shape::Date),
    Field::new("related", "Related records", "", Shape::List { of: RELATED, most: 50 }),
    Field::new("attachments", "Files", "", Shape::List { of: ATTACHMENTS, most: 30 }).unasked(),
    Field::new("translations", "Translations", "", Shape::List { of: TRANSLATIONS, most: 20 }).unasked(),
    Field::new("adopted_from", "Adopted from", "The record this one was copied from.", Shape::Link { to: &[] })
        .unasked(),
    Field::new("origin", "Original", "What all copies of one original share.", Shape::Link { to: &[] }).unasked(),
    Field::new("outside_id", "Outside id", "What calendars and directories know it by.", Shape::Link { to: &[] })
        .unasked(),
    Field::new("source", "Source", "The system it was imported from.", LINE).unasked(),
];
