//! The engine: what happened goes in, what must be done comes out.
//!
//! The caller hands over inputs one by one, then commits once, and only then carries out the effects. What a failed
//! commit would have kept is gone, and so are its effects: nobody is told of what is not durable.
//!
//! | part | what it decides |
//! |---|---|
//! | `intake` | which headers and envelopes are taken in |
//! | `start` | what a node knows when it starts, and what it works out anew |
//! | `trials` | what is tried aside, while a peer gives much |
//! | `undo` | taking back what an input did, when it comes to nothing |
//! | `settle` | what counts of a document, and what a reader sees of it |
//! | `records` | what people write, share and delete |
//! | `import` | what comes from files, and which record it is |
//! | `govern` | founding, inviting, joining, proposing, voting |
//! | `proposals` | what is proposed, and what was decided |
//! | `invitations` | invitations that are out, and taking one back |
//! | `block` | having nothing to do with a member |
//! | `pace` | how often what one author says anew is taken up |
//! | `peers` | how the others stand |
//! | `answers` | what people ask to see |
//! | `wrongs` | who broke a rule |
//! | `show` | one record, as it is and as it was |
//! | `sync` | what peers say |

mod answers;
mod block;
mod chain;
mod find;
mod glance;
mod govern;
mod import;
mod intake;
mod invitations;
mod join;
mod keeps;
mod pace;
mod peers;
mod proposals;
mod records;
mod settle;
mod show;
mod start;
mod trials;
mod undo;
mod wrongs;

