//! The last stage: changes that passed every rule are tried on a private copy, which becomes the document if all goes
//! well. Rules catch what we know of; this catches what we do not.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Automerge, Change, ChangeHash};

/// A document that has been saved and is known to load again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The saved document: keep these very bytes.
    pub snapshot: Vec<u8>,
    /// Its heads, in rising order.
    pub heads: Vec<[u8; 32]>,
}

/// Why a trial failed. Nobody is to blame: set the changes aside, do not relay them, and try again after an upgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Untried {
    /// The snapshot the changes were to extend does not load: mend that first.
    #[error("the document on this node does not load")]
    Snapshot,
    /// Automerge cannot read a change, though its form is sound.
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
    /// Automerge panicked.
    #[error("Automerge panicked")]
    Panicked,
}

/// Tries changes on a private copy: load, apply, save, load again, compare. No snapshot means a new document. The
/// changes may come in any order, but each must have passed [`super::form`] and [`super::fit`].
///
/// A panic inside Automerge ends here as [`Untried::Panicked`]; the crate is to be built with `panic = "unwind"`. The
/// panic hook still runs first and by default prints to stderr. It belongs to the whole process, so a library leaves it
/// alone; a node that wants silence sets its own hook.
pub fn trial(snapshot: Option<&[u8]>, changes: &[&[u8]]) -> Result<Tried, Untried> {
    // Nothing that a panic could leave half done outlives the attempt.
    catch_unwind(AssertUnwindSafe(|| attempt(snapshot, changes))).unwrap_or(Err(Untried::Panicked))
}

fn attempt(snapshot: Option<&[u8]>, changes: &[&[u8]]) -> Result<Tried, Untried> {
    let mut document = match snapshot {
        Some(bytes) => Automerge::load(bytes).map_err(|_| Untried::Snapshot)?,
        None => Automerge::new(),
    };
    let before = document.get_changes_meta(&[]).len();
    let read: Result<Vec<_>, _> = changes.iter().map(|raw| Change::try_from(*raw)).collect();
    let changes = read.map_err(|_| Untried::Unreadable)?;
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
    Ok(Tried { snapshot, heads: again.get_heads().into_iter().map(|head| head.0).collect() })
}
