//! Every way to write a value wrongly, and what is said about it.

use super::*;
use serde_json::Map;

/// What is wrong with one field of a kind.
fn wrong(kind_name: &str, field: &str, value: Value) -> Vec<Wrong> {
    let problems = problems(kind(kind_name).unwrap(), &json!({field: value}));
    problems.into_iter().filter(|problem| problem.field.starts_with(field)).map(|problem| problem.what).collect()
}

fn right(kind_name: &str, field: &str, values: &[&str]) {
    for value in values {
        assert_eq!(wrong(kind_name, field, (*value).into()), [], "{field} {value}");
    }
}

fn misspelled(kind_name: &str, field: &str, values: &[&str]) {
    for value in values {
        let found = wrong(kind_name, field, (*value).into());
        assert!(matches!(found[..], [Wrong::Misspelled { .. }]), "{field} {value}: {found:?}");
    }
}

#[test]
fn days_and_times() {
    right("practice", "review_by", &["2026-03-01", "2024-02-29", "2000-02-29"]);
    misspelled("practice", "review_by", &["1.3.2026", "2026-3-1", "26-03-01", "2026-03-01T00:00", "٢٠٢٦-٠٣-٠١"]);
    for day in ["2026-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00", "0000-01-01"] {
        assert_eq!(wrong("practice", "review_by", day.into()), [Wrong::NoSuchDay(day.into())]);
    }
    right("session", "start", &["2026-03-01T09:00", "2026-03-01 09:00", "2026-03-01T09:00:30"]);
    misspelled("session", "start", &["2026-03-01", "2026-03-01T9:00", "2026-03-01T24:00", "2026-03-01T09:00Z"]);
    assert_eq!(wrong("session", "start", "2026-02-30T09:00".into()), [Wrong::NoSuchDay("2026-02-30".into())]);
    right("training", "duration", &["PT1H30M", "P2D", "P6W", "P1Y2M3DT4H5M6S", "pt45m"]);
    misspelled("training", "duration", &["90 minutes", "P", "PT", "P1H", "PT1H2H", "PT30M1H", "P1", "PT1.5H", "P-1D"]);
    for (time, fits) in
        [("09:00", true), ("17:30:00", true), ("09:00-05:00", true), ("09:00Z", true), ("9:00", false), ("9am", false)]
    {
        let found = wrong("collaborative", "meeting", json!({"time": time}));
        assert_eq!(found.is_empty(), fits, "{time}");
    }
    for (moment, fits) in [
        ("2023-03-15T10:30:45.123Z", true),
        ("2023-03-15T10:30:45-05:00", true),
        ("2023-03-15T10:30", false),
        ("2023-03-15T10:30:45", false),
    ] {
        let capacity = json!([{"available": 3, "unit": {"name": "bed"}, "updated": moment}]);
        assert_eq!(wrong("service", "capacities", capacity).is_empty(), fits, "{moment}");
    }
}

#[test]
fn zones_are_known_or_suggested() {
    right("session", "zone", &["America/New_York", "UTC", "Asia/Kolkata", "US/Eastern"]);
    for (given, meant) in [
        ("America/New York", Some("America/New_York")),
        ("New York", Some("America/New_York")),
        ("america/new_york", Some("America/New_York")),
        ("Amercia/New_York", Some("America/New_York")),
        ("Eastern", Some("US/Eastern")),
        ("somewhere on the moon", None),
    ] {
        let zone = Wrong::NoSuchZone { given: given.into(), closest: meant.map(str::to_owned) };
        assert_eq!(wrong("session", "zone", given.into()), [zone]);
    }
    assert!(zones().count() > 500 && zones().is_sorted());
}

#[test]
fn addresses_of_all_sorts() {
    right(
        "practice",
        "source_url",
        &["https://example.org", "HTTP://example.org:8080/a?b=c#d", "https://bücher.example/ü", "http://127.0.0.1/"],
    );
    misspelled(
        "practice",
        "source_url",
        &[
            "example.org",
            "javascript:alert(1)",
            "ftp://example.org",
            "https://",
            "https://a b.org",
            "https://user@example.org",
            "https://example.org/\"onclick",
            "https://-a.org",
            "https://a..org",
            "https://a.org:99999",
            "data://text/html",
        ],
    );
    right("service", "email", &["office@example.org", "o.f+x@mail.example.org"]);
    misspelled(
        "service",
        "email",
        &["office", "office@", "@example.org", "a@b@c.org", "a b@c.org", "office@example", "<a@b.org>"],
    );
    right("practice", "language", &["en", "pt-BR", "zh-hant-tw", "ase"]);
    misspelled("practice", "language", &["english", "e", "en_US", "en-", "12"]);
    for (phone, fits) in
        [("207-555-0100 ext. 4", true), ("211", true), ("1-800-QUIT-NOW", true), ("none", false), ("<b>207</b>", false)]
    {
        assert_eq!(wrong("service", "phones", json!([{"number": phone}])).is_empty(), fits, "{phone}");
    }
    misspelled("practice", "adopted_from", &["two words"]);
    misspelled("collaborative", "logo", &["abc"]);
}

