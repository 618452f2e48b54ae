//! All records as one viewer may look through them, for the moment in which they are counted and put in order.

use std::sync::{Arc, RwLockReadGuard};

use super::{Row, Slot, Values, Viewer, held::Held};
use crate::index::Hits;

/// A record that fits what somebody looks for: where it is, and what orders it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit {
    at: u32,
    pub(crate) points: u16,
    pub(crate) changed_at: u64,
}

/// The records as somebody may look through them.
#[derive(Debug)]
pub(crate) struct Looked<'a> {
    held: RwLockReadGuard<'a, Held>,
    viewer: Viewer,
}

impl<'a> Looked<'a> {
    pub(super) fn new(held: RwLockReadGuard<'a, Held>, viewer: Viewer) -> Looked<'a> {
        Looked { held, viewer }
    }

    /// All that they may know of.
    pub(crate) fn all(&self) -> Vec<Hit> {
        let seen = self.held.slots.all().filter(|(_, slot)| self.viewer.may_see(slot.audience));
        seen.map(|(at, slot)| Hit { at, points: 0, changed_at: slot.changed_at }).collect()
    }

    /// Those among what the index found that they may know of.
    pub(crate) fn found(&self, hits: &Hits) -> Vec<Hit> {
        self.seen(hits).map(|(hit, _)| hit).collect()
    }

    /// One of those.
    pub(crate) fn one(&self, hits: &Hits) -> Option<Arc<Row>> {
        self.seen(hits).next().map(|(_, slot)| slot.row.clone())
    }

    fn seen<'b>(&'b self, hits: &'b Hits) -> impl Iterator<Item = (Hit, &'b Slot)> {
        hits.0.iter().filter_map(|(key, points)| {
            let at = self.held.slots.of(*key)?;
            let slot = self.held.slots.at(at).filter(|slot| self.viewer.may_see(slot.audience))?;
            Some((Hit { at, points: *points, changed_at: slot.changed_at }, slot))
        })
    }

    /// What is known of one.
    pub(crate) fn slot(&self, hit: &Hit) -> Option<&Slot> {
        self.held.slots.at(hit.at)
    }

    /// The values that records have of facets.
    pub(crate) fn values(&self) -> &Values {
        &self.held.slots.values
    }
}
