//! What is in a backup, inside the seal: what it is of, every truth of the node, and a sum over all of it.
//!
//! ```text
//! [len u32][About, as CBOR]
//! [len u32][changes in the records of the journal] …
//! [0 u32][BLAKE3 of all before it (32)]
//! ```
//! The changes are those of the journal up to a watermark, in its order. What was deleted since it was written is left
//! out, so that a new backup does not keep what people wanted gone; and so is what lets somebody in at one machine.

use std::{borrow::Cow, collections::HashMap, fs::File, io, path::Path};

use minicbor::{Decode, Encode};
use protocol::{
    format,
    identity::{MemberKey, NodeKey},
    store::{Op, StoreError, Table},
};

use super::{
    BackupError,
    check::{Checked, Checker},
    sealed::{Opener, Sealer},
};
use crate::{
    journal::{
        self,
        read::{self, Entry},
        record::{self, Record, announced, intact},
    },
    people,
};

/// Raised when a table or a kept type comes that an older program cannot read.
const SCHEMA: u32 = 1;
/// Changes gathered before they are written: little to hold, on either side.
const FRAME: usize = 1 << 20;
/// The largest frame there is.
const FRAME_MOST: usize = FRAME + record::MAX;
/// The longest description.
const ABOUT_MOST: usize = 4 << 10;

/// What a backup is of. It names the collaborative and no network, and only who has the words reads it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct About {
    /// Version of what follows it.
    #[n(0)]
    pub schema: u32,
    /// The version of the program that made it.
    #[n(1)]
    pub program: String,
    /// When it was made, in milliseconds since 1970.
    #[n(2)]
    pub made_ms: u64,
    /// What the collaborative is called, if it has a name.
    #[n(3)]
    pub name: Option<String>,
    /// The collaborative's key, which the words stand for.
    #[n(4)]
    pub member: MemberKey,
    /// The node that made it.
    #[n(5)]
    pub node: NodeKey,
    /// The last group of its journal that is in here.
    #[n(6)]
    pub watermark: u64,
}

impl About {
    pub(super) fn new(made_ms: u64, name: Option<String>, keys: (MemberKey, NodeKey), watermark: u64) -> About {
        let (schema, program) = (SCHEMA, env!("CARGO_PKG_VERSION").to_owned());
        About { schema, program, made_ms, name, member: keys.0, node: keys.1, watermark }
    }
}

/// Whether a row goes into a backup. Signed votes never do, and a node that was restored does not vote until a neighbor
/// has confirmed the charter. Tickets, links, keys and sessions let somebody in: one that was used up or taken back since
/// would work again.
fn belongs(table: Table, key: &[u8]) -> bool {
    match table {
        Table::SignedVote | Table::Ticket => false,
        Table::People => people::outlives_its_machine(key),
        _ => table.is_truth(),
    }
}

/// Writes what the journal in a folder holds up to the watermark in `about`. `go_on` is asked every now and then. Whether the
/// journal had no damaged place: what stood in one is in earlier backups alone.
pub(super) fn write(
    mut into: Sealer<impl io::Write>,
    about: &About,
    folder: &Path,
    go_on: &dyn Fn() -> bool,
) -> Result<bool, BackupError> {
    let segments = journal::segments(folder)?;
    let seal = journal::seal_of(&segments)?;
    let gone = deleted(about.watermark, &segments, seal, go_on)?;
    let mut packer = Packer { into: &mut into, sum: blake3::Hasher::new(), frame: vec![], failed: None };
    packer.frame(&format::encode(about)).map_err(BackupError::Unwritten)?;
    let mut count = 0;
    let read = read::up_to(about.watermark, &segments, seal, &mut |entry| {
        let Entry::Change(op) = entry else { return Ok(()) };
        count += 1;
        let stays = gone.get(&(op.table() as u8, op.key().to_vec())).is_none_or(|last| *last < count);
        match op {
            Op::Put(table, ..) if stays && belongs(table, op.key()) => packer.add(&op, go_on),
            _ => Ok(()),
        }
    });
    let read = match packer.failed.take() {
        Some(why) => return Err(why),
        None => read?,
    };
    if read.last != about.watermark {
        return Err(StoreError::Damaged("its journal ends before what was kept last".to_owned()).into());
    }
    packer.end().map_err(BackupError::Unwritten)?;
    into.finish().map_err(BackupError::Unwritten)?;
    Ok(read.damaged.is_empty() && read.missing == 0)
}

