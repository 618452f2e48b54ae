//! What the demo says: each step once, in words for people and as a line of JSON for programs.

use std::{
    cell::Cell,
    env,
    io::{self, IsTerminal},
    path::PathBuf,
};

use protocol::{identity::NodeKey, view::StatusView};
use serde::Serialize;

use super::{
    view::{Holding, Table},
    village::Node,
};
use crate::output::{self, printable};

/// One step. Names and fields are the JSON that `commonweal demo --help` documents.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Event {
    Started { folder: PathBuf },
    Node { name: String, place: String, home: PathBuf, node: NodeKey, web: Option<String>, set_up: Option<String> },
    Founded { network: String, by: String },
    Joined { name: String, standing: &'static str, invited_by: String },
    Stewards { names: Vec<String>, k: u32 },
    Vote { by: String, change: String, approvals: usize, needed: usize, carried: bool },
    Wrote { name: String, records: usize, private: usize, partners: usize, network: usize, public: usize },
    Table(Table),
    Holds(Holding),
    Private { records: usize, elsewhere: usize },
    Edit { by: String, title: String, what: Vec<String> },
    Choice { title: String, field: String, values: Vec<Choice> },
    Merged { title: String, names: Vec<String> },
    Change { at: String, kind: String, title: String, by: String, fields: Vec<String> },
    Gone { at: String, title: String },
    Ready { nodes: Vec<Home> },
    Stopped { folder: PathBuf },
}

/// One of several values that were written at once.
#[derive(Debug, Serialize)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) by: String,
}

/// How to reach a node.
#[derive(Debug, Serialize)]
pub(super) struct Home {
    name: String,
    home: PathBuf,
}

impl Event {
    pub(super) fn node(node: &Node, status: StatusView) -> Event {
        let (name, place) = (node.name().to_owned(), node.place.place.clone());
        let (home, web, set_up) = (node.home.clone(), node.web.clone(), node.set_up.clone());
        Event::Node { name, place, home, node: status.node, web, set_up }
    }

    pub(super) fn ready(nodes: &[Node]) -> Event {
        let home = |node: &Node| Home { name: node.name().to_owned(), home: node.home.clone() };
        Event::Ready { nodes: nodes.iter().map(home).collect() }
    }

    fn text(&self) -> String {
        match self {
            Event::Started { folder } => format!(
                "Four groups, each with a node of its own on this computer. All of them are invented.\n\
                 They live in {} until the demo ends.\n\nThe nodes start",
                folder.display()
            ),
            Event::Node { name, place, web: None, .. } => format!("  {name}, {place}"),
            Event::Node { name, place, web: Some(web), set_up: Some(code), .. } => {
                format!("  {name}, {place}; its pages: {web}, set-up code {code}")
            }
            Event::Node { name, place, web: Some(web), .. } => format!("  {name}, {place}; its pages: {web}"),
            Event::Founded { network, by } => format!("\nA network begins\n  {by} founds “{network}”."),
            Event::Joined { name, standing: "partner", invited_by } => {
                format!("  {name} comes in as a partner of {invited_by}: it receives, and has no vote.")
            }
            Event::Joined { name, invited_by, .. } => format!("  {invited_by} invites {name}, which is now a member."),
            Event::Stewards { names, k } => {
                format!("  All {} are stewards now: {k} of them must agree before the network changes.", names.len())
            }
            Event::Vote { by, change, approvals, needed, carried } => {
                let now = if *carried { "it is carried" } else { "not enough yet" };
                format!("  {by} is for this: {change}.\n    {approvals} of {needed} votes, {now}.")
            }
            Event::Wrote { name, records, private, partners, network, public } => format!(
                "  {name} writes {records} records: {private} private, {partners} for those it names, {network} for the \
                 network, {public} for everybody."
            ),
            Event::Table(table) => format!("\nHow many records are where\n{}\n", table.text()),
            Event::Holds(holding) => holding.text(),
            Event::Private { records, elsewhere } => {
                let elsewhere = if *elsewhere == 0 { "None".to_owned() } else { elsewhere.to_string() };
                format!("\n  {records} records are private. {elsewhere} of them can be found at another node.")
            }
            Event::Edit { by, title, what } => format!("  {by} changes “{title}”: {}.", what.join(", ")),
            Event::Choice { field, values, .. } => {
                let each: Vec<String> = values.iter().map(|one| format!("“{}” by {}", one.value, one.by)).collect();
                format!("  Two answers in {field}: {}. Both are kept until somebody chooses.", each.join(" and "))
            }
            Event::Merged { title, names } => {
                format!("  “{title}” now reads the same at {}, and no word was lost.", listed(names))
            }
            Event::Change { at, kind, title, by, fields } => changed(at, kind, title, by, fields),
            Event::Gone { at, title } => format!("  · no longer at {at}: “{title}”"),
            Event::Ready { nodes } => ready(nodes),
            Event::Stopped { folder } => format!("\nAll nodes have stopped, and {} is gone.", folder.display()),
        }
    }
}

