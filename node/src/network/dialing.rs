//! When to dial whom. Pure: the time and the dice come in, and nothing here dials.
//!
//! A peer to be reached is tried at once, since somebody is waiting for it: a joining node, or a person who has just
//! started theirs. After that a try waits a random part of the time the peer has been away, and of a second at least:
//! so whoever was away for ten seconds is found within ten more, and the waits still grow exponentially. (Doubling with
//! each try does not promise that: a few short draws, and a node back after a second is looked for eight later.) Full
//! jitter keeps a mesh whose server came back from arriving there all at once.
//!
//! The wait ends at a minute for a peer that was reached before, whose address is right and which is asleep or being
//! restarted, and at an hour for one that never was, whose address may be wrong for good.

use std::collections::{BTreeMap, btree_map::Entry};

use super::NodeKey;

/// The first wait. A restarted node should be back within seconds.
const FIRST_MS: u64 = 1_000;
/// The longest wait for a peer that was reached since we started.
const REACHED_MS: u64 = 60_000;
/// The longest wait for one that never was, from the network plan.
const NEVER_REACHED_MS: u64 = 3_600_000;
/// A link that held this long proves that all is well again.
const STABLE_MS: u64 = 60_000;
/// The higher key lets the lower one redial first, when it is known to know the way.
const COURTESY_MS: (u64, u64) = (5_000, 15_000);
/// Between two times that a peer is tried at once because of what the local network says: anybody can say it there.
const HASTEN_MS: u64 = 60_000;
/// Dials begun within a second, from the network plan: a home router's table of connections is small.
const PER_SECOND: usize = 2;
/// Dials going on at a time, from the network plan.
const PENDING: usize = 8;

/// Where a peer stands with us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// `away_ms`: how long it was away before, which counts on if this does not last.
    Up {
        since_ms: u64,
        away_ms: u64,
    },
    Down {
        since_ms: u64,
        due_ms: u64,
    },
}

#[derive(Debug)]
struct Target<A> {
    addresses: Vec<A>,
    state: State,
    /// A dial is going on; that can be while the peer is up, when it has dialed us meanwhile.
    dialing: bool,
    /// Whether it ever was up since we started.
    reached: bool,
    /// When it was last tried sooner than its wait, because it was seen nearby.
    hastened_ms: Option<u64>,
    /// It has told us that we have no business with it.
    rests: bool,
}

/// Everyone we want to be connected with. `A` is an address, which means nothing here.
#[derive(Debug)]
pub(super) struct Dialing<A> {
    own: NodeKey,
    targets: BTreeMap<NodeKey, Target<A>>,
    /// When the latest dials began, newest last, at most [`PER_SECOND`].
    begun_ms: Vec<u64>,
}

impl<A: Clone + PartialEq> Dialing<A> {
    pub(super) fn new(own: NodeKey) -> Self {
        Self { own, targets: BTreeMap::new(), begun_ms: Vec::new() }
    }

    /// Keep trying to be connected with this peer. The first try is due at once, and so is the next one after we learn
    /// a new address; asking again with the same ones changes nothing.
    pub(super) fn reach(&mut self, peer: NodeKey, addresses: Vec<A>, up: bool, now_ms: u64) {
        let state = match up {
            true => State::Up { since_ms: now_ms, away_ms: 0 },
            false => State::Down { since_ms: now_ms, due_ms: now_ms },
        };
        match self.targets.entry(peer) {
            Entry::Vacant(entry) => {
                let (dialing, hastened_ms, rests) = (false, None, false);
                entry.insert(Target { addresses, state, dialing, reached: up, hastened_ms, rests });
            }
            Entry::Occupied(mut entry) => {
                let target = entry.get_mut();
                // Who is to be reached anew has a reason, such as a new ticket.
                let news = addresses.iter().any(|address| !target.addresses.contains(address));
                target.addresses = addresses;
                if let State::Down { due_ms, .. } = &mut target.state
                    && (news || target.rests)
                {
                    *due_ms = now_ms;
                }
                target.rests = false;
            }
        }
    }

    /// Try this peer at once, if we want it at all and it is not up: there is something new to try. Once a minute at
    /// most, or whoever lets a hint come and go could undo our waiting.
    pub(super) fn hasten(&mut self, peer: &NodeKey, now_ms: u64) {
        let Some(Target { state: State::Down { due_ms, .. }, hastened_ms, .. }) = self.targets.get_mut(peer) else {
            return;
        };
        if *due_ms > now_ms && hastened_ms.is_none_or(|at_ms| now_ms - at_ms >= HASTEN_MS) {
            (*due_ms, *hastened_ms) = (now_ms, Some(now_ms));
        }
    }

