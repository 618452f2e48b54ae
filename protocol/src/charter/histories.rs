//! Whole histories by chance: what must hold whatever is signed, in whatever order it arrives.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::signed::Verified;

use super::{testing::*, *};

/// One thing that happens while a round is voted on. Numbers are taken modulo what there is.
#[derive(Clone, Debug)]
enum Step {
    /// A steward asks `may_vote`, and signs if it may.
    Vote { by: u8, on: usize, approve: bool },
    /// A steward hears of a vote.
    Hear { who: u8, vote: usize },
    /// A cheater signs what it likes, with whatever proofs it has heard of.
    Cheat { by: u8, on: usize, approve: bool, prove: bool },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let by = || 0u8..5;
    let step = prop_oneof![
        4 => (by(), 0usize..4, prop::bool::weighted(0.6)).prop_map(|(by, on, approve)| Step::Vote { by, on, approve }),
        6 => (by(), any::<usize>()).prop_map(|(who, vote)| Step::Hear { who, vote }),
        3 => (by(), 0usize..4, prop::bool::weighted(0.7), any::<bool>())
            .prop_map(|(by, on, approve, prove)| Step::Cheat { by, on, approve, prove }),
    ];
    prop::collection::vec(step, 0..90)
}

/// One round of votes on rival children of one parent. Stewards 1 to `cheaters` cheat, the others ask `may_vote`.
struct Round {
    head: Link,
    rivals: Vec<Entry>,
    stewards: u8,
    cheaters: u8,
    votes: Vec<Verified<Vote>>,
    heard: Vec<Vec<Verified<Vote>>>,
}

impl Round {
    /// Rivals of every sort: plain ones, and removals of one another's authors (V4).
    fn new(stewards: u8, k: u32, cheaters: u8) -> Round {
        let head = network(stewards, k);
        let mut rivals = vec![renaming(&head, 1), renaming(&head, 2)];
        if stewards > 1 {
            let remove = |n| Draft::on(&head).remove(id(&head, n)).unwrap().entry().unwrap();
            rivals.extend([remove(1), remove(2)]);
        }
        let heard = vec![Vec::new(); usize::from(stewards)];
        Round { head, rivals, stewards, cheaters, votes: Vec::new(), heard }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Vote { by, on, approve } => {
                let (by, on) = (by % self.stewards + 1, on % self.rivals.len());
                if by > self.cheaters {
                    self.ask(by, on, approve);
                }
            }
            Step::Hear { who, vote } if !self.votes.is_empty() => {
                let vote = self.votes[vote % self.votes.len()].clone();
                self.heard[usize::from(who % self.stewards)].push(vote);
            }
            Step::Cheat { by, on, approve, prove } if self.cheaters > 0 => {
                let (by, on) = (by % self.cheaters + 1, on % self.rivals.len());
                self.cheat(by, on, approve, prove);
            }
            _ => {}
        }
    }

    fn ask(&mut self, by: u8, on: usize, approve: bool) {
        let mine: Vec<Vote> = self.votes.iter().filter(|v| v.by == pk(by)).map(|v| (**v).clone()).collect();
        let wish = Wish { by: pk(by), entry: &self.rivals[on].bytes(), approve, confirmed: true };
        if let Ok(vote) = may_vote(&self.head, wish, &mine, &self.heard[usize::from(by - 1)]) {
            self.votes.push(Verified::sign(vote, &key(by)));
        }
    }

    /// With `prove`, it embeds every proof there is by now; without, none.
    fn cheat(&mut self, by: u8, on: usize, approve: bool, prove: bool) {
        let others = (0..self.rivals.len()).filter(|other| *other != on && approve && prove);
        let closed = others.filter_map(|other| self.proof(&self.rivals[other])).collect();
        self.votes.push(vote(&self.head, &self.rivals[on], approve, closed, by));
    }

    fn proof(&self, entry: &Entry) -> Option<Closing> {
        let votes = tally(&self.head, &entry.bytes(), &self.votes).unwrap();
        let by: Vec<u8> = (1..=self.stewards).filter(|n| votes.rejections.contains(&pk(*n))).collect();
        votes.closed.then(|| closing(&self.head, entry, &by))
    }

    /// Every rival that could be carried with all votes ever signed.
    fn carried(&self) -> Vec<Link> {
        let certificates =
            self.rivals.iter().filter_map(|e| tally(&self.head, &e.bytes(), &self.votes).unwrap().carried);
        certificates.map(|c| step(&self.head, c).expect("what a tally carries is a link")).collect()
    }

    /// No cheater, no fork; and a fork names cheaters only, and at least one.
    fn check(&self) {
        let carried = self.carried();
        assert!(self.cheaters > 0 || carried.len() <= 1, "two siblings were carried though nobody cheated");
        let cheaters: BTreeSet<_> = (1..=self.cheaters).map(pk).collect();
        for (at, a) in carried.iter().enumerate() {
            for b in &carried[at + 1..] {
                let fork = fork(a, b).expect("two children of one parent are a fork");
                assert!(!fork.culprits.is_empty(), "a fork names nobody");
                assert!(fork.culprits.is_subset(&cheaters), "an honest steward is framed");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn no_cheater_no_fork(n in 1u8..6, more in 0u32..3, steps in steps()) {
        let mut round = Round::new(n, (u32::from(n) / 2 + 1 + more).min(u32::from(n)), 0);
        steps.into_iter().for_each(|step| round.take(step));
        round.check();
    }

    #[test]
    fn a_fork_names_cheaters_only(n in 2u8..6, more in 0u32..3, cheaters in 1u8..4, steps in steps()) {
        let k = (u32::from(n) / 2 + 1 + more).min(u32::from(n));
        let mut round = Round::new(n, k, cheaters.min(n));
        steps.into_iter().for_each(|step| round.take(step));
        round.check();
    }
}

#[test]
fn two_stewards_who_remove_each_other() {
    // Of three, the third decides which; of two, neither is carried.
    let head = network(3, 2);
    let remove = |n| Draft::on(&head).remove(id(&head, n)).unwrap().entry().unwrap();
    let (without_2, without_1) = (remove(2), remove(1));
    let mut round = Round::new(3, 2, 0);
    round.rivals = vec![without_2, without_1];
    for (by, on) in [(1, 0), (2, 1), (3, 0), (3, 1)] {
        round.ask(by, on, true);
    }
    // V4: 1 and 3 are also the new stewards.
    assert_eq!(round.carried().len(), 1);
    assert_eq!(round.carried()[0].entry().by_first(&pk(2)), None);

    let mut two = Round::new(2, 2, 0);
    two.rivals.drain(..2);
    for (by, on) in [(1, 1), (2, 0), (1, 0), (2, 1)] {
        two.ask(by, on, true);
    }
    assert!(two.carried().is_empty());
}

/// What somebody does to a charter.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Admit,
    Remove(usize),
    Rekey(usize),
    Appoint(usize, usize),
    Rename,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        4 => Just(Deed::Admit),
        2 => any::<usize>().prop_map(Deed::Remove),
        2 => any::<usize>().prop_map(Deed::Rekey),
        2 => (any::<usize>(), 0usize..5).prop_map(|(from, more)| Deed::Appoint(from, more)),
        1 => Just(Deed::Rename),
    ];
    prop::collection::vec(deed, 0..30)
}

