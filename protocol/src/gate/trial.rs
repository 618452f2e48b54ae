//! The last stage: changes that passed every rule are tried on a private copy, which becomes the document if all goes
//! well. Rules catch what we know of; this catches what we do not.
//!
//! It costs far more than all that goes before, and needs nothing but bytes: so it can be made aside, on any thread.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{
    ActorId, Automerge, Change, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, ScalarValueRef, Value, ValueRef,
};

use super::MAX_DEPTH;
use super::form::judge;
use super::ops::Written;
use crate::identity::DocId;

/// A document that has been saved and is known to load again.
#[derive(Debug, Clone)]
pub struct Tried {
    /// The saved document: keep these very bytes.
    pub snapshot: Vec<u8>,
    /// Its heads, in rising order.
    pub heads: Vec<[u8; 32]>,
    /// What these bytes were loaded to; to load them once more costs as much as half the trial.
    pub(crate) loaded: Automerge,
}

impl PartialEq for Tried {
    /// Of the same bytes, which is all there is to it.
    fn eq(&self, other: &Tried) -> bool {
        self.snapshot == other.snapshot
    }
}

/// A trial that is still to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// The document.
    pub doc: DocId,
    /// What the changes extend; none for a new document.
    pub snapshot: Option<Vec<u8>>,
    /// The changes.
    pub changes: Vec<Vec<u8>>,
}

/// A trial that was made, and how it ended.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub(crate) trial: Trial,
    pub(crate) result: Result<Tried, Untried>,
    /// Where it failed: the place of the first change that Automerge will not take.
    pub(crate) refused: usize,
}

impl Trial {
    /// Makes it. The same bytes always end alike, whoever makes it.
    pub fn make(self) -> Outcome {
        let changes: Vec<&[u8]> = self.changes.iter().map(Vec::as_slice).collect();
        let snapshot = self.snapshot.as_deref();
        let result = trial(snapshot, &changes);
        let refused = if result.is_err() { first_refused(snapshot, &changes) } else { changes.len() };
        Outcome { trial: self, result, refused }
    }
}

/// Of changes that Automerge will not take together, the first it will not take: the shortest beginning that it does not
/// take ends with it.
fn first_refused(snapshot: Option<&[u8]>, changes: &[&[u8]]) -> usize {
    let (mut taken, mut refused) = (0, changes.len());
    while refused - taken > 1 {
        let half = usize::midpoint(taken, refused);
        if trial(snapshot, &changes[..half]).is_ok() { taken = half } else { refused = half }
    }
    taken
}

/// Why a trial failed. Nobody is to blame: set the changes aside, do not relay them, and try again after an upgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Untried {
    /// The snapshot the changes were to extend does not load: mend that first.
    #[error("the document on this node does not load")]
    Snapshot,
    /// Automerge cannot read a change though its form is sound, or the change never passed the form.
    #[error("Automerge cannot read a change")]
    Unreadable,
    /// Automerge refuses to apply the changes.
    #[error("Automerge refuses the changes")]
    Refused,
    /// The changes were not all taken in: one is a repeat, or hangs from a dependency the document lacks.
    #[error("not every change was taken in")]
    LeftOut,
    /// What was saved does not load again.
    #[error("the saved document does not load again")]
    Unloadable,
    /// What was loaded again is not what was saved.
    #[error("the saved document differs when loaded again")]
    Differs,
    /// A change writes elements into a map, or names into a list or text: Automerge takes the former, and panics at the
    /// next edit of that map.
    #[error("a change mistakes one kind of object for another")]
    WrongObject,
    /// Objects lie deeper in one another than [`MAX_DEPTH`].
    #[error("the document is nested too deeply")]
    TooDeep,
    /// A text holds something other than single characters, or one character has several values: no splice does that,
    /// and Automerge can then no longer edit the text.
    #[error("a text holds something other than text")]
    NotText,
    /// Automerge panicked.
    #[error("Automerge panicked")]
    Panicked,
}

/// Tries changes on a private copy: load, apply, save, load again, compare, read. No snapshot means a new document. The
/// changes may come in any order, but each must have passed [`super::form`] and [`super::fit`].
///
/// A panic inside Automerge ends here as [`Untried::Panicked`]; the crate is to be built with `panic = "unwind"`. The
/// panic hook still runs first and by default prints to stderr. It belongs to the whole process, so a library leaves it
/// alone; a node that wants silence sets its own hook.
pub fn trial(snapshot: Option<&[u8]>, changes: &[&[u8]]) -> Result<Tried, Untried> {
    // Nothing that a panic could leave half done outlives the attempt.
    catch_unwind(AssertUnwindSafe(|| attempt(snapshot, changes))).unwrap_or(Err(Untried::Panicked))
}

