//! Every command, in one table. A command is a file in `commands/`; its comments are its help.

mod backup;
mod completions;
mod demo;
mod doctor;
mod export;
mod import;
mod init;
mod man;
mod network;
mod peers;
mod people;
mod propose;
mod record;
mod search;
mod show;
mod status;
mod subscription;
mod sync;
mod up;
mod words;

use std::path::PathBuf;

use clap::{CommandFactory, Parser, Subcommand};
use node::config;

use crate::{
    client::Client,
    failure::{Exit, Failure},
    output::Output,
    progress::Progress,
};

/// Shares what works among community collaboratives, without an owner.
#[derive(Debug, Parser)]
#[command(name = "commonweal", version)]
pub(crate) struct Cli {
    /// The folder the node lives in [default: $COMMONWEAL_HOME, else ~/.commonweal]
    #[arg(long, global = true, value_name = "DIR")]
    home: Option<PathBuf>,
    /// Prints JSON for programs
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    Up(up::Args),
    #[command(subcommand)]
    Network(network::Command),
    #[command(subcommand)]
    Record(record::Command),
    Search(search::Args),
    #[command(subcommand)]
    Import(import::Command),
    Export(export::Args),
    /// Asks others for records that match all of this
    ///
    /// Without any rule a node asks for everything that is shared with it. As soon as there is one, it asks for what
    /// matches any of its rules, and for nothing else.
    Subscribe(subscription::Rule),
    /// No longer asks for records that match all of this
    ///
    /// Name the rule as it was given. Without any rule a node asks for everything that is shared with it.
    Unsubscribe(subscription::Rule),
    /// Shows what this node asks for
    Subscriptions,
    Peers(peers::Args),
    /// Shows how this node stands: whether everything it asked for is here
    Status,
    People(people::Args),
    Sync(sync::Args),
    Words(words::Args),
    Backup(backup::Args),
    Doctor(doctor::Args),
    Completions(completions::Args),
    Man(man::Args),
    Demo(demo::Args),
}

/// The table as clap has it, with the exit codes below the help.
pub(crate) fn table() -> clap::Command {
    let codes = Exit::ALL.map(|exit| format!("  {:>2}  {}", exit as u8, exit.meaning())).join("\n");
    Cli::command().after_help(format!("Exit codes:\n{codes}"))
}

