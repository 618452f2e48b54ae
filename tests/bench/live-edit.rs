//! How long a live edit takes from one node to another, beside what the disk and the loopback alone take in the same
//! run; and how much memory an idle node with a village's records needs.
//!
//! `cargo run --release --package commonweal-tests --bin live-edit [EDITS]`

#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement that is in doubt stops")]

use std::{
    env,
    fs::{self, File},
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use harness::{
    real::{Node, Place},
    socket::Socket,
};
use serde_json::json;

/// Bytes of one edit on its way: a signed head and a small change.
const EDIT_BYTES: usize = 700;
/// Between two edits, so that each finds both nodes at rest.
const PAUSE: Duration = Duration::from_millis(10);
/// Records the nodes have: a few dozen of three kinds.
const RECORDS: usize = 60;

fn main() {
    let edits: usize = env::args().nth(1).map_or(500, |text| text.parse().expect("the number of edits"));
    let cores = thread::available_parallelism().unwrap();
    println!("live-edit: {edits} edits, {RECORDS} records, {cores} cores, {}", env::consts::ARCH);
    let place = Place::quiet();
    let nodes = place.network(&["Riverside", "Hillside"]);
    fill(&nodes[0]);
    nodes[1].comes_to_agree();
    let doc = nodes[0].practice("Edit 0", "network");
    while nodes[1].field(&doc, "title").is_none() {
        thread::sleep(PAUSE);
    }
    let mut measured = measure(&place, &nodes, &doc, edits);
    let floor = report("floor: two fdatasyncs and a loopback echo", &mut measured.floor);
    let whole = report("saved on one until visible on the other", &mut measured.whole);
    let rest = report("acknowledged on one until visible on the other", &mut measured.rest);
    println!(
        "ratio to the floor, p50: saved until visible {:.1}, acknowledged until visible {:.1}",
        whole / floor,
        rest / floor
    );
    thread::sleep(Duration::from_secs(3));
    for node in &nodes {
        println!("idle memory of {}: {:.1} MiB", node.name, resident_mib(node));
    }
}

/// A village's records, about 1 KB each.
fn fill(node: &Node) {
    let mut socket = node.socket();
    for n in 0..RECORDS {
        let text = "Neighbors come together on Thursdays, cook, eat and talk. ".repeat(12);
        let (kind, field) = [("practice", "problem"), ("training", "description"), ("announcement", "body")][n % 3];
        socket.create(
            kind,
            &json!({ "title": format!("Record {n}"), "summary": "What we do.", field: text }),
            "network",
        );
    }
}

#[derive(Default)]
struct Measured {
    floor: Vec<Duration>,
    whole: Vec<Duration>,
    rest: Vec<Duration>,
}

fn measure(place: &Place, nodes: &[Node], doc: &str, edits: usize) -> Measured {
    let (mut measured, mut writer) = (Measured::default(), nodes[0].socket());
    let seen = watch(&nodes[1], doc);
    let mut floor = Floor::new(place.path());
    for n in 1..=edits {
        let title = format!("Edit {n}");
        let begin = Instant::now();
        let (status, answer) = writer.ask("PATCH", &format!("/records/{doc}"), &json!({ "set": [["title", title]] }));
        let saved = Instant::now();
        assert_eq!(status, 200, "{answer}");
        let visible = loop {
            let (shown, at) = seen.recv_timeout(Duration::from_secs(30)).expect("the edit arrives");
            if shown == title {
                break at;
            }
        };
        measured.whole.push(visible - begin);
        // The other may show it before the answer is read here.
        measured.rest.push(visible.saturating_duration_since(saved));
        thread::sleep(PAUSE);
        measured.floor.push(floor.once());
        thread::sleep(PAUSE);
    }
    measured
}

/// Titles of a record as a node comes to show them, each with the moment it was read.
fn watch(node: &Node, doc: &str) -> mpsc::Receiver<(String, Instant)> {
    let (mut changes, mut reader): (_, Socket) = (node.socket().changes(), node.socket());
    let (tell, told) = mpsc::channel();
    let doc = doc.to_owned();
    thread::spawn(move || {
        while let Some(changed) = changes.next_id() {
            if changed == doc {
                let record = reader.get(&format!("/records/{doc}"));
                let title = record["title"].as_str().unwrap().to_owned();
                if tell.send((title, Instant::now())).is_err() {
                    return;
                }
            }
        }
    });
    told
}

/// What no node can do without: a durable write on either side, and a round trip between them.
struct Floor {
    file: File,
    echo: TcpStream,
}

impl Floor {
    fn new(folder: &Path) -> Floor {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let echo = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut other = listener.accept().unwrap().0;
        for side in [&echo, &other] {
            side.set_nodelay(true).unwrap();
        }
        thread::spawn(move || {
            let mut bytes = [0; EDIT_BYTES];
            while other.read_exact(&mut bytes).is_ok() && other.write_all(&bytes).is_ok() {}
        });
        Floor { file: File::create(folder.join("floor")).unwrap(), echo }
    }

    fn once(&mut self) -> Duration {
        let (begin, mut bytes) = (Instant::now(), [7; EDIT_BYTES]);
        for _ in 0..2 {
            self.file.write_all(&bytes).unwrap();
            self.file.sync_data().unwrap();
        }
        self.echo.write_all(&bytes).unwrap();
        self.echo.read_exact(&mut bytes).unwrap();
        begin.elapsed()
    }
}

/// Prints a line; the median in milliseconds.
fn report(what: &str, times: &mut [Duration]) -> f64 {
    times.sort();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize].as_secs_f64() * 1_000.0;
    println!("{what}: p50 {:.2} ms, p99 {:.2} ms, most {:.2} ms", at(0.5), at(0.99), at(1.0));
    at(0.5)
}

fn resident_mib(node: &Node) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", node.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1_024.0
}
