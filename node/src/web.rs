//! The pages: every route in one table. A page is complete HTML without any script, and shows what its reader may see.
//!
//! | file | its pages |
//! |---|---|
//! | `home` | what is new, what comes next, what waits |
//! | `calendar` | sessions day by day |
//! | `about` | what this place is, how to read it |
//! | `list` | the records of a section, found and narrowed down |
//! | `record` | one record |
//! | `form`, `items`, `paper`, `write` | a new record, an edit |
//! | `sent`, `draft` | what was typed, whatever goes wrong |
//! | `hint`, `look` | what to look at before others see it |
//! | `adopt` | versions of one's own of what others wrote |
//! | `choose` | two answers, and the last save taken back |
//! | `history` | what became of a record, and the way back |
//! | `circle`, `share` | who may have a record, and edit it |
//! | `delete` | its end |
//! | `plain` | what is turned away before any page sees it |
//! | `network` | who belongs, what to vote on, whom we hear from |
//! | `account` | signing in and out |
//! | `set_up`, `introduce` | the first visit, step by step |
//! | `welcome` | coming in by a link |
//! | `settings` | one's own settings: password, where one is signed in |
//! | `second` | the second step of signing in |
//! | `key` | access keys and app passwords |
//! | `people` | who is here, for who looks after the node |
//! | `sheet` | the recovery sheet |

mod about;
mod account;
mod adopt;
mod assets;
mod calendar;
mod choose;
mod circle;
mod dates;
mod delete;
mod draft;
mod form;
mod hint;
mod history;
mod home;
mod introduce;
mod items;
mod key;
mod list;
mod look;
mod network;
mod paper;
mod people;
mod plain;
mod qr;
mod quilt;
mod record;
mod second;
mod section;
mod sent;
mod set_up;
mod settings;
mod share;
mod sheet;
mod shown;
mod site;
mod texts;
mod visitor;
mod welcome;
mod words;
mod write;

use std::path::PathBuf;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderName, HeaderValue, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::Response,
    routing::{MethodRouter, get, post},
};
use tower_http::{compression::CompressionLayer, csrf::CsrfLayer, set_header::SetResponseHeaderLayer};

use crate::{
    catalog::Catalog,
    config::{BODY_BYTES, STRANGER_BYTES},
    drafts::Drafts,
    people::People,
    run::Handle,
};

pub(crate) use introduce::introduce_in_time;
pub(crate) use visitor::Source;

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
    /// The folder the node lives in, for the recovery sheet.
    home: PathBuf,
    /// What they were writing.
    drafts: Drafts,
}

impl Web {
    pub(crate) fn new(node: Handle, catalog: Catalog, people: People, drafts: Drafts, home: PathBuf) -> Web {
        Web { node, catalog, people, drafts, home }
    }
}

/// Every address, and who answers there.
fn table() -> Vec<(&'static str, MethodRouter<Web>)> {
    // What anybody may send is small.
    let small = || DefaultBodyLimit::max(STRANGER_BYTES);
    vec![
        ("/", get(home::show)),
        ("/about", get(about::show)),
        ("/search", get(list::everywhere)),
        ("/calendar", get(calendar::show)),
        ("/sign-in", get(account::show).post(account::sign_in).layer(small())),
        ("/sign-in/code", post(account::second_step).layer(small())),
        ("/sign-out", post(account::sign_out)),
        ("/set-up", get(set_up::show).post(set_up::open).layer(small())),
        ("/set-up/{step}", get(set_up::show_step).post(set_up::choose).layer(small())),
        ("/welcome/{code}", get(welcome::show).post(welcome::come).layer(small())),
        ("/account", get(settings::moved)),
        ("/settings", get(settings::show)),
        ("/settings/password", get(settings::password).post(settings::change_password)),
        ("/settings/sign-ins", get(settings::sign_ins).post(settings::end_sign_in)),
        ("/settings/confirm", get(settings::prove).post(settings::proved)),
        ("/settings/two-step", get(second::show).post(second::turn_on)),
        ("/settings/two-step/off", post(second::turn_off)),
        ("/settings/keys", get(key::show).post(key::make)),
        ("/settings/keys/end", post(key::end)),
        ("/settings/people", get(people::show).post(people::invite)),
        ("/settings/people/role", post(people::set_role)),
        ("/settings/people/remove", post(people::remove)),
        ("/settings/people/reset", post(people::reset)),
        ("/settings/people/end-link", post(people::end_link)),
        ("/settings/recovery-sheet", get(sheet::ask).post(sheet::show)),
        ("/network", get(network::show)),
        ("/network/found", post(network::found)),
        ("/network/join", post(network::join)),
        ("/network/invitations", post(network::invite)),
        ("/network/votes", post(network::vote)),
        ("/drafts", get(draft::list).post(draft::quietly)),
        ("/drafts/throw-away", post(draft::throw_away)),
        ("/theme", post(site::choose_theme).layer(small())),
        ("/language", post(site::choose_language).layer(small())),
        ("/quilt/{name}", get(assets::quilt_block)),
        ("/assets/{*path}", get(assets::file)),
        ("/sw.js", get(assets::service_worker)),
        ("/{room}", get(list::show)),
        ("/{room}/new", get(write::new).post(write::create)),
        ("/{room}/{id}", get(record::show)),
        ("/{room}/{id}/edit", get(write::edit).post(write::change)),
        ("/{room}/{id}/share", get(share::share).post(share::choose_audience)),
        ("/{room}/{id}/share/look", get(share::look)),
        ("/{room}/{id}/choose", post(choose::choose)),
        ("/{room}/{id}/take-back", post(choose::take_back)),
        ("/{room}/{id}/history", get(history::show)),
        ("/{room}/{id}/history/{change}", get(history::version)),
        ("/{room}/{id}/restore", post(history::restore)),
        ("/{room}/{id}/use-too", get(adopt::also).post(adopt::use_too)),
        ("/{room}/{id}/delete", get(delete::ask_delete).post(delete::delete)),
    ]
}

/// The addresses of all pages, for a test that says who may open each.
pub fn addresses() -> Vec<&'static str> {
    table().into_iter().map(|(path, _)| path).collect()
}

/// Every page that anybody can open in a browser.
pub(crate) fn pages(web: Web) -> Router {
    let table = table().into_iter().fold(Router::new(), |router, (path, page)| router.route(path, page));
    table
        .fallback(site::no_such_page)
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(CsrfLayer::new())
        .layer(from_fn_with_state(web.clone(), plain::plainly))
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
    let signed_in = site::session_of(request.headers()).is_some();
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
