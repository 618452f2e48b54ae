//! What `commonweal doctor` does: looks at everything a home keeps, and mends what can be mended.
//!
//! Looking changes nothing in the journal. Mending never throws anything away that cannot be made again: damage is
//! copied aside, a wrong sled is kept beside the new one, and what only sled still knows is written to the journal
//! again. What stands around journal and sled is looked at in `outside`.

mod outside;

#[cfg(test)]
mod tests;

use std::{fs, path::Path};

use protocol::store::{Store, StoreError};

pub use self::outside::{KeyState, Leftover, Remains};
use crate::{
    backup::Kept,
    clock,
    home::{Home, HomeError},
    journal::{self, Look, Quarantined, read},
    keys::KeyError,
    signed_log::SignedLog,
    store::{
        Keeper, Options, Room,
        compare::{as_in_sled, compare},
        must_rebuild,
    },
};
pub use crate::{
    home::Loose,
    keys::Key,
    store::compare::{Difference, Sled},
};

/// Rows rescued in one group.
const AT_ONCE: usize = 100;

/// What a look at a home found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What others on this computer can reach and should not.
    pub loose: Vec<Loose>,
    /// How the two keys are.
    pub keys: Vec<(Key, KeyState)>,
    /// Groups in the journal.
    pub groups: u64,
    /// Groups that should be there and are not.
    pub lost_groups: u64,
    /// Damaged stretches of the journal.
    pub damaged: Vec<Quarantined>,
    /// How many of them were not yet copied aside.
    pub damaged_anew: usize,
    /// Bytes of a write that was cut short, or whose end rotted. The next start cuts them off.
    pub torn_bytes: u64,
    /// Whether votes this node signed may have been forgotten.
    pub votes_forgotten: bool,
    /// What sled turned out to be.
    pub sled: Sled,
    /// Values that sled keeps in files of their own, which it never brings to the disk: there should be none.
    pub blobs: usize,
    /// Bytes free on the disk.
    pub free_bytes: u64,
    /// Whether that is too little to write anything.
    pub is_full: bool,
    /// What the node remembers of its backups.
    pub backups: Kept,
    /// Whether none was found whole for a week.
    pub backup_late: bool,
    /// What lies in the home and is not in use.
    pub leftovers: Vec<Leftover>,
    /// What mending did, in order.
    pub mended: Vec<Mended>,
}

/// Something that mending did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mended {
    /// So many files and folders were closed to others on this computer.
    Closed(usize),
    /// So many truths that only sled still knew stand in the journal again.
    Rescued(usize),
    /// Sled was rebuilt from the journal; the old one stands beside it.
    Rebuilt,
    /// Sled was brought up to the journal.
    CaughtUp,
    /// So many bytes of a write that was cut short were cut off.
    CutTorn(u64),
    /// So many damaged stretches of the journal were copied aside.
    SetAside(usize),
    /// A damaged node key was put aside; the next start makes a new one.
    NodeKeyAside,
    /// So many leftovers that can be made again were removed.
    Cleared(usize),
}

/// Why a home could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum DoctorError {
    /// It could not be opened; a running node holds it.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// What it keeps could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key could not be put aside.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl Report {
    /// Whether nothing is left for anybody to do. Lost groups stay lost: peers have what was shared, a backup the
    /// rest. So damage that was copied aside, and from which sled has recovered, is told and is no trouble any more.
    pub fn is_well(&self) -> bool {
        let keys = self.keys.iter().all(|(_, state)| state.is_well());
        let sled = matches!(self.sled, Sled::Sound { .. } | Sled::Missing);
        self.loose.is_empty()
            && keys
            && sled
            && self.damaged_anew == 0
            && self.blobs == 0
            && !self.is_full
            && !self.backup_late
    }

    /// What sled may be the last to know: it is whole, and the journal has lost something inside or at its end.
    ///
    /// A torn end alone does not show whether somebody was told that it was kept. Sled follows the journal, so where it
    /// is ahead the save was whole once.
    pub fn only_in_sled(&self) -> Option<&Difference> {
        match &self.sled {
            Sled::Differs(difference) if self.lost_groups > 0 => Some(difference),
            Sled::Ahead(difference) if self.torn_bytes > 0 => Some(difference),
            _ => None,
        }
    }
}

/// Looks at everything a home keeps. The node must not be running.
pub fn check(home: &Path) -> Result<Report, DoctorError> {
    let (home, loose) = Home::examine(home)?;
    Ok(look_at(&home, loose)?)
}

