//! Node keys, peer ids and addresses, and the sentences for what is wrong with one.
//!
//! A peer id is the identity multihash of an ed25519 key, so the two turn into each other; a node with any other
//! kind of key has no place here.

use std::net::{IpAddr, SocketAddr};

use libp2p::{
    Multiaddr, PeerId,
    identity::{PublicKey, ed25519},
    multiaddr::Protocol,
};
use rustix::net::{AddressFamily, SocketType, bind, socket, sockopt};

use super::{AddressError, NetworkError, NodeKey, limits::MAX_ADDRESS};

/// The code of the identity "hash" in multihash.
const IDENTITY: u64 = 0;

/// The peer id of a node key, as people pass it on; `None` when the bytes are no ed25519 key.
pub fn peer_id(key: &NodeKey) -> Option<String> {
    to_peer_id(key).map(PeerId::to_base58)
}

/// Reads a full address, such as `/dns4/riverside.example/tcp/4100/p2p/12D3Koo…`: the node's key, and the address
/// without the `/p2p/` part, ready for [`Command::Reach`](super::Command::Reach).
pub fn parse_address(text: &str) -> Result<(NodeKey, String), AddressError> {
    let (address, peer) = parse(text)?;
    Ok((peer.ok_or(AddressError::NoPeer)?, address.to_string()))
}

pub(super) fn to_peer_id(key: &NodeKey) -> Option<PeerId> {
    let key = ed25519::PublicKey::try_from_bytes(key).ok()?;
    Some(PublicKey::from(key).to_peer_id())
}

pub(super) fn node_key(peer: &PeerId) -> Option<NodeKey> {
    let multihash = peer.as_ref();
    if multihash.code() != IDENTITY {
        return None;
    }
    let key = PublicKey::try_decode_protobuf(multihash.digest()).ok()?;
    Some(key.try_into_ed25519().ok()?.to_bytes())
}

/// An address to dial, without its `/p2p/` part, and whom that part named.
pub(super) fn parse(text: &str) -> Result<(Multiaddr, Option<NodeKey>), AddressError> {
    if text.len() > MAX_ADDRESS {
        return Err(AddressError::TooLong);
    }
    let mut address: Multiaddr = text.parse().map_err(|_| AddressError::NotAnAddress)?;
    let peer = match address.iter().last() {
        Some(Protocol::P2p(peer)) => {
            address.pop();
            Some(node_key(&peer).ok_or(AddressError::ForeignKey)?)
        }
        _ => None,
    };
    let mut parts = address.iter();
    let known = match parts.next() {
        Some(Protocol::Ip4(ip)) => !ip.is_unspecified(),
        Some(Protocol::Ip6(ip)) => !ip.is_unspecified(),
        Some(Protocol::Dns(_) | Protocol::Dns4(_) | Protocol::Dns6(_)) => true,
        _ => false,
    };
    match carrier(parts) {
        Some((_, port)) if known && port > 0 => Ok((address, peer)),
        _ => Err(AddressError::NotReachable),
    }
}

/// What carries a connection: a kind of socket, and the port.
fn carrier<'a>(mut rest: impl Iterator<Item = Protocol<'a>>) -> Option<(SocketType, u16)> {
    match (rest.next()?, rest.next(), rest.next()) {
        (Protocol::Tcp(port), None, None) => Some((SocketType::STREAM, port)),
        (Protocol::Udp(port), Some(Protocol::QuicV1), None) => Some((SocketType::DGRAM, port)),
        _ => None,
    }
}

/// The socket behind an address without names.
fn socket_of(address: &Multiaddr) -> Option<(SocketType, SocketAddr)> {
    let (kind, port) = carrier(address.iter().skip(1))?;
    Some((kind, SocketAddr::new(ip(address)?, port)))
}

/// The IP address that an address begins with.
pub(super) fn ip(address: &Multiaddr) -> Option<IpAddr> {
    match address.iter().next()? {
        Protocol::Ip4(ip) => Some(IpAddr::V4(ip)),
        Protocol::Ip6(ip) => Some(IpAddr::V6(ip)),
        _ => None,
    }
}