/// Does what was asked.
pub(crate) async fn run(cli: Cli) -> Result<Output, Failure> {
    let home = config::home(cli.home.as_deref());
    let node = Client::new(home.clone());
    let progress = Progress::new(cli.json);
    match cli.command {
        Command::Init(args) => init::run(args, home, &node).await,
        Command::Up(args) => up::run(args, home, cli.json).await,
        Command::Network(command) => network::run(command, &node, progress).await,
        Command::Record(command) => record::run(command, &node).await,
        Command::Import(command) => import::run(command, &node, progress).await,
        Command::Export(args) => export::run(args, &node, progress).await,
        Command::Search(args) => search::run(args, &node).await,
        Command::Subscribe(rule) => subscription::add(rule, &node).await,
        Command::Unsubscribe(rule) => subscription::remove(rule, &node).await,
        Command::Subscriptions => subscription::list(&node).await,
        Command::Peers(args) => peers::run(args, &node).await,
        Command::Status => status::run(&node).await,
        Command::People(args) => people::run(args, &node).await,
        Command::Sync(args) => sync::run(args, &node, progress).await,
        Command::Words(args) => words::run(args, &home),
        Command::Backup(args) => backup::run(args, home, &node).await,
        Command::Doctor(args) => doctor::run(args, home).await,
        Command::Completions(args) => completions::run(args),
        Command::Man(args) => man::run(args),
        Command::Demo(args) => demo::run(args, cli.json).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parses(line: &str) -> bool {
        table().try_get_matches_from(line.split(' ')).is_ok()
    }

    #[test]
    fn the_table_is_sound_and_its_help_names_every_exit_code() {
        table().debug_assert();
        let help = table().render_long_help().to_string();
        assert!(Exit::ALL.iter().all(|exit| help.contains(exit.meaning())));
    }

    #[test]
    fn every_command_is_understood() {
        let lines = [
            "commonweal --home /srv/a --json status",
            "commonweal init --name Riverside --place Kennebec",
            "commonweal up --web 127.0.0.1:0 --listen /ip4/127.0.0.1/tcp/0 --listen /ip6/::1/udp/0/quic-v1 --no-mdns --log-format json",
            "commonweal network found --name Maine --purpose Children --rules Kindness",
            "commonweal network invite --partner --days 3",
            "commonweal network join commonweal:abc --wait --timeout 5",
            "commonweal network show",
            "commonweal network members",
            "commonweal network propose admit Hillside --why Neighbors",
            "commonweal network propose remove Hillside",
            "commonweal network propose stewards A,B,C --k 2 --why Shared",
            "commonweal network propose text --name N --purpose P --rules R --review-by 2027-01-01",
            "commonweal network approve abcd",
            "commonweal network reject abcd",
            "commonweal network end-partner Hillside",
            "commonweal record create practice --file - --audience network --editors members",
            "commonweal record create practice --set title=Walk --set summary=To",
            "commonweal record create practice --file a.json --set title=Walk",
            "commonweal record edit abcd --set title=New --set steps[2].text=b",
            "commonweal record edit abcd --file new.json --heads a,b",
            "commonweal record show abcd --history",
            "commonweal record list practice --owner Hillside",
            "commonweal record share abcd --audience partners:A,B",
            "commonweal record editors abcd --editors named:A",
            "commonweal record delete abcd --yes",
            "commonweal record kinds practice",
            "commonweal search walking bus",
            "commonweal import hsds directory --skip-bad",
            "commonweal import json folder",
            "commonweal export hsds out",
            "commonweal export csv out --all --force",
            "commonweal export ics out",
            "commonweal export json out",
            "commonweal import ics trainings.ics --audience network",
            "commonweal import csv practice list.csv --dry-run --audience network --skip-bad --source county",
            "commonweal subscribe --owner A --kind practice --tag topic:housing",
            "commonweal unsubscribe --kind practice",
            "commonweal subscriptions",
            "commonweal peers",
            "commonweal peers block Hillside",
            "commonweal peers unblock Hillside",
            "commonweal network invite --check",
            "commonweal network invitations",
            "commonweal network withdraw abcd",
            "commonweal network stop-joining",
            "commonweal network decisions",
            "commonweal status",
            "commonweal people",
            "commonweal people list --json",
            "commonweal people reset ann@example.org",
            "commonweal sync --wait --timeout 3",
            "commonweal init --name Riverside --words -",
            "commonweal words --show",
            "commonweal backup",
            "commonweal backup create --to /media/usb",
            "commonweal backup verify old.backup --words -",
            "commonweal backup restore old.backup --words sheet.txt",
            "commonweal backup schedule --folder /media/usb --daily",
            "commonweal backup schedule --inside --off",
            "commonweal doctor --mend --json",
            "commonweal completions bash",
            "commonweal man pages",
            "commonweal demo --once --web-base 8080 --json",
        ];
        for line in lines {
            assert!(parses(line), "{line}");
        }
    }

    #[test]
    fn a_command_mistyped_is_told_the_nearest_one() {
        let why = table().try_get_matches_from(["commonweal", "statsu"]).unwrap_err().to_string();
        assert!(why.contains("'status'"), "{why}");
    }

    #[test]
    fn what_makes_no_sense_is_not_understood() {
        let lines = [
            "commonweal",
            "commonweal nothing",
            "commonweal init",
            "commonweal record edit abcd",
            "commonweal record edit abcd --file a --set title=b",
            "commonweal record edit abcd --set title",
            "commonweal record create practice",
            "commonweal record share abcd",
            "commonweal subscribe",
            "commonweal people reset",
            "commonweal network propose text",
            "commonweal network invite --days many",
            "commonweal sync --timeout soon",
            "commonweal backup restore",
            "commonweal backup schedule",
            "commonweal backup schedule --daily --off",
            "commonweal demo --web-base 80",
        ];
        for line in lines {
            assert!(!parses(line), "{line}");
        }
    }
}
