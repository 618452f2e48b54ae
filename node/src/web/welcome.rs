//! Coming in by a link: somebody new, who was invited, or somebody here who chooses a new password.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    Web,
    account::{told, welcome},
    site::{Site, page},
};
use crate::{
    config::PASSWORD_LEAST,
    people::{Link, Newcomer, NotIn, Visitor},
};

#[derive(Template)]
#[template(path = "welcome.html")]
struct WelcomePage {
    site: Site,
    /// Who made the link.
    by: Option<String>,
    role: String,
    /// Whose password it renews.
    of: Option<String>,
    typed: Typed,
    wrong: Option<String>,
    least: usize,
}

/// What somebody typed. The password is never shown again.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    called: String,
    name: String,
    password: String,
}

#[derive(Template)]
#[template(path = "link_gone.html")]
struct GonePage {
    site: Site,
}

pub(super) async fn show(State(web): State<Web>, site: Site, Path(code): Path<String>) -> Response {
    match web.people.link(&code) {
        Some(link) => page(&asked(&web, site, link, Typed::default(), None)),
        None => gone(site),
    }
}

fn asked(web: &Web, site: Site, link: Link, typed: Typed, wrong: Option<String>) -> WelcomePage {
    let by = web.people.account(&link.by).map(|account| account.called().to_owned());
    let role = site.role_means(&link.role);
    WelcomePage { by, role, of: link.of, typed, wrong, least: PASSWORD_LEAST, site }
}

/// Used, too old, never there: all the same.
fn gone(site: Site) -> Response {
    (StatusCode::NOT_FOUND, page(&GonePage { site })).into_response()
}

pub(super) async fn come(
    State(web): State<Web>,
    site: Site,
    Path(code): Path<String>,
    from: Visitor,
    Form(typed): Form<Typed>,
) -> Response {
    let Some(link) = web.people.link(&code) else { return gone(site) };
    let came = match &link.of {
        Some(_) => web.people.renew(&code, &typed.password, &from).await,
        None => {
            let newcomer = Newcomer { called: &typed.called, name: &typed.name, password: &typed.password };
            web.people.accept(&code, newcomer, &from).await
        }
    };
    match came {
        Ok(token) => welcome(&site, &token, "/"),
        Err(NotIn::Gone) => gone(site),
        Err(why) => {
            let (status, wrong) = told(&site, why);
            (status, page(&asked(&web, site, link, typed, Some(wrong)))).into_response()
        }
    }
}
