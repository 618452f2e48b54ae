//! The command `commonweal`: runs a node, or talks to the one that runs.

#![allow(rustdoc::broken_intra_doc_links, reason = "comments of commands are their help: `steps[1]` there is no link")]

mod client;
mod commands;
mod day;
mod failure;
mod output;
mod progress;

use std::{env, ffi::OsString, process::ExitCode};

use clap::FromArgMatches;

use commands::Cli;
use failure::{Exit, Failure};

fn main() -> ExitCode {
    run(env::args_os()).into()
}

fn run(words: impl IntoIterator<Item = OsString>) -> Exit {
    let asked = commands::table().try_get_matches_from(words).and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match asked {
        Ok(cli) => cli,
        Err(why) => {
            // It fails when nobody reads, as with `| head`.
            let _ = why.print();
            return if why.use_stderr() { Exit::Usage } else { Exit::Ok };
        }
    };
    let json = cli.json;
    let done = begin(cli).and_then(|output| output.print(json).map(|()| output.exit).map_err(Failure::from));
    match done {
        Ok(exit) => exit,
        Err(failure) => {
            failure.print(json);
            failure.exit
        }
    }
}

fn begin(cli: Cli) -> Result<output::Output, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(commands::run(cli))
}
