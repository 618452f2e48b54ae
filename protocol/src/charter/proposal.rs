//! What comes before a vote: a member proposes an entry, a newcomer asks to be admitted.

use minicbor::{Decode, Encode};

use crate::{
    identity::{Hash, MemberKey, NetworkId, NodeKey},
    limits::{CHARTER_BYTES, NAME_BYTES, WHY_BYTES},
    signed::{Body, Verified},
};

use super::{
    chain::{self, CharterError},
    entry::{Entry, EntryError, VERSION},
    link::Link,
    text::{check_name, is_text},
};

/// An entry somebody wants to follow the charter. Signed by any current member.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Proposal {
    /// The version it is written in.
    #[n(0)]
    pub v: u32,
    /// The network.
    #[n(1)]
    pub network: NetworkId,
    /// The entry it would follow.
    #[n(2)]
    pub prev: Hash,
    /// The proposed entry's exact bytes.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub entry: Vec<u8>,
    /// Whose proposal it is.
    #[n(4)]
    pub by: MemberKey,
    /// Why, in its own words.
    #[n(5)]
    pub why: String,
}

impl Body for Proposal {
    const TYPE: &'static str = "proposal";
    /// The entry, the reason, and room for two hashes, a key and the heads.
    const MOST: usize = CHARTER_BYTES + WHY_BYTES + 160;
    fn signer(&self) -> [u8; 32] {
        self.by.0
    }
}

impl Proposal {
    /// A proposal to let this entry follow `head`.
    pub fn on(head: &Link, entry: &Entry, by: MemberKey, why: &str) -> Proposal {
        let (network, prev) = (head.network(), head.hash());
        Proposal { v: VERSION, network, prev, entry: entry.bytes(), by, why: why.into() }
    }

    /// The hash of the entry it proposes.
    pub fn entry_hash(&self) -> Hash {
        Hash::of(&self.entry)
    }
}

/// Why a proposal is not put before the stewards.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProposalError {
    /// Written for another version than ours.
    #[error("the proposal is written in version {0} and we read {VERSION}")]
    Version(u32),
    /// Made on another entry than our head; ours, or the proposer's, is behind.
    #[error("the proposal was made on another charter than the current one: make it again")]
    OtherParent,
    /// Not by a member.
    #[error("only members propose")]
    NotMember,
    /// The reason is too long or holds hidden characters.
    #[error("the reason takes at most {WHY_BYTES} bytes, without hidden characters")]
    Why,
    /// The entry could not follow even if all approved.
    #[error(transparent)]
    Entry(#[from] CharterError),
}

/// Whether a proposal can be voted on after `head`; the entry it proposes.
pub fn proposed(head: &Link, proposal: &Verified<Proposal>) -> Result<Entry, ProposalError> {
    if proposal.v != VERSION {
        return Err(ProposalError::Version(proposal.v));
    }
    if proposal.network != head.network() || proposal.prev != head.hash() {
        return Err(ProposalError::OtherParent);
    }
    if head.entry().by_key(&proposal.by).is_none() {
        return Err(ProposalError::NotMember);
    }
    if !is_text(&proposal.why, WHY_BYTES) {
        return Err(ProposalError::Why);
    }
    Ok(chain::child(head, &proposal.entry)?)
}

/// A newcomer's request to be admitted, signed with the member key it brings.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Application {
    /// The version it is written in.
    #[n(0)]
    pub v: u32,
    /// The network.
    #[n(1)]
    pub network: NetworkId,
    /// The name it would have.
    #[n(2)]
    pub name: String,
    /// Where it is, in its own words; may be empty.
    #[n(3)]
    pub place: String,
    /// The member key it brings.
    #[n(4)]
    pub member: MemberKey,
    /// The node it applies with.
    #[n(5)]
    pub node: NodeKey,
    /// The ticket it holds: the hash of its secret's hash.
    #[n(6)]
    pub ticket: Hash,
    /// The charter entry it took for the head, and pins.
    #[n(7)]
    pub charter: Hash,
}

impl Body for Application {
    const TYPE: &'static str = "application";
    /// Two names, five ids, and the heads.
    const MOST: usize = 2 * NAME_BYTES + 240;
    fn signer(&self) -> [u8; 32] {
        self.member.0
    }
}

