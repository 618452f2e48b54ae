//! `commonweal network`: founding, inviting, joining, and who belongs.

use std::time::Duration;

use protocol::refusal::Refusal;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::propose;
use crate::{
    client::{Client, path},
    failure::Failure,
    output::{Output, count, items, joined, moment, short, table, text},
    progress::Progress,
};

/// Founds or joins a network of collaboratives, and decides with the others who belongs
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Founds a network, with your collaborative as its first member
    Found {
        /// Its name
        #[arg(long)]
        name: String,
        /// What it is for
        #[arg(long, default_value = "")]
        purpose: String,
        /// Its ground rules
        #[arg(long, default_value = "")]
        rules: String,
    },
    /// Makes a ticket to hand to a neighbor; it is alone on the last line
    ///
    /// A ticket works once. Who holds it can apply with `commonweal network join`; the stewards then admit them.
    Invite {
        /// For a partner: it receives what you share with it, and is no member
        #[arg(long)]
        partner: bool,
        /// Days it is good for [default: 14]
        #[arg(long)]
        days: Option<u32>,
        /// Who comes with it waits until you have compared four words with them, and then propose them with `commonweal
        /// network propose admit`
        #[arg(long)]
        check: bool,
    },
    /// Shows the invitations that can still be used
    Invitations,
    /// Takes an invitation back, and turns away who came with it and is not in yet
    Withdraw {
        /// Its id, or the beginning
        id: String,
    },
    /// Goes to a network with a ticket
    Join {
        /// The ticket, in quotes if it has line breaks
        ticket: String,
        /// Waits until the network has admitted you, which takes as long as its stewards need to vote
        #[arg(long)]
        wait: bool,
        /// How long to wait, in seconds [default: as long as it takes]
        #[arg(long, value_name = "S", requires = "wait")]
        timeout: Option<u64>,
    },
    /// Gives up joining, as long as you are not in
    StopJoining,
    /// Shows the network: what it is for, who belongs, what is proposed
    Show,
    /// Shows the members; * marks the stewards
    Members,
    /// Shows what was decided, the newest first, and whose votes carried it
    Decisions,
    #[command(subcommand)]
    Propose(propose::Command),
    /// Votes for a proposal
    Approve {
        /// Its id, or the beginning
        id: String,
    },
    /// Votes against a proposal
    Reject {
        /// Its id, or the beginning
        id: String,
    },
    /// Ends what you share with a partner
    EndPartner {
        /// Its name or id
        name: String,
    },
}

pub(crate) async fn run(command: Command, node: &Client, progress: Progress) -> Result<Output, Failure> {
    match command {
        Command::Found { name, purpose, rules } => {
            let body = json!({"name": name, "purpose": purpose, "rules": rules});
            let answer = node.post("/network", &body).await?;
            let next = "Invite a neighbor with `commonweal network invite`.";
            Ok(Output::new(answer, format!("You founded {name}. {next}")))
        }
        Command::Invite { partner, days, check } => invite(partner, days, check, node).await,
        Command::Invitations => {
            let answer = node.get("/network/invitations").await?;
            let text = invitations(&answer);
            Ok(Output::new(answer, text))
        }
        Command::Withdraw { id } => {
            let answer = node.delete(&path(&["network", "invitations", &id])).await?;
            Ok(Output::new(answer, "It is taken back, and nobody can come in with it."))
        }
        Command::StopJoining => {
            let answer = node.delete("/network/join").await?;
            Ok(Output::new(answer, "You joined nothing. Nothing of yours was shared."))
        }
        Command::Join { ticket, wait, timeout } => join(&ticket, wait.then_some(progress), timeout, node).await,
        Command::Show => {
            let answer = node.get("/network").await?;
            let text = shown(&answer);
            Ok(Output::new(answer, text))
        }
        Command::Members => {
            let network = node.get("/network").await?;
            let text = members(&network);
            Ok(Output::new(json!({"members": network["members"], "k": network["k"]}), text))
        }
        Command::Decisions => {
            let answer = node.get("/network/decisions").await?;
            let text = decisions(&answer);
            Ok(Output::new(answer, text))
        }
        Command::Propose(command) => propose::run(command, node).await,
        Command::Approve { id } => vote(&id, true, node).await,
        Command::Reject { id } => vote(&id, false, node).await,
        Command::EndPartner { name } => {
            let answer = node.delete(&path(&["network", "partners", &name])).await?;
            Ok(Output::new(answer, format!("{name} receives nothing new from you. What it already has stays with it.")))
        }
    }
}

