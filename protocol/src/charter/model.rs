//! Every order in which three stewards can vote on two proposals, through the real functions.
//!
//! A state is the set of votes signed; every steward has heard all of them. Hearing less only forbids more: what
//! `may_vote` allows with fewer votes seen is a subset, but for the choice of proofs, which `histories` varies.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::signed::Verified;

use super::{testing::*, *};

struct Model {
    head: Link,
    keys: [MemberKey; 3],
    rivals: [Vec<u8>; 2],
    cheater: Option<MemberKey>,
    /// Every vote that was ever signed in some state; a state is a set of places in this list.
    votes: Vec<Verified<Vote>>,
    forks: BTreeMap<(u64, u64), BTreeSet<MemberKey>>,
}

impl Model {
    fn new(k: u32, cheater: Option<u8>) -> Model {
        let head = network(3, k);
        let rivals = [1, 2].map(|n| renaming(&head, n).bytes());
        let (keys, cheater) = ([1, 2, 3].map(pk), cheater.map(pk));
        Model { head, keys, rivals, cheater, votes: Vec::new(), forks: BTreeMap::new() }
    }

    fn signed(&self, state: u64) -> Vec<Verified<Vote>> {
        self.votes.iter().enumerate().filter(|(at, _)| state >> at & 1 == 1).map(|(_, v)| v.clone()).collect()
    }

    /// The state with this vote signed as well. Each is signed only once: that is what takes the time here.
    fn with(&mut self, state: u64, vote: Vote) -> u64 {
        let at = self.votes.iter().position(|v| **v == vote).unwrap_or_else(|| {
            let by = self.keys.iter().position(|k| *k == vote.by).expect("a steward votes");
            self.votes.push(Verified::sign(vote, &key(by as u8 + 1)));
            self.votes.len() - 1
        });
        state | 1 << at
    }

    /// Every state one vote further.
    fn next(&mut self, state: u64) -> Vec<u64> {
        let seen = self.signed(state);
        let mut next = Vec::new();
        for by in self.keys {
            for (on, approve) in [(0, true), (0, false), (1, true), (1, false)] {
                if self.cheater == Some(by) {
                    next.extend(self.cheat(by, on, approve, &seen));
                } else {
                    next.extend(self.ask(by, on, approve, &seen));
                }
            }
        }
        next.into_iter().map(|vote| self.with(state, vote)).collect()
    }

    /// What an honest steward signs, if it may.
    fn ask(&self, by: MemberKey, on: usize, approve: bool, seen: &[Verified<Vote>]) -> Option<Vote> {
        may_vote(&self.head, Wish { by, entry: &self.rivals[on], approve, confirmed: true }, &[], seen).ok()
    }

    /// What a cheater can sign: the plain vote, and an approval with the proof that the other is closed, once it is.
    fn cheat(&self, by: MemberKey, on: usize, approve: bool, seen: &[Verified<Vote>]) -> Vec<Vote> {
        let [entry, other] = [on, 1 - on].map(|at| Hash::of(&self.rivals[at]));
        let needed = 4 - self.head.entry().k as usize;
        let rejected = seen.iter().filter(|v| !v.approve && v.entry == other);
        let rejections: Vec<_> = rejected.take(needed).map(|v| v.signed().clone()).collect();
        let mut votes = vec![Vote::on(&self.head, entry, approve, vec![], by)];
        if approve && rejections.len() == needed {
            votes.push(Vote::on(&self.head, entry, true, vec![Closing { entry: other, rejections }], by));
        }
        votes
    }

    /// Every set of approvals of a rival, among those signed, that makes a certificate.
    fn certificates(&self, state: u64, rival: usize) -> Vec<u64> {
        let hash = Hash::of(&self.rivals[rival]);
        let approvals = self.votes.iter().enumerate().filter(|(_, v)| v.approve && v.entry == hash);
        let mask = approvals.map(|(at, _)| 1 << at).sum::<u64>() & state;
        let k = self.head.entry().k;
        let subsets = std::iter::successors(Some(mask), |s| (*s != 0).then(|| (s - 1) & mask));
        subsets.filter(|s| s.count_ones() >= k && self.distinct(*s)).collect()
    }

    fn distinct(&self, state: u64) -> bool {
        let by: BTreeSet<_> = self.signed(state).iter().map(|v| v.by).collect();
        by.len() == state.count_ones() as usize
    }

    fn culprits(&mut self, a: u64, b: u64) -> BTreeSet<MemberKey> {
        if let Some(known) = self.forks.get(&(a, b)) {
            return known.clone();
        }
        let link = |set: u64, rival: usize| {
            let approvals = self.signed(set).iter().map(|v| v.signed().clone()).collect();
            step(&self.head, Certificate { entry: self.rivals[rival].clone(), approvals }).unwrap()
        };
        let culprits = fork(&link(a, 0), &link(b, 1)).unwrap().culprits;
        self.forks.insert((a, b), culprits.clone());
        culprits
    }

    /// Visits every state; the number of states, and of pairs of certificates that fork.
    fn run(mut self) -> (usize, usize) {
        let mut seen = BTreeSet::from([0]);
        let mut queue = VecDeque::from([0]);
        let allowed: BTreeSet<_> = self.cheater.into_iter().collect();
        while let Some(state) = queue.pop_front() {
            for a in self.certificates(state, 0) {
                for b in self.certificates(state, 1) {
                    let culprits = self.culprits(a, b);
                    assert!(!culprits.is_empty() && culprits.is_subset(&allowed), "culprits: {culprits:?}");
                }
            }
            queue.extend(self.next(state).into_iter().filter(|next| seen.insert(*next)));
        }
        (seen.len(), self.forks.len())
    }
}

#[test]
fn three_honest_stewards_never_carry_two() {
    for k in [2, 3] {
        let (states, forks) = Model::new(k, None).run();
        assert!(states > 100, "{states} states");
        assert_eq!(forks, 0, "k = {k}");
    }
}

#[test]
fn one_cheater_among_three_is_always_named_and_nobody_else() {
    let (states, forks) = Model::new(2, Some(1)).run();
    assert!(states > 1_000 && forks > 0, "{states} states, {forks} forks");
    // Where all must agree one rejection closes, so a cheater who also approves can mislead the others.
    let (states, forks) = Model::new(3, Some(1)).run();
    assert!(states > 1_000 && forks > 0, "{states} states, {forks} forks");
}
