//! Networks and votes for tests. Steward `n` has the key made of the byte `n`.

use ed25519_dalek::SigningKey;

use crate::{
    identity::{MemberId, MemberKey},
    signed::Verified,
};

use super::*;

pub(super) fn key(n: u8) -> SigningKey {
    SigningKey::from_bytes(&[n; 32])
}

/// The public key of `key(n)`.
pub(super) fn pk(n: u8) -> MemberKey {
    MemberKey(key(n).verifying_key().to_bytes())
}

/// The id of who first had `pk(n)`.
pub(super) fn id(head: &Link, n: u8) -> MemberId {
    MemberId::new(head.network(), pk(n))
}

/// Riverside's founder, alone.
pub(super) fn alone() -> Link {
    network(1, 1)
}

/// The genesis of `n` stewards of whom `k` decide.
pub(super) fn network(n: u8, k: u32) -> Link {
    genesis(founding(&first(n, k), &(1..=n).collect::<Vec<_>>())).unwrap()
}

/// The first entry of `n` stewards of whom `k` decide, unapproved.
pub(super) fn first(n: u8, k: u32) -> Entry {
    let mut entry = found("Riverside", "We grow food together.", "Be kind.", "Steward 1", pk(1), [7; 16]).unwrap();
    for n in 2..=n {
        entry.members.push(Member { first: pk(n), name: format!("Steward {n}"), key: pk(n), since: 0 });
        entry.stewards.push(pk(n));
    }
    entry.k = k;
    entry
}

/// A genesis with these approvals.
pub(super) fn founding(entry: &Entry, by: &[u8]) -> Certificate {
    let sign = |n: &u8| Verified::sign(Vote::founding(&entry.bytes(), pk(*n)), &key(*n)).signed().clone();
    Certificate { entry: entry.bytes(), approvals: by.iter().map(sign).collect() }
}

/// A vote as anybody could sign it, without asking `may_vote`.
pub(super) fn vote(head: &Link, entry: &Entry, approve: bool, closed: Vec<Closing>, by: u8) -> Verified<Vote> {
    Verified::sign(Vote::on(head, Hash::of(&entry.bytes()), approve, closed, pk(by)), &key(by))
}

/// A certificate with plain approvals.
pub(super) fn certificate(head: &Link, entry: &Entry, by: &[u8]) -> Certificate {
    let approvals = by.iter().map(|n| vote(head, entry, true, vec![], *n).signed().clone()).collect();
    Certificate { entry: entry.bytes(), approvals }
}

/// The next link, approved by these.
pub(super) fn carry(head: &Link, entry: &Entry, by: &[u8]) -> Link {
    step(head, certificate(head, entry, by)).unwrap()
}

/// A harmless proposal, one of many.
pub(super) fn renaming(head: &Link, n: u8) -> Entry {
    Draft::on(head).name(&format!("Riverside {n}")).entry().unwrap()
}

/// Proof that `entry` is closed, by the rejections of these.
pub(super) fn closing(head: &Link, entry: &Entry, by: &[u8]) -> Closing {
    let rejections = by.iter().map(|n| vote(head, entry, false, vec![], *n).signed().clone()).collect();
    Closing { entry: Hash::of(&entry.bytes()), rejections }
}
