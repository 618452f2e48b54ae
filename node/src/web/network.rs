//! The network's room: who belongs, what there is to vote on, whom we hear from; and how to begin a network or join one.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use protocol::{
    input::Request,
    refusal::Refusal,
    view::{Answer, NetworkView, StatusView},
};
use serde::Deserialize;

use super::{
    Web,
    site::{Admin, Site, later, page},
};

/// How long an invitation from the pages is good for.
const INVITATION_DAYS: u32 = 14;

#[derive(Template)]
#[template(path = "network.html")]
struct NetworkPage {
    site: Site,
    network: Option<NetworkView>,
    members: Vec<Member>,
    waiting: Vec<(String, String)>,
    reached: usize,
    ticket: Option<String>,
    wrong: Option<String>,
    typed: Typed,
}

struct Member {
    name: String,
    block: u32,
    steward: bool,
    own: bool,
}

/// What the forms of this room send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    name: String,
    purpose: String,
    ticket: String,
    proposal: String,
    approve: bool,
    partner: bool,
}

/// The room, for whoever is signed in.
pub(super) async fn show(State(web): State<Web>, site: Site) -> Response {
    if site.account.is_none() {
        return Redirect::to("/sign-in").into_response();
    }
    room(&web, site, None, None, Typed::default()).await
}

async fn room(web: &Web, site: Site, ticket: Option<String>, wrong: Option<String>, typed: Typed) -> Response {
    let Ok(Answer::Status(status)) = web.node.ask(Request::Status).await else { return later(&site) };
    let network = match web.node.ask(Request::Network).await {
        Ok(Answer::Network(network)) => Some(*network),
        Err(Refusal::NoNetwork) => None,
        _ => return later(&site),
    };
    let of_network = network.iter().flat_map(|network| &network.members);
    let members = of_network.map(|member| Member {
        name: member.name.clone(),
        block: web.catalog.block_of(site.viewer, &member.id),
        steward: member.steward,
        own: member.own,
    });
    let members = members.collect();
    let (reached, waiting) = (status.peers.iter().filter(|peer| peer.complete).count(), waits(&status));
    let code = if wrong.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    (code, page(&NetworkPage { network, members, waiting, reached, ticket, wrong, typed, site })).into_response()
}

/// Whom we wait for, and why.
fn waits(status: &StatusView) -> Vec<(String, String)> {
    let away = status.peers.iter().filter_map(|peer| Some((peer.name.clone(), peer.why_not.clone()?)));
    away.collect()
}

/// Asks for something of this room; back to it, with what is wrong if anything is.
async fn deed(web: &Web, site: Site, request: Request, typed: Typed) -> Response {
    match web.node.ask(request).await {
        Ok(Answer::Ticket(ticket)) => room(web, site, Some(ticket.ticket), None, Typed::default()).await,
        Ok(_) => Redirect::to("/network").into_response(),
        Err(refusal) => room(web, site, None, Some(refusal.to_string()), typed).await,
    }
}

/// Begins a network.
pub(super) async fn found(State(web): State<Web>, Admin(site): Admin, Form(typed): Form<Typed>) -> Response {
    let (name, purpose, rules) = (typed.name.trim().into(), typed.purpose.trim().into(), String::new());
    deed(&web, site, Request::Found { name, purpose, rules }, typed).await
}

/// Goes to a network with a ticket.
pub(super) async fn join(State(web): State<Web>, Admin(site): Admin, Form(typed): Form<Typed>) -> Response {
    deed(&web, site, Request::Join { ticket: typed.ticket.clone() }, typed).await
}

/// Makes a ticket, and shows it once.
pub(super) async fn invite(State(web): State<Web>, Admin(site): Admin, Form(typed): Form<Typed>) -> Response {
    deed(&web, site, Request::Invite { partner: typed.partner, days: INVITATION_DAYS, check: false }, typed).await
}

/// Votes on a proposal.
pub(super) async fn vote(State(web): State<Web>, Admin(site): Admin, Form(typed): Form<Typed>) -> Response {
    deed(&web, site, Request::Vote { proposal: typed.proposal.clone(), approve: typed.approve }, typed).await
}
