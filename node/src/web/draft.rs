//! Drafts in the pages: kept by a button, or quietly by the script while somebody types; found again at the form and on a
//! page of their own.

use askama::Template;
use axum::{
    extract::{RawForm, State},
    http::{HeaderName, StatusCode},
    response::{IntoResponse, Redirect, Response},
};

use super::{
    Web,
    form::{self, Typed},
    hint::title_of,
    may::Writer,
    paper::{Paper, Said, clock},
    section::{SECTIONS, Section},
    sent::to_copy,
    site::{Site, nothing_here, page},
};
use crate::drafts::NotKept;

/// A draft in a list.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) id: String,
    pub(super) href: String,
    pub(super) title: String,
    pub(super) when: String,
}

/// The drafts that somebody has of this form, this one aside.
pub(super) fn others(web: &Web, site: &Site, action: &str, this: &str) -> Vec<Line> {
    let room = action.split('?').next().unwrap_or_default();
    lines(web, site, |at| at.split('?').next() == Some(room)).into_iter().filter(|line| line.id != this).collect()
}

fn lines(web: &Web, site: &Site, wanted: impl Fn(&str) -> bool) -> Vec<Line> {
    let Some(account) = &site.account else { return vec![] };
    let own = web.drafts.of(&account.name).into_iter().filter(|(_, draft)| wanted(&draft.at));
    let line = |(id, draft): (String, crate::drafts::Draft)| {
        let mark = if draft.at.contains('?') { '&' } else { '?' };
        Line {
            href: format!("{}{mark}draft={id}", draft.at),
            title: if draft.title.is_empty() { site.say("draft-untitled") } else { draft.title },
            when: format!("{}, {}", site.ago(&draft.kept_at), clock(site, draft.kept_at)),
            id,
        }
    };
    own.map(line).collect()
}

/// The form with a draft in it.
pub(super) async fn resume(paper: &Paper<'_>, site: Site, id: &str) -> Response {
    let kept = site.account.as_ref().and_then(|account| paper.web.drafts.one(&account.name, id));
    let Some(kept) = kept.filter(|kept| kept.at == paper.action()) else { return nothing_here(&site) };
    let mut all = form::typed(&kept.body);
    all.rest.insert("draft".into(), id.to_owned());
    let note = Some(site.with("draft-of", format!("{}, {}", site.ago(&kept.kept_at), clock(&site, kept.kept_at))));
    paper.page(site, &all, Said { note, ..Said::default() }).await
}

/// A draft whose record is gone can still be read, and copied.
pub(super) fn of_gone(web: &Web, site: Site, section: &Section, id: &str, answer: Response) -> Response {
    match site.account.as_ref().and_then(|account| web.drafts.one(&account.name, id)) {
        Some(kept) => to_copy(site, Some(section), &kept.body, "kept-gone", answer),
        None => answer,
    }
}

/// Keeps what is typed, by a button of the form.
pub(super) async fn keep(paper: &Paper<'_>, site: Site, all: Typed, body: &str) -> Response {
    match put(paper.web, &site, &paper.action(), &all, &title_of(paper.kind, &all.typed), body).await {
        Ok(id) => {
            let action = paper.action();
            let mark = if action.contains('?') { '&' } else { '?' };
            Redirect::to(&format!("{action}{mark}draft={id}")).into_response()
        }
        Err(why) => {
            let wrong = vec![site.say(said(why))];
            paper.page(site, &all, Said { status: StatusCode::CONFLICT, wrong, ..Said::default() }).await
        }
    }
}

async fn put(web: &Web, site: &Site, at: &str, all: &Typed, title: &str, body: &str) -> Result<String, NotKept> {
    let Some(account) = &site.account else { return Err(NotKept::Disk) };
    // Who looked at a hint once looks again when the draft is taken up; buttons and the id are not part of what was typed.
    let kept = form_urlencoded::parse(body.as_bytes()).filter(|(name, _)| !PASSING.contains(&name.as_ref()));
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
    web.drafts.keep(&account.name, all.about("draft"), at, title, &body).await
}

/// What is about this sending of a form and no other.
const PASSING: [&str; 4] = ["_deed", "_draft", "_seen", "_at"];

fn said(why: NotKept) -> &'static str {
    match why {
        NotKept::TooLong => "draft-too-long",
        NotKept::TooMany => "draft-too-many",
        NotKept::Disk => "draft-not-now",
    }
}

/// Keeps what is typed while somebody types. The script puts the answer beside the form; the id stands in its head.
pub(super) async fn quietly(State(web): State<Web>, Writer(site): Writer, RawForm(body): RawForm) -> Response {
    let body = String::from_utf8_lossy(&body).into_owned();
    let all = form::typed(&body);
    let at = all.about("at").to_owned();
    let section = SECTIONS.iter().find(|section| at.trim_start_matches('/').split('/').next() == Some(section.path));
    let is_form = at.split('?').next().is_some_and(|path| path.ends_with("/new") || path.ends_with("/edit"));
    let (Some(section), true) = (section, is_form && at.len() < 200) else { return nothing_here(&site) };
    // Of a kind nobody knows here the title is looked for where most have it.
    let titles = section.kinds.iter().filter_map(|name| protocol::kinds::kind(name));
    let title = titles.map(|kind| title_of(kind, &all.typed)).find(|title| !title.is_empty()).unwrap_or_default();
    match put(&web, &site, &at, &all, &title, &body).await {
        Ok(id) => {
            let note = site.with("draft-kept", clock(&site, crate::clock::now_ms()));
            ([(HeaderName::from_static("x-draft"), id)], note).into_response()
        }
        Err(why) => (StatusCode::CONFLICT, site.say(said(why))).into_response(),
    }
}

#[derive(Template)]
#[template(path = "drafts.html")]
struct DraftsPage {
    site: Site,
    drafts: Vec<Line>,
}

/// All that somebody was writing.
pub(super) async fn list(State(web): State<Web>, Writer(site): Writer) -> Response {
    page(&DraftsPage { drafts: lines(&web, &site, |_| true), site })
}

/// Throws a draft away.
pub(super) async fn throw_away(State(web): State<Web>, Writer(site): Writer, RawForm(body): RawForm) -> Response {
    let all = form::typed(&String::from_utf8_lossy(&body));
    forget(&web, &site, all.about("draft")).await;
    Redirect::to("/drafts").into_response()
}

/// Forgets a draft whose record was saved, or that nobody wants.
pub(super) async fn forget(web: &Web, site: &Site, id: &str) {
    if let Some(account) = site.account.as_ref().filter(|_| !id.is_empty()) {
        web.drafts.forget(&account.name, id).await;
    }
}
