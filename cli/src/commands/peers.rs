//! `commonweal peers`: the other nodes.

use serde_json::Value;

use crate::{
    client::Client,
    failure::Failure,
    output::{Output, count, items, short, table, text},
};

pub(crate) async fn run(node: &Client) -> Result<Output, Failure> {
    let answer = node.get("/peers").await?;
    let peers = items(&answer, "peers");
    let shown = if peers.is_empty() { "No other node is known yet.".to_owned() } else { rows(peers) };
    Ok(Output::new(answer, shown))
}

/// One row for each: whose, connected, and whether all of it is here.
pub(crate) fn rows(peers: &[Value]) -> String {
    let row = |peer: &Value| {
        let name = Some(text(peer, "name")).filter(|name| !name.is_empty()).unwrap_or("(unknown)");
        let connected = if peer["connected"] == true { "connected" } else { "away" };
        vec![
            name.to_owned(),
            text(peer, "standing").to_owned(),
            connected.to_owned(),
            progress(peer),
            short(text(peer, "node")),
        ]
    };
    table(&["Whose", "Standing", "Now", "What you asked for", "Node"], peers.iter().map(row).collect())
}

fn progress(peer: &Value) -> String {
    if peer["complete"] == true {
        return "all here".into();
    }
    if let Some(why) = peer["why_not"].as_str() {
        return why.to_owned();
    }
    match peer["pending"].as_u64() {
        Some(pending) if pending > 0 => format!("{} on their way", count(pending, "record", "records")),
        _ => "not all here".into(),
    }
}
