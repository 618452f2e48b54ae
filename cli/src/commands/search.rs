//! `commonweal search`: records with these words.

use super::record;
use crate::{
    client::{Client, query},
    failure::Failure,
    output::Output,
};

/// Finds records that have all these words, accents and capitals aside
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
    record::listed(node, "/search", &which, "Nothing here has these words.").await
}
