//! What is wrong with a value somebody gave, in a sentence that says what to do.

use std::fmt;

/// One thing to put right in a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Where, as people write it: `steps[2].text`, counted from one. Empty for the record as a whole.
    pub field: String,
    /// What is wrong there.
    pub what: Wrong,
}

impl Problem {
    pub(super) fn new(field: impl Into<String>, what: Wrong) -> Self {
        Self { field: field.into(), what }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() { self.what.fmt(f) } else { write!(f, "{}: {}", self.field, self.what) }
    }
}

/// What can be wrong with a value.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Wrong {
    /// Nothing was given.
    #[error("This is needed; write something here.")]
    Missing,
    /// Nothing was given, and others are to see it.
    #[error("This is needed before others may see the record; write something here, or keep the record private.")]
    MissingToShare,
    /// No such field.
    #[error("There is no such field.{}", suggest(.closest))]
    NoSuchField {
        /// The field that was probably meant.
        closest: Option<String>,
    },
    /// No item at this place or with this id.
    #[error("There is no such item in the list; use the number of one that is there, or the next one to add it.")]
    NoSuchItem,
    /// A list, a text, … was expected.
    #[error("This must be {0}.")]
    NotA(
        /// What was expected, with its article.
        &'static str,
    ),
    /// Not written the way such a value is written.
    #[error("“{given}” is not {what}; write it like {example}.")]
    Misspelled {
        /// What was given, shortened.
        given: String,
        /// What it should be, with its article.
        what: &'static str,
        /// One that is right.
        example: &'static str,
    },
    /// A day that no calendar has.
    #[error("There is no {0} in the calendar; check the month and the day.")]
    NoSuchDay(
        /// The day that was given.
        String,
    ),
    /// A zone that is not in the IANA list.
    #[error("“{given}” is not a known time zone; use a name like America/New_York.{}", suggest(.closest))]
    NoSuchZone {
        /// What was given.
        given: String,
        /// The zone that was probably meant.
        closest: Option<String>,
    },
    /// Not in the closed list.
    #[error("“{given}” is not one of the choices: {}.", .choices.join(", "))]
    NotAChoice {
        /// What was given.
        given: String,
        /// What could be.
        choices: Vec<&'static str>,
    },
    /// More characters than allowed.
    #[error("This has {length} characters; shorten it to {most} at most.")]
    TooLong {
        /// How many there are.
        length: usize,
        /// How many there may be.
        most: usize,
    },
    /// More entries than allowed.
    #[error("This has {count} entries; keep {most} at most.")]
    TooMany {
        /// How many there are.
        count: usize,
        /// How many there may be.
        most: usize,
    },
    /// A number out of its range.
    #[error("This must be from {least} to {most}.")]
    OutOfRange {
        /// The smallest allowed.
        least: String,
        /// The largest allowed.
        most: String,
    },
    /// Several lines, or signs that cannot be seen, where one line belongs.
    #[error("This has a line break or an invisible sign in it; write it in one plain line.")]
    NotOneLine,
    /// Two items of one list with one id.
    #[error("Two items have the id “{0}”; leave the id out of new items.")]
    SameIdTwice(
        /// The id.
        String,
    ),
    /// The end comes before the start.
    #[error("This comes before “{0}”; put the two in order.")]
    BeforeItsStart(
        /// The field that should come first.
        &'static str,
    ),
    /// One field makes no sense without another.
    #[error("This is needed as soon as “{0}” is given; write it too, or clear that one.")]
    NeededWith(
        /// The field that was given.
        &'static str,
    ),
    /// The whole record is more than one edit can carry.
    #[error("The record has {length} characters in all; shorten it to {most}, or attach long texts as files.")]
    RecordTooLong {
        /// How many there are.
        length: usize,
        /// How many there may be.
        most: usize,
    },
}

fn suggest(closest: &Option<String>) -> String {
    closest.as_ref().map(|word| format!(" Did you mean “{word}”?")).unwrap_or_default()
}

impl Wrong {
    pub(super) fn misspelled(given: &str, what: &'static str, example: &'static str) -> Self {
        Self::Misspelled { given: shortened(given), what, example }
    }
}

/// Enough of a value to recognise it in a message.
pub(super) fn shortened(text: &str) -> String {
    if text.chars().count() <= 60 { text.to_owned() } else { text.chars().take(59).chain(['…']).collect() }
}

/// The candidate nearest to a word that was mistyped, if any is near enough to be meant.
pub fn closest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let word = plain(word);
    if word.chars().count() > 60 {
        return None;
    }
    let near = 1 + word.chars().count() / 4;
    let scored = candidates.map(|candidate| (distance(&word, &plain(candidate)), candidate));
    scored.filter(|(far, _)| *far <= near).min_by_key(|(far, _)| *far).map(|(_, found)| found.to_owned())
}

fn plain(word: &str) -> String {
    word.trim().to_lowercase().replace([' ', '-'], "_")
}

/// How many letters to add, drop or change to get from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let changed = corner + usize::from(a != *b);
            corner = row[j + 1];
            row[j + 1] = changed.min(corner + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}