/// For every row that was ever deleted, which change did it last, counted from the first.
fn deleted(
    watermark: u64,
    segments: &[(u64, std::path::PathBuf)],
    seal: record::Seal,
    go_on: &dyn Fn() -> bool,
) -> Result<HashMap<(u8, Vec<u8>), u64>, BackupError> {
    let (mut gone, mut count) = (HashMap::new(), 0);
    let read = read::up_to(watermark, segments, seal, &mut |entry| {
        if !go_on() {
            return Err(StoreError::Io("stopping".to_owned()));
        }
        if let Entry::Change(op) = entry {
            count += 1;
            if let Op::Delete(table, key) = op {
                gone.insert((table as u8, key), count);
            }
        }
        Ok(())
    });
    if go_on() { read.map(|_| gone).map_err(BackupError::from) } else { Err(BackupError::Stopping) }
}

struct Packer<'a, W> {
    into: &'a mut Sealer<W>,
    sum: blake3::Hasher,
    frame: Vec<u8>,
    /// Why reading the journal was broken off.
    failed: Option<BackupError>,
}

impl<W: io::Write> Packer<'_, W> {
    fn add(&mut self, op: &Op, go_on: &dyn Fn() -> bool) -> Result<(), StoreError> {
        Record::Change(Cow::Borrowed(op)).write(&mut self.frame);
        if self.frame.len() < FRAME {
            return Ok(());
        }
        let frame = std::mem::take(&mut self.frame);
        let written = self.frame(&frame).map_err(BackupError::Unwritten);
        self.failed = written.and_then(|()| if go_on() { Ok(()) } else { Err(BackupError::Stopping) }).err();
        // The reading ends with any error; which one it is stands beside it.
        self.failed.as_ref().map_or(Ok(()), |why| Err(StoreError::Io(why.to_string())))
    }

    fn frame(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write(&(bytes.len() as u32).to_be_bytes())?;
        self.write(bytes)
    }

    fn end(mut self) -> io::Result<()> {
        let last = std::mem::take(&mut self.frame);
        if !last.is_empty() {
            self.frame(&last)?;
        }
        self.frame(&[])?;
        let sum = *self.sum.finalize().as_bytes();
        self.into.write(&sum)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sum.update(bytes);
        self.into.write(bytes)
    }
}

/// Reads a backup to its last byte: opens it, checks its sum, each change and each signature, and gives the changes.
pub(super) fn read(
    path: &Path,
    seed: &[u8; 32],
    each: &mut dyn FnMut(Vec<Op>) -> Result<(), BackupError>,
) -> Result<(About, Checked), BackupError> {
    let file = File::open(path).map_err(|why| match why.kind() {
        io::ErrorKind::NotFound => BackupError::NoFile(path.to_owned()),
        _ => BackupError::Unread(why),
    })?;
    let mut reader = Unpacker { from: Opener::begin(io::BufReader::new(file), seed)?, sum: blake3::Hasher::new() };
    let about = reader.frame(ABOUT_MOST)?.ok_or(BackupError::Damaged)?;
    let about: About = format::recall(&about, ABOUT_MOST).map_err(|_| BackupError::Damaged)?;
    if about.schema > SCHEMA {
        return Err(BackupError::Newer);
    }
    let mut checker = Checker::default();
    while let Some(frame) = reader.frame(FRAME_MOST)? {
        let ops = changes(&frame)?;
        ops.iter().try_for_each(|op| checker.take(op))?;
        each(ops)?;
    }
    let sum = *reader.sum.finalize().as_bytes();
    if reader.from.take(sum.len())? != sum {
        return Err(BackupError::Damaged);
    }
    reader.from.end()?;
    Ok((about, checker.end()?))
}

fn changes(mut frame: &[u8]) -> Result<Vec<Op>, BackupError> {
    let mut ops = vec![];
    while !frame.is_empty() {
        let len = announced(frame).filter(|len| *len <= frame.len()).ok_or(BackupError::Damaged)?;
        let (record, rest) = frame.split_at(len);
        if !intact(record) {
            return Err(BackupError::Damaged);
        }
        match Record::read(record) {
            Some(Record::Change(op)) => ops.push(op.into_owned()),
            Some(_) => return Err(BackupError::Damaged),
            None => return Err(BackupError::Newer),
        }
        frame = rest;
    }
    Ok(ops)
}

struct Unpacker<R> {
    from: Opener<R>,
    sum: blake3::Hasher,
}

impl<R: io::Read> Unpacker<R> {
    /// The next frame; none at the end.
    fn frame(&mut self, most: usize) -> Result<Option<Vec<u8>>, BackupError> {
        let len = self.from.take(4)?;
        self.sum.update(&len);
        let len = record::number(&len) as usize;
        if len > most {
            return Err(BackupError::Damaged);
        }
        let frame = self.from.take(len)?;
        self.sum.update(&frame);
        Ok((len > 0).then_some(frame))
    }
}
