//! Calendars as programs export them, and as they arrive when something went wrong.

use protocol::{kinds::kind, record::merge};
use serde_json::{Value, json};

use super::{super::Bad, *};

const TRAININGS: &[u8] = include_bytes!("../../../../tests/fixtures/trainings.ics");

fn parsed(events: &str) -> Parsed {
    let calendar = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}\r\nEND:VCALENDAR\r\n", events.replace('\n', "\r\n"));
    parse("a.ics", calendar.as_bytes(), &Origin::default()).unwrap()
}

fn record(parsed: &Parsed, at: usize) -> Value {
    let (fields, problems) = merge(kind("session").unwrap(), None, &parsed.rows[at].incoming.fields);
    assert!(problems.is_empty(), "{problems:?}");
    Value::Object(fields.into_iter().collect())
}

fn said(parsed: &Parsed) -> Vec<String> {
    parsed.bad.iter().map(Bad::to_string).collect()
}

#[test]
fn a_series_across_the_change_of_clocks_is_one_session() {
    let parsed = parse("trainings.ics", TRAININGS, &Origin::default()).unwrap();
    assert_eq!(said(&parsed), Vec::<String>::new());
    assert_eq!(parsed.rows[0].incoming.outside_id.as_deref(), Some("series-1@riverside.example"));
    let expected = json!({
        "title": "Difficult conversations, with care",
        "start": "2026-02-24T18:00", "end": "2026-02-24T19:30", "zone": "America/New_York",
        "recurrence": "FREQ=WEEKLY;BYDAY=TU;COUNT=6",
        "not_on": ["2026-03-03T18:00"],
        // Six in the evening on either side of March 8: 22:00 UTC is six by summer time.
        "also_on": ["2026-04-02T18:00"],
        "overrides": [{
            "instead_of": "2026-03-10T18:00", "start": "2026-03-10T19:00", "end": "2026-03-10T20:30",
            "link": "https://meet.example/difficult", "status": "cancelled",
        }],
        "description": "Six evenings.\nBring a story you can tell; the rest we bring: tea; and éclairs.",
        "place": "Town Office, 1 Main Street, Riverside",
        "topics": ["difficult conversations", "facilitation"],
        "contacts": [{"name": "Front desk", "email": "desk@riverside.example"}],
        "status": "confirmed", "sequence": 3,
    });
    let mut expected = expected;
    // The date moved by an hour keeps its length, so that only its start differs.
    expected["overrides"][0].as_object_mut().unwrap().remove("end");
    assert_eq!(record(&parsed, 0), expected);
    assert_eq!(record(&parsed, 1)["end"], "2026-05-02T00:00");
    let left: Vec<&str> = parsed.left.iter().map(|left| &*left.what).collect();
    assert_eq!(left, ["VTODO", "X-APPLE-TRAVEL", "VALARM", "DTSTART"]);
}

#[test]
fn each_mistake_has_its_line_and_a_sentence() {
    let event = |lines: &str| format!("BEGIN:VEVENT\nUID:u@example.org\nDTSTAMP:20260101T000000Z\n{lines}\nEND:VEVENT");
    let cases = [
        ("SUMMARY:A", "line 3, DTSTART: this event has no DTSTART"),
        ("DTSTART:20260301T090000", "line 6, DTSTART: this says no time zone"),
        ("DTSTART;TZID=Mars/Olympus:20260301T090000", "line 6, DTSTART: “Mars/Olympus” is not a known time zone"),
        ("DTSTART:20260301T090000Z\nDTEND:20260301T080000Z", "line 7, DTEND: this is before the event starts"),
        ("DTSTART:20260230T090000Z", "line 6, DTSTART: “20260230T090000Z” is not a time"),
        ("DTSTART:20260301T090000Z\nDURATION:1 hour", "line 7, DURATION: this is not a length of time"),
        ("DTSTART:20260301T090000Z\nRRULE:A\nRRULE:B", "line 8, RRULE: two rules"),
        ("DTSTART:20260301T090000Z\nSEQUENCE:one", "line 7, SEQUENCE: this must be a whole number"),
        ("DTSTART:20260301T090000Z\nSUMMARY is long\nand folded wrongly", "line 7: this line has no name and colon"),
        ("DTSTART:20260301T090000Z\nEND:VALARM", "line 7: this ends what has not begun"),
    ];
    for (lines, sentence) in cases {
        let said = said(&parsed(&event(lines)));
        assert!(said[0].starts_with(&format!("a.ics, {sentence}")), "{lines}: {said:?}");
    }
    let one = event("DTSTART:20260301T090000Z\nDTEND:20260301T100000Z\nSUMMARY:A");
    let twice = said(&parsed(&format!("{one}\n{one}")));
    assert!(twice[0].starts_with("a.ics, line 10, outside_id: this id is also at a.ics, line 3"), "{twice:?}");
    let stray = said(&parsed(&event("RECURRENCE-ID:20260301T090000Z\nDTSTART:20260301T090000Z")));
    assert!(stray[0].contains("a series that is not in the file"), "{stray:?}");
    let cut = parse("a.ics", format!("BEGIN:VCALENDAR\n{one}\nBEGIN:VEVENT\n").as_bytes(), &Origin::default()).unwrap();
    assert!(said(&cut)[0].starts_with("a.ics, line 9: this VEVENT has no end"), "{:?}", said(&cut));
    assert_eq!(cut.rows.len(), 1);
}

