//! Sessions become a calendar: the same records make the same bytes.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan, civil::DateTime, tz::TimeZone};
use protocol::identity::Hash;
use serde_json::Value;

use super::written::{Lines, escaped, plain};

/// Who wrote it.
const PRODUCT: &str = "-//Commonweal//Commonweal//EN";

/// How often a program that subscribes should look again (RFC 7986, 5.7): as long as others keep a copy, and a bit.
const REFRESH: &str = "PT1H";

/// The calendar of all sessions among these records, as the API shows them, with their history.
pub fn write(records: &[Value]) -> Vec<u8> {
    let events = records.iter().filter(|record| record["kind"] == "session").filter_map(|record| {
        let changed = items(record, "history").filter_map(|change| change["at"].as_i64()).max().unwrap_or_default();
        Event::new(text(record, "id"), &record["fields"], changed, 0)
    });
    let events: Vec<Event> = events.collect();
    calendar(None, events.iter().collect())
}

/// How much of an event.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part<'a> {
    /// All of it.
    Whole,
    /// The series, and of the dates that differ those that stand instead of these.
    Limited(&'a [DateTime]),
    /// These times, each as an event of its own.
    Expanded(&'a [Time]),
}

/// One time that something is held, in UTC as far as it is a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Time {
    /// The start it would have by the rule, on the clock of its zone.
    pub(crate) slot: DateTime,
    /// The moment of that.
    pub(crate) slot_at: Timestamp,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
}

/// A session as calendars show it: an event, and one more for each date that differs. The same record makes the same bytes.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// What programs know it by.
    uid: String,
    /// What nobody else's event is known by.
    id: String,
    zone: String,
    /// The first and the last year it touches, as far as we know.
    years: (i16, i16),
    /// Whether it is held more than once.
    repeats: bool,
    /// What follows the UID of the event.
    body: Vec<u8>,
    /// Of each date that differs, the start it would have, and what follows the UID.
    changes: Vec<(DateTime, Vec<u8>)>,
    /// Changes whenever something of this does.
    tag: Hash,
}

impl Event {
    /// Of a session that was last changed at this second since 1970, by this many edits: programs take over a change only
    /// when the SEQUENCE has grown (RFC 5545, 3.8.7.4). Nothing where it says no time.
    pub(crate) fn new(id: &str, fields: &Value, changed_s: i64, edits: u64) -> Option<Event> {
        let (start, end) = (time(text(fields, "start"))?, time(text(fields, "end"))?);
        let uid = Some(text(fields, "outside_id")).filter(|uid| !uid.trim().is_empty()).unwrap_or(id);
        let sequence = fields["sequence"].as_u64().unwrap_or_default().saturating_add(edits).min(MOST_CHANGES);
        let of = Of { fields, changed_s: changed_s.clamp(0, LATEST_S), sequence };
        let body = of.session(start, end);
        let changes: Vec<_> = items(fields, "overrides").filter_map(|one| of.change(one, start, end)).collect();
        let years = years(fields).fold((start.year(), end.year()), |(a, b), year| (a.min(year), b.max(year)));
        let repeats = ["recurrence", "also_on", "overrides"].iter().any(|name| !is_empty(&fields[*name]));
        let zone = text(fields, "zone").to_owned();
        let parts = [uid, id, &zone].map(str::as_bytes).into_iter().chain([body.as_slice()]);
        let parts: Vec<&[u8]> = parts.chain(changes.iter().map(|(_, body)| body.as_slice())).collect();
        let tag = Hash::derive("commonweal 1 event", &parts);
        Some(Event { uid: uid.to_owned(), id: id.to_owned(), zone, years, repeats, body, changes, tag })
    }

    /// What programs know it by: what it came with, or the id of its record.
    pub(crate) fn uid(&self) -> &str {
        &self.uid
    }

    /// Changes whenever something of it does.
    pub(crate) fn tag(&self) -> Hash {
        self.tag
    }

