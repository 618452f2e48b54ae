//! The folder sled keeps its files in, before it is opened and after it is closed.

use std::{
    fs::{self, File},
    path::Path,
    thread,
    time::Duration,
};

use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};

/// Some thread of sled's holds on to its file for a moment after the last handle is gone. Whoever opened the folder
/// then would be told that it is in use: twice in 10,000 rebuilds.
pub(super) fn wait_until_released(file: &Path) {
    while let Ok(file) = File::open(file) {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => thread::sleep(Duration::from_millis(2)),
            _ => return,
        }
    }
}

pub(super) fn remove_half_snapshots(path: &Path) {
    let Ok(entries) = fs::read_dir(path) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().ends_with(".generating") {
            let _ = fs::remove_file(entry.path());
        }
    }
}

pub(super) fn sync_files(folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { sync_files(&path)? } else { File::open(&path)?.sync_all()? }
    }
    File::open(folder)?.sync_all()
}
