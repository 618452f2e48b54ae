//! Many nodes in one process, with one clock and one seed.
//!
//! Streams keep their order; everything else (who is heard first, when a link drops) follows from the seed, so a run
//! can be repeated exactly.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use protocol::{
    effect::Effect,
    engine::Engine,
    identity::{DocId, Hash, Keys, NodeKey},
    input::{Input, Request},
    refusal::Refusal,
    store::Memory,
    view::{Answer, NetworkView, RecordView, StatusView, Summary},
};
use serde_json::Value;

/// One node of the world.
pub struct Node {
    /// What it is called.
    pub name: String,
    keys: Keys,
    engine: Engine<Memory>,
    /// Peers its stream is up to.
    links: BTreeSet<usize>,
}

/// The world.
pub struct World {
    /// Its nodes.
    pub nodes: Vec<Node>,
    /// Milliseconds since 1970.
    pub now: u64,
    /// Bytes on their way, per direction.
    wires: BTreeMap<(usize, usize), VecDeque<Vec<u8>>>,
    /// Links that are cut.
    cut: BTreeSet<(usize, usize)>,
    /// Every byte that was ever sent, per direction.
    pub heard: BTreeMap<(usize, usize), Vec<u8>>,
    chance: Hash,
    drawn: u64,
}

impl World {
    /// Nobody yet.
    pub fn new(seed: u64) -> World {
        World {
            nodes: vec![],
            now: 1_800_000_000_000,
            wires: BTreeMap::new(),
            cut: BTreeSet::new(),
            heard: BTreeMap::new(),
            chance: Hash::of(&seed.to_be_bytes()),
            drawn: 0,
        }
    }

    /// A node of a new collaborative, named and ready.
    pub fn node(&mut self, name: &str) -> usize {
        let seed = |what: &str| Hash::of(format!("{what} {name}").as_bytes()).0;
        self.node_with(name, Keys::new(seed("member"), seed("node")))
    }

    /// A node with given keys.
    pub fn node_with(&mut self, name: &str, keys: Keys) -> usize {
        let engine = Engine::open(Memory::default(), keys.clone()).unwrap();
        self.nodes.push(Node { name: name.into(), keys, engine, links: BTreeSet::new() });
        let at = self.nodes.len() - 1;
        self.input(at, Input::Tick);
        self.input(at, Input::Listening { addresses: vec![format!("/memory/{}", at + 1)] });
        self.ask(at, Request::Name { name: name.into(), place: None }).unwrap();
        at
    }

    /// A copy of a node's folder on another machine: the same keys, the same records. Only one of the two is connected
    /// to anybody at a time.
    pub fn copy_of(&mut self, at: usize) -> usize {
        let (keys, store) = (self.nodes[at].keys.clone(), self.store(at).clone());
        let engine = Engine::open(store, keys.clone()).unwrap();
        let name = format!("{} (copy)", self.nodes[at].name);
        self.nodes.push(Node { name, keys, engine, links: BTreeSet::new() });
        self.nodes.len() - 1
    }

    /// A number below `below`, from the seed.
    pub fn roll(&mut self, below: u64) -> u64 {
        u64::from_be_bytes(std::array::from_fn(|i| self.draw()[i])) % below.max(1)
    }

    fn draw(&mut self) -> [u8; 32] {
        self.drawn += 1;
        Hash::derive("commonweal tests chance", &[&self.chance.0, &self.drawn.to_be_bytes()]).0
    }

    /// Does something without moving the chance of what comes after.
    pub fn aside(&mut self, deed: impl FnOnce(&mut World)) {
        let drawn = self.drawn;
        self.drawn += 1 << 32;
        deed(self);
        self.drawn = drawn;
    }

    /// The node of a key, as another node finds it: of several copies, the one it is linked to.
    fn at(&self, from: usize, key: &NodeKey) -> Option<usize> {
        let mut all = (0..self.nodes.len()).filter(|at| self.nodes[*at].keys.node_key() == *key);
        let linked = all.clone().find(|at| self.nodes[from].links.contains(at));
        linked.or_else(|| all.next())
    }

    /// A person asks a node.
    pub fn ask(&mut self, at: usize, request: Request) -> Result<Answer, Refusal> {
        let mut effects = self.input(at, Input::Ask { id: 7, request });
        let answer = effects.iter().position(|e| matches!(e, Effect::Answer { id: 7, .. })).unwrap();
        match effects.swap_remove(answer) {
            Effect::Answer { result, .. } => *result,
            _ => unreachable!("just looked"),
        }
    }

    /// Hands an input to a node, commits, and carries its effects out.
    fn input(&mut self, at: usize, input: Input) -> Vec<Effect> {
        let chance = self.draw();
        let engine = &mut self.nodes[at].engine;
        let effects = engine.handle(self.now, chance, input);
        engine.commit().unwrap();
        for effect in &effects {
            self.carry_out(at, effect);
        }
        effects
    }

