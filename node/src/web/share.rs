//! Who may have a record, and who may edit it. Each is a page that says what it means before it is done; what more people
//! shall see is shown to its owner first, as they will see it.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use protocol::{
    input::{AudienceAsk, Request},
    record::{self, Kind},
    refusal::Refusal,
    view::{Answer, RecordView},
};

use super::{
    Web, choose,
    circle::{self, Circle},
    form,
    hint::hints,
    look::{self, Back, Look},
    may::Writer,
    paper::{Paper, seen_by},
    section::{Addressed, Section},
    sent::{Sent, SentTo},
    site::{Site, later, nothing_here, page},
    write::saved,
};

#[derive(Template)]
#[template(path = "share.html")]
struct SharePage {
    site: Site,
    section: &'static str,
    id: String,
    title: String,
    /// The tag of the language it is written in.
    written: String,
    audience: String,
    named: Vec<String>,
    editors: &'static str,
    editing: Vec<String>,
    circle: Circle,
    sees: String,
    /// What sharing needs and is not there yet: each field's input and name.
    missing: Vec<(String, String)>,
    wrong: Vec<String>,
}

/// Who may have a record, and what choosing otherwise means.
pub(super) async fn share(
    State(web): State<Web>,
    Writer(site): Writer,
    Addressed { section, kind, record }: Addressed,
) -> Response {
    sharing(&web, site, (section, kind), record, vec![], StatusCode::OK).await
}

async fn sharing(
    web: &Web,
    site: Site,
    (section, kind): (&'static Section, &'static Kind),
    record: RecordView,
    wrong: Vec<String>,
    status: StatusCode,
) -> Response {
    if !record.summary.own {
        return nothing_here(&site);
    }
    let circle = Circle::of(web).await;
    let share = SharePage {
        section: section.path,
        id: record.summary.id.to_string(),
        sees: seen_by(&site, &circle, &record),
        missing: missing(&site, kind, &record),
        written: choose::written(&record).to_owned(),
        title: record.summary.title,
        audience: record.summary.audience.to_owned(),
        named: record.shared_with.iter().map(ToString::to_string).collect(),
        editors: record.editors,
        editing: record.edited_by.iter().map(ToString::to_string).collect(),
        circle,
        wrong,
        site,
    };
    (status, page(&share)).into_response()
}

/// What others rely on and is not written yet. A licence is no must, but without one nobody passes it on.
fn missing(site: &Site, kind: &Kind, record: &RecordView) -> Vec<(String, String)> {
    let problems = record::problems_to_share(kind, &record.fields);
    let mut paths: Vec<String> = problems.into_iter().map(|problem| problem.field).collect();
    if kind.field("licence").is_some() && record.fields["licence"].as_str().is_none_or(str::is_empty) {
        paths.push("licence".into());
    }
    let label = |path: &str| kind.field_of(path).map(|field| site.word(field.label));
    paths.into_iter().filter_map(|path| Some((path.clone(), label(&path)?))).collect()
}

/// The record as those will see it with whom it shall be shared, and what it means; nothing is done yet.
pub(super) async fn look(
    State(web): State<Web>,
    Writer(site): Writer,
    Addressed { section, kind, record }: Addressed,
    RawQuery(query): RawQuery,
) -> Response {
    let all = form::typed(query.as_deref().unwrap_or_default());
    let audience = circle::asked(&all);
    let Some(audience) = audience.filter(|_| record.summary.own) else {
        return sharing(&web, site, (section, kind), record, vec![], StatusCode::OK).await;
    };
    if audience == AudienceAsk::Partners(vec![]) {
        let wrong = vec![site.say("share-nobody")];
        return sharing(&web, site, (section, kind), record, wrong, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let problems = record::problems_to_share(kind, &record.fields);
    if audience != AudienceAsk::Private && !problems.is_empty() {
        let wrong = site.language.problems(kind, &problems);
        return sharing(&web, site, (section, kind), record, wrong, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let circle = Circle::of(&web).await;
    let wider = circle::is_wider(&record, &audience);
    let mut means = vec![site.say(if wider { "wider-means" } else { "narrower-means" })];
    if !wider && audience == AudienceAsk::Private {
        means.push(site.say("narrower-kept"));
    }
    let mut fields = vec![("_audience".to_owned(), circle::word(&audience).to_owned())];
    if let AudienceAsk::Partners(ids) = &audience {
        fields.extend(ids.iter().map(|id| ("_named".to_owned(), id.clone())));
    }
    let here = format!("/{}/{}/share", section.path, record.summary.id);
    let look = Look {
        action: here.clone(),
        fields,
        sees: circle.told(&site, &audience),
        means,
        hints: if wider { hints(&site, kind, &record.fields) } else { vec![] },
        go: ("share", site.say(if wider { "share-go" } else { "choose" })),
        back: Back::To(here),
        is_form: false,
    };
    let paper = Paper { web: &web, section, kind, record: Some(&record) };
    let mut as_shared = RecordView { conflicts: vec![], history: None, ..record.clone() };
    as_shared.summary.audience = circle::word(&audience);
    look::shown(&paper, site, as_shared, look)
}

/// Says anew who may have a record, or who may edit it.
pub(super) async fn choose_audience(
    State(web): State<Web>,
    SentTo(Addressed { section, kind, record }, Sent { site, body, .. }): SentTo,
) -> Response {
    let all = form::typed(&body);
    let doc = record.summary.id.to_string();
    let request = match (circle::asked(&all), circle::editors(&all)) {
        (Some(audience), _) => Request::Share { doc, audience },
        (None, Some(editors)) => Request::LetEdit { doc, editors },
        (None, None) => return sharing(&web, site, (section, kind), record, vec![], StatusCode::OK).await,
    };
    match web.node.ask(request).await {
        Ok(Answer::Id { id }) => {
            web.catalog.look(&web.node, record.summary.id).await;
            saved(&web, section, &id.to_string()).await
        }
        Err(Refusal::Invalid(wrong)) => {
            let wrong = site.language.problems(kind, &wrong);
            sharing(&web, site, (section, kind), record, wrong, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(refusal) => {
            let wrong = vec![site.language.refused(&refusal)];
            sharing(&web, site, (section, kind), record, wrong, StatusCode::CONFLICT).await
        }
        Ok(_) => later(&site),
    }
}

/// Why something was not done, on a page of its own.
pub(super) fn sorry(site: &Site, refusal: &Refusal) -> Response {
    super::site::sorry(site, StatusCode::CONFLICT, site.say("not-done"), site.language.refused(refusal))
}

/// Back to a record.
pub(super) fn to_record(section: &Section, id: &str) -> Response {
    Redirect::to(&format!("/{}/{id}", section.path)).into_response()
}
