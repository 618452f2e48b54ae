//! The doctor on homes of the real binary: well, running, loose, damaged, and no home at all.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use harness::real::{Node, Place, Said, commonweal};
use serde_json::Value;

const NOT_READY: i32 = 6;
const UNWELL: i32 = 13;
const PARTS: [&str; 9] = ["permissions", "keys", "journal", "votes", "store", "blobs", "room", "backups", "leftovers"];

/// What the doctor says in JSON, having ended so.
fn told(node: &Node, words: &[&str], code: i32) -> Value {
    let said = node.try_ask(&[&["doctor"], words].concat());
    assert_eq!(said.code, code, "{said:?}");
    let report = said.json();
    let parts: Vec<&str> = report["parts"].as_array().unwrap().iter().map(|p| p["part"].as_str().unwrap()).collect();
    assert_eq!(parts, PARTS, "the shape is a promise");
    assert_eq!(report["well"], code == 0);
    report
}

fn state<'a>(report: &'a Value, part: &str) -> &'a str {
    let parts = report["parts"].as_array().unwrap();
    parts.iter().find(|found| found["part"] == part).unwrap()["state"].as_str().unwrap()
}

/// What it says to people.
fn in_words(home: &Path, words: &[&str]) -> Said {
    commonweal(&[&["--home", home.to_str().unwrap(), "doctor"], words].concat(), None)
}

fn segment(node: &Node) -> PathBuf {
    let mut paths: Vec<_> = fs::read_dir(node.home().join("journal")).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    paths.pop().unwrap()
}

#[test]
fn a_home_that_is_well_is_said_to_be_and_a_running_one_is_left_alone() {
    let place = Place::new();
    let mut node = place.node("Riverside");
    node.practice("Family dinners", "private");
    for words in [&[][..], &["--mend"]] {
        let said = node.try_ask(&[&["doctor"], words].concat());
        assert_eq!(said.code, NOT_READY, "{said:?}");
        let pid = format!("in use by process {}", node.pid());
        assert!(said.err.contains(&pid) && said.err.contains("stop that node first"), "{said:?}");
    }
    assert!(node.stop().success());
    let report = told(&node, &[], 0);
    assert!(PARTS.iter().all(|part| state(&report, part) == "well"), "{report}");
    assert_eq!(told(&node, &["--mend"], 0)["mended"].as_array().unwrap().len(), 0);
    let said = in_words(node.home(), &[]);
    assert!(said.out.contains("well   journal") && said.out.trim_end().ends_with("This home is well."), "{said:?}");
    node.up();
    assert_eq!(node.titles(), ["Family dinners"]);
}

