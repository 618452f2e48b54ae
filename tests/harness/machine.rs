//! What happens to whole machines: they stop, lose power, come back, are set back to a backup, or lose all that can be
//! computed again.

use protocol::{
    effect::Effect,
    engine::{Engine, one_by_one},
    identity::{Hash, Keys},
    input::Input,
    refusal::Refusal,
    store::{Memory, Op, Store, StoreError, Table},
};

use crate::{
    disk::{Disk, Trouble, truths},
    sea::dice,
    world::{World, address},
};

/// When power fails, as seen from the next commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Nothing of it was kept.
    BeforeCommit,
    /// It was kept, and nobody was told.
    AfterCommit,
    /// It was kept, and some were told.
    Amid,
}

impl World {
    /// Stops a node and starts it again from what it had committed.
    pub fn restart(&mut self, at: usize) {
        for line in self.nodes[at].lines.values().copied().collect::<Vec<_>>() {
            self.unlink(at, line.to);
        }
        let rows = self.store(at).clone();
        self.start(at, rows);
    }

    /// The power of a node fails and comes back: what was on its way to it or from it is lost.
    pub fn crash(&mut self, at: usize) {
        self.power_fails(at);
        self.wake(at);
    }

    /// The power of a node fails when it next makes something durable.
    pub fn arm(&mut self, at: usize, moment: Moment) {
        self.nodes[at].armed = Some(moment);
    }

    /// The power of a node fails. The others notice at once.
    pub fn power_fails(&mut self, at: usize) {
        let lines = std::mem::take(&mut self.nodes[at].lines);
        for line in lines.into_values() {
            self.sea.break_off(self.now, line.link, [at, line.to], [0, 0]);
        }
        let rows = self.nodes[at].engine.store().after_a_power_cut();
        self.reopen(at, rows);
        self.stop(at);
    }

    /// A node's program ends.
    pub(crate) fn stop(&mut self, at: usize) {
        let node = &mut self.nodes[at];
        node.held.clear();
        node.waits = false;
        node.life += 1;
        node.armed = None;
        node.down = true;
    }

    /// Starts a node that was stopped, if it was.
    pub fn wake(&mut self, at: usize) {
        if self.nodes[at].down && !self.nodes[at].gone {
            let rows = self.store(at).clone();
            self.start(at, rows);
        }
    }

    /// Starts a node from these rows. One that learnt that somebody else writes under its key takes a new one.
    fn start(&mut self, at: usize, rows: Memory) {
        self.stop(at);
        self.reopen(at, rows);
        if self.nodes[at].engine.is_copied().unwrap() {
            let rows = self.store(at).clone();
            self.new_machine(at);
            self.reopen(at, rows);
        }
        self.begin(at);
    }

    /// A node has these rows, and is not started yet.
    pub(crate) fn replace(&mut self, at: usize, rows: Memory) {
        self.reopen(at, rows);
    }

    fn begin(&mut self, at: usize) {
        self.nodes[at].down = false;
        self.input(at, Input::Tick);
        self.input(at, Input::Listening { addresses: vec![address(at)] });
    }

    fn reopen(&mut self, at: usize, rows: Memory) {
        let disk = Disk::new(rows, self.spared.clone());
        self.nodes[at].trouble = disk.trouble();
        self.nodes[at].engine = Engine::open(disk, self.nodes[at].keys.clone()).unwrap();
    }

    /// Somebody changes what is on a node's disk while it is off.
    pub fn tamper(&mut self, at: usize, ops: Vec<Op>) {
        self.power_fails(at);
        let mut rows = self.store(at).clone();
        rows.apply(ops, true).unwrap();
        self.start(at, rows);
    }

    /// A node becomes a new installation of the same collaborative.
    fn new_machine(&mut self, at: usize) {
        let (member, life) = (self.nodes[at].keys.member().to_bytes(), self.nodes[at].life);
        let node = Hash::derive("commonweal tests machine", &[&self.key(at).0, &at.to_be_bytes(), &life.to_be_bytes()]);
        let keys = Keys::new(member, node.0);
        self.nodes[at].key = keys.node_key();
        self.nodes[at].keys = keys;
    }

