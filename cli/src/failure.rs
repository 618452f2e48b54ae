//! What went wrong and what to do next, and the exit codes: one list, documented in `--help`.

use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use node::{
    api, config, home::HomeError, keys::KeyError, network::NetworkError, run::RunError, transfer::TransferError,
};
use protocol::{record::Problem, refusal::Refusal, store::StoreError};
use serde_json::{Value, json};

use crate::output;

/// How a command ends. The numbers never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    Ok = 0,
    Other = 1,
    Usage = 2,
    Invalid = 3,
    NotFound = 4,
    NotAllowed = 5,
    NotReady = 6,
    Ticket = 7,
    Conflict = 8,
    Charter = 9,
    Store = 10,
    Timeout = 11,
    Listen = 12,
    Unwell = 13,
}

impl Exit {
    pub(crate) const ALL: [Exit; 14] = [
        Exit::Ok,
        Exit::Other,
        Exit::Usage,
        Exit::Invalid,
        Exit::NotFound,
        Exit::NotAllowed,
        Exit::NotReady,
        Exit::Ticket,
        Exit::Conflict,
        Exit::Charter,
        Exit::Store,
        Exit::Timeout,
        Exit::Listen,
        Exit::Unwell,
    ];

    /// What it means, for `--help`.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Exit::Ok => "done",
            Exit::Other => "failed for another reason",
            Exit::Usage => "the command was not understood",
            Exit::Invalid => "something given is not valid; nothing was changed",
            Exit::NotFound => "there is nothing of this name or id",
            Exit::NotAllowed => "you may not do this, or others can read the home",
            Exit::NotReady => "no node runs, the home is in use, or something must be done first",
            Exit::Ticket => "the ticket is damaged, used up or past its day",
            Exit::Conflict => "the record changed or was deleted meanwhile; read it again",
            Exit::Charter => "the network's charter does not allow it",
            Exit::Store => "the disk is full or refuses, or what is kept is damaged",
            Exit::Timeout => "it did not happen within the time given",
            Exit::Listen => "an address to listen on is in use or not ours",
            Exit::Unwell => "the doctor found something that is not well",
        }
    }

    /// The exit code of an error's code, as the API names it.
    fn of(code: &str) -> Exit {
        match code {
            "invalid" => Exit::Invalid,
            "not_found" => Exit::NotFound,
            "not_allowed" => Exit::NotAllowed,
            "not_ready" => Exit::NotReady,
            "ticket" => Exit::Ticket,
            "conflict" => Exit::Conflict,
            "charter" => Exit::Charter,
            "store" => Exit::Store,
            "timeout" => Exit::Timeout,
            "listen" => Exit::Listen,
            "unwell" => Exit::Unwell,
            _ => Exit::Other,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Exit::Ok => "ok",
            Exit::Other => "other",
            Exit::Usage => "usage",
            Exit::Invalid => "invalid",
            Exit::NotFound => "not_found",
            Exit::NotAllowed => "not_allowed",
            Exit::NotReady => "not_ready",
            Exit::Ticket => "ticket",
            Exit::Conflict => "conflict",
            Exit::Charter => "charter",
            Exit::Store => "store",
            Exit::Timeout => "timeout",
            Exit::Listen => "listen",
            Exit::Unwell => "unwell",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// A command that did not succeed: a sentence or a few, and the exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    message: String,
    problems: Value,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Failure {
        Failure { exit, message: message.into(), problems: json!([]) }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Failure {
        Failure::new(Exit::Invalid, message)
    }

    /// With what is to be put right, for programs.
    pub(crate) fn with_problems(exit: Exit, message: impl Into<String>, problems: Value) -> Failure {
        Failure { exit, message: message.into(), problems }
    }

    pub(crate) fn timeout(message: impl Into<String>) -> Failure {
        Failure::new(Exit::Timeout, message)
    }

    /// No node has this home. What it says to type works as it stands: it names the home unless that goes without saying.
    pub(crate) fn not_running(home: &Path) -> Failure {
        let (at, command) = (home.display(), command_for(home));
        let message = match home.join("keys").is_dir() {
            true => format!("no node is running for {at}; start it with `{command} up`"),
            false => format!(
                "no node is running for {at}, and there is none in that folder yet: make one with `{command} init \
                 --name …` and start it with `{command} up`"
            ),
        };
        Failure::new(Exit::NotReady, message)
    }

    /// What the API answered instead of doing it.
    pub(crate) fn answered(body: &Value) -> Failure {
        let error = &body["error"];
        let message = error["message"].as_str().unwrap_or("the node gave an answer this command does not understand");
        let exit = error["code"].as_str().map_or(Exit::Other, Exit::of);
        Failure { exit, message: message.into(), problems: error["problems"].clone() }
    }

    /// The sentences on standard error; with `--json` also as JSON on standard output, in the shape of the API.
    pub(crate) fn print(&self, json: bool) {
        eprint(&self.message);
        if json {
            let error = json!({"code": self.exit.code(), "message": self.message, "problems": self.problems});
            // Who does not read has the exit code.
            let _ = output::print(&json!({"error": error}).to_string());
        }
    }
}

fn eprint(message: &str) {
    // It fails when nobody is there to tell; the exit code still says it.
    let _ = writeln!(io::stderr(), "commonweal: {}", output::printable(message));
}

impl From<Vec<Problem>> for Failure {
    fn from(problems: Vec<Problem>) -> Failure {
        Refusal::Invalid(problems).into()
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        let problems = api::problems(&refusal);
        Failure { exit: Exit::of(refusal.code()), message: refusal.to_string(), problems: problems.into() }
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Failure {
        let exit = match &error {
            RunError::Home(home) | RunError::Key(KeyError::Home(home)) => home_exit(home),
            RunError::Key(_) | RunError::Store(_) | RunError::Kept(_) => Exit::Store,
            RunError::Network(NetworkError::BadAddress { .. }) => Exit::Invalid,
            RunError::Network(_) | RunError::Web { .. } => Exit::Listen,
            RunError::Control(_) | RunError::Signals(_) | RunError::Fault(_) => Exit::Other,
        };
        Failure::new(exit, error.to_string())
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Failure {
        RunError::Key(error).into()
    }
}

impl From<HomeError> for Failure {
    fn from(error: HomeError) -> Failure {
        Failure::new(home_exit(&error), error.to_string())
    }
}

fn home_exit(error: &HomeError) -> Exit {
    match error {
        HomeError::InUse { .. } | HomeError::Missing(_) => Exit::NotReady,
        HomeError::NotEmpty(_) => Exit::Invalid,
        HomeError::Loose { .. } | HomeError::Foreign { .. } => Exit::NotAllowed,
        HomeError::Io { .. } => Exit::Store,
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        Failure::new(Exit::Store, error.to_string())
    }
}

impl From<TransferError> for Failure {
    fn from(error: TransferError) -> Failure {
        let exit = match &error {
            TransferError::Missing(_) => Exit::NotFound,
            TransferError::Io { .. } => Exit::Other,
            _ => Exit::Invalid,
        };
        Failure::new(exit, error.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::new(Exit::Other, error.to_string())
    }
}

/// How the command is typed for this home, so that what we say to type works as it stands.
pub(crate) fn command_for(home: &Path) -> String {
    let at = home.display().to_string();
    let plain = at.chars().all(|c| c.is_alphanumeric() || "/._-".contains(c));
    let named = if plain { at } else { format!("'{}'", at.replace('\'', "'\\''")) };
    if home == config::home(None) { "commonweal".into() } else { format!("commonweal --home {named}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_codes_are_a_list_without_gaps_and_each_has_its_own_word() {
        for (number, exit) in Exit::ALL.into_iter().enumerate() {
            assert_eq!(exit as usize, number);
        }
        let named = Exit::ALL.into_iter().filter(|exit| *exit as u8 >= 3);
        assert!(named.clone().all(|exit| Exit::of(exit.code()) == exit));
    }

    #[test]
    fn a_refusal_ends_alike_whether_a_node_says_so_or_the_command_itself() {
        let refusals = [
            (Refusal::NoNetwork, Exit::NotReady),
            (Refusal::UnknownRecord("x".into()), Exit::NotFound),
            (Refusal::NotMember, Exit::NotAllowed),
            (Refusal::TicketExpired, Exit::Ticket),
            (Refusal::StaleHeads, Exit::Conflict),
            (Refusal::Outdated, Exit::Charter),
            (Refusal::Store(StoreError::Full), Exit::Store),
            (Refusal::TicketDays(60), Exit::Invalid),
        ];
        for (refusal, exit) in refusals {
            let body = json!({"error": {"code": refusal.code(), "message": refusal.to_string(), "problems": []}});
            assert_eq!(Failure::answered(&body).exit, exit);
            assert_eq!(Failure::from(refusal).exit, exit);
        }
    }
}
