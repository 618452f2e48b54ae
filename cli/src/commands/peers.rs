//! `commonweal peers`: the other nodes, and having nothing to do with one.

use serde_json::{Value, json};

use crate::{
    client::{Client, path},
    failure::Failure,
    output::{Output, count, items, short, table, text},
};

/// Shows the other nodes, and which are connected; blocks a member, or ends that
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    deed: Option<Deed>,
}

#[derive(Debug, clap::Subcommand)]
enum Deed {
    /// Has nothing more to do with a member: no connection, nothing given, nothing taken
    ///
    /// It is between you and them: they stay a member, nobody is told, and what is shared with the whole network still
    /// goes through the others. `commonweal peers unblock` ends it.
    Block {
        /// The member's name or id
        member: String,
    },
    /// Has to do with a member again
    Unblock {
        /// The member's name or id
        member: String,
    },
}

pub(crate) async fn run(args: Args, node: &Client) -> Result<Output, Failure> {
    match args.deed {
        None => list(node).await,
        Some(Deed::Block { member }) => {
            let answer = node.put(&path(&["network", "blocked", &member]), &json!({})).await?;
            Ok(Output::new(answer, format!("You have nothing more to do with {member}. What is here stays here.")))
        }
        Some(Deed::Unblock { member }) => {
            let answer = node.delete(&path(&["network", "blocked", &member])).await?;
            Ok(Output::new(answer, format!("You have to do with {member} again.")))
        }
    }
}

async fn list(node: &Client) -> Result<Output, Failure> {
    let answer = node.get("/peers").await?;
    let peers = items(&answer, "peers");
    let shown = if peers.is_empty() { "No other node is known yet.".to_owned() } else { rows(peers) };
    Ok(Output::new(answer, shown))
}

/// One row for each: whose, connected, and whether all of it is here. Why one cannot be reached, and when it is tried
/// next, is a sentence: a column would be cut, or make the rows wider than a window.
pub(crate) fn rows(peers: &[Value]) -> String {
    let row = |peer: &Value| {
        let connected = if peer["connected"] == true { "connected" } else { "away" };
        let said = if is_away(peer) { String::new() } else { progress(peer) };
        vec![name(peer), text(peer, "standing").to_owned(), connected.to_owned(), short(text(peer, "node")), said]
    };
    let rows = table(&["Whose", "Standing", "Now", "Node", "What you asked for"], peers.iter().map(row).collect());
    let away = peers.iter().filter(|peer| is_away(peer));
    let lines =
        away.map(|peer| wrapped(&format!("{} ({}): {}", name(peer), short(text(peer, "node")), progress(peer))));
    [rows].into_iter().chain(lines).collect::<Vec<_>>().join("\n")
}

fn name(peer: &Value) -> String {
    Some(text(peer, "name")).filter(|name| !name.is_empty()).unwrap_or("(unknown)").to_owned()
}

fn is_away(peer: &Value) -> bool {
    peer["connected"] != true && peer["why_not"].as_str().is_some()
}

/// The letters in a line of a usual window.
const WINDOW: usize = 80;

/// A sentence in lines that a usual window shows whole; only a word that is longer alone goes beyond.
fn wrapped(sentence: &str) -> String {
    let (mut lines, mut line) = (vec![], String::new());
    for word in sentence.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WINDOW {
            lines.push(std::mem::replace(&mut line, "   ".to_owned()));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.join("\n")
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

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn when_an_absent_one_is_tried_next_is_seen_in_80_columns() {
        let why = "not reachable at /ip4/203.0.113.7/tcp/7447: Connection refused (os error 111); next try in 1840 s";
        let peers = [
            json!({"name": "The Riverside Family Coalition of Kennebec County", "standing": "member", "connected": false,
                "complete": false, "why_not": why, "node": "abcdefghijkl"}),
            json!({"name": "Hillside", "standing": "member", "connected": true, "complete": false, "pending": 3,
                "why_not": "3 records are on their way", "node": "mnopqrstuvwx"}),
        ];
        let shown = rows(&peers);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[2].ends_with("mnopqrst  3 records are on their way"), "{shown}");
        assert!(shown.split_whitespace().collect::<Vec<_>>().join(" ").ends_with(why), "{shown}");
        assert!(lines[3].starts_with("The Riverside Family Coalition of Kennebec County (abcdefgh): not"), "{shown}");
        assert!(lines[3..].iter().all(|line| line.chars().count() <= WINDOW), "{shown}");
    }
}
