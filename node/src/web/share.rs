//! Who may have a record, and its end. Each is a page that says what it means before it is done.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use protocol::{
    input::{AudienceAsk, Request},
    refusal::Refusal,
    view::{Answer, RecordView},
};

use super::{
    Web, form,
    section::{Addressed, Section},
    site::{Site, Writer, later, page},
    write::saved,
};

#[derive(Template)]
#[template(path = "share.html")]
struct SharePage {
    site: Site,
    section: &'static str,
    id: String,
    title: String,
    audience: String,
    wrong: Vec<String>,
}

/// Who may have a record, and what choosing otherwise means.
pub(super) async fn share(Writer(site): Writer, Addressed { section, record, .. }: Addressed) -> Response {
    sharing(site, section, record, vec![], StatusCode::OK)
}

fn sharing(
    site: Site,
    section: &'static Section,
    record: RecordView,
    wrong: Vec<String>,
    status: StatusCode,
) -> Response {
    let (id, title, audience) =
        (record.summary.id.to_string(), record.summary.title, record.summary.audience.to_owned());
    (status, page(&SharePage { section: section.path, id, title, audience, wrong, site })).into_response()
}

/// Says anew who may have a record.
pub(super) async fn choose_audience(
    State(web): State<Web>,
    Writer(site): Writer,
    Addressed { section, kind, record }: Addressed,
    body: String,
) -> Response {
    let (_, _, rest) = form::typed(&body);
    let audience = rest.get("audience").and_then(|text| AudienceAsk::parse(text));
    let Some(audience) = audience else { return sharing(site, section, record, vec![], StatusCode::OK) };
    match web.node.ask(Request::Share { doc: record.summary.id.to_string(), audience }).await {
        Ok(Answer::Id { id }) => {
            web.catalog.look(&web.node, record.summary.id).await;
            saved(&web, section, &id.to_string()).await
        }
        Err(Refusal::Invalid(wrong)) => {
            let wrong = site.language.problems(kind, &wrong);
            sharing(site, section, record, wrong, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(refusal) => {
            let wrong = vec![site.language.refused(&refusal)];
            sharing(site, section, record, wrong, StatusCode::CONFLICT)
        }
        Ok(_) => later(&site),
    }
}

#[derive(Template)]
#[template(path = "delete.html")]
struct DeletePage {
    site: Site,
    section: &'static str,
    id: String,
    title: String,
    wrong: Option<String>,
}

/// Asks once more.
pub(super) async fn ask_delete(Writer(site): Writer, Addressed { section, record, .. }: Addressed) -> Response {
    page(&asked(site, section, record, None))
}

/// Deletes a record everywhere.
pub(super) async fn delete(
    State(web): State<Web>,
    Writer(site): Writer,
    Addressed { section, record, .. }: Addressed,
) -> Response {
    match web.node.ask(Request::Delete { doc: record.summary.id.to_string() }).await {
        Ok(_) => {
            web.catalog.look(&web.node, record.summary.id).await;
            Redirect::to(&format!("/{}", section.path)).into_response()
        }
        Err(refusal) => {
            let wrong = Some(site.language.refused(&refusal));
            (StatusCode::CONFLICT, page(&asked(site, section, record, wrong))).into_response()
        }
    }
}

fn asked(site: Site, section: &'static Section, record: RecordView, wrong: Option<String>) -> DeletePage {
    let (id, title) = (record.summary.id.to_string(), record.summary.title);
    DeletePage { section: section.path, id, title, wrong, site }
}
