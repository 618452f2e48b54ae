//! What a node knows when it starts, and what it works out anew where the store lost it.

use std::collections::BTreeSet;

use crate::{
    identity::{DocId, NetworkId},
    membership::Membership,
    refusal::Refusal,
    rows::{Rows, setting},
    store::{Read, Store, Table},
};

use super::Engine;

impl<S: Store> Engine<S> {
    /// Computes everything derived anew, after the store was rebuilt from its journal. Peers' resume tokens are gone
    /// with it, so that they are offered everything again.
    pub fn rebuild(&mut self) -> Result<(), Refusal> {
        let headers = self.store.scan(Table::Header, &[], &[], usize::MAX >> 1)?;
        let docs: BTreeSet<DocId> =
            headers.iter().filter_map(|(key, _)| key[..32].try_into().ok().map(DocId)).collect();
        self.derive(docs)
    }

    /// Works out anew what follows from truths that reached the store without it, after a stop in between.
    pub fn look_again(&mut self, rows: &[(Table, Vec<u8>)]) -> Result<(), Refusal> {
        let of_doc = |t: &Table| matches!(t, Table::Header | Table::Envelope | Table::Payload | Table::Proof);
        if rows.iter().any(|(table, _)| matches!(table, Table::Charter | Table::Roster | Table::Retired)) {
            return self.rebuild();
        }
        let docs = rows.iter().filter(|(table, _)| of_doc(table));
        let docs: BTreeSet<DocId> = docs.filter_map(|(_, key)| key.get(..32)?.try_into().ok().map(DocId)).collect();
        self.derive(docs)
    }

    fn derive(&mut self, docs: BTreeSet<DocId>) -> Result<(), Refusal> {
        for doc in docs {
            self.recover(&doc)?;
            self.shown = None;
            self.settle(&doc)?;
            self.store.keep();
        }
        self.turn.changed.clear();
        self.commit()?;
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
