//! What programs come in with, on a page of one's own settings: access keys for the API, app passwords for calendar apps.
//! Either is shown once.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    Web,
    may::Proved,
    site::{Site, later, nothing_here, page},
};
use crate::{
    config::KEYS_MOST,
    people::{Account, Key, LABEL_MOST, NotIn, Scope, Visitor},
};

#[derive(Template)]
#[template(path = "key.html")]
struct KeyPage {
    site: Site,
    keys: Vec<(String, Key)>,
    passwords: Vec<(String, Key)>,
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
    is_app: bool,
    name: String,
}

/// What the forms of this page send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    label: String,
    scope: String,
    id: String,
}

pub(super) async fn show(State(web): State<Web>, Proved(site, account): Proved) -> Response {
    page(&frame(&web, site, &account))
}

fn frame(web: &Web, site: Site, account: &Account) -> KeyPage {
    let (passwords, keys) =
        web.people.keys(account).into_iter().partition(|(_, key): &(_, Key)| key.scope == Scope::Calendar);
    let scopes =
        Scope::ALL.into_iter().filter(|scope| (Scope::Read..=Scope::most(account.role)).contains(scope)).collect();
    KeyPage { keys, passwords, scopes, made: None, wrong: None, label: String::new(), most: LABEL_MOST, site }
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
            (StatusCode::OK, Some(Made { label, secret, is_app: scope == Scope::Calendar, name }), None)
        }
        Err(NotIn::Disk) => return later(&site),
        Err(NotIn::Many) => (StatusCode::CONFLICT, None, Some(site.count("key-too-many", &KEYS_MOST))),
        // A form of ours offers only what its reader may.
        Err(NotIn::Wrong | NotIn::Gone) => return nothing_here(&site),
        Err(_) => (StatusCode::UNPROCESSABLE_ENTITY, None, Some(site.count("key-label-wrong", &LABEL_MOST))),
    };
    let label = if wrong.is_some() { typed.label } else { String::new() };
    (status, page(&KeyPage { made, wrong, label, ..frame(&web, site, &account) })).into_response()
}

/// Ends a key.
pub(super) async fn end(State(web): State<Web>, Proved(site, account): Proved, Form(typed): Form<Typed>) -> Response {
    match web.people.end_key(&account, &typed.id).await {
        // Ended already, in another tab say: the page shows that it is gone.
        Ok(_) => Redirect::to("/settings/keys").into_response(),
        Err(_) => later(&site),
    }
}
