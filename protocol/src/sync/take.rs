//! Taking: what a peer offers, as far as it is missing here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::reconcile::Survey;
use crate::{
    document::Withdrawn,
    engine::{Engine, Fault, Taken},
    held::Held,
    identity::{DocId, NodeKey},
    limits::{FEEDS, GIVE_BYTES, OFFER_ITEMS, OFFERS_OPEN, SHORT},
    message::{Bye, FeedHead, FeedRange, Give, Message, Offer, OfferItem, Offered, Token, Took, WantItem},
    refusal::Refusal,
    rows::{Rows, key},
    signed::Signed,
    store::{Read, Store, Table},
};

/// What a peer is giving us.
#[derive(Debug, Default)]
pub(crate) struct Taking {
    offers: VecDeque<OpenOffer>,
    /// Our asks in this session.
    pub(crate) round: u32,
    /// Whether the ask of this round has left.
    pub(super) asked: bool,
    /// The peer said that nothing more is to come for now.
    ended: bool,
    /// When we asked last, milliseconds since 1970.
    pub(crate) asked_at: u64,
    /// Documents that did not come whole although the peer gave all it has.
    pub(crate) short: BTreeSet<DocId>,
    /// There were more of them than [`SHORT`].
    shorter: bool,
    /// What is here of what we ask for, where the giver has no place to go on from.
    pub(super) survey: Option<Survey>,
    /// How many cells of it were shown.
    pub(super) shown: usize,
}

#[derive(Debug)]
struct OpenOffer {
    token: Token,
    pending: BTreeMap<DocId, Asked>,
}

/// What was offered of a document, and whether we asked for its feeds from their beginning.
#[derive(Debug)]
struct Asked {
    item: OfferItem,
    again: bool,
    /// What came did not follow what is here.
    gap: bool,
}

impl Taking {
    /// A new round: what was offered before no longer matters.
    pub(crate) fn next(before: &Taking) -> Taking {
        Taking { round: before.round + 1, ..Taking::default() }
    }

    /// Whether something did not come whole although the peer gave all it has.
    pub(crate) fn is_short(&self) -> bool {
        self.shorter || !self.short.is_empty()
    }

    /// Whether all that was offered is here.
    pub(crate) fn complete(&self) -> bool {
        self.ended && self.offers.is_empty()
    }

    /// Documents offered and not yet here.
    pub(crate) fn pending(&self) -> usize {
        self.offers.iter().map(|o| o.pending.len()).sum()
    }
}

impl<S: Store> Engine<S> {
    pub(super) fn on_offer(&mut self, peer: NodeKey, offer: Offer) -> Result<(), Fault> {
        let session = self.session(&peer)?;
        if !session.asked || offer.round != session.taking.round {
            return Ok(());
        }
        if offer.items.len() > OFFER_ITEMS || session.taking.offers.len() > OFFERS_OPEN {
            return Err(Bye::Rule.into());
        }
        session.taking.ended = false;
        let (mut wants, mut pending) = (vec![], BTreeMap::new());
        for item in offer.items {
            if item.feeds.len() > FEEDS {
                return Err(Bye::Rule.into());
            }
            self.session(&peer)?.has(&item);
            let Some(want) = self.lacking(&item)? else {
                self.session(&peer)?.taking.short.remove(&item.doc);
                continue;
            };
            wants.push(want);
            pending.insert(item.doc, Asked { item, again: false, gap: false });
        }
        self.session(&peer)?.taking.offers.push_back(OpenOffer { token: offer.token, pending });
        for part in by_size(wants) {
            self.send(peer, &Message::Want(offer.network, part));
        }
        self.finish_offers(peer)
    }

