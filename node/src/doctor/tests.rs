//! Homes that are damaged on purpose.

use std::{fs, os::unix::fs::PermissionsExt};

use protocol::store::{Op, Read, Table};

use super::*;
use crate::journal::segment::{Segment, Step};

struct Clinic {
    dir: tempfile::TempDir,
}

impl Clinic {
    fn new() -> Clinic {
        let clinic = Clinic { dir: tempfile::tempdir().unwrap() };
        let home = Home::create(&clinic.home(), [3; 32]).unwrap();
        Key::Member.create(&home, &[4; 32]).unwrap();
        let (mut keeper, _) = Keeper::open_with(&home, options()).unwrap();
        for n in 0..50u8 {
            let truth = Op::Put(Table::Header, vec![n % 40], vec![n; 100]);
            keeper.apply(vec![truth, Op::Put(Table::View, vec![n], vec![n])], true).unwrap();
        }
        keeper.apply(vec![Op::Delete(Table::Header, vec![39])], true).unwrap();
        keeper.close().unwrap();
        clinic
    }

    fn home(&self) -> std::path::PathBuf {
        self.dir.path().join("home")
    }

    fn spoil(&self, at: usize) {
        let segments = journal::segments(&self.home().join("journal")).unwrap();
        let mut bytes = fs::read(&segments[0].1).unwrap();
        bytes[at] ^= 1;
        fs::write(&segments[0].1, bytes).unwrap();
    }

    fn headers(&self) -> Vec<protocol::store::Row> {
        let home = Home::open(&self.home()).unwrap();
        let (keeper, _) = Keeper::open_with(&home, options()).unwrap();
        keeper.scan(Table::Header, &[], &[], 99).unwrap()
    }
}

/// A byte inside each of these groups, before its commit: without its commit the last one would be a torn tail.
fn inside_groups(clinic: &Clinic, positions: &[u64]) -> Vec<usize> {
    let look = journal::look(&clinic.home().join("journal")).unwrap();
    let mut segment = Segment::new(&look.segments[0].1, look.seal).unwrap();
    let mut bytes = Vec::new();
    while let Step::Group(group) = segment.step().unwrap() {
        if positions.contains(&group.mark.position) {
            bytes.push(group.start as usize + 40);
        }
    }
    bytes
}

fn options() -> Options {
    Options { floor_bytes: 0, floor_percent: 0, ballast_bytes: 0, ..Options::default() }
}

#[test]
fn a_sound_home_is_found_sound_and_a_running_one_is_left_alone() {
    let clinic = Clinic::new();
    let report = check(&clinic.home()).unwrap();
    assert!(report.is_well(), "{report:?}");
    assert_eq!((report.groups, report.sled), (51, Sled::Sound { rows: 89, behind: 0 }));
    let _running = Home::open(&clinic.home()).unwrap();
    assert!(matches!(check(&clinic.home()), Err(DoctorError::Home(HomeError::InUse { .. }))));
}

#[test]
fn a_wrong_sled_is_rebuilt() {
    let clinic = Clinic::new();
    fs::write(clinic.home().join("sled/db"), vec![7; 5000]).unwrap();
    assert!(!check(&clinic.home()).unwrap().is_well());
    let report = mend(&clinic.home()).unwrap();
    assert!(report.is_well(), "{report:?}");
    assert!(report.mended == [Mended::Rebuilt] || report.mended == [Mended::CaughtUp]);
    assert_eq!(clinic.headers().len(), 39);
}

#[test]
fn what_only_sled_still_knows_is_rescued_before_it_is_lost() {
    let clinic = Clinic::new();
    let headers = clinic.headers();
    // Three groups rot: one that wrote a row, one that wrote over a row, and the one that removed a row.
    for byte in inside_groups(&clinic, &[11, 46, 51]) {
        clinic.spoil(byte);
    }
    let report = check(&clinic.home()).unwrap();
    assert_eq!(report.lost_groups, 3);
    let report = mend(&clinic.home()).unwrap();
    assert!(matches!(report.sled, Sled::Sound { .. }), "{report:?}");
    assert_eq!(report.mended, [Mended::Rescued(3), Mended::SetAside(3)]);
    assert_eq!((report.lost_groups, report.damaged_anew), (3, 0), "the damage itself stays told");
    assert!(report.is_well(), "{report:?}");
    fs::remove_dir_all(clinic.home().join("sled")).unwrap();
    assert_eq!(clinic.headers(), headers);
}

