//! The JSON API. One table of routes serves the local socket and the web, where a key says who asks; its description as
//! OpenAPI is made from the same table.
//!
//! A handler turns a request into a [`Request`](protocol::input::Request) and nothing else: the engine decides.

mod backup;
mod body;
mod caller;
mod door;
mod failure;
mod import;
mod kind;
mod metrics;
mod network;
mod node;
mod openapi;
mod people;
mod public;
mod record;
mod schema;
mod search;
mod subscription;
mod table;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, FromRef},
    middleware::from_fn_with_state,
    routing::{MethodRouter, get},
};

pub(crate) use backup::as_file;
pub(crate) use door::{Door, Stay};
pub use failure::problems;
pub use kind::{described, listed};

use crate::{backup::Backups, catalog::Catalog, config::BODY_BYTES, people::People, run::Handle};
pub(crate) use caller::Throttle;
use caller::{Caller, Guard, guard};
use failure::Failure;
use table::{Needs, ROUTES, Route};

/// What handlers ask.
#[derive(Clone, Debug)]
pub struct Api {
    /// The node, which decides.
    pub(crate) node: Handle,
    /// All records at a glance, for searches.
    pub(crate) catalog: Catalog,
    /// Backups of this node.
    pub(crate) backups: Backups,
    /// Where the node keeps its files.
    pub(crate) home: PathBuf,
}

impl Api {
    /// What answers for this node, over these records, in this home.
    pub fn new(node: Handle, catalog: Catalog, backups: Backups, home: PathBuf) -> Api {
        Api { node, catalog, backups, home }
    }
}

impl FromRef<Api> for Handle {
    fn from_ref(api: &Api) -> Handle {
        api.node.clone()
    }
}

impl FromRef<Api> for Backups {
    fn from_ref(api: &Api) -> Backups {
        api.backups.clone()
    }
}

/// For the socket in the home: whoever is at this machine may ask everything.
pub fn local(api: Api) -> Router {
    let table = of_routes(|_| true, |_, handler| handler.route_layer(Extension(Caller::HERE)));
    under_v1(table, api).fallback(async || Failure::no_such_page())
}

/// For the web: anybody is told what is public, and whoever shows a key what its owner may see.
pub fn web(api: Api, people: &People) -> Router {
    let throttle = Throttle::default();
    let guarded = |needs, handler: MethodRouter<Api>| {
        let state = Guard { people: people.clone(), throttle: throttle.clone(), needs };
        handler.route_layer(from_fn_with_state(state, guard))
    };
    let watched = guarded(Needs::Admin, get(metrics::show));
    let table = of_routes(|route| route.needs != Needs::Here, |route, handler| guarded(route.needs, handler));
    let beside = Router::new().route("/healthz", get(public::health)).route("/metrics", watched);
    under_v1(table, api.clone()).merge(beside.with_state(api))
}

fn of_routes(
    served: impl Fn(&Route) -> bool,
    guarded: impl Fn(&Route, MethodRouter<Api>) -> MethodRouter<Api>,
) -> Router<Api> {
    ROUTES
        .iter()
        .filter(|route| served(route))
        .fold(Router::new(), |table, route| table.route(route.path, guarded(route, (route.handler)())))
}

fn under_v1(table: Router<Api>, api: Api) -> Router {
    let table = table
        .fallback(async || Failure::no_such_page())
        .method_not_allowed_fallback(async || Failure::no_such_method());
    Router::new().nest("/api/v1", table).layer(DefaultBodyLimit::max(BODY_BYTES)).with_state(api)
}
