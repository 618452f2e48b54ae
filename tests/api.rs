//! The API of the real binary: what its description says holds, and nobody gets more than their key opens.

use std::collections::BTreeSet;

use harness::{
    browser::Browser,
    program::Program,
    real::{Node, Place, eventually},
};
use serde_json::{Value, json};

const PASSWORD: &str = "walking to school together";

/// Riverside with pages and a network, and an admin who is signed in there.
fn riverside(place: &Place) -> (Node, Browser) {
    let node = place.with_pages("Riverside");
    node.ask(&["network", "found", "--name", "Valley Network"]);
    let browser = Browser::set_up(&node, "ann@example.org", PASSWORD);
    (node, browser)
}

#[test]
fn a_key_opens_what_its_scope_says_and_nothing_more() {
    let place = Place::new();
    let (node, mut ann) = riverside(&place);
    for audience in ["private", "network", "public"] {
        node.practice(&format!("Canary {audience}"), audience);
    }
    let [read, write, admin] = ["read", "write", "admin"].map(|scope| Program::of(&node, Some(&ann.key(scope))));
    let (stranger, wrong) = (Program::of(&node, None), Program::of(&node, Some("cw_0000")));
    let body = json!({"kind": "practice", "fields": {"title": "Walk", "summary": "We walk."}});
    eventually("all are listed", || read.get("/records").1["records"].as_array().is_some_and(|all| all.len() == 3));
    eventually("the public one is", || {
        stranger.get("/records").1["records"].as_array().is_some_and(|all| all.len() == 1)
    });
    assert_eq!(stranger.get("/search?words=canary").1["records"].as_array().unwrap().len(), 1);
    assert_eq!(read.get("/search?words=canary").1["records"].as_array().unwrap().len(), 3);
    for (who, reads, writes, governs) in [
        (&stranger, 401, 401, 401),
        (&wrong, 401, 401, 401),
        (&read, 200, 403, 403),
        (&write, 200, 201, 403),
        (&admin, 200, 201, 200),
    ] {
        assert_eq!(who.get("/status").0, reads);
        assert_eq!(who.ask("POST", "/records", &body).0, writes);
        assert_eq!(who.ask("PUT", "/name", &json!({"name": "Riverside"})).0, governs);
        assert_eq!(who.at("GET", "/metrics").0, governs);
    }
    assert_eq!(wrong.get("/records").0, 401, "a key that is none is no stranger");
    // What is not for them and what is not there answer alike.
    let hidden = node.practice("Canary private", "private");
    let nothing = "a".repeat(52);
    let [(_, hidden), (_, nothing)] = [&hidden, &nothing].map(|id| {
        let (status, answer) = stranger.get(&format!("/records/{id}"));
        (status, answer.to_string().replace(id.as_str(), "ID"))
    });
    assert_eq!(hidden, nothing);
    // Cookies open no API, and keys open no page.
    assert_eq!(ann.open("/api/v1/status").status, 401);
    assert!(!read.at("GET", "/practices").1.as_str().unwrap_or_default().contains("Canary private"));
    // A key that was ended opens nothing; what the log tells is no key.
    let ended = ann.key("read");
    let program = Program::of(&node, Some(&ended));
    assert_eq!(program.get("/status").0, 200);
    ann.end_keys();
    for program in [&program, &read, &write, &admin] {
        assert_eq!(program.get("/status").0, 401);
    }
    assert!(!node.log().contains(&ended));
}

