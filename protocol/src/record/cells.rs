//! Records as plain text, one field a cell: the command line's `field=value` and the columns of a spreadsheet.

use super::path::{self, Place};
use super::shape::{Fields, Kind, Shape};
use super::validate::{problems, within};
use super::wrong::{Problem, Wrong};
use serde_json::{Map, Value};

/// The value somebody wrote as text for the field at this path: `topics=a,b`, `steps[2].text=…`. Empty text clears. A
/// list takes one line an item, for the first field of the item; lists, items and groups also take JSON.
pub fn parse_field(kind: &Kind, path: &str, text: &str) -> Result<Value, Problem> {
    let value = match path::find(kind.fields(), path)? {
        Place::Field(field) => parse(&field.shape, text),
        Place::Item(list) => parse(&Shape::Group(inner(&list.shape)), text),
    };
    value.map_err(|what| Problem { field: path.to_owned(), what })
}

fn inner(shape: &Shape) -> &'static [super::Field] {
    match shape {
        Shape::List { of, .. } => of,
        _ => &[],
    }
}

fn parse(shape: &Shape, text: &str) -> Result<Value, Wrong> {
    let plain = text.trim();
    if plain.is_empty() {
        return Ok(Value::Null);
    }
    let number = || plain.parse::<i64>().map(Value::from).or_else(|_| plain.parse::<f64>().map(Value::from));
    let value = match shape {
        Shape::Whole { .. } => number().map_err(|_| Wrong::NotA("a whole number"))?,
        Shape::Decimal { .. } => number().map_err(|_| Wrong::NotA("a number"))?,
        Shape::YesNo => match plain.to_lowercase().as_str() {
            "yes" | "y" | "true" | "1" | "x" => true.into(),
            "no" | "n" | "false" | "0" => false.into(),
            _ => return Err(Wrong::NotA("yes or no")),
        },
        Shape::Choice(choices) => {
            let meant = choices.iter().find(|choice| {
                choice.value.eq_ignore_ascii_case(plain) || choice.label.to_lowercase() == plain.to_lowercase()
            });
            meant.map_or(plain, |choice| choice.value).into()
        }
        Shape::Set { of, .. } => set(of, plain)?,
        Shape::List { .. } => list(shape.inner(), plain)?,
        Shape::Group(_) => json(plain).filter(Value::is_object).ok_or(Wrong::NotA("a group of fields, as JSON"))?,
        _ => return super::spelling::spell(shape, &text.into()),
    };
    match shape {
        Shape::Set { .. } | Shape::List { .. } | Shape::Group(_) => Ok(value),
        _ => super::spelling::spell(shape, &value),
    }
}

fn json(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

fn set(of: &Shape, text: &str) -> Result<Value, Wrong> {
    if let Some(members) = json(text).filter(Value::is_array) {
        return Ok(members);
    }
    members(text).into_iter().map(|member| parse(of, member)).collect()
}

/// Members stand between commas or lines; one that has a comma of its own stands in quotation marks.
fn members(text: &str) -> Vec<&str> {
    let (mut members, mut rest) = (vec![], text.trim_start());
    while !rest.is_empty() {
        let quoted = rest.strip_prefix('"').and_then(|rest| rest.split_once('"'));
        let quoted = quoted.filter(|(_, after)| after.trim_start_matches(' ').chars().next().is_none_or(is_between));
        let (member, after) = match quoted {
            Some((member, after)) => (member, after.trim_start_matches(' ')),
            None => rest.split_at(rest.find(is_between).unwrap_or(rest.len())),
        };
        members.extend(Some(member).filter(|member| !member.trim().is_empty()));
        rest = after.strip_prefix(is_between).unwrap_or(after).trim_start();
    }
    members
}

fn is_between(c: char) -> bool {
    [',', '\n', '\r'].contains(&c)
}

fn list(fields: Fields, text: &str) -> Result<Value, Wrong> {
    if let Some(items) = json(text).filter(Value::is_array) {
        return Ok(items);
    }
    let Some(first) = fields.iter().next() else { return Ok(Value::Null) };
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| Ok(Value::Object(Map::from_iter([(first.name.to_owned(), parse(&first.shape, line)?)])))).collect()
}

/// The columns of a spreadsheet for this kind, in the order of its form: what forms ask for, with one item of each list.
/// More items have columns of the same names with higher numbers.
pub fn columns(kind: &Kind) -> Vec<String> {
    let mut columns = Vec::new();
    column_names(kind.fields(), "", &mut columns);
    columns
}

fn column_names(fields: Fields, at: &str, columns: &mut Vec<String>) {
    for field in fields.iter().filter(|field| field.asked || field.name == "outside_id") {
        let at = within(at, field.name);
        match &field.shape {
            Shape::Group(_) => column_names(field.shape.inner(), &at, columns),
            Shape::List { .. } => column_names(field.shape.inner(), &format!("{at}[1]"), columns),
            _ => columns.push(at),
        }
    }
}

/// The record as cells: each path with its text, in the order of the form, empty fields left out.
pub fn cells(kind: &Kind, value: &Value) -> Vec<(String, String)> {
    filled(kind, value, joined)
}

