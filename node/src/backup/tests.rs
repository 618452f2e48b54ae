//! Backups as files: made, read, damaged, of later versions, for other words; and the homes made of them.

use std::{env, os::unix::fs::symlink, process::Command};

use protocol::{
    input::{AudienceAsk, EditorsAsk, Request},
    store::{Op, Read, Table},
    view::Answer,
};
use serde_json::json;
use tempfile::TempDir;

use super::{check::Checker, pack, restore::restore_where, sealed::Opener, *};
use crate::{clock::now_ms, run::ask_offline, store::Keeper};

/// A home with a few records, one of them deleted, and the seed of its words.
struct House {
    folder: TempDir,
    seed: [u8; 32],
}

impl House {
    fn new() -> House {
        let house = House { folder: tempfile::tempdir().unwrap(), seed: [0; 32] };
        house.ask(Request::Name { name: "Riverside".into(), place: None });
        house.write("Walk to school");
        let gone = house.write("Zebracanary");
        house.ask(Request::Delete { doc: gone });
        house.ask(Request::KeepPeople { rows: people() });
        let seed = *keys::member(&house.home()).unwrap();
        House { seed, ..house }
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    fn ask(&self, request: Request) -> Answer {
        ask_offline(&self.home(), request).unwrap().answer.unwrap()
    }

    fn write(&self, title: &str) -> String {
        let value = json!({"title": title, "summary": "We walk."});
        let (audience, editors) = (AudienceAsk::Private, EditorsAsk::Owner);
        match self.ask(Request::Create { kind: "practice".into(), value, audience, editors }) {
            Answer::Id { id } => id.to_string(),
            other => panic!("{other:?}"),
        }
    }

    fn backup(&self) -> PathBuf {
        make(&self.home()).unwrap().0
    }

    fn altered(&self, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join("altered.backup");
        fs::write(&path, bytes).unwrap();
        path
    }

    /// What is inside a backup, as it was before it was sealed.
    fn open(&self, backup: &Path) -> Vec<u8> {
        let mut opener = Opener::begin(File::open(backup).unwrap(), &self.seed).unwrap();
        let mut bytes = vec![];
        while let Ok(byte) = opener.take(1) {
            bytes.extend(byte);
        }
        bytes
    }

    /// A backup with this inside, rightly sealed.
    fn seal(&self, bytes: &[u8]) -> PathBuf {
        let mut sealer = Sealer::begin(vec![], &self.seed, &[5; 32]).unwrap();
        sealer.write(bytes).unwrap();
        self.altered(&sealer.finish().unwrap())
    }
}

/// An account, a session, a key, a link, a draft.
fn people() -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    [b'a', b's', b'k', b'i', b'd'].map(|sort| (vec![sort, 1], Some(vec![0xa0]))).to_vec()
}

/// What is inside a backup, frame by frame, with the sum that belongs to it.
fn summed(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes: Vec<u8> =
        frames.iter().flat_map(|frame| [&(frame.len() as u32).to_be_bytes()[..], frame].concat()).collect();
    bytes.extend([0; 4]);
    let sum = *blake3::hash(&bytes).as_bytes();
    bytes.extend(sum);
    bytes
}

fn about() -> About {
    About::new(7, None, (MemberKey([1; 32]), NodeKey([2; 32])), 9)
}

fn changes(house: &House, backup: &Path) -> Vec<Op> {
    let mut all = vec![];
    pack::read(backup, &house.seed, &mut |ops| {
        all.extend(ops);
        Ok(())
    })
    .unwrap();
    all
}

