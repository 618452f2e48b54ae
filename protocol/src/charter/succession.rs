//! What an entry may change from its parent (V1, V5), whoever approves it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{identity::MemberKey, signed::usable};

use super::{
    entry::{Entry, Member},
    link::Link,
};

/// Why an entry cannot follow this parent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SuccessionError {
    /// V1: of another network.
    #[error("the entry belongs to another network")]
    OtherNetwork,
    /// V1: not the next in the chain.
    #[error("entry {got} cannot follow: the next one is {next}")]
    NotNext {
        /// Its place.
        got: u64,
        /// The place that comes next.
        next: u64,
    },
    /// V1: made for another parent.
    #[error("the entry was made for another parent")]
    OtherParent,
    /// The network this one continues is said once, in the genesis.
    #[error("the network this one continues cannot be changed")]
    Continues,
    /// V5: `removed` does not begin with what it held.
    #[error("the list of removed keys may only grow")]
    Rewritten,
    /// V5: a member or a key went without a record.
    #[error("key {} went, but is not recorded as removed", .0.short())]
    Unrecorded(MemberKey),
    /// V5: a record of a key that did not go.
    #[error("key {} is recorded as removed, but did not go in this entry", .0.short())]
    Invented(MemberKey),
    /// V5: a key that was removed, or is somebody else's.
    #[error("key {} is, or once was, in use here: a key serves one member and never returns", .0.short())]
    Used(MemberKey),
    /// V2: a key that would verify forgeries.
    #[error("key {} is not usable", .0.short())]
    WeakKey(MemberKey),
    /// A new member is known by the key it comes with.
    #[error("new member {} must be known by the key it comes with", .0.short())]
    First(MemberKey),
    /// `since` or `at` does not tell when it happened.
    #[error("the entry tells wrongly when key {} came or went", .0.short())]
    When(MemberKey),
}

/// V1 and V5: whether `child` may follow `parent`.
pub(super) fn follows(parent: &Link, child: &Entry) -> Result<(), SuccessionError> {
    if child.network != parent.network() {
        return Err(SuccessionError::OtherNetwork);
    }
    let next = parent.entry().seq.saturating_add(1);
    if child.seq != next {
        return Err(SuccessionError::NotNext { got: child.seq, next });
    }
    if child.prev != parent.hash() {
        return Err(SuccessionError::OtherParent);
    }
    if child.continues != parent.entry().continues {
        return Err(SuccessionError::Continues);
    }
    departures(parent.entry(), child)?;
    arrivals(parent.entry(), child)
}

/// V5: every key that went is recorded, and nothing else is.
fn departures(parent: &Entry, child: &Entry) -> Result<(), SuccessionError> {
    let new = child.removed.strip_prefix(parent.removed.as_slice()).ok_or(SuccessionError::Rewritten)?;
    let mut gone = gone(parent, &child.members);
    for record in new {
        if !gone.remove(&(record.first, record.key)) {
            return Err(SuccessionError::Invented(record.key));
        }
        if record.at != child.seq {
            return Err(SuccessionError::When(record.key));
        }
    }
    gone.first().map_or(Ok(()), |(_, key)| Err(SuccessionError::Unrecorded(*key)))
}

/// The keys of the parent that serve nobody among these members, each with the first key of whose it was.
pub(super) fn gone(parent: &Entry, members: &[Member]) -> BTreeSet<(MemberKey, MemberKey)> {
    let stay: BTreeSet<_> = members.iter().map(|m| (m.first, m.key)).collect();
    parent.members.iter().map(|m| (m.first, m.key)).filter(|pair| !stay.contains(pair)).collect()
}

/// V5: who was there keeps its `since`; every new key is new to this network, and sound.
fn arrivals(parent: &Entry, child: &Entry) -> Result<(), SuccessionError> {
    let known = parent.every_key();
    let before: BTreeMap<_, _> = parent.members.iter().map(|m| (m.first, m)).collect();
    for member in &child.members {
        let since = before.get(&member.first).map_or(child.seq, |old| old.since);
        if member.since != since {
            return Err(SuccessionError::When(member.key));
        }
        match before.get(&member.first) {
            Some(old) if old.key == member.key => continue,
            None if member.first != member.key => return Err(SuccessionError::First(member.key)),
            _ => {}
        }
        if known.contains(&member.key) {
            return Err(SuccessionError::Used(member.key));
        }
        sound(&member.key)?;
    }
    Ok(())
}

