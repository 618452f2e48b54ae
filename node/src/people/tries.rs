//! Wrong tries, so that guessing ends soon: counted by the name that was tried and by the address they came from.

use std::collections::BTreeMap;

use super::{NotIn, People, session::Visitor};
use crate::{
    clock,
    config::{ADDRESS_TRIES, SIGN_IN_PAUSE_MS, SIGN_IN_TRIES, TRIES_KEPT_MS, TRIES_MOST},
};

/// Wrong tries in a row, and when the last one was.
#[derive(Debug, Default)]
pub(super) struct Tries(BTreeMap<String, (u32, u64)>);

impl Tries {
    /// Counts a try before it is made, so that many at once are as few as one after the other.
    fn count(&mut self, of: &str, free: u32, now: u64) -> Result<(), NotIn> {
        if self.0.len() >= TRIES_MOST {
            self.0.retain(|_, (_, last)| now.saturating_sub(*last) < TRIES_KEPT_MS);
        }
        if self.0.len() >= TRIES_MOST && !self.0.contains_key(of) {
            // Somebody tries thousands of names: everybody waits, rather than our memory filling up.
            return Err(NotIn::Pause);
        }
        let (count, last) = self.0.entry(of.into()).or_default();
        if now.saturating_sub(*last) >= TRIES_KEPT_MS {
            *count = 0;
        }
        if *count >= free && now.saturating_sub(*last) < pause_ms(*count - free) {
            return Err(NotIn::Pause);
        }
        (*count, *last) = (count.saturating_add(1), now);
        Ok(())
    }

    /// It was the right one.
    fn forget(&mut self, of: &str) {
        self.0.remove(of);
    }

    /// One try fewer: somebody who got in takes nothing from the others at their address, and pays nothing for them.
    fn give_back(&mut self, of: &str) {
        if let Some((count, _)) = self.0.get_mut(of) {
            *count = count.saturating_sub(1);
        }
    }
}

impl People {
    /// Counts a try of what this name stands for.
    pub(super) fn count_try(&self, name: &str, from: &Visitor) -> Result<(), NotIn> {
        let (now, mut held) = (clock::now_ms(), self.held());
        held.tries.count(&address(from), ADDRESS_TRIES, now)?;
        held.tries.count(name, SIGN_IN_TRIES, now)
    }

    pub(super) fn was_right(&self, name: &str, from: &Visitor) {
        let mut held = self.held();
        held.tries.forget(name);
        held.tries.give_back(&address(from));
    }
}

/// No name of an account begins like this.
fn address(from: &Visitor) -> String {
    format!("\u{1}{}", from.address)
}

/// The pause after so many tries too many: it grows to a minute, long for who guesses and short for who is kept out by
/// somebody else's guesses.
fn pause_ms(too_many: u32) -> u64 {
    (4_000u64 << too_many.min(4)).min(SIGN_IN_PAUSE_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let (mut tries, mut now, mut let_in) = (Tries::default(), 1_700_000_000_000, 0);
        for _ in 0..3_600 {
            now += 1_000;
            let_in += u32::from(tries.count("ann", SIGN_IN_TRIES, now).is_ok());
        }
        assert!((60..80).contains(&let_in), "{let_in} guesses in an hour");
        assert!(tries.count("ben", SIGN_IN_TRIES, now).is_ok());
        assert!(tries.count("ann", SIGN_IN_TRIES, now + TRIES_KEPT_MS).is_ok());
        tries.give_back("ben");
        assert_eq!(tries.0["ben"].0, 0);
    }

    #[test]
    fn thousands_of_names_take_no_more_room_than_there_is() {
        let mut tries = Tries::default();
        let counted = (0..2 * TRIES_MOST).filter(|n| tries.count(&n.to_string(), 8, 1_700_000_000_000).is_ok()).count();
        assert_eq!((counted, tries.0.len()), (TRIES_MOST, TRIES_MOST));
    }
}