#[test]
fn rules_for_repeating() {
    right(
        "session",
        "recurrence",
        &[
            "FREQ=WEEKLY;BYDAY=TU",
            "RRULE:FREQ=MONTHLY;BYDAY=1TH,-1FR;COUNT=6",
            "freq=daily;until=20261231",
            "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=-1;UNTIL=20301231T235900Z;WKST=MO;INTERVAL=2",
        ],
    );
    misspelled(
        "session",
        "recurrence",
        &[
            "weekly",
            "FREQ=HOURLY",
            "BYDAY=TU",
            "FREQ=WEEKLY;BYDAY=XX",
            "FREQ=WEEKLY;COUNT=0",
            "FREQ=WEEKLY;COUNT=9;UNTIL=20261231",
            "FREQ=WEEKLY;FREQ=DAILY",
            "FREQ=WEEKLY;UNTIL=20261331",
            "FREQ=WEEKLY;BYMONTH=13",
            "FREQ=WEEKLY;",
            "FREQ=WEEKLY;BYDAY=é",
            "FREQ=WEEKLY;X=1",
            "FREQ=MONTHLY;BYMONTHDAY=0",
            &format!("FREQ=DAILY;BYDAY={}MO", "53MO,".repeat(40)),
        ],
    );
}

#[test]
fn numbers_choices_and_yes_or_no() {
    let range = Wrong::OutOfRange { least: "0".into(), most: "1000000".into() };
    assert_eq!(wrong("session", "seats", json!(-1)), [range]);
    assert_eq!(wrong("session", "seats", json!(2.5)), [Wrong::NotA("a whole number")]);
    assert_eq!(wrong("session", "seats", json!("12")), [Wrong::NotA("a whole number")]);
    assert_eq!(wrong("session", "seats", json!(12.0)), []);
    assert!(matches!(wrong("location", "latitude", json!(100))[..], [Wrong::OutOfRange { .. }]));
    assert_eq!(wrong("training_need", "would_host", json!("yes")), [Wrong::NotA("yes or no (true or false)")]);
    let choice = wrong("practice", "maturity", json!("brand new"));
    let choices = vec!["idea", "trying", "established", "retired"];
    assert_eq!(choice, [Wrong::NotAChoice { given: "brand new".into(), choices }]);
}

#[test]
fn sizes_and_forms() {
    let found = problems(practice(), &json!({"summary": "x".repeat(301), "titel": "x", "steps": [{"txt": "x"}, "y"]}));
    let said: Vec<String> = found.iter().map(Problem::to_string).collect();
    assert_eq!(
        said,
        [
            "titel: There is no such field. Did you mean “title”?",
            "title: This is needed; write something here.",
            "summary: This has 301 characters; shorten it to 300 at most.",
            "steps[1].txt: There is no such field. Did you mean “text”?",
            "steps[1].text: This is needed; write something here.",
            "steps[2]: This must be an item with fields of its own.",
        ]
    );
    assert_eq!(problems(practice(), &json!([])).len(), 1);
    assert_eq!(wrong("practice", "title", "two\nlines".into()), [Wrong::NotOneLine]);
    assert_eq!(wrong("practice", "title", "\u{202e}txt.exe".into()), [Wrong::NotOneLine]);
    assert_eq!(wrong("practice", "topics", "food".into()), [Wrong::NotA("a list of values")]);
    let many: Vec<String> = (0..41).map(|n| n.to_string()).collect();
    assert_eq!(wrong("practice", "topics", json!(many)), [Wrong::TooMany { count: 41, most: 40 }]);
    let twice = json!([{"id": "a", "text": "x"}, {"id": "a", "text": "y"}]);
    assert_eq!(wrong("practice", "steps", twice), [Wrong::SameIdTwice("a".into())]);
    assert!(matches!(wrong("practice", "steps", json!([{"id": "a/b", "text": "x"}]))[..], [Wrong::Misspelled { .. }]));
    let long: Map<String, Value> = ["problem", "for_whom", "setting", "results", "advice", "equity"]
        .map(|name| (name.to_owned(), "x".repeat(8000).into()))
        .into_iter()
        .collect();
    let mut long = Value::Object(long);
    long["title"] = "x".into();
    let found = problems(practice(), &long);
    assert_eq!(found, [Problem { field: String::new(), what: Wrong::RecordTooLong { length: 48_001, most: 40_000 } }]);
}

