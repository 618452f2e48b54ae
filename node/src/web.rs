//! The pages: every route in one table. A page is complete HTML without any script, and shows what its reader may see.
//!
//! | file | its pages |
//! |---|---|
//! | `home` | what is new, what comes next, what waits |
//! | `calendar` | sessions day by day |
//! | `about` | what this place is, how to read it |
//! | `list` | the records of a section, found and narrowed down |
//! | `directory` | local help, on a map and as a list |
//! | `record`, `around` | one record; who uses it and what is like it |
//! | `profile` | a collaborative's own page |
//! | `form`, `items`, `paper`, `write` | a new record, an edit |
//! | `sent`, `draft` | what was typed, whatever goes wrong |
//! | `hint`, `look` | what to look at before others see it |
//! | `adopt` | versions of one's own of what others wrote |
//! | `choose` | two answers, and the last save taken back |
//! | `history` | what became of a record, and the way back |
//! | `circle`, `share` | who may have a record, and edit it |
//! | `delete` | its end |
//! | `plain` | what is turned away before any page sees it |
//! | `network` | who belongs, what to vote on, whom we hear from: a room each |
//! | `live` | what happens meanwhile, told to open pages |
//! | `sync` | how we stand with our neighbors, in words |
//! | `feed`, `robots`, `linked` | what programs read: feeds, where public pages are, what a record is |
//! | `account` | signing in and out |
//! | `set_up`, `introduce` | the first visit, step by step |
//! | `welcome` | coming in by a link |
//! | `settings` | one's own settings: password, where one is signed in |
//! | `second` | the second step of signing in |
//! | `key` | access keys and app passwords |
//! | `people` | who is here, for who looks after the node |
//! | `sheet` | the recovery sheet |
//! | `backup` | backups of this node |

mod about;
mod account;
mod adopt;
mod around;
mod assets;
mod backup;
mod calendar;
mod choose;
mod circle;
mod dates;
mod delete;
mod directory;
mod draft;
mod feed;
mod form;
mod hint;
mod history;
mod home;
mod hours;
mod introduce;
mod items;
mod keep;
mod key;
mod linked;
mod list;
mod live;
mod look;
mod may;
mod network;
mod paper;
mod people;
mod plain;
mod profile;
mod prose;
mod qr;
mod quilt;
mod record;
mod robots;
mod second;
mod section;
mod sent;
mod set_up;
mod settings;
mod share;
mod sheet;
mod shown;
mod site;
mod sync;
mod texts;
mod visitor;
mod welcome;
mod words;
mod write;

use std::path::PathBuf;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderName, HeaderValue, Uri, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::Response,
    routing::{MethodRouter, get, post},
};
use tower_http::{compression::CompressionLayer, csrf::CsrfLayer, set_header::SetResponseHeaderLayer};

use crate::{
    api::Api,
    backup::Backups,
    catalog::Catalog,
    config::{BODY_BYTES, STRANGER_BYTES},
    drafts::Drafts,
    home::Home,
    live::Live,
    people::People,
    run::Handle,
};

pub(crate) use introduce::introduce_in_time;
pub use prose::html as prose;
pub(crate) use visitor::Source;
pub use write::{ToSet, said};

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
    /// What happens meanwhile.
    live: Live,
    /// The folder the node lives in, for the recovery sheet, and in it the journal: how much room they take is told.
    home: PathBuf,
    journal: PathBuf,
    /// What they were writing.
    drafts: Drafts,
    /// Backups of all of it.
    backups: Backups,
}

impl Web {
    pub(crate) fn new(api: Api, people: People, drafts: Drafts, live: Live, home: &Home) -> Web {
        let Api { node, catalog, backups, .. } = api;
        Web { node, catalog, people, drafts, backups, live, home: home.path().to_owned(), journal: home.journal() }
    }
}