/// Looks, mends what can be mended, and looks again.
pub fn mend(home: &Path) -> Result<Report, DoctorError> {
    let (home, loose) = Home::examine(home)?;
    let before = look_at(&home, loose)?;
    let mut mended = outside::mend(&home, &before)?;
    if before.torn_bytes > 0 {
        mended.push(Mended::CutTorn(before.torn_bytes));
    }
    if let Some(difference) = before.only_in_sled() {
        rescue(&home, difference, &mut mended)?;
        return finish(&home, &before, mended);
    }
    match &before.sled {
        Sled::Sound { behind: 0, .. } if before.blobs == 0 => open_and_close(&home)?,
        Sled::Sound { .. } if before.blobs == 0 => {
            open_and_close(&home)?;
            mended.push(Mended::CaughtUp);
        }
        _ => {
            must_rebuild(&home)?;
            open_and_close(&home)?;
            mended.push(Mended::Rebuilt);
        }
    }
    finish(&home, &before, mended)
}

fn finish(home: &Home, before: &Report, mut mended: Vec<Mended>) -> Result<Report, DoctorError> {
    if before.damaged_anew > 0 {
        read_journal(home, &journal::look(&home.journal())?, true)?;
        mended.push(Mended::SetAside(before.damaged_anew));
    }
    Ok(Report { mended, ..look_at(home, home.loose()?)? })
}

fn look_at(home: &Home, loose: Vec<Loose>) -> Result<Report, StoreError> {
    // Before sled is opened, which tidies its own folder.
    let (leftovers, blobs) = (outside::leftovers(home)?, outside::blobs(home));
    let look: Look = journal::look(&home.journal())?;
    let reading = read_journal(home, &look, false)?;
    let damaged = inside(reading.damaged, &look);
    let has_past = look.tip.position > 0;
    let forgotten = SignedLog::look(&home.signed_log(), has_past)?;
    let room = Room::new(home, &Options::default());
    Ok(Report {
        loose,
        keys: outside::keys(home, has_past),
        groups: reading.groups,
        lost_groups: look.tip.position - reading.groups,
        damaged_anew: damaged.iter().filter(|bad| !read::is_set_aside(bad, &home.quarantine())).count(),
        damaged,
        torn_bytes: look.torn_bytes,
        votes_forgotten: forgotten,
        sled: compare(home, &look, Options::default().time_limit)?,
        blobs,
        backup_late: Kept::read(home.path()).is_late(clock::now_ms()),
        backups: Kept::read(home.path()),
        free_bytes: room.free()?,
        is_full: room.check().is_err(),
        leftovers,
        mended: Vec::new(),
    })
}

/// Damage inside the journal. What only follows its last whole group is a torn tail, and told as that.
fn inside(damaged: Vec<Quarantined>, look: &Look) -> Vec<Quarantined> {
    let newest = look.segments.last().map(|(_, path)| path);
    let whole = newest.and_then(|path| fs::metadata(path).ok()).map_or(0, |data| data.len() - look.torn_bytes);
    damaged.into_iter().filter(|bad| Some(&bad.file) != newest || bad.start < whole).collect()
}

fn read_journal(home: &Home, look: &Look, set_aside: bool) -> Result<read::Reading, StoreError> {
    let quarantine = set_aside.then(|| home.quarantine());
    read::all(&look.segments, look.seal, 0, quarantine.as_deref(), &mut |_| Ok(()))
}

fn open_and_close(home: &Home) -> Result<(), StoreError> {
    let (keeper, _) = Keeper::open(home)?;
    keeper.close()
}

/// Writes every row that differs to the journal again, as it stands in sled. The start in between may find that sled
/// cannot be trusted and rebuild it from the journal that lost them, so they are read before it.
fn rescue(home: &Home, difference: &Difference, mended: &mut Vec<Mended>) -> Result<(), StoreError> {
    let look = journal::look(&home.journal())?;
    let ops = as_in_sled(home, &look, difference, Options::default().time_limit)?;
    let (mut keeper, opened) = Keeper::open(home)?;
    for some in ops.chunks(AT_ONCE) {
        keeper.apply(some.to_vec(), true)?;
    }
    keeper.close()?;
    mended.extend(opened.rebuilt.map(|_| Mended::Rebuilt));
    mended.push(Mended::Rescued(ops.len()));
    Ok(())
}
