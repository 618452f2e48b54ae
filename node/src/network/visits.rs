//! Who may come back, and when. Pure: the time comes in, and nothing here closes a connection.
//!
//! Anybody may connect, since a newcomer with a ticket has to; who turns out to have no business here is let go. That
//! costs us a handshake and a few messages each time, so whoever is let go too often within a minute stays out for a
//! while: the node by its key, and, as keys cost nothing, everybody who comes from its address and whom we are not
//! trying to reach ourselves. An address may stand for a whole village behind one router, so it is given more.

use std::{collections::BTreeMap, net::IpAddr};

use super::NodeKey;

/// Times a node may be let go within a minute. One that keeps trying with a ticket that has expired comes about ten
/// times in the first minute, by [`dialing`](super::dialing), and less after.
const PER_NODE: f64 = 12.0;
/// Times all the nodes at one address may be let go within a minute.
const PER_PLACE: f64 = 60.0;
/// In what time a guest is given all of these again.
const FORGIVEN_MS: u64 = 60_000;
/// How long whoever used them up stays out.
const OUT_MS: u64 = 120_000;
/// Guests remembered: a few hundred KiB. The one that we heard of least lately makes room.
const REMEMBERED: usize = 4_096;

/// Where a guest comes from: an IPv4 address, or the 64 bits of an IPv6 address that a household has for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Guest {
    Node(NodeKey),
    Place(IpAddr),
}

#[derive(Debug, Clone, Copy)]
struct Patience {
    /// Times left.
    left: f64,
    seen_ms: u64,
    out_until_ms: u64,
}

/// See the head of the file.
#[derive(Debug, Default)]
pub(super) struct Visits {
    guests: BTreeMap<Guest, Patience>,
}

impl Visits {
    /// Whether this visitor may come in now.
    pub(super) fn may_enter(&self, peer: &NodeKey, from: Option<IpAddr>, now_ms: u64) -> bool {
        let out = |guest| self.guests.get(&guest).is_some_and(|patience| now_ms < patience.out_until_ms);
        !out(Guest::Node(*peer)) && !place(from).is_some_and(out)
    }

    /// A visitor was let go because it has no business here.
    pub(super) fn let_go(&mut self, peer: &NodeKey, from: Option<IpAddr>, now_ms: u64) {
        self.count(Guest::Node(*peer), PER_NODE, now_ms);
        if let Some(place) = place(from) {
            self.count(place, PER_PLACE, now_ms);
        }
    }

    /// We have business with this node after all, such as a ticket for it.
    pub(super) fn forgive(&mut self, peer: &NodeKey) {
        self.guests.remove(&Guest::Node(*peer));
    }

    fn count(&mut self, guest: Guest, most: f64, now_ms: u64) {
        if !self.guests.contains_key(&guest) && self.guests.len() >= REMEMBERED {
            let oldest = self.guests.iter().min_by_key(|(_, patience)| patience.seen_ms).map(|(guest, _)| *guest);
            oldest.map(|oldest| self.guests.remove(&oldest));
        }
        let new = Patience { left: most, seen_ms: now_ms, out_until_ms: 0 };
        let patience = self.guests.entry(guest).or_insert(new);
        let given = now_ms.saturating_sub(patience.seen_ms) as f64 * most / FORGIVEN_MS as f64;
        patience.left = (patience.left + given).min(most) - 1.0;
        patience.seen_ms = now_ms;
        if patience.left < 0.0 {
            (patience.left, patience.out_until_ms) = (most, now_ms + OUT_MS);
        }
    }
}

