//! Where backups stand, what is known of them, and which of them stay.
//!
//! What is known stands in `backups.state` in the home, beside the journal: it is about this machine and its disks, so it
//! goes into no backup, and the doctor reads it without a node. Lost, it costs one more look at a file.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    fs::{self, DirBuilder},
    io::Write,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use minicbor::{Decode, Encode};
use protocol::{format, identity::NodeKey};

use super::BackupError;
use crate::{
    clock,
    config::{BACKUP_DAYS, BACKUP_LATE_MS, BACKUP_LATEST, BACKUP_MONTHS, BACKUP_WEEKS, DAY_MS},
    disk::sync_folder,
};

/// The longest `backups.state`: it names some dozens of files.
const STATE_MOST: usize = 64 << 10;
const STATE: &str = "backups.state";
const FOLDER: &str = "backups";
const ENDING: &str = "backup";
const TIME: &str = "%Y-%m-%d-%H%M%S";
/// How long such a time is.
const TIME_LENGTH: usize = "2026-11-22-104200".len();

/// What went wrong with the last backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Wrong {
    /// Too little room.
    #[n(0)]
    Full,
    /// The folder is not there.
    #[n(1)]
    Folder,
    /// It did not read back as it was written.
    #[n(2)]
    Damaged,
    /// The disk refused, or what is kept cannot be read.
    #[n(3)]
    Disk,
}

impl Wrong {
    /// Its word in texts and answers.
    pub fn word(self) -> &'static str {
        match self {
            Wrong::Full => "full",
            Wrong::Folder => "folder",
            Wrong::Damaged => "damaged",
            Wrong::Disk => "disk",
        }
    }
}

impl From<&BackupError> for Wrong {
    fn from(why: &BackupError) -> Wrong {
        match why {
            BackupError::Full { .. } => Wrong::Full,
            BackupError::NoFolder(_) => Wrong::Folder,
            BackupError::Damaged | BackupError::OtherWords | BackupError::NotOne => Wrong::Damaged,
            _ => Wrong::Disk,
        }
    }
}

/// What a node remembers of its backups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Kept {
    /// Version of these bytes: 1.
    #[n(0)]
    v: u32,
    /// The folder they go to; `backups` in the home where nobody named one.
    #[n(1)]
    pub folder: Option<String>,
    /// Whether none is made by itself.
    #[n(2)]
    pub off: bool,
    /// Since when this node looks after backups, in milliseconds since 1970.
    #[n(3)]
    pub since_ms: u64,
    /// When the last one was made.
    #[n(4)]
    pub made_ms: Option<u64>,
    /// By its name, when each was last read to its last byte and found whole.
    #[n(5)]
    verified: Vec<(String, u64)>,
    /// When the last try failed, and why; nothing once one succeeded.
    #[n(6)]
    pub failed: Option<(u64, Wrong)>,
    /// Whether the folder stood on another disk than the home when it was chosen.
    #[n(7)]
    apart: Option<bool>,
}

impl Kept {
    /// What is known in a home.
    pub fn read(home: &Path) -> Kept {
        let bytes = fs::read(home.join(STATE)).unwrap_or_default();
        format::recall(&bytes, STATE_MOST).unwrap_or_default()
    }

    /// When the last backup was found whole.
    pub fn verified_ms(&self) -> Option<u64> {
        self.verified.iter().map(|(_, at)| *at).max()
    }

    /// When the newest that was found whole was made.
    pub fn whole_ms(&self) -> Option<u64> {
        self.verified.iter().map(|(name, at)| made_at(name).unwrap_or(*at)).max()
    }

    /// Whether of no backup of the last week it is known that it is whole. A node that has looked after none for so long is given the time.
    pub fn is_late(&self, now_ms: u64) -> bool {
        // A clock that was once ahead must not keep the warning away.
        let made = self.verified.iter().map(|(name, at)| made_at(name).unwrap_or(*at));
        let last = made.filter(|at| *at <= now_ms).max().unwrap_or(self.since_ms);
        self.since_ms > 0 && now_ms.saturating_sub(last) > BACKUP_LATE_MS
    }

