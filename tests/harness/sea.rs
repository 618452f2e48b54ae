//! What is on its way between nodes, in order of time, and the weather it travels in.
//!
//! A heap of (time, number). How long a message takes follows from the seed, from whom and to whom it goes, and how
//! many went there before: what two nodes say to each other never moves what happens between two others. Order is kept
//! within a stream and broken across streams.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    gate::Trial,
    identity::{Hash, NodeKey},
};

/// Something that will happen.
#[derive(Clone, Debug)]
pub(crate) enum Coming {
    /// Bytes arrive.
    Bytes {
        /// Who said it.
        from: usize,
        /// Whom it is for.
        to: usize,
        /// The stream it is on.
        link: u64,
        /// What was said.
        bytes: Vec<u8>,
        /// How many bytes the sender's engine counts for it.
        counted: usize,
    },
    /// A node notices that a stream is gone.
    Down {
        /// The node.
        at: usize,
        /// The stream.
        link: u64,
    },
    /// A trial is made.
    Tried {
        /// The node it was made for.
        at: usize,
        /// Which life of the node wanted it.
        life: u64,
        /// The trial.
        trial: Box<Trial>,
    },
    /// A node makes durable what it has decided, and carries it out.
    Commit {
        /// The node.
        at: usize,
    },
}

/// What the network does to those who use it. Nothing is lost unless it says so.
#[derive(Clone, Debug, Default)]
pub struct Weather {
    /// Of a thousand messages so many are lost, each with its stream and all that was on it.
    pub loss: u64,
    /// Of a thousand messages so many are followed by an older one between the same two.
    pub replay: u64,
    /// The longest that a message takes beyond its way, in milliseconds.
    pub slow_ms: u64,
    /// The longest that a trial takes beyond what all take, in milliseconds.
    pub trial_ms: u64,
    /// Of a thousand inputs so many wait for the next one before the node commits.
    pub batched: u64,
    /// Of a thousand inputs so many meet a disk that fails.
    pub disk: u64,
    /// From whom nothing comes to whom, and they do not know.
    pub oneway: BTreeSet<(usize, usize)>,
}

/// How long a node takes to notice that a stream is gone, at most: three pings.
const NOTICED_MS: u64 = 45_000;
/// The longest way between two nodes.
const WAY_MS: u64 = 40;
/// The longest that a trial takes where nothing else keeps a machine busy.
const TRIAL_MS: u64 = 60;
/// Messages between two nodes that can come again.
const REPLAYED: usize = 24;

/// What is on its way.
#[derive(Debug, Default)]
pub(crate) struct Sea {
    seed: u64,
    coming: BTreeMap<(u64, u64), Coming>,
    number: u64,
    /// How many messages went from one to another.
    said: BTreeMap<(usize, usize), u64>,
    /// When the last message of a stream arrives, each way.
    last: BTreeMap<(u64, usize), u64>,
    /// What was said before, and may come again.
    old: BTreeMap<(usize, usize), Vec<Vec<u8>>>,
    /// Streams on which nothing arrives any more, though an end may not know.
    dead: BTreeSet<u64>,
    /// Streams on which something came twice, and their ends.
    spoiled: BTreeMap<u64, [usize; 2]>,
    links: u64,
    pub(crate) weather: Weather,
}

