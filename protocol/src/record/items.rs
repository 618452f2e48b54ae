//! Which item of a list is which: ids for new items, and the items of a form found again among those that are there.

use super::shape::{Fields, Shape};
use data_encoding::HEXLOWER;
use serde_json::{Map, Value};

/// New ids from one seed. The core has no dice: the caller throws them, once for each edit.
pub(super) struct Ids {
    seed: [u8; 16],
    next: u64,
}

impl Ids {
    pub(super) fn new(seed: [u8; 16]) -> Self {
        Self { seed, next: 0 }
    }

    fn next(&mut self) -> String {
        let mut hasher = blake3::Hasher::new_derive_key("Commonweal v1 id of a list item");
        hasher.update(&self.seed).update(&self.next.to_be_bytes());
        self.next += 1;
        HEXLOWER.encode(&hasher.finalize().as_bytes()[..8])
    }
}

/// A record's id outside of Commonweal, as a random UUID: calendars and HSDS know the record by it.
pub(super) fn outside_id(seed: &[u8; 16]) -> String {
    let mut id = [0; 16];
    id.copy_from_slice(&blake3::derive_key("Commonweal v1 outside id of a record", seed)[..16]);
    id[6] = (id[6] & 0x0f) | 0x40;
    id[8] = (id[8] & 0x3f) | 0x80;
    let hex = HEXLOWER.encode(&id);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// Gives every item of the target its id: the one it brings; that of an item with the same content, so that importing
/// twice changes nothing; or a new one. With `keep_unasked`, what forms do not ask for stays where the target is silent.
pub(super) fn settle(
    fields: Fields,
    current: &Map<String, Value>,
    target: &mut Map<String, Value>,
    keep_unasked: bool,
    ids: &mut Ids,
) {
    for field in fields.iter() {
        let had = current.get(field.name);
        if keep_unasked && !field.asked && !target.contains_key(field.name) {
            target.extend(had.map(|had| (field.name.to_owned(), had.clone())));
            continue;
        }
        match (&field.shape, target.get_mut(field.name)) {
            (Shape::Group(_), Some(Value::Object(group))) => {
                let none = Map::new();
                let had = had.and_then(Value::as_object).unwrap_or(&none);
                settle(field.shape.inner(), had, group, keep_unasked, ids);
            }
            (Shape::List { .. }, Some(Value::Array(items))) => {
                let had = had.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                settle_items(field.shape.inner(), had, items, keep_unasked, ids);
            }
            _ => {}
        }
    }
}

fn settle_items(fields: Fields, had: &[Value], items: &mut [Value], keep_unasked: bool, ids: &mut Ids) {
    let brought = |items: &[Value], id: &Value| items.iter().any(|item| item["id"] == *id);
    for at in 0..items.len() {
        if items[at]["id"].is_null() {
            let bare = without_ids(&items[at]);
            let same = had.iter().find(|had| without_ids(had) == bare && !brought(items, &had["id"]));
            if let Some(same) = same {
                items[at] = same.clone();
                continue;
            }
        }
        let none = Map::new();
        let before = had.iter().find(|had| had["id"] == items[at]["id"]).and_then(Value::as_object).unwrap_or(&none);
        let Some(item) = items[at].as_object_mut() else { continue };
        item.entry("id").or_insert_with(|| ids.next().into());
        settle(fields, before, item, keep_unasked, ids);
    }
}

/// The value without the ids of items in it, at any depth.
pub(super) fn without_ids(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let bare = fields.iter().filter(|(name, _)| *name != "id");
            Value::Object(bare.map(|(name, value)| (name.clone(), without_ids(value))).collect())
        }
        Value::Array(items) => items.iter().map(without_ids).collect(),
        single => single.clone(),
    }
}
