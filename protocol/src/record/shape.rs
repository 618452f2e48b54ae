//! How a kind of record is described: once, as data.
//!
//! Validation, reading, editing, the JSON schema, CSV columns, the command line and the web form all follow from these
//! tables. A new kind is one new file in `kinds/`; nothing here knows any kind by name.

/// One kind of record: what a practice, a training or a service is made of.
#[derive(Debug)]
pub struct Kind {
    /// The kind's name in headers, addresses and commands: `practice`.
    pub name: &'static str,
    /// What people call one of them: `Practice`.
    pub label: &'static str,
    /// What people call several: `Practices`.
    pub plural: &'static str,
    /// One sentence on what it is for.
    pub help: &'static str,
    /// The field whose words stand for the whole record in lists.
    pub title: &'static str,
    /// What only this kind has, in the order of its form.
    pub own: &'static [Field],
    /// What every record has, after its own fields.
    pub common: &'static [Field],
    /// The licence its form suggests, by its SPDX name. Without one a record is not shared on.
    pub licence: &'static str,
    /// What must hold between two fields.
    pub rules: &'static [Rule],
}

impl Kind {
    /// Every field, in the order of the form: its own, then those of every record.
    pub fn fields(&self) -> Fields {
        Fields { own: self.own, common: self.common }
    }

    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields().find(name)
    }

    /// The field that a path begins with: `steps` of `steps[2].text`.
    pub fn field_of(&self, path: &str) -> Option<&'static Field> {
        self.field(path.split(['[', '.']).next()?)
    }
}

/// The fields beside each other: of a kind, of an item or of a group.
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    own: &'static [Field],
    common: &'static [Field],
}

impl Fields {
    /// Each of them, in the order of the form.
    pub fn iter(&self) -> impl Iterator<Item = &'static Field> + Clone + use<> {
        self.own.iter().chain(self.common)
    }

    /// The one of this name.
    pub fn find(&self, name: &str) -> Option<&'static Field> {
        self.iter().find(|field| field.name == name)
    }
}

/// One field of a kind, of a group or of a list's items.
#[derive(Debug)]
pub struct Field {
    /// Its name in JSON and in the document. HSDS kinds use HSDS's names exactly.
    pub name: &'static str,
    /// Its name on a form.
    pub label: &'static str,
    /// What to write here, in a sentence; empty where the label says it all.
    pub help: &'static str,
    /// What it holds.
    pub shape: Shape,
    /// Whether it may be left empty.
    pub needed: Needed,
    /// Whether lists can be narrowed down by it.
    pub facet: bool,
    /// Whether forms ask for it. What they do not ask for is written by imports and by the node; a whole form that
    /// leaves it out does not clear it.
    pub asked: bool,
}

/// Whether a field may be left empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needed {
    /// May stay empty.
    Never,
    /// May stay empty until somebody else is to see the record.
    ToShare,
    /// A record without it cannot be saved.
    ToSave,
}

impl Field {
    /// A field that may stay empty, is asked for and is no facet.
    pub const fn new(name: &'static str, label: &'static str, help: &'static str, shape: Shape) -> Self {
        Self { name, label, help, shape, needed: Needed::Never, facet: false, asked: true }
    }

    /// A record without it cannot be saved.
    pub const fn to_save(self) -> Self {
        Self { needed: Needed::ToSave, ..self }
    }

    /// A record without it cannot be shared.
    pub const fn to_share(self) -> Self {
        Self { needed: Needed::ToShare, ..self }
    }

    /// Lists can be narrowed down by it.
    pub const fn facet(self) -> Self {
        Self { facet: true, ..self }
    }

    /// Forms do not ask for it.
    pub const fn unasked(self) -> Self {
        Self { asked: false, ..self }
    }
}

