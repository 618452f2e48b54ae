//! Many nodes in one process, with one clock and one seed.
//!
//! Streams keep their order; everything else (who is heard first, what is lost, when a machine stops) follows from the
//! seed, so a run can be repeated exactly. `links` brings streams up and down, `sea` is what is on its
//! way between them, `disk` what each node keeps, and `machine` what happens to whole machines.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use protocol::{
    effect::Effect,
    engine::Engine,
    identity::{DocId, Hash, Keys, NodeKey},
    input::{Input, Request},
    message::Message,
    refusal::Refusal,
    store::Memory,
    view::Answer,
};

use crate::{
    disk::{Disk, Spared, Trouble},
    machine::Moment,
    sea::{Coming, Lines, Sea, Weather},
};

/// One node of the world.
pub struct Node {
    /// What it is called.
    pub name: String,
    /// How far its clock is off, in milliseconds.
    pub skew_ms: i64,
    pub(crate) keys: Keys,
    /// The public half of its node key, which takes a while to work out.
    pub(crate) key: NodeKey,
    pub(crate) engine: Engine<Disk>,
    pub(crate) trouble: Rc<Cell<Trouble>>,
    /// Whether its disk has no room, until there is some again.
    pub(crate) full: bool,
    /// Peers its stream is up to, as far as it knows.
    pub(crate) lines: Lines,
    /// Peers it wants to be connected to.
    pub(crate) wants: BTreeSet<NodeKey>,
    /// What it decided and has not made durable yet.
    pub(crate) held: Vec<Effect>,
    pub(crate) waits: bool,
    /// When its power will fail.
    pub(crate) armed: Option<Moment>,
    /// It does not run.
    pub(crate) down: bool,
    /// Nor will it ever again.
    pub(crate) gone: bool,
    /// How often it was started: what an earlier life wanted done is not done any more.
    pub(crate) life: u64,
}

/// What somebody makes of a message before it leaves.
pub type Lie = Box<dyn FnMut(&Keys, Message) -> Vec<Message>>;

/// Who looks at each message as it leaves: sender, receiver, message.
pub type Watcher = Rc<dyn Fn(&World, usize, usize, &Message)>;

/// The world.
pub struct World {
    /// Its nodes.
    pub nodes: Vec<Node>,
    /// Milliseconds since 1970.
    pub now: u64,
    pub(crate) sea: Sea,
    /// Links that are cut.
    pub(crate) cut: BTreeSet<(usize, usize)>,
    /// Every byte that was ever sent, per direction.
    pub heard: BTreeMap<(usize, usize), Vec<u8>>,
    /// What came to those who are in it, message by message.
    pub told: BTreeMap<usize, Vec<Vec<u8>>>,
    /// Who does not say what its engine would.
    pub lies: BTreeMap<usize, Lie>,
    /// Who looks at each message as it leaves.
    pub watcher: Option<Watcher>,
    /// Who may be connected with whom, where not everybody is.
    pub(crate) pairs: Option<BTreeSet<(usize, usize)>>,
    pub(crate) spared: Spared,
    pub(crate) seed: u64,
    chance: Hash,
    pub(crate) drawn: u64,
    /// What happens now must not move anything else.
    pub(crate) apart: bool,
}

impl World {
    /// Nobody yet.
    pub fn new(seed: u64) -> World {
        World {
            nodes: vec![],
            now: 1_800_000_000_000,
            sea: Sea::new(seed),
            cut: BTreeSet::new(),
            heard: BTreeMap::new(),
            told: BTreeMap::new(),
            lies: BTreeMap::new(),
            watcher: None,
            pairs: None,
            spared: Spared::default(),
            seed,
            chance: Hash::of(&seed.to_be_bytes()),
            drawn: 0,
            apart: false,
        }
    }

    /// What the network and the disks do, from now on.
    pub fn weather(&mut self) -> &mut Weather {
        &mut self.sea.weather
    }

    /// A node of a new collaborative, named and ready.
    pub fn node(&mut self, name: &str) -> usize {
        let seed = |what: &str| Hash::of(format!("{what} {name}").as_bytes()).0;
        self.node_with(name, Keys::new(seed("member"), seed("node")))
    }

    /// A node with given keys.
    pub fn node_with(&mut self, name: &str, keys: Keys) -> usize {
        let at = self.machine(name.into(), keys, Memory::default());
        self.input(at, Input::Tick);
        self.input(at, Input::Listening { addresses: vec![address(at)] });
        self.ask(at, Request::Name { name: name.into(), place: None }).unwrap();
        at
    }

