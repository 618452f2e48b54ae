//! `commonweal record`: what people write down together.

mod adopt;
mod version;

use std::{
    fs,
    io::{self, IsTerminal, Read, Write},
    path::{Path, PathBuf},
};

use node::transfer::in_words;
use protocol::{
    kinds,
    record::{Kind, Wrong, from_cells, parse_field},
    refusal::Refusal,
};
use serde_json::{Map, Value, json};

use super::show;
use crate::{
    client::{Client, path, query},
    failure::{Exit, Failure},
    output::{Output, fitted, items, printable, short, text},
};

/// Writes, shows, shares and deletes records: practices, trainings, the resource directory
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Writes a new record; its id is alone on the last line
    ///
    /// Only your collaborative has it, until you share it.
    Create {
        /// What kind of record; `commonweal record kinds` lists them
        kind: String,
        #[command(flatten)]
        source: New,
        /// Who may have it: private, partners:NAME,NAME, network or public [default: private]
        #[arg(long)]
        audience: Option<String>,
        /// Who may edit it: owner, named:NAME,NAME or members [default: owner]
        #[arg(long)]
        editors: Option<String>,
    },
    /// Changes a record: some fields with --set, or the whole form with --file
    ///
    /// What somebody else changed meanwhile is kept beside your change. A file is the whole form: what does not stand in
    /// it is emptied. A record that is shared keeps what sharing needs, such as a summary.
    Edit {
        /// Its id, or the beginning
        id: String,
        #[command(flatten)]
        source: Source,
        /// The state this edit was made from, as `record show --json` gave it in "heads" [default: today's]
        #[arg(long, value_delimiter = ',')]
        heads: Vec<String>,
    },
    /// Shows a record
    Show {
        /// Its id, or the beginning
        id: String,
        /// With who changed what when
        #[arg(long)]
        history: bool,
    },
    History(version::History),
    Restore(version::Restore),
    Adopt(adopt::Adopt),
    /// Lists records
    List {
        /// Only this kind
        kind: Option<String>,
        /// Only of this collaborative, by name or id
        #[arg(long)]
        owner: Option<String>,
    },
    /// Says who may have a record; the id to use from then on is alone on the last line
    ///
    /// Widening who has it publishes a copy without the old history, which has an id of its own. Narrowing holds from
    /// now on: what others already have stays with them.
    Share {
        /// Its id, or the beginning
        id: String,
        /// private, partners:NAME,NAME, network or public
        #[arg(long)]
        audience: String,
    },
    /// Says who may edit a record
    Editors {
        /// Its id, or the beginning
        id: String,
        /// owner, named:NAME,NAME or members
        #[arg(long)]
        editors: String,
    },
    /// Deletes a record everywhere, for good
    ///
    /// If it took the place of an older one when it was shared more widely, the older one goes with it.
    Delete {
        /// Its id, or the beginning
        id: String,
        /// Does not ask first; needed where nobody can be asked
        #[arg(long)]
        yes: bool,
    },
    /// Lists the kinds of records, or the fields of one
    Kinds {
        /// The kind
        kind: Option<String>,
    },
}

/// What a new record begins with: a file, and fields that replace those of the file.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
pub(crate) struct New {
    /// A file with the fields as JSON; - reads them from standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// One field, such as title="Walk to school" or steps[1].text="…"; may be given several times
    #[arg(long, value_name = "FIELD=VALUE", value_parser = field)]
    set: Vec<(String, String)>,
}

/// A change: the whole form, or some fields.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Source {
    /// A file with the fields as JSON; - reads them from standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// One field, such as title="Walk to school" or steps[2].text="…"; may be given several times, and empty clears
    #[arg(long, value_name = "FIELD=VALUE", value_parser = field)]
    set: Vec<(String, String)>,
}

