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

/// A page's frame for somebody who reads what this collaborative keeps to itself. Who does not gets another page instead.
#[derive(Debug)]
pub(super) struct Reader(pub(super) Site);

impl FromRequestParts<Web> for Reader {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Reader, Response> {
        let SignedIn(site, _) = SignedIn::from_request_parts(parts, web).await?;
        if site.reads_all() { Ok(Reader(site)) } else { Err(nothing_here(&site)) }
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

#[cfg(test)]
mod tests {
    use axum::{
        body::Body,
        http::{Request, header},
    };
    use protocol::identity::NodeKey;
    use tower::ServiceExt;

    use super::{
        super::{May, addresses, pages},
        *,
    };
    use crate::{
        api::Api,
        backup::Backups,
        catalog::Catalog,
        drafts::Drafts,
        home::Home,
        live::Live,
        people::{
            Step,
            tests::{came_long_ago, keeper},
        },
    };

    /// An admin's browser that was left open opens no address that is to ask for the password again, and every other. The
    /// step of the first visit that invites did not ask.
    #[tokio::test]
    async fn what_is_to_ask_for_the_password_again_does() {
        let node = keeper();
        let (people, token) = came_long_ago(node.clone()).await;
        people.did(Step::Colleagues).await.unwrap();
        let (drafts, folder) = (Drafts::open(node.clone()).await.unwrap(), tempfile::tempdir().unwrap());
        let home = Home::create(&folder.path().join("home"), [1; 32]).unwrap();
        let (backups, catalog) = (
            Backups::new(node.clone(), home.path().into(), home.journal(), NodeKey([1; 32])),
            Catalog::of([].into_iter()),
        );
        let api = Api { node, catalog, backups, home: home.path().to_owned() };
        let pages = pages(Web::new(api, people.clone(), drafts, Live::default(), &home));
        let asks_again = async |method: &str, path: &str, form: &'static str| {
            let kind = "application/x-www-form-urlencoded";
            let request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, kind);
            let request = request.header(header::COOKIE, format!("session={token}")).body(Body::from(form)).unwrap();
            let response = pages.clone().oneshot(request).await.unwrap();
            let to = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default();
            to.starts_with("/settings/confirm")
        };
        // Nobody is signed in after signing out.
        for (path, [read, send]) in addresses().into_iter().filter(|(path, _)| *path != "/sign-out") {
            let at = path.replace("{room}", "practices").replace("{step}", "ready").replace(['{', '}', '*'], "");
            for (method, may) in [("GET", read), ("POST", send)] {
                let asks = matches!(may, May::Proved | May::Keeper);
                assert_eq!(asks_again(method, &at, "").await, asks, "{method} {path}");
            }
        }
        assert!(asks_again("GET", "/set-up/colleagues", "").await);
        assert!(asks_again("POST", "/set-up/colleagues", "way=invite&role=admin&days=7").await);
        assert!(people.peek(&token).is_some(), "and she was signed in all the time");
    }
}
