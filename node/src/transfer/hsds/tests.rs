//! The examples of the standard, and files that are worse.

use std::path::Path;

use protocol::{kinds::kind, record::merge};
use serde_json::json;

use super::{
    super::{Bad, Row, files},
    *,
};

fn fixture(name: &str) -> Parsed {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/hsds-3.1").join(name);
    parse(name, &files(&path, &["json", "csv"]).unwrap(), &Origin::new(None, &path)).unwrap()
}

fn parsed(files: &[(&str, &str)]) -> Parsed {
    let files: Vec<_> = files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
    parse("files", &files, &Origin { source: None, stem: "files".into() }).unwrap()
}

/// The record that a row makes, and what is wrong with it where it stands.
fn record(row: &Row) -> (Value, Vec<String>) {
    let (fields, problems) = merge(kind(&row.incoming.kind).unwrap(), None, &row.incoming.fields);
    let bad = problems.iter().map(|problem| row.bad(&problem.field, &problem.what.to_string()).to_string());
    (Value::Object(fields.into_iter().collect()), bad.collect())
}

fn all(parsed: &Parsed) -> Vec<(String, Value)> {
    let right = |row: &Row| (row.incoming.kind.clone(), record(row).0);
    parsed.rows.iter().map(right).collect()
}

fn wrong(parsed: &Parsed) -> Vec<String> {
    let rows = parsed.rows.iter().flat_map(|row| record(row).1);
    parsed.bad.iter().map(Bad::to_string).chain(rows).collect()
}

fn one<'a>(all: &'a [(String, Value)], kind: &str) -> &'a Value {
    &all.iter().find(|(name, _)| name == kind).unwrap().1
}

const LATITUDE: &str = "latitude: This must be from -90 to 90.";

#[test]
fn an_organization_with_its_locations_becomes_records_of_their_own() {
    let parsed = fixture("json/organization_full.json");
    let kinds: Vec<&str> = parsed.rows.iter().map(|row| &*row.incoming.kind).collect();
    assert_eq!(kinds, ["location", "service_at_location", "service", "organization"]);
    assert_eq!(
        wrong(&parsed),
        [format!("organization_full.json, services[1].service_at_locations[1].location, {LATITUDE}")]
    );
    let records = all(&parsed);
    let organization = one(&records, "organization");
    assert_eq!(organization["phones"][0]["number"], "+44 1234 234567");
    assert_eq!(organization["phones"][0]["extension"], "100");
    assert_eq!(organization["contacts"][0]["phones"][0]["languages"][0]["code"], "ur");
    assert_eq!(organization["programs"][0]["id"], "e7ec2e57-4540-43fa-b2c7-6be5a0ef7f42");
    assert_eq!(parsed.rows[3].incoming.outside_id.as_deref(), Some("d9d5e0f5-d3ce-4f73-9a2f-4dd0ecc6c610"));
    assert_eq!(one(&records, "location")["organization_id"], "d9d5e0f5-d3ce-4f73-9a2f-4dd0ecc6c610");
}

#[test]
fn a_service_brings_its_organization_program_and_locations() {
    let parsed = fixture("json/service_full.json");
    let records = all(&parsed);
    let service = one(&records, "service");
    assert_eq!(service["organization_id"], "d9d5e0f5-d3ce-4f73-9a2f-4dd0ecc6c610");
    assert_eq!(service["program_id"], "e7ec2e57-4540-43fa-b2c7-6be5a0ef7f42");
    assert_eq!(one(&records, "organization")["programs"][0]["name"], "Community Mental Health Support");
    assert_eq!(service["capacities"][0]["unit"]["name"], "Kilogram");
    assert_eq!(service["attributes"][0]["taxonomy_term"]["code"], "code");
    let there = one(&records, "service_at_location");
    assert_eq!(there["service_id"], "ac148810-d857-441c-9679-408f346de14b");
    assert_eq!(there["location_id"], "3a19ff88-4620-4d17-9830-ac1d859eb5d5");
    assert_eq!(wrong(&parsed), [format!("service_full.json, organization.locations[1], {LATITUDE}")]);
}

#[test]
fn every_example_of_the_standard_is_read_and_what_is_left_is_told() {
    let parsed = fixture("json");
    let mut kinds: Vec<&str> = parsed.rows.iter().map(|row| &*row.incoming.kind).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["location", "organization", "service", "service_at_location"]);
    let left: Vec<&str> = parsed.left.iter().map(|left| &*left.what).collect();
    assert!(left.contains(&"service.last_modified") && left.contains(&"location.external_identifier"), "{left:?}");
    assert!(left.iter().all(|what| !what.contains("phones")), "{left:?}");
    assert_eq!(wrong(&parsed).len(), 1, "{:?}", wrong(&parsed));
}

