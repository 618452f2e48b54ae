//! Giving: what a peer is entitled to and asks for, in the order it changed here.
//!
//! Positions in that order count everything this node does, so they never leave it. The peer is told how many offers it
//! was made; the mapping from that number to a position is ours.

use std::collections::{BTreeSet, VecDeque};

use crate::{
    audience::passes,
    document::{Header, Withdrawn},
    engine::{Engine, Fault},
    envelope::{Envelope, ForkProof},
    held::Held,
    identity::{DocId, Hash, NetworkId, NodeKey},
    limits::{
        GIVE_BYTES, IN_FLIGHT_BYTES, OFFER_ITEMS, OFFERS_OPEN, RESUME_MARKS, SUBSCRIPTION_RULES, WANT_ITEMS, WANTS_OPEN,
    },
    message::{Ask, Bye, Give, Message, Offer, OfferItem, Offered, Token, Took, WantItem},
    refusal::Refusal,
    rows::{Resume, Rows, envelope_key, key},
    signed::{Signed, Verified},
    standing::Standing,
    store::{Read, Store, Table},
    subscription::{Rule, fingerprint, wanted},
};

/// What we are giving a peer.
#[derive(Debug)]
pub(crate) struct Giving {
    rules: Vec<Rule>,
    round: u32,
    token: Token,
    /// The position to look from.
    next: u64,
    /// Offers not yet taken: their count, and the position after them.
    open: VecDeque<(u64, u64)>,
    /// Whether the peer knows that nothing more is to come for now.
    told: bool,
    wants: VecDeque<Serving>,
    /// Ends told in this session and not yet confirmed: told once, however often the document changes meanwhile.
    ended: BTreeSet<DocId>,
}

/// What the next positions come to for one peer.
#[derive(Debug, Default)]
struct Collected {
    items: Vec<OfferItem>,
    /// The position after them.
    next: u64,
    ends: Vec<(DocId, Signed<Withdrawn>)>,
}

impl Giving {
    /// What the peer asked, as if it asked for the first time.
    pub(crate) fn into_ask(self, network: NetworkId) -> Ask {
        Ask { network, rules: self.rules, resume: None, round: self.round }
    }
}

/// A want being served.
#[derive(Debug)]
struct Serving {
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
    pub(crate) fn on_ask(&mut self, peer: NodeKey, ask: Ask) -> Result<(), Fault> {
        if ask.rules.len() > SUBSCRIPTION_RULES || self.network()?.id != ask.network {
            return Err(Bye::Rule.into());
        }
        if self.session(&peer)?.standing.who().is_none() {
            // It knows of its standing before we do; we come back to it.
            self.session(&peer)?.early = Some(ask);
            return Ok(());
        }
        // What it may have depends on what it is, so a mark of another standing does not count.
        let standing = self.session(&peer)?.standing.word();
        let rules = Hash::derive("commonweal 1 resume", &[&fingerprint(&ask.rules).0, standing.as_bytes()]);
        let row = key(&[&ask.network.0, &peer.0]);
        let held: Option<Resume> = self.store.value(Table::Resume, &row)?;
        let resumed = held.zip(ask.resume).filter(|(h, token)| h.epoch == token.epoch && h.rules == rules);
        let (token, next) = match resumed {
            Some((mut resume, token)) => {
                resume.marks.retain(|(count, _)| *count <= token.count);
                let next = resume.marks.last().map_or(0, |(_, position)| *position);
                self.store.write(Table::Resume, row, &resume);
                (token, next)
            }
            None => {
                let chance = self.draw();
                let epoch = std::array::from_fn(|i| chance[i]);
                self.store.write(Table::Resume, row, &Resume { epoch, rules, marks: vec![] });
                (Token { epoch, count: 0 }, 0)
            }
        };
        let giving = Giving {
            rules: ask.rules,
            round: ask.round,
            token,
            next,
            open: VecDeque::new(),
            told: false,
            wants: VecDeque::new(),
            ended: BTreeSet::new(),
        };
        self.session(&peer)?.giving = Some(giving);
        self.pump(peer)
    }

