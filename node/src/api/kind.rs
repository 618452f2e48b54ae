//! The kinds of records, for programs that write them.

use axum::{Json, extract::Path};
use protocol::{
    kinds,
    record::{Kind, schema},
    refusal::Refusal,
};
use serde_json::{Value, json};

use super::failure::Failure;

/// Every kind with what it is for: `{"kinds": [{"name", "label", "plural", "help"}]}`.
pub fn listed() -> Value {
    let one = |kind: &&Kind| json!({"name": kind.name, "label": kind.label, "plural": kind.plural, "help": kind.help});
    json!({"kinds": kinds::all().iter().map(one).collect::<Vec<_>>()})
}

/// One kind as a JSON Schema.
pub fn described(name: &str) -> Result<Value, Refusal> {
    find(name).map(schema)
}

fn find(name: &str) -> Result<&'static Kind, Refusal> {
    kinds::kind(name).ok_or_else(|| Refusal::UnknownKind(name.to_owned()))
}

pub(super) async fn list() -> Json<Value> {
    Json(listed())
}

pub(super) async fn show(Path(name): Path<String>) -> Result<Json<Value>, Failure> {
    Ok(Json(described(&name)?))
}