    /// The starts that its dates that differ would have.
    pub(crate) fn slots(&self) -> impl Iterator<Item = DateTime> {
        self.changes.iter().map(|(slot, _)| *slot)
    }
}

/// These events as one calendar, in an order of their own. With a name it is one to subscribe to.
///
/// Two records may say that they are the same event, and one of them may lie: each is shown, the second under an id of ours.
pub(crate) fn calendar(name: Option<&str>, mut events: Vec<&Event>) -> Vec<u8> {
    events.sort_by_key(|event| (&event.uid, &event.id));
    let mut calendar = Lines::default();
    calendar.line("BEGIN", "VCALENDAR");
    calendar.line("VERSION", "2.0");
    calendar.line("PRODID", PRODUCT);
    calendar.line("METHOD", "PUBLISH");
    if let Some(name) = name {
        calendar.text("NAME", name);
        calendar.text("X-WR-CALNAME", name);
        calendar.line("REFRESH-INTERVAL;VALUE=DURATION", REFRESH);
        calendar.line("X-PUBLISHED-TTL", REFRESH);
    }
    let mut zones: BTreeMap<&str, (i16, i16)> = BTreeMap::new();
    for event in &events {
        let span = zones.entry(&event.zone).or_insert(event.years);
        *span = (span.0.min(event.years.0), span.1.max(event.years.1));
    }
    for (zone, years) in zones {
        calendar.zone_of(zone, years);
    }
    let mut before = None;
    for event in events {
        let uid = if before == Some(&event.uid) { &event.id } else { &event.uid };
        before = Some(&event.uid);
        for body in std::iter::once(&event.body).chain(event.changes.iter().map(|(_, body)| body)) {
            calendar.event(uid, body);
        }
    }
    calendar.line("END", "VCALENDAR");
    calendar.bytes
}

/// Changes whenever a calendar of this name and these events does, and is the same at every node. Should calendars be written
/// otherwise some day, this must be as well.
pub(crate) fn tag(name: &str, events: &[&Event]) -> Hash {
    let mut tags: Vec<[u8; 32]> = events.iter().map(|event| event.tag.0).collect();
    tags.sort_unstable();
    let parts = [name.as_bytes()].into_iter().chain(tags.iter().map(|tag| &tag[..]));
    Hash::derive("commonweal 1 calendar", &parts.collect::<Vec<_>>())
}

/// One event as an object of a calendar (RFC 4791, 4.1), by its own UID or by the id of its record.
pub(crate) fn object(event: &Event, by_id: bool, part: Part<'_>) -> Vec<u8> {
    let uid = if by_id { &event.id } else { &event.uid };
    let mut calendar = Lines::default();
    calendar.line("BEGIN", "VCALENDAR");
    calendar.line("VERSION", "2.0");
    calendar.line("PRODID", PRODUCT);
    if !matches!(part, Part::Expanded(_)) {
        calendar.zone_of(&event.zone, event.years);
        calendar.event(uid, &event.body);
    }
    match part {
        Part::Whole => event.changes.iter().for_each(|(_, body)| calendar.event(uid, body)),
        Part::Limited(slots) => {
            let touched = event.changes.iter().filter(|(slot, _)| slots.contains(slot));
            touched.for_each(|(_, body)| calendar.event(uid, body));
        }
        Part::Expanded(times) => times.iter().for_each(|time| calendar.event(uid, &event.at(time))),
    }
    calendar.line("END", "VCALENDAR");
    calendar.bytes
}

/// What says when, and is said otherwise of a single time.
const WHEN: [&str; 7] = ["DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"];

