//! The journal: every truth of this node, in the order it was kept, in files that are only ever appended to.
//!
//! Segments of at most 64 MiB (a single larger group gets a segment of its own), each named after the position of its
//! first group. A group is one batch: whole or not there. Positions count groups from 1 and stand in the records, so
//! that erasing bytes later moves nothing. One writer; readers hold about a megabyte however large a group is.
//!
//! It knows nothing of sled: see `store`.

pub(crate) mod read;
pub(crate) mod record;
pub(crate) mod segment;
pub(crate) mod tail;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use protocol::store::{Op, StoreError};

use self::{
    read::{Entry, Reading, find_end},
    record::Seal,
    segment::{Header, Opening, Segment, Step},
    tail::Tail,
};

/// A segment's length: small enough to copy when something in it must be erased (keeping.md).
pub(crate) const SEGMENT_BYTES: u64 = 64 << 20;

/// Which group, and a running crc over all groups up to it: two journals that differ rarely share both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Counts groups from 1; 0 is before the first.
    pub position: u64,
    /// Running crc over the crcs of all records.
    pub chain: u32,
}

/// A damaged stretch: skipped, and copied aside so that it can be looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// The file it stands in.
    pub file: PathBuf,
    /// Where it begins.
    pub start: u64,
    /// Its length in bytes.
    pub len: u64,
    /// Where its copy is, unless nothing was copied.
    pub copy: Option<PathBuf>,
}

/// What opening found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Bytes after the last whole group, cut off. They were never acknowledged.
    pub(crate) torn_bytes: u64,
    /// Damage in the newest segment; older ones are read when they are needed.
    pub(crate) quarantined: Vec<Quarantined>,
}

/// The opened journal: its one writer, and the way to read it.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: PathBuf,
    quarantine: PathBuf,
    seal: Seal,
    most: u64,
    tail: Tail,
}

impl Journal {
    /// Creates an empty journal in an empty folder.
    pub(crate) fn create(folder: &Path, seal: Seal) -> Result<(), StoreError> {
        Tail::create(&segment_path(folder, 1), Header { first: 1, chain: 0, seal }).map(drop)
    }

    /// Opens the journal: finds its end, cuts a torn tail, and copies damage in the newest segment aside.
    pub(crate) fn open(folder: &Path, quarantine: &Path, most: u64) -> Result<(Journal, Found), StoreError> {
        let segments = segments(folder)?;
        let seal = seal_of(&segments)?;
        let (first, path) = segments.last().ok_or_else(|| StoreError::Damaged("its journal is missing".to_owned()))?;
        let end = find_end(path, seal, begins(*first, path)?)?;
        let found = end.keep_aside(path, seal, quarantine)?;
        let tail = Tail::open(path, seal, end.len, end.mark)?;
        Ok((Journal { folder: folder.to_owned(), quarantine: quarantine.to_owned(), seal, most, tail }, found))
    }

    /// The last group.
    pub(crate) fn tip(&self) -> Mark {
        self.tail.mark()
    }

