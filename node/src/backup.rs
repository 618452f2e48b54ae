//! Backups: all that this node cannot get from anybody else, in one sealed file, made while it runs.
//!
//! | file | what it knows |
//! |---|---|
//! | `sealed` | that only the 24 words open a file, and that no bit of it changes unnoticed |
//! | `pack` | what is in it, and how the journal becomes that |
//! | `check` | that everything in it was signed by who it says |
//! | `shelf` | where backups stand, which are kept, what is known of them |
//! | `restore` | making a home of one |
//! | `keeper` | making them while the node runs: day by day, and when somebody asks |
//!
//! Never in one: the node key, so that a restored node has a new one and no sequence number is ever written twice; the votes
//! it signed; the member key, which the words make; and what lets somebody in at this machine.

mod check;
mod keeper;
mod pack;
mod restore;
mod sealed;
mod shelf;

#[cfg(test)]
mod tests;

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use protocol::{
    identity::{Keys, MemberKey, NodeKey},
    refusal::Refusal,
    store::StoreError,
};
use rustix::fs::statvfs;

pub use self::{
    check::Checked,
    keeper::{Backups, Doing, Look},
    pack::About,
    restore::{Restored, restore},
    shelf::{Backup, Kept, Wrong},
};
use self::{sealed::Sealer, shelf::Shelf};
use crate::{
    clock,
    config::{BACKUP_SPARE, BACKUP_SPARE_PERCENT},
    disk::sync_folder,
    home::{Home, HomeError},
    journal,
    keys::{self, KeyError},
    run::RunError,
};

/// Why there is no backup, or why one does not open. Each sentence says what to do.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is no such file.
    #[error("there is no file {}; `commonweal backup` lists the backups that are here", .0.display())]
    NoFile(PathBuf),
    /// The folder for backups is not there.
    #[error("there is no folder {}; plug its disk in, or name another folder with `commonweal backup schedule --folder`", .0.display())]
    NoFolder(PathBuf),
    /// It is some other file.
    #[error("this is no backup of Commonweal; take the file as it was made, with a name that ends in .backup")]
    NotOne,
    /// A later version made it.
    #[error("a newer version of Commonweal made this backup; install that version and try again")]
    Newer,
    /// The key does not fit.
    #[error("these 24 words are not those of this backup; take the sheet of the collaborative that made it")]
    OtherWords,
    /// Its bytes are not what was written.
    #[error("this backup is damaged or was cut short, so nothing in it is trusted; take another one")]
    Damaged,
    /// It cannot be read.
    #[error("the backup cannot be read: {0}")]
    Unread(io::Error),
    /// It could not be written.
    #[error("the backup could not be written: {0}")]
    Unwritten(io::Error),
    /// There is too little room.
    #[error("there is too little room in {}: free {} MiB there, or name a folder on another disk", folder.display(), need.div_ceil(1 << 20))]
    Full {
        /// Where.
        folder: PathBuf,
        /// Bytes that should be free.
        need: u64,
    },
    /// Another one is being made or checked.
    #[error("a backup is being made or checked already; wait until it is done")]
    Busy,
    /// The node stops.
    #[error("the node is stopping; make the backup again when it runs")]
    Stopping,
    /// The home cannot be used.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The journal or the new store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The member key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// What was restored does not start.
    #[error("what was restored does not open: {0}")]
    Run(#[from] Box<RunError>),
}

impl BackupError {
    /// A full disk is told as such, whatever was being written.
    fn about(self, folder: &Path, need: u64) -> BackupError {
        let full = |why: &io::Error| matches!(why.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
        match self {
            BackupError::Unwritten(why) if full(&why) => BackupError::Full { folder: folder.to_owned(), need },
            BackupError::Store(StoreError::Full) => BackupError::Full { folder: folder.to_owned(), need },
            BackupError::Run(why)
                if matches!(
                    *why,
                    RunError::Store(StoreError::Full) | RunError::Kept(Refusal::Store(StoreError::Full))
                ) =>
            {
                BackupError::Full { folder: folder.to_owned(), need }
            }
            other => other,
        }
    }
}

/// Whose a backup is, up to where, and where it goes.
#[derive(Debug)]
struct Order<'a> {
    journal: &'a Path,
    seed: &'a [u8; 32],
    name: Option<String>,
    node: NodeKey,
    watermark: u64,
    shelf: &'a Shelf,
}

