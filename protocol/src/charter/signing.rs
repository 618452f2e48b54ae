//! What a steward may sign, and how a vote stands. The rules S1 to S4 are what makes a fork name a culprit.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    format,
    identity::{Hash, MemberKey},
    limits::VOTE_BYTES,
    signed::Verified,
};

use super::{
    chain::{self, Certificate, CharterError, Link},
    entry::Entry,
    vote::{Closing, Round, Vote, VoteError},
};

/// Why this steward does not sign this vote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningRefusal {
    /// S4: after a restore, until a peer confirms the head.
    #[error("this node was restored and no peer has confirmed its charter yet: connect to a member first")]
    Unconfirmed,
    /// S1: not a valid child of our head.
    #[error("this proposal cannot follow the charter we hold: {0}")]
    NotChild(#[from] CharterError),
    /// Not a steward, nor one the entry appoints.
    #[error("only stewards vote, and those a proposal appoints may approve it")]
    NotSteward,
    /// S2: one vote on each entry, for ever.
    #[error("you have {} this already, and a vote is final", if *.approve { "approved" } else { "rejected" })]
    Final {
        /// What it was.
        approve: bool,
    },
    /// S3: another entry we approved could still be carried.
    #[error("you approved proposal {} and it may still be carried: wait until the others decide on it", .0.short())]
    Open(Hash),
    /// The proofs that earlier ones are closed outgrow a vote.
    #[error("you approved too many rejected proposals to approve another: the other stewards must carry this one")]
    NoRoom,
}

/// What a steward wants to sign.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The key it would sign with.
    pub by: MemberKey,
    /// The entry's exact bytes.
    pub entry: &'a [u8],
    /// Approve, or reject.
    pub approve: bool,
    /// S4: false after a restore until a peer confirmed the head.
    pub confirmed: bool,
}

/// S1 to S4: whether this may be signed; if so, the vote to sign, with the proofs it must carry.
///
/// `mine` is every vote this key signed on children of `head`; `seen` every vote known on them.
pub fn may_vote(head: &Link, wish: Wish<'_>, mine: &[Vote], seen: &[Verified<Vote>]) -> Result<Vote, SigningRefusal> {
    if !wish.confirmed {
        return Err(SigningRefusal::Unconfirmed);
    }
    let round = Round::after(head);
    let entry = chain::child(head, wish.entry)?;
    let appointed = wish.approve && chain::appointed(head.entry(), &entry).is_some_and(|n| n.contains(&wish.by));
    if !round.stewards.contains(&wish.by) && !appointed {
        return Err(SigningRefusal::NotSteward);
    }
    let hash = Hash::of(wish.entry);
    let mine = || mine.iter().filter(|v| v.by == wish.by && v.network == round.network && v.prev == round.prev);
    if let Some(earlier) = mine().find(|v| v.entry == hash) {
        return Err(SigningRefusal::Final { approve: earlier.approve });
    }
    let mut closed = Vec::new();
    if wish.approve {
        let siblings: BTreeSet<Hash> = mine().filter(|v| v.approve).map(|v| v.entry).collect();
        for sibling in siblings {
            closed.push(closing(&round, sibling, seen).ok_or(SigningRefusal::Open(sibling))?);
        }
    }
    let vote = Vote::on(head, hash, wish.approve, closed, wish.by);
    if format::encode(&vote).len() > VOTE_BYTES { Err(SigningRefusal::NoRoom) } else { Ok(vote) }
}

/// Proof that an entry is closed, of as few rejections as it takes; none while it is open.
fn closing(round: &Round, entry: Hash, seen: &[Verified<Vote>]) -> Option<Closing> {
    let rejections: BTreeMap<MemberKey, &Verified<Vote>> =
        seen.iter().filter(|v| round.rejects(v, entry).is_ok()).map(|v| (v.by, v)).collect();
    let needed = round.closes_at();
    (rejections.len() >= needed)
        .then(|| Closing { entry, rejections: rejections.values().take(needed).map(|v| v.signed().clone()).collect() })
}

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
