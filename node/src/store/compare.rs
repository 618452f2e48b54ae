//! Holding sled against the journal, row by row: what `doctor` rests on.
//!
//! The journal is folded into sixteen bytes a row, so that a million rows fit in some thirty megabytes.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use protocol::store::{Op, StoreError, Table};

use super::{
    layout::{row_key, weigh},
    shelf::{Shelf, Unopened},
};
use crate::{
    home::Home,
    journal::{Look, Mark, read},
};

/// What sled turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sled {
    /// There is none; the next start builds it.
    Missing,
    /// It cannot be opened.
    Unopenable(String),
    /// What it holds is not what was written.
    Damaged(String),
    /// It knows groups the journal does not have.
    Ahead,
    /// It followed another journal.
    Foreign,
    /// It is whole, and its truths are not those of the journal.
    Differs(Difference),
    /// It is whole and agrees with the journal, of which it lacks this many groups. The next start applies them.
    Sound {
        /// Rows it holds.
        rows: u64,
        /// Groups not yet applied.
        behind: u64,
    },
}

/// Truths in which sled and the journal differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// In sled, and not in the journal or not like this.
    pub only_sled: Vec<(Table, Vec<u8>)>,
    /// In the journal and not in sled.
    pub only_journal: Vec<(Table, Vec<u8>)>,
}

/// Opens sled as a start would, and compares it. The journal is not changed.
pub(crate) fn compare(home: &Home, look: &Look, limit: Duration) -> Result<Sled, StoreError> {
    if !home.sled().exists() {
        return Ok(Sled::Missing);
    }
    let shelf = match Shelf::open(&home.sled(), limit) {
        Ok(shelf) => shelf,
        Err(Unopened::Refused(why)) => return Ok(Sled::Unopenable(why)),
        Err(Unopened::Hangs) => return Ok(Sled::Unopenable("sled did not open in time".to_owned())),
    };
    match judge(&shelf, look) {
        Err(StoreError::Damaged(what)) => Ok(Sled::Damaged(what)),
        other => other,
    }
}

fn judge(shelf: &Shelf, look: &Look) -> Result<Sled, StoreError> {
    let state = shelf.verify()?;
    if state.mark.position > look.tip.position {
        return Ok(Sled::Ahead);
    }
    let fold = Fold::of(look, state.mark.position)?;
    if fold.last.is_some_and(|mark| mark.position == state.mark.position && mark != state.mark) {
        return Ok(Sled::Foreign);
    }
    let difference = fold.differs(shelf, look, state.mark.position)?;
    if difference != Difference::default() {
        return Ok(Sled::Differs(difference));
    }
    Ok(Sled::Sound { rows: state.rows, behind: look.tip.position - state.mark.position })
}

/// The truths of a journal up to a position: the hash of each key, and what its row weighs.
struct Fold {
    rows: HashMap<u64, u64>,
    last: Option<Mark>,
}

impl Fold {
    fn of(look: &Look, until: u64) -> Result<Fold, StoreError> {
        let mut fold = Fold { rows: HashMap::new(), last: None };
        changes(look, until, &mut |op| {
            let row = row_key(op.table(), op.key());
            match op {
                Op::Put(_, _, value) => fold.rows.insert(short(&row), weigh(&row, value)),
                Op::Delete(..) => fold.rows.remove(&short(&row)),
            };
        })
        .map(|last| Fold { last, ..fold })
    }

    fn differs(mut self, shelf: &Shelf, look: &Look, until: u64) -> Result<Difference, StoreError> {
        let mut difference = Difference::default();
        shelf.each(&mut |table, key, head| {
            if table.is_truth() && self.rows.remove(&short(&row_key(table, key))) != Some(head.weight()) {
                difference.only_sled.push((table, key.to_vec()));
            }
        })?;
        if !self.rows.is_empty() {
            // The fold remembers no keys, so the few it misses are looked up once more.
            changes(look, until, &mut |op| {
                if self.rows.remove(&short(&row_key(op.table(), op.key()))).is_some() {
                    difference.only_journal.push((op.table(), op.key().to_vec()));
                }
            })?;
        }
        Ok(difference)
    }
}

fn changes(look: &Look, until: u64, each: &mut dyn FnMut(&Op)) -> Result<Option<Mark>, StoreError> {
    let (mut group, mut last) = (Vec::new(), None);
    read::all(&look.segments, look.seal, 0, None, &mut |entry| {
        match entry {
            read::Entry::Change(op) => group.push(op),
            read::Entry::End(mark) if mark.position <= until => {
                group.drain(..).for_each(|op| each(&op));
                last = Some(mark);
            }
            read::Entry::End(_) => group.clear(),
        }
        Ok(())
    })?;
    Ok(last)
}

fn short(row: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    row.hash(&mut hasher);
    hasher.finish()
}
