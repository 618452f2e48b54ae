//! What the calendar costs, beside Radicale with the same sessions in the same run: all of it for the first time after a start,
//! again with nothing changed, and one month of it by a calendar-query.
//!
//! `COMMONWEAL_CLIENTS="$(tests/clients/fetch)" cargo run --release --package commonweal-tests --bin calendar [SESSIONS]`

#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement that is in doubt stops")]

use std::{
    env, fs,
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use harness::{
    browser::{Browser, Page},
    real::{Node, Place},
};

/// How often each is measured; the middle counts.
const TURNS: usize = 7;
const MONTH: &str = r#"start="20270301T000000Z" end="20270401T000000Z""#;

fn main() {
    let sessions: usize = env::args().nth(1).map_or(5_000, |text| text.parse().expect("the number of sessions"));
    let Ok(clients) = env::var("COMMONWEAL_CLIENTS") else {
        return println!("set COMMONWEAL_CLIENTS to what `tests/clients/fetch` prints: Radicale is among them");
    };
    let cores = thread::available_parallelism().unwrap();
    println!("calendar: {sessions} sessions, {cores} cores, {}", env::consts::ARCH);
    let place = Place::quiet();
    let mut node = place.with_pages("Riverside");
    node.ask(&["network", "found", "--name", "Valley Network"]);
    let password = Browser::set_up(&node, "ann@example.org", "plum tarts at dusk").key("calendar");
    fill(&node, place.path(), sessions);
    let head = sign_in("ann@example.org", &password);
    let ours = "/dav/calendars/ours/";
    let objects = all(&node, &head, ours, sessions);
    let mut radicale = Radicale::new(&clients, place.path(), &objects);
    let theirs = "/ann/sessions/";

    let (mut cold, mut same, mut month) =
        (Pair::new("all of it, first after a start"), Pair::new("again, nothing changed"), Pair::new("one month"));
    for _ in 0..TURNS {
        node.stop();
        node.up();
        radicale.start();
        // The public feed is what people subscribe to; Radicale's is the collection.
        let first = cold.ours(|| whole(&mut Browser::of(&node), "/calendar.ics", "", sessions));
        let their_first = cold.theirs(|| whole(&mut Browser::at(&radicale.at), theirs, "", sessions));
        let again = |page: &Page| format!("if-none-match: {}\r\n", header(page, "etag"));
        let unchanged = same.ours(|| Browser::of(&node).open_with("/calendar.ics", &again(&first)));
        assert_eq!(unchanged.status, 304);
        let unchanged = same.theirs(|| Browser::at(&radicale.at).open_with(theirs, &again(&their_first)));
        println!("  Radicale answers {} where nothing changed", unchanged.status);
        let (one, other) = (
            month.ours(|| query(&mut Browser::of(&node), ours, &head)),
            month.theirs(|| query(&mut Browser::at(&radicale.at), theirs, "")),
        );
        assert_eq!(found(&one), found(&other), "both find the same");
    }
    for pair in [cold, same, month] {
        pair.tell();
    }
}

/// Two who do the same.
struct Pair {
    what: &'static str,
    ours: Vec<Duration>,
    theirs: Vec<Duration>,
}

impl Pair {
    fn new(what: &'static str) -> Pair {
        Pair { what, ours: vec![], theirs: vec![] }
    }

    fn ours<T>(&mut self, deed: impl FnOnce() -> T) -> T {
        timed(&mut self.ours, deed)
    }

    fn theirs<T>(&mut self, deed: impl FnOnce() -> T) -> T {
        timed(&mut self.theirs, deed)
    }

    fn tell(mut self) {
        let [ours, theirs] = [&mut self.ours, &mut self.theirs].map(|times| {
            times.sort();
            times[times.len() / 2].as_secs_f64() * 1_000.0
        });
        println!("{:32} {ours:8.1} ms, Radicale {theirs:8.1} ms: {:.0} times", self.what, theirs / ours);
    }
}

fn timed<T>(times: &mut Vec<Duration>, deed: impl FnOnce() -> T) -> T {
    let begin = Instant::now();
    let done = deed();
    times.push(begin.elapsed());
    done
}

/// Sessions of a year: most of them once, every tenth for a season of weeks.
fn fill(node: &Node, folder: &Path, sessions: usize) {
    let mut lines = String::from("title,summary,description,start,end,zone,recurrence,place\n");
    for n in 0..sessions {
        let (month, day, hour) = (n % 12 + 1, n / 12 % 28 + 1, 8 + n % 10);
        let rule = if n % 10 == 0 { "FREQ=WEEKLY;COUNT=12" } else { "" };
        lines.push_str(&format!(
            "Training number {n},We meet and learn.,{},2027-{month:02}-{day:02}T{hour:02}:00,\
             2027-{month:02}-{day:02}T{:02}:30,America/New_York,{rule},Grange Hall {}\n",
            "What people need to know before they come. ".repeat(8),
            hour + 1,
            n % 50
        ));
    }
    let file = folder.join("sessions.csv");
    fs::write(&file, lines).unwrap();
    node.ask(&["import", "csv", "session", file.to_str().unwrap(), "--audience", "public"]);
}

fn sign_in(name: &str, password: &str) -> String {
    format!("authorization: Basic {}\r\n", data_encoding::BASE64.encode(format!("{name}:{password}").as_bytes()))
}

/// The text of each object, once all are there.
fn all(node: &Node, head: &str, path: &str, count: usize) -> Vec<String> {
    let body = r#"<C:calendar-query xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><C:calendar-data/></prop>
        <C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>"#;
    loop {
        let page = Browser::of(node).ask_by("REPORT", path, &format!("{head}depth: 1\r\n"), body);
        let objects: Vec<String> = page
            .body
            .split("<C:calendar-data>")
            .skip(1)
            .map(|rest| rest.split("</C:calendar-data>").next().unwrap().replace("&#13;", "\r").replace("&amp;", "&"))
            .collect();
        if objects.len() == count {
            return objects;
        }
        thread::sleep(Duration::from_millis(200));
    }
}

fn whole(browser: &mut Browser, path: &str, head: &str, count: usize) -> Page {
    loop {
        let page = browser.open_with(path, head);
        // A node that has just been started may still be reading what it holds.
        if page.body.matches("BEGIN:VEVENT").count() == count {
            return page;
        }
    }
}

fn query(browser: &mut Browser, path: &str, head: &str) -> Page {
    let body = format!(
        r#"<C:calendar-query xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><getetag/><C:calendar-data/></prop>
        <C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range {MONTH}/></C:comp-filter>
        </C:comp-filter></C:filter></C:calendar-query>"#
    );
    let page = browser.ask_by("REPORT", path, &format!("{head}depth: 1\r\n"), &body);
    assert_eq!(page.status, 207, "{}", page.body);
    page
}

fn found(page: &Page) -> usize {
    page.body.matches("BEGIN:VEVENT").count()
}

fn header<'a>(page: &'a Page, name: &str) -> &'a str {
    page.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default()
}

