//! What comes before a vote: a member proposes an entry, a newcomer asks to be admitted.

use minicbor::{Decode, Encode};

use crate::{
    identity::{Hash, MemberKey, NetworkId, NodeKey},
    limits::{CHARTER_BYTES, NAME_BYTES, WHY_BYTES},
    signed::{Body, Verified},
};

use super::{
    chain::{self, CharterError, Link},
    entry::{Entry, EntryError, VERSION, check_name, shows},
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
    if proposal.why.len() > WHY_BYTES || !proposal.why.chars().all(|c| c == '\n' || shows(c)) {
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
