//! Serving what was wanted, as long as there is room on the way: never more than what counts here, and only while the peer
//! may have it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{
    document::Header,
    engine::{Engine, Fault},
    envelope::{Envelope, ForkProof},
    held::Held,
    identity::{DocId, Hash, NodeKey},
    limits::{FEEDS, GIVE_BYTES, IN_FLIGHT_BYTES, WANT_FEEDS_OPEN, WANT_ITEMS, WANTS_OPEN},
    message::{Bye, Give, Message, WantItem},
    refusal::Refusal,
    rows::{Rows, envelope_key, key},
    signed::{Signed, Verified},
    store::{Store, Table},
};

/// A want being served.
#[derive(Debug)]
pub(super) struct Serving {
    item: WantItem,
    /// What is left to give; none before we looked.
    pieces: Option<VecDeque<Piece>>,
}

#[derive(Debug)]
enum Piece {
    Header(Hash),
    Envelope(NodeKey, u64),
    Fork(NodeKey),
}

impl<S: Store> Engine<S> {
    pub(super) fn on_want(&mut self, peer: NodeKey, items: Vec<WantItem>) -> Result<(), Fault> {
        let Some(giving) = &mut self.session(&peer)?.giving else { return Ok(()) };
        let names = |item: &WantItem| item.feeds.len() + item.forks.len();
        let open = giving.wants.iter().map(|serving| names(&serving.item)).sum::<usize>();
        let many = items.len() > WANT_ITEMS || giving.wants.len() + items.len() > WANTS_OPEN;
        let long = items.iter().any(|item| item.feeds.len() > FEEDS || item.forks.len() > FEEDS);
        if many || long || open + items.iter().map(names).sum::<usize>() > WANT_FEEDS_OPEN {
            return Err(Bye::Rule.into());
        }
        giving.wants.extend(items.into_iter().map(|item| Serving { item, pieces: None }));
        self.serve(peer)
    }

    /// Bytes have left: there is room for more.
    pub(crate) fn peer_took(&mut self, peer: NodeKey, bytes: usize) -> Result<(), Fault> {
        self.took(&peer, bytes);
        if self.sessions.get(&peer).is_none_or(|session| session.giving.is_none()) {
            return Ok(());
        }
        self.serve(peer)?;
        self.pump(peer)
    }

    /// So many bytes are no longer on their way.
    pub(crate) fn took(&mut self, peer: &NodeKey, bytes: usize) {
        if let Some(session) = self.sessions.get_mut(peer) {
            session.in_flight = session.in_flight.saturating_sub(bytes);
        }
    }

    /// Gives what was wanted, as long as there is room on the way.
    fn serve(&mut self, peer: NodeKey) -> Result<(), Fault> {
        loop {
            let session = self.session(&peer)?;
            let (standing, flight) = (session.standing, session.in_flight);
            let Some(giving) = &mut session.giving else { return Ok(()) };
            if flight >= IN_FLIGHT_BYTES {
                return Ok(());
            }
            let Some(mut serving) = giving.wants.pop_front() else { return Ok(()) };
            let doc = serving.item.doc;
            let mut pieces = match serving.pieces.take() {
                Some(pieces) => pieces,
                None => self.pieces(&serving.item)?,
            };
            // Asked again for every message: what was allowed a moment ago may not be now.
            let held: Option<Held> = self.store.value(Table::Document, &doc.0)?;
            let may = match held {
                Some(held) => self.may_pass(&doc, &held, &standing)?,
                None => false,
            };
            if !may {
                pieces.clear();
            }
            let give = self.next_give(doc, &mut pieces)?;
            if !give.last {
                serving.pieces = Some(pieces);
                if let Some(giving) = &mut self.session(&peer)?.giving {
                    giving.wants.push_front(serving);
                }
            }
            self.send(peer, &Message::Give(Box::new(give)));
        }
    }

    /// What a want comes to: never more than what counts here.
    fn pieces(&self, item: &WantItem) -> Result<VecDeque<Piece>, Refusal> {
        let mut pieces = VecDeque::new();
        let Some(held) = self.store.value::<Held>(Table::Document, &item.doc.0)? else { return Ok(pieces) };
        if item.headers {
            let mut headers: Vec<Verified<Header>> = self.store.signed(Table::Header, &item.doc.0)?;
            headers.sort_by_key(|h| (h.seq, h.hash()));
            pieces.extend(headers.iter().map(|h| Piece::Header(h.hash())));
        }
        let mut places: BTreeSet<(u64, NodeKey, u64)> = BTreeSet::new();
        let rows = self.changes_of(&item.doc)?;
        for range in item.feeds.iter().take(held.feeds.len()) {
            let counted = held.feed(&range.feed).map_or(0, |f| f.counted);
            for seq in range.from.max(1)..=range.to.min(counted) {
                places.insert((0, range.feed, seq));
            }
        }
        // Mostly each after what it rests on: the receiver then lets it through at once instead of keeping it waiting.
        let starts = rows.values().map(|r| ((r.feed, r.seq), r.start_op)).collect::<BTreeMap<_, _>>();
        let mut ordered: Vec<(u64, NodeKey, u64)> = vec![];
        let mut reached = BTreeMap::new();
        for (_, feed, seq) in places {
            let start = starts.get(&(feed, seq)).copied().unwrap_or(0);
            // Never before its own predecessor in the feed.
            let at: u64 = start.max(reached.get(&feed).copied().unwrap_or(0));
            reached.insert(feed, at);
            ordered.push((at, feed, seq));
        }
        ordered.sort();
        pieces.extend(ordered.into_iter().map(|(_, feed, seq)| Piece::Envelope(feed, seq)));
        pieces.extend(item.forks.iter().take(held.feeds.len()).copied().map(Piece::Fork));
        Ok(pieces)
    }

    fn next_give(&self, doc: DocId, pieces: &mut VecDeque<Piece>) -> Result<Give, Refusal> {
        let network = self.network()?.id;
        let mut give = Give { network, doc, headers: vec![], envelopes: vec![], forks: vec![], last: false };
        let mut size = 0;
        while size < GIVE_BYTES {
            match pieces.pop_front() {
                None => break,
                Some(Piece::Header(hash)) => {
                    let header: Option<Signed<Header>> = self.store.value(Table::Header, &key(&[&doc.0, &hash.0]))?;
                    size += header.as_ref().map_or(0, |h| h.size() + 80);
                    give.headers.extend(header);
                }
                Some(Piece::Envelope(feed, seq)) => {
                    let head = self.store.value(Table::Envelope, &envelope_key(&doc, &feed, seq))?;
                    let payload = self.store.payload(&doc, &feed, seq)?;
                    if let (Some(head), Some(payload)) = (head, payload) {
                        size += payload.len() + 400;
                        give.envelopes.push(Envelope { head, payload });
                    }
                }
                Some(Piece::Fork(feed)) => {
                    let proof: Option<ForkProof> = self.store.value(Table::Proof, &key(&[&doc.0, &feed.0]))?;
                    size += 1024;
                    give.forks.extend(proof);
                }
            }
        }
        give.last = pieces.is_empty();
        Ok(give)
    }
}
