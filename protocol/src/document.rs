//! A document: its id, its headers, and what all headers nobody replaced say together.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};

use crate::{
    audience::Audience,
    identity::{DocId, Hash, MemberId, NetworkId, NodeKey},
    limits::{EDITORS, HEADER_PREVS, PARTNERS, TAG_BYTES, TAGS},
    signed::{Body, Verified},
};

/// What a document is born with; its id is made of it, so it can never be re-owned.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Birth {
    /// The kind of record, such as `practice`.
    #[n(0)]
    pub kind: String,
    /// The member who owns it.
    #[n(1)]
    pub owner: MemberId,
    /// Random, so that ids tell nothing.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub nonce: [u8; 16],
}

/// Who may edit a document; never wider than its audience.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub enum Editors {
    /// The owner's nodes.
    #[default]
    #[n(0)]
    Owner,
    /// The owner and these members.
    #[n(1)]
    Named(#[n(0)] Vec<MemberId>),
    /// Every member.
    #[n(2)]
    Members,
}

impl Editors {
    fn meet(&self, other: &Editors) -> Editors {
        match (self, other) {
            (Editors::Owner, _) | (_, Editors::Owner) => Editors::Owner,
            (Editors::Members, e) | (e, Editors::Members) => e.clone(),
            (Editors::Named(a), Editors::Named(b)) => {
                Editors::Named(a.iter().filter(|m| b.contains(m)).copied().collect())
            }
        }
    }
}

/// A signed statement of the owner about its document. It names the headers it replaces.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Header {
    /// Version of these bytes: 1.
    #[n(0)]
    pub v: u32,
    /// The network the document belongs to.
    #[n(1)]
    pub network: NetworkId,
    /// The owner's node that signs.
    #[n(2)]
    pub by: NodeKey,
    /// The document; absent in its first header, whose hash it is.
    #[n(3)]
    pub doc: Option<DocId>,
    /// Present in the first header only.
    #[n(4)]
    pub birth: Option<Birth>,
    /// One more than the highest it replaces; 0 for the first.
    #[n(5)]
    pub seq: u64,
    /// Hashes of the headers it replaces.
    #[n(6)]
    pub prevs: Vec<Hash>,
    /// Who may have the document.
    #[n(7)]
    pub audience: Audience,
    /// Who may edit it.
    #[n(8)]
    pub editors: Editors,
    /// Topics and places, for subscriptions.
    #[n(9)]
    pub tags: Vec<String>,
    /// The document that took this one's place.
    #[n(10)]
    pub superseded_by: Option<DocId>,
    /// Deleted, for good.
    #[n(11)]
    pub deleted: bool,
}

impl Body for Header {
    const TYPE: &'static str = "header";
    const MOST: usize = 16 << 10;
    fn signer(&self) -> [u8; 32] {
        self.by.0
    }
}

impl Header {
    /// Whether the parts are within bounds and of one piece.
    pub fn is_sound(&self) -> bool {
        let first = self.doc.is_none();
        let partners = match &self.audience {
            Audience::Partners(named) => named.len() <= PARTNERS && !first,
            _ => true,
        };
        let editors = !matches!(&self.editors, Editors::Named(e) if e.len() > EDITORS);
        self.v == 1
            && first == self.birth.is_some()
            && first == (self.seq == 0)
            && first == self.prevs.is_empty()
            && self.prevs.len() <= HEADER_PREVS
            && partners
            && editors
            && self.tags.len() <= TAGS
            && self.tags.iter().all(|t| !t.is_empty() && t.len() <= TAG_BYTES)
            && self.birth.as_ref().is_none_or(|b| b.kind.len() <= TAG_BYTES)
    }
}

/// The document a header speaks of.
pub fn doc_of(header: &Verified<Header>) -> DocId {
    header.doc.unwrap_or(DocId(header.hash().0))
}

/// The owner's word to those who once had a document that they no longer may: they stop offering it. It says nothing of
/// who still may.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Withdrawn {
    /// Version of these bytes: 1.
    #[n(0)]
    pub v: u32,
    /// The network.
    #[n(1)]
    pub network: NetworkId,
    /// The owner's node that signs.
    #[n(2)]
    pub by: NodeKey,
    /// The document.
    #[n(3)]
    pub doc: DocId,
    /// Seq of the header that says so.
    #[n(4)]
    pub seq: u64,
}

impl Withdrawn {
    /// Whether it says more than these terms do. Two machines of the owner can make headers of one seq, so at the same seq terms
    /// hold only where they are narrow themselves, and so are those that the end goes back to.
    pub(crate) fn is_above(&self, terms: &Terms) -> bool {
        let wide = matches!(terms.audience, Audience::Network | Audience::Public);
        self.seq > terms.seq || (self.seq == terms.seq && wide)
    }
}

impl Body for Withdrawn {
    const TYPE: &'static str = "withdrawn";
    const MOST: usize = 256;
    fn signer(&self) -> [u8; 32] {
        self.by.0
    }
}

