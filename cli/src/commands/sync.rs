//! `commonweal sync`: whether everything is here, and waiting until it is.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::peers;
use crate::{
    client::Client,
    failure::Failure,
    output::{Output, count, items},
    progress::Progress,
};

/// How often the node is asked. Shorter than a person notices, long enough to cost nothing.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Says whether everything you asked for is here, from every neighbor that is connected
///
/// Records travel by themselves; this only waits for them. Exit code 11 means that something was missing when the time
/// was up, or that nobody was connected.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Waits until it is; otherwise looks once
    #[arg(long)]
    wait: bool,
    /// How long to wait, in seconds
    #[arg(long, value_name = "S", default_value_t = 60)]
    timeout: u64,
}

pub(crate) async fn run(args: Args, node: &Client, mut progress: Progress) -> Result<Output, Failure> {
    let patience = Duration::from_secs(if args.wait { args.timeout } else { 0 });
    let mut status = node.get("/status").await?;
    let all_here = async {
        while !is_complete(&status) {
            progress.wait(&waiting(&status));
            sleep(LOOK_EVERY).await;
            status = node.get("/status").await?;
        }
        Ok::<(), Failure>(())
    };
    let ended = timeout(patience, all_here).await;
    drop(progress);
    match ended {
        Ok(ended) => ended?,
        Err(_) => return Err(Failure::timeout(missing(&node.get("/status").await?))),
    }
    Ok(Output::new(status, "Everything you asked for is here."))
}

fn connected(status: &Value) -> impl Iterator<Item = &Value> {
    items(status, "peers").iter().filter(|peer| peer["connected"] == true)
}

fn is_complete(status: &Value) -> bool {
    let mut peers = connected(status).peekable();
    status["complete"] == true && peers.peek().is_some() && peers.all(|peer| peer["complete"] == true)
}

/// What is on its way, in a line.
fn waiting(status: &Value) -> String {
    let peers = connected(status).count() as u64;
    let pending: u64 = connected(status).filter_map(|peer| peer["pending"].as_u64()).sum();
    match (peers, pending) {
        (0, _) => "Waiting: nobody is connected yet".into(),
        (_, 0) => format!("Waiting to hear what {}", count(peers, "connected node has", "connected nodes have")),
        _ => format!("Waiting for {}", count(pending, "record", "records")),
    }
}

fn missing(status: &Value) -> String {
    let incomplete: Vec<Value> = connected(status).filter(|peer| peer["complete"] != true).cloned().collect();
    if connected(status).next().is_none() {
        return "nobody is connected, so nothing can arrive; `commonweal peers` shows who is known".into();
    }
    format!("not everything you asked for is here yet\n{}", peers::rows(&incomplete))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn who_waits_is_told_for_what() {
        let status = |peers: Value| waiting(&json!({"peers": peers}));
        assert_eq!(status(json!([{"connected": false, "pending": 4}])), "Waiting: nobody is connected yet");
        let two = json!([{"connected": true, "pending": 4}, {"connected": true, "pending": 1}]);
        assert_eq!(status(two), "Waiting for 5 records");
        let quiet = json!([{"connected": true, "pending": 0}]);
        assert_eq!(status(quiet), "Waiting to hear what 1 connected node has");
    }

    #[test]
    fn complete_means_with_everyone_connected_and_with_somebody() {
        let peer = |connected: bool, complete: bool| json!({"connected": connected, "complete": complete});
        let status = |peers: &[Value]| json!({"complete": true, "peers": peers});
        assert!(is_complete(&status(&[peer(true, true), peer(false, false)])));
        assert!(!is_complete(&status(&[peer(true, true), peer(true, false)])));
        assert!(!is_complete(&status(&[peer(false, true)])));
        assert!(!is_complete(&status(&[])));
        assert!(!is_complete(&json!({"complete": false, "peers": [peer(true, true)]})));
    }
}