    /// Appends a batch as one group. When `durable`, it and all before it have reached the disk on return.
    pub(crate) fn append<'a>(&mut self, ops: impl Iterator<Item = &'a Op>, durable: bool) -> Result<Mark, StoreError> {
        let group = self.tail.encode(ops);
        if self.tail.len() > segment::HEADER as u64 && self.tail.len() + group.len() > self.most {
            self.roll()?;
        }
        self.tail.write(group, durable)
    }

    /// Takes the last group back, because what had to follow it failed.
    pub(crate) fn undo(&mut self) -> Result<(), StoreError> {
        self.tail.undo()
    }

    /// Brings everything written so far to the disk.
    pub(crate) fn sync(&mut self) -> Result<(), StoreError> {
        self.tail.sync()
    }

    /// Reads every group after a position, oldest first. Damage is skipped, copied aside and reported.
    pub(crate) fn read(
        &self,
        after: u64,
        each: &mut dyn FnMut(Entry) -> Result<(), StoreError>,
    ) -> Result<Reading, StoreError> {
        read::all(&segments(&self.folder)?, self.seal, after, Some(&self.quarantine), each)
    }

    /// The mark of a group, if the group can be read.
    pub(crate) fn mark_at(&self, position: u64) -> Result<Option<Mark>, StoreError> {
        if position == 0 {
            return Ok(Some(Mark::default()));
        }
        if position == self.tip().position {
            return Ok(Some(self.tip()));
        }
        let segments = segments(&self.folder)?;
        let Some((_, path)) = segments.iter().rfind(|(first, _)| *first <= position) else { return Ok(None) };
        let mut segment = Segment::new(path, self.seal).map_err(refused(path))?;
        loop {
            match segment.step().map_err(refused(path))? {
                Step::Group(group) if group.mark.position == position => return Ok(Some(group.mark)),
                Step::Group(_) | Step::Damage(_) => {}
                Step::Newer => return Err(StoreError::Newer),
                Step::End => return Ok(None),
            }
        }
    }

    /// The seal, which the log of signed votes shares.
    pub(crate) fn seal(&self) -> Seal {
        self.seal
    }

    /// Begins a new segment. The old one is brought to the disk first, so that no later group outlives an earlier.
    fn roll(&mut self) -> Result<(), StoreError> {
        self.tail.sync()?;
        let mark = self.tip();
        let first = mark.position + 1;
        let header = Header { first, chain: mark.chain, seal: self.seal };
        let fresh = Tail::create(&segment_path(&self.folder, first), header)?;
        self.tail = fresh;
        Ok(())
    }

    #[cfg(test)]
    pub(crate) fn limit_room(&mut self, room: Option<u64>) {
        self.tail.room = room;
    }
}

/// What a look at a journal finds without changing anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) segments: Vec<(u64, PathBuf)>,
    pub(crate) seal: Seal,
    pub(crate) tip: Mark,
    pub(crate) torn_bytes: u64,
}

/// Finds the end of a journal without cutting a torn tail.
pub(crate) fn look(folder: &Path) -> Result<Look, StoreError> {
    let segments = segments(folder)?;
    let seal = seal_of(&segments)?;
    let (first, path) = segments.last().ok_or_else(|| StoreError::Damaged("its journal is missing".to_owned()))?;
    let end = find_end(path, seal, begins(*first, path)?)?;
    let torn_bytes = end.torn_bytes();
    Ok(Look { seal, tip: end.mark, torn_bytes, segments })
}

/// The mark before the first group of a segment. A damaged header forgets the chain, which at worst rebuilds sled.
fn begins(first: u64, path: &Path) -> Result<Mark, StoreError> {
    Ok(match Segment::opening(path).map_err(refused(path))? {
        Opening::Whole(header) => Mark { position: first - 1, chain: header.chain },
        _ => Mark { position: first - 1, chain: 0 },
    })
}

/// Every segment with the position in its name, oldest first.
pub(crate) fn segments(folder: &Path) -> Result<Vec<(u64, PathBuf)>, StoreError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(refused(folder))? {
        let path = entry.map_err(refused(folder))?.path();
        let name = path.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_suffix(".journal"));
        if let Some(first) = name.and_then(|n| n.parse().ok()).filter(|first| *first > 0) {
            found.push((first, path));
        }
    }
    found.sort();
    Ok(found)
}

/// The seal of a journal, from the newest segment that still tells it.
pub(crate) fn seal_of(segments: &[(u64, PathBuf)]) -> Result<Seal, StoreError> {
    let mut seal = None;
    for (_, path) in segments.iter().rev() {
        match Segment::opening(path).map_err(refused(path))? {
            Opening::Whole(Header { seal: said, .. }) | Opening::Sealed(said) => seal = seal.or(Some(said)),
            Opening::Newer => return Err(StoreError::Newer),
            Opening::Damaged => {}
        }
    }
    seal.ok_or_else(|| StoreError::Damaged("its journal is missing or unreadable".to_owned()))
}

fn segment_path(folder: &Path, first: u64) -> PathBuf {
    folder.join(format!("{first:020}.journal"))
}

/// Says which file an error of the system was about, and tells a full disk from every other trouble.
pub(crate) fn refused(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |why| match why.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full,
        _ => StoreError::Io(format!("{}: {why}", path.display())),
    }
}

#[cfg(test)]
mod tests;
