//! When sessions take place: each time that one is held within a span of days, with what is special about that time.

use std::{collections::BTreeSet, sync::Arc};

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use serde_json::Value;

use crate::{catalog::Row, config::SESSION_DAYS_MOST, recurrence::Rule};

/// Dates of one kind that a session may name; its kind allows no more.
const NAMED_MOST: usize = 100;

/// One time that a session is held.
#[derive(Clone, Debug)]
pub(crate) struct Meeting {
    /// The session.
    pub(crate) row: Arc<Row>,
    /// When it would begin by the rule; nothing else is said of a time that stays as it was.
    pub(crate) slot: DateTime,
    /// When it begins, on the clock of its zone.
    pub(crate) start: DateTime,
    /// When it ends.
    pub(crate) end: DateTime,
    /// The zone's name.
    pub(crate) zone: String,
    /// What it is called this time.
    pub(crate) title: String,
    /// Where it is this time.
    pub(crate) place: Option<String>,
    /// `tentative`, `confirmed`, `cancelled`, `postponed` or `moved`; empty where nothing is said.
    pub(crate) status: String,
    /// What else is to be said of this time.
    pub(crate) note: Option<String>,
    clock: TimeZone,
}

impl Meeting {
    /// Whether it will not take place as it stands.
    pub(crate) fn is_off(&self) -> bool {
        ["cancelled", "postponed"].contains(&self.status.as_str())
    }

    /// Whether it is held over the internet alone.
    pub(crate) fn is_online(&self) -> bool {
        self.place.is_none() && (self.row.text("mode") == Some("online") || self.row.text("link").is_some())
    }

    /// The moment it begins at, everywhere.
    pub(crate) fn begins_at(&self) -> Timestamp {
        self.clock.to_timestamp(self.start).unwrap_or_default()
    }

    /// The moment it ends at, everywhere.
    pub(crate) fn ends_at(&self) -> Timestamp {
        self.clock.to_timestamp(self.end).unwrap_or_default()
    }

    /// The moment it would begin at by the rule.
    pub(crate) fn slot_at(&self) -> Timestamp {
        self.clock.to_timestamp(self.slot).unwrap_or_default()
    }

    /// Whether it is over.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        self.clock.to_timestamp(self.end).is_ok_and(|end| end < now)
    }
}

/// The times that these sessions are held on days from `from` to `to`, earliest first.
pub(crate) fn meetings<'a>(rows: impl IntoIterator<Item = &'a Arc<Row>>, from: Date, to: Date) -> Vec<Meeting> {
    let mut all: Vec<Meeting> = rows.into_iter().flat_map(|row| of_one(row, from, to)).collect();
    all.sort_by(|a, b| (a.start, &a.title, a.row.id).cmp(&(b.start, &b.title, b.row.id)));
    all
}

/// The next of them that are not over, soonest first.
pub(crate) fn next<'a>(
    rows: impl IntoIterator<Item = &'a Arc<Row>>,
    now: Timestamp,
    days: i32,
    most: usize,
) -> Vec<Meeting> {
    // Somewhere it is still yesterday.
    let today = now.to_zoned(TimeZone::UTC).date();
    let mut all = meetings(rows, today.saturating_sub(1.day()), today.saturating_add(days.days()));
    all.retain(|meeting| !meeting.is_over(now));
    all.sort_by_key(Meeting::begins_at);
    all.truncate(most);
    all
}

/// The times that one session is held on days from `from` to `to`, in no order.
pub(crate) fn of_one(row: &Arc<Row>, from: Date, to: Date) -> impl Iterator<Item = Meeting> {
    read(row, from, to).into_iter().flatten()
}

fn read(row: &Arc<Row>, from: Date, to: Date) -> Option<impl Iterator<Item = Meeting>> {
    let time = |name: &str| row.text(name).and_then(|text| text.parse::<DateTime>().ok());
    let (start, end) = (time("start")?, time("end")?);
    let zone = row.text("zone").unwrap_or("UTC").to_owned();
    let clock = TimeZone::get(&zone).unwrap_or(TimeZone::UTC);
    let rule = row.text("recurrence").and_then(|text| Rule::read(text, &clock));
    let (not_on, also_on) = (times(row.field("not_on")), times(row.field("also_on")));
    let within = |from: Date, to: Date| match &rule {
        Some(rule) => rule.starts(start, from, to),
        None => vec![start],
    };
    // One that began before the span may still go on in it.
    let mut starts: BTreeSet<DateTime> =
        within(from.saturating_sub(SESSION_DAYS_MOST.days()), to).into_iter().chain(also_on.iter().copied()).collect();
    let overrides: Vec<Value> =
        row.field("overrides").as_array().into_iter().flatten().take(NAMED_MOST).cloned().collect();
    // One that was moved into the span stood outside of it.
    let mut instead: BTreeSet<DateTime> = overrides.iter().filter_map(|one| parsed(&one["instead_of"])).collect();
    match &rule {
        Some(rule) => rule.keep_starts(start, &mut instead),
        None => instead.retain(|at| *at == start),
    }
    starts.extend(instead);
    let base = Meeting {
        row: row.clone(),
        slot: start,
        start,
        end,
        zone,
        title: row.title.clone(),
        place: row.text("place").map(String::from),
        status: row.text("status").unwrap_or_default().to_owned(),
        note: None,
        clock,
    };
    let held = starts.into_iter().filter(move |at| !not_on.contains(at)).map(move |at| one_time(&base, at, &overrides));
    Some(held.filter(move |meeting| meeting.start.date() <= to && meeting.end.date() >= from))
}

