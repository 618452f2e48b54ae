//! The network: found, invite, join, propose, vote, and part with partners.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use protocol::{
    input::{Amendment, Request},
    limits::TICKET_DAYS,
    view::Answer,
};
use serde::Deserialize;

use super::{body::Body, failure::Failure};
use crate::run::Handle;

type Made = Result<(StatusCode, Json<Answer>), Failure>;

fn made(answer: Answer) -> (StatusCode, Json<Answer>) {
    (StatusCode::CREATED, Json(answer))
}

pub(super) async fn show(State(node): State<Handle>) -> Result<Json<Answer>, Failure> {
    Ok(Json(node.ask(Request::Network).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Founding {
    name: String,
    #[serde(default)]
    purpose: String,
    #[serde(default)]
    rules: String,
}

pub(super) async fn found(State(node): State<Handle>, Body(founding): Body<Founding>) -> Made {
    let Founding { name, purpose, rules } = founding;
    Ok(made(node.ask(Request::Found { name, purpose, rules }).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Invitation {
    #[serde(default)]
    partner: bool,
    days: Option<u32>,
    #[serde(default)]
    check: bool,
}

pub(super) async fn invite(State(node): State<Handle>, Body(invitation): Body<Invitation>) -> Made {
    let Invitation { partner, days, check } = invitation;
    Ok(made(node.ask(Request::Invite { partner, days: days.unwrap_or(TICKET_DAYS), check }).await?))
}

pub(super) async fn invitations(State(node): State<Handle>) -> Result<Json<Answer>, Failure> {
    Ok(Json(node.ask(Request::Invitations).await?))
}

pub(super) async fn withdraw(
    State(node): State<Handle>,
    Path(invitation): Path<String>,
) -> Result<Json<Answer>, Failure> {
    Ok(Json(node.ask(Request::Withdraw { invitation }).await?))
}

pub(super) async fn stop_joining(State(node): State<Handle>) -> Result<Json<Answer>, Failure> {
    Ok(Json(node.ask(Request::StopJoining).await?))
}

pub(super) async fn decisions(State(node): State<Handle>) -> Result<Json<Answer>, Failure> {
    Ok(Json(node.ask(Request::Decisions).await?))
}

pub(super) async fn block(State(node): State<Handle>, Path(member): Path<String>) -> Result<Json<Answer>, Failure> {
    Ok(Json(node.ask(Request::Block { member }).await?))
}

pub(super) async fn unblock(State(node): State<Handle>, Path(member): Path<String>) -> Result<Json<Answer>, Failure> {
    Ok(Json(node.ask(Request::Unblock { member }).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Joining {
    ticket: String,
}

pub(super) async fn join(State(node): State<Handle>, Body(joining): Body<Joining>) -> Result<Json<Answer>, Failure> {
    Ok(Json(node.ask(Request::Join { ticket: joining.ticket }).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Proposing {
    change: Change,
    #[serde(default)]
    why: String,
}

/// One change, as `{"admit": "Hillside"}`, `{"stewards": {"names": […], "k": 2}}` and so on.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Change {
    Admit(String),
    Remove(String),
    Stewards(Stewards),
    Text(Text),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stewards {
    names: Vec<String>,
    k: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    name: Option<String>,
    purpose: Option<String>,
    rules: Option<String>,
    review_by: Option<String>,
}

impl From<Change> for Amendment {
    fn from(change: Change) -> Amendment {
        match change {
            Change::Admit(who) => Amendment::Admit(who),
            Change::Remove(who) => Amendment::Remove(who),
            Change::Stewards(Stewards { names, k }) => Amendment::Stewards(names, k),
            Change::Text(Text { name, purpose, rules, review_by }) => {
                Amendment::Text { name, purpose, rules, review_by }
            }
        }
    }
}

pub(super) async fn propose(State(node): State<Handle>, Body(proposing): Body<Proposing>) -> Made {
    let Proposing { change, why } = proposing;
    Ok(made(node.ask(Request::Propose { change: change.into(), why }).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Vote {
    approve: bool,
}

pub(super) async fn vote(
    State(node): State<Handle>,
    Path(proposal): Path<String>,
    Body(Vote { approve }): Body<Vote>,
) -> Result<Json<Answer>, Failure> {
    Ok(Json(node.ask(Request::Vote { proposal, approve }).await?))
}

pub(super) async fn end_partner(
    State(node): State<Handle>,
    Path(partner): Path<String>,
) -> Result<Json<Answer>, Failure> {
    Ok(Json(node.ask(Request::EndPartner { partner }).await?))
}
