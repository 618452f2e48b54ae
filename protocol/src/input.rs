//! Everything that can happen to a node.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    gate::Outcome,
    identity::{DocId, NodeKey},
    record::Edit,
    subscription::Rule,
};

/// Chance, drawn by the node anew for each input.
pub type Random = [u8; 32];

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// Time passed. Comes about once a second.
    Tick,
    /// A person asks for something. The answer carries the same number.
    Ask {
        /// Names the asking, for the answer.
        id: u64,
        /// What is asked.
        request: Request,
    },
    /// A stream to a peer stands. Noise proved its key.
    PeerUp {
        /// The peer's node key.
        peer: NodeKey,
        /// Whether we dialed.
        outbound: bool,
    },
    /// A peer sent a message.
    PeerMessage {
        /// The peer's node key.
        peer: NodeKey,
        /// As it came.
        bytes: Vec<u8>,
    },
    /// Bytes of ours have left for the peer.
    PeerSent {
        /// The peer's node key.
        peer: NodeKey,
        /// How many.
        bytes: usize,
    },
    /// The stream to a peer is gone.
    PeerDown {
        /// The peer's node key.
        peer: NodeKey,
    },
    /// A peer could not be reached.
    Unreachable {
        /// The peer's node key.
        peer: NodeKey,
        /// What was heard at each address, for people.
        why: String,
        /// When the next try is, in milliseconds from now.
        next_ms: u64,
    },
    /// Others have had their turn: a long piece of work goes on.
    GoOn,
    /// A trial was made that [`Effect::Try`](crate::effect::Effect::Try) asked for.
    Tried(Box<Outcome>),
    /// Where this node listens now, as multiaddrs others could dial.
    Listening {
        /// The addresses.
        addresses: Vec<String>,
    },
}

/// What a person can ask of a node, by page or command.
#[derive(Clone, Debug)]
pub enum Request {
    /// Says what this collaborative is called and where it is.
    Name {
        /// Its name.
        name: String,
        /// Its place, such as a county.
        place: Option<String>,
    },
    /// Founds a network with this collaborative as its only member.
    Found {
        /// Name of the network.
        name: String,
        /// What it is for.
        purpose: String,
        /// Its ground rules.
        rules: String,
    },
    /// Makes a ticket.
    Invite {
        /// For a partner of ours rather than a new member.
        partner: bool,
        /// Days it is good for.
        days: u32,
        /// Who comes with it is not proposed at once, but when somebody here has compared the four words with them.
        check: bool,
    },
    /// Invitations of this node's that can still be used.
    Invitations,
    /// Takes an invitation back, and turns away who came with it and is not in yet.
    Withdraw {
        /// The invitation's id, or its beginning.
        invitation: String,
    },
    /// Gives up going to a network, as long as it has not let us in.
    StopJoining,
    /// What the network has decided.
    Decisions,
    /// Has nothing more to do with a member: no connection, nothing given, nothing taken.
    Block {
        /// The member's name or id.
        member: String,
    },
    /// Has to do with a member again.
    Unblock {
        /// The member's name or id.
        member: String,
    },
    /// Goes to a network with a ticket.
    Join {
        /// The ticket's text.
        ticket: String,
    },
    /// The network: charter, members, proposals, applications, partners.
    Network,
    /// Proposes a change of the charter.
    Propose {
        /// What to change.
        change: Amendment,
        /// Why, for the others.
        why: String,
    },
    /// Votes on a proposal.
    Vote {
        /// The proposal's id, or its beginning.
        proposal: String,
        /// For or against.
        approve: bool,
    },
    /// Takes a partner's grant back.
    EndPartner {
        /// The partner's name or id.
        partner: String,
    },
    /// Writes a new record.
    Create {
        /// Its kind.
        kind: String,
        /// Its fields.
        value: Value,
        /// Who may have it; private unless said.
        audience: AudienceAsk,
        /// Who may edit it; the owner unless said.
        editors: EditorsAsk,
    },
    /// Changes a record, at the heads it was read from.
    Edit {
        /// The record's id, or its beginning.
        doc: String,
        /// The heads the form was loaded from; today's when empty.
        heads: Vec<[u8; 32]>,
        /// The change.
        edit: Edit,
    },
    /// One record.
    Show {
        /// The record's id, or its beginning.
        doc: String,
        /// With who changed which field when.
        history: bool,
    },
    /// A record as it stood after one of its changes.
    Version {
        /// The record's id, or its beginning.
        doc: String,
        /// The change, or its beginning.
        change: String,
    },
    /// Sets a record's fields as they were after one of its changes, by a new edit.
    Restore {
        /// The record's id, or its beginning.
        doc: String,
        /// The change, or its beginning.
        change: String,
        /// The heads of the record that was looked at when this was decided; today's when empty. What came since is merged.
        heads: Vec<[u8; 32]>,
    },
    /// Takes one change back, by a new edit; what others changed since stays.
    Undo {
        /// The record's id, or its beginning.
        doc: String,
        /// The change, or its beginning.
        change: String,
    },
    /// Which members have taken what was last said of a record of ours: a wider audience, or its end.
    Reached {
        /// The record's id, or its beginning.
        doc: String,
    },
    /// Records, in order of their ids.
    List {
        /// Only this kind.
        kind: Option<String>,
        /// Only of this owner: a name or an id.
        owner: Option<String>,
        /// Only after this id.
        after: Option<DocId>,
        /// At most so many.
        limit: usize,
    },
    /// What the node keeps of its own people, which the core does not look into.
    People,
    /// Keeps, or forgets, rows of the node's own people.
    KeepPeople {
        /// Keys, and their values; none to forget.
        rows: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    },
    /// Whose node this is, in a word: asked often, so it looks through nothing.
    Whose,
    /// Records with their fields, in the order of their last change here, for whoever makes lists of them.
    Glances {
        /// Only what changed after this place in that order; 0 for everything.
        after: u64,
        /// At most so many documents looked at; lists do not show all of them.
        limit: usize,
    },
    /// Which records changed last, and where in the order of changes, which only grows.
    Changes {
        /// Only what changed after this place in that order.
        after: u64,
        /// At most so many.
        limit: usize,
    },
    /// One of them, as it is now.
    Glance {
        /// The record.
        doc: DocId,
    },
    /// Writes what was read from files: new records, and what is new in those that came before.
    Import {
        /// What was read.
        records: Vec<Incoming>,
        /// Who may have the new ones; those that are there keep theirs.
        audience: AudienceAsk,
        /// Only says what it would do.
        dry_run: bool,
    },
    /// Says anew who may have a record.
    Share {
        /// The record's id, or its beginning.
        doc: String,
        /// Who may have it.
        audience: AudienceAsk,
        /// The heads of the record that was looked at; today's when empty. Nobody more sees what its owner has not read.
        heads: Vec<[u8; 32]>,
    },
    /// Says anew who may edit a record.
    LetEdit {
        /// The record's id, or its beginning.
        doc: String,
        /// Who may edit it.
        editors: EditorsAsk,
    },
    /// Deletes a record everywhere.
    Delete {
        /// The record's id, or its beginning.
        doc: String,
    },
    /// Adds to, or takes from, what this node asks for.
    Subscribe {
        /// Rules to add.
        add: Vec<Rule>,
        /// Rules to take away.
        remove: Vec<Rule>,
    },
    /// What this node asks for.
    Subscriptions,
    /// The peers known and connected.
    Peers,
    /// How this node stands: complete for what it asked for, peer by peer.
    Status,
}

