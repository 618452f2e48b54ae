//! When there is something (RFC 4791, 7.10), and nothing of what it is.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::{Timestamp, ToSpan, tz::TimeZone};

use super::{
    answer::no,
    body::{CALDAV, Span},
    object::Object,
};

/// Days that one question may be about: two years, as far as people plan.
const DAYS_MOST: i64 = 731;

/// The times within a span at which somebody is busy.
pub(super) fn answer(objects: &[Object], span: Span) -> Response {
    let longest = span.from.checked_add((DAYS_MOST * 24).hours()).unwrap_or(Timestamp::MAX);
    if span.to > longest || span.from == Timestamp::MIN {
        return no(StatusCode::FORBIDDEN, CALDAV, "max-date-time", "ask for two years at most").into_response();
    }
    let mut sure: Vec<Span> = vec![];
    let mut unsure: Vec<Span> = vec![];
    for meeting in objects.iter().flat_map(|object| object.times(span)) {
        let times = match meeting.status.as_str() {
            "cancelled" | "postponed" => continue,
            "tentative" | "moved" => &mut unsure,
            _ => &mut sure,
        };
        times.push(Span { from: meeting.begins_at().max(span.from), to: meeting.ends_at().min(span.to) });
    }
    let mut text =
        String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Commonweal//Commonweal//EN\r\nBEGIN:VFREEBUSY\r\n");
    let mut line = |line: String| {
        text.push_str(&line);
        text.push_str("\r\n");
    };
    line(format!("DTSTAMP:{}", utc(span.from)));
    line(format!("DTSTART:{}", utc(span.from)));
    line(format!("DTEND:{}", utc(span.to)));
    for (kind, times) in [("BUSY", sure), ("BUSY-TENTATIVE", unsure)] {
        for time in joined(times) {
            line(format!("FREEBUSY;FBTYPE={kind}:{}/{}", utc(time.from), utc(time.to)));
        }
    }
    text.push_str("END:VFREEBUSY\r\nEND:VCALENDAR\r\n");
    ([(header::CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8"))], text).into_response()
}

fn utc(at: Timestamp) -> String {
    TimeZone::UTC.to_datetime(at).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Times that touch become one.
fn joined(mut times: Vec<Span>) -> Vec<Span> {
    times.sort_by_key(|time| (time.from, time.to));
    let mut joined: Vec<Span> = vec![];
    for time in times.into_iter().filter(|time| time.from < time.to) {
        match joined.last_mut() {
            Some(last) if time.from <= last.to => last.to = last.to.max(time.to),
            _ => joined.push(time),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_touch_become_one() {
        let at = |hour: i64| Timestamp::from_second(hour * 3600).unwrap();
        let times = [(1, 3), (9, 9), (5, 6), (2, 4), (6, 7)].map(|(from, to)| Span { from: at(from), to: at(to) });
        let joined: Vec<_> = joined(times.to_vec()).iter().map(|time| (time.from, time.to)).collect();
        assert_eq!(joined, [(at(1), at(4)), (at(5), at(7))]);
    }
}
