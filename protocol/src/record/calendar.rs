//! How days, times, lengths of time, zones and recurrence rules are written. Nothing here knows what time it is.

use super::wrong::{Wrong, closest, shortened};

/// A day: `2026-03-01`.
pub(super) fn date(text: &str) -> Result<String, Wrong> {
    let wrong = || Wrong::misspelled(text, "a date", "2026-03-01 (year, month, day)");
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return Err(wrong()) };
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2)) else {
        return Err(wrong());
    };
    if year == 0 || day == 0 || day > days_in(year, month) {
        return Err(Wrong::NoSuchDay(text.to_owned()));
    }
    Ok(text.to_owned())
}

/// How many days a month has; none for a month that does not exist.
fn days_in(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    }
}

fn digits(text: &str, count: usize) -> Option<u32> {
    (text.len() == count && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// A day and a time on some clock: `2026-03-01T09:00`. Seconds are dropped when they are zero, so that one time has one
/// form; a space may stand for the `T`.
pub(super) fn date_time(text: &str) -> Result<String, Wrong> {
    let wrong = || Wrong::misspelled(text, "a date and time", "2026-03-01T09:00");
    let (day, clock) = text.split_once(['T', ' ']).ok_or_else(wrong)?;
    let clock = clock.strip_suffix(":00").filter(|short| short.len() == 5).unwrap_or(clock);
    if !is_clock(clock) {
        return Err(wrong());
    }
    Ok(format!("{}T{clock}", date(day)?))
}

/// A moment everywhere: `2026-03-01T14:00:00Z`.
pub(super) fn instant(text: &str) -> Result<String, Wrong> {
    let wrong = || Wrong::misspelled(text, "a moment with its offset", "2026-03-01T14:00:00Z");
    let (day, rest) = text.split_once('T').ok_or_else(wrong)?;
    let (clock, offset) = rest.split_at(rest.find(['Z', '+', '-']).ok_or_else(wrong)?);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let fraction_right = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit());
    if clock.len() != 8 || !is_clock(clock) || !fraction_right || !is_offset(offset) {
        return Err(wrong());
    }
    date(day)?;
    Ok(text.to_owned())
}

/// A time of day, with the offset that HSDS allows: `09:00`, `09:00:00`, `09:00-05:00`.
pub(super) fn time(text: &str) -> Result<String, Wrong> {
    let (clock, offset) = text.split_at(text.find(['Z', '+', '-']).unwrap_or(text.len()));
    let right = is_clock(clock) && (offset.is_empty() || is_offset(offset));
    right.then(|| text.to_owned()).ok_or_else(|| Wrong::misspelled(text, "a time", "09:00 or 17:30"))
}

/// `09:00` or `09:00:30`.
fn is_clock(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let in_day = |hour, minute, second| {
        digits(hour, 2).is_some_and(|h| h < 24)
            && digits(minute, 2).is_some_and(|m| m < 60)
            && digits(second, 2).is_some_and(|s| s < 60)
    };
    match parts[..] {
        [hour, minute] => in_day(hour, minute, "00"),
        [hour, minute, second] => in_day(hour, minute, second),
        _ => false,
    }
}

/// `Z`, `+05:00` or `-05:00`.
fn is_offset(text: &str) -> bool {
    text == "Z" || text.strip_prefix(['+', '-']).is_some_and(|clock| clock.len() == 5 && is_clock(clock))
}

/// A length of time: `PT1H30M`, `P2D`, `P6W`. Each part at most once, in order, at least one.
pub(super) fn duration(text: &str) -> Result<String, Wrong> {
    let wrong = || Wrong::misspelled(text, "a length of time", "PT1H30M (an hour and a half) or P2D (two days)");
    let upper = text.to_ascii_uppercase();
    let body = upper.strip_prefix('P').ok_or_else(wrong)?;
    let (days, clock) = body.split_once('T').map_or((body, None), |(days, clock)| (days, Some(clock)));
    let right = is_parts(days, "YMWD")
        && clock.is_none_or(|clock| !clock.is_empty() && is_parts(clock, "HMS"))
        && (clock.is_some() || !days.is_empty());
    right.then_some(upper).ok_or_else(wrong)
}

/// Numbers of one to six digits, each followed by one of these units, the units in this order.
fn is_parts(text: &str, units: &str) -> bool {
    let mut units = units.chars();
    let mut count = 0;
    for sign in text.chars() {
        match sign {
            '0'..='9' if count < 6 => count += 1,
            unit if count > 0 && units.any(|known| known == unit) => count = 0,
            _ => return false,
        }
    }
    count == 0
}

/// The names of the time zones, one a line; the file says where they are from.
const ZONES: &str = include_str!("../kinds/zones.txt");

/// Every zone a record may name.
pub fn zones() -> impl Iterator<Item = &'static str> {
    ZONES.lines().filter(|line| !line.starts_with('#'))
}

