//! The days on which something happens again and again, by a rule of RFC 5545.
//!
//! Asked for a span of days it looks at that span's periods alone, so that a rule that never fits, or a series that began
//! decades ago, costs no more than any other. Only a series with a number of times is counted from its beginning, through so
//! many years at most. Rules that repeat within a day, or are very long, are not taken (`record::calendar`).

use std::collections::BTreeSet;

use std::str::FromStr;

use jiff::{
    ToSpan,
    civil::{Date, DateTime, Weekday},
    tz::TimeZone,
};

use crate::config::{OCCURRENCES_MOST, SERIES_YEARS};

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Every {
    Day,
    Week,
    Month,
    Year,
}

/// A rule, read.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    every: Every,
    interval: i32,
    count: Option<usize>,
    until: Option<DateTime>,
    week_starts: Weekday,
    months: Vec<i8>,
    weeks: Vec<i8>,
    year_days: Vec<i16>,
    month_days: Vec<i8>,
    days: Vec<(i8, Weekday)>,
    positions: Vec<i16>,
}

impl Rule {
    /// Reads one such as `FREQ=WEEKLY;BYDAY=TU;COUNT=6`; nothing where it is none. An end that is given as a moment is
    /// told on this zone's clock.
    pub(crate) fn read(text: &str, zone: &TimeZone) -> Option<Rule> {
        let part = |name: &str| text.split(';').filter_map(|part| part.split_once('=')).find(|(of, _)| *of == name);
        let value = |name: &str| part(name).map(|(_, value)| value);
        let days = value("BYDAY").into_iter().flat_map(|list| list.split(',')).map(nth_day);
        Some(Rule {
            every: match value("FREQ")? {
                "DAILY" => Every::Day,
                "WEEKLY" => Every::Week,
                "MONTHLY" => Every::Month,
                "YEARLY" => Every::Year,
                _ => return None,
            },
            interval: value("INTERVAL").map_or(Some(1), |n| n.parse().ok().filter(|n| *n > 0))?,
            count: value("COUNT").map(|n| n.parse().ok()).map_or(Some(None), |n| n.map(Some))?,
            until: value("UNTIL").map(|text| until(text, zone)).map_or(Some(None), |at| at.map(Some))?,
            week_starts: value("WKST").map_or(Some(Weekday::Monday), weekday)?,
            months: numbers(value("BYMONTH"))?,
            weeks: numbers(value("BYWEEKNO"))?,
            year_days: numbers(value("BYYEARDAY"))?,
            month_days: numbers(value("BYMONTHDAY"))?,
            days: days.collect::<Option<_>>()?,
            positions: numbers(value("BYSETPOS"))?,
        })
    }

    /// How often, how many of them apart, and on which weekdays, for whoever says it in words.
    pub(crate) fn in_words(&self) -> (&'static str, i32, &[(i8, Weekday)]) {
        let every = match self.every {
            Every::Day => "day",
            Every::Week => "week",
            Every::Month => "month",
            Every::Year => "year",
        };
        (every, self.interval, &self.days)
    }

    /// After how many times it ends, and when; nothing where it goes on.
    pub(crate) fn ends(&self) -> (Option<usize>, Option<DateTime>) {
        (self.count, self.until)
    }

    /// The starts of a series that began with `first`, on days from `from` to `to`.
    pub(crate) fn starts(&self, first: DateTime, from: Date, to: Date) -> Vec<DateTime> {
        self.walk(first, from, to, |start| start.date() >= from)
    }

    /// Keeps those of these moments at which a time of the series begins. What must be counted is counted once for all of
    /// them, for whoever wrote the record may name hundreds.
    pub(crate) fn keep_starts(&self, first: DateTime, moments: &mut BTreeSet<DateTime>) {
        if self.count.is_none() {
            return moments.retain(|at| self.starts(first, at.date(), at.date()).contains(at));
        }
        let latest = first.saturating_add(SERIES_YEARS.years());
        moments.retain(|at| (first..=latest).contains(at));
        let (Some(from), Some(to)) = (moments.first(), moments.last()) else { return };
        let starts = self.walk(first, from.date(), to.date(), |start| moments.contains(&start));
        moments.retain(|at| starts.contains(at));
    }

