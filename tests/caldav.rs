//! Programs that show calendars: they sign in, see what their owner may see, and an editor's program changes sessions.

use harness::{
    browser::{Browser, Page},
    real::{Node, Place, eventually},
};

const PASSWORD: &str = "plum tarts at dusk";
const OURS: &str = "/dav/calendars/ours/";
const NETWORK: &str = "/dav/calendars/network/";
const NAMES: &str = r#"xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav""#;

/// A calendar program, signed in.
struct Program {
    browser: Browser,
    sign_in: String,
}

impl Program {
    fn new(node: &Node, name: &str, password: &str) -> Program {
        let pair = data_encoding::BASE64.encode(format!("{name}:{password}").as_bytes());
        Program { browser: Browser::of(node), sign_in: format!("authorization: Basic {pair}\r\n") }
    }

    fn ask(&mut self, method: &str, path: &str, head: &str, body: &str) -> Page {
        self.browser.ask_by(method, path, &format!("{}{head}", self.sign_in), body)
    }

    fn find(&mut self, path: &str, depth: u8, properties: &str) -> Page {
        let body = format!("<propfind {NAMES}><prop>{properties}</prop></propfind>");
        let page = self.ask("PROPFIND", path, &format!("depth: {depth}\r\n"), &body);
        assert_eq!(page.status, 207, "{page:?}");
        page
    }

    fn report(&mut self, path: &str, name: &str, body: &str) -> Page {
        let body = format!("<{name} {NAMES}>{body}</{name}>");
        self.ask("REPORT", path, "depth: 1\r\n", &body)
    }

    /// What changed since a token, with the next one.
    fn sync(&mut self, path: &str, token: &str) -> (Page, String) {
        let body = format!("<sync-token>{token}</sync-token><sync-level>1</sync-level><prop><getetag/></prop>");
        let page = self.report(path, "sync-collection", &body);
        let next = inner(&page.body, "D:sync-token").to_owned();
        (page, next)
    }

    fn put(&mut self, name: &str, head: &str, event: &str) -> Page {
        self.ask("PUT", &format!("{OURS}{name}"), head, event)
    }
}

/// What stands in the first element of this name.
fn inner<'a>(xml: &'a str, name: &str) -> &'a str {
    let rest = xml.split_once(&format!("<{name}>")).map_or("", |(_, rest)| rest);
    rest.split_once(&format!("</{name}>")).map_or("", |(inner, _)| inner)
}

fn header<'a>(page: &'a Page, name: &str) -> &'a str {
    page.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default()
}

