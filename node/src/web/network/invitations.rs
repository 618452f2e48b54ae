//! Inviting: a ticket to hand over, the ones that are out, and comparing four words with who came before they are let in.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use protocol::{
    input::{Amendment, Request},
    limits::TICKET_DAYS,
    refusal::Refusal,
    view::{Answer, NetworkView, TicketView},
};
use serde::Deserialize;

use super::{
    super::{
        Web,
        dates::day,
        may::{Admin, Reader},
        qr,
        site::{Site, later, page},
    },
    four, in_network,
};

#[derive(Template)]
#[template(path = "network/invitations.html")]
struct InvitationsPage {
    site: Site,
    network: NetworkView,
    own_block: u32,
    made: Option<Made>,
    open: Vec<Open>,
    came: Vec<Came>,
    may_invite: bool,
    wrong: Option<String>,
    /// How long an invitation is good for.
    days: usize,
}

/// A ticket that was just made. It is shown once.
struct Made {
    line: String,
    link: String,
    /// A square code that phones read.
    square: String,
    until: String,
    partner: bool,
}

struct Open {
    id: String,
    partner: bool,
    until: String,
}

/// Somebody who came with an invitation of ours, and is not in yet.
struct Came {
    name: String,
    place: String,
    key: String,
    invitation: String,
    four: Vec<(&'static str, u32)>,
    proposed: bool,
}

/// What the forms of this room send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct Typed {
    partner: bool,
    invitation: String,
    key: String,
}

/// The room.
pub(in crate::web) async fn show(State(web): State<Web>, Reader(site): Reader) -> Response {
    room(&web, site, None, None).await
}

async fn room(web: &Web, site: Site, made: Option<Made>, wrong: Option<String>) -> Response {
    let network = match in_network(web, &site).await {
        Ok(network) => network,
        Err(response) => return response,
    };
    let Ok(Answer::Invitations { invitations }) = web.node.ask(Request::Invitations).await else {
        return later(&site);
    };
    let open = invitations.into_iter().filter(|one| one.used_by.is_none());
    let open =
        open.map(|one| Open { id: one.id.to_string(), partner: one.partner, until: day(site.language, one.until) });
    let came = network.applications.iter().filter_map(|one| {
        Some(Came {
            name: one.name.clone(),
            place: one.place.clone(),
            key: one.key.to_string(),
            invitation: one.invitation?.to_string(),
            four: four(one.check.as_ref()?),
            proposed: network.proposals.iter().any(|proposal| proposal.admits(&one.name) && !proposal.closed),
        })
    });
    let code = if wrong.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let shown = InvitationsPage {
        open: open.collect(),
        came: came.collect(),
        days: TICKET_DAYS as usize,
        own_block: site.block(),
        may_invite: site.is_admin() && network.standing == "member",
        network,
        made,
        wrong,
        site,
    };
    (code, page(&shown)).into_response()
}

/// Makes a ticket, and shows it once.
pub(in crate::web) async fn invite(State(web): State<Web>, Admin(site): Admin, Form(typed): Form<Typed>) -> Response {
    let asked = Request::Invite { partner: typed.partner, days: TICKET_DAYS, check: !typed.partner };
    match web.node.ask(asked).await {
        Ok(Answer::Ticket(ticket)) => {
            let made = made(&site, ticket, typed.partner);
            room(&web, site, Some(made), None).await
        }
        Ok(_) => later(&site),
        Err(refusal) => turned_down(&web, site, &refusal).await,
    }
}

async fn turned_down(web: &Web, site: Site, refusal: &Refusal) -> Response {
    let wrong = site.language.refused(refusal);
    room(web, site, None, Some(wrong)).await
}

fn made(site: &Site, ticket: TicketView, partner: bool) -> Made {
    // Capitals take half the room in a square code.
    let capitals = ticket.ticket.to_uppercase();
    let link = format!("{}/network/join?ticket={capitals}", site.origin);
    // Where only this machine can open the link, the line itself is of more use.
    let host = site.origin.split_once("://").map_or("", |(_, host)| host);
    let is_here = host.is_empty() || ["127.", "localhost", "[::1]", "0.0.0.0"].iter().any(|at| host.starts_with(at));
    let square = qr::svg(if is_here { &capitals } else { &link });
    Made { line: ticket.ticket, link, square, until: day(site.language, ticket.until), partner }
}

/// Takes an invitation back, with whoever came with it.
pub(in crate::web) async fn withdraw(State(web): State<Web>, Admin(site): Admin, Form(typed): Form<Typed>) -> Response {
    match web.node.ask(Request::Withdraw { invitation: typed.invitation }).await {
        Ok(_) => Redirect::to("/network/invitations").into_response(),
        Err(refusal) => turned_down(&web, site, &refusal).await,
    }
}

/// The words were the same: proposes to let them in, and votes for it.
pub(in crate::web) async fn admit(State(web): State<Web>, Admin(site): Admin, Form(typed): Form<Typed>) -> Response {
    let why = site.say("came-and-compared");
    match web.node.ask(Request::Propose { change: Amendment::Admit(typed.key), why }).await {
        Ok(Answer::Proposal(proposal)) if proposal.carried => Redirect::to("/network/members").into_response(),
        Ok(_) => Redirect::to("/network/proposals").into_response(),
        Err(refusal) => turned_down(&web, site, &refusal).await,
    }
}