    /// What of an offered document is missing here.
    fn lacking(&mut self, item: &OfferItem) -> Result<Option<WantItem>, Refusal> {
        let doc = item.doc;
        let held: Option<Held> = self.store.value(Table::Document, &doc.0)?;
        let mut headers = held.is_none();
        for hash in &item.headers {
            headers |= self.store.get(Table::Header, &key(&[&doc.0, &hash.0]))?.is_none();
        }
        let mut feeds = vec![];
        for head in &item.feeds {
            feeds.extend(self.lacking_of(&doc, held.as_ref(), head)?);
        }
        let news = |(feed, at): &&(NodeKey, u64)| {
            let here = held.as_ref().and_then(|h| h.feed(feed));
            here.is_some_and(|f| f.len >= *at && f.fork.is_none_or(|known| known > *at))
        };
        let forks: Vec<NodeKey> = item.forks.iter().filter(news).map(|(feed, _)| *feed).collect();
        if held.is_some_and(|h| h.terms.deleted) {
            feeds.clear();
        }
        let nothing = !headers && feeds.is_empty() && forks.is_empty();
        Ok((!nothing).then_some(WantItem { doc, headers, feeds, forks }))
    }

    fn lacking_of(&self, doc: &DocId, held: Option<&Held>, head: &FeedHead) -> Result<Option<FeedRange>, Refusal> {
        let range = |from| Some(FeedRange { feed: head.feed, from, to: head.seq });
        let Some(feed) = held.and_then(|h| h.feed(&head.feed)) else { return Ok(range(1)) };
        if feed.frozen {
            return Ok(None);
        }
        if head.seq > feed.len {
            return Ok(range(feed.len + 1));
        }
        // The same place with another hash: somewhere before, the feed forked.
        let same = self.head_at(doc, &head.feed, head.seq)?.hash() == head.hash;
        let known = feed.fork.is_some_and(|fork| fork <= head.seq);
        Ok(if same || known { None } else { range(1) })
    }

    pub(super) fn on_give(&mut self, peer: NodeKey, give: Give) -> Result<(), Fault> {
        let doc = give.doc;
        let offers = &self.session(&peer)?.taking.offers;
        if !offers.iter().any(|o| o.pending.contains_key(&doc)) {
            return Ok(());
        }
        let mut new = false;
        for header in give.headers {
            new |= self.take_header(&doc, header)?;
        }
        if new {
            self.settle_again(&doc)?;
        }
        let mut gap = false;
        let mut fresh = false;
        for envelope in give.envelopes {
            match self.take_envelope(&doc, envelope)? {
                Taken::New | Taken::Fork => fresh = true,
                Taken::Gap => gap = true,
                Taken::Frozen => fresh = true,
                Taken::Here | Taken::Full => {}
            }
        }
        for proof in &give.forks {
            self.take_fork(&doc, proof)?;
            fresh = true;
        }
        if fresh {
            let pending = self.session(&peer)?.taking.pending();
            match self.goes_aside(pending) {
                true => self.settle_aside(&doc)?,
                false => self.settle(&doc)?,
            }
        }
        let offers = &mut self.session(&peer)?.taking.offers;
        if let Some(asked) = offers.iter_mut().find_map(|o| o.pending.get_mut(&doc)) {
            asked.gap |= gap;
        }
        if give.last {
            self.given(peer, doc)?;
        }
        Ok(())
    }

    /// The peer gave all it would of a document.
    fn given(&mut self, peer: NodeKey, doc: DocId) -> Result<(), Fault> {
        let network = self.network()?.id;
        let offers = &mut self.session(&peer)?.taking.offers;
        let mut asked = offers.iter_mut().filter_map(|o| o.pending.get_mut(&doc));
        let Some(asked) = asked.next() else { return Ok(()) };
        if asked.gap && !asked.again {
            // What we hold of a feed is not what the peer's goes on from: ask for all of it, once.
            asked.again = true;
            let feeds = asked.item.feeds.iter().map(|h| FeedRange { feed: h.feed, from: 1, to: h.seq }).collect();
            let forks = asked.item.forks.iter().map(|(feed, _)| *feed).collect();
            let want = WantItem { doc, headers: true, feeds, forks };
            self.send(peer, &Message::Want(network, vec![want]));
            return Ok(());
        }
        let item = asked.item.clone();
        let short = self.lacking(&item)?.is_some();
        let taking = &mut self.session(&peer)?.taking;
        // Wants are served in order, so this answers the earliest offer that waits for the document.
        if let Some(offer) = taking.offers.iter_mut().find(|o| o.pending.contains_key(&doc)) {
            offer.pending.remove(&doc);
        }
        if !short {
            taking.short.remove(&doc);
        } else if taking.short.len() < SHORT {
            taking.short.insert(doc);
        } else {
            taking.shorter = true;
        }
        self.finish_offers(peer)
    }

