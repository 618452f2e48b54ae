//! `commonweal import`: takes records over from files.

use std::path::{Path, PathBuf};

use node::{
    config::{BODY_BYTES, IMPORT_RECORDS},
    transfer::{self, At, Bad, Left, Origin, Parsed, Place, Row},
};
use serde_json::{Value, json};

use super::record::known;
use crate::{
    client::Client,
    failure::{Exit, Failure},
    output::{Output, count, items, text},
    progress::Progress,
};

/// Takes records over from files: a resource directory, a spreadsheet, a calendar
///
/// A record that came before is found again by its id in the file, or by its title where it has none. So importing twice
/// changes nothing, and a changed row changes one record. When something in the files is wrong, nothing goes in.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// A resource directory in the format HSDS 3.1 of Open Referral: a JSON file, or a folder of JSON or CSV files
    Hsds {
        /// The file or folder
        path: PathBuf,
        #[command(flatten)]
        how: How,
    },
    /// A spreadsheet saved as CSV, with the names of fields or their labels in its first row
    Csv {
        /// What kind of records; `commonweal record kinds KIND` lists the fields
        kind: String,
        /// The file
        file: PathBuf,
        #[command(flatten)]
        how: How,
    },
    /// Records that `commonweal export json` wrote: a file or a folder
    Json {
        /// The file or folder
        path: PathBuf,
        #[command(flatten)]
        how: How,
    },
    /// A calendar: each event or series becomes one session
    Ics {
        /// The file
        file: PathBuf,
        #[command(flatten)]
        how: How,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct How {
    /// Shows what would change, and changes nothing
    #[arg(long)]
    dry_run: bool,
    /// Who may have the new records: private, partners:NAME,NAME, network or public [default: private]
    #[arg(long)]
    audience: Option<String>,
    /// Takes over what is right and leaves out what is not
    #[arg(long)]
    skip_bad: bool,
    /// The system the file is from, when its ids are in use elsewhere too [default: the file's name for short ids]
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
}

pub(crate) async fn run(command: Command, node: &Client, progress: Progress) -> Result<Output, Failure> {
    let (parsed, how) = match command {
        Command::Hsds { path, how } => {
            let files = transfer::files(&path, &["json", "csv"])?;
            (transfer::hsds::parse(&path.display().to_string(), &files, &how.origin(&path))?, how)
        }
        Command::Csv { kind, file, how } => {
            let kind = known(&kind)?;
            let bytes = transfer::read(&file)?;
            (transfer::csv::parse(kind, &transfer::file_name(&file), &bytes, &how.origin(&file))?, how)
        }
        Command::Json { path, how } => {
            let files = transfer::files(&path, &["json"])?;
            (transfer::json::parse(&path.display().to_string(), &files, &how.origin(&path))?, how)
        }
        Command::Ics { file, how } => {
            let bytes = transfer::read(&file)?;
            (transfer::ics::parse(&transfer::file_name(&file), &bytes, &how.origin(&file))?, how)
        }
    };
    take_over(parsed, &how, node, progress).await
}

impl How {
    fn origin(&self, path: &Path) -> Origin {
        Origin::new(self.source.clone(), path)
    }
}

/// Asks first what would become of each, so that nothing goes in when something is wrong.
async fn take_over(parsed: Parsed, how: &How, node: &Client, mut progress: Progress) -> Result<Output, Failure> {
    let Parsed { rows, bad, bad_more, left, left_more } = parsed;
    let mut report = Report { bad, bad_more, left, left_more, ..Report::default() };
    let planned = ask(&rows, how, true, node, &mut progress).await?;
    let mut wanted = Vec::new();
    for (row, answer) in rows.into_iter().zip(&planned) {
        match text(answer, "outcome") {
            "refused" => report.refuse(&row, answer),
            "unchanged" => report.add(&row, answer),
            _ if how.dry_run => report.add(&row, answer),
            _ => wanted.push(row),
        }
    }
    if how.dry_run {
        return Ok(Output::new(report.json(true), report.text(true)));
    }
    if !report.bad.is_empty() && !how.skip_bad {
        return Err(report.nothing_went_in());
    }
    let done = ask(&wanted, how, false, node, &mut progress).await?;
    let before = report.bad.len();
    for (row, answer) in wanted.iter().zip(&done) {
        match text(answer, "outcome") {
            "refused" => report.refuse(row, answer),
            _ => report.add(row, answer),
        }
    }
    if report.bad.len() > before {
        return Err(report.changed_meanwhile(before));
    }
    Ok(Output::new(report.json(false), report.text(false)))
}

/// What becomes of each row, batch by batch. What the node answered is safe, also when the next batch fails.
async fn ask(
    rows: &[Row],
    how: &How,
    dry_run: bool,
    node: &Client,
    progress: &mut Progress,
) -> Result<Vec<Value>, Failure> {
    let verb = if dry_run { "Checked" } else { "Taken over" };
    let mut answers = Vec::with_capacity(rows.len());
    while answers.len() < rows.len() {
        let batch = batch(&rows[answers.len()..]);
        let body = json!({"records": batch, "audience": how.audience, "dry_run": dry_run});
        let answer = node.post("/import", &body).await?;
        let records = items(&answer, "records");
        if records.len() != batch.len() {
            return Err(Failure::answered(&Value::Null));
        }
        answers.extend_from_slice(records);
        progress.count(verb, answers.len(), rows.len());
    }
    Ok(answers)
}

/// As many as one request can carry, and at least one.
fn batch(rows: &[Row]) -> Vec<Value> {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    for row in rows.iter().take(IMPORT_RECORDS) {
        let record = json!(row.incoming);
        bytes += record.to_string().len();
        if bytes > BODY_BYTES / 2 && !batch.is_empty() {
            break;
        }
        batch.push(record);
    }
    batch
}

/// What came of it.
#[derive(Default)]
struct Report {
    records: Vec<Value>,
    bad: Vec<Bad>,
    bad_more: usize,
    left: Vec<Left>,
    left_more: usize,
}

impl Report {
    fn add(&mut self, row: &Row, answer: &Value) {
        let mut record = located(&row.place);
        for name in ["outcome", "id", "fields"] {
            record[name] = answer[name].clone();
        }
        self.records.push(record);
    }

    fn refuse(&mut self, row: &Row, answer: &Value) {
        let problems = items(answer, "problems").iter();
        self.bad.extend(problems.map(|problem| row.bad(text(problem, "field"), text(problem, "message"))));
    }

    fn number(&self, outcome: &str) -> usize {
        self.records.iter().filter(|record| record["outcome"] == outcome).count()
    }

    /// Rows with something wrong, however much.
    fn bad_rows(&self) -> usize {
        let mut places: Vec<&Place> = self.bad.iter().map(|bad| &bad.place).collect();
        places.sort();
        places.dedup();
        places.len() + self.bad_more
    }

    fn json(&self, dry_run: bool) -> Value {
        let left = self.left.iter().map(|left| {
            let mut said = located(&left.place);
            said["what"] = left.what.as_str().into();
            said["why"] = left.why.into();
            said["times"] = left.times.into();
            said
        });
        json!({
            "dry_run": dry_run,
            "created": self.number("created"),
            "changed": self.number("changed"),
            "unchanged": self.number("unchanged"),
            "bad": self.bad_rows(),
            "records": self.records,
            "problems": self.problems(),
            "not_taken_over": left.collect::<Vec<_>>(),
            "not_taken_over_more": self.left_more,
        })
    }

    fn problems(&self) -> Value {
        let one = |bad: &Bad| {
            let mut said = located(&bad.place);
            said["field"] = bad.field.as_str().into();
            said["message"] = bad.message.as_str().into();
            said
        };
        self.bad.iter().map(one).collect()
    }

    fn text(&self, dry_run: bool) -> String {
        let would = if dry_run { "Nothing was changed. It would be: created" } else { "Created" };
        let (created, changed, unchanged) = (self.number("created"), self.number("changed"), self.number("unchanged"));
        let mut lines =
            vec![format!("{would} {created}, changed {changed}, unchanged {unchanged}, bad {}.", self.bad_rows())];
        let changed = self.records.iter().filter(|record| record["outcome"] == "changed");
        let line =
            |record: &Value| format!("  {}: {}", place_of(record), crate::output::joined(items(record, "fields")));
        lines.extend(shortened("Changed:", changed.map(line).collect()));
        lines.extend(shortened("Bad:", self.bad.iter().map(|bad| format!("  {bad}")).collect()));
        let left = self.left.iter().map(|left| {
            let times = count(left.times as u64, "time", "times");
            format!("  {}: {} ({times}, first at {})", left.what, left.why, left.place)
        });
        lines.extend(shortened("Not taken over, or not as it stands there:", left.collect()));
        if self.left_more > 0 {
            lines.push(format!("  … and {} more that is not named", count(self.left_more as u64, "time", "times")));
        }
        lines.join("\n")
    }

    fn nothing_went_in(&self) -> Failure {
        let rows = count(self.bad_rows() as u64, "place is", "places are");
        let mut lines = shortened("", self.bad.iter().map(Bad::to_string).collect());
        if self.bad_more > 0 {
            lines.push(format!("… and {} more; is it the right file?", self.bad_more));
        }
        lines.insert(0, format!("{rows} not right, so nothing was taken over:"));
        lines.push("Put this right and import again, or take over the rest with --skip-bad.".into());
        Failure::with_problems(Exit::Invalid, lines.join("\n"), self.problems())
    }

    fn changed_meanwhile(&self, before: usize) -> Failure {
        let mut lines = vec!["somebody changed these records meanwhile; all others went in, so import again:".into()];
        lines.extend(shortened("", self.bad[before..].iter().map(Bad::to_string).collect()));
        Failure::with_problems(Exit::Conflict, lines.join("\n"), self.problems())
    }
}

/// The most lines of one list: a screen or two. Programs get them all.
const LINES: usize = 60;

fn shortened(head: &str, mut lines: Vec<String>) -> Vec<String> {
    let all = lines.len();
    if all == 0 {
        return lines;
    }
    lines.truncate(LINES);
    if all > LINES {
        lines.push(format!("  … and {} more; `--json` shows them all", all - LINES));
    }
    if !head.is_empty() {
        lines.insert(0, head.to_owned());
    }
    lines
}

fn located(place: &Place) -> Value {
    match &place.at {
        At::Whole => json!({"file": place.file}),
        At::Line(line) => json!({"file": place.file, "line": line}),
        At::Path(path) => json!({"file": place.file, "path": path}),
    }
}

fn place_of(record: &Value) -> String {
    let at = match (record["line"].as_u64(), record["path"].as_str()) {
        (Some(line), _) => At::Line(line),
        (None, Some(path)) => At::Path(path.to_owned()),
        (None, None) => At::Whole,
    };
    Place { file: text(record, "file").to_owned(), at }.to_string()
}
