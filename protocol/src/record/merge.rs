//! What an import would change in a record: the fields its source speaks of, and no others.

use super::cells::split_number;
use super::items::without_ids;
use super::path;
use super::shape::{Kind, Shape};
use super::validate::normal;
use super::wrong::Problem;
use serde_json::{Map, Value};

/// The most items that a path makes room for: no list of ours takes more.
const ITEMS: usize = 100;

/// The fields of a record that become something else when these are given, each with what it becomes; and what is wrong
/// with them. A new record has nothing yet.
///
/// Each value stands at its path, as people write it; null clears. A path into a list speaks of that item alone, and
/// items left empty fall out; a whole list is the whole list, but an item that brings the id of one that is there keeps
/// what is not spoken of.
pub fn merge(kind: &Kind, current: Option<&Value>, given: &[(String, Value)]) -> (Vec<(String, Value)>, Vec<Problem>) {
    let (had, had_wrong) = current.map(|current| normal(kind, current)).unwrap_or_default();
    let current = current.and_then(Value::as_object).cloned().unwrap_or_default();
    let (target, mut problems) = laid_over(kind, current, given);
    let (target, wrong) = normal(kind, &Value::Object(target));
    // What was wrong elsewhere before is not this import's to put right.
    problems.extend(wrong.into_iter().filter(|problem| !had_wrong.contains(problem) || is_given(problem, given)));
    let bare = |fields: &Map<String, Value>, name| fields.get(name).map(without_ids);
    let changed = kind.fields().iter().filter(|field| bare(&had, field.name) != bare(&target, field.name));
    let changed = changed.map(|field| (field.name.to_owned(), target.get(field.name).cloned().unwrap_or_default()));
    (changed.collect(), problems)
}

fn is_given(problem: &Problem, given: &[(String, Value)]) -> bool {
    let first = |path: &str| path.split(['.', '[']).next().unwrap_or_default().to_owned();
    given.iter().any(|(path, _)| first(path) == first(&problem.field))
}

/// What is there with what is given laid over it.
fn laid_over(
    kind: &Kind,
    current: Map<String, Value>,
    given: &[(String, Value)],
) -> (Map<String, Value>, Vec<Problem>) {
    let (mut target, mut wrong) = (current, Vec::new());
    for (path, value) in given {
        let done = path::find(kind.fields(), path).and_then(|_| {
            if value.is_null() && !is_there(&target, path) {
                return Ok(None);
            }
            make_room(&mut target, path);
            let value = match kind.field(path) {
                Some(field) => kept_in(&field.shape, target.get(path.as_str()), value.clone()),
                None => value.clone(),
            };
            path::set(kind.fields(), &mut target, path, value)
        });
        if let Err(problem) = done {
            wrong.push(Problem { field: path.clone(), what: problem.what });
        }
    }
    (target, wrong)
}

/// Empty items up to the one that a path names; those that stay empty fall out.
fn make_room(object: &mut Map<String, Value>, path: &str) {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let inner = match (split_number(first), rest) {
        (Some((name, number)), _) if number <= ITEMS => {
            let items = object.entry(name).or_insert_with(|| Vec::<Value>::new().into()).as_array_mut();
            items.and_then(|items| {
                items.resize_with(items.len().max(number), || Map::new().into());
                items.get_mut(number.checked_sub(1)?)
            })
        }
        (None, Some(_)) => object.get_mut(first),
        _ => None,
    };
    if let (Some(Value::Object(inner)), Some(rest)) = (inner, rest) {
        make_room(inner, rest);
    }
}

/// Whether something stands at a path whose items have numbers.
fn is_there(object: &Map<String, Value>, path: &str) -> bool {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let found = match split_number(first) {
        Some((name, number)) => object.get(name).and_then(|items| items.get(number.checked_sub(1)?)),
        None => object.get(first),
    };
    match (found, rest) {
        (Some(_), None) => true,
        (Some(Value::Object(inner)), Some(rest)) => is_there(inner, rest),
        _ => false,
    }
}

