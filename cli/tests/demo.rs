//! The demo's promises: all that is for somebody arrives there, nothing else does, and nothing is left behind.

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Lines},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_commonweal");

/// Who takes part, the partner last.
const FILES: [&str; 4] = [
    include_str!("../assets/demo/maple_river.json"),
    include_str!("../assets/demo/lantern_bay.json"),
    include_str!("../assets/demo/three_ponds.json"),
    include_str!("../assets/demo/birch_library.json"),
];

/// A demo that runs in a temporary folder of its own.
struct Demo {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    temp: tempfile::TempDir,
}

impl Demo {
    fn start(words: &[&str]) -> Demo {
        let temp = tempfile::tempdir().unwrap();
        let mut command = Command::new(PROGRAM);
        command.arg("demo").arg("--json").args(words).env("TMPDIR", temp.path()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Demo { child, lines, temp }
    }

    /// Everything it tells up to and with this event.
    fn until(&mut self, event: &str) -> Vec<Value> {
        let mut told: Vec<Value> = Vec::new();
        while told.last().is_none_or(|last| last["event"] != event) {
            let line = self.lines.next().unwrap_or_else(|| panic!("it ended before {event}: {told:?}"));
            told.push(serde_json::from_str(&line.unwrap()).unwrap());
        }
        told
    }

    fn terminate(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
    }

    /// It ended well, and nothing of it is left.
    fn ends_well(mut self) {
        self.until("stopped");
        assert!(self.lines.next().is_none(), "it spoke after its end");
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        let left: Vec<PathBuf> = fs::read_dir(self.temp.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

/// A test that fails leaves no demo running.
impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

/// Kind and title of all that this node should have, by what the files say of each record.
fn due(name: &str, is_partner: bool) -> BTreeSet<(String, String)> {
    let mut due = BTreeSet::new();
    for file in FILES {
        let place: Value = serde_json::from_str(file).unwrap();
        for record in place["records"].as_array().unwrap() {
            let audience = text(record, "audience");
            let named = audience.strip_prefix("partners:").is_some_and(|names| names.split(',').any(|one| one == name));
            if text(&place, "name") == name || audience == "public" || audience == "network" && !is_partner || named {
                let title = [text(&record["fields"], "title"), text(&record["fields"], "name")].concat();
                due.insert((text(record, "kind"), title));
            }
        }
    }
    due
}

/// What another process sees there.
fn listed(home: &Path) -> BTreeSet<(String, String)> {
    let listed = Command::new(PROGRAM).arg("--home").arg(home).args(["--json", "record", "list"]).output().unwrap();
    assert!(listed.status.success(), "{listed:?}");
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    listed["records"].as_array().unwrap().iter().map(|record| (text(record, "kind"), text(record, "title"))).collect()
}

#[test]
fn once_everything_has_arrived_it_ends_by_itself() {
    let mut demo = Demo::start(&["--once"]);
    let told = demo.until("merged");
    let all = |event: &str| told.iter().filter(|one| one["event"] == event).collect::<Vec<_>>();
    assert_eq!(all("joined").iter().filter(|one| one["standing"] == "partner").count(), 1);
    assert_eq!((all("node").len(), all("stewards")[0]["k"].as_u64()), (4, Some(2)));
    assert_eq!((all("private")[0]["records"].as_u64(), all("private")[0]["elsewhere"].as_u64()), (Some(9), Some(0)));
    let partner = all("holds").into_iter().find(|one| one["standing"] == "partner").unwrap();
    assert_eq!((partner["network"].as_u64(), partner["named"].as_u64()), (Some(0), Some(2)));
    let two_of_three = all("vote").into_iter().filter(|vote| vote["carried"] == true);
    assert!(two_of_three.clone().all(|vote| vote["approvals"] == 2) && two_of_three.count() == 2);
    demo.ends_well();
}

#[test]
fn every_node_has_what_is_for_it_and_nothing_else_until_it_is_told_to_stop() {
    let mut demo = Demo::start(&[]);
    let ready = demo.until("ready").pop().unwrap();
    let nodes = ready["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), FILES.len());
    for (at, node) in nodes.iter().enumerate() {
        let (name, home) = (text(node, "name"), PathBuf::from(text(node, "home")));
        assert_eq!(listed(&home), due(&name, at == FILES.len() - 1), "{name}");
    }
    demo.terminate();
    demo.ends_well();
}

#[test]
fn told_to_stop_in_the_middle_it_leaves_nothing_behind() {
    for event in ["started", "founded", "wrote"] {
        let mut demo = Demo::start(&[]);
        demo.until(event);
        demo.terminate();
        demo.ends_well();
    }
}
