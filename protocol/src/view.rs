//! What a node answers: plain data that serialises to the JSON the commands and the API document.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    identity::{DocId, Hash, MemberId, NetworkId, NodeKey},
    subscription::Rule,
};

/// The answer to a [`crate::input::Request`].
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// It is done.
    Done {
        /// Always true.
        done: bool,
    },
    /// The record that now holds.
    Id {
        /// Its id.
        id: DocId,
    },
    /// A ticket was made.
    Ticket(TicketView),
    /// The network.
    Network(Box<NetworkView>),
    /// A proposal was made or voted on.
    Proposal(Box<ProposalView>),
    /// One record.
    Record(Box<RecordView>),
    /// A record as it once was.
    Version(Box<VersionView>),
    /// Who has taken what was last said of a record.
    Reached {
        /// Everybody who may have it, by name.
        members: Vec<ReachedView>,
    },
    /// Records.
    Records {
        /// The records, in order of their ids.
        records: Vec<Summary>,
    },
    /// Whose node this is.
    Whose(WhoseView),
    /// What the node keeps of its own people.
    People {
        /// Keys and values.
        rows: Vec<(Vec<u8>, Vec<u8>)>,
    },
    /// Records with their fields, and the last document that was looked at; nothing where there are no more.
    Glances {
        /// The records.
        glances: Vec<GlanceView>,
        /// What to ask for the next ones after.
        last: Option<DocId>,
    },
    /// What became of what was read from files.
    Imported {
        /// One for each, in their order.
        records: Vec<ImportedView>,
    },
    /// What this node asks for.
    Subscriptions {
        /// The rules; none ask for everything.
        subscriptions: Vec<Rule>,
    },
    /// Peers.
    Peers {
        /// Each with how it stands.
        peers: Vec<PeerView>,
    },
    /// How this node stands.
    Status(Box<StatusView>),
}

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
    pub trouble: Option<String>,
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
    /// Why.
    pub why: String,
    /// Votes for.
    pub approvals: usize,
    /// Votes against.
    pub rejections: usize,
    /// Votes needed.
    pub needed: usize,
    /// Whether it is now the charter.
    pub carried: bool,
    /// Whether so many are against that it cannot carry.
    pub closed: bool,
    /// Whose votes count: the stewards, and whom it would make one. Nobody's once it is carried.
    pub voters: Vec<String>,
    /// Whether this collaborative is one of them.
    pub may_vote: bool,
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

/// A record in a list.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Its id.
    pub id: DocId,
    /// Its kind.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// Its summary.
    pub summary: String,
    /// Whose it is.
    pub owner: MemberId,
    /// What the owner is called.
    pub owner_name: String,
    /// `private`, `partners`, `network` or `public`.
    pub audience: &'static str,
    /// Whether it belongs to this collaborative.
    pub own: bool,
}

/// Whose node this is.
#[derive(Clone, Debug, Default, Serialize)]
pub struct WhoseView {
    /// What the collaborative is called; empty before it has a name.
    pub name: String,
    /// Its id, in its network if it is in one.
    pub member: Option<MemberId>,
    /// What its network is called, when it knows.
    pub network_name: Option<String>,
}

/// What a list needs to know of a record, to show it, to find it, and to narrow down.
#[derive(Clone, Debug, Serialize)]
pub struct GlanceView {
    /// What lists show of it.
    #[serde(flatten)]
    pub summary: Summary,
    /// Its fields.
    pub fields: Value,
    /// When it was last changed, in milliseconds since 1970 by the clock of who changed it; 0 where nobody knows.
    pub changed_at: u64,
    /// When it was first written, in the same way. A copy that was shared more widely is as old as its sharing.
    pub made_at: u64,
    /// How many of its fields have several answers to choose from.
    pub choices: usize,
}

/// One record, whole.
#[derive(Clone, Debug, Serialize)]
pub struct RecordView {
    /// What lists show of it.
    #[serde(flatten)]
    pub summary: Summary,
    /// Who may edit it: `owner`, `named` or `members`.
    pub editors: &'static str,
    /// How many the audience names, when it names some.
    pub named: usize,
    /// Those of them that this node knows. Whoever is shown this record need not know it.
    #[serde(skip)]
    pub shared_with: Vec<MemberId>,
    /// The members who may edit it, where some are named.
    #[serde(skip)]
    pub edited_by: Vec<MemberId>,
    /// Its fields.
    pub fields: Value,
    /// Fields set to several values at once.
    pub conflicts: Vec<ConflictView>,
    /// Fields a newer version wrote.
    pub unknown: Map<String, Value>,
    /// What to hand back with an edit.
    pub heads: Vec<Hash>,
    /// The record that took this one's place.
    pub superseded_by: Option<DocId>,
    /// Whether that one was deleted since.
    pub successor_deleted: bool,
    /// Edits that wait here until their author's standing or what they build on is known.
    pub waiting: usize,
    /// Who changed which field when, oldest first; when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<Vec<ChangeView>>,
}

