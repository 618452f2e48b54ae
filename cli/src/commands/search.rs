//! `commonweal search`: records with these words.

use serde_json::json;

use super::record;
use crate::{
    client::{Client, query},
    failure::Failure,
    output::Output,
};

/// Finds records that have all these words or other forms of them, accents and capitals aside; the best first
///
/// Where few have them, records that spell them a little otherwise count as well.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to look for
    #[arg(required = true)]
    words: Vec<String>,
    /// Only this kind
    #[arg(long)]
    kind: Option<String>,
    /// Only of this collaborative, by name or id
    #[arg(long)]
    owner: Option<String>,
}

pub(crate) async fn run(args: Args, node: &Client) -> Result<Output, Failure> {
    let words = args.words.join(" ");
    let which = query(&[("words", Some(&words)), ("kind", args.kind.as_deref()), ("owner", args.owner.as_deref())]);
    let records = record::all(node, "/search", &which).await?;
    let instead = node.get(&format!("/search{which}&limit=1")).await?["instead"].clone();
    let mut text = if records.is_empty() { "Nothing here has these words.".into() } else { record::rows(&records) };
    if let Some(words) = instead.as_str() {
        text.push_str(&format!("\nDid you mean: {words}"));
    }
    Ok(Output::new(json!({"records": records, "instead": instead}), text))
}