/// The given value with what it does not speak of kept: fields of groups, and of items that bring their id.
fn kept_in(shape: &Shape, had: Option<&Value>, given: Value) -> Value {
    match (shape, had, given) {
        (Shape::Group(_), Some(Value::Object(had)), Value::Object(given)) => together(shape, had, given).into(),
        (Shape::List { .. }, Some(Value::Array(had)), Value::Array(given)) => {
            let same = |item: &Value| had.iter().find(|had| !had["id"].is_null() && had["id"] == item["id"]);
            let item = |item: Value| match (same(&item).and_then(Value::as_object), item) {
                (Some(had), Value::Object(item)) => together(shape, had, item).into(),
                (_, item) => item,
            };
            given.into_iter().map(item).collect()
        }
        (_, _, given) => given,
    }
}

fn together(shape: &Shape, had: &Map<String, Value>, mut given: Map<String, Value>) -> Map<String, Value> {
    for field in shape.inner().iter() {
        let before = had.get(field.name);
        let now = match given.remove(field.name) {
            Some(value) => Some(kept_in(&field.shape, before, value)),
            None => before.cloned(),
        };
        given.extend(now.map(|value| (field.name.to_owned(), value)));
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::kind;
    use serde_json::json;

    fn changes(current: Value, given: &[(&str, Value)]) -> Value {
        let given: Vec<_> = given.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect();
        let (changed, problems) = merge(kind("service").unwrap(), Some(&current), &given);
        assert!(problems.is_empty(), "{problems:?}");
        Value::Object(changed.into_iter().collect())
    }

    fn pantry() -> Value {
        json!({"name": "Pantry", "status": "active", "topics": ["food", "home"], "email": "a@b.org",
            "phones": [{"id": "p1", "number": "207-555-0100", "extension": "4"}, {"id": "p2", "number": "211"}]})
    }

    #[test]
    fn the_same_again_changes_nothing_and_silence_clears_nothing() {
        assert_eq!(changes(pantry(), &[]), json!({}));
        let same =
            [("name", json!(" Pantry ")), ("topics", json!(["home", "food"])), ("phones[2].number", json!("211"))];
        assert_eq!(changes(pantry(), &same), json!({}));
        let phones = json!([{"number": "207-555-0100", "extension": "4"}, {"id": "p2", "number": "211"}]);
        assert_eq!(changes(pantry(), &[("phones", phones)]), json!({}));
    }

    #[test]
    fn a_cell_changes_its_own_place_and_an_empty_one_clears_it() {
        let changed = changes(pantry(), &[("phones[1].number", json!("207-555-0199")), ("email", Value::Null)]);
        let first = json!({"id": "p1", "number": "207-555-0199", "extension": "4"});
        assert_eq!(changed, json!({"email": null, "phones": [first, {"id": "p2", "number": "211"}]}));
        let changed = changes(pantry(), &[("phones[2].number", Value::Null), ("phones[3].number", Value::Null)]);
        assert_eq!(changed, json!({"phones": [{"id": "p1", "number": "207-555-0100", "extension": "4"}]}));
    }

    #[test]
    fn a_gap_between_items_closes() {
        let given = [("phones[1].number", Value::Null), ("phones[3].number", json!("211"))];
        assert_eq!(changes(json!({"name": "P", "status": "active"}), &given), json!({"phones": [{"number": "211"}]}));
    }

    #[test]
    fn a_known_item_keeps_what_the_source_does_not_speak_of() {
        let given = [("phones", json!([{"id": "p1", "number": "207-555-0199"}]))];
        let first = json!({"id": "p1", "number": "207-555-0199", "extension": "4"});
        assert_eq!(changes(pantry(), &given), json!({"phones": [first]}));
    }

    #[test]
    fn what_is_wrong_is_named_where_it_was_given() {
        let service = kind("service").unwrap();
        let given = [("phones[7].numbr".to_owned(), json!("1")), ("status".to_owned(), json!("closed"))];
        let (_, problems) = merge(service, None, &given);
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["phones[7].numbr", "name", "status"]);
        let given = [("email".to_owned(), json!("a@b.org"))];
        let (changed, problems) = merge(service, Some(&json!({"name": "P"})), &given);
        assert_eq!((changed.len(), problems), (1, vec![]), "that the status is missing was so before");
    }
}