/// The line that named the calendar's zone was damaged, or one around it. What was read then took the zone of the one
/// definition at hand, and with `--skip-bad` every event without a zone of its own came in at another hour, unsaid.
#[test]
fn events_without_a_zone_are_refused_where_a_bad_line_may_have_named_it() {
    let zone = |lines: &str| format!("BEGIN:VTIMEZONE\n{lines}\nEND:VTIMEZONE\n");
    let (denver, broken) = (zone("TZID:America/Denver"), zone("TZID:America/Denver\nTZURL without a colon"));
    let events = "BEGIN:VEVENT\nUID:floats\nSUMMARY:A\nDTSTART:20260301T090000\nEND:VEVENT\n\
                  BEGIN:VEVENT\nUID:says\nSUMMARY:B\nDTSTART;TZID=America/Boise:20260301T090000\nEND:VEVENT";
    let zones = |head: &str| {
        let parsed = parsed(&format!("{head}{events}"));
        let zone = |at| record(&parsed, at)["zone"].as_str().unwrap().to_owned();
        ((0..parsed.rows.len()).map(zone).collect::<Vec<_>>(), said(&parsed))
    };
    for head in [format!("X-WR-TIMEZONE;America/New_York\n{denver}"), broken] {
        let (zones, said) = zones(&head);
        assert_eq!(zones, ["America/Boise"], "{head}");
        assert!(said.len() == 2 && said[1].contains("a bad line may have been where the calendar says it"), "{said:?}");
    }
    let (both, said) = zones(&denver);
    assert_eq!((both, said), (vec!["America/Denver".to_owned(), "America/Boise".to_owned()], vec![]));
    let (both, said) = zones("X-WR-TIMEZONE:America/New_York\nX-WR-CALDESC without a colon\n");
    assert_eq!((both[0].as_str(), said.len()), ("America/New_York", 1), "the zone itself is whole");
}

/// A letter was read as a calendar, and each of its lines was told as a mistake of its own.
#[test]
fn what_is_no_calendar_is_told_in_one_sentence() {
    for text in ["Dear neighbors,\n\nwe meet on Monday.\n", "", "PK\u{3}\u{4}"] {
        let why = parse("a.ics", text.as_bytes(), &Origin::default()).unwrap_err().to_string();
        assert!(why.starts_with("a.ics is not a calendar"), "{why}");
    }
    let late = "\r\n\r\nbegin:vcalendar\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    assert!(parse("a.ics", late.as_bytes(), &Origin::default()).is_ok());
}

#[test]
fn what_the_standard_wants_and_we_do_not_need_is_no_fault() {
    let parsed = parsed("BEGIN:VEVENT\nUID:u@example.org\nSUMMARY:A\nDTSTART:20260301T090000Z\nEND:VEVENT");
    assert_eq!(said(&parsed), Vec::<String>::new());
    let left: Vec<&str> = parsed.left.iter().map(|left| &*left.what).collect();
    assert_eq!(left, ["DTEND"]);
    let session = record(&parsed, 0);
    assert_eq!((&session["end"], &session["zone"]), (&json!("2026-03-01T09:00"), &json!("UTC")));
}

