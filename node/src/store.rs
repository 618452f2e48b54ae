//! The store of a node: the journal is the truth, sled serves, and anything in sled can be rebuilt from the journal.
//!
//! A batch goes first to the journal (its truths), is there fsynced if it must be durable, and then to sled as one
//! atomic batch together with a watermark that says how far sled has followed. Signed votes go to a log of their own
//! before anything else. Only `store` and the files under it name sled.

pub(crate) mod compare;
mod guard;
mod layout;
mod open;
mod rebuild;
mod room;
mod shelf;

use std::{
    fs, io,
    path::Path,
    sync::{Arc, PoisonError},
    time::Duration,
};

use protocol::store::{Op, Read, Row, Store, StoreError, Table};

use self::{layout::State, shelf::Shelf};
pub(crate) use self::{open::must_rebuild, room::Room};
use crate::{
    home::Home,
    journal::{self, Journal, Quarantined, refused},
    signed_log::{SignedLog, Votes},
};

/// What may be chosen about a store. The defaults are the ones of keeping.md; tests choose smaller ones.
#[derive(Clone, Debug)]
pub struct Options {
    /// The length at which a new segment of the journal begins.
    pub segment_bytes: u64,
    /// Writes are refused when fewer bytes are free.
    pub floor_bytes: u64,
    /// Writes are refused when a smaller part of the disk is free.
    pub floor_percent: u64,
    /// Room set aside so that the node can start on a full disk.
    pub ballast_bytes: u64,
    /// How long sled may take to open a small folder, to flush and to close.
    pub time_limit: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            segment_bytes: journal::SEGMENT_BYTES,
            floor_bytes: 200 << 20,
            floor_percent: 2,
            ballast_bytes: 64 << 20,
            time_limit: Duration::from_secs(60),
        }
    }
}

/// Why sled was rebuilt from the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// There was none.
    Missing,
    /// An earlier run could not open or close it.
    Doubted,
    /// It could not be opened.
    Unopenable(String),
    /// It knew groups the journal does not have: a power cut, or a journal from elsewhere.
    Ahead,
    /// It followed another journal.
    Foreign,
    /// What it holds is not what was written.
    Damaged(String),
}

/// What starting found and did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// Whether the last stop was a clean one and everything stood as it was left.
    pub clean: bool,
    /// Whether this is a new home.
    pub first: bool,
    /// Why sled was rebuilt, if it was.
    pub rebuilt: Option<Why>,
    /// Whether every derived row must be derived anew. It stays so, start after start, until [`Keeper::settle`].
    pub derived_lost: bool,
    /// Truths that reached sled without what is derived from them, which is therefore old. They are told, start after
    /// start, until [`Keeper::settle`]. Empty when everything is to be derived anew.
    pub replayed: Vec<(Table, Vec<u8>)>,
    /// Bytes of a write that was cut short; nobody was told that they were kept. Unless sled was ahead: then it was whole
    /// once, and its end rotted.
    pub torn_bytes: u64,
    /// Damage in what was read of the journal and the log of signed votes.
    pub quarantined: Vec<Quarantined>,
    /// Groups that should be in what was read of the journal and are not. They are fetched again from peers.
    pub lost_groups: u64,
    /// Whether votes this node signed may have been forgotten: none may be signed before a peer confirms the head.
    /// It stays so, start after start, until one is signed.
    pub restored: bool,
    /// Whether the disk was so full that the ballast had to be given back.
    pub ballast_released: bool,
}

/// How much room the store takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Bytes of the journal.
    pub journal_bytes: u64,
    /// Bytes of sled's folder.
    pub sled_bytes: u64,
    /// Rows, signed votes not counted.
    pub rows: u64,
    /// Bytes free on the disk.
    pub free_bytes: u64,
}

/// The one writer of a home. It keeps the home locked.
///
/// Have one in a process: sled's threads are shared by every store of a process, and more writers than threads can
/// deadlock. An error other than `Full` and `TooLarge` means that the process should end; the next start repairs.
#[derive(Debug)]
pub struct Keeper {
    home: Home,
    journal: Journal,
    signed: SignedLog,
    shelf: Arc<Shelf>,
    state: State,
    room: Room,
    /// What follows from the journal is still being worked out. That may take of the room that must stay free: it is kept
    /// for it, and a node killed on a full disk would not start without.
    starting: bool,
    /// Set when sled failed under a batch: nothing more is written until the next start.
    broken: Option<StoreError>,
}

/// Reads what the keeper keeps, on any thread. After the keeper is closed every read says so.
#[derive(Clone, Debug)]
pub struct Reader {
    shelf: Arc<Shelf>,
    votes: Votes,
}

impl Keeper {
    /// Opens the store of a home: repairs, replays and rebuilds what it must, and tells what it did.
    pub fn open(home: &Home) -> Result<(Keeper, Opened), StoreError> {
        Keeper::open_with(home, Options::default())
    }

    /// Opens with other limits.
    pub fn open_with(home: &Home, options: Options) -> Result<(Keeper, Opened), StoreError> {
        open::open(home, options)
    }

    /// A reader for another thread.
    pub fn reader(&self) -> Reader {
        Reader { shelf: self.shelf.clone(), votes: self.signed.votes() }
    }

