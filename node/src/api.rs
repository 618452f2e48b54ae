//! The JSON API. One table of routes serves the local socket; a much shorter one serves the open web.
//!
//! A handler turns a request into a [`Request`](protocol::input::Request) and nothing else: the engine decides.

mod body;
mod door;
mod failure;
mod import;
mod kind;
mod network;
mod node;
mod people;
mod public;
mod record;
mod subscription;

#[cfg(test)]
mod tests;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{delete, get, post, put},
};

pub(crate) use door::Door;
pub use failure::problems;
pub use kind::{described, listed};
pub(crate) use public::without_confidential;

use crate::{config::BODY_BYTES, run::Handle};
use failure::Failure;

/// Everything a person at this machine may ask, for the socket in the home.
pub fn local(node: Handle) -> Router {
    let table = Router::new()
        .route("/status", get(node::status))
        .route("/peers", get(node::peers))
        .route("/name", put(node::name))
        .route("/events", get(node::events))
        .route("/records", get(record::list).post(record::create))
        .route("/records/{id}", get(record::show).patch(record::edit).delete(record::delete))
        .route("/records/{id}/versions/{change}", get(record::version))
        .route("/records/{id}/restore", post(record::restore))
        .route("/records/{id}/audience", post(record::share))
        .route("/records/{id}/editors", post(record::let_edit))
        .route("/import", post(import::import))
        .route("/search", get(record::search))
        .route("/subscriptions", get(subscription::list).post(subscription::add).delete(subscription::remove))
        .route("/network", get(network::show).post(network::found))
        .route("/network/invitations", post(network::invite))
        .route("/network/join", post(network::join))
        .route("/network/proposals", post(network::propose))
        .route("/network/proposals/{id}/votes", post(network::vote))
        .route("/network/partners/{id}", delete(network::end_partner))
        .route("/people", get(people::list))
        .route("/people/{name}/reset", post(people::reset))
        .route("/kinds", get(kind::list))
        .route("/kinds/{kind}", get(kind::show));
    under_v1(table, node).fallback(async || Failure::no_such_page())
}

/// What anybody may read: public records, and whether the node is well.
pub fn public(node: Handle) -> Router {
    let table = Router::new().route("/records", get(public::list)).route("/records/{id}", get(public::show));
    under_v1(table, node.clone()).merge(Router::new().route("/healthz", get(public::health)).with_state(node))
}

fn under_v1(table: Router<Handle>, node: Handle) -> Router {
    let table = table
        .fallback(async || Failure::no_such_page())
        .method_not_allowed_fallback(async || Failure::no_such_method());
    Router::new().nest("/api/v1", table).layer(DefaultBodyLimit::max(BODY_BYTES)).with_state(node)
}
