//! Two children of one parent: proof that somebody cheated or was cloned, and who.

use std::collections::BTreeSet;

use crate::identity::{Hash, MemberKey, NetworkId};

use super::{link::Link, vote::Vote};

/// A fork, and the keys it convicts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fork {
    /// The network that forked.
    pub network: NetworkId,
    /// The last entry both branches share.
    pub parent: Hash,
    /// The place of the two that follow it.
    pub seq: u64,
    /// The two, the lower hash first.
    pub branches: [Hash; 2],
    /// The keys that broke S2 or S3, by their own signatures. Never empty: two quorums of one set share a steward who
    /// approved both; and if that one embedded the other's closing, its rejections share a steward with the approvals.
    pub culprits: BTreeSet<MemberKey>,
}

/// The fork of two links, if they are different children of one parent.
pub fn fork(a: &Link, b: &Link) -> Option<Fork> {
    let same_parent = a.network() == b.network() && a.entry().prev == b.entry().prev && a.entry().seq == b.entry().seq;
    if !same_parent || a.hash() == b.hash() {
        return None;
    }
    let votes: Vec<Vote> = [a, b].into_iter().flat_map(votes).collect();
    let mut culprits = BTreeSet::new();
    for (at, vote) in votes.iter().enumerate() {
        culprits.extend(votes[at + 1..].iter().filter(|other| clash(vote, other)).map(|other| other.by));
    }
    let mut branches = [a.hash(), b.hash()];
    branches.sort();
    Some(Fork { network: a.network(), parent: a.entry().prev, seq: a.entry().seq, branches, culprits })
}

/// Whether no honest steward could have signed both: approved and rejected one entry (S2), or approved two and in
/// neither shown the other closed (S3).
fn clash(a: &Vote, b: &Vote) -> bool {
    let shows = |vote: &Vote, entry| vote.closed.iter().any(|closing| closing.entry == entry);
    a.by == b.by
        && match (a.approve, b.approve) {
            (true, true) => a.entry != b.entry && !shows(a, b.entry) && !shows(b, a.entry),
            (false, false) => false,
            _ => a.entry == b.entry,
        }
}

/// The approvals of a link and the rejections they embed. All were checked when the link was made, so all decode.
fn votes(link: &Link) -> impl Iterator<Item = Vote> {
    let approvals = link.certificate().approvals.iter().filter_map(|vote| vote.clone().recall().ok());
    approvals.flat_map(|vote| {
        let vote = vote.into_body();
        let embedded: Vec<Vote> = vote
            .closed
            .iter()
            .flat_map(|closing| &closing.rejections)
            .filter_map(|rejection| rejection.clone().recall().ok())
            .map(|rejection| rejection.into_body())
            .collect();
        std::iter::once(vote).chain(embedded)
    })
}

#[cfg(test)]
mod tests {
    use super::{
        super::{testing::*, *},
        *,
    };
    use crate::signed::Verified;

    fn linked(head: &Link, entry: &Entry, votes: &[Verified<Vote>]) -> Link {
        let approvals = votes.iter().map(|v| v.signed().clone()).collect();
        step(head, Certificate { entry: entry.bytes(), approvals }).unwrap()
    }

    #[test]
    fn who_approves_two_is_named() {
        let head = network(3, 2);
        let (a, b) = (renaming(&head, 1), renaming(&head, 2));
        let (a, b) = (carry(&head, &a, &[1, 2]), carry(&head, &b, &[2, 3]));
        let fork = fork(&a, &b).unwrap();
        assert_eq!(fork.culprits, BTreeSet::from([pk(2)]));
        assert_eq!((fork.parent, fork.seq), (head.hash(), 1));
        assert_eq!(super::fork(&b, &a), Some(fork));
    }

    #[test]
    fn who_rejects_and_approves_is_named_and_not_who_believed_it() {
        let head = network(3, 2);
        let (a, b) = (renaming(&head, 1), renaming(&head, 2));
        // 2 and 3 reject the first, so 1, who approved it, may turn to the second. But 3 approved the first as well.
        let turned = vote(&head, &b, true, vec![closing(&head, &a, &[2, 3])], 1);
        let first = linked(&head, &a, &[vote(&head, &a, true, vec![], 1), vote(&head, &a, true, vec![], 3)]);
        let second = linked(&head, &b, &[turned, vote(&head, &b, true, vec![], 2)]);
        assert_eq!(fork(&first, &second).unwrap().culprits, BTreeSet::from([pk(3)]));
    }

    #[test]
    fn one_entry_with_two_certificates_is_no_fork() {
        let head = network(3, 2);
        let entry = renaming(&head, 1);
        assert_eq!(fork(&carry(&head, &entry, &[1, 2]), &carry(&head, &entry, &[2, 3])), None);
        let next = carry(&head, &entry, &[1, 2]);
        assert_eq!(fork(&head, &next), None);
        assert_eq!(fork(&network(3, 2), &network(4, 3)), None);
    }
}
