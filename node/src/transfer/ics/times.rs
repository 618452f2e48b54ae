//! Clocks and zones of calendars: what a time means, and what it is on another clock.

use std::{
    cell::{OnceCell, RefCell},
    collections::BTreeMap,
};

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};
use protocol::record::zones;

use super::lines::{Component, Line};

/// A time as a calendar has it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Moment {
    /// On that clock.
    pub(super) local: DateTime,
    /// Whose clock; nothing where it is not said.
    pub(super) zone: Option<String>,
    /// A day without a time.
    pub(super) is_day: bool,
}

/// What Microsoft calls the zones of North America, by the Unicode CLDR.
const WINDOWS: [(&str, &str); 8] = [
    ("Eastern Standard Time", "America/New_York"),
    ("Central Standard Time", "America/Chicago"),
    ("Mountain Standard Time", "America/Denver"),
    ("US Mountain Standard Time", "America/Phoenix"),
    ("Pacific Standard Time", "America/Los_Angeles"),
    ("Alaskan Standard Time", "America/Anchorage"),
    ("Hawaiian Standard Time", "Pacific/Honolulu"),
    ("Atlantic Standard Time", "America/Halifax"),
];

const NO_ZONE: &str = "this says no time zone, and neither does the calendar; add TZID, such as TZID=America/New_York";
const SPOILED: &str = "this says no time zone, and a bad line may have been where the calendar says it; mend that line, or add \
                       TZID, such as TZID=America/New_York";

/// The zones a calendar names, by the names it gives them.
pub(super) struct Zones<'a> {
    calendar: &'a Component,
    /// What came of each name that was looked up. Every line names its zone, and there are 600 of them to look through:
    /// without this 20,000 events took 41 seconds in a test build, and with it less than one.
    found: RefCell<BTreeMap<String, Result<String, String>>>,
    usual: OnceCell<Result<String, &'static str>>,
}

impl<'a> Zones<'a> {
    pub(super) fn new(calendar: &'a Component) -> Zones<'a> {
        Zones { calendar, found: RefCell::default(), usual: OnceCell::new() }
    }

    /// The zone for times that do not say theirs: the calendar's own, or the only one it defines.
    /// Where a bad line may have named it, nobody knows which it is.
    pub(super) fn usual(&self) -> Result<String, &'static str> {
        self.usual.get_or_init(|| self.find_usual()).clone()
    }

    fn find_usual(&self) -> Result<String, &'static str> {
        let own = self.calendar.line("X-WR-TIMEZONE").map(|line| line.value.trim().to_owned());
        if own.is_none() && (self.calendar.spoiled || self.defined().any(|zone| zone.spoiled)) {
            return Err(SPOILED);
        }
        own.or_else(|| match &self.defined().collect::<Vec<_>>()[..] {
            [one] => one.line("TZID").map(|line| line.value.clone()),
            _ => None,
        })
        .and_then(|name| self.known(&name).ok())
        .ok_or(NO_ZONE)
    }

    fn defined(&self) -> impl Iterator<Item = &'a Component> {
        self.calendar.inner.iter().filter(|inner| inner.name == "VTIMEZONE")
    }

    /// The usual name of a zone that a calendar calls this.
    fn known(&self, name: &str) -> Result<String, String> {
        let name = name.trim();
        if let Some(found) = self.found.borrow().get(name) {
            return found.clone();
        }
        let found = self.look_up(name);
        self.found.borrow_mut().insert(name.to_owned(), found.clone());
        found
    }

    fn look_up(&self, name: &str) -> Result<String, String> {
        // Some put the name of a database before it: /freeassociation.sourceforge.net/America/New_York.
        let tail = |name: &str| zones().find(|zone| name.strip_suffix(zone).is_some_and(|rest| rest.ends_with('/')));
        let exact = |name: &str| zones().find(|zone| *zone == name);
        let windows = |name: &str| WINDOWS.iter().find(|(theirs, _)| *theirs == name).map(|(_, ours)| *ours);
        let find = |name: &str| exact(name).or_else(|| windows(name)).or_else(|| tail(name)).map(str::to_owned);
        let definition = self.defined().find(|zone| zone.line("TZID").is_some_and(|line| line.value.trim() == name));
        let location = || find(definition?.line("X-LIC-LOCATION")?.value.trim());
        find(name).or_else(location).ok_or_else(|| {
            let short: String = name.chars().take(60).collect();
            format!("“{short}” is not a known time zone; name it like America/New_York")
        })
    }

    /// The times of a property: usually one; several, with commas between them, in EXDATE and RDATE.
    pub(super) fn moments(&self, line: &Line) -> Result<Vec<Moment>, String> {
        let zone = line.param("TZID").map(|name| self.known(name)).transpose()?;
        line.value.split(',').map(|text| moment(text.trim(), zone.clone())).collect()
    }

    pub(super) fn moment(&self, line: &Line) -> Result<Moment, String> {
        self.moments(line)?.into_iter().next().ok_or_else(|| "there is no time here".to_owned())
    }
}

