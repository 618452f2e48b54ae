//! Holding sled against the journal, row by row: what `doctor` rests on.
//!
//! The journal is folded into sixteen bytes a row, so that a million rows fit in some thirty megabytes.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    ops::Range,
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
    /// It knows groups the journal does not have, and so differs in these truths.
    Ahead(Difference),
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
    let fold = Fold::of(look, state.mark.position)?;
    if state.mark.position > look.tip.position {
        return Ok(Sled::Ahead(fold.differs(shelf, look, look.tip.position)?));
    }
    if fold.last.is_some_and(|mark| mark.position == state.mark.position && mark != state.mark) {
        return Ok(Sled::Foreign);
    }
    let difference = fold.differs(shelf, look, state.mark.position)?;
    if difference != Difference::default() {
        return Ok(Sled::Differs(difference));
    }
    Ok(Sled::Sound { rows: state.rows, behind: look.tip.position - state.mark.position })
}

/// What makes the journal say of these rows what sled says. It is to be asked before a start, which may put sled aside.
/// A row that the journal changed after sled's last group is left out: there the journal knows better.
pub(crate) fn as_in_sled(
    home: &Home,
    look: &Look,
    difference: &Difference,
    limit: Duration,
) -> Result<Vec<Op>, StoreError> {
    let shelf = Shelf::open(&home.sled(), limit).map_err(|why| why.into_error(&home.sled()))?;
    let state = shelf.verify()?;
    let mut later = HashSet::new();
    changes(look, state.mark.position..u64::MAX, &mut |op| {
        later.insert(short(&row_key(op.table(), op.key())));
    })?;
    let mut ops = Vec::new();
    for (table, key) in difference.only_sled.iter().chain(&difference.only_journal) {
        if later.contains(&short(&row_key(*table, key))) {
            continue;
        }
        ops.push(match shelf.get(*table, key)? {
            Some(value) => Op::Put(*table, key.clone(), value),
            None => Op::Delete(*table, key.clone()),
        });
    }
    Ok(ops)
}

/// The truths of a journal up to a position: the hash of each key, and what its row weighs.
struct Fold {
    rows: HashMap<u64, u64>,
    last: Option<Mark>,
}

impl Fold {
    fn of(look: &Look, until: u64) -> Result<Fold, StoreError> {
        let mut fold = Fold { rows: HashMap::new(), last: None };
        changes(look, 0..until, &mut |op| {
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
            changes(look, 0..until, &mut |op| {
                if self.rows.remove(&short(&row_key(op.table(), op.key()))).is_some() {
                    difference.only_journal.push((op.table(), op.key().to_vec()));
                }
            })?;
        }
        Ok(difference)
    }
}

/// The changes in the groups after the first of these positions, up to the second.
fn changes(look: &Look, within: Range<u64>, each: &mut dyn FnMut(&Op)) -> Result<Option<Mark>, StoreError> {
    let (mut group, mut last) = (Vec::new(), None);
    read::all(&look.segments, look.seal, 0, None, &mut |entry| {
        match entry {
            read::Entry::Change(op) => group.push(op),
            read::Entry::End(mark) if mark.position > within.start && mark.position <= within.end => {
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
