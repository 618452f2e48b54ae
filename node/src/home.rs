//! The folder a node lives in: what stands where, who may read it, and that one process holds it at a time.
//!
//! It knows paths, permissions and the lock. What is in the files is the business of `journal`, `store`,
//! `signed_log` and `keys`.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};

use crate::{disk, journal::Journal};

/// What must not be set on anything secret: every right of the group and of the world.
const OTHERS: u32 = 0o077;

/// An opened home, locked for this process. The lock is released when the home and every keeper opened on it are gone.
#[derive(Clone, Debug)]
pub struct Home {
    path: PathBuf,
    /// Never read: it locks as long as it lives.
    _lock: Arc<Lock>,
}

#[derive(Debug)]
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a process started by another thread holds a copy of the file for the moment between
        // fork and exec, and with it the lock. Unlocking lets go of every copy.
        let _ = flock(&self.0, FlockOperation::Unlock);
    }
}

/// Why a home cannot be used. Each sentence says what to do.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// There is no home in that place.
    #[error("there is no home at {}; create one with `commonweal init`, or name another folder", .0.display())]
    Missing(PathBuf),
    /// Something is already there, so nothing was created.
    #[error("{} is not empty; name a new folder, so that nothing is overwritten", .0.display())]
    NotEmpty(PathBuf),
    /// Others on this computer could read or change it.
    #[error("others on this computer can reach {} (mode {mode:o}); type: chmod {fix:o} {}", path.display(), path.display())]
    Loose {
        /// The folder or file.
        path: PathBuf,
        /// The mode it has.
        mode: u32,
        /// The mode it should have.
        fix: u32,
    },
    /// It belongs to another account, and running here would leave files behind that its owner cannot read.
    #[error("{} belongs to user {owner}; start the node as that user", path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// The numeric id of its owner.
        owner: u32,
    },
    /// Another process holds it.
    #[error("{} is in use{}; stop that node first, or name another folder", path.display(), holder(.pid))]
    InUse {
        /// The folder.
        path: PathBuf,
        /// The process that holds it, when it said so.
        pid: Option<u32>,
    },
    /// The disk or the operating system refused.
    #[error("{}: {why}", path.display())]
    Io {
        /// What was being touched.
        path: PathBuf,
        /// What the system said.
        why: io::Error,
    },
}

/// Something in a home that others on this computer can reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loose {
    /// The folder or file.
    pub path: PathBuf,
    /// The mode it has.
    pub mode: u32,
    /// The mode it should have.
    pub fix: u32,
}

impl Loose {
    /// Looks at one; nothing when only its owner can reach it.
    fn look(path: &Path, fix: u32) -> Result<Option<Loose>, HomeError> {
        let mode = fs::metadata(path).map_err(at(path))?.mode() & 0o777;
        Ok((mode & OTHERS != 0).then(|| Loose { path: path.to_owned(), mode, fix }))
    }

    /// Gives it the mode it should have.
    pub(crate) fn close(&self) -> Result<(), HomeError> {
        fs::set_permissions(&self.path, Permissions::from_mode(self.fix)).map_err(at(&self.path))
    }
}

impl From<Loose> for HomeError {
    fn from(loose: Loose) -> HomeError {
        let Loose { path, mode, fix } = loose;
        HomeError::Loose { path, mode, fix }
    }
}

fn holder(pid: &Option<u32>) -> String {
    pid.map(|pid| format!(" by process {pid}")).unwrap_or_default()
}

impl Home {
    /// Creates a home in a folder that is missing or empty, with an empty journal, and locks it.
    ///
    /// `chance` is fresh randomness: the journal's seal comes from it, which lets a damaged journal be read past the
    /// damage without trusting bytes that a peer may have planted in a record.
    pub fn create(path: &Path, chance: [u8; 32]) -> Result<Home, HomeError> {
        match fs::read_dir(path).map(|mut entries| entries.next().is_some()) {
            Ok(true) => return Err(HomeError::NotEmpty(path.to_owned())),
            Ok(false) => refuse_loose(path, 0o700)?,
            Err(why) if why.kind() == io::ErrorKind::NotFound => private_folder(path, true)?,
            Err(why) => return Err(at(path)(why)),
        }
        let home = Home::lock(path)?;
        for folder in [home.keys(), home.quarantine(), home.journal()] {
            private_folder(&folder, false)?;
        }
        let mut seal = [0; 16];
        seal.copy_from_slice(&chance[..16]);
        Journal::create(&home.journal(), seal)
            .map_err(|why| HomeError::Io { path: home.journal(), why: io::Error::other(why) })?;
        disk::sync_folder(path).map_err(at(path))?;
        Ok(home)
    }