/// This machine is no place to shut out: whatever forwards to us for everybody else may run on it.
fn place(from: Option<IpAddr>) -> Option<Guest> {
    match from?.to_canonical() {
        ip if ip.is_loopback() => None,
        IpAddr::V4(ip) => Some(Guest::Place(IpAddr::V4(ip))),
        IpAddr::V6(ip) => Some(Guest::Place(IpAddr::V6((ip.to_bits() >> 64 << 64).into()))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WHO: NodeKey = [7; 32];

    fn at(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn who_is_let_go_too_often_stays_out_for_a_while() {
        let (mut visits, home) = (Visits::default(), at("192.0.2.7"));
        for second in 0..=PER_NODE as u64 {
            assert!(visits.may_enter(&WHO, home, second));
            visits.let_go(&WHO, home, second);
        }
        assert!(!visits.may_enter(&WHO, home, 20));
        assert!(!visits.may_enter(&WHO, at("198.51.100.1"), 20), "from elsewhere");
        assert!(visits.may_enter(&[8; 32], home, 20), "its neighbor");
        assert!(!visits.may_enter(&WHO, home, OUT_MS));
        assert!(visits.may_enter(&WHO, home, OUT_MS + 20));
        visits.let_go(&WHO, home, OUT_MS + 20);
        assert!(visits.may_enter(&WHO, home, OUT_MS + 20), "all is forgiven");
    }

    #[test]
    fn who_comes_now_and_then_always_may() {
        let mut visits = Visits::default();
        for time in 0..1_000 {
            visits.let_go(&WHO, at("192.0.2.7"), time * 6_000);
            assert!(visits.may_enter(&WHO, at("192.0.2.7"), time * 6_000));
        }
    }

    #[test]
    fn who_takes_a_new_key_each_time_is_known_by_the_address() {
        for (first, second, same) in [
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("192.0.2.7", "::ffff:192.0.2.7", true),
            ("2001:db8::1", "2001:db8::ffff:2", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
            ("127.0.0.1", "127.0.0.1", false),
        ] {
            let mut visits = Visits::default();
            for key in 0..=PER_PLACE as u8 {
                assert!(visits.may_enter(&[key; 32], at(first), 0));
                visits.let_go(&[key; 32], at(first), 0);
            }
            assert_eq!(!visits.may_enter(&[200; 32], at(second), 1), same, "{first} {second}");
        }
    }

    #[test]
    fn who_is_asked_for_is_forgiven() {
        let mut visits = Visits::default();
        (0..20).for_each(|_| visits.let_go(&WHO, None, 0));
        assert!(!visits.may_enter(&WHO, None, 0));
        visits.forgive(&WHO);
        assert!(visits.may_enter(&WHO, None, 0));
    }

    proptest! {
        /// However they mix keys, addresses and pauses, no node gets in much more often than it should.
        #[test]
        fn nobody_is_let_go_faster_than_the_bound(
            tries in prop::collection::vec((0u8..4, 0u8..3, 0u64..10_000), 0..600)
        ) {
            let (mut visits, mut now_ms, mut gone) = (Visits::default(), 0, BTreeMap::<u8, Vec<u64>>::new());
            for (key, home, pause_ms) in tries {
                now_ms += pause_ms / 10;
                let from = at(&format!("192.0.2.{home}"));
                if visits.may_enter(&[key; 32], from, now_ms) {
                    visits.let_go(&[key; 32], from, now_ms);
                    gone.entry(key).or_default().push(now_ms);
                }
            }
            for times in gone.values() {
                // A full measure, and what is given back while it is used up.
                for window in times.windows(2 * PER_NODE as usize + 2) {
                    prop_assert!(window[window.len() - 1] - window[0] >= FORGIVEN_MS / 2);
                }
            }
        }
    }

    #[test]
    fn what_we_remember_is_bounded() {
        let mut visits = Visits::default();
        for n in 0..REMEMBERED as u32 + 10 {
            let mut key = [0; 32];
            key[..4].copy_from_slice(&n.to_be_bytes());
            visits.let_go(&key, Some(IpAddr::V4(n.into())), u64::from(n));
        }
        assert_eq!(visits.guests.len(), REMEMBERED);
    }
}
