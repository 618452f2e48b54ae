//! A full disk under the real binary: what was saved can be read, what cannot be saved is refused in a sentence, the node
//! starts without a free byte, and goes on by itself once there is room.
//!
//! It needs a small disk of its own, and for that a mount namespace. Three times each time; `COMMONWEAL_FULL=1000` for fifty.

use std::{
    env,
    fs::{self, File, OpenOptions},
    io::Write,
    path::Path,
    process::Command,
    thread,
};

use harness::{
    real::{Node, Place, eventually},
    tiers::{skip, turns},
};
use rustix::fs::{FallocateFlags, fallocate, statvfs};
use serde_json::{Value, json};

/// Says that the test runs with a small disk of its own.
const CHILD: &str = "COMMONWEAL_TEST_SMALL_DISK";
/// A node sets ballast aside where that leaves it room: 200 MiB, and twice the 64 MiB of the ballast.
const DISK: &str = "size=400m,mode=0700";
/// What the API answers where something cannot be saved: Insufficient Storage.
const FULL: u16 = 507;

#[test]
fn a_full_disk_loses_nothing_and_holds_nobody_up_for_longer_than_it_is_full() {
    let mut child = Command::new("unshare");
    child.args(["--user", "--map-root-user", "--mount"]).arg(env::current_exe().unwrap());
    child.args(["--exact", "full_disk::on_a_small_disk", "--nocapture"]).env(CHILD, "1");
    let Ok(done) = child.output() else { return skip("the command `unshare` is missing") };
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    if err.starts_with("unshare:") || out.contains("no mount") {
        return skip("a small disk of its own needs a mount namespace, which this system does not allow");
    }
    assert!(done.status.success() && out.contains("disk was full"), "{out}\n{err}");
    out.lines().filter(|line| line.contains("disk was full")).for_each(|line| println!("{line}"));
}

/// Not a test of its own.
#[test]
fn on_a_small_disk() {
    if env::var_os(CHILD).is_none() {
        return;
    }
    let place = Place::new();
    let mut node = place.empty("Riverside");
    fs::create_dir(node.home()).unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", DISK, "tmpfs"]).arg(node.home()).status();
    if !mounted.is_ok_and(|status| status.success()) {
        return println!("no mount");
    }
    node.ask(&["init", "--name", "Riverside"]);
    node.up();
    let (mut ledger, cycles) = (vec![], turns(3, 50));
    for cycle in 0..cycles {
        one_cycle(&mut node, &mut ledger, cycle);
    }
    assert!(node.stop().success());
    node.up();
    node.must_have(&ledger);
    assert!(!node.log().contains("panicked"), "{}", node.log());
    println!("the disk was full {cycles} times; {} records were acknowledged, and all are there", ledger.len());
}

fn one_cycle(node: &mut Node, ledger: &mut Vec<String>, cycle: u64) {
    let (home, at_first) = (node.home().to_owned(), ledger.len());
    eventually("ballast is set aside", || home.join("ballast").exists());
    thread::scope(|scope| {
        let shared = &*node;
        let writer = scope.spawn(move || writes_until_it_is_full(shared));
        eventually("some are saved", || shared.records() > at_first as u64 + 3);
        fill(&home);
        ledger.extend(writer.join().unwrap());
    });
    reads_go_on(node, ledger);
    match cycle % 2 {
        0 => node.kill(),
        _ => assert!(node.stop().success(), "{}", node.log()),
    }
    fill(&home);
    node.up();
    reads_go_on(node, ledger);
    fs::remove_file(home.join("filler")).unwrap();
    let (status, answer) = writes(node, "Room again");
    assert_eq!(status, 201, "{answer}");
    ledger.push(answer["id"].as_str().unwrap().into());
    reads_go_on(node, ledger);
}

fn reads_go_on(node: &Node, ledger: &[String]) {
    node.must_have(ledger);
    let last = ledger.last().expect("something was saved");
    assert_eq!(node.socket().get(&format!("/records/{last}"))["fields"]["summary"], "What.");
}

fn writes(node: &Node, title: &str) -> (u16, Value) {
    let body = json!({"kind": "practice", "fields": {"title": title, "summary": "What."}});
    node.socket().ask("POST", "/records", &body)
}

/// What was acknowledged until the disk was full.
fn writes_until_it_is_full(node: &Node) -> Vec<String> {
    let mut ids = vec![];
    loop {
        let (status, answer) = writes(node, &format!("Practice {}", ids.len()));
        if status == FULL {
            assert!(answer["error"]["message"].as_str().unwrap().contains("the disk is full"), "{answer}");
            return ids;
        }
        assert_eq!(status, 201, "{answer}");
        ids.push(answer["id"].as_str().unwrap().into());
    }
}

/// Leaves no byte free. The node writes at the same time, so what was free may be gone when it is asked for.
fn fill(disk: &Path) {
    let mut filler: File = OpenOptions::new().create(true).append(true).open(disk.join("filler")).unwrap();
    let (said, length) = (statvfs(disk).unwrap(), filler.metadata().unwrap().len());
    let _ = fallocate(&filler, FallocateFlags::empty(), length, said.f_bavail * said.f_frsize);
    while filler.write_all(&[1; 1 << 16]).is_ok() {}
}
