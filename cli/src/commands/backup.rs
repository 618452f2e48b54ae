//! `commonweal backup`: makes backups, checks them, and makes a home of one.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Subcommand;
use node::{
    backup::{self, About, BackupError, Checked, Look},
    keys,
};
use serde_json::{Value, json};

use super::init::{seed_in, seed_in_home};
use crate::{
    client::Client,
    failure::{Exit, Failure, command_for},
    output::{Output, count, items, moment, table, text},
};

/// Makes backups, checks them, and brings everything back from one
///
/// A backup is one file with all records, people and drafts of this node. Nobody reads it without the 24 words of your
/// collaborative; keep these on paper. A running node makes one every day and reads it back. Without a word after it, the
/// command lists the backups that are here.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists the backups that are here
    List,
    /// Makes a backup now, whether or not the node runs, and reads it back
    Create {
        /// Copies it to this folder or new file as well, such as a disk that you take away afterwards
        #[arg(long, value_name = "PATH")]
        to: Option<PathBuf>,
    },
    /// Reads a backup to its last byte and says whether all of it is whole and rightly signed
    Verify {
        /// The file; by default the newest that is here
        file: Option<PathBuf>,
        /// A file with the 24 words, or - to type them; by default the key of this home
        #[arg(long, value_name = "FILE")]
        words: Option<PathBuf>,
    },
    /// Makes a new home of a backup
    ///
    /// The folder that --home names must be new or empty. All of the backup is checked first; if something is wrong, nothing
    /// is made. The new home is a new node of the same collaborative: start it, and what your neighbors have got since the
    /// backup was made comes from them. Keys for programs, links and invitations are not in a backup; make them anew.
    Restore {
        /// The backup
        file: PathBuf,
        /// A file with the 24 words; by default you type them
        #[arg(long, value_name = "FILE", default_value = "-")]
        words: PathBuf,
    },
    /// Says where backups go and whether one is made every day
    #[command(group = clap::ArgGroup::new("what").required(true).multiple(true))]
    Schedule {
        /// The folder they go to from now on, best on another disk; it must be there
        #[arg(long, value_name = "DIR", group = "what", conflicts_with = "inside")]
        folder: Option<PathBuf>,
        /// They go to the folder `backups` in the home again
        #[arg(long, group = "what")]
        inside: bool,
        /// One is made every day
        #[arg(long, group = "what", conflicts_with = "off")]
        daily: bool,
        /// None is made unless somebody asks for it
        #[arg(long, group = "what")]
        off: bool,
    },
}

pub(crate) async fn run(args: Args, home: PathBuf, node: &Client) -> Result<Output, Failure> {
    match args.command.unwrap_or(Command::List) {
        Command::List => list(&home),
        Command::Create { to } => create(home, node, to).await,
        Command::Verify { file, words } => aside(move || verify(&home, file, words)).await,
        Command::Restore { file, words } => aside(move || restore(&home, &file, &words)).await,
        Command::Schedule { folder, inside, daily, off } => {
            let daily = (daily || off).then_some(daily);
            schedule(home, node, if inside { Some(None) } else { folder.map(Some) }, daily).await
        }
    }
}

/// Work that reads and writes much, off the threads that wait for answers.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T, Failure> + Send + 'static) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|why| Err(Failure::new(Exit::Other, format!("it broke off: {why}"))))
}

fn list(home: &Path) -> Result<Output, Failure> {
    let look = backup::look(home)?;
    let row = |one: &backup::Backup| {
        let whole = one.verified_ms.map_or("not checked".into(), |at| format!("whole, {}", at_ms(at)));
        vec![at_ms(one.made_ms), size(one.bytes), whole, one.name.clone()]
    };
    let mut lines = match look.backups.is_empty() {
        true => vec![format!("No backup stands in {} yet.", look.folder.display())],
        false => vec![
            table(&["Made", "Size", "Checked", "Name"], look.backups.iter().map(row).collect()),
            String::new(),
            format!("They stand in {}.", look.folder.display()),
        ],
    };
    lines.push(how_often(&look).to_owned());
    if look.late {
        lines.push("No backup was found whole for a week: type `commonweal backup create`.".to_owned());
    }
    Ok(Output::new(for_programs(&look), lines.join("\n")))
}

fn how_often(look: &Look) -> &'static str {
    if look.kept.off { "None is made unless you ask for it." } else { "While the node runs, one is made every day." }
}

fn for_programs(look: &Look) -> Value {
    let one = |one: &backup::Backup| json!({"name": one.name, "made_ms": one.made_ms, "bytes": one.bytes, "verified_ms": one.verified_ms});
    json!({
        "folder": look.folder, "daily": !look.kept.off, "late": look.late, "made_ms": look.kept.made_ms,
        "verified_ms": look.kept.verified_ms(), "wrong": look.kept.failed.map(|(_, wrong)| wrong.word()),
        "backups": look.backups.iter().map(one).collect::<Vec<_>>(),
    })
}

async fn create(home: PathBuf, node: &Client, to: Option<PathBuf>) -> Result<Output, Failure> {
    let made = if node.is_up() { by_the_node(node).await? } else { by_hand(home.clone()).await? };
    let at = home.clone();
    let (made, copy) = aside(move || {
        let copy = to.map(|to| backup::copy(&made, &to)).transpose()?;
        if let Some(copy) = &copy {
            backup::verify(copy, &*keys::member(&at)?)?;
        }
        Ok((made, copy))
    })
    .await?;
    let mut text = format!("A backup was made and read back:\n{}", made.display());
    match &copy {
        Some(copy) => text = format!("{text}\nA copy of it, read back as well:\n{}", copy.display()),
        None if made.starts_with(&home) => {
            text = format!(
                "{text}\n\nIt stands on the same disk as the records. Copy it to another one now and then:\n  {} backup create \
                 --to FOLDER",
                command_for(&home)
            );
        }
        None => {}
    }
    Ok(Output::new(json!({"path": made, "copy": copy}), text))
}

