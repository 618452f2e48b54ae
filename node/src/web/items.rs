//! Items of lists in a form: added, taken out and moved by buttons that send the form back to itself, so that no script is
//! needed. Everything about an item moves with it: what is typed, what stood there, and which item of the record it is.

use protocol::record::{self, Field, Fields, Kind, Problem, Shape};
use serde_json::{Map, Value};

use super::form::{Cells, item_of};

/// The buttons of an item.
#[derive(Debug)]
pub(super) struct Tools {
    /// The item's place: `steps[2]`.
    pub(super) at: String,
    /// The list, to come back to.
    pub(super) list: String,
    pub(super) is_first: bool,
    pub(super) is_last: bool,
    /// Whether the reader moved it just now.
    pub(super) focus: bool,
}

/// Where on the page a list stands, for an address.
pub(super) fn place(list: &str) -> String {
    format!("#l-{}", list.replace('[', "%5B").replace(']', "%5D"))
}

/// What a button of a list asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Add,
    Remove,
    Up,
    Down,
}

/// Does what a button says (`up:steps[2]`, `add:steps`) to everything that stands in a form. Answers where the reader
/// goes on; nothing where the button is none of a list's.
pub(super) fn rearrange(button: &str, all: &mut [&mut Cells]) -> Option<String> {
    let (deed, at) = button.split_once(':')?;
    let deed = match deed {
        "add" => Deed::Add,
        "remove" => Deed::Remove,
        "up" => Deed::Up,
        "down" => Deed::Down,
        _ => return None,
    };
    if deed == Deed::Add {
        let last = all.iter().flat_map(|cells| cells.keys()).filter_map(|path| item_of(path, at)).max().unwrap_or(0);
        let typed = all.first_mut()?;
        typed.insert(format!("{at}[{}].{NEW}", last.saturating_add(1)), String::new());
        return Some(format!("{at}[{}]", last.saturating_add(1)));
    }
    let (list, number) = at.strip_suffix(']')?.rsplit_once('[')?;
    let number: usize = number.parse().ok()?;
    let to = |n: usize| match deed {
        Deed::Remove if n == number => None,
        Deed::Remove if n > number => Some(n - 1),
        Deed::Up if n == number => Some(n.saturating_sub(1).max(1)),
        Deed::Up if n + 1 == number => Some(n + 1),
        Deed::Down if n == number => n.checked_add(1),
        Deed::Down if number.checked_add(1) == Some(n) => Some(n - 1),
        _ => Some(n),
    };
    for cells in all.iter_mut() {
        renumber(cells, list, to);
    }
    Some(match deed {
        Deed::Up | Deed::Down => format!("{list}[{}]", to(number).unwrap_or(number)),
        _ => list.to_owned(),
    })
}

/// What stands in the name of a cell that only says that its item is there.
pub(super) const NEW: &str = "new";

fn renumber(cells: &mut Cells, list: &str, to: impl Fn(usize) -> Option<usize>) {
    let moved = std::mem::take(cells).into_iter().filter_map(|(path, text)| {
        let Some(number) = item_of(&path, list) else { return Some((path, text)) };
        let rest = path[list.len() + 1..].split_once(']').map_or("", |(_, rest)| rest);
        Some((format!("{list}[{}]{rest}", to(number)?), text))
    });
    *cells = moved.collect();
}

/// The ids of a record's items, each at its place, and for each list their order.
pub(super) fn of_record(kind: &Kind, fields: &Value) -> (Cells, Cells) {
    let (mut ids, mut orders) = (Cells::new(), Cells::new());
    gather(kind.fields(), fields, "", &mut ids, &mut orders);
    (ids, orders)
}

