//! Records as the API shows them, read from files again.

use protocol::input::Incoming;
use serde_json::Value;

use super::{At, Origin, Parsed, Place, ROWS, Row, TransferError, text};

const CONFLICT: &str = "several values were given at once; the one that was shown is taken";
const UNKNOWN: &str = "a newer version wrote it";

/// What the files of an export say. Each comes with its name.
pub fn parse(name: &str, files: &[(String, Vec<u8>)], origin: &Origin) -> Result<Parsed, TransferError> {
    let mut parsed = Parsed::default();
    for (file, bytes) in files {
        let value: Value = serde_json::from_str(text(file, bytes)?)
            .map_err(|why| TransferError::NotJson { name: file.clone(), why })?;
        match value {
            Value::Object(mut list) if list.get("records").is_some_and(Value::is_array) => {
                let records = list.remove("records").unwrap_or_default();
                for (at, value) in records.as_array().into_iter().flatten().enumerate() {
                    let at = At::Path(format!("records[{}]", at + 1));
                    record(value, Place { file: file.clone(), at }, origin, &mut parsed);
                }
            }
            value => record(&value, Place { file: file.clone(), at: At::Whole }, origin, &mut parsed),
        }
    }
    match parsed.rows.len() {
        0 if parsed.bad.is_empty() => return Err(TransferError::Nothing { name: name.to_owned(), what: "record" }),
        count if count > ROWS => return Err(TransferError::TooManyRows(name.to_owned())),
        _ => {}
    }
    parsed.finish();
    Ok(parsed)
}

fn record(value: &Value, place: Place, origin: &Origin, parsed: &mut Parsed) {
    let (Some(kind), Some(fields)) = (value["kind"].as_str(), value["fields"].as_object()) else {
        return parsed.bad(&place, "", "this is no record; one has a `kind` and `fields`");
    };
    for conflict in value["conflicts"].as_array().into_iter().flatten() {
        parsed.leave(&place, conflict["field"].as_str().unwrap_or_default(), CONFLICT);
    }
    for name in value["unknown"].as_object().into_iter().flat_map(|unknown| unknown.keys()) {
        parsed.leave(&place, name, UNKNOWN);
    }
    let mut fields = fields.clone();
    let mut take = |name: &str| fields.remove(name).and_then(|text| text.as_str().map(str::to_owned));
    let (outside_id, source) = (take("outside_id"), take("source"));
    let source = source.or_else(|| origin.source.clone());
    let incoming = Incoming { kind: kind.to_owned(), source, outside_id, fields: fields.into_iter().collect() };
    parsed.rows.push(Row { incoming, place, inner: vec![] });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_shown_and_other_things_are_named() {
        let text = r#"{"records": [{"kind": "practice", "fields": {"title": "Walk", "outside_id": "a", "source": "s"},
            "conflicts": [{"field": "title"}], "unknown": {"later": 1}}, {"title": "No record"}]}"#;
        let parsed = parse("a", &[("a.json".into(), text.into())], &Origin::default()).unwrap();
        let incoming = &parsed.rows[0].incoming;
        assert_eq!((incoming.source.as_deref(), incoming.outside_id.as_deref()), (Some("s"), Some("a")));
        assert_eq!(incoming.fields, [("title".to_owned(), "Walk".into())]);
        assert!(parsed.bad[0].to_string().starts_with("a.json, records[2]: this is no record"));
        assert_eq!(parsed.left.iter().map(|left| &*left.what).collect::<Vec<_>>(), ["title", "later"]);
    }
}
