//! Lines of a calendar as they are written: folded, escaped, and the zones in them.
//!
//! Lines end in CR and LF and are folded at 75 octets, never inside a character: wrong folding makes some programs drop a
//! whole calendar. Each zone in use is defined, without which times shift by hours.

use jiff::{
    civil::DateTime,
    tz::{Offset, TimeZone},
};
use serde_json::Value;

use super::write::{items, text};

/// Octets of a line, without its end (RFC 5545, 3.1).
const LINE: usize = 75;

/// Years for which a zone is defined beyond the last date we know of: series may have no end.
const YEARS: i16 = 20;

/// The last year for which a zone is defined: nobody knows what clocks will do then, and a line with a date for every
/// year of an event that somebody had end in the year 5457 is too long to be read again.
const FURTHEST: i16 = 2200;

/// What clocks do from some dates on: whether it is summer time, the offset before and after, and its short name.
type Season = (bool, Offset, Offset, String);

/// Lines being written.
#[derive(Default)]
pub(super) struct Lines {
    pub(super) bytes: Vec<u8>,
}

impl Lines {
    /// One line, folded. The value is as it shall stand there.
    pub(super) fn line(&mut self, name: &str, value: &str) {
        let mut room = LINE;
        for sign in format!("{name}:{value}").chars() {
            if sign.len_utf8() > room {
                self.bytes.extend(b"\r\n ");
                room = LINE - 1;
            }
            room -= sign.len_utf8();
            self.bytes.extend(sign.encode_utf8(&mut [0; 4]).as_bytes());
        }
        self.bytes.extend(b"\r\n");
    }

    pub(super) fn event(&mut self, uid: &str, body: &[u8]) {
        self.line("BEGIN", "VEVENT");
        self.text("UID", uid);
        self.bytes.extend(body);
        self.line("END", "VEVENT");
    }

    pub(super) fn text(&mut self, name: &str, value: &str) {
        if !value.trim().is_empty() {
            self.line(name, &escaped(value));
        }
    }

    /// Times on the clock of a zone.
    pub(super) fn times(&mut self, name: &str, zone: &str, times: &[DateTime]) {
        let end = if zone == "UTC" { "Z" } else { "" };
        let list = times.iter().map(|time| format!("{}{end}", plain(*time))).collect::<Vec<_>>().join(",");
        match (times.is_empty(), zone) {
            (true, _) => {}
            (false, "UTC") => self.line(name, &list),
            (false, zone) => self.line(&format!("{name};TZID={zone}"), &list),
        }
    }

    /// What it is and where; of a single date, what differs and else what holds for the series.
    pub(super) fn what(&mut self, fields: &Value, one: &Value) {
        let of = |name: &str| Some(text(one, name)).filter(|own| !own.is_empty()).unwrap_or(text(fields, name));
        self.text("SUMMARY", of("title"));
        let words = [text(one, "note"), text(fields, "description"), text(fields, "summary")];
        self.text("DESCRIPTION", words.into_iter().find(|words| !words.is_empty()).unwrap_or_default());
        self.text("LOCATION", of("place"));
        if !of("link").is_empty() {
            self.line("CONFERENCE;VALUE=URI", of("link"));
        }
        match of("status") {
            "" => {}
            // RFC 5545 has no words for these, so that other programs read the nearest.
            status @ ("postponed" | "moved") => {
                self.line("STATUS", "TENTATIVE");
                self.line("X-COMMONWEAL-STATUS", status);
            }
            status => self.line("STATUS", &status.to_uppercase()),
        }
    }

    /// The first mailbox is the organizer's; others are named.
    pub(super) fn contacts(&mut self, fields: &Value) {
        let mut has_organizer = false;
        for contact in items(fields, "contacts") {
            let (name, email) = (text(contact, "name"), text(contact, "email"));
            if !has_organizer && !email.is_empty() {
                let name = name.replace(['"', '\n'], " ");
                let param = if name.is_empty() { String::new() } else { format!(";CN=\"{name}\"") };
                self.line(&format!("ORGANIZER{param}"), &format!("mailto:{email}"));
                has_organizer = true;
            } else {
                self.text("CONTACT", &[name, email].map(str::trim).join(" "));
            }
        }
    }

    /// The zone of something that touches these years. UTC is known to everybody.
    pub(super) fn zone_of(&mut self, name: &str, (first, last): (i16, i16)) {
        if name != "UTC" {
            self.zone(name, first.min(FURTHEST), last.saturating_add(YEARS).min(FURTHEST));
        }
    }

    /// When the clocks of a zone change between two years, and what they show before.
    pub(super) fn zone(&mut self, name: &str, first: i16, last: i16) {
        let Ok(zone) = TimeZone::get(name) else { return };
        let new_year = |year: i16| jiff::civil::date(year.clamp(1, 9000), 1, 1).to_zoned(TimeZone::UTC);
        let (Ok(from), Ok(to)) = (new_year(first.saturating_sub(1)), new_year(last)) else { return };
        let before = zone.to_offset_info(from.timestamp());
        let mut offset = before.offset();
        let first = (before.dst().is_dst(), offset, offset, before.abbreviation().to_owned());
        let mut seasons: Vec<(Season, Vec<DateTime>)> = vec![(first, vec![from.datetime()])];
        for change in zone.following(from.timestamp()).take_while(|change| change.timestamp() < to.timestamp()) {
            let local = offset.to_datetime(change.timestamp());
            let season = (change.dst().is_dst(), offset, change.offset(), change.abbreviation().to_owned());
            match seasons.iter_mut().find(|(known, _)| *known == season) {
                Some((_, dates)) => dates.push(local),
                None => seasons.push((season, vec![local])),
            }
            offset = change.offset();
        }
        self.line("BEGIN", "VTIMEZONE");
        self.line("TZID", name);
        for ((is_dst, from, to, abbreviation), dates) in seasons {
            let name = if is_dst { "DAYLIGHT" } else { "STANDARD" };
            self.line("BEGIN", name);
            self.line("DTSTART", &plain(dates[0]));
            self.line("TZOFFSETFROM", &signed(from.seconds()));
            self.line("TZOFFSETTO", &signed(to.seconds()));
            self.text("TZNAME", &abbreviation);
            if dates.len() > 1 {
                self.line("RDATE", &dates[1..].iter().map(|date| plain(*date)).collect::<Vec<_>>().join(","));
            }
            self.line("END", name);
        }
        self.line("END", "VTIMEZONE");
    }
}

/// An offset from UTC: `-0500`, with seconds only where a zone of old had them.
fn signed(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.abs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if rest == 0 { format!("{sign}{hours:02}{minutes:02}") } else { format!("{sign}{hours:02}{minutes:02}{rest:02}") }
}

pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '\\' | ';' | ',' => safe.extend(['\\', sign]),
            '\n' => safe.push_str("\\n"),
            sign if sign.is_control() && sign != '\t' => {}
            sign => safe.push(sign),
        }
    }
    safe
}

/// A time as a calendar has it.
pub(super) fn plain(time: DateTime) -> String {
    time.strftime("%Y%m%dT%H%M%S").to_string()
}
