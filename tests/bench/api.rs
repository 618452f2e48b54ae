//! Generated cases for each operation of the API: no answer is a fault of the node's, and none is other than the description
//! says. Schemathesis makes them up from that description, some that keep to it and some that do not.
//!
//! `cargo run --package commonweal-tests --bin api [CASES of each operation, 300 unless said] [SEED]`; Python must find
//! Schemathesis, at PYTHONPATH say. An operation that takes nothing has one case. It asks no faster than a key may, so 300
//! cases take ten minutes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement that is in doubt ends")]

use std::{
    env, fs,
    path::Path,
    process::{Command, ExitCode},
};

use harness::{
    browser::Browser,
    program::Program,
    real::{Node, Place},
};
use serde_json::{Value, json};

/// It tells of changes for as long as somebody listens, so an answer never ends.
const ENDLESS: &str = "/events";
/// As often as a key may ask: `ASKS_A_SECOND` in node/src/config.rs.
const RATE: &str = "20/s";
/// What every answer is looked at for.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,\
                      response_headers_conformance";

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let word = |at: usize, unless: &str| words.get(at).cloned().unwrap_or_else(|| unless.to_owned());
    let (cases, seed) = (word(0, "300"), word(1, "1"));
    let place = Place::quiet();
    let node = place.with_pages("Riverside");
    node.ask(&["network", "found", "--name", "Valley Network"]);
    let records = ["public", "network", "private"].map(|audience| node.practice(&format!("Walk {audience}"), audience));
    let key = Browser::set_up(&node, "ann@example.org", "walking to school together").key("admin");
    let description = place.path().join("openapi.json");
    fs::write(&description, described(&node, &records).to_string()).unwrap();
    let report = place.path().join("report.json");
    let at = format!("http://{}/api/v1", node.pages.as_ref().unwrap().at);
    let mut cases_of_all = Command::new("python3");
    cases_of_all.args(["-m", "schemathesis.cli", "run"]).arg(&description).args(["--url", &at, "--no-color"]);
    cases_of_all.args(["--header", &format!("Authorization: Bearer {key}"), "--phases", "fuzzing", "--checks", CHECKS]);
    cases_of_all.args(["--exclude-path", ENDLESS, "--rate-limit", RATE, "--request-timeout", "30"]);
    cases_of_all.args(["--max-examples", &cases, "--seed", &seed, "--generation-database", "none"]);
    cases_of_all.args(["--continue-on-failure", "--report", "json", "--report-json-path"]).arg(&report);
    let said = cases_of_all.current_dir(place.path()).output().expect("python3 runs");
    let Some(told) = read(&report) else {
        eprintln!("{}{}", String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
        return ExitCode::FAILURE;
    };
    let (done, of) = (&told["test_cases"]["generated"], &told["operations"]["tested"]);
    let (bad, seconds) = (&told["test_cases"]["with_failures"], told["running_time"].as_f64().unwrap_or_default());
    println!(
        "api: {done} cases of {of} operations, at most {cases} of each, seed {seed}, in {seconds:.0} s: {bad} bad answers"
    );
    let is_well = said.status.success() && !node.log().contains("panicked");
    if !is_well {
        println!("{}\n{}", String::from_utf8_lossy(&said.stdout), node.log());
    }
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn read(report: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(report).ok()?).ok()
}

/// The description, with what is really there among the names that are made up; else most cases would end at a record that
/// does not exist.
fn described(node: &Node, records: &[String]) -> Value {
    let mut described = Program::of(node, None).get("/openapi.json").1;
    let history = &node.show(&records[1])["history"];
    let changes: Vec<&Value> = history.as_array().into_iter().flatten().map(|change| &change["change"]).collect();
    let there = |path: &str, name: &str| match name {
        "id" if path.starts_with("/records/") => Some(json!(records)),
        "change" => Some(json!(changes)),
        "kind" => Some(json!(["practice", "training", "session", "service"])),
        _ => None,
    };
    for (path, operations) in described["paths"].as_object_mut().unwrap() {
        for operation in operations.as_object_mut().unwrap().values_mut() {
            for parameter in operation["parameters"].as_array_mut().unwrap() {
                if let Some(there) = there(path, parameter["name"].as_str().unwrap()) {
                    parameter["schema"] = json!({"anyOf": [{"enum": there}, parameter["schema"]]});
                }
            }
        }
    }
    described
}
