//! `commonweal init`: a home, its keys, and what the collaborative is called.

use std::{
    fs::File,
    io::{self, IsTerminal, Read, Write},
    path::{Path, PathBuf},
};

use node::{
    home::HomeError,
    keys::{self, KeyError},
    run::{ask_offline, restore},
};
use protocol::{charter::check_name, identity::seed_from_words, input::Request, limits::NAME_BYTES, refusal::Refusal};
use serde_json::{Value, json};

use crate::{
    client::Client,
    failure::{Exit, Failure, command_for},
    output::Output,
};

/// Says what your collaborative is called, and makes its folder and keys when they are missing
///
/// Works whether or not the node runs. The first time, before the node runs, it shows 24 words: write them down, they
/// are the only way to get the collaborative's key back when the computer is lost. With --words it makes a new home
/// with the key of such words, a new key for the node, and no records.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The collaborative's name, such as "Riverside Family Coalition"
    #[arg(long)]
    name: String,
    /// Its place, such as a county
    #[arg(long)]
    place: Option<String>,
    /// A file with the 24 words of a key that you have already; - reads what you type or hand over
    #[arg(long, value_name = "FILE")]
    words: Option<PathBuf>,
}

pub(crate) async fn run(args: Args, home: PathBuf, node: &Client) -> Result<Output, Failure> {
    let Args { name, place, words } = args;
    let command = command_for(&home);
    // Before anything is made: a home whose name was refused would be in the way the next time, its words never shown.
    check("the name", &name)?;
    place.as_deref().filter(|place| !place.is_empty()).map_or(Ok(()), |place| check("the place", place))?;
    let seed = words.as_deref().map(seed_in).transpose()?;
    if seed.is_none() && node.is_up() {
        node.put("/name", &json!({"name": name, "place": place})).await?;
        let status = node.get("/status").await?;
        return Ok(told(&name, &status["node"], None, &command));
    }
    let request = Request::Name { name: name.clone(), place };
    let make = move || {
        seed.map_or(Ok(()), |seed| restore(&home, &seed))?;
        ask_offline(&home, request)
    };
    let done = tokio::task::spawn_blocking(make).await;
    let done = done.map_err(|why| Failure::new(Exit::Other, format!("the home could not be made: {why}")))??;
    done.answer?;
    let node = json!(done.node);
    Ok(match seed {
        Some(_) => brought_back(&name, &node, &command),
        None => told(&name, &node, done.words.as_deref(), &command),
    })
}

/// As the node itself judges it.
fn check(what: &'static str, text: &str) -> Result<(), Refusal> {
    check_name(text.trim()).map_err(|_| Refusal::BadText { what, most: NAME_BYTES })
}

/// The most bytes of a file with words: twenty times what 24 of them take.
const WORDS_BYTES: u64 = 4 << 10;

/// The key of a home; without a home, that of words that are typed.
pub(super) fn seed_in_home(home: &Path) -> Result<[u8; 32], Failure> {
    match keys::member(home) {
        Ok(seed) => Ok(*seed),
        Err(KeyError::Home(HomeError::Missing(_))) => seed_in(Path::new("-")),
        Err(why) => Err(why.into()),
    }
}

/// The key that words stand for. A sheet may number them.
pub(super) fn seed_in(path: &Path) -> Result<[u8; 32], Failure> {
    let mut text = String::new();
    let read = match path.to_str() {
        Some("-") => {
            if io::stdin().is_terminal() {
                // It fails when nobody looks.
                let _ = writeln!(io::stderr(), "Type the 24 words, press Enter, then Ctrl-D:");
            }
            io::stdin().take(WORDS_BYTES).read_to_string(&mut text)
        }
        _ => File::open(path).and_then(|file| file.take(WORDS_BYTES).read_to_string(&mut text)),
    };
    read.map_err(|why| match why.kind() {
        io::ErrorKind::NotFound => Failure::new(Exit::NotFound, format!("there is no file {}", path.display())),
        _ => Failure::invalid(format!("the words in {} cannot be read: {why}", path.display())),
    })?;
    let words = text.split_whitespace().filter(|word| word.contains(char::is_alphabetic));
    let words = words.collect::<Vec<_>>().join(" ");
    seed_from_words(&words).map_err(|why| Failure::invalid(format!("{why}; nothing was made")))
}

fn brought_back(name: &str, node: &Value, command: &str) -> Output {
    let text = format!(
        "This is now the node of {name}, with the key of your words and no records.\n\n\
         Start it with `{command} up`. A ticket from a neighbor brings it into your\n\
         network again, and with it come the records that others have:\n\
         `{command} network join TICKET --wait`."
    );
    Output::new(json!({"name": name, "node": node}), text)
}

fn told(name: &str, node: &Value, words: Option<&str>, command: &str) -> Output {
    let mut json = json!({"name": name, "node": node});
    let mut text = format!("This is now the node of {name}.");
    if let Some(words) = words {
        json["words"] = words.into();
        text = format!("{text}\n\n{}\n\nStart it with `{command} up`.", keep(words));
    }
    Output::new(json, text)
}

/// The words as they are to be kept, for the first time.
pub(crate) fn keep(words: &str) -> String {
    format!(
        "Write these 24 words on paper and keep them safe. They are your collaborative's key:\n\n{}\n\n\
         Whoever reads them can act as your collaborative. `commonweal words` shows them again.",
        sheet(words)
    )
}

/// The words in four rows of six, as on a sheet.
pub(super) fn sheet(words: &str) -> String {
    let words: Vec<&str> = words.split(' ').collect();
    let row = |(at, row): (usize, &[&str])| {
        let cells = row.iter().enumerate().map(|(i, word)| format!("{:>2} {word:<9}", at * 6 + i + 1));
        cells.collect::<Vec<_>>().join(" ").trim_end().to_owned()
    };
    words.chunks(6).enumerate().map(row).collect::<Vec<_>>().join("\n")
}
