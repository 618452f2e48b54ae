//! What a first copy, an unchanged one and ten edits cost with other programs, for the same records as `sync` writes, on
//! the same two machines: git (no signatures, nothing encrypted), and PouchDB where the folder of an
//! `npm install pouchdb@9 express@4 express-pouchdb` is named.
//!
//! `cargo run --release --package commonweal-tests --bin peers RECORDS [FOLDER]`, as root.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement that is in doubt stops")]

use std::{
    env,
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use harness::{
    sample,
    wire::{Host, Wire},
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Where PouchDB and git listen on their machine.
const PORT: u16 = 9418;

fn main() {
    let mut words = env::args().skip(1);
    let records: usize = words.next().map_or(1_000, |text| text.parse().expect("a number of records"));
    let load = fs::read_to_string("/proc/loadavg").unwrap();
    println!("peers: {records} records of 1 KB, load {}", load.trim());
    let Some(wire) = Wire::lay() else { return println!("needs root and the command `ip`") };
    git(records, &wire);
    if let Some(folder) = words.next() {
        pouchdb(records, &wire, Path::new(&folder));
    }
}

fn record(n: usize) -> Value {
    json!({ "_id": n.to_string(), "title": format!("Practice {n}"), "summary": "What we do.", "problem": sample::prose(n) })
}

/// Times a deed, counts its bytes, and tells.
fn tell(wire: &Wire, what: &str, records: Option<usize>, deed: impl FnOnce()) {
    let (begin, bytes) = (Instant::now(), wire.bytes());
    deed();
    let (wall, bytes) = (begin.elapsed().as_secs_f64(), wire.bytes() - bytes);
    let each = records.map_or(String::new(), |n| {
        format!(", {:.3} ms and {:.0} bytes a record", wall * 1e3 / n as f64, bytes as f64 / n as f64)
    });
    println!("  {what}: {wall:.3} s, {:.1} KB on the wire{each}", bytes as f64 / 1e3);
}

fn on(host: &Host, words: &[&str]) -> Command {
    let mut command = Command::new("ip");
    command.args(["netns", "exec", &host.name]).args(words);
    // Nothing of whoever runs this shall change what is measured.
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "bench").env(format!("GIT_{who}_EMAIL"), "bench@example.org");
    }
    command
}

fn must(host: &Host, words: &[&str]) {
    let said = on(host, words).output().unwrap();
    assert!(said.status.success(), "{words:?}: {}", String::from_utf8_lossy(&said.stderr));
}

fn git(records: usize, wire: &Wire) {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let ([one, two], giver, taker) = (wire.hosts(), path("giver"), path("taker"));
    must(one, &["git", "init", "--quiet", &giver]);
    let write = |n: usize, word: &str| {
        let mut record = record(n);
        record["title"] = json!(format!("Practice {n}{word}"));
        fs::write(format!("{giver}/{n}.json"), record.to_string()).unwrap();
    };
    let save = || {
        must(one, &["git", "-C", &giver, "add", "--all"]);
        must(one, &["git", "-C", &giver, "commit", "--quiet", "--message", "More"]);
    };
    (0..records).for_each(|n| write(n, ""));
    save();
    let base = format!("--base-path={}", folder.path().display());
    let listen = format!("--listen={}", one.address);
    let mut daemon = on(one, &["git", "daemon", "--export-all", "--reuseaddr", &base, &listen]);
    let mut daemon = daemon.stderr(Stdio::null()).spawn().unwrap();
    thread::sleep(Duration::from_secs(1));
    println!("git");
    let from = format!("git://{}/giver", one.address);
    tell(wire, "a first copy", Some(records), || must(two, &["git", "clone", "--quiet", &from, &taker]));
    tell(wire, "nothing changed", None, || must(two, &["git", "-C", &taker, "fetch", "--quiet"]));
    (0..10).for_each(|n| write(n * records / 10, ", ten times better"));
    save();
    tell(wire, "10 edits", None, || must(two, &["git", "-C", &taker, "fetch", "--quiet"]));
    // It is asked to end, so that it ends the children it began.
    must(one, &["kill", &daemon.id().to_string()]);
    daemon.wait().unwrap();
}

/// One PouchDB, told what to do line by line.
struct Pouch {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Pouch {
    fn begin(host: &Host, modules: &Path, home: &Path) -> Pouch {
        fs::create_dir(home).unwrap();
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("bench/pouchdb.js");
        let mut command = on(host, &["node", script.to_str().unwrap(), home.to_str().unwrap()]);
        command.env("NODE_PATH", modules.join("node_modules")).current_dir(home).stderr(Stdio::null());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (to, from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Pouch { child, to, from }
    }

    fn does(&mut self, line: &str) {
        writeln!(self.to, "{line}").unwrap();
        let mut answer = String::new();
        self.from.read_line(&mut answer).unwrap();
        assert_eq!(answer.trim(), "done", "{line}");
    }
}

impl Drop for Pouch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pouchdb(records: usize, wire: &Wire, modules: &Path) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("records.jsonl");
    let mut lines = File::create(&file).unwrap();
    (0..records).for_each(|n| writeln!(lines, "{}", record(n)).unwrap());
    let [one, two] = wire.hosts();
    let mut giver = Pouch::begin(one, modules, &folder.path().join("giver"));
    let mut taker = Pouch::begin(two, modules, &folder.path().join("taker"));
    giver.does(&format!("fill {}", file.display()));
    giver.does(&format!("serve {} {PORT}", one.address));
    let copy = format!("copy http://{}:{PORT}/records", one.address);
    println!("PouchDB");
    tell(wire, "a first copy", Some(records), || taker.does(&copy));
    tell(wire, "nothing changed", None, || taker.does(&copy));
    giver.does("edit ten");
    tell(wire, "10 edits", None, || taker.does(&copy));
}