/// The time that begins at `at` by the rule, with what is said of it alone.
fn one_time(base: &Meeting, at: DateTime, overrides: &[Value]) -> Meeting {
    let lasts = base.start.until(base.end).unwrap_or_default();
    let special = overrides.iter().find(|one| parsed(&one["instead_of"]) == Some(at));
    let own = |name: &str| special.and_then(|one| one[name].as_str()).filter(|text| !text.is_empty()).map(String::from);
    let start = special.and_then(|one| parsed(&one["start"])).unwrap_or(at);
    let end = special.and_then(|one| parsed(&one["end"])).or_else(|| start.checked_add(lasts).ok());
    // However long somebody says that it lasts.
    let latest = start.saturating_add(SESSION_DAYS_MOST.days());
    Meeting {
        end: end.filter(|end| *end >= start).unwrap_or(start).min(latest),
        slot: at,
        start,
        title: own("title").unwrap_or_else(|| base.title.clone()),
        place: own("place").or_else(|| base.place.clone()),
        status: own("status").unwrap_or_else(|| base.status.clone()),
        note: own("note"),
        ..base.clone()
    }
}

fn parsed(value: &Value) -> Option<DateTime> {
    value.as_str()?.parse().ok()
}

fn times(value: &Value) -> BTreeSet<DateTime> {
    value.as_array().into_iter().flatten().take(NAMED_MOST).filter_map(parsed).collect()
}

#[cfg(test)]
mod tests {
    use protocol::{
        identity::{DocId, MemberId},
        view::{GlanceView, Summary},
    };
    use serde_json::json;

    use super::*;
    use crate::catalog::{Catalog, Viewer};

    fn session(fields: Value) -> Arc<Row> {
        let id = DocId([1; 32]);
        let summary = Summary {
            id,
            kind: "session".into(),
            title: "Supper".into(),
            summary: String::new(),
            owner: MemberId([7; 32]),
            owner_name: "Riverside".into(),
            audience: "public",
            own: false,
        };
        let glance = GlanceView { summary, fields, changed_at: 1, made_at: 1, choices: 0, edits: 1 };
        Catalog::of([glance].into_iter()).row(Viewer::Anybody, &id).unwrap()
    }

    fn told(row: &Arc<Row>, from: &str, to: &str) -> Vec<String> {
        let tell = |meeting: Meeting| {
            let place = meeting.place.unwrap_or_default();
            format!("{} {} {}", meeting.start.strftime("%m-%d %H:%M"), place, meeting.status).trim().to_owned()
        };
        meetings([row], from.parse().unwrap(), to.parse().unwrap()).into_iter().map(tell).collect()
    }

    #[test]
    fn a_season_with_its_exceptions() {
        let row = session(json!({
            "start": "2027-01-19T18:00", "end": "2027-01-19T20:00", "zone": "America/New_York",
            "recurrence": "FREQ=WEEKLY;BYDAY=TU;COUNT=6", "place": "Grange",
            "not_on": ["2027-02-16T18:00"], "also_on": ["2027-03-02T18:00"],
            "overrides": [
                {"instead_of": "2027-02-09T18:00", "place": "Library", "status": "cancelled"},
                {"instead_of": "2027-01-26T18:00", "start": "2027-02-27T10:00"},
                {"instead_of": "2027-02-10T18:00", "start": "2027-02-11T10:00"},
            ],
        }));
        assert_eq!(told(&row, "2027-01-01", "2027-01-31"), ["01-19 18:00 Grange"]);
        let february =
            ["02-02 18:00 Grange", "02-09 18:00 Library cancelled", "02-23 18:00 Grange", "02-27 10:00 Grange"];
        assert_eq!(told(&row, "2027-02-01", "2027-02-28"), february);
        assert_eq!(told(&row, "2027-03-01", "2027-12-31"), ["03-02 18:00 Grange"]);
    }

    #[test]
    fn what_lasts_for_days_is_there_on_each_and_what_lasts_forever_does_not() {
        let row = session(json!({"start": "2027-01-30T09:00", "end": "2027-02-02T16:00", "zone": "America/New_York"}));
        assert_eq!(told(&row, "2027-02-01", "2027-02-28"), ["01-30 09:00"]);
        assert!(told(&row, "2027-02-03", "2027-02-28").is_empty());
        let row = session(json!({"start": "2027-01-30T09:00", "end": "9999-02-02T16:00", "zone": "Nowhere"}));
        assert!(told(&row, "2027-06-01", "2027-06-30").is_empty());
        assert!(told(&session(json!({"start": "soon"})), "2027-06-01", "2027-06-30").is_empty());
    }

    #[test]
    fn what_comes_next_follows_the_clock_of_its_own_place() {
        let row = session(json!({
            "start": "2027-01-19T18:00", "end": "2027-01-19T20:00", "zone": "America/New_York", "recurrence": "FREQ=WEEKLY",
        }));
        // Eight in the evening there is one in the morning of the next day in UTC.
        let at = |text: &str| next([&row], text.parse().unwrap(), 60, 1)[0].start.day();
        assert_eq!(at("2027-01-20T00:59:00Z"), 19);
        assert_eq!(at("2027-01-20T01:01:00Z"), 26);
    }
}
