//! Many nodes in one process, with one clock and one seed.
//!
//! Streams keep their order; everything else (who is heard first, when a link drops) follows from the seed, so a run
//! can be repeated exactly.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use protocol::{
    effect::Effect,
    engine::Engine,
    identity::{Hash, Keys, NodeKey},
    input::{Input, Request},
    message::Message,
    refusal::Refusal,
    store::Memory,
    view::Answer,
};

/// One node of the world.
pub struct Node {
    /// What it is called.
    pub name: String,
    keys: Keys,
    engine: Engine<Memory>,
    /// Peers its stream is up to.
    links: BTreeSet<usize>,
}

/// What somebody makes of a message before it leaves.
pub type Lie = Box<dyn FnMut(&Keys, Message) -> Vec<Message>>;

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
    /// What came to those who are in it, message by message.
    pub told: BTreeMap<usize, Vec<Vec<u8>>>,
    /// Who does not say what its engine would.
    pub lies: BTreeMap<usize, Lie>,
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
            told: BTreeMap::new(),
            lies: BTreeMap::new(),
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
        self.input_with(at, chance, input)
    }

    fn input_with(&mut self, at: usize, chance: [u8; 32], input: Input) -> Vec<Effect> {
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
                for said in self.said(at, bytes) {
                    self.heard.entry((at, to)).or_default().extend_from_slice(&said);
                    self.wires.entry((at, to)).or_default().push_back(said);
                }
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
            // It draws nothing: how much a node looks through must not move the chance of others.
            Effect::GoOn => drop(self.input_with(at, [0; 32], Input::GoOn)),
            Effect::Answer { .. } | Effect::Rest { .. } | Effect::Forget { .. } | Effect::Changed { .. } => {}
        }
    }

    /// What a node says where its engine would have said this.
    fn said(&mut self, at: usize, bytes: &[u8]) -> Vec<Vec<u8>> {
        let Some(lie) = self.lies.get_mut(&at) else { return vec![bytes.to_vec()] };
        let message = Message::from_bytes(bytes).unwrap();
        lie(&self.nodes[at].keys, message).iter().map(Message::to_bytes).collect()
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
                if let Some(told) = self.told.get_mut(&to) {
                    told.push(bytes.clone());
                }
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

    /// Mends one link and brings it up.
    pub fn mend(&mut self, a: usize, b: usize) {
        self.cut.remove(&(a.min(b), a.max(b)));
        self.link(a, b);
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

    /// The power of a node fails and comes back: what was on its way to it or from it is lost.
    pub fn crash(&mut self, at: usize) {
        self.wires.retain(|(from, to), _| *from != at && *to != at);
        self.restart(at);
    }

    /// Delivers one message, of a wire chosen by the seed. False when nothing is on its way.
    pub fn step(&mut self) -> bool {
        self.wires.retain(|_, queue| !queue.is_empty());
        let pick = self.roll(self.wires.len() as u64) as usize;
        let Some((from, to)) = self.wires.keys().nth(pick).copied() else { return false };
        let bytes = self.wires.get_mut(&(from, to)).and_then(VecDeque::pop_front).unwrap();
        let peer = self.nodes[from].keys.node_key();
        if std::env::var_os("WORLD_TRACE").is_some() {
            let message = Message::from_bytes(&bytes);
            let text = format!("{message:?}");
            eprintln!(
                "{} to {}: {} bytes {}",
                self.nodes[from].name,
                self.nodes[to].name,
                bytes.len(),
                text.chars().take(100).collect::<String>()
            );
        }
        if let Some(told) = self.told.get_mut(&to) {
            told.push(bytes.clone());
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

    /// Says something to a node in another's name, on the stream between them: what a liar could send.
    pub fn say(&mut self, from: usize, to: usize, message: &protocol::message::Message) {
        self.shout(from, to, message.to_bytes());
    }

    /// The same with bytes that need be no message.
    pub fn shout(&mut self, from: usize, to: usize, bytes: Vec<u8>) {
        let peer = self.nodes[from].keys.node_key();
        self.input(to, Input::PeerMessage { peer, bytes });
    }

    /// How much a node holds, kept or in memory only: letters of all it could show to whoever wrote its code.
    pub fn weight(&self, at: usize) -> usize {
        format!("{:?}", self.nodes[at].engine).len()
    }

    /// A node's secret keys, for a liar to sign with.
    pub fn keys(&self, at: usize) -> &Keys {
        &self.nodes[at].keys
    }

    /// Whether a stream stands between two nodes.
    pub fn linked(&self, a: usize, b: usize) -> bool {
        self.nodes[a].links.contains(&b)
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
