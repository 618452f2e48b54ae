//! Spreadsheets as people save them.

use protocol::{kinds::kind, record::merge};
use serde_json::json;

use super::*;

fn parsed(name: &str, sheet: &str) -> Parsed {
    parse(kind(name).unwrap(), "list.csv", sheet.as_bytes(), &Origin { source: None, stem: "list".into() }).unwrap()
}

/// The record a row makes where there was none.
fn record(row: &Row) -> Value {
    let (fields, problems) = merge(kind(&row.incoming.kind).unwrap(), None, &row.incoming.fields);
    assert!(problems.is_empty(), "{problems:?}");
    Value::Object(fields.into_iter().collect())
}

fn said(parsed: &Parsed) -> Vec<String> {
    parsed.bad.iter().map(Bad::to_string).collect()
}

use super::super::Bad;

const MESSY: &[u8] = include_bytes!("../../../../tests/fixtures/pantries.csv");

#[test]
fn a_messy_spreadsheet_is_read_as_it_was_meant() {
    let origin = Origin { source: None, stem: "pantries".into() };
    let parsed = parse(kind("service").unwrap(), "pantries.csv", MESSY, &origin).unwrap();
    assert_eq!(said(&parsed), ["pantries.csv, line 8, minimum_age: This must be a number."]);
    assert_eq!(parsed.rows.iter().map(|row| row.place.at.clone()).collect::<Vec<_>>(), [3, 7, 9].map(At::Line));
    let first = record(&parsed.rows[0]);
    assert_eq!(first["name"], "Église Saint-Jean; food pantry");
    assert_eq!(first["phones"], json!([{"number": "207-555-0100"}, {"number": "+1 207 555 0101"}]));
    assert_eq!(first["topics"], json!(["food", "home delivery"]));
    assert_eq!(first["description"], "Bags of food.\nBring a bag.");
    assert_eq!(first["schedules"], json!([{"description": "Mondays 9 to 5"}, {"description": "Fridays"}]));
    assert_eq!(parsed.rows[0].incoming.outside_id.as_deref(), Some("7"));
    assert_eq!(parsed.rows[0].incoming.source.as_deref(), Some("pantries"));
    assert_eq!((parsed.left[0].times, &parsed.left[0].place.at), (1, &At::Line(7)), "a note beside the table");
    assert_eq!(record(&parsed.rows[2])["eligibility_description"], "=everyone");
}

#[test]
fn a_workbook_is_told_to_be_saved_as_csv() {
    let why = parse(kind("service").unwrap(), "a.xlsx", b"PK\x03\x04\xff", &Origin::default()).unwrap_err();
    assert_eq!(why.to_string(), "a.xlsx is an Excel file; save it as “CSV UTF-8” and import that");
}

#[test]
fn a_column_nobody_knows_is_named_with_the_one_that_was_meant() {
    let parsed = parsed("service", "Name,Emial,Telefone,email,E-mail\nPantry,a@b.org,211,,\n");
    let said = said(&parsed);
    assert!(said[0].contains("Did you mean “email”"), "{said:?}");
    assert!(said[1].contains("Did you mean “Telephone”"), "{said:?}");
    assert!(said[2].contains("line 1, E-mail: two columns"), "{said:?}");
    assert_eq!(parsed.rows.len(), 1, "the other columns can still be taken");
}

#[test]
fn separators_marks_and_line_ends_of_other_programs_are_understood() {
    for sheet in [
        "\u{feff}Title;Summary\r\n\"Walk; run\";\"two\r\nlines\"\r\n",
        "Title\tSummary\nWalk; run\t\"two\nlines\"\n",
        "sep=;\r\nTitle;Summary\r\n\"Walk; run\";\"two\r\nlines\"\r\n",
    ] {
        let parsed = parsed("practice", sheet);
        assert_eq!(record(&parsed.rows[0]), json!({"title": "Walk; run", "summary": "two\nlines"}), "{sheet:?}");
    }
}

