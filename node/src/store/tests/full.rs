//! A full disk: reads go on, writes are refused in a sentence, and all recovers by itself.

use std::{env, process::Command};

use super::*;

const PLACE: &str = "COMMONWEAL_TEST_FULL";
const BALLAST: u64 = 6 << 20;

#[test]
fn below_the_floor_writes_are_refused_and_reads_go_on() {
    let house = House::new();
    let (mut keeper, _) = house.open();
    keeper.apply(vec![put(Table::Header, b"h", b"1")], true).unwrap();
    keeper.room = Room::new(&house_home(&keeper), &Options { floor_bytes: u64::MAX, ..options() });
    let refusal = keeper.apply(vec![put(Table::Header, b"h", b"2")], true).unwrap_err();
    assert_eq!(refusal, StoreError::Full);
    assert_eq!(refusal.to_string(), "the disk is full; free some space and try again");
    assert_eq!(keeper.get(Table::Header, b"h"), Ok(Some(b"1".to_vec())));
    keeper.room = Room::new(&house_home(&keeper), &options());
    keeper.apply(vec![put(Table::Header, b"h", b"2")], true).unwrap();
    keeper.close().unwrap();
    let (keeper, opened) = house.open();
    assert!(opened.clean);
    assert_eq!(keeper.get(Table::Header, b"h"), Ok(Some(b"2".to_vec())));
}

/// A node was killed on a full disk, had to work out what follows from the last of its journal, and was refused.
#[test]
fn below_the_floor_what_follows_from_the_journal_is_kept_until_the_node_has_started() {
    let house = House::new();
    let (mut keeper, _) = house.open();
    keeper.room = Room::new(&house_home(&keeper), &Options { floor_bytes: u64::MAX, ..options() });
    keeper.apply(vec![put(Table::View, b"v", b"1")], true).unwrap();
    let with_truth = vec![put(Table::View, b"v", b"2"), put(Table::Header, b"h", b"2")];
    assert_eq!(keeper.apply(with_truth, true), Err(StoreError::Full));
    keeper.settle().unwrap();
    assert_eq!(keeper.apply(vec![put(Table::View, b"v", b"2")], true), Err(StoreError::Full));
    assert_eq!(keeper.get(Table::View, b"v"), Ok(Some(b"1".to_vec())));
}

fn house_home(keeper: &Keeper) -> Home {
    keeper.home.clone()
}

#[test]
fn a_journal_that_runs_out_of_room_keeps_nothing_of_the_batch() {
    let house = House::new();
    let (mut keeper, _) = house.open();
    keeper.apply(vec![put(Table::Header, b"h", b"1")], true).unwrap();
    keeper.journal.limit_room(Some(40));
    let both = vec![put(Table::Header, b"h", b"2"), put(Table::View, b"v", b"2")];
    assert_eq!(keeper.apply(both.clone(), true), Err(StoreError::Full));
    assert_eq!(keeper.get(Table::Header, b"h"), Ok(Some(b"1".to_vec())));
    assert_eq!(keeper.get(Table::View, b"v"), Ok(None));
    keeper.journal.limit_room(None);
    keeper.apply(both, true).unwrap();
    drop(keeper);
    let (keeper, opened) = house.open();
    assert_eq!((opened.torn_bytes, opened.rebuilt), (0, None));
    assert_eq!(keeper.get(Table::Header, b"h"), Ok(Some(b"2".to_vec())));
}

/// A large batch reaches sled in pieces. The disk was full after the first: the caller was told that nothing was saved,
/// and everybody could read that piece.
#[test]
fn a_batch_that_stops_between_two_pieces_is_not_read_and_is_gone_at_the_next_start() {
    let house = House::new();
    let (mut keeper, _) = house.open();
    keeper.apply(vec![put(Table::Header, b"h", b"1")], true).unwrap();
    let reader = keeper.reader();
    keeper.shelf.refuse_after(1);
    let large = (0..40u8).map(|n| put(Table::Header, &[n], &vec![n; 20_000])).collect();
    assert_eq!(keeper.apply(large, true), Err(StoreError::Full));
    assert!(matches!(reader.get(Table::Header, &[0]), Err(StoreError::Damaged(_))));
    assert!(matches!(reader.scan(Table::Header, &[], &[], 9), Err(StoreError::Damaged(_))));
    drop(keeper);
    let (keeper, opened) = house.open();
    assert!(matches!(opened.rebuilt, Some(Why::Damaged(_))), "{opened:?}");
    assert_eq!(keeper.scan(Table::Header, &[], &[], 9), Ok(vec![(b"h".to_vec(), b"1".to_vec())]));
}

