//! The description of the API as OpenAPI 3.1, made from the table of routes.

use axum::Json;
use serde_json::{Map, Value, json};

use super::{
    schema,
    table::{Needs, ROUTES, Route},
};

pub(super) async fn show() -> Json<Value> {
    Json(document())
}

/// All of it.
pub(super) fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in ROUTES.iter().filter(|route| route.needs != Needs::Here) {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Commonweal",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "The records of a community collaborative and its neighbors.",
            "description": "Without a key you get what is public. With an access key you get what its owner may see and do. \
                What is not for you and what does not exist answer alike.",
            "license": {"name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT"},
        },
        "servers": [{"url": "/api/v1"}],
        "paths": paths,
        "components": {
            "schemas": schema::components(),
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An access key, made on the account's page."},
            },
        },
    })
}

fn operation(route: &Route) -> Value {
    let answer = json!({"description": "It went well.", "content": {content_type(route): {"schema": (route.gives)()}}});
    let problem = json!({"schema": schema::named("Failure")});
    let failure = json!({"description": "It did not: the code and the sentence say why.", "content": {"application/json": problem}});
    let mut operation = json!({
        "operationId": name(route),
        "summary": route.says,
        "parameters": parameters(route),
        "responses": {route.status.to_string(): answer, "default": failure},
        "security": match route.needs {
            Needs::Nothing => json!([{}, {"key": []}]),
            _ => json!([{"key": []}]),
        },
    });
    if let Some(scope) = route.needs.scope() {
        operation["description"] = format!("Needs a key with the scope `{}`.", scope.name()).into();
    }
    if let Some(body) = route.takes {
        operation["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": body()}}});
    }
    operation
}

fn content_type(route: &Route) -> &'static str {
    match route.path {
        "/events" => "text/event-stream",
        "/metrics" => "text/plain",
        "/backups/{name}" => "application/octet-stream",
        _ => "application/json",
    }
}

/// Such as `post_records_id_audience`.
fn name(route: &Route) -> String {
    let path: String = route.path.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    let words: Vec<&str> = path.split('_').filter(|word| !word.is_empty()).collect();
    format!("{}_{}", route.method, words.join("_"))
}

fn parameters(route: &Route) -> Vec<Value> {
    let within = route.path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let within = within.map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}));
    let behind = route.params.iter().map(|param| {
        let required = route.path == "/search" && param.name == "words";
        json!({
            "name": param.name, "in": "query", "required": required, "description": param.says, "schema": (param.schema)(),
        })
    });
    within.chain(behind).collect()
}
