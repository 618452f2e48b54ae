//! The keeper, lent to the engine for as long as it thinks, and closed at the end.
//!
//! A keeper that is closed says so on disk, where a power cut cannot undo it; one that is only dropped does not. Every
//! start reads all rows either way. The engine owns its store and does not give it back, so it owns this instead.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::store::{Op, Read, Row, Store, StoreError, Table};

use crate::store::Keeper;

/// One of two hands on the keeper: the engine's and ours.
#[derive(Clone, Debug)]
pub(super) struct Kept(Arc<Mutex<Keeper>>);

impl Kept {
    pub(super) fn new(keeper: Keeper) -> Kept {
        Kept(Arc::new(Mutex::new(keeper)))
    }

    /// Closes the keeper, when the other hand has let go.
    pub(super) fn close(self) -> Result<(), StoreError> {
        let Some(keeper) = Arc::into_inner(self.0) else { return Ok(()) };
        keeper.into_inner().unwrap_or_else(PoisonError::into_inner).close()
    }

    /// What is derived stands again.
    pub(super) fn settle(&self) -> Result<(), StoreError> {
        self.keeper().settle()
    }

    /// Looks after the disk between batches.
    pub(super) fn pulse(&self) -> Result<(), StoreError> {
        self.keeper().pulse()
    }

    /// The last group of the journal, which is on the disk on return.
    pub(super) fn watermark(&self) -> Result<u64, StoreError> {
        self.keeper().watermark()
    }

    /// Never waits: the two hands are never busy at the same time.
    fn keeper(&self) -> MutexGuard<'_, Keeper> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Read for Kept {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.keeper().get(table, key)
    }

    fn scan(&self, table: Table, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Row>, StoreError> {
        self.keeper().scan(table, prefix, from, limit)
    }
}

impl Store for Kept {
    fn apply(&mut self, ops: Vec<Op>, durable: bool) -> Result<(), StoreError> {
        self.keeper().apply(ops, durable)
    }
}
