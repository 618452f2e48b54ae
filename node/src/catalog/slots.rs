//! What a search looks at of each record, close together in memory: walking through a hundred thousand rows, each somewhere
//! else, takes far longer than finding the words.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
};

use protocol::record::Kind;
use smallvec::SmallVec;

use super::{OWNER, Row};
use crate::{index, search::KIND};

/// One record, as a search looks at it.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) row: Arc<Row>,
    pub(crate) changed_at: u64,
    pub(crate) fresh_at: u64,
    pub(crate) audience: &'static str,
    pub(crate) kind: &'static Kind,
    /// What it has of each facet, by the numbers of [`Values`].
    pub(crate) values: SmallVec<[u32; 12]>,
}

/// All of them. What went leaves its place to the next.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    all: Vec<Option<Slot>>,
    free: Vec<u32>,
    /// By what the index knows them by.
    keys: HashMap<u64, u32, BuildHasherDefault<Given>>,
    pub(crate) values: Values,
}

impl Slots {
    pub(super) fn put(&mut self, row: &Arc<Row>) {
        let of_row = row.facets.iter().flat_map(|(facet, values)| values.iter().map(|value| (*facet, value.as_str())));
        let numbers = [(KIND, row.kind.name)].into_iter().chain(of_row).map(|(facet, value)| {
            let label = if facet == OWNER { row.owner_name.as_str() } else { value };
            self.values.take_up(facet, value, label)
        });
        let slot = Slot {
            row: row.clone(),
            changed_at: row.changed_at,
            fresh_at: row.fresh_at,
            audience: row.audience,
            kind: row.kind,
            values: numbers.collect(),
        };
        let at = self.free.pop().unwrap_or(self.all.len() as u32);
        match self.all.get_mut(at as usize) {
            Some(place) => *place = Some(slot),
            None => self.all.push(Some(slot)),
        }
        // Somebody made two ids that begin alike: the index knows one of them at a time.
        if let Some(other) = self.keys.insert(index::key(&row.id), at) {
            self.clear(other);
        }
    }

    pub(super) fn take(&mut self, row: &Row) {
        let key = index::key(&row.id);
        let at = self.keys.get(&key).copied();
        let Some(at) = at.filter(|at| self.at(*at).is_some_and(|slot| slot.row.id == row.id)) else { return };
        self.keys.remove(&key);
        self.clear(at);
    }

    fn clear(&mut self, at: u32) {
        let slot = self.all.get_mut(at as usize).and_then(Option::take);
        slot.iter().flat_map(|slot| &slot.values).for_each(|number| self.values.let_go(*number));
        self.free.push(at);
    }

    /// Where the record is that the index knows by this.
    pub(super) fn of(&self, key: u64) -> Option<u32> {
        self.keys.get(&key).copied()
    }

    pub(super) fn at(&self, at: u32) -> Option<&Slot> {
        self.all.get(at as usize)?.as_ref()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (u32, &Slot)> {
        (0..).zip(&self.all).filter_map(|(at, slot)| Some((at, slot.as_ref()?)))
    }
}

/// A value that some record has of a facet.
#[derive(Debug)]
pub(crate) struct Value {
    pub(crate) facet: &'static str,
    pub(crate) text: Arc<str>,
    /// What people read for it where only records know: an owner's name.
    pub(crate) label: Arc<str>,
    /// How many records have it.
    records: u32,
}

/// Every value of every facet that some record has, each with a number. A number is given anew when nobody has it any more,
/// so that they stay few whatever neighbors write.
#[derive(Debug, Default)]
pub(crate) struct Values {
    numbers: HashMap<&'static str, HashMap<Arc<str>, u32>>,
    all: Vec<Value>,
    free: Vec<u32>,
}

impl Values {
    /// One more than the highest number.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// The number of a value; nothing where no record has it.
    pub(crate) fn number(&self, facet: &str, value: &str) -> Option<u32> {
        self.numbers.get(facet)?.get(value).copied()
    }

    pub(crate) fn at(&self, number: u32) -> Option<&Value> {
        self.all.get(number as usize)
    }

    fn take_up(&mut self, facet: &'static str, text: &str, label: &str) -> u32 {
        let known = self.number(facet, text);
        let number = known.or_else(|| self.free.pop()).unwrap_or(self.all.len() as u32);
        if let Some(value) = self.all.get_mut(number as usize).filter(|_| known.is_some()) {
            value.records += 1;
            if *value.label != *label {
                value.label = label.into();
            }
            return number;
        }
        let text: Arc<str> = text.into();
        let label = if *text == *label { text.clone() } else { label.into() };
        self.numbers.entry(facet).or_default().insert(text.clone(), number);
        let value = Value { facet, text, label, records: 1 };
        match self.all.get_mut(number as usize) {
            Some(place) => *place = value,
            None => self.all.push(value),
        }
        number
    }

    fn let_go(&mut self, number: u32) {
        let Some(value) = self.all.get_mut(number as usize) else { return };
        value.records = value.records.saturating_sub(1);
        if value.records == 0 {
            if let Some(of) = self.numbers.get_mut(value.facet) {
                of.remove(&value.text);
            }
            self.free.push(number);
        }
    }
}

/// Keys are the beginnings of hashes: there is nothing left to mix.
#[derive(Debug, Default)]
pub(crate) struct Given(u64);

impl Hasher for Given {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |all, byte| (all << 8) | u64::from(*byte));
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_given_again_when_nobody_has_it_any_more() {
        let mut values = Values::default();
        let [coats, again, food] = ["coats", "coats", "food"].map(|topic| values.take_up("topics", topic, topic));
        assert!(coats == again && coats != food);
        values.let_go(coats);
        assert_eq!(values.number("topics", "coats"), Some(coats), "somebody still has it");
        values.let_go(coats);
        assert_eq!(values.number("topics", "coats"), None);
        assert_eq!(values.take_up("place", "Elm", "Elm"), coats);
        assert_eq!((values.len(), values.number("topics", "food")), (2, Some(food)));
    }
}
