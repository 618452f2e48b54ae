//! What a journal promises on a disk that tears, rots and fills up.

use std::os::unix::fs::FileExt;

use protocol::store::Table;
use tempfile::TempDir;

use super::*;

const SEAL: Seal = [42; 16];

struct Desk {
    dir: TempDir,
    most: u64,
}

impl Desk {
    fn new(most: u64) -> Desk {
        let desk = Desk { dir: tempfile::tempdir().unwrap(), most };
        fs::create_dir(desk.folder()).unwrap();
        fs::create_dir(desk.quarantine()).unwrap();
        Journal::create(&desk.folder(), SEAL).unwrap();
        desk
    }

    fn folder(&self) -> PathBuf {
        self.dir.path().join("journal")
    }

    fn quarantine(&self) -> PathBuf {
        self.dir.path().join("quarantine")
    }

    fn open(&self) -> (Journal, Found) {
        Journal::open(&self.folder(), &self.quarantine(), self.most).unwrap()
    }

    fn segment(&self, index: usize) -> PathBuf {
        segments(&self.folder()).unwrap()[index].1.clone()
    }
}

/// Groups of one to three changes, recognisable by their number.
fn batch(n: u64) -> Vec<Op> {
    let put = Op::Put(Table::Header, n.to_be_bytes().to_vec(), format!("header {n}").into_bytes());
    let mut ops = vec![put];
    if n.is_multiple_of(2) {
        ops.push(Op::Put(Table::Payload, n.to_be_bytes().to_vec(), vec![n as u8; 20]));
    }
    if n.is_multiple_of(3) {
        ops.push(Op::Delete(Table::Payload, vec![n as u8]));
    }
    ops
}

fn write(journal: &mut Journal, groups: impl Iterator<Item = u64>) {
    for n in groups {
        assert_eq!(journal.append(batch(n).iter(), n.is_multiple_of(4)).unwrap().position, n);
    }
}

fn read_all(journal: &Journal, after: u64) -> (Vec<(u64, Vec<Op>)>, Reading) {
    let (mut groups, mut ops) = (Vec::new(), Vec::new());
    let reading = journal.read(after, &mut |entry| {
        match entry {
            Entry::Change(op) => ops.push(op),
            Entry::End(mark) => groups.push((mark.position, std::mem::take(&mut ops))),
        }
        Ok(())
    });
    (groups, reading.unwrap())
}

fn expected(positions: impl Iterator<Item = u64>) -> Vec<(u64, Vec<Op>)> {
    positions.map(|n| (n, batch(n))).collect()
}

#[test]
fn what_was_written_is_read_again_from_any_position_and_across_segments() {
    let desk = Desk::new(400);
    let (mut journal, found) = desk.open();
    assert_eq!(found, Found::default());
    write(&mut journal, 1..=10);
    let tip = journal.tip();
    drop(journal);
    let (mut journal, found) = desk.open();
    assert_eq!((journal.tip(), found), (tip, Found::default()));
    write(&mut journal, 11..=20);
    assert!(segments(&desk.folder()).unwrap().len() > 3);
    for after in 0..=20 {
        let (groups, reading) = read_all(&journal, after);
        assert_eq!(groups, expected(after + 1..=20));
        assert_eq!((reading.missing, reading.damaged.len()), (0, 0));
    }
    assert_eq!(journal.mark_at(10).unwrap(), Some(tip));
    assert_eq!(journal.mark_at(0).unwrap(), Some(Mark::default()));
    assert_eq!(journal.mark_at(21).unwrap(), None);
}