fn attempt(snapshot: Option<&[u8]>, raw: &[&[u8]]) -> Result<Tried, Untried> {
    let mut document = match snapshot {
        Some(bytes) => Automerge::load(bytes).map_err(|_| Untried::Snapshot)?,
        None => Automerge::new(),
    };
    let before = document.get_changes_meta(&[]).len();
    let parsed: Result<Vec<_>, _> = raw.iter().map(|raw| Change::try_from(*raw)).collect();
    let changes = parsed.map_err(|_| Untried::Unreadable)?;
    let hashes: Vec<ChangeHash> = changes.iter().map(Change::hash).collect();
    document.apply_changes(changes).map_err(|_| Untried::Refused)?;
    let expected = before + hashes.len();
    if document.get_changes_meta(&[]).len() != expected {
        return Err(Untried::LeftOut);
    }
    let snapshot = document.save();
    let again = Automerge::load(&snapshot).map_err(|_| Untried::Unloadable)?;
    let whole = again.get_changes_meta(&[]).len() == expected
        && again.get_heads() == document.get_heads()
        && hashes.iter().all(|hash| again.get_change_meta_by_hash(hash).is_some());
    if !whole {
        return Err(Untried::Differs);
    }
    for raw in raw {
        let (_, written) = judge(raw).map_err(|_| Untried::Unreadable)?;
        if !written.iter().all(|written| is_of_kind(&again, written)) {
            return Err(Untried::WrongObject);
        }
    }
    read_all(&again)?;
    Ok(Tried { snapshot, heads: again.get_heads().into_iter().map(|head| head.0).collect(), loaded: again })
}

/// Whether what a change wrote to is there, and is what the change took it for.
fn is_of_kind(document: &Automerge, written: &Written) -> bool {
    let (counter, actor) = written.made_by;
    let id = ObjId::Id(counter, ActorId::from(actor), 0);
    document.object_type(id).is_ok_and(|kind| written.by_name == (kind == ObjType::Map))
}

/// Reads all there is to see, conflicting values included, without recursion.
fn read_all(document: &Automerge) -> Result<(), Untried> {
    let mut unread = vec![(ROOT, ObjType::Map, 1)];
    while let Some((object, kind, depth)) = unread.pop() {
        if depth > MAX_DEPTH {
            return Err(Untried::TooDeep);
        }
        let children = match kind {
            ObjType::Map | ObjType::Table => in_map(document, &object)?,
            ObjType::List => in_list(document, &object)?,
            ObjType::Text if is_text(document, &object) => vec![],
            ObjType::Text => return Err(Untried::NotText),
        };
        unread.extend(children.into_iter().map(|(kind, child)| (child, kind, depth + 1)));
    }
    Ok(())
}

fn in_map(document: &Automerge, map: &ObjId) -> Result<Vec<(ObjType, ObjId)>, Untried> {
    let mut children = vec![];
    for item in document.map_range(map, ..) {
        match item.value {
            _ if item.conflict => conflicting(document.get_all(map, &*item.key), &mut children)?,
            ValueRef::Object(kind) => children.push((kind, item.id())),
            ValueRef::Scalar(_) => {}
        }
    }
    Ok(children)
}

fn in_list(document: &Automerge, list: &ObjId) -> Result<Vec<(ObjType, ObjId)>, Untried> {
    let mut children = vec![];
    for item in document.list_range(list, ..) {
        match item.value {
            _ if item.conflict => conflicting(document.get_all(list, item.index), &mut children)?,
            ValueRef::Object(kind) => children.push((kind, item.id())),
            ValueRef::Scalar(_) => {}
        }
    }
    Ok(children)
}

/// The objects among the values that stand side by side in one place.
fn conflicting(
    values: Result<Vec<(Value<'_>, ObjId)>, automerge::AutomergeError>,
    children: &mut Vec<(ObjType, ObjId)>,
) -> Result<(), Untried> {
    let values = values.map_err(|_| Untried::Differs)?;
    children.extend(values.into_iter().filter_map(|(value, id)| match value {
        Value::Object(kind) => Some((kind, id)),
        Value::Scalar(_) => None,
    }));
    Ok(())
}

fn is_text(document: &Automerge, text: &ObjId) -> bool {
    document.list_range(text, ..).all(|item| match item.value {
        ValueRef::Scalar(ScalarValueRef::Str(character)) => !item.conflict && character.chars().count() == 1,
        _ => false,
    })
}
