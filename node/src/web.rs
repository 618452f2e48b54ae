//! The pages: every route in one table. A page is complete HTML without any script, and shows what its reader may see.
//!
//! | file | its pages |
//! |---|---|
//! | `home` | what is new, what comes next, what waits |
//! | `calendar` | sessions day by day |
//! | `list` | the records of a section, found and narrowed down |
//! | `record` | one record |
//! | `form`, `write` | a new record, an edit |
//! | `share` | who may have a record, and its end |
//! | `network` | who belongs, what to vote on, whom we hear from |
//! | `account` | signing in and out, the first visit |
//! | `key` | access keys and app passwords |

mod account;
mod assets;
mod calendar;
mod dates;
mod form;
mod home;
mod key;
mod list;
mod network;
mod quilt;
mod record;
mod section;
mod share;
mod shown;
mod site;
mod texts;
mod write;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderName, HeaderValue, header},
    middleware::{Next, from_fn},
    response::Response,
    routing::{get, post},
};
use tower_http::{compression::CompressionLayer, csrf::CsrfLayer, set_header::SetResponseHeaderLayer};

use crate::{
    catalog::Catalog,
    config::{BODY_BYTES, STRANGER_BYTES},
    people::People,
    run::Handle,
};

/// No inline script or style, nothing from elsewhere, and no text that turns into markup.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
    connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types commonweal";

/// What pages are made of.
#[derive(Clone, Debug)]
pub(crate) struct Web {
    /// The node, for one record whole and for how it stands.
    node: Handle,
    /// All records at a glance.
    catalog: Catalog,
    /// Who may sign in.
    people: People,
}

impl Web {
    pub(crate) fn new(node: Handle, catalog: Catalog, people: People) -> Web {
        Web { node, catalog, people }
    }
}

/// Every page that anybody can open in a browser.
pub(crate) fn pages(web: Web) -> Router {
    let table = Router::new()
        .route("/", get(home::show))
        .route("/search", get(list::everywhere))
        .route("/calendar", get(calendar::show))
        .route("/sign-in", get(account::show).post(account::sign_in).layer(DefaultBodyLimit::max(STRANGER_BYTES)))
        .route("/sign-out", post(account::sign_out))
        .route("/account", get(account::account))
        .route("/settings/keys", get(key::show).post(key::make))
        .route("/settings/keys/end", post(key::end))
        .route("/network", get(network::show))
        .route("/network/found", post(network::found))
        .route("/network/join", post(network::join))
        .route("/network/invitations", post(network::invite))
        .route("/network/votes", post(network::vote))
        .route("/theme", post(site::choose_theme).layer(DefaultBodyLimit::max(STRANGER_BYTES)))
        .route("/language", post(site::choose_language).layer(DefaultBodyLimit::max(STRANGER_BYTES)))
        .route("/quilt/{name}", get(assets::quilt_block))
        .route("/assets/{*path}", get(assets::file))
        .route("/sw.js", get(assets::service_worker))
        .route("/{room}", get(list::show))
        .route("/{room}/new", get(write::new).post(write::create))
        .route("/{room}/{id}", get(record::show))
        .route("/{room}/{id}/edit", get(write::edit).post(write::change))
        .route("/{room}/{id}/share", get(share::share).post(share::choose_audience))
        .route("/{room}/{id}/delete", get(share::ask_delete).post(share::delete));
    table
        .fallback(site::no_such_page)
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(CsrfLayer::new())
        .layer(from_fn(kept_by_nobody))
        .layer(always("cache-control", "private, no-cache"))
        .layer(always("content-security-policy", POLICY))
        .layer(always("x-content-type-options", "nosniff"))
        .layer(always("referrer-policy", "same-origin"))
        .layer(always("cross-origin-opener-policy", "same-origin"))
        .layer(always("cross-origin-resource-policy", "same-origin"))
        .layer(always("permissions-policy", "camera=(), microphone=(), geolocation=()"))
        .layer(CompressionLayer::new().quality(tower_http::CompressionLevel::Fastest))
        .with_state(web)
}

/// What is for who is signed in stays in no browser: others may sit there next.
async fn kept_by_nobody(request: Request, next: Next) -> Response {
    let signed_in = site::cookie(request.headers(), site::SESSION).is_some_and(|token| !token.is_empty());
    let is_page = !request.uri().path().starts_with("/assets/") && !request.uri().path().starts_with("/quilt/");
    let mut response = next.run(request).await;
    if signed_in && is_page {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

fn always(name: &'static str, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), HeaderValue::from_static(value))
}
