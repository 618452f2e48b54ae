//! The end of a record: what it means and for whom, who has heard of it since, and what stands at its address afterwards.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use protocol::{
    identity::DocId,
    input::Request,
    refusal::Refusal,
    view::{Answer, ReachedView, RecordView},
};

use super::{
    Web, choose,
    circle::Circle,
    may::Writer,
    paper::seen_by,
    section::{Addressed, Section},
    sent::{Sent, SentTo},
    site::{Site, nothing_here, page},
};
use crate::catalog::Viewer;

#[derive(Template)]
#[template(path = "delete.html")]
struct DeletePage {
    site: Site,
    section: &'static str,
    id: String,
    title: String,
    /// The tag of the language it is written in.
    written: String,
    sees: String,
    is_shared: bool,
    wrong: Option<String>,
}

/// Asks once more.
pub(super) async fn ask_delete(
    State(web): State<Web>,
    Writer(site): Writer,
    Addressed { section, record, .. }: Addressed,
) -> Response {
    if !record.summary.own {
        return nothing_here(&site);
    }
    page(&asked(&web, site, section, &record, None).await)
}

/// Deletes a record everywhere.
pub(super) async fn delete(
    State(web): State<Web>,
    SentTo(Addressed { section, record, .. }, Sent { site, .. }): SentTo,
) -> Response {
    let id = record.summary.id;
    match web.node.ask(Request::Delete { doc: id.to_string() }).await {
        Ok(_) => {
            web.catalog.look(&web.node, id).await;
            // What only we had is gone at once, and there is nobody to tell.
            let to = if record.summary.audience == "private" { String::new() } else { format!("/{id}") };
            Redirect::to(&format!("/{}{to}", section.path)).into_response()
        }
        Err(refusal) => {
            let wrong = Some(site.language.refused(&refusal));
            (StatusCode::CONFLICT, page(&asked(&web, site, section, &record, wrong).await)).into_response()
        }
    }
}

async fn asked(
    web: &Web,
    site: Site,
    section: &'static Section,
    record: &RecordView,
    wrong: Option<String>,
) -> DeletePage {
    let circle = Circle::of(web).await;
    DeletePage {
        section: section.path,
        id: record.summary.id.to_string(),
        title: record.summary.title.clone(),
        written: choose::written(record).to_owned(),
        sees: seen_by(&site, &circle, record),
        is_shared: record.summary.audience != "private",
        wrong,
        site,
    }
}

#[derive(Template)]
#[template(path = "gone.html")]
struct GonePage {
    site: Site,
    section: &'static str,
    reached: Vec<ReachedView>,
    waiting: Vec<ReachedView>,
    moved: Option<String>,
}

/// What stands at the address of a record that lists do not show any more. Who could see everything here is told what
/// became of it; for others it never was, for they may have had no right to know of it.
pub(super) async fn gone(web: &Web, site: Site, section: &'static Section, id: &str) -> Response {
    let doc = id.parse::<DocId>().ok().filter(|_| site.viewer == Viewer::Inside);
    let Some(doc) = doc else { return nothing_here(&site) };
    match web.node.ask(Request::Show { doc: doc.to_string(), history: false }).await {
        Err(Refusal::Deleted) => {
            // Only its owner asks others to delete it.
            let members = match web.node.ask(Request::Reached { doc: doc.to_string() }).await {
                Ok(Answer::Reached { members }) => members,
                _ => vec![],
            };
            let (reached, waiting) = members.into_iter().partition(|member| member.reached);
            let gone = GonePage { section: section.path, reached, waiting, moved: None, site };
            (StatusCode::GONE, page(&gone)).into_response()
        }
        Ok(Answer::Record(record)) if record.superseded_by.is_some() && !record.successor_deleted => {
            let moved = record.superseded_by.map(|new| format!("/{}/{new}", section.path));
            let gone = GonePage { section: section.path, reached: vec![], waiting: vec![], moved, site };
            (StatusCode::GONE, page(&gone)).into_response()
        }
        _ => nothing_here(&site),
    }
}
