//! What a node knows when it starts, and what it works out anew where the store lost it.

use std::collections::BTreeSet;

use crate::{
    gate::{Outcome, Trial},
    identity::{DocId, NetworkId},
    limits::TRIALS_OUT,
    membership::Membership,
    refusal::Refusal,
    rows::{Rows, setting},
    store::{Read, Store, Table},
};

use super::{Engine, Turn};

/// Rows read at once while documents are counted: some hundred KiB.
const ROWS: usize = 1_024;

/// Makes trials, on whatever threads there are, and gives what became of each of them.
pub type Make<'a> = &'a dyn Fn(Vec<Trial>) -> Vec<Outcome>;

/// Makes trials one after the other.
pub fn one_by_one(trials: Vec<Trial>) -> Vec<Outcome> {
    trials.into_iter().map(Trial::make).collect()
}

impl<S: Store> Engine<S> {
    /// Computes everything derived anew, after the store was rebuilt from its journal. Peers' resume tokens are gone
    /// with it, so that they are offered everything again. Commits as it goes: a stop in between loses nothing, as long as
    /// it is called again.
    pub fn rebuild(&mut self, make: Make<'_>) -> Result<(), Refusal> {
        let (mut docs, mut from) = (BTreeSet::new(), vec![]);
        loop {
            let rows = self.store.scan(Table::Header, &[], &from, ROWS)?;
            docs.extend(rows.iter().filter_map(|(key, _)| key.get(..32)?.try_into().ok().map(DocId)));
            match rows.last() {
                Some((key, _)) if rows.len() == ROWS => from = [key.as_slice(), &[0]].concat(),
                _ => return self.derive(docs, make),
            }
        }
    }

    /// Works out anew what follows from truths that reached the store without it, after a stop in between.
    pub fn look_again(&mut self, rows: &[(Table, Vec<u8>)], make: Make<'_>) -> Result<(), Refusal> {
        let of_doc = |t: &Table| matches!(t, Table::Header | Table::Envelope | Table::Payload | Table::Proof);
        if rows.iter().any(|(table, _)| matches!(table, Table::Charter | Table::Roster | Table::Retired)) {
            return self.rebuild(make);
        }
        let docs = rows.iter().filter(|(table, _)| of_doc(table));
        let docs: BTreeSet<DocId> = docs.filter_map(|(_, key)| key.get(..32)?.try_into().ok().map(DocId)).collect();
        self.derive(docs, make)
    }

    /// Some at a time, so that neither what is tried nor what is written need fit into memory as a whole.
    fn derive(&mut self, docs: BTreeSet<DocId>, make: Make<'_>) -> Result<(), Refusal> {
        let docs: Vec<DocId> = docs.into_iter().collect();
        self.shown = None;
        for part in docs.chunks(TRIALS_OUT) {
            for doc in part {
                self.recover(doc)?;
                self.store.keep();
            }
            self.settle_with(part.to_vec(), make)?;
            self.commit()?;
        }
        self.turn = Turn::default();
        Ok(())
    }

    /// Reads back who we are and where.
    pub(super) fn load(&mut self) -> Result<(), Refusal> {
        self.name = self.store.value(Table::Setting, setting::NAME)?;
        let network = self.store.value::<NetworkId>(Table::Setting, setting::NETWORK)?;
        self.network = network.map(|id| Membership::load(&self.store, id, &self.keys)).transpose()?;
        self.recall_fork()?;
        self.position = self.last_position()?;
        self.recall_trials()
    }

    fn last_position(&self) -> Result<u64, Refusal> {
        let saved = self.store.value::<u64>(Table::Resume, b"position")?;
        Ok(saved.unwrap_or(0))
    }
}
