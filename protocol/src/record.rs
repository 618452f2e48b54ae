//! Records: what people write down together, each in one Automerge document.
//!
//! A record goes in and out as JSON in the shape of its kind ([`Kind`], described in `kinds/`). It is made by [`create`],
//! changed by [`edit`] at the heads a person saw, and shown by [`read`] and [`history`]. Owner, kind, audience and editors
//! stand in the signed header, not here; and whether bytes may reach Automerge at all is the gate's question.

mod address;
mod adopt;
mod calendar;
mod cells;
mod edit;
mod flat;
mod hints;
mod history;
mod items;
mod merge;
mod order;
mod path;
mod read;
mod schema;
mod shape;
mod spelling;
mod state;
mod validate;
mod version;
mod wrong;

#[cfg(test)]
mod tests;

pub use adopt::{NotAdopted, adopted, may_be_adopted};
pub use calendar::zones;
pub use cells::{cells, columns, form_cells, from_cells, parse_field};
pub use edit::{create, edit};
pub use hints::{Hint, Hinted, hints};
pub use history::history;
pub use merge::merge;
pub use read::{read, read_at, read_tried};
pub use schema::schema;
pub use shape::{Choice, Field, Fields, Kind, Needed, Rule, Shape, choices};
pub use validate::{RECORD_CHARACTERS, problems, problems_to_share};
pub use version::{Version, changes, version, way_back};
pub use wrong::{Problem, Wrong, closest};

use serde_json::Value;
use std::collections::BTreeMap;

/// The hash of an Automerge change.
pub type Hash = [u8; 32];

/// A change somebody made, and the document with it.
#[derive(Clone, Debug)]
pub struct Made {
    /// The change as one uncompressed Automerge chunk: the payload of an envelope.
    pub change: Vec<u8>,
    /// Its hash.
    pub hash: Hash,
    /// The whole document with the change merged in.
    pub snapshot: Vec<u8>,
    /// The heads of that document.
    pub heads: Vec<Hash>,
}

/// What somebody wants to change.
#[derive(Clone, Debug)]
pub enum Edit {
    /// A whole form: the fields that forms ask for become this, those left out are cleared. What did not change against
    /// what was seen is not written, so a conflict whose shown value was left alone stays open.
    Whole(Value),
    /// Just these, each at its path (`title`, `confirmed.at`, `steps[2].text`); null clears. Setting a field settles a
    /// conflict in it, also with the value that was shown.
    Set(Vec<(String, Value)>),
}

/// A record as it can be shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// The known fields in the shape of the kind. Items carry their `id`.
    pub value: Value,
    /// Fields to which several people gave different values at once.
    pub conflicts: Vec<Conflict>,
    /// What a newer node wrote, or what does not fit its field, at its key in the document. No edit loses it.
    pub unknown: BTreeMap<String, Value>,
    /// The heads this was read at: an edit says which it was made on.
    pub heads: Vec<Hash>,
    /// Fields that could not be read; what stands there is in `unknown`.
    pub bad: Vec<String>,
}

/// Several values in one field: a choice to make.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// The field, as people write it; setting it makes the choice.
    pub field: String,
    /// Each value with the change that wrote it. The first is the one shown in the record.
    pub values: Vec<(Value, Hash)>,
}

/// One change in a record's history.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The change.
    pub hash: Hash,
    /// Who made it: the actor that belongs to a node, a document and a lane.
    pub actor: [u8; 16],
    /// When its author's clock said it was made, in seconds since 1970. For display only.
    pub at_s: i64,
    /// Each field with its value before and after. An item that was added or removed is one; a list whose order changed
    /// is one.
    pub fields: Vec<(String, Value, Value)>,
}

/// The snapshot is no document. It came from the gate, so the store is damaged: rebuild it from the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This record's document cannot be read; rebuild the store from the journal.")]
pub struct ReadError;

/// Why an edit was not made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EditError {
    /// The form is not right yet; nothing was saved.
    #[error("{}", sentences(.0))]
    Problems(Vec<Problem>),
    /// The document has no such heads: it was rebuilt meanwhile. Load the record again.
    #[error("This record has changed beneath the form; load it again and enter the change once more.")]
    UnknownHeads,
    /// This actor has already written something that these heads do not know: take another lane.
    #[error("A colleague saved this record at the same moment; try again.")]
    ActorBusy,
    /// The document cannot be read.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
}

fn sentences(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}
