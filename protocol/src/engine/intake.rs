//! Taking in headers and envelopes: those of peers, and our own on the same way.
//!
//! Cheap checks come first. What is taken in is kept, whether it counts or not; [`super::settle`] says what counts.

use crate::{
    document::{Header, doc_of},
    envelope::{Content, Envelope, ForkProof, Head, Keep, is_sound},
    format, gate,
    held::Held,
    identity::{DocId, Hash, MemberId, NetworkId, NodeKey},
    limits::{FEEDS, HEADERS, PAYLOAD_BYTES, WAITING, WAITING_OTHERS},
    message::Bye,
    refusal::Refusal,
    rows::{Rows, envelope_key, key, setting},
    signed::{Signed, Verified},
    store::{Read, Store, Table},
};

use super::{Engine, Fault};

/// What became of an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is kept now.
    New,
    /// It was here.
    Here,
    /// It does not follow what is here: ask for what lies before it.
    Gap,
    /// It proves a fork: both heads are kept as proof.
    Fork,
    /// Its author broke a rule of form, now or before; nothing of this feed is taken any more.
    Frozen,
    /// Too much of this document waits here already; it is not kept.
    Full,
}

impl<S: Store> Engine<S> {
    /// Whether a document of this network may be kept here.
    fn is_ours(&self, network: NetworkId) -> bool {
        network == NetworkId::NONE || self.network.as_ref().is_some_and(|n| n.id == network)
    }

    /// Keeps a header. Whether it holds is for [`Engine::settle`] to say; its author may become known later.
    pub(crate) fn take_header(&mut self, doc: &DocId, signed: Signed<Header>) -> Result<bool, Fault> {
        let header = signed.verify().map_err(|_| Bye::Rule)?;
        let ours = header.network != NetworkId::NONE && self.is_ours(header.network);
        if !header.is_sound() || !ours || doc_of(&header) != *doc {
            return Err(Bye::Rule.into());
        }
        // Headers of an owner whose nodes we do not know yet are asked for again once we do.
        let owner = match &header.birth {
            Some(birth) => Some(birth.owner),
            None => self.owner_of(doc)?,
        };
        let by_owner = owner.is_some() && self.network()?.ever_member_of(&header.by) == owner;
        Ok(by_owner && self.keep_header(&header)?.is_some())
    }

    /// Whose document this is, by its first header.
    fn owner_of(&self, doc: &DocId) -> Result<Option<MemberId>, Refusal> {
        let first: Option<Signed<Header>> = self.store.value(Table::Header, &key(&[&doc.0, &doc.0]))?;
        let first = first.map(|h| h.recall().map_err(|_| Refusal::Unreadable)).transpose()?;
        Ok(first.and_then(|h| h.birth.as_ref().map(|b| b.owner)))
    }

    /// Keeps a header already checked. `None` when it was here, or when there is no room or no first header for it.
    pub(crate) fn keep_header(&mut self, header: &Verified<Header>) -> Result<Option<DocId>, Refusal> {
        let doc = doc_of(header);
        let row = key(&[&doc.0, &header.hash().0]);
        let here = self.store.scan(Table::Header, &doc.0, &doc.0, HEADERS)?;
        let orphan = header.doc.is_some() && here.is_empty();
        if orphan || here.len() >= HEADERS || here.iter().any(|(k, _)| *k == row) {
            return Ok(None);
        }
        self.store.write(Table::Header, row, header.signed());
        Ok(Some(doc))
    }

    /// Takes an envelope in, as far as it stands by itself.
    pub(crate) fn take_envelope(&mut self, doc: &DocId, envelope: Envelope) -> Result<Taken, Fault> {
        let Envelope { head, payload } = envelope;
        let Some(mut held) = self.store.value::<Held>(Table::Document, &doc.0)? else { return Ok(Taken::Gap) };
        // Of keys that nobody knows there is no end: a signature is checked where its feed may be kept at all.
        let feed = head.claim().map_err(|_| Bye::Rule)?.feed;
        if held.feed(&feed).is_none() && !self.has_room(&held, &feed) {
            return Ok(Taken::Full);
        }
        let head = head.verify().map_err(|_| Bye::Rule)?;
        if head.doc != *doc || head.network != held.terms.network || !is_sound(&head, &payload) {
            return Err(Bye::Rule.into());
        }
        if held.terms.deleted {
            return Ok(Taken::Here);
        }
        if let Some(already) = self.already(doc, &mut held, &head)? {
            return Ok(already);
        }
        if !self.has_room(&held, &head.feed) {
            return Ok(Taken::Full);
        }
        let feed = held.feed_mut(head.feed);
        if head.seq != feed.len + 1 || head.prev != feed.head {
            return Ok(Taken::Gap);
        }
        if head.feed == self.keys.node_key() {
            self.note_copy();
        }
        let well_formed = match head.content {
            Content::Change => gate::form(&payload).map(|form| _ = self.turn.forms.insert(head.hash(), form)).is_ok(),
            Content::Keep => format::decode::<Keep>(&payload, PAYLOAD_BYTES).is_ok(),
        };
        if !well_formed {
            self.freeze(doc, &mut held, &head, &payload)?;
            return Ok(Taken::Frozen);
        }
        self.append(doc, &mut held, &head, payload);
        Ok(Taken::New)
    }

