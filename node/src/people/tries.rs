//! Wrong tries, so that guessing ends soon: by the name that was tried.

use std::collections::BTreeMap;

use super::{NotIn, People};
use crate::{
    clock,
    config::{SIGN_IN_PAUSE_MS, SIGN_IN_TRIES, TRIES_KEPT_MS},
};

/// Wrong tries in a row, and when the last one was.
#[derive(Debug, Default)]
pub(super) struct Tries(BTreeMap<String, (u32, u64)>);

impl Tries {
    /// Counts a try before it is made, so that many at once are as few as one after the other.
    fn count(&mut self, name: &str, now: u64) -> Result<(), NotIn> {
        self.0.retain(|_, (_, last)| now.saturating_sub(*last) < TRIES_KEPT_MS);
        let (count, last) = self.0.entry(name.into()).or_default();
        if *count >= SIGN_IN_TRIES && now.saturating_sub(*last) < pause_ms(*count) {
            return Err(NotIn::Pause);
        }
        (*count, *last) = (count.saturating_add(1), now);
        Ok(())
    }

    /// It was the right one.
    pub(super) fn forget(&mut self, name: &str) {
        self.0.remove(name);
    }
}

impl People {
    pub(super) fn count_try(&self, name: &str) -> Result<(), NotIn> {
        self.held().tries.count(name, clock::now_ms())
    }
}

/// The pause after so many wrong tries in a row: it grows to a minute, long for who guesses and short for who is kept out
/// by somebody else's guesses.
fn pause_ms(count: u32) -> u64 {
    let doublings = count.saturating_sub(SIGN_IN_TRIES).min(4);
    (4_000u64 << doublings).min(SIGN_IN_PAUSE_MS)
}
