//! What two people compare on the telephone before a newcomer is let in.
//!
//! Both sides work it out from the invitation and both collaboratives' keys, so it is the same only where nobody came in
//! between and used the invitation, or handed over another one. Four words have 44 bits. Whoever comes in between would
//! have to try keys until theirs fit, and working one out takes [`CHECK_ROUNDS`] hashes: 2^59 in all.

use std::{cell::RefCell, collections::BTreeMap};

use serde::Serialize;

use crate::{
    identity::{Hash, MemberKey, NetworkId},
    limits::{CHECK_ROUNDS, CHECKS_KEPT},
};

/// Four words, and a number for a picture beside each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The words, of the English list of BIP 39.
    pub words: [&'static str; 4],
    /// A number for each, to draw something by.
    pub pictures: [u32; 4],
}

impl Check {
    /// Of an invitation, by its id, and the two keys in either order.
    pub fn of(network: NetworkId, ticket: &Hash, one: MemberKey, other: MemberKey) -> Check {
        let (low, high) = (one.min(other), one.max(other));
        let parts: [&[u8]; 4] = [&network.0, &ticket.0, &low.0, &high.0];
        let mut hash = Hash::derive("commonweal 1 join check", &parts);
        for _ in 0..CHECK_ROUNDS {
            hash = Hash::of(&hash.0);
        }
        let list = bip39::Language::English.word_list();
        let part = |n: usize, at: usize| u32::from_be_bytes(std::array::from_fn(|i| hash.0[at + n * 4 + i]));
        Check {
            words: std::array::from_fn(|n| list[part(n, 0) as usize % list.len()]),
            pictures: std::array::from_fn(|n| part(n, 16)),
        }
    }
}

/// What was worked out before, by invitation and newcomer: it takes some milliseconds, in which the engine does nothing else.
#[derive(Debug, Default)]
pub(crate) struct Checks(RefCell<BTreeMap<(Hash, MemberKey), Check>>);

impl Checks {
    /// The one of this invitation and this newcomer, worked out once.
    pub(crate) fn of(&self, ticket: Hash, newcomer: MemberKey, work: impl FnOnce() -> Check) -> Check {
        let mut kept = self.0.borrow_mut();
        if kept.len() >= CHECKS_KEPT && !kept.contains_key(&(ticket, newcomer)) {
            kept.clear();
        }
        kept.entry((ticket, newcomer)).or_insert_with(work).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every look at the network once worked out all of them again.
    #[test]
    fn each_is_worked_out_once_and_no_more_are_kept_than_fit() {
        let (checks, worked) = (Checks::default(), std::cell::Cell::new(0));
        let of = |n: u8| {
            let (ticket, who) = (Hash([n; 32]), MemberKey([3; 32]));
            checks.of(ticket, who, || {
                worked.set(worked.get() + 1);
                let words = [bip39::Language::English.word_list()[usize::from(n)]; 4];
                Check { words, pictures: [u32::from(n); 4] }
            })
        };
        assert!(of(1) == of(1) && of(1) != of(2) && worked.get() == 2);
        (0..=255).for_each(|n| assert_eq!(of(n).pictures[0], u32::from(n)));
        assert!(checks.0.borrow().len() <= CHECKS_KEPT);
    }

    #[test]
    fn both_sides_see_the_same_and_who_came_in_between_sees_another() {
        let (network, ticket) = (NetworkId([1; 32]), Hash([2; 32]));
        let (riverside, hillside, liar) = (MemberKey([3; 32]), MemberKey([4; 32]), MemberKey([5; 32]));
        let check = Check::of(network, &ticket, riverside, hillside);
        assert_eq!(check, Check::of(network, &ticket, hillside, riverside));
        assert_ne!(check.words, Check::of(network, &ticket, riverside, liar).words);
        assert_ne!(check.words, Check::of(network, &Hash([9; 32]), riverside, hillside).words);
        assert_ne!(check.words, Check::of(NetworkId([9; 32]), &ticket, riverside, hillside).words);
        assert!(check.words.iter().all(|word| word.len() >= 3), "{check:?}");
    }
}