/// The draft of a deed. `fresh` is a key nobody had.
fn draft(charter: &Charter, deed: Deed, fresh: u8) -> Result<Entry, DraftError> {
    let ids: Vec<_> = charter.members().map(|(id, _)| id).collect();
    let pick = |n: usize| ids[n % ids.len()];
    let draft = charter.draft();
    match deed {
        Deed::Admit => draft.admit(&format!("Member {fresh}"), pk(fresh)).entry(),
        Deed::Remove(n) => draft.remove(pick(n))?.entry(),
        Deed::Rekey(n) => draft.rekey(pick(n), pk(fresh))?.entry(),
        Deed::Appoint(from, more) => {
            let few: BTreeSet<_> = (0..=more).map(|n| pick(from.wrapping_add(n))).collect();
            draft.stewards(&few.into_iter().collect::<Vec<_>>())?.entry()
        }
        Deed::Rename => draft.name(&format!("Riverside {fresh}")).entry(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_life_of_a_charter(deeds in deeds()) {
        let mut charter = Charter::new(alone());
        for (fresh, deed) in (2u8..).zip(deeds) {
            let Ok(entry) = draft(&charter, deed, fresh) else { continue };
            let before = charter.entry().clone();
            let voters: Vec<u8> = (1..=fresh)
                .filter(|n| before.steward_keys().contains(&pk(*n)) || entry.steward_keys().contains(&pk(*n)))
                .collect();
            let all: Vec<_> = voters.iter().map(|n| vote(charter.head(), &entry, true, vec![], *n)).collect();

            // One by one: it is carried exactly when both quorums have signed.
            for some in 0..=all.len() {
                let tally = tally(charter.head(), &entry.bytes(), &all[..some]).unwrap();
                let new = tally.appointed.as_ref().is_none_or(|a| a.approvals.len() >= a.needed);
                prop_assert_eq!(tally.carried.is_some(), tally.approvals.len() >= tally.needed && new);
            }
            let carried = tally(charter.head(), &entry.bytes(), &all).unwrap().carried.unwrap();
            for spared in 0..carried.approvals.len() {
                let mut short = carried.clone();
                short.approvals.remove(spared);
                prop_assert!(step(charter.head(), short).is_err(), "no approval is there in vain");
            }
            let next = charter.advance(carried).unwrap();
            let after = next.entry();

            prop_assert!(after.removed.starts_with(&before.removed), "removal is monotone");
            prop_assert!(after.members.iter().all(|m| after.removed.iter().all(|r| r.key != m.key)));
            prop_assert!(before.every_key().is_subset(&after.every_key()), "no key is forgotten");
            prop_assert!(!changes(&before, after).is_empty());
            prop_assert_eq!(next.members().count(), after.members.len());
            prop_assert_eq!(next.network(), charter.network());
            charter = next;
        }
    }
}
