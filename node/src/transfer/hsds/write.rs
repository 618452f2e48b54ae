//! Records become objects of HSDS again: full ones, on one page for each kind of them.
//!
//! What HSDS has no name for, such as topics or the name of a time zone, stands under our own name beside the rest, so that
//! nothing is lost on the way to another node.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{super::export::pretty, Object};

/// The files, with their bytes. Records of other kinds are left out.
pub fn write(records: &[Value]) -> Vec<(String, Vec<u8>)> {
    let directory = Directory::new(records);
    let page = |kind: &str, name: &str| {
        let objects: Vec<Value> = directory.all(kind).map(|object| directory.full(kind, object)).collect();
        (format!("{name}.json"), pretty(&paged(objects)))
    };
    [
        ("organization", "organizations"),
        ("service", "services"),
        ("location", "locations"),
        ("service_at_location", "service_at_locations"),
    ]
    .map(|(kind, name)| page(kind, name))
    .to_vec()
}

fn paged(contents: Vec<Value>) -> Value {
    json!({
        "total_items": contents.len(), "total_pages": 1, "page_number": 1, "size": contents.len(),
        "first_page": true, "last_page": true, "empty": contents.is_empty(), "contents": contents,
    })
}

/// The objects by kind and id.
struct Directory {
    objects: BTreeMap<(String, String), Object>,
}

impl Directory {
    fn new(records: &[Value]) -> Directory {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut objects = BTreeMap::new();
        for record in records {
            let Some(fields) = record["fields"].as_object() else { continue };
            let mut object = fields.clone();
            let id = object.remove("outside_id").map(|id| text(&id)).unwrap_or_else(|| text(&record["id"]));
            object.values_mut().for_each(ids_in_groups);
            object.insert("id".to_owned(), id.as_str().into());
            objects.insert((text(&record["kind"]), id), object);
        }
        Directory { objects }
    }

    fn all<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Object> {
        self.objects.iter().filter(move |((known, _), _)| known == kind).map(|(_, object)| object)
    }

    fn get(&self, kind: &str, id: &Value) -> Option<Value> {
        self.objects.get(&(kind.to_owned(), id.as_str()?.to_owned())).cloned().map(Value::Object)
    }

    /// An object with those around it, which stand in it without others in them.
    fn full(&self, kind: &str, object: &Object) -> Value {
        let mut full = object.clone();
        let id = object.get("id").cloned().unwrap_or_default();
        let mut put = |name: &str, value: Option<Value>| full.extend(value.map(|value| (name.to_owned(), value)));
        let link = |name: &str| object.get(name).unwrap_or(&Value::Null);
        match kind {
            "service" => {
                put("organization", self.get("organization", link("organization_id")));
                put("program", self.program(link("organization_id"), link("program_id")));
                put("service_at_locations", self.having("service_at_location", "service_id", &id));
            }
            "organization" => put("locations", self.having("location", "organization_id", &id)),
            "service_at_location" => {
                put("service", self.get("service", link("service_id")));
                put("location", self.get("location", link("location_id")));
            }
            _ => {}
        }
        Value::Object(full)
    }

    fn program(&self, organization: &Value, id: &Value) -> Option<Value> {
        let organization = self.get("organization", organization)?;
        organization["programs"].as_array()?.iter().find(|program| program["id"] == *id).cloned()
    }

    fn having(&self, kind: &str, link: &str, id: &Value) -> Option<Value> {
        let found: Vec<Value> =
            self.all(kind).filter(|object| object.get(link) == Some(id)).cloned().map(Value::Object).collect();
        (!found.is_empty()).then(|| found.into())
    }
}

/// The id of a nested term, taxonomy or unit stands in it, where records have it beside it.
fn ids_in_groups(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(ids_in_groups),
        Value::Object(object) => {
            for (group, beside) in
                [("taxonomy_term", "taxonomy_term_id"), ("taxonomy_detail", "taxonomy_id"), ("unit", "unit_id")]
            {
                if let (Some(id), Some(Value::Object(inner))) = (object.get(beside).cloned(), object.get_mut(group)) {
                    inner.insert("id".to_owned(), id);
                }
            }
            object.values_mut().for_each(ids_in_groups);
        }
        _ => {}
    }
}
