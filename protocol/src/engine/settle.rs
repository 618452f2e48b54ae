//! Settling a document: what its headers say, what of its feeds counts, and what a reader sees.
//!
//! Everything here follows from the rows of the document and from who is who, whatever order they came in. So an edit
//! before its header and a header before its edit end alike.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    counts::{self, Feed},
    document::{Header, Terms, terms},
    envelope::{Content, actor},
    gate::{self, Fit, Trial, Tried},
    held::{ChangeRow, Held, KnownHere},
    identity::{DocId, Hash, NodeKey},
    kinds, record,
    refusal::Refusal,
    rows::{Rows, key},
    signed::Verified,
    store::{Read, Store, Table},
};

use super::Engine;

/// The rows of a document's changes.
pub(crate) type Changes = BTreeMap<Hash, ChangeRow>;

/// How far a snapshot was brought.
enum Brought {
    /// Nothing new counts.
    Nothing,
    /// To this.
    To(Box<Tried>),
    /// No further, before a trial that is made aside.
    Later,
    /// Automerge would not take the change at this place of this feed.
    Refused(NodeKey, u64),
}

impl<S: Store> Engine<S> {
    /// What a document's headers say together: those its owner's nodes signed.
    pub(crate) fn terms_of(&self, doc: &DocId) -> Result<Option<Terms>, Refusal> {
        let headers: Vec<Verified<Header>> = self.store.signed(Table::Header, &doc.0)?;
        let birth = headers.iter().find(|h| h.hash().0 == doc.0).and_then(|h| h.birth.clone());
        let Some(owner) = birth.map(|b| b.owner) else { return Ok(None) };
        let by_owner: Vec<_> = headers.into_iter().filter(|h| self.is_node_of(&h.by, h, owner)).collect();
        Ok(terms(doc, &by_owner))
    }

    fn is_node_of(&self, node: &NodeKey, header: &Header, owner: crate::identity::MemberId) -> bool {
        match &self.network {
            Some(network) if network.id == header.network => network.ever_member_of(node) == Some(owner),
            // Outside a network all is our own, under whatever node key it was written; none of it comes from peers.
            _ => true,
        }
    }

    /// Looks at a document again. Nothing happens when nothing has changed.
    pub(crate) fn settle(&mut self, doc: &DocId) -> Result<(), Refusal> {
        let Some(terms) = self.terms_of(doc)? else { return Ok(()) };
        let before = self.store.value::<Held>(Table::Document, &doc.0)?;
        let mut held = before.clone().unwrap_or_else(|| Held::new(terms.clone()));
        held.terms = terms;
        let mut later = false;
        if held.terms.deleted {
            self.purge(doc, &mut held)?;
        } else {
            let mut rows = self.changes_of(doc)?;
            self.fit(doc, &mut held, &mut rows)?;
            later = self.recount(doc, &mut held, &rows)?;
        }
        if !later {
            self.tried(doc);
        }
        let same = before.as_ref().is_some_and(|b| *b == held && b.position > 0);
        if !same {
            self.reposition(doc, &mut held)?;
            self.store.write(Table::Document, doc.0.to_vec(), &held);
            self.turn.changed.insert(*doc);
            let (was, is) = (before.is_some_and(|before| before.is_shown()), held.is_shown());
            self.shown = self.shown.map(|shown| shown + usize::from(is) - usize::from(was));
        }
        Ok(())
    }

    /// The rows of a document's changes that passed the gate.
    pub(crate) fn changes_of(&self, doc: &DocId) -> Result<Changes, Refusal> {
        let rows = self.store.values::<ChangeRow>(Table::Change, &doc.0)?;
        let hash = |row: &[u8]| row[32..].try_into().map(Hash).map_err(|_| Refusal::Unreadable);
        rows.into_iter().map(|(row, change)| Ok((hash(&row)?, change))).collect()
    }

    /// Moves the document to the end of the order of changes, where every peer's offers will come upon it.
    pub(crate) fn reposition(&mut self, doc: &DocId, held: &mut Held) -> Result<(), Refusal> {
        if held.position > 0 {
            self.store.delete(Table::Position, held.position.to_be_bytes().to_vec());
        }
        self.position += 1;
        held.position = self.position;
        self.store.put(Table::Position, held.position.to_be_bytes().to_vec(), doc.0.to_vec());
        let position = self.position;
        self.store.write(Table::Resume, b"position".to_vec(), &position);
        Ok(())
    }

    /// Lets envelopes through the gate whose dependencies are here, until no more can pass.
    fn fit(&mut self, doc: &DocId, held: &mut Held, rows: &mut Changes) -> Result<(), Refusal> {
        let mut known = KnownHere::new(doc, rows);
        loop {
            let mut moved = false;
            let open: Vec<NodeKey> = held.feeds.iter().filter(|f| f.fitted < f.len).map(|f| f.key).collect();
            for node in open {
                moved |= self.fit_next(doc, held, rows, &mut known, &node)?;
            }
            if !moved {
                return Ok(());
            }
        }
    }

