//! Giving: what a peer is entitled to and asks for, in the order it changed here.
//!
//! Positions in that order count everything this node does, so they never leave it. The peer is told how many offers it
//! was made; the mapping from that number to a position is ours.

use std::collections::{BTreeSet, VecDeque};

use super::{reconcile::Survey, serve::Serving};
use crate::{
    audience::passes,
    document::Withdrawn,
    engine::{Engine, Fault},
    held::Held,
    identity::{DocId, Hash, NetworkId, NodeKey},
    limits::{GIVE_BYTES, IN_FLIGHT_BYTES, OFFER_ITEMS, OFFERS_OPEN, RESUME_MARKS, SUBSCRIPTION_RULES},
    message::{Ask, Bye, Message, Offer, OfferItem, Offered, Token, Took},
    refusal::Refusal,
    rows::{Resume, Rows, key},
    signed::{Signed, Verified},
    standing::Standing,
    store::{Read, Store, Table},
    subscription::{Rule, fingerprint, wanted},
};

/// What we are giving a peer.
#[derive(Debug)]
pub(crate) struct Giving {
    pub(super) rules: Vec<Rule>,
    pub(super) round: u32,
    token: Token,
    /// The position to look from.
    pub(super) next: u64,
    /// Offers not yet taken: their count, and the position after them where one can go on from there.
    open: VecDeque<(u64, Option<u64>)>,
    /// The last place to go on from that was kept in this session.
    mark: Option<(u64, u64)>,
    /// Whether the peer knows that nothing more is to come for now.
    told: bool,
    pub(super) wants: VecDeque<Serving>,
    /// Positions to offer before those from there on: what differs, of what both have.
    pub(super) first: VecDeque<u64>,
    /// What the asker may have, while its sketch is compared with it.
    pub(super) survey: Option<Survey>,
    /// Cells of it that were heard in this round.
    pub(super) heard: usize,
    /// Ends told in this session and not yet confirmed: told once, however often the document changes meanwhile.
    ended: BTreeSet<DocId>,
}

/// What the next positions come to for one peer.
#[derive(Debug, Default)]
struct Collected {
    items: Vec<OfferItem>,
    size: usize,
    /// How many the peer has as they are here, since it offered them itself.
    passed: u64,
    /// The position after them.
    next: u64,
    ends: Vec<(DocId, Signed<Withdrawn>)>,
}

impl Collected {
    fn is_full(&self) -> bool {
        self.items.len() >= OFFER_ITEMS || self.size >= GIVE_BYTES || self.ends.len() >= OFFER_ITEMS
    }
}

