//! Hands out one raw stream a connection, tagged with the connection it came by.
//!
//! Whoever dialed opens the stream. `libp2p-stream` picks a random connection of a peer and drops bursts silently, and
//! `request-response` buffers whole messages; we need to know which of two connections a stream belongs to.

use std::{
    collections::VecDeque,
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
};

use libp2p::{
    Multiaddr, PeerId, Stream, StreamProtocol, allow_block_list as block_list, connection_limits as limits,
    core::{
        Endpoint,
        transport::PortUse,
        upgrade::{InboundUpgrade, OutboundUpgrade, UpgradeInfo},
    },
    mdns, ping,
    swarm::{
        ConnectionDenied, ConnectionHandler, ConnectionHandlerEvent, ConnectionId, FromSwarm, NetworkBehaviour,
        SubstreamProtocol, THandler, THandlerInEvent, THandlerOutEvent, ToSwarm,
        behaviour::toggle::Toggle,
        handler::{ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound},
    },
};

use super::{address::node_key, memory::Memory};

/// The one long-lived stream between two nodes: its messages in frames, as the first version had it.
pub(super) const PLAIN: StreamProtocol = StreamProtocol::new("/commonweal/ctl/1");

/// The same, with the frames packed. See [`packing`](super::packing).
pub(super) const PACKED: StreamProtocol = StreamProtocol::new("/commonweal/ctl/2");

/// What we speak, the best first: whoever dials proposes them in this order, and a node of the version before ours knows
/// the second.
pub(super) const SPOKEN: &[StreamProtocol] = &[PACKED, PLAIN];

/// What a connection of ours can do. The order matters: whoever is over the limits or blocked is turned away before
/// anything else looks at the connection.
#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    pub(super) limits: limits::Behaviour,
    pub(super) blocked: block_list::Behaviour<block_list::BlockedPeers>,
    pub(super) memory: Memory,
    pub(super) mdns: Toggle<mdns::tokio::Behaviour>,
    pub(super) ping: ping::Behaviour,
    pub(super) streams: Streams,
}

/// What became of the stream of a connection.
#[derive(Debug)]
pub(super) enum Opened {
    Stream { connection: ConnectionId, stream: Spoken },
    Failed { connection: ConnectionId, why: String },
}

/// A stream, and whether the frames on it are packed.
#[derive(Debug)]
pub(super) struct Spoken {
    pub(super) stream: Stream,
    pub(super) packed: bool,
}

/// Agrees with the other side on one of these, and hands out the bare stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Agree(&'static [StreamProtocol]);

impl UpgradeInfo for Agree {
    type Info = StreamProtocol;
    type InfoIter = std::iter::Cloned<std::slice::Iter<'static, StreamProtocol>>;

    fn protocol_info(&self) -> Self::InfoIter {
        self.0.iter().cloned()
    }
}

impl InboundUpgrade<Stream> for Agree {
    type Output = Spoken;
    type Error = Infallible;
    type Future = Ready<Result<Spoken, Infallible>>;

    fn upgrade_inbound(self, stream: Stream, agreed: StreamProtocol) -> Self::Future {
        ready(Ok(Spoken { stream, packed: agreed == PACKED }))
    }
}

impl OutboundUpgrade<Stream> for Agree {
    type Output = Spoken;
    type Error = Infallible;
    type Future = Ready<Result<Spoken, Infallible>>;

    fn upgrade_outbound(self, stream: Stream, agreed: StreamProtocol) -> Self::Future {
        self.upgrade_inbound(stream, agreed)
    }
}

/// A peer whose node key is not ed25519.
#[derive(Debug, thiserror::Error)]
#[error("the node's key is not an ed25519 key")]
struct ForeignKey;

/// See the head of the file.
pub(super) struct Streams {
    spoken: &'static [StreamProtocol],
    /// At most one for each connection.
    opened: VecDeque<Opened>,
}

impl Streams {
    /// For a node that speaks these.
    pub(super) fn new(spoken: &'static [StreamProtocol]) -> Streams {
        Streams { spoken, opened: VecDeque::new() }
    }
}

impl NetworkBehaviour for Streams {
    type ConnectionHandler = Handler;
    type ToSwarm = Opened;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        node_key(&peer).ok_or_else(|| ConnectionDenied::new(ForeignKey))?;
        Ok(Handler { spoken: self.spoken, stage: Stage::Expecting, result: None })
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        node_key(&peer).ok_or_else(|| ConnectionDenied::new(ForeignKey))?;
        Ok(Handler { spoken: self.spoken, stage: Stage::Asking, result: None })
    }

    fn on_swarm_event(&mut self, _: FromSwarm<'_>) {}

    fn on_connection_handler_event(&mut self, _: PeerId, connection: ConnectionId, result: THandlerOutEvent<Self>) {
        self.opened.push_back(match result {
            Ok(stream) => Opened::Stream { connection, stream },
            Err(why) => Opened::Failed { connection, why },
        });
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        self.opened.pop_front().map_or(Poll::Pending, |opened| Poll::Ready(ToSwarm::GenerateEvent(opened)))
    }
}

/// How far a connection is with its one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// We dialed, and have to ask for the stream.
    Asking,
    /// They dialed, and have to ask for it.
    Expecting,
    /// There is one, or it was asked for; any other is dropped, which resets it.
    Done,
}

/// One connection's part in this.
#[derive(Debug)]
pub(super) struct Handler {
    spoken: &'static [StreamProtocol],
    stage: Stage,
    result: Option<Result<Spoken, String>>,
}

impl ConnectionHandler for Handler {
    type FromBehaviour = ();
    type ToBehaviour = Result<Spoken, String>;
    type InboundProtocol = Agree;
    type OutboundProtocol = Agree;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = ();

    fn listen_protocol(&self) -> SubstreamProtocol<Self::InboundProtocol, ()> {
        SubstreamProtocol::new(Agree(self.spoken), ())
    }

    fn on_behaviour_event(&mut self, (): ()) {}

    fn poll(
        &mut self,
        _: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<Self::OutboundProtocol, (), Self::ToBehaviour>> {
        if let Some(result) = self.result.take() {
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(result));
        }
        if self.stage == Stage::Asking {
            self.stage = Stage::Done;
            let protocol = SubstreamProtocol::new(Agree(self.spoken), ());
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
        }
        Poll::Pending
    }

    fn on_connection_event(&mut self, event: ConnectionEvent<'_, Self::InboundProtocol, Self::OutboundProtocol>) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound { protocol, .. })
                if self.stage == Stage::Expecting =>
            {
                self.stage = Stage::Done;
                self.result = Some(Ok(protocol));
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound { protocol, .. }) => {
                self.result = Some(Ok(protocol));
            }
            ConnectionEvent::DialUpgradeError(DialUpgradeError { error, .. }) => {
                self.result = Some(Err(error.to_string()));
            }
            _ => {}
        }
    }
}
