//! Turning the second step of signing in on and off.

use askama::Template;
use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    Web,
    account::told,
    may::Proved,
    qr,
    site::{Site, page},
};
use crate::people::{Account, NotIn, Visitor};

#[derive(Template)]
#[template(path = "two_step.html")]
struct TwoStepPage {
    site: Site,
    account: Account,
    /// What the app is to compute with, in groups of four; nothing where it is on already.
    secret: String,
    picture: String,
    /// The codes to print: shown this once.
    codes: Vec<String>,
    wrong: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    code: String,
}

pub(super) async fn show(State(web): State<Web>, Proved(site, account): Proved, from: Visitor) -> Response {
    page(&frame(&web, site, account, &from))
}

fn frame(web: &Web, site: Site, account: Account, from: &Visitor) -> TwoStepPage {
    let token = from.token.as_deref().unwrap_or_default();
    let secret = if account.has_second() { String::new() } else { web.people.new_second(token) };
    let picture = if secret.is_empty() { String::new() } else { qr::svg(&address(&site.name, &account.name, &secret)) };
    let groups: Vec<&str> = secret.as_bytes().chunks(4).filter_map(|four| std::str::from_utf8(four).ok()).collect();
    TwoStepPage { secret: groups.join(" "), picture, codes: vec![], wrong: None, account, site }
}

/// The address that apps read from the picture (Key URI Format).
fn address(issuer: &str, name: &str, secret: &str) -> String {
    let plain = |text: &str| -> String {
        let one = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        };
        text.bytes().map(one).collect()
    };
    // A long name would make a picture that phones read badly; it is there to know the entry by.
    let issuer = plain(&issuer.chars().take(40).collect::<String>());
    format!("otpauth://totp/{issuer}:{}?secret={secret}&issuer={issuer}", plain(name))
}

/// Turns it on, once the app has shown that it has the secret.
pub(super) async fn turn_on(
    State(web): State<Web>,
    Proved(site, account): Proved,
    from: Visitor,
    Form(typed): Form<Typed>,
) -> Response {
    let token = from.token.clone().unwrap_or_default();
    match web.people.turn_on_second(&account, &token, &typed.code).await {
        Ok(codes) => {
            let account = web.people.account(&account.name).unwrap_or(account);
            page(&TwoStepPage { codes, ..frame(&web, site, account, &from) })
        }
        Err(why) => {
            let (status, wrong) = told(&site, why);
            let wrong = if why == NotIn::Wrong { site.say("second-wrong") } else { wrong };
            (status, page(&TwoStepPage { wrong: Some(wrong), ..frame(&web, site, account, &from) })).into_response()
        }
    }
}

/// Turns it off.
pub(super) async fn turn_off(State(web): State<Web>, Proved(site, account): Proved, from: Visitor) -> Response {
    match web.people.turn_off_second(&account, &from.token.unwrap_or_default()).await {
        Ok(()) => Redirect::to("/settings/two-step").into_response(),
        Err(_) => super::site::later(&site),
    }
}
