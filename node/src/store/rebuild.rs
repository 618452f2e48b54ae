//! Bringing sled up to the journal: replaying what it lacks, or building it anew beside the old one.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use protocol::store::{Op, StoreError};
use tracing::info;

use super::{
    layout::State,
    shelf::{Shelf, Unopened},
};
use crate::{
    clock, disk,
    home::Home,
    journal::{
        Journal, Mark,
        read::{Entry, Reading},
        refused,
    },
};

/// Changes applied at once while replaying: large enough to be quick, small enough to hold.
const CHANGES: usize = 1_000;
/// Bytes applied at once while replaying.
const BYTES: usize = 4 << 20;

/// How often who waits for a long rebuild is told how far it is.
const TELL_EVERY_MS: u64 = 3_000;

/// Applies every group after the shelf's watermark: truths only, so what is derived from them is left unsettled.
///
/// Groups are joined, and a large one comes in parts; the watermark moves only with a whole one, so that a node that
/// dies here starts the group again.
pub(super) fn replay(shelf: &Shelf, journal: &Journal, state: State) -> Result<(State, Reading), StoreError> {
    let told_ms = clock::now_ms();
    let all = journal.tip().position;
    let mut feed = Feed { shelf, state, pending: Vec::new(), bytes: 0, whole: state.mark, all, told_ms };
    let reading = journal.read(state.mark.position, &mut |entry| {
        match entry {
            Entry::Change(op) => feed.take(op)?,
            Entry::End(mark) => feed.whole = mark,
        }
        Ok(())
    })?;
    // The last group may be one that can no longer be read.
    feed.whole = journal.tip();
    feed.pour()?;
    Ok((feed.state, reading))
}

struct Feed<'a> {
    shelf: &'a Shelf,
    state: State,
    pending: Vec<Op>,
    bytes: usize,
    whole: Mark,
    /// The position of the last group.
    all: u64,
    told_ms: u64,
}

impl Feed<'_> {
    fn take(&mut self, op: Op) -> Result<(), StoreError> {
        self.bytes += op.key().len() + if let Op::Put(_, _, value) = &op { value.len() } else { 0 };
        self.pending.push(op);
        if self.pending.len() >= CHANGES || self.bytes >= BYTES { self.pour() } else { Ok(()) }
    }

    fn pour(&mut self) -> Result<(), StoreError> {
        let change = self.shelf.change(self.pending.iter(), State { mark: self.whole, ..self.state })?;
        self.state = change.state;
        self.shelf.apply(change)?;
        self.pending.clear();
        self.bytes = 0;
        let now = clock::now_ms();
        if now.saturating_sub(self.told_ms) >= TELL_EVERY_MS {
            self.told_ms = now;
            info!(done = self.whole.position, of = self.all, "bringing the store up to the journal");
        }
        Ok(())
    }
}

/// Builds sled anew from the journal and puts it in place; the old folder is kept as `sled.bad-<n>`.
///
/// Only truths come back. The new folder is closed and on the disk before it gets its name, which also moves sled's
/// snapshot forward.
pub(super) fn rebuild(home: &Home, journal: &Journal, limit: Duration) -> Result<Reading, StoreError> {
    let (place, new) = (home.sled(), home.path().join("sled.new"));
    remove_folder(&new)?;
    let aside = forget_older_bad(home)?;
    let shelf = Shelf::open(&new, limit).map_err(|why| why.into_error(&new))?;
    let (_, reading) = replay(&shelf, journal, State::default())?;
    shelf.flush()?;
    if !shelf.close() {
        return Err(Unopened::Hangs.into_error(&new));
    }
    shelf.sync_files()?;
    if place.exists() {
        disk::rename(&place, &aside).map_err(refused(&place))?;
    }
    disk::rename(&new, &place).map_err(refused(&new))?;
    disk::sync_folder(home.path()).map_err(refused(home.path()))?;
    Ok(reading)
}

impl Unopened {
    pub(super) fn into_error(self, path: &Path) -> StoreError {
        match self {
            Unopened::Refused(why) => StoreError::Io(format!("{} could not be opened: {why}", path.display())),
            Unopened::Hangs => StoreError::Damaged(format!("{} did not open or close in time", path.display())),
        }
    }
}

/// Removes folders put aside earlier, of which one at most is kept, and names the next.
fn forget_older_bad(home: &Home) -> Result<PathBuf, StoreError> {
    let mut next = 1;
    for entry in fs::read_dir(home.path()).map_err(refused(home.path()))?.flatten() {
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix("sled.bad-")).and_then(|n| n.parse::<u64>().ok());
        if let Some(number) = number {
            next = next.max(number + 1);
            remove_folder(&entry.path())?;
        }
    }
    Ok(home.path().join(format!("sled.bad-{next}")))
}

fn remove_folder(path: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(path) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => Err(refused(path)(why)),
        _ => Ok(()),
    }
}
