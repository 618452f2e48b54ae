//! Keys and values of rows: the one place that knows how a truth is laid down.

use minicbor::{Decode, Encode};

use crate::{
    format,
    identity::{DocId, Hash, NodeKey},
    limits::MESSAGE_BYTES,
    overlay::Overlay,
    refusal::Refusal,
    signed::{Body, Signed, Verified},
    store::{Read, Store, Table},
};

/// Joins the parts of a key. Every part but the last has a fixed length.
pub(crate) fn key(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// The key of an envelope or payload.
pub(crate) fn envelope_key(doc: &DocId, feed: &NodeKey, seq: u64) -> Vec<u8> {
    key(&[&doc.0, &feed.0, &seq.to_be_bytes()])
}

/// Names of single settings.
pub(crate) mod setting {
    /// What this collaborative is called and where it is.
    pub(crate) const NAME: &[u8] = b"name";
    /// The node key under which somebody else writes: this home was copied, or set back to an older state.
    pub(crate) const COPIED: &[u8] = b"copied";
    /// The network this node belongs to.
    pub(crate) const NETWORK: &[u8] = b"network";
    /// How many votes this node signed in a network, whose id follows.
    pub(crate) const VOTES: &[u8] = b"votes";
}

/// Reads and writes of whole values. What we kept and cannot read is [`Refusal::Unreadable`]: never a silent default.
pub(crate) trait Rows {
    /// A value, decoded.
    fn value<T: for<'b> Decode<'b, ()>>(&self, table: Table, key: &[u8]) -> Result<Option<T>, Refusal>;
    /// All values under a prefix, with their keys.
    fn values<T: for<'b> Decode<'b, ()>>(&self, table: Table, prefix: &[u8]) -> Result<Vec<(Vec<u8>, T)>, Refusal>;
    /// All signed things under a prefix.
    fn signed<B: Body>(&self, table: Table, prefix: &[u8]) -> Result<Vec<Verified<B>>, Refusal>;
}

impl<R: Read> Rows for R {
    fn value<T: for<'b> Decode<'b, ()>>(&self, table: Table, key: &[u8]) -> Result<Option<T>, Refusal> {
        self.get(table, key)?.map(|bytes| read(&bytes)).transpose()
    }

    fn values<T: for<'b> Decode<'b, ()>>(&self, table: Table, prefix: &[u8]) -> Result<Vec<(Vec<u8>, T)>, Refusal> {
        let rows = self.scan(table, prefix, prefix, usize::MAX >> 1)?;
        rows.into_iter().map(|(key, bytes)| Ok((key, read(&bytes)?))).collect()
    }

    fn signed<B: Body>(&self, table: Table, prefix: &[u8]) -> Result<Vec<Verified<B>>, Refusal> {
        let rows = self.values::<Signed<B>>(table, prefix)?;
        rows.into_iter().map(|(_, s)| s.recall().map_err(|_| Refusal::Unreadable)).collect()
    }
}

fn read<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, Refusal> {
    format::recall(bytes, MESSAGE_BYTES.max(bytes.len())).map_err(|_| Refusal::Unreadable)
}

impl<S: Store> Overlay<S> {
    /// Writes a value.
    pub(crate) fn write<T: Encode<()>>(&mut self, table: Table, key: Vec<u8>, value: &T) {
        self.put(table, key, format::encode(value));
    }

    /// The payload of an envelope; gone where the document was deleted.
    pub(crate) fn payload(&self, doc: &DocId, feed: &NodeKey, seq: u64) -> Result<Option<Vec<u8>>, Refusal> {
        Ok(self.get(Table::Payload, &envelope_key(doc, feed, seq))?)
    }
}

/// Names a thing that may come in several versions by what it is about.
pub(crate) fn hash_of_all<'a>(hashes: impl Iterator<Item = &'a Hash>) -> Hash {
    let mut sorted: Vec<&Hash> = hashes.collect();
    sorted.sort();
    sorted.dedup();
    let bytes: Vec<u8> = sorted.iter().flat_map(|h| h.0).collect();
    Hash::of(&bytes)
}

/// How this node is joining: kept until it is in.
#[derive(Clone, Debug, Encode, Decode)]
pub(crate) struct Joining {
    /// The ticket's text.
    #[n(0)]
    pub(crate) ticket: String,
    /// Our application.
    #[n(1)]
    pub(crate) application: Signed<crate::charter::Application>,
}

/// A ticket this node gave out.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(map)]
pub(crate) struct GivenTicket {
    /// What it is for.
    #[n(0)]
    pub(crate) purpose: crate::ticket::Purpose,
    /// Hash of its secret.
    #[n(1)]
    pub(crate) secret_hash: Hash,
    /// Milliseconds since 1970 at which it ends.
    #[n(2)]
    pub(crate) until: u64,
    /// The first member key that proved the secret; no other may use it.
    #[n(3)]
    pub(crate) bound: Option<crate::identity::MemberKey>,
    /// Used up.
    #[n(4)]
    pub(crate) burnt: bool,
    /// Who comes with it waits until somebody here has compared the four words with them. Not there in what was kept before
    /// there was such a thing: then the ticket alone is enough.
    #[n(5)]
    pub(crate) check: Option<bool>,
}

/// How far a peer has been offered what it asks for.
#[derive(Clone, Debug, Encode, Decode)]
pub(crate) struct Resume {
    /// Drawn when we began to count.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub(crate) epoch: [u8; 8],
    /// The rules it counts for.
    #[n(1)]
    pub(crate) rules: Hash,
    /// (offers taken, our position then), rising.
    #[n(2)]
    pub(crate) marks: Vec<(u64, u64)>,
}

/// What this collaborative is called and where it is.
#[derive(Clone, Debug, Encode, Decode)]
pub(crate) struct Name {
    /// Its name.
    #[n(0)]
    pub(crate) name: String,
    /// Its place; may be empty.
    #[n(1)]
    pub(crate) place: String,
}
