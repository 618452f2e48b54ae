//! Reading a journal from any position to its end, and finding that end.
//!
//! Damage is never repaired here and never overwritten: it is skipped, copied aside and told.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use protocol::store::{Op, StoreError};

use super::{
    Found, Mark, Quarantined,
    record::Seal,
    refused,
    segment::{self, Damage, Segment, Step},
};

/// Torn tails kept aside. They were never acknowledged; a few help whoever looks into a crash.
const TORN_KEPT: usize = 8;

/// What a reader is told.
pub(crate) enum Entry {
    /// A change of the group that ends with the next `End`.
    Change(Op),
    /// The group is whole.
    End(Mark),
}

/// What reading found besides the groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Whole groups given.
    pub(crate) groups: u64,
    /// The position of the last of them.
    pub(crate) last: u64,
    /// Positions that are not there, though later ones are.
    pub(crate) missing: u64,
    /// Stretches that were skipped.
    pub(crate) damaged: Vec<Quarantined>,
}

/// Reads a journal without changing it; damage is copied aside when told where.
pub(crate) fn all(
    segments: &[(u64, PathBuf)],
    seal: Seal,
    after: u64,
    quarantine: Option<&Path>,
    each: &mut dyn FnMut(Entry) -> Result<(), StoreError>,
) -> Result<Reading, StoreError> {
    let skip = segments.iter().rposition(|(first, _)| *first <= after + 1).unwrap_or(0);
    let mut reading = Reading { last: after, ..Reading::default() };
    for (_, path) in &segments[skip..] {
        one(path, seal, (u64::MAX, quarantine), &mut reading, each)?;
    }
    Ok(reading)
}

/// Reads a journal from its first group to this one and no further: what is being written behind it is not looked at.
pub(crate) fn up_to(
    until: u64,
    segments: &[(u64, PathBuf)],
    seal: Seal,
    each: &mut dyn FnMut(Entry) -> Result<(), StoreError>,
) -> Result<Reading, StoreError> {
    let mut reading = Reading::default();
    for (_, path) in segments.iter().take_while(|(first, _)| *first <= until) {
        one(path, seal, (until, None), &mut reading, each)?;
    }
    Ok(reading)
}

fn one(
    path: &Path,
    seal: Seal,
    (until, quarantine): (u64, Option<&Path>),
    reading: &mut Reading,
    each: &mut dyn FnMut(Entry) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut segment = Segment::new(path, seal).map_err(refused(path))?;
    while reading.last < until {
        match segment.step().map_err(refused(path))? {
            Step::Group(group) if group.mark.position <= reading.last => {}
            Step::Group(group) if group.mark.position > until => return Ok(()),
            Step::Group(group) => {
                let mut tell = |op| each(Entry::Change(op)).map_err(Stopped::Told);
                segment.changes(group, &mut tell).map_err(|stop| stop.about(path))?;
                each(Entry::End(group.mark))?;
                reading.groups += 1;
                reading.missing += group.mark.position - reading.last - 1;
                reading.last = group.mark.position;
            }
            Step::Damage(damage) => reading.damaged.push(set_aside(&mut segment, path, damage, quarantine)?),
            Step::Newer => return Err(StoreError::Newer),
            Step::End => return Ok(()),
        }
    }
    Ok(())
}

/// Why reading a group ended early.
enum Stopped {
    Told(StoreError),
    Read(io::Error),
}

impl Stopped {
    fn about(self, path: &Path) -> StoreError {
        match self {
            Stopped::Told(why) => why,
            Stopped::Read(why) => refused(path)(why),
        }
    }
}

impl From<io::Error> for Stopped {
    fn from(why: io::Error) -> Stopped {
        Stopped::Read(why)
    }
}

/// The end of the newest segment.
pub(crate) struct End {
    pub(crate) len: u64,
    pub(crate) mark: Mark,
    torn: Option<Damage>,
    damaged: Vec<Damage>,
}

