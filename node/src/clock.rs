//! Time and chance. No other file of the node asks the system for either, so whatever else runs, runs the same twice.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use protocol::input::Random;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// Milliseconds since 1970.
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// How long something takes, whatever becomes of the date meanwhile.
#[derive(Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Stopwatch {
        Stopwatch(Instant::now())
    }

    /// Milliseconds so far.
    pub(crate) fn ms(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn has_run(&self, ms: u64) -> bool {
        self.0.elapsed() >= Duration::from_millis(ms)
    }
}

/// Fresh chance.
pub fn random() -> Random {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("a system that gave randomness at boot goes on giving it");
    bytes
}

/// A throw for jitter, which needs no quality: without randomness we would only be less polite.
pub(crate) fn dice() -> u64 {
    getrandom::u64().unwrap_or(0)
}

/// Comes every so often. A turn that took long is followed by one tick, not by all it missed.
pub fn every(period_ms: u64) -> Interval {
    let mut ticks = interval(Duration::from_millis(period_ms));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