    /// Whether it is time for the next. After a failure an hour passes first: a disk is plugged in again, room is made.
    pub(super) fn is_due(&self, now_ms: u64) -> bool {
        let passed = |at: u64, ms: u64| at > now_ms || now_ms - at >= ms;
        let tried = self.failed.is_none_or(|(at, _)| passed(at, DAY_MS / 24));
        !self.off && tried && self.made_ms.is_none_or(|at| passed(at, DAY_MS))
    }

    fn of(&self, name: &str) -> Option<u64> {
        self.verified.iter().find(|(known, _)| known == name).map(|(_, at)| *at)
    }
}

/// One backup of this node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// The file's name.
    pub name: String,
    /// When it was made, in milliseconds since 1970.
    pub made_ms: u64,
    /// Its length.
    pub bytes: u64,
    /// When it was last found whole.
    pub verified_ms: Option<u64>,
}

/// The folder of one node's backups, and what is known of them.
#[derive(Clone, Debug)]
pub(super) struct Shelf {
    home: PathBuf,
    /// Backups of other nodes may stand in the same folder, and are let alone.
    begins: String,
}

impl Shelf {
    pub(super) fn open(home: &Path, node: NodeKey) -> Shelf {
        Shelf { home: home.to_owned(), begins: format!("commonweal-{}-", node.short()) }
    }

    pub(super) fn kept(&self) -> Kept {
        Kept::read(&self.home)
    }

    pub(super) fn folder(&self) -> PathBuf {
        self.kept().folder.map_or_else(|| self.home.join(FOLDER), PathBuf::from)
    }

    /// The folder, made when it is the home's own.
    pub(super) fn ready(&self) -> Result<PathBuf, BackupError> {
        let folder = self.folder();
        if self.kept().folder.is_none() && !folder.exists() {
            DirBuilder::new().mode(0o700).create(&folder).map_err(BackupError::Unwritten)?;
        }
        // Where a disk is not plugged in, its mount point is an empty folder on the very disk that the backups are to outlive.
        let unplugged = self.kept().apart == Some(true) && self.is_apart(&folder) == Some(false);
        if folder.is_dir() && !unplugged { Ok(folder) } else { Err(BackupError::NoFolder(folder)) }
    }

    fn is_apart(&self, folder: &Path) -> Option<bool> {
        let disk = |path: &Path| fs::metadata(path).ok().map(|about| about.dev());
        Some(disk(folder)? != disk(&self.home)?)
    }

    /// The name of a backup made now. Two within a second are one second apart.
    pub(super) fn name(&self, now_ms: u64) -> String {
        let folder = self.folder();
        let at = |seconds: u64| {
            let time = Timestamp::from_second(i64::try_from(seconds).unwrap_or(0)).unwrap_or_default();
            format!("{}{}.{ENDING}", self.begins, time.strftime(TIME))
        };
        (now_ms / 1_000..).map(at).find(|name| !folder.join(name).exists()).unwrap_or_default()
    }

    fn made_ms(&self, name: &str) -> Option<u64> {
        name.strip_prefix(&self.begins).and_then(made_at)
    }