#[test]
fn tables_are_joined_into_the_records_that_the_objects_make() {
    let parsed = fixture("csv");
    let records = all(&parsed);
    assert_eq!(records.len(), 4);
    let service = one(&records, "service");
    assert_eq!(service["phones"][0]["number"], "+44 1234 234567");
    assert_eq!(service["phones"][0]["languages"][0]["name"], "Urdu");
    assert_eq!((&service["minimum_age"], &service["cost_options"][0]["amount"]), (&json!(12.0), &json!(35.0)));
    assert_eq!(service["schedules"][0]["byday"], "TH,FR");
    assert_eq!(one(&records, "organization")["programs"][0]["name"], "Community Mental Health Support");
    assert_eq!(one(&records, "location")["accessibility"].as_array().unwrap().len(), 1);
    assert_eq!(wrong(&parsed), [format!("locations.csv, line 2, {LATITUDE}")]);
    let left: Vec<&str> = parsed.left.iter().map(|left| &*left.what).collect();
    assert_eq!(
        left,
        [
            "meta_table_descriptions.csv",
            "metadata.csv",
            "attributes",
            "service_capacity",
            "url",
            "service.last_modified"
        ]
    );
    let as_json = fixture("tabular.json");
    assert_eq!(all(&as_json).len(), 4);
    assert_eq!(one(&all(&as_json), "organization"), one(&records, "organization"));
}

#[test]
fn what_is_wrong_in_a_joined_table_is_named_there() {
    let services = "id,name,status,colour\n1,Pantry,active,red\n2,Rides,closed,\n";
    let phones = "id,service_id,number\na,1,207-555-0100\nb,1,none\nc,9,211\n";
    let parsed = parsed(&[("services.csv", services), ("phones.csv", phones), ("phonebook.csv", "id\n")]);
    let wrong = wrong(&parsed);
    assert!(wrong[0].starts_with("phonebook.csv: HSDS has no table of this name"), "{wrong:?}");
    assert!(wrong[1].starts_with("phones.csv, line 3, number: “none” is not a telephone number"), "{wrong:?}");
    assert!(wrong[2].starts_with("services.csv, line 3, status: "), "{wrong:?}");
    let left: Vec<String> = parsed.left.iter().map(|left| format!("{} {}", left.what, left.place)).collect();
    assert_eq!(left, ["phones phones.csv, line 4", "service.colour services.csv, line 2"]);
    assert_eq!(parsed.rows[0].incoming.source.as_deref(), Some("files"), "1 is a short id");
}

#[test]
fn what_is_no_directory_is_a_sentence() {
    let parsed =
        parsed(&[("a.json", r#"[7, {"x": 1}, {"name": "No id"}, {"id": "1", "name": "Rides", "status": 4}]"#)]);
    let said = wrong(&parsed);
    assert!(said[0].starts_with("a.json, [1]: this must be an object"), "{said:?}");
    assert!(said[1].starts_with("a.json, [2]: this is neither"), "{said:?}");
    assert!(said[2].starts_with("a.json, [3], id: this needs an id"), "{said:?}");
    assert!(said[3].starts_with("a.json, [4], status: "), "{said:?}");
    let parse = |text: &[u8]| parse("a", &[("a.json".to_owned(), text.to_vec())], &Origin::default());
    assert!(matches!(parse(b"{}"), Ok(Parsed { bad, .. }) if bad.len() == 1));
    assert!(matches!(parse(b"[]"), Err(TransferError::Nothing { .. })));
    assert!(matches!(parse(b"{\"id\": "), Err(TransferError::NotJson { .. })));
    assert!(matches!(parse("[".repeat(1 << 20).as_bytes()), Err(TransferError::NotJson { .. })));
}

#[test]
fn a_nest_of_services_and_locations_ends() {
    let mut nest = json!({"id": "s0", "name": "S", "status": "active"});
    for at in 1..30 {
        nest = json!({"id": format!("l{at}"), "service": nest, "location": {"id": "x", "location_type": "physical"}});
        nest = json!({"id": format!("s{at}"), "name": "S", "status": "active", "service_at_locations": [nest]});
    }
    assert_eq!(parsed(&[("deep.json", &nest.to_string())]).rows.len(), 60);
    let long = json!({"id": "1", "name": "S", "status": "active", "description": "x".repeat(1 << 20)}).to_string();
    assert!(parsed(&[("long.json", &long)]).bad[0].message.contains("characters"));
}

#[test]
fn what_is_written_reads_back_the_same() {
    let parsed = fixture("json/service_full.json");
    let whole = |parsed: &Parsed| {
        let fields = |row: &Row| {
            let mut fields = record(row).0;
            fields["outside_id"] = row.incoming.outside_id.clone().into();
            fields["topics"] = json!(["counselling"]);
            // The latitude beside it is impossible.
            fields.as_object_mut().unwrap().remove("longitude");
            json!({"id": "d1", "kind": row.incoming.kind, "fields": fields})
        };
        let mut records: Vec<Value> = parsed.rows.iter().map(fields).collect();
        records.sort_by_key(|record| record["kind"].to_string());
        records
    };
    let records = whole(&parsed);
    let files = write(&records);
    assert_eq!(files.len(), 4);
    let page: Value = serde_json::from_slice(&files[1].1).unwrap();
    let service = &page["contents"][0];
    assert_eq!((&page["total_items"], &page["last_page"]), (&json!(1), &json!(true)));
    assert_eq!(service["organization"]["name"], "Example Organization Inc.");
    assert_eq!(service["program"]["name"], "Community Mental Health Support");
    assert_eq!(service["attributes"][0]["taxonomy_term"]["id"], "3f7b145d-84af-42d7-8fae-eaca714b02b2");
    let back = parse("back", &files, &Origin::default()).unwrap();
    assert_eq!((wrong(&back), back.left.len()), (vec![], 0), "{:?}", back.left);
    assert_eq!(whole(&back), records);
}