/// Reads an address to listen on and makes sure that nobody else does.
///
/// libp2p sets SO_REUSEPORT, with which a second node of the same account would silently share the port and take half
/// of our visitors; so we try the port ourselves first, without it.
pub(super) fn listening(text: &str) -> Result<Multiaddr, NetworkError> {
    let bad = || NetworkError::BadAddress { address: text.to_owned() };
    let address: Multiaddr = text.parse().map_err(|_| bad())?;
    let (kind, socket) = socket_of(&address).ok_or_else(bad)?;
    try_bind(kind, socket).map_err(|why| cannot_listen(text, socket, why.into()))?;
    Ok(address)
}

/// Whether nobody listens there, as far as we can tell.
pub(super) fn is_free(address: &Multiaddr) -> bool {
    socket_of(address).is_none_or(|(kind, socket)| try_bind(kind, socket).is_ok())
}

/// Binds as libp2p will, but for SO_REUSEPORT, and lets go again.
fn try_bind(kind: SocketType, address: SocketAddr) -> rustix::io::Result<()> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = socket(family, kind, None)?;
    // With TCP it forgives connections that have only just ended. With UDP it would share the port.
    if kind == SocketType::STREAM {
        sockopt::set_socket_reuseaddr(&socket, true)?;
    }
    if address.is_ipv6() {
        sockopt::set_ipv6_v6only(&socket, true)?;
    }
    bind(&socket, &address)
}

pub(super) fn cannot_listen(text: &str, socket: SocketAddr, why: std::io::Error) -> NetworkError {
    let address = text.to_owned();
    match why.kind() {
        std::io::ErrorKind::AddrInUse => NetworkError::PortInUse { address, port: socket.port() },
        std::io::ErrorKind::PermissionDenied => NetworkError::NotAllowed { address },
        std::io::ErrorKind::AddrNotAvailable => NetworkError::NotOurs { address },
        _ => NetworkError::CannotListen { address, why: why.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> NodeKey {
        ed25519::Keypair::from(ed25519::SecretKey::try_from_bytes([7; 32]).unwrap()).public().to_bytes()
    }

    #[test]
    fn a_key_and_its_peer_id_turn_into_each_other() {
        let peer = to_peer_id(&key()).unwrap();
        assert_eq!(node_key(&peer), Some(key()));
        assert!(peer_id(&key()).unwrap().starts_with("12D3Koo"));
    }

    #[test]
    fn an_address_is_read_or_the_sentence_says_why_not() {
        let peer = peer_id(&key()).unwrap();
        for good in [
            "/ip4/192.0.2.7/tcp/4100",
            "/ip6/2001:db8::7/tcp/1",
            "/dns4/riverside.example/tcp/4100",
            "/ip4/192.0.2.7/udp/4100/quic-v1",
            "/dns/riverside.example/udp/4100/quic-v1",
        ] {
            assert_eq!(parse_address(&format!("{good}/p2p/{peer}")), Ok((key(), good.to_owned())));
        }
        // A peer id that hashes its key, as RSA and ECDSA ones do.
        let hashed = "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N";
        for (bad, why) in [
            ("riverside.example:4100".to_owned(), AddressError::NotAnAddress),
            ("/ip4/192.0.2.7/tcp/4100".to_owned(), AddressError::NoPeer),
            (format!("/ip4/192.0.2.7/tcp/4100/p2p/{hashed}"), AddressError::ForeignKey),
            (format!("/ip4/0.0.0.0/tcp/4100/p2p/{peer}"), AddressError::NotReachable),
            (format!("/ip4/192.0.2.7/tcp/0/p2p/{peer}"), AddressError::NotReachable),
            (format!("/ip4/192.0.2.7/udp/4100/p2p/{peer}"), AddressError::NotReachable),
            (format!("/ip4/192.0.2.7/udp/4100/quic/p2p/{peer}"), AddressError::NotReachable),
            (format!("/ip4/192.0.2.7/udp/4100/quic-v1/webtransport/p2p/{peer}"), AddressError::NotReachable),
            (format!("/ip4/192.0.2.7/tcp/4100/ws/p2p/{peer}"), AddressError::NotReachable),
            (format!("/p2p/{peer}"), AddressError::NotReachable),
            (format!("/dns4/{}/tcp/1/p2p/{peer}", "a".repeat(600)), AddressError::TooLong),
        ] {
            assert_eq!(parse_address(&bad), Err(why));
        }
    }
}
