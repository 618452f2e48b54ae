//! A session as an object of a calendar.

use std::sync::Arc;

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use protocol::identity::DocId;

use super::{
    body::{Part, Span},
    names::Names,
    place::{Place, Which},
};
use crate::{
    agenda::{self, Meeting},
    catalog::{Catalog, Event, Row, SESSION, Viewer},
    transfer::ics,
};

/// One session.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) row: Arc<Row>,
    pub(super) which: Which,
    pub(super) name: String,
}

/// All of a calendar that somebody may see, in the order of their ids.
pub(super) fn all(catalog: &Catalog, viewer: Viewer, which: Which, names: &Names) -> Vec<Object> {
    let rows = catalog.rows(viewer).into_iter();
    let mut all: Vec<Object> = rows.filter_map(|row| Object::new(row, which, names)).collect();
    all.sort_unstable_by_key(|object| object.row.id);
    all
}

/// The one of this name.
pub(super) fn named(catalog: &Catalog, viewer: Viewer, which: Which, names: &Names, name: &str) -> Option<Object> {
    let doc = names.doc(name).or_else(|| name.strip_suffix(ENDING)?.parse().ok())?;
    Object::new(catalog.row(viewer, &doc)?, which, names).filter(|object| object.name == name)
}

/// What a session is called that no program named.
pub(super) fn given_name(doc: &DocId) -> String {
    format!("{doc}{ENDING}")
}

/// The kind of record that is one.
pub(super) const KIND: &str = SESSION;

const ENDING: &str = ".ics";

impl Which {
    /// Whether a record is one of this calendar's sessions.
    pub(super) fn holds(self, row: &Row) -> bool {
        row.kind.name == SESSION && row.own == (self == Which::Ours)
    }
}

impl Object {
    /// A record of the right sort, as an object of the right calendar.
    pub(super) fn new(row: Arc<Row>, which: Which, names: &Names) -> Option<Object> {
        let is_there = which.holds(&row) && row.event().is_some();
        let name = is_there.then(|| names.name(&row.id))?;
        Some(Object { row, which, name })
    }

    pub(super) fn href(&self) -> String {
        Place::Object(self.which, self.name.clone()).href()
    }

    fn event(&self) -> Option<&Event> {
        self.row.event()
    }

    /// Others' go by the ids of their records: whoever wrote one may say that it is the same event as another's.
    fn by_id(&self) -> bool {
        self.which == Which::Network
    }

    /// What programs know the event by.
    pub(super) fn uid(&self) -> String {
        match self.event() {
            Some(event) if !self.by_id() => event.uid().to_owned(),
            _ => self.row.id.to_string(),
        }
    }

    /// Its strong entity tag.
    pub(super) fn tag(&self) -> String {
        self.event().map(tag).unwrap_or_default()
    }

    /// All of it.
    pub(super) fn text(&self) -> Vec<u8> {
        self.event().map(|event| ics::object(event, self.by_id(), ics::Part::Whole)).unwrap_or_default()
    }

    /// As much of it as is wanted.
    pub(super) fn part(&self, part: Part) -> Vec<u8> {
        let Some(event) = self.event() else { return vec![] };
        match part {
            Part::Whole => self.text(),
            Part::Limited(span) => {
                let held: Vec<_> = self.times(span).map(|meeting| meeting.slot).collect();
                let slots: Vec<_> = event.slots().filter(|slot| held.contains(slot)).collect();
                ics::object(event, self.by_id(), ics::Part::Limited(&slots))
            }
            Part::Expanded(span) => {
                let time = |meeting: Meeting| ics::Time {
                    slot: meeting.slot,
                    slot_at: meeting.slot_at(),
                    start: meeting.begins_at(),
                    end: meeting.ends_at(),
                };
                let mut times: Vec<ics::Time> = self.times(span).map(time).collect();
                times.sort_by_key(|time| (time.start, time.slot));
                ics::object(event, self.by_id(), ics::Part::Expanded(&times))
            }
        }
    }

    /// The times within a span, in no order.
    pub(super) fn times(&self, span: Span) -> impl Iterator<Item = Meeting> {
        // Somewhere it is still yesterday, or tomorrow already.
        let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
        let (from, to) = (day(span.from).saturating_sub(1.day()), day(span.to).saturating_add(1.day()));
        agenda::of_one(&self.row, from, to).filter(move |meeting| span.meets(meeting.begins_at(), meeting.ends_at()))
    }

    /// Whether it is held at least once within a span.
    pub(super) fn is_held(&self, span: Span) -> bool {
        self.times(span).next().is_some()
    }
}

/// The strong entity tag of an event as it stands in calendars.
pub(super) fn tag(event: &Event) -> String {
    format!("\"{}\"", &event.tag().to_string()[..20])
}