    /// Whether one more envelope of this feed may wait here. Each author has room of its own, so that nobody's junk
    /// keeps another's work out; who may not edit has little, and an unknown key none.
    fn has_room(&self, held: &Held, node: &NodeKey) -> bool {
        let by_itself = self.counts_by_itself(node, held);
        let known = self.network.as_ref().is_some_and(|n| n.ever_member_of(node).is_some());
        let most = if by_itself { WAITING } else { WAITING_OTHERS };
        match held.feed(node) {
            // What only waits for its trial is no junk.
            Some(feed) if by_itself && feed.stop().is_none() => feed.len - feed.fitted.max(feed.counted) < most,
            Some(feed) => feed.len - feed.counted < most,
            None => (known || by_itself) && held.feeds.len() < FEEDS,
        }
    }

    /// Somebody showed an envelope of our own key that we do not know: a copy of this home writes as well, or ours was
    /// set back. Writing on would fork our feeds.
    fn note_copy(&mut self) {
        let node = self.keys.node_key();
        self.store.write(Table::Setting, setting::COPIED.to_vec(), &node);
    }

    /// Whether somebody else writes under our node key; then this node needs a new one.
    pub fn is_copied(&self) -> Result<bool, Refusal> {
        let copied: Option<NodeKey> = self.store.value(Table::Setting, setting::COPIED)?;
        Ok(copied == Some(self.keys.node_key()))
    }

    /// Refuses to sign with a node key that somebody else uses.
    pub(crate) fn refuse_copied(&self) -> Result<(), Refusal> {
        if self.is_copied()? { Err(Refusal::Copied) } else { Ok(()) }
    }

    /// Writes an envelope at the end of its feed.
    pub(crate) fn append(&mut self, doc: &DocId, held: &mut Held, head: &Verified<Head>, payload: Vec<u8>) {
        let row = envelope_key(doc, &head.feed, head.seq);
        self.store.write(Table::Envelope, row.clone(), head.signed());
        self.store.put(Table::Payload, row, payload);
        let feed = held.feed_mut(head.feed);
        feed.len = head.seq;
        feed.head = head.hash();
        self.store.write(Table::Document, doc.0.to_vec(), held);
    }

    /// What is already here at an envelope's place.
    fn already(&mut self, doc: &DocId, held: &mut Held, head: &Verified<Head>) -> Result<Option<Taken>, Refusal> {
        // Only looked at: a feed that begins here must first be shown to have room.
        let Some(feed) = held.feed(&head.feed) else { return Ok(None) };
        if feed.frozen {
            return Ok(Some(Taken::Frozen));
        }
        if head.seq > feed.len {
            return Ok(None);
        }
        let row = envelope_key(doc, &head.feed, head.seq);
        let here: Signed<Head> = self.store.value(Table::Envelope, &row)?.ok_or(Refusal::Unreadable)?;
        if here.hash() == head.hash() {
            return Ok(Some(Taken::Here));
        }
        if head.feed == self.keys.node_key() {
            self.note_copy();
        }
        let proof = ForkProof { one: here, other: head.signed().clone() };
        self.note_fork(doc, held, &proof, head.feed, head.seq);
        Ok(Some(Taken::Fork))
    }

    /// Takes proof of a fork from a peer.
    pub(crate) fn take_fork(&mut self, doc: &DocId, proof: &ForkProof) -> Result<(), Fault> {
        let Some(mut held) = self.store.value::<Held>(Table::Document, &doc.0)? else { return Ok(()) };
        // Only of what is here: a proof about a feed nobody has shown us changes nothing, and could be made without end. So
        // this is looked at before the signatures, which cost far more.
        let claim = proof.one.claim().map_err(|_| Bye::Rule)?;
        if held.feed(&claim.feed).is_none_or(|feed| feed.len < claim.seq) {
            return Ok(());
        }
        let Some((of, feed, seq)) = proof.place() else { return Err(Bye::Rule.into()) };
        if of == *doc && [proof.one.hash(), proof.other.hash()].contains(&self.head_at(doc, &feed, seq)?.hash()) {
            self.note_fork(doc, &mut held, proof, feed, seq);
        }
        Ok(())
    }

