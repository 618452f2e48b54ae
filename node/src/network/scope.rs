//! How far an address reaches, and which of our own are worth telling others.

use std::net::IpAddr;

use libp2p::Multiaddr;

use super::{address::ip, limits::MAX_TOLD};

/// From where an address can be dialed, the farthest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// From anywhere, if no router forbids it.
    World,
    /// From the same house, or the same private network.
    House,
    /// From this machine alone.
    Machine,
}

/// How far an address reaches; `None` when it is a name, or when nobody can dial it as it stands: "any address", a
/// multicast group, or one of fe80::, which mean another machine on each network card.
pub(super) fn scope(address: &Multiaddr) -> Option<Scope> {
    let ip = ip(address)?.to_canonical();
    let unusable = ip.is_unspecified() || ip.is_multicast();
    match ip {
        _ if unusable => None,
        _ if ip.is_loopback() => Some(Scope::Machine),
        // 100.64.0.0/10 is what carriers and overlay networks give to those behind them (RFC 6598).
        IpAddr::V4(ip) if ip.is_private() || ip.is_link_local() => Some(Scope::House),
        IpAddr::V4(ip) if ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64 => Some(Scope::House),
        IpAddr::V4(ip) if ip.is_broadcast() => None,
        IpAddr::V6(ip) if ip.is_unicast_link_local() => None,
        IpAddr::V6(ip) if ip.is_unique_local() => Some(Scope::House),
        _ => Some(Scope::World),
    }
}

/// The addresses to tell others, out of all we listen on: at most [`MAX_TOLD`], what reaches farthest first, always in
/// the same order. Those of this machine alone are told only when asked for, or when there are no others.
///
/// The far ones leave half of the places to the near ones: a laptop has a handful of global IPv6 addresses that its
/// router lets nobody in by, and the neighbor's laptop needs the one that begins with 192.168.
pub(super) fn worth_telling<'a>(all: impl Iterator<Item = &'a Multiaddr>, machine: bool) -> Vec<Multiaddr> {
    let mut scoped: Vec<_> = all.filter_map(|address| Some((scope(address)?, order(address), address))).collect();
    scoped.sort();
    scoped.dedup();
    let others = scoped.iter().any(|(scope, ..)| *scope < Scope::Machine);
    scoped.retain(|(scope, ..)| *scope < Scope::Machine || machine || !others);
    let far = scoped.iter().filter(|(scope, ..)| *scope == Scope::World).count();
    let room = MAX_TOLD - (scoped.len() - far).min(MAX_TOLD / 2);
    let told = scoped.iter().enumerate().filter(|(at, _)| *at < far.min(room) || *at >= far).map(|(_, it)| it);
    told.take(MAX_TOLD).map(|(.., address)| (*address).clone()).collect()
}

/// By address, so that TCP and QUIC of one stay together and none pushes the other out; IPv4 first.
fn order(address: &Multiaddr) -> (Option<IpAddr>, String) {
    (ip(address), address.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::Index};

    use super::*;

    fn told(all: &[&str], machine: bool) -> Vec<String> {
        let all: Vec<Multiaddr> = all.iter().map(|text| text.parse().unwrap()).collect();
        worth_telling(all.iter(), machine).iter().map(Multiaddr::to_string).collect()
    }

    #[test]
    fn what_reaches_farthest_comes_first_and_what_nobody_can_dial_not_at_all() {
        let all = [
            "/ip6/::1/tcp/7447",
            "/ip4/127.0.0.1/tcp/7447",
            "/ip4/192.168.1.5/udp/7447/quic-v1",
            "/ip6/fe80::1/tcp/7447",
            "/ip4/0.0.0.0/tcp/7447",
            "/ip4/198.51.100.7/tcp/7447",
            "/ip4/192.168.1.5/tcp/7447",
            "/ip6/fd00::5/tcp/7447",
            "/ip4/100.72.0.1/tcp/7447",
        ];
        let others = [
            "/ip4/198.51.100.7/tcp/7447",
            "/ip4/100.72.0.1/tcp/7447",
            "/ip4/192.168.1.5/tcp/7447",
            "/ip4/192.168.1.5/udp/7447/quic-v1",
            "/ip6/fd00::5/tcp/7447",
        ];
        assert_eq!(told(&all, false), others);
        assert_eq!(told(&all, true), [&others[..], &["/ip4/127.0.0.1/tcp/7447", "/ip6/::1/tcp/7447"]].concat());
        assert_eq!(told(&all[..2], false), ["/ip4/127.0.0.1/tcp/7447", "/ip6/::1/tcp/7447"]);
    }

    #[test]
    fn many_far_addresses_leave_room_for_the_near_ones() {
        let mut all: Vec<String> = (0..9).map(|n| format!("/ip6/2001:db8::{n}/tcp/1")).collect();
        all.extend(["/ip4/192.168.1.5/tcp/1".into(), "/ip4/192.168.1.5/udp/1/quic-v1".into()]);
        let told = told(&all.iter().map(String::as_str).collect::<Vec<_>>(), false);
        assert_eq!(told.len(), MAX_TOLD);
        assert_eq!(told[6..], all[9..]);
    }

    fn address() -> impl Strategy<Value = Multiaddr> {
        let ip = prop_oneof![
            Just("/ip4/0.0.0.0".to_owned()),
            Just("/ip4/127.0.0.1".to_owned()),
            Just("/ip6/::1".to_owned()),
            (0u8..6).prop_map(|n| format!("/ip6/fe80::{n}")),
            (0u8..6).prop_map(|n| format!("/ip6/2001:db8::{n}")),
            (0u8..6).prop_map(|n| format!("/ip4/203.0.113.{n}")),
            (0u8..6).prop_map(|n| format!("/ip4/10.0.0.{n}")),
            any::<[u8; 4]>().prop_map(|[a, b, c, d]| format!("/ip4/{a}.{b}.{c}.{d}")),
        ];
        let carrier = prop_oneof![Just("/tcp/7447"), Just("/udp/7447/quic-v1")];
        (ip, carrier).prop_map(|(ip, carrier)| format!("{ip}{carrier}").parse().unwrap())
    }

    proptest! {
        #[test]
        fn the_order_of_coming_changes_nothing_and_nothing_useless_is_told(
            all in prop::collection::vec(address(), 0..30), swaps in prop::collection::vec(any::<(Index, Index)>(), 0..30),
            machine in any::<bool>(),
        ) {
            let told = worth_telling(all.iter(), machine);
            let mut shuffled = all.clone();
            for (one, other) in swaps.iter().filter(|_| !all.is_empty()) {
                shuffled.swap(one.index(all.len()), other.index(all.len()));
            }
            prop_assert_eq!(&told, &worth_telling(shuffled.iter(), machine));
            prop_assert!(told.len() <= MAX_TOLD);
            prop_assert!(told.iter().all(|address| all.contains(address)));
            prop_assert_eq!(told.is_empty(), all.iter().all(|address| scope(address).is_none()));
            let scopes: Vec<_> = told.iter().map(|address| scope(address).unwrap()).collect();
            prop_assert!(scopes.is_sorted());
            if !machine && scopes.iter().any(|scope| *scope < Scope::Machine) {
                prop_assert!(!scopes.contains(&Scope::Machine));
            }
        }
    }
}
