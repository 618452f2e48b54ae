//! What peers say to each other: hello, catching up, offers, wants and gives.
//!
//! Nothing about any document is said before a peer's standing is known, and then only about what it is entitled to
//! and asks for.

mod catch_up;
mod give;
mod gossip;
mod hello;
mod reconcile;
mod serve;
mod take;

use std::collections::BTreeMap;

use crate::{
    effect::Effect,
    engine::{Engine, Fault, Pace},
    identity::{DocId, Hash, NodeKey},
    limits::OFFERED_HELD,
    membership::Membership,
    message::{Ask, Bye, Message, OfferItem},
    roster::Roster,
    signed::Signed,
    sketch::Sketch,
    standing::Standing,
    store::Store,
};

pub(crate) use give::{Giving, position_of};
#[cfg(test)]
pub(crate) use hello::tag as network_tag;
pub(crate) use reconcile::Going;
pub(crate) use take::Taking;

/// How far two nodes have come in getting to know each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Waiting for the peer's hello.
    Greeting,
    /// Waiting for its tags.
    Tagging,
    /// Waiting to hear who it is in our network.
    Meeting,
    /// It said who it is.
    Known,
}

/// A stream to a peer, and what was said on it.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) stage: Stage,
    /// Milliseconds since 1970 when the stream came up.
    pub(crate) since: u64,
    /// Our nonce.
    pub(crate) nonce: [u8; 32],
    /// Theirs.
    pub(crate) theirs: [u8; 32],
    /// Bytes handed to the network and not yet sent.
    pub(crate) in_flight: usize,
    /// The head of its charter, as far as we know: seq and hash.
    pub(crate) head: Option<(Option<u64>, Hash)>,
    /// How far below our head we have asked it for links, looking for where its chain parts from ours.
    pub(crate) back: u64,
    /// The head of its charter as it said itself.
    pub(crate) met_head: Option<(Option<u64>, Hash)>,
    /// Its gossip, as it told.
    pub(crate) gossip: Hash,
    /// Its own roster, as it said who it is; judged again once the charter has caught up.
    pub(crate) roster: Option<Signed<Roster>>,
    /// It came with a ticket of ours and proved it.
    pub(crate) ticket: bool,
    pub(crate) standing: Standing,
    /// Whether we have told it what members know of each other.
    pub(crate) gossiped: bool,
    /// Whether we have asked it for documents.
    pub(crate) asked: bool,
    /// What it asked before we knew who it is.
    pub(crate) early: Option<Ask>,
    /// How often it asks, and what it asked too soon.
    pub(crate) asks: Pace<Ask>,
    /// What it showed of what it holds, and for which of its rounds.
    pub(crate) sketch: Option<(u32, Sketch)>,
    /// Cells we asked it for that are not here yet: of which round, and from which on.
    pub(crate) cells_wanted: Option<(u32, u32)>,
    pub(crate) giving: Option<Giving>,
    pub(crate) taking: Taking,
    /// How documents stand with it, as it offered them: what stands alike here need not be offered back.
    pub(crate) theirs_of: BTreeMap<DocId, Hash>,
}

impl Session {
    /// It offered this.
    fn has(&mut self, item: &OfferItem) {
        if self.theirs_of.len() < OFFERED_HELD || self.theirs_of.contains_key(&item.doc) {
            self.theirs_of.insert(item.doc, item.hash());
        }
    }

    /// Whether it offered just this.
    fn has_just(&self, item: &OfferItem) -> bool {
        self.theirs_of.get(&item.doc).is_some_and(|theirs| *theirs == item.hash())
    }
}

