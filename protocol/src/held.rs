//! What this node holds of one document, apart from the edits themselves. Derived: it can be made anew from them.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};

use crate::{
    document::Terms,
    envelope::actor,
    gate::{Known, KnownChange},
    identity::{DocId, Hash, NodeKey},
    limits::LANES,
    message::FeedHead,
};

/// A document as it stands here.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Held {
    /// What its headers say together.
    #[n(0)]
    pub(crate) terms: Terms,
    /// Its feeds, sorted by key.
    #[n(1)]
    pub(crate) feeds: Vec<HeldFeed>,
    /// Automerge heads of the snapshot.
    #[n(2)]
    pub(crate) heads: Vec<Hash>,
    /// Where it stands in the order of changes on this node; 0 before it is there.
    #[n(3)]
    pub(crate) position: u64,
    /// Where its `keep` envelopes are: feed and seq.
    #[n(4)]
    pub(crate) keeps: Vec<(NodeKey, u64)>,
}

/// A feed as it stands here.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct HeldFeed {
    /// The node that writes it.
    #[n(0)]
    pub(crate) key: NodeKey,
    /// Envelopes here.
    #[n(1)]
    pub(crate) len: u64,
    /// Hash of the last head here.
    #[n(2)]
    pub(crate) head: Hash,
    /// Envelopes that passed the gate's form and fit.
    #[n(3)]
    pub(crate) fitted: u64,
    /// Envelopes that count.
    #[n(4)]
    pub(crate) counted: u64,
    /// Hash of the last head that counts.
    #[n(5)]
    pub(crate) counted_head: Hash,
    /// Where it forked, if it did: nothing from here counts until the owner keeps one branch.
    #[n(6)]
    pub(crate) fork: Option<u64>,
    /// Its author broke a rule of form: nothing more is taken.
    #[n(7)]
    pub(crate) frozen: bool,
    /// A change that this node's Automerge would not take in; nothing from here counts here.
    #[n(8)]
    pub(crate) aside: Option<u64>,
}

/// What the gate and the count need to know of a change: its row in [`crate::store::Table::Change`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct ChangeRow {
    /// The feed it came in.
    #[n(0)]
    pub(crate) feed: NodeKey,
    /// Its envelope's place there.
    #[n(1)]
    pub(crate) seq: u64,
    /// The lane it was written in.
    #[n(2)]
    pub(crate) lane: u8,
    /// Its place among its actor's changes.
    #[n(3)]
    pub(crate) actor_seq: u64,
    /// Its first operation.
    #[n(4)]
    pub(crate) start_op: u64,
    /// Its last operation.
    #[n(5)]
    pub(crate) max_op: u64,
    /// The changes it was made on.
    #[n(6)]
    pub(crate) deps: Vec<Hash>,
}

impl ChangeRow {
    /// How many operations it has.
    pub(crate) fn operations(&self) -> u64 {
        (self.max_op + 1).saturating_sub(self.start_op)
    }
}

impl Held {
    /// A document of which only headers are here.
    pub(crate) fn new(terms: Terms) -> Held {
        Held { terms, feeds: vec![], heads: vec![], position: 0, keeps: vec![] }
    }

    /// A feed, made when it is not there.
    pub(crate) fn feed_mut(&mut self, key: NodeKey) -> &mut HeldFeed {
        let at = self.feeds.binary_search_by_key(&key, |f| f.key).unwrap_or_else(|at| {
            self.feeds.insert(at, HeldFeed::new(key));
            at
        });
        &mut self.feeds[at]
    }

    /// A feed.
    pub(crate) fn feed(&self, key: &NodeKey) -> Option<&HeldFeed> {
        self.feeds.binary_search_by_key(key, |f| f.key).ok().map(|at| &self.feeds[at])
    }

    /// How many envelopes count.
    pub(crate) fn edits(&self) -> u64 {
        self.feeds.iter().map(|feed| feed.counted).sum()
    }