/// Nothing of the batch is in sled yet, so reading goes on.
#[test]
fn a_batch_that_is_refused_whole_leaves_the_rest_readable() {
    let house = House::new();
    let (mut keeper, _) = house.open();
    keeper.apply(vec![put(Table::Header, b"h", b"1")], true).unwrap();
    keeper.shelf.refuse_after(0);
    assert_eq!(keeper.apply(vec![put(Table::Header, b"h", b"2")], true), Err(StoreError::Full));
    assert_eq!(keeper.get(Table::Header, b"h"), Ok(Some(b"1".to_vec())));
}

#[test]
fn ballast_is_set_aside_when_there_is_room_and_given_back_when_there_is_none() {
    let house = House::new();
    let home = house.home();
    let room = |bytes| Room::new(&home, &Options { ballast_bytes: bytes, ..options() });
    room(1 << 20).set_aside();
    assert_eq!(fs::metadata(home.ballast()).unwrap().len(), 1 << 20);
    assert_eq!(room(1 << 20).give_back_if_short(), Ok(false));
    assert_eq!(room(u64::MAX).give_back_if_short(), Ok(true));
    assert!(!home.ballast().exists());
}

/// Not a test of its own: runs on a disk of 24 MiB that it fills to the last byte.
#[test]
fn child_on_a_small_disk() {
    let Ok(path) = env::var(PLACE) else { return };
    let path = Path::new(&path).join("home");
    let options = Options { ballast_bytes: BALLAST, time_limit: Duration::from_secs(5), ..options() };
    let home = Home::create(&path, [1; 32]).unwrap();
    let (mut keeper, _) = Keeper::open_with(&home, options.clone()).unwrap();
    assert!(home.ballast().exists());
    let filler = path.join("filler");
    let mut kept = 0u64;
    let row = |n: u64| put(Table::Payload, &n.to_be_bytes(), &vec![n as u8; 3_000]);
    let why = loop {
        if kept == 500 {
            let free = keeper.room.free().unwrap();
            // sled writes at the same time, so this may itself find the disk full.
            let _ = fs::write(&filler, vec![1; (free - (600 << 10)) as usize]);
        }
        match keeper.apply(vec![row(kept)], true) {
            Ok(()) => kept += 1,
            Err(why) => break why,
        }
    };
    println!("full after {kept} rows: {why}");
    assert!(kept >= 500);
    let all_kept = |keeper: &Keeper| (0..kept).all(|n| keeper.get(Table::Payload, &n.to_be_bytes()).unwrap().is_some());
    drop(keeper);
    let (mut keeper, opened) = Keeper::open_with(&home, options.clone()).unwrap();
    println!("started on the full disk: {opened:?}");
    assert!(opened.ballast_released && all_kept(&keeper));
    keeper.room = Room::new(&home, &Options { floor_bytes: 200 << 20, ..options.clone() });
    assert_eq!(keeper.apply(vec![row(kept)], true), Err(StoreError::Full));
    keeper.room = Room::new(&home, &options);
    fs::remove_file(&filler).unwrap();
    keeper.apply(vec![row(kept)], true).unwrap();
    assert!(all_kept(&keeper));
    keeper.close().unwrap();
    let (keeper, _) = Keeper::open_with(&home, options).unwrap();
    assert!(home.ballast().exists() && all_kept(&keeper));
    println!("recovered");
}

#[test]
fn a_node_starts_on_a_disk_without_a_free_byte_and_recovers_by_itself() {
    // A small disk of our own needs a mount namespace. Where the system allows none, the tests above must do.
    let dir = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=24m tmpfs \"$1\" || exit 77; shift; exec \"$@\"";
    let mut child = Command::new("unshare");
    child.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]).arg(dir.path());
    child.arg(env::current_exe().unwrap()).args([
        "--exact",
        "store::tests::full::child_on_a_small_disk",
        "--nocapture",
    ]);
    let Ok(done) = child.env(PLACE, dir.path()).env("RUST_BACKTRACE", "0").output() else { return };
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    if done.status.code() == Some(77) || err.starts_with("unshare:") {
        return;
    }
    assert!(done.status.success() && out.contains("recovered"), "{out}\n{err}");
}
