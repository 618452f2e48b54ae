//! What syncing costs: a first copy, meeting again with nothing changed, and ten edits, with a place to go on from and
//! without one; then starting, memory and disk. Two real nodes on two machines (network namespaces), bytes counted on the
//! wire between them, headers and all.
//!
//! `cargo run --release --package commonweal-tests --bin sync [RECORDS...]`, as root.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement that is in doubt stops")]

use std::{
    env, fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use harness::{
    real::{Node, Place},
    socket::Socket,
    wire::Wire,
};
use serde_json::{Value, json};

/// Records of one import.
const AT_ONCE: usize = 64;
/// How often we look whether all is there.
const LOOK: Duration = Duration::from_millis(20);
/// What one record is about, so that each has about 1 KB: words that compress as prose does.
const WORDS: [&str; 24] = [
    "neighbors",
    "families",
    "Thursday",
    "kitchen",
    "children",
    "library",
    "reading",
    "together",
    "meal",
    "talk",
    "listen",
    "volunteers",
    "school",
    "weekly",
    "parents",
    "garden",
    "river",
    "visit",
    "training",
    "lesson",
    "support",
    "welcome",
    "evening",
    "community",
];
/// Clock ticks of a second (`sysconf(_SC_CLK_TCK)`), which is 100 on every Linux we build for.
const TICKS: f64 = 100.0;

fn main() {
    let sizes: Vec<usize> = env::args().skip(1).map(|text| text.parse().expect("a number of records")).collect();
    let sizes = if sizes.is_empty() { vec![1_000, 10_000] } else { sizes };
    let cores = thread::available_parallelism().unwrap();
    println!("sync: two nodes, two network namespaces, {cores} cores, {}", env::consts::ARCH);
    for records in sizes {
        let Some(wire) = Wire::lay() else { return println!("needs root and the command `ip`") };
        measure(records, &wire);
    }
}

fn measure(records: usize, wire: &Wire) {
    let place = Place::quiet();
    let [one, two] = wire.hosts();
    let mut giver = place.on(one, "Riverside");
    giver.ask(&["network", "found", "--name", "Valley Network"]);
    let begin = Instant::now();
    let ids = fill(&giver, records);
    println!("{records} records of 1 KB written on one node in {:.1} s", begin.elapsed().as_secs_f64());
    until_found(&giver, records);
    let mut taker = place.on(two, "Hillside");
    let ticket = giver.ticket(&[]);

    let run = Run::begin(wire, [&giver, &taker]);
    taker.ask(&["network", "join", &ticket]);
    until(&mut taker.socket(), |status| status["records"].as_u64().unwrap() >= records as u64);
    run.end("a first copy, joining included", Some(records));
    let begin = Instant::now();
    until_found(&taker, records);
    println!("  searchable {:.2} s later", begin.elapsed().as_secs_f64());
    taker.comes_to_agree();
    giver.comes_to_agree();

    again("nothing changed", wire, &giver, &mut taker, |_| {});
    again("10 edits", wire, &giver, &mut taker, |_| edit(&giver, &ids, "ten"));
    again("10 edits, no place to go on from", wire, &giver, &mut taker, |taker| {
        // What can be derived is made anew from the journal; how far it had come with others is not.
        fs::remove_dir_all(taker.home().join("sled")).unwrap();
        edit(&giver, &ids, "more");
    });
    at_rest(&mut giver, "the node that gave");
    at_rest(&mut taker, "the node that took");
}

/// Records that are the same in every run.
fn fill(node: &Node, records: usize) -> Vec<String> {
    let mut socket = node.socket();
    let mut ids = vec![];
    for from in (0..records).step_by(AT_ONCE) {
        let part: Vec<Value> = (from..records.min(from + AT_ONCE)).map(record).collect();
        let (status, answer) = socket.ask("POST", "/import", &json!({ "records": part, "audience": "network" }));
        assert_eq!(status, 200, "{answer}");
        ids.extend(answer["records"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
    }
    ids
}

fn record(n: usize) -> Value {
    let mut chance = n as u64 + 1;
    let mut text = String::new();
    while text.len() < 840 {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text += WORDS[(chance >> 33) as usize % WORDS.len()];
        text.push(' ');
    }
    let fields = [("title", format!("Practice {n}")), ("summary", "What we do.".into()), ("problem", text)];
    json!({ "kind": "practice", "source": "bench", "outside_id": n.to_string(), "fields": fields })
}

fn edit(node: &Node, ids: &[String], word: &str) {
    let mut socket = node.socket();
    for n in 0..10 {
        let id = &ids[n * ids.len() / 10];
        let body = json!({ "set": [["title", format!("Practice {n}, {word} times better")]] });
        let (status, answer) = socket.ask("PATCH", &format!("/records/{id}"), &body);
        assert_eq!(status, 200, "{answer}");
    }
}

/// The taker is stopped, something happens, and it comes back. Counted from when the two are connected.
fn again(what: &str, wire: &Wire, giver: &Node, taker: &mut Node, happens: impl FnOnce(&Node)) {
    taker.stop();
    happens(taker);
    let bytes = wire.bytes();
    taker.up();
    let mut socket = taker.socket();
    until_peer(&mut socket, "connected");
    let run = Run { bytes, ..Run::begin(wire, [giver, taker]) };
    until_peer(&mut socket, "complete");
    run.end(what, None);
}

fn until(socket: &mut Socket, so: impl Fn(&Value) -> bool) {
    while !so(&socket.get("/status")) {
        thread::sleep(LOOK);
    }
}

fn until_peer(socket: &mut Socket, what: &str) {
    while !socket.get("/peers")["peers"].as_array().unwrap().iter().any(|peer| peer[what] == true) {
        thread::sleep(LOOK);
    }
}

/// Until words find the record that came last.
fn until_found(node: &Node, records: usize) {
    let title = format!("Practice {}", records - 1);
    let mut socket = node.socket();
    let question = format!("/search?words={}&limit=5", title.replace(' ', "%20"));
    while !socket.get(&question)["records"].as_array().unwrap().iter().any(|one| one["title"] == *title) {
        thread::sleep(LOOK);
    }
}

/// What a stretch of time costs.
struct Run<'a> {
    wire: &'a Wire,
    nodes: [&'a Node; 2],
    begin: Instant,
    bytes: u64,
    busy: f64,
}

impl<'a> Run<'a> {
    fn begin(wire: &'a Wire, nodes: [&'a Node; 2]) -> Run<'a> {
        Run { wire, nodes, begin: Instant::now(), bytes: wire.bytes(), busy: busy(nodes) }
    }

    fn end(self, what: &str, records: Option<usize>) {
        let (wall, bytes, busy) = (self.begin.elapsed(), self.wire.bytes() - self.bytes, busy(self.nodes) - self.busy);
        let each =
            records.map_or(String::new(), |n| format!(", {:.3} ms a record", wall.as_secs_f64() * 1_000.0 / n as f64));
        println!(
            "  {what}: {:.3} s, {busy:.2} s of both processors, {:.1} KB on the wire{each}",
            wall.as_secs_f64(),
            bytes as f64 / 1_000.0
        );
    }
}

/// Seconds of processor time both have used.
fn busy(nodes: [&Node; 2]) -> f64 {
    let of = |node: &Node| {
        let stat = fs::read_to_string(format!("/proc/{}/stat", node.pid())).unwrap();
        let rest = stat.rsplit(')').next().unwrap();
        let fields: Vec<&str> = rest.split_whitespace().collect();
        (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / TICKS
    };
    nodes.map(of).iter().sum()
}

fn at_rest(node: &mut Node, what: &str) {
    node.stop();
    let begin = Instant::now();
    node.up();
    let start = begin.elapsed();
    thread::sleep(Duration::from_secs(5));
    let journal = folder_bytes(&node.home().join("journal"));
    println!(
        "  {what}: starts in {:.3} s, {:.0} MiB in memory at rest, {:.1} MB on disk, of which {:.1} journal",
        start.as_secs_f64(),
        memory_mib(node),
        folder_bytes(node.home()) as f64 / 1e6,
        journal as f64 / 1e6
    );
}

fn memory_mib(node: &Node) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", node.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1_024.0
}

fn folder_bytes(folder: &Path) -> u64 {
    let mut sum = 0;
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        sum += match entry.metadata() {
            Ok(data) if data.is_dir() => folder_bytes(&entry.path()),
            Ok(data) => data.len(),
            Err(_) => 0,
        };
    }
    sum
}
