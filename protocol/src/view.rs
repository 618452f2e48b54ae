//! What a node answers: plain data that serialises to the JSON the commands and the API document.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    check::Check,
    identity::{DocId, Hash, MemberId, NetworkId, NodeKey},
    refusal::Refusal,
    subscription::Rule,
};

mod network;
mod peers;

pub use network::*;
pub use peers::*;

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
    /// Invitations that can still be used.
    Invitations {
        /// The one that ends first comes first.
        invitations: Vec<InvitationView>,
    },
    /// The network.
    Network(Box<NetworkView>),
    /// What was decided, the newest first.
    Decisions {
        /// Each change of the charter.
        decisions: Vec<DecisionView>,
    },
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
    /// Records with their fields.
    Glances {
        /// The records.
        glances: Vec<GlanceView>,
        /// Documents that lists do not show, or show no more.
        gone: Vec<DocId>,
        /// What to ask for the next ones after; nothing where there are no more.
        last: Option<u64>,
    },
    /// Which records changed last.
    Changes {
        /// Which order of changes this is: another one where the store was made anew, and then no place in the old one means
        /// anything.
        order: [u8; 8],
        /// How far it goes now.
        at: u64,
        /// Where each stands in it, the earliest first. They may be gone, or nobody's to see.
        docs: Vec<(u64, DocId)>,
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
    /// How many saved edits of it count: at every node that has the same of it, the same.
    pub edits: u64,
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
    /// Whether this node has nothing to do with them, so that they are not told.
    pub blocked: bool,
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
    /// What a newcomer compares with who invited it, while it waits to be let in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joining: Option<Check>,
    /// Records visible here.
    pub records: usize,
    /// Whether everything asked for is here, of every connected peer.
    pub complete: bool,
    /// Peer by peer.
    pub peers: Vec<PeerView>,
    /// Where this node listens.
    pub listen: Vec<String>,
    /// What needs a person; a sentence each.
    pub trouble: Vec<Refusal>,
}