/// A record as it stood after one of its changes.
#[derive(Clone, Debug, Serialize)]
pub struct VersionView {
    /// What lists show of the record today.
    #[serde(flatten)]
    pub summary: Summary,
    /// The change.
    pub change: Hash,
    /// Who made it.
    pub by: String,
    /// Seconds since 1970, by the author's clock.
    pub at: i64,
    /// The fields as they were after it.
    pub fields: Value,
    /// What it changed.
    pub changed: Vec<FieldChange>,
    /// What is different today: as it was, and as it is.
    pub since: Vec<FieldChange>,
}

/// Whether somebody has taken what was last said of a record.
#[derive(Clone, Debug, Serialize)]
pub struct ReachedView {
    /// What they are called.
    pub name: String,
    /// Whether one of their nodes has confirmed it to this one.
    pub reached: bool,
}

/// What an import did, or would do, with one record.
#[derive(Clone, Debug, Serialize, PartialEq)]
pub struct ImportedView {
    /// What became of it.
    pub outcome: Outcome,
    /// The record; nothing where there is none yet.
    pub id: Option<DocId>,
    /// The fields that changed.
    pub fields: Vec<String>,
    /// What must be put right, by field.
    pub problems: Vec<ProblemView>,
}

/// What becomes of a record that is imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is new.
    Created,
    /// Some fields changed.
    Changed,
    /// All was so already.
    Unchanged,
    /// It was not taken in.
    Refused,
}

/// Something to put right.
#[derive(Clone, Debug, Serialize, PartialEq)]
pub struct ProblemView {
    /// The field; empty for the record as a whole.
    pub field: String,
    /// What is wrong, and what to do.
    pub message: String,
}

/// A field that several people set at once.
#[derive(Clone, Debug, Serialize)]
pub struct ConflictView {
    /// The field.
    pub field: String,
    /// Each value and who set it.
    pub values: Vec<ConflictValue>,
}

/// One of several values.
#[derive(Clone, Debug, Serialize)]
pub struct ConflictValue {
    /// The value.
    pub value: Value,
    /// Who set it.
    pub by: String,
    /// When, in milliseconds since 1970 by the author's clock; 0 where nobody knows.
    pub at: u64,
    /// The change that set it.
    pub change: Hash,
}

/// One edit.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeView {
    /// What to call it by.
    pub change: Hash,
    /// Who made it.
    pub by: String,
    /// Seconds since 1970, by the author's clock.
    pub at: i64,
    /// What changed.
    pub fields: Vec<FieldChange>,
}

/// One field's change.
#[derive(Clone, Debug, Serialize)]
pub struct FieldChange {
    /// The field.
    pub field: String,
    /// What it was.
    pub before: Value,
    /// What it became.
    pub after: Value,
}

/// A peer.
#[derive(Clone, Debug, Serialize)]
pub struct PeerView {
    /// Its node key.
    pub node: NodeKey,
    /// Whose node it is, when known.
    pub name: String,
    /// `member`, `partner`, `applicant` or `stranger`.
    pub standing: &'static str,
    /// Whether a stream stands.
    pub connected: bool,
    /// Whether all it offered of what we ask for is here.
    pub complete: bool,
    /// Documents it offered that are still on their way.
    pub pending: usize,
    /// Why it is not complete, in a sentence.
    pub why_not: Option<String>,
    /// Addresses known.
    pub addresses: Vec<String>,
}

/// How a node stands.
#[derive(Clone, Debug, Serialize)]
pub struct StatusView {
    /// The collaborative's name.
    pub name: Option<String>,
    /// Its place.
    pub place: Option<String>,
    /// This node's key.
    pub node: NodeKey,
    /// The network, when in one.
    pub network: Option<NetworkId>,
    /// The network's name.
    pub network_name: Option<String>,
    /// What this node is there.
    pub standing: Option<&'static str>,
    /// Records visible here.
    pub records: usize,
    /// Whether everything asked for is here, of every connected peer.
    pub complete: bool,
    /// Peer by peer.
    pub peers: Vec<PeerView>,
    /// Where this node listens.
    pub listen: Vec<String>,
    /// A sentence when something needs a person.
    pub trouble: Vec<String>,
}
