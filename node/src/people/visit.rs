//! When somebody was here before, so that a page can say what is new since then.

use minicbor::{Decode, Encode};

use super::{Account, Held, People, Row, VISIT, put};
use crate::config::{VISIT_GAP_MS, VISIT_KEPT_MS};

/// When somebody was here last, and when before this visit; in milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Visit {
    /// When they last opened a page, as far as it is kept.
    #[n(0)]
    here: u64,
    /// When the visit before this one ended; nothing on the first.
    #[n(1)]
    before: Option<u64>,
    /// The last time that is on disk. Not kept: it is `here` of what was read.
    #[n(2)]
    kept: u64,
}

impl Visit {
    /// They open a page. True when that is worth keeping.
    fn is_here(&mut self, now: u64) -> bool {
        if self.here > 0 && now.saturating_sub(self.here) >= VISIT_GAP_MS {
            self.before = Some(self.here);
        }
        let new = self.here == 0 || self.before == Some(self.here);
        self.here = now;
        let keeps = new || now.saturating_sub(self.kept) >= VISIT_KEPT_MS;
        if keeps {
            self.kept = now;
        }
        keeps
    }
}

impl Held {
    /// Somebody opens a page; what is to be kept of it, if anything.
    pub(super) fn is_here(&mut self, name: &str, now: u64) -> Option<Row> {
        let visit = self.visits.entry(name.into()).or_default();
        visit.is_here(now).then(|| put(VISIT, name.as_bytes(), visit))
    }
}

impl People {
    /// When somebody last opened a page, in milliseconds since 1970.
    pub fn seen(&self, account: &Account) -> Option<u64> {
        self.held().visits.get(&account.name).map(|visit| visit.here)
    }

    /// When somebody was here before this visit, in milliseconds since 1970; nothing on their first.
    pub fn since(&self, account: &Account) -> Option<u64> {
        self.held().visits.get(&account.name).and_then(|visit| visit.before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_visit_begins_after_hours_without_one_and_little_is_written() {
        let (mut visit, monday) = (Visit::default(), 1_700_000_000_000);
        let minute = 60_000;
        let written = (0..60).filter(|n| visit.is_here(monday + n * minute)).count();
        assert_eq!((written, visit.before), (4, None), "an hour of reading is written down every quarter");
        let last = monday + 59 * minute;
        let thursday = last + 3 * 24 * 60 * minute;
        assert!(visit.is_here(thursday));
        assert_eq!(visit.before, Some(last));
        assert!(!visit.is_here(thursday + minute), "reading on is the same visit");
        assert_eq!(visit.before, Some(last));
    }
}