#[test]
fn what_was_kept_comes_back_and_what_lets_somebody_in_does_not() {
    let house = House::new();
    let backup = house.backup();
    let (about, checked) = verify(&backup, &house.seed).unwrap();
    assert_eq!((checked.records, checked.edits), (1, 2), "of the deleted one a head is left");
    let home = house.folder.path().join("restored");
    let restored = restore(&backup, &house.seed, &home).unwrap();
    assert_eq!((&restored.about, restored.checked, restored.records), (&about, checked, 1));
    assert_ne!(restored.node, about.node, "a restored node is a new one");
    assert_eq!(*keys::member(&home).unwrap(), house.seed);
    let kept = |home: &Path| {
        let home = Home::open(home).unwrap();
        let (keeper, opened) = Keeper::open(&home).unwrap();
        let mut rows = vec![];
        for table in Table::ALL.into_iter().filter(|table| table.is_truth()) {
            rows.extend(keeper.scan(table, &[], &[], 1_000).unwrap().into_iter().map(|row| (table, row)));
        }
        keeper.close().unwrap();
        (rows, opened.restored)
    };
    let (mut before, knew_votes) = kept(&house.home());
    let (after, forgot_votes) = kept(&home);
    assert!(!knew_votes && forgot_votes, "it votes again only when somebody confirmed the charter");
    let left_out: Vec<_> =
        before.extract_if(.., |(table, (key, _))| *table == Table::People && b"ski".contains(&key[0])).collect();
    assert_eq!(left_out.len(), 3);
    assert_eq!(before, after);
    assert!(!home.join("restoring").exists() && !home.join("signed.log").exists());
    // It is a home like any other.
    assert!(
        matches!(ask_offline(&home, Request::Status).unwrap().answer, Ok(Answer::Status(status)) if status.records == 1)
    );
}

#[test]
fn what_was_deleted_is_in_no_later_backup() {
    let house = House::new();
    let journal: Vec<u8> = journal::segments(&house.home().join("journal"))
        .unwrap()
        .iter()
        .flat_map(|(_, path)| fs::read(path).unwrap())
        .collect();
    let says = |bytes: &[u8]| bytes.windows(11).any(|word| word == b"Zebracanary");
    assert!(says(&journal), "the journal still has it, so this shows something");
    let backup = house.backup();
    let inside = house.open(&backup);
    assert!(!says(&inside));
    assert!(inside.windows(14).any(|word| word == b"Walk to school"));
    assert!(changes(&house, &backup).iter().all(|op| matches!(op, Op::Put(..))));
}

#[test]
fn every_flipped_byte_is_noticed() {
    let house = House::new();
    let whole = fs::read(house.backup()).unwrap();
    assert!(verify(&house.altered(&whole), &house.seed).is_ok());
    for at in 0..whole.len() {
        let mut bad = whole.clone();
        bad[at] ^= 1 << (at % 8);
        assert!(verify(&house.altered(&bad), &house.seed).is_err(), "byte {at} of {}", whole.len());
    }
    for len in 0..whole.len() {
        assert!(verify(&house.altered(&whole[..len]), &house.seed).is_err(), "cut at {len}");
    }
    assert!(verify(&house.altered(&[&whole[..], &[0]].concat()), &house.seed).is_err(), "a byte too many");
}

/// The seal says that nobody else touched it. That what was sealed is right is another matter, such as memory that rots.
#[test]
fn what_was_wrong_before_it_was_sealed_is_noticed_as_well() {
    let house = House::new();
    let inside = house.open(&house.backup());
    assert!(verify(&house.seal(&inside), &house.seed).is_ok());
    for at in 0..inside.len() {
        let mut bad = inside.clone();
        bad[at] ^= 1 << (at % 8);
        assert!(verify(&house.seal(&bad), &house.seed).is_err(), "byte {at} of {}", inside.len());
    }
}

