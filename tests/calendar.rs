//! The calendar that anybody can subscribe to: what stands in it, and that every node has the same.

use harness::{
    browser::{Browser, Page},
    real::{Node, Place, eventually},
};
use serde_json::json;

fn session(node: &Node, title: &str, more: &[&str], audience: &str) -> String {
    let title = format!("title={title}");
    let when = ["start=2027-03-02T18:00", "end=2027-03-02T20:00", "zone=America/New_York", "summary=We meet."];
    let mut words = vec!["record", "create", "session", "--set", &title];
    words.extend(when.iter().chain(more).flat_map(|set| ["--set", set]));
    words.extend(["--audience", audience]);
    node.id(&words)
}

fn events(calendar: &Page) -> usize {
    calendar.body.matches("BEGIN:VEVENT\r\n").count()
}

fn line<'a>(calendar: &'a Page, name: &str) -> &'a str {
    calendar.body.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap_or_default()
}

#[test]
fn anybody_subscribes_to_what_is_public_and_sees_each_change() {
    let place = Place::new();
    let node = place.with_pages("Riverside");
    node.ask(&["network", "found", "--name", "Valley, Network"]);
    session(&node, "Kept to ourselves", &[], "private");
    session(&node, "For members", &[], "network");
    let series = ["recurrence=FREQ=WEEKLY;COUNT=4", "not_on=[\"2027-03-09T18:00\"]", "topics=[\"housing\"]"];
    let shown = session(&node, "Supper; and talk", &series, "public");
    session(&node, "Another day", &[], "public");
    let mut reader = Browser::of(&node);
    let name = "NAME:Valley\\, Network\r\n";
    eventually("both are in it, under the network's name", || {
        let all = reader.open("/calendar.ics");
        events(&all) == 2 && all.says(name)
    });
    let all = reader.open("/calendar.ics");
    assert!(all.head.contains("content-type: text/calendar; charset=utf-8"), "{}", all.head);
    assert!(!all.says("ourselves") && !all.says("For members"), "{}", all.body);
    for must in [
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n",
        "BEGIN:VTIMEZONE\r\nTZID:America/New_York\r\n",
        "SUMMARY:Supper\\; and talk\r\n",
        "DTSTART;TZID=America/New_York:20270302T180000\r\n",
        "RRULE:FREQ=WEEKLY;COUNT=4\r\n",
        "EXDATE;TZID=America/New_York:20270309T180000\r\n",
    ] {
        assert!(all.says(must), "{must} {}", all.body);
    }
    assert!(all.body.lines().all(|line| line.len() <= 75));
    // The choices of the page, which leads there.
    let housing = reader.open("/calendar.ics?topics=housing&month=2027-03");
    assert!(events(&housing) == 1 && housing.says("Supper"), "{}", housing.body);
    assert_eq!(events(&reader.open("/calendar.ics?topics=nothing")), 0);
    let page = reader.open("/calendar?month=2027-03&topics=housing");
    assert!(page.says("href=\"webcal://") && page.says("/calendar.ics?topics=housing\""), "{}", page.body);
    // An edit makes it newer, a cancellation stays in it.
    let before: u32 = line(&housing, "SEQUENCE").parse().unwrap();
    node.ask(&["record", "edit", &shown, "--set", "status=cancelled"]);
    eventually("it is canceled", || reader.open("/calendar.ics").says("STATUS:CANCELLED\r\n"));
    let after: u32 = line(&reader.open("/calendar.ics?topics=housing"), "SEQUENCE").parse().unwrap();
    assert_eq!(after, before + 1);
}

#[test]
fn who_has_the_calendar_gets_nothing_until_it_changes() {
    let place = Place::new();
    let node = place.with_pages("Riverside");
    node.ask(&["network", "found", "--name", "Valley Network"]);
    let shown = session(&node, "Supper", &[], "public");
    let mut reader = Browser::of(&node);
    eventually("it is in it", || events(&reader.open("/calendar.ics")) == 1);
    let first = reader.open("/calendar.ics");
    let tag = first.head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().to_owned();
    let mut again = |held: &str| reader.open_with("/calendar.ics", &format!("if-none-match: {held}\r\n"));
    for held in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}")] {
        let same = again(&held);
        assert!(same.status == 304 && same.body.is_empty(), "{held}: {} {}", same.status, same.body);
    }
    assert_eq!(again("\"other\"").body, first.body);
    node.ask(&["record", "edit", &shown, "--set", "title=Late supper"]);
    eventually("the change is told", || again(&tag).says("Late supper"));
}

/// Hillside serves what Riverside wrote, byte for byte, while Riverside is there and when it is not.
#[test]
fn every_node_serves_the_same_bytes_also_when_the_one_that_wrote_is_gone() {
    let place = Place::new();
    let (mut riverside, hillside) = (place.with_pages("Riverside"), place.with_pages("Hillside"));
    riverside.ask(&["network", "found", "--name", "Valley Network"]);
    hillside.join(&riverside);
    let series = ["recurrence=FREQ=WEEKLY", "overrides=[{\"instead_of\":\"2027-03-09T18:00\",\"place\":\"Library\"}]"];
    let shown = session(&riverside, "Supper", &series, "public");
    session(&hillside, "Of Hillside", &[], "public");
    let (mut here, mut there) = (Browser::of(&riverside), Browser::of(&hillside));
    let alike = |here: &mut Browser, there: &mut Browser, count| {
        let (one, other) = (here.open("/calendar.ics"), there.open("/calendar.ics"));
        events(&one) == count && one.body == other.body
    };
    eventually("both have both", || alike(&mut here, &mut there, 3));
    riverside.ask(&["record", "edit", &shown, "--set", "place=Town hall"]);
    eventually("the edit is at both", || {
        here.open("/calendar.ics").says("Town hall") && alike(&mut here, &mut there, 3)
    });
    let last = here.open("/calendar.ics").body;
    riverside.stop();
    assert_eq!(there.open("/calendar.ics").body, last);
}

