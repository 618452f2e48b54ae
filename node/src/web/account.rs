//! Signing in and out, and the first visit, which needs the code that the node showed where it was started.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    Web,
    site::{SESSION, Site, cookie, page},
};
use crate::{
    config::{PASSWORD_LEAST, SESSION_MS},
    people::NotIn,
};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    site: Site,
    first: bool,
    name: String,
    code: String,
    wrong: Option<String>,
    least: usize,
}

/// What somebody typed. The password is never shown again.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    code: String,
    name: String,
    password: String,
}

/// The page to sign in, or on the first visit the one to set the node up.
pub(super) async fn show(State(web): State<Web>, site: Site) -> Response {
    if site.account.is_some() {
        return Redirect::to("/account").into_response();
    }
    form(&web, site, Typed::default(), None)
}

pub(super) async fn sign_in(State(web): State<Web>, site: Site, Form(typed): Form<Typed>) -> Response {
    let came = match web.people.is_new() {
        true => web.people.set_up(&typed.code, &typed.name, &typed.password).await,
        false => web.people.sign_in(&typed.name, &typed.password).await,
    };
    match came {
        Ok(token) => {
            let cookie = format!("{SESSION}={token}; Path=/; Max-Age={}; SameSite=Lax; HttpOnly", SESSION_MS / 1000);
            let cookie = if site.is_secure { cookie + "; Secure" } else { cookie };
            ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
        }
        Err(why) => form(&web, site, typed, Some(why)),
    }
}

pub(super) async fn sign_out(State(web): State<Web>, headers: HeaderMap) -> Response {
    if let Some(token) = cookie(&headers, SESSION) {
        web.people.sign_out(token).await;
    }
    let gone = format!("{SESSION}=; Path=/; Max-Age=0; SameSite=Lax; HttpOnly");
    // What this browser kept for reading without a connection was for who was signed in.
    let head = [
        (header::SET_COOKIE, gone),
        (header::HeaderName::from_static("clear-site-data"), "\"cache\", \"storage\"".into()),
    ];
    (head, Redirect::to("/")).into_response()
}

fn form(web: &Web, site: Site, typed: Typed, wrong: Option<NotIn>) -> Response {
    let (status, wrong) = match wrong {
        None => (StatusCode::OK, None),
        Some(why) => {
            let (status, key) = match why {
                NotIn::Wrong => (StatusCode::FORBIDDEN, "not-in-wrong"),
                NotIn::Pause => (StatusCode::TOO_MANY_REQUESTS, "not-in-pause"),
                NotIn::Code => (StatusCode::FORBIDDEN, "not-in-code"),
                NotIn::Taken => (StatusCode::CONFLICT, "not-in-taken"),
                NotIn::Name => (StatusCode::UNPROCESSABLE_ENTITY, "not-in-name"),
                NotIn::Password => (StatusCode::UNPROCESSABLE_ENTITY, "not-in-password"),
                NotIn::Disk | NotIn::Many => (StatusCode::SERVICE_UNAVAILABLE, "not-now-then"),
            };
            (status, Some(site.count(key, &PASSWORD_LEAST)))
        }
    };
    let (first, least) = (web.people.is_new(), PASSWORD_LEAST);
    (status, page(&SignInPage { first, name: typed.name, code: typed.code, wrong, least, site })).into_response()
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    site: Site,
    name: String,
    role: String,
}

/// Who one is here.
pub(super) async fn account(State(_): State<Web>, site: Site) -> Response {
    let Some(account) = &site.account else { return Redirect::to("/sign-in").into_response() };
    let role = site.say(match account.role {
        crate::people::Role::Coordinator => "role-coordinator",
        crate::people::Role::Reader => "role-reader",
        crate::people::Role::Editor => "role-editor",
        crate::people::Role::Admin => "role-admin",
    });
    page(&AccountPage { name: account.name.clone(), role, site })
}
