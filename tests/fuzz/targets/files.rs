//! Files that people import: nothing in them makes a reader panic, every mistake names a line that is there, and what could
//! be saved is read again, from the file we write of it, as the same record.

use node::transfer::{At, FILE_BYTES, Origin, Parsed, ROWS, Row, csv, hsds, ics, json};
use protocol::{
    kinds,
    record::{Kind, create, merge, read},
};
use serde_json::{Value, json};

pub(super) fn spreadsheet(bytes: &[u8]) {
    let names = ["practice", "session", "service", "organization", "collaborative", "location"];
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let kind = kinds::kind(names[usize::from(*choice) % names.len()]).unwrap();
    let Ok(parsed) = csv::parse(kind, "a.csv", bytes, &origin()) else { return };
    judged(&parsed, bytes);
    let records: Vec<Value> = records(&parsed).map(|(_, value)| value).collect();
    let all: Vec<&Value> = records.iter().collect();
    let written = csv::write(kind, &all);
    match csv::parse(kind, "b.csv", &written, &Origin::default()) {
        Ok(again) => same(&records, &again),
        Err(why) => assert!(records.is_empty(), "what we write cannot be read: {why}"),
    }
}

pub(super) fn calendar(bytes: &[u8]) {
    let Ok(parsed) = ics::parse("a.ics", bytes, &origin()) else { return };
    judged(&parsed, bytes);
    let records: Vec<Value> = records(&parsed).map(|(kind, fields)| shown(kind, fields)).collect();
    let written = ics::write(&records);
    assert!(written.split(|byte| *byte == b'\n').all(|line| line.len() <= 76), "a line is too long");
    match ics::parse("b.ics", &written, &Origin::default()) {
        Ok(again) => assert_eq!((again.rows.len(), &again.bad), (records.len(), &vec![]), "{records:?}"),
        Err(why) => assert!(records.is_empty(), "what we write cannot be read: {why}"),
    }
}

pub(super) fn directory(bytes: &[u8]) {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let files = match choice % 3 {
        0 => vec![("a.json".to_owned(), bytes.to_vec())],
        _ => tables(bytes),
    };
    if let Ok(parsed) = json::parse("a", &files, &origin()) {
        judged(&parsed, bytes);
    }
    let Ok(parsed) = hsds::parse("a", &files, &origin()) else { return };
    judged(&parsed, bytes);
    let records: Vec<Value> = records(&parsed).map(|(kind, fields)| shown(kind, fields)).collect();
    match hsds::parse("b", &hsds::write(&records), &Origin::default()) {
        Ok(again) => assert_eq!((again.rows.len(), &again.bad), (records.len(), &vec![]), "{records:?}"),
        Err(why) => assert!(records.is_empty(), "what we write cannot be read: {why}"),
    }
}

/// Tables of a folder: each begins in a line of its own, `=== name.csv`.
fn tables(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let text = String::from_utf8_lossy(bytes);
    let table =
        |table: &str| table.split_once('\n').map(|(name, rows)| (name.trim().to_owned(), rows.as_bytes().to_vec()));
    text.split("=== ").filter_map(table).collect()
}

fn origin() -> Origin {
    Origin { source: None, stem: "list".into() }
}

fn judged(parsed: &Parsed, bytes: &[u8]) {
    assert!(bytes.len() <= FILE_BYTES && parsed.rows.len() <= ROWS);
    let lines = 1 + bytes
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
        .max(bytes.iter().filter(|byte| **byte == b'\r').count());
    for bad in &parsed.bad {
        assert!(!bad.message.is_empty() && !bad.to_string().is_empty());
        if let At::Line(line) = bad.place.at {
            assert!((1..=lines as u64).contains(&line), "line {line} of {lines}: {bad}");
        }
    }
}

/// The records that rows become, those with which nothing is wrong.
fn records(parsed: &Parsed) -> impl Iterator<Item = (&'static Kind, Value)> {
    parsed.rows.iter().enumerate().filter_map(|(at, row)| {
        let kind = kinds::kind(&row.incoming.kind)?;
        let value = fields(kind, row)?;
        let made = create(kind, &value, [7; 16], 1_800_000_000, [at as u8; 16]).ok()?;
        Some((kind, read(kind, &made.snapshot).unwrap().value))
    })
}

/// What the engine would write for a new record.
fn fields(kind: &Kind, row: &Row) -> Option<Value> {
    let mut given = row.incoming.fields.clone();
    for (name, value) in [("source", &row.incoming.source), ("outside_id", &row.incoming.outside_id)] {
        given.extend(value.as_ref().map(|text| (name.to_owned(), text.as_str().into())));
    }
    let (changes, problems) = merge(kind, None, &given);
    problems.is_empty().then(|| Value::Object(changes.into_iter().collect()))
}

fn shown(kind: &Kind, fields: Value) -> Value {
    json!({"id": "d1", "kind": kind.name, "fields": fields})
}

/// The same records again, so that importing them changes nothing.
fn same(records: &[Value], again: &Parsed) {
    assert_eq!((again.bad.len(), again.rows.len()), (0, records.len()), "{:?}", again.bad);
    for (record, row) in records.iter().zip(&again.rows) {
        let kind = kinds::kind(&row.incoming.kind).unwrap();
        let (changes, problems) = merge(kind, Some(record), &row.incoming.fields);
        assert!(changes.is_empty() && problems.is_empty(), "{changes:?} {problems:?} {record}");
    }
}
