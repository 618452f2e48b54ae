//! What programs come in with, on a page of one's own settings: access keys for the API, app passwords and secret addresses
//! for calendars. Each is shown once.

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    Web,
    calendar::Asked,
    keep,
    may::Proved,
    site::{Site, later, nothing_here, page},
};
use crate::{
    caldav,
    config::KEYS_MOST,
    people::{Account, Key, LABEL_MOST, NotIn, Scope, Visitor},
};

#[derive(Template)]
#[template(path = "key.html")]
struct KeyPage {
    site: Site,
    keys: Vec<(String, Key)>,
    passwords: Vec<(String, Key)>,
    addresses: Vec<(String, Key)>,
    /// What was chosen on the calendar's page before somebody came here for an address of it.
    calendar: String,
    scopes: Vec<Scope>,
    /// What was made just now: shown this once.
    made: Option<Made>,
    wrong: Option<String>,
    label: String,
    most: usize,
}

struct Made {
    label: String,
    secret: String,
    scope: Scope,
    name: String,
    /// Where a program finds it; a secret address is that itself.
    at: String,
}

/// What the forms of this page send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    label: String,
    scope: String,
    id: String,
    calendar: String,
}

pub(super) async fn show(
    State(web): State<Web>,
    Proved(site, account): Proved,
    Query(typed): Query<Typed>,
) -> Response {
    page(&KeyPage { calendar: choices(&typed.calendar), ..frame(&web, site, &account) })
}

/// What was chosen on the calendar's page, and nothing else.
fn choices(query: &str) -> String {
    Asked::read(query).address("", None)
}

fn frame(web: &Web, site: Site, account: &Account) -> KeyPage {
    let all = web.people.keys(account);
    let of = |is: fn(&Scope) -> bool| all.iter().filter(|(_, key)| is(&key.scope)).cloned().collect();
    let passwords = of(|scope| *scope == Scope::Calendar);
    let (addresses, keys) = (of(|scope| *scope == Scope::Address), of(|scope| *scope >= Scope::Read));
    let scopes =
        Scope::ALL.into_iter().filter(|scope| (Scope::Read..=Scope::most(account.role)).contains(scope)).collect();
    let (label, calendar) = (String::new(), String::new());
    KeyPage { keys, passwords, addresses, calendar, scopes, made: None, wrong: None, label, most: LABEL_MOST, site }
}

/// Makes a key, and shows it.
pub(super) async fn make(
    State(web): State<Web>,
    Proved(site, account): Proved,
    from: Visitor,
    Form(typed): Form<Typed>,
) -> Response {
    let Some(scope) = Scope::ALL.into_iter().find(|scope| scope.name() == typed.scope) else {
        return nothing_here(&site);
    };
    let token = from.token.unwrap_or_default();
    let (status, made, wrong) = match web.people.make_key(&account, &token, &typed.label, scope).await {
        Ok(secret) => {
            let (label, name) = (typed.label.trim().to_owned(), account.name.clone());
            let at = match scope {
                Scope::Address => format!("{}{}{}", site.origin, keep::secret(&secret), choices(&typed.calendar)),
                _ => format!("{}{}", site.origin, caldav::ROOT),
            };
            (StatusCode::OK, Some(Made { label, secret, scope, name, at }), None)
        }
        Err(NotIn::Disk) => return later(&site),
        Err(NotIn::Many) => (StatusCode::CONFLICT, None, Some(site.count("key-too-many", &KEYS_MOST))),
        // A form of ours offers only what its reader may.
        Err(NotIn::Wrong | NotIn::Gone) => return nothing_here(&site),
        Err(_) => (StatusCode::UNPROCESSABLE_ENTITY, None, Some(site.count("key-label-wrong", &LABEL_MOST))),
    };
    let label = if wrong.is_some() { typed.label } else { String::new() };
    let calendar = choices(&typed.calendar);
    (status, page(&KeyPage { made, wrong, label, calendar, ..frame(&web, site, &account) })).into_response()
}

/// Ends a key.
pub(super) async fn end(State(web): State<Web>, Proved(site, account): Proved, Form(typed): Form<Typed>) -> Response {
    match web.people.end_key(&account, &typed.id).await {
        // Ended already, in another tab say: the page shows that it is gone.
        Ok(_) => Redirect::to("/settings/keys").into_response(),
        Err(_) => later(&site),
    }
}
