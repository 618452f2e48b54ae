//! `commonweal init`: a home, its keys, and what the collaborative is called.

use std::path::PathBuf;

use node::run::ask_offline;
use protocol::input::Request;
use serde_json::{Value, json};

use crate::{
    client::Client,
    failure::{Exit, Failure},
    output::Output,
};

/// Says what your collaborative is called, and makes its folder and keys when they are missing
///
/// Works whether or not the node runs. The first time, before the node runs, it shows 24 words: write them down, they
/// are the only way to get the collaborative's key back when the computer is lost.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The collaborative's name, such as "Riverside Family Coalition"
    #[arg(long)]
    name: String,
    /// Its place, such as a county
    #[arg(long)]
    place: Option<String>,
}

pub(crate) async fn run(args: Args, home: PathBuf, node: &Client) -> Result<Output, Failure> {
    let Args { name, place } = args;
    if node.is_up() {
        node.put("/name", &json!({"name": name, "place": place})).await?;
        let status = node.get("/status").await?;
        return Ok(told(&name, &status["node"], None));
    }
    let request = Request::Name { name: name.clone(), place };
    let done = tokio::task::spawn_blocking(move || ask_offline(&home, request)).await;
    let done = done.map_err(|why| Failure::new(Exit::Other, format!("the home could not be made: {why}")))??;
    done.answer?;
    Ok(told(&name, &json!(done.node), done.words.as_deref()))
}

fn told(name: &str, node: &Value, words: Option<&str>) -> Output {
    let mut json = json!({"name": name, "node": node});
    let mut text = format!("This is now the node of {name}.");
    if let Some(words) = words {
        json["words"] = words.into();
        text = format!("{text}\n\n{}\n\nStart it with `commonweal up`.", keep(words));
    }
    Output::new(json, text)
}

/// The words in four rows of six, as on a recovery sheet.
pub(crate) fn keep(words: &str) -> String {
    let words: Vec<&str> = words.split(' ').collect();
    let row = |(at, row): (usize, &[&str])| {
        let cells = row.iter().enumerate().map(|(i, word)| format!("{:>2} {word:<9}", at * 6 + i + 1));
        cells.collect::<Vec<_>>().join(" ").trim_end().to_owned()
    };
    let rows: Vec<String> = words.chunks(6).enumerate().map(row).collect();
    format!(
        "Write these 24 words on paper and keep them safe. They are your collaborative's key,\n\
         and they are shown only until you begin to use it:\n\n{}",
        rows.join("\n")
    )
}
