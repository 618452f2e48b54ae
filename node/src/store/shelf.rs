//! sled behind a guard: the only file that calls it.
//!
//! sled 0.34.7 can panic or hang on what it finds on disk, its drop waits for ever on a thread that died, and writing
//! to it can deadlock: whoever begins a segment holds the lock over all segments and waits for a truncation of the
//! file that one of sled's seven threads is to do, while all seven wait for that lock. So every call is caught; all but
//! reading happens on a thread of its own with a time limit; and little is written before sled is made to catch up, so
//! that a thread is left. The time limit stays: what makes the deadlock rare is not proven to make it impossible.

#[cfg(test)]
mod faults;
mod folder;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use protocol::store::{Op, Row, StoreError, Table};
use sled::{Batch, Config, Db, Mode};

use self::folder::{remove_half_snapshots, sync_files, wait_until_released};
use super::{
    guard::{Ended, caught, guarded},
    layout::{self, Cell, Head, STATE, State, damaged},
};
use crate::journal::refused;

/// sled's page cache. Not a cap: it uses 150 to 250 MiB under churn (keeping.md).
const CACHE_BYTES: u64 = 32 << 20;
/// Never none: sled's collector runs only in the thread that flushes.
const FLUSH_EVERY_MS: u64 = 500;
/// Bytes handed to sled before it is made to write them all.
///
/// sled writes some three times as many, in segments of 512 KiB, each by one of its seven threads. While fewer than
/// seven writes are under way one thread is left to truncate the file, and nobody waits for ever. Nothing but their
/// number keeps it so: a flush comes back a moment before the last of them is quite done.
///
/// Seen on a disk made slow (1 ms a write, now and then 20 ms), batches of 100 KiB, runs of 20 s: 7 of 24 hung with 1 MiB
/// here, none of 60 with 128 KiB. On a quick disk nothing hung with either; without a limit 5 of 24 runs of 15 s did.
pub(super) const UNFLUSHED_MOST: usize = 128 << 10;
/// Bytes in one piece of a batch, for the same reason. Large batches were never seen to hang, whole or in pieces, when
/// a flush went before.
const PIECE: usize = 256 << 10;

/// An opened sled folder. Readers on any thread, one writer; a reader never sees half a batch.
#[derive(Debug)]
pub(super) struct Shelf {
    path: PathBuf,
    db: RwLock<Option<Db>>,
    /// Whether anything read was not what was written: then the next start verifies every row.
    doubt: AtomicBool,
    /// Whether sled did not come back from a deed. Nothing is asked of it any more: whoever did would wait for ever.
    stuck: AtomicBool,
    /// Whether a batch stopped between two pieces. Nothing is read or written any more: whoever was told that it was not
    /// saved would read some of it. It has no watermark, so the next start rebuilds it from the journal.
    half: AtomicBool,
    /// Bytes handed over since the last flush.
    unflushed: AtomicUsize,
    limit: Duration,
    /// How many pieces are still taken before one is refused, where a test says so.
    #[cfg(test)]
    pieces_taken: std::sync::Mutex<Option<usize>>,
}

/// Why a shelf could not be opened.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unopened {
    /// sled refused or panicked.
    Refused(String),
    /// sled did not come back. Its thread may still be at work on the folder.
    Hangs,
}

/// A batch worked out against what is there, ready to be applied.
pub(super) struct Change {
    writes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    pub(super) state: State,
}

impl Shelf {
    /// Opens a folder, creating it if need be. A snapshot that was being written when the node died would block
    /// every open, so it is removed first.
    pub(super) fn open(path: &Path, limit: Duration) -> Result<Shelf, Unopened> {
        remove_half_snapshots(path);
        let config = Config::new()
            .path(path)
            .cache_capacity(CACHE_BYTES)
            .mode(Mode::LowSpace)
            .use_compression(false)
            .flush_every_ms(Some(FLUSH_EVERY_MS));
        match guarded("open", limit, move || config.open()) {
            Ended::Done(Ok(db)) => Ok(Shelf {
                path: path.to_owned(),
                db: RwLock::new(Some(db)),
                doubt: AtomicBool::new(false),
                stuck: AtomicBool::new(false),
                half: AtomicBool::new(false),
                unflushed: AtomicUsize::new(0),
                limit,
                #[cfg(test)]
                pieces_taken: std::sync::Mutex::new(None),
            }),
            Ended::Done(Err(why)) => Err(Unopened::Refused(why.to_string())),
            Ended::Panicked => Err(Unopened::Refused("sled panicked".to_owned())),
            Ended::Silent => Err(Unopened::Hangs),
        }
    }

    /// Where the folder stands; none in a new one.
    pub(super) fn state(&self) -> Result<Option<State>, StoreError> {
        let found = self.with(|db| db.get(STATE))?;
        found.map(|bytes| State::read(&bytes)).transpose()
    }

