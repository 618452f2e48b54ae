//! From a socket to a secured connection with many streams: TCP, Noise and Yamux, behind DNS.
//!
//! Further transports join with `or_transport` before DNS, which only looks names up for whatever is inside.

use std::{
    future::{Future, ready},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use libp2p::{
    PeerId, Swarm, Transport, allow_block_list as block_list, connection_limits,
    core::{
        ConnectedPoint,
        muxing::{StreamMuxer, StreamMuxerBox, StreamMuxerEvent},
        transport::{Boxed, timeout::TransportTimeout},
        upgrade::Version,
    },
    dns, identity,
    multiaddr::Protocol,
    noise, ping, swarm, tcp, yamux,
};
use tokio::time::{Sleep, sleep};

use super::{
    behaviour::{Behaviour, Streams},
    limits::{CONNECT, IDLE, MAX_NEGOTIATING, MAX_PENDING_INBOUND, MAX_PER_PEER, MAX_STREAMS, Patience},
};

type Connections = Boxed<(PeerId, StreamMuxerBox)>;

/// The one swarm of a node, not listening yet. Needs a tokio runtime.
pub(super) fn swarm(keypair: &identity::Keypair, max_inbound: u32, patience: Patience) -> Swarm<Behaviour> {
    let limits = connection_limits::ConnectionLimits::default()
        .with_max_pending_incoming(Some(MAX_PENDING_INBOUND))
        .with_max_established_incoming(Some(max_inbound))
        .with_max_established_per_peer(Some(MAX_PER_PEER));
    let behaviour = Behaviour {
        limits: connection_limits::Behaviour::new(limits),
        blocked: block_list::Behaviour::default(),
        ping: ping::Behaviour::new(ping::Config::new().with_interval(patience.ping).with_timeout(patience.pong)),
        streams: Streams::default(),
    };
    let config = swarm::Config::with_tokio_executor()
        .with_idle_connection_timeout(IDLE)
        .with_max_negotiating_inbound_streams(MAX_NEGOTIATING);
    let transport = TransportTimeout::new(named(keypair, patience.farewell), CONNECT).boxed();
    Swarm::new(transport, behaviour, keypair.public().to_peer_id(), config)
}

/// With names looked up, if this machine knows how: reading its resolver configuration can fail.
fn named(keypair: &identity::Keypair, farewell: Duration) -> Connections {
    match dns::tokio::Transport::system(secured(keypair, farewell)) {
        Ok(transport) => transport.map(|connection, _| connection).boxed(),
        Err(why) => {
            tracing::warn!(%why, "cannot read the system's DNS configuration; only numeric addresses can be dialed");
            secured(keypair, farewell)
        }
    }
}

/// What connects once the name is known.
pub(super) fn secured(keypair: &identity::Keypair, farewell: Duration) -> Connections {
    let noise = noise::Config::new(keypair).expect("an ed25519 key can always sign the static Noise key");
    let mut yamux = yamux::Config::default();
    yamux.set_max_num_streams(MAX_STREAMS);
    tcp::tokio::Transport::new(tcp::Config::new().nodelay(true))
        .upgrade(Version::V1Lazy)
        .authenticate(noise)
        .multiplex(yamux)
        .and_then(move |(peer, muxer), point| {
            let muxer = Farewell { muxer, patience: farewell, late: None };
            ready(as_dialed(peer, &point).map(|()| (peer, StreamMuxerBox::new(muxer))))
        })
        .boxed()
}

/// Why a dial failed, for people.
pub(super) fn plain(error: &swarm::DialError) -> String {
    match error {
        swarm::DialError::Transport(errors) => {
            let each = errors.iter().take(3).map(|(address, error)| format!("{address}: {}", innermost(error)));
            each.collect::<Vec<_>>().join("; ")
        }
        swarm::DialError::NoAddresses => "no usable address".to_owned(),
        swarm::DialError::Denied { cause } => format!("we do not connect with it: {}", innermost(cause)),
        other => other.to_string(),
    }
}

/// The last in the chain of causes; those before it only say where it was.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

/// Somebody else has that address now.
#[derive(Debug, thiserror::Error)]
#[error("another node answers there")]
struct OtherNode;

/// Whether the node that answers is the one we dialed.
///
/// The swarm would check that too, but only after the first address that answers has won: behind two routers of the
/// same make, where everybody is 192.168.1.5, the right address would never be tried to its end.
fn as_dialed(peer: PeerId, point: &ConnectedPoint) -> Result<(), OtherNode> {
    match point {
        ConnectedPoint::Dialer { address, .. } => match address.iter().last() {
            Some(Protocol::P2p(dialed)) if dialed != peer => Err(OtherNode),
            _ => Ok(()),
        },
        ConnectedPoint::Listener { .. } => Ok(()),
    }
}

/// A connection whose closing ends.
///
/// Closing flushes, and a peer that does not read never lets that end: the connection would hold its place among
/// `max_inbound` for as long as the peer pleases, and 64 of those lock everyone out.
struct Farewell<M> {
    muxer: M,
    patience: Duration,
    late: Option<Pin<Box<Sleep>>>,
}

impl<M: StreamMuxer + Unpin> StreamMuxer for Farewell<M> {
    type Substream = M::Substream;
    type Error = M::Error;

    fn poll_inbound(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Self::Substream, Self::Error>> {
        Pin::new(&mut self.muxer).poll_inbound(cx)
    }

    fn poll_outbound(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Self::Substream, Self::Error>> {
        Pin::new(&mut self.muxer).poll_outbound(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        if let Poll::Ready(closed) = Pin::new(&mut self.muxer).poll_close(cx) {
            return Poll::Ready(closed);
        }
        let patience = self.patience;
        self.late.get_or_insert_with(|| Box::pin(sleep(patience))).as_mut().poll(cx).map(Ok)
    }

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<StreamMuxerEvent, Self::Error>> {
        Pin::new(&mut self.muxer).poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    /// A connection that cannot be flushed.
    struct Stuck;

    impl StreamMuxer for Stuck {
        type Substream = futures::io::Cursor<Vec<u8>>;
        type Error = std::io::Error;

        fn poll_inbound(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<Self::Substream, Self::Error>> {
            Poll::Pending
        }

        fn poll_outbound(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<Self::Substream, Self::Error>> {
            Poll::Pending
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
            Poll::Pending
        }

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<StreamMuxerEvent, Self::Error>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn closing_ends_though_the_peer_does_not_read() {
        let mut stuck = Farewell { muxer: Stuck, patience: Duration::from_millis(50), late: None };
        let closing = poll_fn(|cx| Pin::new(&mut stuck).poll_close(cx));
        tokio::time::timeout(Duration::from_secs(5), closing).await.expect("never closed").unwrap();
    }
}
