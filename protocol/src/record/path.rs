//! Places in a record as people write them: `title`, `confirmed.at`, `steps[2].text`, `contacts[2].phones[1].number`.
//! Items are counted from one; a new item is one past the last. An item's id may stand in the brackets instead.

use super::shape::{Field, Fields, Shape};
use super::validate::within;
use super::wrong::{Problem, Wrong, closest, shortened};
use serde_json::{Map, Value};

/// The first step of a path: a field, perhaps one of its items, and the rest of the path.
struct Step<'a> {
    field: &'static Field,
    item: Option<&'a str>,
    rest: Option<&'a str>,
}

fn step<'a>(fields: Fields, path: &'a str) -> Result<Step<'a>, Wrong> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let (name, item) = match first.strip_suffix(']').and_then(|first| first.split_once('[')) {
        Some((name, item)) => (name, Some(item)),
        None => (first, None),
    };
    let none = || Wrong::NoSuchField { closest: closest(name, fields.iter().map(|field| field.name)) };
    let field = fields.find(name).ok_or_else(none)?;
    let fits = match &field.shape {
        Shape::List { .. } => item.is_some() || rest.is_none(),
        Shape::Group(_) => item.is_none(),
        _ => item.is_none() && rest.is_none(),
    };
    if fits { Ok(Step { field, item, rest }) } else { Err(Wrong::NoSuchField { closest: Some(name.to_owned()) }) }
}

/// What stands at a path: a field, or one item of a list.
pub(super) enum Place {
    Field(&'static Field),
    Item(&'static Field),
}

/// What a path leads to.
pub(super) fn find(fields: Fields, path: &str) -> Result<Place, Problem> {
    let step = step(fields, path).map_err(|what| Problem::new(shortened(path), what))?;
    match (step.rest, step.item) {
        (None, None) => Ok(Place::Field(step.field)),
        (None, Some(_)) => Ok(Place::Item(step.field)),
        (Some(rest), _) => find(step.field.shape.inner(), rest).map_err(|problem| {
            Problem::new(within(&path[..path.len() - rest.len() - 1], &problem.field), problem.what)
        }),
    }
}

/// Puts a value at a path; null clears what stands there. Answers the flat key of the place, unless it is a new item.
pub(super) fn set(
    fields: Fields,
    object: &mut Map<String, Value>,
    path: &str,
    value: Value,
) -> Result<Option<String>, Problem> {
    put(fields, object, path, value).map_err(|what| Problem::new(shortened(path), what))
}

fn put(fields: Fields, object: &mut Map<String, Value>, path: &str, value: Value) -> Result<Option<String>, Wrong> {
    let Step { field, item, rest } = step(fields, path)?;
    let key = field.name.to_owned();
    let Some(item) = item else {
        let Some(rest) = rest else {
            if value.is_null() {
                object.remove(&key)
            } else {
                object.insert(key.clone(), value)
            };
            return Ok(Some(key));
        };
        let group = object.entry(key.clone()).or_insert_with(|| Map::new().into());
        let group = group.as_object_mut().ok_or(Wrong::NotA("a group of fields"))?;
        let inside = put(field.shape.inner(), group, rest, value)?;
        return Ok(inside.map(|inside| format!("{key}/{inside}")));
    };
    let items = object.entry(key.clone()).or_insert_with(|| Vec::<Value>::new().into());
    let items = items.as_array_mut().ok_or(Wrong::NotA("a list of items"))?;
    let at = index(items, item).ok_or(Wrong::NoSuchItem)?;
    let id = items.get(at).and_then(|item| item["id"].as_str()).map(str::to_owned);
    let begins = id.as_ref().map(|id| format!("{key}/{id}"));
    let Some(rest) = rest else {
        replace(items, at, id, value)?;
        return Ok(begins);
    };
    if at == items.len() {
        items.push(Map::new().into());
    }
    let inner = items[at].as_object_mut().ok_or(Wrong::NotA("an item with fields of its own"))?;
    let inside = put(field.shape.inner(), inner, rest, value)?;
    Ok(begins.zip(inside).map(|(begins, inside)| format!("{begins}/{inside}")))
}

/// The item with this number or id; one past the last for a new one.
fn index(items: &[Value], item: &str) -> Option<usize> {
    match item.parse::<usize>() {
        Ok(number) if item.len() <= 4 => number.checked_sub(1).filter(|at| *at <= items.len()),
        _ => items.iter().position(|other| other["id"] == item),
    }
}

fn replace(items: &mut Vec<Value>, at: usize, id: Option<String>, value: Value) -> Result<(), Wrong> {
    let Value::Object(mut fields) = value else {
        if !value.is_null() {
            return Err(Wrong::NotA("an item with fields of its own"));
        }
        if at == items.len() {
            return Err(Wrong::NoSuchItem);
        }
        items.remove(at);
        return Ok(());
    };
    if let Some(id) = id {
        fields.insert("id".to_owned(), id.into());
    }
    if at == items.len() {
        items.push(fields.into())
    } else {
        items[at] = fields.into()
    }
    Ok(())
}