    /// Tries the next envelope of a feed. Whether something changed.
    fn fit_next(
        &mut self,
        doc: &DocId,
        held: &mut Held,
        rows: &mut Changes,
        known: &mut KnownHere,
        node: &NodeKey,
    ) -> Result<bool, Refusal> {
        let seq = held.feed_mut(*node).fitted + 1;
        let head = self.head_at(doc, node, seq)?;
        let Some(payload) = self.store.payload(doc, node, seq)? else { return Ok(false) };
        if head.content == Content::Keep {
            held.keeps.push((*node, seq));
            held.feed_mut(*node).fitted = seq;
            return Ok(true);
        }
        // What came just now was judged when it was taken in.
        let form = self.turn.forms.remove(&head.hash()).map_or_else(|| gate::form(&payload), Ok);
        let verdict = form.map(|form| {
            let fit = gate::fit(&form, &actor(doc, node, head.lane), known);
            (form, fit)
        });
        match verdict {
            Ok((_, Fit::Waits(_))) => Ok(false),
            Ok((form, Fit::Fits)) => {
                let row = ChangeRow {
                    feed: *node,
                    seq,
                    lane: head.lane,
                    actor_seq: form.seq,
                    start_op: form.start_op,
                    max_op: form.max_op,
                    deps: form.deps.iter().copied().map(Hash).collect(),
                };
                self.store.write(Table::Change, key(&[&doc.0, &form.hash]), &row);
                known.add(doc, Hash(form.hash), &row);
                rows.insert(Hash(form.hash), row);
                held.feed_mut(*node).fitted = seq;
                Ok(true)
            }
            Ok((_, Fit::Breaks(_) | Fit::Known)) | Err(_) => {
                self.freeze(doc, held, &head, &payload)?;
                Ok(true)
            }
        }
    }

    /// Counts anew, and brings the snapshot to what counts. Whether some of it has to wait for a trial.
    fn recount(&mut self, doc: &DocId, held: &mut Held, rows: &Changes) -> Result<bool, Refusal> {
        let before: BTreeMap<NodeKey, u64> = held.feeds.iter().map(|f| (f.key, f.counted)).collect();
        loop {
            let counts = counts::counting(&self.feeds_to_count(doc, held, rows)?);
            let shrunk = before.iter().any(|(node, n)| counts.get(node).is_none_or(|now| now < n));
            let from = if shrunk { BTreeMap::new() } else { before.clone() };
            match self.bring_up(doc, &from, &counts, rows)? {
                Brought::Refused(node, seq) => held.feed_mut(node).aside = Some(seq),
                Brought::To(tried) => return self.note_counts(doc, held, &counts, Some(&tried)).map(|()| false),
                Brought::Nothing => return self.note_counts(doc, held, &counts, None).map(|()| false),
                Brought::Later => return Ok(true),
            }
        }
    }

    fn feeds_to_count(&self, doc: &DocId, held: &Held, rows: &Changes) -> Result<BTreeMap<NodeKey, Feed>, Refusal> {
        let keeps = self.keeps_of(doc, held)?;
        let mut feeds: BTreeMap<NodeKey, Feed> = BTreeMap::new();
        for feed in &held.feeds {
            let kept = keeps.kept(&feed.key);
            let settled = feed.fork.is_some_and(|fork| kept >= fork);
            let stop = if settled { feed.aside } else { feed.stop() };
            let mut rests_on = vec![None; feed.len as usize];
            rests_on[..feed.fitted as usize].fill(Some(vec![]));
            let may_edit = self.counts_by_itself(&feed.key, held);
            feeds.insert(feed.key, Feed { rests_on, may_edit, kept, stop });
        }
        for row in rows.values() {
            let deps = row.deps.iter().filter_map(|d| rows.get(d)).map(|d| (d.feed, d.seq)).collect();
            let place = feeds.get_mut(&row.feed).and_then(|f| f.rests_on.get_mut(row.seq as usize - 1));
            if let Some(place) = place {
                *place = Some(deps);
            }
        }
        Ok(feeds)
    }

