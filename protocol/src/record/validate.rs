//! Whether a value is a record of its kind, and the one form in which it is kept.
//!
//! One walk gives both, so that what was accepted is what is written.

use super::shape::{Field, Fields, Kind, Needed, Rule, Shape};
use super::spelling::spell;
use super::wrong::{Problem, Wrong, closest, shortened};
use serde_json::{Map, Value};
use std::cmp::Ordering;

/// The most characters of all texts of a record together. One edit may carry 100,000 operations and 256 KiB
/// (protocol.md, section 3); replacing every character costs two operations, and a character takes up to four bytes.
pub const RECORD_CHARACTERS: usize = 40_000;

/// What must be put right before this can be saved as a record of this kind.
pub fn problems(kind: &Kind, value: &Value) -> Vec<Problem> {
    normal(kind, value).1
}

/// What must be put right before the record may leave its node: what saving asks for, and what others rely on.
pub fn problems_to_share(kind: &Kind, value: &Value) -> Vec<Problem> {
    walk(kind, value, Needed::ToShare).1
}

/// The value in the one form it is kept in, and what is wrong with it. What could not be read at all is left out.
pub(super) fn normal(kind: &Kind, value: &Value) -> (Map<String, Value>, Vec<Problem>) {
    walk(kind, value, Needed::ToSave)
}

fn walk(kind: &Kind, value: &Value, asked: Needed) -> (Map<String, Value>, Vec<Problem>) {
    let mut walk = Walk { asked, problems: Vec::new(), characters: 0 };
    let Some(given) = value.as_object() else {
        walk.wrong("", Wrong::NotA("an object with the fields of the record"));
        return (Map::new(), walk.problems);
    };
    let normal = walk.object(kind.fields(), given, "", false);
    for rule in kind.rules {
        walk.rule(kind, *rule, &normal);
    }
    if walk.characters > RECORD_CHARACTERS {
        walk.wrong("", Wrong::RecordTooLong { length: walk.characters, most: RECORD_CHARACTERS });
    }
    (normal, walk.problems)
}