    /// What of each feed counts.
    pub(crate) fn feed_heads(&self) -> Vec<FeedHead> {
        let counted = self.feeds.iter().filter(|f| f.counted > 0);
        counted.map(|f| FeedHead { feed: f.key, seq: f.counted, hash: f.counted_head }).collect()
    }

    /// Whether lists show it.
    pub(crate) fn is_shown(&self) -> bool {
        let gone = self.terms.deleted || self.terms.superseded_by.is_some();
        !gone && self.feeds.iter().any(|feed| feed.counted > 0)
    }

    /// Envelopes that are here and do not count.
    pub(crate) fn waiting(&self) -> u64 {
        self.feeds.iter().map(|f| f.len - f.counted).sum()
    }
}

impl HeldFeed {
    fn new(key: NodeKey) -> HeldFeed {
        HeldFeed {
            key,
            len: 0,
            head: Hash::default(),
            fitted: 0,
            counted: 0,
            counted_head: Hash::default(),
            fork: None,
            frozen: false,
            aside: None,
        }
    }

    /// The first place that must not count.
    pub(crate) fn stop(&self) -> Option<u64> {
        self.fork.into_iter().chain(self.aside).min()
    }
}

/// What is known of one document, as the gate asks for it.
pub(crate) struct KnownHere {
    changes: BTreeMap<[u8; 32], KnownChange>,
    last: BTreeMap<[u8; 16], (u64, [u8; 32])>,
}

impl KnownHere {
    /// From the rows of its changes.
    pub(crate) fn new(doc: &DocId, rows: &BTreeMap<Hash, ChangeRow>) -> KnownHere {
        let mut known = KnownHere { changes: BTreeMap::new(), last: BTreeMap::new() };
        for (hash, row) in rows {
            known.add(doc, *hash, row);
        }
        known
    }

    /// One change more.
    pub(crate) fn add(&mut self, doc: &DocId, hash: Hash, row: &ChangeRow) {
        let actor = actor(doc, &row.feed, row.lane);
        let change = KnownChange { actor, seq: row.actor_seq, max_op: row.max_op };
        self.changes.insert(hash.0, change);
        let last = self.last.entry(actor).or_insert((row.actor_seq, hash.0));
        if row.actor_seq > last.0 {
            *last = (row.actor_seq, hash.0);
        }
    }
}

impl Known for KnownHere {
    fn change(&self, hash: &[u8; 32]) -> Option<KnownChange> {
        self.changes.get(hash).copied()
    }

    fn last(&self, actor: &[u8; 16]) -> Option<(u64, [u8; 32])> {
        self.last.get(actor).copied()
    }

    fn actor(&self, actor: &[u8; 16]) -> bool {
        self.last.contains_key(actor)
    }
}

/// The lowest lane of a node in which an edit at `heads` can be written: one whose last change the heads contain.
///
/// A colleague on the same node may have saved meanwhile; then a second lane carries the concurrent edit.
pub(crate) fn lane_for(node: &NodeKey, heads: &[Hash], rows: &BTreeMap<Hash, ChangeRow>) -> Option<u8> {
    let ancestors = ancestors(heads, rows);
    (0..LANES).find(|lane| {
        let own = rows.iter().filter(|(_, row)| row.feed == *node && row.lane == *lane);
        own.max_by_key(|(_, row)| row.actor_seq).is_none_or(|(last, _)| ancestors.contains(last))
    })
}

/// Some changes and all that they were made on.
pub(crate) fn ancestors(heads: &[Hash], rows: &BTreeMap<Hash, ChangeRow>) -> BTreeSet<Hash> {
    let mut found = BTreeSet::new();
    let mut queue: Vec<Hash> = heads.to_vec();
    while let Some(hash) = queue.pop() {
        if let (Some(row), true) = (rows.get(&hash), found.insert(hash)) {
            queue.extend(row.deps.iter().copied());
        }
    }
    found
}
