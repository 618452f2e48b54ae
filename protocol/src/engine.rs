//! The engine: what happened goes in, what must be done comes out.
//!
//! The caller hands over inputs one by one, then commits once, and only then carries out the effects. What a failed
//! commit would have kept is gone, and so are its effects: nobody is told of what is not durable.
//!
//! | part | what it decides |
//! |---|---|
//! | `intake` | which headers and envelopes are taken in |
//! | `settle` | what counts of a document, and what a reader sees of it |
//! | `records` | what people write, share and delete |
//! | `import` | what comes from files, and which record it is |
//! | `govern` | founding, inviting, joining, proposing, voting |
//! | `answers` | what people ask to see |
//! | [`crate::sync`] | what peers say |

mod answers;
mod govern;
mod import;
mod intake;
mod keeps;
mod records;
mod settle;

pub use answers::fold;
pub(crate) use govern::ticket_id;
pub(crate) use intake::Taken;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    effect::Effect,
    identity::{DocId, Hash, Keys, NetworkId, NodeKey},
    input::{Input, Random, Request},
    membership::Membership,
    message::{Bye, Message},
    overlay::Overlay,
    refusal::Refusal,
    rows::{Name, Rows, setting},
    store::{Read, Store, StoreError, Table},
    sync::Session,
    view::Answer,
};

/// All a node knows and decides.
#[derive(Debug)]
pub struct Engine<S> {
    pub(crate) store: Overlay<S>,
    pub(crate) keys: Keys,
    pub(crate) name: Option<Name>,
    pub(crate) network: Option<Membership>,
    pub(crate) sessions: BTreeMap<NodeKey, Session>,
    pub(crate) listening: Vec<String>,
    /// The last place given in the order of changes.
    pub(crate) position: u64,
    pub(crate) turn: Turn,
    started: bool,
}

/// One input being handled.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    pub(crate) now: u64,
    random: Random,
    drawn: u64,
    pub(crate) effects: Vec<Effect>,
    /// Documents that changed.
    pub(crate) changed: BTreeSet<DocId>,
    /// Charter, rosters or grants changed: every standing is to be asked anew.
    pub(crate) regroup: bool,
}

/// Why a peer's message, or a person's request, came to nothing.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Our side: the store, or a rule of ours.
    Ours(Refusal),
    /// The peer's side.
    Theirs(Bye),
}

impl<E: Into<Refusal>> From<E> for Fault {
    fn from(error: E) -> Fault {
        Fault::Ours(error.into())
    }
}

impl From<Bye> for Fault {
    fn from(bye: Bye) -> Fault {
        Fault::Theirs(bye)
    }
}

impl<S: Store> Engine<S> {
    /// Takes up where the store left off.
    pub fn open(store: S, keys: Keys) -> Result<Engine<S>, Refusal> {
        let mut engine = Engine {
            store: Overlay::new(store),
            keys,
            name: None,
            network: None,
            sessions: BTreeMap::new(),
            listening: vec![],
            position: 0,
            turn: Turn::default(),
            started: false,
        };
        engine.load()?;
        Ok(engine)
    }

    /// Decides what an input means. `now` is in milliseconds since 1970.
    pub fn handle(&mut self, now: u64, random: Random, input: Input) -> Vec<Effect> {
        self.turn = Turn { now, random, ..Turn::default() };
        let position = self.position;
        let result = self.dispatch(input).and_then(|()| self.follow_up());
        match result {
            Ok(()) => self.store.keep(),
            Err((peer, fault)) => self.fail(position, peer, fault),
        }
        std::mem::take(&mut self.turn.effects)
    }