/// Sled once did not open in time, so the next start would rebuild it: from the journal, which has lost groups. What was
/// to be rescued was then looked up in the rebuilt sled, not found, and written to the journal as removed.
#[test]
fn what_is_rescued_is_read_before_a_doubted_sled_is_rebuilt() {
    let clinic = Clinic::new();
    let headers = clinic.headers();
    for byte in inside_groups(&clinic, &[11, 46, 51]) {
        clinic.spoil(byte);
    }
    must_rebuild(&Home::open(&clinic.home()).unwrap()).unwrap();
    let report = mend(&clinic.home()).unwrap();
    assert_eq!(report.mended, [Mended::Rebuilt, Mended::Rescued(3), Mended::SetAside(3)]);
    assert!(report.is_well(), "{report:?}");
    assert_eq!(clinic.headers(), headers);
    fs::remove_dir_all(clinic.home().join("sled")).unwrap();
    assert_eq!(clinic.headers(), headers, "the journal has them too");
}

/// Sled lacks the last groups, one of which writes over a row that the journal lost before: the later value stands.
#[test]
fn what_the_journal_says_after_sleds_last_group_is_not_undone() {
    let clinic = Clinic::new();
    let copy = clinic.dir.path().join("sled");
    assert!(
        std::process::Command::new("cp")
            .arg("-r")
            .args([clinic.home().join("sled"), copy.clone()])
            .status()
            .unwrap()
            .success()
    );
    let home = Home::open(&clinic.home()).unwrap();
    let (mut keeper, _) = Keeper::open_with(&home, options()).unwrap();
    keeper.apply(vec![Op::Put(Table::Header, vec![10], vec![99])], true).unwrap();
    keeper.close().unwrap();
    drop(home);
    let headers = clinic.headers();
    fs::remove_dir_all(clinic.home().join("sled")).unwrap();
    fs::rename(copy, clinic.home().join("sled")).unwrap();
    // The groups that wrote the rows 10 and 12 rot.
    for byte in inside_groups(&clinic, &[11, 13]) {
        clinic.spoil(byte);
    }
    let report = mend(&clinic.home()).unwrap();
    assert_eq!(report.mended, [Mended::Rescued(1), Mended::SetAside(2)]);
    assert_eq!(clinic.headers(), headers);
}

/// The commit of the last group rots. The journal alone cannot tell that from a write cut short, of which nobody was
/// told that it was kept; sled, which has it, can.
#[test]
fn the_last_save_is_rescued_when_its_end_rotted_and_sled_has_it() {
    let clinic = Clinic::new();
    let home = Home::open(&clinic.home()).unwrap();
    let (mut keeper, _) = Keeper::open_with(&home, options()).unwrap();
    keeper
        .apply(vec![Op::Put(Table::Header, vec![77], vec![7; 10]), Op::Delete(Table::Header, vec![3])], true)
        .unwrap();
    keeper.close().unwrap();
    drop(home);
    let headers = clinic.headers();
    let segments = journal::segments(&clinic.home().join("journal")).unwrap();
    clinic.spoil(fs::metadata(&segments[0].1).unwrap().len() as usize - 2);
    let report = check(&clinic.home()).unwrap();
    assert!(matches!(&report.sled, Sled::Ahead(only) if only.only_sled.len() == 1 && only.only_journal.len() == 1));
    assert!(report.torn_bytes > 0 && !report.is_well(), "{report:?}");
    let report = mend(&clinic.home()).unwrap();
    assert!(matches!(report.mended[..], [Mended::CutTorn(_), Mended::Rebuilt, Mended::Rescued(2)]), "{report:?}");
    assert!(report.is_well(), "{report:?}");
    fs::remove_dir_all(clinic.home().join("sled")).unwrap();
    assert_eq!(clinic.headers(), headers);
}