    fn walk(&self, first: DateTime, from: Date, to: Date, is_wanted: impl Fn(DateTime) -> bool) -> Vec<DateTime> {
        let earliest = to.saturating_sub(SERIES_YEARS.years());
        // Only a series with a number of times must be counted from its beginning.
        let begin = if self.count.is_some() { first.date().max(earliest) } else { first.date().max(from) };
        let (mut starts, mut counted) = (vec![], 0);
        let mut period = self.period(first.date(), begin);
        while let Some((begins, ends)) = period.filter(|(begins, _)| *begins <= to) {
            for day in self.days_of(first.date(), begins, ends) {
                let start = day.to_datetime(first.time());
                let over = self.until.is_some_and(|until| start > until) || self.count.is_some_and(|n| counted >= n);
                if over || day > to || starts.len() >= OCCURRENCES_MOST {
                    return starts;
                }
                counted += 1;
                if is_wanted(start) {
                    starts.push(start);
                }
            }
            period = ends.checked_add(1.day()).ok().and_then(|next| self.period(first.date(), next));
        }
        starts
    }

    /// The period that this day is in, whether or not the interval takes it.
    fn period(&self, first: Date, day: Date) -> Option<(Date, Date)> {
        let day = day.max(first);
        Some(match self.every {
            Every::Day => (day, day),
            Every::Week => {
                let begins = day.checked_sub(i64::from(day.weekday().since(self.week_starts)).days()).ok()?;
                (begins, begins.checked_add(6.days()).ok()?)
            }
            Every::Month => (day.first_of_month(), day.last_of_month()),
            Every::Year => (day.first_of_year(), day.last_of_year()),
        })
    }

    /// The days of a period that the rule takes, in order.
    fn days_of(&self, first: Date, begins: Date, ends: Date) -> Vec<Date> {
        if !self.takes(first, begins) {
            return vec![];
        }
        let fitting: Vec<Date> =
            begins.series(1.day()).take_while(|day| *day <= ends).filter(|day| self.fits(first, *day)).collect();
        let many = fitting.len();
        let is_picked = |at: usize| {
            let (front, back) = (at + 1, many - at);
            self.positions.iter().any(|n| usize::from(n.unsigned_abs()) == if *n > 0 { front } else { back })
        };
        let picked = fitting.into_iter().enumerate().filter(|(at, _)| self.positions.is_empty() || is_picked(*at));
        let mut days: Vec<Date> = picked.map(|(_, day)| day).filter(|day| *day > first).collect();
        // The first day belongs to the series whether or not the rule would take it.
        if begins <= first && first <= ends {
            days.insert(0, first);
        }
        days
    }

    /// Whether the interval takes the period that begins on this day.
    fn takes(&self, first: Date, begins: Date) -> bool {
        let months = |day: Date| i32::from(day.year()) * 12 + i32::from(day.month());
        let days = |from: Date, to: Date| from.until(to).map_or(0, |span| span.get_days());
        let apart = match self.every {
            Every::Day => days(first, begins),
            Every::Week => self.period(first, first).map_or(0, |(week, _)| days(week, begins) / 7),
            Every::Month => months(begins) - months(first),
            Every::Year => i32::from(begins.year() - first.year()),
        };
        apart % self.interval == 0
    }

    /// Whether what the rule says of months, weeks and days holds of this day.
    fn fits(&self, first: Date, day: Date) -> bool {
        let of =
            |list: &[i16], n: i16, most: i16| list.is_empty() || list.contains(&n) || list.contains(&(n - most - 1));
        let wide = |list: &[i8]| list.iter().map(|n| i16::from(*n)).collect::<Vec<i16>>();
        let week = day.iso_week_date();
        (self.months.is_empty() || self.months.contains(&day.month()))
            && of(&self.year_days, day.day_of_year(), day.days_in_year())
            && of(&wide(&self.month_days), i16::from(day.day()), i16::from(day.days_in_month()))
            && of(&wide(&self.weeks), i16::from(week.week()), i16::from(week.weeks_in_year()))
            && self.fits_weekday(day)
            && self.fits_first(first, day)
    }

