//! One entry: the whole charter at one moment. What it must hold by itself, whatever came before (V2).
//!
//! An entry is not signed; votes sign its hash. What it may change from its parent is asked in `succession`.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};

use crate::{
    format::{self, FormatError},
    identity::{Hash, MemberKey, NetworkId},
    limits::{CHARTER_BYTES, MEMBERS, NAME_BYTES, RULES_BYTES, STEWARDS},
};

use super::text::{check_name, is_date, is_text};

/// The version of entries and votes we write, and the newest we read.
pub const VERSION: u32 = 1;

/// The whole charter at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Entry {
    /// The version it is written in.
    #[n(0)]
    pub v: u32,
    /// The oldest version that understands all that matters in it.
    #[n(1)]
    pub min_reader: u32,
    /// The network; zeros in the genesis, whose hash is the network's id.
    #[n(2)]
    pub network: NetworkId,
    /// Its place in the chain; the genesis has 0.
    #[n(3)]
    pub seq: u64,
    /// Hash of the parent's bytes; zeros in the genesis.
    #[n(4)]
    pub prev: Hash,
    /// Chance in the genesis, so that two networks of one founder and name differ. Later it tells apart two proposals
    /// of the same content: what was rejected can be proposed again.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub nonce: [u8; 16],
    /// The collaborative's name.
    #[n(6)]
    pub name: String,
    /// What it is for.
    #[n(7)]
    pub purpose: String,
    /// The stewards, by the key each first had.
    #[n(8)]
    pub stewards: Vec<MemberKey>,
    /// How many stewards carry a change.
    #[n(9)]
    pub k: u32,
    /// Everyone who belongs.
    #[n(10)]
    pub members: Vec<Member>,
    /// Every key that once was a member's and no longer is, in the order of removal. It only grows.
    #[n(11)]
    pub removed: Vec<Removed>,
    /// The ground rules.
    #[n(12)]
    pub rules: String,
    /// The day the charter should be looked at again, as YYYY-MM-DD. It only reminds.
    #[n(13)]
    pub review_by: Option<String>,
    /// The network this one was founded to continue; said in the genesis and kept.
    #[n(14)]
    pub continues: Option<NetworkId>,
}

/// Someone who belongs.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Member {
    /// The key it first had. `MemberId::new(network, first)` is its id; a genesis could not contain ids made from its
    /// own hash.
    #[n(0)]
    pub first: MemberKey,
    /// Its name.
    #[n(1)]
    pub name: String,
    /// The key it has now.
    #[n(2)]
    pub key: MemberKey,
    /// The entry that admitted it.
    #[n(3)]
    pub since: u64,
}

/// A key that no longer is a member's.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Removed {
    /// The key that member first had.
    #[n(0)]
    pub first: MemberKey,
    /// The key that no longer counts.
    #[n(1)]
    pub key: MemberKey,
    /// The entry that removed it.
    #[n(2)]
    pub at: u64,
}

/// Why bytes are no entry, whatever came before them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// The bytes are not an entry in its one form.
    #[error("the charter entry is malformed: {0}")]
    Format(#[from] FormatError),
    /// Written for a newer version than ours.
    #[error("this entry needs version {needs} of the charter and we read {VERSION}: upgrade this node")]
    Outdated {
        /// The version a reader must know.
        needs: u32,
    },
    /// `min_reader` is 0 or above `v`.
    #[error("the entry asks for a version that cannot be")]
    Version,
    /// V2: a quorum that is no majority, or more than there are.
    #[error("{k} of {stewards} stewards is no quorum: it takes more than half of them, and at most all")]
    Quorum {
        /// The quorum it names.
        k: u32,
        /// The stewards it names.
        stewards: usize,
    },
    /// More stewards than [`STEWARDS`].
    #[error("{0} stewards where at most {STEWARDS} are allowed")]
    TooManyStewards(usize),
    /// More members than [`MEMBERS`].
    #[error("{0} members where at most {MEMBERS} are allowed")]
    TooManyMembers(usize),
    /// V2: a steward who is no member.
    #[error("steward {} is not a member", .0.short())]
    NotMember(MemberKey),
    /// V2: one key stands twice.
    #[error("key {} stands twice", .0.short())]
    Twice(MemberKey),
    /// A name that is empty, too long, or holds characters that do not show.
    #[error("{0:?} is not a name: 1 to {NAME_BYTES} bytes, no space around it, no line breaks or hidden characters")]
    Name(String),
    /// Purpose or rules too long, or with characters that do not show.
    #[error("purpose and rules take at most {RULES_BYTES} bytes each, without hidden characters")]
    Text,
    /// A review date in another form.
    #[error("{0:?} is not a date like 2027-03-31")]
    Date(String),
}

