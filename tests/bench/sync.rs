//! What syncing costs: a first copy, meeting again with nothing changed, and ten edits, with a place to go on from and
//! without one; then starting, memory and disk. Two real nodes on two machines (network namespaces), bytes counted on the
//! wire between them, headers and all. The first size is played once more over a line that delays 100 ms each way.
//!
//! `cargo run --release --package commonweal-tests --bin sync [RECORDS...] [--plot FILE.svg]`, as root.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement that is in doubt stops")]

use std::{
    env, fs,
    os::unix::net::UnixStream,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use harness::{
    far::Far,
    plot::{Line, svg},
    real::{Node, Place},
    sample,
    socket::Socket,
    wire::{Host, Wire},
};
use serde_json::{Value, json};

/// Records of one import.
const AT_ONCE: usize = 64;
/// How often we look whether all is there.
const LOOK: Duration = Duration::from_millis(20);
/// How long a word takes over the far line.
const EACH_WAY: Duration = Duration::from_millis(100);
/// Clock ticks of a second (`sysconf(_SC_CLK_TCK)`), which is 100 on every Linux we build for.
const TICKS: f64 = 100.0;

fn main() {
    let mut words: Vec<String> = env::args().skip(1).collect();
    let plot = words.iter().position(|word| word == "--plot").map(|at| words.drain(at..).nth(1).expect("a file"));
    let sizes: Vec<usize> = words.iter().map(|text| text.parse().expect("a number of records")).collect();
    let sizes = if sizes.is_empty() { vec![1_000, 10_000] } else { sizes };
    let cores = thread::available_parallelism().unwrap();
    let load = fs::read_to_string("/proc/loadavg").unwrap();
    println!("sync: two nodes, two network namespaces, {cores} cores, {}, load {}", env::consts::ARCH, load.trim());
    let mut figures: Vec<Figures> = vec![];
    for records in &sizes {
        let Some(wire) = Wire::lay() else { return println!("needs root and the command `ip`") };
        figures.push(measure(*records, &wire, None));
    }
    if let Some(wire) = Wire::lay() {
        println!("over a line that delays {} ms each way:", EACH_WAY.as_millis());
        let far = measure(sizes[0], &wire, Some(EACH_WAY));
        let round = 2.0 * EACH_WAY.as_secs_f64();
        println!(
            "  a first copy takes {:.2} s more than without; 10 edits take {:.1} round trips with dialing",
            far.copy_s - figures[0].copy_s,
            far.edits_s / round
        );
    }
    table(&figures);
    if let Some(file) = plot {
        fs::write(&file, picture(&figures)).unwrap();
        println!("plotted to {file}");
    }
}

/// What one size came to.
#[derive(Debug, Default)]
struct Figures {
    records: usize,
    kept_s: f64,
    copy_s: f64,
    copy_bytes: u64,
    same_bytes: u64,
    edits_s: f64,
    edits_bytes: u64,
    anew_bytes: u64,
    start_s: f64,
    memory_mib: f64,
    disk_bytes: u64,
    journal_bytes: u64,
}

/// How the two nodes are joined, and what counts the bytes between them.
struct Between<'a> {
    wire: &'a Wire,
    far: Option<Far>,
}

impl Between<'_> {
    fn bytes(&self) -> u64 {
        self.far.as_ref().map_or_else(|| self.wire.bytes(), Far::bytes)
    }
}

