//! Days of the calendar, counted from January 1, 1970.
//!
//! Years are counted from March here, so that the odd day is the last one (Howard Hinnant, "chrono-compatible
//! low-level date algorithms").

/// From 0000-03-01 to 1970-01-01.
const SHIFT: i64 = 719_468;
/// Days in 400 years, after which the calendar repeats.
const ERA: i64 = 146_097;

/// Year, month from 1 and day from 1.
pub(crate) fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + SHIFT;
    let (era, of_era) = (days.div_euclid(ERA), days.rem_euclid(ERA));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = (march_month + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month < 3);
    (year, month, day)
}

/// As YYYY-MM-DD.
pub(crate) fn written(days: i64) -> String {
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The day that is written as YYYY-MM-DD; none when there is no such day.
pub(crate) fn read(text: &str) -> Option<i64> {
    let parts: Vec<i64> = text.split('-').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [year, month, day] = parts[..] else { return None };
    let march_year = year - i64::from(month < 3);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let year_of_era = march_year.rem_euclid(400);
    let days = march_year.div_euclid(400) * ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    Some(days - SHIFT).filter(|days| written(*days) == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_they_are_written() {
        for days in (-719_000..800_000).step_by(37) {
            assert_eq!(read(&written(days)), Some(days));
        }
        assert_eq!((written(0), written(11_016)), ("1970-01-01".into(), "2000-02-29".into()));
        for no_day in ["2027-02-29", "2027-13-01", "2027-1-1", "207-555-0100", "2027-01", "today", ""] {
            assert_eq!(read(no_day), None, "{no_day}");
        }
    }
}