    /// A copy of a node's folder on another machine: the same keys, the same records. It is connected to nobody yet.
    pub fn copy_of(&mut self, at: usize) -> usize {
        let name = format!("{} (copy)", self.nodes[at].name);
        self.machine(name, self.nodes[at].keys.clone(), self.store(at).clone())
    }

    pub(crate) fn machine(&mut self, name: String, keys: Keys, rows: Memory) -> usize {
        let disk = Disk::new(rows, self.spared.clone());
        let trouble = disk.trouble();
        let engine = Engine::open(disk, keys.clone()).unwrap();
        self.nodes.push(Node {
            name,
            key: keys.node_key(),
            skew_ms: 0,
            keys,
            engine,
            trouble,
            full: false,
            lines: BTreeMap::new(),
            wants: BTreeSet::new(),
            held: vec![],
            waits: false,
            armed: None,
            down: false,
            gone: false,
            life: 0,
        });
        self.nodes.len() - 1
    }

    /// A number below `below`, from the seed.
    pub fn roll(&mut self, below: u64) -> u64 {
        u64::from_be_bytes(std::array::from_fn(|i| self.draw()[i])) % below.max(1)
    }

    pub(crate) fn draw(&mut self) -> [u8; 32] {
        self.drawn += 1;
        Hash::derive("commonweal tests chance", &[&self.chance.0, &self.drawn.to_be_bytes()]).0
    }

    /// Does something without moving the chance of what comes after. No disk fails meanwhile, and nothing waits.
    pub fn aside(&mut self, deed: impl FnOnce(&mut World)) {
        let drawn = self.drawn;
        self.drawn += 1 << 32;
        self.apart = true;
        deed(self);
        self.apart = false;
        self.drawn = drawn;
    }

    /// A document that nothing else may depend on.
    pub(crate) fn spare(&mut self, doc: DocId) {
        self.spared.borrow_mut().insert(doc);
    }

    /// The time by a node's own clock.
    pub(crate) fn clock(&self, at: usize) -> u64 {
        self.now.saturating_add_signed(self.nodes[at].skew_ms)
    }

    /// A person asks a node.
    pub fn ask(&mut self, at: usize, request: Request) -> Result<Answer, Refusal> {
        self.try_ask(at, request).expect("the node answers")
    }

    /// A person asks a node; nothing where it does not run, or stops before it answers.
    pub fn try_ask(&mut self, at: usize, request: Request) -> Option<Result<Answer, Refusal>> {
        let effects = self.input(at, Input::Ask { id: 7, request });
        effects.into_iter().find_map(|effect| match effect {
            Effect::Answer { id: 7, result } => Some(*result),
            _ => None,
        })
    }

    /// Hands an input to a node, commits, and carries its effects out. What it did, of what was to be done.
    pub(crate) fn input(&mut self, at: usize, input: Input) -> Vec<Effect> {
        let chance = self.draw();
        self.input_with(at, chance, input)
    }

    pub(crate) fn input_with(&mut self, at: usize, chance: [u8; 32], input: Input) -> Vec<Effect> {
        if self.nodes[at].down {
            return vec![];
        }
        let now = self.clock(at);
        let waits = !matches!(input, Input::Ask { .. }) && self.rolls("batched", self.sea.weather.batched);
        self.nodes[at].trouble.set(self.ails(at));
        let effects = self.nodes[at].engine.handle(now, chance, input);
        self.nodes[at].trouble.set(Trouble::None);
        let node = &mut self.nodes[at];
        if waits || (self.apart && node.waits) {
            if !std::mem::replace(&mut node.waits, true) {
                self.sea.commit_after(self.now, at);
            }
            node.held.extend(effects.iter().cloned());
            return effects;
        }
        self.commit(at, effects)
    }

    /// Makes durable what a node decided, and carries it out.
    pub(crate) fn commit(&mut self, at: usize, effects: Vec<Effect>) -> Vec<Effect> {
        let mut effects: Vec<Effect> = std::mem::take(&mut self.nodes[at].held).into_iter().chain(effects).collect();
        self.nodes[at].waits = false;
        let moment = if self.apart { None } else { self.nodes[at].armed.take() };
        if moment == Some(Moment::BeforeCommit) {
            self.power_fails(at);
            return vec![];
        }
        self.nodes[at].trouble.set(self.ails(at));
        let committed = self.nodes[at].engine.commit();
        self.nodes[at].trouble.set(Trouble::None);
        if let Err(why) = committed {
            return self.not_saved(at, effects, &why);
        }
        let most = match moment {
            Some(Moment::AfterCommit) => 0,
            Some(Moment::Amid) => effects.len() / 2,
            _ => effects.len(),
        };
        effects.truncate(most);
        let life = self.nodes[at].life;
        for effect in &effects {
            if self.nodes[at].life == life {
                self.carry_out(at, effect);
            }
        }
        if moment.is_some() {
            self.power_fails(at);
        }
        effects
    }

