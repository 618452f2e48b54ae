//! How a record lies in its document: a flat map of keys.
//!
//! A single value is at `field`; inside a group at `group/field`; a member of a set is `field/<value>` = true; an item's
//! field is `list/<item id>/field`, with the item's place in `list/<item id>/order`; and so on inwards. Flat keys merge
//! key by key, and nobody's container can hide another's: the only containers are the texts, and the creator makes those.

use super::order;
use super::shape::{Fields, Kind, Shape};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What stands at one key.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Leaf {
    /// A text, a number, yes or no: replaced as a whole.
    Single(Value),
    /// Prose, which merges inside.
    Prose(String),
}

/// A record as flat keys.
#[derive(Debug, Default)]
pub(super) struct Flat {
    /// What stands where.
    pub(super) leaves: BTreeMap<String, Leaf>,
    /// The beginnings of the keys of each item, ending in a slash.
    pub(super) items: BTreeSet<String>,
}

/// A record's value, whose items all have ids, as flat keys. Items keep the places they have; only those that are new or
/// were moved get new ones. Prose is there even where it is empty.
pub(super) fn flatten(kind: &Kind, value: &Map<String, Value>, places: &BTreeMap<String, i64>) -> Flat {
    let mut flat = Flat::default();
    flat.object(kind.fields(), Some(value), "", places);
    flat
}

impl Flat {
    fn object(&mut self, fields: Fields, value: Option<&Map<String, Value>>, at: &str, places: &BTreeMap<String, i64>) {
        for field in fields.iter() {
            let key = format!("{at}{}", field.name);
            let value = value.and_then(|value| value.get(field.name));
            match (&field.shape, value) {
                (Shape::Prose { .. }, value) => {
                    let text = value.and_then(Value::as_str).unwrap_or_default();
                    self.leaves.insert(key, Leaf::Prose(text.to_owned()));
                }
                (Shape::Group(_), value) => {
                    self.object(field.shape.inner(), value.and_then(Value::as_object), &format!("{key}/"), places);
                }
                (_, None) => {}
                (Shape::Set { .. }, Some(members)) => {
                    for member in members.as_array().into_iter().flatten().filter_map(Value::as_str) {
                        self.leaves.insert(format!("{key}/{member}"), Leaf::Single(true.into()));
                    }
                }
                (Shape::List { .. }, Some(items)) => self.list(field.shape.inner(), items, &key, places),
                (_, Some(single)) => _ = self.leaves.insert(key, Leaf::Single(single.clone())),
            }
        }
    }

    fn list(&mut self, fields: Fields, items: &Value, key: &str, places: &BTreeMap<String, i64>) {
        let items: Vec<(&str, &Map<String, Value>)> = items
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|item| Some((item["id"].as_str()?, item.as_object()?)))
            .collect();
        let had: Vec<_> =
            items.iter().map(|(id, _)| (places.get(&format!("{key}/{id}/order")).copied(), *id)).collect();
        for ((id, item), place) in items.iter().zip(order::places(&had)) {
            let at = format!("{key}/{id}/");
            self.leaves.insert(format!("{at}order"), Leaf::Single(place.into()));
            self.object(fields, Some(item), &at, places);
            self.items.insert(at);
        }
    }
}
