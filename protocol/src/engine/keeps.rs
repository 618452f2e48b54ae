//! Keeps: an owner's word that earlier work still counts, where a removal or a fork would end it.

use std::collections::BTreeMap;

use crate::{
    audience::Audience,
    envelope::{Content, Head, Keep, Kept},
    format,
    held::Held,
    identity::{DocId, MemberId, NodeKey},
    limits::PAYLOAD_BYTES,
    refusal::Refusal,
    rows::{Rows, envelope_key},
    signed::Signed,
    store::{Store, Table},
};

use super::Engine;

/// What is kept of a document's feeds.
#[derive(Debug, Default)]
pub(crate) struct Keeps {
    kept: BTreeMap<NodeKey, u64>,
    /// Feeds in which a valid keep stands, and where the last one does.
    keepers: BTreeMap<NodeKey, u64>,
}

impl Keeps {
    /// Up to which seq a feed is kept.
    pub(crate) fn kept(&self, feed: &NodeKey) -> u64 {
        let kept = self.kept.get(feed).copied().unwrap_or(0);
        kept.max(self.keepers.get(feed).copied().unwrap_or(0))
    }
}

impl<S: Store> Engine<S> {
    /// All keeps that bind here: by the owner, or by any member where the owner itself was removed.
    pub(crate) fn keeps_of(&self, doc: &DocId, held: &Held) -> Result<Keeps, Refusal> {
        let mut keeps = Keeps::default();
        for (node, seq) in &held.keeps {
            if !self.may_keep(node, held) {
                continue;
            }
            let Some(payload) = self.store.payload(doc, node, *seq)? else { continue };
            let Ok(keep) = format::recall::<Keep>(&payload, PAYLOAD_BYTES) else { continue };
            if !self.is_owner_here(node, held) {
                keeps.keepers.insert(*node, *seq);
            }
            for Kept { feed, seq, hash } in keep.kept {
                let row = envelope_key(doc, &feed, seq);
                let here = self.store.value::<Signed<Head>>(Table::Envelope, &row)?;
                if here.is_some_and(|h| h.hash() == hash) {
                    let most = keeps.kept.entry(feed).or_default();
                    *most = seq.max(*most);
                }
            }
        }
        Ok(keeps)
    }

    fn is_owner_here(&self, node: &NodeKey, held: &Held) -> bool {
        self.network.as_ref().is_some_and(|n| n.member_of(node) == Some(held.terms.owner))
    }

    fn may_keep(&self, node: &NodeKey, held: &Held) -> bool {
        let Some(network) = &self.network else { return false };
        let Some(who) = network.member_of(node) else { return false };
        let owner_stays = network.is_member(&held.terms.owner);
        network.is_member(&who) && (who == held.terms.owner || !owner_stays)
    }

    /// Whether what a node writes here counts without anybody keeping it.
    pub(crate) fn counts_by_itself(&self, node: &NodeKey, held: &Held) -> bool {
        match &self.network {
            Some(network) if network.id == held.terms.network => network.may_edit(node, &held.terms),
            _ => true,
        }
    }

    /// Before members are removed: keeps what they wrote honestly, in every document that is ours to keep.
    pub(crate) fn keep_work_of(&mut self, leaving: &[MemberId]) -> Result<(), Refusal> {
        let network = self.network()?;
        let nodes: Vec<NodeKey> = network
            .rosters
            .values()
            .filter(|r| leaving.contains(&r.member))
            .flat_map(|r| r.nodes.iter().map(|n| n.key))
            .collect();
        // Every steward keeps what a removed owner left, so that it does not hang on one of them being there; and who
        // was named for something keeps that.
        let steward = network.charter.iter().flat_map(|c| c.stewards()).any(|(id, _)| id == network.me);
        let (me, id) = (network.me, network.id);
        let docs = self.store.values::<Held>(Table::Document, &[])?;
        for (row, held) in docs.into_iter() {
            let narrow = matches!(held.terms.audience, Audience::Partners(_));
            let mine = held.terms.owner == me || (leaving.contains(&held.terms.owner) && (steward || narrow));
            if held.terms.network != id || held.terms.deleted || !mine {
                continue;
            }
            let feeds = held.feeds.iter().filter(|f| nodes.contains(&f.key) && f.counted > 0);
            let kept: Vec<Kept> = feeds.map(|f| Kept { feed: f.key, seq: f.counted, hash: f.counted_head }).collect();
            if !kept.is_empty() {
                let doc = DocId(row.try_into().map_err(|_| Refusal::Unreadable)?);
                self.write_envelope(&doc, Content::Keep, 0, format::encode(&Keep { kept }))?;
            }
        }
        Ok(())
    }
}