    /// Opens and locks a home, refusing one that others on this computer can read.
    pub fn open(path: &Path) -> Result<Home, HomeError> {
        keys_of(path)?;
        let home = Home::lock(path)?;
        if let Some(loose) = home.loose()?.into_iter().next() {
            return Err(loose.into());
        }
        private_folder(&home.quarantine(), true)?;
        Ok(home)
    }

    /// Opens and locks a home to look at it, and tells what in it others on this computer can reach.
    pub(crate) fn examine(path: &Path) -> Result<(Home, Vec<Loose>), HomeError> {
        if !path.join("journal").is_dir() {
            return Err(HomeError::Missing(path.to_owned()));
        }
        refuse_foreign(path)?;
        let home = Home::lock(path)?;
        private_folder(&home.quarantine(), true)?;
        let loose = home.loose()?;
        Ok((home, loose))
    }

    /// Locks a folder that is to become a home.
    pub(crate) fn reserve(path: &Path) -> Result<Home, HomeError> {
        refuse_foreign(path)?;
        refuse_loose(path, 0o700)?;
        Home::lock(path)
    }

    /// What in it others on this computer can reach: the folder, that of the keys, the keys.
    pub(crate) fn loose(&self) -> Result<Vec<Loose>, HomeError> {
        let keys = self.keys();
        let mut found = vec![Loose::look(&self.path, 0o700)?, Loose::look(&keys, 0o700)?];
        for entry in fs::read_dir(&keys).map_err(at(&keys))? {
            found.push(Loose::look(&entry.map_err(at(&keys))?.path(), 0o600)?);
        }
        Ok(found.into_iter().flatten().collect())
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the journal's segments stand.
    pub fn journal(&self) -> PathBuf {
        self.path.join("journal")
    }

    /// Where sled keeps what it serves.
    pub fn sled(&self) -> PathBuf {
        self.path.join("sled")
    }

    /// The votes this node signed. Never part of a backup.
    pub fn signed_log(&self) -> PathBuf {
        self.path.join("signed.log")
    }

    /// Where the secret seeds stand.
    pub fn keys(&self) -> PathBuf {
        self.path.join("keys")
    }

    /// Where damaged bytes are copied, so that no evidence is lost.
    pub fn quarantine(&self) -> PathBuf {
        self.path.join("quarantine")
    }

    /// The search index. It is derived from the records, and made anew when it is missing.
    pub(crate) fn search(&self) -> PathBuf {
        self.path.join("search")
    }

    /// Says that the last stop was a clean one, and where everything stood.
    pub(crate) fn clean_mark(&self) -> PathBuf {
        self.path.join("clean")
    }

    /// Says that sled must be rebuilt before it is opened again.
    pub(crate) fn doubt_mark(&self) -> PathBuf {
        self.path.join("doubt")
    }

    /// Room set aside, given back on a full disk so that the node can start.
    pub fn ballast(&self) -> PathBuf {
        self.path.join("ballast")
    }

    fn lock(path: &Path) -> Result<Home, HomeError> {
        let file = path.join("lock");
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut lock = options.open(&file).map_err(at(&file))?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Err(HomeError::InUse { path: path.to_owned(), pid: pid_in(&mut lock) }),
            Err(why) => return Err(at(&file)(why.into())),
        }
        lock.set_len(0).and_then(|()| writeln!(lock, "{}", std::process::id())).or_else(room_or(&file))?;
        Ok(Home { path: path.to_owned(), _lock: Arc::new(Lock(lock)) })
    }
}