    fn carry_out(&mut self, at: usize, effect: &Effect) {
        match effect {
            Effect::Send { peer, bytes } => {
                let Some(to) = self.at(at, peer).filter(|to| self.nodes[at].links.contains(to)) else { return };
                self.heard.entry((at, to)).or_default().extend_from_slice(bytes);
                self.wires.entry((at, to)).or_default().push_back(bytes.clone());
                let (peer, bytes) = (*peer, bytes.len());
                self.input(at, Input::PeerSent { peer, bytes });
            }
            Effect::Close { peer, why } => {
                if std::env::var_os("WORLD_TRACE").is_some() {
                    eprintln!("{} closes {:?}: {why:?}", self.nodes[at].name, self.at(at, peer));
                }
                if let Some(to) = self.at(at, peer) {
                    self.unlink(at, to);
                }
            }
            Effect::Reach { peer, .. } => {
                if let Some(to) = self.at(at, peer) {
                    self.link(at, to);
                }
            }
            Effect::Answer { .. } | Effect::Forget { .. } | Effect::Changed { .. } => {}
        }
    }

    /// Brings a stream up, unless the link is cut or the stream is up.
    pub fn link(&mut self, a: usize, b: usize) {
        let pair = (a.min(b), a.max(b));
        if a == b || self.cut.contains(&pair) || !self.nodes[a].links.insert(b) {
            return;
        }
        self.nodes[b].links.insert(a);
        let (key_a, key_b) = (self.nodes[a].keys.node_key(), self.nodes[b].keys.node_key());
        self.input(a, Input::PeerUp { peer: key_b, outbound: true });
        self.input(b, Input::PeerUp { peer: key_a, outbound: false });
    }

    /// Takes a stream down. What was on its way still arrives where the other end has not noticed: here it does at once.
    pub fn unlink(&mut self, a: usize, b: usize) {
        if !self.nodes[a].links.remove(&b) {
            return;
        }
        self.nodes[b].links.remove(&a);
        // What a closing side said last (why it closes) is still read.
        for (from, to) in [(a, b), (b, a)] {
            for bytes in self.wires.remove(&(from, to)).unwrap_or_default() {
                let peer = self.nodes[from].keys.node_key();
                let engine = &mut self.nodes[to].engine;
                engine.handle(self.now, [0; 32], Input::PeerMessage { peer, bytes });
                engine.commit().unwrap();
            }
        }
        let (key_a, key_b) = (self.nodes[a].keys.node_key(), self.nodes[b].keys.node_key());
        self.input(a, Input::PeerDown { peer: key_b });
        self.input(b, Input::PeerDown { peer: key_a });
    }

    /// Cuts the link between two nodes until [`World::heal`].
    pub fn cut(&mut self, a: usize, b: usize) {
        self.unlink(a, b);
        self.cut.insert((a.min(b), a.max(b)));
    }

    /// Mends every link, lets every node look around, and waits until nothing is on its way.
    pub fn heal(&mut self) {
        self.cut.clear();
        for at in 0..self.nodes.len() {
            self.restart(at);
        }
        self.settle();
    }

    /// Stops a node and starts it again from what it had committed.
    pub fn restart(&mut self, at: usize) {
        for other in self.nodes[at].links.clone() {
            self.unlink(at, other);
        }
        let keys = self.nodes[at].keys.clone();
        let store = self.nodes[at].engine.store().clone();
        self.nodes[at].engine = Engine::open(store, keys).unwrap();
        self.input(at, Input::Tick);
        self.input(at, Input::Listening { addresses: vec![format!("/memory/{}", at + 1)] });
    }

    /// Delivers one message, of a wire chosen by the seed. False when nothing is on its way.
    pub fn step(&mut self) -> bool {
        self.wires.retain(|_, queue| !queue.is_empty());
        let pick = self.roll(self.wires.len() as u64) as usize;
        let Some((from, to)) = self.wires.keys().nth(pick).copied() else { return false };
        let bytes = self.wires.get_mut(&(from, to)).and_then(VecDeque::pop_front).unwrap();
        let peer = self.nodes[from].keys.node_key();
        if std::env::var_os("WORLD_TRACE").is_some() {
            let message = protocol::message::Message::from_bytes(&bytes);
            let text = format!("{message:?}");
            eprintln!(
                "{} to {}: {} bytes {}",
                self.nodes[from].name,
                self.nodes[to].name,
                bytes.len(),
                text.chars().take(100).collect::<String>()
            );
        }
        self.input(to, Input::PeerMessage { peer, bytes });
        true
    }

    /// Delivers everything that is on its way, and what follows from it.
    pub fn settle(&mut self) {
        for _ in 0..1_000_000 {
            if !self.step() {
                return;
            }
        }
        panic!("a million messages and no end");
    }