/// What holds for a document: all of its headers that nobody replaced, taken together.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Terms {
    /// The network it belongs to.
    #[n(0)]
    pub network: NetworkId,
    /// Its kind.
    #[n(1)]
    pub kind: String,
    /// Its owner.
    #[n(2)]
    pub owner: MemberId,
    /// Who may have it.
    #[n(3)]
    pub audience: Audience,
    /// Who may edit it.
    #[n(4)]
    pub editors: Editors,
    /// Topics and places.
    #[n(5)]
    pub tags: Vec<String>,
    /// The document that took its place.
    #[n(6)]
    pub superseded_by: Option<DocId>,
    /// Deleted, for good.
    #[n(7)]
    pub deleted: bool,
    /// The headers nobody replaced, sorted.
    #[n(8)]
    pub frontier: Vec<Hash>,
    /// The highest seq among them.
    #[n(9)]
    pub seq: u64,
}

/// Takes all headers of a document together, those its owner's nodes signed. `None` without its first header.
///
/// The order in which headers arrived plays no part. A header whose predecessors are not all here waits.
pub fn terms(doc: &DocId, headers: &[Verified<Header>]) -> Option<Terms> {
    let first = headers.iter().find(|h| h.doc.is_none() && h.hash().0 == doc.0)?;
    let (network, birth) = (first.network, first.birth.clone()?);
    let rooted = rooted(headers);
    // Deleting is final: no later header takes it back.
    let deleted = rooted.iter().any(|h| h.deleted);
    let replaced: BTreeSet<Hash> = rooted.iter().flat_map(|h| h.prevs.iter().copied()).collect();
    let mut frontier: Vec<&Verified<Header>> = rooted.into_iter().filter(|h| !replaced.contains(&h.hash())).collect();
    frontier.sort_by_key(|h| h.hash());
    let last = frontier.last()?;
    Some(Terms {
        network,
        kind: birth.kind,
        owner: birth.owner,
        audience: frontier.iter().map(|h| h.audience.clone()).reduce(|a, b| a.meet(&b))?,
        editors: frontier.iter().map(|h| h.editors.clone()).reduce(|a, b| a.meet(&b))?,
        tags: last.tags.clone(),
        superseded_by: frontier.iter().rev().find_map(|h| h.superseded_by),
        deleted,
        seq: frontier.iter().map(|h| h.seq).max()?,
        frontier: frontier.iter().map(|h| h.hash()).collect(),
    })
}

/// The headers that rest on the first one through headers that are here, in order of seq: each one more than the highest
/// it replaces, so that nobody can exhaust the numbers.
fn rooted(headers: &[Verified<Header>]) -> Vec<&Verified<Header>> {
    let mut sorted: Vec<&Verified<Header>> = headers.iter().collect();
    sorted.sort_by_key(|h| (h.seq, h.hash()));
    let mut known: BTreeMap<Hash, u64> = BTreeMap::new();
    sorted.retain(|h| {
        let replaced: Option<Vec<u64>> = h.prevs.iter().map(|p| known.get(p).copied()).collect();
        let next = |seqs: Vec<u64>| seqs.iter().max().map_or(Some(0), |most| most.checked_add(1));
        let rests = replaced.and_then(next) == Some(h.seq);
        rests && known.insert(h.hash(), h.seq).is_none()
    });
    sorted
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;

    use super::*;

    const NETWORK: NetworkId = NetworkId([7; 32]);

    fn node(n: u8) -> NodeKey {
        NodeKey(SigningKey::from_bytes(&[n; 32]).verifying_key().to_bytes())
    }

    fn header(by: u8, doc: Option<DocId>, seq: u64, prevs: &[&Verified<Header>], tag: &str) -> Verified<Header> {
        let owner = MemberId([1; 32]);
        let header = Header {
            v: 1,
            network: NETWORK,
            by: node(by),
            doc,
            birth: doc.is_none().then(|| Birth { kind: "practice".into(), owner, nonce: [3; 16] }),
            seq,
            prevs: prevs.iter().map(|h| h.hash()).collect(),
            audience: Audience::Network,
            editors: Editors::Owner,
            tags: vec![tag.into()],
            superseded_by: None,
            deleted: false,
        };
        Verified::sign(header, &SigningKey::from_bytes(&[by; 32]))
    }

    #[test]
    fn a_header_that_skips_numbers_waits_for_ever() {
        let first = header(1, None, 0, &[], "first");
        let doc = doc_of(&first);
        let leap = header(1, Some(doc), u64::MAX, &[&first], "leap");
        let next = header(1, Some(doc), 1, &[&first], "next");
        let after = header(1, Some(doc), 2, &[&leap], "after");
        let headers = [leap, after, next.clone(), first];
        let terms = terms(&doc, &headers).unwrap();
        assert_eq!((terms.seq, terms.frontier), (1, vec![next.hash()]));
    }
}
