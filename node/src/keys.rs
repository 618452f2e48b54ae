//! The secret seeds of this node: written once, read with care, never logged and never guessed at.
//!
//! What a key is for, and how it signs, is `protocol::identity`. Randomness comes from the caller.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use protocol::identity::Keys;
use zeroize::Zeroizing;

use crate::{
    disk,
    home::{self, Home, HomeError, refuse_loose},
};

/// Version ‖ seed ‖ crc32c. The crc is there because a seed with one flipped bit is a valid seed of somebody else.
const LEN: usize = 1 + 32 + 4;
const VERSION: u8 = 1;

/// Which secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The collaborative's own key, also known as 24 words.
    Member,
    /// The key of this installation; never in a backup.
    Node,
}

/// Why a key cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There is none.
    #[error("{} is missing", .0.display())]
    Missing(PathBuf),
    /// There is one already, and a secret is never overwritten.
    #[error("{} exists already; a key is never overwritten, move it away first if you mean to replace it", .0.display())]
    Exists(PathBuf),
    /// The bytes are not what was written.
    #[error("{} is damaged; restore it from its 24 words or from a backup", .0.display())]
    Damaged(PathBuf),
    /// Others can read it, or the system refused.
    #[error(transparent)]
    Home(#[from] HomeError),
}

impl Key {
    /// Where the key stands in a home.
    pub fn path(self, home: &Home) -> PathBuf {
        home.keys().join(self.name())
    }

    fn name(self) -> &'static str {
        match self {
            Key::Member => "member",
            Key::Node => "node",
        }
    }

    /// Writes a new key. On return it has reached the disk; a key that is there is never overwritten.
    pub fn create(self, home: &Home, seed: &[u8; 32]) -> Result<(), KeyError> {
        let path = self.path(home);
        let mut bytes = Zeroizing::new([0; LEN]);
        bytes[0] = VERSION;
        bytes[1..33].copy_from_slice(seed);
        let crc = crc32c::crc32c(&bytes[..33]);
        bytes[33..].copy_from_slice(&crc.to_be_bytes());
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let mut file = match file {
            Err(why) if why.kind() == io::ErrorKind::AlreadyExists => return Err(KeyError::Exists(path)),
            other => other.map_err(|why| HomeError::Io { path: path.clone(), why })?,
        };
        let written =
            file.write_all(&bytes[..]).and_then(|()| file.sync_all()).and_then(|()| disk::sync_folder(&home.keys()));
        written.map_err(|why| {
            // Half a key would block the next attempt; nobody has seen it yet.
            let _ = fs::remove_file(&path);
            KeyError::Home(HomeError::Io { path, why })
        })
    }

    /// Puts a node key aside for good: it stays as evidence and is never used again.
    pub fn put_aside(self, home: &Home) -> Result<(), KeyError> {
        let path = self.path(home);
        let aside = (1..).map(|n| path.with_extension(format!("copied-{n}"))).find(|p| !p.exists());
        let moved =
            aside.map_or(Ok(()), |aside| fs::rename(&path, aside)).and_then(|()| disk::sync_folder(&home.keys()));
        moved.map_err(|why| KeyError::Home(HomeError::Io { path, why }))
    }

    /// Reads a key, refusing a file that others can read. The seed is wiped from memory when dropped.
    pub fn read(self, home: &Home) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        read(self.path(home))
    }
}

/// The 24 words of a home's member key, also while a node runs there: a key is written once and never changes.
pub fn words(home: &Path) -> Result<Zeroizing<String>, KeyError> {
    Ok(Zeroizing::new(Keys::new(*member(home)?, [0; 32]).words()))
}

/// The seed of a home's member key, also while a node runs there.
pub fn member(home: &Path) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    read(home::keys_of(home)?.join(Key::Member.name()))
}

/// The seed of a home's node key, likewise.
pub(crate) fn node(home: &Path) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    read(home::keys_of(home)?.join(Key::Node.name()))
}

fn read(path: PathBuf) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    if !path.exists() {
        return Err(KeyError::Missing(path));
    }
    refuse_loose(&path, 0o600)?;
    let mut bytes = Zeroizing::new([0; LEN + 1]);
    let len = fill(&path, &mut bytes[..]).map_err(|why| HomeError::Io { path: path.clone(), why })?;
    let crc = crc32c::crc32c(&bytes[..33]).to_be_bytes();
    if len != LEN || bytes[0] != VERSION || bytes[33..LEN] != crc {
        return Err(KeyError::Damaged(path));
    }
    let mut seed = Zeroizing::new([0; 32]);
    seed.copy_from_slice(&bytes[1..33]);
    Ok(seed)
}

/// Reads straight into a buffer that will be wiped: `fs::read` would leave copies behind as it grows.
fn fill(path: &Path, buffer: &mut [u8]) -> io::Result<usize> {
    let mut file = File::open(path)?;
    let mut len = 0;
    while len < buffer.len() {
        match file.read(&mut buffer[len..])? {
            0 => break,
            n => len += n,
        }
    }
    Ok(len)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    use super::*;

    fn home() -> (tempfile::TempDir, Home) {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::create(&dir.path().join("home"), [7; 32]).unwrap();
        (dir, home)
    }

    #[test]
    fn a_key_is_written_once_and_read_back() {
        let (_dir, home) = home();
        assert!(matches!(Key::Node.read(&home), Err(KeyError::Missing(_))));
        Key::Node.create(&home, &[5; 32]).unwrap();
        assert_eq!(*Key::Node.read(&home).unwrap(), [5; 32]);
        assert_eq!(fs::metadata(Key::Node.path(&home)).unwrap().mode() & 0o777, 0o600);
        assert!(matches!(Key::Node.create(&home, &[6; 32]), Err(KeyError::Exists(_))));
        assert_eq!(*Key::Node.read(&home).unwrap(), [5; 32]);
    }

    #[test]
    fn a_key_others_can_read_is_refused_with_what_to_type() {
        let (_dir, home) = home();
        Key::Member.create(&home, &[5; 32]).unwrap();
        let path = Key::Member.path(&home);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let sentence = Key::Member.read(&home).unwrap_err().to_string();
        assert!(sentence.contains("chmod 600") && sentence.contains(path.to_str().unwrap()), "{sentence}");
    }

    #[test]
    fn a_key_with_any_bit_flipped_is_never_taken_for_another_key() {
        let (_dir, home) = home();
        Key::Node.create(&home, &[5; 32]).unwrap();
        let path = Key::Node.path(&home);
        let good = fs::read(&path).unwrap();
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, bad).unwrap();
            assert!(matches!(Key::Node.read(&home), Err(KeyError::Damaged(_))), "bit {bit}");
        }
        fs::write(&path, [&good[..], &[0]].concat()).unwrap();
        assert!(matches!(Key::Node.read(&home), Err(KeyError::Damaged(_))));
    }
}
