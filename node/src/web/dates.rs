//! Days and times as people say them.

use jiff::{
    Span, Timestamp,
    civil::{Date, DateTime, Time, Weekday},
    tz::TimeZone,
};

use super::texts::Language;
use crate::recurrence::Rule;

/// How long ago something was, by days: "today", "yesterday", "5 days ago", and from two weeks on the day itself.
pub(super) fn ago(language: Language, at_ms: u64, now_ms: u64) -> String {
    let (Some(then), Some(today)) = (civil(at_ms), civil(now_ms)) else { return String::new() };
    match today.since(then).map(|span| span.get_days()).unwrap_or(0) {
        // A clock that runs ahead is no news from the future.
        ..=0 => language.say("today"),
        1 => language.say("yesterday"),
        days @ 2..=13 => language.say_with("days-ago", "days", days),
        _ => written(language, then, today),
    }
}

/// Since when: today, yesterday, a day of this week by its name, and then the day itself.
pub(super) fn since(language: Language, at_ms: u64, now_ms: u64) -> String {
    let (Some(then), Some(today)) = (civil(at_ms), civil(now_ms)) else { return String::new() };
    match today.since(then).map(|span| span.get_days()).unwrap_or(0) {
        // A clock that runs ahead is no news from the future.
        ..=0 => language.say("today"),
        1 => language.say("yesterday"),
        2..=6 => weekday(language, then),
        _ => date(language, &then.to_string()),
    }
}

/// The day of a moment, as on a letter.
pub(super) fn day(language: Language, at_ms: u64) -> String {
    civil(at_ms).map(|day| date(language, &day.to_string())).unwrap_or_default()
}

/// A day of the week by its name.
pub(super) fn weekday(language: Language, day: Date) -> String {
    language.say(&format!("weekday-long-{}", day.weekday().to_sunday_zero_offset()))
}

/// A day as in "March 18", with its year when it is not this one.
fn written(language: Language, day: Date, today: Date) -> String {
    let month = language.say(&format!("month-{}", day.month()));
    let key = if day.year() == today.year() { "on-day" } else { "on-day-and-year" };
    language.say_all(key, &[("day", &day.day()), ("month", &month), ("year", &day.year())])
}

/// A day as a record holds it (`2027-03-18`), in words; as it stands where it is none.
pub(super) fn date(language: Language, text: &str) -> String {
    let Ok(day) = text.parse::<Date>() else { return text.into() };
    let weekday = language.say(&format!("weekday-{}", day.weekday().to_sunday_zero_offset()));
    let month = language.say(&format!("month-{}", day.month()));
    let things: [(&str, &dyn std::fmt::Display); 4] =
        [("weekday", &weekday), ("day", &day.day()), ("month", &month), ("year", &day.year())];
    language.say_all("weekday-and-day", &things)
}

/// A day and a time as a record holds them (`2027-03-18T18:30`), in words.
pub(super) fn date_time(language: Language, text: &str) -> String {
    let Ok(at) = text.parse::<DateTime>() else { return text.into() };
    let day = date(language, &at.date().to_string());
    let things: [(&str, &dyn std::fmt::Display); 2] = [("day", &day), ("time", &time(language, at.time()))];
    language.say_all("day-and-time", &things)
}

/// A time of day: "6:30 PM", "18 h 30".
pub(super) fn time(language: Language, at: Time) -> String {
    let half = language.say(if at.hour() < 12 { "before-noon" } else { "after-noon" });
    clock(language, "time-of-day", at, &half)
}

fn clock(language: Language, key: &str, at: Time, half: &str) -> String {
    let twelve = if at.hour() % 12 == 0 { 12 } else { at.hour() % 12 };
    let minute = format!("{:02}", at.minute());
    let things: [(&str, &dyn std::fmt::Display); 4] =
        [("hour", &at.hour()), ("twelve", &twelve), ("minute", &minute), ("half", &half)];
    language.say_all(key, &things)
}

/// From when to when, each half of the day said once: "9:00 – 11:30 AM". With the day where it ends on another one.
pub(super) fn from_to(language: Language, start: DateTime, end: DateTime) -> String {
    let same_half = (start.hour() < 12) == (end.hour() < 12) && start.date() == end.date();
    let from = match same_half {
        true => clock(language, "time-of-day-short", start.time(), ""),
        false => time(language, start.time()),
    };
    let to = match start.date() == end.date() {
        true => time(language, end.time()),
        false => date_time(language, &end.to_string()),
    };
    if start == end { time(language, start.time()) } else { format!("{from} – {to}") }
}