pub use find::fold;
pub(crate) use intake::Taken;
pub(crate) use join::ticket_id;
pub(crate) use pace::Pace;
pub use start::{Make, one_by_one};

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    check::Checks,
    effect::Effect,
    gate::Form,
    identity::{DocId, Hash, Keys, MemberId, NodeKey},
    input::{Input, Random, Request},
    membership::Membership,
    message::{Bye, Gossip, Message},
    overlay::Overlay,
    refusal::Refusal,
    rows::Name,
    store::{Read, Store, StoreError, Table},
    sync::{Going, Session},
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
    /// Peers that could not be reached: why, and when the next try is.
    pub(crate) missed: BTreeMap<NodeKey, (String, u64)>,
    /// The last place given in the order of changes.
    pub(crate) position: u64,
    pub(crate) turn: Turn,
    started: bool,
    /// The last ticket we came with was not accepted. Not kept: by then nothing else is left of it.
    pub(crate) ticket_refused: bool,
    /// What people compare before a newcomer is let in, as far as it was worked out.
    pub(crate) checks: Checks,
    /// Who broke a rule here.
    wrongs: BTreeMap<NodeKey, wrongs::Wrong>,
    /// Whether we shall be called again to go on with a long piece of work.
    pub(crate) going: Going,
    /// Who has said much of late.
    paces: pace::Paces,
    /// What is yet to be tried.
    pub(crate) trials: trials::Trials,
    /// How many records lists show, once somebody asked; to count them takes a look at every document.
    pub(crate) shown: Option<usize>,
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
    /// Members whose work may count otherwise than before.
    pub(crate) unsettled: BTreeSet<MemberId>,
    /// News to pass on to members, once it is sure who they are.
    pub(crate) news: Vec<Gossip>,
    /// Addresses changed: somebody may be there to be reached.
    pub(crate) reach: bool,
    /// Who is who changed in memory as well, and is read back when this input is undone.
    pub(crate) touched: bool,
    /// Trials are made aside.
    pub(crate) aside: bool,
    /// What waits for a trial changed in memory as well.
    pub(crate) tried: bool,
    /// The forms of changes that were taken in, by the hash of their heads: to judge one costs as much as its signature.
    pub(crate) forms: BTreeMap<Hash, Form>,
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
            missed: BTreeMap::new(),
            position: 0,
            turn: Turn::default(),
            started: false,
            ticket_refused: false,
            checks: Checks::default(),
            wrongs: BTreeMap::new(),
            going: Going::default(),
            paces: pace::Paces::default(),
            trials: trials::Trials::default(),
            shown: None,
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

    /// Gives the store back, to close it.
    pub fn into_store(self) -> S {
        self.store.into_store()
    }

    /// The store, as last committed.
    pub fn store(&self) -> &S {
        self.store.store()
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
            Input::PeerUp { peer, .. } => {
                self.missed.remove(&peer);
                self.peer_up(peer).map_err(|fault| (Some(peer), fault))
            }
            Input::PeerMessage { peer, bytes } => self.peer_says(peer, &bytes).map_err(|fault| (Some(peer), fault)),
            Input::PeerSent { peer, bytes } => self.peer_took(peer, bytes).map_err(|fault| (Some(peer), fault)),
            Input::PeerDown { peer } => {
                self.heard_of(&peer);
                self.sessions.remove(&peer);
                Ok(())
            }
            Input::Unreachable { peer, why, next_ms } => {
                self.missed.insert(peer, (why, self.turn.now.saturating_add(next_ms)));
                Ok(())
            }
            Input::GoOn => self.go_on(),
            Input::Tried(outcome) => self.on_tried(*outcome).map_err(|fault| (None, fault)),
            Input::Listening { addresses } => self.listen(addresses).map_err(|fault| (None, fault)),
        }
    }

    /// What follows from a change, whoever made it: standings, then offers to those who may have it.
    fn follow_up(&mut self) -> Result<(), (Option<NodeKey>, Fault)> {
        while self.turn.regroup || !self.turn.unsettled.is_empty() {
            let members = std::mem::take(&mut self.turn.unsettled);
            self.settle_all_of(&members).map_err(|refusal| (None, refusal.into()))?;
            self.turn.regroup = false;
            self.regroup().map_err(|fault| (None, fault))?;
        }
        self.pass_on();
        if std::mem::take(&mut self.turn.reach) {
            self.reach_all();
        }
        let changed = std::mem::take(&mut self.turn.changed);
        if !changed.is_empty() {
            self.turn.effects.extend(changed.into_iter().map(|doc| Effect::Changed { doc }));
            self.pump_all().map_err(|fault| (None, fault))?;
        }
        self.keep_going();
        Ok(())
    }

    fn tick(&mut self) -> Result<(), Fault> {
        if !self.started {
            self.turn.reach = true;
            // A new node key, taken because the old one was copied, is made known, and where it listens.
            if self.network.as_ref().is_some_and(|n| n.own_standing(self.turn.now).who().is_some()) {
                self.sign_roster(vec![])?;
                self.announce()?;
            }
            self.started = true;
        }
        self.time_out();
        self.take_up_waiting()?;
        self.try_on()?;
        self.ask_for_short()?;
        self.audit()?;
        // A partner's grant may have ended with time alone.
        let ended =
            |(peer, s): (&NodeKey, &Session)| s.standing.who().is_some() && self.standing_now(peer) != s.standing;
        self.turn.regroup |= self.sessions.iter().any(ended);
        Ok(())
    }

    fn answer(&mut self, request: Request) -> Result<Answer, Refusal> {
        let done = || Answer::Done { done: true };
        match request {
            Request::Name { name, place } => self.set_name(name, place).map(|()| done()),
            Request::Found { name, purpose, rules } => self.found(&name, &purpose, &rules),
            Request::Invite { partner, days, check } => self.invite(partner, days, check),
            Request::Invitations => self.invitations(),
            Request::Withdraw { invitation } => self.withdraw(&invitation).map(|()| done()),
            Request::StopJoining => self.stop_joining().map(|()| done()),
            Request::Decisions => self.decisions(),
            Request::Block { member } => self.block(&member).map(|()| done()),
            Request::Unblock { member } => self.unblock(&member).map(|()| done()),
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
            Request::Version { doc, change } => self.version(&doc, &change),
            Request::Restore { doc, change, heads } => self.restore(&doc, &change, heads).map(|id| Answer::Id { id }),
            Request::Undo { doc, change } => self.take_back(&doc, &change).map(|id| Answer::Id { id }),
            Request::Reached { doc } => self.reached(&doc),
            Request::List { kind, owner, after, limit } => self.list(kind.as_deref(), owner.as_deref(), after, limit),
            Request::People => Ok(Answer::People { rows: self.store.scan(Table::People, &[], &[], usize::MAX >> 1)? }),
            Request::KeepPeople { rows } => {
                rows.into_iter().for_each(|(key, value)| match value {
                    Some(value) => self.store.put(Table::People, key, value),
                    None => self.store.delete(Table::People, key),
                });
                Ok(done())
            }
            Request::Whose => Ok(Answer::Whose(self.whose())),
            Request::Glances { after, limit } => self.glances(after, limit),
            Request::Changes { after, limit } => self.changes_after(after, limit),
            Request::Glance { doc } => self.glance_at(&doc),
            Request::Import { records, audience, dry_run } => self.import(&records, &audience, dry_run),
            Request::Share { doc, audience, heads } => self.share(&doc, &audience, &heads).map(|id| Answer::Id { id }),
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

    /// The network, to change it.
    pub(crate) fn network_mut(&mut self) -> Result<&mut Membership, Refusal> {
        self.turn.touched = true;
        self.network.as_mut().ok_or(Refusal::NoNetwork)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{input::Request, store::Memory};

    const NOW: u64 = 1_800_000_000_000;

    fn ask(engine: &mut Engine<Memory>, now: u64, request: Request) -> Answer {
        let effects = engine.handle(now, [7; 32], Input::Ask { id: 1, request });
        let answer = effects.into_iter().find_map(|effect| match effect {
            Effect::Answer { result, .. } => Some(*result),
            _ => None,
        });
        answer.unwrap().unwrap()
    }

    fn named(name: &str, seed: u8) -> Engine<Memory> {
        let mut engine = Engine::open(Memory::default(), Keys::new([seed; 32], [seed + 1; 32])).unwrap();
        engine.handle(NOW, [0; 32], Input::Listening { addresses: vec![format!("/memory/{seed}")] });
        ask(&mut engine, NOW, Request::Name { name: name.into(), place: None });
        engine
    }

    /// Hillside goes to Riverside with a ticket, and Riverside is not there.
    #[test]
    fn why_a_peer_is_away_is_told_until_it_comes() {
        let (mut riverside, mut hillside) = (named("Riverside", 1), named("Hillside", 3));
        let (name, purpose, rules) = ("Valley".into(), String::new(), String::new());
        ask(&mut riverside, NOW, Request::Found { name, purpose, rules });
        let invited = ask(&mut riverside, NOW, Request::Invite { partner: false, days: 7, check: false });
        let Answer::Ticket(view) = invited else { panic!("{invited:?}") };
        ask(&mut hillside, NOW, Request::Join { ticket: view.ticket });
        let why_not = |engine: &mut Engine<Memory>, now| match ask(engine, now, Request::Peers) {
            Answer::Peers { peers } => peers[0].why_not.clone().unwrap(),
            other => panic!("{other:?}"),
        };
        assert_eq!(why_not(&mut hillside, NOW), "not connected");
        let peer = riverside.keys.node_key();
        let why = "/memory/1: connection refused".to_string();
        hillside.handle(NOW, [0; 32], Input::Unreachable { peer, why, next_ms: 20_000 });
        let told = "not reachable at /memory/1: connection refused; next try in 15 s";
        assert_eq!(why_not(&mut hillside, NOW + 5_000), told);
        hillside.handle(NOW, [0; 32], Input::PeerUp { peer, outbound: true });
        hillside.handle(NOW, [0; 32], Input::PeerDown { peer });
        assert_eq!(why_not(&mut hillside, NOW), "not connected");
    }
}
