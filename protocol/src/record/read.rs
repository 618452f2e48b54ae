//! A record from the flat keys of its document, field by field: one bad field never makes a record unreadable.

use super::shape::{Field, Fields, Kind, Shape};
use super::spelling::spell;
use super::state::{Found, Raw, State, load, state};
use super::validate::{is_item_id, within};
use super::{Conflict, Hash, ReadError, Record};
use crate::gate::Tried;
use automerge::{Automerge, ChangeHash};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The record in this snapshot, with what is in conflict, what is unknown here and what could not be read.
pub fn read(kind: &Kind, snapshot: &[u8]) -> Result<Record, ReadError> {
    Ok(read_loaded(kind, &load(snapshot)?))
}

/// The same, of a document that the gate has just let through.
pub fn read_tried(kind: &Kind, tried: &Tried) -> Record {
    read_loaded(kind, &tried.loaded)
}

fn read_loaded(kind: &Kind, doc: &Automerge) -> Record {
    let mut record = assemble(kind, &state(doc, None));
    record.heads = doc.get_heads().iter().map(|head| head.0).collect();
    record
}

/// The record as it stood at these heads, which must be in it.
pub fn read_at(kind: &Kind, snapshot: &[u8], heads: &[Hash]) -> Result<Record, ReadError> {
    let at: Vec<ChangeHash> = heads.iter().copied().map(ChangeHash).collect();
    let record = assemble(kind, &state(&load(snapshot)?, Some(&at)));
    Ok(Record { heads: heads.to_vec(), ..record })
}

/// The record that these keys make. Its heads are left to the caller.
pub(super) fn assemble(kind: &Kind, state: &State) -> Record {
    let mut reading = Reading { state, used: BTreeSet::new(), conflicts: Vec::new(), bad: Vec::new() };
    let value = reading.object(kind.fields(), "", "");
    let unknown = state.iter().filter(|(key, _)| !reading.used.contains(key.as_str())).map(|(key, found)| {
        let shown = found.first().map_or(Value::Null, |found| found.what.value());
        (key.clone(), shown)
    });
    Record {
        value: Value::Object(value),
        unknown: unknown.filter(|(_, value)| !value.is_null() && value != "").collect::<BTreeMap<_, _>>(),
        conflicts: reading.conflicts,
        bad: reading.bad,
        heads: Vec::new(),
    }
}

struct Reading<'a> {
    state: &'a State,
    /// The keys that were understood; all others are unknown.
    used: BTreeSet<&'a str>,
    conflicts: Vec<Conflict>,
    bad: Vec<String>,
}

impl<'a> Reading<'a> {
    /// The fields whose keys begin with `key`; `at` is the same place as people write it.
    fn object(&mut self, fields: Fields, key: &str, at: &str) -> Map<String, Value> {
        let mut object = Map::new();
        for field in fields.iter() {
            let key = format!("{key}{}", field.name);
            if let Some(value) = self.field(field, &key, &within(at, field.name)) {
                object.insert(field.name.to_owned(), value);
            }
        }
        object
    }

    fn field(&mut self, field: &'static Field, key: &str, at: &str) -> Option<Value> {
        match &field.shape {
            Shape::Set { of, .. } => self.set(of, key, at),
            Shape::List { .. } => self.list(field.shape.inner(), key, at),
            Shape::Group(_) => {
                let group = self.object(field.shape.inner(), &format!("{key}/"), at);
                (!group.is_empty()).then_some(Value::Object(group))
            }
            shape => self.single(shape, key, at),
        }
    }

    fn single(&mut self, shape: &Shape, key: &str, at: &str) -> Option<Value> {
        let (key, found) = self.state.get_key_value(key)?;
        let value = match fit(shape, &found.first()?.what) {
            Ok(value) => {
                self.used.insert(key);
                value
            }
            Err(()) => {
                self.bad.push(at.to_owned());
                None
            }
        };
        if let Some(values) = differing(shape, found) {
            self.conflicts.push(Conflict { field: at.to_owned(), values });
        }
        value
    }

    fn set(&mut self, of: &Shape, key: &str, at: &str) -> Option<Value> {
        let mut members: Vec<Value> = Vec::new();
        for (member_key, member, found) in under(self.state, key) {
            let spelled = spell(of, &member.into()).ok().filter(|spelled| spelled == member);
            let inside = found.first().is_some_and(|found| found.what == Raw::Single(true.into()));
            match spelled {
                Some(member) if inside => {
                    self.used.insert(member_key);
                    members.push(member);
                }
                _ if self.bad.last().is_some_and(|last| last == at) => {}
                _ => self.bad.push(at.to_owned()),
            }
        }
        (!members.is_empty()).then_some(Value::Array(members))
    }

    fn list(&mut self, fields: Fields, key: &str, at: &str) -> Option<Value> {
        let mut places: BTreeMap<&str, Option<i64>> = BTreeMap::new();
        for (item_key, rest, found) in under(self.state, key) {
            let Some((id, name)) = rest.split_once('/').filter(|(id, _)| is_item_id(id)) else { continue };
            let place = places.entry(id).or_default();
            if let ("order", Some(Found { what: Raw::Single(order), .. })) = (name, found.first()) {
                self.used.insert(item_key);
                *place = order.as_i64();
            }
        }
        let mut ids: Vec<(Option<i64>, &str)> = places.iter().map(|(id, place)| (*place, *id)).collect();
        // An item without a place was removed by one while another wrote in it: what was written stays, at the end.
        ids.sort_by_key(|(place, id)| (place.is_none(), *place, *id));
        let mut items: Vec<Value> = Vec::new();
        for (_, id) in ids {
            let mut item = self.object(fields, &format!("{key}/{id}/"), &format!("{at}[{}]", items.len() + 1));
            if !item.is_empty() {
                item.insert("id".to_owned(), id.into());
                items.push(Value::Object(item));
            }
        }
        (!items.is_empty()).then_some(Value::Array(items))
    }
}

/// The keys inside this one: each whole, without its beginning, and with what stands there.
pub(super) fn under<'a>(state: &'a State, key: &str) -> impl Iterator<Item = (&'a str, &'a str, &'a [Found])> {
    let start = format!("{key}/");
    state
        .range(start.clone()..)
        .map_while(move |(key, found)| Some((key.as_str(), key.strip_prefix(&start)?, found.as_slice())))
}

/// The value if it fits the field; nothing where it is empty.
fn fit(shape: &Shape, raw: &Raw) -> Result<Option<Value>, ()> {
    match raw {
        Raw::Single(Value::Null) => Ok(None),
        // Prose stays as it is: tidying it here would make every later edit look like somebody's change.
        Raw::Prose(text) if matches!(shape, Shape::Prose { .. }) => {
            Ok((!text.trim().is_empty()).then(|| text.as_str().into()))
        }
        Raw::Single(Value::String(text)) if text.trim().is_empty() => Ok(None),
        Raw::Single(value) => spell(shape, value).map(Some).map_err(|_| ()),
        Raw::Prose(_) | Raw::Strange(_) => Err(()),
    }
}

/// All values with the changes that wrote them, if they are not all the same.
fn differing(shape: &Shape, found: &[Found]) -> Option<Vec<(Value, [u8; 32])>> {
    let shown = |found: &Found| fit(shape, &found.what).ok().flatten().unwrap_or_else(|| found.what.value());
    let values: Vec<_> = found.iter().filter_map(|found| Some((shown(found), found.by?))).collect();
    values.iter().any(|(value, _)| *value != values[0].0).then_some(values)
}
