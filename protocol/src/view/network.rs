//! What a node says of its network: who belongs, who was invited, what is proposed and what was decided.

use serde::Serialize;

use crate::{
    charter::Change,
    check::Check,
    identity::{Hash, MemberId, NetworkId, NodeKey},
    refusal::Refusal,
};

/// A ticket that was made.
#[derive(Clone, Debug, Serialize)]
pub struct TicketView {
    /// The one line to hand over.
    pub ticket: String,
    /// Milliseconds since 1970 at which it ends.
    pub until: u64,
}

/// A network as its members see it.
#[derive(Clone, Debug, Serialize)]
pub struct NetworkView {
    /// Its id.
    pub network: NetworkId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// Its ground rules.
    pub rules: String,
    /// When it is to be looked at again.
    pub review_by: Option<String>,
    /// How many changes the charter has had.
    pub seq: u64,
    /// Hash of the charter's head.
    pub head: Hash,
    /// What this node is here: `member`, `partner` or `applicant`.
    pub standing: &'static str,
    /// Members.
    pub members: Vec<MemberView>,
    /// How many stewards must agree.
    pub k: u32,
    /// Who was removed.
    pub removed: Vec<String>,
    /// Proposals under way.
    pub proposals: Vec<ProposalView>,
    /// Who has applied.
    pub applications: Vec<ApplicationView>,
    /// Partners of this collaborative.
    pub partners: Vec<PartnerView>,
    /// What is wrong, in a sentence: a fork, or a charter this version cannot read.
    pub trouble: Option<Refusal>,
}

/// A member.
#[derive(Clone, Debug, Serialize)]
pub struct MemberView {
    /// Its id.
    pub id: MemberId,
    /// Its name.
    pub name: String,
    /// Whether its vote counts.
    pub steward: bool,
    /// Whether it is this collaborative.
    pub own: bool,
    /// Since when this node has nothing to do with it, in milliseconds since 1970; nothing where it is not blocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked_since: Option<u64>,
    /// Its nodes, as far as known.
    pub nodes: Vec<NodeKey>,
}

/// A change of the charter under way, or just carried.
#[derive(Clone, Debug, Serialize)]
pub struct ProposalView {
    /// Its id: the hash of the entry.
    pub id: Hash,
    /// Who proposed it.
    pub by: String,
    /// What it changes, a sentence each.
    pub changes: Vec<String>,
    /// The same as data, for whoever says it in another language.
    #[serde(skip)]
    pub what: Vec<Change>,
    /// Why.
    pub why: String,
    /// Votes for, of those who are stewards now.
    pub approvals: usize,
    /// Votes against.
    pub rejections: usize,
    /// Votes needed of those who are stewards now.
    pub needed: usize,
    /// The votes of those who would be stewards, where the stewards or their quorum change: both sides must agree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appointed: Option<AppointedView>,
    /// Whether it is now the charter.
    pub carried: bool,
    /// Whether so many are against that it cannot carry.
    pub closed: bool,
    /// Whose votes count: the stewards, and whom it would make one. Nobody's once it is carried.
    pub voters: Vec<String>,
    /// Whether this collaborative is one of them.
    pub may_vote: bool,
    /// Who voted how, as far as it came here.
    pub votes: Vec<VoteView>,
    /// How this collaborative voted.
    pub own_vote: Option<bool>,
}

/// How the vote of those stands whom a proposal would make stewards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppointedView {
    /// Votes for, of those who would be stewards.
    pub approvals: usize,
    /// Votes needed of them.
    pub needed: usize,
}

impl ProposalView {
    /// Whether it would let in somebody of this name.
    pub fn admits(&self, name: &str) -> bool {
        self.what.iter().any(|change| matches!(change, Change::Admitted { name: new, .. } if new == name))
    }
}

/// One vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VoteView {
    /// Who voted.
    pub by: String,
    /// For, or against.
    pub approve: bool,
}

/// A change of the charter that was decided.
#[derive(Clone, Debug, Serialize)]
pub struct DecisionView {
    /// Its place among the changes; the founding is 0.
    pub seq: u64,
    /// What it changed, a sentence each; nothing for the founding.
    pub changes: Vec<String>,
    /// The same as data.
    #[serde(skip)]
    pub what: Vec<Change>,
    /// Whose votes carried it.
    pub by: Vec<String>,
}

/// An invitation of this node's that can still be used.
#[derive(Clone, Debug, Serialize)]
pub struct InvitationView {
    /// Its id, to take it back by.
    pub id: Hash,
    /// For a partner rather than a new member.
    pub partner: bool,
    /// Milliseconds since 1970 at which it ends.
    pub until: u64,
    /// Who came with it, when somebody has.
    pub used_by: Option<String>,
}

/// Somebody who wants to join.
#[derive(Clone, Debug, Serialize)]
pub struct ApplicationView {
    /// Its name.
    pub name: String,
    /// Its place.
    pub place: String,
    /// Its member key.
    pub key: crate::identity::MemberKey,
    /// The invitation of this node's that they came with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation: Option<Hash>,
    /// What to compare with them before they are let in, where they came with a ticket of this node's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
}

/// A group outside the charter that receives what it is named for.
#[derive(Clone, Debug, Serialize)]
pub struct PartnerView {
    /// Its id.
    pub id: MemberId,
    /// Its name.
    pub name: String,
    /// Milliseconds since 1970 at which the grant ends.
    pub until: u64,
    /// Whether the grant was taken back.
    pub revoked: bool,
}
