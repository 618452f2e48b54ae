//! The recovery sheet: the 24 words of the collaborative's key, to print and put away. Shown to who looks after the node,
//! after they typed their password for it; no browser and no proxy keeps it.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use protocol::{input::Request, view::Answer};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{
    Web,
    account::told,
    may::Admin,
    site::{Site, later, page},
};
use crate::{
    keys,
    people::{NotIn, Visitor},
};

/// What stands on the sheet.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) words: Zeroizing<String>,
    pub(super) network: String,
    pub(super) node: String,
    pub(super) date: String,
}

impl Sheet {
    /// Its words, one by one.
    pub(super) fn each(&self) -> Vec<&str> {
        self.words.split(' ').collect()
    }
}

#[derive(Template)]
#[template(path = "sheet.html")]
struct SheetPage {
    site: Site,
    name: String,
    sheet: Option<Sheet>,
    wrong: Option<String>,
}

/// The sheet of this node, if it can be read.
pub(super) async fn sheet(web: &Web, site: &Site) -> Option<Sheet> {
    let home = web.home.clone();
    let words = tokio::task::spawn_blocking(move || keys::words(&home)).await.ok()?.ok()?;
    let Ok(Answer::Status(status)) = web.node.ask(Request::Status).await else { return None };
    let network = web.catalog.whose().network_name.unwrap_or_default();
    Some(Sheet { words, network, node: status.node.to_string(), date: super::dates::day(site.language, site.now) })
}

/// A page that nobody keeps.
pub(super) fn kept_by_nobody(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Asks for the password.
pub(super) async fn ask(Admin(site): Admin) -> Response {
    let name = site.account.as_ref().map(|account| account.name.clone()).unwrap_or_default();
    page(&SheetPage { name, sheet: None, wrong: None, site })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    password: String,
}

/// Shows it, this once.
pub(super) async fn show(
    State(web): State<Web>,
    Admin(site): Admin,
    from: Visitor,
    Form(typed): Form<Typed>,
) -> Response {
    let Some(account) = site.account.clone() else { return later(&site) };
    let token = from.token.clone().unwrap_or_default();
    let name = account.name.clone();
    match web.people.prove(&account, &token, &typed.password).await {
        Ok(()) => match sheet(&web, &site).await {
            Some(sheet) => kept_by_nobody(page(&SheetPage { name, sheet: Some(sheet), wrong: None, site })),
            None => later(&site),
        },
        Err(why) => {
            let (status, wrong) = told(&site, why);
            let wrong = if why == NotIn::Wrong { site.say("password-wrong") } else { wrong };
            (status, page(&SheetPage { name, sheet: None, wrong: Some(wrong), site })).into_response()
        }
    }
}
