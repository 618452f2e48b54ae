//! What `commonweal doctor` does: looks at everything a home keeps, and mends what can be mended.
//!
//! Looking changes nothing in the journal. Mending never throws anything away: damage is copied aside, a wrong sled
//! is kept beside the new one, and what only sled still knows is written to the journal again.

use std::path::Path;

use protocol::store::{Op, Read, Store, StoreError, Table};

pub use crate::store::compare::{Difference, Sled};
use crate::{
    home::{Home, HomeError},
    journal::{self, Look, Quarantined, read},
    signed_log::SignedLog,
    store::{Keeper, Options, compare::compare, must_rebuild},
};

/// Rows rescued in one group.
const AT_ONCE: usize = 100;

/// What a look at a home found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Groups in the journal.
    pub groups: u64,
    /// Groups that should be there and are not.
    pub lost_groups: u64,
    /// Damaged stretches of the journal.
    pub damaged: Vec<Quarantined>,
    /// Bytes of a write that was cut short. The next start cuts them off.
    pub torn_bytes: u64,
    /// Whether votes this node signed may have been forgotten.
    pub votes_forgotten: bool,
    /// What sled turned out to be.
    pub sled: Sled,
    /// What mending did, in order.
    pub mended: Vec<Mended>,
}

/// Something that mending did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mended {
    /// So many truths that only sled still knew stand in the journal again.
    Rescued(usize),
    /// Sled was rebuilt from the journal; the old one stands beside it.
    Rebuilt,
    /// Sled was brought up to the journal.
    CaughtUp,
    /// So many bytes of a write that was cut short were cut off.
    CutTorn(u64),
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
}

impl Report {
    /// Whether everything is as it should be. Lost groups stay lost: peers have what was shared, a backup the rest.
    pub fn is_sound(&self) -> bool {
        self.lost_groups == 0 && self.torn_bytes == 0 && matches!(self.sled, Sled::Sound { .. })
    }
}

/// Looks at everything a home keeps. The node must not be running.
pub fn check(home: &Path) -> Result<Report, DoctorError> {
    let home = Home::open(home)?;
    Ok(look_at(&home)?)
}

/// Looks, mends what can be mended, and looks again.
pub fn mend(home: &Path) -> Result<Report, DoctorError> {
    let home = Home::open(home)?;
    let before = look_at(&home)?;
    let mut mended = Vec::new();
    if before.torn_bytes > 0 {
        mended.push(Mended::CutTorn(before.torn_bytes));
    }
    match &before.sled {
        // Sled is whole and the journal is not: sled may be the last that knows.
        Sled::Differs(difference) if before.lost_groups > 0 => mended.push(rescue(&home, difference)?),
        Sled::Sound { behind: 0, .. } => open_and_close(&home)?,
        Sled::Sound { .. } => {
            open_and_close(&home)?;
            mended.push(Mended::CaughtUp);
        }
        _ => {
            must_rebuild(&home)?;
            open_and_close(&home)?;
            mended.push(Mended::Rebuilt);
        }
    }
    Ok(Report { mended, ..look_at(&home)? })
}

fn look_at(home: &Home) -> Result<Report, StoreError> {
    let look: Look = journal::look(&home.journal())?;
    let reading = read::all(&look.segments, look.seal, 0, None, &mut |_| Ok(()))?;
    let has_past = look.tip.position > 0;
    let forgotten = SignedLog::look(&home.signed_log(), has_past)?;
    Ok(Report {
        groups: reading.groups,
        lost_groups: look.tip.position - reading.groups,
        damaged: reading.damaged,
        torn_bytes: look.torn_bytes,
        votes_forgotten: forgotten,
        sled: compare(home, &look, Options::default().time_limit)?,
        mended: Vec::new(),
    })
}

fn open_and_close(home: &Home) -> Result<(), StoreError> {
    let (keeper, _) = Keeper::open(home)?;
    keeper.close()
}