/// V2: not a key that makes forgeries verify.
pub(super) fn sound(key: &MemberKey) -> Result<(), SuccessionError> {
    usable(&key.0).map(drop).ok_or(SuccessionError::WeakKey(*key))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{entry::Removed, testing::*, *},
        *,
    };

    /// What is wrong with a harmless next entry after this change.
    fn broken(head: &Link, change: impl FnOnce(&mut Entry)) -> SuccessionError {
        let mut entry = renaming(head, 1);
        change(&mut entry);
        follows(head, &entry).unwrap_err()
    }

    fn record(n: u8, at: u64) -> Removed {
        Removed { first: pk(n), key: pk(n), at }
    }

    #[test]
    fn v1_the_next_of_the_same_network_and_parent() {
        let head = network(3, 2);
        assert_eq!(broken(&head, |e| e.network = NetworkId([1; 32])), SuccessionError::OtherNetwork);
        assert_eq!(broken(&head, |e| e.seq = 2), SuccessionError::NotNext { got: 2, next: 1 });
        assert_eq!(broken(&head, |e| e.seq = 0), SuccessionError::NotNext { got: 0, next: 1 });
        assert_eq!(broken(&head, |e| e.prev = Hash([1; 32])), SuccessionError::OtherParent);
        assert_eq!(broken(&head, |e| e.continues = Some(NetworkId([1; 32]))), SuccessionError::Continues);
    }

    #[test]
    fn v5_removed_only_grows() {
        let head = network(3, 2);
        let gone = carry(&head, &Draft::on(&head).remove(id(&head, 3)).unwrap().entry().unwrap(), &[1, 2]);
        assert_eq!(gone.entry().removed, [record(3, 1)]);
        assert_eq!(broken(&gone, |e| e.removed.clear()), SuccessionError::Rewritten);
        assert_eq!(broken(&gone, |e| e.removed[0].at = 0), SuccessionError::Rewritten);
    }

    #[test]
    fn v5_who_goes_is_recorded_and_nobody_else() {
        let head = network(3, 2);
        let without = |e: &mut Entry| {
            e.members.pop();
            e.stewards.pop();
        };
        assert_eq!(broken(&head, without), SuccessionError::Unrecorded(pk(3)));
        assert_eq!(broken(&head, |e| e.removed.push(record(3, 1))), SuccessionError::Invented(pk(3)));
        assert_eq!(
            broken(&head, |e| {
                without(e);
                e.removed.extend([record(3, 1), record(3, 1)]);
            }),
            SuccessionError::Invented(pk(3))
        );
        assert_eq!(
            broken(&head, |e| {
                without(e);
                e.removed.push(record(3, 0));
            }),
            SuccessionError::When(pk(3))
        );
        assert_eq!(broken(&head, |e| e.members[1].key = pk(8)), SuccessionError::Unrecorded(pk(2)));
    }

    #[test]
    fn v5_a_removed_key_never_returns() {
        let head = network(4, 3);
        let entry =
            Draft::on(&head).remove(id(&head, 3)).unwrap().rekey(id(&head, 2), pk(42)).unwrap().entry().unwrap();
        let head = carry(&head, &entry, &[1, 2, 4, 42]);
        // Neither who left, nor the old key of who stayed, nor a key that is somebody's, nor a first key.
        for n in [3, 2, 42, 1] {
            let newcomer = |e: &mut Entry| {
                e.members.push(Member { first: pk(n), name: "Back".into(), key: pk(n), since: 2 });
            };
            let error = broken(&head, newcomer);
            // A second member with a first key that is there already counts as that member.
            let expected = if n == 1 || n == 2 { SuccessionError::When(pk(n)) } else { SuccessionError::Used(pk(n)) };
            assert_eq!(error, expected);
            let swapped = |e: &mut Entry| {
                e.members[0].key = pk(n);
                e.removed.push(record(1, 2));
            };
            if n != 1 {
                assert_eq!(broken(&head, swapped), SuccessionError::Used(pk(n)));
            }
        }
    }

    #[test]
    fn who_came_when_is_told_truly() {
        let head = network(3, 2);
        assert_eq!(broken(&head, |e| e.members[1].since = 1), SuccessionError::When(pk(2)));
        let newcomer =
            |since| move |e: &mut Entry| e.members.push(Member { first: pk(9), name: "New".into(), key: pk(9), since });
        assert_eq!(broken(&head, newcomer(0)), SuccessionError::When(pk(9)));
        let posing = |e: &mut Entry| {
            e.members.push(Member { first: pk(9), name: "New".into(), key: pk(8), since: 1 });
        };
        assert_eq!(broken(&head, posing), SuccessionError::First(pk(8)));
    }

    #[test]
    fn v2_a_weak_key_is_refused() {
        let head = network(3, 2);
        let mut weak = MemberKey([0; 32]);
        weak.0[0] = 1;
        let newcomer = |e: &mut Entry| {
            e.members.push(Member { first: weak, name: "New".into(), key: weak, since: 1 });
        };
        assert_eq!(broken(&head, newcomer), SuccessionError::WeakKey(weak));
        let rekeyed = |e: &mut Entry| {
            e.members[0].key = weak;
            e.removed.push(record(1, 1));
        };
        assert_eq!(broken(&head, rekeyed), SuccessionError::WeakKey(weak));
    }
}