/// One record as a file has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incoming {
    /// Its kind.
    pub kind: String,
    /// The system it is from; nothing for what has an id that nobody else uses.
    pub source: Option<String>,
    /// What that system knows it by. Without one it is found again by its title.
    pub outside_id: Option<String>,
    /// The fields the file speaks of, each at its path, as [`crate::record::merge`] takes them.
    pub fields: Vec<(String, Value)>,
}

/// Who shall have a record, in people's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AudienceAsk {
    /// This collaborative alone.
    #[default]
    Private,
    /// These members or partners, by name or id.
    Partners(Vec<String>),
    /// Every member.
    Network,
    /// Anybody.
    Public,
}

/// Who shall edit a record, in people's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum EditorsAsk {
    /// The owner.
    #[default]
    Owner,
    /// These members, by name or id.
    Named(Vec<String>),
    /// Every member.
    Members,
}

/// A change of the charter, in people's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amendment {
    /// Admit the applicant of this name or key.
    Admit(String),
    /// Remove a member.
    Remove(String),
    /// Make these members the stewards, of whom so many must agree.
    Stewards(Vec<String>, Option<u32>),
    /// Change what the charter says.
    Text {
        /// The network's name.
        name: Option<String>,
        /// Its purpose.
        purpose: Option<String>,
        /// Its ground rules.
        rules: Option<String>,
        /// When it is to be looked at again, YYYY-MM-DD.
        review_by: Option<String>,
    },
}

impl AudienceAsk {
    /// Reads `private`, `partners:A,B`, `network` or `public`.
    pub fn parse(text: &str) -> Option<AudienceAsk> {
        match text.split_once(':') {
            Some(("partners", names)) => names_of(names).map(AudienceAsk::Partners),
            None if text == "private" => Some(AudienceAsk::Private),
            None if text == "network" => Some(AudienceAsk::Network),
            None if text == "public" => Some(AudienceAsk::Public),
            _ => None,
        }
    }
}

impl EditorsAsk {
    /// Reads `owner`, `members` or `named:A,B`.
    pub fn parse(text: &str) -> Option<EditorsAsk> {
        match text.split_once(':') {
            Some(("named", names)) => names_of(names).map(EditorsAsk::Named),
            None if text == "owner" => Some(EditorsAsk::Owner),
            None if text == "members" => Some(EditorsAsk::Members),
            _ => None,
        }
    }
}

fn names_of(text: &str) -> Option<Vec<String>> {
    let names: Vec<String> = text.split(',').map(str::trim).filter(|n| !n.is_empty()).map(String::from).collect();
    (!names.is_empty()).then_some(names)
}
