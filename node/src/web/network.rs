//! The network's rooms, one noun a file: who belongs, who is invited, what is voted on, what we ask for and give, how we
//! stand with each neighbor, and how this computer is doing. Nothing of it is told to who is not signed in, and a coordinator is
//! told who belongs and what is voted on; only an admin acts.
//!
//! | file | its room |
//! |---|---|
//! | `join` | beginning a network, or going to one with an invitation |
//! | `members` | who belongs |
//! | `invitations` | inviting, and comparing four words with who came |
//! | `proposals` | what is voted on, and what was decided |
//! | `sharing` | what we ask for, and what we give |
//! | `neighbors` | how we stand with each, and having nothing to do with one |
//! | `health` | the machine |

pub(super) mod health;
pub(super) mod invitations;
pub(super) mod join;
pub(super) mod members;
pub(super) mod neighbors;
pub(super) mod proposals;
pub(super) mod sharing;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use protocol::{
    check::Check,
    input::Request,
    refusal::Refusal,
    view::{Answer, NetworkView},
};

use super::{
    Web,
    may::SignedIn,
    site::{Site, later, page},
};
use crate::{catalog::BLOCKS, neighbors::Together};

/// The network, where there is one; `Err` is the page that says that nothing can be said now.
async fn network(web: &Web, site: &Site) -> Result<Option<NetworkView>, Response> {
    match web.node.ask(Request::Network).await {
        Ok(Answer::Network(network)) => Ok(Some(*network)),
        Err(Refusal::NoNetwork) => Ok(None),
        _ => Err(later(site)),
    }
}

/// The network for a room that makes no sense without one: who has none is sent to where one is begun or joined.
async fn in_network(web: &Web, site: &Site) -> Result<NetworkView, Response> {
    let found = network(web, site).await?;
    found.filter(|network| network.standing != "applicant").ok_or_else(|| Redirect::to("/network").into_response())
}

/// Four words, each with a quilt block.
fn four(check: &Check) -> Vec<(&'static str, u32)> {
    check.words.into_iter().zip(check.pictures.map(|number| number % BLOCKS)).collect()
}

#[derive(Template)]
#[template(path = "network.html")]
struct NetworkPage {
    site: Site,
    network: NetworkView,
    members: usize,
    to_vote_on: usize,
    came: usize,
    sync: String,
    arriving: Option<usize>,
    trouble: Vec<String>,
}

/// The way into the rooms; before there is a network, where to begin or join one.
pub(super) async fn show(State(web): State<Web>, SignedIn(site, _): SignedIn) -> Response {
    let Ok(Answer::Status(status)) = web.node.ask(Request::Status).await else { return later(&site) };
    let network = match network(&web, &site).await {
        Ok(network) => network,
        Err(response) => return response,
    };
    let network = match network {
        Some(network) if network.standing != "applicant" => network,
        _ => return join::begin_or_wait(site, *status),
    };
    let together = web.live.together();
    page(&NetworkPage {
        members: network.members.len(),
        to_vote_on: network
            .proposals
            .iter()
            .filter(|one| one.may_vote && one.own_vote.is_none() && !one.closed)
            .count(),
        came: network.applications.len(),
        sync: site.together(&together),
        arriving: match together {
            Together::Arriving(count) if site.reads_all() => Some(count),
            _ => None,
        },
        trouble: if site.reads_all() { site.language.all_refused(&status.trouble) } else { vec![] },
        network,
        site,
    })
}