/// Each with its own crc and a right sum, so that nothing but the signatures can tell.
#[test]
fn what_nobody_signed_is_noticed() {
    let house = House::new();
    let ops = changes(&house, &house.backup());
    let check = |ops: &[Op]| {
        let mut checker = Checker::default();
        ops.iter().try_for_each(|op| checker.take(op)).and_then(|()| checker.end())
    };
    check(&ops).unwrap();
    let signed = [Table::Header, Table::Envelope, Table::Payload];
    let mut tried = 0;
    for (at, op) in ops.iter().enumerate() {
        let Op::Put(table, key, value) = op else { panic!("{op:?}") };
        for byte in (0..value.len()).step_by(7).filter(|_| signed.contains(table)) {
            let (mut ops, mut value) = (ops.clone(), value.clone());
            value[byte] ^= 1;
            ops[at] = Op::Put(*table, key.clone(), value);
            assert!(check(&ops).is_err(), "{table:?} byte {byte}");
            tried += 1;
        }
    }
    assert!(tried > 100, "{tried}");
    let without = |table| ops.iter().filter(|op| op.table() != table).cloned().collect::<Vec<_>>();
    assert!(check(&without(Table::Envelope)).is_err(), "payloads that no head names");
    assert!(check(&without(Table::Payload)).is_ok(), "heads of what was deleted stay");
}

#[test]
fn what_a_later_version_made_is_told_as_such() {
    let house = House::new();
    let sealed = |frames: &[Vec<u8>]| verify(&house.seal(&summed(frames)), &house.seed);
    let encoded = |about: &About| protocol::format::encode(about);
    assert_eq!(sealed(&[encoded(&about())]).unwrap().0, about());
    assert!(matches!(sealed(&[encoded(&About { schema: 2, ..about() })]), Err(BackupError::Newer)));
    // A row of table 63, which nobody has yet.
    let mut row = vec![0, 0, 0, 4, 2, 0, 0, 0, 0, 63, 0, 1, 7];
    let crc = crc32c::crc32c_append(crc32c::crc32c(&row[..5]), &row[9..]);
    row[5..9].copy_from_slice(&crc.to_be_bytes());
    assert!(matches!(sealed(&[encoded(&about()), row]), Err(BackupError::Newer)));
    let other = verify(&house.backup(), &[9; 32]).unwrap_err();
    assert!(matches!(other, BackupError::OtherWords), "{other}");
}

#[test]
fn a_home_that_is_there_is_never_restored_into() {
    let house = House::new();
    let backup = house.backup();
    let is_not_empty = |home: &Path| {
        let refused = restore(&backup, &house.seed, home).unwrap_err();
        assert!(matches!(refused, BackupError::Home(HomeError::NotEmpty(_))), "{refused}");
    };
    is_not_empty(&house.home());
    let folder = house.folder.path().join("things");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("letter.txt"), "Dear Ann").unwrap();
    is_not_empty(&folder);
    fs::create_dir(folder.join("restoring")).unwrap();
    is_not_empty(&folder);
    assert_eq!(fs::read_to_string(folder.join("letter.txt")).unwrap(), "Dear Ann");
}

/// The machine lost power while the parts were moved into place.
#[test]
fn a_restoring_that_was_cut_short_is_done_again() {
    let house = House::new();
    let backup = house.backup();
    let home = house.folder.path().join("restored");
    restore(&backup, &house.seed, &home).unwrap();
    fs::create_dir(home.join("restoring")).unwrap();
    fs::rename(home.join("journal"), home.join("restoring/journal")).unwrap();
    assert!(matches!(Home::open(&home), Err(HomeError::Missing(_))), "without a journal it is no home");
    let restored = restore(&backup, &house.seed, &home).unwrap();
    assert_eq!(restored.records, 1);
    assert!(!home.join("restoring").exists());
}

