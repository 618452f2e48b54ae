//! The local socket in the home: how commands reach a running node, and how nobody else does.
//!
//! A socket's path may have about 100 bytes, and homes can lie deeper. So we open the home and name the socket through
//! the open folder; where there is no `/proc`, through a short link that is gone again at once.

use std::{
    env, fs, io,
    os::{
        fd::AsRawFd,
        unix::{fs::DirBuilderExt, net},
    },
    path::{Path, PathBuf},
};

use rustix::{
    fd::OwnedFd,
    fs::{AtFlags, Mode, OFlags, chmodat, open, unlinkat},
    io::Errno,
};
use tokio::net::{UnixListener, UnixStream};

use crate::clock;

/// The socket's name in a home.
pub(crate) const SOCKET: &str = "control.sock";
/// `sun_path` has 108 bytes on Linux and 104 elsewhere, with a zero at its end.
const SHORT: usize = 100;

/// Listens in a home whose lock the caller holds; so a socket that is there already was left by a node that died.
pub fn bind(home: &Path) -> io::Result<UnixListener> {
    let folder = folder(home)?;
    remove_from(&folder)?;
    let listener = through(home, &folder, |path| net::UnixListener::bind(path))?;
    chmodat(&folder, SOCKET, Mode::RUSR | Mode::WUSR, AtFlags::empty())?;
    listener.set_nonblocking(true)?;
    UnixListener::from_std(listener)
}

/// Connects to the node that runs in a home. `NotFound` and `ConnectionRefused` mean that none does.
pub fn connect(home: &Path) -> io::Result<UnixStream> {
    let stream = through(home, &folder(home)?, |path| net::UnixStream::connect(path))?;
    stream.set_nonblocking(true)?;
    UnixStream::from_std(stream)
}

/// Removes the socket, when the node stops.
pub fn remove(home: &Path) -> io::Result<()> {
    remove_from(&folder(home)?)
}

fn folder(home: &Path) -> io::Result<OwnedFd> {
    Ok(open(home, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?)
}

fn remove_from(folder: &OwnedFd) -> io::Result<()> {
    match unlinkat(folder, SOCKET, AtFlags::empty()) {
        Err(Errno::NOENT) => Ok(()),
        other => Ok(other?),
    }
}

/// Does something with a path to the socket that is short enough.
fn through<T>(home: &Path, folder: &OwnedFd, deed: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    let open = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd()));
    let plain = home.join(SOCKET);
    if open.is_dir() {
        deed(&open.join(SOCKET))
    } else if plain.as_os_str().len() <= SHORT {
        deed(&plain)
    } else {
        through_link(home, deed)
    }
}

fn through_link<T>(home: &Path, deed: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    let chance: String = clock::random()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let folder = env::temp_dir().join(format!("cw-{chance}"));
    fs::DirBuilder::new().mode(0o700).create(&folder)?;
    let link = folder.join("home");
    let done = std::os::unix::fs::symlink(fs::canonicalize(home)?, &link).and_then(|()| deed(&link.join(SOCKET)));
    // What is left behind is an empty folder at worst.
    let _ = fs::remove_file(&link).and_then(|()| fs::remove_dir(&folder));
    done
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    fn deep() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("a-folder-with-a-long-name".repeat(4)).join("and-another-inside-it".repeat(5));
        fs::create_dir_all(&home).unwrap();
        assert!(home.as_os_str().len() > 200);
        (dir, home)
    }

    #[tokio::test]
    async fn a_home_with_a_long_path_is_reached() {
        let (_dir, home) = deep();
        let listener = bind(&home).unwrap();
        assert_eq!(fs::metadata(home.join(SOCKET)).unwrap().permissions().mode() & 0o777, 0o600);
        let mut there = connect(&home).unwrap();
        let (mut here, _) = listener.accept().await.unwrap();
        there.write_all(b"hello").await.unwrap();
        drop(there);
        let mut text = String::new();
        here.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "hello");
    }

    #[test]
    fn without_proc_a_link_leads_there_and_is_gone_afterwards() {
        let (_dir, home) = deep();
        let mut link = PathBuf::new();
        let listener = through_link(&home, |path| {
            link = path.to_owned();
            net::UnixListener::bind(path)
        });
        assert!(listener.is_ok() && home.join(SOCKET).exists());
        assert!(through_link(&home, |path| net::UnixStream::connect(path)).is_ok());
        assert!(!link.parent().unwrap().exists());
    }

    #[tokio::test]
    async fn a_dead_nodes_socket_is_replaced_and_a_stopped_ones_is_gone() {
        let (_dir, home) = deep();
        drop(bind(&home).unwrap());
        assert_eq!(connect(&home).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
        let _listener = bind(&home).unwrap();
        assert!(connect(&home).is_ok());
        remove(&home).unwrap();
        remove(&home).unwrap();
        assert_eq!(connect(&home).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
