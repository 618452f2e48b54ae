//! `commonweal status`: how this node stands.

use serde_json::Value;

use super::peers;
use crate::{
    client::Client,
    failure::Failure,
    output::{Output, count, items, joined, text},
};

pub(crate) async fn run(node: &Client) -> Result<Output, Failure> {
    let answer = node.get("/status").await?;
    let shown = shown(&answer);
    Ok(Output::new(answer, shown))
}

fn shown(status: &Value) -> String {
    let mut lines = vec![who(status), belongs(status)];
    let records = count(status["records"].as_u64().unwrap_or(0), "record", "records");
    let complete =
        if status["complete"] == true { "everything you asked for" } else { "not yet everything you asked for" };
    lines.push(format!("{records} here; {complete}."));
    lines.extend(
        items(status, "trouble").iter().filter_map(Value::as_str).map(|trouble| format!("Look at this: {trouble}")),
    );
    let words = joined(items(&status["joining"], "words"));
    if !words.is_empty() {
        lines.push(format!("Who invited you must see the same four words: {words}"));
    }
    lines.push(format!("Node {}", text(status, "node")));
    lines.extend(
        items(status, "listen").iter().filter_map(Value::as_str).map(|at| format!("Neighbors connect to {at}")),
    );
    let peers = items(status, "peers");
    if !peers.is_empty() {
        lines.extend([String::new(), peers::rows(peers)]);
    }
    lines.join("\n")
}

fn who(status: &Value) -> String {
    match (status["name"].as_str(), status["place"].as_str().filter(|place| !place.is_empty())) {
        (Some(name), Some(place)) => format!("{name}, {place}"),
        (Some(name), None) => name.to_owned(),
        (None, _) => "This collaborative has no name yet; give it one with `commonweal init --name …`.".to_owned(),
    }
}

fn belongs(status: &Value) -> String {
    let standing = text(status, "standing");
    match status["network_name"].as_str() {
        Some(name) if standing == "applicant" => {
            format!("Applicant of {name}; waiting for the votes of its stewards, which may take days")
        }
        Some(name) if standing == "stranger" => format!("No longer in {name}"),
        Some(name) if !standing.is_empty() => format!("{} of {name}", capital(standing)),
        Some(name) => format!("In {name}"),
        None if !standing.is_empty() => format!("{}; waiting for the network", capital(standing)),
        None => "In no network yet; use `commonweal network found` or `commonweal network join`.".to_owned(),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
