//! One saved edit: a signed head and a payload. Envelopes of one node in one document form a hash-linked feed.

use minicbor::{Decode, Encode};

use crate::{
    identity::{DocId, Hash, NetworkId, NodeKey},
    limits::{LANES, PAYLOAD_BYTES},
    signed::{Body, Signed, Verified},
};

/// What an envelope's payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Content {
    /// One Automerge change, uncompressed.
    #[n(0)]
    Change,
    /// A [`Keep`].
    #[n(1)]
    Keep,
}

/// The signed head of an envelope.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Head {
    /// Version of these bytes: 1.
    #[n(0)]
    pub v: u32,
    /// The network the document belongs to.
    #[n(1)]
    pub network: NetworkId,
    /// The document.
    #[n(2)]
    pub doc: DocId,
    /// Whose feed: the node that signs.
    #[n(3)]
    pub feed: NodeKey,
    /// Place in the feed, from 1.
    #[n(4)]
    pub seq: u64,
    /// Hash of the head before it; zeros for the first.
    #[n(5)]
    pub prev: Hash,
    /// Hash of the charter entry the author went by; zeros outside a network.
    #[n(6)]
    pub charter: Hash,
    /// What the payload is.
    #[n(7)]
    pub content: Content,
    /// Which of the author's Automerge actors wrote the change.
    #[n(8)]
    pub lane: u8,
    /// The author's clock, milliseconds since 1970; for display only.
    #[n(9)]
    pub claimed_at: u64,
    /// BLAKE3 of the payload: the signature covers it, so a purged payload leaves a stub that still verifies.
    #[n(10)]
    pub payload_hash: Hash,
    /// Bytes of the payload.
    #[n(11)]
    pub payload_len: u32,
}

impl Body for Head {
    const TYPE: &'static str = "envelope";
    const MOST: usize = 512;
    fn signer(&self) -> [u8; 32] {
        self.feed.0
    }
}

/// An envelope as it travels: always with the payload its head was signed for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Envelope {
    /// The signed head.
    #[n(0)]
    pub head: Signed<Head>,
    /// The payload.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub payload: Vec<u8>,
}

/// An owner's word that earlier work still counts: which place in a feed, and under which hash.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Kept {
    /// The feed.
    #[n(0)]
    pub feed: NodeKey,
    /// Kept up to and with this place.
    #[n(1)]
    pub seq: u64,
    /// Hash of the head at that place; of two branches it names one.
    #[n(2)]
    pub hash: Hash,
}

/// The payload of a `keep` envelope.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Keep {
    /// What is kept.
    #[n(0)]
    pub kept: Vec<Kept>,
}

/// Two heads of one feed at one place: proof that its node equivocated.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ForkProof {
    /// One head.
    #[n(0)]
    pub one: Signed<Head>,
    /// The other.
    #[n(1)]
    pub other: Signed<Head>,
}

impl ForkProof {
    /// The place of the fork, when this is a proof: both verify, and differ at one place of one feed and document.
    pub fn place(&self) -> Option<(DocId, NodeKey, u64)> {
        let one = self.one.clone().verify().ok()?;
        let other = self.other.clone().verify().ok()?;
        let same = one.doc == other.doc
            && one.feed == other.feed
            && one.seq == other.seq
            && one.network == other.network
            && one.seq > 0
            && one.v == 1
            && other.v == 1;
        (same && one.hash() != other.hash()).then_some((one.doc, one.feed, one.seq))
    }
}

/// What an envelope must have before its payload is looked at: bounds, and a payload that is the one signed for.
pub fn is_sound(head: &Verified<Head>, payload: &[u8]) -> bool {
    head.v == 1
        && head.seq > 0
        && (head.seq == 1) == (head.prev == Hash::default())
        && head.lane < LANES
        && payload.len() <= PAYLOAD_BYTES
        && head.payload_len as usize == payload.len()
        && head.payload_hash == Hash::of(payload)
}

/// The Automerge actor of a node in one lane of a document. An author can write under no other.
pub fn actor(doc: &DocId, node: &NodeKey, lane: u8) -> [u8; 16] {
    let hash = Hash::derive("commonweal 1 actor", &[&doc.0, &node.0, &[lane]]);
    std::array::from_fn(|i| hash.0[i])
}
