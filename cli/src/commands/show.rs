//! How a record and a kind read on a terminal.

use protocol::{
    kinds,
    record::{Field, Fields, Kind, Needed, Shape},
};
use serde_json::{Map, Value};

use crate::output::{items, moment, short, table, text};

/// A record, whole.
pub(super) fn record(record: &Value) -> String {
    let kind = kinds::kind(text(record, "kind"));
    let mut lines = vec![];
    if let Some(id) = record["superseded_by"].as_str() {
        lines.push(match record["successor_deleted"] == true {
            true => format!("This was replaced by {}, which was deleted since.\n", short(id)),
            false => format!("This was replaced when it was shared more widely. Use {} from now on.\n", short(id)),
        });
    }
    lines.extend([about(record), format!("Id {}", text(record, "id")), String::new()]);
    match (kind, record["fields"].as_object()) {
        (Some(kind), Some(values)) => form(kind.fields(), values, 0, &mut lines),
        _ => lines.push(record["fields"].to_string()),
    }
    conflicts(record, &mut lines);
    let unknown = record["unknown"].as_object().map_or(0, Map::len);
    if unknown > 0 {
        lines.push(format!("\nA newer version wrote {unknown} more here; it is kept, and --json shows it."));
    }
    if let Some(waiting) = record["waiting"].as_u64().filter(|waiting| *waiting > 0) {
        lines.push(format!("\nEdits that are not shown yet, until it is known who made them: {waiting}"));
    }
    history(record, &mut lines);
    lines.join("\n")
}

/// What it is called, whose it is, and who has it.
pub(super) fn about(record: &Value) -> String {
    let kind = kinds::kind(text(record, "kind"));
    format!(
        "{}\n{} of {}. Who has it: {}. Who may edit it: {}.",
        text(record, "title"),
        kind.map_or(text(record, "kind"), |kind| kind.label),
        owner(record),
        audience(record),
        text(record, "editors")
    )
}

fn owner(record: &Value) -> String {
    let name = text(record, "owner_name");
    if record["own"] == true { format!("{name} (you)") } else { name.to_owned() }
}

fn audience(record: &Value) -> String {
    let audience = text(record, "audience");
    match record["named"].as_u64().filter(|named| *named > 0) {
        Some(named) => format!("{audience} ({named})"),
        None => audience.to_owned(),
    }
}

/// Fields under their labels; what lies inside a list or a group is set in.
fn form(fields: Fields, values: &Map<String, Value>, depth: usize, lines: &mut Vec<String>) {
    for field in fields.iter() {
        match values.get(field.name) {
            None | Some(Value::Null) => {}
            Some(value) => one(field, value, depth, lines),
        }
    }
}

fn one(field: &Field, value: &Value, depth: usize, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    match (&field.shape, value) {
        (Shape::Group(_), Value::Object(group)) => {
            lines.push(format!("{indent}{}:", field.label));
            form(field.shape.inner(), group, depth + 1, lines);
        }
        (Shape::List { .. }, Value::Array(list)) if !list.is_empty() => {
            lines.push(format!("{indent}{}:", field.label));
            for (at, item) in list.iter().enumerate() {
                let begin = lines.len();
                form(field.shape.inner(), item.as_object().unwrap_or(&Map::new()), depth + 2, lines);
                number(&mut lines[begin..], at + 1, depth);
            }
        }
        _ => {
            let shown = plain(&field.shape, value);
            let several = shown.contains('\n');
            let first = if several { "\n" } else { " " };
            let shown = if several { set_in(&shown, depth + 1) } else { shown };
            lines.push(format!("{indent}{}:{first}{shown}", field.label));
        }
    }
}

/// Puts an item's number in the room before its first line.
fn number(lines: &mut [String], number: usize, depth: usize) {
    let Some(first) = lines.first_mut() else { return };
    let room = 2 * (depth + 2);
    let number = format!("{}{number}.", "  ".repeat(depth + 1));
    let rest = first.get(room..).unwrap_or_default();
    *first = format!("{number:<room$}{rest}", room = room.max(number.len() + 1));
}

fn set_in(text: &str, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    text.lines().map(|line| format!("{indent}{line}")).collect::<Vec<_>>().join("\n")
}

fn plain(shape: &Shape, value: &Value) -> String {
    match (shape, value) {
        (Shape::Choice(choices), Value::String(value)) => {
            let label = choices.iter().find(|choice| choice.value == value).map(|choice| choice.label);
            label.unwrap_or(value).to_owned()
        }
        (Shape::Set { of, .. }, Value::Array(values)) => {
            values.iter().map(|value| plain(of, value)).collect::<Vec<_>>().join(", ")
        }
        _ => bare(value),
    }
}

fn bare(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::Null => "(empty)".into(),
        other => other.to_string(),
    }
}

