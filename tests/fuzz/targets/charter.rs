//! Charter entries and the chain they make: as they travel, and as stewards who approve of anything would carry them.
//!
//! The fuzzer writes entries; who stands in them is one of eight collaboratives, whose keys are known here, so that the
//! approvals are real. What comes after the genesis may point at its parent by itself, or be pointed there.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};
use protocol::{
    charter::{Certificate, Charter, Entry, Link, Vote, changes, fork, genesis, step},
    format,
    identity::{Hash, Keys, MemberKey},
    limits::CERTIFICATE_BYTES,
    signed::{Signed, Verified},
};

/// Entries, each with who approves of it as bits, whether it is pointed at its parent, and whether it is carried beside
/// the one before instead of after it.
#[derive(Decode, Encode)]
struct Story(#[n(0)] Vec<(Entry, u8, bool, bool)>);

pub(super) fn run(bytes: &[u8]) {
    if let Ok(entry) = Entry::read(bytes)
        && entry.v == 1
    {
        assert_eq!(entry.bytes(), bytes, "an entry has one form");
    }
    if let Ok(certificate) = Certificate::read(bytes) {
        assert_eq!(certificate.bytes(), bytes);
        let _ = genesis(certificate);
    }
    if let Ok(Story(entries)) = format::recall::<Story>(bytes, CERTIFICATE_BYTES) {
        let known: Vec<Keys> = (1..=8).map(|n| Keys::new([n; 32], [n + 10; 32])).collect();
        told(entries, &known);
    }
}

fn told(entries: Vec<(Entry, u8, bool, bool)>, known: &[Keys]) {
    let mut chain: Vec<Link> = vec![];
    for (entry, who, is_pointed, is_beside) in entries.into_iter().take(12) {
        let by = || known.iter().enumerate().filter(|(at, _)| who >> at & 1 == 1).map(|(_, keys)| keys);
        let Some(head) = chain.last().cloned() else {
            let entry = if is_pointed { first(entry, known) } else { entry };
            let link =
                genesis(carried(&entry, by().map(|keys| (keys, Vote::founding(&entry.bytes(), keys.member_key())))));
            chain.extend(link.inspect(holds));
            continue;
        };
        let parent = if is_beside && chain.len() > 1 { chain[chain.len() - 2].clone() } else { head.clone() };
        let entry = if is_pointed { after(&parent, entry, known) } else { entry };
        let hash = Hash::of(&entry.bytes());
        let votes = by().map(|keys| (keys, Vote::on(&parent, hash, true, vec![], keys.member_key())));
        let Ok(link) = step(&parent, carried(&entry, votes)) else { continue };
        follows(&parent, &link);
        let both = (fork(&head, &link), fork(&link, &head));
        assert_eq!(both.0, both.1, "a fork is the same from both sides");
        let is_fork = head.entry().prev == link.entry().prev && head.hash() != link.hash() && head.entry().seq > 0;
        if is_fork {
            assert!(both.0.is_some_and(|fork| !fork.culprits.is_empty()), "nobody is to blame for two branches");
        }
        if parent == head {
            chain.push(link);
        }
    }
}

/// As a first entry, by those we know.
fn first(entry: Entry, known: &[Keys]) -> Entry {
    let mut entry = known_people(entry, known);
    (entry.seq, entry.network, entry.prev) = (0, Default::default(), Hash::default());
    entry.members.iter_mut().for_each(|member| (member.first, member.since) = (member.key, 0));
    entry
}

/// As a child of this parent.
fn after(parent: &Link, entry: Entry, known: &[Keys]) -> Entry {
    let mut entry = known_people(entry, known);
    (entry.network, entry.prev) = (parent.network(), parent.hash());
    entry.seq = parent.entry().seq + 1;
    entry
}

/// Keys whose first byte is small stand for one of those we know.
fn known_people(mut entry: Entry, known: &[Keys]) -> Entry {
    let meant = |key: &mut MemberKey| {
        if let Some(keys) = known.get(usize::from(key.0[0])) {
            *key = keys.member_key();
        }
    };
    entry.stewards.iter_mut().for_each(meant);
    entry.members.iter_mut().for_each(|member| [&mut member.first, &mut member.key].into_iter().for_each(meant));
    entry.removed.iter_mut().for_each(|removed| [&mut removed.first, &mut removed.key].into_iter().for_each(meant));
    entry
}

fn carried<'a>(entry: &Entry, votes: impl Iterator<Item = (&'a Keys, Vote)>) -> Certificate {
    let approvals = votes.map(|(keys, vote)| Verified::sign(vote, &keys.member()).signed().clone()).collect();
    Certificate { entry: entry.bytes(), approvals }
}

/// What every link must hold (V2).
fn holds(link: &Link) {
    let entry = link.entry();
    assert!(2 * entry.k as usize > entry.stewards.len() && entry.k as usize <= entry.stewards.len());
    assert!(entry.stewards.iter().all(|steward| entry.by_first(steward).is_some()));
    let keys: BTreeSet<MemberKey> = entry.members.iter().map(|member| member.key).collect();
    assert_eq!(keys.len(), entry.members.len());
    assert_eq!(Link::recall(link.certificate().clone()).as_ref(), Ok(link), "a link comes back from the store");
    let charter = Charter::new(link.clone());
    assert_eq!(charter.members().count(), entry.members.len());
    assert_eq!(charter.stewards().count(), entry.stewards.len());
}

/// What every step must hold (V1, V3, V5).
fn follows(parent: &Link, link: &Link) {
    holds(link);
    let (before, now) = (parent.entry(), link.entry());
    assert_eq!((now.seq, now.prev, link.network()), (before.seq + 1, parent.hash(), parent.network()));
    assert!(now.removed.starts_with(&before.removed), "what was removed stays removed");
    assert!(now.removed.iter().all(|removed| now.by_key(&removed.key).is_none()), "a removed key never returns");
    let stewards: BTreeSet<MemberKey> =
        before.members.iter().filter(|member| before.is_steward(member)).map(|member| member.key).collect();
    let vote = |vote: &Signed<Vote>| vote.clone().verify().map(|vote| vote.by).ok();
    let by: BTreeSet<MemberKey> = link.certificate().approvals.iter().filter_map(vote).collect();
    assert!(by.intersection(&stewards).count() >= before.k as usize, "too few stewards approved");
    let _ = changes(before, now);
    assert_eq!(
        Charter::new(parent.clone()).advance(link.certificate().clone()).map(|charter| charter.hash()),
        Ok(link.hash())
    );
}
