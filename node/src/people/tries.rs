//! Wrong tries, so that guessing ends soon, and nobody who guesses keeps out who does not.
//!
//! They are counted by the name together with the address they came from, so that a stranger who tries a name makes nobody
//! wait but themselves; more loosely by the address, and by the name from wherever.

use std::collections::BTreeMap;

use protocol::identity::Hash;

use super::{Held, NotIn, People, hash, session::Visitor, set_up::NOBODY};
use crate::{
    clock,
    config::{ADDRESS_TRIES, NAME_TRIES, SIGN_IN_PAUSE_MS, SIGN_IN_TRIES, TRIES_KEPT_MS, TRIES_MOST},
};

/// What tries are counted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Of {
    /// An address, whatever is tried from there.
    Address(String),
    /// A name, tried from one address.
    Here(String, String),
    /// A name, from wherever.
    Name(String),
    /// The codes of somebody whose password was right: six digits are soon guessed, so it is strict from wherever.
    Code(String),
    /// The password once more, on a browser that is signed in.
    Browser(Hash),
}

impl Of {
    /// What signing in is counted by.
    pub(super) fn sign_in(name: &str, from: &Visitor) -> Vec<Of> {
        let (name, address) = (name.to_owned(), from.address.clone());
        vec![Of::Address(address.clone()), Of::Here(name.clone(), address), Of::Name(name)]
    }

    /// What the second step is counted by.
    pub(super) fn code(name: &str, from: &Visitor) -> Vec<Of> {
        vec![Of::Address(from.address.clone()), Of::Code(name.into())]
    }

    /// What typing the password once more is counted by. Strangers have no part in it: none makes an admin wait.
    pub(super) fn proof(token: &str) -> Vec<Of> {
        vec![Of::Browser(hash(token))]
    }

    /// Tries before the first pause.
    fn free(&self) -> u32 {
        match self {
            Of::Address(_) => ADDRESS_TRIES,
            Of::Here(..) | Of::Code(_) | Of::Browser(_) => SIGN_IN_TRIES,
            Of::Name(_) => NAME_TRIES,
        }
    }
}

/// Wrong tries in a row, and when the last one was.
#[derive(Debug, Default)]
pub(super) struct Tries(BTreeMap<Of, (u32, u64)>);

impl Tries {
    /// Counts a try before it is made, so that many at once are as few as one after the other. One that is not to be made
    /// yet is counted nowhere.
    fn count(&mut self, all: &[Of], now: u64, stays: impl Fn(&Of) -> bool) -> Result<(), NotIn> {
        let tried = |of: &Of| self.0.get(of).filter(|(_, last)| now.saturating_sub(*last) < TRIES_KEPT_MS).copied();
        let counts: Vec<(u32, u64)> = all.iter().map(|of| tried(of).unwrap_or_default()).collect();
        let waits = |(of, (count, last)): (&Of, &(u32, u64))| {
            count.checked_sub(of.free()).is_some_and(|too_many| now.saturating_sub(*last) < pause_ms(too_many))
        };
        if all.iter().zip(&counts).any(waits) {
            return Err(NotIn::Pause);
        }
        self.0.extend(all.iter().cloned().zip(counts.into_iter().map(|(count, _)| (count.saturating_add(1), now))));
        self.make_room(now, stays);
        Ok(())
    }

    /// Forgets the fewest and oldest tries when somebody makes up thousands of names or addresses, rather than our memory
    /// filling up. What is counted of who is here stays, so that nobody guesses on by doing so.
    fn make_room(&mut self, now: u64, stays: impl Fn(&Of) -> bool) {
        if self.0.len() <= TRIES_MOST {
            return;
        }
        self.0.retain(|_, (_, last)| now.saturating_sub(*last) < TRIES_KEPT_MS);
        let mut few: Vec<_> =
            self.0.iter().filter(|(of, _)| !stays(of)).map(|(of, tried)| (*tried, of.clone())).collect();
        few.sort();
        let spare = TRIES_MOST - TRIES_MOST / 10;
        few.truncate(self.0.len().saturating_sub(spare));
        for (_, of) in few {
            self.0.remove(&of);
        }
    }

    /// It was the right one: those at the same address pay nothing for it, and get nothing by it.
    fn forget(&mut self, all: &[Of]) {
        for of in all {
            match (of, self.0.get_mut(of)) {
                (Of::Address(_), Some((count, _))) => *count = count.saturating_sub(1),
                _ => drop(self.0.remove(of)),
            }
        }
    }
}

impl People {
    /// Counts a try.
    pub(super) fn count_try(&self, all: &[Of]) -> Result<(), NotIn> {
        let mut held = self.held();
        let Held { tries, accounts, .. } = &mut *held;
        tries.count(all, clock::now_ms(), |of| match of {
            Of::Address(_) | Of::Here(..) => false,
            Of::Name(name) => name == NOBODY || accounts.contains_key(name),
            // There are no more of these than people and their browsers.
            Of::Code(_) | Of::Browser(_) => true,
        })
    }

    pub(super) fn was_right(&self, all: &[Of]) {
        self.held().tries.forget(all);
    }
}

/// The pause after so many tries too many: it grows to a minute.
fn pause_ms(too_many: u32) -> u64 {
    (4_000u64 << too_many.min(4)).min(SIGN_IN_PAUSE_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_700_000_000_000;

    fn from(address: &str) -> Visitor {
        Visitor { address: address.into(), ..Visitor::default() }
    }

    #[test]
    fn pauses_grow_and_end() {
        let (mut tries, mut now, mut let_in) = (Tries::default(), NOW, 0);
        let ann = Of::sign_in("ann", &from("203.0.113.9"));
        for _ in 0..3_600 {
            now += 1_000;
            let_in += u32::from(tries.count(&ann, now, |_| false).is_ok());
        }
        assert!((60..80).contains(&let_in), "{let_in} guesses in an hour");
        let ben = Of::sign_in("ben", &from("198.51.100.7"));
        assert!(tries.count(&ben, now, |_| false).is_ok());
        assert!(tries.count(&ann, now + TRIES_KEPT_MS, |_| false).is_ok());
        tries.forget(&ben);
        assert!(tries.0[&ben[0]].0 == 0 && !tries.0.contains_key(&ben[1]));
    }

    /// Guessing from ever new addresses is slow as well.
    #[test]
    fn a_name_tried_from_everywhere_pauses_too() {
        let (mut tries, stays) = (Tries::default(), |of: &Of| *of == Of::Name("ann".into()));
        let guesses =
            (0..3 * TRIES_MOST).filter(|n| tries.count(&Of::sign_in("ann", &from(&n.to_string())), NOW, stays).is_ok());
        assert_eq!(guesses.count(), NAME_TRIES as usize);
    }

    /// Once ten thousand names had been tried, everybody whose name was not among them had to wait.
    #[test]
    fn thousands_of_names_take_no_more_room_than_there_is_and_keep_nobody_out() {
        let (mut tries, stays) = (Tries::default(), |of: &Of| *of == Of::Name("ann".into()));
        let ann = Of::sign_in("ann", &from("203.0.113.9"));
        assert!(tries.count(&ann, NOW, stays).is_ok());
        for n in 0..2 * TRIES_MOST {
            let at = Of::sign_in(&n.to_string(), &from(&n.to_string()));
            assert!(tries.count(&at, NOW, stays).is_ok() && tries.0.len() <= TRIES_MOST, "{n}");
        }
        assert_eq!(tries.0[&ann[2]].0, 1, "what was tried of her name is still known");
        assert!(tries.count(&Of::sign_in("ben", &from("198.51.100.7")), NOW, stays).is_ok());
    }
}