    pub(super) fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let row = layout::row_key(table, key);
        self.within(|db| match db.get(&row).map_err(trouble)? {
            Some(head) => join(db, &row, &head).map(Some),
            None => Ok(None),
        })
    }

    pub(super) fn scan(&self, table: Table, prefix: &[u8], from: &[u8], most: usize) -> Result<Vec<Row>, StoreError> {
        let (start, within) = (layout::row_key(table, prefix.max(from)), layout::row_key(table, prefix));
        self.within(|db| {
            let mut rows = Vec::new();
            for found in db.range(start..).take(most) {
                // An error ends the scan: asking again would give the same error for ever.
                let (key, head) = found.map_err(trouble)?;
                if !key.starts_with(&within) {
                    break;
                }
                rows.push((key[1..].to_vec(), join(db, &key, &head)?));
            }
            Ok(rows)
        })
    }

    /// Works out what a batch changes. The last change to a row wins; its pieces, count and sum follow.
    pub(super) fn change<'a>(&self, ops: impl Iterator<Item = &'a Op>, state: State) -> Result<Change, StoreError> {
        let mut last: BTreeMap<Vec<u8>, Option<&[u8]>> = BTreeMap::new();
        for op in ops {
            let value = match op {
                Op::Put(_, _, value) => Some(&value[..]),
                Op::Delete(..) => None,
            };
            last.insert(layout::row_key(op.table(), op.key()), value);
        }
        let mut change = Change { writes: BTreeMap::new(), state };
        change.state.batches += 1;
        self.within(|db| {
            for (row, value) in last {
                let old = db.get(&row).map_err(trouble)?;
                change.replace(row, old.as_deref(), value)?;
            }
            Ok(())
        })?;
        Ok(change)
    }

    /// Applies a change together with its state. In memory it is whole or not at all. On the disk a large one comes in
    /// pieces, and between the first and the last there is no watermark: who dies there rebuilds from the journal.
    pub(super) fn apply(&self, change: Change) -> Result<(), StoreError> {
        // The write lock keeps readers out, so that none sees the head of one version and the pieces of another.
        let held = self.db.write().unwrap_or_else(PoisonError::into_inner);
        let (mut batch, mut bytes, mut poured) = (Batch::default(), 0, false);
        for (key, value) in change.writes {
            if bytes > PIECE {
                batch.remove(STATE);
                let done = self.pour(&held, std::mem::take(&mut batch), std::mem::take(&mut bytes));
                done.inspect_err(|_| _ = self.half.fetch_or(poured, Relaxed))?;
                poured = true;
            }
            bytes += key.len() + value.as_ref().map_or(0, Vec::len);
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        batch.insert(STATE, change.state.write());
        self.pour(&held, batch, bytes).inspect_err(|_| _ = self.half.fetch_or(poured, Relaxed))
    }

    fn pour(&self, held: &Option<Db>, batch: Batch, bytes: usize) -> Result<(), StoreError> {
        if self.unflushed.load(Relaxed) + bytes > UNFLUSHED_MOST {
            self.flush_held(held)?;
        }
        #[cfg(test)]
        self.take_piece()?;
        self.unflushed.fetch_add(bytes, Relaxed);
        self.bounded("apply", held, move |db| db.apply_batch(batch))
    }

    /// Gives every row in key order, once its whole value was found to be what was written.
    pub(super) fn each(&self, each: &mut dyn FnMut(Table, &[u8], Head<'_>)) -> Result<State, StoreError> {
        self.within(|db| {
            let mut seen = State::default();
            for found in db.iter() {
                let (key, bytes) = found.map_err(trouble)?;
                if &key[..] == STATE {
                    continue;
                }
                if layout::is_piece(&key) {
                    layout::whole(&key, &bytes)?;
                    seen.pieces += 1;
                    continue;
                }
                let (table, row) = layout::row_of(&key).ok_or(StoreError::Newer)?;
                join(db, &key, &bytes)?;
                let head = Head::read(&bytes)?;
                seen.rows += 1;
                seen.sum = seen.sum.wrapping_add(head.weight());
                each(table, row, head);
            }
            Ok(seen)
        })
    }

    /// Reads every row and holds what they come to against the state.
    pub(super) fn verify(&self) -> Result<State, StoreError> {
        let state = self.state()?.ok_or_else(|| damaged("the watermark is missing"))?;
        let seen = self.each(&mut |_, _, _| {})?;
        if (seen.rows, seen.pieces, seen.sum) != (state.rows, state.pieces, state.sum) {
            return Err(StoreError::Damaged(format!("{} rows are there where {} were written", seen.rows, state.rows)));
        }
        Ok(state)
    }

    /// Hands everything to the operating system; an error or silence means that sled's own threads are dead.
    pub(super) fn flush(&self) -> Result<(), StoreError> {
        self.flush_held(&self.held())
    }

    fn flush_held(&self, held: &Option<Db>) -> Result<(), StoreError> {
        self.bounded("flush", held, |db| db.flush())?;
        self.unflushed.store(0, Relaxed);
        Ok(())
    }

    /// Closes the folder; readers are told that it is closed. Whether sled came to an end in time.
    pub(super) fn close(&self) -> bool {
        let Some(db) = self.db.write().unwrap_or_else(PoisonError::into_inner).take() else { return true };
        if self.stuck.load(Relaxed) {
            // Its drop would wait for ever too. The process is about to end.
            std::mem::forget(db);
            return false;
        }
        let file = self.path.join("db");
        let end = move || {
            drop(db);
            wait_until_released(&file);
        };
        guarded("close", self.limit, end) == Ended::Done(())
    }

    /// Brings a closed folder to the disk: sled's own flush leaves that to the operating system (keeping.md).
    pub(super) fn sync_files(&self) -> Result<(), StoreError> {
        sync_files(&self.path).map_err(refused(&self.path))
    }

    fn held(&self) -> RwLockReadGuard<'_, Option<Db>> {
        self.db.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn open_db<'a>(&self, held: &'a Option<Db>) -> Result<&'a Db, StoreError> {
        if self.stuck.load(Relaxed) {
            return Err(damaged("sled hangs; start the node again"));
        }
        if self.half.load(Relaxed) {
            return Err(damaged("sled has half of a batch; start the node again"));
        }
        held.as_ref().ok_or_else(|| StoreError::Io("the store is closed".to_owned()))
    }

    fn with<T>(&self, deed: impl FnOnce(&Db) -> sled::Result<T>) -> Result<T, StoreError> {
        self.within(|db| deed(db).map_err(trouble))
    }

    /// Reads. Only a writer inside sled could make a reader wait there, and our lock keeps the two apart.
    fn within<T>(&self, deed: impl FnOnce(&Db) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let held = self.held();
        let db = self.open_db(&held)?;
        self.remember(caught(|| deed(db)))
    }

    /// Writes, on a thread of its own. After the time limit sled is asked nothing more.
    fn bounded<T: Send + 'static>(
        &self,
        name: &str,
        held: &Option<Db>,
        deed: impl FnOnce(&Db) -> sled::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let db = self.open_db(held)?.clone();
        self.remember(match guarded(name, self.limit, move || deed(&db)) {
            Ended::Done(result) => result.map_err(trouble),
            Ended::Panicked => Err(damaged("sled panicked")),
            Ended::Silent => {
                self.stuck.store(true, Relaxed);
                Err(damaged("sled hangs; start the node again"))
            }
        })
    }

    /// Whether all that was read so far was what was written.
    pub(super) fn trusted(&self) -> bool {
        !self.doubt.load(Relaxed)
    }

    fn remember<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if matches!(result, Err(StoreError::Damaged(_))) {
            self.doubt.store(true, Relaxed);
        }
        result
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        self.close();
    }
}