    /// Thanks for offers of which everything is here. The thanks leave only after it is safe on disk.
    fn finish_offers(&mut self, peer: NodeKey) -> Result<(), Fault> {
        let network = self.network()?.id;
        loop {
            let taking = &mut self.session(&peer)?.taking;
            if !taking.offers.front().is_some_and(|o| o.pending.is_empty()) {
                return Ok(());
            }
            let Some(offer) = taking.offers.pop_front() else { return Ok(()) };
            let (whole, round) = (!taking.is_short(), taking.round);
            if whole {
                self.store.write(Table::Token, key(&[&network.0, &peer.0]), &offer.token);
            }
            let count = offer.token.count;
            self.send(peer, &Message::Took(Took { network, round, count }));
        }
    }

    pub(super) fn on_offered(&mut self, peer: NodeKey, offered: &Offered) -> Result<(), Fault> {
        let row = key(&[&self.network()?.id.0, &peer.0]);
        let token = offered.token;
        let taking = &mut self.session(&peer)?.taking;
        if taking.round != offered.round {
            return Ok(());
        }
        taking.ended = true;
        taking.survey = None;
        if taking.complete() && !taking.is_short() && self.store.value::<Token>(Table::Token, &row)? != Some(token) {
            self.store.write(Table::Token, row, &token);
        }
        Ok(())
    }

    /// Documents we may no longer have: we keep what we have, and stop offering it.
    pub(super) fn on_ends(&mut self, peer: NodeKey, ends: Vec<Signed<Withdrawn>>) -> Result<(), Fault> {
        if ends.len() > OFFER_ITEMS {
            return Err(Bye::Rule.into());
        }
        let mut kept = vec![];
        for end in ends {
            let end = end.verify().map_err(|_| Bye::Rule)?;
            kept.push(end.doc);
            let Some(mut held) = self.store.value::<Held>(Table::Document, &end.doc.0)? else { continue };
            let owner = self.network()?.ever_member_of(&end.by) == Some(held.terms.owner);
            let known = self.is_withdrawn(&end.doc, &held)?;
            if end.v == 1 && owner && !known && end.is_above(&held.terms) && end.network == held.terms.network {
                self.store.write(Table::Withdrawn, end.doc.0.to_vec(), end.signed());
                self.reposition(&end.doc, &mut held)?;
                self.store.write(Table::Document, end.doc.0.to_vec(), &held);
                self.turn.changed.insert(end.doc);
            }
        }
        let network = self.network()?.id;
        self.send(peer, &Message::Ended(network, kept));
        Ok(())
    }
}

/// Splits wants into messages of bounded size.
fn by_size(wants: Vec<WantItem>) -> Vec<Vec<WantItem>> {
    let (mut parts, mut size) = (vec![], usize::MAX);
    for want in wants {
        let bytes = 48 + 56 * want.feeds.len() + 34 * want.forks.len();
        if size.saturating_add(bytes) > GIVE_BYTES {
            (parts, size) = (
                {
                    parts.push(vec![]);
                    parts
                },
                0,
            );
        }
        size += bytes;
        if let Some(part) = parts.last_mut() {
            part.push(want);
        }
    }
    parts
}
