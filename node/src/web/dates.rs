//! Days and times as people say them.

use jiff::{
    Span, Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};

use super::texts::Language;

/// How long ago something was, by days: "today", "yesterday", "5 days ago", and from two weeks on the day itself.
pub(super) fn ago(language: Language, at_ms: u64, now_ms: u64) -> String {
    let (Some(then), Some(today)) = (day(at_ms), day(now_ms)) else { return String::new() };
    match today.since(then).map(|span| span.get_days()).unwrap_or(0) {
        // A clock that runs ahead is no news from the future.
        ..=0 => language.say("today"),
        1 => language.say("yesterday"),
        days @ 2..=13 => language.say_with("days-ago", "days", days),
        _ => written(language, then, today),
    }
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
    let (hour, minute) = (at.hour(), format!("{:02}", at.minute()));
    let half = language.say(if hour < 12 { "before-noon" } else { "after-noon" });
    let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    let things: [(&str, &dyn std::fmt::Display); 5] =
        [("day", &day), ("hour", &hour), ("twelve", &twelve), ("minute", &minute), ("half", &half)];
    language.say_all("day-and-time", &things)
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

fn day(at_ms: u64) -> Option<Date> {
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
        assert_eq!(date(Language::English, "2027-03-18"), "Thu, March 18, 2027");
        assert_eq!(date(Language::French, "2027-03-18"), "jeu. 18 mars 2027");
        assert_eq!(date(Language::English, "soon"), "soon");
        assert_eq!(date_time(Language::English, "2027-03-18T18:05"), "Thu, March 18, 2027, 6:05 PM");
        assert_eq!(date_time(Language::French, "2027-03-18T08:05"), "jeu. 18 mars 2027 à 8 h 05");
        assert_eq!(duration(Language::English, "PT1H30M"), "1 hour 30 minutes");
        assert_eq!(duration(Language::French, "P2D"), "2 jours");
        assert_eq!(duration(Language::English, "long"), "long");
    }
}
