//! A disk that can fail: memory beneath, and on it what a real one does at its worst.
//!
//! Which reads fail follows from the seed and from what is read, never from how much was read before: so private rows
//! do not move what happens to the others.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    rc::Rc,
};

use protocol::{
    identity::{DocId, Hash},
    store::{Memory, Op, Read, Row, Store, StoreError, Table},
};

/// What ails a disk just now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing.
    #[default]
    None,
    /// Of a thousand rows so many cannot be read, chosen by the salt.
    Reads(u64, u64),
    /// Nothing can be written.
    Writes,
    /// There is no room.
    Full,
    /// Nothing fails, but what is written now makes nothing safe that was not: it must move nothing else.
    Apart,
}

/// Documents whose rows never fail by themselves: those that one of two tellings of a story has and the other has not.
pub type Spared = Rc<RefCell<BTreeSet<DocId>>>;

/// A store whose disk can be made to fail, and that knows what a power cut would take.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    rows: Memory,
    /// What takes back each batch since the last durable one, the newest last.
    afloat: Vec<Op>,
    trouble: Rc<Cell<Trouble>>,
    spared: Spared,
}

impl Disk {
    /// A disk with these rows, all of them safe.
    pub fn new(rows: Memory, spared: Spared) -> Disk {
        Disk { rows, spared, ..Disk::default() }
    }

    /// What it holds.
    pub fn rows(&self) -> &Memory {
        &self.rows
    }

    /// What is left when the power fails: all up to the last durable batch.
    pub fn after_a_power_cut(&self) -> Memory {
        let mut rows = self.rows.clone();
        let back = self.afloat.iter().rev().cloned().collect::<Vec<_>>();
        back.into_iter().for_each(|op| rows.apply(vec![op], true).expect("it was in there before"));
        rows
    }

    /// What ails it, to be set from outside.
    pub fn trouble(&self) -> Rc<Cell<Trouble>> {
        self.trouble.clone()
    }

    fn reads(&self, table: Table, key: &[u8]) -> Result<(), StoreError> {
        let Trouble::Reads(salt, of_thousand) = self.trouble.get() else { return Ok(()) };
        let doc = key.get(..32).and_then(|doc| doc.try_into().ok()).map(DocId);
        if doc.is_some_and(|doc| self.spared.borrow().contains(&doc)) {
            return Ok(());
        }
        // Places in a node's own order of changes count its private work, so they are as good as any other.
        let key = if table == Table::Position { &[] } else { key };
        let Hash(dice) = Hash::derive("commonweal tests disk", &[&salt.to_be_bytes(), &[table as u8], key]);
        let bad = (u64::from(dice[0]) << 8 | u64::from(dice[1])) % 1_000 < of_thousand;
        if bad { Err(StoreError::Io("a sector could not be read".into())) } else { Ok(()) }
    }
}

/// Only what cannot be computed again: what a journal or a backup holds.
pub fn truths(rows: &Memory, keeps: impl Fn(Table) -> bool) -> Memory {
    let mut left = Memory::default();
    for table in Table::ALL.into_iter().filter(|table| table.is_truth() && keeps(*table)) {
        let all = rows.scan(table, &[], &[], usize::MAX >> 1).expect("memory can be read");
        let ops = all.into_iter().map(|(key, value)| Op::Put(table, key, value)).collect();
        left.apply(ops, true).expect("it was in there before");
    }
    left
}

impl Read for Disk {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.reads(table, key)?;
        self.rows.get(table, key)
    }

    fn scan(&self, table: Table, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Row>, StoreError> {
        self.reads(table, prefix)?;
        self.rows.scan(table, prefix, from, limit)
    }
}

impl Store for Disk {
    fn apply(&mut self, ops: Vec<Op>, durable: bool) -> Result<(), StoreError> {
        match self.trouble.get() {
            Trouble::Writes => return Err(StoreError::Io("a write failed".into())),
            Trouble::Full => return Err(StoreError::Full),
            Trouble::None | Trouble::Apart | Trouble::Reads(..) => {}
        }
        let durable = durable && self.trouble.get() != Trouble::Apart;
        let mut back = vec![];
        for op in ops.iter().filter(|_| !durable) {
            back.push(match self.rows.get(op.table(), op.key())? {
                Some(value) => Op::Put(op.table(), op.key().to_vec(), value),
                None => Op::Delete(op.table(), op.key().to_vec()),
            });
        }
        self.rows.apply(ops, durable)?;
        if durable {
            self.afloat.clear();
        }
        self.afloat.extend(back);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(key: u8, value: u8) -> Vec<Op> {
        vec![Op::Put(Table::Setting, vec![key], vec![value])]
    }

    #[test]
    fn a_power_cut_takes_what_was_not_durable_and_nothing_else() {
        let mut disk = Disk::default();
        disk.apply(put(1, 1), true).unwrap();
        disk.apply(put(1, 2), false).unwrap();
        disk.apply(put(1, 3), false).unwrap();
        disk.apply(put(2, 1), false).unwrap();
        let left = disk.after_a_power_cut();
        assert_eq!(left.get(Table::Setting, &[1]).unwrap(), Some(vec![1]));
        assert_eq!(left.get(Table::Setting, &[2]).unwrap(), None);
        disk.apply(put(3, 1), true).unwrap();
        assert_eq!(disk.after_a_power_cut().get(Table::Setting, &[1]).unwrap(), Some(vec![3]));
    }

    #[test]
    fn a_full_disk_is_read_and_not_written() {
        let mut disk = Disk::default();
        disk.apply(put(1, 1), true).unwrap();
        disk.trouble().set(Trouble::Full);
        assert_eq!(disk.apply(put(1, 2), true), Err(StoreError::Full));
        assert_eq!(disk.get(Table::Setting, &[1]).unwrap(), Some(vec![1]));
        disk.trouble().set(Trouble::Reads(7, 1_000));
        assert!(disk.get(Table::Setting, &[1]).is_err());
    }
}
