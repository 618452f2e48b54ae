//! `commonweal export`: puts records into files.

use std::path::PathBuf;

use clap::ValueEnum;
use node::transfer::export::{self, Format};
use serde_json::{Value, json};

use super::record::all;
use crate::{
    client::{Client, path, query},
    failure::Failure,
    output::{Output, count, items, text},
    progress::Progress,
};

/// Puts records into files that other programs read
///
/// What is shared with the network or with everybody goes into them, also what others share with you. Private records
/// stay out, and so do addresses that are kept confidential, unless --all asks for them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What the files are for
    format: Kind,
    /// The folder; it is made when missing
    dir: PathBuf,
    /// Private records and confidential addresses too: keep these files to yourself
    #[arg(long)]
    all: bool,
    /// Replaces files of the same names in a folder that is not empty
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// The resource directory in the format HSDS 3.1 of Open Referral
    Hsds,
    /// A spreadsheet for each kind of records
    Csv,
    /// A calendar of all sessions
    Ics,
    /// Everything about each record, for another Commonweal
    Json,
}

pub(crate) async fn run(args: Args, node: &Client, mut progress: Progress) -> Result<Output, Failure> {
    let format = match args.format {
        Kind::Hsds => Format::Hsds,
        Kind::Csv => Format::Csv,
        Kind::Ics => Format::Ics,
        Kind::Json => Format::Json,
    };
    let mut found = Vec::new();
    for kind in format.kinds() {
        found.extend(all(node, "/records", &query(&[("kind", Some(kind))])).await?);
    }
    let (chosen, stayed) = export::shared(found, args.all);
    let mut records = Vec::with_capacity(chosen.len());
    let history = query(&[("history", (format == Format::Ics).then_some("true"))]);
    for record in &chosen {
        records.push(node.get(&format!("{}{history}", path(&["records", text(record, "id")]))).await?);
        progress.count("Read", records.len(), chosen.len());
    }
    let confidential = if args.all { 0 } else { export::without_addresses(&mut records) };
    let files = export::files(format, &records);
    export::save(&args.dir, &files, args.force)?;
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    let said = json!({
        "records": records.len(), "stayed_out": stayed, "confidential_addresses": confidential, "files": names,
    });
    let words = words(&said);
    Ok(Output::new(said, words))
}

fn words(said: &Value) -> String {
    let number = |name: &str| said[name].as_u64().unwrap_or_default();
    let files = count(items(said, "files").len() as u64, "file", "files");
    let mut lines = vec![format!("{} in {files}.", count(number("records"), "record", "records"))];
    if number("stayed_out") > 0 {
        let stayed = count(number("stayed_out"), "record", "records");
        lines.push(format!("{stayed} stayed out, not shared with the network or everybody; --all takes all."));
    }
    if number("confidential_addresses") > 0 {
        let stayed = count(number("confidential_addresses"), "confidential address", "confidential addresses");
        lines.push(format!("{stayed} stayed out too."));
    }
    lines.join("\n")
}
