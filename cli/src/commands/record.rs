//! `commonweal record`: what people write down together.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

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
    output::{Output, items, short, table, text},
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
    /// What somebody else changed meanwhile is kept beside your change.
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
    /// Lists records
    List {
        /// Only this kind
        kind: Option<String>,
        /// Only of this collaborative, by name or id
        #[arg(long)]
        owner: Option<String>,
    },
    /// Says who may have a record; prints the id that now holds
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
    Delete {
        /// Its id, or the beginning
        id: String,
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

fn field(text: &str) -> Result<(String, String), String> {
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
        Command::List { kind, owner } => {
            let which = query(&[("kind", kind.as_deref()), ("owner", owner.as_deref())]);
            listed(node, "/records", &which, "No records here yet; write one with `commonweal record create`.").await
        }
        Command::Share { id, audience } => {
            let body = json!({"audience": audience});
            Ok(id_of(node.post(&path(&["records", &id, "audience"]), &body).await?))
        }
        Command::Editors { id, editors } => {
            let answer = node.post(&path(&["records", &id, "editors"]), &json!({"editors": editors})).await?;
            Ok(Output::new(answer, ""))
        }
        Command::Delete { id } => {
            let answer = node.delete(&path(&["records", &id])).await?;
            Ok(Output::new(answer, "Deleted. The others delete it as they hear of it."))
        }
        Command::Kinds { kind: None } => Ok(Output::new(node::api::listed(), show::kinds(kinds::all()))),
        Command::Kinds { kind: Some(name) } => Ok(Output::new(node::api::described(&name)?, show::kind(known(&name)?))),
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
    kinds::kind(name).ok_or_else(|| {
        let names: Vec<&str> = kinds::all().iter().map(|kind| kind.name).collect();
        Refusal::UnknownKind(name.to_owned(), names.join(", ")).into()
    })
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

fn parsed(kind: &Kind, set: Vec<(String, String)>) -> Result<Vec<(String, Value)>, Failure> {
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
        _ => Failure::invalid(format!("{name} cannot be read: {why}")),
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
    table(&["Id", "Kind", "Title", "Whose", "Who has it"], records.iter().map(row).collect())
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
        fs::write(&file, "[1]").unwrap();
        assert_eq!(read(&file).unwrap_err().exit, Exit::Invalid);
        fs::write(&file, r#"{"title": "Walk"}"#).unwrap();
        assert_eq!(read(&file).unwrap()["title"], "Walk");
        let both = New { file: Some(file), set: vec![field("summary=To school").unwrap()] };
        let practice = known("practice").unwrap();
        assert_eq!(fields(practice, both).unwrap(), json!({"title": "Walk", "summary": "To school"}));
    }
}