    /// Try this peer seldom: it turns us away, and will until somebody there decides otherwise.
    pub(super) fn rest(&mut self, peer: &NodeKey, now_ms: u64, dice: u64) {
        let Some(target) = self.targets.get_mut(peer) else { return };
        target.rests = true;
        let wait_ms = target.wait_ms(0, dice);
        if let State::Down { due_ms, .. } = &mut target.state {
            *due_ms = now_ms + wait_ms;
        }
    }

    /// Whether we want to be connected with this peer.
    pub(super) fn wants(&self, peer: &NodeKey) -> bool {
        self.targets.contains_key(peer)
    }

    pub(super) fn forget(&mut self, peer: &NodeKey) {
        self.targets.remove(peer);
    }

    /// Whom to dial now, at all of these addresses. Call until it says nobody.
    pub(super) fn due(&mut self, now_ms: u64) -> Option<(NodeKey, Vec<A>)> {
        if self.free_ms()? > now_ms {
            return None;
        }
        let (due_ms, peer) = self.first()?;
        if due_ms > now_ms {
            return None;
        }
        let target = self.targets.get_mut(&peer)?;
        target.dialing = true;
        if self.begun_ms.len() == PER_SECOND {
            self.begun_ms.remove(0);
        }
        self.begun_ms.push(now_ms);
        Some((peer, target.addresses.clone()))
    }

    /// When [`due`](Self::due) may next have somebody, if nothing else happens.
    pub(super) fn wake_ms(&self) -> Option<u64> {
        Some(self.free_ms()?.max(self.first()?.0))
    }

    /// The peer is connected, whoever dialed.
    pub(super) fn up(&mut self, peer: &NodeKey, now_ms: u64) {
        if let Some(target) = self.targets.get_mut(peer) {
            if let State::Down { since_ms, .. } = target.state {
                target.state = State::Up { since_ms: now_ms, away_ms: now_ms - since_ms };
                target.rests = false;
            }
            target.reached = true;
        }
    }

    /// Our dial got through, whether or not the link is kept.
    pub(super) fn answered(&mut self, peer: &NodeKey) {
        if let Some(target) = self.targets.get_mut(peer) {
            target.dialing = false;
        }
    }

    /// The peer is no longer connected. If it had dialed us and its key is the lower one, it knows the way and dials
    /// first; we wait 5 to 15 s, so as not to meet on the doorstep.
    pub(super) fn down(&mut self, peer: &NodeKey, they_dialed: bool, now_ms: u64, dice: u64) {
        let courtesy = they_dialed && *peer < self.own;
        let Some(target) = self.targets.get_mut(peer) else { return };
        let State::Up { since_ms, away_ms } = target.state else { return };
        let away_ms = if now_ms - since_ms >= STABLE_MS { 0 } else { away_ms };
        let wait_ms = target.wait_ms(away_ms, dice);
        let (least, most) = COURTESY_MS;
        let wait_ms = if courtesy { wait_ms.max(least + dice % (most - least)) } else { wait_ms };
        target.state = State::Down { since_ms: now_ms - away_ms, due_ms: now_ms + wait_ms };
    }

    /// Our dial failed. Says how long until the next, unless the peer is up by other means or forgotten.
    pub(super) fn failed(&mut self, peer: &NodeKey, now_ms: u64, dice: u64) -> Option<u64> {
        let target = self.targets.get_mut(peer)?;
        target.dialing = false;
        let State::Down { since_ms, .. } = target.state else { return None };
        let wait_ms = target.wait_ms(now_ms - since_ms, dice);
        target.state = State::Down { since_ms, due_ms: now_ms + wait_ms };
        Some(wait_ms)
    }

    /// When another dial may begin; `None` while as many as may be are going on.
    fn free_ms(&self) -> Option<u64> {
        if self.targets.values().filter(|target| target.dialing).count() >= PENDING {
            return None;
        }
        match self.begun_ms.first() {
            Some(begun_ms) if self.begun_ms.len() == PER_SECOND => Some(begun_ms + 1_000),
            _ => Some(0),
        }
    }

    /// Who is due first.
    fn first(&self) -> Option<(u64, NodeKey)> {
        let waiting = self.targets.iter().filter_map(|(peer, target)| match target.state {
            State::Down { due_ms, .. } if !target.dialing && !target.addresses.is_empty() => Some((due_ms, *peer)),
            _ => None,
        });
        waiting.min()
    }
}

