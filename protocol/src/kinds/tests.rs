//! That every kind is described well: names, references, and for the directory the standard's own names.

use super::*;
use crate::record::{Field, Needed, Rule, Shape, columns, schema};
use std::collections::BTreeSet;

/// Every field of a kind at any depth, with the shape it stands in.
fn every_field(kind: &'static Kind) -> Vec<(&'static Field, Option<&'static Shape>)> {
    let mut all: Vec<(&Field, Option<&Shape>)> = kind.fields().iter().map(|field| (field, None)).collect();
    let mut at = 0;
    while at < all.len() {
        let field = all[at].0;
        all.extend(field.shape.inner().iter().map(|inner| (inner, Some(&field.shape))));
        at += 1;
    }
    all
}

#[test]
fn every_kind_is_found_by_its_name() {
    let names: BTreeSet<&str> = all().iter().map(|kind| kind.name).collect();
    assert_eq!(names.len(), all().len());
    for name in names {
        assert_eq!(kind(name).unwrap().name, name);
    }
    assert!(kind("case_file").is_none());
}

#[test]
fn fields_have_names_that_fit_the_flat_keys() {
    for kind in all() {
        let title = kind.field(kind.title).unwrap();
        assert!(matches!(title.shape, Shape::Line { .. }), "{}", kind.name);
        for rule in kind.rules {
            let (Rule::InOrder(one, other) | Rule::With(one, other)) = rule;
            assert!(kind.field(one).is_some() && kind.field(other).is_some(), "{}", kind.name);
        }
        for (field, around) in every_field(kind) {
            let at = format!("{}: {}", kind.name, field.name);
            assert!(field.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'), "{at}");
            assert!(!field.label.is_empty(), "{at}");
            // These two belong to the items themselves.
            assert!(!matches!(around, Some(Shape::List { .. })) || !["id", "order"].contains(&field.name), "{at}");
            assert!(field.asked || field.needed == Needed::Never, "{at}");
        }
        let names = |fields: Vec<&str>| assert_eq!(fields.iter().collect::<BTreeSet<_>>().len(), fields.len());
        names(kind.fields().iter().map(|field| field.name).collect());
        for (field, _) in every_field(kind) {
            names(field.shape.inner().iter().map(|field| field.name).collect());
        }
    }
}

#[test]
fn shapes_stand_where_they_can() {
    fn no_prose(shape: &Shape) -> bool {
        !matches!(shape, Shape::Prose { .. }) && shape.inner().iter().all(|field| no_prose(&field.shape))
    }
    // Kinds that come later may be linked to already.
    let kinds: BTreeSet<&str> = all().iter().map(|kind| kind.name).chain(["initiative"]).collect();
    for kind in all() {
        for (field, _) in every_field(kind) {
            let at = format!("{}: {}", kind.name, field.name);
            match &field.shape {
                Shape::List { .. } => assert!(no_prose(&field.shape), "{at}"),
                Shape::Set { of, .. } => assert!(
                    matches!(
                        of,
                        Shape::Line { .. }
                            | Shape::Choice(_)
                            | Shape::Language
                            | Shape::DateTime
                            | Shape::Date
                            | Shape::Link { .. }
                    ),
                    "{at}"
                ),
                Shape::Link { to } => assert!(to.iter().all(|kind| kinds.contains(kind)), "{at}"),
                Shape::Choice(choices) => {
                    let values: BTreeSet<&str> = choices.iter().map(|choice| choice.value).collect();
                    assert_eq!(values.len(), choices.len(), "{at}");
                    assert!(choices.iter().all(|choice| !choice.value.is_empty() && !choice.label.is_empty()), "{at}");
                }
                _ => {}
            }
        }
    }
}

#[test]
fn the_seven_components_are_the_same_everywhere() {
    let profile = kind("collaborative").unwrap().field("components").unwrap();
    let tagged: Vec<&str> = common::COMPONENTS.iter().map(|choice| choice.value).collect();
    assert_eq!(profile.shape.inner().iter().map(|field| field.name).collect::<Vec<_>>(), tagged);
    assert_eq!(tagged.len(), 7);
}

#[test]
fn schemas_and_columns_follow() {
    for kind in all() {
        let schema = schema(kind);
        assert_eq!(schema["properties"].as_object().unwrap().len(), kind.fields().iter().count());
        assert!(columns(kind).iter().any(|column| column == kind.title));
        let unique: BTreeSet<String> = columns(kind).into_iter().collect();
        assert_eq!(unique.len(), columns(kind).len());
    }
    let practice = kind("practice").unwrap();
    assert_eq!(schema(practice)["required"], serde_json::json!(["title"]));
    assert!(columns(practice).contains(&"contacts[1].phones[1].number".to_owned()));
    assert!(!columns(practice).contains(&"attachments[1].hash".to_owned()));
}

/// The objects of HSDS 3.1 with the names of their properties.
const HSDS: &str = include_str!("hsds.txt");

/// What HSDS has and our fields do not, and from where an export takes it.
fn told_otherwise(object: &str, name: &str) -> bool {
    match (object, name) {
        // An item's id, or the outside id; and the change history.
        (_, "id" | "metadata" | "last_modified") => true,
        // Records of their own, which name this one.
        ("service", "service_at_locations" | "organization" | "program") => true,
        ("organization", "locations") | ("service_at_location", "location") => true,
        // Ids that point back at the object around; the record's own links stand in its fields.
        ("service" | "location" | "service_at_location", _) => false,
        (
            _,
            "organization_id" | "service_id" | "location_id" | "service_at_location_id" | "contact_id" | "phone_id",
        )
        | ("attribute", "link_id" | "link_entity") => true,
        _ => false,
    }
}

/// The fields of a record or, for nested objects, of the list or group that holds them.
fn fields_of(object: &str) -> Vec<&'static str> {
    let within = |kind_name: &str, list: &str| -> Vec<&'static str> {
        let found = every_field(kind(kind_name).unwrap()).into_iter().find(|(field, _)| field.name == list).unwrap();
        found.0.shape.inner().iter().map(|field| field.name).collect()
    };
    match object {
        "service" | "organization" | "location" | "service_at_location" => {
            kind(object).unwrap().fields().iter().map(|field| field.name).collect()
        }
        "accessibility" => within("location", "accessibility"),
        "address" => within("location", "addresses"),
        "attribute" => within("service", "attributes"),
        "contact" => within("service", "contacts"),
        "cost_option" => within("service", "cost_options"),
        "funding" => within("service", "funding"),
        "language" => within("service", "languages"),
        "organization_identifier" => within("organization", "organization_identifiers"),
        "phone" => within("service", "phones"),
        "program" => within("organization", "programs"),
        "required_document" => within("service", "required_documents"),
        "schedule" => within("service", "schedules"),
        "service_area" => within("service", "service_areas"),
        "service_capacity" => within("service", "capacities"),
        "taxonomy" => within("service", "taxonomy_detail"),
        "taxonomy_term" => within("service", "taxonomy_term"),
        "unit" => within("service", "unit"),
        "url" => within("service", "additional_urls"),
        other => panic!("no field holds {other}"),
    }
}

#[test]
fn the_directory_has_the_standards_names() {
    let mut count = 0;
    for line in HSDS.lines().filter(|line| !line.starts_with('#')) {
        let (object, names) = line.split_once(": ").unwrap();
        let ours = fields_of(object);
        for name in names.split(' ') {
            assert_ne!(ours.contains(&name), told_otherwise(object, name), "{object}.{name}");
            count += 1;
        }
    }
    assert!(count > 200, "{count} names were compared");
}
