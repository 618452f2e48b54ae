//! How the network comes about: one founds it, the others are invited, two of three agree on a change, a partner comes in.

use protocol::{
    input::{Amendment, Request},
    view::{Answer, ProposalView},
};

use super::{
    data,
    event::{Event, Teller},
    village::{Node, odd, until},
};
use crate::{day, failure::Failure};

const NETWORK: &str = "Rivers and Bays Network";
/// In days.
const YEAR: i64 = 365;
const PURPOSE: &str = "Share what works for children and families, and help new collaboratives start.";
const RULES: &str = "What we share here stays open to all members. People tell their own stories, or nobody does.";

/// Founds it with the first node, and brings in the others: members first, partners last.
pub(super) async fn found(nodes: &[Node], teller: &Teller) -> Result<(), Failure> {
    let [founder, others @ ..] = nodes else { return Ok(()) };
    let (name, purpose, rules) = (NETWORK.to_owned(), PURPOSE.to_owned(), RULES.to_owned());
    founder.ask(Request::Found { name, purpose, rules }).await?;
    teller.tell(&Event::Founded { network: NETWORK.into(), by: founder.name().into() })?;
    let (partners, members): (Vec<&Node>, Vec<&Node>) = others.iter().partition(|node| node.place.partner);
    for node in &members {
        join(node, founder, teller).await?;
    }
    let members: Vec<&Node> = [founder].into_iter().chain(members).collect();
    share_the_vote(&members, teller).await?;
    agree_to_look_again(&members, teller).await?;
    for node in partners {
        join(node, founder, teller).await?;
    }
    Ok(())
}

async fn join(node: &Node, by: &Node, teller: &Teller) -> Result<(), Failure> {
    let partner = node.place.partner;
    let Answer::Ticket(made) = by.ask(Request::Invite { partner, days: 1, check: false }).await? else {
        return Err(odd());
    };
    node.ask(Request::Join { ticket: made.ticket }).await?;
    let wanted = if partner { "partner" } else { "member" };
    let standing = until(&format!("for {} to come in", node.name()), async || {
        Ok(node.status().await?.standing.filter(|standing| *standing == wanted))
    })
    .await?;
    let (name, invited_by) = (node.name().into(), by.name().into());
    Ok(teller.tell(&Event::Joined { name, standing, invited_by })?)
}

/// The founder, alone so far, would make all members stewards; those it names must agree as well.
async fn share_the_vote(members: &[&Node], teller: &Teller) -> Result<(), Failure> {
    let [founder, second, ..] = members else { return Ok(()) };
    let names: Vec<String> = members.iter().map(|node| node.name().to_owned()).collect();
    let k = u32::try_from(members.len() / 2 + 1).unwrap_or(1);
    let stewards = Amendment::Stewards(names.clone(), Some(k));
    agree(founder, second, stewards, "Everybody has a voice.", teller).await?;
    for node in members {
        until(&format!("for {} to hear who votes", node.name()), async || {
            Ok((node.network().await?.k == k).then_some(()))
        })
        .await?;
    }
    Ok(teller.tell(&Event::Stewards { names, k })?)
}

/// The second proposes, the third agrees, and two of three are enough.
async fn agree_to_look_again(members: &[&Node], teller: &Teller) -> Result<(), Failure> {
    let [_, second, third, ..] = members else { return Ok(()) };
    let (name, purpose, rules, review_by) = (None, None, None, Some(day::written(data::today() + YEAR)));
    let text = Amendment::Text { name, purpose, rules, review_by };
    agree(second, third, text, "In a year we know more.", teller).await
}

/// One proposes a change; the other hears of it and is for it, which is enough.
async fn agree(one: &Node, other: &Node, change: Amendment, why: &str, teller: &Teller) -> Result<(), Failure> {
    let proposal = proposal_of(one, Request::Propose { change, why: why.into() }).await?;
    tell_vote(one, &proposal, teller)?;
    until(&format!("for {} to hear of the proposal", other.name()), async || {
        // The proposal and the vote for it travel one after the other.
        let heard = other.network().await?.proposals;
        Ok(heard.iter().any(|one| one.id == proposal.id && one.approvals >= proposal.approvals).then_some(()))
    })
    .await?;
    let vote = Request::Vote { proposal: proposal.id.to_string(), approve: true };
    tell_vote(other, &proposal_of(other, vote).await?, teller)
}

async fn proposal_of(node: &Node, request: Request) -> Result<ProposalView, Failure> {
    match node.ask(request).await? {
        Answer::Proposal(proposal) => Ok(*proposal),
        _ => Err(odd()),
    }
}

fn tell_vote(by: &Node, proposal: &ProposalView, teller: &Teller) -> Result<(), Failure> {
    let carried = proposal.carried;
    // Both sides must agree: told is the one that still waits.
    let (approvals, needed) = match proposal.appointed.as_ref().filter(|new| new.approvals < new.needed) {
        Some(new) => (new.approvals, new.needed),
        None => (proposal.approvals, proposal.needed),
    };
    let change = proposal.changes.join("; ");
    Ok(teller.tell(&Event::Vote { by: by.name().into(), change, approvals, needed, carried })?)
}