#[test]
fn rows_that_mean_the_same_record_are_told_apart_or_named() {
    let parsed = parsed("practice", "id,title\n1,A\n2,B\n1,C\n,B\n,b\n3,\n,\n");
    let said = said(&parsed);
    assert!(said[0].starts_with("list.csv, line 4, outside_id: this id is also at list.csv, line 2"), "{said:?}");
    assert!(said[1].starts_with("list.csv, line 6: this is also at list.csv, line 5"), "{said:?}");
    assert_eq!((said.len(), parsed.rows.len()), (2, 4));
}

#[test]
fn an_empty_cell_clears_and_a_missing_column_says_nothing() {
    let row = &parsed("service", "id,name,email\n1,Pantry,\n").rows[0];
    let had = json!({"name": "Pantry", "status": "active", "email": "a@b.org", "url": "https://a.org"});
    let (changed, problems) = merge(kind("service").unwrap(), Some(&had), &row.incoming.fields);
    assert_eq!((changed, problems), (vec![("email".to_owned(), Value::Null)], vec![]));
}

#[test]
fn what_is_too_much_is_a_sentence() {
    let practice = kind("practice").unwrap();
    let origin = Origin::default();
    let parse = |bytes: &[u8]| parse(practice, "list.csv", bytes, &origin);
    let long = format!("title\n\"{}\n\nLast\n", "x".repeat(50_000));
    let said = said(&parse(long.as_bytes()).unwrap());
    assert!(said[0].contains("quotation mark"), "{said:?}");
    let many = format!("title\n{}", "a\n".repeat(ROWS + 1));
    assert!(matches!(parse(many.as_bytes()), Err(TransferError::TooManyRows(_))));
    assert!(matches!(parse(b"title\nCaf\xe9\n"), Err(TransferError::NotText(_))));
    assert!(matches!(parse(b"\r\n , \n"), Err(TransferError::Nothing { .. })));
    let wide = format!("{}\n{}\n", "title,".repeat(100_000), "a,".repeat(100_000));
    assert!(parse(wide.as_bytes()).unwrap().rows.is_empty());
}

#[test]
fn what_is_written_reads_back_and_no_cell_is_a_formula() {
    let service = kind("service").unwrap();
    let value = json!({
        "name": "=HYPERLINK(\"x\")", "status": "temporarily closed", "description": "'=a", "topics": ["a, b", "c"],
        "phones": [{"number": "+1 207 555 0100", "languages": [{"name": "Français", "code": "fr"}]}, {"number": "211"}],
        "minimum_age": 3.5, "eligibility_description": "-\n@", "fees_description": " '' +", "outside_id": "77",
        "source": "county", "confirmed": {"at": "2026-03-01"},
    });
    let other = json!({"name": "Other", "status": "active", "outside_id": "8", "phones": [{"number": "1-800-QUIT"}]});
    let bytes = write(service, &[&value, &other]);
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(text.starts_with("\u{feff}name,description,status,"), "{text}");
    assert!(text.contains("\r\n\"'=HYPERLINK") && text.contains("''=a"), "{text}");
    for row in rows("a.csv", &bytes).unwrap() {
        assert!(row.1.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r'])), "{row:?}");
    }
    let back = parse(service, "service.csv", &bytes, &Origin::default()).unwrap();
    assert_eq!(said(&back), Vec::<String>::new());
    assert_eq!(back.rows[0].incoming.source.as_deref(), Some("county"));
    assert_eq!(back.rows[1].incoming.source, None, "an empty source is no source");
    let mut whole = record(&back.rows[0]);
    whole["outside_id"] = "77".into();
    whole["source"] = "county".into();
    let (_, problems) = merge(service, None, &value.as_object().unwrap().clone().into_iter().collect::<Vec<_>>());
    assert_eq!(problems, vec![]);
    let mut meant = value.clone();
    meant["fees_description"] = "'' +".into();
    assert_eq!(whole, meant);
    assert_eq!(write(service, &[&value, &other]), bytes);
}