impl<S: Store> Engine<S> {
    /// A message came.
    pub(crate) fn peer_says(&mut self, peer: NodeKey, bytes: &[u8]) -> Result<(), Fault> {
        let Some(session) = self.sessions.get(&peer) else { return Ok(()) };
        let stage = session.stage;
        let message = Message::from_bytes(bytes).map_err(|_| Bye::Rule)?;
        match (stage, message) {
            (Stage::Greeting, Message::Hello(hello)) => self.on_hello(peer, &hello),
            (Stage::Tagging, Message::Tags(tags)) => self.on_tags(peer, &tags),
            (Stage::Meeting, Message::Meet(meet)) => self.on_meet(peer, *meet),
            (Stage::Meeting, Message::Met) => self.on_met(peer),
            (_, Message::Bye(why)) => {
                self.heard_of(&peer);
                self.sessions.remove(&peer);
                // Who is nobody here any more need not knock again and again; a member whom a stale peer does not know yet must.
                let ended = |n: &Membership| n.own_standing(self.turn.now) == Standing::Stranger;
                if why == Bye::Stranger && self.network.as_ref().is_some_and(ended) {
                    self.turn.effects.push(Effect::Rest { peer });
                }
                if why == Bye::Ticket { Ok(self.turned_away(peer)?) } else { Ok(()) }
            }
            (Stage::Known, message) => self.known_says(peer, message),
            // What a peer sends once it is done with its own part of the hello, while we are not with ours.
            (Stage::Meeting, message) => self.too_early(peer, message),
            _ => Err(Bye::Rule.into()),
        }
    }

    fn too_early(&mut self, peer: NodeKey, message: Message) -> Result<(), Fault> {
        match message {
            Message::Sketch(part) if self.network()?.id == part.network => self.on_sketch(peer, &part),
            Message::Ask(ask) => self.on_ask(peer, ask),
            _ => Err(Bye::Rule.into()),
        }
    }

    fn known_says(&mut self, peer: NodeKey, message: Message) -> Result<(), Fault> {
        let ours = |id| self.network.as_ref().is_some_and(|n| n.id == id);
        let network = match &message {
            Message::WantCharter(id, _) | Message::Charter(id, _) => *id,
            Message::Took(took) => took.network,
            Message::Want(id, _) | Message::Ends(id, _) | Message::Ended(id, _) => *id,
            Message::Gossip(gossip) => gossip.network,
            Message::Ask(ask) => ask.network,
            Message::Offer(offer) => offer.network,
            Message::Offered(offered) => offered.network,
            Message::Give(give) => give.network,
            Message::Sketch(part) => part.network,
            Message::WantSketch(id, ..) => *id,
            Message::Hello(_) | Message::Tags(_) | Message::Meet(_) | Message::Met | Message::Bye(_) => {
                return Err(Bye::Rule.into());
            }
        };
        if !ours(network) {
            return Err(Bye::Rule.into());
        }
        match message {
            Message::WantCharter(_, from) => self.on_want_charter(peer, from),
            _ if self.is_blocked(&peer) => Ok(()),
            Message::Charter(_, certificates) => self.on_charter(peer, certificates),
            Message::Gossip(gossip) => self.on_gossip(peer, *gossip),
            Message::Ask(ask) => self.on_ask(peer, ask),
            Message::Offer(offer) => self.on_offer(peer, offer),
            Message::Offered(offered) => self.on_offered(peer, &offered),
            Message::Took(took) => self.on_took(peer, &took),
            Message::Want(_, items) => self.on_want(peer, items),
            Message::Give(give) => self.on_give(peer, *give),
            Message::Ends(_, ends) => self.on_ends(peer, ends),
            Message::Ended(_, docs) => self.on_ended(peer, &docs),
            Message::Sketch(part) => self.on_sketch(peer, &part),
            Message::WantSketch(_, round, from) => self.on_want_sketch(peer, round, from),
            Message::Hello(_) | Message::Tags(_) | Message::Meet(_) | Message::Met | Message::Bye(_) => Ok(()),
        }
    }

    pub(crate) fn session(&mut self, peer: &NodeKey) -> Result<&mut Session, Fault> {
        self.sessions.get_mut(peer).ok_or(Fault::Theirs(Bye::Silence))
    }
}