#[test]
fn a_tail_torn_at_any_byte_is_cut_and_the_rest_survives() {
    let desk = Desk::new(SEGMENT_BYTES);
    let (mut journal, _) = desk.open();
    write(&mut journal, 1..=5);
    let whole = journal.tail.len();
    let before = journal.tip();
    write(&mut journal, 6..=6);
    let full = fs::read(desk.segment(0)).unwrap();
    drop(journal);
    for cut in whole as usize..full.len() {
        // Once the file ends early, once the blocks were never written and read as zeros.
        for zeros in [false, true] {
            let mut torn = full[..cut].to_vec();
            if zeros {
                torn.resize(full.len(), 0);
            }
            fs::write(desk.segment(0), &torn).unwrap();
            let (mut journal, found) = desk.open();
            assert_eq!(found.torn_bytes, torn.len() as u64 - whole, "cut at {cut}");
            assert_eq!((journal.tip(), found.quarantined.len()), (before, 0), "cut at {cut}");
            assert_eq!(read_all(&journal, 0).0, expected(1..=5));
            write(&mut journal, 6..=7);
            drop(journal);
            assert_eq!(read_all(&desk.open().0, 0).0, expected(1..=7));
        }
    }
    let kept = fs::read_dir(desk.quarantine()).unwrap().count();
    assert!((1..=8).contains(&kept), "a few torn tails are kept, not all: {kept}");
}

#[test]
fn a_byte_flipped_anywhere_costs_its_own_group_and_no_other() {
    let desk = Desk::new(SEGMENT_BYTES);
    let (mut journal, _) = desk.open();
    let mut ends = vec![journal.tail.len()];
    for n in 1..=6 {
        write(&mut journal, n..=n);
        ends.push(journal.tail.len());
    }
    let tip = journal.tip();
    drop(journal);
    let good = fs::read(desk.segment(0)).unwrap();
    for at in ends[2]..ends[4] {
        let hit = if at < ends[3] { 3 } else { 4 };
        let mut bad = good.clone();
        bad[at as usize] ^= 0x40;
        fs::write(desk.segment(0), &bad).unwrap();
        let (journal, found) = desk.open();
        assert_eq!((journal.tip(), found.torn_bytes), (tip, 0), "byte {at}");
        let (groups, reading) = read_all(&journal, 0);
        assert_eq!(groups, expected((1..=6).filter(|n| *n != hit)), "byte {at}");
        assert_eq!((reading.missing, &reading.damaged), (1, &found.quarantined));
        let stretch = &found.quarantined[0];
        assert_eq!((stretch.start, stretch.len), (ends[hit as usize - 1], ends[hit as usize] - ends[hit as usize - 1]));
        assert_eq!(fs::read(desk.segment(0)).unwrap(), bad, "evidence is never overwritten");
        let copy = stretch.copy.as_ref().unwrap();
        assert_eq!(fs::read(copy).unwrap(), bad[stretch.start as usize..][..stretch.len as usize]);
        fs::remove_file(copy).unwrap();
    }
}

#[test]
fn a_damaged_last_group_that_was_committed_is_set_aside_and_its_position_is_not_given_again() {
    let desk = Desk::new(SEGMENT_BYTES);
    let (mut journal, _) = desk.open();
    write(&mut journal, 1..=3);
    let tip = journal.tip();
    let len = journal.tail.len();
    drop(journal);
    let file = fs::OpenOptions::new().write(true).open(desk.segment(0)).unwrap();
    file.write_all_at(b"?", len - 70).unwrap();
    let (mut journal, found) = desk.open();
    assert_eq!((journal.tip(), found.torn_bytes, found.quarantined.len()), (tip, 0, 1));
    write(&mut journal, 4..=4);
    let (groups, reading) = read_all(&journal, 0);
    assert_eq!((groups, reading.missing), (expected([1, 2, 4].into_iter()), 1));
}

#[test]
fn a_group_planted_in_a_payload_is_never_taken_for_ours() {
    // A peer sends a payload that holds a whole journal group; then the head of that record rots, or is torn off
    // by a power cut. A reader that looks for the next good record must not find the peer's.
    let mut planted = Vec::new();
    let (seal, position) = ([1; 16], 3);
    record::Record::Begin { seal, position }.write(&mut planted);
    let evil = Op::Put(Table::Setting, b"evil".to_vec(), vec![]);
    record::Record::Change(std::borrow::Cow::Owned(evil)).write(&mut planted);
    record::Record::Commit { seal, position, changes: 1, chain: 0 }.write(&mut planted);
    let desk = Desk::new(SEGMENT_BYTES);
    let (mut journal, _) = desk.open();
    write(&mut journal, 1..=1);
    let start = journal.tail.len() as usize;
    journal.append([Op::Put(Table::Payload, b"k".to_vec(), planted)].iter(), true).unwrap();
    let good = fs::read(desk.segment(0)).unwrap();
    drop(journal);
    for at in start..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        for bytes in [&bad[..], &good[..at]] {
            fs::write(desk.segment(0), bytes).unwrap();
            assert_eq!(read_all(&desk.open().0, 0).0, expected(1..=1), "byte {at}");
        }
    }
}