    /// Says that what was lost or old among the derived rows has been derived anew, as [`Opened`] asked.
    pub fn settle(&mut self) -> Result<(), StoreError> {
        self.refuse_broken()?;
        let settled = State { settled: self.state.mark.position, ..self.state };
        let change = self.shelf.change([].iter(), settled)?;
        self.state = change.state;
        self.shelf.apply(change).inspect_err(|why| self.broken = Some(why.clone()))?;
        self.starting = false;
        Ok(())
    }

    /// To be called every few seconds: brings the journal to the disk, and finds out whether sled's own threads are
    /// alive. After an error the process should end; the next start sets things right.
    pub fn pulse(&mut self) -> Result<(), StoreError> {
        self.journal.sync()?;
        self.room.set_aside();
        self.shelf.flush()
    }

    /// The last group of the journal, once it and all before it have reached the disk. A backup goes up to here: a group
    /// that could still be taken back, or that a power cut could, would be written again with other words in it.
    pub fn watermark(&mut self) -> Result<u64, StoreError> {
        self.refuse_broken()?;
        self.journal.sync()?;
        Ok(self.journal.tip().position)
    }

    /// Reads every row and holds what they come to against what was written. Gives the number of rows.
    pub fn verify(&self) -> Result<u64, StoreError> {
        self.shelf.verify().map(|state| state.rows)
    }

    /// How much room the store takes.
    pub fn size(&self) -> Result<Size, StoreError> {
        Ok(Size {
            journal_bytes: folder_bytes(&self.home.journal()).map_err(refused(&self.home.journal()))?,
            sled_bytes: folder_bytes(&self.home.sled()).map_err(refused(&self.home.sled()))?,
            rows: self.state.rows,
            free_bytes: self.room.free()?,
        })
    }

    /// Stops cleanly: all is on the disk on return, where a power cut cannot undo it.
    pub fn close(mut self) -> Result<(), StoreError> {
        self.journal.sync()?;
        self.shelf.flush()?;
        if !self.shelf.close() {
            return Err(StoreError::Damaged("sled did not close in time".to_owned()));
        }
        self.shelf.sync_files()?;
        if self.broken.is_none() && self.shelf.trusted() {
            open::note_clean(&self.home, self.state)?;
        }
        Ok(())
    }

    fn refuse_broken(&self) -> Result<(), StoreError> {
        self.broken.clone().map_or(Ok(()), Err)
    }

    fn keep(&mut self, ops: &[Op], durable: bool) -> Result<(), StoreError> {
        let mut change = self.shelf.change(ops.iter(), self.state)?;
        let mut truths = ops.iter().filter(|op| op.table().is_truth()).peekable();
        let journaled = truths.peek().is_some();
        if journaled {
            change.state.advance(self.journal.append(truths, durable)?);
        } else if durable {
            self.journal.sync()?;
        }
        let state = change.state;
        if let Err(why) = self.shelf.apply(change) {
            self.broken = Some(why.clone());
            // Nobody will be told that the batch was kept, so the journal must not have kept it either. Should even
            // this fail, the journal refuses everything until the next start.
            return if journaled { self.journal.undo().and(Err(why)) } else { Err(why) };
        }
        self.state = state;
        Ok(())
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // Readers may live on; the folder must not stay open with them.
        self.shelf.close();
    }
}

impl Store for Keeper {
    fn apply(&mut self, ops: Vec<Op>, durable: bool) -> Result<(), StoreError> {
        self.refuse_broken()?;
        ops.iter().try_for_each(Op::fits)?;
        if !self.starting || ops.iter().any(|op| op.table().is_truth()) {
            self.room.check()?;
        }
        let (votes, rest): (Vec<_>, Vec<_>) = ops.into_iter().partition(|op| op.table() == Table::SignedVote);
        self.signed.keep(&votes)?;
        if rest.is_empty() && !durable { Ok(()) } else { self.keep(&rest, durable) }
    }
}

impl Read for Keeper {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.reader().get(table, key)
    }

    fn scan(&self, table: Table, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Row>, StoreError> {
        self.reader().scan(table, prefix, from, limit)
    }
}

impl Read for Reader {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        if table == Table::SignedVote {
            return Ok(self.votes.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned());
        }
        self.shelf.get(table, key)
    }

    fn scan(&self, table: Table, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Row>, StoreError> {
        if table == Table::SignedVote {
            let votes = self.votes.read().unwrap_or_else(PoisonError::into_inner);
            let found = votes.range(prefix.max(from).to_vec()..).take_while(|(key, _)| key.starts_with(prefix));
            return Ok(found.take(limit).map(|(key, vote)| (key.clone(), vote.clone())).collect());
        }
        self.shelf.scan(table, prefix, from, limit)
    }
}

fn folder_bytes(folder: &Path) -> io::Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        sum += match entry.metadata() {
            Ok(data) if data.is_dir() => folder_bytes(&entry.path())?,
            Ok(data) => data.len(),
            // sled removes old snapshots while it runs.
            Err(why) if why.kind() == io::ErrorKind::NotFound => 0,
            Err(why) => return Err(why),
        };
    }
    Ok(sum)
}

#[cfg(test)]
mod tests;