async fn invite(partner: bool, days: Option<u32>, check: bool, node: &Client) -> Result<Output, Failure> {
    let asked = json!({"partner": partner, "days": days, "check": check});
    let answer = node.post("/network/invitations", &asked).await?;
    let until = moment(i64::try_from(answer["until"].as_u64().unwrap_or(0) / 1_000).unwrap_or(i64::MAX));
    let ticket = text(&answer, "ticket");
    // Who has no network yet was refused above, so there is one to look at.
    let network = node.get("/network").await?;
    let steward = items(&network, "members").iter().any(|member| member["own"] == true && member["steward"] == true);
    let votes = match partner || (steward && network["k"] == 1) {
        _ if check && !partner => " When they have come, `commonweal network show` tells the four words to compare.",
        true => "",
        false => " Stewards must vote before the newcomer is in, which may take days.",
    };
    let said = format!("Hand over this one line. It works once, until {until}.{votes}\n\n{ticket}");
    Ok(Output::new(answer.clone(), said))
}

/// How often a waiting join looks: admission takes a round trip at best, days at worst.
const LOOK_EVERY: Duration = Duration::from_millis(250);

async fn join(ticket: &str, wait: Option<Progress>, seconds: Option<u64>, node: &Client) -> Result<Output, Failure> {
    let answer = node.post("/network/join", &json!({"ticket": ticket})).await?;
    let Some(progress) = wait else {
        let said =
            "On the way. The network's stewards vote on your application; `commonweal status` shows when you are in.";
        return Ok(Output::new(answer, said));
    };
    let admitted = admitted(node, progress);
    let status = match seconds {
        None => admitted.await?,
        Some(seconds) => timeout(Duration::from_secs(seconds), admitted).await.map_err(|_| {
            Failure::timeout(
                "not admitted yet; the node goes on by itself, and `commonweal status` shows when you are in",
            )
        })??,
    };
    let said = format!("You are in: {} of {}.", text(&status, "standing"), text(&status, "network_name"));
    Ok(Output::new(status, said))
}

async fn admitted(node: &Client, mut progress: Progress) -> Result<Value, Failure> {
    loop {
        let status = node.get("/status").await?;
        if matches!(text(&status, "standing"), "member" | "partner") {
            return Ok(status);
        }
        if status["network"].is_null() {
            return Err(Refusal::TicketRefused.into());
        }
        let met = items(&status, "peers").iter().any(|peer| peer["connected"] == true);
        progress.wait(if met { "Waiting for the stewards' votes" } else { "Waiting to reach the network" });
        sleep(LOOK_EVERY).await;
    }
}

async fn vote(id: &str, approve: bool, node: &Client) -> Result<Output, Failure> {
    let answer = node.post(&path(&["network", "proposals", id, "votes"]), &json!({"approve": approve})).await?;
    let text = proposal(&answer);
    Ok(Output::new(answer, text))
}

fn shown(network: &Value) -> String {
    let mut lines = vec![text(network, "name").to_owned()];
    let about =
        [("Trouble", "trouble"), ("Purpose", "purpose"), ("Ground rules", "rules"), ("To be reviewed by", "review_by")];
    let about = about.iter().filter(|(_, name)| !text(network, name).is_empty());
    lines.extend(about.map(|(label, name)| format!("{label}: {}", text(network, name))));
    lines.push(format!("You are here as: {}", text(network, "standing")));
    lines.extend([String::new(), members(network)]);
    let removed = joined(items(network, "removed"));
    if !removed.is_empty() {
        lines.push(format!("Removed: {removed}"));
    }
    for application in items(network, "applications") {
        let (name, place) = (text(application, "name"), text(application, "place"));
        let place = if place.is_empty() { String::new() } else { format!(" ({place})") };
        let words = joined(items(&application["check"], "words"));
        let words =
            if words.is_empty() { words } else { format!("\n  Call them; they must see the same words: {words}") };
        lines.push(format!(
            "\nWants to join: {name}{place}{words}\n  To propose it: commonweal network propose admit \"{name}\""
        ));
    }
    lines.extend(items(network, "proposals").iter().map(|one| format!("\n{}", proposal(one))));
    if !items(network, "partners").is_empty() {
        lines.extend([String::new(), partners(network)]);
    }
    lines.push(format!("\nNetwork {}", text(network, "network")));
    lines.join("\n")
}