/// A time zone: `America/New_York`.
pub(super) fn zone(text: &str) -> Result<String, Wrong> {
    if zones().any(|zone| zone == text) {
        return Ok(text.to_owned());
    }
    Err(Wrong::NoSuchZone { given: shortened(text), closest: meant_zone(text) })
}

/// The zone somebody meant: by its last name (“New York”, “Eastern”; ours before others'), or by its spelling.
fn meant_zone(text: &str) -> Option<String> {
    let wanted = text.trim().replace(' ', "_").to_lowercase();
    let is_last = |zone: &str| zone.rsplit('/').next().is_some_and(|last| last.to_lowercase() == wanted);
    let ours = zones().filter(|zone| zone.starts_with("America/") || zone.starts_with("US/"));
    ours.chain(zones()).find(|zone| is_last(zone)).map(str::to_owned).or_else(|| closest(text, zones()))
}

/// Bytes of a rule: one that names each day of a month is shorter. Every day of a series is held against all of it.
const RULE: usize = 200;

/// A recurrence rule of RFC 5545, in capitals. Rules that repeat within a day are refused: a calendar of ours names
/// gatherings, and one such rule would fill a subscriber's calendar.
pub(super) fn recurrence(text: &str) -> Result<String, Wrong> {
    let upper = text.to_ascii_uppercase();
    let rule = upper.strip_prefix("RRULE:").unwrap_or(&upper);
    let mut names: Vec<&str> = Vec::new();
    let mut right = rule.len() <= RULE;
    for part in rule.split(';') {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        right &= !names.contains(&name) && is_rule_part(name, value);
        names.push(name);
    }
    right &= names.contains(&"FREQ") && !(names.contains(&"COUNT") && names.contains(&"UNTIL"));
    let example = "FREQ=WEEKLY;BYDAY=TU or FREQ=MONTHLY;BYDAY=1TH;COUNT=6";
    right.then(|| rule.to_owned()).ok_or_else(|| Wrong::misspelled(text, "a rule for repeating", example))
}

fn is_rule_part(name: &str, value: &str) -> bool {
    match name {
        "FREQ" => matches!(value, "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY"),
        "INTERVAL" | "COUNT" => value.parse().is_ok_and(|number: u32| (1..=1000).contains(&number)),
        "UNTIL" => is_until(value),
        "WKST" => is_weekday(value),
        "BYDAY" => value.split(',').all(is_rule_day),
        "BYMONTH" => numbers_within(value, 12, false),
        "BYMONTHDAY" => numbers_within(value, 31, true),
        "BYYEARDAY" | "BYSETPOS" => numbers_within(value, 366, true),
        "BYWEEKNO" => numbers_within(value, 53, true),
        _ => false,
    }
}

fn is_weekday(text: &str) -> bool {
    matches!(text, "MO" | "TU" | "WE" | "TH" | "FR" | "SA" | "SU")
}

/// `TU`, `1TH`, `-1FR`.
fn is_rule_day(text: &str) -> bool {
    let Some((nth, day)) = text.len().checked_sub(2).and_then(|at| text.split_at_checked(at)) else { return false };
    is_weekday(day) && (nth.is_empty() || numbers_within(nth, 53, true))
}

/// `20261231` or `20261231T235900Z`.
fn is_until(text: &str) -> bool {
    let (day, clock) = text.split_once('T').map_or((text, None), |(day, clock)| (day, Some(clock)));
    let dashed = (day.len() == 8 && day.is_ascii()).then(|| format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..]));
    let clocked = clock.map(|clock| clock.strip_suffix('Z').unwrap_or(clock));
    dashed.is_some_and(|day| date(&day).is_ok())
        && clocked
            .is_none_or(|c| c.len() == 6 && c.is_ascii() && is_clock(&format!("{}:{}:{}", &c[..2], &c[2..4], &c[4..])))
}

/// Whole numbers from one to `most`, or down to minus `most` where counting from the end is allowed.
fn numbers_within(text: &str, most: i32, from_end: bool) -> bool {
    text.split(',').all(|number| {
        let plain = number.strip_prefix('+').unwrap_or(number);
        plain.parse().is_ok_and(|n: i32| n != 0 && n <= most && (n > 0 || (from_end && n >= -most)))
    })
}
