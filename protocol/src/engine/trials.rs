//! Trials made aside: while a peer gives much, what it gives is kept and thanked for at once, and the gate's trials follow,
//! on whatever threads there are. Nothing is shown or passed on before its own trial.
//!
//! Which documents wait is kept, so that a stop in between loses none of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use crate::{
    effect::Effect,
    engine::{Engine, Fault},
    gate::{Outcome, Trial},
    identity::DocId,
    limits::{TRIAL_ASIDE, TRIAL_OPS_OUT, TRIALS_OUT},
    refusal::Refusal,
    store::{Read, Store, Table},
};

/// Documents of which some changes are yet to be tried.
#[derive(Debug, Default)]
pub(crate) struct Trials {
    /// All of them, as the store has them too.
    behind: BTreeSet<DocId>,
    /// Those whose trial is being made, and how many operations they have.
    out: BTreeMap<DocId, u64>,
    /// The trial that was made last.
    made: Option<Outcome>,
    /// The document sent out last: each has its turn, however busy others are.
    last: Option<DocId>,
    /// Documents that could not even be looked at: they hold nobody else up, and are tried again at the next start.
    unreadable: BTreeSet<DocId>,
}

impl Trials {
    /// Whether one more trial may be made: they are few enough, and small enough together.
    fn has_room(&self) -> bool {
        self.out.len() < TRIALS_OUT && self.out.values().sum::<u64>() < TRIAL_OPS_OUT
    }
}

impl<S: Store> Engine<S> {
    /// As the store has it: at the start, and after something was undone.
    pub(super) fn recall_trials(&mut self) -> Result<(), Refusal> {
        let rows = self.store.scan(Table::Behind, &[], &[], usize::MAX >> 1)?;
        let doc = |row: Vec<u8>| row.try_into().map(DocId).map_err(|_| Refusal::Unreadable);
        self.trials.behind = rows.into_iter().map(|(row, _)| doc(row)).collect::<Result<_, _>>()?;
        Ok(())
    }

    /// This trial is not asked for after all.
    pub(super) fn not_tried(&mut self, doc: &DocId) {
        self.trials.out.remove(doc);
    }

    /// Nobody will bring back what was out.
    pub(super) fn forget_trials(&mut self) {
        self.trials.out.clear();
    }

    /// Whether some of a document waits for a trial.
    pub(crate) fn waits_for_trial(&self, doc: &DocId) -> bool {
        self.trials.behind.contains(doc)
    }

    /// How many documents wait for a trial.
    pub(crate) fn untried(&self) -> usize {
        self.trials.behind.len()
    }

    /// Settles a document as far as it goes without a trial, where one is better made aside.
    pub(crate) fn settle_aside(&mut self, doc: &DocId) -> Result<(), Refusal> {
        self.turn.aside = true;
        let settled = self.settle(doc);
        self.turn.aside = false;
        settled
    }

    /// Settles a document again: what waits for a trial anyway goes on waiting.
    pub(crate) fn settle_again(&mut self, doc: &DocId) -> Result<(), Refusal> {
        if self.trials.behind.contains(doc) { self.settle_aside(doc) } else { self.settle(doc) }
    }

    /// Whether a trial goes aside: of a live edit it is made at once, of much that comes together behind it all.
    pub(crate) fn goes_aside(&self, pending: usize) -> bool {
        pending > TRIAL_ASIDE || !self.trials.behind.is_empty()
    }

    /// The outcome of this very trial, if it was made.
    pub(super) fn outcome_of(&mut self, trial: &Trial) -> Option<Outcome> {
        self.trials.made.take_if(|made| made.trial == *trial)
    }

    /// Whether a document's trial could not be sent out now, so that gathering what to try would be for nothing.
    pub(super) fn must_wait(&self, doc: &DocId) -> bool {
        let waits = self.trials.out.contains_key(doc) || !self.trials.has_room();
        self.turn.aside && self.trials.made.is_none() && waits
    }

    /// The document waits for a trial.
    pub(super) fn wait_for_trial(&mut self, doc: &DocId) {
        self.turn.tried = true;
        if self.trials.behind.insert(*doc) {
            self.store.put(Table::Behind, doc.0.to_vec(), vec![]);
        }
    }

    /// The document, of so many operations, waits until this was tried.
    pub(super) fn try_aside(&mut self, trial: Trial, operations: u64) {
        let doc = trial.doc;
        self.wait_for_trial(&doc);
        if self.trials.has_room() && !self.trials.out.contains_key(&doc) {
            self.trials.out.insert(doc, operations);
            self.trials.last = Some(doc);
            self.turn.effects.push(Effect::Try(Box::new(trial)));
        }
    }

    /// Nothing of the document waits any more.
    pub(super) fn tried(&mut self, doc: &DocId) {
        if self.trials.behind.remove(doc) {
            self.turn.tried = true;
            self.store.delete(Table::Behind, doc.0.to_vec());
        }
    }

    /// A trial was made: the document takes it up, unless it went on meanwhile; then it is tried as it is now.
    pub(super) fn on_tried(&mut self, outcome: Outcome) -> Result<(), Fault> {
        self.take_up(outcome)?;
        self.try_on()
    }

    fn take_up(&mut self, outcome: Outcome) -> Result<(), Refusal> {
        let doc = outcome.trial.doc;
        self.trials.made = Some(outcome);
        let settled = self.settle_aside(&doc);
        self.trials.made = None;
        // Only now: one that went on meanwhile waits for its turn like the others.
        self.trials.out.remove(&doc);
        settled.inspect_err(|_| _ = self.trials.unreadable.insert(doc))
    }

    /// Settles some documents, all their trials included, which are made in as few calls as there is room for.
    pub(super) fn settle_with(
        &mut self,
        mut docs: Vec<DocId>,
        make: &dyn Fn(Vec<Trial>) -> Vec<Outcome>,
    ) -> Result<(), Refusal> {
        while !docs.is_empty() {
            for doc in &docs {
                self.settle_aside(doc)?;
                self.store.keep();
            }
            let trials = std::mem::take(&mut self.turn.effects).into_iter().filter_map(|effect| match effect {
                Effect::Try(trial) => Some(*trial),
                _ => None,
            });
            for outcome in make(trials.collect()) {
                self.take_up(outcome)?;
                self.store.keep();
            }
            docs.retain(|doc| self.waits_for_trial(doc));
        }
        Ok(())
    }

    /// Sends out what still waits, as far as there is room.
    pub(super) fn try_on(&mut self) -> Result<(), Fault> {
        if self.trials.behind.len() == self.trials.out.len() || !self.trials.has_room() {
            return Ok(());
        }
        let room = TRIALS_OUT - self.trials.out.len();
        let Trials { behind, out, last, unreadable, .. } = &self.trials;
        let free = |doc: &&DocId| !out.contains_key(doc) && !unreadable.contains(doc);
        let after = last.map_or(Bound::Unbounded, Bound::Excluded);
        let in_turn = behind.range((after, Bound::Unbounded)).chain(behind.iter());
        let mut next: Vec<DocId> = in_turn.filter(free).take(room).copied().collect();
        next.sort();
        next.dedup();
        for doc in next {
            if !self.trials.has_room() {
                break;
            }
            let settled = self.settle_aside(&doc);
            settled.inspect_err(|_| _ = self.trials.unreadable.insert(doc))?;
            if !self.trials.out.contains_key(&doc) {
                // It needs no trial after all.
                self.tried(&doc);
            }
        }
        Ok(())
    }
}