fn measure(records: usize, wire: &Wire, each_way: Option<Duration>) -> Figures {
    let place = Place::quiet();
    // At the ends of a far line they listen on loopback, where the line stands for the other.
    let at = |host: &Host| match each_way {
        Some(_) => Host { address: "127.0.0.1".into(), ..host.clone() },
        None => host.clone(),
    };
    let [one, two] = wire.hosts();
    let mut giver = place.on(&at(one), "Riverside");
    giver.ask(&["network", "found", "--name", "Valley Network"]);
    let begin = Instant::now();
    let ids = fill(&giver, records);
    println!("{records} records of 1 KB written on one node in {:.1} s", begin.elapsed().as_secs_f64());
    until_found(&giver, records);
    let mut taker = place.on(&at(two), "Hillside");
    let far = each_way.map(|each_way| Far::lay(wire, [port(&giver), port(&taker)], each_way));
    let between = Between { wire, far };
    let ticket = giver.ticket(&[]);

    let mut figures = Figures { records, ..Figures::default() };
    let run = Run::begin(&between, [&giver, &taker]);
    taker.ask(&["network", "join", &ticket]);
    let count = |value: &Value| value.as_u64().unwrap_or(0) as usize;
    until(&mut taker.socket(), |status| count(&status["records"]) + count(&status["peers"][0]["untried"]) >= records);
    (figures.kept_s, _) = run.end("a first copy, joining included, until all is kept", Some(records));
    until(&mut taker.socket(), |status| count(&status["records"]) >= records);
    (figures.copy_s, figures.copy_bytes) = run.end("until all is tried and shown", Some(records));
    let begin = Instant::now();
    until_found(&taker, records);
    println!("  searchable {:.2} s later", begin.elapsed().as_secs_f64());
    taker.comes_to_agree();
    giver.comes_to_agree();

    (_, figures.same_bytes) = again("nothing changed", &between, &giver, &mut taker, |_| {});
    let ten = |taker: &mut Node, what, word| again(what, &between, &giver, taker, |_| edit(&giver, &ids, word));
    (figures.edits_s, figures.edits_bytes) = ten(&mut taker, "10 edits", "ten");
    (_, figures.anew_bytes) = again("10 edits, no place to go on from", &between, &giver, &mut taker, |taker| {
        // What can be derived is made anew from the journal; how far it had come with others is not.
        fs::remove_dir_all(taker.home().join("sled")).unwrap();
        edit(&giver, &ids, "more");
    });
    if each_way.is_none() {
        at_rest(&mut giver, "the node that gave", &mut figures);
        at_rest(&mut taker, "the node that took", &mut figures);
    }
    figures
}

