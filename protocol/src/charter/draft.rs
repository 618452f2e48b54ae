//! What people do to a charter, made into the next entry. Each deed refuses what could not be carried, in a sentence.

use crate::identity::{Hash, MemberId, MemberKey, NetworkId};

use super::{
    chain::{self, CharterError, Link},
    entry::{Entry, Member, Removed, VERSION},
    succession,
};

/// Why a draft does not become an entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// No current member has this id.
    #[error("no member has the id {}", .0.short())]
    NoSuchMember(MemberId),
    /// Nobody would be left to decide.
    #[error("this would leave no steward: appoint another one first, or found a new network that continues this one")]
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
