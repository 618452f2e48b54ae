//! Writing: a new record, and an edit at what was read. Only who may write gets here.

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use protocol::{
    identity::Hash,
    input::{AudienceAsk, EditorsAsk, Request},
    kinds,
    record::{self, Edit, Kind, Problem},
    refusal::Refusal,
    view::{Answer, RecordView},
};
use serde::Deserialize;

use super::{
    Web,
    form::{self, Cells, Part, Sort},
    section::Section,
    site::{Site, later, nothing_here, page},
};
#[derive(Template)]
#[template(path = "form.html")]
struct FormPage {
    site: Site,
    section: &'static str,
    action: String,
    title: String,
    help: &'static str,
    kinds: Vec<(&'static str, &'static str, bool)>,
    parts: Vec<Part>,
    heads: String,
    audience: Option<String>,
    wrong: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Which {
    kind: String,
}

/// What a reader gets who may not write here; nothing for who may.
pub(super) fn no_writer(site: &Site) -> Option<Response> {
    match &site.account {
        Some(_) if site.may_write() => None,
        Some(_) => Some(nothing_here(site)),
        None => Some(Redirect::to("/sign-in").into_response()),
    }
}

fn kind_of(section: &'static Section, name: &str) -> Option<&'static Kind> {
    let name = if name.is_empty() { section.kinds.first()? } else { name };
    section.kinds.contains(&name).then(|| kinds::kind(name)).flatten()
}

/// An empty form.
pub(super) async fn new(
    section: &'static Section,
    State(_): State<Web>,
    site: Site,
    Query(which): Query<Which>,
) -> Response {
    if let Some(no) = no_writer(&site) {
        return no;
    }
    let Some(kind) = kind_of(section, &which.kind) else { return nothing_here(&site) };
    let mut typed = Cells::new();
    typed.insert("licence".into(), kind.licence.into());
    typed.insert("language".into(), site.language.tag().into());
    fresh(site, section, kind, &typed, &[], "private", StatusCode::OK)
}

/// A new record from a form.
pub(super) async fn create(
    section: &'static Section,
    State(web): State<Web>,
    site: Site,
    Query(which): Query<Which>,
    body: String,
) -> Response {
    if let Some(no) = no_writer(&site) {
        return no;
    }
    let Some(kind) = kind_of(section, &which.kind) else { return nothing_here(&site) };
    let (typed, _, rest) = form::typed(&body);
    let audience = rest.get("audience").map_or("private", String::as_str).to_owned();
    let (value, wrong) = record::from_cells(kind, typed.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    if !wrong.is_empty() {
        return fresh(site, section, kind, &typed, &wrong, &audience, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let ask = AudienceAsk::parse(&audience).unwrap_or(AudienceAsk::Private);
    let request = Request::Create { kind: kind.name.into(), value, audience: ask, editors: EditorsAsk::default() };
    match web.node.ask(request).await {
        Ok(Answer::Id { id }) => saved(&web, section, &id.to_string()).await,
        Err(Refusal::Invalid(wrong)) => {
            fresh(site, section, kind, &typed, &wrong, &audience, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(refusal) => refused(site, section, kind, &typed, &typed, String::new(), Some(audience), &refusal),
        Ok(_) => later(&site),
    }
}

/// The form of a record as it stands.
pub(super) async fn edit(
    section: &'static Section,
    State(web): State<Web>,
    site: Site,
    Path(id): Path<String>,
) -> Response {
    if let Some(no) = no_writer(&site) {
        return no;
    }
    let Some((kind, record)) = whole(&web, section, &id).await else { return nothing_here(&site) };
    let cells = form::cells_of(kind, &record.fields);
    let heads = record.heads.iter().map(Hash::to_string).collect::<Vec<_>>().join(" ");
    let title = site.with("edit-title", &record.summary.title);
    let parts = form::parts(kind, &cells, &cells, &[], site.say("form-more"));
    let (action, section) = (format!("/{}/{id}/edit", section.path), section.path);
    let (kinds, audience, wrong) = (vec![], None, vec![]);
    page(&FormPage { section, action, title, help: kind.help, kinds, parts, heads, audience, wrong, site })
}

/// What somebody changed in such a form, at the heads it was made from.
pub(super) async fn change(
    section: &'static Section,
    State(web): State<Web>,
    site: Site,
    Path(id): Path<String>,
    body: String,
) -> Response {
    if let Some(no) = no_writer(&site) {
        return no;
    }
    let Some((kind, _)) = whole(&web, section, &id).await else { return nothing_here(&site) };
    let (typed, was, rest) = form::typed(&body);
    let heads = rest.get("heads").cloned().unwrap_or_default();
    let mut wrong = vec![];
    let mut set = vec![];
    for (path, text) in form::changed(&typed, &was) {
        match record::parse_field(kind, &path, &text) {
            Ok(value) => set.push((path, value)),
            Err(problem) => wrong.push(problem),
        }
    }
    let asked = Request::Edit {
        doc: id.clone(),
        heads: heads.split(' ').filter_map(|head| head.parse::<Hash>().ok()).map(|head| head.0).collect(),
        edit: Edit::Set(set),
    };
    if wrong.is_empty() {
        match web.node.ask(asked).await {
            Ok(Answer::Id { id }) => return saved(&web, section, &id.to_string()).await,
            Err(Refusal::Invalid(problems)) => wrong = problems,
            Err(refusal) => return refused(site, section, kind, &typed, &was, heads, None, &refusal),
            Ok(_) => return later(&site),
        }
    }
    let parts = form::parts(kind, &typed, &was, &wrong, site.say("form-more"));
    let (title, action) = (site.say("edit-again"), format!("/{}/{id}/edit", section.path));
    let wrong = told(&site, kind, &wrong);
    let form = FormPage {
        section: section.path,
        action,
        title,
        help: kind.help,
        kinds: vec![],
        parts,
        heads,
        audience: None,
        wrong,
        site,
    };
    (StatusCode::UNPROCESSABLE_ENTITY, page(&form)).into_response()
}

/// Lists may lag a moment behind what was just saved; its writer waits for them here.
pub(super) async fn saved(web: &Web, section: &'static Section, id: &str) -> Response {
    if let Ok(doc) = id.parse() {
        web.catalog.look(&web.node, doc).await;
    }
    Redirect::to(&format!("/{}/{id}", section.path)).into_response()
}

pub(super) async fn whole(web: &Web, section: &'static Section, id: &str) -> Option<(&'static Kind, RecordView)> {
    let show = Request::Show { doc: id.to_owned(), history: false };
    let Ok(Answer::Record(record)) = web.node.ask(show).await else { return None };
    Some((kind_of(section, &record.summary.kind)?, *record))
}

fn fresh(
    site: Site,
    section: &'static Section,
    kind: &'static Kind,
    typed: &Cells,
    wrong: &[Problem],
    audience: &str,
    status: StatusCode,
) -> Response {
    let several = section.kinds.len() > 1;
    let kinds = section.kinds.iter().filter(|_| several).filter_map(|name| kinds::kind(name));
    let form = FormPage {
        section: section.path,
        action: format!("/{}/new?kind={}", section.path, kind.name),
        title: site.with("new-title", kind.label),
        help: kind.help,
        kinds: kinds.map(|other| (other.name, other.label, other.name == kind.name)).collect(),
        parts: form::parts(kind, typed, &Cells::new(), wrong, site.say("form-more")),
        heads: String::new(),
        audience: Some(audience.to_owned()),
        wrong: told(&site, kind, wrong),
        site,
    };
    (status, page(&form)).into_response()
}

/// What was typed stays; why it was not saved is said above it.
#[allow(clippy::too_many_arguments)]
fn refused(
    site: Site,
    section: &'static Section,
    kind: &'static Kind,
    typed: &Cells,
    was: &Cells,
    heads: String,
    audience: Option<String>,
    refusal: &Refusal,
) -> Response {
    let form = FormPage {
        section: section.path,
        action: site.here.clone(),
        title: site.say("edit-again"),
        help: kind.help,
        kinds: vec![],
        parts: form::parts(kind, typed, was, &[], site.say("form-more")),
        heads,
        audience,
        wrong: vec![refusal.to_string()],
        site,
    };
    (StatusCode::CONFLICT, page(&form)).into_response()
}

/// Each mistake with the name of its field.
pub(super) fn told(site: &Site, kind: &Kind, wrong: &[Problem]) -> Vec<String> {
    let label = |path: &str| {
        let name = path.split(['[', '.']).next().unwrap_or_default();
        kind.field(name).map_or_else(|| path.to_owned(), |field| field.label.to_owned())
    };
    wrong.iter().map(|problem| site.pair("wrong-in", &label(&problem.field), &problem.what.to_string())).collect()
}
