//! Making a home of a backup: all of it is checked first, then it is built out of sight, and at last moved into place.
//!
//! The home is built in a folder `restoring` inside the one that it will be: that one may be all that this account may
//! write to. The journal is moved last, and without a journal nothing is a home. So whatever happens on the way, there is a
//! whole home in the end or none.

use std::{
    fs, io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use protocol::{identity::NodeKey, input::Request, view::Answer};

use super::{About, BackupError, Checked, bytes_of_file, pack, room_for, verify};
use crate::{
    clock,
    config::BACKUP_SPARE,
    disk::sync_folder,
    home::{Home, HomeError},
    journal::{Journal, SEGMENT_BYTES},
    keys::{Key, KeyError},
    run::{self, RunError},
};

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// What the backup was of.
    pub about: About,
    /// What was in it.
    pub checked: Checked,
    /// The key of the new node: never that of the one that made the backup.
    pub node: NodeKey,
    /// Records that can be read.
    pub records: usize,
}

/// Makes a new home of a backup and the seed that its 24 words stand for. On return it is on the disk, whole.
pub fn restore(file: &Path, seed: &[u8; 32], home: &Path) -> Result<Restored, BackupError> {
    restore_where(file, seed, home, &|bytes| room_for(home, bytes))
}

/// The same, where somebody says whether so many bytes fit.
pub(super) fn restore_where(
    file: &Path,
    seed: &[u8; 32],
    home: &Path,
    fits: &dyn Fn(u64) -> Result<u64, BackupError>,
) -> Result<Restored, BackupError> {
    let (about, checked) = verify(file, seed)?;
    let made = empty(home)?;
    let (inside, _held) = (home.join(RESTORING), Home::reserve(home)?);
    // The journal again, sled from it, and what is worked out from both: three times the bytes is what that came to.
    let bytes = bytes_of_file(file)?.saturating_mul(3);
    let built = fits(bytes).and_then(|_| build(file, seed, &inside));
    let built = built.and_then(|built| moved(&inside, home).map(|()| built));
    let (node, records) =
        built.map_err(|why| why.about(home, bytes.saturating_add(BACKUP_SPARE))).inspect_err(|_| {
            // As it was before, unless the journal is there: then all else is. What is still being built goes last, so that
            // the next restoring knows what it may remove.
            if !home.join("journal").exists() {
                LEFT.iter().rev().for_each(|name| _ = remove(&home.join(name)));
                let _ = fs::remove_file(home.join("lock"));
            }
            if made {
                let _ = fs::remove_dir(home);
            }
        })?;
    Ok(Restored { about, checked, node, records })
}

pub(crate) const RESTORING: &str = "restoring";
/// What a restoring that was cut short can leave beside it. A journal is not among it: with one, it was done.
const LEFT: [&str; 7] = [RESTORING, "keys", "quarantine", "sled", "clean", "doubt", "ballast"];

/// Sees to it that the folder is there and empty, but for what an earlier restoring left. Whether it had to be made.
fn empty(home: &Path) -> Result<bool, BackupError> {
    let refused = |why| HomeError::Io { path: home.to_owned(), why };
    let entries = match fs::read_dir(home) {
        Ok(entries) => entries,
        Err(why) if why.kind() == io::ErrorKind::NotFound => {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(home).map_err(refused)?;
            return Ok(true);
        }
        Err(why) => return Err(refused(why).into()),
    };
    let paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    let named = |path: &Path, names: &[&str]| names.iter().any(|name| path.ends_with(name));
    let cut_short = paths.iter().any(|path| named(path, &[RESTORING]));
    if paths.iter().any(|path| !(named(path, &["lock"]) || cut_short && named(path, &LEFT))) {
        return Err(HomeError::NotEmpty(home.to_owned()).into());
    }
    if cut_short {
        let _held = Home::reserve(home)?;
        for path in paths.iter().filter(|path| !named(path, &["lock"])) {
            remove(path).map_err(refused)?;
        }
    }
    Ok(false)
}

fn remove(path: &Path) -> io::Result<()> {
    if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

/// Builds the home: its member key, its journal, a new node key, sled, and all that is worked out.
fn build(file: &Path, seed: &[u8; 32], inside: &Path) -> Result<(NodeKey, usize), BackupError> {
    let home = Home::create(inside, clock::random())?;
    Key::Member.create(&home, seed)?;
    let (mut journal, _) = Journal::open(&home.journal(), &home.quarantine(), SEGMENT_BYTES)?;
    pack::read(file, seed, &mut |ops| Ok(journal.append(ops.iter(), false).map(drop)?))?;
    journal.sync()?;
    drop((journal, home));
    let started = run::ask_offline(inside, Request::Status).map_err(Box::new)?;
    match started.answer {
        Ok(Answer::Status(status)) => Ok((started.node, status.records)),
        Ok(_) => Err(Box::new(RunError::Fault("gave no answer")).into()),
        Err(why) => Err(Box::new(RunError::Kept(why)).into()),
    }
}

/// Moves everything up, the journal last.
fn moved(inside: &Path, home: &Path) -> Result<(), BackupError> {
    let move_all = || -> io::Result<()> {
        let mut paths: Vec<PathBuf> =
            fs::read_dir(inside)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
        paths.retain(|path| !path.ends_with("lock"));
        paths.sort_by_key(|path| path.ends_with("journal"));
        for path in paths {
            if path.ends_with("journal") {
                sync_folder(home)?;
            }
            fs::rename(&path, home.join(path.file_name().unwrap_or_default()))?;
        }
        // The home is whole; an empty folder that stays in it is in nobody's way.
        let _ = fs::remove_dir_all(inside);
        sync_folder(home)
    };
    move_all().map_err(|why| KeyError::Home(HomeError::Io { path: home.to_owned(), why }).into())
}
