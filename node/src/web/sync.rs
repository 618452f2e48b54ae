//! How we stand with our neighbors, in words: for the top of every page, and for their room.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{dates, site::Site, texts::Language};
use crate::neighbors::Together;

impl Site {
    /// How we stand with all neighbors together, for the top of the page.
    pub(super) fn sync(&self) -> String {
        self.standing.as_ref().map_or_else(String::new, |together| self.together(together))
    }

    /// How we stand with all neighbors together.
    pub(super) fn together(&self, together: &Together) -> String {
        say(self.language, together, self.now)
    }
}

/// The same, where there is no page around it.
pub(super) fn say(language: Language, together: &Together, now_ms: u64) -> String {
    match together {
        Together::Nobody => language.say("sync-nobody"),
        Together::UpToDate(count) => language.say_with("sync-up-to-date", "count", *count),
        Together::Arriving(count) => language.say_with("sync-arriving", "count", *count),
        Together::Waiting(name, None) => language.say_with("sync-waiting", "name", name.as_str()),
        Together::Waiting(name, Some(at)) => {
            language.say_all("sync-waiting-since", &[("name", name), ("when", &since(language, *at, now_ms))])
        }
        Together::Some(here, of) => language.say_all("sync-some", &[("count", here), ("of", of)]),
    }
}

/// Since when: today, yesterday, a day of this week by its name, and then the day itself.
pub(super) fn since(language: Language, at_ms: u64, now_ms: u64) -> String {
    let (Some(then), Some(today)) = (civil(at_ms), civil(now_ms)) else { return String::new() };
    match today.since(then).map(|span| span.get_days()).unwrap_or(0) {
        // A clock that runs ahead is no news from the future.
        ..=0 => language.say("sync-today"),
        1 => language.say("sync-yesterday"),
        2..=6 => language.say(&format!("sync-weekday-{}", then.weekday().to_sunday_zero_offset())),
        _ => dates::date(language, &then.to_string()),
    }
}

/// A day in words.
pub(super) fn day(language: Language, at_ms: u64) -> String {
    civil(at_ms).map_or_else(String::new, |day| dates::date(language, &day.to_string()))
}

fn civil(at_ms: u64) -> Option<Date> {
    let at = Timestamp::from_millisecond(i64::try_from(at_ms).ok()?).ok()?;
    Some(at.to_zoned(TimeZone::system()).date())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000_000;
    const DAY: u64 = 24 * 60 * 60 * 1000;

    #[test]
    fn since_when_as_people_say_it() {
        let said = |days: u64| since(Language::English, NOW - days * DAY, NOW);
        assert_eq!((said(0).as_str(), said(1).as_str()), ("today", "yesterday"));
        // The 15th of January 2027 is a Friday.
        assert_eq!(said(3), "Tuesday");
        assert!(said(30).contains("December"), "{}", said(30));
        let waiting = Together::Waiting("Cedar Hills".into(), Some(NOW - 3 * DAY));
        assert_eq!(say(Language::English, &waiting, NOW), "Waiting for Cedar Hills since Tuesday");
        assert_eq!(say(Language::English, &Together::UpToDate(8), NOW), "Up to date with 8 neighbors");
        assert_eq!(say(Language::French, &Together::Nobody, NOW), "Pas encore de voisins");
    }
}
