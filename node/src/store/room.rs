//! Room on the disk: refusing to write before it is full, and the ballast that lets a node start on a full one.

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
};

use protocol::store::StoreError;
use rustix::fs::{FallocateFlags, fallocate, statvfs};

use super::Options;
use crate::{home::Home, journal::refused};

/// Knows how much room there is and must be.
#[derive(Debug)]
pub(crate) struct Room {
    folder: PathBuf,
    ballast: PathBuf,
    ballast_bytes: u64,
    floor_bytes: u64,
    floor_percent: u64,
}

impl Room {
    pub(crate) fn new(home: &Home, options: &Options) -> Room {
        Room {
            folder: home.path().to_owned(),
            ballast: home.ballast(),
            ballast_bytes: options.ballast_bytes,
            floor_bytes: options.floor_bytes,
            floor_percent: options.floor_percent,
        }
    }

    /// Refuses when there is less room than the floor. It costs one system call, two microseconds.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let (free, total) = self.look()?;
        if free < self.floor_bytes || free < total / 100 * self.floor_percent {
            return Err(StoreError::Full);
        }
        Ok(())
    }

    /// Free bytes.
    pub(crate) fn free(&self) -> Result<u64, StoreError> {
        self.look().map(|(free, _)| free)
    }

    /// Gives the ballast back when there is too little room to start. Whether it did.
    pub(super) fn give_back_if_short(&self) -> Result<bool, StoreError> {
        Ok(self.free()? < self.ballast_bytes && fs::remove_file(&self.ballast).is_ok())
    }

    /// Sets ballast aside when there is ample room and none yet.
    pub(super) fn set_aside(&self) {
        let ample = self.floor_bytes + 2 * self.ballast_bytes;
        if self.ballast_bytes == 0 || self.ballast.exists() || self.free().map_or(true, |free| free < ample) {
            return;
        }
        let mut options = OpenOptions::new();
        let Ok(file) = options.write(true).create_new(true).mode(0o600).open(&self.ballast) else { return };
        if fallocate(&file, FallocateFlags::empty(), 0, self.ballast_bytes).is_err() {
            // A file system that cannot set room aside: the node does without.
            let _ = fs::remove_file(&self.ballast);
        }
    }

    fn look(&self) -> Result<(u64, u64), StoreError> {
        let said = statvfs(&self.folder).map_err(|why| refused(&self.folder)(why.into()))?;
        Ok((said.f_bavail * said.f_frsize, said.f_blocks * said.f_frsize))
    }
}
