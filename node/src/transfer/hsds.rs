//! A resource directory in the format of Open Referral, HSDS 3.1: JSON objects and lists, or a folder of CSV tables.
//!
//! Tables are joined into the objects that JSON nests (`tables`), objects become records (`objects`), and
//! records become objects again (`write`). An
//! organization, a service, a location and a service at a location are records of their own, linked by the ids they have
//! in the files; everything else stands inside them.

mod objects;
mod tables;
mod write;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use super::{At, Origin, Parsed, Place, ROWS, TransferError, text};
pub use write::write;

use objects::Objects;
use tables::Tables;

/// An object of HSDS as it was read.
type Object = Map<String, Value>;

/// Where a row of a table stood, kept in its object until it is a record. No file can have such a name in it.
const PLACE: &str = "\0place";

/// What the files of a folder, or a single one, say. Each comes with its name.
pub fn parse(name: &str, files: &[(String, Vec<u8>)], origin: &Origin) -> Result<Parsed, TransferError> {
    let mut parsed = Parsed::default();
    let (mut objects, mut tables) = (Objects::default(), Tables::default());
    // A data package only says which tables there are.
    for (file, bytes) in files.iter().filter(|(file, _)| file != "datapackage.json") {
        let place =
            |path: String| Place { file: file.clone(), at: if path.is_empty() { At::Whole } else { At::Path(path) } };
        if file.to_lowercase().ends_with(".csv") {
            tables.read(file, bytes, &mut parsed)?;
            continue;
        }
        let value: Value = serde_json::from_str(text(file, bytes)?)
            .map_err(|why| TransferError::NotJson { name: file.clone(), why })?;
        for (path, value) in within(value) {
            if let (Value::Array(rows), true) = (&value, path.ends_with(".csv")) {
                tables.take(file, &path, rows, &mut parsed)?;
            } else {
                objects.read(file, value, &place(path), &mut parsed);
            }
        }
    }
    tables.join(&mut objects, &mut parsed)?;
    objects.finish(origin, &mut parsed);
    if parsed.rows.len() > ROWS {
        return Err(TransferError::TooManyRows(name.to_owned()));
    }
    if parsed.rows.is_empty() && parsed.bad.is_empty() {
        let what = "organization, service, location or service at a location";
        return Err(TransferError::Nothing { name: name.to_owned(), what });
    }
    parsed.finish();
    Ok(parsed)
}

/// The objects in a file, each with its path: itself, those of a list, or those of a page of a list. Tables that were
/// saved as JSON have their names for paths.
fn within(value: Value) -> Vec<(String, Value)> {
    let numbered = |name: &'static str, items: Vec<Value>| {
        items.into_iter().enumerate().map(move |(at, item)| (format!("{name}[{}]", at + 1), item)).collect()
    };
    match value {
        Value::Array(items) => numbered("", items),
        Value::Object(mut page) => match page.remove("contents") {
            Some(Value::Array(items)) => numbered("contents", items),
            Some(other) => vec![("contents".to_owned(), other)],
            None if page.keys().any(|name| name.ends_with(".csv")) => page.into_iter().collect(),
            None => vec![(String::new(), Value::Object(page))],
        },
        other => vec![(String::new(), other)],
    }
}
