//! Calendar programs that people use, and libraries that other programs are made of, with a real node.
//!
//! They are Python programs, so that they run only where `COMMONWEAL_CLIENTS` says where they are: the folder that
//! `tests/clients/fetch` prints. CI fetches them and requires them.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use harness::{
    browser::Browser,
    real::{Node, Place, eventually},
    tiers::skip,
};

const PASSWORD: &str = "plum tarts at dusk";

/// Where the programs are. On a machine without them it says so.
fn clients() -> Option<String> {
    let folder = std::env::var("COMMONWEAL_CLIENTS").ok().filter(|folder| !folder.is_empty());
    if folder.is_none() {
        skip("COMMONWEAL_CLIENTS does not say where the calendar programs are that `tests/clients/fetch` fetches");
    }
    folder
}

fn python(folder: &str) -> Command {
    let mut python = Command::new("python3");
    python.env("PYTHONPATH", folder).env("LC_ALL", "C.UTF-8").env("TZ", "America/New_York");
    python
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", said(&output));
    said(&output)
}

/// Runs one of the deeds of `client.py` on a calendar.
fn client(folder: &str, words: &[&str], calendar: &str) -> String {
    let mut command = python(folder);
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/clients/client.py")).args(words);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(calendar.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", said(&output));
    said(&output)
}

fn session(node: &Node, title: &str, more: &[&str]) -> String {
    let title = format!("title={title}");
    let when = ["start=2027-03-02T18:00", "end=2027-03-02T20:00", "zone=America/New_York", "summary=We meet."];
    let mut words = vec!["record", "create", "session", "--set", &title];
    words.extend(when.iter().chain(more).flat_map(|set| ["--set", set]));
    words.extend(["--audience", "public"]);
    node.id(&words)
}

/// A node with pages, and the app password of its admin.
fn riverside(place: &Place) -> (Node, String) {
    let node = place.with_pages("Riverside");
    node.ask(&["network", "found", "--name", "Valley Network"]);
    let password = Browser::set_up(&node, "ann@example.org", PASSWORD).key("calendar");
    (node, password)
}

fn at(node: &Node) -> String {
    format!("http://{}", node.pages.as_ref().unwrap().at)
}

#[test]
fn a_program_made_with_the_usual_library_does_all_it_can_do() {
    let Some(folder) = clients() else { return };
    let place = Place::new();
    let (node, password) = riverside(&place);
    client(&folder, &["program", &format!("{}/dav/", at(&node)), "ann@example.org", &password], "");
}

/// vdirsyncer brings both calendars onto a laptop, where khal shows and changes them, and takes the changes back.
#[test]
fn a_laptop_and_a_node_have_the_same_whoever_changed_it() {
    let Some(folder) = clients() else { return };
    let place = Place::new();
    let (node, password) = riverside(&place);
    let hillside = place.node("Hillside");
    hillside.join(&node);
    let ours = session(&node, "Supper", &["recurrence=FREQ=WEEKLY;COUNT=3"]);
    let theirs = session(&hillside, "Of Hillside", &["place=Grange"]);
    eventually("it is here", || node.titles().contains(&"Of Hillside".to_owned()));
    let laptop = tempfile::tempdir().unwrap();
    let khal = |words: &[&str]| {
        run(python(&folder)
            .args(["-c", "from khal.cli import main_khal; main_khal()", "-c"])
            .arg(laptop.path().join("khal"))
            .args(words))
    };
    write_settings(laptop.path(), &at(&node), &password);
    let vdirsyncer = |words: &[&str]| {
        run(python(&folder)
            .args(["-c", "from vdirsyncer.cli import app; app()", "-c"])
            .arg(laptop.path().join("vdirsyncer"))
            .args(words))
    };
    vdirsyncer(&["discover"]);
    vdirsyncer(&["sync"]);
    let list = || {
        khal(&[
            "list",
            "--format",
            "{start-date-long} {start-time} {title} {location} {status}",
            "2027-03-01",
            "2027-03-31",
        ])
    };
    let shown = list();
    for must in ["2027-03-02 18:00 Supper", "2027-03-09 18:00 Supper", "2027-03-16 18:00 Supper", "Of Hillside Grange"]
    {
        assert!(shown.contains(must), "{must}: {shown}");
    }
    // Somebody types a new one on the laptop.
    khal(&[
        "new",
        "-a",
        "ours",
        "2027-03-20 10:00",
        "11:00",
        "America/New_York",
        "Typed on a laptop",
        "::",
        "With a note.",
    ]);
    vdirsyncer(&["sync"]);
    eventually("it is at the node", || node.titles().contains(&"Typed on a laptop".to_owned()));
    // And what is changed and called off at the nodes comes to the laptop.
    node.ask(&["record", "edit", &ours, "--set", "title=Late supper", "--set", "not_on=[\"2027-03-09T18:00\"]"]);
    hillside.ask(&["record", "edit", &theirs, "--set", "status=cancelled"]);
    eventually("it is on the laptop", || {
        vdirsyncer(&["sync"]);
        let shown = list();
        shown.contains("2027-03-02 18:00 Late supper")
            && !shown.contains("2027-03-09")
            && shown.contains("Grange CANCELLED")
    });
    // Once more, nothing is to be done, and nothing is there twice.
    assert_eq!(list().matches("Typed on a laptop").count(), 1);
    assert_eq!(node.records(), 3, "{:?}", node.titles());
}

