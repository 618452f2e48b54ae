//! Every attack we know of, by name, and where it is stopped. Those marked with what Automerge 0.12 does were seen to
//! do it.

mod the_chunk;
mod the_columns;
mod the_envelope;
mod the_history;
mod the_operations;
mod the_trial;

use automerge::transaction::Transactable;
use automerge::{Change, ObjType, ROOT, ReadDoc};

use super::craft::{Draft, body, chunk, run, signed, unsigned};
use super::village::{Archive, Node, actor};
use crate::gate::{Fit, Form, MAX_CHANGE_BYTES, MAX_COUNTER, MAX_OPS, Malformed, Untried, fit, form, trial};

/// A small document that Riverside (node 1) and Hillside (node 2) have both written in.
struct Scene {
    archive: Archive,
    /// The highest operation counter so far.
    max_op: u64,
}

const RIVERSIDE: u8 = 1;
const HILLSIDE: u8 = 2;
/// A member who has not written here yet.
const MALLORY: [u8; 16] = [0xee; 16];

fn scene() -> Scene {
    let mut archive = Archive::default();
    let (mut riverside, mut hillside) = (Node::new(RIVERSIDE), Node::new(HILLSIDE));
    let first = riverside.edit(0, |tx| {
        tx.put(ROOT, "title", "Canoes").unwrap();
        let text = tx.put_object(ROOT, "note", ObjType::Text).unwrap();
        tx.splice_text(&text, 0, 0, "Three of them").unwrap();
    });
    archive.admit(first.unwrap().raw_bytes());
    hillside.hear(&mut riverside.document);
    let second = hillside.edit(0, |tx| {
        let (_, text) = tx.get(ROOT, "note").unwrap().unwrap();
        tx.splice_text(&text, 0, 5, "Two").unwrap();
        tx.put(ROOT, "title", "Two canoes").unwrap();
    });
    let form = archive.admit(second.unwrap().raw_bytes());
    Scene { archive, max_op: form.max_op }
}

impl Scene {
    /// Mallory's sound change: one field, on the heads.
    fn draft(&self) -> Draft {
        Draft { deps: self.archive.heads.clone(), start_op: self.max_op + 1, ..Draft::puts(1) }
    }

    fn fit(&self, draft: &Draft) -> Fit {
        let form = form(&draft.bytes()).unwrap();
        fit(&form, &form.actor, &self.archive)
    }

    fn breaks(&self, draft: &Draft, malformed: Malformed) {
        assert_eq!(self.fit(draft), Fit::Breaks(malformed));
    }

    /// Passes every rule, but not the trial.
    fn fails(&self, draft: &Draft, untried: Untried) {
        assert_eq!(self.fit(draft), Fit::Fits);
        assert_eq!(trial(self.archive.snapshot.as_deref(), &[&draft.bytes()]), Err(untried));
    }

    /// What the last gate says on its own, were the others to sleep.
    fn trial_alone(&self, draft: &Draft) -> Untried {
        trial(self.archive.snapshot.as_deref(), &[&draft.bytes()]).unwrap_err()
    }
}

fn malformed(draft: &Draft, expected: Malformed) {
    assert_eq!(form(&draft.bytes()), Err(expected));
}

/// However much is claimed, nothing is expanded before it is counted: a gate that did would need minutes and gigabytes
/// here, and the test would not end.
fn quickly(deed: impl FnOnce()) {
    deed();
}

#[test]
fn a_sound_change_passes() {
    let mut scene = scene();
    let raw = scene.draft().bytes();
    let Form { seq, ops, actor, .. } = scene.archive.admit(&raw);
    assert_eq!((seq, ops, actor), (1, 1, MALLORY));
}