/// Radicale with one calendar.
struct Radicale {
    command: Command,
    at: String,
    child: Option<Child>,
}

impl Radicale {
    fn new(clients: &str, folder: &Path, objects: &[String]) -> Radicale {
        let at = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let store = folder.join("radicale");
        let calendar = store.join("collection-root/ann/sessions");
        fs::create_dir_all(&calendar).unwrap();
        fs::write(calendar.join(".Radicale.props"), r#"{"tag": "VCALENDAR"}"#).unwrap();
        for (n, object) in objects.iter().enumerate() {
            fs::write(calendar.join(format!("{n}.ics")), object).unwrap();
        }
        let settings = folder.join("radicale.conf");
        let store = store.display();
        fs::write(
            &settings,
            format!(
                "[server]\nhosts = {at}\n[auth]\ntype = none\n[rights]\ntype = authenticated\n\
                 [storage]\nfilesystem_folder = {store}\n[logging]\nlevel = error\n[web]\ntype = none\n"
            ),
        )
        .unwrap();
        let mut command = Command::new("python3");
        command.env("PYTHONPATH", clients).args(["-m", "radicale", "--config"]).arg(settings).stderr(Stdio::null());
        Radicale { command, at, child: None }
    }

    fn start(&mut self) {
        self.stop();
        self.child = Some(self.command.spawn().unwrap());
        while TcpStream::connect(&self.at).is_err() {
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Radicale {
    fn drop(&mut self) {
        self.stop();
    }
}