    /// This node's backups, the newest first.
    pub(super) fn list(&self) -> Vec<Backup> {
        let kept = self.kept();
        let entries = fs::read_dir(self.folder()).into_iter().flatten().flatten();
        let backups = entries.filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            // A link could lead to what is no backup.
            let made_ms = entry.file_type().ok()?.is_file().then(|| self.made_ms(&name)).flatten()?;
            let bytes = entry.metadata().ok()?.len();
            Some(Backup { made_ms, bytes, verified_ms: kept.of(&name), name })
        });
        let mut backups: Vec<Backup> = backups.collect();
        backups.sort_by_key(|backup| Reverse(backup.made_ms));
        backups
    }

    /// Where the backup of this name stands, if it is one of ours: a name that comes from outside leads nowhere else.
    pub(super) fn find(&self, name: &str) -> Option<PathBuf> {
        self.list().into_iter().find(|backup| backup.name == name).map(|backup| self.folder().join(backup.name))
    }

    /// Says where backups go, and whether they are made by themselves. In a new folder one is made
    /// soon.
    pub(super) fn choose(&self, folder: Option<String>, off: bool) -> Result<(), BackupError> {
        if let Some(folder) = folder.as_ref().filter(|folder| !Path::new(folder).is_dir()) {
            return Err(BackupError::NoFolder(PathBuf::from(folder)));
        }
        self.change(|kept| {
            if kept.folder != folder {
                (kept.made_ms, kept.failed) = (None, None);
                kept.verified.clear();
            }
            kept.apart = folder.as_ref().and_then(|folder| self.is_apart(Path::new(folder)));
            (kept.folder, kept.off) = (folder, off);
        })
    }

    /// Begins to count the days, where nobody did.
    pub(super) fn begin(&self) {
        if self.kept().since_ms == 0 {
            // It begins with the next look otherwise.
            let _ = self.change(|_| ());
        }
    }

    /// Notes that a backup was made and found whole, or why not. What cannot be noted is found out again.
    pub(super) fn note(&self, made: Result<&str, &BackupError>) {
        let now = clock::now_ms();
        let _ = self.change(|kept| match made {
            Ok(name) => {
                (kept.made_ms, kept.failed) = (Some(now), None);
                mark(kept, name, now);
            }
            Err(why) => kept.failed = Some((now, Wrong::from(why))),
        });
    }

    /// Notes what came of reading one again.
    pub(super) fn note_read(&self, name: &str, whole: bool) {
        let now = clock::now_ms();
        let _ = self.change(|kept| match whole {
            true => mark(kept, name, now),
            false => {
                kept.verified.retain(|(known, _)| known != name);
                kept.failed = Some((now, Wrong::Damaged));
            }
        });
    }

    /// Removes what no longer has to stay, and never the last one that was found whole.
    pub(super) fn tidy(&self) {
        let backups = self.list();
        let stay = staying(&backups);
        let folder = self.folder();
        for backup in backups.iter().filter(|backup| !stay.contains(&backup.name)) {
            // What cannot be removed now is tried again tomorrow.
            let _ = fs::remove_file(folder.join(&backup.name));
        }
        let _ = self.change(|kept| kept.verified.retain(|(name, _)| stay.contains(name)));
    }

    /// Removes what a stop in the middle left behind.
    pub(super) fn sweep(&self) {
        for entry in fs::read_dir(self.folder()).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with(&self.begins) && name.ends_with(".part") {
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    fn change(&self, change: impl FnOnce(&mut Kept)) -> Result<(), BackupError> {
        let mut kept = self.kept();
        kept.v = 1;
        if kept.since_ms == 0 {
            kept.since_ms = clock::now_ms();
        }
        change(&mut kept);
        let (path, new) = (self.home.join(STATE), self.home.join("backups.state.new"));
        let write = || {
            let mut options = fs::OpenOptions::new();
            let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&new)?;
            file.write_all(&format::encode(&kept))?;
            file.sync_all()?;
            fs::rename(&new, &path)?;
            sync_folder(&self.home)
        };
        write().map_err(BackupError::Unwritten)
    }
}

/// When a backup was made, by the end of its name.
fn made_at(name: &str) -> Option<u64> {
    let time = name.strip_suffix(ENDING)?.strip_suffix('.')?;
    let time = time.get(time.len().checked_sub(TIME_LENGTH)?..)?;
    let time = DateTime::strptime(TIME, time).ok()?.to_zoned(TimeZone::UTC).ok()?;
    u64::try_from(time.timestamp().as_millisecond()).ok()
}

fn mark(kept: &mut Kept, name: &str, now: u64) {
    kept.verified.retain(|(known, _)| known != name);
    kept.verified.push((name.to_owned(), now));
}