fn invitations(answer: &Value) -> String {
    let row = |one: &Value| {
        let who = if one["partner"] == true { "a partner" } else { "a member" };
        let until = moment(one["until"].as_i64().unwrap_or(0) / 1_000);
        vec![short(text(one, "id")), who.to_owned(), until, text(one, "used_by").to_owned()]
    };
    match items(answer, "invitations") {
        [] => "No invitation is open.".to_owned(),
        open => table(&["Id", "For", "Until", "Who came"], open.iter().map(row).collect()),
    }
}

fn decisions(answer: &Value) -> String {
    let one = |decision: &Value| {
        let changes = joined(items(decision, "changes"));
        let changes = if changes.is_empty() { "founded".to_owned() } else { changes };
        format!("{}. {changes} (by {})", decision["seq"], joined(items(decision, "by")))
    };
    items(answer, "decisions").iter().map(one).collect::<Vec<_>>().join("\n")
}

fn members(network: &Value) -> String {
    let row = |member: &Value| {
        let star = if member["steward"] == true { "*" } else { "" };
        let own = match (member["own"] == true, member["blocked_since"].is_null()) {
            (true, _) => "you",
            (_, false) => "blocked",
            _ => "",
        };
        let nodes = count(items(member, "nodes").len() as u64, "node", "nodes");
        vec![format!("{}{star}", text(member, "name")), own.into(), nodes, short(text(member, "id"))]
    };
    let rows = items(network, "members").iter().map(row).collect();
    let stewards = items(network, "members").iter().filter(|member| member["steward"] == true).count() as u64;
    let k = network["k"].as_u64().unwrap_or(0);
    let needed = format!("* {}; {k} must agree to a change.", count(stewards, "steward", "stewards"));
    format!("{}\n{needed}", table(&["Member", "", "Nodes", "Id"], rows))
}

fn partners(network: &Value) -> String {
    let row = |partner: &Value| {
        let until = moment(partner["until"].as_i64().unwrap_or(0) / 1_000);
        let until = if partner["revoked"] == true { "ended".to_owned() } else { until };
        vec![text(partner, "name").to_owned(), until, short(text(partner, "id"))]
    };
    table(&["Partner", "Until", "Id"], items(network, "partners").iter().map(row).collect())
}

/// A proposal as its voters should read it.
pub(super) fn proposal(proposal: &Value) -> String {
    let number = |name: &str| proposal[name].as_u64().unwrap_or(0);
    // Once it is carried, the charter no longer says who proposed it.
    let by = Some(text(proposal, "by")).filter(|by| !by.is_empty()).map(|by| format!(" by {by}"));
    let mut lines = vec![format!("Proposal {}{}", short(text(proposal, "id")), by.unwrap_or_default())];
    lines.extend(items(proposal, "changes").iter().filter_map(Value::as_str).map(|change| format!("  {change}")));
    if !text(proposal, "why").is_empty() {
        lines.push(format!("  Why: {}", text(proposal, "why")));
    }
    let votes = format!("{} for, {} against, {} needed", number("approvals"), number("rejections"), number("needed"));
    let votes = match proposal["appointed"].as_object() {
        Some(new) => format!("{votes}; and {} of {} who would be stewards", new["approvals"], new["needed"]),
        None => votes,
    };
    lines.push(match (proposal["carried"] == true, proposal["closed"] == true) {
        (true, _) => format!("  Carried: {votes}."),
        (_, true) => format!("  It cannot carry any more: {votes}."),
        _ if proposal["may_vote"] == true => {
            format!("  {votes}. To vote: commonweal network approve {0}, or reject {0}", short(text(proposal, "id")))
        }
        _ => format!(
            "  {votes}. You are no steward; it is decided by the votes of {}.",
            joined(items(proposal, "voters"))
        ),
    });
    lines.join("\n")
}