impl Event {
    /// What follows the UID of one time.
    fn at(&self, time: &Time) -> Vec<u8> {
        let change = self.changes.iter().find(|(slot, _)| *slot == time.slot).map(|(_, body)| body);
        let mut lines = Lines::default();
        let utc = |at: Timestamp| [TimeZone::UTC.to_datetime(at)];
        if self.repeats {
            lines.times("RECURRENCE-ID", "UTC", &utc(time.slot_at));
        }
        lines.times("DTSTART", "UTC", &utc(time.start));
        lines.times("DTEND", "UTC", &utc(time.end));
        let mut says_when = false;
        for line in change.unwrap_or(&self.body).split_inclusive(|byte| *byte == b'\n') {
            // A folded line goes with the one it belongs to.
            if line.first() != Some(&b' ') {
                let name = line.split(|byte| matches!(byte, b':' | b';')).next().unwrap_or_default();
                says_when = WHEN.iter().any(|when| when.as_bytes() == name);
            }
            if !says_when {
                lines.bytes.extend(line);
            }
        }
        lines.bytes
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_str().is_none_or(str::is_empty) && value.as_array().is_none_or(Vec::is_empty)
}

pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn texts<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a str> {
    value[name].as_array().into_iter().flatten().filter_map(Value::as_str)
}

pub(super) fn items<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value[name].as_array().into_iter().flatten()
}

/// Each year that further dates of a session touch.
fn years(fields: &Value) -> impl Iterator<Item = i16> {
    let moved = items(fields, "overrides").flat_map(|one| [text(one, "start"), text(one, "end")]);
    texts(fields, "also_on").chain(moved).filter_map(|date| Some(time(date)?.year()))
}

fn time(text: &str) -> Option<DateTime> {
    text.parse().ok()
}

/// The highest SEQUENCE, which a 32 bit number must hold.
const MOST_CHANGES: u64 = i32::MAX as u64;
/// The last second of 2199: an edit whose author's clock stands elsewhere is no reason to write none.
const LATEST_S: i64 = 7_258_118_399;

/// What is said of one session.
struct Of<'a> {
    fields: &'a Value,
    changed_s: i64,
    sequence: u64,
}

impl Of<'_> {
    fn session(&self, start: DateTime, end: DateTime) -> Vec<u8> {
        let (fields, mut lines) = (self.fields, Lines::default());
        let zone = text(fields, "zone");
        self.identity(&mut lines);
        lines.times("DTSTART", zone, &[start]);
        lines.times("DTEND", zone, &[end]);
        if !text(fields, "recurrence").is_empty() {
            lines.line("RRULE", text(fields, "recurrence"));
        }
        for (name, field) in [("RDATE", "also_on"), ("EXDATE", "not_on")] {
            let dates: Vec<DateTime> = texts(fields, field).filter_map(time).collect();
            lines.times(name, zone, &dates);
        }
        lines.what(fields, &Value::Null);
        let topics: Vec<String> = texts(fields, "topics").map(escaped).collect();
        if !topics.is_empty() {
            lines.line("CATEGORIES", &topics.join(","));
        }
        if !text(fields, "source_url").is_empty() {
            lines.line("URL", text(fields, "source_url"));
        }
        lines.contacts(fields);
        lines.bytes
    }

    fn change(&self, one: &Value, start: DateTime, end: DateTime) -> Option<(DateTime, Vec<u8>)> {
        let (fields, mut lines) = (self.fields, Lines::default());
        let instead = time(text(one, "instead_of"))?;
        let begins = time(text(one, "start")).unwrap_or(instead);
        let length = start.until(end).unwrap_or_else(|_| 0.days());
        let ends = time(text(one, "end")).or_else(|| begins.checked_add(length).ok()).unwrap_or(begins);
        let zone = text(fields, "zone");
        self.identity(&mut lines);
        lines.times("RECURRENCE-ID", zone, &[instead]);
        lines.times("DTSTART", zone, &[begins]);
        lines.times("DTEND", zone, &[ends]);
        lines.what(fields, one);
        Some((instead, lines.bytes))
    }

    /// What tells programs whether it is newer than what they have.
    fn identity(&self, lines: &mut Lines) {
        if let Ok(changed) = Timestamp::from_second(self.changed_s) {
            let changed = plain(TimeZone::UTC.to_datetime(changed));
            lines.line("DTSTAMP", &format!("{changed}Z"));
            lines.line("LAST-MODIFIED", &format!("{changed}Z"));
        }
        lines.line("SEQUENCE", &self.sequence.to_string());
    }
}