/// Who may open an address. A page of one record also asks who may see that record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum May {
    /// There is no such deed here.
    Never,
    /// Anybody.
    Anybody,
    /// Whoever has a link that works.
    WithLink,
    /// Whoever makes the first visit; when it was made, one is to sign in.
    FirstVisit,
    /// Whoever is signed in.
    SignedIn,
    /// Who reads what this collaborative keeps to itself.
    Reader,
    /// Who writes here.
    Editor,
    /// Who looks after this node.
    Admin,
    /// Whoever is signed in and typed their password lately; who did not is asked to.
    Proved,
    /// Who looks after this node, likewise.
    Keeper,
}

/// An address, who may read there and who may send something, and who answers.
type Page = (&'static str, [May; 2], MethodRouter<Web>);

/// Every address. A test opens each as everybody who may come, and compares with what stands here.
fn table() -> Vec<Page> {
    use May::{Admin, Anybody, Editor, FirstVisit, Keeper, Never, Proved, Reader, SignedIn, WithLink};
    // What anybody may send is small.
    let small = || DefaultBodyLimit::max(STRANGER_BYTES);
    vec![
        ("/", [Anybody, Never], get(home::show)),
        ("/about", [Anybody, Never], get(about::show)),
        ("/search", [Anybody, Never], get(list::everywhere)),
        ("/search/suggest", [Anybody, Never], get(list::suggest)),
        ("/calendar", [Anybody, Never], get(calendar::show)),
        (keep::PATH, [Anybody, Never], get(keep::show)),
        ("/calendars/{secret}", [WithLink, Never], get(keep::show_secret)),
        ("/directory", [Anybody, Never], get(directory::show)),
        ("/sign-in", [Anybody, Anybody], get(account::show).post(account::sign_in).layer(small())),
        ("/sign-in/code", [Never, Anybody], post(account::second_step).layer(small())),
        ("/sign-out", [Never, Anybody], post(account::sign_out)),
        ("/set-up", [Admin, FirstVisit], get(set_up::show).post(set_up::open).layer(small())),
        ("/set-up/{step}", [Admin, Admin], get(set_up::show_step).post(set_up::choose).layer(small())),
        ("/welcome/{code}", [WithLink, WithLink], get(welcome::show).post(welcome::come).layer(small())),
        ("/account", [SignedIn, Never], get(settings::moved)),
        ("/settings", [SignedIn, Never], get(settings::show)),
        ("/settings/password", [SignedIn, SignedIn], get(settings::password).post(settings::change_password)),
        ("/settings/sign-ins", [SignedIn, SignedIn], get(settings::sign_ins).post(settings::end_sign_in)),
        ("/settings/confirm", [SignedIn, SignedIn], get(settings::prove).post(settings::proved)),
        ("/settings/two-step", [Proved, Proved], get(second::show).post(second::turn_on)),
        ("/settings/two-step/off", [Never, Proved], post(second::turn_off)),
        ("/settings/keys", [Proved, Proved], get(key::show).post(key::make)),
        ("/settings/keys/end", [Never, Proved], post(key::end)),
        ("/settings/people", [Keeper, Keeper], get(people::show).post(people::invite)),
        ("/settings/people/role", [Never, Keeper], post(people::set_role)),
        ("/settings/people/remove", [Never, Keeper], post(people::remove)),
        ("/settings/people/reset", [Never, Keeper], post(people::reset)),
        ("/settings/people/end-link", [Never, Keeper], post(people::end_link)),
        ("/settings/recovery-sheet", [Admin, Admin], get(sheet::ask).post(sheet::show)),
        ("/settings/backups", [Admin, Admin], get(backup::show).post(backup::make)),
        ("/settings/backups/verify", [Never, Admin], post(backup::verify)),
        ("/settings/backups/{backup}", [Admin, Never], get(backup::download)),
        ("/network", [SignedIn, Never], get(network::show)),
        ("/network/found", [Never, Admin], post(network::join::found)),
        ("/network/join", [WithLink, Admin], get(network::join::invited).post(network::join::join)),
        ("/network/stop", [Never, Admin], post(network::join::stop)),
        ("/network/members", [SignedIn, Never], get(network::members::show)),
        ("/network/invitations", [Reader, Admin], get(network::invitations::show).post(network::invitations::invite)),
        ("/network/invitations/withdraw", [Never, Admin], post(network::invitations::withdraw)),
        ("/network/invitations/admit", [Never, Admin], post(network::invitations::admit)),
        ("/network/proposals", [SignedIn, Admin], get(network::proposals::show).post(network::proposals::propose)),
        ("/network/votes", [Never, Admin], post(network::proposals::vote)),
        ("/network/sharing", [Reader, Admin], get(network::sharing::show).post(network::sharing::ask)),
        ("/network/partners/end", [Never, Admin], post(network::sharing::end_partner)),
        ("/network/neighbors", [Reader, Never], get(network::neighbors::show)),
        ("/network/neighbors/block", [Never, Admin], post(network::neighbors::block)),
        ("/network/neighbors/unblock", [Never, Admin], post(network::neighbors::unblock)),
        ("/network/health", [Admin, Never], get(network::health::show)),
        (live::LIVE, [Anybody, Never], get(live::listen)),
        ("/drafts", [Editor, Editor], get(draft::list).post(draft::quietly)),
        ("/drafts/throw-away", [Never, Editor], post(draft::throw_away)),
        ("/theme", [Never, Anybody], post(site::choose_theme).layer(small())),
        ("/language", [Never, Anybody], post(site::choose_language).layer(small())),
        ("/quilt/{name}", [Anybody, Never], get(assets::quilt_block)),
        ("/assets/{*path}", [Anybody, Never], get(assets::file)),
        ("/sw.js", [Anybody, Never], get(assets::service_worker)),
        ("/feeds/{name}", [Anybody, Never], get(feed::show)),
        ("/robots.txt", [Anybody, Never], get(robots::robots)),
        ("/sitemap.xml", [Anybody, Never], get(robots::sitemap)),
        ("/{room}", [Anybody, Never], get(list::show)),
        ("/{room}/new", [Editor, Editor], get(write::new).post(write::create)),
        ("/{room}/{id}", [Anybody, Never], get(record::show)),
        ("/{room}/{id}/confirm", [Never, Editor], post(around::confirm)),
        ("/{room}/{id}/edit", [Editor, Editor], get(write::edit).post(write::change)),
        ("/{room}/{id}/share", [Editor, Editor], get(share::share).post(share::choose_audience)),
        ("/{room}/{id}/share/look", [Editor, Never], get(share::look)),
        ("/{room}/{id}/choose", [Never, Editor], post(choose::choose)),
        ("/{room}/{id}/take-back", [Never, Editor], post(choose::take_back)),
        ("/{room}/{id}/history", [SignedIn, Never], get(history::show)),
        ("/{room}/{id}/history/{change}", [SignedIn, Never], get(history::version)),
        ("/{room}/{id}/restore", [Never, Editor], post(history::restore)),
        ("/{room}/{id}/use-too", [Editor, Editor], get(adopt::also).post(adopt::use_too)),
        ("/{room}/{id}/delete", [Editor, Editor], get(delete::ask_delete).post(delete::delete)),
    ]
}

/// The addresses of all pages, and who may read and who may send something there.
pub fn addresses() -> Vec<(&'static str, [May; 2])> {
    table().into_iter().map(|(path, may, _)| (path, may)).collect()
}

/// Every page that anybody can open in a browser.
pub(crate) fn pages(web: Web) -> Router {
    let table = table().into_iter().fold(Router::new(), |router, (path, _, page)| router.route(path, page));
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
        .layer(from_fn(visitor::believed))
        .with_state(web)
}

/// What is for who is signed in, what a link opens and what somebody looked for stay in no browser: others may sit there next.
async fn kept_by_nobody(request: Request, next: Next) -> Response {
    let confides = site::session_of(request.headers()).is_some() || is_confided(request.uri());
    let is_page = !request.uri().path().starts_with("/assets/") && !request.uri().path().starts_with("/quilt/");
    let mut response = next.run(request).await;
    if confides && is_page {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Whether an address holds what lets somebody in, or what they typed.
fn is_confided(uri: &Uri) -> bool {
    let mut asked = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    uri.path().starts_with("/welcome/")
        || asked.any(|(key, value)| ["q", "ticket"].contains(&&*key) && !value.is_empty())
}

fn always(name: &'static str, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), HeaderValue::from_static(value))
}
