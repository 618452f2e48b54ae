//! Trials made aside: while a peer gives much, what it gives is kept and thanked for at once, and the gate's trials follow,
//! on whatever threads there are. Nothing is shown or passed on before its own trial.
//!
//! Which documents wait is kept, so that a stop in between loses none of them.

use std::collections::BTreeSet;

use crate::{
    effect::Effect,
    engine::{Engine, Fault},
    gate::{Outcome, Trial},
    identity::DocId,
    limits::{TRIAL_ASIDE, TRIALS_OUT},
    refusal::Refusal,
    store::{Read, Store, Table},
};

/// Documents of which some changes are yet to be tried.
#[derive(Debug, Default)]
pub(crate) struct Trials {
    /// All of them, as the store has them too.
    behind: BTreeSet<DocId>,
    /// Those whose trial is being made.
    out: BTreeSet<DocId>,
    /// The trial that was made last.
    made: Option<Outcome>,
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

    /// Whether a trial goes aside: of a live edit it is made at once, of much that comes together behind it all.
    pub(crate) fn goes_aside(&self, pending: usize) -> bool {
        pending > TRIAL_ASIDE || !self.trials.behind.is_empty()
    }

    /// The outcome of this very trial, if it was made.
    pub(super) fn outcome_of(&mut self, trial: &Trial) -> Option<Outcome> {
        self.trials.made.take_if(|made| made.trial == *trial)
    }

    /// The document waits until this was tried.
    pub(super) fn try_aside(&mut self, trial: Trial) {
        let doc = trial.doc;
        self.turn.tried = true;
        if self.trials.behind.insert(doc) {
            self.store.put(Table::Behind, doc.0.to_vec(), vec![]);
        }
        if self.trials.out.len() < TRIALS_OUT && self.trials.out.insert(doc) {
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
        let doc = outcome.trial.doc;
        self.trials.out.remove(&doc);
        self.trials.made = Some(outcome);
        let settled = self.settle_aside(&doc);
        self.trials.made = None;
        settled?;
        self.try_on()
    }

    /// Sends out what still waits, as far as there is room.
    pub(super) fn try_on(&mut self) -> Result<(), Fault> {
        if self.trials.behind.len() == self.trials.out.len() || self.trials.out.len() >= TRIALS_OUT {
            return Ok(());
        }
        let room = TRIALS_OUT - self.trials.out.len();
        let next: Vec<DocId> = self.trials.behind.difference(&self.trials.out).take(room).copied().collect();
        for doc in next {
            self.settle_aside(&doc)?;
            if !self.trials.out.contains(&doc) {
                // It needs no trial after all.
                self.tried(&doc);
            }
        }
        Ok(())
    }
}