/// What a field holds. Sizes are in characters or entries.
#[derive(Debug)]
pub enum Shape {
    /// One line of text.
    Line {
        /// The most characters.
        most: usize,
    },
    /// Several lines of text, replaced as a whole. Lists hold these instead of prose.
    Lines {
        /// The most characters.
        most: usize,
    },
    /// Text that several people write together: concurrent changes merge inside it. Never within a list.
    Prose {
        /// The most characters.
        most: usize,
    },
    /// A day: `2026-03-01`.
    Date,
    /// A day and a time on the clock of some place: `2026-03-01T09:00`. The place is a `Zone` field beside it.
    DateTime,
    /// A moment everywhere: `2026-03-01T14:00:00Z`.
    Instant,
    /// A time of day: `09:00`, or with an offset as HSDS writes it: `09:00-05:00`.
    Time,
    /// A length of time as ISO 8601 writes it: `PT1H30M`.
    Duration,
    /// An IANA time zone: `America/New_York`.
    Zone,
    /// A recurrence rule of RFC 5545: `FREQ=WEEKLY;BYDAY=TU`.
    Recurrence,
    /// A web address, http or https.
    Url,
    /// An e-mail address.
    Email,
    /// A telephone number as people write it.
    Phone,
    /// A language tag of BCP 47: `en`, `pt-BR`.
    Language,
    /// The BLAKE3 hash of a file, 64 hex digits.
    Hash,
    /// Another record, by its document id (64 hex digits) or its outside id.
    Link {
        /// The kinds it may lead to; empty means any.
        to: &'static [&'static str],
    },
    /// A whole number.
    Whole {
        /// The smallest allowed.
        least: i64,
        /// The largest allowed.
        most: i64,
    },
    /// A number with decimals.
    Decimal {
        /// The smallest allowed.
        least: f64,
        /// The largest allowed.
        most: f64,
    },
    /// Yes or no.
    YesNo,
    /// One of a closed list.
    Choice(&'static [Choice]),
    /// Several values, each at most once, in no order. Concurrent additions all stay.
    Set {
        /// What each value is: any shape that is one text.
        of: &'static Shape,
        /// The most values.
        most: usize,
    },
    /// Items in an order, each with fields of its own and an `id` that stays.
    List {
        /// The fields of an item.
        of: &'static [Field],
        /// The most items.
        most: usize,
    },
    /// A few fields that belong together.
    Group(&'static [Field]),
}

impl Shape {
    /// The name of the shape, for forms and schemas that choose by it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Line { .. } => "line",
            Self::Lines { .. } => "lines",
            Self::Prose { .. } => "prose",
            Self::Date => "date",
            Self::DateTime => "date_time",
            Self::Instant => "instant",
            Self::Time => "time",
            Self::Duration => "duration",
            Self::Zone => "zone",
            Self::Recurrence => "recurrence",
            Self::Url => "url",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Language => "language",
            Self::Hash => "hash",
            Self::Link { .. } => "link",
            Self::Whole { .. } => "whole",
            Self::Decimal { .. } => "decimal",
            Self::YesNo => "yes_no",
            Self::Choice(_) => "choice",
            Self::Set { .. } => "set",
            Self::List { .. } => "list",
            Self::Group(_) => "group",
        }
    }

    /// The fields inside a list's items or a group; none for anything else.
    pub fn inner(&self) -> Fields {
        match self {
            Self::List { of, .. } | Self::Group(of) => Fields { own: of, common: &[] },
            _ => Fields { own: &[], common: &[] },
        }
    }
}

/// One entry of a closed list.
#[derive(Debug)]
pub struct Choice {
    /// What is kept.
    pub value: &'static str,
    /// What people read.
    pub label: &'static str,
}

/// Choices from pairs of value and label.
pub const fn choices<const N: usize>(pairs: [(&'static str, &'static str); N]) -> [Choice; N] {
    let mut all = [const { Choice { value: "", label: "" } }; N];
    let mut at = 0;
    while at < N {
        all[at] = Choice { value: pairs[at].0, label: pairs[at].1 };
        at += 1;
    }
    all
}

/// What must hold between two fields beside each other. Both are named by their names in the kind.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// The second is not before, or not less than, the first.
    InOrder(&'static str, &'static str),
    /// Who gives the first must give the second.
    With(&'static str, &'static str),
}
