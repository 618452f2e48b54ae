//! Events become sessions: a series is one, with the dates that differ inside it.

use std::collections::BTreeMap;

use jiff::{ToSpan, civil::DateTime};
use protocol::input::Incoming;
use serde_json::{Map, Value, json};

use super::{
    super::{Origin, Parsed, Place, Row},
    lines::{Component, Line},
    place,
    times::{Zones, after, written},
};

const HISTORY: &str = "changes have a history of their own here";
const NO_FIELD: &str = "there is no field for it";
const PEOPLE: &str = "who comes is not kept here";
const NO_END: &str = "it says no end, and is kept as ending when it starts";
const WHOLE_DAY: &str = "it takes whole days, and is kept as from midnight to midnight";

/// The events of one calendar.
pub(super) fn read(file: &str, calendar: &Component, origin: &Origin, parsed: &mut Parsed) {
    let zones = Zones::new(calendar);
    let mut changes: BTreeMap<String, Vec<&Component>> = BTreeMap::new();
    let (mut series, mut events) = (Vec::new(), 0);
    for inner in &calendar.inner {
        match &*inner.name {
            "VEVENT" => events += 1,
            "VTIMEZONE" => continue,
            other => {
                parsed.leave(&place(file, inner.number), other, NO_FIELD);
                continue;
            }
        }
        match (uid(inner), inner.line("RECURRENCE-ID")) {
            // Which line is bad was told.
            (None, _) if inner.spoiled => {}
            (None, _) => {
                let message = "this event has no UID, by which it is found again; export the calendar anew";
                parsed.bad(&place(file, inner.number), "UID", message);
            }
            (Some(id), Some(_)) => changes.entry(id).or_default().push(inner),
            (Some(id), None) => series.push((id, inner)),
        }
    }
    for line in calendar.lines.iter().filter(|line| events > 0 && !is_about_the_file(line)) {
        parsed.leave(&place(file, line.number), &line.name, NO_FIELD);
    }
    for (id, event) in series {
        let changed = changes.remove(&id).unwrap_or_default();
        if event.spoiled {
            continue;
        }
        if changed.iter().any(|one| one.spoiled) {
            let message = "a changed date of this series is not right, so that the series is left out with it";
            parsed.bad(&place(file, event.number), "", message);
            continue;
        }
        let before = parsed.mistakes();
        let mut reading = Reading { file, zones: &zones, parsed, fields: Map::new(), inner: vec![] };
        reading.series(event, &changed);
        let (fields, inner) = (reading.fields, reading.inner);
        if parsed.mistakes() == before {
            let (source, outside_id) = (origin.source.clone(), Some(id));
            let incoming =
                Incoming { kind: "session".into(), source, outside_id, fields: fields.into_iter().collect() };
            parsed.rows.push(Row { incoming, place: place(file, event.number), inner });
        }
    }
    for lost in changes.values().flatten().filter(|lost| !lost.spoiled) {
        let message = "this changes one date of a series that is not in the file; export the whole series";
        parsed.bad(&place(file, lost.number), "RECURRENCE-ID", message);
    }
}

/// An id without spaces; others are of no use as one.
fn uid(event: &Component) -> Option<String> {
    let id = event.line("UID")?.text();
    let id: String = id.trim().chars().map(|c| if c.is_whitespace() { '-' } else { c }).collect();
    (1..=200).contains(&id.len()).then_some(id)
}

fn is_about_the_file(line: &Line) -> bool {
    matches!(&*line.name, "VERSION" | "PRODID" | "CALSCALE" | "METHOD" | "X-WR-TIMEZONE" | "X-WR-CALNAME" | "NAME")
}

/// One series being read.
struct Reading<'a> {
    file: &'a str,
    zones: &'a Zones<'a>,
    parsed: &'a mut Parsed,
    fields: Map<String, Value>,
    inner: Vec<(String, Place)>,
}

/// The clock of a series and what it begins with.
struct Clock {
    zone: String,
    start: DateTime,
    end: DateTime,
}