impl Giving {
    /// What the peer asked, as if it asked again: it may hold something already.
    pub(crate) fn into_ask(self, network: NetworkId) -> Ask {
        Ask { network, rules: self.rules, resume: Some(self.token), round: self.round }
    }
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
        self.hear_ask(peer, ask)?.map_or(Ok(()), |ask| self.answer_ask(peer, ask))
    }

    /// Begins to give what it asks for, or to find out what it lacks.
    pub(crate) fn answer_ask(&mut self, peer: NodeKey, ask: Ask) -> Result<(), Fault> {
        // What it may have depends on what it is, so a mark of another standing does not count.
        let standing = self.session(&peer)?.standing.word();
        let rules = Hash::derive("commonweal 1 resume", &[&fingerprint(&ask.rules).0, standing.as_bytes()]);
        let row = key(&[&ask.network.0, &peer.0]);
        let held: Option<Resume> = self.store.value(Table::Resume, &row)?;
        let resumed = held.zip(ask.resume).filter(|(h, token)| h.epoch == token.epoch && h.rules == rules);
        let resumed = resumed.and_then(|(mut resume, token)| {
            resume.marks.retain(|(count, _)| *count <= token.count);
            let (_, next) = *resume.marks.last()?;
            Some((resume, token, next))
        });
        let (token, next) = match resumed {
            Some((resume, token, next)) => {
                self.store.write(Table::Resume, row, &resume);
                (token, Some(next))
            }
            None => {
                let chance = self.draw();
                let epoch = std::array::from_fn(|i| chance[i]);
                self.store.write(Table::Resume, row, &Resume { epoch, rules, marks: vec![] });
                (Token { epoch, count: 0 }, None)
            }
        };
        let (round, session) = (ask.round, self.session(&peer)?);
        // Who has no place to go on from may hold much already; one that shows nothing holds nothing.
        let shown = session.sketch.as_ref().is_some_and(|(of, _)| *of == round);
        let compare = next.is_none() && (shown || ask.resume.is_some());
        session.giving = Some(Giving {
            rules: ask.rules,
            round,
            token,
            next: next.unwrap_or(0),
            first: VecDeque::new(),
            survey: None,
            heard: 0,
            open: VecDeque::new(),
            mark: None,
            told: false,
            wants: VecDeque::new(),
            ended: BTreeSet::new(),
        });
        if compare { self.survey_to_give(peer, round) } else { self.pump(peer) }
    }

    /// Offers what is new to every peer that asked.
    pub(crate) fn pump_all(&mut self) -> Result<(), Fault> {
        let peers: Vec<NodeKey> =
            self.sessions.iter().filter(|(_, s)| s.giving.is_some()).map(|(peer, _)| *peer).collect();
        peers.into_iter().try_for_each(|peer| self.pump(peer))
    }

    /// Offers on, as far as the peer has taken what was offered before.
    pub(super) fn pump(&mut self, peer: NodeKey) -> Result<(), Fault> {
        loop {
            let network = self.network()?.id;
            let session = self.session(&peer)?;
            let flight = session.in_flight;
            let Some(giving) = &session.giving else { return Ok(()) };
            if giving.survey.is_some() || giving.open.len() >= OFFERS_OPEN || flight >= IN_FLIGHT_BYTES {
                return Ok(());
            }
            let Collected { items, passed, next, ends, .. } = self.collect(peer)?;
            let more_ends = ends.len() >= OFFER_ITEMS;
            self.tell_ends(peer, network, ends)?;
            let Some(giving) = &mut self.session(&peer)?.giving else { return Ok(()) };
            giving.next = next;
            // They are counted like what is offered: a machine that was set back comes with a lower count, and is told again
            // what it once wrote itself.
            giving.token.count += passed;
            giving.told &= passed == 0;
            if items.is_empty() && more_ends {
                continue;
            }
            if items.is_empty() {
                // What it gave us itself is not offered, and need not be looked at again.
                self.mark_here(peer)?;
                let Some(giving) = &mut self.session(&peer)?.giving else { return Ok(()) };
                if !std::mem::replace(&mut giving.told, true) {
                    let (token, round) = (giving.token, giving.round);
                    self.send(peer, &Message::Offered(Offered { network, token, round }));
                }
                return Ok(());
            }
            giving.told = false;
            giving.token.count += items.len() as u64;
            // Until all that differs was offered there is no place to go on from.
            giving.open.push_back((giving.token.count, giving.first.is_empty().then_some(next)));
            let (token, round) = (giving.token, giving.round);
            self.send(peer, &Message::Offer(Offer { network, items, token, round }));
        }
    }

    /// Documents the peer had and no longer may have.
    pub(super) fn tell_ends(
        &mut self,
        peer: NodeKey,
        network: NetworkId,
        ends: Vec<(DocId, Signed<Withdrawn>)>,
    ) -> Result<(), Fault> {
        let (docs, ends): (Vec<DocId>, Vec<_>) = ends.into_iter().unzip();
        for part in ends.chunks(OFFER_ITEMS) {
            self.send(peer, &Message::Ends(network, part.to_vec()));
        }
        if let Some(giving) = &mut self.session(&peer)?.giving {
            giving.ended.extend(docs);
        }
        Ok(())
    }

    /// The next documents the peer may have and wants; and those it had and no longer may.
    fn collect(&mut self, peer: NodeKey) -> Result<Collected, Fault> {
        let Some(giving) = &mut self.session(&peer)?.giving else { return Ok(Collected::default()) };
        let mut got = Collected { next: giving.next, ..Collected::default() };
        let mut first = std::mem::take(&mut giving.first);
        while !got.is_full()
            && let Some(position) = first.pop_front()
        {
            // What has changed since stands further on.
            if let Some(doc) = self.store.get(Table::Position, &position.to_be_bytes())? {
                self.consider(peer, doc, &mut got)?;
            }
        }
        if let Some(giving) = &mut self.session(&peer)?.giving {
            giving.first = first;
        }
        while !got.is_full() {
            let rows = self.store.scan(Table::Position, &[], &got.next.to_be_bytes(), OFFER_ITEMS)?;
            if rows.is_empty() {
                break;
            }
            for (row, doc) in rows {
                if got.is_full() {
                    break;
                }
                got.next = position_of(&row)? + 1;
                self.consider(peer, doc, &mut got)?;
            }
        }
        Ok(got)
    }

    fn consider(&mut self, peer: NodeKey, doc: Vec<u8>, got: &mut Collected) -> Result<(), Fault> {
        let doc = DocId(doc.try_into().map_err(|_| Refusal::Unreadable)?);
        let held: Held = self.store.value(Table::Document, &doc.0)?.ok_or(Refusal::Unreadable)?;
        if self.gives(peer, &doc, &held, &mut got.ends)? {
            let item = self.offer_item(doc, &held);
            // While all of it waits for a trial there is nothing to give; after it the document stands further on.
            let untried = item.feeds.is_empty() && self.waits_for_trial(&doc);
            if untried {
                return Ok(());
            }
            if self.session(&peer)?.has_just(&item) {
                got.passed += 1;
                return Ok(());
            }
            got.size += item.size();
            got.items.push(item);
        }
        Ok(())
    }

    /// Whether the peer may have a document and asks for it. One that it had and no longer may have joins those ends.
    pub(super) fn gives(
        &mut self,
        peer: NodeKey,
        doc: &DocId,
        held: &Held,
        ends: &mut Vec<(DocId, Signed<Withdrawn>)>,
    ) -> Result<bool, Fault> {
        let offered = key(&[&doc.0, &peer.0]);
        let before = self.store.get(Table::Offered, &offered)?.is_some();
        let session = self.session(&peer)?;
        let standing = session.standing;
        let Some(giving) = &session.giving else { return Ok(false) };
        let (asked, told) = (wanted(&giving.rules, &held.terms, standing.who()), giving.ended.contains(doc));
        if !self.may_pass(doc, held, &standing)? {
            if before
                && !told
                && let Some(end) = self.withdrawal(doc, held)?
            {
                ends.push((*doc, end));
            }
            return Ok(false);
        }
        // A deletion is told also to who had the document and no longer asks for it.
        let gives = asked || (before && held.terms.deleted);
        if gives && !before {
            self.store.put(Table::Offered, offered, vec![]);
        }
        Ok(gives)
    }

    /// Once all that was offered is taken, all ends are kept in mind, and nothing is left to offer of what differed, one can
    /// go on from here.
    pub(super) fn mark_here(&mut self, peer: NodeKey) -> Result<(), Fault> {
        let Some(giving) = &self.session(&peer)?.giving else { return Ok(()) };
        let all = giving.first.is_empty() && giving.open.is_empty();
        let mark = (giving.token.count, giving.next);
        if all { self.mark(peer, mark) } else { Ok(()) }
    }

    fn mark(&mut self, peer: NodeKey, (count, position): (u64, u64)) -> Result<(), Fault> {
        let Some(giving) = &mut self.session(&peer)?.giving else { return Ok(()) };
        // An end that may be lost on the way is told again, and so lies beyond every mark.
        if !giving.ended.is_empty() || giving.mark.replace((count, position)) == Some((count, position)) {
            return Ok(());
        }
        let row = key(&[&self.network()?.id.0, &peer.0]);
        let Some(mut resume) = self.store.value::<Resume>(Table::Resume, &row)? else { return Ok(()) };
        resume.marks.pop_if(|(before, _)| *before == count);
        resume.marks.push((count, position));
        let excess = resume.marks.len().saturating_sub(RESUME_MARKS);
        resume.marks.drain(..excess);
        self.store.write(Table::Resume, row, &resume);
        Ok(())
    }

    /// Whether this node gives the document to a peer of this standing.
    pub(super) fn may_pass(&self, doc: &DocId, held: &Held, standing: &Standing) -> Result<bool, Refusal> {
        let network = self.network()?;
        let ours = held.terms.network == network.id;
        let passes = ours && passes(doc, &held.terms, &network.me, standing);
        Ok(passes && (held.terms.owner == network.me || !self.is_withdrawn(doc, held)?))
    }

    /// Whether its owner told us that we may have no more of it, and has not said otherwise since.
    pub(super) fn is_withdrawn(&self, doc: &DocId, held: &Held) -> Result<bool, Refusal> {
        let end: Option<Signed<Withdrawn>> = self.store.value(Table::Withdrawn, &doc.0)?;
        let end = end.map(|end| end.recall().map_err(|_| Refusal::Unreadable)).transpose()?;
        Ok(end.is_some_and(|end| end.is_above(&held.terms)))
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
        self.mark_here(peer)
    }

    pub(super) fn on_took(&mut self, peer: NodeKey, took: &Took) -> Result<(), Fault> {
        let Some(giving) = &mut self.session(&peer)?.giving else { return Ok(()) };
        if giving.round != took.round {
            return Ok(());
        }
        let mut mark = None;
        while giving.open.front().is_some_and(|(n, _)| *n <= took.count) {
            mark = giving.open.pop_front();
        }
        if let Some((count, Some(position))) = mark {
            self.mark(peer, (count, position))?;
        }
        // What was passed over since then need not be looked at again either.
        self.mark_here(peer)?;
        self.pump(peer)
    }
}

/// The place in the order of changes that a row of it stands for.
pub(crate) fn position_of(row: &[u8]) -> Result<u64, Refusal> {
    row.try_into().map(u64::from_be_bytes).map_err(|_| Refusal::Unreadable)
}