#[test]
fn a_character_cut_by_a_fold_is_whole_again() {
    let mut calendar = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u@b.example\r\nDTSTART:20260301T090000Z\r\n".to_vec();
    calendar.extend(b"SUMMARY:Caf\xc3\r\n \xa9\r\nEND:VEVENT\r\n");
    calendar.extend(b"BEGIN:VEVENT\r\nUID:v@b.example\r\nDESCRIPTION:\xff\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
    let parsed = parse("a.ics", &calendar, &Origin::default()).unwrap();
    assert!(said(&parsed)[0].starts_with("a.ics, line 10: this line is not written in UTF-8"), "{:?}", said(&parsed));
    assert_eq!(record(&parsed, 0)["title"], "Café");
}

#[test]
fn hostile_calendars_end() {
    let parse = |text: String| parse("a.ics", text.as_bytes(), &Origin::default());
    let deep = parse(format!("BEGIN:VCALENDAR\n{}", "BEGIN:VALARM\n".repeat(100_000))).unwrap();
    assert!(deep.bad.iter().any(|bad| bad.message.contains("too deep")));
    let long = format!("BEGIN:VCALENDAR\nX:{}\nEND:VCALENDAR\n", "a\n ".repeat(100_000));
    assert!(parse(long).unwrap().bad[0].message.contains("40,000"));
    assert!(matches!(parse(String::new()), Err(TransferError::NotCalendar(_))));
    let texts =
        [":", ";:", "A;B", "\u{1f600}:x", "BEGIN", "BEGIN:", " :", "A;\":", "X\\", "DTSTART;TZID=:Z", "EXDATE:,,T,Z"];
    for text in texts {
        let event = format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a@b.example.org\n{text}\nDTSTART:20260301T090000Z\n");
        let _ = parse(format!("{event}END:VEVENT\nEND:VCALENDAR"));
        let _ = parse(text.to_owned());
    }
}

/// A record as the API shows it.
fn shown(fields: Value) -> Value {
    json!({"id": "d1", "kind": "session", "fields": fields, "history": [{"at": 1_760_000_000}, {"at": 1_770_000_000}]})
}

fn trainings() -> Vec<Value> {
    let parsed = parse("trainings.ics", TRAININGS, &Origin::default()).unwrap();
    let with_id = |at: usize| {
        let mut fields = record(&parsed, at);
        fields["outside_id"] = parsed.rows[at].incoming.outside_id.clone().into();
        shown(fields)
    };
    vec![with_id(0), with_id(1)]
}

#[test]
fn what_is_written_reads_back_the_same() {
    let records = trainings();
    let bytes = write(&records);
    let back = parse("back.ics", &bytes, &Origin::default()).unwrap();
    assert_eq!((said(&back), back.left.len()), (vec![], 1), "{:?}", back.left);
    for (at, id) in ["day-1", "series-1"].iter().enumerate() {
        let meant = records.iter().find(|one| one["fields"]["outside_id"].as_str().unwrap().starts_with(id)).unwrap();
        let mut found = record(&back, at);
        found["outside_id"] = back.rows[at].incoming.outside_id.clone().into();
        let mut meant = meant["fields"].clone();
        meant.as_object_mut().unwrap().entry("sequence").or_insert(json!(0));
        assert_eq!(found, meant);
    }
    let turned: Vec<Value> = records.into_iter().rev().collect();
    assert_eq!(write(&turned), bytes, "the order of the records does not matter");
}

/// An event that ended in the year 5457, by a slip of the hand, was written with a date of the clocks for each year until
/// then, in one line that we refused to read ourselves.
#[test]
fn an_event_of_three_thousand_years_reads_back() {
    let mut records = trainings();
    records[0]["fields"]["end"] = "5457-03-28T19:30".into();
    records[1]["fields"]["start"] = "5457-03-28T19:30".into();
    records[1]["fields"]["end"] = "5457-03-28T20:30".into();
    let back = parse("back.ics", &write(&records), &Origin::default()).unwrap();
    assert_eq!((said(&back), back.rows.len()), (vec![], 2));
}

#[test]
fn programs_that_are_strict_can_read_it() {
    let mut records = trainings();
    records[0]["fields"]["title"] = "é".repeat(90).into();
    records[0]["fields"]["status"] = "moved".into();
    let text = String::from_utf8(write(&records)).unwrap();
    assert!(text.ends_with("END:VCALENDAR\r\n") && text.replace("\r\n", "").find(['\r', '\n']).is_none());
    assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
    assert!(text.contains("BEGIN:VTIMEZONE\r\nTZID:America/New_York\r\nBEGIN:STANDARD\r\nDTSTART:20250101T000000"));
    assert!(text.contains("BEGIN:DAYLIGHT\r\nDTSTART:20250309T020000\r\nTZOFFSETFROM:-0500\r\nTZOFFSETTO:-0400"));
    assert!(text.contains("DTSTAMP:20260202T024000Z") && text.contains("SEQUENCE:3\r\n"));
    assert!(text.contains("STATUS:TENTATIVE\r\nX-COMMONWEAL-STATUS:moved"));
    assert_eq!(text.matches("STATUS:CANCELLED").count(), 1);
    assert_eq!(text.matches("BEGIN:VTIMEZONE").count(), 1);
}

#[test]
fn a_calendar_without_sessions_is_still_one() {
    assert_eq!(
        String::from_utf8(write(&[])).unwrap(),
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Commonweal//Commonweal//EN\r\nMETHOD:PUBLISH\r\nEND:VCALENDAR\r\n"
    );
    let broken = shown(json!({"title": "No times", "zone": "Nowhere"}));
    assert!(!String::from_utf8(write(&[broken])).unwrap().contains("VEVENT"));
}

/// Three events, a line of the second damaged. What it says without that line may be wrong, so it is left out, and the
/// others are not.
#[test]
fn one_bad_line_leaves_its_event_out_and_no_other() {
    let event = |id: u8, lines: &str| {
        let whole = "DTSTAMP:20260101T000000Z\nDTSTART:20260301T100000Z\nDTEND:20260301T110000Z\nSUMMARY:A";
        format!("BEGIN:VEVENT\nUID:{id}@example.org\n{whole}\n{lines}END:VEVENT")
    };
    let alarm = |line: &str| format!("BEGIN:VALARM\nACTION:DISPLAY\n{line}\nEND:VALARM\n");
    let cases = [
        (event(2, "LOCATION Town Office\n"), "line 16: this line has no name and colon"),
        (event(2, &alarm("TRIGGER -PT15M")), "line 18: this line has no name and colon"),
        (event(2, "").replace("END:VEVENT", "END VEVENT"), "line 16: this line has no name and colon"),
        (event(2, "").replace("\nEND:VEVENT", ""), "line 10: this VEVENT has no end"),
        (event(2, "").replace("BEGIN:VEVENT", "BEGIN VEVENT"), "line 10: this line has no name and colon"),
        (event(2, "").replace("UID:", "UID "), "line 11: this line has no name and colon"),
    ];
    for (bad, says) in cases {
        let parsed = parsed(&[event(1, ""), bad.clone(), event(3, "")].join("\n"));
        let ids: Vec<_> = parsed.rows.iter().filter_map(|row| row.incoming.outside_id.as_deref()).collect();
        assert_eq!(ids, ["1@example.org", "3@example.org"], "{bad}");
        assert!(parsed.bad[0].to_string().contains(says), "{:?}", said(&parsed));
    }
}

/// A changed date that cannot be read: without it the series would be on at the wrong time.
#[test]
fn a_series_with_a_bad_change_is_left_out_with_it() {
    let times = "DTSTAMP:20260101T000000Z\nDTSTART:20260301T100000Z\nDTEND:20260301T110000Z";
    let series = |id: &str| format!("BEGIN:VEVENT\nUID:{id}\n{times}\nRRULE:FREQ=DAILY;COUNT=3\nEND:VEVENT");
    let change = format!("BEGIN:VEVENT\nUID:a\nRECURRENCE-ID:20260301T100000Z\n{times}\nSUMMARY Later\nEND:VEVENT");
    let parsed = parsed(&[series("a"), change, series("b")].join("\n"));
    assert_eq!(parsed.rows.len(), 1);
    assert_eq!(said(&parsed).len(), 2, "{:?}", said(&parsed));
    assert!(said(&parsed)[1].contains("line 3: a changed date of this series"), "{:?}", said(&parsed));
}
