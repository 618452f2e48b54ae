//! The JSON Schemas of what is taken and given. Objects name all that may stand in them: a test holds real answers to it.

mod network;

use protocol::kinds;
use serde_json::{Map, Value, json};

pub(super) use self::network::*;
use crate::config::IMPORT_RECORDS;

/// An object with these fields, those with a `?` behind their names only sometimes.
fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let required: Vec<&str> = fields.iter().map(|(name, _)| *name).filter(|name| !name.ends_with('?')).collect();
    let properties: Map<String, Value> =
        fields.iter().map(|(name, schema)| (name.trim_end_matches('?').to_owned(), schema.clone())).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn text() -> Value {
    json!({"type": "string"})
}

fn perhaps() -> Value {
    json!({"type": ["string", "null"]})
}

fn count() -> Value {
    json!({"type": "integer", "minimum": 0})
}

pub(super) fn yes_no() -> Value {
    json!({"type": "boolean"})
}

fn list(of: Value) -> Value {
    json!({"type": "array", "items": of})
}

fn one_of(values: &[&str]) -> Value {
    json!({"type": "string", "enum": values})
}

/// What is described once, by its name.
pub(super) fn named(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// What is described once, so that programs made from the description have one type for it.
pub(super) fn components() -> Map<String, Value> {
    let own = [
        ("Failure", failure()),
        ("Summary", summary()),
        ("Record", whole()),
        ("Member", member()),
        ("Proposal", whole_proposal()),
        ("Network", whole_network()),
        ("Peer", peer()),
        ("Rule", a_rule()),
    ];
    let kinds = kinds::all().iter().map(|kind| {
        let mut schema = protocol::record::schema(kind);
        schema.as_object_mut().map(|schema| schema.remove("$schema"));
        (kind_schema(kind.name), schema)
    });
    own.into_iter().map(|(name, schema)| (name.to_owned(), schema)).chain(kinds).collect()
}

fn kind_schema(kind: &str) -> String {
    format!("kind-{kind}")
}

pub(super) fn anything() -> Value {
    json!({"type": "object"})
}

pub(super) fn id() -> Value {
    json!({"type": "string", "pattern": "^[a-z2-7]{52}$"})
}

pub(super) fn tag() -> Value {
    json!({"type": "string", "pattern": "^(topic|place):.+$", "examples": ["topic:housing"]})
}

pub(super) fn words() -> Value {
    json!({"type": "string", "pattern": r"\S"})
}

pub(super) fn kind_name() -> Value {
    one_of(&kinds::all().iter().map(|kind| kind.name).collect::<Vec<_>>())
}

pub(super) fn failure() -> Value {
    let problem = object([("field", text()), ("message", text())]);
    object([("error", object([("code", text()), ("message", text()), ("problems", list(problem))]))])
}

fn audience() -> Value {
    json!({
        "type": "string", "pattern": "^(private|network|public|partners:.+)$",
        "description": "`private`, `partners:NAME,NAME`, `network` or `public`.",
    })
}

fn editors() -> Value {
    json!({
        "type": "string", "pattern": "^(owner|members|named:.+)$", "description": "`owner`, `named:NAME,NAME` or `members`.",
    })
}

/// What lists say of a record. Strangers are not told the last two.
fn summary() -> Value {
    object([
        ("id", id()),
        ("kind", text()),
        ("title", text()),
        ("summary", text()),
        ("owner", text()),
        ("owner_name", text()),
        ("audience?", one_of(&["private", "partners", "network", "public"])),
        ("own?", yes_no()),
    ])
}

fn whole() -> Value {
    let value = object([("value", json!({})), ("by", text()), ("at", count()), ("change", text())]);
    let conflict = object([("field", text()), ("values", list(value))]);
    let field = field_change();
    let at = json!({"type": "integer"});
    let change = object([("change", text()), ("by", text()), ("at", at), ("fields", list(field))]);
    let more = object([
        ("fields", json!({"type": "object", "description": "As its kind describes them."})),
        ("editors?", one_of(&["owner", "named", "members"])),
        ("named?", count()),
        ("conflicts?", list(conflict)),
        ("unknown?", anything()),
        ("heads?", list(text())),
        ("superseded_by?", perhaps()),
        ("successor_deleted?", yes_no()),
        ("waiting?", count()),
        ("history?", list(change)),
    ]);
    merged(summary(), &more)
}

fn field_change() -> Value {
    object([("field", text()), ("before", json!({})), ("after", json!({}))])
}

pub(super) fn version() -> Value {
    let more = object([
        ("change", text()),
        ("by", text()),
        ("at", json!({"type": "integer"})),
        ("fields", anything()),
        ("changed", list(field_change())),
        ("since", list(field_change())),
    ]);
    merged(summary(), &more)
}

pub(super) fn restore_body() -> Value {
    object([("change", text()), heads()])
}

/// One object with the fields of both.
fn merged(mut one: Value, other: &Value) -> Value {
    if let (Some(into), Some(from)) = (one["properties"].as_object_mut(), other["properties"].as_object()) {
        into.extend(from.clone());
    }
    if let (Some(into), Some(from)) = (one["required"].as_array_mut(), other["required"].as_array()) {
        into.extend(from.iter().cloned());
    }
    one
}

pub(super) fn record() -> Value {
    named("Record")
}

pub(super) fn records() -> Value {
    object([("records", list(named("Summary")))])
}

pub(super) fn found() -> Value {
    object([("records", list(named("Summary"))), ("instead", perhaps())])
}

pub(super) fn made() -> Value {
    object([("id", id())])
}

pub(super) fn done() -> Value {
    object([("done", json!({"const": true}))])
}

pub(super) fn new_record() -> Value {
    let of_kind = |kind: &&protocol::record::Kind| {
        object([
            ("kind", json!({"const": kind.name})),
            ("fields", named(&kind_schema(kind.name))),
            ("audience?", audience()),
            ("editors?", editors()),
        ])
    };
    json!({"oneOf": kinds::all().iter().map(of_kind).collect::<Vec<_>>()})
}

/// What an answer to a record goes by: without it, the record of now.
fn heads() -> (&'static str, Value) {
    let heads = json!({
        "type": "array", "items": {"type": "string", "pattern": "^[a-z2-7]{52}$"},
        "description": "What the record's `heads` were when it was read.",
    });
    ("heads?", heads)
}

pub(super) fn change() -> Value {
    let pair = json!({"type": "array", "prefixItems": [text(), {}], "minItems": 2, "maxItems": 2});
    json!({"oneOf": [
        object([heads(), ("fields", json!({"type": "object", "description": "The whole form."}))]),
        object([heads(), ("set", json!({"type": "array", "items": pair, "description": "Single fields: `[[\"title\", \"New\"]]`."}))]),
    ]})
}

pub(super) fn audience_body() -> Value {
    object([("audience", audience()), heads()])
}

pub(super) fn editors_body() -> Value {
    object([("editors", editors())])
}

pub(super) fn import_body() -> Value {
    let pair = json!({"type": "array", "prefixItems": [text(), {}], "minItems": 2, "maxItems": 2});
    let one =
        object([("kind", kind_name()), ("source?", perhaps()), ("outside_id?", perhaps()), ("fields", list(pair))]);
    let some = json!({"type": "array", "items": one, "maxItems": IMPORT_RECORDS});
    object([("records", some), ("audience?", audience()), ("dry_run?", yes_no())])
}

pub(super) fn imported() -> Value {
    let problem = object([("field", text()), ("message", text())]);
    let outcome = one_of(&["created", "changed", "unchanged", "refused"]);
    let one = object([("outcome", outcome), ("id", perhaps()), ("fields", list(text())), ("problems", list(problem))]);
    object([("records", list(one))])
}

pub(super) fn kinds() -> Value {
    let one = object([("name", text()), ("label", text()), ("plural", text()), ("help", text())]);
    object([("kinds", list(one))])
}

pub(super) fn events() -> Value {
    json!({"type": "string", "description": "Server-sent events: `{\"id\", \"kind\"}` for each change; `{\"all\": true}` when you fell behind."})
}

pub(super) fn metrics() -> Value {
    json!({"type": "string", "description": "The text format of Prometheus."})
}

pub(super) fn backups() -> Value {
    let moment = || json!({"type": ["integer", "null"], "description": "Milliseconds since 1970."});
    let one = object([("name", text()), ("made_ms", count()), ("bytes", count()), ("verified_ms", moment())]);
    object([
        ("folder", text()),
        ("daily", yes_no()),
        ("doing", json!({"enum": ["making", "verifying", null]})),
        ("made_ms", moment()),
        ("verified_ms", moment()),
        ("late", yes_no()),
        ("wrong", json!({"enum": ["full", "folder", "damaged", "disk", null]})),
        ("backups", list(one)),
    ])
}

pub(super) fn schedule() -> Value {
    object([("folder?", perhaps()), ("daily", yes_no())])
}

pub(super) fn file() -> Value {
    json!({"type": "string", "format": "binary"})
}
