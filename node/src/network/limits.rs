//! Every bound of the network, each with its reason. What a peer may cost us is the sum of these.

use std::time::Duration;

/// The longest message, in bytes: eight times the longest frame. What is longer travels as several messages.
pub const MAX_MESSAGE: usize = 512 * 1024;

/// The longest frame, flag byte included: short enough that no peer waits long behind another's.
pub(super) const MAX_FRAME: usize = 64 * 1024;

/// The most we hold for one peer that does not read, before we let it go.
pub const MAX_QUEUED: usize = 4 * 1024 * 1024;

/// What a queued message costs besides its bytes, so that a million empty words are not free.
pub(super) const MESSAGE_OVERHEAD: usize = 64;

/// Read and written at once: the size Yamux cuts its own frames to.
pub(super) const BUFFER: usize = 16 * 1024;

/// How hard frames are packed, of 1 to 9: what zlib takes unless told otherwise.
pub(super) const PACKING: u32 = 6;

/// Packed bytes in a row that may come to nothing: our own come to nothing at the end of each batch, five bytes long, and
/// the longest table that stands before a word has 320.
pub(super) const MAX_HOLLOW: usize = 1024;

/// Events waiting for the receiver; then every reader waits.
pub(super) const EVENTS: usize = 64;

/// Bytes of one peer's messages that wait for the receiver; then its own reader waits, and nobody else's. So whoever talks
/// without end is heard in turn with the others, each as much as this at a time. A first copy needs several of the longest at
/// once: with 128 KiB every commit was for one of them, and it took three times as long until all was kept.
pub(super) const WAITING: usize = 1024 * 1024;

/// What a waiting message counts at least, for a short one takes as long to look at as one of a few pages: eight wait.
pub(super) const WAITING_LEAST: usize = 128 * 1024;

/// Commands waiting for the loop, which takes them as fast as it can.
pub(super) const COMMANDS: usize = 64;

/// Events of the loop itself (listening, unreachable) that wait for a slow receiver, before the loop waits too.
pub(super) const MAX_OUTBOX: usize = 256;

/// Inbound peers a small server holds, from the network plan.
pub const DEFAULT_MAX_INBOUND: u32 = 64;

/// How much the process may grow after the start before visitors are refused. By sending, 64 peers can make us hold
/// 224 MiB: the window of a connection, a message in the making and what waits each. The rest is the engine's and the store's.
pub(super) const MAX_GROWTH: u64 = 384 * 1024 * 1024;

/// Claims of the local network that mDNS may hold. It forgets none before its time, and searches all at each new one;
/// above this somebody makes them up.
pub(super) const MAX_CLAIMS: usize = 512;

/// Handshakes with strangers at a time; each costs a Diffie-Hellman and is given up after [`CONNECT`].
pub(super) const MAX_PENDING_INBOUND: u32 = 32;

/// Connections with one peer: two from dialing each other at once, and as many again while those are replaced.
pub(super) const MAX_PER_PEER: u32 = 4;

/// Streams a peer may be negotiating at a time; it needs two, the rest is somebody trying.
pub(super) const MAX_NEGOTIATING: usize = 16;

/// Streams of a connection: Yamux allows 512 at 256 KiB each, which is more than a peer is worth.
pub(super) const MAX_STREAMS: usize = 64;

/// What QUIC takes from a peer before we read it: a stream's worth, and all streams' worth, since one does the work.
/// The default is 15 MB, and 64 peers at that are a gigabyte. 2 MiB carry 10 MB/s across 200 ms.
pub(super) const QUIC_WINDOW: u32 = 2 * 1024 * 1024;

/// The QUIC handshake. Shorter than [`CONNECT`], because a closed port may say nothing: while a node restarts, a try
/// lasts this long, and the next waits for it.
pub(super) const QUIC_CONNECT: Duration = Duration::from_secs(5);

/// Between two signs of life, so that routers, which forget a UDP flow after 30 s, keep it.
pub(super) const QUIC_ALIVE: Duration = Duration::from_secs(10);

/// A QUIC connection without any is lost: two signs may be lost on the way.
pub(super) const QUIC_LOST_MS: u32 = 30_000;

/// Addresses kept of one peer; a node has two or three.
pub(super) const MAX_ADDRESSES: usize = 16;

/// Addresses we tell others of ourselves: as many as a ticket or an address record holds.
pub(super) const MAX_TOLD: usize = protocol::limits::ADDRESSES;

/// The longest address we parse, in bytes; the longest DNS name is 253.
pub(super) const MAX_ADDRESS: usize = 512;

/// Connecting and shaking hands: five round trips of the worst satellite, and then some.
pub(super) const CONNECT: Duration = Duration::from_secs(10);

/// How often to look whether a port is free, when we stop.
pub(super) const PORT_FREE: Duration = Duration::from_millis(20);

/// A connection nobody talks on; the open stream keeps all others.
pub(super) const IDLE: Duration = Duration::from_secs(60);

/// A link older than this gives way to a new one: twice [`CONNECT`], so the new one is not the other half of
/// dialing each other at once, but a peer that lost its end of the old one.
pub(super) const SETTLED: Duration = Duration::from_secs(20);

/// How long the network waits for a peer, in the five ways it can. Tests are in more of a hurry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// For the stream on a new connection; who only connects is closed.
    pub(super) stream: Duration,
    /// For a peer that takes none of what we write.
    pub(super) stall: Duration,
    /// For our last words, and for the connection to close.
    pub(super) farewell: Duration,
    /// Between two pings.
    pub(super) ping: Duration,
    /// For the answer to a ping. libp2p forgives the first, so a dead link is noticed after at most 50 s.
    pub(super) pong: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            stream: Duration::from_secs(10),
            stall: Duration::from_secs(30),
            farewell: Duration::from_secs(5),
            ping: Duration::from_secs(15),
            pong: Duration::from_secs(10),
        }
    }
}
