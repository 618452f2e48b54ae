//! Carries bounded messages between node keys, and knows nothing of what is in them nor of who may say it.
//!
//! [`start`] gives two channels: commands in, events out. With each peer there is at most one link; its story is
//! always told in this order: [`Event::Up`], then messages, then [`Event::Down`]. A link that is replaced by a better
//! one ends and begins like any other, so nothing is lost silently: what was sent and not acted on when a link goes
//! down has to be said again.
//!
//! Everything a peer can make us hold is bounded in `network/limits.rs`. A receiver that is slow to take events slows
//! the peers down, and loses nothing.

mod address;
mod behaviour;
mod dialing;
pub mod frames;
mod hub;
mod limits;
mod link;
mod memory;
mod nearby;
mod packing;
mod running;
mod scope;
mod transport;
mod visits;

#[cfg(test)]
mod tests;

use libp2p::identity::Keypair;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

pub use address::{parse_address, peer_id};
pub use frames::Broken;
pub use limits::{DEFAULT_MAX_INBOUND, MAX_MESSAGE, MAX_QUEUED};

/// A node's ed25519 public key: who it is on the network.
pub type NodeKey = [u8; 32];

/// What a network starts with.
pub struct Config {
    /// The seed of the node key.
    pub secret: [u8; 32],
    /// Addresses to listen on, such as `/ip4/0.0.0.0/tcp/4100` or `/ip4/0.0.0.0/udp/4100/quic-v1`; port 0 takes any.
    /// With none we only dial.
    pub listen: Vec<String>,
    /// Peers that may be connected by having dialed us.
    pub max_inbound: u32,
    /// Whether to look for known peers on the local network, and to be found there, by mDNS.
    ///
    /// Whoever asks on the local network is then told this node's peer id, and the addresses and ports at which it
    /// listens on that network; nothing of whose node it is, of its networks or of its records. The peer id stays the
    /// same, so somebody who watches several networks sees that the same laptop was in each.
    pub mdns: bool,
    patience: limits::Patience,
    /// What we speak, the best first. Tests play a node of an earlier version.
    spoken: &'static [libp2p::StreamProtocol],
}

impl Config {
    /// With the numbers of a small server, and without mDNS.
    pub fn new(secret: [u8; 32], listen: Vec<String>) -> Self {
        let (max_inbound, patience, spoken) = (DEFAULT_MAX_INBOUND, limits::Patience::default(), behaviour::SPOKEN);
        Self { secret, listen, max_inbound, mdns: false, patience, spoken }
    }
}

/// What to do. All are carried out in order, and none waits for the network.
#[derive(Debug)]
pub enum Command {
    /// Stay connected with this peer: dial it at once if it is not up, and again, with growing waits, whenever it is
    /// down. Asking again replaces the addresses; a new one is tried at once. Addresses may end in the peer's `/p2p/`.
    Reach {
        /// Whom.
        peer: NodeKey,
        /// Where; the first 16 count. With none we wait to be dialed.
        addresses: Vec<String>,
    },
    /// Dial this peer seldom from now on, once or twice an hour, until it is to be reached anew. A link that is up stays.
    Rest {
        /// Whom.
        peer: NodeKey,
    },
    /// Stop trying to reach this peer. A link that is up stays up.
    Forget {
        /// Whom.
        peer: NodeKey,
    },
    /// Say this to the peer. Dropped without a word when that link has ended: its [`Event::Down`] is the word.
    ///
    /// Keep the bytes that were sent and not yet reported by [`Event::Sent`] well below [`MAX_QUEUED`]: above it the
    /// link ends with [`Why::QueueFull`].
    Send {
        /// To whom.
        peer: NodeKey,
        /// On which link, from [`Event::Up`]: so that words meant for the last one are not the first on the next.
        link: u64,
        /// 1 to [`MAX_MESSAGE`] bytes.
        bytes: Vec<u8>,
    },
    /// Hang up, after writing what was sent before (5 s at most). A peer that is to be reached is dialed again.
    Close {
        /// Whom.
        peer: NodeKey,
    },
    /// Hang up like [`Command::Close`], because the peer has no business here. A peer that we are not to reach and that
    /// we refuse too often stays out for a while.
    Refuse {
        /// Whom.
        peer: NodeKey,
    },
    /// Hang up at once, forget the peer, and neither dial nor admit it until unblocked.
    Block {
        /// Whom.
        peer: NodeKey,
    },
    /// Admit the peer again. It is dialed only after another [`Command::Reach`].
    Unblock {
        /// Whom.
        peer: NodeKey,
    },
    /// Hang up on everyone politely and stop. Events end when the ports are free again.
    Stop,
}

/// The place of a message among those of its peer that wait to be looked at. Dropping it makes room for the next: who says
/// more than we look at waits for itself, and nobody else does.
#[derive(Debug, Default)]
pub struct Room {
    _taken: Option<OwnedSemaphorePermit>,
}

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// We can now be dialed at these full addresses, with `/p2p/`: all there are, or those most useful to others, what
    /// reaches farthest first.
    Listening(Vec<String>),
    /// A peer is connected. Its key is proven; whether it is welcome is not for us to say.
    Up {
        /// Who.
        peer: NodeKey,
        /// The number of this link; no other in this run has it.
        link: u64,
        /// Whether we dialed.
        outbound: bool,
        /// Where it is: what we dialed, or where it came from.
        address: String,
    },
    /// A peer said something, in the order it was said.
    Message {
        /// Who.
        peer: NodeKey,
        /// What: 1 to [`MAX_MESSAGE`] bytes.
        bytes: Vec<u8>,
        /// To be dropped when the message is looked at.
        room: Room,
    },
    /// A message of ours has left the queue: one event for each, in order. The peer may not have it yet.
    Sent {
        /// To whom.
        peer: NodeKey,
        /// How long it was.
        bytes: usize,
    },
    /// The link with a peer has ended. No more comes of it.
    Down {
        /// Who.
        peer: NodeKey,
        /// Why.
        why: Why,
    },
    /// A dial failed.
    Unreachable {
        /// Who.
        peer: NodeKey,
        /// What we heard from each address.
        why: String,
        /// How long until the next try, in milliseconds from now.
        next_ms: u64,
    },
    /// Something is wrong that a person has to mend.
    Failed(Fault),
}