fn conflicts(record: &Value, lines: &mut Vec<String>) {
    for conflict in items(record, "conflicts") {
        let field = text(conflict, "field");
        lines.push(format!(
            "\nSeveral people wrote “{field}” at once. Choose with `commonweal record edit … --set {field}=…`:"
        ));
        let values = items(conflict, "values");
        lines.extend(values.iter().map(|one| format!("  {} ({})", bare(&one["value"]), text(one, "by"))));
    }
}

fn history(record: &Value, lines: &mut Vec<String>) {
    for change in items(record, "history") {
        let at = moment(change["at"].as_i64().unwrap_or(0));
        lines.push(format!("\n{at}, {}", text(change, "by")));
        let fields = items(change, "fields").iter();
        lines.extend(fields.map(|one| match (&one["before"], &one["after"]) {
            (Value::Null, after) => format!("  {}: {}", text(one, "field"), bare(after)),
            (before, after) => format!("  {}: {} → {}", text(one, "field"), bare(before), bare(after)),
        }));
    }
}

/// The kinds and what they are for.
pub(super) fn kinds(kinds: &[&Kind]) -> String {
    let row = |kind: &&Kind| vec![kind.name.to_owned(), kind.help.to_owned()];
    table(&["Kind", "What it is for"], kinds.iter().map(row).collect())
}

/// The fields of a kind, with what to write in each.
pub(super) fn kind(kind: &Kind) -> String {
    let mut lines = vec![format!("{}: {}", kind.label, kind.help), String::new()];
    described(kind.fields(), "", &mut lines);
    lines.join("\n")
}

fn described(fields: Fields, within: &str, lines: &mut Vec<String>) {
    for field in fields.iter().filter(|field| field.asked) {
        let name = format!("{within}{}", field.name);
        let needed = match field.needed {
            Needed::Never => "",
            Needed::ToShare => ", needed to share",
            Needed::ToSave => ", needed",
        };
        lines.push(format!("{name}  ({}{needed})", what(&field.shape)));
        let help =
            if field.help.is_empty() { field.label.to_owned() } else { format!("{}. {}", field.label, field.help) };
        lines.push(format!("    {help}"));
        if let Shape::Choice(choices) = &field.shape {
            let choices: Vec<&str> = choices.iter().map(|choice| choice.value).collect();
            lines.push(format!("    One of: {}", choices.join(", ")));
        }
        match &field.shape {
            Shape::List { .. } => described(field.shape.inner(), &format!("{name}[1]."), lines),
            Shape::Group(_) => described(field.shape.inner(), &format!("{name}."), lines),
            _ => {}
        }
    }
}

fn what(shape: &Shape) -> String {
    match shape {
        Shape::Line { most } => format!("one line, {most} letters at most"),
        Shape::Lines { most } | Shape::Prose { most } => format!("text, {most} letters at most"),
        Shape::Set { of, .. } => format!("several, with commas: {}", what(of)),
        Shape::List { most, .. } => format!("a list of {most} at most"),
        Shape::Group(_) => "several fields".into(),
        Shape::YesNo => "yes or no".into(),
        Shape::Date => "a day, 2026-03-01".into(),
        Shape::DateTime => "a day and time, 2026-03-01T09:00".into(),
        Shape::Choice(_) => "a choice".into(),
        other => other.name().replace('_', " "),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_record_reads_from_top_to_bottom() {
        let shown = record(&json!({
            "id": "abc", "kind": "practice", "title": "Walk to school", "owner_name": "Riverside", "own": true,
            "audience": "partners", "named": 2, "editors": "owner", "waiting": 0, "unknown": {},
            "fields": {"title": "Walk to school", "steps": [{"id": "x", "text": "Meet"}, {"id": "y", "text": "Walk\nslowly"}]},
            "conflicts": [{"field": "title", "values": [{"value": "Walk", "by": "Hillside"}]}],
            "history": [{"at": 0, "by": "Hillside", "fields": [{"field": "title", "before": null, "after": "Walk"}]}],
        }));
        for line in [
            "Practice of Riverside (you). Who has it: partners (2).",
            "Title: Walk to school",
            "  1. ",
            "  2. ",
            "      slowly",
        ] {
            assert!(shown.contains(line), "{line} in:\n{shown}");
        }
        assert!(shown.contains("  Walk (Hillside)") && shown.contains("January 1, 1970, 00:00 UTC, Hillside"));
    }

    /// Somebody went on editing a record that was replaced, and was told so below everything else.
    #[test]
    fn a_replaced_record_says_so_first() {
        let mut replaced = json!({"id": "abc", "title": "Walk", "fields": {}, "superseded_by": "newnewnewnew"});
        assert!(record(&replaced).lines().next().unwrap().ends_with("Use newnewne from now on."));
        replaced["successor_deleted"] = json!(true);
        assert!(record(&replaced).lines().next().unwrap().contains("newnewne, which was deleted"));
    }

    #[test]
    fn every_kind_can_be_described() {
        for one in kinds::all() {
            assert!(kind(one).lines().count() > 4, "{}", one.name);
        }
    }
}
