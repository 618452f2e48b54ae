//! What people do to a charter, made into the next entry. Each deed refuses what could not be carried, in a sentence.

use crate::identity::{Hash, MemberId, MemberKey, NetworkId};

use super::{
    chain::{self, CharterError},
    entry::{Entry, Member, Removed, VERSION},
    link::Link,
    succession,
};

/// Why a draft does not become an entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// No current member has this id.
    #[error("no member has the id {}", .0.short())]
    NoSuchMember(MemberId),
    /// Nobody would be left to decide.
    #[error(
        "this would leave no steward, and nobody could decide any more: first propose to appoint another one, with `commonweal network propose stewards`, or found a new network that continues this one"
    )]
    NoSteward,
    /// Nothing differs from the charter as it is.
    #[error("nothing would change")]
    Unchanged,
    /// The charter holds what our version cannot write back.
    #[error("the charter is written in version {0} and this node writes {VERSION}: upgrade it before you propose")]
    Outdated(u32),
    /// The entry would break a rule of the charter.
    #[error(transparent)]
    Invalid(#[from] CharterError),
}

/// The first entry of a new network, whose founder is alone. `nonce` is chance, and not zero.
pub fn found(
    name: &str,
    purpose: &str,
    rules: &str,
    founder: &str,
    key: MemberKey,
    nonce: [u8; 16],
) -> Result<Entry, DraftError> {
    let entry = Entry {
        v: VERSION,
        min_reader: VERSION,
        network: NetworkId::NONE,
        seq: 0,
        prev: Hash::default(),
        nonce,
        name: name.into(),
        purpose: purpose.into(),
        stewards: vec![key],
        k: 1,
        members: vec![Member { first: key, name: founder.into(), key, since: 0 }],
        removed: Vec::new(),
        rules: rules.into(),
        review_by: None,
        continues: None,
    };
    chain::first(&entry.bytes())?;
    Ok(entry)
}

/// The next entry while it is being made: `Draft::on(head).admit(..).stewards(..)?.entry()`.
#[derive(Clone, Debug)]
pub struct Draft<'a> {
    head: &'a Link,
    next: Entry,
}

impl<'a> Draft<'a> {
    /// Begins with the charter as it is.
    pub fn on(head: &'a Link) -> Draft<'a> {
        let mut next = head.entry().clone();
        next.v = VERSION;
        next.min_reader = VERSION;
        next.network = head.network();
        next.seq = head.entry().seq.saturating_add(1);
        next.prev = head.hash();
        next.nonce = [0; 16];
        Draft { head, next }
    }

    /// Admits a newcomer under the key it brings.
    pub fn admit(mut self, name: &str, key: MemberKey) -> Draft<'a> {
        let since = self.next.seq;
        self.next.members.push(Member { first: key, name: name.into(), key, since });
        self
    }

    /// Removes a member. If it was a steward, the others remain, and decide by majority.
    pub fn remove(mut self, id: MemberId) -> Result<Draft<'a>, DraftError> {
        let first = self.member(id)?.first;
        self.next.members.retain(|m| m.first != first);
        if self.next.stewards.contains(&first) {
            self.next.stewards.retain(|s| *s != first);
            self.next.k = majority(self.next.stewards.len());
        }
        Ok(self)
    }

    /// Gives a member a new key; the old one counts no more.
    pub fn rekey(mut self, id: MemberId, key: MemberKey) -> Result<Draft<'a>, DraftError> {
        self.member(id)?.key = key;
        Ok(self)
    }

    /// Gives a member another name.
    pub fn rename_member(mut self, id: MemberId, name: &str) -> Result<Draft<'a>, DraftError> {
        self.member(id)?.name = name.into();
        Ok(self)
    }

    /// Appoints these stewards, and no others; a majority of them decides.
    pub fn stewards(mut self, ids: &[MemberId]) -> Result<Draft<'a>, DraftError> {
        self.next.stewards = ids.iter().map(|id| Ok(self.member(*id)?.first)).collect::<Result<_, DraftError>>()?;
        self.next.k = majority(ids.len());
        Ok(self)
    }

    /// Lets `k` stewards decide. Say it after [`Draft::stewards`] or [`Draft::remove`], which set the majority.
    pub fn quorum(mut self, k: u32) -> Draft<'a> {
        self.next.k = k;
        self
    }

    /// Another name for the collaborative.
    pub fn name(mut self, name: &str) -> Draft<'a> {
        self.next.name = name.into();
        self
    }

    /// Another purpose.
    pub fn purpose(mut self, purpose: &str) -> Draft<'a> {
        self.next.purpose = purpose.into();
        self
    }

    /// Other ground rules.
    pub fn rules(mut self, rules: &str) -> Draft<'a> {
        self.next.rules = rules.into();
        self
    }

    /// Another day to look at the charter again, as YYYY-MM-DD, or none.
    pub fn review_by(mut self, date: Option<&str>) -> Draft<'a> {
        self.next.review_by = date.map(Into::into);
        self
    }

    /// Tells this entry from one of the same content that was rejected; chance comes from the caller.
    pub fn nonce(mut self, nonce: [u8; 16]) -> Draft<'a> {
        self.next.nonce = nonce;
        self
    }

    /// The entry to propose, which could follow the charter if enough approve.
    pub fn entry(mut self) -> Result<Entry, DraftError> {
        let parent = self.head.entry();
        if parent.v > VERSION {
            return Err(DraftError::Outdated(parent.v));
        }
        if self.next.stewards.is_empty() {
            return Err(DraftError::NoSteward);
        }
        if super::changes(parent, &self.next).is_empty() {
            return Err(DraftError::Unchanged);
        }
        let at = self.next.seq;
        let gone = succession::gone(parent, &self.next.members);
        self.next.removed.extend(gone.into_iter().map(|(first, key)| Removed { first, key, at }));
        chain::child(self.head, &self.next.bytes())?;
        Ok(self.next)
    }

    fn member(&mut self, id: MemberId) -> Result<&mut Member, DraftError> {
        let network = self.next.network;
        let found = self.next.members.iter_mut().find(|m| MemberId::new(network, m.first) == id);
        found.ok_or(DraftError::NoSuchMember(id))
    }
}

