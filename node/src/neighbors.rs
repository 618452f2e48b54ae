//! The neighbors: each collaborative we have to do with, and how we stand with it, whatever machines it has.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
};

use protocol::{
    identity::MemberId,
    view::{PeerState, PeerView},
};

/// One neighbor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbor {
    /// Its id.
    pub member: MemberId,
    /// What it is called.
    pub name: String,
    /// Whether it is a partner of ours rather than a member.
    pub partner: bool,
    /// How we stand with the one of its machines that we stand best with.
    pub state: PeerState,
    /// Records that are on their way from it.
    pub pending: usize,
    /// When we last heard of it, in milliseconds since 1970; while it is connected, since when it is.
    pub heard: Option<u64>,
    /// How it is reached.
    pub way: Way,
}

/// How a neighbor is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Nobody told us where it is: it calls us.
    Calls,
    /// On the same network as we are, such as in one building.
    Near,
    /// Over the internet.
    Far,
}

/// How we stand with all of them together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Together {
    /// There are none yet.
    #[default]
    Nobody,
    /// All that we asked for is here, of all of them.
    UpToDate(usize),
    /// So many records are on their way.
    Arriving(usize),
    /// One is away: its name, and since when.
    Waiting(String, Option<u64>),
    /// Several are away; with so many of so many we are up to date.
    Some(usize, usize),
}

/// Everybody's machines, put together by whose they are; by name.
pub fn of(peers: &[PeerView]) -> Vec<Neighbor> {
    let mut all: BTreeMap<MemberId, Neighbor> = BTreeMap::new();
    for peer in peers.iter().filter(|peer| ["member", "partner"].contains(&peer.standing)) {
        let Some(member) = peer.member else { continue };
        let one = Neighbor {
            member,
            name: peer.name.clone(),
            partner: peer.standing == "partner",
            state: peer.state,
            pending: peer.pending,
            heard: peer.heard,
            way: way(&peer.addresses),
        };
        let Some(held) = all.get_mut(&member) else {
            all.insert(member, one);
            continue;
        };
        held.heard = if rank(one.state) == rank(held.state) { held.heard.max(one.heard) } else { held.heard };
        if rank(one.state) < rank(held.state) {
            (held.state, held.heard) = (one.state, one.heard);
        }
        held.pending = held.pending.max(one.pending);
        held.way = held.way.max(one.way);
    }
    let mut all: Vec<Neighbor> = all.into_values().collect();
    all.sort_by(|a, b| (&a.name, a.member).cmp(&(&b.name, b.member)));
    all
}

fn rank(state: PeerState) -> u8 {
    match state {
        PeerState::UpToDate => 0,
        PeerState::Arriving => 1,
        PeerState::Short => 2,
        PeerState::Asking => 3,
        PeerState::Meeting => 4,
        PeerState::Away => 5,
    }
}

/// How we stand with all of them together.
pub fn together(neighbors: &[Neighbor]) -> Together {
    let here = neighbors.iter().filter(|one| one.state == PeerState::UpToDate).count();
    let pending: usize = neighbors.iter().map(|one| one.pending).max().unwrap_or(0);
    let away: Vec<&Neighbor> = neighbors.iter().filter(|one| one.state != PeerState::UpToDate).collect();
    match away.as_slice() {
        _ if neighbors.is_empty() => Together::Nobody,
        _ if pending > 0 => Together::Arriving(pending),
        [] => Together::UpToDate(here),
        [one] => Together::Waiting(one.name.clone(), one.heard.filter(|_| one.state == PeerState::Away)),
        _ => Together::Some(here, neighbors.len()),
    }
}

/// The farthest of the places where it said it can be reached.
fn way(addresses: &[String]) -> Way {
    addresses.iter().map(|address| if is_near(address) { Way::Near } else { Way::Far }).max().unwrap_or(Way::Calls)
}

/// Whether an address, such as `/ip4/192.168.1.5/tcp/7447`, is one that counts in a building only.
fn is_near(address: &str) -> bool {
    let mut parts = address.split('/').skip(1);
    let kind = parts.next().unwrap_or_default();
    let host = parts.next().unwrap_or_default();
    match (kind, host.parse::<IpAddr>()) {
        ("ip4", Ok(IpAddr::V4(at))) => at.is_private() || at.is_loopback() || at.is_link_local() || is_shared(at),
        ("ip6", Ok(IpAddr::V6(at))) => at.is_loopback() || at.is_unique_local() || at.is_unicast_link_local(),
        (kind, _) => kind != "dns" && !kind.starts_with("dns"),
    }
}

/// The range that internet providers and private networks put many computers behind (RFC 6598).
fn is_shared(at: Ipv4Addr) -> bool {
    let [a, b, ..] = at.octets();
    a == 100 && (64..128).contains(&b)
}

#[cfg(test)]
mod tests {
    use protocol::identity::NodeKey;

    use super::*;

    fn peer(who: u8, name: &str, state: PeerState, heard: Option<u64>, address: &str) -> PeerView {
        PeerView {
            node: NodeKey([who; 32]),
            name: name.into(),
            standing: "member",
            connected: state != PeerState::Away,
            complete: state == PeerState::UpToDate,
            pending: 0,
            untried: 0,
            state,
            member: Some(MemberId([who; 32])),
            heard,
            why_not: None,
            addresses: vec![address.into()],
        }
    }

    #[test]
    fn machines_of_one_neighbor_are_one_neighbor() {
        let old = peer(1, "Hillside", PeerState::Away, Some(9), "/ip4/192.168.1.5/tcp/7447");
        let new = peer(1, "Hillside", PeerState::UpToDate, Some(5), "/ip4/203.0.113.7/tcp/7447");
        let stranger = PeerView { standing: "stranger", ..peer(3, "?", PeerState::Meeting, None, "") };
        for machines in [[old.clone(), new.clone()], [new, old]] {
            let all = of(&[&machines[..], std::slice::from_ref(&stranger)].concat());
            assert_eq!(all.len(), 1);
            assert_eq!((all[0].state, all[0].heard, all[0].way), (PeerState::UpToDate, Some(5), Way::Far));
            assert_eq!(together(&all), Together::UpToDate(1));
        }
    }

    #[test]
    fn how_we_stand_is_told_by_who_is_away() {
        let hillside = peer(1, "Hillside", PeerState::UpToDate, Some(5), "");
        let cedar = peer(2, "Cedar Hills", PeerState::Away, Some(7), "");
        let lakeside = peer(3, "Lakeside", PeerState::Away, None, "");
        assert_eq!(together(&of(&[])), Together::Nobody);
        assert_eq!(together(&of(&[hillside.clone(), cedar.clone()])), Together::Waiting("Cedar Hills".into(), Some(7)));
        assert_eq!(together(&of(&[hillside.clone(), cedar, lakeside])), Together::Some(1, 3));
        let arriving = PeerView { pending: 212, state: PeerState::Arriving, ..hillside };
        assert_eq!(together(&of(&[arriving])), Together::Arriving(212));
    }

    #[test]
    fn a_way_is_near_or_far() {
        let near =
            ["/ip4/192.168.1.5/tcp/7447", "/ip4/127.0.0.1/tcp/1", "/ip6/fe80::1/tcp/7447", "/ip4/100.64.0.9/udp/1"];
        assert!(near.iter().all(|address| is_near(address)));
        let far = ["/ip4/203.0.113.7/tcp/7447", "/ip6/2001:db8::1/tcp/7447", "/dns4/node.example/tcp/7447"];
        assert!(far.iter().all(|address| !is_near(address)));
        assert_eq!(way(&[]), Way::Calls);
    }
}