fn port(node: &Node) -> u16 {
    node.listen[0].split('/').nth(4).unwrap().parse().unwrap()
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
    let fields = [("title", format!("Practice {n}")), ("summary", "What we do.".into()), ("problem", sample::prose(n))];
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

/// The taker is stopped, something happens, and it comes back. Counted from when the two are connected; over a far line
/// from when one dials.
fn again(what: &str, between: &Between, giver: &Node, taker: &mut Node, happens: impl FnOnce(&Node)) -> (f64, u64) {
    taker.stop();
    happens(taker);
    let bytes = between.bytes();
    between.far.as_ref().and_then(Far::dialed);
    taker.up();
    let mut socket = taker.socket();
    until_peer(&mut socket, "connected");
    let mut run = Run { bytes, ..Run::begin(between, [giver, taker]) };
    until_peer(&mut socket, "complete");
    run.begin = between.far.as_ref().and_then(Far::dialed).unwrap_or(run.begin);
    run.end(what, None)
}

fn until(socket: &mut Socket, so: impl Fn(&Value) -> bool) {
    while !so(&socket.get("/status")) {
        thread::sleep(LOOK);
    }
}

fn until_peer(socket: &mut Socket, what: &str) {
    // This waits for milliseconds where others wait for seconds.
    while !socket.get("/peers")["peers"].as_array().unwrap().iter().any(|peer| peer[what] == true) {
        thread::sleep(LOOK / 10);
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
    between: &'a Between<'a>,
    nodes: [&'a Node; 2],
    begin: Instant,
    bytes: u64,
    busy: f64,
}

impl<'a> Run<'a> {
    fn begin(between: &'a Between, nodes: [&'a Node; 2]) -> Run<'a> {
        Run { between, nodes, begin: Instant::now(), bytes: between.bytes(), busy: busy(nodes) }
    }

    /// Seconds and bytes.
    fn end(&self, what: &str, records: Option<usize>) -> (f64, u64) {
        let wall = self.begin.elapsed().as_secs_f64();
        let (bytes, busy) = (self.between.bytes() - self.bytes, busy(self.nodes) - self.busy);
        let each = records.map_or(String::new(), |n| {
            format!(", {:.3} ms and {:.0} bytes a record", wall * 1_000.0 / n as f64, bytes as f64 / n as f64)
        });
        println!(
            "  {what}: {wall:.3} s, {busy:.2} s of both processors, {:.1} KB on the wire{each}",
            bytes as f64 / 1e3
        );
        (wall, bytes)
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

fn at_rest(node: &mut Node, what: &str, figures: &mut Figures) {
    node.stop();
    figures.start_s = until_it_answers(node);
    thread::sleep(Duration::from_secs(5));
    figures.memory_mib = memory_mib(node);
    // The room set aside for a full disk is as large for one record as for a million.
    let ballast = fs::metadata(node.home().join("ballast")).map_or(0, |data| data.len());
    figures.disk_bytes = folder_bytes(node.home()) - ballast;
    figures.journal_bytes = folder_bytes(&node.home().join("journal"));
    println!(
        "  {what}: starts in {:.3} s, {:.0} MiB in memory at rest, {:.1} MB on disk, of which {:.1} journal; {:.0} set aside",
        figures.start_s,
        figures.memory_mib,
        figures.disk_bytes as f64 / 1e6,
        figures.journal_bytes as f64 / 1e6,
        ballast as f64 / 1e6
    );
}

/// Seconds from when it is started until it answers on its socket. Until it says that it is up it waits for addresses that may
/// yet turn up, which is longer and has nothing to do with records.
fn until_it_answers(node: &mut Node) -> f64 {
    let (home, begin) = (node.home().to_owned(), Instant::now());
    let asker = thread::spawn(move || {
        while UnixStream::connect(home.join("control.sock")).is_err() {
            thread::sleep(LOOK / 20);
        }
        Socket::connect(&home).get("/status");
        begin.elapsed()
    });
    node.up();
    asker.join().unwrap().as_secs_f64()
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

/// All sizes side by side, of the node that took, each with how a record's time compares with the size before.
fn table(figures: &[Figures]) {
    println!(
        "| records | first copy kept | and shown | a record | beside the size before | wire a record | unchanged | 10 edits | 10 edits, no place | start | memory | disk | of which journal |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    let each = |figure: &Figures| figure.copy_s * 1e3 / figure.records as f64;
    for (n, figure) in figures.iter().enumerate() {
        let beside =
            n.checked_sub(1).map_or("–".into(), |before| format!("{:.2}", each(figure) / each(&figures[before])));
        println!(
            "| {} | {:.2} s | {:.2} s | {:.2} ms | {beside} | {:.0} B | {:.1} KB | {:.1} KB, {:.0} ms | {:.1} KB | {:.2} s | {:.0} MiB | {:.1} MB | {:.1} MB |",
            figure.records,
            figure.kept_s,
            figure.copy_s,
            each(figure),
            figure.copy_bytes as f64 / figure.records as f64,
            figure.same_bytes as f64 / 1e3,
            figure.edits_bytes as f64 / 1e3,
            figure.edits_s * 1e3,
            figure.anew_bytes as f64 / 1e3,
            figure.start_s,
            figure.memory_mib,
            figure.disk_bytes as f64 / 1e6,
            figure.journal_bytes as f64 / 1e6
        );
    }
}

fn picture(figures: &[Figures]) -> String {
    let line = |name: &str, of: fn(&Figures) -> f64| Line {
        name: name.into(),
        points: figures.iter().map(|figure| (figure.records as f64, of(figure))).collect(),
    };
    let lines = [
        line("first copy kept, s", |f| f.kept_s),
        line("first copy shown, s", |f| f.copy_s),
        line("first copy, MB on the wire", |f| f.copy_bytes as f64 / 1e6),
        line("disk, MB", |f| f.disk_bytes as f64 / 1e6),
        line("memory at rest, MiB", |f| f.memory_mib),
        line("start, s", |f| f.start_s),
        line("10 edits, KB on the wire", |f| f.edits_bytes as f64 / 1e3),
    ];
    svg("Two nodes: what syncing costs as records grow", "records", "seconds, MB, KB", &lines)
}
