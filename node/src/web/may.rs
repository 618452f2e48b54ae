//! Who may open a page: each word here gives its frame to whoever may, and to everybody else another page.

use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    Web,
    site::{Site, nothing_here, session_of},
};
use crate::people::Account;

/// A page's frame for somebody who is signed in, and who they are. Who is not is asked to.
#[derive(Debug)]
pub(super) struct SignedIn(pub(super) Site, pub(super) Account);

impl FromRequestParts<Web> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<SignedIn, Response> {
        let site = Site::from_request_parts(parts, web).await?;
        match site.account.clone() {
            Some(account) => Ok(SignedIn(site, account)),
            None => Err(Redirect::to("/sign-in").into_response()),
        }
    }
}

/// A page's frame for somebody who may write here. Who may not gets another page instead.
#[derive(Debug)]
pub(super) struct Writer(pub(super) Site);

impl FromRequestParts<Web> for Writer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Writer, Response> {
        let site = Site::from_request_parts(parts, web).await?;
        match &site.account {
            Some(_) if site.may_write() => Ok(Writer(site)),
            Some(_) => Err(nothing_here(&site)),
            None => Err(Redirect::to("/sign-in").into_response()),
        }
    }
}

/// A page's frame for somebody who looks after this node. Who does not gets another page instead.
#[derive(Debug)]
pub(super) struct Admin(pub(super) Site);

impl FromRequestParts<Web> for Admin {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Admin, Response> {
        let Writer(site) = Writer::from_request_parts(parts, web).await?;
        if site.is_admin() { Ok(Admin(site)) } else { Err(nothing_here(&site)) }
    }
}

/// A page's frame for somebody who is signed in and typed their password lately. Who did not is asked to, and then comes
/// back here.
#[derive(Debug)]
pub(super) struct Proved(pub(super) Site, pub(super) Account);

impl FromRequestParts<Web> for Proved {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Proved, Response> {
        let SignedIn(site, account) = SignedIn::from_request_parts(parts, web).await?;
        if session_of(&parts.headers).is_some_and(|token| web.people.is_proved(token)) {
            return Ok(Proved(site, account));
        }
        // A form's address is its page's, or lies beneath it.
        let page = site.here.split('/').take(3).collect::<Vec<_>>().join("/");
        Err(Redirect::to(&format!("/settings/confirm?to={page}")).into_response())
    }
}

/// The same for somebody who looks after this node.
#[derive(Debug)]
pub(super) struct Keeper(pub(super) Site, pub(super) Account);

impl FromRequestParts<Web> for Keeper {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Keeper, Response> {
        Admin::from_request_parts(parts, web).await?;
        Proved::from_request_parts(parts, web).await.map(|Proved(site, account)| Keeper(site, account))
    }
}