    /// Applies what newly counts, or all when something ceased to. Names the change that Automerge would not take.
    fn bring_up(
        &mut self,
        doc: &DocId,
        from: &BTreeMap<NodeKey, u64>,
        to: &BTreeMap<NodeKey, u64>,
        rows: &Changes,
    ) -> Result<Brought, Refusal> {
        let at = |counts: &BTreeMap<NodeKey, u64>, node| counts.get(node).copied().unwrap_or(0);
        let fresh = from.is_empty();
        let mut new: Vec<(&Hash, &ChangeRow)> =
            rows.iter().filter(|(_, r)| r.seq > at(from, &r.feed) && r.seq <= at(to, &r.feed)).collect();
        // A change's first operation is above all it was made on, so this order never puts a change before its base.
        new.sort_by_key(|(hash, row)| (row.start_op, **hash));
        if new.is_empty() {
            if fresh {
                self.forget_snapshot(doc)?;
            }
            return Ok(Brought::Nothing);
        }
        if !fresh && self.must_wait(doc) {
            self.wait_for_trial(doc);
            return Ok(Brought::Later);
        }
        let snapshot = if fresh { None } else { self.store.get(Table::Snapshot, &doc.0)? };
        let mut payloads = Vec::with_capacity(new.len());
        for (_, row) in &new {
            payloads.push(self.store.payload(doc, &row.feed, row.seq)?.ok_or(Refusal::Unreadable)?);
        }
        let trial = Trial { doc: *doc, snapshot, changes: payloads };
        let outcome = match self.outcome_of(&trial) {
            Some(outcome) => outcome,
            // What ceased to count must not be seen a moment longer, so that is tried at once.
            None if self.turn.aside && !fresh => {
                let operations = rows.values().map(ChangeRow::operations).sum();
                self.try_aside(trial, operations);
                return Ok(Brought::Later);
            }
            None => trial.make(),
        };
        match outcome.result {
            Ok(tried) => {
                self.store.put(Table::Snapshot, doc.0.to_vec(), tried.snapshot.clone());
                Ok(Brought::To(Box::new(tried)))
            }
            Err(gate::Untried::Snapshot) if !fresh => self.bring_up(doc, &BTreeMap::new(), to, rows),
            Err(_) => {
                let (_, row) = new.get(outcome.refused).ok_or(Refusal::Unreadable)?;
                Ok(Brought::Refused(row.feed, row.seq))
            }
        }
    }

    fn forget_snapshot(&mut self, doc: &DocId) -> Result<(), Refusal> {
        self.forget_outside(doc)?;
        self.store.delete(Table::Snapshot, doc.0.to_vec());
        self.store.delete(Table::View, doc.0.to_vec());
        Ok(())
    }

    fn note_counts(
        &mut self,
        doc: &DocId,
        held: &mut Held,
        counts: &BTreeMap<NodeKey, u64>,
        tried: Option<&Tried>,
    ) -> Result<(), Refusal> {
        for (node, n) in counts {
            if held.feed(node).is_some_and(|f| f.counted != *n) {
                let hash = if *n == 0 { Hash::default() } else { self.head_at(doc, node, *n)?.hash() };
                let feed = held.feed_mut(*node);
                (feed.counted, feed.counted_head) = (*n, hash);
            }
        }
        if let Some(tried) = tried {
            held.heads = tried.heads.iter().copied().map(Hash).collect();
            self.show_anew(doc, held, tried)?;
        } else if held.feeds.iter().all(|f| f.counted == 0) {
            held.heads.clear();
        }
        Ok(())
    }

    /// Writes the record as readers see it.
    fn show_anew(&mut self, doc: &DocId, held: &Held, tried: &Tried) -> Result<(), Refusal> {
        let Some(kind) = kinds::kind(&held.terms.kind) else { return Ok(()) };
        let record = record::read_tried(kind, tried);
        let text = |name: &str| record.value.get(name).and_then(Value::as_str).unwrap_or_default().to_string();
        let (made, at) = self.written_at(doc, held)?;
        let view = json!({
            "title": text(kind.title),
            "summary": text("summary"),
            "made": made,
            "at": at,
            "choices": record.conflicts.len(),
            "fields": record.value,
        });
        self.forget_outside(doc)?;
        self.store.put(Table::View, doc.0.to_vec(), view.to_string().into_bytes());
        if self.owns(&held.terms) {
            self.remember_outside(doc, kind, &record.value);
        }
        Ok(())
    }

    /// When the oldest and the newest edit that count were made, by their authors' clocks.
    fn written_at(&self, doc: &DocId, held: &Held) -> Result<(u64, u64), Refusal> {
        let counted = || held.feeds.iter().filter(|feed| feed.counted > 0);
        let at = |key: &NodeKey, n: u64| Ok(self.head_at(doc, key, n)?.claimed_at);
        let first = counted().map(|feed| at(&feed.key, 1)).collect::<Result<Vec<u64>, Refusal>>()?;
        let last = counted().map(|feed| at(&feed.key, feed.counted)).collect::<Result<Vec<u64>, Refusal>>()?;
        Ok((first.into_iter().min().unwrap_or(0), last.into_iter().max().unwrap_or(0)))
    }

    /// Deleted: payloads, snapshot and view go; signed heads stay.
    fn purge(&mut self, doc: &DocId, held: &mut Held) -> Result<(), Refusal> {
        for table in [Table::Payload, Table::Change] {
            for (row, _) in self.store.scan(table, &doc.0, &doc.0, usize::MAX >> 1)? {
                self.store.delete(table, row);
            }
        }
        self.forget_snapshot(doc)?;
        held.heads.clear();
        for feed in &mut held.feeds {
            (feed.counted, feed.counted_head) = (0, Hash::default());
        }
        Ok(())
    }
}
