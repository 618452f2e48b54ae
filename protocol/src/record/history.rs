//! Who changed which field when, out of the changes themselves: it cannot be written differently afterwards.

use super::read::assemble;
use super::shape::{Fields, Kind, Shape};
use super::state::{load, state};
use super::validate::within;
use super::{Entry, ReadError};
use automerge::{Automerge, ChangeHash};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Every change of the record, each after those it builds on.
pub fn history(kind: &Kind, snapshot: &[u8]) -> Result<Vec<Entry>, ReadError> {
    let doc = load(snapshot)?;
    let mut known: BTreeMap<Vec<ChangeHash>, Map<String, Value>> = BTreeMap::new();
    let mut entries = Vec::new();
    for change in doc.get_changes_meta(&[]) {
        let mut deps = change.deps.clone();
        deps.sort_unstable();
        // Most changes build on the one before, whose outcome is at hand; keeping all would fill the memory.
        let before = known.remove(&deps).unwrap_or_else(|| value_at(kind, &doc, &deps));
        let after = value_at(kind, &doc, &[change.hash]);
        let mut fields = Vec::new();
        differences(kind.fields(), &before, &after, "", &mut fields);
        known = BTreeMap::from([(vec![change.hash], after)]);
        entries.push(Entry { hash: change.hash.0, actor: actor(&change.actor), at_s: change.timestamp, fields });
    }
    Ok(entries)
}

pub(super) fn value_at(kind: &Kind, doc: &Automerge, heads: &[ChangeHash]) -> Map<String, Value> {
    if heads.is_empty() {
        return Map::new();
    }
    match assemble(kind, &state(doc, Some(heads))).value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Our actors have sixteen bytes; the gate lets no other in.
pub(super) fn actor(id: &automerge::ActorId) -> [u8; 16] {
    let mut actor = [0; 16];
    actor.iter_mut().zip(id.to_bytes()).for_each(|(to, from)| *to = *from);
    actor
}

type Differences = Vec<(String, Value, Value)>;

pub(super) fn differences(
    fields: Fields,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    at: &str,
    out: &mut Differences,
) {
    for field in fields.iter() {
        let (was, is) = (before.get(field.name), after.get(field.name));
        if was == is {
            continue;
        }
        let at = within(at, field.name);
        match &field.shape {
            Shape::Group(_) => {
                let group = |value: Option<&Value>| value.and_then(Value::as_object).cloned().unwrap_or_default();
                let (was, is) = (group(was), group(is));
                differences(field.shape.inner(), &was, &is, &at, out);
            }
            Shape::List { .. } => items(field.shape.inner(), was, is, &at, out),
            _ => out.push((at, was.cloned().unwrap_or_default(), is.cloned().unwrap_or_default())),
        }
    }
}

fn items(fields: Fields, was: Option<&Value>, is: Option<&Value>, at: &str, out: &mut Differences) {
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let (was, is) = (list(was), list(is));
    let find = |items: &[Value], id: &Value| items.iter().position(|item| item["id"] == *id);
    for (index, item) in was.iter().enumerate().filter(|(_, item)| find(&is, &item["id"]).is_none()) {
        out.push((format!("{at}[{}]", index + 1), item.clone(), Value::Null));
    }
    for (index, item) in is.iter().enumerate() {
        let at = format!("{at}[{}]", index + 1);
        match find(&was, &item["id"]).map(|old| &was[old]) {
            None => out.push((at, Value::Null, item.clone())),
            Some(old) => {
                if let (Some(old), Some(new)) = (old.as_object(), item.as_object()) {
                    differences(fields, old, new, &at, out);
                }
            }
        }
    }
    let kept = |items: &[Value], others: &[Value]| -> Vec<Value> {
        items.iter().map(|item| item["id"].clone()).filter(|id| find(others, id).is_some()).collect()
    };
    if kept(&was, &is) != kept(&is, &was) {
        out.push((at.to_owned(), Value::Array(was.clone()), Value::Array(is.clone())));
    }
}
