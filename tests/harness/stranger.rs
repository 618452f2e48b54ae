//! Somebody who speaks to a real node over the wire, with an engine of its own, and writes down all it hears. It may
//! have no business there, or belong to the network and break its rules.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use node::network::{self, Command, Config, Event, Network, parse_address};
use protocol::{
    effect::Effect,
    engine::Engine,
    identity::{Hash, Keys, NodeKey},
    input::{Input, Request},
    limits::TICK_MS,
    message::Message,
    refusal::Refusal,
    store::Memory,
    view::Answer,
};
use tokio::{
    runtime::{self, Runtime},
    time::timeout,
};

use crate::{
    mouth::{Mouth, Scene},
    real::{Node, PATIENCE},
    world::Lie,
};

/// So long without a word from the node means that no more comes.
const QUIET: Duration = Duration::from_millis(250);
/// How long it listens at most, where others go on talking.
const A_WHILE: Duration = Duration::from_secs(1);
/// How long it waits for a message it wants.
const WANTED: Duration = Duration::from_secs(10);
/// Bytes on their way before it waits for some to leave: what the network of a polite node would not queue.
const IN_FLIGHT: usize = 2 << 20;

/// The one who speaks.
pub struct Stranger {
    engine: Engine<Memory>,
    keys: Keys,
    secret: [u8; 32],
    drawn: u64,
    ticked: Instant,
    runtime: Runtime,
    /// Whom it speaks to, and over what, while it does.
    to: Option<(NodeKey, String, Network)>,
    link: Option<u64>,
    in_flight: usize,
    lie: Option<Lie>,
    said: VecDeque<Message>,
    round: u32,
    scene: Option<Scene>,
    /// Everything it was ever told.
    pub heard: Vec<u8>,
}

/// Beginning and honest talk.
impl Stranger {
    /// Somebody of this name, in no network.
    pub fn new(name: &str) -> Stranger {
        let secret = Hash::of(format!("stranger {name}").as_bytes()).0;
        let keys = Keys::new(Hash::of(name.as_bytes()).0, secret);
        let mut stranger = Stranger {
            engine: Engine::open(Memory::default(), keys.clone()).unwrap(),
            keys,
            secret,
            drawn: 0,
            ticked: Instant::now(),
            runtime: runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap(),
            to: None,
            link: None,
            in_flight: 0,
            lie: None,
            said: VecDeque::new(),
            round: 0,
            scene: None,
            heard: vec![],
        };
        stranger.must(Request::Name { name: name.into(), place: None });
        stranger
    }

    /// Founds a network of its own.
    pub fn found(mut self, name: &str) -> Stranger {
        self.must(Request::Found { name: name.into(), purpose: String::new(), rules: String::new() });
        self
    }

    /// Its key.
    pub fn key(&self) -> String {
        self.keys.node_key().to_string()
    }

    /// How many records it shows.
    pub fn records(&mut self) -> usize {
        match self.must(Request::List { kind: None, owner: None, after: None, limit: 1_000 }) {
            Answer::Records { records } => records.len(),
            other => panic!("no records: {other:?}"),
        }
    }

    /// Goes to a node and talks until it is turned away; false when that did not happen in time.
    pub fn knock(&mut self, at: &Node) -> bool {
        self.go_to(at);
        self.await_that(|own| own.link.is_none())
    }

    /// Goes to a node.
    pub fn go_to(&mut self, at: &Node) {
        self.find(at);
        self.call();
    }

    /// Knows where a node is, and does not go there yet.
    pub fn find(&mut self, at: &Node) {
        let (peer, address) = parse_address(&at.listen[0]).unwrap();
        let network = self.runtime.block_on(network::start(Config::new(self.secret, vec![]))).unwrap();
        self.to = Some((NodeKey(peer), address, network));
    }

    /// Comes to an attack on this node: what was there before.
    pub fn set_scene(&mut self, at: &Node, scene: Scene) {
        self.scene = Some(scene);
        self.find(at);
    }

    /// Whether its own engine knows it as that, and has heard all there is.
    pub fn stands_as(&mut self, standing: &str) -> bool {
        match self.must(Request::Status) {
            Answer::Status(status) => {
                let whole = status.peers.iter().any(|peer| peer.connected && peer.complete);
                status.standing == Some(standing) && (whole || standing != "member")
            }
            other => panic!("no status: {other:?}"),
        }
    }

    /// Talks on until something is so; false when it never was.
    pub fn await_that(&mut self, mut so: impl FnMut(&mut Stranger) -> bool) -> bool {
        let begin = Instant::now();
        while !so(self) {
            if begin.elapsed() > PATIENCE {
                return false;
            }
            self.go_on(Duration::from_millis(100));
        }
        true
    }

    /// Does all that came meanwhile, and waits for nothing.
    pub fn catch_up(&mut self) {
        while self.go_on(Duration::ZERO) {}
    }

    /// What its engine answers when it must not refuse.
    pub fn must(&mut self, request: Request) -> Answer {
        self.ask(request).unwrap()
    }
}

