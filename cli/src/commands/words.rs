//! `commonweal words`: the 24 words of the collaborative's key, once more.

use std::{
    io::{self, IsTerminal, Write},
    path::Path,
};

use node::keys;
use serde_json::json;

use super::init::sheet;
use crate::{
    failure::{Exit, Failure},
    output::Output,
};

/// Shows the 24 words of your collaborative's key again
///
/// Whoever reads them can act as your collaborative, and nobody can take them back: look around before you type this.
/// They are shown on a terminal only, never in a log. `commonweal init --words` makes a home of them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Shows them also where no terminal is, such as in a file or to a program
    #[arg(long)]
    show: bool,
}

pub(crate) fn run(args: Args, home: &Path) -> Result<Output, Failure> {
    if !args.show && !io::stdout().is_terminal() {
        let message = "the words are shown on a terminal only, since a file or a log would keep them; add --show if you \
                       mean it";
        return Err(Failure::new(Exit::NotAllowed, message));
    }
    let words = keys::words(home)?;
    let json = json!({"words": words.as_str()});
    const WARNING: &str = "Whoever reads these words can act as your collaborative, and nobody can take them back.";
    if !io::stdout().is_terminal() {
        // `init --words` reads such a file, so nothing but the words stands in it. That nobody reads this is no failure.
        let _ = writeln!(io::stderr(), "{WARNING}");
        return Ok(Output::new(json, words.as_str()));
    }
    let keep = "Keep them on paper, in a safe place, and clear the screen afterwards.";
    Ok(Output::new(json, format!("{WARNING}\n{keep}\n\n{}", sheet(&words))))
}
