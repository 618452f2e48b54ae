//! `commonweal up`: runs the node until it is asked to stop.

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
};

use clap::ValueEnum;
use node::{
    config::Options,
    log::{self, Format},
    run::{self, Ready},
};
use serde_json::{Value, json};

use super::init::keep;
use crate::{
    failure::Failure,
    output::{self, Output},
};

/// Runs the node, until Ctrl-C or the system stops it
///
/// Makes folder and keys when they are missing. With `--json` it prints one line once it can be used:
/// {"web": address or null, "listen": [addresses], "node": key}, and "set_up": the code for the first
/// visit to the pages, while nobody has made it. Logs go to standard error.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Shows pages on this web address, such as 127.0.0.1:8080
    ///
    /// What is public anybody can read there; the rest is for who signs in. The first visit needs the code that is shown
    /// when the node starts.
    #[arg(long, value_name = "ADDR")]
    web: Option<String>,
    /// Where other nodes can connect; may be given several times [default: port 7447 of every address]
    ///
    /// By TCP, such as /ip4/0.0.0.0/tcp/7447, or by QUIC, such as /ip4/0.0.0.0/udp/7447/quic-v1; /ip6/ likewise, and
    /// port 0 takes any that is free. By default a node listens by both: open TCP and UDP port 7447 in your router to
    /// let others in from outside.
    #[arg(long, value_name = "MULTIADDR")]
    listen: Vec<String>,
    /// Neither looks for neighbors' nodes on the local network (mDNS) nor says there that this one is running
    ///
    /// Otherwise whoever asks on the local network learns this node's id and where it listens there, and nothing of
    /// whose it is or what it holds. The id stays the same: somebody who watches several networks could tell that the
    /// same laptop was in each. Only nodes that you know already are ever connected to.
    #[arg(long)]
    no_mdns: bool,
    /// What log lines look like
    #[arg(long, value_enum, default_value_t)]
    log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum LogFormat {
    /// For people
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

pub(crate) async fn run(args: Args, home: PathBuf, json: bool) -> Result<Output, Failure> {
    let Args { web, listen, no_mdns, log_format } = args;
    log::start(match log_format {
        LogFormat::Text => Format::Text,
        LogFormat::Json => Format::Json,
    });
    run::run(Options { home, web, listen, mdns: !no_mdns }, |ready| say(&ready, json)).await?;
    Ok(Output::new(Value::Null, ""))
}

fn say(ready: &Ready, json: bool) {
    let said = if json { for_programs(ready).to_string() } else { for_people(ready) };
    // A node goes on when nobody reads what it says.
    let _ = output::print(&said);
}

fn for_programs(ready: &Ready) -> Value {
    let mut said = json!({"web": ready.web, "listen": ready.listen, "node": ready.node});
    if let Some(code) = &ready.set_up {
        said["set_up"] = code.as_str().into();
    }
    said
}

fn for_people(ready: &Ready) -> String {
    let mut lines = vec!["Your node is running. Stop it with Ctrl-C.".to_owned()];
    if let Some(web) = &ready.web {
        lines.push(format!("Your pages: {web}"));
    }
    if let Some(code) = &ready.set_up {
        lines.push(format!("Set-up code for the first visit there: {code}"));
    }
    lines.extend(ready.listen.iter().map(|address| format!("Neighbors connect to {address}")));
    if let Some(words) = &ready.words {
        // A service manager keeps what a service prints, so there the words would lie about in a log.
        let shown = io::stdout().is_terminal();
        lines.push(String::new());
        lines.push(if shown { keep(words) } else { "A key was made for your collaborative.".to_owned() });
    }
    lines.join("\n")
}
