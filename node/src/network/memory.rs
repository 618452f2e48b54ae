//! Refuses visitors while this process has grown too much, before any of them costs a handshake.
//!
//! A process seldom gives memory back to the system, and a node that holds much is large from the start; so the bound
//! counts from when the network began. Peers that are connected stay, and we go on dialing.

use std::{
    convert::Infallible,
    fs,
    task::{Context, Poll},
};

use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    swarm::{
        ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent, THandlerOutEvent,
        ToSwarm, dummy,
    },
};

/// See the head of the file.
#[derive(Debug)]
pub(super) struct Memory {
    /// `None` where the system does not tell.
    most: Option<u64>,
    full: bool,
}

/// We have no room for a visitor.
#[derive(Debug, thiserror::Error)]
#[error("this node uses more memory than it should")]
struct Full;

impl Memory {
    /// Refuses once the process is larger by `growth` bytes than it is now.
    pub(super) fn new(growth: u64) -> Self {
        Self { most: used().map(|now| now.saturating_add(growth)), full: false }
    }

    fn is_full(&mut self, used: Option<u64>) -> bool {
        let full = matches!((used, self.most), (Some(used), Some(most)) if used > most);
        if full && !self.full {
            tracing::warn!(used, "no visitors are let in while so much memory is used; look what asks so much of it");
        }
        self.full = full;
        full
    }
}

/// What this process holds in memory, in bytes. The kernel answers from a counter, so this is no wait.
fn used() -> Option<u64> {
    let pages: u64 = fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

impl NetworkBehaviour for Memory {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        match self.is_full(used()) {
            true => Err(ConnectionDenied::new(Full)),
            false => Ok(()),
        }
    }

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(dummy::ConnectionHandler)
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(dummy::ConnectionHandler)
    }

    fn on_swarm_event(&mut self, _: FromSwarm<'_>) {}

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, event: THandlerOutEvent<Self>) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visitors_are_refused_only_while_there_is_no_room() {
        let mut memory = Memory { most: Some(100), full: false };
        assert_eq!([99, 100, 101, 50].map(|used| memory.is_full(Some(used))), [false, false, true, false]);
        assert!(!memory.is_full(None), "where the system does not tell");
    }

    #[test]
    fn the_system_tells_how_much_we_use() {
        assert!(used().is_none_or(|bytes| bytes > 100_000), "{:?}", used());
        assert!(used().is_some() || !cfg!(target_os = "linux"));
    }
}
