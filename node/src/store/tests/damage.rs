//! Whatever became of sled's folder, every truth is there after the start.

use super::{
    guard::{Ended, guarded},
    *,
};

/// Truths and derived rows of 300 batches, some large; the second half after a copy of sled was made.
fn lived(house: &House, copy: Option<&Path>) -> u64 {
    let (mut keeper, _) = house.open();
    for n in 0..300u64 {
        if n == 150
            && let Some(copy) = copy
        {
            keeper.close().unwrap();
            copy_folder(&house.path.join("sled"), copy);
            keeper = house.open().0;
        }
        keeper.apply(batch(n), n.is_multiple_of(50)).unwrap();
    }
    keeper.close().unwrap();
    300
}

fn batch(n: u64) -> Vec<Op> {
    let key = n.to_be_bytes();
    vec![
        put(Table::Envelope, &key, &[1; 200]),
        put(Table::Payload, &key, &vec![n as u8; if n.is_multiple_of(40) { 9_000 } else { 300 }]),
        put(Table::Document, &[n as u8 % 16], &key),
    ]
}

fn all_truths_are_there(keeper: &Keeper) {
    for n in 0..300u64 {
        for op in batch(n) {
            let Op::Put(table, key, value) = op else { continue };
            if table.is_truth() {
                assert_eq!(keeper.get(table, &key), Ok(Some(value)), "{table:?} {n}");
            }
        }
    }
    keeper.verify().unwrap();
}

pub(super) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn bad_folders(house: &House) -> Vec<String> {
    let names = fs::read_dir(&house.path).unwrap().flatten().map(|e| e.file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("sled.")).collect()
}

#[test]
fn a_sled_that_is_gone_is_built_from_the_journal() {
    let house = House::new();
    lived(&house, None);
    fs::remove_dir_all(house.path.join("sled")).unwrap();
    let (keeper, opened) = house.open();
    assert_eq!((opened.rebuilt, opened.derived_lost, opened.clean), (Some(Why::Missing), true, false));
    all_truths_are_there(&keeper);
    assert_eq!(keeper.scan(Table::Document, &[], &[], 99), Ok(vec![]), "derived rows are for the engine to derive");
}

#[test]
fn an_older_copy_of_sled_is_brought_up_to_the_journal() {
    let house = House::new();
    let copy = house.path.parent().unwrap().join("copy");
    lived(&house, Some(&copy));
    fs::remove_dir_all(house.path.join("sled")).unwrap();
    fs::rename(&copy, house.path.join("sled")).unwrap();
    let (keeper, opened) = house.open();
    assert_eq!((&opened.rebuilt, opened.clean, opened.derived_lost), (&None, false, false));
    assert_eq!(opened.replayed.len(), 300, "two truths of each of 150 batches: what hangs on them is old");
    all_truths_are_there(&keeper);
}

#[test]
fn a_sled_ahead_of_the_journal_or_of_another_one_is_rebuilt() {
    let house = House::new();
    lived(&house, None);
    let (mut keeper, _) = house.open();
    // A power cut: the group was never fsynced and is lost, while sled's copy happens to reach the disk.
    keeper.apply(vec![put(Table::Header, b"lost", b"1")], false).unwrap();
    keeper.journal.undo().unwrap();
    keeper.close().unwrap();
    let (mut keeper, opened) = house.open();
    assert_eq!(opened.rebuilt, Some(Why::Ahead));
    assert_eq!(keeper.get(Table::Header, b"lost"), Ok(None));
    all_truths_are_there(&keeper);
    // And once more, with another group at the same position.
    keeper.apply(vec![put(Table::Header, b"lost", b"1")], false).unwrap();
    keeper.journal.undo().unwrap();
    keeper.journal.append([put(Table::Header, b"other", b"1")].iter(), true).unwrap();
    keeper.close().unwrap();
    let (keeper, opened) = house.open();
    assert_eq!(opened.rebuilt, Some(Why::Foreign));
    assert_eq!(keeper.get(Table::Header, b"lost"), Ok(None));
    assert_eq!(keeper.get(Table::Header, b"other"), Ok(Some(b"1".to_vec())));
    assert_eq!(bad_folders(&house), ["sled.bad-2"], "one folder put aside is kept");
}

#[test]
fn a_truncated_or_flipped_sled_never_costs_a_truth() {
    // A node that trusted sled after a clean stop lost rows here, in 9 of 120 runs and never in the same trial: sled
    // opened without a word, with the newest watermark, and a page of older rows was gone.
    let house = House::new();
    lived(&house, None);
    let sled = house.path.join("sled");
    let copy = house.path.parent().unwrap().join("copy");
    copy_folder(&sled, &copy);
    let (data, mark) = (fs::read(copy.join("db")).unwrap(), fs::read(house.path.join("clean")).unwrap());
    for trial in 0..24u64 {
        fs::remove_dir_all(&sled).unwrap();
        copy_folder(&copy, &sled);
        let mut bad = data.clone();
        let at = trial.wrapping_mul(0x9E37_79B9_7F4A_7C15) as usize % data.len();
        match trial % 3 {
            0 => bad.truncate(at),
            1 => bad[at] ^= 1 << (trial % 8),
            _ => bad[at..].iter_mut().take(4096).for_each(|byte| *byte = 0),
        }
        fs::write(sled.join("db"), bad).unwrap();
        if trial % 2 == 0 {
            fs::write(house.path.join("clean"), &mark).unwrap();
        }
        let (keeper, opened) = house.open();
        all_truths_are_there(&keeper);
        let whole = keeper.scan(Table::Document, &[], &[], 99).unwrap().len() == 16;
        assert!(whole || opened.derived_lost || !opened.replayed.is_empty(), "trial {trial}: {opened:?}");
    }
}

