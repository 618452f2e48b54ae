//! How often what one author says anew is taken up: some at once, then one now and then. Each new list of machines, address or
//! ask costs a look at everything that hangs on it, and the first two are passed on to everybody; an honest one comes a few
//! times a day.
//!
//! What comes too often waits for the next tick, the newest of it. Nothing honest is lost by that: a later list holds all that
//! the one before it held, and only the last address and the last ask count.

use std::collections::BTreeMap;

use crate::{
    engine::{Engine, Fault},
    identity::{MemberId, NodeKey},
    limits::{PACE_BURST, PACE_MS, PACE_WAITING},
    message::{Ask, Bye},
    roster::Roster,
    signed::{Signed, replaces},
    standing::Address,
    store::Store,
    sync::Session,
};

/// What one author may still say, and what waits.
#[derive(Debug)]
pub(crate) struct Pace<T> {
    left: u64,
    /// Up to when it was counted, in milliseconds since 1970.
    counted: u64,
    /// By rank, the lowest first.
    waiting: Vec<(u64, T)>,
}

impl<T> Default for Pace<T> {
    fn default() -> Pace<T> {
        Pace { left: PACE_BURST, counted: 0, waiting: vec![] }
    }
}

impl<T> Pace<T> {
    /// Lets time pass.
    fn count(&mut self, now: u64) {
        // A clock that was set back begins anew: nobody shall wait for years.
        let since = now.checked_sub(self.counted).unwrap_or(u64::MAX);
        let more = since / PACE_MS;
        if more > 0 {
            self.left = self.left.saturating_add(more).min(PACE_BURST);
            self.counted = now;
        }
    }

    /// Whether one more is taken up now.
    fn may(&mut self, now: u64) -> bool {
        self.count(now);
        let may = self.left > 0;
        self.left -= u64::from(may);
        may
    }

    /// Gives it back where it is taken up now; else it waits, and of too many the one of the lowest rank is forgotten, in
    /// whatever order they came: others may tell of an earlier one later.
    fn now_or_later(&mut self, now: u64, rank: u64, one: T) -> Option<T> {
        if self.waiting.is_empty() && self.may(now) {
            return Some(one);
        }
        let at = self.waiting.partition_point(|(other, _)| *other <= rank);
        self.waiting.insert(at, (rank, one));
        if self.waiting.len() > PACE_WAITING {
            self.waiting.remove(0);
        }
        None
    }

    /// Whether there is nothing to remember of it: nothing waits, and all may be said again.
    fn is_over(&mut self, now: u64) -> bool {
        self.count(now);
        self.waiting.is_empty() && self.left == PACE_BURST
    }

    /// What waits and whose time has come.
    fn due(&mut self, now: u64) -> Vec<T> {
        let mut due = vec![];
        while !self.waiting.is_empty() && self.may(now) {
            due.push(self.waiting.remove(0).1);
        }
        due
    }
}

/// The pace of everybody who said something about itself of late. Who says no more is forgotten, for a member may name ever new
/// machines.
#[derive(Debug, Default)]
pub(crate) struct Paces {
    rosters: BTreeMap<MemberId, Pace<Signed<Roster>>>,
    addresses: BTreeMap<NodeKey, Pace<Signed<Address>>>,
}

impl<S: Store> Engine<S> {
    /// A list of machines that somebody passed on: now, later, or not at all.
    pub(crate) fn hear_roster(&mut self, roster: Signed<Roster>) -> Result<(), Fault> {
        if self.network()?.rosters.values().any(|held| held.hash() == roster.hash()) {
            return Ok(());
        }
        let roster = roster.verify().map_err(|_| Bye::Rule)?;
        if !self.network()?.knows(&roster.member) {
            return Ok(());
        }
        // What is no newer costs nothing, and must not push out what is.
        if !self.network()?.roster_fits(&roster) {
            return self.take_roster(roster.signed().clone());
        }
        let pace = self.paces.rosters.entry(roster.member).or_default();
        let now = pace.now_or_later(self.turn.now, roster.seq, roster.signed().clone());
        now.map_or(Ok(()), |roster| self.take_roster(roster))
    }

    /// An address that somebody passed on.
    pub(crate) fn hear_address(&mut self, address: Signed<Address>) -> Result<(), Fault> {
        let address = address.verify().map_err(|_| Bye::Rule)?;
        let network = self.network()?;
        let of_member = network.member_of(&address.node).is_some_and(|who| network.is_member(&who));
        if !of_member || !replaces(&address, network.addresses.get(&address.node)) {
            return Ok(());
        }
        let pace = self.paces.addresses.entry(address.node).or_default();
        let now = pace.now_or_later(self.turn.now, address.seq, address.signed().clone());
        now.map_or(Ok(()), |address| self.take_address(address))
    }

    /// An ask of a peer whose standing is known.
    pub(crate) fn hear_ask(&mut self, peer: NodeKey, ask: Ask) -> Result<Option<Ask>, Fault> {
        let now = self.turn.now;
        let asks = &mut self.session(&peer)?.asks;
        // Only the last one counts: it ends the rounds before it.
        asks.waiting.clear();
        Ok(asks.now_or_later(now, 0, ask))
    }

    /// Takes up what waited and whose time has come.
    pub(super) fn take_up_waiting(&mut self) -> Result<(), Fault> {
        let now = self.turn.now;
        let rosters: Vec<_> = self.paces.rosters.values_mut().flat_map(|pace| pace.due(now)).collect();
        let addresses: Vec<_> = self.paces.addresses.values_mut().flat_map(|pace| pace.due(now)).collect();
        self.paces.rosters.retain(|_, pace| !pace.is_over(now));
        self.paces.addresses.retain(|_, pace| !pace.is_over(now));
        let ask = |(peer, session): (&NodeKey, &mut Session)| Some((*peer, session.asks.due(now).pop()?));
        let asks: Vec<_> = self.sessions.iter_mut().filter_map(ask).collect();
        rosters.into_iter().try_for_each(|roster| self.take_roster(roster))?;
        addresses.into_iter().try_for_each(|address| self.take_address(address))?;
        asks.into_iter().try_for_each(|(peer, ask)| self.answer_ask(peer, ask))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_at_once_then_one_now_and_then_and_the_last_is_never_lost() {
        let (mut pace, begin) = (Pace::default(), 1_000_000);
        let taken = (1..=100).filter(|n| pace.now_or_later(begin, *n, *n).is_some()).count();
        assert_eq!(taken as u64, PACE_BURST);
        // What others tell late pushes nothing out.
        assert_eq!(pace.now_or_later(begin, 50, 50), None);
        assert!(pace.due(begin + PACE_MS - 1).is_empty());
        assert_eq!(pace.due(begin + PACE_MS), [97]);
        assert_eq!(pace.due(begin + 100 * PACE_MS), [98, 99, 100]);
        // After a while it is as before, and need not be remembered.
        assert!(!pace.is_over(begin + 100 * PACE_MS) && pace.is_over(begin + 200 * PACE_MS));
        assert_eq!(pace.now_or_later(begin + 1_000 * PACE_MS, 101, 101), Some(101));
    }

    #[test]
    fn a_clock_that_was_set_back_keeps_nobody_waiting() {
        let mut pace = Pace::default();
        assert_eq!((1..=20).filter(|n| pace.now_or_later(1_000_000_000, *n, *n).is_some()).count() as u64, PACE_BURST);
        assert_eq!(pace.due(5), [17, 18, 19, 20]);
    }
}