/// Where the keys of a home stand, which is not locked for it: somebody else may hold it.
pub(crate) fn keys_of(path: &Path) -> Result<PathBuf, HomeError> {
    if !path.join("journal").is_dir() {
        return Err(HomeError::Missing(path.to_owned()));
    }
    refuse_foreign(path)?;
    refuse_loose(path, 0o700)?;
    Ok(path.join("keys"))
}

/// The process id is a courtesy: on a full disk it cannot be written, and the node must start all the same.
fn room_or(path: &Path) -> impl FnOnce(io::Error) -> Result<(), HomeError> {
    let path = path.to_owned();
    move |why| if why.kind() == io::ErrorKind::StorageFull { Ok(()) } else { Err(HomeError::Io { path, why }) }
}

fn pid_in(lock: &mut File) -> Option<u32> {
    let mut text = String::new();
    lock.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> HomeError {
    let path = path.to_owned();
    move |why| HomeError::Io { path, why }
}

fn private_folder(path: &Path, recursive: bool) -> Result<(), HomeError> {
    DirBuilder::new().recursive(recursive).mode(0o700).create(path).map_err(at(path))
}

/// Refuses what group or world can reach; `fix` is the mode it should have.
pub(crate) fn refuse_loose(path: &Path, fix: u32) -> Result<(), HomeError> {
    Loose::look(path, fix)?.map_or(Ok(()), |loose| Err(loose.into()))
}

fn refuse_foreign(path: &Path) -> Result<(), HomeError> {
    let owner = fs::metadata(path).map_err(at(path))?.uid();
    if owner != rustix::process::geteuid().as_raw() {
        return Err(HomeError::Foreign { path: path.to_owned(), owner });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const PLACE: &str = "COMMONWEAL_TEST_HOME";

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn a_new_home_is_private_and_nothing_is_ever_created_over_another() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("home");
        assert!(matches!(Home::open(&path), Err(HomeError::Missing(_))));
        let home = Home::create(&path, [1; 32]).unwrap();
        for folder in [home.path().to_owned(), home.keys(), home.journal(), home.quarantine()] {
            assert_eq!(mode(&folder), 0o700, "{}", folder.display());
        }
        drop(home);
        assert!(matches!(Home::create(&path, [1; 32]), Err(HomeError::NotEmpty(_))));
        Home::open(&path).unwrap();
    }

    #[test]
    fn a_home_others_can_reach_is_refused_with_what_to_type() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("home");
        drop(Home::create(&path, [1; 32]).unwrap());
        for bad in [0o755, 0o750, 0o701, 0o710] {
            set_mode(&path, bad);
            let sentence = Home::open(&path).unwrap_err().to_string();
            assert!(sentence.ends_with(&format!("type: chmod 700 {}", path.display())), "{sentence}");
        }
        set_mode(&path, 0o700);
        let key = path.join("keys/node");
        fs::write(&key, "secret").unwrap();
        set_mode(&key, 0o604);
        let sentence = Home::open(&path).unwrap_err().to_string();
        assert!(sentence.ends_with(&format!("type: chmod 600 {}", key.display())), "{sentence}");
        set_mode(&key, 0o600);
        Home::open(&path).unwrap();
    }

    /// Not a test of its own: the second process.
    #[test]
    fn child_that_wants_the_same_home() {
        let Ok(path) = std::env::var(PLACE) else { return };
        println!("told: {}", Home::open(Path::new(&path)).unwrap_err());
    }

    #[test]
    fn a_second_process_is_told_who_holds_the_home() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("home");
        let home = Home::create(&path, [1; 32]).unwrap();
        let mut second = Command::new(std::env::current_exe().unwrap());
        second.args(["--exact", "home::tests::child_that_wants_the_same_home", "--nocapture"]).env(PLACE, &path);
        let told = String::from_utf8(second.output().unwrap().stdout).unwrap();
        assert!(told.contains(&format!("is in use by process {}; stop that node first", std::process::id())), "{told}");
        drop(home);
        Home::open(&path).unwrap();
    }
}