/// Writes a backup: whole, on the disk, and under its name, or not at all. Its name, and whether the journal it is made of had no
/// damaged place.
fn write(order: Order<'_>, go_on: &dyn Fn() -> bool) -> Result<(String, bool), BackupError> {
    let Order { journal, seed, name, node, watermark, shelf } = order;
    let folder = shelf.ready()?;
    // What is in it is at most what is in the journal; a head and the tags add less than the room that must stay free.
    let need = room_for(&folder, bytes_of(journal)?)?;
    let made_ms = clock::now_ms();
    let name_of_file = shelf.name(made_ms);
    let (path, part) = (folder.join(&name_of_file), folder.join(format!("{name_of_file}.part")));
    let about = About::new(made_ms, name, (member_key(seed), node), watermark);
    let mut sound = false;
    let written = whole(&path, &part, |file| {
        let sealer = Sealer::begin(file, seed, &clock::random()).map_err(BackupError::Unwritten)?;
        sound = pack::write(sealer, &about, journal, go_on)?;
        Ok(())
    });
    written.map_err(|why| why.about(&folder, need))?;
    Ok((name_of_file, sound))
}

/// Writes a file that gets its name once all of it is on the disk.
fn whole(
    path: &Path,
    part: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), BackupError>,
) -> Result<(), BackupError> {
    let mut options = OpenOptions::new();
    let made = options.write(true).create(true).truncate(true).mode(0o600).open(part).map_err(BackupError::Unwritten);
    let written = made.and_then(|file| {
        let mut file = BufWriter::new(file);
        write(&mut file)?;
        let named = file.flush().and_then(|()| file.get_ref().sync_all()).and_then(|()| fs::rename(part, path));
        named.and_then(|()| sync_folder(path.parent().unwrap_or(Path::new(".")))).map_err(BackupError::Unwritten)
    });
    if written.is_err() {
        // What cannot be removed now goes with the next backup.
        let _ = fs::remove_file(part);
    }
    written
}

/// Makes a backup of a node that does not run, and reads it back. Where it is, and what is in it.
pub fn make(home: &Path) -> Result<(PathBuf, About, Checked), BackupError> {
    let (seed, held) = (keys::member(home)?, Home::open(home)?);
    let node = Keys::new(*seed, *keys::Key::Node.read(&held)?).node_key();
    let shelf = Shelf::open(home, node);
    shelf.sweep();
    let look = journal::look(&held.journal())?;
    if let Some((_, segment)) = look.segments.last() {
        // A node that was killed may have left the end of it to the system, and a power cut would take it.
        File::open(segment).and_then(|file| file.sync_all()).map_err(BackupError::Unread)?;
    }
    let watermark = look.tip.position;
    let order = Order { journal: &held.journal(), seed: &seed, name: None, node, watermark, shelf: &shelf };
    let made = write(order, &|| true).and_then(|(name, sound)| {
        let found = read_new(&shelf.folder().join(&name), &seed, &|| true)?;
        Ok((name, sound, found))
    });
    shelf.note(made.as_ref().map(|(name, ..)| name.as_str()));
    let (name, sound, (about, checked)) = made?;
    // What the journal lost may stand in earlier backups alone.
    if sound {
        shelf.tidy();
    }
    Ok((shelf.folder().join(name), about, checked))
}

/// Reads a backup as it lies on the disk, to its last byte.
pub fn verify(path: &Path, seed: &[u8; 32]) -> Result<(About, Checked), BackupError> {
    read_back(path, seed, &|| true)
}

fn read_back(path: &Path, seed: &[u8; 32], go_on: &dyn Fn() -> bool) -> Result<(About, Checked), BackupError> {
    pack::read(path, seed, &mut |_| if go_on() { Ok(()) } else { Err(BackupError::Stopping) })
}