fn gather(fields: Fields, value: &Value, at: &str, ids: &mut Cells, orders: &mut Cells) {
    for field in fields.iter().filter(|field| field.asked) {
        let path = if at.is_empty() { field.name.to_owned() } else { format!("{at}.{}", field.name) };
        match (&field.shape, &value[field.name]) {
            (Shape::Group(_), group @ Value::Object(_)) => gather(field.shape.inner(), group, &path, ids, orders),
            (Shape::List { .. }, Value::Array(items)) => {
                let mut order = vec![];
                for (index, item) in items.iter().enumerate() {
                    let (id, at) = (item["id"].as_str().unwrap_or_default(), format!("{path}[{}]", index + 1));
                    ids.insert(at.clone(), id.to_owned());
                    order.push(id);
                    gather(field.shape.inner(), item, &at, ids, orders);
                }
                orders.insert(path, order.join(" "));
            }
            _ => {}
        }
    }
}

/// The lists of a record whose items were moved or taken out, or got a new one among them: by the name of their field.
pub(super) fn rearranged(typed: &Cells, ids: &Cells, orders: &Cells) -> Vec<String> {
    let mut found: Vec<String> = vec![];
    for (list, order) in orders {
        let last = ids.keys().chain(typed.keys()).filter_map(|path| item_of(path, list)).max().unwrap_or(0);
        let (mut now, mut new_before, mut new) = (vec![], false, false);
        for number in 1..=last.min(MOST) {
            let at = format!("{list}[{number}]");
            match ids.get(&at) {
                Some(id) => {
                    new_before |= new;
                    now.push(id.as_str());
                }
                None => new |= is_filled(typed, &at),
            }
        }
        let field = list.split(['[', '.']).next().unwrap_or_default().to_owned();
        if (now.join(" ") != *order || new_before) && !found.contains(&field) {
            found.push(field);
        }
    }
    found
}

/// Items looked at in one list: more than any kind allows.
const MOST: usize = 1_000;

fn is_filled(typed: &Cells, at: &str) -> bool {
    let mut inside = typed.iter().filter(|(path, _)| path.strip_prefix(at).is_some_and(|rest| rest.starts_with('.')));
    inside.any(|(_, text)| !text.trim().is_empty())
}

/// A whole list as it stands in a form. Items that the record has keep their ids, and what forms do not ask of them.
pub(super) fn whole(kind: &Kind, field: &Field, typed: &Cells, ids: &Cells, had: &Value) -> (Value, Vec<Problem>) {
    let inside = |path: &str| path.split(['[', '.']).next() == Some(field.name);
    let cells = typed.iter().filter(|(path, text)| inside(path) && !text.trim().is_empty());
    let (mut record, mut problems) = record::from_cells(kind, cells.map(|(path, text)| (path.as_str(), text.as_str())));
    problems.retain(|problem| inside(&problem.field));
    let mut value = record.get_mut(field.name).map(Value::take).unwrap_or_default();
    keep_ids(field, field.name, &mut value, typed, ids, had);
    (value, problems)
}

fn keep_ids(field: &Field, list: &str, value: &mut Value, typed: &Cells, ids: &Cells, had: &Value) {
    let last = typed.keys().filter_map(|path| item_of(path, list)).max().unwrap_or(0).min(MOST);
    let filled = (1..=last).map(|number| format!("{list}[{number}]")).filter(|at| is_filled(typed, at));
    let Value::Array(items) = value else { return };
    for (at, item) in filled.zip(items) {
        let Some(item) = item.as_object_mut() else { continue };
        let none = Value::Null;
        let mut before = &none;
        if let Some(id) = ids.get(&at) {
            item.insert("id".into(), id.as_str().into());
            before = had.as_array().and_then(|all| all.iter().find(|one| one["id"] == **id)).unwrap_or(&none);
        }
        keep_inside(field.shape.inner(), &at, item, typed, ids, before);
    }
}