/// How often a command looks whether the node is done.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

async fn by_the_node(node: &Client) -> Result<PathBuf, Failure> {
    let before = node.get("/backups").await?["made_ms"].clone();
    node.post("/backups", &Value::Null).await?;
    loop {
        let look = node.get("/backups").await?;
        if look["doing"].is_null() {
            let newest =
                items(&look, "backups").first().filter(|_| look["made_ms"] != before && look["wrong"].is_null());
            return newest
                .map(|one| Path::new(text(&look, "folder")).join(text(one, "name")))
                .ok_or_else(|| wrong(&look));
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Why the node made none.
fn wrong(look: &Value) -> Failure {
    let folder = text(look, "folder");
    let says = match text(look, "wrong") {
        "full" => format!("there is too little room in {folder}; make some, or name another folder"),
        "folder" => format!("the folder {folder} is not there; plug its disk in, or name another folder"),
        "damaged" => {
            format!("what was written to {folder} did not read back; its disk may be failing, so name another folder")
        }
        _ => format!("no backup could be written to {folder}; the node's log says why"),
    };
    Failure::new(Exit::Store, format!("{says} with `commonweal backup schedule --folder DIR`"))
}

async fn by_hand(home: PathBuf) -> Result<PathBuf, Failure> {
    aside(move || Ok(backup::make(&home)?.0)).await
}

fn verify(home: &Path, file: Option<PathBuf>, words: Option<PathBuf>) -> Result<Output, Failure> {
    let file = match file {
        Some(file) => file,
        None => backup::look(home)?.newest().ok_or_else(|| {
            Failure::new(Exit::NotFound, "there is no backup here yet; make one with `commonweal backup create`")
        })?,
    };
    let seed = match words {
        Some(words) => seed_in(&words)?,
        None => seed_in_home(home)?,
    };
    let (about, checked) = backup::verify_and_note(home, &file, &seed)?;
    let json = json!({
        "path": file, "made_ms": about.made_ms, "name": about.name, "node": about.node, "program": about.program,
        "records": checked.records, "edits": checked.edits, "signatures": checked.signatures, "changes": checked.changes,
    });
    Ok(Output::new(json, format!("This backup is whole.\n{}", described(&about, &checked))))
}

fn described(about: &About, checked: &Checked) -> String {
    format!(
        "{}, made {} by version {}: {}, {}, {} checked.",
        about.name.as_deref().unwrap_or("A collaborative"),
        at_ms(about.made_ms),
        about.program,
        count(checked.records, "record", "records"),
        count(checked.edits, "edit", "edits"),
        count(checked.signatures, "signature", "signatures"),
    )
}

fn restore(home: &Path, file: &Path, words: &Path) -> Result<Output, Failure> {
    let seed = seed_in(words)?;
    let done = backup::restore(file, &seed, home)?;
    let name = done.about.name.as_deref().unwrap_or("your collaborative");
    let command = command_for(home);
    let text = format!(
        "This home is {name} again, as on {}: {} can be read.\n{}\n\n\
         It is a new node of your collaborative. Start it with `{command} up`; what your neighbors have got since then\n\
         comes from them. Make keys for programs, links and invitations anew, and look under “People” whether somebody is\n\
         there who had left.",
        at_ms(done.about.made_ms),
        count(done.records as u64, "record", "records"),
        described(&done.about, &done.checked),
    );
    let json = json!({
        "home": home, "node": done.node, "old_node": done.about.node, "made_ms": done.about.made_ms,
        "records": done.records, "edits": done.checked.edits,
    });
    Ok(Output::new(json, text))
}

async fn schedule(
    home: PathBuf,
    node: &Client,
    folder: Option<Option<PathBuf>>,
    daily: Option<bool>,
) -> Result<Output, Failure> {
    let kept = backup::look(&home)?.kept;
    let daily = daily.unwrap_or(!kept.off);
    let whole = |folder: PathBuf| folder.canonicalize().unwrap_or(folder).display().to_string();
    let folder = folder.map_or(kept.folder, |folder| folder.map(whole));
    match node.is_up() {
        true => drop(node.put("/backups", &json!({"folder": folder, "daily": daily})).await?),
        false => backup::choose(&home, folder, daily)?,
    }
    let look = backup::look(&home)?;
    let text = format!("Backups go to {}. {}", look.folder.display(), how_often(&look));
    Ok(Output::new(for_programs(&look), text))
}

fn at_ms(at: u64) -> String {
    moment(i64::try_from(at / 1_000).unwrap_or_default())
}

fn size(bytes: u64) -> String {
    match bytes {
        ..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Failure {
        let exit = match &error {
            BackupError::NoFile(_) | BackupError::NoFolder(_) => Exit::NotFound,
            BackupError::NotOne | BackupError::OtherWords | BackupError::Newer => Exit::Invalid,
            BackupError::Busy | BackupError::Stopping => Exit::NotReady,
            BackupError::Home(_) | BackupError::Key(_) | BackupError::Run(_) => {
                return match error {
                    BackupError::Home(error) => error.into(),
                    BackupError::Key(error) => error.into(),
                    other => Failure::new(Exit::Store, other.to_string()),
                };
            }
            _ => Exit::Store,
        };
        Failure::new(exit, error.to_string())
    }
}
