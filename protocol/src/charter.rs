//! The charter: membership without an owner.
//!
//! A linear chain of [`Entry`]s, each the whole charter. The stewards an entry names carry the next one by their
//! votes. An entry with enough approvals is a [`Certificate`]; [`genesis`] and [`step`] judge certificates by their
//! bytes alone and give [`Link`]s. [`may_vote`] says what a steward may sign: because honest stewards ask it first, a
//! [`Fork`] always convicts somebody. Nothing here reads a clock, and nothing here keeps anything.
//!
//! Rules: V1 next in the chain; V2 quorum, stewards and keys; V3 the parent's quorum; V4 the new stewards' quorum;
//! V5 removal is for ever; V6 genesis. S1 children of my head only; S2 one final vote on each; S3 approve another only
//! when the first is closed, and prove it; S4 after a restore only once the head is confirmed.

mod chain;
mod change;
mod draft;
mod entry;
mod fork;
mod link;
mod proposal;
mod signing;
mod succession;
mod tally;
mod text;
mod vote;

#[cfg(test)]
mod histories;
#[cfg(test)]
mod model;
#[cfg(test)]
mod testing;

use std::collections::BTreeMap;

use crate::identity::{Hash, MemberId, MemberKey, NetworkId};

pub use chain::{CharterError, genesis, step};
pub use change::{Change, changes};
pub use draft::{Draft, DraftError, found};
pub use entry::{Entry, EntryError, Member, Removed, VERSION};
pub use fork::{Fork, fork};
pub use link::{Certificate, Link};
pub use proposal::{Application, ApplicationError, Proposal, ProposalError, applies, proposed};
pub use signing::{SigningRefusal, Wish, may_vote};
pub use succession::SuccessionError;
pub use tally::{Appointed, Tally, counts, tally};
pub use text::check_name;
pub use vote::{Closing, Vote, VoteError};

/// The charter of a network as it holds here: its newest link, and who is who in it.
#[derive(Clone, Debug)]
pub struct Charter {
    head: Link,
    by_id: BTreeMap<MemberId, usize>,
    by_key: BTreeMap<MemberKey, MemberId>,
}

impl Charter {
    /// The charter that ends with this link.
    pub fn new(head: Link) -> Charter {
        let ids = head.entry().members.iter().map(|m| MemberId::new(head.network(), m.first));
        let by_id: BTreeMap<_, _> = ids.enumerate().map(|(at, id)| (id, at)).collect();
        let by_key = by_id.iter().map(|(id, at)| (head.entry().members[*at].key, *id)).collect();
        Charter { head, by_id, by_key }
    }

    /// The charter one entry further.
    pub fn advance(&self, certificate: Certificate) -> Result<Charter, CharterError> {
        step(&self.head, certificate).map(Charter::new)
    }

    /// The network.
    pub fn network(&self) -> NetworkId {
        self.head.network()
    }

    /// The newest link.
    pub fn head(&self) -> &Link {
        &self.head
    }

    /// The newest entry.
    pub fn entry(&self) -> &Entry {
        self.head.entry()
    }

    /// The hash of the newest entry.
    pub fn hash(&self) -> Hash {
        self.head.hash()
    }

    /// The place of the newest entry.
    pub fn seq(&self) -> u64 {
        self.entry().seq
    }

    /// The member with this id.
    pub fn member_by_id(&self, id: MemberId) -> Option<&Member> {
        self.by_id.get(&id).map(|at| &self.entry().members[*at])
    }

    /// The member who has this key now, and its id.
    pub fn member_by_key(&self, key: MemberKey) -> Option<(MemberId, &Member)> {
        let id = *self.by_key.get(&key)?;
        Some((id, self.member_by_id(id)?))
    }

    /// Every member, in the order of ids.
    pub fn members(&self) -> impl Iterator<Item = (MemberId, &Member)> {
        self.by_id.iter().map(|(id, at)| (*id, &self.entry().members[*at]))
    }

    /// Every steward.
    pub fn stewards(&self) -> impl Iterator<Item = (MemberId, &Member)> {
        self.members().filter(|(_, member)| self.entry().is_steward(member))
    }

    /// Begins the next entry.
    pub fn draft(&self) -> Draft<'_> {
        Draft::on(&self.head)
    }
}

#[cfg(test)]
mod tests {
    use super::{testing::*, *};

    #[test]
    fn a_member_is_found_by_id_and_by_its_current_key() {
        let charter = Charter::new(network(3, 2));
        let id = id(charter.head(), 2);
        assert_eq!(charter.member_by_id(id).unwrap().name, "Steward 2");
        assert_eq!(charter.member_by_key(pk(2)).unwrap().0, id);
        assert_eq!(charter.member_by_key(pk(9)), None);
        assert_eq!(charter.members().count(), 3);
        assert_eq!(charter.stewards().count(), 3);

        let entry = charter.draft().rekey(id, pk(42)).unwrap().entry().unwrap();
        let later = charter.advance(certificate(charter.head(), &entry, &[1, 3])).unwrap();
        assert_eq!(later.member_by_key(pk(2)), None);
        assert_eq!(later.member_by_key(pk(42)).unwrap().0, id);
        assert_eq!(later.network(), charter.network());
    }

    #[test]
    fn a_founder_goes_straight_to_three() {
        let head = alone();
        let two = [2, 3].map(|n| id(&head, n));
        let all = [id(&head, 1), two[0], two[1]];
        let draft = Draft::on(&head).admit("Hillside", pk(2)).admit("Lakeside", pk(3));
        let entry = draft.stewards(&all).unwrap().entry().unwrap();
        // V4: the founder alone cannot appoint; one of the new two has to want it.
        let error = step(&head, certificate(&head, &entry, &[1])).unwrap_err();
        assert_eq!(error, CharterError::TooFewNew { got: 1, needed: 2 });
        let link = carry(&head, &entry, &[1, 3]);
        assert_eq!(link.entry().k, 2);
    }
}