/// The names of those that stay: the last few, the newest of each of the last days, weeks and months that have one, and of
/// those that were found whole the newest.
fn staying(backups: &[Backup]) -> BTreeSet<String> {
    let date = |backup: &Backup| {
        let time = Timestamp::from_millisecond(i64::try_from(backup.made_ms).unwrap_or(0)).unwrap_or_default();
        time.to_zoned(TimeZone::UTC).date()
    };
    let newest_of_each = |span: &dyn Fn(&Backup) -> (i16, i8, i8), most: usize| -> Vec<String> {
        let mut newest: BTreeMap<(i16, i8, i8), &Backup> = BTreeMap::new();
        for backup in backups {
            let held = newest.entry(span(backup)).or_insert(backup);
            let better = |backup: &Backup| (backup.verified_ms.is_some(), backup.made_ms);
            if better(backup) > better(held) {
                *held = backup;
            }
        }
        newest.values().rev().take(most).map(|backup| backup.name.clone()).collect()
    };
    let day = |backup: &Backup| (date(backup).year(), date(backup).month(), date(backup).day());
    let week = |backup: &Backup| (date(backup).iso_week_date().year(), date(backup).iso_week_date().week(), 0);
    let month = |backup: &Backup| (date(backup).year(), date(backup).month(), 0);
    let whole = backups.iter().filter(|backup| backup.verified_ms.is_some()).max_by_key(|backup| backup.made_ms);
    let mut latest: Vec<&Backup> = backups.iter().collect();
    latest.sort_by_key(|backup| Reverse(backup.made_ms));
    let kept = [
        latest.iter().take(BACKUP_LATEST).map(|backup| backup.name.clone()).collect(),
        newest_of_each(&day, BACKUP_DAYS),
        newest_of_each(&week, BACKUP_WEEKS),
        newest_of_each(&month, BACKUP_MONTHS),
        whole.map(|backup| backup.name.clone()).into_iter().collect(),
    ];
    kept.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backup(day: u64, verified: bool) -> Backup {
        // The first is of 2026-01-01.
        let made_ms = (20_454 + day) * DAY_MS;
        Backup { name: format!("{day:03}"), made_ms, bytes: 1, verified_ms: verified.then_some(made_ms) }
    }

    #[test]
    fn of_a_year_of_days_the_last_week_month_and_year_stay() {
        let all: Vec<Backup> = (0..365).map(|day| backup(day, true)).collect();
        let stay = staying(&all);
        let days: Vec<u64> = stay.iter().map(|name| name.parse().unwrap()).collect();
        // Seven days; the Sundays before the last week's days; the last days of the months.
        assert_eq!(days[days.len() - 7..], [358, 359, 360, 361, 362, 363, 364]);
        assert!([353, 346, 339].into_iter().filter(|sunday| days.contains(sunday)).count() >= 2, "{days:?}");
        assert!([30, 58, 89, 119, 150, 180, 211, 242, 272, 303, 333].iter().all(|end| days.contains(end)), "{days:?}");
        assert!(days.len() <= BACKUP_DAYS + BACKUP_WEEKS + BACKUP_MONTHS);
        let (first, rest) = all.split_first().unwrap();
        assert!(!staying(rest).contains(&first.name));
    }

    #[test]
    fn of_one_day_the_last_few_stay() {
        let at = |hour| Backup { made_ms: hour * DAY_MS / 24, name: format!("{hour:02}"), ..backup(0, true) };
        let stay = staying(&(1..20).map(at).collect::<Vec<_>>());
        assert_eq!(stay.into_iter().collect::<Vec<_>>(), ["17", "18", "19"]);
    }

    #[test]
    fn the_last_one_that_was_found_whole_stays_however_old() {
        let mut all: Vec<Backup> = (0..900).map(|day| backup(day, false)).collect();
        assert!(!staying(&all).contains("100"));
        all[100].verified_ms = Some(1);
        all[40].verified_ms = Some(2);
        let stay = staying(&all);
        assert!(stay.contains("100") && !stay.contains("040"), "{stay:?}");
    }

    #[test]
    fn backups_of_other_nodes_and_other_files_are_let_alone() {
        let (home, node) = (tempfile::tempdir().unwrap(), |n| NodeKey([n; 32]));
        let (ours, theirs) = (Shelf::open(home.path(), node(1)), Shelf::open(home.path(), node(2)));
        let folder = ours.ready().unwrap();
        for day in 0..60 {
            fs::write(folder.join(ours.name(day * DAY_MS)), "ours").unwrap();
            fs::write(folder.join(theirs.name(day * DAY_MS)), "theirs").unwrap();
        }
        fs::write(folder.join("notes.backup"), "a person's").unwrap();
        fs::write(folder.join(format!("{}.part", ours.name(0))), "half").unwrap();
        fs::write(folder.join(format!("{}.part", theirs.name(0))), "half").unwrap();
        ours.sweep();
        ours.tidy();
        assert_eq!(theirs.list().len(), 60);
        assert!(ours.list().len() < 14 && folder.join("notes.backup").exists());
        let halves =
            fs::read_dir(&folder).unwrap().filter(|one| one.as_ref().unwrap().path().extension().unwrap() == "part");
        assert_eq!(halves.count(), 1);
        assert!(ours.find("../keys/member").is_none() && ours.find("notes.backup").is_none());
    }

    #[test]
    fn it_is_late_after_a_week_and_due_after_a_day() {
        let week = 7 * DAY_MS;
        let mut kept = Kept { since_ms: 100, ..Kept::default() };
        assert!(!Kept::default().is_late(week * 9), "a node that never looked after backups is no worse than it was");
        assert!(!kept.is_late(100 + week) && kept.is_late(101 + week));
        mark(&mut kept, "a", week);
        assert!(!kept.is_late(2 * week) && kept.is_late(2 * week + 1));
        // One that is looked at again and again is no younger for it.
        mark(&mut kept, "commonweal-abcdefgh-1970-01-09-000000.backup", 3 * week);
        assert!(kept.is_late(3 * week) && kept.whole_ms() == Some(8 * DAY_MS));
        assert!(kept.is_due(0));
        kept.made_ms = Some(week);
        assert!(!kept.is_due(week + DAY_MS - 1) && kept.is_due(week + DAY_MS));
        kept.failed = Some((week + DAY_MS, Wrong::Full));
        assert!(!kept.is_due(week + DAY_MS + 1) && kept.is_due(week + DAY_MS + DAY_MS / 24));
        kept.off = true;
        assert!(!kept.is_due(9 * week));
    }

    #[test]
    fn what_is_known_is_read_back_and_its_bytes_never_change() {
        let home = tempfile::tempdir().unwrap();
        let kept = Kept {
            v: 1,
            folder: Some("/b".into()),
            off: true,
            since_ms: 7,
            made_ms: Some(8),
            verified: vec![("a".into(), 9)],
            failed: Some((10, Wrong::Disk)),
            apart: None,
        };
        let bytes = format::encode(&kept);
        assert_eq!(
            protocol::identity::hex(&bytes),
            "a700010162 2f62 02f5 0307 0408 0581826161 09 06820a03".replace(' ', "")
        );
        fs::write(home.path().join(STATE), bytes).unwrap();
        assert_eq!(Kept::read(home.path()), kept);
        fs::write(home.path().join(STATE), "nonsense").unwrap();
        assert_eq!(Kept::read(home.path()), Kept::default());
    }

    #[test]
    fn the_mount_point_of_a_disk_that_is_not_there_takes_no_backup() {
        let (home, away) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let shelf = Shelf::open(home.path(), NodeKey([1; 32]));
        shelf.choose(Some(away.path().display().to_string()), false).unwrap();
        assert!(shelf.ready().is_ok(), "a folder on the same disk is good when it was chosen so");
        shelf.change(|kept| kept.apart = Some(true)).unwrap();
        assert!(matches!(shelf.ready(), Err(BackupError::NoFolder(_))));
    }

    #[test]
    fn damage_that_is_found_later_is_told() {
        let home = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(home.path(), NodeKey([1; 32]));
        shelf.note(Ok("a"));
        assert!(shelf.kept().failed.is_none());
        shelf.note_read("a", false);
        assert!(matches!(shelf.kept().failed, Some((_, Wrong::Damaged))) && shelf.kept().whole_ms().is_none());
    }
}
