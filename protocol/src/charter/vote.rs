//! A steward's vote, and when it counts among the children of one parent.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};

use crate::{
    identity::{Hash, MemberKey, NetworkId},
    limits::VOTE_BYTES,
    signed::{Body, Signed, SignedError, Verified},
};

use super::{
    entry::{Entry, VERSION},
    link::Link,
};

/// One steward's vote on one entry. It is final (S2).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Vote {
    /// The version it is written in.
    #[n(0)]
    pub v: u32,
    /// The network; for the genesis its own hash.
    #[n(1)]
    pub network: NetworkId,
    /// The entry's parent; zeros for the genesis.
    #[n(2)]
    pub prev: Hash,
    /// The entry's place.
    #[n(3)]
    pub seq: u64,
    /// Hash of the entry's bytes.
    #[n(4)]
    pub entry: Hash,
    /// Approve, or reject.
    #[n(5)]
    pub approve: bool,
    /// Proof that each sibling this steward approved before is closed (S3); empty in a rejection.
    #[n(6)]
    pub closed: Vec<Closing>,
    /// The steward's key.
    #[n(7)]
    pub by: MemberKey,
}

/// Proof that an entry can no longer be carried: n − k + 1 stewards of the parent rejected it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Closing {
    /// The entry that is closed.
    #[n(0)]
    pub entry: Hash,
    /// The rejections.
    #[n(1)]
    pub rejections: Vec<Signed<Vote>>,
}

impl Body for Vote {
    const TYPE: &'static str = "vote";
    const MOST: usize = VOTE_BYTES;
    fn signer(&self) -> [u8; 32] {
        self.by.0
    }
}

impl Vote {
    /// A vote on a child of `head`, to be signed if [`super::may_vote`] allows it.
    pub fn on(head: &Link, entry: Hash, approve: bool, closed: Vec<Closing>, by: MemberKey) -> Vote {
        let Round { network, prev, seq, .. } = Round::after(head);
        Vote { v: VERSION, network, prev, seq, entry, approve, closed, by }
    }

    /// The approval of a genesis by one of the stewards it names.
    pub fn founding(entry: &[u8], by: MemberKey) -> Vote {
        let entry = Hash::of(entry);
        let network = NetworkId(entry.0);
        Vote { v: VERSION, network, prev: Hash::default(), seq: 0, entry, approve: true, closed: Vec::new(), by }
    }
}

/// Why a vote does not count here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VoteError {
    /// Malformed, or not signed by whom it names.
    #[error("the vote is not to be believed: {0}")]
    Signed(#[from] SignedError),
    /// Written for another version than ours.
    #[error("the vote is written in version {0} and we read {VERSION}")]
    Version(u32),
    /// For another network, parent or place.
    #[error("the vote is for another place in the chain")]
    Elsewhere,
    /// For another entry.
    #[error("the vote is for another entry")]
    OtherEntry,
    /// A rejection where an approval is needed, or the other way round.
    #[error("the vote says the opposite of what it is shown for")]
    Opposite,
    /// Not by a steward, neither of the parent nor of the entry.
    #[error("{} is no steward who could vote on this", .0.short())]
    NotSteward(MemberKey),
    /// A rejection that carries proofs; it needs none.
    #[error("a rejection carries no proofs")]
    Laden,
    /// A closing of the very entry it approves, or two of the same.
    #[error("the vote closes {} without sense", .0.short())]
    Senseless(Hash),
    /// Too few rejections, or the same steward twice.
    #[error("{got} rejections do not close {}: it takes {needed} different stewards", .entry.short())]
    NotClosed {
        /// The entry said to be closed.
        entry: Hash,
        /// Stewards who rejected it.
        got: usize,
        /// Rejections it takes.
        needed: usize,
    },
}

/// All votes on the children of one parent: where they must point, and whose count.
pub(super) struct Round {
    pub(super) network: NetworkId,
    pub(super) prev: Hash,
    pub(super) seq: u64,
    pub(super) stewards: BTreeSet<MemberKey>,
    pub(super) quorum: usize,
}

impl Round {
    /// The round after this link.
    pub(super) fn after(head: &Link) -> Round {
        Round {
            network: head.network(),
            prev: head.hash(),
            seq: head.entry().seq.saturating_add(1),
            stewards: head.entry().steward_keys(),
            quorum: head.entry().k as usize,
        }
    }

    /// The round before the first: every steward the genesis names must approve.
    pub(super) fn first(hash: Hash, genesis: &Entry) -> Round {
        let stewards = genesis.steward_keys();
        let quorum = stewards.len();
        Round { network: NetworkId(hash.0), prev: Hash::default(), seq: 0, stewards, quorum }
    }

    /// Rejections after which an entry cannot reach the quorum any more.
    pub(super) fn closes_at(&self) -> usize {
        (self.stewards.len() + 1).saturating_sub(self.quorum)
    }

    /// Whether the vote belongs to this round and its proofs hold. Its own signature was checked before; who may vote
    /// on which entry is asked by the caller.
    pub(super) fn fits(&self, vote: &Vote) -> Result<(), VoteError> {
        if vote.v != VERSION {
            return Err(VoteError::Version(vote.v));
        }
        if (vote.network, vote.prev, vote.seq) != (self.network, self.prev, self.seq) {
            return Err(VoteError::Elsewhere);
        }
        // So proofs never nest.
        if !vote.approve && !vote.closed.is_empty() {
            return Err(VoteError::Laden);
        }
        let mut closed = BTreeSet::from([vote.entry]);
        vote.closed.iter().try_for_each(|closing| {
            if !closed.insert(closing.entry) {
                return Err(VoteError::Senseless(closing.entry));
            }
            self.holds(closing)
        })
    }