fn write_settings(laptop: &Path, at: &str, password: &str) {
    let folder = laptop.display();
    let vdirsyncer = format!(
        "[general]\nstatus_path = \"{folder}/status/\"\n\
         [pair calendar]\na = \"here\"\nb = \"there\"\ncollections = [\"ours\", \"network\"]\nconflict_resolution = \"b wins\"\n\
         [storage here]\ntype = \"filesystem\"\npath = \"{folder}/calendars/\"\nfileext = \".ics\"\n\
         [storage there]\ntype = \"caldav\"\nurl = \"{at}/\"\nusername = \"ann@example.org\"\npassword = \"{password}\"\n"
    );
    let khal = format!(
        "[calendars]\n[[ours]]\npath = {folder}/calendars/ours/\n[[network]]\npath = {folder}/calendars/network/\nreadonly = True\n\
         [locale]\nlocal_timezone = America/New_York\ndefault_timezone = America/New_York\ntimeformat = %H:%M\n\
         dateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\ndatetimeformat = %Y-%m-%d %H:%M\n\
         longdatetimeformat = %Y-%m-%d %H:%M\n\
         [sqlite]\npath = {folder}/khal.db\n[default]\ndefault_calendar = ours\n"
    );
    for name in ["calendars/ours", "calendars/network"] {
        fs::create_dir_all(laptop.join(name)).unwrap();
    }
    fs::write(laptop.join("vdirsyncer"), vdirsyncer).unwrap();
    fs::write(laptop.join("khal"), khal).unwrap();
}

/// Rules that people make, and those that trip programs over. Where one counts, the first start fits it: of others programs count
/// differently (RFC 5545, 3.8.5.3, leaves it open).
const RULES: [&str; 28] = [
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=3;COUNT=40",
    "FREQ=DAILY;BYDAY=MO,WE,FR;UNTIL=20280101T000000Z",
    "FREQ=DAILY;BYMONTH=3,11",
    "FREQ=WEEKLY",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH",
    "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,MO",
    "FREQ=WEEKLY;INTERVAL=2;WKST=MO;BYDAY=SU,MO",
    "FREQ=WEEKLY;COUNT=7;BYDAY=TU,SA",
    "FREQ=WEEKLY;UNTIL=20270615T220000Z",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;BYMONTHDAY=31",
    "FREQ=MONTHLY;BYMONTHDAY=-1",
    "FREQ=MONTHLY;BYDAY=1TU",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=MONTHLY;BYDAY=1TU;COUNT=9",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
    "FREQ=MONTHLY;INTERVAL=3;BYDAY=3WE",
    "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=1,15",
    "FREQ=YEARLY",
    "FREQ=YEARLY;BYMONTH=3;BYDAY=2SU",
    "FREQ=YEARLY;BYMONTH=11;BYDAY=1SU",
    "FREQ=YEARLY;BYYEARDAY=1,100,-1",
    "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
    "FREQ=YEARLY;BYDAY=20MO",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=YEARLY;INTERVAL=2;BYMONTH=1;BYDAY=SU;BYSETPOS=1,-1",
];
/// Zones whose clocks change on different days, on none, and by half an hour.
const ZONES: [&str; 5] = ["America/New_York", "America/Denver", "America/Phoenix", "Australia/Lord_Howe", "UTC"];