fn listed(names: &[String]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.join(""),
    }
}

/// The most fields a line names.
const FIELDS: usize = 4;

fn changed(at: &str, kind: &str, title: &str, by: &str, fields: &[String]) -> String {
    let named = fields.iter().take(FIELDS).cloned().collect::<Vec<_>>().join(", ");
    let what = match fields.len().saturating_sub(FIELDS) {
        _ if fields.is_empty() => String::new(),
        0 => format!(" ({named})"),
        more => format!(" ({named} and {more} more)"),
    };
    let kind = kind.replace('_', " ");
    if at == by {
        return format!("  · saved at {at}: {kind} “{title}”{what}");
    }
    format!("  · arrived at {at}: {kind} “{title}” from {by}{what}")
}

fn ready(nodes: &[Home]) -> String {
    let width = nodes.iter().map(|node| node.name.chars().count()).max().unwrap_or(0);
    let rows: Vec<String> =
        nodes.iter().map(|Home { name, home }| format!("  {name:<width$}  {}", home.display())).collect();
    let home = nodes.first().map(|node| node.home.display().to_string()).unwrap_or_default();
    let program = program();
    format!(
        "\nThe nodes stay up. Each is reached by its home:\n\n{}\n\n\
         Try this in another terminal, in the same folder:\n\n\
         \x20 {program} --home {home} record list\n\
         \x20 {program} --home {home} network show\n\
         \x20 {program} --home {home} record create announcement --audience network \\\n\
         \x20   --set title=\"Soup supper\" --set summary=\"Friday at six.\" --set body=\"Bring a bowl.\"\n\n\
         Every change shows below as it arrives. Ctrl-C ends the demo and removes everything.\n",
        rows.join("\n")
    )
}

/// This program as it can be typed here: it need not be where the shell looks for commands.
fn program() -> String {
    let Ok(program) = env::current_exe() else { return "commonweal".into() };
    let here = env::current_dir().ok();
    let short = here.and_then(|here| program.strip_prefix(here).ok()).filter(|path| path.components().count() > 1);
    short.unwrap_or(&program).display().to_string()
}

/// Says each step on standard output.
pub(super) struct Teller {
    json: bool,
    /// Whether lines may be drawn over.
    terminal: bool,
    /// Lines at the end that what comes next replaces.
    drawn: Cell<usize>,
}

impl Teller {
    pub(super) fn new(json: bool) -> Teller {
        Teller { json, terminal: !json && io::stdout().is_terminal(), drawn: Cell::new(0) }
    }

    pub(super) fn tell(&self, event: &Event) -> io::Result<()> {
        if self.json {
            return output::print(&serde_json::to_string(event)?);
        }
        let back = self.back();
        output::print(&format!("{back}{}", printable(&event.text())))
    }

    /// A line that only people need.
    pub(super) fn heading(&self, text: &str) -> io::Result<()> {
        if self.json { Ok(()) } else { output::print(&format!("{}{text}", self.back())) }
    }

    /// Draws what changes from moment to moment, over what was drawn before; only on a terminal.
    pub(super) fn draw(&self, text: &str) -> io::Result<()> {
        if !self.terminal {
            return Ok(());
        }
        let text = printable(text);
        let back = self.back();
        self.drawn.set(text.trim_end().lines().count());
        output::print(&format!("{back}{text}"))
    }

    /// Up to the first line of the last drawing, and all from there on cleared.
    fn back(&self) -> String {
        match self.drawn.replace(0) {
            0 => String::new(),
            lines => format!("\u{1b}[{lines}A\u{1b}[J"),
        }
    }
}
