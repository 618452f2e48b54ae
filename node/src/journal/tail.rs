//! Writing one file of groups, at its end and nowhere else.
//!
//! What fails half-way is cut off again, so that the file always ends with a whole group. When even that fails, or
//! an fsync does (after which nobody knows what the disk holds), nothing more is written until the next start.

use std::{
    borrow::Cow,
    fs::{File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use protocol::store::{Op, StoreError};

use super::{
    Mark,
    record::{Record, Seal},
    refused,
    segment::{HEADER, Header},
};
use crate::disk;

/// The writing end of a file of groups.
#[derive(Debug)]
pub(crate) struct Tail {
    path: PathBuf,
    file: File,
    seal: Seal,
    len: u64,
    mark: Mark,
    /// Length and mark before the last group, while it can still be taken back.
    before: Option<(u64, Mark)>,
    /// Whether groups were written that no fsync has covered.
    unsynced: bool,
    /// Whether the file can no longer be trusted to end with a whole group.
    failed: bool,
    buffer: Vec<u8>,
    /// Bytes the disk still takes, for tests of a full one.
    #[cfg(test)]
    pub(crate) room: Option<u64>,
}

impl Tail {
    /// Creates a file that holds a header. It gets its name only once it is whole on disk.
    pub(crate) fn create(path: &Path, header: Header) -> Result<Tail, StoreError> {
        let new = path.with_extension("new");
        let made = || -> io::Result<File> {
            let file = disk::create(&new)?;
            disk::write_at(&file, &new, &header.write(), 0)?;
            disk::sync(&file, &new)?;
            disk::rename(&new, path)?;
            disk::sync_folder(path.parent().unwrap_or(Path::new(".")))?;
            Ok(file)
        };
        let file = made().map_err(refused(path)).inspect_err(|_| drop(disk::remove(&new)))?;
        let mark = Mark { position: header.first.saturating_sub(1), chain: header.chain };
        Ok(Tail::over(path, file, header.seal, HEADER as u64, mark))
    }

    /// Opens a file whose last whole group ends at `len`, and cuts off what follows.
    pub(crate) fn open(path: &Path, seal: Seal, len: u64, mark: Mark) -> Result<Tail, StoreError> {
        let file = OpenOptions::new().read(true).write(true).open(path).map_err(refused(path))?;
        if file.metadata().map_err(refused(path))?.len() > len {
            disk::set_len(&file, path, len).and_then(|()| disk::sync(&file, path)).map_err(refused(path))?;
        }
        Ok(Tail::over(path, file, seal, len, mark))
    }

    fn over(path: &Path, file: File, seal: Seal, len: u64, mark: Mark) -> Tail {
        Tail {
            path: path.to_owned(),
            file,
            seal,
            len,
            mark,
            before: None,
            unsynced: false,
            failed: false,
            buffer: Vec::new(),
            #[cfg(test)]
            room: None,
        }
    }

    /// The last group written.
    pub(crate) fn mark(&self) -> Mark {
        self.mark
    }

    /// The length of the file.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Makes a group ready and gives its length; [`Tail::write`] writes it.
    pub(crate) fn encode<'a>(&mut self, ops: impl Iterator<Item = &'a Op>) -> Group {
        let mut bytes = std::mem::take(&mut self.buffer);
        bytes.clear();
        let (seal, position) = (self.seal, self.mark.position + 1);
        let mut chain = Record::Begin { seal, position }.write(&mut bytes).to_be_bytes().to_vec();
        let mut changes = 0;
        for op in ops {
            chain.extend(Record::Change(Cow::Borrowed(op)).write(&mut bytes).to_be_bytes());
            changes += 1;
        }
        let chain = crc32c::crc32c_append(self.mark.chain, &chain);
        Record::Commit { seal, position, changes, chain }.write(&mut bytes);
        Group { bytes, mark: Mark { position, chain } }
    }

    /// Appends a group. When `durable`, it and all before it have reached the disk on return.
    pub(crate) fn write(&mut self, group: Group, durable: bool) -> Result<Mark, StoreError> {
        self.refuse_failed()?;
        let before = (self.len, self.mark);
        if let Err(why) = self.write_at_end(&group.bytes) {
            self.cut(before);
            return Err(refused(&self.path)(why));
        }
        self.len += group.bytes.len() as u64;
        self.mark = group.mark;
        self.unsynced = true;
        // The buffer is kept for the next group, unless this one was exceptionally large.
        self.buffer = if group.bytes.capacity() > 1 << 20 { Vec::new() } else { group.bytes };
        if durable && let Err(why) = self.sync() {
            self.cut(before);
            return Err(why);
        }
        self.before = Some(before);
        Ok(self.mark)
    }

    /// Takes the last group back, because what had to follow it failed.
    pub(crate) fn undo(&mut self) -> Result<(), StoreError> {
        if let Some(before) = self.before.take() {
            self.cut(before);
            self.unsynced = true;
            self.sync()?;
        }
        Ok(())
    }

    /// Brings everything written so far to the disk.
    pub(crate) fn sync(&mut self) -> Result<(), StoreError> {
        self.refuse_failed()?;
        if self.unsynced {
            disk::sync(&self.file, &self.path).map_err(refused(&self.path)).inspect_err(|_| self.failed = true)?;
            self.unsynced = false;
        }
        Ok(())
    }

    fn cut(&mut self, (len, mark): (u64, Mark)) {
        self.failed |= disk::set_len(&self.file, &self.path, len).is_err();
        (self.len, self.mark, self.before) = (len, mark, None);
    }

    fn refuse_failed(&self) -> Result<(), StoreError> {
        if self.failed {
            let path = self.path.display();
            return Err(StoreError::Io(format!("{path} could not be written to; start the node again to go on")));
        }
        Ok(())
    }

    #[cfg(not(test))]
    fn write_at_end(&self, bytes: &[u8]) -> io::Result<()> {
        disk::write_at(&self.file, &self.path, bytes, self.len)
    }

    #[cfg(test)]
    fn write_at_end(&self, bytes: &[u8]) -> io::Result<()> {
        let fits = self.room.map_or(bytes.len(), |room| bytes.len().min(room as usize));
        disk::write_at(&self.file, &self.path, &bytes[..fits], self.len)?;
        if fits < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}

/// A group ready to be written, and what its mark will be.
pub(crate) struct Group {
    bytes: Vec<u8>,
    mark: Mark,
}

impl Group {
    pub(crate) fn len(&self) -> u64 {
        self.bytes.len() as u64
    }
}
