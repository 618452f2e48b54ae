//! Somebody who knocks at a real node over the wire, with an engine of its own, and writes down all it hears.

use std::time::{Duration, Instant};

use node::network::{self, Command, Config, Event, Network, parse_address};
use protocol::{
    effect::Effect,
    engine::Engine,
    identity::{Hash, Keys, NodeKey},
    input::{Input, Request},
    store::Memory,
    view::Answer,
};
use tokio::{runtime, time::timeout};

use crate::real::{Node, PATIENCE};

/// The one who knocks.
pub struct Stranger {
    engine: Engine<Memory>,
    keys: Keys,
    secret: [u8; 32],
    drawn: u64,
    /// Everything it was ever told.
    pub heard: Vec<u8>,
}

impl Stranger {
    /// Somebody of this name, in no network.
    pub fn new(name: &str) -> Stranger {
        let secret = Hash::of(format!("stranger {name}").as_bytes()).0;
        let keys = Keys::new(Hash::of(name.as_bytes()).0, secret);
        let engine = Engine::open(Memory::default(), keys.clone()).unwrap();
        let mut stranger = Stranger { engine, keys, secret, drawn: 0, heard: vec![] };
        stranger.ask(Request::Name { name: name.into(), place: None });
        stranger
    }

    /// Founds a network of its own.
    pub fn found(mut self, name: &str) -> Stranger {
        self.ask(Request::Found { name: name.into(), purpose: String::new(), rules: String::new() });
        self
    }

    /// Its key.
    pub fn key(&self) -> String {
        self.keys.node_key().to_string()
    }

    /// How many records it shows.
    pub fn records(&mut self) -> usize {
        let all = Request::List { kind: None, owner: None, after: None, limit: 1_000 };
        let effects = self.handle(Input::Ask { id: 1, request: all });
        let answer = effects.into_iter().find_map(|effect| match effect {
            Effect::Answer { result, .. } => Some(*result),
            _ => None,
        });
        match answer {
            Some(Ok(Answer::Records { records })) => records.len(),
            other => panic!("no records: {other:?}"),
        }
    }

    /// Goes to a node and talks until it is turned away; false when that did not happen in time.
    pub fn knock(&mut self, at: &Node) -> bool {
        let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(self.talk(&at.listen[0]))
    }

    async fn talk(&mut self, address: &str) -> bool {
        let mut network = network::start(Config::new(self.secret, vec![])).await.unwrap();
        let (peer, address) = parse_address(address).unwrap();
        network.commands.send(Command::Reach { peer, addresses: vec![address] }).await.unwrap();
        let (begin, mut link) = (Instant::now(), None);
        while begin.elapsed() < PATIENCE {
            let Ok(Some(event)) = timeout(Duration::from_secs(1), network.events.recv()).await else {
                let effects = self.handle(Input::Tick);
                self.carry_out(&network, link, effects).await;
                continue;
            };
            let input = match event {
                Event::Up { link: new, outbound, .. } => {
                    link = Some(new);
                    Input::PeerUp { peer: NodeKey(peer), outbound }
                }
                Event::Message { bytes, .. } => {
                    self.heard.extend_from_slice(&bytes);
                    Input::PeerMessage { peer: NodeKey(peer), bytes }
                }
                Event::Sent { bytes, .. } => Input::PeerSent { peer: NodeKey(peer), bytes },
                Event::Down { .. } => return true,
                _ => continue,
            };
            let effects = self.handle(input);
            self.carry_out(&network, link, effects).await;
        }
        false
    }

    async fn carry_out(&mut self, network: &Network, link: Option<u64>, effects: Vec<Effect>) {
        for effect in effects {
            // It would hang up as well; that it is turned away by the other side is what we want to see.
            if let (Effect::Send { peer, bytes }, Some(link)) = (effect, link) {
                network.commands.send(Command::Send { peer: peer.0, link, bytes }).await.unwrap();
            }
        }
    }

    fn ask(&mut self, request: Request) {
        self.handle(Input::Ask { id: 1, request });
    }

    fn handle(&mut self, input: Input) -> Vec<Effect> {
        self.drawn += 1;
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis() as u64;
        let effects = self.engine.handle(now, Hash::of(&self.drawn.to_be_bytes()).0, input);
        self.engine.commit().unwrap();
        effects
    }
}
