//! Reading one file of groups: a segment of the journal, or the log of signed votes.
//!
//! It finds whole groups, says where bytes are damaged and where the next good group is, and holds about a megabyte
//! at a time however large a group is. It never writes.

use std::{fs::File, io, os::unix::fs::FileExt, path::Path};

use super::{
    Mark,
    record::{self, HEAD, Record, Seal, announced, intact, number},
};

/// Magic ‖ version u16 ‖ first position u64 ‖ chain u32 ‖ seal ‖ crc32c over all before it.
pub(crate) const HEADER: usize = 6 + 2 + 8 + 4 + 16 + 4;
const MAGIC: &[u8; 6] = b"CWLOG\0";
const VERSION: u16 = 1;
/// How much is read at once: one largest record, so that any record fits.
const WINDOW: usize = record::MAX;

/// What stands at the head of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// The position of its first group.
    pub(crate) first: u64,
    /// The chain before its first group.
    pub(crate) chain: u32,
    /// The seal of the whole journal.
    pub(crate) seal: Seal,
}

/// What a header turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    /// As written.
    Whole(Header),
    /// Damaged, but the first group tells the seal.
    Sealed(Seal),
    /// Damaged.
    Damaged,
    /// Intact and of a later version.
    Newer,
}

impl Header {
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&VERSION.to_be_bytes());
        out.extend_from_slice(&self.first.to_be_bytes());
        out.extend_from_slice(&self.chain.to_be_bytes());
        out.extend_from_slice(&self.seal);
        let crc = crc32c::crc32c(&out);
        out.extend_from_slice(&crc.to_be_bytes());
        out
    }

    fn read(bytes: &[u8]) -> Opening {
        let Some(bytes) = bytes.get(..HEADER) else { return Opening::Damaged };
        let (said, crc) = bytes.split_at(HEADER - 4);
        if !said.starts_with(MAGIC) || number(crc) as u32 != crc32c::crc32c(said) {
            return Opening::Damaged;
        }
        if number(&said[6..8]) != u64::from(VERSION) {
            return Opening::Newer;
        }
        let mut seal = [0; 16];
        seal.copy_from_slice(&said[20..36]);
        Opening::Whole(Header { first: number(&said[8..16]), chain: number(&said[16..20]) as u32, seal })
    }
}

/// A whole group and where it stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) mark: Mark,
    pub(crate) start: u64,
    pub(crate) end: u64,
}

/// Bytes that are not what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Damage {
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// The commit that ends it, if one does: proof that these bytes were once a whole group.
    pub(crate) closed: Option<Mark>,
}

/// What comes next in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Group(Group),
    Damage(Damage),
    /// An intact record that only a later version understands.
    Newer,
    End,
}

/// Reads a file from its first group to its last.
pub(crate) struct Segment {
    window: Window,
    seal: Seal,
    at: u64,
}

/// Where a group ceased to be one.
enum Broken {
    At(u64),
    Newer,
}

impl Segment {
    /// What the head of a file says.
    pub(crate) fn opening(path: &Path) -> io::Result<Opening> {
        let mut window = Window::new(File::open(path)?)?;
        let head = window.slice(0, HEADER.min(window.len as usize))?.unwrap_or_default();
        let said = Header::read(head);
        if said != Opening::Damaged {
            return Ok(said);
        }
        Ok(match window.record(HEADER as u64)?.and_then(Record::read) {
            Some(Record::Begin { seal, .. }) => Opening::Sealed(seal),
            _ => Opening::Damaged,
        })
    }

    /// Starts after the header, whatever its state.
    pub(crate) fn new(path: &Path, seal: Seal) -> io::Result<Segment> {
        Ok(Segment { window: Window::new(File::open(path)?)?, seal, at: HEADER as u64 })
    }

    /// The length of the file when it was opened.
    pub(crate) fn len(&self) -> u64 {
        self.window.len
    }

    /// The next whole group or damaged stretch.
    pub(crate) fn step(&mut self) -> io::Result<Step> {
        let start = self.at;
        if start >= self.window.len {
            return Ok(Step::End);
        }
        match self.group(start)? {
            Ok(group) => {
                self.at = group.end;
                Ok(Step::Group(group))
            }
            Err(Broken::Newer) => Ok(Step::Newer),
            Err(Broken::At(bad)) => {
                let damage = self.next_good(start, bad)?;
                self.at = damage.end;
                Ok(Step::Damage(damage))
            }
        }
    }

