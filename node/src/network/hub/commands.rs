//! What the loop does when it is told to. Nothing here waits.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    super::{
        Command, Event, Fault, NodeKey, Why,
        address::{parse, to_peer_id},
        limits::MAX_ADDRESSES,
    },
    Hub, short,
};
use crate::clock::dice;

impl Hub {
    pub(super) fn on_command(&mut self, command: Command) {
        match command {
            Command::Reach { peer, addresses } => self.reach(peer, &addresses),
            Command::Rest { peer } => self.dialing.rest(&peer, self.now_ms(), dice()),
            Command::Forget { peer } => self.dialing.forget(&peer),
            Command::Send { peer, link, bytes } => self.send(peer, link, bytes),
            Command::Close { peer } => self.close(peer),
            Command::Refuse { peer } => {
                self.let_go(peer);
                self.close(peer);
            }
            Command::Block { peer } => self.block(peer),
            Command::Unblock { peer } => {
                if let Some(id) = to_peer_id(&peer) {
                    self.swarm.behaviour_mut().blocked.unblock_peer(id);
                }
            }
            Command::Stop => self.stop(),
        }
    }

    fn reach(&mut self, peer: NodeKey, texts: &[String]) {
        let (mut addresses, mut wrong) = (Vec::new(), None);
        for text in texts.iter().take(MAX_ADDRESSES) {
            match parse(text) {
                Ok((address, named)) if named.is_none_or(|named| named == peer) => addresses.push(address),
                Ok(_) => wrong = Some(Fault::OtherPeer { address: text.clone() }),
                Err(why) => wrong = Some(Fault::BadAddress { address: text.clone(), why }),
            }
        }
        self.outbox.extend(wrong.map(Event::Failed));
        if peer != self.own && to_peer_id(&peer).is_some() {
            let up = self.links.contains_key(&peer);
            self.dialing.reach(peer, addresses, up, self.now_ms());
            self.visits.forgive(&peer);
        }
    }

    fn send(&mut self, peer: NodeKey, link: u64, bytes: Vec<u8>) {
        let running = self.links.get_mut(&peer).filter(|running| running.number == link);
        let Some(running) = running else {
            tracing::debug!(peer = %short(&peer), link, "message for a link that has ended");
            return;
        };
        running.send(bytes);
    }

    fn close(&mut self, peer: NodeKey) {
        let farewell = self.patience.farewell;
        if let Some(running) = self.links.get_mut(&peer) {
            running.stop(Why::Closed, farewell);
        }
    }

    /// Remembers that the peer, which came to us, has no business here.
    fn let_go(&mut self, peer: NodeKey) {
        let from = self.links.get(&peer).filter(|running| !running.outbound).map(|running| running.from);
        if let Some(from) = from.filter(|_| !self.dialing.wants(&peer)) {
            self.visits.let_go(&peer, from, self.now_ms());
        }
    }

    fn block(&mut self, peer: NodeKey) {
        let Some(id) = to_peer_id(&peer) else { return };
        self.dialing.forget(&peer);
        if let Some(running) = self.links.get_mut(&peer) {
            running.next = None;
            running.stop(Why::Blocked, Duration::ZERO);
        }
        self.swarm.behaviour_mut().blocked.block_peer(id);
    }

    pub(super) fn stop(&mut self) {
        let farewell = self.patience.farewell;
        for running in self.links.values_mut() {
            running.next = None;
            running.stop(Why::Closed, farewell);
        }
        self.stopping = Some(Instant::now() + 2 * farewell);
    }
}