/// The part every version can read.
#[derive(Decode)]
#[cbor(map)]
struct Versions {
    #[n(0)]
    v: u32,
    #[n(1)]
    min_reader: u32,
}

impl Entry {
    /// Reads an entry and checks what it must hold by itself.
    pub fn read(bytes: &[u8]) -> Result<Entry, EntryError> {
        let versions: Versions = format::recall(bytes, CHARTER_BYTES)?;
        if versions.min_reader == 0 || versions.min_reader > versions.v {
            return Err(EntryError::Version);
        }
        if versions.min_reader > VERSION {
            return Err(EntryError::Outdated { needs: versions.min_reader });
        }
        // A version we know in full has no room for what stewards cannot see before they approve it.
        let entry: Entry = match versions.v <= VERSION {
            true => format::decode(bytes, CHARTER_BYTES)?,
            false => format::recall(bytes, CHARTER_BYTES)?,
        };
        entry.check()?;
        Ok(entry)
    }

    /// The bytes that are hashed, voted on and kept.
    pub fn bytes(&self) -> Vec<u8> {
        format::encode(self)
    }

    /// The member that first had this key.
    pub fn by_first(&self, first: &MemberKey) -> Option<&Member> {
        self.members.iter().find(|m| m.first == *first)
    }

    /// The member that has this key now.
    pub fn by_key(&self, key: &MemberKey) -> Option<&Member> {
        self.members.iter().find(|m| m.key == *key)
    }

    /// Whether this member is a steward.
    pub fn is_steward(&self, member: &Member) -> bool {
        self.stewards.contains(&member.first)
    }

    /// The keys stewards sign with now.
    pub fn steward_keys(&self) -> BTreeSet<MemberKey> {
        self.stewards.iter().filter_map(|first| self.by_first(first)).map(|m| m.key).collect()
    }

    /// Every key that is or was anybody's here.
    pub fn every_key(&self) -> BTreeSet<MemberKey> {
        let members = self.members.iter().flat_map(|m| [m.first, m.key]);
        members.chain(self.removed.iter().flat_map(|r| [r.first, r.key])).collect()
    }

    /// V2, and the bounds.
    fn check(&self) -> Result<(), EntryError> {
        self.check_members()?;
        self.check_stewards()?;
        check_name(&self.name)?;
        if !is_text(&self.purpose, RULES_BYTES) || !is_text(&self.rules, RULES_BYTES) {
            return Err(EntryError::Text);
        }
        match &self.review_by {
            Some(date) if !is_date(date) => Err(EntryError::Date(date.clone())),
            _ => Ok(()),
        }
    }

    fn check_members(&self) -> Result<(), EntryError> {
        if self.members.len() > MEMBERS {
            return Err(EntryError::TooManyMembers(self.members.len()));
        }
        // One set for both: no member's key may be what another is known by.
        let mut seen = BTreeSet::new();
        for member in &self.members {
            check_name(&member.name)?;
            if !seen.insert(member.first) {
                return Err(EntryError::Twice(member.first));
            }
            if member.key != member.first && !seen.insert(member.key) {
                return Err(EntryError::Twice(member.key));
            }
        }
        Ok(())
    }