/// A day on a tile, as on a calendar that hangs on a wall.
#[derive(Debug)]
pub(super) struct Tile {
    pub(super) weekday: String,
    pub(super) day: i8,
    pub(super) month: String,
}

pub(super) fn tile(language: Language, day: Date) -> Tile {
    Tile {
        weekday: language.say(&format!("weekday-{}", day.weekday().to_sunday_zero_offset())),
        day: day.day(),
        month: language.say(&format!("month-short-{}", day.month())),
    }
}

/// A month with its year.
pub(super) fn month(language: Language, day: Date) -> String {
    let month = language.say(&format!("month-{}", day.month()));
    language.say_all("month-and-year", &[("month", &month), ("year", &day.year())])
}

/// Whose clock times are on: by the name people here have for it, else by its city.
pub(super) fn zone(language: Language, name: &str) -> String {
    let key = match name {
        "America/New_York" | "America/Detroit" | "US/Eastern" => "zone-eastern",
        "America/Chicago" | "US/Central" => "zone-central",
        "America/Denver" | "US/Mountain" => "zone-mountain",
        "America/Phoenix" | "US/Arizona" => "zone-arizona",
        "America/Los_Angeles" | "US/Pacific" => "zone-pacific",
        "America/Anchorage" | "US/Alaska" => "zone-alaska",
        "Pacific/Honolulu" | "US/Hawaii" => "zone-hawaii",
        "America/Halifax" => "zone-atlantic",
        _ => {
            let city = name.rsplit('/').next().unwrap_or(name).replace('_', " ");
            return language.say_with("zone-of-city", "name", city);
        }
    };
    language.say(key)
}

/// "Every month: first Thursday, 6 times."
pub(super) fn again(language: Language, rule: &Rule) -> String {
    let (every, interval, days) = rule.in_words();
    let every = language.say_with(&format!("every-{every}"), "count", interval);
    let day = |(nth, day): &(i8, Weekday)| {
        let day = language.say(&format!("weekday-long-{}", day.to_sunday_zero_offset()));
        match nth {
            1..=5 => language.say_with(&format!("nth-{nth}"), "name", day),
            -1 => language.say_with("nth-last", "name", day),
            _ => day,
        }
    };
    let days = days.iter().map(day).collect::<Vec<_>>().join(", ");
    let mut said = match days.is_empty() {
        true => every,
        false => language.say_all("every-on", &[("every", &every), ("days", &days)]),
    };
    let (count, until) = rule.ends();
    if let Some(count) = count {
        said = format!("{said}, {}", language.say_with("so-many-times", "count", count));
    }
    if let Some(until) = until {
        let day = date(language, &until.date().to_string());
        said = format!("{said}, {}", language.say_with("until-day", "name", day));
    }
    said
}

/// How long ago a day was that a record names, in days, weeks, months or years.
pub(super) fn long_ago(language: Language, text: &str, today: Date) -> String {
    let Ok(then) = text.parse::<Date>() else { return text.into() };
    let days = today.since(then).map(|span| span.get_days()).unwrap_or(0);
    match days {
        ..=0 => language.say("today"),
        1 => language.say("yesterday"),
        2..=13 => language.say_with("days-ago", "days", days),
        14..=60 => language.say_with("weeks-ago", "count", days / 7),
        61..=730 => language.say_with("months-ago", "count", days / 30),
        _ => language.say_with("years-ago", "count", days / 365),
    }
}

/// The day that a moment is on, on this computer's clock.
pub(super) fn day_of(at_ms: u64) -> Date {
    civil(at_ms).unwrap_or_default()
}