    fn carry_out(&mut self, at: usize, effect: &Effect) {
        match effect {
            Effect::Send { peer, bytes } => self.send(at, peer, bytes),
            Effect::Close { peer, why } => {
                if std::env::var_os("WORLD_TRACE").is_some() {
                    eprintln!("{} closes {:?}: {why:?}", self.nodes[at].name, peer.short());
                }
                self.close(at, peer);
            }
            Effect::Reach { peer, .. } => {
                self.nodes[at].wants.insert(*peer);
                self.dial(at, peer);
            }
            Effect::Forget { peer } => {
                self.nodes[at].wants.remove(peer);
            }
            // It draws nothing: how much a node looks through must not move the chance of others.
            Effect::GoOn => drop(self.input_with(at, [0; 32], Input::GoOn)),
            Effect::Try(trial) => self.sea.try_after(self.now, at, self.nodes[at].life, trial.clone()),
            Effect::Answer { .. } | Effect::Rest { .. } | Effect::Changed { .. } | Effect::Blame { .. } => {}
        }
    }

    fn send(&mut self, at: usize, peer: &NodeKey, bytes: &[u8]) {
        let Some(line) = self.nodes[at].lines.get(peer).copied() else { return };
        let mut counted = bytes.len();
        for said in self.said(at, bytes) {
            if let Some(watcher) = self.watcher.clone() {
                watcher(self, at, line.to, &Message::from_bytes(&said).unwrap());
            }
            self.heard.entry((at, line.to)).or_default().extend_from_slice(&said);
            self.sea.ship(self.now, (at, line.to, line.link), said, std::mem::take(&mut counted));
        }
        if counted > 0 {
            self.input(at, Input::PeerSent { peer: *peer, bytes: counted });
        }
    }

    /// What a node says where its engine would have said this.
    fn said(&mut self, at: usize, bytes: &[u8]) -> Vec<Vec<u8>> {
        let Some(lie) = self.lies.get_mut(&at) else { return vec![bytes.to_vec()] };
        let message = Message::from_bytes(bytes).unwrap();
        lie(&self.nodes[at].keys, message).iter().map(Message::to_bytes).collect()
    }

    /// The next thing that happens. False when nothing is to come.
    pub fn step(&mut self) -> bool {
        let Some((due, coming)) = self.sea.next() else { return false };
        self.now = self.now.max(due);
        match coming {
            Coming::Bytes { from, to, link, bytes, counted } => self.arrive((from, to, link), bytes, counted),
            Coming::Down { at, link } => self.notice(at, link),
            Coming::Commit { at } => drop(self.commit(at, vec![])),
            Coming::Tried { at, life, trial } if self.nodes[at].life == life => {
                drop(self.input_with(at, [0; 32], Input::Tried(Box::new(trial.make()))));
            }
            Coming::Tried { .. } => {}
        }
        true
    }

    /// When the next thing happens.
    pub(crate) fn next_due(&self) -> Option<u64> {
        self.sea.next_due()
    }

    /// Bytes that a node has said to another and that have not left it yet.
    pub(crate) fn in_flight(&self, from: usize, to: usize) -> usize {
        self.sea.in_flight(from, to)
    }

    /// Whether a node has decided something that it has not made durable yet.
    pub(crate) fn waits(&self, at: usize) -> bool {
        self.nodes[at].waits
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

    /// Delivers what arrives within so many milliseconds, and what follows from it in that time.
    pub fn settle_for(&mut self, ms: u64) {
        let end = self.now + ms;
        while self.next_due().is_some_and(|due| due <= end) {
            self.step();
        }
        self.now = end;
    }

    /// Lets time pass.
    pub fn wait(&mut self, ms: u64) {
        self.now += ms;
        for at in 0..self.nodes.len() {
            self.input(at, Input::Tick);
        }
    }

    /// Says something to a node in another's name, on the stream between them: what a liar could send.
    pub fn say(&mut self, from: usize, to: usize, message: &Message) {
        self.shout(from, to, message.to_bytes());
    }

    /// The same with bytes that need be no message.
    pub fn shout(&mut self, from: usize, to: usize, bytes: Vec<u8>) {
        let peer = self.key(from);
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

    /// A node's key.
    pub fn key(&self, at: usize) -> NodeKey {
        self.nodes[at].key
    }

    /// What a node keeps, as last committed.
    pub fn store(&self, at: usize) -> &Memory {
        self.nodes[at].engine.store().rows()
    }
}

/// Where a node listens.
pub(crate) fn address(at: usize) -> String {
    format!("/memory/{}", at + 1)
}
