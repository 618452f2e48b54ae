//! What this node asks for: rules over owner, kind and tag.

use axum::{Json, extract::State};
use protocol::{
    identity::MemberId,
    input::Request,
    refusal::Refusal,
    subscription::Rule,
    view::{Answer, NetworkView},
};
use serde::Deserialize;

use super::{
    body::{Body, Params},
    failure::Failure,
};
use crate::run::Handle;

/// A rule in people's words: the owner is a name or an id.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    owner: Option<String>,
    kind: Option<String>,
    tag: Option<String>,
}

pub(super) async fn list(State(node): State<Handle>) -> Result<Json<Answer>, Failure> {
    Ok(Json(node.ask(Request::Subscriptions).await?))
}

pub(super) async fn add(State(node): State<Handle>, Body(words): Body<Words>) -> Result<Json<Answer>, Failure> {
    let rule = rule(&node, words).await?;
    Ok(Json(node.ask(Request::Subscribe { add: vec![rule], remove: vec![] }).await?))
}

pub(super) async fn remove(State(node): State<Handle>, Params(words): Params<Words>) -> Result<Json<Answer>, Failure> {
    let rule = rule(&node, words).await?;
    Ok(Json(node.ask(Request::Subscribe { add: vec![], remove: vec![rule] }).await?))
}

async fn rule(node: &Handle, words: Words) -> Result<Rule, Failure> {
    let owner = match words.owner {
        Some(text) => Some(owner(node, &text).await?),
        None => None,
    };
    Ok(Rule { owner, kind: words.kind, tag: words.tag })
}

async fn owner(node: &Handle, text: &str) -> Result<MemberId, Refusal> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let unknown = || Refusal::UnknownMember(text.to_owned());
    match node.ask(Request::Network).await? {
        Answer::Network(network) => named(&network, text).ok_or_else(unknown),
        _ => Err(unknown()),
    }
}

fn named(network: &NetworkView, text: &str) -> Option<MemberId> {
    let members = network.members.iter().map(|member| (member.id, &member.name));
    let mut all = members.chain(network.partners.iter().map(|partner| (partner.id, &partner.name)));
    all.find(|(_, name)| name.to_lowercase() == text.to_lowercase()).map(|(id, _)| id)
}
