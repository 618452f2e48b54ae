//! The engine: what happened goes in, what must be done comes out.
//!
//! The caller hands over inputs one by one, then commits once, and only then carries out the effects. What a failed
//! commit would have kept is gone, and so are its effects: nobody is told of what is not durable.

use crate::{
    effect::Effect,
    identity::Keys,
    input::{Input, Random},
    store::{Store, StoreError},
};

/// All a node knows and decides.
pub struct Engine<S> {
    store: S,
    keys: Keys,
}

impl<S: Store> Engine<S> {
    /// Takes up where the store left off.
    pub fn open(store: S, keys: Keys) -> Result<Engine<S>, StoreError> {
        Ok(Engine { store, keys })
    }

    /// Decides what an input means. `now` is in milliseconds since 1970.
    pub fn handle(&mut self, _now: u64, _random: Random, _input: Input) -> Vec<Effect> {
        vec![]
    }

    /// Makes everything since the last commit durable, in one batch.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Forgets everything since the last commit, and every peer with it: the caller closes their streams.
    pub fn abandon(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}