pub(super) fn field(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as field=value")?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

pub(crate) async fn run(command: Command, node: &Client) -> Result<Output, Failure> {
    match command {
        Command::Create { kind, source, audience, editors } => {
            let kind = known(&kind)?;
            let body = json!({
                "kind": kind.name, "fields": fields(kind, source)?, "audience": audience, "editors": editors,
            });
            Ok(id_of(node.post("/records", &body).await?))
        }
        Command::Edit { id, source, heads } => edit(&id, source, heads, node).await,
        Command::Show { id, history } => {
            let which = query(&[("history", history.then_some("true"))]);
            let answer = node.get(&format!("{}{which}", path(&["records", &id]))).await?;
            let text = show::record(&answer);
            Ok(Output::new(answer, text))
        }
        Command::History(history) => version::history(history, node).await,
        Command::Restore(restore) => version::restore(restore, node).await,
        Command::Adopt(adopt) => adopt::run(adopt, node).await,
        Command::List { kind, owner } => {
            let which = query(&[("kind", kind.as_deref()), ("owner", owner.as_deref())]);
            listed(node, "/records", &which, "No records here yet; write one with `commonweal record create`.").await
        }
        Command::Share { id, audience } => share(&id, &audience, node).await,
        Command::Editors { id, editors } => {
            let answer = node.post(&path(&["records", &id, "editors"]), &json!({"editors": editors})).await?;
            Ok(Output::new(answer, ""))
        }
        Command::Delete { id, yes } => delete(&id, yes, node).await,
        Command::Kinds { kind: None } => Ok(Output::new(node::api::listed(), show::kinds(kinds::all()))),
        Command::Kinds { kind: Some(name) } => Ok(Output::new(node::api::described(&name)?, show::kind(known(&name)?))),
    }
}

/// What it means is said before the id, which a script takes from the last line.
async fn share(id: &str, audience: &str, node: &Client) -> Result<Output, Failure> {
    let at = path(&["records", id]);
    let before = node.get(&at).await?;
    let answer = node.post(&format!("{at}/audience"), &json!({"audience": audience})).await?;
    let said = shared(&before, text(&answer, "id"), audience);
    Ok(Output::new(answer, said))
}

fn shared(before: &Value, id: &str, audience: &str) -> String {
    let with = match audience.split_once(':') {
        Some((_, names)) => format!("with {}", names.split(',').map(str::trim).collect::<Vec<_>>().join(", ")),
        None if audience == "network" => "with the network".into(),
        None => "with everybody".into(),
    };
    let said = if text(before, "id") != id {
        format!("Now shared {with}, as a new record without the old history. Its id from now on:")
    } else if text(before, "audience") == "private" {
        "Only your collaborative has it, as before.".into()
    } else if audience == "private" {
        "From now on only your collaborative gets it. What others have already stays with them.".into()
    } else {
        format!("Now shared {with}. What others have already stays with them.")
    };
    format!("{said}\n\n{id}")
}

/// Nobody can bring a deleted record back, so somebody must have meant it.
async fn delete(id: &str, yes: bool, node: &Client) -> Result<Output, Failure> {
    let at = path(&["records", id]);
    if !yes {
        ask_first(&node.get(&at).await?)?;
    }
    let answer = node.delete(&at).await?;
    Ok(Output::new(answer, "Deleted. The others delete it as they hear of it."))
}

fn ask_first(record: &Value) -> Result<(), Failure> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        let message =
            "nothing was deleted: a deleted record does not come back, so add --yes where nobody can be asked";
        return Err(Failure::new(Exit::NotAllowed, message));
    }
    let about = printable(&show::about(record));
    let asked = format!("{about}\nDelete it everywhere, for good? Type yes and press Enter: ");
    // It fails when nobody looks; then nobody answers either.
    let _ = io::stderr().write_all(asked.as_bytes());
    let mut said = String::new();
    // What cannot be read is no yes.
    let _ = io::stdin().read_line(&mut said);
    match said.trim().to_lowercase().as_str() {
        "yes" | "y" => Ok(()),
        _ => Err(Failure::new(Exit::Other, "nothing was deleted")),
    }
}

/// A change is made at what was read: the heads given, or those of a moment ago.
async fn edit(id: &str, source: Source, heads: Vec<String>, node: &Client) -> Result<Output, Failure> {
    let at = path(&["records", id]);
    let record = node.get(&at).await?;
    let kind = known(text(&record, "kind"))?;
    let heads = if heads.is_empty() { record["heads"].clone() } else { json!(heads) };
    let body = match source.file {
        Some(file) => json!({"heads": heads, "fields": read(&file)?}),
        None => json!({"heads": heads, "set": parsed(kind, source.set)?}),
    };
    Ok(id_of(node.patch(&at, &body).await?))
}

/// Of an answer that names a record, the id alone; of others nothing, for that it went well needs no words.
fn id_of(answer: Value) -> Output {
    let id = text(&answer, "id").to_owned();
    Output::new(answer, id)
}

pub(super) fn known(name: &str) -> Result<&'static Kind, Failure> {
    kinds::kind(name).ok_or_else(|| Refusal::UnknownKind(name.to_owned()).into())
}

