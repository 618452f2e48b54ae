//! `commonweal sync`: whether everything is here, and waiting until it is.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::peers;
use crate::{
    client::Client,
    failure::Failure,
    output::{Output, items},
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

pub(crate) async fn run(args: Args, node: &Client) -> Result<Output, Failure> {
    let patience = Duration::from_secs(if args.wait { args.timeout } else { 0 });
    let mut status = node.get("/status").await?;
    let all_here = async {
        while !is_complete(&status) {
            sleep(LOOK_EVERY).await;
            status = node.get("/status").await?;
        }
        Ok::<(), Failure>(())
    };
    match timeout(patience, all_here).await {
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