    /// A node is taken off the network for good.
    pub fn retire(&mut self, at: usize) {
        self.power_fails(at);
        self.nodes[at].gone = true;
    }

    /// Whether a node has learnt that somebody else writes under its key.
    pub fn is_copied(&self, at: usize) -> bool {
        self.nodes[at].engine.is_copied().unwrap()
    }

    /// A disk has no room any more, or has some again.
    pub fn fill(&mut self, at: usize, full: bool) {
        self.nodes[at].full = full;
    }

    /// Whether a disk has no room.
    pub fn is_full(&self, at: usize) -> bool {
        self.nodes[at].full
    }

    /// Whether a disk fails or is full.
    pub fn ailing(&self) -> bool {
        self.sea.weather.disk > 0 || self.nodes.iter().any(|node| node.full)
    }

    /// All is well with a machine: its clock, its disk and its power. It is started if it was not, or must be.
    pub fn repair(&mut self, at: usize) {
        let node = &mut self.nodes[at];
        (node.skew_ms, node.full, node.armed) = (0, false, None);
        self.wake(at);
        if self.is_copied(at) {
            self.restart(at);
        }
    }

    /// A node's store is made anew from what cannot be computed again.
    pub fn rebuild(&mut self, at: usize) {
        self.power_fails(at);
        let rows = truths(self.store(at), |_| true);
        self.start_anew(at, rows);
    }

    /// Works out all that follows from these rows, and is there again once that is safe.
    fn start_anew(&mut self, at: usize, rows: Memory) {
        self.reopen(at, rows);
        self.nodes[at].engine.rebuild(&one_by_one).unwrap();
        let rows = self.store(at).clone();
        self.start(at, rows);
    }

    /// What a backup of a node would hold: neither its key nor what it signed as a steward.
    pub fn backup(&self, at: usize) -> Memory {
        truths(self.store(at), |table| table != Table::SignedVote)
    }

    /// The machine is lost, and another one is set up from a backup: a new node key.
    pub fn restore(&mut self, at: usize, backup: Memory) {
        self.power_fails(at);
        self.new_machine(at);
        self.start_anew(at, backup);
    }

    /// Whether something comes about that comes about so often in a thousand times.
    pub(crate) fn rolls(&self, word: &str, of_thousand: u64) -> bool {
        !self.apart && dice(self.seed, word, &[self.drawn]) % 1_000 < of_thousand
    }

    /// What ails a node's disk while it handles one input.
    pub(crate) fn ails(&self, at: usize) -> Trouble {
        if self.apart {
            return Trouble::Apart;
        }
        if !self.rolls("disk", self.sea.weather.disk) {
            return if self.nodes[at].full { Trouble::Full } else { Trouble::None };
        }
        match dice(self.seed, "ails", &[self.drawn]) % 4 {
            0 => Trouble::Reads(self.drawn, 1_000),
            1 => Trouble::Reads(self.drawn, 200),
            2 => Trouble::Reads(self.drawn, 20),
            _ => Trouble::Writes,
        }
    }

    /// Nothing of this was kept, so nobody may be told of it; as the thread of a real node does it.
    pub(crate) fn not_saved(&mut self, at: usize, effects: Vec<Effect>, why: &StoreError) -> Vec<Effect> {
        self.nodes[at].trouble.set(self.ails(at));
        let back = self.nodes[at].engine.abandon();
        self.nodes[at].trouble.set(Trouble::None);
        for (_, line) in std::mem::take(&mut self.nodes[at].lines) {
            self.sea.hang_up(self.now, line.link, line.to);
        }
        if back.is_err() {
            // It cannot even go back: the program ends, and whoever looks after it starts it again.
            self.stop(at);
        }
        let refused = |effect| match effect {
            Effect::Answer { id, .. } => {
                Some(Effect::Answer { id, result: Box::new(Err(Refusal::Store(why.clone()))) })
            }
            _ => None,
        };
        effects.into_iter().filter_map(refused).collect()
    }
}