    /// Offers what is new to every peer that asked.
    pub(crate) fn pump_all(&mut self) -> Result<(), Fault> {
        let peers: Vec<NodeKey> =
            self.sessions.iter().filter(|(_, s)| s.giving.is_some()).map(|(peer, _)| *peer).collect();
        peers.into_iter().try_for_each(|peer| self.pump(peer))
    }

    /// Offers on, as far as the peer has taken what was offered before.
    fn pump(&mut self, peer: NodeKey) -> Result<(), Fault> {
        loop {
            let network = self.network()?.id;
            let session = self.session(&peer)?;
            let flight = session.in_flight;
            let Some(giving) = &session.giving else { return Ok(()) };
            if giving.open.len() >= OFFERS_OPEN || flight >= IN_FLIGHT_BYTES {
                return Ok(());
            }
            let Collected { items, next, ends } = self.collect(&peer)?;
            let more_ends = ends.len() >= OFFER_ITEMS;
            let (docs, ends): (Vec<DocId>, Vec<_>) = ends.into_iter().unzip();
            if !ends.is_empty() {
                self.send(peer, &Message::Ends(network, ends));
            }
            let Some(giving) = &mut self.session(&peer)?.giving else { return Ok(()) };
            giving.next = next;
            giving.ended.extend(docs);
            if items.is_empty() && more_ends {
                continue;
            }
            if items.is_empty() {
                if !std::mem::replace(&mut giving.told, true) {
                    let (token, round) = (giving.token, giving.round);
                    self.send(peer, &Message::Offered(Offered { network, token, round }));
                }
                return Ok(());
            }
            giving.told = false;
            giving.token.count += items.len() as u64;
            giving.open.push_back((giving.token.count, next));
            let (token, round) = (giving.token, giving.round);
            self.send(peer, &Message::Offer(Offer { network, items, token, round }));
        }
    }

    /// The next documents the peer may have and wants; and those it had and no longer may.
    fn collect(&mut self, peer: &NodeKey) -> Result<Collected, Fault> {
        let session = self.session(peer)?;
        let standing = session.standing;
        let Some(giving) = &session.giving else { return Ok(Collected::default()) };
        let (rules, from, told) = (giving.rules.clone(), giving.next, giving.ended.clone());
        let (mut items, mut ends, mut next, mut size) = (vec![], vec![], from, 0);
        let full = |items: &Vec<OfferItem>, size| items.len() >= OFFER_ITEMS || size >= GIVE_BYTES;
        while !full(&items, size) && ends.len() < OFFER_ITEMS {
            let rows = self.store.scan(Table::Position, &[], &next.to_be_bytes(), OFFER_ITEMS)?;
            let Some((last, _)) = rows.last() else { break };
            let end = position_of(last)? + 1;
            for (row, doc) in rows {
                if full(&items, size) || ends.len() >= OFFER_ITEMS {
                    break;
                }
                next = position_of(&row)? + 1;
                let doc = DocId(doc.try_into().map_err(|_| Refusal::Unreadable)?);
                let held: Held = self.store.value(Table::Document, &doc.0)?.ok_or(Refusal::Unreadable)?;
                let offered = key(&[&doc.0, &peer.0]);
                let before = self.store.get(Table::Offered, &offered)?.is_some();
                if self.may_pass(&doc, &held, &standing)? {
                    // A deletion is told also to who had the document and no longer asks for it.
                    if wanted(&rules, &held.terms) || (before && held.terms.deleted) {
                        if !before {
                            self.store.put(Table::Offered, offered, vec![]);
                        }
                        let item = self.offer_item(doc, &held);
                        size += item.size();
                        items.push(item);
                    }
                } else if before
                    && !told.contains(&doc)
                    && let Some(end) = self.withdrawal(&doc, &held)?
                {
                    ends.push((doc, end));
                }
            }
            if !full(&items, size) && ends.len() < OFFER_ITEMS {
                next = end;
            }
        }
        Ok(Collected { items, next, ends })
    }

