//! One's own settings: who one is here, the password, where one is signed in, and typing the password once more before what
//! must not be done from a browser that was left open.

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    Web,
    account::told,
    may::SignedIn,
    site::{Site, page, sorry},
};
use crate::{
    config::PASSWORD_LEAST,
    people::{Account, NotIn, Session, Visitor},
};

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    site: Site,
    account: Account,
    done: bool,
}

/// What was done just now, as the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Done {
    done: Option<String>,
}

/// All that can be set.
pub(super) async fn show(SignedIn(site, account): SignedIn, Query(done): Query<Done>) -> Response {
    page(&SettingsPage { account, done: done.done.is_some(), site })
}

/// Where these pages were before.
pub(super) async fn moved(SignedIn(..): SignedIn) -> Redirect {
    Redirect::permanent("/settings")
}

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage {
    site: Site,
    name: String,
    /// How many keys for apps and programs they have.
    keys: usize,
    wrong: Option<String>,
    least: usize,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Passwords {
    old: String,
    new: String,
    /// Whether their keys end as well.
    keys: Option<String>,
}

/// The page to choose another password.
pub(super) async fn password(State(web): State<Web>, SignedIn(site, account): SignedIn) -> Response {
    page(&password_page(&web, site, account, None))
}

fn password_page(web: &Web, site: Site, account: Account, wrong: Option<String>) -> PasswordPage {
    let keys = web.people.keys(&account).len();
    PasswordPage { name: account.name, keys, wrong, least: PASSWORD_LEAST, site }
}

pub(super) async fn change_password(
    State(web): State<Web>,
    SignedIn(site, account): SignedIn,
    from: Visitor,
    Form(typed): Form<Passwords>,
) -> Response {
    let token = from.token.clone().unwrap_or_default();
    let mut changed = web.people.change_password(&account, &token, &typed.old, &typed.new).await;
    if changed.is_ok() && typed.keys.is_some() {
        changed = web.people.end_keys(&account).await;
    }
    match changed {
        Ok(()) => Redirect::to("/settings?done=password").into_response(),
        Err(why) => {
            let (status, wrong) = why_not(&site, why);
            (status, page(&password_page(&web, site, account, Some(wrong)))).into_response()
        }
    }
}

/// Somebody signed in whose password is wrong needs no riddle about their name.
fn why_not(site: &Site, why: NotIn) -> (axum::http::StatusCode, String) {
    let (status, wrong) = told(site, why);
    (status, if why == NotIn::Wrong { site.say("password-wrong") } else { wrong })
}

#[derive(Template)]
#[template(path = "sign_ins.html")]
struct SignInsPage {
    site: Site,
    sessions: Vec<(String, Session, bool)>,
}

impl SignInsPage {
    /// Such as "Firefox on Android".
    fn browser(&self, session: &Session) -> String {
        match (&session.browser, &session.system) {
            (Some(browser), Some(system)) => self.site.pair("browser-on", browser, system),
            (Some(one), None) | (None, Some(one)) => one.clone(),
            (None, None) => self.site.say("browser-unknown"),
        }
    }
}

/// Where somebody is signed in.
pub(super) async fn sign_ins(State(web): State<Web>, SignedIn(site, account): SignedIn, from: Visitor) -> Response {
    let sessions = web.people.sessions(&account, from.token.as_deref().unwrap_or_default());
    page(&SignInsPage { sessions, site })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Ending {
    /// Which; all others when empty.
    id: String,
}

/// Signs out another browser, or all of them.
pub(super) async fn end_sign_in(
    State(web): State<Web>,
    SignedIn(site, account): SignedIn,
    from: Visitor,
    Form(ending): Form<Ending>,
) -> Response {
    let ended = match ending.id.is_empty() {
        true => web.people.end_others(&account, from.token.as_deref().unwrap_or_default()).await,
        false => web.people.end_session(&account, &ending.id).await,
    };
    match ended {
        Ok(()) => Redirect::to("/settings/sign-ins").into_response(),
        Err(why) => {
            let (status, text) = told(&site, why);
            sorry(&site, status, site.say("not-done"), text)
        }
    }
}

#[derive(Template)]
#[template(path = "prove.html")]
struct ProvePage {
    site: Site,
    name: String,
    to: &'static str,
    wrong: Option<String>,
}

/// The pages that ask for the password first. Nothing else is gone back to.
const ASKING: [&str; 4] = ["/settings/keys", "/settings/two-step", "/settings/people", "/set-up"];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Proof {
    to: String,
    password: String,
}

impl Proof {
    fn back(&self) -> &'static str {
        ASKING.into_iter().find(|path| *path == self.to).unwrap_or("/settings")
    }
}

/// Asks for the password once more.
pub(super) async fn prove(SignedIn(site, account): SignedIn, Query(proof): Query<Proof>) -> Response {
    page(&ProvePage { name: account.name, to: proof.back(), wrong: None, site })
}

pub(super) async fn proved(
    State(web): State<Web>,
    SignedIn(site, account): SignedIn,
    from: Visitor,
    Form(proof): Form<Proof>,
) -> Response {
    let token = from.token.clone().unwrap_or_default();
    match web.people.prove(&account, &token, &proof.password).await {
        Ok(()) => Redirect::to(proof.back()).into_response(),
        Err(why) => {
            let (status, wrong) = why_not(&site, why);
            let to = proof.back();
            (status, page(&ProvePage { name: account.name, to, wrong: Some(wrong), site })).into_response()
        }
    }
}