/// Why a link ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// We were asked to.
    #[error("we hung up")]
    Closed,
    /// The peer hung up, or the line is cut; TCP does not always tell which.
    #[error("the node hung up or the line was cut")]
    Gone,
    /// Two pings got no answer.
    #[error("the node no longer answers")]
    Silent,
    /// For 30 s the peer took none of what we had to say.
    #[error("the node does not read what we send")]
    Stalled,
    /// The peer broke the rules of frames.
    #[error("the node sent {0}")]
    Broken(Broken),
    /// More than [`MAX_QUEUED`] was waiting for the peer.
    #[error("too much was waiting to be sent to the node")]
    QueueFull,
    /// We were asked to send an empty message or one above [`MAX_MESSAGE`].
    #[error("a message to the node was empty or too long to send")]
    Unsendable,
    /// Another connection with the same peer took over; its [`Event::Up`] follows.
    #[error("another connection took over")]
    Replaced,
    /// The peer was blocked.
    #[error("the node was blocked")]
    Blocked,
}

/// What a person has to mend while the network runs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// We no longer listen, or not well.
    #[error("Listening failed: {why}. Other nodes may not be able to connect; restart this node if it does not mend.")]
    Listener {
        /// What the system said.
        why: String,
    },
    /// A peer's address cannot be used.
    #[error("The address {address} cannot be used: {why}")]
    BadAddress {
        /// As it was given.
        address: String,
        /// What is wrong.
        why: AddressError,
    },
    /// A peer's address names another node.
    #[error("The address {address} belongs to another node. Ask for a new one.")]
    OtherPeer {
        /// As it was given.
        address: String,
    },
}

/// What is wrong with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Above 512 bytes.
    #[error("It is too long to be an address. Copy it again.")]
    TooLong,
    /// No multiaddr.
    #[error("It is not an address. It should look like /dns4/example.org/tcp/4100/p2p/12D3Koo….")]
    NotAnAddress,
    /// Without `/p2p/`.
    #[error("It does not say which node is there. It should end in /p2p/12D3Koo….")]
    NoPeer,
    /// The node key is not ed25519.
    #[error("The node it names does not have a Commonweal key. Copy it again.")]
    ForeignKey,
    /// Nothing we can dial.
    #[error(
        "It cannot be dialed. It should begin with /ip4/, /ip6/ or /dns4/, then /tcp/ and a port above 0, \
         or /udp/, a port and /quic-v1."
    )]
    NotReachable,
}

/// Why a network could not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// No listening address.
    #[error(
        "The listening address {address} is not understood. \
         Write it like /ip4/0.0.0.0/tcp/4100 or /ip4/0.0.0.0/udp/4100/quic-v1."
    )]
    BadAddress {
        /// As it was given.
        address: String,
    },
    /// Somebody else listens there.
    #[error(
        "Port {port} is in use, perhaps by another Commonweal node on this machine. \
         Stop that program, or listen on another port than {address}."
    )]
    PortInUse {
        /// As it was given.
        address: String,
        /// The port.
        port: u16,
    },
    /// The system does not let us.
    #[error("This account may not listen on {address}. Choose a port above 1023.")]
    NotAllowed {
        /// As it was given.
        address: String,
    },
    /// Another machine's address.
    #[error("{address} is not an address of this machine. Use /ip4/0.0.0.0/ to listen on all it has.")]
    NotOurs {
        /// As it was given.
        address: String,
    },
    /// Something rarer.
    #[error("Cannot listen on {address}: {why}. Listen on another address.")]
    CannotListen {
        /// As it was given.
        address: String,
        /// What the system said.
        why: String,
    },
}

/// A running network. Dropping `commands` stops it like [`Command::Stop`].
///
/// Commands are always taken quickly. Events must be taken too: links wait for that, though nothing is lost.
#[derive(Debug)]
pub struct Network {
    /// What to do.
    pub commands: mpsc::Sender<Command>,
    /// What happened. Ends when the network has stopped.
    pub events: mpsc::Receiver<Event>,
}

/// Listens on all of the configured addresses, or says what to do about the one that is wrong. Needs a tokio runtime.
pub async fn start(mut config: Config) -> Result<Network, NetworkError> {
    // This also wipes the seed.
    let keypair = Keypair::ed25519_from_bytes(&mut config.secret[..]).expect("any 32 bytes are an ed25519 seed");
    let mut swarm = transport::swarm(&keypair, &config);
    let own = address::node_key(swarm.local_peer_id()).expect("our own key is an ed25519 key");
    let mut machine = false;
    for text in &config.listen {
        let address = address::listening(text)?;
        machine |= scope::scope(&address) == Some(scope::Scope::Machine);
        swarm
            .listen_on(address)
            .map_err(|why| NetworkError::CannotListen { address: text.clone(), why: why.to_string() })?;
    }
    let (commands, to_do) = mpsc::channel(limits::COMMANDS);
    let (happened, events) = mpsc::channel(limits::EVENTS);
    tokio::spawn(hub::Hub::new(own, swarm, to_do, happened, config.patience, machine).run());
    Ok(Network { commands, events })
}
