//! What the journal, the log of votes and the store do to files, deed by deed, so that tests can stop a node at each of
//! them and see what a power cut leaves. Nothing is decided here, and sled does its own.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::Path,
};

#[cfg(test)]
pub(crate) mod watch;

/// One deed, as tests see it before it is done.
#[derive(Debug)]
#[cfg_attr(not(test), allow(dead_code, reason = "only tests look at what is to be done"))]
pub(crate) enum Deed<'a> {
    Create(&'a Path),
    Write(&'a Path, u64, &'a [u8]),
    SetLen(&'a Path, u64),
    Sync(&'a Path),
    Rename(&'a Path, &'a Path),
    Remove(&'a Path),
    SyncFolder(&'a Path),
}

#[cfg(not(test))]
fn begin(_: Deed<'_>) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
use watch::begin;

/// Creates an empty file that only we can read, or empties the one that is there.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    begin(Deed::Create(path))?;
    OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// Writes all of it at this place of the file at `path`.
pub(crate) fn write_at(file: &File, path: &Path, bytes: &[u8], at: u64) -> io::Result<()> {
    begin(Deed::Write(path, at, bytes))?;
    file.write_all_at(bytes, at)
}

/// Cuts the file at `path`.
pub(crate) fn set_len(file: &File, path: &Path, len: u64) -> io::Result<()> {
    begin(Deed::SetLen(path, len))?;
    file.set_len(len)
}

/// Brings what was written to the file at `path`, and its length, to the disk.
pub(crate) fn sync(file: &File, path: &Path) -> io::Result<()> {
    begin(Deed::Sync(path))?;
    file.sync_data()
}

/// Gives a file or folder another name in the same folder; a file that had it is gone.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    begin(Deed::Rename(from, to))?;
    fs::rename(from, to)
}

/// Removes a file.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    begin(Deed::Remove(path))?;
    fs::remove_file(path)
}

/// Makes the names in a folder durable: creating, renaming and removing a file is otherwise lost in a power cut.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    begin(Deed::SyncFolder(path))?;
    File::open(path)?.sync_all()
}
