//! `commonweal people`: who may sign in to the pages, and a way in for who cannot any more.

use clap::Subcommand;
use serde_json::Value;

use crate::{
    client::{Client, path},
    failure::Failure,
    output::{Output, items, moment, table, text},
};

/// Shows who may sign in to the pages, and lets somebody back in
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Shows who may sign in, and as what
    List,
    /// Makes a link with which somebody chooses a new password
    ///
    /// For who forgot theirs or lost the phone with the codes, above all when nobody else looks after people in the pages.
    /// The link works once, within a day, and is shown only now. With it they are signed out everywhere else, and codes
    /// besides the password are off until they turn them on again.
    Reset {
        /// What they sign in with, as `commonweal people` shows it
        name: String,
    },
}

pub(crate) async fn run(args: Args, node: &Client) -> Result<Output, Failure> {
    match args.command.unwrap_or(Command::List) {
        Command::List => list(node).await,
        Command::Reset { name } => reset(&name, node).await,
    }
}

async fn list(node: &Client) -> Result<Output, Failure> {
    let answer = node.get("/people").await?;
    let people = items(&answer, "people");
    let row = |person: &Value| {
        let seen = person["seen_ms"].as_i64().map_or("never".into(), |ms| moment(ms / 1_000));
        ["name", "called", "role"].map(|of| text(person, of).to_owned()).into_iter().chain([seen]).collect()
    };
    let shown = match people.is_empty() {
        true => {
            "Nobody has an account yet. Start the node with `commonweal up --web 127.0.0.1:8080`, open that address \
                 and type the set-up code it shows."
                .to_owned()
        }
        false => table(&["Signs in as", "Name", "Role", "Last here"], people.iter().map(row).collect()),
    };
    Ok(Output::new(answer, shown))
}

async fn reset(name: &str, node: &Client) -> Result<Output, Failure> {
    let answer = node.post(&path(&["people", name, "reset"]), &Value::Null).await?;
    let shown = format!(
        "Open this at the address of your pages, such as http://127.0.0.1:8080{0}\n\n  {0}\n\nIt works once, within a \
         day. Whoever opens it chooses the new password: hand it to nobody else.",
        text(&answer, "path")
    );
    Ok(Output::new(answer, shown))
}
