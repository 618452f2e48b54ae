//! Taking back what an input did, when it comes to nothing: rows, effects, and what moved in memory with them.

use crate::{
    effect::Effect,
    engine::{Engine, Fault, Turn},
    identity::NodeKey,
    message::Bye,
    refusal::Refusal,
    store::Store,
    sync::Going,
};

impl<S: Store> Engine<S> {
    /// Forgets everything since the last commit, and every peer with it: the caller closes their streams.
    pub fn abandon(&mut self) -> Result<(), Refusal> {
        self.store.abandon();
        self.sessions.clear();
        (self.going, self.shown) = (Going::default(), None);
        self.forget_trials();
        // What the first tick wanted said and reached may be among what was lost.
        self.started = false;
        self.load()
    }

    pub(super) fn fail(&mut self, position: u64, peer: Option<NodeKey>, fault: Fault) {
        self.undo(position);
        let Some(peer) = peer else { return };
        let bye = match fault {
            Fault::Theirs(bye) => bye,
            Fault::Ours(_) => Bye::Disk,
        };
        // Of keys that anybody can make there is no end, and whose they are would tell nobody anything.
        if bye == Bye::Rule && self.network.as_ref().is_some_and(|n| n.ever_member_of(&peer).is_some()) {
            self.note_wrong(peer, "broke a rule of the protocol, and was turned away");
        }
        self.dismiss(peer, bye);
    }

    /// Takes back all that the input at hand did.
    pub(crate) fn undo(&mut self, position: u64) {
        self.store.undo();
        self.shown = None;
        for effect in std::mem::take(&mut self.turn.effects) {
            match effect {
                Effect::GoOn => self.going.called = false,
                Effect::Try(trial) => self.not_tried(&trial.doc),
                // What is not sent after all is not on its way.
                Effect::Send { peer, bytes } => self.took(&peer, bytes.len()),
                _ => {}
            }
        }
        let (touched, tried) = (self.turn.touched, self.turn.tried);
        self.turn = Turn { now: self.turn.now, random: self.turn.random, drawn: self.turn.drawn, ..Turn::default() };
        self.position = position;
        // Should the disk itself fail now, the commit will say so.
        let _ = if tried { self.recall_trials() } else { Ok(()) };
        if !touched {
            return;
        }
        // Membership moved with what was undone. The rows are those we wrote, so they read back; if the disk itself fails
        // now, the commit will say so.
        let (name, network) = (self.name.take(), self.network.take());
        if self.load().is_err() {
            (self.name, self.network) = (name, network);
        }
        self.position = position;
    }
}