#[test]
fn a_backup_that_does_not_fit_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (path, part) = (folder.path().join("a.backup"), folder.path().join("a.backup.part"));
    // What is written there finds no room.
    symlink("/dev/full", &part).unwrap();
    let written = whole(&path, &part, |file| file.write_all(&[7; 100_000]).map_err(BackupError::Unwritten));
    let told = written.map_err(|why| why.about(folder.path(), 5 << 20)).unwrap_err();
    assert!(told.to_string().contains("free 5 MiB there"), "{told}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    // And what was cut short in the middle for another reason.
    let broken = whole(&path, &part, |file| {
        file.write_all(b"half").map_err(BackupError::Unwritten)?;
        Err(BackupError::Stopping)
    });
    assert!(matches!(broken, Err(BackupError::Stopping)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

const PLACE: &str = "COMMONWEAL_TEST_RESTORE";

/// Not a test of its own: it restores where its disk has 3 MiB, which is enough for the journal and not for the rest.
#[test]
fn child_that_restores_on_a_small_disk() {
    let Ok(place) = env::var(PLACE) else { return };
    let house = House::new();
    for n in 0..12 {
        let long: String =
            (0..90_000u32).map(|i| char::from(b'a' + (i.wrapping_mul(7919 + n) >> 7) as u8 % 26)).collect();
        house.ask(Request::KeepPeople { rows: vec![(format!("a{n}").into_bytes(), Some(long.into_bytes()))] });
    }
    let home = Path::new(&place).join("home");
    let why = restore_where(&house.backup(), &house.seed, &home, &|_| Ok(0)).unwrap_err();
    println!("told: {why}; {} left", fs::read_dir(&place).unwrap().count());
    let folder = Path::new(&place).join("theirs");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    restore_where(&house.backup(), &house.seed, &folder, &|_| Ok(0)).unwrap_err();
    println!("and {} left in a folder that was there", fs::read_dir(&folder).unwrap().count());
}

#[test]
fn a_disk_that_is_full_in_the_middle_of_restoring_is_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=3m,mode=0755 tmpfs \"$1\" || exit 77; shift; exec \"$@\"";
    let mut child = Command::new("unshare");
    child.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]).arg(dir.path());
    child.arg(env::current_exe().unwrap());
    child.args(["--exact", "backup::tests::child_that_restores_on_a_small_disk", "--nocapture"]);
    let done = child.env(PLACE, dir.path()).output().ok();
    let done = done.filter(|done| done.status.code() != Some(77) && !done.stderr.starts_with(b"unshare:"));
    let Some(done) = done else {
        println!("skipped: a small disk of our own needs a mount namespace, which this system does not allow");
        return;
    };
    let (said, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(said.contains("there is too little room") && said.contains("; 0 left"), "{said}\n{err}");
    assert!(said.contains("and 0 left in a folder that was there"), "{said}\n{err}");
}

#[test]
fn a_copy_is_whole_and_never_over_something_else() {
    let house = House::new();
    let backup = house.backup();
    let disk = house.folder.path().join("disk");
    assert!(matches!(copy(&backup, &disk.join("mine.backup")), Err(BackupError::NoFolder(_))));
    fs::create_dir(&disk).unwrap();
    let there = copy(&backup, &disk).unwrap();
    assert_eq!(fs::read(&there).unwrap(), fs::read(&backup).unwrap());
    assert!(copy(&backup, &disk).unwrap_err().to_string().contains("is there already"));
    assert_eq!(fs::read_dir(&disk).unwrap().count(), 1);
}

/// A check that fails takes the mark away that an earlier one gave.
#[test]
fn what_is_known_of_a_backup_follows_what_was_found() {
    let house = House::new();
    assert_eq!(look(&house.home()).unwrap().kept, Kept::default());
    let backup = house.backup();
    let known = || look(&house.home()).unwrap().backups[0].verified_ms;
    assert!(known().is_some_and(|at| now_ms() - at < 60_000));
    let mut bytes = fs::read(&backup).unwrap();
    bytes[200] ^= 1;
    fs::write(&backup, &bytes).unwrap();
    assert!(matches!(verify_and_note(&house.home(), &backup, &house.seed), Err(BackupError::Damaged)));
    assert_eq!(known(), None);
    bytes[200] ^= 1;
    fs::write(&backup, &bytes).unwrap();
    verify_and_note(&house.home(), &backup, &house.seed).unwrap();
    assert!(known().is_some());
    choose(&house.home(), Some("/nowhere/at/all".into()), true).unwrap_err();
    choose(&house.home(), Some(house.folder.path().display().to_string()), false).unwrap();
    let look = look(&house.home()).unwrap();
    assert!(look.kept.off && look.backups.is_empty());
}
