//! How we stand with each neighbor: whether all that we asked for is here, why not, since when; and having nothing to do
//! with one, which is between us and them.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use protocol::{
    input::Request,
    view::{NetworkView, PeerState},
};
use serde::Deserialize;

use super::{
    super::{
        Web,
        dates::since,
        may::{Admin, Reader},
        site::{Site, page},
    },
    in_network,
};
use crate::neighbors::{Neighbor, Way};

#[derive(Template)]
#[template(path = "network/neighbors.html")]
struct NeighborsPage {
    site: Site,
    sync: String,
    neighbors: Vec<Shown>,
    unknown: Vec<Blockable>,
    blocked: Vec<Blocked>,
    wrong: Option<String>,
}

/// A neighbor as the page shows it.
struct Shown {
    id: String,
    name: String,
    block: u32,
    partner: bool,
    icon: &'static str,
    class: &'static str,
    state: String,
    then: String,
    heard: String,
    way: String,
}

/// A member who told us of no machine yet.
struct Blockable {
    id: String,
    name: String,
    block: u32,
}

struct Blocked {
    id: String,
    name: String,
    block: u32,
    since: String,
}

/// The room.
pub(in crate::web) async fn show(State(web): State<Web>, Reader(site): Reader) -> Response {
    room(&web, site, None).await
}

async fn room(web: &Web, site: Site, wrong: Option<String>) -> Response {
    let network = match in_network(web, &site).await {
        Ok(network) => network,
        Err(response) => return response,
    };
    let neighbors = web.live.neighbors();
    let seen = neighbors.iter().filter(|one| !is_blocked(&network, one));
    let code = if wrong.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let shown = NeighborsPage {
        sync: site.together(&web.live.together()),
        neighbors: seen.map(|one| shown(web, &site, one)).collect(),
        unknown: unknown(web, &site, &network, &neighbors),
        blocked: blocked(web, &site, &network),
        wrong,
        site,
    };
    (code, page(&shown)).into_response()
}

/// What we saw a moment ago may be blocked since.
fn is_blocked(network: &NetworkView, one: &Neighbor) -> bool {
    network.members.iter().any(|member| member.id == one.member && member.blocked_since.is_some())
}

fn shown(web: &Web, site: &Site, one: &Neighbor) -> Shown {
    let (icon, class, key) = match one.state {
        PeerState::UpToDate => ("check", "chip-works", "neighbor-up-to-date"),
        PeerState::Arriving => ("download", "chip-trying", "neighbor-arriving"),
        PeerState::Short => ("sync", "chip-idea", "neighbor-short"),
        PeerState::Asking | PeerState::Meeting => ("sync", "chip-trying", "neighbor-asking"),
        PeerState::Away => ("offline", "chip-idea", "neighbor-away"),
    };
    let heard = one.heard.map(|at| since(site.language, at, site.now));
    let way = match one.way {
        Way::Near => "way-near",
        Way::Far => "way-far",
        Way::Calls => "way-calls",
    };
    Shown {
        id: one.member.to_string(),
        name: one.name.clone(),
        block: web.catalog.block_of(site.viewer, &one.member),
        partner: one.partner,
        icon,
        class,
        state: site.count(key, &one.pending),
        then: site.say(&format!("{key}-then")),
        heard: match (heard, one.state) {
            (None, _) => site.say("neighbor-never"),
            (Some(when), PeerState::Away) => site.with("neighbor-heard", when),
            (Some(when), _) => site.with("neighbor-connected", when),
        },
        way: site.say(way),
    }
}

fn unknown(web: &Web, site: &Site, network: &NetworkView, neighbors: &[Neighbor]) -> Vec<Blockable> {
    let known = |id| neighbors.iter().any(|one| one.member == id);
    let others = network.members.iter().filter(|member| !member.own && member.blocked_since.is_none());
    let unknown = others.filter(|member| !known(member.id)).map(|member| Blockable {
        id: member.id.to_string(),
        name: member.name.clone(),
        block: web.catalog.block_of(site.viewer, &member.id),
    });
    unknown.collect()
}

fn blocked(web: &Web, site: &Site, network: &NetworkView) -> Vec<Blocked> {
    let blocked = network.members.iter().filter_map(|member| {
        Some(Blocked {
            id: member.id.to_string(),
            name: member.name.clone(),
            block: web.catalog.block_of(site.viewer, &member.id),
            since: since(site.language, member.blocked_since?, site.now),
        })
    });
    blocked.collect()
}

/// Whom a form of this room is about.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct Whom {
    member: String,
}

/// Has nothing more to do with a member.
pub(in crate::web) async fn block(State(web): State<Web>, Admin(site): Admin, Form(whom): Form<Whom>) -> Response {
    done(&web, site, Request::Block { member: whom.member }).await
}

/// Has to do with a member again.
pub(in crate::web) async fn unblock(State(web): State<Web>, Admin(site): Admin, Form(whom): Form<Whom>) -> Response {
    done(&web, site, Request::Unblock { member: whom.member }).await
}

async fn done(web: &Web, site: Site, request: Request) -> Response {
    match web.node.ask(request).await {
        Ok(_) => Redirect::to("/network/neighbors").into_response(),
        Err(refusal) => {
            let wrong = site.language.refused(&refusal);
            room(web, site, Some(wrong)).await
        }
    }
}
