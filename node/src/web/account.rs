//! Signing in, in one step or two, and out.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    Web,
    site::{Site, page, session_name, session_of},
};
use crate::{
    config::{PASSWORD_LEAST, PERSON_NAME_MOST, SIGNED_IN_MS},
    people::{Came, NotIn, Visitor},
};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    site: Site,
    name: String,
    wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "second_step.html")]
struct SecondStepPage {
    site: Site,
    slip: String,
    wrong: Option<String>,
}

/// What somebody typed. The password is never shown again.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    name: String,
    password: String,
    slip: String,
    code: String,
}

/// The page to sign in. Where nobody is yet, the first visit comes first.
pub(super) async fn show(State(web): State<Web>, site: Site) -> Response {
    match &site.account {
        Some(_) => Redirect::to("/settings").into_response(),
        None if web.people.is_new() => Redirect::to("/set-up").into_response(),
        None => page(&SignInPage { name: String::new(), wrong: None, site }),
    }
}

pub(super) async fn sign_in(State(web): State<Web>, site: Site, from: Visitor, Form(typed): Form<Typed>) -> Response {
    match web.people.sign_in(&typed.name, &typed.password, &from).await {
        Ok(Came::In(token)) => welcome(&site, &token, "/"),
        Ok(Came::Second(slip)) => page(&SecondStepPage { slip, wrong: None, site }),
        Err(why) => {
            let (status, wrong) = told(&site, why);
            (status, page(&SignInPage { name: typed.name, wrong: Some(wrong), site })).into_response()
        }
    }
}

/// The second step: the code from the app, or one from the sheet.
pub(super) async fn second_step(
    State(web): State<Web>,
    site: Site,
    from: Visitor,
    Form(typed): Form<Typed>,
) -> Response {
    let (slip, why) = match web.people.second_step(&typed.slip, &typed.code, &from).await {
        Ok(token) => return welcome(&site, &token, "/"),
        Err(NotIn::Gone) => {
            let wrong = Some(site.say("second-too-late"));
            return (StatusCode::FORBIDDEN, page(&SignInPage { name: String::new(), wrong, site })).into_response();
        }
        Err(why) => (typed.slip, why),
    };
    let (status, wrong) = match why {
        NotIn::Wrong => (StatusCode::FORBIDDEN, site.say("second-wrong")),
        other => told(&site, other),
    };
    (status, page(&SecondStepPage { slip, wrong: Some(wrong), site })).into_response()
}

/// Lets a browser in with a session, and sends it on.
pub(super) fn welcome(site: &Site, token: &str, to: &str) -> Response {
    let name = session_name(site.is_secure);
    let cookie = format!("{name}={token}; Path=/; Max-Age={}; SameSite=Lax; HttpOnly", SIGNED_IN_MS / 1000);
    let cookie = if site.is_secure { cookie + "; Secure" } else { cookie };
    ([(header::SET_COOKIE, cookie)], Redirect::to(to)).into_response()
}

pub(super) async fn sign_out(State(web): State<Web>, headers: HeaderMap) -> Response {
    if let Some(token) = session_of(&headers) {
        web.people.sign_out(token).await;
    }
    let gone = |secure: bool| {
        let end = if secure { "; Secure" } else { "" };
        format!("{}=; Path=/; Max-Age=0; SameSite=Lax; HttpOnly{end}", session_name(secure))
    };
    // What this browser kept for reading without a connection was for who was signed in.
    let head = AppendHeaders([
        (header::SET_COOKIE, gone(false)),
        (header::SET_COOKIE, gone(true)),
        (header::HeaderName::from_static("clear-site-data"), "\"cache\", \"storage\"".into()),
    ]);
    (head, Redirect::to("/")).into_response()
}

/// Why somebody does not get in, or something is not done, in words.
pub(super) fn told(site: &Site, why: NotIn) -> (StatusCode, String) {
    let (status, key) = match why {
        NotIn::Wrong => (StatusCode::FORBIDDEN, "not-in-wrong"),
        NotIn::Pause => (StatusCode::TOO_MANY_REQUESTS, "not-in-pause"),
        NotIn::Code => (StatusCode::FORBIDDEN, "not-in-code"),
        NotIn::Taken => (StatusCode::CONFLICT, "not-in-taken"),
        NotIn::Name => (StatusCode::UNPROCESSABLE_ENTITY, "not-in-name"),
        NotIn::NameTaken => (StatusCode::CONFLICT, "not-in-name-taken"),
        NotIn::Password => (StatusCode::UNPROCESSABLE_ENTITY, "not-in-password"),
        NotIn::Common => (StatusCode::UNPROCESSABLE_ENTITY, "not-in-common"),
        NotIn::Many => (StatusCode::CONFLICT, "not-in-many"),
        NotIn::Gone => (StatusCode::CONFLICT, "not-in-gone"),
        NotIn::LastAdmin => (StatusCode::CONFLICT, "not-in-last-admin"),
        NotIn::Disk => (StatusCode::SERVICE_UNAVAILABLE, "not-now-then"),
    };
    let count = if why == NotIn::Name { PERSON_NAME_MOST } else { PASSWORD_LEAST };
    (status, site.count(key, &count))
}