/// Dice of one event, told apart by a word.
pub(crate) fn dice(seed: u64, word: &str, of: &[u64]) -> u64 {
    let bytes: Vec<u8> = of.iter().flat_map(|n| n.to_be_bytes()).collect();
    let Hash(hash) = Hash::derive("commonweal tests dice", &[&seed.to_be_bytes(), word.as_bytes(), &bytes]);
    hash[..8].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

impl Sea {
    pub(crate) fn new(seed: u64) -> Sea {
        Sea { seed, ..Sea::default() }
    }

    /// A stream that was never there before.
    pub(crate) fn new_link(&mut self) -> u64 {
        self.links += 1;
        self.links
    }

    fn put(&mut self, due: u64, coming: Coming) {
        self.number += 1;
        self.coming.insert((due, self.number), coming);
    }

    /// Sends bytes on their way. A lost one ends its stream: both ends notice, each in its own time.
    pub(crate) fn ship(&mut self, now: u64, (from, to, link): (usize, usize, u64), bytes: Vec<u8>, counted: usize) {
        let nth = self.said.entry((from, to)).or_default();
        *nth += 1;
        let of = [from as u64, to as u64, *nth];
        let roll = |word: &str, below: u64| dice(self.seed, word, &of) % below.max(1);
        let way = 1 + dice(self.seed, "way", &of[..2]) % WAY_MS;
        let late = roll("late", 1 + self.weather.slow_ms.max(WAY_MS / 2));
        let (lost, again) = (roll("loss", 1_000) < self.weather.loss, roll("replay", 1_000) < self.weather.replay);
        let (which, notice) = (roll("which", 1 << 32), [roll("notice", NOTICED_MS), roll("noticed", NOTICED_MS)]);
        if self.dead.contains(&link) {
            return;
        }
        if lost || self.weather.oneway.contains(&(from, to)) {
            self.break_off(now, link, [from, to], notice);
            return;
        }
        let due = self.in_order(link, to, now + way + late);
        if self.weather.replay > 0 {
            let old = self.old.entry((from, to)).or_default();
            old.push(bytes.clone());
            if old.len() > REPLAYED {
                old.remove(0);
            }
            let older = old[which as usize % old.len()].clone();
            if again {
                self.spoiled.insert(link, [from, to]);
                self.put(due, Coming::Bytes { from, to, link, bytes: older, counted: 0 });
            }
        }
        self.put(due, Coming::Bytes { from, to, link, bytes, counted });
    }

    fn in_order(&mut self, link: u64, to: usize, due: u64) -> u64 {
        let last = self.last.entry((link, to)).or_default();
        *last = due.max(*last);
        *last
    }

    /// A stream breaks without a word. What was on it is gone.
    pub(crate) fn break_off(&mut self, now: u64, link: u64, ends: [usize; 2], notice: [u64; 2]) {
        self.dead.insert(link);
        self.coming.retain(|_, c| !matches!(c, Coming::Bytes { link: on, .. } if *on == link));
        for (at, after) in ends.into_iter().zip(notice) {
            self.put(now + after, Coming::Down { at, link });
        }
    }

    /// Streams on which something came twice break. No network can do that within a stream, only a confused peer; so what
    /// it did to itself ends with it.
    pub(crate) fn break_spoiled(&mut self, now: u64) {
        for (link, ends) in std::mem::take(&mut self.spoiled) {
            self.break_off(now, link, ends, [0, 0]);
        }
    }

    /// One end closed: the other still reads what was said, and then notices.
    pub(crate) fn hang_up(&mut self, now: u64, link: u64, other: usize) {
        let due = self.in_order(link, other, now);
        self.put(due, Coming::Down { at: other, link });
    }

    /// What was under way to a node on a stream, taken off it.
    pub(crate) fn rest_of(&mut self, link: u64, to: usize) -> Vec<Vec<u8>> {
        let keys: Vec<(u64, u64)> =
            self.coming.iter().filter(|(_, c)| goes(c, link, to)).map(|(key, _)| *key).collect();
        let rest = keys.into_iter().filter_map(|key| self.coming.remove(&key));
        rest.filter_map(|c| if let Coming::Bytes { bytes, .. } = c { Some(bytes) } else { None }).collect()
    }

    pub(crate) fn commit_after(&mut self, now: u64, at: usize) {
        self.put(now + 5, Coming::Commit { at });
    }

    /// How long it takes follows from the document alone: what else a node tries moves nothing.
    pub(crate) fn try_after(&mut self, now: u64, at: usize, life: u64, trial: Box<Trial>) {
        let doc = trial.doc.0[..8].iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        let takes = dice(self.seed, "trial", &[at as u64, doc]) % (TRIAL_MS + self.weather.trial_ms);
        self.put(now + takes, Coming::Tried { at, life, trial });
    }

    /// When the next thing happens.
    pub(crate) fn next_due(&self) -> Option<u64> {
        self.coming.keys().next().map(|(due, _)| *due)
    }

    pub(crate) fn next(&mut self) -> Option<(u64, Coming)> {
        self.coming.pop_first().map(|((due, _), coming)| (due, coming))
    }

    /// Bytes that a node has said to another and that have not left it yet.
    pub(crate) fn in_flight(&self, from: usize, to: usize) -> usize {
        let size = |c: &Coming| match c {
            Coming::Bytes { from: f, to: t, counted, .. } if (*f, *t) == (from, to) => *counted,
            _ => 0,
        };
        self.coming.values().map(size).sum()
    }
}

fn goes(coming: &Coming, on: u64, whom: usize) -> bool {
    matches!(coming, Coming::Bytes { link, to, .. } if *link == on && *to == whom)
}

/// One end of a stream, as a node sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// The node at the other end.
    pub(crate) to: usize,
    /// The stream.
    pub(crate) link: u64,
}

/// The lines of a node, one a key: of two machines with one key it knows one at a time.
pub(crate) type Lines = BTreeMap<NodeKey, Line>;