    /// Whether enough different stewards of the parent rejected it.
    fn holds(&self, closing: &Closing) -> Result<(), VoteError> {
        let needed = self.closes_at();
        let not_closed = |got| VoteError::NotClosed { entry: closing.entry, got, needed };
        if closing.rejections.len() > self.stewards.len() {
            return Err(not_closed(self.stewards.len()));
        }
        let mut by = BTreeSet::new();
        for rejection in &closing.rejections {
            let rejection = rejection.clone().verify()?;
            self.rejects(&rejection, closing.entry)?;
            by.insert(rejection.by);
        }
        if by.len() < needed || by.len() < closing.rejections.len() { Err(not_closed(by.len())) } else { Ok(()) }
    }

    /// Whether this is a rejection of `entry` that counts.
    pub(super) fn rejects(&self, vote: &Verified<Vote>, entry: Hash) -> Result<(), VoteError> {
        if vote.entry != entry {
            return Err(VoteError::OtherEntry);
        }
        if vote.approve {
            return Err(VoteError::Opposite);
        }
        if !self.stewards.contains(&vote.by) {
            return Err(VoteError::NotSteward(vote.by));
        }
        self.fits(vote)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, *};

    /// Three stewards of whom two decide: two rejections close.
    fn judge(approve: bool, closed: impl FnOnce(&Link) -> Vec<Closing>) -> Result<(), VoteError> {
        let head = network(3, 2);
        Round::after(&head).fits(&vote(&head, &renaming(&head, 1), approve, closed(&head), 1))
    }

    #[test]
    fn a_proof_takes_enough_different_stewards() {
        let by = |by: &'static [u8]| judge(true, |head| vec![closing(head, &renaming(head, 2), by)]);
        let entry = Hash::of(&renaming(&network(3, 2), 2).bytes());
        assert_eq!(by(&[2, 3]), Ok(()));
        assert_eq!(by(&[1, 2, 3]), Ok(()));
        assert_eq!(by(&[]), Err(VoteError::NotClosed { entry, got: 0, needed: 2 }));
        assert_eq!(by(&[2]), Err(VoteError::NotClosed { entry, got: 1, needed: 2 }));
        assert_eq!(by(&[2, 2]), Err(VoteError::NotClosed { entry, got: 1, needed: 2 }));
        assert_eq!(by(&[2, 3, 3]), Err(VoteError::NotClosed { entry, got: 2, needed: 2 }));
        assert_eq!(by(&[1, 2, 3, 3]), Err(VoteError::NotClosed { entry, got: 3, needed: 2 }));
        assert_eq!(by(&[2, 9]), Err(VoteError::NotSteward(pk(9))));
    }

    #[test]
    fn a_proof_is_made_of_rejections_of_that_sibling() {
        let with = |wrong: fn(&Link) -> Verified<Vote>| {
            judge(true, |head| {
                let mut closing = closing(head, &renaming(head, 2), &[2]);
                closing.rejections.push(wrong(head).signed().clone());
                vec![closing]
            })
        };
        assert_eq!(with(|head| vote(head, &renaming(head, 2), true, vec![], 3)), Err(VoteError::Opposite));
        assert_eq!(with(|head| vote(head, &renaming(head, 3), false, vec![], 3)), Err(VoteError::OtherEntry));
        let elsewhere = |head: &Link| {
            let entry = renaming(head, 2);
            let other = carry(head, &renaming(head, 4), &[1, 2]);
            vote(&other, &entry, false, vec![], 3)
        };
        assert_eq!(with(elsewhere), Err(VoteError::Elsewhere));
        let laden = |head: &Link| {
            let closed = vec![closing(head, &renaming(head, 3), &[2, 3])];
            vote(head, &renaming(head, 2), false, closed, 3)
        };
        assert_eq!(with(laden), Err(VoteError::Laden));
    }

    #[test]
    fn a_rejection_in_a_proof_is_signed() {
        let head = network(3, 2);
        let mut bytes = crate::format::encode(&closing(&head, &renaming(&head, 2), &[2, 3]));
        *bytes.last_mut().unwrap() ^= 1;
        let forged: Closing = crate::format::decode(&bytes, 2_000).unwrap();
        assert_eq!(judge(true, |_| vec![forged]), Err(VoteError::Signed(SignedError::BadSignature)));
    }

    #[test]
    fn proofs_make_sense() {
        let own = |head: &Link| vec![closing(head, &renaming(head, 1), &[2, 3])];
        assert!(matches!(judge(true, own), Err(VoteError::Senseless(_))));
        let twice = |head: &Link| vec![closing(head, &renaming(head, 2), &[2, 3]); 2];
        assert!(matches!(judge(true, twice), Err(VoteError::Senseless(_))));
        let rejection = |head: &Link| vec![closing(head, &renaming(head, 2), &[2, 3])];
        assert_eq!(judge(false, rejection), Err(VoteError::Laden));
    }
}