    /// Whether this node gives the document to a peer of this standing.
    fn may_pass(&self, doc: &DocId, held: &Held, standing: &Standing) -> Result<bool, Refusal> {
        let network = self.network()?;
        let ours = held.terms.network == network.id;
        let passes = ours && passes(doc, &held.terms, &network.me, standing);
        Ok(passes && (held.terms.owner == network.me || self.store.get(Table::Withdrawn, &doc.0)?.is_none()))
    }

    /// The owner's word that a document is withdrawn: ours to sign, or as it came to us.
    fn withdrawal(&self, doc: &DocId, held: &Held) -> Result<Option<Signed<Withdrawn>>, Refusal> {
        let network = self.network()?;
        if held.terms.owner != network.me {
            return self.store.value(Table::Withdrawn, &doc.0);
        }
        let by = self.keys.node_key();
        let end = Withdrawn { v: 1, network: network.id, by, doc: *doc, seq: held.terms.seq };
        Ok(Some(Verified::sign(end, &self.keys.node()).signed().clone()))
    }

    fn offer_item(&self, doc: DocId, held: &Held) -> OfferItem {
        let forks = held.feeds.iter().filter_map(|f| f.fork.map(|at| (f.key, at))).collect();
        OfferItem { doc, headers: held.terms.frontier.clone(), feeds: held.feed_heads(), forks }
    }

    /// The peer keeps in mind that these are withdrawn: they need not be told again.
    pub(super) fn on_ended(&mut self, peer: NodeKey, docs: &[DocId]) -> Result<(), Fault> {
        if docs.len() > OFFER_ITEMS {
            return Err(Bye::Rule.into());
        }
        for doc in docs {
            let told = self.session(&peer)?.giving.as_mut().is_some_and(|g| g.ended.remove(doc));
            if told {
                self.store.delete(Table::Offered, key(&[&doc.0, &peer.0]));
            }
        }
        Ok(())
    }

    pub(super) fn on_took(&mut self, peer: NodeKey, took: &Took) -> Result<(), Fault> {
        let row = key(&[&self.network()?.id.0, &peer.0]);
        let Some(giving) = &mut self.session(&peer)?.giving else { return Ok(()) };
        if giving.round != took.round {
            return Ok(());
        }
        let mut mark = None;
        while giving.open.front().is_some_and(|(n, _)| *n <= took.count) {
            mark = giving.open.pop_front();
        }
        if let (Some(mark), Some(mut resume)) = (mark, self.store.value::<Resume>(Table::Resume, &row)?) {
            resume.marks.push(mark);
            let excess = resume.marks.len().saturating_sub(RESUME_MARKS);
            resume.marks.drain(..excess);
            self.store.write(Table::Resume, row, &resume);
        }
        self.pump(peer)
    }

    pub(super) fn on_want(&mut self, peer: NodeKey, items: Vec<WantItem>) -> Result<(), Fault> {
        let Some(giving) = &mut self.session(&peer)?.giving else { return Ok(()) };
        if items.len() > WANT_ITEMS || giving.wants.len() + items.len() > WANTS_OPEN {
            return Err(Bye::Rule.into());
        }
        giving.wants.extend(items.into_iter().map(|item| Serving { item, pieces: None }));
        self.serve(peer)
    }

    /// Bytes have left: there is room for more.
    pub(crate) fn peer_took(&mut self, peer: NodeKey, bytes: usize) -> Result<(), Fault> {
        let Ok(session) = self.session(&peer) else { return Ok(()) };
        session.in_flight = session.in_flight.saturating_sub(bytes);
        if session.giving.is_none() {
            return Ok(());
        }
        self.serve(peer)?;
        self.pump(peer)
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
        let starts = rows.values().map(|r| ((r.feed, r.seq), r.start_op)).collect::<std::collections::BTreeMap<_, _>>();
        let mut ordered: Vec<(u64, NodeKey, u64)> = vec![];
        let mut reached = std::collections::BTreeMap::new();
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

fn position_of(row: &[u8]) -> Result<u64, Refusal> {
    row.try_into().map(u64::from_be_bytes).map_err(|_| Refusal::Unreadable)
}