/// All that a node knows of when a series is held is what another program makes of its calendar, over two years in which clocks
/// change: single dates left out, added, moved and called off among them.
#[test]
fn another_program_reads_the_same_times_out_of_each_series() {
    let Some(folder) = clients() else { return };
    let place = Place::new();
    let (node, password) = riverside(&place);
    let mut lines = String::from("title,summary,start,end,zone,recurrence\n");
    for (number, (rule, zone)) in RULES.iter().flat_map(|rule| ZONES.map(|zone| (rule, zone))).enumerate() {
        // At half past one clocks are set back, and at half past two they are set forward.
        let (hour, to) = [("01:30", "02:15"), ("18:00", "20:00"), ("02:30", "03:30")][number % 3];
        lines.push_str(&format!("S{number},We meet.,2027-03-02T{hour},2027-03-02T{to},{zone},\"{rule}\"\n"));
    }
    let file = place.path().join("series.csv");
    fs::write(&file, lines).unwrap();
    node.ask(&["import", "csv", "session", file.to_str().unwrap(), "--audience", "public"]);
    let special = [
        "recurrence=FREQ=WEEKLY;COUNT=10",
        "not_on=[\"2027-03-16T18:00\"]",
        "also_on=[\"2027-03-18T09:00\"]",
        "overrides=[{\"instead_of\":\"2027-03-09T18:00\",\"start\":\"2027-04-01T10:00\"},\
         {\"instead_of\":\"2027-03-23T18:00\",\"status\":\"cancelled\"}]",
    ];
    session(&node, "Special", &special);
    let count = RULES.len() * ZONES.len() + 1;
    let mut reader = Browser::of(&node);
    eventually("all are in the calendar, under the network's name", || {
        let whole = reader.open("/calendar.ics");
        whole.body.matches("BEGIN:VEVENT").count() == count + 2 && whole.says("NAME:Valley Network")
    });
    let whole = reader.open("/calendar.ics").body;
    let told: serde_json::Value = serde_json::from_str(&client(&folder, &["read"], &whole)).unwrap();
    assert_eq!((told["name"].as_str(), told["events"].as_array().unwrap().len()), (Some("Valley Network"), count + 2));

    let (from, to) = ("20270301T000000Z", "20290201T000000Z");
    let theirs = client(&folder, &["expand", from, to], &whole);
    let span = format!(r#"start="{from}" end="{to}""#);
    let body = format!(
        r#"<C:calendar-query xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><C:calendar-data><C:expand {span}/>
           </C:calendar-data></prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
           <C:time-range {span}/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"#
    );
    let pair = data_encoding::BASE64.encode(format!("ann@example.org:{password}").as_bytes());
    let head = format!("authorization: Basic {pair}\r\ndepth: 1\r\n");
    let page = reader.ask_by("REPORT", "/dav/calendars/ours/", &head, &body);
    assert_eq!(page.status, 207, "{page:?}");
    let ours = times(&page.body);
    let theirs: Vec<&str> = theirs.lines().collect();
    let missing: Vec<_> = theirs.iter().filter(|line| !ours.iter().any(|own| own == **line)).collect();
    let more: Vec<_> = ours.iter().filter(|line| !theirs.contains(&line.as_str())).collect();
    assert!(missing.is_empty() && more.is_empty(), "{} times: missing {missing:#?}, more {more:#?}", theirs.len());
    assert!(ours.len() > 2_000, "{}", ours.len());
}

/// The UID, the start and the end of each event in expanded answers.
fn times(xml: &str) -> Vec<String> {
    let events = xml.split("BEGIN:VEVENT").skip(1);
    let of = |event: &str, name: &str| {
        let line = event.lines().find_map(|line| line.trim_end_matches("&#13;").strip_prefix(name));
        line.unwrap_or_default().to_owned()
    };
    let mut times: Vec<String> =
        events.map(|event| ["UID:", "DTSTART:", "DTEND:"].map(|name| of(event, name)).join(" ")).collect();
    times.sort();
    times
}
