//! How a vote stands, and the certificate once enough approve.

use std::collections::BTreeSet;

use crate::{
    identity::{Hash, MemberKey},
    signed::Verified,
};

use super::{
    chain::{self, CharterError},
    entry::Entry,
    link::{Certificate, Link},
    vote::{Round, Vote, VoteError},
};

/// Whether a vote that arrived counts for this entry: the question before it is kept or passed on.
pub fn counts(head: &Link, entry: &Entry, vote: &Verified<Vote>) -> Result<(), VoteError> {
    let round = Round::after(head);
    let appointed = vote.approve && chain::appointed(head.entry(), entry).is_some_and(|n| n.contains(&vote.by));
    if !round.stewards.contains(&vote.by) && !appointed {
        return Err(VoteError::NotSteward(vote.by));
    }
    round.fits(vote)
}

/// How a vote stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The stewards who approved, by their keys.
    pub approvals: BTreeSet<MemberKey>,
    /// The stewards who rejected.
    pub rejections: BTreeSet<MemberKey>,
    /// Approvals it takes (V3).
    pub needed: usize,
    /// V4: the stewards it would appoint, if stewards, a steward's key or the quorum change.
    pub appointed: Option<Appointed>,
    /// The certificate, once there are enough.
    pub carried: Option<Certificate>,
    /// Whether so many rejected that it cannot be carried any more.
    pub closed: bool,
}

/// How the vote of those stands whom an entry would make stewards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appointed {
    /// Those of them who approved.
    pub approvals: BTreeSet<MemberKey>,
    /// Approvals it takes of them.
    pub needed: usize,
}

/// Counts the votes on one entry. Votes that do not count are passed over; their order does not matter.
pub fn tally(head: &Link, entry_bytes: &[u8], votes: &[Verified<Vote>]) -> Result<Tally, CharterError> {
    let round = Round::after(head);
    let entry = chain::child(head, entry_bytes)?;
    let new = chain::appointed(head.entry(), &entry);
    let hash = Hash::of(entry_bytes);
    let rejections: BTreeSet<_> = votes.iter().filter(|v| round.rejects(v, hash).is_ok()).map(|v| v.by).collect();
    let mut counted: Vec<&Verified<Vote>> =
        votes.iter().filter(|v| v.entry == hash && v.approve && counts(head, &entry, v).is_ok()).collect();
    // Those who count on both sides first, then the smallest: certificates stay small, and the same everywhere.
    let both = |v: &Vote| round.stewards.contains(&v.by) && new.as_ref().is_some_and(|n| n.contains(&v.by));
    counted.sort_by_key(|v| (!both(v), v.signed().size(), v.by, v.hash()));
    let approvals = counted.iter().map(|v| v.by).filter(|by| round.stewards.contains(by)).collect();
    let appointed = new.map(|new| Appointed {
        approvals: counted.iter().map(|v| v.by).filter(|by| new.contains(by)).collect(),
        needed: entry.k as usize,
    });
    let closed = rejections.len() >= round.closes_at();
    let mut tally = Tally { approvals, rejections, needed: round.quorum, appointed, carried: None, closed };
    tally.carried = tally.certificate(entry_bytes, &counted);
    Ok(tally)
}

impl Tally {
    /// The certificate of as few of these votes as it takes, in their order; none while there are too few.
    fn certificate(&self, entry: &[u8], counted: &[&Verified<Vote>]) -> Option<Certificate> {
        let new_needed = self.appointed.as_ref().map_or(0, |a| a.needed);
        let (mut old, mut new, mut taken) = (0, 0, BTreeSet::new());
        let mut approvals = Vec::new();
        for vote in counted {
            let is_old = self.approvals.contains(&vote.by);
            let is_new = self.appointed.as_ref().is_some_and(|a| a.approvals.contains(&vote.by));
            let helps = is_old && old < self.needed || is_new && new < new_needed;
            if helps && taken.insert(vote.by) {
                old += usize::from(is_old);
                new += usize::from(is_new);
                approvals.push(vote.signed().clone());
            }
        }
        (old >= self.needed && new >= new_needed).then(|| Certificate { entry: entry.to_vec(), approvals })
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{testing::*, *},
        *,
    };
    use proptest::prelude::*;