/// The loop of a node, one thing at a time.
impl Stranger {
    /// Does what comes next, and lets its engine look at the time now and then; false when nothing came.
    fn go_on(&mut self, patience: Duration) -> bool {
        let Some((peer, _, network)) = &mut self.to else { return false };
        let (peer, event) = (*peer, self.runtime.block_on(async { timeout(patience, network.events.recv()).await }));
        // However much it is told, as a node does.
        if !matches!(event, Ok(Some(_))) || self.ticked.elapsed() >= Duration::from_millis(TICK_MS) {
            self.ticked = Instant::now();
            self.handle(Input::Tick);
        }
        let Ok(Some(event)) = event else { return false };
        match event {
            Event::Up { link, outbound, .. } => {
                (self.link, self.in_flight) = (Some(link), 0);
                self.handle(Input::PeerUp { peer, outbound });
            }
            Event::Message { bytes, .. } => self.listen_to(peer, bytes),
            Event::Sent { bytes, .. } => {
                self.in_flight = self.in_flight.saturating_sub(bytes);
                self.handle(Input::PeerSent { peer, bytes });
            }
            Event::Down { .. } => {
                self.link = None;
                self.handle(Input::PeerDown { peer });
            }
            _ => {}
        }
        true
    }

    fn listen_to(&mut self, peer: NodeKey, bytes: Vec<u8>) {
        self.heard.extend_from_slice(&bytes);
        let message = Message::from_bytes(&bytes).unwrap();
        if let Message::Ask(ask) = &message {
            self.round = ask.round;
        }
        self.said.push_back(message);
        self.handle(Input::PeerMessage { peer, bytes });
    }

    fn handle(&mut self, input: Input) -> Vec<Effect> {
        self.drawn += 1;
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis() as u64;
        let effects = self.engine.handle(now, Hash::of(&self.drawn.to_be_bytes()).0, input);
        self.engine.commit().unwrap();
        for effect in &effects {
            match effect {
                Effect::Send { bytes, .. } => self.speak(bytes),
                Effect::GoOn => drop(self.handle(Input::GoOn)),
                Effect::Try(trial) => drop(self.handle(Input::Tried(Box::new(trial.clone().make())))),
                // It would hang up as well; that it is turned away by the other side is what we want to see.
                _ => {}
            }
        }
        effects
    }

    /// What it says where its engine would have said this.
    fn speak(&mut self, bytes: &[u8]) {
        match &mut self.lie {
            None => self.send(bytes.to_vec()),
            Some(lie) => {
                let said = lie(&self.keys, Message::from_bytes(bytes).unwrap());
                said.iter().for_each(|message| self.send(message.to_bytes()));
            }
        }
    }

    fn send(&mut self, bytes: Vec<u8>) {
        let (Some((peer, _, network)), Some(link)) = (&self.to, self.link) else { return };
        self.in_flight += bytes.len();
        let send = Command::Send { peer: peer.0, link, bytes };
        self.runtime.block_on(network.commands.send(send)).unwrap();
    }

    fn command(&mut self, command: impl FnOnce(NodeKey, &str) -> Command) {
        let Some((peer, address, network)) = &self.to else { return };
        self.runtime.block_on(network.commands.send(command(*peer, address))).unwrap();
    }
}

impl Mouth for Stranger {
    fn scene(&self) -> Scene {
        self.scene.expect("it came to an attack")
    }

    fn keys(&self) -> Keys {
        self.keys.clone()
    }

    fn store(&self) -> &Memory {
        self.engine.store()
    }

    fn ask(&mut self, request: Request) -> Result<Answer, Refusal> {
        let answer = self.handle(Input::Ask { id: 1, request }).into_iter().find_map(|effect| match effect {
            Effect::Answer { result, .. } => Some(*result),
            _ => None,
        });
        answer.expect("every question is answered")
    }

    fn shout(&mut self, bytes: Vec<u8>) {
        let begin = Instant::now();
        while self.in_flight > IN_FLIGHT && self.link.is_some() && begin.elapsed() < WANTED {
            self.go_on(QUIET);
        }
        self.send(bytes);
    }

    fn lie(&mut self, lie: Option<Lie>) {
        self.lie = lie;
    }

    fn hear(&mut self, wanted: Option<&dyn Fn(&Message) -> bool>) -> Vec<Message> {
        let (begin, mut heard) = (Instant::now(), vec![]);
        let most = if wanted.is_some() { WANTED } else { A_WHILE };
        while self.link.is_some() && begin.elapsed() < most {
            heard.extend(self.said.drain(..));
            let came = wanted.is_some_and(|wanted| heard.iter().any(wanted));
            if came || (!self.go_on(QUIET) && wanted.is_none()) {
                break;
            }
        }
        heard.extend(self.said.drain(..));
        heard
    }

    fn is_up(&self) -> bool {
        self.link.is_some()
    }

    fn call(&mut self) {
        self.command(|peer, address| Command::Reach { peer: peer.0, addresses: vec![address.into()] });
        let begin = Instant::now();
        while self.link.is_none() && begin.elapsed() < 3 * A_WHILE {
            self.go_on(QUIET);
        }
        // Once turned away it comes again only when it is told to.
        self.command(|peer, _| Command::Forget { peer: peer.0 });
    }

    fn hang_up(&mut self) {
        self.command(|peer, _| Command::Close { peer: peer.0 });
        self.await_that(|own| own.link.is_none());
    }

    fn rest(&mut self) {
        std::thread::sleep(2 * A_WHILE);
    }

    fn round(&self) -> u32 {
        self.round
    }
}
