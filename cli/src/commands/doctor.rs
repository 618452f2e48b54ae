//! `commonweal doctor`: how a home is, and mending it.

use std::path::{Path, PathBuf};

use node::doctor::{self, DoctorError, Key, KeyState, Leftover, Mended, Remains, Report, Sled};
use serde_json::{Value, json};

use crate::{
    failure::{Exit, Failure},
    output::{Output, count, moment},
};

/// Looks whether everything the node keeps is well, and mends it
///
/// The node must be stopped. Without --mend nothing that is kept is changed. Exit code 13 means that something is not
/// well. With `--json` it prints {"well": true or false, "parts": [{"part", "state", "says", "do"}], "lost_groups":
/// number, "mended": [sentences]}; the parts are always permissions, keys, journal, votes, store, blobs, room,
/// backups and leftovers, a state is "well", "note" or "wrong", and "do" is null when there is nothing to do.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Mends what can be mended; nothing is thrown away that cannot be made again
    #[arg(long)]
    mend: bool,
}

pub(crate) async fn run(args: Args, home: PathBuf) -> Result<Output, Failure> {
    let mend = args.mend;
    let at = home.clone();
    let looked = tokio::task::spawn_blocking(move || if mend { doctor::mend(&at) } else { doctor::check(&at) }).await;
    let report =
        looked.map_err(|why| Failure::new(Exit::Other, format!("the home could not be looked at: {why}")))??;
    let parts = parts(&report, &home);
    let (json, text) = (for_programs(&report, &parts), for_people(&report, &parts));
    let exit = if report.is_well() { Exit::Ok } else { Exit::Unwell };
    Ok(Output::new(json, text).ending(exit))
}

/// What is said of one part of a home.
struct Part {
    name: &'static str,
    state: State,
    says: String,
    /// What to do, if anything.
    next: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Well,
    Note,
    Wrong,
}

const MEND: &str = "type: commonweal doctor --mend";

impl Part {
    fn well(name: &'static str, says: impl Into<String>) -> Part {
        Part { name, state: State::Well, says: says.into(), next: None }
    }

    fn note(name: &'static str, says: impl Into<String>) -> Part {
        Part { state: State::Note, ..Part::well(name, says) }
    }

    fn wrong(name: &'static str, says: impl Into<String>, next: impl Into<String>) -> Part {
        Part { state: State::Wrong, next: Some(next.into()), ..Part::well(name, says) }
    }
}

fn parts(report: &Report, home: &Path) -> Vec<Part> {
    let (home, room) = (home.display(), room(report));
    vec![
        permissions(report),
        keys(report, &home.to_string()),
        journal(report),
        votes(report),
        store(report),
        blobs(report),
        room,
        backups(report),
        leftovers(&report.leftovers),
    ]
}