#[test]
fn a_damaged_header_loses_nothing_and_a_newer_one_is_refused() {
    let desk = Desk::new(SEGMENT_BYTES);
    let (mut journal, _) = desk.open();
    write(&mut journal, 1..=3);
    let tip = journal.tip();
    drop(journal);
    let good = fs::read(desk.segment(0)).unwrap();
    for at in 0..segment::HEADER {
        let mut bad = good.clone();
        bad[at] ^= 8;
        fs::write(desk.segment(0), bad).unwrap();
        let (journal, _) = desk.open();
        assert_eq!((journal.tip(), read_all(&journal, 0).0), (tip, expected(1..=3)), "byte {at}");
    }
    let mut newer = good.clone();
    newer[7] = 2;
    let crc = crc32c::crc32c(&newer[..segment::HEADER - 4]).to_be_bytes();
    newer[segment::HEADER - 4..segment::HEADER].copy_from_slice(&crc);
    fs::write(desk.segment(0), newer).unwrap();
    let refusal = Journal::open(&desk.folder(), &desk.quarantine(), SEGMENT_BYTES).map(drop);
    assert_eq!(refusal, Err(StoreError::Newer));
}

#[test]
fn a_lost_segment_is_told_and_the_others_are_read() {
    let desk = Desk::new(200);
    let (mut journal, _) = desk.open();
    write(&mut journal, 1..=9);
    fs::remove_file(desk.segment(1)).unwrap();
    let (groups, reading) = read_all(&journal, 0);
    assert!(reading.missing > 0);
    assert_eq!(groups.len() as u64 + reading.missing, 9);
}

#[test]
fn a_full_disk_keeps_nothing_of_the_batch_and_writing_goes_on_when_there_is_room() {
    let desk = Desk::new(SEGMENT_BYTES);
    let (mut journal, _) = desk.open();
    write(&mut journal, 1..=2);
    let (tip, len) = (journal.tip(), journal.tail.len());
    for room in [0, 1, 30, 80] {
        journal.limit_room(Some(room));
        assert_eq!(journal.append(batch(3).iter(), true), Err(StoreError::Full));
        assert_eq!((journal.tip(), fs::metadata(desk.segment(0)).unwrap().len()), (tip, len));
    }
    journal.limit_room(None);
    write(&mut journal, 3..=4);
    assert_eq!(read_all(&journal, 0).0, expected(1..=4));
}

#[test]
fn a_group_taken_back_leaves_no_trace() {
    let desk = Desk::new(SEGMENT_BYTES);
    let (mut journal, _) = desk.open();
    write(&mut journal, 1..=3);
    journal.undo().unwrap();
    assert_eq!(journal.tip().position, 2);
    write(&mut journal, 3..=5);
    drop(journal);
    assert_eq!(read_all(&desk.open().0, 0).0, expected(1..=5));
}

#[test]
fn a_group_larger_than_a_segment_and_the_readers_window_is_read_whole() {
    let desk = Desk::new(1 << 20);
    let (mut journal, _) = desk.open();
    write(&mut journal, 1..=1);
    let ops: Vec<Op> = (0..40u8).map(|n| Op::Put(Table::Payload, vec![n], vec![n; 200 << 10])).collect();
    journal.append(ops.iter(), true).unwrap();
    write(&mut journal, 3..=3);
    let (groups, _) = read_all(&journal, 1);
    assert_eq!(groups, [(2, ops), (3, batch(3))]);
    assert_eq!(segments(&desk.folder()).unwrap().len(), 3);
}
