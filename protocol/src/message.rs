//! What travels between two nodes. Everything here arrives from a peer: bounded, and believed only once checked.

use minicbor::{Decode, Encode};

use crate::{
    charter::{Application, Certificate, Proposal, Vote},
    document::{Header, Withdrawn},
    envelope::{Envelope, ForkProof},
    format::{self, FormatError},
    identity::{DocId, Hash, NetworkId, NodeKey},
    limits::MESSAGE_BYTES,
    roster::Roster,
    signed::Signed,
    standing::{Address, Grant},
    subscription::Rule,
};

/// One message on the stream between two nodes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Message {
    /// The first word of either side.
    #[n(0)]
    Hello(#[n(0)] Hello),
    /// Which networks we may have in common, so that only who knows one recognises it. Padded with random tags.
    #[n(1)]
    Tags(#[n(0)] Vec<Tag>),
    /// For one network both know: who we are in it.
    #[n(2)]
    Meet(#[n(0)] Box<Meet>),
    /// No more [`Meet`] follows.
    #[n(3)]
    Met,
    /// Charter entries from this seq, please.
    #[n(4)]
    WantCharter(#[n(0)] NetworkId, #[n(1)] u64),
    /// Charter entries in order; more follow when asked.
    #[n(5)]
    Charter(#[n(0)] NetworkId, #[n(1)] Vec<Certificate>),
    /// What members know of each other.
    #[n(6)]
    Gossip(#[n(0)] Box<Gossip>),
    /// What we ask for, and where we left off.
    #[n(7)]
    Ask(#[n(0)] Ask),
    /// Documents the asker may have and wants.
    #[n(8)]
    Offer(#[n(0)] Offer),
    /// All there is was offered, for now.
    #[n(9)]
    Offered(#[n(0)] Offered),
    /// Every document up to this count of those offered is here and safe.
    #[n(10)]
    Took(#[n(0)] Took),
    /// What is missing here of documents that were offered.
    #[n(11)]
    Want(#[n(0)] NetworkId, #[n(1)] Vec<WantItem>),
    /// Headers and envelopes of one document.
    #[n(12)]
    Give(#[n(0)] Box<Give>),
    /// Documents the receiver was once offered and no longer may have.
    #[n(13)]
    Ends(#[n(0)] NetworkId, #[n(1)] Vec<Signed<Withdrawn>>),
    /// Why we turn away.
    #[n(14)]
    Bye(#[n(0)] Bye),
    /// These withdrawals are kept in mind.
    #[n(15)]
    Ended(#[n(0)] NetworkId, #[n(1)] Vec<DocId>),
    /// What we hold already of what we ask for, as a sketch; before the [`Ask`] it belongs to, or as an answer.
    #[n(16)]
    Sketch(#[n(0)] SketchPart),
    /// More cells of the sketch of this round, please, from this one on.
    #[n(17)]
    WantSketch(#[n(0)] NetworkId, #[n(1)] u32, #[n(2)] u32),
}

/// Cells of a [`Sketch`](crate::sketch::Sketch).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SketchPart {
    /// The network.
    #[n(0)]
    pub network: NetworkId,
    /// The round of the [`Ask`] it belongs to.
    #[n(1)]
    pub round: u32,
    /// The place of the first cell.
    #[n(2)]
    pub from: u32,
    /// The cells, [`CELL_BYTES`](crate::sketch::CELL_BYTES) each.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub cells: Vec<u8>,
}

/// A network's tag in one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct Tag(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

/// Versions and a nonce.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Hello {
    /// Versions of this protocol we speak.
    #[n(0)]
    pub versions: Vec<u32>,
    /// Random, for this session.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub nonce: [u8; 32],
}

/// Who we are in one network.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Meet {
    /// The network.
    #[n(0)]
    pub network: NetworkId,
    /// Seq of our charter head; absent when we have none yet.
    #[n(1)]
    pub seq: Option<u64>,
    /// Hash of our charter head.
    #[n(2)]
    pub head: Hash,
    /// Our own roster.
    #[n(3)]
    pub roster: Option<Signed<Roster>>,
    /// The grant we hold as a partner.
    #[n(4)]
    pub grant: Option<Signed<Grant>>,
    /// Our application, when we come with a ticket.
    #[n(5)]
    pub application: Option<Signed<Application>>,
    /// Which ticket, as the hash its giver keeps is too telling: the hash of that hash.
    #[n(6)]
    pub ticket: Option<Hash>,
    /// Proof that we hold the ticket's secret.
    #[n(7)]
    pub proof: Option<Hash>,
    /// Hash of all the gossip we hold, so that equals need not exchange it.
    #[n(8)]
    pub gossip: Hash,
}

/// What members know of each other. Everything is signed, so it may come from anybody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Gossip {
    /// The network.
    #[n(0)]
    pub network: NetworkId,
    /// Rosters.
    #[n(1)]
    pub rosters: Vec<Signed<Roster>>,
    /// Addresses of nodes.
    #[n(2)]
    pub addresses: Vec<Signed<Address>>,
    /// Proposals under way.
    #[n(3)]
    pub proposals: Vec<Signed<Proposal>>,
    /// Votes on them.
    #[n(4)]
    pub votes: Vec<Signed<Vote>>,
    /// Applications for membership.
    #[n(5)]
    pub applications: Vec<Signed<Application>>,
    /// Grants of this sender that concern the receiver.
    #[n(6)]
    pub grants: Vec<Signed<Grant>>,
}

impl Gossip {
    /// Nothing yet.
    pub fn new(network: NetworkId) -> Gossip {
        Gossip { network, ..Gossip::default() }
    }

    /// How many things it holds.
    pub fn len(&self) -> usize {
        self.rosters.len()
            + self.addresses.len()
            + self.proposals.len()
            + self.votes.len()
            + self.applications.len()
            + self.grants.len()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What we ask for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Ask {
    /// The network.
    #[n(0)]
    pub network: NetworkId,
    /// Rules; none ask for everything.
    #[n(1)]
    pub rules: Vec<Rule>,
    /// Where we left off.
    #[n(2)]
    pub resume: Option<Token>,
    /// Counts our asks in this session: offers name the one they answer.
    #[n(3)]
    pub round: u32,
}

/// What of the offers is here.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Took {
    /// The network.
    #[n(0)]
    pub network: NetworkId,
    /// The round of the [`Ask`] that was answered.
    #[n(1)]
    pub round: u32,
    /// Documents offered and taken in.
    #[n(2)]
    pub count: u64,
}

/// A place in the offers one peer made to another. It says nothing of anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Token {
    /// Drawn when the giver begins to count anew.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub epoch: [u8; 8],
    /// Documents offered and taken in.
    #[n(1)]
    pub count: u64,
}

/// Documents, as they stand with the giver.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Offer {
    /// The network.
    #[n(0)]
    pub network: NetworkId,
    /// The documents.
    #[n(1)]
    pub items: Vec<OfferItem>,
    /// What to ask with next time, once these are here.
    #[n(2)]
    pub token: Token,
    /// The round of the [`Ask`] this answers.
    #[n(3)]
    pub round: u32,
}

/// One document, as it stands with the giver.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OfferItem {
    /// The document.
    #[n(0)]
    pub doc: DocId,
    /// Headers nobody replaced.
    #[n(1)]
    pub headers: Vec<Hash>,
    /// For each feed, what counts: its last place and that head's hash.
    #[n(2)]
    pub feeds: Vec<FeedHead>,
    /// Feeds of which the giver holds proof of a fork, and where.
    #[n(3)]
    pub forks: Vec<(NodeKey, u64)>,
}

impl OfferItem {
    /// Bytes it takes at most in a message.
    pub(crate) fn size(&self) -> usize {
        48 + 34 * self.headers.len() + 80 * self.feeds.len() + 44 * self.forks.len()
    }

    /// The same for whatever stands alike.
    pub(crate) fn hash(&self) -> Hash {
        Hash::of(&format::encode(self))
    }
}

/// How far a feed goes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct FeedHead {
    /// The feed.
    #[n(0)]
    pub feed: NodeKey,
    /// Its last place that counts.
    #[n(1)]
    pub seq: u64,
    /// Hash of the head there.
    #[n(2)]
    pub hash: Hash,
}

/// The end of the offers, for now.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Offered {
    /// The network.
    #[n(0)]
    pub network: NetworkId,
    /// What to ask with next time.
    #[n(1)]
    pub token: Token,
    /// The round of the [`Ask`] this answers.
    #[n(2)]
    pub round: u32,
}

/// What is missing of one document.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct WantItem {
    /// The document.
    #[n(0)]
    pub doc: DocId,
    /// Whether its headers are wanted.
    #[n(1)]
    pub headers: bool,
    /// Which places of which feeds: from and to, both wanted.
    #[n(2)]
    pub feeds: Vec<FeedRange>,
    /// Feeds of which the proof of a fork is wanted.
    #[n(3)]
    pub forks: Vec<NodeKey>,
}

/// Places of one feed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct FeedRange {
    /// The feed.
    #[n(0)]
    pub feed: NodeKey,
    /// First place wanted.
    #[n(1)]
    pub from: u64,
    /// Last place wanted.
    #[n(2)]
    pub to: u64,
}

/// Headers and envelopes of one document.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Give {
    /// The network.
    #[n(0)]
    pub network: NetworkId,
    /// The document.
    #[n(1)]
    pub doc: DocId,
    /// Headers.
    #[n(2)]
    pub headers: Vec<Signed<Header>>,
    /// Envelopes, each after what it rests on.
    #[n(3)]
    pub envelopes: Vec<Envelope>,
    /// Proofs of forks.
    #[n(4)]
    pub forks: Vec<ForkProof>,
    /// Whether the giver has given all that was wanted of this document. An unknown document and one the asker may not
    /// have are answered alike: nothing, and last.
    #[n(5)]
    pub last: bool,
}

/// Why a node turns away from a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Bye {
    /// We have no network in common, or you are nobody there.
    #[n(0)]
    Stranger,
    /// No version of the protocol in common.
    #[n(1)]
    Version,
    /// A ticket that is used up, expired, or was never given.
    #[n(2)]
    Ticket,
    /// You broke a rule of the protocol.
    #[n(3)]
    Rule,
    /// We were silent to each other for too long.
    #[n(4)]
    Silence,
    /// Our disk cannot keep anything now.
    #[n(5)]
    Disk,
}

impl Message {
    /// The bytes to send.
    pub fn to_bytes(&self) -> Vec<u8> {
        format::encode(self)
    }

    /// Reads what a peer sent.
    pub fn from_bytes(bytes: &[u8]) -> Result<Message, FormatError> {
        format::decode(bytes, MESSAGE_BYTES)
    }
}