impl Change {
    fn replace(&mut self, row: Vec<u8>, old: Option<&[u8]>, new: Option<&[u8]>) -> Result<(), StoreError> {
        if let Some(old) = old.map(Head::read).transpose()? {
            self.state.rows = self.state.rows.wrapping_sub(1);
            self.state.pieces = self.state.pieces.wrapping_sub(u64::from(old.pieces()));
            self.state.sum = self.state.sum.wrapping_sub(old.weight());
            for index in 0..old.pieces() {
                self.writes.insert(layout::piece_key(&row, index), None);
            }
        }
        let Some(value) = new else {
            self.writes.insert(row, None);
            return Ok(());
        };
        let cell = Cell::new(&row, value);
        self.state.rows = self.state.rows.wrapping_add(1);
        self.state.pieces = self.state.pieces.wrapping_add(cell.pieces.len() as u64);
        self.state.sum = self.state.sum.wrapping_add(cell.weight);
        for (index, piece) in cell.pieces.into_iter().enumerate() {
            self.writes.insert(layout::piece_key(&row, index as u32), Some(piece));
        }
        self.writes.insert(row, Some(cell.head));
        Ok(())
    }
}

/// The value of a row, its pieces joined and its crc judged.
fn join(db: &Db, row: &[u8], head: &[u8]) -> Result<Vec<u8>, StoreError> {
    let Head::Split { crc, len } = Head::read(head)? else { return layout::whole(row, head).map(<[u8]>::to_vec) };
    let mut value = Vec::new();
    for index in 0..layout::pieces_of(len) {
        let key = layout::piece_key(row, index);
        let piece = db.get(&key).map_err(trouble)?.ok_or_else(|| damaged("a piece of a large row is missing"))?;
        value.extend_from_slice(layout::whole(&key, &piece)?);
    }
    layout::judge(row, crc, &value)?;
    Ok(value)
}

fn trouble(why: sled::Error) -> StoreError {
    match why {
        sled::Error::Io(why) => refused(Path::new("sled"))(why),
        other => StoreError::Damaged(other.to_string()),
    }
}
