//! When something is open, in the words of who wrote it, else by days and times.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::{dates, texts::Language};
use crate::recurrence::Rule;

/// Schedules that lists name; the record's own page names all.
const NAMED: usize = 2;
/// What days and times say of a schedule (HSDS 3.1).
const TIMED: [&str; 5] = ["freq", "interval", "byday", "opens_at", "closes_at"];

/// The first ones, in a line.
pub(super) fn of(language: Language, schedules: &Value) -> Option<String> {
    let all = schedules.as_array()?.iter().take(NAMED);
    let said: Vec<String> = all.filter_map(|one| line(language, one)).collect();
    (!said.is_empty()).then(|| said.join("; "))
}

/// One schedule; nothing where it names neither words nor times.
pub(super) fn line(language: Language, schedule: &Value) -> Option<String> {
    let said = schedule["description"].as_str().filter(|text| !text.trim().is_empty());
    said.map(String::from).or_else(|| timed(language, schedule))
}

/// What a schedule says in such lines: its words, then its days and times; and the parts of it that these say.
pub(super) fn lines(language: Language, schedule: &Value) -> (Vec<String>, Vec<&'static str>) {
    let said = schedule["description"].as_str().filter(|text| !text.trim().is_empty());
    let timed = timed(language, schedule);
    let words = said.map(|_| "description").into_iter();
    let parts = words.chain(timed.iter().flat_map(|_| TIMED)).collect();
    (said.map(String::from).into_iter().chain(timed).collect(), parts)
}

fn timed(language: Language, schedule: &Value) -> Option<String> {
    let time = |name: &str| schedule[name].as_str().and_then(|text| text.get(..5)?.parse::<jiff::civil::Time>().ok());
    let (from, to) = (time("opens_at")?, time("closes_at")?);
    let days = schedule["byday"].as_str().unwrap_or_default().split(',');
    let days: Vec<String> =
        days.filter_map(|day| Some(language.say(weekday(day.get(day.len().checked_sub(2)?..)?)?))).collect();
    let day = jiff::civil::date(2000, 1, 1);
    let times = dates::from_to(language, day.to_datetime(from), day.to_datetime(to));
    let interval = schedule["interval"].as_u64().unwrap_or(1);
    match schedule["freq"].as_str() {
        // Every other week, or the first Saturday of a month.
        Some(freq) if freq != "WEEKLY" || interval > 1 => {
            let byday = schedule["byday"].as_str().filter(|days| !days.is_empty());
            let byday = byday.map_or_else(String::new, |days| format!(";BYDAY={days}"));
            let rule = Rule::read(&format!("FREQ={freq};INTERVAL={interval}{byday}"), &TimeZone::UTC)?;
            Some(format!("{}, {times}", dates::again(language, &rule)))
        }
        _ => Some(format!("{} {times}", days.join(", ")).trim().to_owned()),
    }
}

/// The text for a weekday of iCalendar.
fn weekday(day: &str) -> Option<&'static str> {
    let keys =
        [("SU", "weekday-0"), ("MO", "weekday-1"), ("TU", "weekday-2"), ("WE", "weekday-3"), ("TH", "weekday-4")];
    let all = keys.into_iter().chain([("FR", "weekday-5"), ("SA", "weekday-6")]);
    all.into_iter().find(|(short, _)| *short == day).map(|(_, key)| key)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn who_wrote_it_says_it_best_and_else_days_and_times_do() {
        let timed = json!({"freq": "MONTHLY", "byday": "1SA", "opens_at": "10:00", "closes_at": "13:00"});
        assert_eq!(line(Language::English, &timed).unwrap(), "Every month: first Saturday, 10:00 AM – 1:00 PM");
        let weekly = json!({"freq": "WEEKLY", "byday": "MO,TH", "opens_at": "09:00", "closes_at": "16:30"});
        assert_eq!(line(Language::English, &weekly).unwrap(), "Mon, Thu 9:00 AM – 4:30 PM");
        let mut said = timed.clone();
        said["description"] = "First Saturday of the month, 10 to 1".into();
        assert_eq!(line(Language::English, &said).unwrap(), "First Saturday of the month, 10 to 1");
        let (both, parts) = lines(Language::English, &said);
        assert_eq!(both, ["First Saturday of the month, 10 to 1", "Every month: first Saturday, 10:00 AM – 1:00 PM"]);
        assert!(parts.contains(&"description") && parts.contains(&"opens_at") && !parts.contains(&"timezone"));
        assert_eq!(line(Language::English, &json!({"byday": "MO"})), None);
        assert!(
            of(Language::French, &json!([timed, said])).unwrap().ends_with("; First Saturday of the month, 10 to 1")
        );
    }
}
