//! The people of this node, for who looks after it: who is here as what, inviting, a new password for a colleague, and
//! taking somebody out.

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
    may::Keeper,
    site::{Site, page},
};
use crate::{
    config::INVITE_DAYS,
    people::{Account, Link, NotIn, Role},
};

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    site: Site,
    own: String,
    people: Vec<Account>,
    links: Vec<(String, Link)>,
    /// A link made just now: shown this once.
    made: Option<Made>,
    wrong: Option<String>,
}

/// A link to hand over, and what it does.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) link: String,
    pub(super) means: String,
}

/// What the forms of this page send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    name: String,
    role: String,
    days: u32,
    id: String,
}

impl Typed {
    pub(super) fn of(role: String, days: u32) -> Typed {
        Typed { role, days, ..Typed::default() }
    }
}

pub(super) async fn show(State(web): State<Web>, Keeper(site, account): Keeper) -> Response {
    page(&frame(&web, site, &account))
}

fn frame(web: &Web, site: Site, account: &Account) -> PeoplePage {
    let (people, links) = (web.people.list(), web.people.links());
    PeoplePage { own: account.name.clone(), people, links, made: None, wrong: None, site }
}

fn refused(web: &Web, site: Site, account: &Account, why: NotIn) -> Response {
    let (status, wrong) = told(&site, why);
    (status, page(&PeoplePage { wrong: Some(wrong), ..frame(web, site, account) })).into_response()
}

/// Makes an invitation for somebody new.
pub(super) async fn invite(
    State(web): State<Web>,
    Keeper(site, account): Keeper,
    Form(typed): Form<Typed>,
) -> Response {
    match invitation(&web, &site, &account, &typed).await {
        Ok(made) => page(&PeoplePage { made: Some(made), ..frame(&web, site, &account) }),
        Err(why) => refused(&web, site, &account, why),
    }
}

/// An invitation as these forms ask for it.
pub(super) async fn invitation(web: &Web, site: &Site, account: &Account, typed: &Typed) -> Result<Made, NotIn> {
    let role = Role::of(&typed.role).unwrap_or(Role::Reader);
    let days = INVITE_DAYS.into_iter().find(|days| *days == typed.days).unwrap_or(INVITE_DAYS[0]);
    let code = web.people.invite(account, role, days).await?;
    Ok(Made { link: link(site, &code), means: site.say("link-invites") })
}

/// A link that opens this node as the admin who reads it does.
fn link(site: &Site, code: &str) -> String {
    format!("{}/welcome/{code}", site.origin)
}

/// Says anew what somebody may do.
pub(super) async fn set_role(
    State(web): State<Web>,
    Keeper(site, account): Keeper,
    Form(typed): Form<Typed>,
) -> Response {
    let Some(role) = Role::of(&typed.role) else { return refused(&web, site, &account, NotIn::Gone) };
    done(&web, site, &account, web.people.set_role(&account.name, &typed.name, role).await)
}

/// Takes somebody out.
pub(super) async fn remove(
    State(web): State<Web>,
    Keeper(site, account): Keeper,
    Form(typed): Form<Typed>,
) -> Response {
    let removed = web.people.remove(&account.name, &typed.name).await;
    if removed.is_ok() {
        web.drafts.forget_all(&typed.name).await;
    }
    done(&web, site, &account, removed)
}

/// Makes a link for a new password.
pub(super) async fn reset(State(web): State<Web>, Keeper(site, account): Keeper, Form(typed): Form<Typed>) -> Response {
    match web.people.reset(&account.name, &typed.name).await {
        Ok(code) => {
            let means = site.with("link-resets", called(&web, &typed.name));
            let made = Made { link: link(&site, &code), means };
            page(&PeoplePage { made: Some(made), ..frame(&web, site, &account) })
        }
        Err(why) => refused(&web, site, &account, why),
    }
}

fn called(web: &Web, name: &str) -> String {
    web.people.account(name).map(|account| account.called().to_owned()).unwrap_or_default()
}

/// Ends a link before anybody used it.
pub(super) async fn end_link(
    State(web): State<Web>,
    Keeper(site, account): Keeper,
    Form(typed): Form<Typed>,
) -> Response {
    done(&web, site, &account, web.people.end_link(&typed.id).await)
}

fn done(web: &Web, site: Site, account: &Account, ended: Result<(), NotIn>) -> Response {
    match ended {
        Ok(()) => Redirect::to("/settings/people").into_response(),
        Err(why) => refused(web, site, account, why),
    }
}

impl PeoplePage {
    fn roles(&self) -> [Role; 4] {
        Role::ALL
    }

    fn is_own(&self, person: &Account) -> bool {
        person.name == self.own
    }

    fn has(&self, person: &Account, role: &Role) -> bool {
        person.role == *role
    }

    fn days(&self) -> [u32; 3] {
        INVITE_DAYS
    }

    /// Whom a link is for.
    fn whose(&self, link: &Link) -> String {
        let Some(name) = &link.of else { return self.site.with("link-for", self.site.role(&link.role)) };
        let found = self.people.iter().find(|account| account.name == *name);
        self.site.with("link-of", found.map_or(name.as_str(), Account::called))
    }
}
