//! Having nothing to do with a member: no connection, nothing given, nothing taken. A block is this node's own affair; it
//! always wins, and nobody is told of it. What others pass on of the blocked one still comes, and so does what they pass
//! on of ours to them: a charter decides who belongs, not one node.

use crate::{
    effect::Effect,
    engine::Engine,
    identity::{MemberId, NodeKey},
    refusal::Refusal,
    rows::key,
    store::{Store, Table},
};

impl<S: Store> Engine<S> {
    /// Blocks a member.
    pub(super) fn block(&mut self, name: &str) -> Result<(), Refusal> {
        let network = self.network()?;
        let (id, who, now) = (network.id, network.find(name)?, self.turn.now);
        if who == network.me {
            return Err(Refusal::BlockOwn);
        }
        if network.blocked.contains_key(&who) {
            return Ok(());
        }
        let nodes = self.nodes_of(&who)?;
        self.store.write(Table::Block, key(&[&id.0, &who.0]), &now);
        self.network_mut()?.blocked.insert(who, now);
        self.turn.effects.extend(nodes.into_iter().map(|peer| Effect::Forget { peer }));
        // From here on it is a stranger, and strangers are let go.
        self.turn.regroup = true;
        Ok(())
    }

    /// Ends that. What came about meanwhile follows once they are connected again.
    pub(super) fn unblock(&mut self, name: &str) -> Result<(), Refusal> {
        let network = self.network()?;
        let (id, who) = (network.id, network.find(name)?);
        if self.network_mut()?.blocked.remove(&who).is_none() {
            return Ok(());
        }
        self.store.delete(Table::Block, key(&[&id.0, &who.0]));
        self.turn.regroup = true;
        self.turn.reach = true;
        Ok(())
    }

    /// Whether this is a machine of somebody this node has nothing to do with.
    pub(crate) fn is_blocked(&self, peer: &NodeKey) -> bool {
        self.network.as_ref().is_some_and(|network| network.is_blocked(peer))
    }

    fn nodes_of(&self, who: &MemberId) -> Result<Vec<NodeKey>, Refusal> {
        let roster = self.network()?.rosters.get(who);
        Ok(roster.map_or(vec![], |roster| roster.nodes.iter().map(|node| node.key).collect()))
    }
}