fn moment(text: &str, zone: Option<String>) -> Result<Moment, String> {
    let wrong = || {
        let short: String = text.chars().take(60).collect();
        format!("“{short}” is not a time; it is written like 20260310T090000")
    };
    let (day, clock) = text.split_once('T').map_or((text, None), |(day, clock)| (day, Some(clock)));
    let date = Date::strptime("%Y%m%d", day).map_err(|_| wrong())?;
    let Some(clock) = clock else {
        return Ok(Moment { local: date.to_datetime(Time::midnight()), zone, is_day: true });
    };
    let (clock, zone) = match clock.strip_suffix('Z') {
        Some(clock) => (clock, Some("UTC".to_owned())),
        None => (clock, zone),
    };
    let time = Time::strptime("%H%M%S", clock).map_err(|_| wrong())?;
    Ok(Moment { local: date.to_datetime(time), zone, is_day: false })
}

impl Moment {
    /// The moment itself; without a zone it is anybody's own.
    pub(super) fn at(&self) -> Option<Timestamp> {
        let zone = TimeZone::get(self.zone.as_deref().unwrap_or("UTC")).ok()?;
        Some(zone.to_ambiguous_zoned(self.local).compatible().ok()?.timestamp())
    }

    /// What it is on the clock of a zone. A moment without a zone is on that clock already.
    pub(super) fn on(&self, zone: &str) -> Option<DateTime> {
        match &self.zone {
            Some(own) if own != zone => {
                let there = TimeZone::get(own).ok()?.to_ambiguous_zoned(self.local).compatible().ok()?;
                Some(TimeZone::get(zone).ok()?.to_datetime(there.timestamp()))
            }
            _ => Some(self.local),
        }
    }
}

/// A time as a record has it.
pub(super) fn written(time: DateTime) -> String {
    let format = if time.second() == 0 { "%Y-%m-%dT%H:%M" } else { "%Y-%m-%dT%H:%M:%S" };
    time.strftime(format).to_string()
}

/// A length of time such as `PT1H30M` or `P1D`, added to a time.
pub(super) fn after(start: DateTime, length: &str) -> Option<DateTime> {
    // The reader also takes words, such as “1 hour”, which other calendars would not.
    let span: jiff::Span =
        length.trim().trim_start_matches('+').strip_prefix('P').map(|rest| format!("P{rest}"))?.parse().ok()?;
    start.checked_add(span).ok().filter(|end| *end >= start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_looked_up_once() {
        let calendar = Component::default();
        let zones = Zones::new(&calendar);
        for _ in 0..3 {
            assert_eq!(zones.known(" America/Denver ").as_deref(), Ok("America/Denver"));
            assert!(zones.known("Mars").unwrap_err().contains("“Mars” is not a known time zone"));
            assert_eq!(zones.usual(), Err(NO_ZONE));
        }
        assert_eq!(zones.found.borrow().len(), 2);
        // What was found is believed: nothing is looked up again.
        zones.found.borrow_mut().insert("Mars".to_owned(), Ok("America/Boise".to_owned()));
        assert_eq!(zones.known("Mars").as_deref(), Ok("America/Boise"));
    }
}
