//! The JSON Schema of a kind, for programs that write records.

use super::shape::{Field, Fields, Kind, Needed, Shape};
use serde_json::{Map, Value, json};

/// The JSON Schema (2020-12) of a record of this kind, as the API takes and gives it.
pub fn schema(kind: &Kind) -> Value {
    let mut schema = object(kind.fields(), false);
    let head = [
        ("$schema", json!("https://json-schema.org/draft/2020-12/schema")),
        ("title", json!(kind.label)),
        ("description", json!(kind.help)),
    ];
    schema.extend(head.map(|(name, value)| (name.to_owned(), value)));
    Value::Object(schema)
}

fn object(fields: Fields, is_item: bool) -> Map<String, Value> {
    let mut properties: Map<String, Value> =
        fields.iter().map(|field| (field.name.to_owned(), property(field))).collect();
    if is_item {
        let id =
            json!({"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$", "description": "Leave it out of new items."});
        properties.insert("id".to_owned(), id);
    }
    let required: Vec<&str> =
        fields.iter().filter(|field| field.needed == Needed::ToSave).map(|field| field.name).collect();
    let mut object = Map::new();
    object.insert("type".to_owned(), "object".into());
    object.insert("properties".to_owned(), properties.into());
    object.insert("additionalProperties".to_owned(), false.into());
    if !required.is_empty() {
        object.insert("required".to_owned(), required.into());
    }
    object
}

fn property(field: &Field) -> Value {
    let mut property = shape(&field.shape);
    property.insert("title".to_owned(), field.label.into());
    if !field.help.is_empty() {
        property.insert("description".to_owned(), field.help.into());
    }
    Value::Object(property)
}

fn shape(shape_: &Shape) -> Map<String, Value> {
    let schema = match shape_ {
        Shape::Line { most } | Shape::Lines { most } | Shape::Prose { most } => {
            json!({"type": "string", "maxLength": most})
        }
        Shape::Date => json!({"type": "string", "format": "date"}),
        Shape::DateTime => json!({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$"}),
        Shape::Instant => json!({"type": "string", "format": "date-time"}),
        Shape::Time => json!({"type": "string", "pattern": r"^\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?$"}),
        Shape::Duration => json!({"type": "string", "format": "duration"}),
        Shape::Zone => json!({"type": "string", "examples": ["America/New_York"]}),
        Shape::Recurrence => json!({"type": "string", "examples": ["FREQ=WEEKLY;BYDAY=TU"]}),
        Shape::Url => json!({"type": "string", "format": "uri", "pattern": "^https?://", "maxLength": 2000}),
        Shape::Email => json!({"type": "string", "format": "email"}),
        Shape::Phone => json!({"type": "string", "maxLength": 60}),
        Shape::Language => json!({"type": "string", "pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$"}),
        Shape::Hash => json!({"type": "string", "pattern": "^[0-9a-f]{64}$"}),
        Shape::Link { .. } => json!({"type": "string", "pattern": r"^\S+$", "maxLength": 200}),
        Shape::Whole { least, most } => json!({"type": "integer", "minimum": least, "maximum": most}),
        Shape::Decimal { least, most } => json!({"type": "number", "minimum": least, "maximum": most}),
        Shape::YesNo => json!({"type": "boolean"}),
        Shape::Choice(choices) => {
            let values: Vec<&str> = choices.iter().map(|choice| choice.value).collect();
            json!({"type": "string", "enum": values})
        }
        Shape::Set { of, most } => json!({"type": "array", "items": shape(of), "uniqueItems": true, "maxItems": most}),
        Shape::List { most, .. } => {
            json!({"type": "array", "items": object(shape_.inner(), true), "maxItems": most})
        }
        Shape::Group(_) => Value::Object(object(shape_.inner(), false)),
    };
    match schema {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}