    fn fits_weekday(&self, day: Date) -> bool {
        let within_month = self.every == Every::Month || (self.every == Every::Year && !self.months.is_empty());
        let (at, most) = match within_month {
            true => (i16::from(day.day()), i16::from(day.days_in_month())),
            false => (day.day_of_year(), day.days_in_year()),
        };
        let (front, back) = ((at - 1) / 7 + 1, (most - at) / 7 + 1);
        let fits = |(nth, weekday): &(i8, Weekday)| {
            let nth = i16::from(*nth);
            *weekday == day.weekday() && (nth == 0 || nth == front || -nth == back)
        };
        self.days.is_empty() || self.days.iter().any(fits)
    }

    /// What a rule leaves open follows from the first day.
    fn fits_first(&self, first: Date, day: Date) -> bool {
        let says_day = !self.days.is_empty() || !self.month_days.is_empty() || !self.year_days.is_empty();
        match self.every {
            Every::Day => true,
            Every::Week => says_day || day.weekday() == first.weekday(),
            Every::Month => says_day || day.day() == first.day(),
            Every::Year if !self.weeks.is_empty() => says_day || day.weekday() == first.weekday(),
            Every::Year => {
                says_day || (day.day() == first.day() && (!self.months.is_empty() || day.month() == first.month()))
            }
        }
    }
}

fn numbers<T: FromStr>(list: Option<&str>) -> Option<Vec<T>> {
    list.into_iter().flat_map(|list| list.split(',')).map(|n| n.trim_start_matches('+').parse().ok()).collect()
}

fn weekday(text: &str) -> Option<Weekday> {
    Some(match text {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    })
}

/// `TU`, `1TH`, `-1FR`; 0 for every one.
fn nth_day(text: &str) -> Option<(i8, Weekday)> {
    let (nth, day) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let nth = if nth.is_empty() { 0 } else { nth.trim_start_matches('+').parse().ok()? };
    Some((nth, weekday(day)?))
}