/// Reads back what was just written. What does not read back is no backup, and takes nobody's place.
fn read_new(path: &Path, seed: &[u8; 32], go_on: &dyn Fn() -> bool) -> Result<(About, Checked), BackupError> {
    let read = read_back(path, seed, go_on);
    if !matches!(read, Ok(_) | Err(BackupError::Stopping)) {
        // What cannot be removed stays without a mark.
        let _ = fs::remove_file(path);
    }
    read
}

/// Reads a backup like [`verify`]. If it is one of a home's own, it is noted what came of it.
pub fn verify_and_note(home: &Path, path: &Path, seed: &[u8; 32]) -> Result<(About, Checked), BackupError> {
    let read = verify(path, seed);
    let (shelf, name) = (shelf_of(home).ok(), path.file_name().and_then(|name| name.to_str()));
    if let (Some(shelf), Some(name)) = (shelf, name)
        && shelf.find(name).is_some_and(|ours| ours.canonicalize().ok() == path.canonicalize().ok())
        && matches!(read, Ok(_) | Err(BackupError::Damaged | BackupError::NotOne))
    {
        shelf.note_read(name, read.is_ok());
    }
    read
}

/// How the backups of a home stand, whether or not its node runs.
pub fn look(home: &Path) -> Result<Look, BackupError> {
    let shelf = shelf_of(home)?;
    let kept = shelf.kept();
    let late = kept.is_late(clock::now_ms());
    Ok(Look { folder: shelf.folder(), backups: shelf.list(), late, doing: None, kept })
}

/// Says where the backups of a home go, and whether one is made every day. Its node does not run.
pub fn choose(home: &Path, folder: Option<String>, daily: bool) -> Result<(), BackupError> {
    shelf_of(home)?.choose(folder, !daily)
}

fn shelf_of(home: &Path) -> Result<Shelf, BackupError> {
    let node = Keys::new([0; 32], *keys::node(home)?).node_key();
    Ok(Shelf::open(home, node))
}

/// Copies a backup to another folder, or to a file that is not there yet. Where it then is.
pub fn copy(from: &Path, to: &Path) -> Result<PathBuf, BackupError> {
    let name = from.file_name().ok_or_else(|| BackupError::NoFile(from.to_owned()))?;
    let path = if to.is_dir() { to.join(name) } else { to.to_owned() };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(BackupError::NoFolder(folder.to_owned()));
    }
    if path.exists() {
        return Err(BackupError::Unwritten(io::Error::new(
            io::ErrorKind::AlreadyExists,
            format!("{} is there already", path.display()),
        )));
    }
    let part = folder.join(format!("{}.part", path.file_name().unwrap_or(name).to_string_lossy()));
    let mut source = File::open(from).map_err(BackupError::Unread)?;
    let need = source.metadata().map_or(0, |about| about.len());
    let copied = whole(&path, &part, |file| io::copy(&mut source, file).map(drop).map_err(BackupError::Unwritten));
    copied.map_err(|why| why.about(folder, need))?;
    Ok(path)
}

fn member_key(seed: &[u8; 32]) -> MemberKey {
    Keys::new(*seed, [0; 32]).member_key()
}

fn bytes_of(folder: &Path) -> Result<u64, BackupError> {
    let mut sum = 0;
    for (_, path) in journal::segments(folder)? {
        sum += fs::metadata(path).map_err(BackupError::Unread)?.len();
    }
    Ok(sum)
}

fn bytes_of_file(file: &Path) -> Result<u64, BackupError> {
    fs::metadata(file).map(|about| about.len()).map_err(BackupError::Unread)
}

/// Fails unless so many bytes fit and leave enough for a node to write on. What should be free.
fn room_for(folder: &Path, bytes: u64) -> Result<u64, BackupError> {
    let said = statvfs(folder).map_err(|why| BackupError::Unwritten(why.into()))?;
    let [free, all] = [said.f_bavail, said.f_blocks].map(|blocks| blocks.saturating_mul(said.f_frsize));
    let need = bytes.saturating_add(BACKUP_SPARE.max(all / 100 * BACKUP_SPARE_PERCENT));
    if free < need { Err(BackupError::Full { folder: folder.to_owned(), need }) } else { Ok(need) }
}