fn permissions(report: &Report) -> Part {
    let Some(first) = report.loose.first() else { return Part::well("permissions", "only you can reach this home") };
    let (path, mode) = (first.path.display(), first.mode);
    let more = match report.loose.len() - 1 {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let says = format!("others on this computer can reach {path} (mode {mode:o}){more}");
    Part::wrong("permissions", says, format!("{MEND}; somebody else may have read your keys meanwhile"))
}

fn keys(report: &Report, home: &str) -> Part {
    let Some((key, state)) = report.keys.iter().find(|(_, state)| !state.is_well()) else {
        let all = report.keys.iter().all(|(_, state)| *state == KeyState::Well);
        return if all {
            Part::well("keys", "both keys are whole")
        } else {
            Part::note("keys", "the next start makes the missing key")
        };
    };
    let says = match state {
        KeyState::Damaged(why) => why.clone(),
        _ => "the key of your collaborative is missing".to_owned(),
    };
    Part::wrong(
        "keys",
        says,
        match key {
            Key::Node => format!("{MEND}; the next start then makes a new one"),
            Key::Member => {
                format!("put keys/member back from a copy of {home}; nothing else can be done with it until then")
            }
        },
    )
}

fn journal(report: &Report) -> Part {
    let groups = count(report.groups, "save", "saves");
    let lost = count(report.lost_groups, "save is", "saves are");
    if report.damaged_anew > 0 {
        let places = count(report.damaged.len() as u64, "place", "places");
        let says = format!("the journal is damaged in {places}: {lost} unreadable, {groups} whole");
        return Part::wrong("journal", says, MEND);
    }
    if report.lost_groups > 0 || !report.damaged.is_empty() {
        let says = format!(
            "{groups} whole; {lost} unreadable and set aside. What others share with you, or have from you, comes \
             from them again while the node runs; what only you had and the store had lost is gone"
        );
        return Part::note("journal", says);
    }
    if report.torn_bytes > 0 && matches!(report.sled, Sled::Ahead(_)) {
        let says =
            format!("{groups} whole; {} bytes are left of what was the last one, which may be lost", report.torn_bytes);
        return Part::note("journal", says);
    }
    match report.torn_bytes {
        0 => Part::well("journal", format!("{groups}, all whole")),
        torn => Part::note(
            "journal",
            format!(
                "{groups}, all whole; {torn} bytes of one cut short, of which nobody was told that it was kept, go at the next start"
            ),
        ),
    }
}

fn votes(report: &Report) -> Part {
    match report.votes_forgotten {
        false => Part::well("votes", "the votes this node signed are all known"),
        true => Part::note(
            "votes",
            "votes this node signed may be forgotten; it votes again when a neighbor has confirmed the charter",
        ),
    }
}

fn store(report: &Report) -> Part {
    let rebuild = |says: &str| Part::wrong("store", says, format!("{MEND}; it is built anew from the journal"));
    if let Some(only) = report.only_in_sled() {
        let rows = count((only.only_sled.len() + only.only_journal.len()) as u64, "row", "rows");
        let says = format!("it still knows {rows} that the journal has lost");
        let next = format!("{MEND} before you start the node; they are written to the journal again");
        return Part::wrong("store", says, next);
    }
    match &report.sled {
        Sled::Sound { rows, behind: 0 } => {
            Part::well("store", format!("{}, as in the journal", count(*rows, "row", "rows")))
        }
        Sled::Sound { behind, .. } => Part::note(
            "store",
            format!("whole; the next start adds {} from the journal", count(*behind, "save", "saves")),
        ),
        Sled::Missing => Part::note("store", "there is none; the next start builds it from the journal"),
        Sled::Unopenable(why) => rebuild(&format!("it cannot be opened: {why}")),
        Sled::Damaged(what) => rebuild(&format!("it is damaged: {what}")),
        Sled::Ahead(_) => rebuild("it knows saves that the journal does not have"),
        Sled::Foreign => rebuild("it belongs to another journal"),
        Sled::Differs(_) => rebuild("it is not what the journal says"),
    }
}

fn blobs(report: &Report) -> Part {
    match report.blobs {
        0 => Part::well("blobs", "no value stands in a file of its own"),
        some => Part::wrong(
            "blobs",
            format!("{} in files that a power cut can take", count(some as u64, "value stands", "values stand")),
            format!("{MEND}; the store is built anew from the journal"),
        ),
    }
}

fn room(report: &Report) -> Part {
    let free = format!("{} MiB are free on the disk", report.free_bytes >> 20);
    match report.is_full {
        false => Part::well("room", free),
        true => Part::wrong(
            "room",
            format!("only {free}, too little to save anything"),
            "free some room: 200 MiB and 2 % of the disk at least",
        ),
    }
}

/// What is not there is no fault of the home: it is told, and nothing here can mend it.
fn backups(report: &Report) -> Part {
    let next = "type `commonweal backup create`; deploy/README.md says how to keep one on another disk";
    match (report.backups.whole_ms(), report.backup_late) {
        (_, true) => Part::wrong("backups", "no backup was found whole for a week", next),
        (Some(at), false) => {
            Part::well("backups", format!("the last that was found whole is of {}", moment((at / 1_000) as i64)))
        }
        (None, false) => Part::well("backups", "there is none yet; the node makes one every day while it runs"),
    }
}

fn leftovers(found: &[Leftover]) -> Part {
    if found.is_empty() {
        return Part::well("leftovers", "nothing lies about");
    }
    let words = |what| match what {
        Remains::Unfinished => "a rebuild that was cut short; the next one or --mend removes it",
        Remains::OldStore => "a store that was put aside; delete it when all is well",
        Remains::OldKey => "a key that was put aside; it is used no more",
        Remains::Evidence => "damage that was copied aside; of use to whoever looks into it",
        Remains::Foreign => "nothing of Commonweal; it is left alone",
    };
    let lines = found.iter().map(|left| format!("{}: {}", left.path.display(), words(left.what)));
    Part::note("leftovers", lines.collect::<Vec<_>>().join("\n"))
}

fn done(mended: &Mended) -> String {
    let number = |number: usize, one, several| count(number as u64, one, several);
    match mended {
        Mended::Closed(some) => {
            format!("{} closed to others", number(*some, "file or folder was", "files and folders were"))
        }
        Mended::Rescued(rows) => {
            format!("{} that only the store knew stand in the journal again", number(*rows, "row", "rows"))
        }
        Mended::Rebuilt => "the store was built anew from the journal".to_owned(),
        Mended::CaughtUp => "the store was brought up to the journal".to_owned(),
        Mended::CutTorn(bytes) => format!("{bytes} bytes of a save that was cut short were cut off"),
        Mended::SetAside(some) => {
            format!("{} of the journal copied aside", number(*some, "damaged place was", "damaged places were"))
        }
        Mended::NodeKeyAside => "the damaged key of this node was put aside; the next start makes a new one".to_owned(),
        Mended::Cleared(some) => {
            format!("{} removed", number(*some, "unfinished leftover was", "unfinished leftovers were"))
        }
    }
}

fn for_programs(report: &Report, parts: &[Part]) -> Value {
    let part = |part: &Part| {
        let state = match part.state {
            State::Well => "well",
            State::Note => "note",
            State::Wrong => "wrong",
        };
        json!({"part": part.name, "state": state, "says": part.says, "do": part.next})
    };
    let mended: Vec<String> = report.mended.iter().map(done).collect();
    let parts: Vec<Value> = parts.iter().map(part).collect();
    json!({"well": report.is_well(), "parts": parts, "lost_groups": report.lost_groups, "mended": mended})
}

fn for_people(report: &Report, parts: &[Part]) -> String {
    let mut lines: Vec<String> = report.mended.iter().map(|mended| format!("Mended: {}.", done(mended))).collect();
    for part in parts {
        let sign = match part.state {
            State::Well => "well ",
            State::Note => "note ",
            State::Wrong => "WRONG",
        };
        let mut says = part.says.lines();
        lines.push(format!("{sign}  {:<12} {}", part.name, says.next().unwrap_or_default()));
        lines.extend(says.map(|more| format!("{:20}{more}", "")));
        lines.extend(part.next.iter().map(|next| format!("{:20}→ {next}", "")));
    }
    lines.push(
        if report.is_well() { "This home is well." } else { "This home is not well; do what the arrows say." }
            .to_owned(),
    );
    lines.join("\n")
}

impl From<DoctorError> for Failure {
    fn from(error: DoctorError) -> Failure {
        match error {
            DoctorError::Home(error) => error.into(),
            DoctorError::Store(error) => error.into(),
            DoctorError::Key(error) => error.into(),
        }
    }
}