impl Reading<'_> {
    fn bad(&mut self, line: &Line, message: impl Into<String>) {
        self.parsed.bad(&place(self.file, line.number), &*line.name, message);
    }

    fn leave(&mut self, line: u64, what: &str, why: &'static str) {
        self.parsed.leave(&place(self.file, line), what, why);
    }

    /// A field, and the line it is from.
    fn set(&mut self, name: &str, value: impl Into<Value>, line: &Line) {
        self.fields.insert(name.to_owned(), value.into());
        self.inner.push((name.to_owned(), place(self.file, line.number)));
    }

    fn series(&mut self, event: &Component, changed: &[&Component]) {
        let Some(clock) = self.clock(event) else { return };
        self.dates("EXDATE", "not_on", event, &clock);
        self.dates("RDATE", "also_on", event, &clock);
        for line in &event.lines {
            self.property(line);
        }
        self.place_of(event);
        for inner in &event.inner {
            self.leave(inner.number, &inner.name, NO_FIELD);
        }
        let overrides: Vec<Value> = changed.iter().filter_map(|one| self.change(one, event, &clock)).collect();
        self.fields.insert("overrides".to_owned(), overrides.into());
        // Of its dates an event says all: what it does not say is no longer so.
        for name in ["recurrence", "also_on", "not_on"] {
            self.fields.entry(name).or_insert(Value::Null);
        }
    }

    /// When it starts and ends, and by whose clock.
    fn clock(&mut self, event: &Component) -> Option<Clock> {
        let Some(line) = event.line("DTSTART") else {
            let message = "this event has no DTSTART, so that nobody knows when it is; give it one";
            self.parsed.bad(&place(self.file, event.number), "DTSTART", message);
            return None;
        };
        let start = self.zones.moment(line).map_err(|message| self.bad(line, message)).ok()?;
        let zone = start.zone.clone().map_or_else(|| self.zones.usual(), Ok);
        let zone = zone.map_err(|message| self.bad(line, message)).ok()?;
        if start.is_day {
            self.leave(line.number, "DTSTART", WHOLE_DAY);
        }
        let end = self.end(event, &zone, start.local, start.is_day, line)?;
        self.set("start", written(start.local), line);
        self.set("zone", zone.clone(), line);
        let at = event.line("DTEND").or_else(|| event.line("DURATION")).unwrap_or(line);
        self.set("end", written(end), at);
        Some(Clock { zone, start: start.local, end })
    }

    fn end(&mut self, event: &Component, zone: &str, start: DateTime, is_day: bool, first: &Line) -> Option<DateTime> {
        if let Some(line) = event.line("DTEND") {
            let moment = self.zones.moment(line).map_err(|message| self.bad(line, message)).ok()?;
            let end = moment.on(zone).filter(|end| *end >= start);
            if end.is_none() {
                self.bad(line, "this is before the event starts; put DTSTART and DTEND in order");
            }
            return end;
        }
        if let Some(line) = event.line("DURATION") {
            let end = after(start, &line.value);
            if end.is_none() {
                self.bad(line, "this is not a length of time; it is written like PT1H30M");
            }
            return end;
        }
        if is_day {
            return start.checked_add(1.day()).ok();
        }
        self.leave(first.number, "DTEND", NO_END);
        Some(start)
    }

    /// Single dates that fall out or come in.
    fn dates(&mut self, name: &str, field: &str, event: &Component, clock: &Clock) {
        let mut dates: Vec<String> = Vec::new();
        for line in event.all(name) {
            if line.param("VALUE") == Some("PERIOD") {
                self.bad(line, "dates with an end of their own are not understood; write them as events of their own");
                continue;
            }
            match self.zones.moments(line) {
                Ok(moments) => {
                    let on = |m: &super::times::Moment| match m.is_day {
                        // A day alone means the series' start on that day.
                        true => Some(m.local.date().to_datetime(clock.start.time())),
                        false => m.on(&clock.zone),
                    };
                    dates.extend(moments.iter().filter_map(on).map(written));
                }
                Err(message) => self.bad(line, message),
            }
        }
        if let (Some(line), false) = (event.line(name), dates.is_empty()) {
            self.set(field, dates, line);
        }
    }

    fn property(&mut self, line: &Line) {
        match &*line.name {
            "SUMMARY" => self.set("title", one_line(&line.text()), line),
            "DESCRIPTION" => self.set("description", line.text(), line),
            "RRULE" if self.fields.contains_key("recurrence") => {
                self.bad(line, "two rules for repeating are not understood; write two events");
            }
            "RRULE" => self.set("recurrence", line.value.trim(), line),
            "STATUS" => {
                let status = line.value.trim().to_lowercase();
                self.fields.entry("status").or_insert_with(|| status.into());
                self.inner.push(("status".to_owned(), place(self.file, line.number)));
            }
            "X-COMMONWEAL-STATUS" => self.set("status", line.value.trim(), line),
            "SEQUENCE" => match line.value.trim().parse::<i64>() {
                Ok(number) => self.set("sequence", number, line),
                Err(_) => self.bad(line, "this must be a whole number"),
            },
            "CATEGORIES" => {
                let mut topics = self.fields.remove("topics").unwrap_or_else(|| json!([]));
                topics.as_array_mut().into_iter().for_each(|all| all.extend(line.texts().into_iter().map(Value::from)));
                self.set("topics", topics, line);
            }
            "URL" if is_web(&line.value) => self.set("source_url", line.value.trim(), line),
            "CONFERENCE" | "X-GOOGLE-CONFERENCE" if is_web(&line.value) => self.set("link", line.value.trim(), line),
            "ORGANIZER" | "CONTACT" => self.contact(line),
            "CREATED" | "LAST-MODIFIED" => self.leave(line.number, &line.name, HISTORY),
            "ATTENDEE" => self.leave(line.number, &line.name, PEOPLE),
            "UID" | "DTSTAMP" | "DTSTART" | "DTEND" | "DURATION" | "EXDATE" | "RDATE" | "LOCATION"
            | "RECURRENCE-ID" => {}
            other => self.leave(line.number, other, NO_FIELD),
        }
    }

    fn contact(&mut self, line: &Line) {
        let mut contact = Map::new();
        let mailbox = line.value.trim();
        match mailbox.to_lowercase().strip_prefix("mailto:").map(|_| &mailbox["mailto:".len()..]) {
            Some(mailbox) => _ = contact.insert("email".to_owned(), mailbox.into()),
            None if line.name == "CONTACT" => _ = contact.insert("name".to_owned(), one_line(&line.text()).into()),
            None => self.leave(line.number, &line.name, NO_FIELD),
        }
        if let Some(name) = line.param("CN").filter(|name| !mailbox.ends_with(*name)) {
            contact.insert("name".to_owned(), name.into());
        }
        let contacts = self.fields.entry("contacts").or_insert_with(|| json!([]));
        if let Some(contacts) = contacts.as_array_mut().filter(|_| !contact.is_empty()) {
            contacts.push(contact.into());
            let path = format!("contacts[{}]", contacts.len());
            self.inner.push((path, place(self.file, line.number)));
        }
    }

    /// Where it is: an address on the web is a link to join by.
    fn place_of(&mut self, event: &Component) {
        let Some(line) = event.line("LOCATION") else { return };
        let there = one_line(&line.text());
        let field = if is_web(&there) && !self.fields.contains_key("link") { "link" } else { "place" };
        self.set(field, there, line);
    }

    /// One date of the series that differs.
    fn change(&mut self, one: &Component, event: &Component, clock: &Clock) -> Option<Value> {
        let line = one.line("RECURRENCE-ID")?;
        if line.param("RANGE").is_some() {
            self.bad(line, "this changes all later dates too; write them as an event of their own");
            return None;
        }
        let instead = self.zones.moment(line).map_err(|message| self.bad(line, message)).ok()?;
        let instead = match instead.is_day {
            true => instead.local.date().to_datetime(clock.start.time()),
            false => instead.on(&clock.zone)?,
        };
        let first = one.line("DTSTART").unwrap_or(line);
        let start = self.zones.moment(first).map_err(|message| self.bad(first, message)).ok()?;
        let begins = start.on(&clock.zone)?;
        let length = clock.start.until(clock.end).ok()?;
        let has_end = one.line("DTEND").is_some() || one.line("DURATION").is_some();
        let end = match has_end {
            true => self.end(one, &clock.zone, begins, start.is_day, first)?,
            false => begins.checked_add(length).ok()?,
        };
        let mut differs = Map::from_iter([("instead_of".to_owned(), written(instead).into())]);
        if begins != instead {
            differs.insert("start".to_owned(), written(begins).into());
        }
        if begins.checked_add(length).ok() != Some(end) {
            differs.insert("end".to_owned(), written(end).into());
        }
        for line in &one.lines {
            self.difference(line, event, &mut differs);
        }
        self.inner.push((format!("overrides[{}]", self.number()), place(self.file, one.number)));
        Some(differs.into())
    }

    /// Which override is being read, counted from one.
    fn number(&self) -> usize {
        1 + self.inner.iter().filter(|(path, _)| path.starts_with("overrides[")).count()
    }

    fn difference(&mut self, line: &Line, event: &Component, differs: &mut Map<String, Value>) {
        if event.all(&line.name).any(|same| same.value == line.value && same.params == line.params) {
            return;
        }
        let field = match &*line.name {
            "SUMMARY" => "title",
            "LOCATION" if is_web(&line.text()) => "link",
            "LOCATION" => "place",
            "CONFERENCE" | "X-GOOGLE-CONFERENCE" if is_web(&line.value) => "link",
            "STATUS" | "X-COMMONWEAL-STATUS" => "status",
            "DESCRIPTION" => "note",
            "UID" | "DTSTAMP" | "DTSTART" | "DTEND" | "DURATION" | "RECURRENCE-ID" | "SEQUENCE" => return,
            "CREATED" | "LAST-MODIFIED" => return self.leave(line.number, &line.name, HISTORY),
            other => return self.leave(line.number, other, NO_FIELD),
        };
        let value = match field {
            "status" => line.value.trim().to_lowercase(),
            "note" => line.text(),
            _ => one_line(&line.text()),
        };
        differs.insert(field.to_owned(), value.into());
    }
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", ")
}

fn is_web(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    (text.starts_with("https://") || text.starts_with("http://")) && !text.contains(char::is_whitespace)
}