    /// Makes everything since the last commit durable, in one batch.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        self.store.commit()
    }

    /// Forgets everything since the last commit, and every peer with it: the caller closes their streams.
    pub fn abandon(&mut self) -> Result<(), Refusal> {
        self.store.abandon();
        self.sessions.clear();
        self.load()
    }

    /// Gives the store back, to close it.
    pub fn into_store(self) -> S {
        self.store.into_store()
    }

    /// The store, as last committed.
    pub fn store(&self) -> &S {
        self.store.store()
    }

    /// Computes everything derived anew, after the store was rebuilt from its journal. Peers' resume tokens are gone
    /// with it, so that they are offered everything again.
    pub fn rebuild(&mut self) -> Result<(), Refusal> {
        let headers = self.store.scan(Table::Header, &[], &[], usize::MAX >> 1)?;
        let docs: BTreeSet<DocId> =
            headers.iter().filter_map(|(key, _)| key[..32].try_into().ok().map(DocId)).collect();
        self.derive(docs)
    }

    /// Works out anew what follows from truths that reached the store without it, after a stop in between.
    pub fn look_again(&mut self, rows: &[(Table, Vec<u8>)]) -> Result<(), Refusal> {
        let of_doc = |t: &Table| matches!(t, Table::Header | Table::Envelope | Table::Payload | Table::Proof);
        if rows.iter().any(|(table, _)| matches!(table, Table::Charter | Table::Roster | Table::Retired)) {
            return self.rebuild();
        }
        let docs = rows.iter().filter(|(table, _)| of_doc(table));
        let docs: BTreeSet<DocId> = docs.filter_map(|(_, key)| key.get(..32)?.try_into().ok().map(DocId)).collect();
        self.derive(docs)
    }

    fn derive(&mut self, docs: BTreeSet<DocId>) -> Result<(), Refusal> {
        for doc in docs {
            self.recover(&doc)?;
            self.settle(&doc)?;
            self.store.keep();
        }
        self.turn.changed.clear();
        self.commit()?;
        Ok(())
    }

    fn load(&mut self) -> Result<(), Refusal> {
        self.name = self.store.value(Table::Setting, setting::NAME)?;
        let network = self.store.value::<NetworkId>(Table::Setting, setting::NETWORK)?;
        self.network = network.map(|id| Membership::load(&self.store, id, &self.keys)).transpose()?;
        self.position = self.last_position()?;
        Ok(())
    }

    fn last_position(&self) -> Result<u64, Refusal> {
        let saved = self.store.value::<u64>(Table::Resume, b"position")?;
        Ok(saved.unwrap_or(0))
    }

    fn dispatch(&mut self, input: Input) -> Result<(), (Option<NodeKey>, Fault)> {
        match input {
            Input::Tick => self.tick().map_err(|fault| (None, fault)),
            Input::Ask { id, request } => {
                let (position, result) = (self.position, self.answer(request));
                if result.is_err() {
                    self.undo(position);
                }
                self.turn.effects.push(Effect::Answer { id, result: Box::new(result) });
                Ok(())
            }
            Input::PeerUp { peer, .. } => self.peer_up(peer).map_err(|fault| (Some(peer), fault)),
            Input::PeerMessage { peer, bytes } => self.peer_says(peer, &bytes).map_err(|fault| (Some(peer), fault)),
            Input::PeerSent { peer, bytes } => self.peer_took(peer, bytes).map_err(|fault| (Some(peer), fault)),
            Input::PeerDown { peer } => {
                self.sessions.remove(&peer);
                Ok(())
            }
            Input::Listening { addresses } => self.listen(addresses).map_err(|fault| (None, fault)),
        }
    }

    /// What follows from a change, whoever made it: standings, then offers to those who may have it.
    fn follow_up(&mut self) -> Result<(), (Option<NodeKey>, Fault)> {
        if std::mem::take(&mut self.turn.regroup) {
            self.regroup().map_err(|fault| (None, fault))?;
        }
        let changed = std::mem::take(&mut self.turn.changed);
        if !changed.is_empty() {
            self.turn.effects.extend(changed.into_iter().map(|doc| Effect::Changed { doc }));
            self.pump_all().map_err(|fault| (None, fault))?;
        }
        Ok(())
    }

    fn fail(&mut self, position: u64, peer: Option<NodeKey>, fault: Fault) {
        self.undo(position);
        let Some(peer) = peer else { return };
        let bye = match fault {
            Fault::Theirs(bye) => bye,
            Fault::Ours(_) => Bye::Disk,
        };
        self.dismiss(peer, bye);
    }

    /// Takes back all that the input at hand did.
    pub(crate) fn undo(&mut self, position: u64) {
        self.store.undo();
        self.position = position;
        self.turn.effects.clear();
        self.turn.changed.clear();
        self.turn.regroup = false;
        // Membership may have moved with what was undone. The rows are those we wrote, so they read back; if the disk
        // itself fails now, the commit will say so.
        let (name, network) = (self.name.take(), self.network.take());
        if self.load().is_err() {
            (self.name, self.network) = (name, network);
        }
        self.position = position;
    }

    fn tick(&mut self) -> Result<(), Fault> {
        if !std::mem::replace(&mut self.started, true) {
            self.reach_all();
        }
        self.time_out();
        Ok(())
    }

    fn answer(&mut self, request: Request) -> Result<Answer, Refusal> {
        let done = || Answer::Done { done: true };
        match request {
            Request::Name { name, place } => self.set_name(name, place).map(|()| done()),
            Request::Found { name, purpose, rules } => self.found(&name, &purpose, &rules),
            Request::Invite { partner, days } => self.invite(partner, days),
            Request::Join { ticket } => self.join(&ticket).map(|()| done()),
            Request::Network => self.show_network(),
            Request::Propose { change, why } => self.propose(change, &why),
            Request::Vote { proposal, approve } => self.vote(&proposal, approve),
            Request::EndPartner { partner } => self.end_partner(&partner).map(|()| done()),
            Request::Create { kind, value, audience, editors } => {
                self.create(&kind, &value, &audience, &editors).map(|id| Answer::Id { id })
            }
            Request::Edit { doc, heads, edit } => self.edit(&doc, heads, &edit).map(|id| Answer::Id { id }),
            Request::Show { doc, history } => self.show(&doc, history),
            Request::List { kind, owner, words, public, after, limit } => {
                self.list(kind.as_deref(), owner.as_deref(), words.as_deref(), public, after, limit)
            }
            Request::Import { records, audience, dry_run } => self.import(&records, &audience, dry_run),
            Request::Share { doc, audience } => self.share(&doc, &audience).map(|id| Answer::Id { id }),
            Request::LetEdit { doc, editors } => self.let_edit(&doc, &editors).map(|id| Answer::Id { id }),
            Request::Delete { doc } => self.delete(&doc).map(|()| done()),
            Request::Subscribe { add, remove } => self.subscribe(add, &remove),
            Request::Subscriptions => self.subscriptions().map(|subscriptions| Answer::Subscriptions { subscriptions }),
            Request::Peers => self.peers().map(|peers| Answer::Peers { peers }),
            Request::Status => self.status(),
        }
    }

    /// Chance of this input, a fresh piece for each purpose.
    pub(crate) fn draw(&mut self) -> [u8; 32] {
        self.turn.drawn += 1;
        Hash::derive("commonweal 1 chance", &[&self.turn.random, &self.turn.drawn.to_be_bytes()]).0
    }

    /// Sends a message and counts its bytes as on their way.
    pub(crate) fn send(&mut self, peer: NodeKey, message: &Message) {
        let bytes = message.to_bytes();
        if let Some(session) = self.sessions.get_mut(&peer) {
            session.in_flight += bytes.len();
            self.turn.effects.push(Effect::Send { peer, bytes });
        }
    }

    /// Says why and closes.
    pub(crate) fn dismiss(&mut self, peer: NodeKey, why: Bye) {
        if self.sessions.contains_key(&peer) {
            self.send(peer, &Message::Bye(why));
            self.sessions.remove(&peer);
        }
        self.turn.effects.push(Effect::Close { peer, why });
    }

    pub(crate) fn network(&self) -> Result<&Membership, Refusal> {
        self.network.as_ref().ok_or(Refusal::NoNetwork)
    }

    pub(crate) fn network_mut(&mut self) -> Result<&mut Membership, Refusal> {
        self.network.as_mut().ok_or(Refusal::NoNetwork)
    }
}