#[test]
fn what_belongs_together() {
    let mut session = json!({
        "title": "Bias and stigma", "start": "2026-03-01T09:00", "end": "2026-03-01T08:00", "zone": "America/New_York",
    });
    let session_kind = kind("session").unwrap();
    let found = problems(session_kind, &session);
    assert_eq!(found, [Problem { field: "end".into(), what: Wrong::BeforeItsStart("Starts") }]);
    session["end"] = "2026-03-01T10:00".into();
    assert_eq!(problems(session_kind, &session), []);
    let location = json!({"location_type": "physical", "latitude": 44.8});
    let found = problems(kind("location").unwrap(), &location);
    assert_eq!(found, [Problem { field: "longitude".into(), what: Wrong::NeededWith("Latitude") }]);
    let location = json!({"location_type": "physical", "latitude": 44.8, "longitude": 444});
    assert_eq!(problems(kind("location").unwrap(), &location).len(), 1, "one mistake is told once");
}

#[test]
fn sharing_asks_for_more_than_saving() {
    let draft = json!({"title": "Food night"});
    assert_eq!(problems(practice(), &draft), []);
    let found = problems_to_share(practice(), &draft);
    assert_eq!(found, [Problem { field: "summary".into(), what: Wrong::MissingToShare }]);
    assert_eq!(problems_to_share(practice(), &json!({"title": "Food night", "summary": "We eat."})), []);
}

#[test]
fn who_corrects_one_field_is_not_asked_about_the_others() {
    // Two who each kept within 300 characters made a summary that is longer.
    let made = food_night();
    let one = change(
        &made,
        ANN,
        8,
        &set("summary", format!("{}Families eat together once a month.", "a".repeat(250)).into()),
    );
    let other = change(
        &made,
        BEN,
        9,
        &set("summary", format!("Families eat together once a month.{}", "b".repeat(250)).into()),
    );
    let mut doc = automerge::Automerge::load(&other.snapshot).unwrap();
    doc.load_incremental(&one.change).unwrap();
    let both = Made { snapshot: doc.save(), heads: doc.get_heads().iter().map(|head| head.0).collect(), ..one };
    assert_eq!(shown(&both).value["summary"].as_str().unwrap().len(), 535);
    assert_eq!(shown(&change(&both, ANN, 10, &set("title", "Supper".into()))).value["title"], "Supper");
    let refused = |wanted| edit(practice(), &both.snapshot, &both.heads, ANN, 1, [11; 16], &wanted).unwrap_err();
    assert!(matches!(refused(Edit::Whole(shown(&both).value)), EditError::Problems(_)));
    assert!(matches!(refused(set("title", Value::Null)), EditError::Problems(_)));
    assert!(matches!(refused(set("cots", "none".into())), EditError::Problems(_)));
    assert!(matches!(refused(set("steps[9].text", "none".into())), EditError::Problems(_)));
    assert!(matches!(refused(set("title.text", "none".into())), EditError::Problems(_)));
}

#[test]
fn fields_from_the_command_line() {
    let parse = |path, text| parse_field(practice(), path, text);
    assert_eq!(parse("topics", "food, families"), Ok(json!(["food", "families"])));
    assert_eq!(parse("cost", "Under $1,000"), Ok("under_1000".into()));
    assert_eq!(parse("steps", "Find a kitchen\nAsk"), Ok(json!([{"text": "Find a kitchen"}, {"text": "Ask"}])));
    assert_eq!(parse("steps[2].text", " Ask "), Ok("Ask".into()));
    assert_eq!(parse("steps[2]", r#"{"text": "Ask"}"#), Ok(json!({"text": "Ask"})));
    assert_eq!(parse("confirmed.at", "2026-03-01"), Ok("2026-03-01".into()));
    assert_eq!(parse("title", "  "), Ok(Value::Null));
    let need = kind("training_need").unwrap();
    assert_eq!(parse_field(need, "would_host", "Yes"), Ok(true.into()));
    assert_eq!(parse_field(need, "how_many", "12"), Ok(12.into()));
    assert_eq!(parse_field(need, "how_many", "twelve").unwrap_err().what, Wrong::NotA("a whole number"));
    let closest = Wrong::NoSuchField { closest: Some("text".into()) };
    assert_eq!(parse("steps[1].txet", "x"), Err(Problem { field: "steps[1].txet".into(), what: closest }));
    assert!(parse("review_by", "tomorrow").is_err());
}