/// A neighbor says that its session is the one of somebody else. Neither hides the other.
#[test]
fn two_that_go_by_one_id_are_both_there() {
    let place = Place::new();
    let node = place.with_pages("Riverside");
    node.ask(&["network", "found", "--name", "Valley Network"]);
    let fields = |title: &str, source: &str| {
        let fields = [
            ("title", title),
            ("start", "2027-03-02T18:00"),
            ("end", "2027-03-02T20:00"),
            ("zone", "America/New_York"),
            ("summary", "We meet."),
        ];
        json!({ "kind": "session", "source": source, "outside_id": "one@example.org", "fields": fields })
    };
    let both = json!({ "records": [fields("First", "here"), fields("Second", "there")], "audience": "public" });
    let (status, answer) = node.socket().ask("POST", "/import", &both);
    assert_eq!(status, 200, "{answer}");
    let mut reader = Browser::of(&node);
    eventually("both are there", || events(&reader.open("/calendar.ics")) == 2);
    let body = reader.open("/calendar.ics").body;
    let mut ids: Vec<&str> = body.lines().filter_map(|line| line.strip_prefix("UID:")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert!(ids.len() == 2 && ids.contains(&"one@example.org"), "{ids:?}");
}

/// For a calendar that takes an address and no password: what its owner may see, as long as they let it.
#[test]
fn a_secret_address_shows_what_its_owner_may_see_until_it_is_taken_back() {
    let place = Place::new();
    let node = place.with_pages("Riverside");
    node.ask(&["network", "found", "--name", "Valley Network"]);
    session(&node, "Kept to ourselves", &["topics=[\"housing\"]"], "private");
    session(&node, "For everybody", &[], "public");
    let mut ann = Browser::set_up(&node, "ann@example.org", "plum tarts at dusk");
    let address = ann.key("address");
    let at = &address[address.find("/calendars/").unwrap()..];
    let mut program = Browser::of(&node);
    eventually("it shows both", || events(&program.open(at)) == 2);
    let narrowed = program.open(&format!("{at}?topics=housing"));
    assert!(events(&narrowed) == 1 && narrowed.says("Kept to ourselves"), "{}", narrowed.body);
    let first = program.open(at);
    assert!(first.head.contains("cache-control: private"), "nobody else on the way keeps it: {}", first.head);
    let tag = first.head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().to_owned();
    assert_eq!(program.open_with(at, &format!("if-none-match: {tag}\r\n")).status, 304);
    // It opens nothing else.
    let secret = at.trim_start_matches("/calendars/").trim_end_matches(".ics");
    let bearer = format!("authorization: Bearer {secret}\r\n");
    assert_eq!(program.open_with("/api/v1/records", &bearer).status, 401);
    let pair = data_encoding::BASE64.encode(format!("ann@example.org:{secret}").as_bytes());
    let basic = format!("authorization: Basic {pair}\r\ndepth: 0\r\n");
    assert_eq!(program.ask_by("PROPFIND", "/dav/", &basic, "").status, 401);
    // Nor is an app password an address.
    let app = ann.key("calendar");
    assert_eq!(program.open(&format!("/calendars/{app}.ics")).status, 404);
    ann.end_keys();
    let gone = program.open(at);
    assert!(gone.status == 404 && gone.says("taken back"), "{gone:?}");
}

/// What was chosen on the calendar's page is in the address that is made after it.
#[test]
fn choices_go_along_to_where_a_secret_address_is_made() {
    let place = Place::new();
    let node = place.with_pages("Riverside");
    let mut ann = Browser::set_up(&node, "ann@example.org", "plum tarts at dusk");
    let page = ann.open("/calendar?topics=housing&month=2027-03");
    let to =
        page.body.split("href=\"/settings/keys").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    let form = ann.open(&format!("/settings/keys{to}"));
    assert!(form.says("name=\"calendar\" value=\"topics=housing\""), "{to}: {}", form.body);
    let fields = [("label", "Phone"), ("scope", "address"), ("calendar", "topics=housing&evil=\"><b>")];
    let made = ann.send("/settings/keys", &fields);
    assert!(made.says(".ics?topics=housing\"") && !made.says("evil"), "{}", made.body);
}

#[test]
fn one_session_is_kept_by_itself() {
    let place = Place::new();
    let node = place.with_pages("Riverside");
    node.ask(&["network", "found", "--name", "Valley Network"]);
    let one = session(&node, "Supper", &[], "public");
    let kept = session(&node, "Kept to ourselves", &[], "private");
    session(&node, "Another day", &[], "public");
    let mut reader = Browser::of(&node);
    eventually("all are there", || events(&reader.open("/calendar.ics")) == 2);
    let alone = reader.open(&format!("/calendar.ics?session={one}"));
    assert!(events(&alone) == 1 && alone.says("Supper"), "{}", alone.body);
    assert_eq!(events(&reader.open(&format!("/calendar.ics?session={kept}"))), 0);
    let page = reader.open(&format!("/calendar/{one}"));
    assert!(page.says("href=\"webcal://") && page.says(&format!("/calendar.ics?session={one}\"")), "{}", page.body);
}
