//! What a steward may sign: the rules S1 to S4, which make a fork name a culprit.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    format,
    identity::{Hash, MemberKey},
    limits::VOTE_BYTES,
    signed::Verified,
};

use super::{
    chain::{self, CharterError},
    link::Link,
    vote::{Closing, Round, Vote},
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
/// `mine` is every vote this node's log holds for this key; `seen` every vote known on children of `head`.
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
    let mine = own_votes(&round, wish.by, mine, seen);
    if let Some(earlier) = mine.iter().find(|v| v.entry == hash) {
        return Err(SigningRefusal::Final { approve: earlier.approve });
    }
    let mut closed = Vec::new();
    if wish.approve {
        let siblings: BTreeSet<Hash> = mine.iter().filter(|v| v.approve).map(|v| v.entry).collect();
        for sibling in siblings {
            closed.push(proof(&round, sibling, seen).ok_or(SigningRefusal::Open(sibling))?);
        }
    }
    let vote = Vote::on(head, hash, wish.approve, closed, wish.by);
    if format::encode(&vote).len() > VOTE_BYTES { Err(SigningRefusal::NoRoom) } else { Ok(vote) }
}

/// What this key signed in this round: by our log, and by what others show us, for a member may run two nodes.
fn own_votes<'a>(round: &Round, by: MemberKey, log: &'a [Vote], seen: &'a [Verified<Vote>]) -> Vec<&'a Vote> {
    let all = log.iter().chain(seen.iter().map(|v| &**v));
    all.filter(|v| v.by == by && v.network == round.network && v.prev == round.prev).collect()
}

/// Proof that an entry is closed, of as few rejections as it takes; none while it is open.
fn proof(round: &Round, entry: Hash, seen: &[Verified<Vote>]) -> Option<Closing> {
    let rejections: BTreeMap<MemberKey, &Verified<Vote>> =
        seen.iter().filter(|v| round.rejects(v, entry).is_ok()).map(|v| (v.by, v)).collect();
    let needed = round.closes_at();
    (rejections.len() >= needed)
        .then(|| Closing { entry, rejections: rejections.values().take(needed).map(|v| v.signed().clone()).collect() })
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            testing::{self, *},
            *,
        },
        *,
    };

    fn ask(
        head: &Link,
        entry: &Entry,
        (by, approve): (u8, bool),
        mine: &[Vote],
        seen: &[Verified<Vote>],
    ) -> Result<Vote, SigningRefusal> {
        may_vote(head, Wish { by: pk(by), entry: &entry.bytes(), approve, confirmed: true }, mine, seen)
    }

    #[test]
    fn s1_only_on_children_of_my_head() {
        let head = network(3, 2);
        let entry = renaming(&head, 1);
        let next = carry(&head, &entry, &[1, 2]);
        assert!(ask(&head, &entry, (1, true), &[], &[]).is_ok());
        let late = ask(&next, &entry, (1, true), &[], &[]).unwrap_err();
        let error = SuccessionError::NotNext { got: 1, next: 2 };
        assert_eq!(late, SigningRefusal::NotChild(error.into()));
    }

    #[test]
    fn s2_a_vote_is_final() {
        let head = network(3, 2);
        let entry = renaming(&head, 1);
        for approve in [true, false] {
            let vote = ask(&head, &entry, (1, approve), &[], &[]).unwrap();
            for again in [true, false] {
                let refusal = Err(SigningRefusal::Final { approve });
                assert_eq!(ask(&head, &entry, (1, again), std::slice::from_ref(&vote), &[]), refusal);
                // The same when the log of another node of this member holds it, and we only saw the vote.
                let seen = [Verified::sign(vote.clone(), &key(1))];
                assert_eq!(ask(&head, &entry, (1, again), &[], &seen), refusal);
            }
        }
    }

    #[test]
    fn s3_another_is_approved_only_once_the_first_is_closed() {
        let head = network(3, 2);
        let (a, b) = (renaming(&head, 1), renaming(&head, 2));
        let first = ask(&head, &a, (1, true), &[], &[]).unwrap();
        let reject = |by| vote(&head, &a, false, vec![], by);
        let approve_b = |seen: &[Verified<Vote>]| ask(&head, &b, (1, true), std::slice::from_ref(&first), seen);

        let open = Err(SigningRefusal::Open(first.entry));
        assert_eq!(approve_b(&[]), open);
        assert_eq!(approve_b(&[reject(2)]), open);
        assert_eq!(approve_b(&[reject(2), reject(2), reject(9)]), open);
        let turned = approve_b(&[reject(3), reject(2)]).unwrap();
        assert_eq!(turned.closed, [closing(&head, &a, &[2, 3])].map(sorted));
        // A rejection needs no proof.
        assert!(ask(&head, &b, (1, false), &[first], &[]).is_ok());
    }

    /// Rejections stand in the order of keys.
    fn sorted(mut closing: Closing) -> Closing {
        closing.rejections.sort_by_key(|r| r.clone().verify().unwrap().by);
        closing
    }

    #[test]
    fn s4_nothing_before_the_head_is_confirmed() {
        let head = network(3, 2);
        let wish = Wish { by: pk(1), entry: &renaming(&head, 1).bytes(), approve: false, confirmed: false };
        assert_eq!(may_vote(&head, wish, &[], &[]), Err(SigningRefusal::Unconfirmed));
    }

    #[test]
    fn stewards_vote_and_those_appointed_approve() {
        let head = network(3, 2);
        assert_eq!(ask(&head, &renaming(&head, 1), (9, true), &[], &[]), Err(SigningRefusal::NotSteward));
        let stewards = [1, 2, 9].map(|n| id(&head, n));
        let entry = Draft::on(&head).admit("Nine", pk(9)).stewards(&stewards).unwrap().entry().unwrap();
        assert!(ask(&head, &entry, (9, true), &[], &[]).is_ok());
        assert_eq!(ask(&head, &entry, (9, false), &[], &[]), Err(SigningRefusal::NotSteward));
        assert!(ask(&head, &entry, (3, false), &[], &[]).is_ok());
    }

    #[test]
    fn a_vote_has_room_for_as_many_proofs_as_limits_says() {
        for (n, k, room) in [(3, 2, 25), (15, 8, 6)] {
            let head = network(n, k);
            let (mut mine, mut seen) = (Vec::new(), Vec::new());
            for at in 0..=room {
                let next = renaming(&head, at);
                let allowed = ask(&head, &next, (1, true), &mine, &seen);
                let vote = allowed.unwrap();
                assert_eq!(vote.closed.len(), usize::from(at));
                assert!(Verified::sign(vote.clone(), &key(1)).signed().clone().verify().is_ok());
                mine.push(vote);
                seen.extend((k as u8..=n).map(|by| testing::vote(&head, &next, false, vec![], by)));
            }
            let more = ask(&head, &renaming(&head, room + 1), (1, true), &mine, &seen);
            assert!(matches!(more, Err(SigningRefusal::NoRoom)));
        }
    }
}