/// Where a field stands, as people write it.
pub(super) fn within(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

/// Whether this can be the id of a list's item: what we make, and what HSDS files bring.
pub(super) fn is_item_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

struct Walk {
    asked: Needed,
    problems: Vec<Problem>,
    characters: usize,
}

impl Walk {
    fn wrong(&mut self, at: impl Into<String>, what: Wrong) {
        self.problems.push(Problem::new(at, what));
    }

    fn object(&mut self, fields: Fields, given: &Map<String, Value>, at: &str, is_item: bool) -> Map<String, Value> {
        for name in given.keys() {
            if fields.find(name).is_none() && !(is_item && name == "id") {
                let closest = closest(name, fields.iter().map(|field| field.name));
                self.wrong(within(at, &shortened(name)), Wrong::NoSuchField { closest });
            }
        }
        let mut normal = Map::new();
        for field in fields.iter() {
            let at = within(at, field.name);
            let before = self.problems.len();
            let value = given.get(field.name).and_then(|value| self.value(&field.shape, value, &at));
            match value {
                Some(value) => _ = normal.insert(field.name.to_owned(), value),
                None if self.problems.len() > before => {}
                None if field.needed == Needed::ToSave => self.wrong(at, Wrong::Missing),
                None if field.needed == Needed::ToShare && self.asked == Needed::ToShare => {
                    self.wrong(at, Wrong::MissingToShare);
                }
                None => {}
            }
        }
        normal
    }

    /// The value in its one form; nothing where it is empty, or so wrong that it cannot be kept.
    fn value(&mut self, shape: &Shape, value: &Value, at: &str) -> Option<Value> {
        if value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty()) {
            return None;
        }
        match shape {
            Shape::Set { of, most } => self.set(of, *most, value, at),
            Shape::List { most, .. } => self.list(shape.inner(), *most, value, at),
            Shape::Group(_) => {
                let Some(given) = value.as_object() else {
                    self.wrong(at, Wrong::NotA("a group of fields"));
                    return None;
                };
                if given.values().all(is_empty) {
                    return None;
                }
                let group = self.object(shape.inner(), given, at, false);
                (!group.is_empty()).then_some(Value::Object(group))
            }
            _ => self.single(shape, value, at),
        }
    }

    fn single(&mut self, shape: &Shape, value: &Value, at: &str) -> Option<Value> {
        match spell(shape, value) {
            Ok(value) => {
                let length = value.as_str().map_or(0, |text| text.chars().count());
                self.characters += length;
                if let Shape::Line { most } | Shape::Lines { most } | Shape::Prose { most } = shape
                    && length > *most
                {
                    self.wrong(at, Wrong::TooLong { length, most: *most });
                }
                Some(value)
            }
            Err(what) => {
                self.wrong(at, what);
                None
            }
        }
    }

    fn set(&mut self, of: &Shape, most: usize, value: &Value, at: &str) -> Option<Value> {
        let Some(given) = value.as_array() else {
            self.wrong(at, Wrong::NotA("a list of values"));
            return None;
        };
        let mut members: Vec<String> = Vec::new();
        for (index, member) in given.iter().enumerate() {
            let spelled = self.value(of, member, &format!("{at}[{}]", index + 1));
            members.extend(spelled.as_ref().and_then(Value::as_str).map(str::to_owned));
        }
        members.sort_unstable();
        members.dedup();
        self.count(members.len(), most, at);
        (!members.is_empty()).then(|| members.into())
    }

    fn list(&mut self, fields: Fields, most: usize, value: &Value, at: &str) -> Option<Value> {
        let Some(given) = value.as_array() else {
            self.wrong(at, Wrong::NotA("a list of items"));
            return None;
        };
        let mut items: Vec<Value> = Vec::new();
        for (index, item) in given.iter().enumerate() {
            items.extend(self.item(fields, item, &items, &format!("{at}[{}]", index + 1)));
        }
        self.count(items.len(), most, at);
        (!items.is_empty()).then_some(Value::Array(items))
    }

    fn item(&mut self, fields: Fields, item: &Value, others: &[Value], at: &str) -> Option<Value> {
        if item.is_null() {
            return None;
        }
        let Some(given) = item.as_object() else {
            self.wrong(at, Wrong::NotA("an item with fields of its own"));
            return None;
        };
        if given.iter().all(|(name, value)| name == "id" || is_empty(value)) {
            return None;
        }
        let mut normal = self.object(fields, given, at, true);
        if normal.is_empty() {
            return None;
        }
        match given.get("id").filter(|id| !is_empty(id)) {
            None => {}
            Some(Value::String(id)) if is_item_id(id) => {
                if others.iter().any(|other| other["id"] == id.as_str()) {
                    self.wrong(at, Wrong::SameIdTwice(id.clone()));
                }
                normal.insert("id".to_owned(), id.as_str().into());
            }
            Some(other) => {
                let given = other.as_str().map_or_else(|| other.to_string(), str::to_owned);
                self.wrong(within(at, "id"), Wrong::misspelled(&given, "the id of an item", "the id it was read with"));
            }
        }
        Some(Value::Object(normal))
    }

    fn count(&mut self, count: usize, most: usize, at: &str) {
        if count > most {
            self.wrong(at, Wrong::TooMany { count, most });
        }
    }

    fn rule(&mut self, kind: &Kind, rule: Rule, normal: &Map<String, Value>) {
        let label = |name: &'static str| kind.field(name).map_or(name, |field: &Field| field.label);
        match rule {
            Rule::InOrder(first, second) => {
                if let (Some(start), Some(end)) = (normal.get(first), normal.get(second))
                    && compare(end, start) == Some(Ordering::Less)
                {
                    self.wrong(second, Wrong::BeforeItsStart(label(first)));
                }
            }
            Rule::With(first, second) => {
                // What was given but written wrongly has been told already.
                let told = self.problems.iter().any(|problem| problem.field == second);
                if normal.contains_key(first) && !normal.contains_key(second) && !told {
                    self.wrong(second, Wrong::NeededWith(label(first)));
                }
            }
        }
    }
}

/// Days and times are written so that their letters sort like themselves.
fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

/// Whether nothing was written here: what a form sends for fields that were left alone.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.iter().all(is_empty),
        Value::Object(fields) => fields.values().all(is_empty),
        _ => false,
    }
}