    #[test]
    fn a_tally_counts_each_steward_once_and_strangers_never() {
        let head = network(3, 2);
        let entry = renaming(&head, 1);
        let approve = |by| vote(&head, &entry, true, vec![], by);
        let bytes = entry.bytes();
        let one = tally(&head, &bytes, &[approve(1), approve(1), approve(9)]).unwrap();
        assert_eq!((one.approvals.len(), one.needed, one.carried), (1, 2, None));
        let two = tally(&head, &bytes, &[approve(1), approve(2), approve(3)]).unwrap();
        assert_eq!(two.approvals.len(), 3);
        let carried = two.carried.unwrap();
        assert_eq!(carried.approvals.len(), 2);
        assert!(step(&head, carried).is_ok());

        let rejected = [vote(&head, &entry, false, vec![], 1), vote(&head, &entry, false, vec![], 2)];
        assert!(!tally(&head, &bytes, &rejected[..1]).unwrap().closed);
        assert!(tally(&head, &bytes, &rejected).unwrap().closed);
    }

    #[test]
    fn a_tally_waits_for_the_stewards_an_entry_appoints() {
        let head = network(3, 2);
        let stewards = [1, 8, 9].map(|n| id(&head, n));
        let draft = Draft::on(&head).admit("Eight", pk(8)).admit("Nine", pk(9));
        let entry = draft.stewards(&stewards).unwrap().entry().unwrap();
        let count = |by: &[u8]| {
            let votes: Vec<_> = by.iter().map(|n| vote(&head, &entry, true, vec![], *n)).collect();
            tally(&head, &entry.bytes(), &votes).unwrap()
        };
        let waiting = count(&[1, 2]);
        assert_eq!(waiting.carried, None);
        assert_eq!(waiting.appointed, Some(Appointed { approvals: BTreeSet::from([pk(1)]), needed: 2 }));
        let carried = count(&[1, 2, 3, 8, 9]).carried.unwrap();
        assert_eq!(carried.approvals.len(), 3);
        assert!(step(&head, carried).is_ok());
    }

    #[test]
    fn a_false_proof_makes_a_vote_count_nowhere() {
        let head = network(3, 2);
        let (a, b) = (renaming(&head, 1), renaming(&head, 2));
        let bad = vote(&head, &b, true, vec![closing(&head, &a, &[2])], 1);
        let needed = VoteError::NotClosed { entry: Hash::of(&a.bytes()), got: 1, needed: 2 };
        assert_eq!(counts(&head, &b, &bad), Err(needed));
        let tally = tally(&head, &b.bytes(), &[bad, vote(&head, &b, true, vec![], 2)]).unwrap();
        assert_eq!((tally.approvals.len(), tally.carried), (1, None));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_tally_does_not_depend_on_order(
            votes in prop::collection::vec((1u8..7, 0u8..2, any::<bool>(), any::<bool>()), 0..12).prop_shuffle(),
            turn in 0usize..12,
        ) {
            let head = network(5, 3);
            let proof = closing(&head, &renaming(&head, 5), &[3, 4, 5]);
            let votes: Vec<_> = votes.into_iter().map(|(by, entry, approve, proven)| {
                let closed = if approve && proven { vec![proof.clone()] } else { vec![] };
                vote(&head, &renaming(&head, entry), approve, closed, by)
            }).collect();
            let mut turned = votes.clone();
            turned.rotate_left(turn.min(votes.len()));
            let mut back: Vec<_> = votes.iter().rev().cloned().collect();
            back.extend(turned.clone()); // Each twice changes nothing either.
            let bytes = renaming(&head, 0).bytes();
            let first = tally(&head, &bytes, &votes).unwrap();
            prop_assert_eq!(&tally(&head, &bytes, &turned).unwrap(), &first);
            prop_assert_eq!(&tally(&head, &bytes, &back).unwrap(), &first);
            if let Some(carried) = first.carried {
                prop_assert!(step(&head, carried).is_ok());
            }
        }
    }
}