/// Writes every row that differs to the journal again, as it stands in sled.
fn rescue(home: &Home, difference: &Difference) -> Result<Mended, StoreError> {
    let (mut keeper, _) = Keeper::open(home)?;
    let rows: Vec<&(Table, Vec<u8>)> = difference.only_sled.iter().chain(&difference.only_journal).collect();
    for some in rows.chunks(AT_ONCE) {
        let mut ops = Vec::new();
        for (table, key) in some {
            ops.push(match keeper.get(*table, key)? {
                Some(value) => Op::Put(*table, key.clone(), value),
                None => Op::Delete(*table, key.clone()),
            });
        }
        keeper.apply(ops, true)?;
    }
    keeper.close()?;
    Ok(Mended::Rescued(rows.len()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::journal::segment::{Segment, Step};

    struct Clinic {
        dir: tempfile::TempDir,
    }

    impl Clinic {
        fn new() -> Clinic {
            let clinic = Clinic { dir: tempfile::tempdir().unwrap() };
            let home = Home::create(&clinic.home(), [3; 32]).unwrap();
            let (mut keeper, _) = Keeper::open_with(&home, options()).unwrap();
            for n in 0..50u8 {
                let truth = Op::Put(Table::Header, vec![n % 40], vec![n; 100]);
                keeper.apply(vec![truth, Op::Put(Table::View, vec![n], vec![n])], true).unwrap();
            }
            keeper.apply(vec![Op::Delete(Table::Header, vec![39])], true).unwrap();
            keeper.close().unwrap();
            clinic
        }

        fn home(&self) -> std::path::PathBuf {
            self.dir.path().join("home")
        }

        fn spoil(&self, at: usize) {
            let segments = journal::segments(&self.home().join("journal")).unwrap();
            let mut bytes = fs::read(&segments[0].1).unwrap();
            bytes[at] ^= 1;
            fs::write(&segments[0].1, bytes).unwrap();
        }

        fn headers(&self) -> Vec<protocol::store::Row> {
            let home = Home::open(&self.home()).unwrap();
            let (keeper, _) = Keeper::open_with(&home, options()).unwrap();
            keeper.scan(Table::Header, &[], &[], 99).unwrap()
        }
    }

    /// A byte inside each of these groups, before its commit: without its commit the last one would be a torn tail.
    fn inside_groups(clinic: &Clinic, positions: &[u64]) -> Vec<usize> {
        let look = journal::look(&clinic.home().join("journal")).unwrap();
        let mut segment = Segment::new(&look.segments[0].1, look.seal).unwrap();
        let mut bytes = Vec::new();
        while let Step::Group(group) = segment.step().unwrap() {
            if positions.contains(&group.mark.position) {
                bytes.push(group.start as usize + 40);
            }
        }
        bytes
    }

    fn options() -> Options {
        Options { floor_bytes: 0, floor_percent: 0, ballast_bytes: 0, ..Options::default() }
    }

    #[test]
    fn a_sound_home_is_found_sound_and_a_running_one_is_left_alone() {
        let clinic = Clinic::new();
        let report = check(&clinic.home()).unwrap();
        assert!(report.is_sound(), "{report:?}");
        assert_eq!((report.groups, report.sled), (51, Sled::Sound { rows: 89, behind: 0 }));
        let _running = Home::open(&clinic.home()).unwrap();
        assert!(matches!(check(&clinic.home()), Err(DoctorError::Home(HomeError::InUse { .. }))));
    }

    #[test]
    fn a_wrong_sled_is_rebuilt() {
        let clinic = Clinic::new();
        fs::write(clinic.home().join("sled/db"), vec![7; 5000]).unwrap();
        assert!(!check(&clinic.home()).unwrap().is_sound());
        let report = mend(&clinic.home()).unwrap();
        assert!(report.is_sound(), "{report:?}");
        assert!(report.mended == [Mended::Rebuilt] || report.mended == [Mended::CaughtUp]);
        assert_eq!(clinic.headers().len(), 39);
    }

    #[test]
    fn what_only_sled_still_knows_is_rescued_before_it_is_lost() {
        let clinic = Clinic::new();
        let headers = clinic.headers();
        // Three groups rot: one that wrote a row, one that wrote over a row, and the one that removed a row.
        for byte in inside_groups(&clinic, &[11, 46, 51]) {
            clinic.spoil(byte);
        }
        let report = check(&clinic.home()).unwrap();
        assert_eq!(report.lost_groups, 3);
        let report = mend(&clinic.home()).unwrap();
        assert!(matches!(report.sled, Sled::Sound { .. }), "{report:?}");
        assert_eq!(report.mended, [Mended::Rescued(3)]);
        assert!(!report.is_sound(), "the damage itself stays told");
        fs::remove_dir_all(clinic.home().join("sled")).unwrap();
        assert_eq!(clinic.headers(), headers);
    }

    #[test]
    fn a_torn_tail_is_told_and_cut() {
        let clinic = Clinic::new();
        let segments = journal::segments(&clinic.home().join("journal")).unwrap();
        let whole = fs::read(&segments[0].1).unwrap();
        fs::write(&segments[0].1, [&whole[..], &[0; 33]].concat()).unwrap();
        assert_eq!(check(&clinic.home()).unwrap().torn_bytes, 33);
        assert_eq!(fs::read(&segments[0].1).unwrap().len(), whole.len() + 33, "looking changes nothing");
        let report = mend(&clinic.home()).unwrap();
        assert!(report.is_sound());
        assert_eq!(report.mended, [Mended::CutTorn(33)]);
    }
}
