//! `commonweal network propose`: changes of the charter.

use serde_json::{Value, json};

use super::network::proposal;
use crate::{client::Client, failure::Failure, output::Output};

/// Proposes a change of the network's charter
///
/// Every member can propose; the stewards decide. If you are one, your own vote goes with it.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Admit who has applied
    Admit {
        /// The applicant's name
        name: String,
        #[command(flatten)]
        why: Why,
    },
    /// Remove a member
    Remove {
        /// The member's name or id
        name: String,
        #[command(flatten)]
        why: Why,
    },
    /// Make these members the stewards
    Stewards {
        /// Their names or ids, with commas between them
        #[arg(required = true, value_delimiter = ',')]
        names: Vec<String>,
        /// How many of them must agree to a change [default: more than half]
        #[arg(long)]
        k: Option<u32>,
        #[command(flatten)]
        why: Why,
    },
    /// Change what the charter says
    Text {
        #[command(flatten)]
        text: Text,
        #[command(flatten)]
        why: Why,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Why {
    /// Why, for the others to read
    #[arg(long, default_value = "")]
    why: String,
}

#[derive(Debug, clap::Args)]
#[group(id = "what", required = true, multiple = true)]
pub(crate) struct Text {
    /// The network's name
    #[arg(long)]
    name: Option<String>,
    /// What it is for
    #[arg(long)]
    purpose: Option<String>,
    /// Its ground rules
    #[arg(long)]
    rules: Option<String>,
    /// When it is to be looked at again
    #[arg(long, value_name = "YYYY-MM-DD")]
    review_by: Option<String>,
}

pub(crate) async fn run(command: Command, node: &Client) -> Result<Output, Failure> {
    let (change, Why { why }) = asked(command);
    let answer = node.post("/network/proposals", &json!({"change": change, "why": why})).await?;
    let text = proposal(&answer);
    Ok(Output::new(answer, text))
}

fn asked(command: Command) -> (Value, Why) {
    match command {
        Command::Admit { name, why } => (json!({"admit": name}), why),
        Command::Remove { name, why } => (json!({"remove": name}), why),
        Command::Stewards { names, k, why } => {
            let names: Vec<&str> = names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).collect();
            (json!({"stewards": {"names": names, "k": k}}), why)
        }
        Command::Text { text: Text { name, purpose, rules, review_by }, why } => {
            (json!({"text": {"name": name, "purpose": purpose, "rules": rules, "review_by": review_by}}), why)
        }
    }
}
