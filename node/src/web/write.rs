//! Writing: a new record, and an edit at what was read. Only who may write gets here.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use protocol::{
    identity::Hash,
    input::{AudienceAsk, EditorsAsk, Request},
    kinds,
    record::{self, Edit, Kind, Problem},
    refusal::Refusal,
    view::Answer,
};
use serde::Deserialize;

use super::{
    Web,
    form::{self, Cells, Part, Sort},
    section::{Addressed, Section},
    site::{Site, Writer, later, nothing_here, page},
};
#[derive(Template)]
#[template(path = "form.html")]
struct FormPage {
    site: Site,
    section: &'static str,
    action: String,
    title: String,
    help: String,
    kinds: Vec<(&'static str, String, bool)>,
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

impl Which {
    /// The kind to write; the first of the room unless another is asked for.
    fn of(&self, section: &Section) -> Option<&'static Kind> {
        section.kind(if self.kind.is_empty() { section.kinds.first()? } else { &self.kind })
    }
}

/// What stands in a form.
#[derive(Debug, Default)]
struct Draft {
    typed: Cells,
    /// What stood in it when it was made.
    was: Cells,
    /// The heads it was made from.
    heads: String,
    /// Who shall see it; of a new record alone.
    audience: Option<String>,
}

impl Draft {
    fn sent(body: &str) -> Draft {
        let (typed, was, rest) = form::typed(body);
        let heads = rest.get("heads").cloned().unwrap_or_default();
        Draft { typed, was, heads, audience: None }
    }
}

fn form_page(
    site: Site,
    section: &'static Section,
    kind: &'static Kind,
    draft: &Draft,
    problems: &[Problem],
) -> FormPage {
    let new = draft.audience.is_some();
    let several = new && section.kinds.len() > 1;
    let kinds = section.kinds.iter().filter(|_| several).filter_map(|name| kinds::kind(name));
    FormPage {
        section: section.path,
        action: if new { format!("/{}/new?kind={}", section.path, kind.name) } else { site.here.clone() },
        title: if new { site.with("new-title", site.word(kind.label)) } else { site.say("edit-again") },
        help: site.word(kind.help),
        kinds: kinds.map(|other| (other.name, site.word(other.label), other.name == kind.name)).collect(),
        parts: form::parts(kind, &draft.typed, &draft.was, problems, site.language),
        heads: draft.heads.clone(),
        audience: draft.audience.clone(),
        wrong: site.language.problems(kind, problems),
        site,
    }
}

/// The form once more: what was typed stays, and why it was not saved is said above it.
fn once_more(form: FormPage, refusal: Option<&Refusal>) -> Response {
    match refusal {
        None => (StatusCode::UNPROCESSABLE_ENTITY, page(&form)).into_response(),
        Some(refusal) => {
            let wrong = vec![form.site.language.refused(refusal)];
            (StatusCode::CONFLICT, page(&FormPage { wrong, ..form })).into_response()
        }
    }
}

/// An empty form.
pub(super) async fn new(Writer(site): Writer, section: &'static Section, Query(which): Query<Which>) -> Response {
    let Some(kind) = which.of(section) else { return nothing_here(&site) };
    let mut draft = Draft { audience: Some("private".into()), ..Draft::default() };
    draft.typed.insert("licence".into(), kind.licence.into());
    draft.typed.insert("language".into(), site.language.tag().into());
    page(&form_page(site, section, kind, &draft, &[]))
}

/// A new record from a form.
pub(super) async fn create(
    State(web): State<Web>,
    Writer(site): Writer,
    section: &'static Section,
    Query(which): Query<Which>,
    body: String,
) -> Response {
    let Some(kind) = which.of(section) else { return nothing_here(&site) };
    let (typed, _, rest) = form::typed(&body);
    let audience = rest.get("audience").map_or("private", String::as_str).to_owned();
    let (value, mut problems) = record::from_cells(kind, typed.iter().map(|(at, text)| (at.as_str(), text.as_str())));
    let asked = AudienceAsk::parse(&audience).unwrap_or(AudienceAsk::Private);
    let draft = Draft { typed, audience: Some(audience), ..Draft::default() };
    if problems.is_empty() {
        let editors = EditorsAsk::default();
        match web.node.ask(Request::Create { kind: kind.name.into(), value, audience: asked, editors }).await {
            Ok(Answer::Id { id }) => return saved(&web, section, &id.to_string()).await,
            Err(Refusal::Invalid(found)) => problems = found,
            Err(refusal) => return once_more(form_page(site, section, kind, &draft, &[]), Some(&refusal)),
            Ok(_) => return later(&site),
        }
    }
    once_more(form_page(site, section, kind, &draft, &problems), None)
}

/// The form of a record as it stands.
pub(super) async fn edit(Writer(site): Writer, Addressed { section, kind, record }: Addressed) -> Response {
    let cells = form::cells_of(kind, &record.fields);
    let heads = record.heads.iter().map(Hash::to_string).collect::<Vec<_>>().join(" ");
    let title = site.with("edit-title", &record.summary.title);
    let draft = Draft { typed: cells.clone(), was: cells, heads, audience: None };
    page(&FormPage { title, ..form_page(site, section, kind, &draft, &[]) })
}

/// What somebody changed in such a form, at the heads it was made from.
pub(super) async fn change(
    State(web): State<Web>,
    Writer(site): Writer,
    Addressed { section, kind, record }: Addressed,
    body: String,
) -> Response {
    let draft = Draft::sent(&body);
    let (mut set, mut problems) = (vec![], vec![]);
    for (path, text) in form::changed(&draft.typed, &draft.was) {
        match record::parse_field(kind, &path, &text) {
            Ok(value) => set.push((path, value)),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        let heads: Result<Vec<_>, _> = draft.heads.split(' ').map(|head| head.parse::<Hash>().map(|h| h.0)).collect();
        // Without them the edit would be made on what nobody here has read.
        let Ok(heads) = heads else {
            return once_more(form_page(site, section, kind, &draft, &[]), Some(&Refusal::StaleHeads));
        };
        match web.node.ask(Request::Edit { doc: record.summary.id.to_string(), heads, edit: Edit::Set(set) }).await {
            Ok(Answer::Id { id }) => return saved(&web, section, &id.to_string()).await,
            Err(Refusal::Invalid(found)) => problems = found,
            Err(refusal) => return once_more(form_page(site, section, kind, &draft, &[]), Some(&refusal)),
            Ok(_) => return later(&site),
        }
    }
    once_more(form_page(site, section, kind, &draft, &problems), None)
}

/// Lists may lag a moment behind what was just saved; its writer waits for them here.
pub(super) async fn saved(web: &Web, section: &'static Section, id: &str) -> Response {
    if let Ok(doc) = id.parse() {
        web.catalog.look(&web.node, doc).await;
    }
    Redirect::to(&format!("/{}/{id}", section.path)).into_response()
}