#[test]
fn what_must_be_derived_anew_is_told_until_it_is_settled() {
    let house = House::new();
    let copy = house.path.parent().unwrap().join("copy");
    lived(&house, Some(&copy));
    let sled = house.path.join("sled");
    fs::remove_dir_all(&sled).unwrap();
    copy_folder(&copy, &sled);
    // The node dies before it has derived anything, and once more after an edit that came with its derived rows.
    let (mut keeper, opened) = house.open();
    assert_eq!(opened.replayed.len(), 300);
    keeper.apply(batch(0), true).unwrap();
    keeper.close().unwrap();
    let (mut keeper, opened) = house.open();
    assert_eq!((opened.clean, opened.replayed.len()), (true, 302));
    keeper.settle().unwrap();
    keeper.apply(batch(1), true).unwrap();
    drop(keeper);
    let (keeper, opened) = house.open();
    assert_eq!((opened.replayed.len(), opened.derived_lost), (0, false));
    drop(keeper);
    fs::remove_dir_all(&sled).unwrap();
    assert!(house.open().1.derived_lost);
    let (mut keeper, opened) = house.open();
    assert!(opened.derived_lost && opened.rebuilt.is_none());
    keeper.settle().unwrap();
    drop(keeper);
    assert!(!house.open().1.derived_lost);
}

#[test]
fn a_snapshot_that_was_being_written_does_not_block_the_start() {
    let house = House::new();
    lived(&house, None);
    fs::write(house.path.join("sled/snap.00000000FFFFFFFF.generating"), b"half").unwrap();
    let (keeper, opened) = house.open();
    assert_eq!((opened.rebuilt, opened.clean), (None, true));
    all_truths_are_there(&keeper);
}

#[test]
fn a_damaged_or_missing_snapshot_never_costs_a_truth() {
    for missing in [true, false] {
        let house = House::new();
        lived(&house, None);
        for entry in fs::read_dir(house.path.join("sled")).unwrap().flatten() {
            if entry.file_name().to_string_lossy().starts_with("snap.") {
                if missing { fs::remove_file(entry.path()).unwrap() } else { fs::write(entry.path(), b"?").unwrap() }
            }
        }
        all_truths_are_there(&house.open().0);
    }
}

#[test]
fn damage_read_while_running_is_told_and_the_next_start_rebuilds() {
    let house = House::new();
    lived(&house, None);
    let (keeper, _) = house.open();
    keeper.shelf.spoil(&layout::row_key(Table::Payload, &7u64.to_be_bytes()));
    assert!(matches!(keeper.get(Table::Payload, &7u64.to_be_bytes()), Err(StoreError::Damaged(_))));
    assert!(matches!(keeper.scan(Table::Payload, &[], &[], 99), Err(StoreError::Damaged(_))));
    assert!(keeper.verify().is_err());
    keeper.close().unwrap();
    let (keeper, opened) = house.open();
    assert!(matches!(opened.rebuilt, Some(Why::Damaged(_))), "{opened:?}");
    all_truths_are_there(&keeper);
}

#[test]
fn a_start_that_found_sled_hanging_is_followed_by_one_that_rebuilds() {
    let house = House::new();
    lived(&house, None);
    let limit = Duration::from_millis(20);
    assert!(guarded("test", limit, || std::thread::sleep(Duration::from_secs(1))) == Ended::Silent);
    assert_eq!(guarded("test", Duration::from_secs(9), || panic!("as sled may")), Ended::<()>::Panicked);
    assert!(matches!(open::doubt(&house.home()), StoreError::Damaged(_)));
    let (keeper, opened) = house.open();
    assert_eq!(opened.rebuilt, Some(Why::Doubted));
    all_truths_are_there(&keeper);
    drop(keeper);
    assert_eq!(house.open().1.rebuilt, None);
}

#[test]
fn a_damaged_group_of_the_journal_is_told_and_sled_goes_on() {
    let house = House::new();
    lived(&house, None);
    let segments = journal::segments(&house.path.join("journal")).unwrap();
    let mut bytes = fs::read(&segments[0].1).unwrap();
    bytes[1000] ^= 1;
    fs::write(&segments[0].1, bytes).unwrap();
    let (keeper, opened) = house.open();
    assert!(opened.clean && opened.quarantined.is_empty(), "older segments are read only when they are needed");
    all_truths_are_there(&keeper);
    drop(keeper);
    fs::remove_dir_all(house.path.join("sled")).unwrap();
    let (keeper, opened) = house.open();
    assert_eq!((opened.lost_groups, opened.quarantined.len()), (1, 1));
    assert_eq!(keeper.scan(Table::Envelope, &[], &[], 999).unwrap().len(), 299);
}

#[test]
fn a_sled_that_hangs_while_running_ends_in_errors_and_not_in_silence() {
    // Seen: writer, flusher and all threads of sled waiting for each other (see shelf.rs). Whoever waits on the engine
    // must be told, so that the process ends and is started again.
    let house = House::new();
    let home = house.home();
    let (mut keeper, _) =
        Keeper::open_with(&home, Options { time_limit: Duration::from_millis(300), ..options() }).unwrap();
    keeper.apply(vec![put(Table::Header, b"h", b"1")], true).unwrap();
    let reader = keeper.reader();
    keeper.shelf.hang();
    let told = Err(StoreError::Damaged("sled hangs; start the node again".to_owned()));
    assert_eq!(keeper.apply(vec![put(Table::Header, b"h", b"2")], true), told);
    assert!(reader.get(Table::Header, b"h").is_err() && keeper.pulse().is_err() && keeper.close().is_err());
}