    /// Gives every change of a group that [`Segment::step`] found whole.
    pub(crate) fn changes<E: From<io::Error>>(
        &mut self,
        group: Group,
        each: &mut dyn FnMut(protocol::store::Op) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut at = group.start;
        while at < group.end {
            let Some(bytes) = self.window.record(at)? else {
                return Err(io::Error::other("a group changed while it was being read").into());
            };
            at += bytes.len() as u64;
            if let Some(Record::Change(op)) = Record::read(bytes) {
                each(op.into_owned())?;
            }
        }
        Ok(())
    }

    /// The bytes of a stretch, a piece at a time.
    pub(crate) fn bytes(&mut self, damage: Damage, each: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut at = damage.start;
        while at < damage.end {
            let want = WINDOW.min((damage.end - at) as usize);
            each(self.window.slice(at, want)?.unwrap_or_default())?;
            at += want as u64;
        }
        Ok(())
    }

    fn group(&mut self, start: u64) -> io::Result<Result<Group, Broken>> {
        let (mut at, mut seen, mut began) = (start, 0u32, None);
        loop {
            let Some(bytes) = self.window.record(at)? else { return Ok(Err(Broken::At(at))) };
            let Some(record) = Record::read(bytes) else { return Ok(Err(Broken::Newer)) };
            let end = at + bytes.len() as u64;
            match record {
                Record::Begin { seal, position } if seal == self.seal && began.is_none() => began = Some(position),
                Record::Change(_) if began.is_some() => seen += 1,
                Record::Commit { seal, position, changes, chain }
                    if seal == self.seal && began == Some(position) && changes == seen =>
                {
                    return Ok(Ok(Group { mark: Mark { position, chain }, start, end }));
                }
                _ => return Ok(Err(Broken::At(at))),
            }
            at = end;
        }
    }

    /// The stretch from `start` to the first sealed record at or after `bad`: the end of the group that a commit
    /// closes, or the beginning of the next. Without one it reaches to the end of the file.
    fn next_good(&mut self, start: u64, bad: u64) -> io::Result<Damage> {
        let mut at = bad;
        while let Some(hit) = self.window.find(at, &self.seal)? {
            at = hit + 1;
            let Some(head) = hit.checked_sub(HEAD as u64).filter(|head| *head >= bad) else { continue };
            let Some(bytes) = self.window.record(head)? else { continue };
            let end = head + bytes.len() as u64;
            match Record::read(bytes) {
                Some(Record::Begin { .. }) if head > start => return Ok(Damage { start, end: head, closed: None }),
                Some(Record::Commit { position, chain, .. }) => {
                    return Ok(Damage { start, end, closed: Some(Mark { position, chain }) });
                }
                _ => {}
            }
        }
        Ok(Damage { start, end: self.window.len, closed: None })
    }
}

/// A stretch of a file held in memory, moved along as needed.
struct Window {
    file: File,
    len: u64,
    base: u64,
    held: Vec<u8>,
}

impl Window {
    fn new(file: File) -> io::Result<Window> {
        let len = file.metadata()?.len();
        Ok(Window { file, len, base: 0, held: Vec::new() })
    }

    /// Bytes of the file, or none when it ends before them.
    fn slice(&mut self, at: u64, want: usize) -> io::Result<Option<&[u8]>> {
        if at + want as u64 > self.len {
            return Ok(None);
        }
        if at < self.base || at + want as u64 > self.base + self.held.len() as u64 {
            let most = (self.len - at).min(WINDOW.max(want) as u64) as usize;
            self.held.resize(most, 0);
            self.base = at;
            self.file.read_exact_at(&mut self.held, at).inspect_err(|_| self.held.clear())?;
        }
        let from = (at - self.base) as usize;
        Ok(Some(&self.held[from..from + want]))
    }

    /// An intact record, or none.
    fn record(&mut self, at: u64) -> io::Result<Option<&[u8]>> {
        let Some(len) = self.slice(at, HEAD)?.and_then(announced) else { return Ok(None) };
        Ok(self.slice(at, len)?.filter(|bytes| intact(bytes)))
    }

    /// Where the seal stands next.
    fn find(&mut self, mut at: u64, seal: &Seal) -> io::Result<Option<u64>> {
        while at + seal.len() as u64 <= self.len {
            let want = WINDOW.min((self.len - at) as usize);
            let bytes = self.slice(at, want)?.unwrap_or_default();
            if let Some(hit) = bytes.windows(seal.len()).position(|stretch| stretch == seal) {
                return Ok(Some(at + hit as u64));
            }
            at += (want - seal.len() + 1) as u64;
        }
        Ok(None)
    }
}