#[test]
fn a_torn_tail_is_told_and_cut() {
    let clinic = Clinic::new();
    let segments = journal::segments(&clinic.home().join("journal")).unwrap();
    let whole = fs::read(&segments[0].1).unwrap();
    fs::write(&segments[0].1, [&whole[..], &[0; 33]].concat()).unwrap();
    assert_eq!(check(&clinic.home()).unwrap().torn_bytes, 33);
    assert_eq!(fs::read(&segments[0].1).unwrap().len(), whole.len() + 33, "looking changes nothing");
    let report = mend(&clinic.home()).unwrap();
    assert!(report.is_well());
    assert_eq!(report.mended, [Mended::CutTorn(33)]);
}

#[test]
fn what_others_can_reach_is_told_and_closed() {
    let clinic = Clinic::new();
    let home = clinic.home();
    fs::set_permissions(&home, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(home.join("keys"), fs::Permissions::from_mode(0o750)).unwrap();
    let report = check(&home).unwrap();
    assert!(!report.is_well());
    assert_eq!(
        report.loose.iter().map(|loose| (loose.mode, loose.fix)).collect::<Vec<_>>(),
        [(0o755, 0o700), (0o750, 0o700)]
    );
    let report = mend(&home).unwrap();
    assert_eq!(report.mended, [Mended::Closed(2)]);
    assert!(report.is_well());
    Home::open(&home).unwrap();
}

#[test]
fn a_lost_member_key_is_told_and_a_damaged_node_key_put_aside() {
    let clinic = Clinic::new();
    let home = Home::open(&clinic.home()).unwrap();
    Key::Node.create(&home, &[5; 32]).unwrap();
    fs::remove_file(Key::Member.path(&home)).unwrap();
    fs::write(Key::Node.path(&home), [1; 37]).unwrap();
    drop(home);
    let report = check(&clinic.home()).unwrap();
    assert_eq!(report.keys[0], (Key::Member, KeyState::Lost));
    assert!(matches!(&report.keys[1].1, KeyState::Damaged(_)));
    let report = mend(&clinic.home()).unwrap();
    assert_eq!(report.mended, [Mended::NodeKeyAside]);
    assert_eq!(report.keys, [(Key::Member, KeyState::Lost), (Key::Node, KeyState::NotYet)]);
    assert!(!report.is_well(), "nothing makes the member key again");
}

#[test]
fn what_lies_about_is_told_and_only_what_can_be_made_again_is_removed() {
    let clinic = Clinic::new();
    for folder in ["sled.new", "sled.bad-1", "notes"] {
        fs::create_dir(clinic.home().join(folder)).unwrap();
    }
    let kinds = |report: &Report| report.leftovers.iter().map(|left| left.what).collect::<Vec<_>>();
    let report = check(&clinic.home()).unwrap();
    assert!(report.is_well(), "{report:?}");
    assert_eq!(kinds(&report), [Remains::Foreign, Remains::OldStore, Remains::Unfinished]);
    let report = mend(&clinic.home()).unwrap();
    assert_eq!(report.mended, [Mended::Cleared(1)]);
    assert_eq!(kinds(&report), [Remains::Foreign, Remains::OldStore]);
}

#[test]
fn values_in_files_of_their_own_are_told_and_built_anew() {
    let clinic = Clinic::new();
    let blobs = clinic.home().join("sled/blobs");
    fs::create_dir_all(&blobs).unwrap();
    fs::write(blobs.join("1"), "x").unwrap();
    assert_eq!(check(&clinic.home()).unwrap().blobs, 1);
    let report = mend(&clinic.home()).unwrap();
    assert!(report.is_well() && report.mended == [Mended::Rebuilt], "{report:?}");
    assert_eq!(clinic.headers().len(), 39);
}
