//! What the store promises, whatever sled's folder looks like at the start.

mod chance;
mod conformance;
mod crash;
mod damage;
mod deadlock;
mod full;
mod power;
mod rot;

use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::home::HomeError;

/// Small limits, and no floor: tests share a disk whose state they cannot know.
pub(crate) fn options() -> Options {
    Options {
        segment_bytes: 64 << 10,
        floor_bytes: 0,
        floor_percent: 0,
        ballast_bytes: 0,
        time_limit: Duration::from_secs(20),
    }
}

/// A home in a temporary folder that can be opened again and again.
pub(crate) struct House {
    _dir: TempDir,
    path: PathBuf,
}

impl House {
    fn new() -> House {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("home");
        drop(Home::create(&path, [9; 32]).unwrap());
        House { _dir: dir, path }
    }

    fn home(&self) -> Home {
        Home::open(&self.path).unwrap()
    }

    fn open(&self) -> (Keeper, Opened) {
        Keeper::open_with(&self.home(), options()).unwrap()
    }
}

fn put(table: Table, key: &[u8], value: &[u8]) -> Op {
    Op::Put(table, key.to_vec(), value.to_vec())
}

#[test]
fn a_new_home_is_first_and_the_next_start_is_clean() {
    let house = House::new();
    let (mut keeper, opened) = house.open();
    assert_eq!(opened, Opened { first: true, ..Opened::default() });
    keeper.apply(vec![put(Table::Header, b"h", b"1"), put(Table::View, b"v", b"2")], true).unwrap();
    assert_eq!(keeper.verify(), Ok(2));
    keeper.close().unwrap();
    let (keeper, opened) = house.open();
    assert_eq!(opened, Opened { clean: true, ..Opened::default() });
    assert_eq!(keeper.get(Table::View, b"v"), Ok(Some(b"2".to_vec())));
    drop(keeper);
    let (_, opened) = house.open();
    assert_eq!(opened, Opened::default(), "no clean stop, yet nothing to repair");
}

#[test]
fn a_second_process_on_the_same_home_is_told_who_holds_it() {
    let house = House::new();
    let (keeper, _) = house.open();
    let refusal = Home::open(&house.path).unwrap_err();
    assert!(matches!(refusal, HomeError::InUse { pid: Some(pid), .. } if pid == std::process::id()));
    assert!(refusal.to_string().contains("stop that node first"), "{refusal}");
    drop(keeper);
    house.home();
}

#[test]
fn large_values_never_reach_sleds_blob_files() {
    let house = House::new();
    let (mut keeper, _) = house.open();
    let sizes = [6 << 10, 7 << 10, 300 << 10];
    let value = |n: usize| (0..sizes[n]).map(|i| (i * 31 + n) as u8).collect::<Vec<u8>>();
    for round in 0..40u8 {
        let ops = (0..3).map(|n| put(Table::Snapshot, &[round % 8, n as u8], &value(n))).collect();
        keeper.apply(ops, false).unwrap();
    }
    assert_eq!(keeper.get(Table::Snapshot, &[3, 2]), Ok(Some(value(2))));
    assert_eq!(keeper.scan(Table::Snapshot, &[4], &[], 9).unwrap().len(), 3);
    keeper
        .apply(vec![Op::Delete(Table::Snapshot, vec![3, 2]), put(Table::Snapshot, &[4, 2], b"small")], false)
        .unwrap();
    assert_eq!(keeper.verify(), Ok(23), "pieces of what was replaced or removed are gone");
    keeper.close().unwrap();
    let (keeper, opened) = house.open();
    assert!(opened.clean);
    assert_eq!(keeper.get(Table::Snapshot, &[5, 2]), Ok(Some(value(2))));
    assert_eq!(keeper.get(Table::Snapshot, &[4, 2]), Ok(Some(b"small".to_vec())));
    assert_eq!(fs::read_dir(house.path.join("sled/blobs")).unwrap().count(), 0);
}

#[test]
fn a_reader_on_another_thread_never_sees_half_a_batch() {
    let house = House::new();
    let (mut keeper, _) = house.open();
    let reader = keeper.reader();
    let batch = |n: u8| (0..4).map(|k| put(Table::View, &[k], &vec![n; 5_000 * k as usize + 1])).collect::<Vec<_>>();
    keeper.apply(batch(0), false).unwrap();
    let watch = std::thread::spawn(move || {
        let mut seen = 0;
        while seen < 199 {
            let rows = reader.scan(Table::View, &[], &[], 9).unwrap();
            seen = rows[0].1[0];
            assert!(rows.iter().all(|(_, value)| value.iter().all(|byte| *byte == seen)));
        }
        reader
    });
    for n in 1..200 {
        keeper.apply(batch(n), false).unwrap();
    }
    let reader = watch.join().unwrap();
    keeper.close().unwrap();
    assert!(matches!(reader.get(Table::View, b"k"), Err(StoreError::Io(_))), "a closed store says so");
}