/// The same for a form that people type in: where members have commas of their own, each stands in a line, and those in
/// quotation marks.
pub fn form_cells(kind: &Kind, value: &Value) -> Vec<(String, String)> {
    filled(kind, value, lined)
}

type Join = fn(&[Value]) -> String;

fn filled(kind: &Kind, value: &Value, join: Join) -> Vec<(String, String)> {
    let mut cells = Vec::new();
    if let Some(object) = value.as_object() {
        fill(kind.fields(), object, "", join, &mut cells);
    }
    cells
}

fn fill(fields: Fields, object: &Map<String, Value>, at: &str, join: Join, cells: &mut Vec<(String, String)>) {
    for field in fields.iter() {
        let at = within(at, field.name);
        match (&field.shape, object.get(field.name)) {
            (_, None | Some(Value::Null)) => {}
            (Shape::Group(_), Some(Value::Object(group))) => fill(field.shape.inner(), group, &at, join, cells),
            (Shape::List { .. }, Some(Value::Array(items))) => {
                for (index, item) in items.iter().enumerate() {
                    let Some(item) = item.as_object() else { continue };
                    fill(field.shape.inner(), item, &format!("{at}[{}]", index + 1), join, cells);
                }
            }
            (Shape::Set { .. }, Some(Value::Array(members))) => cells.push((at, join(members))),
            (_, Some(Value::Bool(yes))) => cells.push((at, if *yes { "yes" } else { "no" }.to_owned())),
            (_, Some(Value::String(text))) => cells.push((at, text.clone())),
            (_, Some(other)) => cells.push((at, other.to_string())),
        }
    }
}

/// The members with commas between them; as JSON where a member has a comma or a bracket of its own.
fn joined(members: &[Value]) -> String {
    let texts: Vec<&str> = members.iter().filter_map(Value::as_str).collect();
    if texts.iter().any(|text| text.contains([',', '[', '\n'])) {
        return Value::from(texts).to_string();
    }
    texts.join(", ")
}

fn lined(members: &[Value]) -> String {
    let texts: Vec<&str> = members.iter().filter_map(Value::as_str).collect();
    if texts.iter().any(|text| text.contains(['[', '\n', '"'])) || !texts.iter().any(|text| text.contains(',')) {
        return joined(members);
    }
    let quoted = |text: &&str| if text.contains(',') { format!("\"{text}\"") } else { (*text).to_owned() };
    texts.iter().map(quoted).collect::<Vec<_>>().join("\n")
}

/// A record from cells in any order, and what is wrong with it. Empty cells are fields left empty; the numbers of items
/// only tell them apart and put them in order, so that a gap is no fault.
pub fn from_cells<'a>(kind: &Kind, cells: impl IntoIterator<Item = (&'a str, &'a str)>) -> (Value, Vec<Problem>) {
    let mut wrong = Vec::new();
    let mut record = Map::new();
    let filled = cells.into_iter().filter(|(_, text)| !text.trim().is_empty());
    let mut cells: Vec<_> = filled.map(|(path, text)| (numbered(path), path, text)).collect();
    cells.sort();
    let mut renumber = Renumber::default();
    for (_, path, text) in cells {
        let put = parse_field(kind, path, text)
            .and_then(|value| path::set(kind.fields(), &mut record, &renumber.path(path), value));
        if let Err(problem) = put {
            wrong.push(Problem { field: path.to_owned(), what: problem.what });
        }
    }
    let record = Value::Object(record);
    // What could not be read is not missing as well: one mistake is told once.
    let missed = |problem: &Problem, told: &[Problem]| {
        problem.what == Wrong::Missing && told.iter().any(|one| one.field == problem.field)
    };
    let mut more = problems(kind, &record);
    more.retain(|problem| !missed(problem, &wrong));
    wrong.extend(more);
    (record, wrong)
}

/// A path whose numbers sort as numbers: the tenth item after the second.
fn numbered(path: &str) -> Vec<(String, usize)> {
    path.split('.')
        .map(|step| split_number(step).map_or((step.to_owned(), 0), |(name, n)| (name.to_owned(), n)))
        .collect()
}

pub(super) fn split_number(step: &str) -> Option<(&str, usize)> {
    let (name, number) = step.strip_suffix(']')?.split_once('[')?;
    Some((name, number.parse().ok()?))
}

/// Gives the items that are there the numbers from one, without gaps, as they come in order.
#[derive(Default)]
struct Renumber {
    /// For each list, named by its path, the number each of its items had.
    seen: std::collections::BTreeMap<String, Vec<usize>>,
}

impl Renumber {
    fn path(&mut self, path: &str) -> String {
        let mut whole = String::new();
        for step in path.split('.') {
            let Some((name, number)) = split_number(step) else {
                whole = within(&whole, step);
                continue;
            };
            let list = within(&whole, name);
            let seen = self.seen.entry(list.clone()).or_default();
            if !seen.contains(&number) {
                seen.push(number);
            }
            let place = seen.iter().position(|had| *had == number).unwrap_or_default() + 1;
            whole = format!("{list}[{place}]");
        }
        whole
    }
}
