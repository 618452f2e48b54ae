//! Nodes that were seen nearby, by mDNS: hints where else to dial a peer, and nothing more.
//!
//! Anybody on the local network can claim anything there. So nobody is dialed because of it whom we do not want to
//! reach anyway; a hint adds an address to those that are tried, and who answers has to prove its key as ever. Hints
//! about others are remembered, few of them: tomorrow we may hold a ticket for one.

use std::collections::BTreeMap;

use libp2p::Multiaddr;

use super::{
    NodeKey,
    address::parse,
    scope::{Scope, scope},
};

/// Addresses remembered of one node: IPv4 and IPv6, TCP and QUIC.
const PER_NODE: usize = 4;
/// Nodes remembered: more than there are in one house.
const NODES: usize = 64;

/// See the head of the file.
#[derive(Debug, Default)]
pub(super) struct Nearby {
    seen: BTreeMap<NodeKey, Vec<Multiaddr>>,
}

impl Nearby {
    /// Takes a hint. Says whether it is news worth a dial at once: not when it pushed another out, or whoever invents
    /// addresses could keep us dialing.
    pub(super) fn seen(&mut self, peer: NodeKey, address: &Multiaddr) -> bool {
        let Some(address) = usable(&peer, address) else { return false };
        if !self.seen.contains_key(&peer) && self.seen.len() >= NODES {
            return false;
        }
        let known = self.seen.entry(peer).or_default();
        if known.contains(&address) {
            return false;
        }
        let news = known.len() < PER_NODE;
        if !news {
            known.remove(0);
        }
        known.push(address);
        news
    }

    /// The node no longer says that it is there.
    pub(super) fn gone(&mut self, peer: &NodeKey, address: &Multiaddr) {
        let (Some(address), Some(known)) = (usable(peer, address), self.seen.get_mut(peer)) else { return };
        known.retain(|at| *at != address);
        if known.is_empty() {
            self.seen.remove(peer);
        }
    }

    /// Where else to dial this node.
    pub(super) fn of(&self, peer: &NodeKey) -> &[Multiaddr] {
        self.seen.get(peer).map_or(&[], Vec::as_slice)
    }
}

/// Only what lies in this house: nobody shall point us at the rest of the world, or at ourselves.
fn usable(peer: &NodeKey, address: &Multiaddr) -> Option<Multiaddr> {
    let (address, named) = parse(&address.to_string()).ok()?;
    let ours = named.is_none_or(|named| named == *peer) && scope(&address) == Some(Scope::House);
    ours.then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: NodeKey = [7; 32];

    fn at(text: &str) -> Multiaddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_hint_is_news_once() {
        let mut nearby = Nearby::default();
        assert!(nearby.seen(PEER, &at("/ip4/192.168.1.5/tcp/7447")));
        assert!(!nearby.seen(PEER, &at("/ip4/192.168.1.5/tcp/7447")));
        assert!(nearby.seen(PEER, &at("/ip4/192.168.1.5/udp/7447/quic-v1")));
        assert_eq!(nearby.of(&PEER), [at("/ip4/192.168.1.5/tcp/7447"), at("/ip4/192.168.1.5/udp/7447/quic-v1")]);
        nearby.gone(&PEER, &at("/ip4/192.168.1.5/tcp/7447"));
        nearby.gone(&PEER, &at("/ip4/192.168.1.5/udp/7447/quic-v1"));
        assert!(nearby.of(&PEER).is_empty() && nearby.seen.is_empty());
    }

    #[test]
    fn a_hint_that_leads_out_of_the_house_or_to_another_node_is_ignored() {
        let mut nearby = Nearby::default();
        let other = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";
        for address in [
            "/ip4/203.0.113.7/tcp/7447",
            "/ip6/2001:db8::7/tcp/7447",
            "/ip4/127.0.0.1/tcp/22",
            "/dns4/printer.local/tcp/9100",
            "/ip4/192.168.1.5/udp/53",
            &format!("/ip4/192.168.1.5/tcp/7447/p2p/{other}"),
        ] {
            assert!(!nearby.seen(PEER, &at(address)), "{address}");
        }
        assert!(nearby.seen.is_empty());
    }

    #[test]
    fn whoever_invents_addresses_is_remembered_little_and_hastens_nothing() {
        let mut nearby = Nearby::default();
        let news = (0..200).filter(|n| nearby.seen(PEER, &at(&format!("/ip4/10.0.0.{n}/tcp/1")))).count();
        assert_eq!((news, nearby.of(&PEER).len()), (PER_NODE, PER_NODE));
        for n in 0..200 {
            nearby.seen([n; 32], &at("/ip4/10.0.0.1/tcp/1"));
        }
        assert_eq!(nearby.seen.len(), NODES);
    }
}
