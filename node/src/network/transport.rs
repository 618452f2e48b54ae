//! From a socket to a secured connection with many streams: TCP with Noise and Yamux, or QUIC; both behind DNS.
//!
//! TCP gets through where UDP is filtered and carries more; QUIC connects in one round trip less. A dial tries every
//! address of a peer at once, and the first connection that stands is taken.

use std::{
    future::{Future, ready},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use libp2p::{
    Multiaddr, PeerId, Swarm, Transport, allow_block_list as block_list, connection_limits,
    core::{
        ConnectedPoint,
        muxing::{StreamMuxer, StreamMuxerBox, StreamMuxerEvent},
        transport::{Boxed, timeout::TransportTimeout},
        upgrade::Version,
    },
    dns, identity, mdns,
    multiaddr::Protocol,
    noise, ping, quic, swarm, tcp, yamux,
};
use tokio::time::{Sleep, sleep};

use super::{
    Config,
    behaviour::{Behaviour, Streams},
    limits::{
        CONNECT, IDLE, MAX_GROWTH, MAX_NEGOTIATING, MAX_PENDING_INBOUND, MAX_PER_PEER, MAX_STREAMS, QUIC_ALIVE,
        QUIC_CONNECT, QUIC_LOST_MS, QUIC_WINDOW,
    },
    memory::Memory,
};

type Connections = Boxed<(PeerId, StreamMuxerBox)>;

/// The one swarm of a node, not listening yet. Needs a tokio runtime.
pub(super) fn swarm(keypair: &identity::Keypair, ours: &Config) -> Swarm<Behaviour> {
    let patience = ours.patience;
    let limits = connection_limits::ConnectionLimits::default()
        .with_max_pending_incoming(Some(MAX_PENDING_INBOUND))
        .with_max_established_incoming(Some(ours.max_inbound))
        .with_max_established_per_peer(Some(MAX_PER_PEER));
    let behaviour = Behaviour {
        limits: connection_limits::Behaviour::new(limits),
        blocked: block_list::Behaviour::default(),
        memory: Memory::new(MAX_GROWTH),
        mdns: nearby(ours.mdns, keypair.public().to_peer_id()).into(),
        ping: ping::Behaviour::new(ping::Config::new().with_interval(patience.ping).with_timeout(patience.pong)),
        streams: Streams::new(ours.spoken),
    };
    let config = swarm::Config::with_tokio_executor()
        .with_idle_connection_timeout(IDLE)
        .with_max_negotiating_inbound_streams(MAX_NEGOTIATING);
    let transport = TransportTimeout::new(named(keypair, patience.farewell), CONNECT).boxed();
    Swarm::new(transport, behaviour, keypair.public().to_peer_id(), config)
}

/// mDNS, if it is wanted and this machine can do it: it is a convenience.
fn nearby(wanted: bool, own: PeerId) -> Option<mdns::tokio::Behaviour> {
    if !wanted {
        return None;
    }
    let started = mdns::tokio::Behaviour::new(mdns::Config::default(), own);
    started.inspect_err(|why| tracing::warn!(%why, "neighbors on the local network cannot be looked for")).ok()
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
    tcp(keypair)
        .or_transport(quic(keypair))
        .map(|either, _| either.into_inner())
        .and_then(move |(peer, muxer), point| {
            let muxer = Farewell { muxer, patience: farewell, late: None };
            ready(as_dialed(peer, &point).map(|()| (peer, StreamMuxerBox::new(muxer))))
        })
        .boxed()
}

fn tcp(keypair: &identity::Keypair) -> Connections {
    let noise = noise::Config::new(keypair).expect("an ed25519 key can always sign the static Noise key");
    let mut yamux = yamux::Config::default();
    yamux.set_max_num_streams(MAX_STREAMS);
    tcp::tokio::Transport::new(tcp::Config::new().nodelay(true))
        .upgrade(Version::V1Lazy)
        .authenticate(noise)
        .multiplex(yamux)
        .boxed()
}

fn quic(keypair: &identity::Keypair) -> Connections {
    let mut config = quic::Config::new(keypair);
    config.handshake_timeout = QUIC_CONNECT;
    config.keep_alive_interval = QUIC_ALIVE;
    config.max_idle_timeout = QUIC_LOST_MS;
    config.max_concurrent_stream_limit = MAX_STREAMS as u32;
    (config.max_stream_data, config.max_connection_data) = (QUIC_WINDOW, QUIC_WINDOW);
    quic::tokio::Transport::new(config).map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer))).boxed()
}

/// Why a dial failed, for people.
pub(super) fn plain(error: &swarm::DialError) -> String {
    match error {
        swarm::DialError::Transport(errors) => {
            let each = errors.iter().take(3).map(|(address, error)| {
                // Whom we dialed is known; its id would only make the sentence long.
                let at: Multiaddr = address.iter().filter(|part| !matches!(part, Protocol::P2p(_))).collect();
                format!("{at}: {}", innermost(error))
            });
            each.collect::<Vec<_>>().join("; ")
        }
        swarm::DialError::NoAddresses => "no usable address".to_owned(),
        swarm::DialError::Denied { cause } => format!("we do not connect with it: {}", innermost(cause)),
        other => other.to_string(),
    }
}

/// Whether a listener's error is one of our system, such as too many open files. QUIC also tells of every stranger
/// whose first packet is nonsense, which nobody has to mend.
pub(super) fn is_ours(error: &std::io::Error) -> bool {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        match error.downcast_ref::<std::io::Error>() {
            Some(io) if io.raw_os_error().is_some() => return true,
            // `source` of an error that wraps another skips the one it wraps.
            Some(io) => next = io.get_ref().map(|inner| inner as _),
            None => next = error.source(),
        }
    }
    false
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