/// Finds where a file's last whole group ends.
pub(crate) fn find_end(path: &Path, seal: Seal, begins: Mark) -> Result<End, StoreError> {
    let mut segment = Segment::new(path, seal).map_err(refused(path))?;
    let mut end = End { len: segment::HEADER as u64, mark: begins, torn: None, damaged: Vec::new() };
    // Damage counts only once a commit proves that something was written after it; until then it is a torn tail.
    let mut doubtful = Vec::new();
    loop {
        match segment.step().map_err(refused(path))? {
            Step::Group(group) => {
                (end.len, end.mark) = (group.end, group.mark);
                end.damaged.append(&mut doubtful);
            }
            Step::Damage(damage) => {
                doubtful.push(damage);
                if let Some(mark) = damage.closed {
                    (end.len, end.mark) = (damage.end, mark);
                    end.damaged.append(&mut doubtful);
                }
            }
            Step::Newer => return Err(StoreError::Newer),
            Step::End => break,
        }
    }
    let len = segment.len();
    end.torn = (len > end.len).then_some(Damage { start: end.len, end: len, closed: None });
    Ok(end)
}

impl End {
    /// How many bytes follow the last whole group.
    pub(crate) fn torn_bytes(&self) -> u64 {
        self.torn.map_or(0, |torn| torn.end - torn.start)
    }

    /// Copies damage and a torn tail aside.
    pub(crate) fn keep_aside(&self, path: &Path, seal: Seal, quarantine: &Path) -> Result<Found, StoreError> {
        let mut segment = Segment::new(path, seal).map_err(refused(path))?;
        let mut found = Found::default();
        for damage in &self.damaged {
            found.quarantined.push(set_aside(&mut segment, path, *damage, Some(quarantine))?);
        }
        if let Some(torn) = self.torn {
            found.torn_bytes = self.torn_bytes();
            let copy = quarantine.join(format!("{}-{}.torn", file_name(path), torn.start));
            // A courtesy, and the disk may be full: what is torn was never acknowledged.
            let _ = copy_out(&mut segment, torn, &copy);
            forget_old_torn(quarantine);
        }
        Ok(found)
    }
}

/// Copies damage aside once; finding it again at the next start changes nothing.
fn set_aside(
    segment: &mut Segment,
    path: &Path,
    damage: Damage,
    quarantine: Option<&Path>,
) -> Result<Quarantined, StoreError> {
    let Damage { start, end, .. } = damage;
    let copy = quarantine.map(|folder| copy_name(folder, path, start));
    if let Some(copy) = copy.as_ref().filter(|copy| !copy.exists()) {
        copy_out(segment, damage, copy).map_err(refused(copy))?;
    }
    Ok(Quarantined { file: path.to_owned(), start, len: end - start, copy })
}

/// Whether a damaged stretch was copied aside before.
pub(crate) fn is_set_aside(bad: &Quarantined, quarantine: &Path) -> bool {
    copy_name(quarantine, &bad.file, bad.start).exists()
}

fn copy_name(quarantine: &Path, path: &Path, start: u64) -> PathBuf {
    quarantine.join(format!("{}-{start}.bad", file_name(path)))
}

fn copy_out(segment: &mut Segment, damage: Damage, copy: &Path) -> io::Result<()> {
    let mut file = fs::File::create(copy)?;
    segment.bytes(damage, &mut |bytes| io::Write::write_all(&mut file, bytes))?;
    file.sync_all()
}

fn forget_old_torn(quarantine: &Path) {
    let Ok(entries) = fs::read_dir(quarantine) else { return };
    let torn = entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "torn"));
    let mut torn: Vec<_> = torn.filter_map(|p| Some((fs::metadata(&p).ok()?.modified().ok()?, p))).collect();
    torn.sort();
    for (_, path) in torn.iter().rev().skip(TORN_KEPT) {
        let _ = fs::remove_file(path);
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