    fn check_stewards(&self) -> Result<(), EntryError> {
        let stewards = self.stewards.len();
        if stewards > STEWARDS {
            return Err(EntryError::TooManyStewards(stewards));
        }
        let k = self.k as usize;
        if k > stewards || k * 2 <= stewards {
            return Err(EntryError::Quorum { k: self.k, stewards });
        }
        let mut seen = BTreeSet::new();
        for first in &self.stewards {
            if self.by_first(first).is_none() {
                return Err(EntryError::NotMember(*first));
            }
            if !seen.insert(*first) {
                return Err(EntryError::Twice(*first));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, *};
    use proptest::prelude::*;

    fn broken(change: impl FnOnce(&mut Entry)) -> EntryError {
        let mut entry = first(3, 2);
        change(&mut entry);
        Entry::read(&entry.bytes()).unwrap_err()
    }

    #[test]
    fn v2_a_quorum_is_more_than_half_and_at_most_all() {
        for (stewards, k, fine) in
            [(1, 0, false), (1, 1, true), (2, 1, false), (3, 1, false), (3, 4, false), (4, 2, false)]
        {
            assert_eq!(Entry::read(&first(stewards, k).bytes()).is_ok(), fine, "{k} of {stewards}");
        }
        assert_eq!(broken(|e| e.stewards.clear()), EntryError::Quorum { k: 2, stewards: 0 });
        assert_eq!(broken(|e| e.k = u32::MAX), EntryError::Quorum { k: u32::MAX, stewards: 3 });
    }

    #[test]
    fn v2_stewards_are_members_and_stand_once() {
        assert_eq!(broken(|e| e.stewards[0] = pk(9)), EntryError::NotMember(pk(9)));
        assert_eq!(broken(|e| e.stewards[0] = pk(2)), EntryError::Twice(pk(2)));
    }

    #[test]
    fn v2_a_key_serves_one_member() {
        assert_eq!(broken(|e| e.members[0].first = pk(2)), EntryError::Twice(pk(2)));
        assert_eq!(broken(|e| e.members[0].key = pk(2)), EntryError::Twice(pk(2)));
        assert_eq!(broken(|e| (e.members[0].key, e.members[1].key) = (pk(8), pk(8))), EntryError::Twice(pk(8)));
    }

    #[test]
    fn sizes_are_bounded() {
        let member = |n: usize| {
            let mut first = pk(1);
            first.0[..2].copy_from_slice(&(n as u16).to_be_bytes());
            Member { first, name: "M".into(), key: first, since: 0 }
        };
        assert_eq!(broken(|e| e.members.extend((0..MEMBERS).map(member))), EntryError::TooManyMembers(MEMBERS + 3));
        assert_eq!(broken(|e| e.stewards = vec![pk(1); STEWARDS + 1]), EntryError::TooManyStewards(STEWARDS + 1));
        assert_eq!(broken(|e| e.rules = "x".repeat(RULES_BYTES + 1)), EntryError::Text);
        assert_eq!(broken(|e| e.purpose = "x".repeat(RULES_BYTES + 1)), EntryError::Text);
        assert!(matches!(
            broken(|e| e.name = "x".repeat(CHARTER_BYTES)),
            EntryError::Format(FormatError::TooLong { .. })
        ));
    }

    #[test]
    fn a_full_charter_fits() {
        let mut entry = first(15, 8);
        for n in 15..MEMBERS {
            let key = MemberKey(Hash::of(&n.to_be_bytes()).0);
            entry.members.push(Member { first: key, name: "Twenty bytes of name".into(), key, since: 1_000 });
        }
        entry.rules = "x".repeat(RULES_BYTES);
        assert_eq!(Entry::read(&entry.bytes()).map(|_| ()), Ok(()));
    }

    #[test]
    fn a_newer_version_is_read_as_far_as_it_allows() {
        assert_eq!(broken(|e| (e.v, e.min_reader) = (3, 2)), EntryError::Outdated { needs: 2 });
        assert_eq!(broken(|e| (e.v, e.min_reader) = (1, 2)), EntryError::Version);
        assert_eq!(broken(|e| e.min_reader = 0), EntryError::Version);
        // What it needs is said even when nothing else can be read.
        let bytes = [0xa3, 0x00, 0x09, 0x01, 0x08, 0x02, 0x20];
        assert_eq!(Entry::read(&bytes), Err(EntryError::Outdated { needs: 8 }));

        // A field of tomorrow, number 15: fine in a version that says so, hidden content in ours.
        let mut bytes = first(3, 2).bytes();
        bytes[0] += 1;
        bytes.extend([0x0f, 0x01]);
        assert_eq!(Entry::read(&bytes), Err(EntryError::Format(FormatError::NotStrict)));
        bytes[2] = 2;
        assert_eq!(Entry::read(&bytes).unwrap().v, 2);
    }

    proptest! {
        #[test]
        fn nothing_makes_reading_panic(at in 0usize..400, byte: u8, cut in 0usize..400) {
            let mut bytes = first(3, 2).bytes();
            let (at, cut) = (at % bytes.len(), cut % bytes.len());
            bytes[at] = byte;
            let _ = Entry::read(&bytes);
            let _ = Entry::read(&bytes[..cut]);
        }

        #[test]
        fn what_is_read_has_one_form(at in 0usize..400, byte: u8) {
            let mut bytes = first(3, 2).bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            if let Ok(entry) = Entry::read(&bytes) {
                prop_assert!(entry.v > VERSION || entry.bytes() == bytes);
            }
        }
    }
}
