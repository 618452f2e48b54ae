//! The votes this node has signed: a small file beside the journal, and outside every backup.
//!
//! A steward who signs twice where the rules allow one signature looks like a cheat to everybody. So a vote is on the
//! disk here before anything else of its batch, and before its signature leaves. When this file is missing or damaged
//! although the node has a past, the node has forgotten what it signed, and says so until it signs again: no vote
//! until a peer confirms the head (protocol.md, S4).

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use protocol::store::{Op, StoreError};

use crate::{
    disk,
    journal::{
        Mark, Quarantined,
        read::{self, Entry, find_end},
        record::Seal,
        refused, seal_of,
        segment::Header,
        tail::Tail,
    },
};

/// The votes in memory: they are few, and every page of a steward asks for them.
pub(crate) type Votes = Arc<RwLock<BTreeMap<Vec<u8>, Vec<u8>>>>;

/// The log of signed votes and its one writer.
#[derive(Debug)]
pub(crate) struct SignedLog {
    path: PathBuf,
    seal: Seal,
    votes: Votes,
    /// None while the file is missing or damaged. The next vote then writes a new one with all that is known.
    tail: Option<Tail>,
}

/// What opening found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Whether votes may have been forgotten.
    pub(crate) forgotten: bool,
    pub(crate) quarantined: Vec<Quarantined>,
}

impl SignedLog {
    /// Opens the log. A node without a past gets an empty one; else a missing log stays missing, so that every start
    /// tells that votes were forgotten until one is signed again.
    pub(crate) fn open(
        path: &Path,
        quarantine: &Path,
        seal: Seal,
        has_past: bool,
    ) -> Result<(SignedLog, Found), StoreError> {
        let mut log = SignedLog { path: path.to_owned(), seal, votes: Votes::default(), tail: None };
        let mut found = Found::default();
        if path.exists() {
            log.load(quarantine, &mut found)?;
        } else if has_past {
            found.forgotten = true;
        } else {
            log.tail = Some(Tail::create(path, Header { first: 1, chain: 0, seal })?);
        }
        Ok((log, found))
    }

    /// The votes, for reading.
    pub(crate) fn votes(&self) -> Votes {
        self.votes.clone()
    }

    /// Keeps votes. On return they have reached the disk, whatever happens to the rest of their batch.
    pub(crate) fn keep(&mut self, ops: &[Op]) -> Result<(), StoreError> {
        if ops.is_empty() {
            return Ok(());
        }
        match &mut self.tail {
            Some(tail) => {
                let group = tail.encode(ops.iter());
                tail.write(group, true)?;
            }
            None => self.tail = Some(self.write_anew(ops)?),
        }
        let mut votes = self.votes.write().unwrap_or_else(PoisonError::into_inner);
        ops.iter().for_each(|op| change(&mut votes, op.clone()));
        Ok(())
    }

    /// Whether votes may have been forgotten, without changing anything.
    pub(crate) fn look(path: &Path, has_past: bool) -> Result<bool, StoreError> {
        if !path.exists() {
            return Ok(has_past);
        }
        let file = [(1, path.to_owned())];
        let seal = match seal_of(&file) {
            Err(StoreError::Damaged(_)) => return Ok(true),
            other => other?,
        };
        let torn = find_end(path, seal, Mark::default())?.torn_bytes() > 0;
        let reading = read::all(&file, seal, 0, None, &mut |_| Ok(()))?;
        Ok(torn || reading.missing > 0 || !reading.damaged.is_empty())
    }

    fn load(&mut self, quarantine: &Path, found: &mut Found) -> Result<(), StoreError> {
        let file = [(1, self.path.clone())];
        let seal = match seal_of(&file) {
            Err(StoreError::Damaged(_)) => return self.set_aside_whole(quarantine, found),
            other => other?,
        };
        let end = find_end(&self.path, seal, Mark::default())?;
        found.quarantined = end.keep_aside(&self.path, seal, quarantine)?.quarantined;
        let (mut votes, mut group) = (BTreeMap::new(), Vec::new());
        let reading = read::all(&file, seal, 0, None, &mut |entry| {
            match entry {
                Entry::Change(op) => group.push(op),
                Entry::End(_) => group.drain(..).for_each(|op| change(&mut votes, op)),
            }
            Ok(())
        })?;
        self.votes = Arc::new(RwLock::new(votes));
        // A torn tail is most likely a vote that never left; that it is one that left and rotted cannot be ruled out.
        found.forgotten = reading.missing > 0 || !found.quarantined.is_empty() || end.torn_bytes() > 0;
        if !found.forgotten {
            self.tail = Some(Tail::open(&self.path, seal, end.len, end.mark)?);
        }
        Ok(())
    }

    fn set_aside_whole(&self, quarantine: &Path, found: &mut Found) -> Result<(), StoreError> {
        let copy = quarantine.join("signed.log.bad");
        let len = fs::copy(&self.path, &copy).map_err(refused(&copy))?;
        found.quarantined.push(Quarantined { file: self.path.clone(), start: 0, len, copy: Some(copy) });
        found.forgotten = true;
        Ok(())
    }

    /// Writes a log that holds all known votes and these, and puts it in place once it is whole.
    fn write_anew(&self, ops: &[Op]) -> Result<Tail, StoreError> {
        let fresh = self.path.with_extension("fresh");
        let mut tail = Tail::create(&fresh, Header { first: 1, chain: 0, seal: self.seal })?;
        let votes = self.votes.read().unwrap_or_else(PoisonError::into_inner).clone();
        let known: Vec<Op> =
            votes.into_iter().map(|(k, v)| Op::Put(protocol::store::Table::SignedVote, k, v)).collect();
        let group = tail.encode(known.iter().chain(ops));
        tail.write(group, true)?;
        disk::rename(&fresh, &self.path).map_err(refused(&self.path))?;
        disk::sync_folder(self.path.parent().unwrap_or(Path::new("."))).map_err(refused(&self.path))?;
        Ok(tail)
    }
}

fn change(votes: &mut BTreeMap<Vec<u8>, Vec<u8>>, op: Op) {
    match op {
        Op::Put(_, key, value) => votes.insert(key, value),
        Op::Delete(_, key) => votes.remove(&key),
    };
}