/// The hour of the day on this computer's clock.
pub(super) fn hour_of(at_ms: u64) -> i8 {
    let at = i64::try_from(at_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or_default();
    at.to_zoned(TimeZone::system()).hour()
}

/// A moment as a clock here says it: `10:42 AM`.
pub(super) fn moment(language: Language, at_ms: u64) -> String {
    let at = i64::try_from(at_ms).ok().and_then(|at| Timestamp::from_millisecond(at).ok()).unwrap_or_default();
    time(language, at.to_zoned(TimeZone::system()).time())
}

/// A length of time as a record holds it (`PT1H30M`), in words; as it stands where it is none.
pub(super) fn duration(language: Language, text: &str) -> String {
    let Ok(span) = text.parse::<Span>() else { return text.into() };
    let parts: [(&str, i64); 6] = [
        ("years", i64::from(span.get_years())),
        ("months", i64::from(span.get_months())),
        ("weeks", i64::from(span.get_weeks())),
        ("days", i64::from(span.get_days())),
        ("hours", i64::from(span.get_hours())),
        ("minutes", span.get_minutes()),
    ];
    let parts = parts.into_iter().filter(|(_, count)| *count != 0);
    parts.map(|(key, count)| language.say_with(key, "count", count)).collect::<Vec<_>>().join(" ")
}

fn civil(at_ms: u64) -> Option<Date> {
    let at = Timestamp::from_millisecond(i64::try_from(at_ms).ok()?).ok()?;
    (at_ms > 0).then(|| at.to_zoned(TimeZone::system()).date())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000_000;
    const DAY: u64 = 24 * 60 * 60 * 1000;

    #[test]
    fn days_as_people_say_them() {
        let said = |days: u64| ago(Language::English, NOW - days * DAY, NOW);
        assert_eq!([said(0), said(1), said(5)], ["today", "yesterday", "5 days ago"]);
        assert!(said(40).contains("December"), "{}", said(40));
        assert!(said(400).contains("2025"), "{}", said(400));
        assert_eq!(ago(Language::English, NOW + 3 * DAY, NOW), "today");
        let said = |days: u64| since(Language::English, NOW - days * DAY, NOW);
        // The 15th of January 2027 is a Friday.
        assert_eq!([said(0), said(1), said(3)], ["today", "yesterday", "Tuesday"]);
        assert!(said(30).contains("December"), "{}", said(30));
        assert_eq!(date(Language::English, "2027-03-18"), "Thu, March 18, 2027");
        assert_eq!(date(Language::French, "2027-03-18"), "jeu. 18 mars 2027");
        assert_eq!(date(Language::English, "soon"), "soon");
        assert_eq!(date_time(Language::English, "2027-03-18T18:05"), "Thu, March 18, 2027, 6:05 PM");
        assert_eq!(date_time(Language::French, "2027-03-18T08:05"), "jeu. 18 mars 2027 à 8 h 05");
        assert_eq!(zone(Language::English, "America/New_York"), "Eastern Time");
        assert_eq!(zone(Language::French, "Europe/Paris"), "heure locale (Paris)");
        assert_eq!(duration(Language::English, "PT1H30M"), "1 hour 30 minutes");
        assert_eq!(duration(Language::French, "P2D"), "2 jours");
        assert_eq!(duration(Language::English, "long"), "long");
    }

    #[test]
    fn rules_are_said_in_words() {
        let said = |language, rule: &str| again(language, &Rule::read(rule, &TimeZone::UTC).unwrap());
        let english = |rule: &str| said(Language::English, rule);
        assert_eq!(english("FREQ=WEEKLY;COUNT=4"), "Every week, 4 times");
        assert_eq!(english("FREQ=MONTHLY;BYDAY=1TH,-1FR"), "Every month: first Thursday, last Friday");
        assert_eq!(
            english("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20270318"),
            "Every 2 weeks: Tuesday, until Thu, March 18, 2027"
        );
        assert_eq!(said(Language::French, "FREQ=MONTHLY;BYDAY=2TU"), "Chaque mois\u{a0}: deuxième mardi");
    }

    #[test]
    fn from_when_to_when() {
        let span = |language, start: &str, end: &str| from_to(language, start.parse().unwrap(), end.parse().unwrap());
        let english = |start: &str, end: &str| span(Language::English, start, end);
        assert_eq!(english("2027-03-03T09:00", "2027-03-03T12:00"), "9:00 AM – 12:00 PM");
        assert_eq!(english("2027-03-03T12:00", "2027-03-03T13:00"), "12:00 – 1:00 PM");
        assert_eq!(english("2027-03-03T18:00", "2027-03-04T08:30"), "6:00 PM – Thu, March 4, 2027, 8:30 AM");
        assert_eq!(span(Language::French, "2027-03-03T09:00", "2027-03-03T12:30"), "9 h 00 – 12 h 30");
        let today: Date = "2027-03-18".parse().unwrap();
        let ago = |text: &str| long_ago(Language::English, text, today);
        assert_eq!([ago("2027-03-18"), ago("2027-03-04"), ago("2026-12-01")], ["today", "2 weeks ago", "3 months ago"]);
        assert_eq!(long_ago(Language::French, "2024-03-04", today), "il y a 3 ans");
    }
}
