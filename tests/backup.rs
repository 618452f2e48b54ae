//! Backups of the real binary: a drill under load with the neighbors watching, a machine that dies in the middle, files
//! that are not what they were, and what people are shown of it.

use std::{
    fs,
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use harness::{
    browser::Browser,
    program::Program,
    real::{Node, Place, Said, Signal, eventually},
};
use serde_json::Value;

use crate::binary::writes_until_it_ends;

const INVALID: i32 = 3;
const NOT_FOUND: i32 = 4;
const NOT_READY: i32 = 6;
const STORE: i32 = 10;
const UNWELL: i32 = 13;
const PASSWORD: &str = "walking to school together";

/// The sheet of paper: a file with the 24 words.
fn sheet(node: &Node) -> PathBuf {
    let path = node.folder().join("sheet");
    fs::write(&path, node.ask(&["words", "--show"])["words"].as_str().unwrap()).unwrap();
    path
}

fn create(node: &Node) -> PathBuf {
    node.ask(&["backup", "create"])["path"].as_str().unwrap().into()
}

fn try_restore(anew: &Node, backup: &Path, sheet: &Path) -> Said {
    anew.try_ask(&["backup", "restore", backup.to_str().unwrap(), "--words", sheet.to_str().unwrap()])
}

/// What a record says and which edits made it.
fn whole(node: &Node, id: &str) -> (Value, Value) {
    let record = node.show(id);
    (record["fields"].clone(), record["heads"].clone())
}

/// Riverside's computer is lost on a busy day. What it acknowledged before the backup is in the new one to the last letter;
/// what was shared after it comes from Hillside; and when the old computer turns up again, nobody is taken for a cheat.
#[test]
fn a_computer_that_is_lost_under_load_comes_back_as_a_new_node_of_its_collaborative() {
    let place = Place::new();
    let mut nodes = place.network(&["Riverside", "Hillside"]);
    let (mut old, mut neighbor) = (nodes.remove(0), nodes.remove(0));
    let sheet = sheet(&old);
    let walk = old.practice("Walk to school", "network");
    let private = old.practice("Ours alone", "private");
    let (before, backup, written) = thread::scope(|scope| {
        let shared = &old;
        let people: Vec<_> = (0..2).map(|n| scope.spawn(move || writes_until_it_ends(shared, n))).collect();
        eventually("people are writing", || shared.records() > 12);
        let before: Vec<String> =
            shared.socket().list().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
        let backup = create(shared);
        let after = shared.records();
        eventually("they go on writing", || shared.records() > after);
        // One more of each, which the backup does not have.
        shared.practice("Later, shared", "network");
        shared.practice("Later, ours alone", "private");
        shared.ask(&["record", "edit", &walk, "--set", "summary=Every morning."]);
        neighbor.comes_to_show(&["Later, shared", "Walk to school"]);
        eventually("the edit is there too", || neighbor.field(&walk, "summary").as_deref() == Some("Every morning."));
        shared.signal(Signal::KILL);
        (before, backup, people.into_iter().flat_map(|person| person.join().unwrap()).count())
    });
    let old_key = old.key.clone();
    old.kill();
    neighbor.stop();

    let mut anew = place.empty("Anew");
    let restored = try_restore(&anew, &backup, &sheet);
    assert_eq!(restored.code, 0, "{restored:?}");
    assert_eq!(restored.json()["old_node"], old_key.as_str());
    assert_ne!(restored.json()["node"], old_key.as_str(), "a restored node has a new key");
    anew.up();
    anew.must_have(&before);
    println!("{} of {written} written while it was made are in the backup", anew.records());

    // Nobody has confirmed yet which charter holds, and what it signed since it cannot know.
    let vote = ["network", "propose", "text", "--purpose", "Share what works"];
    let refused = anew.try_ask(&vote);
    assert!(refused.code != 0 && refused.err.contains("no peer has confirmed"), "{refused:?}");

    neighbor.up();
    anew.comes_to_agree();
    eventually("what was shared since comes back", || anew.titles().iter().any(|title| title == "Later, shared"));
    eventually("and the edit", || anew.field(&walk, "summary").as_deref() == Some("Every morning."));
    assert!(!anew.titles().contains(&"Later, ours alone".to_owned()), "what nobody else had is gone");
    anew.ask(&["record", "edit", &walk, "--set", "advice=Start with one route."]);
    anew.ask(&["record", "edit", &private, "--set", "advice=Still ours."]);
    eventually("the neighbor takes it", || neighbor.field(&walk, "advice").as_deref() == Some("Start with one route."));
    eventually("it votes again", || anew.try_ask(&vote).code == 0);

    // Somebody finds the old computer in a cupboard.
    old.up();
    assert_eq!(old.key, old_key);
    for id in &before {
        assert_eq!(whole(&anew, id).0["title"], whole(&old, id).0["title"]);
    }
    for id in before.iter().filter(|id| **id != walk && **id != private) {
        assert_eq!(whole(&anew, id), whole(&old, id), "the same edits, by their hashes");
    }
    old.ask(&["record", "edit", &walk, "--set", "cost=none"]);
    for node in [&anew, &neighbor, &old] {
        eventually("all three agree", || {
            let field = |name| node.field(&walk, name).unwrap_or_default();
            field("cost") == "none" && field("advice") == "Start with one route."
        });
        assert_eq!(node.ask(&["status"])["trouble"].as_array().unwrap().len(), 0, "{}", node.name);
        assert!(!node.log().contains("panicked"));
    }
    assert_eq!(whole(&anew, &walk), whole(&neighbor, &walk));
}

/// Power cuts while backups are made. What has the name of a backup is whole, and what is half is gone with the next one.
#[test]
fn killed_while_it_makes_a_backup_a_node_leaves_none_that_is_half() {
    let place = Place::new();
    let mut node = place.node("Riverside");
    let file = place.path().join("list.csv");
    let long = "why ".repeat(2_000);
    let rows: String = (0..120).map(|n| format!("{n},Practice {n:03},{long}\n")).collect();
    fs::write(&file, format!("id,title,problem\n{rows}")).unwrap();
    node.ask(&["import", "csv", "practice", file.to_str().unwrap()]);
    let in_folder = |node: &Node| -> Vec<PathBuf> {
        let entries = fs::read_dir(node.home().join("backups")).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let (mut halves, mut wholes) = (0, 0);
    for round in 0..5u64 {
        thread::scope(|scope| {
            let shared = &node;
            let making = scope.spawn(|| shared.try_ask(&["backup", "create"]));
            // From the first byte that is there on, a little later each time.
            let known = in_folder(shared).len();
            while in_folder(shared).len() == known && !making.is_finished() {
                thread::sleep(Duration::from_micros(200));
            }
            thread::sleep(Duration::from_millis(round * 7));
            shared.signal(Signal::KILL);
            assert!([0, NOT_READY].contains(&making.join().unwrap().code));
        });
        node.kill();
        for path in in_folder(&node) {
            if path.extension().is_some_and(|ending| ending == "backup") {
                wholes += 1;
                let said = node.try_ask(&["backup", "verify", path.to_str().unwrap()]);
                assert_eq!(said.code, 0, "{said:?}");
            } else {
                halves += 1;
                assert_eq!(node.try_ask(&["backup", "verify", path.to_str().unwrap()]).code, STORE);
            }
        }
        node.up();
    }
    println!("{halves} halves and {wholes} wholes were left by 5 power cuts");
    assert!(halves > 0, "no cut fell into the making of one");
    create(&node);
    let left = in_folder(&node);
    assert!(left.iter().all(|path| path.extension().unwrap() == "backup"), "{left:?}");
}

#[test]
fn a_backup_that_is_not_right_makes_no_home_and_says_why() {
    let place = Place::new();
    let mut node = place.node("Riverside");
    node.practice("Walk to school", "private");
    let (sheet, other) = (sheet(&node), sheet(&place.node("Hillside")));
    let backup = create(&node);
    let bytes = fs::read(&backup).unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = place.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let flipped = |at: usize| bytes.iter().enumerate().map(|(i, b)| b ^ u8::from(i == at)).collect::<Vec<u8>>();
    let cases = [
        (file("cut.backup", &bytes[..bytes.len() - 9]), &sheet, STORE, "damaged or was cut short"),
        (file("flipped.backup", &flipped(bytes.len() / 2)), &sheet, STORE, "take another one"),
        (file("letter.txt", b"Dear Ann"), &sheet, INVALID, "no backup of Commonweal"),
        (place.path().join("nowhere.backup"), &sheet, NOT_FOUND, "there is no file"),
        (backup.clone(), &other, INVALID, "not those of this backup"),
    ];
    let anew = place.empty("Anew");
    for (path, words, code, says) in cases {
        let said = try_restore(&anew, &path, words);
        assert!(said.code == code && said.err.contains(says), "{}: {said:?}", path.display());
        assert!(!anew.home().exists(), "{} left something behind", path.display());
    }
    // A home that runs, and one that is there, are left alone.
    for home in [&node, &place.named("Lakeside")] {
        let said = try_restore(home, &backup, &sheet);
        assert!(said.code == INVALID && said.err.contains("is not empty"), "{said:?}");
    }
    // A folder that is there and empty is used, and a stopped node makes and checks backups as well.
    node.stop();
    let disk = place.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let made = node.ask(&["backup", "create", "--to", disk.to_str().unwrap()]);
    let copy = made["copy"].as_str().unwrap();
    assert_eq!(node.ask(&["backup", "verify", copy, "--words", sheet.to_str().unwrap()])["records"], 1);
    fs::create_dir(anew.home()).unwrap();
    fs::set_permissions(anew.home(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    assert_eq!(try_restore(&anew, Path::new(copy), &sheet).code, 0);
    assert_eq!(anew.ask(&["backup"])["backups"].as_array().unwrap().len(), 0);
}

/// Where backups go is remembered; a disk that is not there is told, and nothing is written elsewhere instead.
#[test]
fn backups_go_where_they_are_told_to() {
    let place = Place::new();
    let node = place.node("Riverside");
    node.practice("Walk to school", "private");
    let disk = place.path().join("disk");
    let folder = disk.to_str().unwrap();
    let missing = node.try_ask(&["backup", "schedule", "--folder", folder]);
    assert!(missing.code == NOT_FOUND && missing.err.contains("plug its disk in"), "{missing:?}");
    fs::create_dir(&disk).unwrap();
    node.ask(&["backup", "schedule", "--folder", folder, "--off"]);
    assert!(create(&node).starts_with(fs::canonicalize(&disk).unwrap()));
    let look = node.ask(&["backup"]);
    assert_eq!((&look["daily"], look["backups"].as_array().unwrap().len()), (&Value::Bool(false), 1));
    fs::rename(&disk, place.path().join("unplugged")).unwrap();
    let said = node.try_ask(&["backup", "create"]);
    assert!(said.code == STORE && said.err.contains("plug its disk in"), "{said:?}");
    assert_eq!(node.ask(&["backup"])["wrong"], "folder");
    assert!(!disk.exists() && !node.home().join("backups").exists());
    fs::rename(place.path().join("unplugged"), &disk).unwrap();
    create(&node);
    assert_eq!(node.ask(&["backup"])["wrong"], Value::Null);
    assert_eq!(node.ask(&["backup", "schedule", "--inside", "--daily"])["daily"], true);
    assert!(create(&node).starts_with(node.home()));
}

/// What a node remembers that has looked after backups since 1970 and never had one: `{0: 1, 2: false, 3: 1, 5: []}`.
const LONG_AGO: [u8; 9] = [0xa4, 0, 1, 2, 0xf4, 3, 1, 5, 0x80];

#[test]
fn who_looks_after_a_node_sees_its_backups_and_is_told_when_none_is_whole() {
    let place = Place::new();
    let mut node = place.with_pages("Riverside");
    let mut ann = Browser::set_up(&node, "ann@example.org", PASSWORD);
    let program = Program::of(&node, Some(&ann.key("admin")));
    fs::write(node.home().join("backups.state"), LONG_AGO).unwrap();
    let late = "No backup was found whole for a week";
    for path in ["/", "/network/health", "/settings/backups"] {
        assert!(ann.open(path).says(late), "{path}");
    }
    assert!(program.at("GET", "/metrics").1.as_str().unwrap().contains("commonweal_backup_late 1\n"));
    assert!(ann.open("/settings").says("/settings/backups"));

    assert_eq!(ann.send("/settings/backups", &[]).location(), Some("/settings/backups"));
    let look = program.get("/backups").1;
    eventually("it is made", || program.get("/backups").1["backups"][0]["verified_ms"].is_number());
    assert_eq!((&look["daily"], &program.get("/backups").1["late"]), (&Value::Bool(true), &Value::Bool(false)));
    for path in ["/", "/network/health", "/settings/backups"] {
        assert!(!ann.open(path).says(late), "{path}");
    }
    assert!(ann.open("/settings/backups").says("The last whole backup: today"));
    assert!(program.at("GET", "/metrics").1.as_str().unwrap().contains("commonweal_backup_late 0\n"));

    // The file comes as it is, by the pages and by the API.
    let name = program.get("/backups").1["backups"][0]["name"].as_str().unwrap().to_owned();
    let path = node.home().join("backups").join(&name);
    let bytes = fs::read(&path).unwrap();
    assert_eq!(downloaded(&node, &format!("/backups/{name}")), bytes);
    assert!(ann.open("/settings/backups").says(&format!("/settings/backups/{name}")));

    // It rots, and the next check says so.
    let rotten: Vec<u8> = bytes.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == 300)).collect();
    fs::write(&path, rotten).unwrap();
    ann.send("/settings/backups/verify", &[("name", &name)]);
    eventually("it is found damaged", || program.get("/backups").1["backups"][0]["verified_ms"].is_null());
    assert!(ann.open("/settings/backups").says("Not checked"));
    for outside in ["..%2Fkeys%2Fmember", "nothing.backup", "backups.state"] {
        assert_eq!(ann.open(&format!("/settings/backups/{outside}")).status, 404, "{outside}");
        assert_eq!(program.ask("POST", &format!("/backups/{outside}/verify"), &Value::Null).0, 404, "{outside}");
    }
    assert_eq!(program.ask("PUT", "/backups", &serde_json::json!({"daily": false})).0, 405, "only at the machine");

    node.stop();
    fs::write(node.home().join("backups.state"), LONG_AGO).unwrap();
    let said = node.try_ask(&["doctor"]);
    assert!(said.code == UNWELL && said.out.contains("no backup was found whole for a week"), "{said:?}");
    create(&node);
    assert_eq!(node.try_ask(&["doctor"]).code, 0);
}

/// What the socket in the home gives at an address of the API, as bytes.
fn downloaded(node: &Node, path: &str) -> Vec<u8> {
    let mut stream = UnixStream::connect(node.home().join("control.sock")).unwrap();
    stream
        .write_all(format!("GET /api/v1{path} HTTP/1.1\r\nhost: node\r\nconnection: close\r\n\r\n").as_bytes())
        .unwrap();
    let mut all = vec![];
    stream.read_to_end(&mut all).unwrap();
    let head = all.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    assert!(String::from_utf8_lossy(&all[..head]).contains("200 OK"));
    all.split_off(head + 4)
}