fn event(uid: &str, more: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20270101T000000Z\r\n\
         DTSTART;TZID=America/New_York:20270302T180000\r\nDTEND;TZID=America/New_York:20270302T200000\r\n{more}\
         END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn session(node: &Node, title: &str, more: &[&str], audience: &str) -> String {
    let title = format!("title={title}");
    let when = ["start=2027-03-02T18:00", "end=2027-03-02T20:00", "zone=America/New_York", "summary=We meet."];
    let mut words = vec!["record", "create", "session", "--set", &title];
    words.extend(when.iter().chain(more).flat_map(|set| ["--set", set]));
    words.extend(["--audience", audience]);
    node.id(&words)
}

/// A node whose admin has a calendar program.
fn node_with_program(place: &Place) -> (Node, Program) {
    let node = place.with_pages("Riverside");
    node.ask(&["network", "found", "--name", "Valley Network"]);
    let password = Browser::set_up(&node, "ann@example.org", PASSWORD).key("calendar");
    let program = Program::new(&node, "Ann@example.org", &password);
    (node, program)
}

#[test]
fn a_program_finds_its_way_from_the_name_of_the_machine_alone() {
    let place = Place::new();
    let (node, mut program) = node_with_program(&place);
    let mut stranger = Browser::of(&node);
    let first = stranger.ask_by("PROPFIND", "/.well-known/caldav", "", "");
    assert_eq!((first.status, first.location()), (301, Some("/dav/")));
    assert!(header(&stranger.ask_by("OPTIONS", "/dav/", "", ""), "dav").contains("calendar-access"));
    let closed = stranger.ask_by("PROPFIND", "/dav/", "depth: 0\r\n", "");
    assert!(closed.status == 401 && header(&closed, "www-authenticate").starts_with("Basic "), "{closed:?}");
    assert!(closed.says("app password"));

    let found = program.find("/dav/", 0, "<current-user-principal/><resourcetype/>");
    assert_eq!(inner(inner(&found.body, "D:current-user-principal"), "D:href"), "/dav/me/");
    let found = program.find("/dav/me/", 0, "<C:calendar-home-set/>");
    assert_eq!(inner(inner(&found.body, "C:calendar-home-set"), "D:href"), "/dav/calendars/");
    eventually("the network is known by its name", || {
        program.find("/dav/calendars/", 1, "<displayname/>").says("Valley Network")
    });
    let found =
        program.find("/dav/calendars/", 1, "<resourcetype/><displayname/><current-user-privilege-set/><nonsense/>");
    for must in [OURS, NETWORK, "<C:calendar/>", "Riverside", "Valley Network", "<D:write/>", "HTTP/1.1 404 Not Found"]
    {
        assert!(found.says(must), "{must}: {}", found.body);
    }
    // Others' sessions are not hers to change.
    let found = program.find(NETWORK, 0, "<current-user-privilege-set/>");
    assert!(found.says("<D:read/>") && !found.says("write"), "{}", found.body);
}

#[test]
fn nobody_comes_in_with_anything_else() {
    let place = Place::new();
    let (node, _) = node_with_program(&place);
    let mut ann = Browser::signed_in(&node, "ann@example.org", PASSWORD);
    let (app, read) = (ann.key("calendar"), ann.key("read"));
    let status = |name: &str, password: &str| {
        Program::new(&node, name, password).ask("PROPFIND", "/dav/", "depth: 0\r\n", "").status
    };
    assert_eq!((status("ann@example.org", &app), status("ann@example.org", &read)), (207, 207));
    for (name, password) in [("ann@example.org", PASSWORD), ("bob", app.as_str()), ("ann@example.org", ""), ("", "")] {
        assert_eq!(status(name, password), 401, "{name} {password}");
    }
    ann.end_keys();
    assert_eq!(status("ann@example.org", &app), 401);
    // The cookie of a page opens no calendar, and an app password opens no page.
    assert_eq!(ann.ask_by("PROPFIND", "/dav/", "depth: 0\r\n", "").status, 401);
}

#[test]
fn what_a_program_puts_is_a_session_and_what_it_does_not_know_of_stays() {
    let place = Place::new();
    let (node, mut program) = node_with_program(&place);
    let new = event("walk-1", "SUMMARY:Walk; and talk\r\nLOCATION:Old mill\r\nRRULE:FREQ=WEEKLY;COUNT=4\r\n");
    let made = program.put("my%20walk.ics", "if-none-match: *\r\n", &new);
    assert!(made.status == 201 && header(&made, "etag").is_empty(), "{made:?}");
    assert_eq!(program.put("my%20walk.ics", "if-none-match: *\r\n", &new).status, 412);
    let got = program.ask("GET", &format!("{OURS}my%20walk.ics"), "", "");
    for must in
        ["UID:walk-1\r\n", "SUMMARY:Walk\\; and talk\r\n", "RRULE:FREQ=WEEKLY;COUNT=4\r\n", "TZID:America/New_York"]
    {
        assert!(got.says(must), "{must}: {}", got.body);
    }
    assert!(!got.says("METHOD"), "no object of a calendar has one");
    let tag = header(&got, "etag").to_owned();
    // It is kept to this collaborative until somebody shares it.
    let list = node.ask(&["record", "list", "session"]);
    let record = &list["records"][0];
    assert_eq!((record["title"].as_str(), record["audience"].as_str()), (Some("Walk; and talk"), Some("private")));
    let id = record["id"].as_str().unwrap().to_owned();
    // What the program does not know of is set on the page meanwhile.
    node.ask(&["record", "edit", &id, "--set", "seats=12"]);
    let stale = program.put("my%20walk.ics", &format!("if-match: {tag}\r\n"), &new);
    assert_eq!(stale.status, 412, "{stale:?}");
    let tag = header(&program.ask("GET", &format!("{OURS}my%20walk.ics"), "", ""), "etag").to_owned();
    let changed = event(
        "walk-1",
        "SUMMARY:Long walk\r\nRRULE:FREQ=WEEKLY;COUNT=4\r\nBEGIN:VALARM\r\nTRIGGER:-PT15M\r\nACTION:DISPLAY\r\nEND:VALARM\r\n",
    );
    let edited = program.put("my%20walk.ics", &format!("if-match: {tag}\r\n"), &changed);
    assert_eq!(edited.status, 204, "{edited:?}");
    let fields = node.ask(&["record", "show", &id])["fields"].clone();
    assert_eq!((fields["title"].as_str(), fields["seats"].as_u64()), (Some("Long walk"), Some(12)));
    assert!(fields["place"].is_null(), "it was taken out: {fields}");
    // The same event under another name is told apart from a new one.
    let again = program.put("other.ics", "", &new);
    assert!(again.status == 409 && again.says("no-uid-conflict") && again.says("my%20walk.ics"), "{again:?}");
    let other_uid = program.put("my%20walk.ics", "", &event("walk-2", "SUMMARY:Walk\r\n"));
    assert!(other_uid.status == 403 && other_uid.says("no-uid-conflict"), "{other_uid:?}");

    let path = format!("{OURS}my%20walk.ics");
    assert_eq!(program.ask("DELETE", &path, "if-match: \"old\"\r\n", "").status, 412);
    assert_eq!(program.ask("DELETE", &path, "", "").status, 204);
    assert_eq!(program.ask("GET", &path, "", "").status, 404);
    assert_eq!(program.ask("DELETE", &path, "", "").status, 404);
}

/// One date of a series: moved, and called off.
#[test]
fn a_single_date_changed_in_a_program_is_changed_here() {
    let place = Place::new();
    let (node, mut program) = node_with_program(&place);
    let id = session(&node, "Supper", &["recurrence=FREQ=WEEKLY;COUNT=4", "place=Grange"], "network");
    let path = format!("{OURS}{id}.ics");
    let got = program.ask("GET", &path, "", "");
    let uid = got.body.lines().find_map(|line| line.strip_prefix("UID:")).unwrap();
    let date = |status: &str| {
        format!(
            "BEGIN:VEVENT\r\nUID:{uid}\r\nRECURRENCE-ID;TZID=America/New_York:20270309T180000\r\n\
             DTSTART;TZID=America/New_York:20270310T190000\r\nDTEND;TZID=America/New_York:20270310T210000\r\n\
             SUMMARY:Supper\r\nLOCATION:Library\r\n{status}END:VEVENT\r\nEND:VCALENDAR"
        )
    };
    let with_date = got.body.replace("END:VCALENDAR", &date(""));
    let put = program.ask("PUT", &path, "", &with_date);
    assert_eq!(put.status, 204, "{put:?}");
    let overrides = || node.ask(&["record", "show", &id])["fields"]["overrides"].clone();
    let one = overrides()[0].clone();
    assert_eq!((one["start"].as_str(), one["place"].as_str()), (Some("2027-03-10T19:00"), Some("Library")));
    let called_off = got.body.replace("END:VCALENDAR", &date("STATUS:CANCELLED\r\n"));
    assert_eq!(program.ask("PUT", &path, "", &called_off).status, 204);
    assert_eq!(overrides()[0]["status"], "cancelled");
    // A program that reads one week sees that date where it is now, and not where it was.
    let week = r#"start="20270309T000000Z" end="20270316T000000Z""#;
    let body = format!(
        r#"<prop><C:calendar-data><C:expand {week}/></C:calendar-data></prop><C:filter><C:comp-filter name="VCALENDAR">
           <C:comp-filter name="VEVENT"><C:time-range {week}/></C:comp-filter></C:comp-filter></C:filter>"#
    );
    let seen = program.report(OURS, "C:calendar-query", &body);
    assert!(seen.says("DTSTART:20270311T000000Z") && !seen.says("DTSTART:20270309T230000Z"), "{}", seen.body);
    assert!(
        seen.says("RECURRENCE-ID:20270309T230000Z") && !seen.says("RRULE") && !seen.says("VTIMEZONE"),
        "{}",
        seen.body
    );
}

#[test]
fn a_program_is_told_what_changed_and_nothing_else_also_after_a_restart() {
    let place = Place::new();
    let (mut node, mut program) = node_with_program(&place);
    let first = session(&node, "First", &[], "network");
    let second = session(&node, "Second", &[], "network");
    assert_eq!(program.put("third.ics", "", &event("third", "SUMMARY:Third\r\n")).status, 201);
    let mut token = String::new();
    eventually("all three are there", || {
        let (all, next) = program.sync(OURS, "");
        token = next;
        [first.as_str(), &second, "third.ics"].iter().all(|name| all.says(name))
    });
    let (none, same) = program.sync(OURS, &token);
    assert!(!none.says("D:response") && same == token, "{}", none.body);
    node.ask(&["record", "edit", &first, "--set", "title=First of all"]);
    node.ask(&["record", "create", "practice", "--set", "title=Walk", "--set", "summary=We walk."]);
    node.ask(&["record", "delete", &second, "--yes"]);
    assert_eq!(program.ask("DELETE", &format!("{OURS}third.ics"), "", "").status, 204);
    node.stop();
    node.up();
    let password_still = program.sign_in.clone();
    let mut program = Program { browser: Browser::of(&node), sign_in: password_still };
    let (changed, next) = program.sync(OURS, &token);
    assert!(changed.status == 207 && next != token, "{changed:?}");
    for (name, status) in
        [(format!("{first}.ics"), "200"), (format!("{second}.ics"), "404"), ("third.ics".into(), "404")]
    {
        let told = changed.body.split("<D:response>").find(|one| one.contains(&name)).unwrap_or_default();
        assert!(told.contains(&format!("HTTP/1.1 {status}")), "{name}: {}", changed.body);
    }
    assert_eq!(changed.body.matches("<D:response>").count(), 3, "{}", changed.body);
    // A part at a time leads to the same.
    let (mut at, mut seen) = (token.clone(), 0);
    for _ in 0..3 {
        let body = format!(
            "<sync-token>{at}</sync-token><sync-level>1</sync-level><limit><nresults>1</nresults></limit><prop/>"
        );
        let page = program.report(OURS, "sync-collection", &body);
        seen += page.body.matches("<D:response>").count() - page.body.matches("507 Insufficient").count();
        at = inner(&page.body, "D:sync-token").to_owned();
    }
    assert_eq!((seen, at), (3, next.clone()));
    for foreign in ["data:,0", &next.replace("iours", "inetwork"), &format!("{next}9"), "http://a.example/sync/1"] {
        let (unknown, _) = program.sync(OURS, foreign);
        assert!(unknown.status == 403 && unknown.says("valid-sync-token"), "{foreign}: {unknown:?}");
    }
}

#[test]
fn others_sessions_are_read_and_never_written() {
    let place = Place::new();
    let (riverside, mut program) = node_with_program(&place);
    let hillside = place.node("Hillside");
    hillside.join(&riverside);
    let theirs = session(&hillside, "Of Hillside", &["outside_id=claimed-1"], "network");
    session(&hillside, "Kept there", &[], "private");
    let path = format!("{NETWORK}{theirs}.ics");
    eventually("it is here", || program.ask("GET", &path, "", "").status == 200);
    let got = program.ask("GET", &path, "", "");
    // Whatever they say that it is.
    assert!(got.says(&format!("UID:{theirs}\r\n")), "{}", got.body);
    for (method, path) in [("PUT", path.as_str()), ("DELETE", &path), ("PUT", &format!("{NETWORK}new.ics"))] {
        let refused = program.ask(method, path, "", &got.body);
        assert!(refused.status == 403 && refused.says("need-privileges"), "{method}: {refused:?}");
    }
    assert!(!program.find(NETWORK, 1, "<displayname/>").says("Kept there"));
    let whole = program.ask("GET", NETWORK, "", "");
    assert!(whole.status == 200 && whole.says("Of Hillside"), "{whole:?}");
    // Once it is called off there, it is called off here.
    hillside.ask(&["record", "edit", &theirs, "--set", "status=cancelled"]);
    eventually("it is called off here", || program.ask("GET", &path, "", "").says("STATUS:CANCELLED"));
}

#[test]
fn who_may_see_less_is_shown_less() {
    let place = Place::new();
    let (node, mut program) = node_with_program(&place);
    let private = session(&node, "Kept to ourselves", &[], "private");
    let shared = session(&node, "For members", &[], "network");
    let mut ann = Browser::signed_in(&node, "ann@example.org", PASSWORD);
    let password = coordinator(&mut ann, &node, "carl@example.org");
    let mut carl = Program::new(&node, "carl@example.org", &password);
    eventually("she sees both", || program.find(OURS, 1, "<getetag/>").body.matches(".ics<").count() == 2);
    let seen = carl.find(OURS, 1, "<displayname/><current-user-privilege-set/>");
    assert!(seen.says(&shared) && !seen.says("ourselves") && !seen.says("<D:write"), "{}", seen.body);
    assert_eq!(carl.ask("GET", &format!("{OURS}{private}.ics"), "", "").status, 404);
    assert_eq!(carl.ask("PUT", &format!("{OURS}{shared}.ics"), "", "").status, 403);
    let body = format!("<prop><getetag/></prop><href>{OURS}{private}.ics</href><href>{OURS}{shared}.ics</href>");
    let seen = carl.report(OURS, "C:calendar-multiget", &body);
    assert!(
        seen.body.matches("404 Not Found").count() == 1 && seen.body.matches("200 OK").count() == 1,
        "{}",
        seen.body
    );
}

/// Lets somebody in who coordinates the network; the app password of their program.
fn coordinator(admin: &mut Browser, node: &Node, name: &str) -> String {
    let page = admin.send("/settings/people", &[("role", "coordinator"), ("days", "7")]);
    let link = page.body.split("/welcome/").nth(1).unwrap().split('"').next().unwrap();
    let mut newcomer = Browser::of(node);
    let page = newcomer.send(&format!("/welcome/{link}"), &[("name", name), ("password", PASSWORD)]);
    assert_eq!(page.status, 303, "{page:?}");
    newcomer.key("calendar")
}

#[test]
fn a_filter_finds_by_words_and_by_what_is_not_there() {
    let place = Place::new();
    let (node, mut program) = node_with_program(&place);
    session(&node, "Walk", &["topics=[\"housing\"]"], "network");
    session(&node, "Supper", &["place=Grange Hall"], "network");
    let mut found = |inside: &str| {
        let body = format!(
            r#"<prop><displayname/></prop><C:filter><C:comp-filter name="VCALENDAR">{inside}</C:comp-filter></C:filter>"#
        );
        let page = program.report(OURS, "C:calendar-query", &body);
        assert_eq!(page.status, 207, "{page:?}");
        let names = page.body.split("<D:displayname>").skip(1).filter_map(|rest| rest.split('<').next());
        let mut names: Vec<String> = names.map(String::from).collect();
        names.sort();
        names
    };
    eventually("both are there", || found("").len() == 2);
    let property = |name: &str, inside: &str| {
        format!(r#"<C:comp-filter name="VEVENT"><C:prop-filter name="{name}">{inside}</C:prop-filter></C:comp-filter>"#)
    };
    let both = ["Supper", "Walk"];
    assert_eq!(found(&property("SUMMARY", "<C:text-match>sup</C:text-match>")), ["Supper"]);
    assert_eq!(found(&property("SUMMARY", r#"<C:text-match collation="i;octet">sup</C:text-match>"#)), [""; 0]);
    assert_eq!(found(&property("SUMMARY", r#"<C:text-match negate-condition="yes">sup</C:text-match>"#)), ["Walk"]);
    assert_eq!(found(&property("LOCATION", "<C:is-not-defined/>")), ["Walk"]);
    assert_eq!(found(&property("CATEGORIES", "<C:text-match>housing</C:text-match>")), ["Walk"]);
    let with_zone =
        |zone: &str| format!(r#"<C:param-filter name="TZID"><C:text-match>{zone}</C:text-match></C:param-filter>"#);
    assert_eq!(found(&property("DTSTART", &with_zone("New_York"))), both);
    assert_eq!(found(&property("DTSTART", &with_zone("Denver"))), [""; 0]);
    assert_eq!(found(r#"<C:comp-filter name="VTODO"/>"#), [""; 0]);
    assert_eq!(found(r#"<C:comp-filter name="VTODO"><C:is-not-defined/></C:comp-filter>"#), both);
    let alarm = r#"<C:comp-filter name="VEVENT"><C:comp-filter name="VALARM"><C:is-not-defined/></C:comp-filter></C:comp-filter>"#;
    assert_eq!(found(alarm), both);
    let within = |span: &str| format!(r#"<C:comp-filter name="VEVENT"><C:time-range {span}/></C:comp-filter>"#);
    assert_eq!(found(&within(r#"start="20270302T230000Z" end="20270303T000000Z""#)), both);
    assert_eq!(found(&within(r#"start="20270303T010000Z""#)), [""; 0]);
    let busy = r#"<C:time-range start="20270301T000000Z" end="20270401T000000Z"/>"#;
    let busy = program.report(OURS, "C:free-busy-query", busy);
    assert!(busy.says("FREEBUSY;FBTYPE=BUSY:20270302T230000Z/20270303T010000Z\r\n"), "{busy:?}");
}

/// What a broken or hostile program sends: each gets a status and words, and the calendar goes on.
#[test]
fn whatever_a_program_sends_harms_nothing() {
    let place = Place::new();
    let (node, mut program) = node_with_program(&place);
    let id = session(&node, "Supper", &[], "network");
    let path = format!("{OURS}{id}.ics");
    eventually("it is there", || program.ask("GET", &path, "", "").status == 200);
    let long = "X-A:".to_owned() + &"a".repeat(2_000_000);
    let lines = "X-B:b\r\n".repeat(100_000);
    let start = "DTSTART;TZID=America/New_York:20270302T180000\r\n";
    let cases: Vec<(String, u16)> = vec![
        (String::new(), 403),
        ("nonsense".into(), 403),
        (event("a", "SUMMARY:A\r\n").replace("VEVENT", "VTODO"), 403),
        (event("a", "SUMMARY:A\r\nRRULE:FREQ=SECONDLY\r\n"), 403),
        (event("a", "SUMMARY:A\r\nRRULE:FREQ=DAILY;COUNT=1000000\r\n"), 403),
        (event("b", "SUMMARY:A\r\n").replace("America/New_York", "Mars/Base"), 403),
        (event("c", "SUMMARY:A\r\n").replace(start, ""), 403),
        (event("d", "SUMMARY:A\r\n").replace("20270302T200000", "20270302T100000"), 403),
        (event("e", "SUMMARY:A\r\n").replace("UID:e\r\n", ""), 403),
        (event("f", ""), 403),
        (event("g", &format!("SUMMARY:{}\r\n", "a".repeat(100_000))), 403),
        (event("h", &long), 413),
        (event("i", &lines), 403),
        (event("j", "SUMMARY:A\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:k\r\nDTSTART:20270101T000000Z\r\n"), 403),
        (event("l", "SUMMARY:A\r\n").replace("\r\nEND", "\r\nEN"), 403),
    ];
    for (number, (body, status)) in cases.iter().enumerate() {
        let page = program.put(&format!("case{number}.ics"), "", body);
        assert_eq!(
            page.status,
            *status,
            "{number}: {} {}",
            &body[..body.len().min(300)],
            &page.body[..page.body.len().min(600)]
        );
        assert!(page.status == 201 || page.body.len() > 20, "it says why: {page:?}");
    }
    let bomb =
        r#"<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><propfind xmlns="DAV:"><prop>&b;</prop></propfind>"#;
    let deep = format!("<propfind xmlns=\"DAV:\">{}", "<a>".repeat(200_000));
    for (method, depth, body, status) in [
        ("PROPFIND", "1", bomb, 400),
        ("PROPFIND", "1", &deep, 400),
        ("PROPFIND", "1", "<propfind", 400),
        ("PROPFIND", "infinity", "", 403),
        ("PROPFIND", "-1", "", 400),
        ("REPORT", "1", "", 400),
        ("REPORT", "1", "<x xmlns='DAV:'/>", 403),
        (
            "PROPPATCH",
            "0",
            "<propertyupdate xmlns='DAV:'><set><prop><displayname>A</displayname></prop></set></propertyupdate>",
            207,
        ),
        ("MKCALENDAR", "0", "", 403),
        ("LOCK", "0", "", 405),
        ("POST", "0", "", 405),
    ] {
        let page = program.ask(method, OURS, &format!("depth: {depth}\r\n"), body);
        assert_eq!(page.status, status, "{method} {depth}: {page:?}");
    }
    let years = r#"start="00010101T000000Z" end="99981231T000000Z""#;
    let body = format!(
        r#"<prop><C:calendar-data><C:expand {years}/></C:calendar-data></prop><C:filter><C:comp-filter name="VCALENDAR">
           <C:comp-filter name="VEVENT"><C:time-range {years}/></C:comp-filter></C:comp-filter></C:filter>"#
    );
    let all = program.report(OURS, "C:calendar-query", &body);
    assert!(all.status == 207 && all.body.len() < 2_000_000, "{} {}", all.status, all.body.len());
    assert_eq!(program.ask("GET", &path, "", "").status, 200);
    assert!(!node.log().contains("panicked"), "{}", node.log());
}
