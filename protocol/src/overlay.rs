//! What inputs of one batch have changed, seen as if it were already kept.
//!
//! Two layers: what the input at hand changed (undone when it is refused), and what the batch changed (gone when its
//! commit fails). A reader sees the store through both.

use std::collections::BTreeMap;

use crate::store::{Op, Read, Row, Store, StoreError, Table};

type Layer = BTreeMap<(Table, Vec<u8>), Option<Vec<u8>>>;

/// A store with changes laid over it.
#[derive(Debug)]
pub struct Overlay<S> {
    store: S,
    batch: Layer,
    fresh: Layer,
}

impl<S: Store> Overlay<S> {
    /// No changes yet.
    pub fn new(store: S) -> Overlay<S> {
        Overlay { store, batch: Layer::new(), fresh: Layer::new() }
    }

    /// Writes a row.
    pub fn put(&mut self, table: Table, key: Vec<u8>, value: Vec<u8>) {
        self.fresh.insert((table, key), Some(value));
    }

    /// Removes a row.
    pub fn delete(&mut self, table: Table, key: Vec<u8>) {
        self.fresh.insert((table, key), None);
    }

    /// The input at hand stands: its changes join the batch.
    pub fn keep(&mut self) {
        self.batch.append(&mut self.fresh);
    }

    /// The input at hand is refused: its changes never were.
    pub fn undo(&mut self) {
        self.fresh.clear();
    }

    /// Makes the batch durable, whole or not at all.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        self.keep();
        let ops: Vec<Op> = self
            .batch
            .iter()
            .map(|((table, key), value)| match value {
                Some(value) => Op::Put(*table, key.clone(), value.clone()),
                None => Op::Delete(*table, key.clone()),
            })
            .collect();
        if !ops.is_empty() {
            let durable = ops.iter().any(|op| op.table().is_truth());
            self.store.apply(ops, durable)?;
        }
        self.batch.clear();
        Ok(())
    }

    /// Forgets the batch.
    pub fn abandon(&mut self) {
        self.batch.clear();
        self.fresh.clear();
    }

    /// The store beneath, as last committed.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Gives the store back; what was not committed is gone.
    pub fn into_store(self) -> S {
        self.store
    }
}

impl<S: Store> Read for Overlay<S> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let key_ref = (table, key.to_vec());
        match self.fresh.get(&key_ref).or_else(|| self.batch.get(&key_ref)) {
            Some(value) => Ok(value.clone()),
            None => self.store.get(table, key),
        }
    }

    fn scan(&self, table: Table, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Row>, StoreError> {
        let mut changed = Layer::new();
        for layer in [&self.batch, &self.fresh] {
            let start = (table, prefix.max(from).to_vec());
            let rows = layer.range(start..).take_while(|((t, k), _)| *t == table && k.starts_with(prefix));
            changed.extend(rows.map(|(k, v)| (k.clone(), v.clone())));
        }
        let removed = changed.values().filter(|v| v.is_none()).count();
        let below = self.store.scan(table, prefix, from, limit.saturating_add(removed))?;
        let mut rows: BTreeMap<Vec<u8>, Vec<u8>> = below.into_iter().collect();
        for ((_, key), value) in changed {
            match value {
                Some(value) => rows.insert(key, value),
                None => rows.remove(&key),
            };
        }
        Ok(rows.into_iter().take(limit).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Memory;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Deed {
        Put(u8, u8),
        Delete(u8),
        Keep,
        Undo,
        Commit,
    }

    fn deeds() -> impl Strategy<Value = Vec<Deed>> {
        let deed = prop_oneof![
            4 => (0u8..8, any::<u8>()).prop_map(|(k, v)| Deed::Put(k, v)),
            2 => (0u8..8).prop_map(Deed::Delete),
            1 => Just(Deed::Keep),
            1 => Just(Deed::Undo),
            1 => Just(Deed::Commit),
        ];
        prop::collection::vec(deed, 0..40)
    }

    proptest! {
        /// Reading through the layers is reading a store in which everything that stands was written at once.
        #[test]
        fn an_overlay_reads_like_a_store(deeds in deeds(), limit in 1usize..10, from in 0u8..8) {
            let mut overlay = Overlay::new(Memory::default());
            let mut stands: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
            let mut seen = stands.clone();
            for deed in deeds {
                match deed {
                    Deed::Put(k, v) => {
                        overlay.put(Table::Setting, vec![1, k], vec![v]);
                        seen.insert(vec![1, k], vec![v]);
                    }
                    Deed::Delete(k) => {
                        overlay.delete(Table::Setting, vec![1, k]);
                        seen.remove(&vec![1, k]);
                    }
                    Deed::Keep => {
                        overlay.keep();
                        stands = seen.clone();
                    }
                    Deed::Undo => {
                        overlay.undo();
                        seen = stands.clone();
                    }
                    Deed::Commit => {
                        overlay.commit().unwrap();
                        stands = seen.clone();
                    }
                }
                let expected: Vec<Row> = seen.range(vec![1, from]..).take(limit).map(|(k, v)| (k.clone(), v.clone())).collect();
                prop_assert_eq!(overlay.scan(Table::Setting, &[1], &[1, from], limit).unwrap(), expected);
                prop_assert_eq!(overlay.get(Table::Setting, &[1, from]).unwrap(), seen.get(&vec![1, from]).cloned());
            }
        }
    }
}