#[test]
fn signed_votes_stay_out_of_the_journal_and_outlive_sled() {
    let house = House::new();
    let (mut keeper, _) = house.open();
    let before = keeper.size().unwrap().journal_bytes;
    keeper.apply(vec![put(Table::SignedVote, b"entry", b"approve")], false).unwrap();
    assert_eq!(keeper.size().unwrap().journal_bytes, before);
    drop(keeper);
    fs::remove_dir_all(house.path.join("sled")).unwrap();
    let (keeper, opened) = house.open();
    assert!(!opened.restored);
    assert_eq!(keeper.get(Table::SignedVote, b"entry"), Ok(Some(b"approve".to_vec())));
    assert_eq!(keeper.scan(Table::SignedVote, b"e", &[], 5).unwrap().len(), 1);
}

#[test]
fn a_vote_is_kept_even_when_the_rest_of_its_batch_is_not() {
    let house = House::new();
    let (mut keeper, _) = house.open();
    keeper.journal.limit_room(Some(0));
    let ops = vec![put(Table::Vote, b"v", b"x"), put(Table::SignedVote, b"entry", b"approve")];
    assert_eq!(keeper.apply(ops, true), Err(StoreError::Full));
    drop(keeper);
    let (keeper, _) = house.open();
    assert_eq!(keeper.get(Table::SignedVote, b"entry"), Ok(Some(b"approve".to_vec())));
    assert_eq!(keeper.get(Table::Vote, b"v"), Ok(None));
}

#[test]
fn forgotten_votes_are_told_at_every_start_until_one_is_signed_again() {
    let house = House::new();
    let (mut keeper, _) = house.open();
    keeper.apply(vec![put(Table::SignedVote, b"old", b"1"), put(Table::Charter, b"c", b"1")], true).unwrap();
    drop(keeper);
    fs::remove_file(house.path.join("signed.log")).unwrap();
    assert!(house.open().1.restored);
    let (mut keeper, opened) = house.open();
    assert!(opened.restored);
    keeper.apply(vec![put(Table::SignedVote, b"new", b"2")], false).unwrap();
    drop(keeper);
    let (keeper, opened) = house.open();
    assert!(!opened.restored);
    assert_eq!(keeper.scan(Table::SignedVote, &[], &[], 9).unwrap(), [(b"new".to_vec(), b"2".to_vec())]);
}

#[test]
fn a_damaged_log_of_votes_is_set_aside_and_the_readable_votes_are_kept() {
    let house = House::new();
    let (mut keeper, _) = house.open();
    for n in 0..3u8 {
        keeper.apply(vec![put(Table::SignedVote, &[n], b"approve"), put(Table::Charter, &[n], b"c")], true).unwrap();
    }
    drop(keeper);
    let log = house.path.join("signed.log");
    let good = fs::read(&log).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 2;
        fs::write(&log, &bad).unwrap();
        let home = house.home();
        let (_, found) = SignedLog::open(&log, &home.quarantine(), [9; 16], true).unwrap();
        assert!(found.forgotten || at < 40, "byte {at}: only the header may be damaged without losing a vote");
        assert_eq!(fs::read(&log).unwrap(), bad, "evidence stays");
    }
    let (mut keeper, opened) = house.open();
    assert!(opened.restored);
    let known = keeper.scan(Table::SignedVote, &[], &[], 9).unwrap().len();
    assert_eq!(known, 2, "one vote was hit");
    keeper.apply(vec![put(Table::SignedVote, &[9], b"approve")], false).unwrap();
    drop(keeper);
    let (keeper, opened) = house.open();
    assert!(!opened.restored && opened.quarantined.is_empty());
    assert_eq!(keeper.scan(Table::SignedVote, &[], &[], 9).unwrap().len(), 3);
}

#[test]
fn derived_rows_never_reach_the_journal() {
    let house = House::new();
    let (mut keeper, _) = house.open();
    let before = keeper.size().unwrap();
    keeper.apply(vec![put(Table::Document, b"d", &[1; 5000])], true).unwrap();
    let after = keeper.size().unwrap();
    assert_eq!(after.journal_bytes, before.journal_bytes);
    assert_eq!(after.rows, before.rows + 1);
}

#[test]
fn what_no_store_takes_is_refused_and_nothing_of_its_batch_is_kept() {
    let house = House::new();
    let (mut keeper, _) = house.open();
    let large = vec![0; protocol::store::MAX_TRUTH + 1];
    let ops = vec![put(Table::Header, b"h", b"1"), put(Table::Payload, b"p", &large)];
    assert!(matches!(keeper.apply(ops, true), Err(StoreError::TooLarge(_))));
    assert_eq!(keeper.get(Table::Header, b"h"), Ok(None));
    let largest = vec![7; protocol::store::MAX_TRUTH];
    keeper.apply(vec![put(Table::Payload, b"p", &largest)], true).unwrap();
    drop(keeper);
    fs::remove_dir_all(house.path.join("sled")).unwrap();
    assert_eq!(house.open().0.get(Table::Payload, b"p"), Ok(Some(largest)));
}