/// Why an application is not shown to the stewards.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplicationError {
    /// Written for another version than ours.
    #[error("the application is written in version {0} and we read {VERSION}")]
    Version(u32),
    /// For another network.
    #[error("the application is for another network")]
    OtherNetwork,
    /// Its name or place cannot stand in a charter.
    #[error(transparent)]
    Name(EntryError),
    /// That key is, or once was, in use here.
    #[error("this key is, or once was, in use here: apply with a new one")]
    Used,
}

/// Whether a newcomer could be admitted after `head` as it asks.
pub fn applies(head: &Link, application: &Verified<Application>) -> Result<(), ApplicationError> {
    if application.v != VERSION {
        return Err(ApplicationError::Version(application.v));
    }
    if application.network != head.network() {
        return Err(ApplicationError::OtherNetwork);
    }
    check_name(&application.name).map_err(ApplicationError::Name)?;
    if !application.place.is_empty() {
        check_name(&application.place).map_err(ApplicationError::Name)?;
    }
    if head.entry().every_key().contains(&application.member) {
        return Err(ApplicationError::Used);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, *};

    #[test]
    fn a_member_proposes_what_could_follow() {
        let head = network(3, 2);
        let good = Proposal::on(&head, &renaming(&head, 1), pk(2), "It is the\nriver's name.");
        let judge = |proposal: &Proposal, by| proposed(&head, &Verified::sign(proposal.clone(), &key(by)));
        assert_eq!(judge(&good, 2), Ok(renaming(&head, 1)));
        assert_eq!(judge(&Proposal { by: pk(9), ..good.clone() }, 9), Err(ProposalError::NotMember));
        assert_eq!(judge(&Proposal { v: 2, ..good.clone() }, 2), Err(ProposalError::Version(2)));
        assert_eq!(judge(&Proposal { prev: Hash([1; 32]), ..good.clone() }, 2), Err(ProposalError::OtherParent));
        assert_eq!(judge(&Proposal { network: NetworkId::NONE, ..good.clone() }, 2), Err(ProposalError::OtherParent));
        let long = Proposal { why: "x".repeat(WHY_BYTES + 1), ..good.clone() };
        assert_eq!(judge(&long, 2), Err(ProposalError::Why));
        let mut entry = renaming(&head, 1);
        entry.k = 1;
        let error = CharterError::Entry(EntryError::Quorum { k: 1, stewards: 3 });
        assert_eq!(judge(&Proposal { entry: entry.bytes(), ..good }, 2), Err(ProposalError::Entry(error)));
    }

    #[test]
    fn the_largest_proposal_and_application_fit() {
        let head = network(3, 2);
        let mut proposal = Proposal::on(&head, &renaming(&head, 1), pk(2), &"x".repeat(WHY_BYTES));
        proposal.entry = vec![0; CHARTER_BYTES];
        assert!(Verified::sign(proposal, &key(2)).signed().clone().verify().is_ok());
        let name = "x".repeat(NAME_BYTES);
        let application = Application { place: name.clone(), ..application(&head, &name) };
        assert!(Verified::sign(application, &key(9)).signed().clone().verify().is_ok());
    }

    fn application(head: &Link, name: &str) -> Application {
        Application {
            v: VERSION,
            network: head.network(),
            name: name.into(),
            place: String::new(),
            member: pk(9),
            node: NodeKey(pk(19).0),
            ticket: Hash([3; 32]),
            charter: head.hash(),
        }
    }

    #[test]
    fn a_newcomer_applies_with_a_name_and_a_new_key() {
        let head = network(3, 2);
        let judge = |application: Application, by| applies(&head, &Verified::sign(application, &key(by)));
        assert_eq!(judge(application(&head, "Lakeside"), 9), Ok(()));
        let other = Application { network: NetworkId::NONE, ..application(&head, "Lakeside") };
        assert_eq!(judge(other, 9), Err(ApplicationError::OtherNetwork));
        assert_eq!(judge(Application { v: 2, ..application(&head, "L") }, 9), Err(ApplicationError::Version(2)));
        assert!(matches!(judge(application(&head, ""), 9), Err(ApplicationError::Name(_))));
        let used = Application { member: pk(2), ..application(&head, "Lakeside") };
        assert_eq!(judge(used, 2), Err(ApplicationError::Used));
    }
}
