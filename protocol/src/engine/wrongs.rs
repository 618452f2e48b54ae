//! Wrongs: which nodes broke a rule here, and which rule, for whoever looks after this one. Nothing is decided by them,
//! and a restart forgets them.

use crate::{effect::Effect, engine::Engine, identity::NodeKey, limits::WRONGS, store::Store};

/// What a node did, when it did it last, and how often.
#[derive(Debug)]
pub(crate) struct Wrong {
    what: &'static str,
    at: u64,
    times: u64,
}

impl Wrong {
    /// In a sentence about the node.
    pub(crate) fn told(&self) -> String {
        let times = if self.times == 1 { String::new() } else { format!(", {} times", self.times) };
        format!("it {}{times}", self.what)
    }
}

impl<S: Store> Engine<S> {
    /// Notes that a node broke a rule, and has it told.
    pub(crate) fn note_wrong(&mut self, node: NodeKey, what: &'static str) {
        let at = self.turn.now;
        if !self.wrongs.contains_key(&node) && self.wrongs.len() >= WRONGS {
            let oldest = self.wrongs.iter().min_by_key(|(_, wrong)| wrong.at).map(|(node, _)| *node);
            oldest.map(|oldest| self.wrongs.remove(&oldest));
        }
        let wrong = self.wrongs.entry(node).or_insert(Wrong { what, at, times: 0 });
        (wrong.what, wrong.at, wrong.times) = (what, at, wrong.times + 1);
        let times = wrong.times;
        self.turn.effects.push(Effect::Blame { node, what, times });
    }
}
