//! Streams between nodes: brought up, broken, cut and mended.

use std::collections::BTreeSet;

use protocol::{identity::NodeKey, input::Input, message::Message};

use crate::{sea::Line, world::World};

impl World {
    /// Bytes arrive, unless the stream they came on is gone. The sender then knows that they have left.
    pub(crate) fn arrive(&mut self, (from, to, link): (usize, usize, u64), bytes: Vec<u8>, counted: usize) {
        let (from_key, to_key) = (self.key_on(to, link), self.key_on(from, link));
        if let Some(peer) = to_key.filter(|_| counted > 0) {
            self.input(from, Input::PeerSent { peer, bytes: counted });
        }
        let Some(peer) = from_key else { return };
        self.note(from, to, &bytes);
        self.input(to, Input::PeerMessage { peer, bytes });
    }

    fn note(&mut self, from: usize, to: usize, bytes: &[u8]) {
        if let Some(told) = self.told.get_mut(&to) {
            told.push(bytes.to_vec());
        }
        if std::env::var_os("WORLD_TRACE").is_none() {
            return;
        }
        let text: String = format!("{:?}", Message::from_bytes(bytes)).chars().take(100).collect();
        eprintln!("{} to {}: {} bytes {text}", self.nodes[from].name, self.nodes[to].name, bytes.len());
    }

    /// By which key a node knows the other end of a stream, if that is up for it.
    fn key_on(&self, at: usize, link: u64) -> Option<NodeKey> {
        self.nodes[at].lines.iter().find(|(_, line)| line.link == link).map(|(key, _)| *key)
    }

    /// A node notices that a stream is gone.
    pub(crate) fn notice(&mut self, at: usize, link: u64) {
        if let Some(peer) = self.key_on(at, link) {
            self.nodes[at].lines.remove(&peer);
            self.input(at, Input::PeerDown { peer });
        }
    }

    /// A node closes its stream to a peer, which still reads what was said before.
    pub(crate) fn close(&mut self, at: usize, peer: &NodeKey) {
        let Some(line) = self.nodes[at].lines.remove(peer) else { return };
        self.sea.hang_up(self.now, line.link, line.to);
        self.input(at, Input::PeerDown { peer: *peer });
    }

    /// Whether a node hears what another says.
    fn hears(&self, a: usize, b: usize) -> bool {
        let oneway = &self.sea.weather.oneway;
        let cut = self.cut.contains(&(a.min(b), a.max(b))) || oneway.contains(&(a, b)) || oneway.contains(&(b, a));
        let apart = self.pairs.as_ref().is_some_and(|pairs| !pairs.contains(&(a.min(b), a.max(b))));
        a != b && !cut && !apart && !self.nodes[a].down && !self.nodes[b].down
    }

    /// A node dials a key, and comes to a machine that has it: of several, the seed says to which.
    pub(crate) fn dial(&mut self, from: usize, key: &NodeKey) {
        if self.nodes[from].lines.contains_key(key) {
            return;
        }
        let there: Vec<usize> =
            (0..self.nodes.len()).filter(|to| self.key(*to) == *key && self.hears(from, *to)).collect();
        if let Some(to) = there.get(self.now as usize % there.len().max(1)) {
            self.link(from, *to);
        }
    }

    /// Nobody is ever connected but these.
    pub fn only(&mut self, pairs: &BTreeSet<(usize, usize)>) {
        self.pairs = Some(pairs.clone());
    }

    /// Every node dials whom it misses.
    pub fn redial(&mut self) {
        for at in 0..self.nodes.len() {
            for peer in self.nodes[at].wants.clone() {
                self.dial(at, &peer);
            }
        }
    }

    /// Brings a stream up, unless the link is cut or the stream is up. An end that has not noticed that the one before is
    /// gone notices now: a second connection in the same direction takes over.
    pub fn link(&mut self, a: usize, b: usize) {
        let (key_a, key_b) = (self.key(a), self.key(b));
        if !self.hears(a, b) || key_a == key_b || self.linked(a, b) {
            return;
        }
        let link = self.sea.new_link();
        for (at, to, key) in [(a, b, key_b), (b, a, key_a)] {
            if let Some(old) = self.nodes[at].lines.insert(key, Line { to, link }) {
                self.sea.hang_up(self.now, old.link, old.to);
                self.input(at, Input::PeerDown { peer: key });
            }
        }
        self.input(a, Input::PeerUp { peer: key_b, outbound: true });
        // The first may have closed it at once.
        self.input(b, Input::PeerUp { peer: key_a, outbound: false });
    }

    /// Takes a stream down at both ends. What a closing side said last is still read, and nothing follows from it.
    pub fn unlink(&mut self, a: usize, b: usize) {
        let (key_a, key_b) = (self.key(a), self.key(b));
        let lines = [(a, b, key_b), (b, a, key_a)].map(|(at, to, key)| {
            let line = self.nodes[at].lines.get(&key).copied().filter(|line| line.to == to);
            line.map(|line| (at, key, line.link))
        });
        for (at, peer, link) in lines.into_iter().flatten() {
            for bytes in self.sea.rest_of(link, at) {
                if let Some(told) = self.told.get_mut(&at) {
                    told.push(bytes.clone());
                }
                let now = self.clock(at);
                let engine = &mut self.nodes[at].engine;
                engine.handle(now, [0; 32], Input::PeerMessage { peer, bytes });
                engine.commit().unwrap();
            }
        }
        for (at, _, link) in lines.into_iter().flatten() {
            self.notice(at, link);
        }
    }

    /// Breaks a stream without a word: what was on it is gone, and each end notices in its own time.
    pub fn snap(&mut self, a: usize, b: usize, notice: [u64; 2]) {
        let (key_a, key_b) = (self.key(a), self.key(b));
        let ends = [self.nodes[a].lines.get(&key_b), self.nodes[b].lines.get(&key_a)];
        for link in ends.into_iter().flatten().map(|line| line.link).collect::<Vec<_>>() {
            self.sea.break_off(self.now, link, [a, b], notice);
        }
    }

    /// Cuts the link between two nodes until [`World::heal`].
    pub fn cut(&mut self, a: usize, b: usize) {
        self.unlink(a, b);
        self.cut.insert((a.min(b), a.max(b)));
    }

    /// Cuts the link between two nodes without a word.
    pub fn cut_off(&mut self, a: usize, b: usize) {
        if a != b {
            self.snap(a, b, [self.now % 9_000, self.now % 13_000]);
            self.cut.insert((a.min(b), a.max(b)));
        }
    }

    /// Mends every link; nodes find each other again when they next dial.
    pub fn mend_all(&mut self) {
        self.cut.clear();
        self.sea.weather.oneway.clear();
        self.sea.break_spoiled(self.now);
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

    /// Whether a stream stands between two nodes, as both see it.
    pub fn linked(&self, a: usize, b: usize) -> bool {
        let ends = [self.nodes[a].lines.get(&self.key(b)), self.nodes[b].lines.get(&self.key(a))];
        matches!(ends, [Some(one), Some(other)] if one.link == other.link && one.to == b)
    }
}