    /// Keeps proof of the earliest fork of a feed.
    fn note_fork(&mut self, doc: &DocId, held: &mut Held, proof: &ForkProof, feed: NodeKey, seq: u64) {
        let entry = held.feed_mut(feed);
        if entry.fork.is_none_or(|known| seq < known) {
            entry.fork = Some(seq);
            self.note_wrong(feed, "signed two edits for one place; neither counts");
            self.store.write(Table::Proof, key(&[&doc.0, &feed.0]), proof);
            self.store.write(Table::Document, doc.0.to_vec(), held);
        }
    }

    /// Its author broke a pure rule of form under its own signature: keep the proof, take no more of this feed, and
    /// drop what stands from there on. What lies before it stays and may still count.
    pub(crate) fn freeze(
        &mut self,
        doc: &DocId,
        held: &mut Held,
        head: &Verified<Head>,
        payload: &[u8],
    ) -> Result<(), Refusal> {
        held.feed_mut(head.feed).frozen = true;
        self.note_wrong(head.feed, "signed an edit that no node makes; no more of its edits of that record are taken");
        let proof = Envelope { head: head.signed().clone(), payload: payload.to_vec() };
        self.store.write(Table::Proof, key(&[&doc.0, &head.feed.0, b"form"]), &proof);
        if head.seq <= held.feed_mut(head.feed).len {
            self.cut(doc, held, &head.feed, head.seq)?;
        }
        self.store.write(Table::Document, doc.0.to_vec(), held);
        Ok(())
    }

    /// Drops a feed's envelopes from a place on. None of them has passed the gate.
    pub(crate) fn cut(&mut self, doc: &DocId, held: &mut Held, node: &NodeKey, from: u64) -> Result<(), Refusal> {
        let feed = held.feed_mut(*node);
        for seq in from..=feed.len {
            let row = envelope_key(doc, node, seq);
            self.store.delete(Table::Envelope, row.clone());
            self.store.delete(Table::Payload, row);
        }
        feed.len = from - 1;
        feed.head = match feed.len {
            0 => Hash::default(),
            last => self.head_at(doc, node, last)?.hash(),
        };
        Ok(())
    }

    /// A head that is here.
    pub(crate) fn head_at(&self, doc: &DocId, feed: &NodeKey, seq: u64) -> Result<Verified<Head>, Refusal> {
        let row = envelope_key(doc, feed, seq);
        let signed: Signed<Head> = self.store.value(Table::Envelope, &row)?.ok_or(Refusal::Unreadable)?;
        signed.recall().map_err(|_| Refusal::Unreadable)
    }

    /// Makes what is held of a document anew from its rows, before it is settled.
    pub(crate) fn recover(&mut self, doc: &DocId) -> Result<(), Refusal> {
        let Some(terms) = self.terms_of(doc)? else { return Ok(()) };
        for table in [Table::Change, Table::Snapshot, Table::View] {
            for (row, _) in self.store.scan(table, &doc.0, &doc.0, usize::MAX >> 1)? {
                self.store.delete(table, row);
            }
        }
        let mut held = Held::new(terms);
        let mut last_key = doc.0.to_vec();
        loop {
            let rows = self.store.scan(Table::Envelope, &doc.0, &last_key, 256)?;
            for (_, bytes) in &rows {
                let signed: Signed<Head> =
                    crate::format::recall(bytes, bytes.len()).map_err(|_| Refusal::Unreadable)?;
                let head = signed.recall().map_err(|_| Refusal::Unreadable)?;
                let feed = held.feed_mut(head.feed);
                // A gap is what a quarantined record leaves; what lies past it is fetched again.
                if head.seq == feed.len + 1 && head.prev == feed.head {
                    feed.len = head.seq;
                    feed.head = head.hash();
                }
            }
            match rows.last() {
                Some((key, _)) if rows.len() == 256 => last_key = [key.as_slice(), &[0]].concat(),
                _ => break,
            }
        }
        for (row, proof) in self.store.scan(Table::Proof, &doc.0, &doc.0, FEEDS)? {
            let Some(node) = row.get(32..64).and_then(|n| n.try_into().ok()).map(NodeKey) else { continue };
            if row.len() > 64 {
                held.feed_mut(node).frozen = true;
            } else if let Ok(proof) = crate::format::recall::<ForkProof>(&proof, proof.len()) {
                held.feed_mut(node).fork = proof.place().map(|(_, _, seq)| seq);
            }
        }
        self.store.write(Table::Document, doc.0.to_vec(), &held);
        Ok(())
    }
}
