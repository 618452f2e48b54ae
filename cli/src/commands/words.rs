//! `commonweal words`: the 24 words of the collaborative's key, once more.

use std::{
    io::{self, IsTerminal},
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
    let text = format!(
        "Whoever reads these words can act as your collaborative, and nobody can take them back.\n\
         Keep them on paper, in a safe place, and clear the screen afterwards.\n\n{}",
        sheet(&words)
    );
    Ok(Output::new(json!({"words": words.as_str()}), text))
}