/// `20261231`, all of that day; `20261231T235900`; or with `Z`, a moment everywhere.
fn until(text: &str, zone: &TimeZone) -> Option<DateTime> {
    let (day, clock) = text.split_once('T').map_or((text, None), |(day, clock)| (day, Some(clock)));
    let day: Date = day.parse().ok()?;
    let Some(clock) = clock else { return Some(day.at(23, 59, 59, 0)) };
    let digits = clock.trim_end_matches('Z');
    let two = |at: usize| digits.get(at..at + 2).and_then(|two| two.parse::<i8>().ok());
    let at = jiff::civil::Time::new(two(0)?, two(2)?, two(4)?, 0).ok()?;
    let local = day.to_datetime(at);
    if !clock.ends_with('Z') {
        return Some(local);
    }
    Some(local.to_zoned(TimeZone::UTC).ok()?.with_time_zone(zone.clone()).datetime())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The days of a rule from its first day on, as `1997-09-02 09-09 …`; examples of RFC 5545, 3.8.5.3.
    fn days(rule: &str, first: &str, to: &str) -> Vec<String> {
        let zone = TimeZone::get("America/New_York").unwrap();
        let first: DateTime = first.parse().unwrap();
        let starts = Rule::read(rule, &zone).unwrap().starts(first, first.date(), to.parse().unwrap());
        starts.iter().map(|start| start.strftime("%m-%d").to_string()).collect()
    }

    #[test]
    fn rules_of_the_standard_give_the_days_of_the_standard() {
        let since = |rule: &str, to: &str| days(rule, "1997-09-02T09:00", to).join(" ");
        assert_eq!(since("FREQ=DAILY;COUNT=3", "1997-12-31"), "09-02 09-03 09-04");
        assert_eq!(since("FREQ=DAILY;INTERVAL=10;COUNT=5", "1997-12-31"), "09-02 09-12 09-22 10-02 10-12");
        assert_eq!(since("FREQ=WEEKLY;UNTIL=19970930T000000Z", "1997-12-31"), "09-02 09-09 09-16 09-23");
        assert_eq!(
            since("FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,TH;COUNT=8", "1997-12-31"),
            "09-02 09-04 09-16 09-18 09-30 10-02 10-14 10-16"
        );
        assert_eq!(since("FREQ=MONTHLY;BYMONTHDAY=2,15;COUNT=6", "1998-12-31"), "09-02 09-15 10-02 10-15 11-02 11-15");
        assert_eq!(
            since("FREQ=MONTHLY;INTERVAL=2;BYDAY=TU", "1997-11-12"),
            "09-02 09-09 09-16 09-23 09-30 11-04 11-11"
        );
        assert_eq!(
            days("FREQ=MONTHLY;BYDAY=1FR;COUNT=4", "1997-09-05T09:00", "1998-12-31").join(" "),
            "09-05 10-03 11-07 12-05"
        );
        assert_eq!(
            days("FREQ=MONTHLY;BYDAY=-2MO;COUNT=4", "1997-09-22T09:00", "1998-12-31").join(" "),
            "09-22 10-20 11-17 12-22"
        );
        assert_eq!(
            days("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "1997-09-29T09:00", "1998-01-31").join(" "),
            "09-29 10-30 11-27 12-30 01-29"
        );
        assert_eq!(
            days("FREQ=MONTHLY;BYMONTHDAY=-3", "1997-09-28T09:00", "1997-12-31").join(" "),
            "09-28 10-29 11-28 12-29"
        );
        assert_eq!(days("FREQ=YEARLY;BYDAY=20MO", "1997-05-19T09:00", "1999-12-31").join(" "), "05-19 05-18 05-17");
        assert_eq!(
            days("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "1997-05-12T09:00", "1999-12-31").join(" "),
            "05-12 05-11 05-17"
        );
        assert_eq!(
            days("FREQ=YEARLY;INTERVAL=3;COUNT=4;BYYEARDAY=1,100,200", "1997-01-01T09:00", "2003-12-31").join(" "),
            "01-01 04-10 07-19 01-01"
        );
        assert_eq!(
            days("FREQ=YEARLY;BYMONTH=6,7;COUNT=4", "1997-06-10T09:00", "2003-12-31").join(" "),
            "06-10 07-10 06-10 07-10"
        );
        assert_eq!(
            days(
                "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
                "1996-11-05T09:00",
                "2005-12-31"
            )
            .join(" "),
            "11-05 11-07 11-02"
        );
        assert_eq!(days("FREQ=MONTHLY", "1997-01-31T09:00", "1997-06-30").join(" "), "01-31 03-31 05-31");
    }

    #[test]
    fn a_span_far_from_the_first_day_is_reached_and_a_rule_that_never_fits_ends() {
        let rule = |text: &str| Rule::read(text, &TimeZone::UTC).unwrap();
        let first: DateTime = "1999-03-02T18:00".parse().unwrap();
        let span = |text: &str| {
            let starts = rule(text).starts(first, "2027-03-01".parse().unwrap(), "2027-03-31".parse().unwrap());
            starts.iter().map(|start| start.day()).collect::<Vec<i8>>()
        };
        assert_eq!(span("FREQ=WEEKLY"), [2, 9, 16, 23, 30]);
        assert!(span("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30").is_empty());
        assert!(span("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=1000").is_empty());
        assert!(span("FREQ=WEEKLY;COUNT=6").is_empty());
        let all = rule("FREQ=DAILY").starts(first, first.date(), "2027-03-31".parse().unwrap());
        assert_eq!(all.len(), OCCURRENCES_MOST);
    }

    #[test]
    fn what_is_no_rule_is_none() {
        for text in [
            "",
            "FREQ=SECONDLY",
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=WEEKLY;BYDAY=XX",
            "FREQ=WEEKLY;BYDAY=é",
            "FREQ=DAILY;UNTIL=soon",
        ] {
            assert!(Rule::read(text, &TimeZone::UTC).is_none(), "{text}");
        }
    }

    /// Each of them was once counted from the beginning of the series.
    #[test]
    fn of_hundreds_of_moments_those_stay_that_belong_to_the_series() {
        let first: DateTime = "2000-01-01T18:00".parse().unwrap();
        let rule = Rule::read("FREQ=DAILY;COUNT=14000", &jiff::tz::TimeZone::UTC).unwrap();
        let day = |n: i32| first.saturating_add(n.days());
        let mut moments: BTreeSet<DateTime> = (13_700..14_100).map(day).collect();
        moments.extend(
            ["1999-12-31T18:00", "2010-01-01T18:01", "9999-01-01T18:00"].map(|at| at.parse::<DateTime>().unwrap()),
        );
        rule.keep_starts(first, &mut moments);
        assert_eq!(moments, (13_700..14_000).map(day).collect());
    }
}
