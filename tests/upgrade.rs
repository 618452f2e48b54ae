//! What earlier versions wrote stays readable: a home of each that is kept as a fixture opens, shows its records, goes on
//! and is backed up and restored; and what a later version wrote is refused with a sentence, before anything is changed.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use harness::real::{Node, Place};

const STORE: i32 = 10;
const INVALID: i32 = 3;
const WALK: &str = "yinq45incespxuzbwvv35rvphjfz4sos2nxrdj6lfqhalvofamza";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/home-1").join(name)
}

/// A node whose home is a copy of the fixture, with the rights that a home must have.
fn as_it_was(place: &Place) -> Node {
    let node = place.empty("Riverside");
    for folder in ["", "journal", "keys"] {
        fs::create_dir(node.home().join(folder)).unwrap();
        fs::set_permissions(node.home().join(folder), Permissions::from_mode(0o700)).unwrap();
    }
    for file in ["journal/00000000000000000001.journal", "keys/member", "keys/node", "signed.log"] {
        fs::write(node.home().join(file), fs::read(fixture(file)).unwrap()).unwrap();
        fs::set_permissions(node.home().join(file), Permissions::from_mode(0o600)).unwrap();
    }
    node
}

fn restored(place: &Place, name: &str, backup: &Path) -> Node {
    let mut node = place.empty(name);
    let words = fixture("words");
    node.ask(&["backup", "restore", backup.to_str().unwrap(), "--words", words.to_str().unwrap()]);
    node.up();
    node
}

/// Everything that the home held, and that it goes on from there.
fn has_it_all(node: &Node, edits: usize) {
    assert_eq!(node.titles(), ["Door is open again", "Walk to school"]);
    let walk = node.show(WALK);
    assert_eq!(walk["fields"]["summary"], "Two grown-ups walk with all children.");
    assert_eq!((&walk["audience"], walk["history"].as_array().unwrap().len()), (&"network".into(), edits));
    let status = node.ask(&["status"]);
    assert_eq!((&status["name"], &status["network_name"]), (&"Riverside Families".into(), &"Valley Network".into()));
    assert_eq!(node.ask(&["subscriptions"])["subscriptions"][0]["kind"], "practice");
    node.ask(&["record", "edit", WALK, "--set", "advice=Start with one route."]);
    assert_eq!(node.field(WALK, "advice").as_deref(), Some("Start with one route."));
    assert_eq!(status["trouble"].as_array().unwrap().len(), 0);
}

#[test]
fn a_home_and_a_backup_of_the_first_version_open_and_go_on() {
    let place = Place::new();
    let mut home = as_it_was(&place);
    home.up();
    assert_eq!(home.key, "2dmhamq5xzh3sxtflosg7hbhkgu6dsmkedancqyhd3zm3dywlwna");
    has_it_all(&home, 2);
    assert_eq!(home.ask(&["network", "propose", "text", "--purpose", "Share"])["carried"], true, "it knows its votes");
    let backup = home.ask(&["backup", "create"])["path"].as_str().unwrap().to_owned();
    has_it_all(&restored(&place, "Of today's backup", Path::new(&backup)), 3);
    has_it_all(&restored(&place, "Of the backup of then", &fixture("riverside.backup")), 2);
    assert!(home.stop().success());
    assert_eq!(home.try_ask(&["doctor"]).code, 0);
}

/// The version stands after six bytes of a segment, and in the ninth byte of a backup; both have a sum that is right again.
#[test]
fn what_a_later_version_wrote_is_refused_and_left_as_it_is() {
    let place = Place::new();
    let mut node = as_it_was(&place);
    let segment = node.home().join("journal/00000000000000000001.journal");
    let mut bytes = fs::read(&segment).unwrap();
    bytes[7] += 1;
    let crc = crc32c::crc32c(&bytes[..36]);
    bytes[36..40].copy_from_slice(&crc.to_be_bytes());
    fs::write(&segment, &bytes).unwrap();
    let said = node.try_up().unwrap_err();
    assert!(said.code == STORE && said.err.contains("newer Commonweal"), "{said:?}");
    assert_eq!(fs::read(&segment).unwrap(), bytes);
    assert!(!node.home().join("sled").exists());

    let mut backup = fs::read(fixture("riverside.backup")).unwrap();
    backup[8] += 1;
    let sum = protocol::identity::Hash::of(&backup[..57]).0;
    backup[57..73].copy_from_slice(&sum[..16]);
    let path = place.path().join("newer.backup");
    fs::write(&path, backup).unwrap();
    let (anew, words) = (place.empty("Anew"), fixture("words"));
    let said = anew.try_ask(&["backup", "restore", path.to_str().unwrap(), "--words", words.to_str().unwrap()]);
    assert!(said.code == INVALID && said.err.contains("install that version"), "{said:?}");
    assert!(!anew.home().exists());
}