fn fields(kind: &Kind, New { file, set }: New) -> Result<Value, Failure> {
    let cells = set.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let (given, mut problems) = from_cells(kind, cells);
    let Some(file) = file else {
        return if problems.is_empty() { Ok(given) } else { Err(problems.into()) };
    };
    // What is not given here may stand in the file; the node looks at both together.
    problems.retain(|problem| problem.what != Wrong::Missing);
    if !problems.is_empty() {
        return Err(problems.into());
    }
    let mut fields = read(&file)?;
    for (name, _) in &set {
        let name = name.split(['.', '[']).next().unwrap_or_default();
        fields.insert(name.to_owned(), given[name].clone());
    }
    Ok(fields.into())
}

pub(super) fn parsed(kind: &Kind, set: Vec<(String, String)>) -> Result<Vec<(String, Value)>, Failure> {
    let (mut values, mut problems) = (Vec::new(), Vec::new());
    for (name, text) in set {
        match parse_field(kind, &name, &text) {
            Ok(value) => values.push((name, value)),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(values) } else { Err(problems.into()) }
}

fn read(file: &Path) -> Result<Map<String, Value>, Failure> {
    let mut text = String::new();
    let (name, done) = match file.to_str() {
        Some("-") => ("what was typed in".to_owned(), io::stdin().read_to_string(&mut text).map(drop)),
        _ => (file.display().to_string(), fs::read_to_string(file).map(|read| text = read)),
    };
    done.map_err(|why| match why.kind() {
        io::ErrorKind::NotFound => Failure::new(Exit::NotFound, format!("there is no file {name}")),
        _ => Failure::invalid(format!("{name} cannot be read: {}", in_words(&why))),
    })?;
    serde_json::from_str(&text).map_err(|why| {
        Failure::invalid(format!("{name} is not a record in JSON, such as {{\"title\": \"Walk to school\"}}: {why}"))
    })
}

/// How many are asked for at once.
const PAGE: usize = 500;

/// Every record a list has, page by page.
pub(super) async fn listed(node: &Client, at: &str, which: &str, nothing: &str) -> Result<Output, Failure> {
    let records = all(node, at, which).await?;
    let text = if records.is_empty() { nothing.to_owned() } else { rows(&records) };
    Ok(Output::new(json!({"records": records}), text))
}

/// The same, for whoever does something with them.
pub(super) async fn all(node: &Client, at: &str, which: &str) -> Result<Vec<Value>, Failure> {
    let mut records: Vec<Value> = Vec::new();
    loop {
        let after = records.last().map(|last| format!("&after={}", text(last, "id"))).unwrap_or_default();
        let first = if which.is_empty() { "?" } else { "&" };
        let page = node.get(&format!("{at}{which}{first}limit={PAGE}{after}")).await?;
        let page = items(&page, "records");
        records.extend_from_slice(page);
        if page.is_empty() {
            return Ok(records);
        }
    }
}

fn rows(records: &[Value]) -> String {
    let row = |record: &Value| {
        let cell = |name| text(record, name).to_owned();
        vec![short(text(record, "id")), cell("kind"), cell("title"), cell("owner_name"), cell("audience")]
    };
    fitted(&["Id", "Kind", "Title", "Whose", "Who has it"], records.iter().map(row).collect(), 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_by_the_kinds_own_rules() {
        let practice = known("practice").unwrap();
        let set = |text: &str| New { file: None, set: vec![field(text).unwrap()] };
        assert_eq!(fields(practice, set("title=Walk = run")).unwrap(), json!({"title": "Walk = run"}));
        assert_eq!(fields(practice, set("titel=Walk")).unwrap_err().exit, Exit::Invalid);
        assert_eq!(parsed(practice, set("title=").set).unwrap(), [("title".to_owned(), Value::Null)]);
        assert_eq!(known("practise").unwrap_err().exit, Exit::Invalid);
    }

    #[test]
    fn a_file_that_is_no_record_says_what_one_looks_like() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("record.json");
        assert_eq!(read(&file).unwrap_err().exit, Exit::NotFound);
        let folder = format!("{:?}", read(dir.path()).unwrap_err());
        assert!(folder.contains("it is a folder") && !folder.contains("os error"), "{folder}");
        fs::write(&file, "[1]").unwrap();
        assert_eq!(read(&file).unwrap_err().exit, Exit::Invalid);
        fs::write(&file, r#"{"title": "Walk"}"#).unwrap();
        assert_eq!(read(&file).unwrap()["title"], "Walk");
        let both = New { file: Some(file), set: vec![field("summary=To school").unwrap()] };
        let practice = known("practice").unwrap();
        assert_eq!(fields(practice, both).unwrap(), json!({"title": "Walk", "summary": "To school"}));
    }
}