impl<A> Target<A> {
    /// A random part, never nothing, of the time it has been away.
    fn wait_ms(&self, away_ms: u64, dice: u64) -> u64 {
        if self.rests {
            return NEVER_REACHED_MS / 2 + dice % (NEVER_REACHED_MS / 2);
        }
        let longest_ms = if self.reached { REACHED_MS } else { NEVER_REACHED_MS };
        1 + dice % away_ms.clamp(FIRST_MS, longest_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OWN: NodeKey = [5; 32];
    const LOW: NodeKey = [1; 32];
    const HIGH: NodeKey = [9; 32];

    fn reaching(peer: NodeKey) -> Dialing<u8> {
        let mut dialing = Dialing::new(OWN);
        dialing.reach(peer, vec![1, 2], false, 0);
        dialing
    }

    #[test]
    fn the_first_try_is_at_once_and_at_all_addresses() {
        let mut dialing = reaching(LOW);
        assert_eq!(dialing.due(0), Some((LOW, vec![1, 2])));
        assert_eq!(dialing.due(0), None);
        assert_eq!(dialing.wake_ms(), None);
    }

    #[test]
    fn the_wait_grows_to_an_hour_for_a_peer_never_reached_and_to_a_minute_for_others() {
        for (reached, longest_ms) in [(false, NEVER_REACHED_MS), (true, REACHED_MS)] {
            let (mut dialing, mut now_ms) = (reaching(HIGH), 0);
            if reached {
                dialing.up(&HIGH, 0);
                dialing.down(&HIGH, false, 0, 0);
                now_ms = 1;
            }
            let mut waits = Vec::new();
            while now_ms < 4 * NEVER_REACHED_MS {
                dialing.due(now_ms).unwrap();
                // The dice that draw the longest there is.
                let dice = now_ms.clamp(FIRST_MS, longest_ms) - 1;
                let wait_ms = dialing.failed(&HIGH, now_ms, dice).unwrap();
                assert!(wait_ms <= now_ms.max(FIRST_MS), "longer than it was away");
                waits.push(wait_ms);
                now_ms += wait_ms;
            }
            assert_eq!((waits.first(), waits.iter().max()), (Some(&FIRST_MS), Some(&longest_ms)));
            assert!(waits.is_sorted());
        }
    }

    /// A neighbor's mDNS said of a peer that it is there, gone, and there again: each time we dialed at once.
    #[test]
    fn a_hint_that_comes_and_goes_hastens_once_a_minute() {
        let mut dialing = reaching(HIGH);
        let mut tries = 0;
        for now_ms in (0..10 * HASTEN_MS).step_by(1_000) {
            dialing.hasten(&HIGH, now_ms);
            if dialing.due(now_ms).is_some() {
                tries += 1;
                // It has been away for an hour, as far as the dice know.
                dialing.failed(&HIGH, now_ms, u64::MAX).unwrap();
                dialing.targets.get_mut(&HIGH).unwrap().state =
                    State::Down { since_ms: 0, due_ms: now_ms + NEVER_REACHED_MS };
            }
        }
        assert_eq!(tries, 11, "the first, and one in each of ten minutes");
    }

    #[test]
    fn a_stable_link_makes_the_next_wait_short_again_and_a_flapping_one_does_not() {
        let (mut dialing, now_ms) = (reaching(HIGH), 20_000);
        dialing.due(0).unwrap();
        dialing.failed(&HIGH, now_ms, 0);
        for (held_ms, longest_ms) in [(100, 20_000), (STABLE_MS, FIRST_MS)] {
            dialing.up(&HIGH, now_ms);
            dialing.down(&HIGH, false, now_ms + held_ms, longest_ms - 1);
            assert_eq!(dialing.wake_ms(), Some(now_ms + held_ms + longest_ms));
            dialing.reach(HIGH, vec![1, 2, 3], false, now_ms);
        }
    }

    #[test]
    fn the_higher_key_waits_for_the_lower_one_that_knows_the_way() {
        for (peer, they_dialed, polite) in [(LOW, true, true), (LOW, false, false), (HIGH, true, false)] {
            let mut dialing = reaching(peer);
            dialing.up(&peer, 0);
            dialing.down(&peer, they_dialed, 100_000, 1);
            let wait_ms = dialing.wake_ms().unwrap() - 100_000;
            assert_eq!(polite, wait_ms >= 5_000, "{wait_ms}");
            assert!(wait_ms < 15_000);
        }
    }

    #[test]
    fn a_new_address_is_tried_at_once_and_an_old_one_is_not() {
        let mut dialing = reaching(HIGH);
        dialing.due(0).unwrap();
        dialing.failed(&HIGH, 0, 900);
        dialing.reach(HIGH, vec![2], false, 5);
        assert_eq!(dialing.due(5), None);
        dialing.reach(HIGH, vec![2, 3], false, 6);
        assert_eq!(dialing.due(6), Some((HIGH, vec![2, 3])));
    }

    /// The partnership with HIGH has ended. It let us in every 20 seconds and closed again, for ever.
    #[test]
    fn who_turns_us_away_is_tried_seldom_until_there_is_a_reason() {
        for dice in [0, 7, u64::MAX] {
            let mut dialing = reaching(HIGH);
            dialing.up(&HIGH, 0);
            dialing.rest(&HIGH, 10, dice);
            dialing.down(&HIGH, false, 10, dice);
            assert!(dialing.wake_ms().unwrap() >= NEVER_REACHED_MS / 2);
            // It hung up before we were told to rest.
            let mut dialing = reaching(HIGH);
            dialing.up(&HIGH, 0);
            dialing.down(&HIGH, false, 10, dice);
            dialing.rest(&HIGH, 10, dice);
            assert!(dialing.wake_ms().unwrap() >= NEVER_REACHED_MS / 2);
            dialing.reach(HIGH, vec![1, 2], false, 20);
            assert_eq!(dialing.due(20), Some((HIGH, vec![1, 2])));
        }
    }

    /// mDNS has seen a node; only one that we want to reach is dialed for that.
    #[test]
    fn a_hint_hastens_the_next_try_of_a_peer_we_want_and_of_nobody_else() {
        let mut dialing = reaching(HIGH);
        dialing.due(0).unwrap();
        dialing.failed(&HIGH, 0, 900);
        dialing.hasten(&LOW, 5);
        assert_eq!(dialing.due(5), None);
        assert!(!dialing.wants(&LOW));
        dialing.hasten(&HIGH, 6);
        assert_eq!(dialing.due(6), Some((HIGH, vec![1, 2])));
        dialing.up(&HIGH, 7);
        dialing.answered(&HIGH);
        dialing.hasten(&HIGH, 8);
        assert_eq!(dialing.due(2_000), None);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Reach(u8, bool),
        Forget(u8),
        Up(u8),
        Down(u8, bool),
        Failed(u8),
        Answered(u8),
        Wait(u16),
    }

    fn steps() -> impl Strategy<Value = Vec<(Step, u64)>> {
        let peer = 0u8..20;
        let step = prop_oneof![
            4 => (peer.clone(), any::<bool>()).prop_map(|(peer, many)| Step::Reach(peer, many)),
            1 => peer.clone().prop_map(Step::Forget),
            2 => peer.clone().prop_map(Step::Up),
            2 => (peer.clone(), any::<bool>()).prop_map(|(peer, they)| Step::Down(peer, they)),
            4 => peer.clone().prop_map(Step::Failed),
            1 => peer.prop_map(Step::Answered),
            4 => any::<u16>().prop_map(Step::Wait),
        ];
        prop::collection::vec((step, any::<u64>()), 0..200)
    }

    proptest! {
        #[test]
        fn never_too_fast_never_too_many_never_who_is_up(steps in steps()) {
            let (mut dialing, mut now_ms, mut begun) = (Dialing::new([10; 32]), 0, Vec::new());
            for (step, dice) in steps {
                match step {
                    Step::Reach(peer, many) => dialing.reach([peer; 32], vec![0; 1 + usize::from(many)], false, now_ms),
                    Step::Forget(peer) => dialing.forget(&[peer; 32]),
                    Step::Up(peer) => dialing.up(&[peer; 32], now_ms),
                    Step::Down(peer, they_dialed) => dialing.down(&[peer; 32], they_dialed, now_ms, dice),
                    Step::Failed(peer) => {
                        let wait_ms = dialing.failed(&[peer; 32], now_ms, dice);
                        prop_assert!(wait_ms.is_none_or(|ms| (1..=NEVER_REACHED_MS).contains(&ms)));
                    }
                    Step::Answered(peer) => dialing.answered(&[peer; 32]),
                    Step::Wait(ms) => now_ms += u64::from(ms),
                }
                let idle = dialing.wake_ms();
                let mut dialed = false;
                while let Some((peer, _)) = dialing.due(now_ms) {
                    prop_assert!(!matches!(dialing.targets[&peer].state, State::Up { .. }), "dialed who is up");
                    begun.push(now_ms);
                    dialed = true;
                }
                prop_assert_eq!(dialed, idle.is_some_and(|wake_ms| wake_ms <= now_ms), "the alarm is right");
                prop_assert!(dialing.targets.values().filter(|target| target.dialing).count() <= PENDING);
                for three in begun.windows(PER_SECOND + 1) {
                    prop_assert!(three[PER_SECOND] - three[0] >= 1_000, "too fast");
                }
            }
        }
    }
}