#[test]
fn a_folder_that_is_no_home_is_left_as_it_is() {
    let place = Place::new();
    let folder = place.path().join("letters");
    fs::create_dir(&folder).unwrap();
    for at in [folder.clone(), place.path().join("nowhere")] {
        for words in [&[][..], &["--mend"]] {
            let said = in_words(&at, words);
            assert_eq!(said.code, NOT_READY, "{said:?}");
            assert!(said.err.contains("there is no home at") && said.err.contains("commonweal init"), "{said:?}");
        }
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn a_loose_home_is_told_and_closed() {
    let place = Place::new();
    let mut node = place.named("Riverside");
    let key = node.home().join("keys/member");
    fs::set_permissions(node.home(), Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    let report = told(&node, &[], UNWELL);
    assert_eq!(state(&report, "permissions"), "wrong");
    assert!(report["parts"][0]["do"].as_str().unwrap().contains("doctor --mend"), "{report}");
    let said = in_words(node.home(), &[]);
    assert!(said.code == UNWELL && said.out.contains("WRONG  permissions"), "{said:?}");
    told(&node, &["--mend"], 0);
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    node.up();
}

#[test]
fn a_damaged_store_is_told_and_built_anew() {
    let place = Place::new();
    let mut node = place.node("Riverside");
    let written: Vec<String> = (0..20).map(|n| node.practice(&format!("Practice {n}"), "private")).collect();
    assert!(node.stop().success());
    // All of it, and then a few bytes: sled may notice, or open as it was long ago and be caught up.
    spoil(&node, 1);
    let report = told(&node, &[], UNWELL);
    assert_eq!((state(&report, "store"), state(&report, "journal")), ("wrong", "well"));
    let report = told(&node, &["--mend"], 0);
    assert!(report["mended"].to_string().contains("built anew"), "{report}");
    assert_eq!(state(&report, "leftovers"), "note", "the old one is kept: {report}");
    spoil(&node, 211);
    let said = node.try_ask(&["doctor"]);
    assert!(state(&said.json(), "store") != "well", "{said:?}");
    let report = told(&node, &["--mend"], 0);
    assert_eq!((state(&report, "store"), report["mended"].as_array().unwrap().len()), ("well", 1), "{report}");
    node.up();
    node.must_have(&written);
}

/// Flips bits in every so manieth byte of what sled keeps.
fn spoil(node: &Node, step: usize) {
    let file = node.home().join("sled/db");
    let mut bytes = fs::read(&file).unwrap();
    bytes.iter_mut().step_by(step).for_each(|byte| *byte ^= 0x41);
    fs::write(&file, bytes).unwrap();
}

/// One bit of Hillside's journal flips while its machine is off, inside what it received. Its store still knows.
#[test]
fn what_a_damaged_journal_lost_is_rescued_from_the_store() {
    let place = Place::new();
    let (_host, mut guest) = with_a_flipped_bit(&place);
    let report = told(&guest, &[], UNWELL);
    assert_eq!((state(&report, "journal"), state(&report, "store")), ("wrong", "wrong"));
    assert_eq!(report["lost_groups"], 1);
    let report = told(&guest, &["--mend"], 0);
    assert!(report["mended"].to_string().contains("that only the store knew"), "{report}");
    told(&guest, &[], 0);
    fs::remove_dir_all(guest.home().join("sled")).unwrap();
    guest.listen = vec![];
    guest.up();
    assert_eq!(guest.titles().len(), 12, "the journal has it all again, before anybody was met");
}

/// The last bytes of Riverside's journal rot, and with them its last save. The doctor said that nobody had been told that
/// it was kept; the practice had been shown for a day.
#[test]
fn a_last_save_that_rotted_is_told_as_one_that_may_be_lost_and_rescued() {
    let place = Place::new();
    let mut node = place.node("Riverside");
    let written: Vec<String> = (0..3).map(|n| node.practice(&format!("Practice {n}"), "private")).collect();
    assert!(node.stop().success());
    let file = segment(&node);
    let mut bytes = fs::read(&file).unwrap();
    *bytes.iter_mut().nth_back(1).unwrap() ^= 4;
    fs::write(&file, bytes).unwrap();
    let said = in_words(node.home(), &[]);
    assert!(
        said.code == UNWELL && said.out.contains("may be lost") && !said.out.contains("nobody was told"),
        "{said:?}"
    );
    let report = told(&node, &["--mend"], 0);
    assert!(report["mended"].to_string().contains("that only the store knew"), "{report}");
    fs::remove_dir_all(node.home().join("sled")).unwrap();
    node.up();
    node.must_have(&written);
}

/// Hillside's journal is damaged, and its store is gone too: what was lost is told, and comes from Riverside again.
#[test]
fn what_journal_and_store_lost_comes_from_the_others_again() {
    let place = Place::new();
    let (mut host, mut guest) = with_a_flipped_bit(&place);
    fs::remove_dir_all(guest.home().join("sled")).unwrap();
    let report = told(&guest, &[], UNWELL);
    assert_eq!((state(&report, "journal"), report["lost_groups"].as_u64()), ("wrong", Some(1)));
    let report = told(&guest, &["--mend"], 0);
    assert_eq!((state(&report, "journal"), report["lost_groups"].as_u64()), ("note", Some(1)), "{report}");
    assert!(in_words(guest.home(), &[]).out.contains("1 save is unreadable"), "it stays told");
    assert_eq!(fs::read_dir(guest.home().join("quarantine")).unwrap().count(), 1);
    guest.up();
    let here = guest.titles().len();
    assert!(here < 12, "nothing was lost");
    host.up();
    guest.comes_to_show(&host.titles().iter().map(String::as_str).collect::<Vec<_>>());
    guest.comes_to_agree();
    assert_eq!(guest.shared(), host.shared());
}

/// Riverside and Hillside, both stopped, with a flipped bit in the middle of what Hillside received.
fn with_a_flipped_bit(place: &Place) -> (Node, Node) {
    let mut nodes = place.network(&["Riverside", "Hillside"]);
    let (mut guest, mut host) = (nodes.pop().unwrap(), nodes.pop().unwrap());
    for n in 0..12 {
        host.practice(&format!("Practice {n}"), "network");
        harness::real::eventually("it arrives", || guest.titles().len() == n + 1);
    }
    guest.comes_to_agree();
    assert!(guest.stop().success() && host.stop().success());
    let file = segment(&guest);
    let mut bytes = fs::read(&file).unwrap();
    let at = bytes.windows(10).position(|window| window == b"Practice 6").expect("titles stand in the journal");
    bytes[at] ^= 4;
    fs::write(&file, bytes).unwrap();
    (host, guest)
}