    /// Lets time pass.
    pub fn wait(&mut self, ms: u64) {
        self.now += ms;
        for at in 0..self.nodes.len() {
            self.input(at, Input::Tick);
        }
    }

    /// A node's key.
    pub fn key(&self, at: usize) -> NodeKey {
        self.nodes[at].keys.node_key()
    }

    /// What a node keeps, as last committed.
    pub fn store(&self, at: usize) -> &Memory {
        self.nodes[at].engine.store()
    }
}

/// What people ask most in tests, without ceremony.
impl World {
    /// Founds a network.
    pub fn found(&mut self, at: usize, name: &str) {
        let (purpose, rules) = ("to share what we learn".into(), String::new());
        self.ask(at, Request::Found { name: name.into(), purpose, rules }).unwrap();
    }

    /// Makes a ticket.
    pub fn invite(&mut self, at: usize, partner: bool) -> String {
        match self.ask(at, Request::Invite { partner, days: 7 }).unwrap() {
            Answer::Ticket(view) => view.ticket,
            other => panic!("no ticket: {other:?}"),
        }
    }

    /// Invites and joins, and waits until it is done.
    pub fn join(&mut self, host: usize, guest: usize) {
        let ticket = self.invite(host, false);
        self.ask(guest, Request::Join { ticket }).unwrap();
        self.settle();
    }

    /// A network of nodes of these names, the first its founder.
    pub fn network(seed: u64, names: &[&str]) -> World {
        let mut world = World::new(seed);
        let all: Vec<usize> = names.iter().map(|name| world.node(name)).collect();
        world.found(all[0], "Valley Network");
        for guest in &all[1..] {
            world.join(all[0], *guest);
        }
        world
    }

    /// Writes a practice.
    pub fn practice(&mut self, at: usize, title: &str, audience: &str) -> DocId {
        let value = serde_json::json!({ "title": title, "summary": "What we do and why." });
        self.create(at, "practice", value, audience)
    }

    /// Writes a record.
    pub fn create(&mut self, at: usize, kind: &str, value: Value, audience: &str) -> DocId {
        let audience = protocol::input::AudienceAsk::parse(audience).unwrap();
        let request = Request::Create { kind: kind.into(), value, audience, editors: Default::default() };
        match self.ask(at, request).unwrap() {
            Answer::Id { id } => id,
            other => panic!("no id: {other:?}"),
        }
    }

    /// Sets fields of a record at today's heads.
    pub fn set(&mut self, at: usize, doc: DocId, fields: &[(&str, Value)]) -> Result<Answer, Refusal> {
        self.set_at(at, doc, vec![], fields)
    }

    /// Sets fields of a record at given heads.
    pub fn set_at(
        &mut self,
        at: usize,
        doc: DocId,
        heads: Vec<[u8; 32]>,
        fields: &[(&str, Value)],
    ) -> Result<Answer, Refusal> {
        let edit = protocol::record::Edit::Set(fields.iter().map(|(f, v)| ((*f).into(), v.clone())).collect());
        self.ask(at, Request::Edit { doc: doc.to_string(), heads, edit })
    }

    /// Shares a record; the id that now holds.
    pub fn share(&mut self, at: usize, doc: DocId, audience: &str) -> DocId {
        let audience = protocol::input::AudienceAsk::parse(audience).unwrap();
        match self.ask(at, Request::Share { doc: doc.to_string(), audience }).unwrap() {
            Answer::Id { id } => id,
            other => panic!("no id: {other:?}"),
        }
    }

    /// One record.
    pub fn show(&mut self, at: usize, doc: DocId) -> Result<RecordView, Refusal> {
        match self.ask(at, Request::Show { doc: doc.to_string(), history: true })? {
            Answer::Record(view) => Ok(*view),
            other => panic!("no record: {other:?}"),
        }
    }

    /// All records a node shows.
    pub fn list(&mut self, at: usize) -> Vec<Summary> {
        let request =
            Request::List { kind: None, owner: None, words: None, public: false, after: None, limit: usize::MAX };
        match self.ask(at, request).unwrap() {
            Answer::Records { records } => records,
            other => panic!("no records: {other:?}"),
        }
    }

    /// Titles a node shows, sorted.
    pub fn titles(&mut self, at: usize) -> Vec<String> {
        let mut titles: Vec<String> = self.list(at).into_iter().map(|r| r.title).collect();
        titles.sort();
        titles
    }

    /// The network as a node sees it.
    pub fn show_network(&mut self, at: usize) -> NetworkView {
        match self.ask(at, Request::Network).unwrap() {
            Answer::Network(view) => *view,
            other => panic!("no network: {other:?}"),
        }
    }

    /// How a node stands.
    pub fn status(&mut self, at: usize) -> StatusView {
        match self.ask(at, Request::Status).unwrap() {
            Answer::Status(view) => *view,
            other => panic!("no status: {other:?}"),
        }
    }
}