/// More than half.
fn majority(of: usize) -> u32 {
    of as u32 / 2 + 1
}

#[cfg(test)]
mod tests {
    use super::{
        super::{EntryError, SuccessionError, testing::*},
        *,
    };

    #[test]
    fn a_founder_begins_alone() {
        let entry = found("Riverside", "", "", "Ana", pk(1), [1; 16]).unwrap();
        assert_eq!((entry.stewards.as_slice(), entry.k), ([pk(1)].as_slice(), 1));
        let unnamed = found("", "", "", "Ana", pk(1), [1; 16]).unwrap_err();
        assert_eq!(unnamed, DraftError::Invalid(CharterError::Entry(EntryError::Name(String::new()))));
        let no_chance = found("Riverside", "", "", "Ana", pk(1), [0; 16]).unwrap_err();
        assert_eq!(no_chance, DraftError::Invalid(CharterError::NotGenesis));
    }

    #[test]
    fn a_removed_steward_leaves_a_majority() {
        for (n, k, left) in [(2, 2, 1), (3, 2, 2), (3, 3, 2), (4, 3, 2), (5, 3, 3)] {
            let head = network(n, k);
            let entry = Draft::on(&head).remove(id(&head, 1)).unwrap().entry().unwrap();
            assert_eq!((entry.k, entry.stewards.len()), (left, usize::from(n) - 1));
            assert_eq!(entry.removed, [Removed { first: pk(1), key: pk(1), at: 1 }]);
        }
        let head = network(4, 3);
        let entry = Draft::on(&head).remove(id(&head, 1)).unwrap().quorum(3).entry().unwrap();
        assert_eq!(entry.k, 3);
    }

    #[test]
    fn a_member_who_is_no_steward_leaves_the_quorum_alone() {
        let head = network(3, 3);
        let head = carry(&head, &Draft::on(&head).admit("Lakeside", pk(9)).entry().unwrap(), &[1, 2, 3]);
        let entry = Draft::on(&head).remove(id(&head, 9)).unwrap().entry().unwrap();
        assert_eq!(entry.k, 3);
    }

    #[test]
    fn the_last_steward_cannot_be_removed() {
        let head = alone();
        let head = carry(&head, &Draft::on(&head).admit("Lakeside", pk(9)).entry().unwrap(), &[1]);
        assert_eq!(Draft::on(&head).remove(id(&head, 1)).unwrap().entry(), Err(DraftError::NoSteward));
    }

    #[test]
    fn a_member_is_rekeyed_twice_and_keeps_its_id() {
        let mut head = network(3, 2);
        for (old, new) in [(2, 42), (42, 43)] {
            let entry = Draft::on(&head).rekey(id(&head, 2), pk(new)).unwrap().entry().unwrap();
            assert_eq!(entry.removed.last().unwrap(), &Removed { first: pk(2), key: pk(old), at: entry.seq });
            head = carry(&head, &entry, &[1, 3]);
        }
        assert_eq!(head.entry().by_first(&pk(2)).unwrap().key, pk(43));
        let back = Draft::on(&head).rekey(id(&head, 2), pk(2)).unwrap().entry();
        assert_eq!(back, Err(DraftError::Invalid(SuccessionError::Used(pk(2)).into())));
    }

    #[test]
    fn what_cannot_be_is_refused_in_a_sentence() {
        let head = network(3, 2);
        let nobody = id(&head, 99);
        let said = |draft: Result<Draft<'_>, DraftError>| draft.and_then(Draft::entry).unwrap_err().to_string();
        assert_eq!(said(Ok(Draft::on(&head))), "nothing would change");
        assert_eq!(said(Draft::on(&head).remove(nobody)), format!("no member has the id {}", nobody.short()));
        assert!(said(Draft::on(&head).rekey(nobody, pk(8))).contains("no member"));
        assert!(said(Draft::on(&head).stewards(&[nobody])).contains("no member"));
        assert!(said(Draft::on(&head).stewards(&[])).contains("no steward"));
        assert!(said(Draft::on(&head).stewards(&[id(&head, 1); 2])).contains("twice"));
        assert!(said(Ok(Draft::on(&head).quorum(1))).contains("no quorum"));
        assert!(said(Ok(Draft::on(&head).admit("Again", pk(2)))).contains("twice"));
        assert!(said(Ok(Draft::on(&head).admit(" ", pk(9)))).contains("not a name"));
        assert!(said(Ok(Draft::on(&head).review_by(Some("soon")))).contains("not a date"));
        assert!(said(Ok(Draft::on(&head).rules(&"x".repeat(70_000)))).contains("at most"));
    }

    #[test]
    fn we_do_not_write_back_what_we_cannot_read_in_full() {
        let head = network(1, 1);
        let mut newer = renaming(&head, 1);
        newer.v = 2;
        let head = carry(&head, &newer, &[1]);
        assert_eq!(Draft::on(&head).name("Valley").entry(), Err(DraftError::Outdated(2)));
    }
}