fn keep_inside(fields: Fields, at: &str, item: &mut Map<String, Value>, typed: &Cells, ids: &Cells, before: &Value) {
    for inner in fields.iter() {
        if !inner.asked
            && let Some(kept) = before.get(inner.name)
        {
            item.insert(inner.name.to_owned(), kept.clone());
        }
        if let (Shape::List { .. }, Some(list)) = (&inner.shape, item.get_mut(inner.name)) {
            keep_ids(inner, &format!("{at}.{}", inner.name), list, typed, ids, &before[inner.name]);
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::kinds;
    use serde_json::json;

    use super::*;

    fn steps() -> (Cells, Cells, Cells) {
        let fields =
            json!({"steps": [{"id": "a", "text": "One"}, {"id": "b", "text": "Two"}, {"id": "c", "text": "Three"}]});
        let kind = kinds::kind("practice").unwrap();
        let (ids, orders) = of_record(kind, &fields);
        (super::super::form::cells_of(kind, &fields), ids, orders)
    }

    fn now(typed: &Cells, ids: &Cells) -> Value {
        let kind = kinds::kind("practice").unwrap();
        whole(kind, kind.field("steps").unwrap(), typed, ids, &Value::Null).0
    }

    #[test]
    fn items_are_moved_with_all_that_is_theirs() {
        let (mut typed, mut ids, orders) = steps();
        assert!(rearranged(&typed, &ids, &orders).is_empty());
        assert_eq!(rearrange("up:steps[3]", &mut [&mut typed, &mut ids]).unwrap(), "steps[2]");
        assert_eq!((typed["steps[2].text"].as_str(), ids["steps[2]"].as_str()), ("Three", "c"));
        assert_eq!(rearranged(&typed, &ids, &orders), ["steps"]);
        rearrange("up:steps[1]", &mut [&mut typed, &mut ids]);
        assert_eq!(rearrange("remove:steps[1]", &mut [&mut typed, &mut ids]).unwrap(), "steps");
        assert_eq!(rearrange("add:steps", &mut [&mut typed, &mut ids]).unwrap(), "steps[3]");
        typed.insert("steps[3].text".into(), "Four".into());
        let said = json!([{"id": "c", "text": "Three"}, {"id": "b", "text": "Two"}, {"text": "Four"}]);
        assert_eq!(now(&typed, &ids), said);
        rearrange("down:steps[2]", &mut [&mut typed, &mut ids]);
        assert_eq!(now(&typed, &ids)[1], json!({"text": "Four"}));
    }

    #[test]
    fn what_is_typed_at_the_end_moves_nothing() {
        let (mut typed, ids, orders) = steps();
        typed.insert("steps[4].text".into(), "Four".into());
        typed.insert("steps[2].text".into(), String::new());
        assert!(rearranged(&typed, &ids, &orders).is_empty());
    }

    #[test]
    fn buttons_that_make_no_sense_do_nothing() {
        let (mut typed, mut ids, _) = steps();
        let before = typed.clone();
        for button in ["save", "up:", "up:steps", "up:steps[x]", "down:steps[18446744073709551615]", "eat:steps[1]"] {
            rearrange(button, &mut [&mut typed, &mut ids]);
            assert_eq!(typed, before, "{button}");
        }
        rearrange("up:steps[0]", &mut [&mut typed, &mut ids]);
        assert_eq!(typed.len(), 3);
    }

    #[test]
    fn lists_within_items_keep_their_ids() {
        let kind = kinds::kind("practice").unwrap();
        let fields =
            json!({"contacts": [{"id": "x", "name": "Desk", "phones": [{"id": "p", "number": "207-555-0123"}]}]});
        let (mut ids, orders) = of_record(kind, &fields);
        let mut typed = super::super::form::cells_of(kind, &fields);
        rearrange("add:contacts[1].phones", &mut [&mut typed, &mut ids]);
        typed.insert("contacts[1].phones[2].number".into(), "207-555-0199".into());
        rearrange("up:contacts[1].phones[2]", &mut [&mut typed, &mut ids]);
        assert_eq!(rearranged(&typed, &ids, &orders), ["contacts"]);
        let field = kind.field("contacts").unwrap();
        let (value, wrong) = whole(kind, field, &typed, &ids, &fields["contacts"]);
        assert!(wrong.is_empty(), "{wrong:?}");
        assert_eq!((&value[0]["id"], &value[0]["phones"][1]["id"]), (&json!("x"), &json!("p")));
        assert_eq!(value[0]["phones"][0]["number"], "207-555-0199");
    }
}