/// The description names every route, and every answer is as it says.
#[test]
fn what_the_description_says_holds_of_real_answers() {
    let place = Place::new();
    let (node, mut ann) = riverside(&place);
    let admin = Program::of(&node, Some(&ann.key("admin")));
    let stranger = Program::of(&node, None);
    let described = stranger.get("/openapi.json").1;
    assert_eq!(described["openapi"], json!("3.1.0"));
    let made = admin
        .ask("POST", "/records", &json!({"kind": "practice", "fields": {"title": "Walk", "summary": "We walk."}}))
        .1;
    let id = made["id"].as_str().unwrap().to_owned();
    let practice = json!({"kind": "practice", "fields": {"title": "Sew", "summary": "We sew."}, "audience": "public"});
    let rows = json!({"records": [{"kind": "practice", "outside_id": "7", "fields": [["title", "From a file"]]}]});
    let proposal = json!({"change": {"text": {"purpose": "Share what works."}}, "why": "Clearer."});
    let asked: [(&str, &str, String, Value); 37] = [
        ("post", "/records", "/records".into(), practice),
        ("get", "/records", "/records?limit=5".into(), Value::Null),
        ("get", "/records/{id}", format!("/records/{id}?history=true"), Value::Null),
        ("patch", "/records/{id}", format!("/records/{id}"), json!({"set": [["title", "Walk together"]]})),
        ("post", "/records/{id}/editors", format!("/records/{id}/editors"), json!({"editors": "members"})),
        ("post", "/records/{id}/audience", format!("/records/{id}/audience"), json!({"audience": "private"})),
        ("delete", "/records/{id}", format!("/records/{id}"), Value::Null),
        ("get", "/records/{id}", "/records/aaaa".into(), Value::Null),
        ("post", "/import", "/import".into(), rows),
        ("get", "/search", "/search?words=sew".into(), Value::Null),
        ("get", "/search", "/search".into(), Value::Null),
        ("get", "/kinds", "/kinds".into(), Value::Null),
        ("get", "/kinds/{kind}", "/kinds/practice".into(), Value::Null),
        ("get", "/status", "/status".into(), Value::Null),
        ("get", "/peers", "/peers".into(), Value::Null),
        ("put", "/name", "/name".into(), json!({"name": "Riverside", "place": "Maple River County"})),
        ("post", "/subscriptions", "/subscriptions".into(), json!({"kind": "training"})),
        ("get", "/subscriptions", "/subscriptions".into(), Value::Null),
        ("delete", "/subscriptions", "/subscriptions?kind=training".into(), Value::Null),
        ("get", "/network", "/network".into(), Value::Null),
        ("post", "/network", "/network".into(), json!({"name": "Another"})),
        ("post", "/network/invitations", "/network/invitations".into(), json!({"partner": true})),
        ("post", "/network/join", "/network/join".into(), json!({"ticket": "hello"})),
        ("post", "/network/proposals", "/network/proposals".into(), proposal),
        ("get", "/records/{id}/versions/{change}", format!("/records/{id}/versions/aaaa"), Value::Null),
        ("post", "/records/{id}/restore", format!("/records/{id}/restore"), json!({"change": "aaaa"})),
        ("get", "/network/invitations", "/network/invitations".into(), Value::Null),
        ("delete", "/network/invitations/{id}", "/network/invitations/aaaa".into(), Value::Null),
        ("delete", "/network/join", "/network/join".into(), Value::Null),
        ("get", "/network/decisions", "/network/decisions".into(), Value::Null),
        ("put", "/network/blocked/{member}", "/network/blocked/nobody".into(), Value::Null),
        ("delete", "/network/blocked/{member}", "/network/blocked/nobody".into(), Value::Null),
        ("delete", "/network/partners/{id}", "/network/partners/nobody".into(), Value::Null),
        ("get", "/backups", "/backups".into(), Value::Null),
        ("post", "/backups", "/backups".into(), Value::Null),
        ("get", "/backups/{name}", "/backups/nothing".into(), Value::Null),
        ("post", "/backups/{name}/verify", "/backups/nothing/verify".into(), Value::Null),
    ];
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    for (method, path, at, body) in &asked {
        for who in [&admin, &stranger] {
            let (status, answer) = who.ask(&method.to_uppercase(), at, body);
            let operation = &described["paths"][path][method];
            let responses = &operation["responses"];
            let response = responses.get(status.to_string()).unwrap_or(&responses["default"]);
            assert!(status < 500, "{method} {at}: {status} {answer}");
            let schema = &response["content"]["application/json"]["schema"];
            assert_eq!(fault(&described, schema, &answer), None, "{method} {at}: {answer}");
        }
        seen.insert(((*path).to_owned(), (*method).to_owned()));
    }
    let all = described["paths"].as_object().unwrap().iter();
    let all: BTreeSet<(String, String)> = all
        .flat_map(|(path, methods)| methods.as_object().unwrap().keys().map(|m| (path.clone(), m.clone())))
        .collect();
    let mut rest: Vec<_> = all.difference(&seen).map(|(path, method)| format!("{method} {path}")).collect();
    rest.sort_unstable();
    let untried = ["get /events", "get /metrics", "get /openapi.json", "post /network/proposals/{id}/votes"];
    assert_eq!(rest, untried);
    // Numbers without a word.
    let (status, numbers) = admin.at("GET", "/metrics");
    let numbers = numbers.as_str().unwrap();
    assert!(
        status == 200 && numbers.contains("commonweal_records ") && numbers.contains("route=\"/api/v1/records/{id}\"")
    );
    for word in ["Riverside", "Walk", "Sew", &id, "ann", "127.0.0.1"] {
        assert!(!numbers.contains(word), "{word}: {numbers}");
    }
}

/// What in a value is not as a schema says; nothing when all is.
fn fault(whole: &Value, schema: &Value, value: &Value) -> Option<String> {
    if let Some(path) = schema["$ref"].as_str() {
        return fault(whole, whole.pointer(path.trim_start_matches('#')).unwrap(), value);
    }
    if let Some(only) = schema.get("const") {
        return (only != value).then(|| format!("{value} is not {only}"));
    }
    if let Some(some) = schema["enum"].as_array() {
        return (!some.contains(value)).then(|| format!("{value} is none of {some:?}"));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(some) => some.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    let is = |name: &str| match name {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => value.is_null(),
    };
    if !types.into_iter().any(is) {
        return Some(format!("{value} is not {}", schema["type"]));
    }
    let within = |name: &str, inner: &Value| {
        let known = schema["properties"].get(name).map(|schema| fault(whole, schema, inner));
        known.unwrap_or_else(|| {
            (schema["additionalProperties"] == json!(false)).then(|| format!("{name} is not described"))
        })
    };
    match value {
        Value::Array(items) => items.iter().find_map(|item| fault(whole, schema.get("items")?, item)),
        Value::Object(fields) => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let missing =
                required.into_iter().find(|name| !fields.contains_key(*name)).map(|name| format!("{name} is missing"));
            missing.or_else(|| fields.iter().find_map(|(name, inner)| within(name, inner)))
        }
        _ => None,
    }
}
