//! How the others stand: connected or not, complete or not and why, and when each was last heard of.

use std::collections::BTreeSet;

use crate::{
    engine::Engine,
    identity::NodeKey,
    refusal::Refusal,
    rows::{Rows, key},
    store::{Store, Table},
    sync::Stage,
    view::{PeerState, PeerView},
};

impl<S: Store> Engine<S> {
    /// Peers we know of, connected or not.
    pub(crate) fn peers(&self) -> Result<Vec<PeerView>, Refusal> {
        let Some(network) = &self.network else { return Ok(vec![]) };
        let me = self.keys.node_key();
        let mut nodes: BTreeSet<NodeKey> = self.sessions.keys().copied().collect();
        nodes.extend(network.addresses.keys().filter(|n| network.standing(n, self.turn.now).is_member()));
        nodes.extend(self.wrongs.keys().filter(|n| network.standing(n, self.turn.now).is_member()));
        nodes.extend(network.joining.as_ref().map(|t| t.node));
        nodes.remove(&me);
        Ok(nodes.into_iter().map(|node| self.peer_view(node)).collect())
    }

    fn peer_view(&self, node: NodeKey) -> PeerView {
        let session = self.sessions.get(&node);
        let standing = self.standing_now(&node);
        let network = self.network.as_ref();
        let who = network.and_then(|n| n.ever_member_of(&node));
        let addresses = network.and_then(|n| n.addresses.get(&node)).map_or(vec![], |a| a.addresses.clone());
        let untried = session.map_or(0, |_| self.untried());
        let (pending, short) = session.map_or((0, 0), |s| (s.taking.pending() + untried, s.taking.short.len()));
        let gives = standing.is_member();
        let complete = session
            .is_some_and(|s| (!gives && s.stage == Stage::Known) || (s.taking.complete() && short + pending == 0));
        let state = match session {
            None => PeerState::Away,
            Some(s) if s.stage < Stage::Known => PeerState::Meeting,
            Some(_) if pending > 0 => PeerState::Arriving,
            Some(_) if short > 0 => PeerState::Short,
            Some(_) if !complete => PeerState::Asking,
            Some(_) => PeerState::UpToDate,
        };
        let why_not = match state {
            PeerState::Away => Some(self.away(&node)),
            PeerState::Meeting => Some("getting to know each other".to_string()),
            PeerState::Arriving => Some(format!("{pending} records are on their way")),
            PeerState::Short => Some(format!("{short} records did not come whole; it will be asked again")),
            PeerState::Asking => Some("waiting to hear what it has".to_string()),
            PeerState::UpToDate => None,
        };
        let name = who.map_or_else(|| node.short(), |id| network.map_or_else(String::new, |n| n.name_of(&id)));
        PeerView {
            node,
            name,
            standing: standing.word(),
            connected: session.is_some(),
            complete,
            pending,
            untried,
            state,
            member: who,
            heard: session.map(|s| s.since).or_else(|| self.last_heard(&node)),
            why_not,
            addresses,
        }
    }

    fn away(&self, peer: &NodeKey) -> String {
        if let Some(wrong) = self.wrongs.get(peer) {
            return wrong.told();
        }
        let Some((why, at)) = self.missed.get(peer) else { return "not connected".into() };
        let wait_s = at.saturating_sub(self.turn.now).div_ceil(1_000);
        format!("not reachable at {why}; next try in {wait_s} s")
    }

    /// Keeps that a member or partner was there until now.
    pub(crate) fn heard_of(&mut self, peer: &NodeKey) {
        let Some(network) = &self.network else { return };
        if self.sessions.get(peer).is_some_and(|s| s.standing.who().is_some()) {
            self.store.write(Table::Heard, key(&[&network.id.0, &peer.0]), &self.turn.now);
        }
    }

    fn last_heard(&self, peer: &NodeKey) -> Option<u64> {
        let network = self.network.as_ref()?;
        self.store.value(Table::Heard, &key(&[&network.id.0, &peer.0])).ok()?
    }
}
