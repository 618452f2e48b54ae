//! Writing: a new record, and an edit at what was read. Only who may write gets here. A form is sent back to itself for all
//! that its buttons do; saving is one of them.

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use protocol::{
    input::{AudienceAsk, EditorsAsk, Request},
    record::{self, Edit, Kind, Problem},
    refusal::Refusal,
    view::Answer,
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    Web,
    adopt::{self, Offer},
    choose, circle, draft,
    form::{self, Typed},
    hint, items, look,
    may::Writer,
    paper::{Paper, Said, heads, heads_of, id},
    section::{Addressed, Section},
    sent::{Sent, SentTo},
    site::{Site, nothing_here},
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Which {
    pub(super) kind: String,
    /// A draft to go on with.
    draft: String,
    /// The record that a lesson is about.
    about: String,
    /// A record to make one's own version of.
    from: String,
}

impl Which {
    /// The kind to write; the first of the room unless another is asked for.
    fn of(&self, section: &Section) -> Option<&'static Kind> {
        section.kind(if self.kind.is_empty() { section.kinds.first()? } else { &self.kind })
    }
}

/// An empty form, or a draft to go on with.
pub(super) async fn new(
    State(web): State<Web>,
    Writer(site): Writer,
    section: &'static Section,
    Query(which): Query<Which>,
) -> Response {
    let Some(kind) = which.of(section) else { return nothing_here(&site) };
    let paper = Paper { web: &web, section, kind, record: None };
    if !which.draft.is_empty() {
        return draft::resume(&paper, site, &which.draft).await;
    }
    let mut all = Typed::default();
    all.rest.insert("audience".into(), "private".into());
    all.typed.insert("licence".into(), kind.licence.into());
    all.typed.insert("language".into(), site.language.tag().into());
    if kind.field("about").is_some() && id(&which.about).is_some() {
        all.typed.insert("about".into(), which.about);
    }
    if !which.from.is_empty() {
        let Some(adopted) = adopt::copy(&web, &site, kind, &which.from).await else { return nothing_here(&site) };
        all.typed = form::cells_of(kind, &adopted.fields);
        all.rest.insert("from".into(), which.from);
        all.rest.insert("credit".into(), adopted.credit);
    }
    paper.page(site, &all, Said { is_new: true, ..Said::default() }).await
}

/// A new record from a form, or what another of its buttons does.
pub(super) async fn create(
    State(web): State<Web>,
    section: &'static Section,
    Query(which): Query<Which>,
    sent: Sent,
) -> Response {
    let Some(kind) = which.of(section) else { return nothing_here(&sent.site) };
    let paper = Paper { web: &web, section, kind, record: None };
    let (site, all) = match opened(&paper, sent).await {
        Ok(opened) => opened,
        Err(answer) => return *answer,
    };
    let (mut value, problems) = record::from_cells(kind, pairs(&all));
    if !problems.is_empty() {
        return paper.page(site, &all, wrong(&problems)).await;
    }
    if !all.about("from").is_empty() {
        adopt::mark(&web, &site, kind, all.about("from"), &mut value).await;
    }
    let audience = circle::asked(&all).unwrap_or(AudienceAsk::Private);
    if audience != AudienceAsk::Private && all.about("seen").is_empty() {
        let hints = hint::hints(&site, kind, &value);
        if hints.iter().any(|hint| hint.is_personal) {
            return paper.page(site, &all, Said { hints, ..Said::default() }).await;
        }
    }
    let request = Request::Create { kind: kind.name.into(), value, audience, editors: EditorsAsk::default() };
    match web.node.ask(request).await {
        Ok(Answer::Id { id }) => {
            draft::forget(&web, &site, all.about("draft")).await;
            saved(&web, section, &id.to_string()).await
        }
        Ok(_) => super::site::later(&site),
        Err(refusal) => refused(&paper, site, &all, refusal).await,
    }
}

/// The form of a record as it stands.
pub(super) async fn edit(
    State(web): State<Web>,
    Writer(site): Writer,
    addressed: Result<Addressed, Response>,
    section: &'static Section,
    Query(which): Query<Which>,
) -> Response {
    let Addressed { section, kind, record } = match addressed {
        Ok(addressed) => addressed,
        Err(answer) => return draft::of_gone(&web, site, section, &which.draft, answer),
    };
    // Who may not edit reads it on its page, where nothing stands that is kept confidential.
    if !Offer::of(&web, &site, kind, &record).edit {
        return super::share::sorry(&site, &Refusal::NotEditor(record.summary.owner_name));
    }
    let paper = Paper { web: &web, section, kind, record: Some(&record) };
    if !which.draft.is_empty() {
        return draft::resume(&paper, site, &which.draft).await;
    }
    let cells = form::cells_of(kind, &record.fields);
    let (ids, orders) = items::of_record(kind, &record.fields);
    let mut all = Typed { typed: cells.clone(), was: cells, ids, orders, ..Typed::default() };
    all.rest.insert("heads".into(), heads_of(&record));
    paper.page(site, &all, Said { is_new: true, ..Said::default() }).await
}

/// What somebody changed in such a form, at the heads it was made from, or what another of its buttons does.
pub(super) async fn change(
    State(web): State<Web>,
    SentTo(Addressed { section, kind, record }, sent): SentTo,
) -> Response {
    let paper = Paper { web: &web, section, kind, record: Some(&record) };
    let (site, all) = match opened(&paper, sent).await {
        Ok(opened) => opened,
        Err(answer) => return *answer,
    };
    let (set, problems) = to_set(&paper, &all);
    if !problems.is_empty() {
        return paper.page(site, &all, wrong(&problems)).await;
    }
    // Without them the edit would be made on what nobody here has read.
    let Some(heads) = heads(all.about("heads")) else {
        return refused(&paper, site, &all, Refusal::StaleHeads).await;
    };
    if record.summary.audience != "private" && all.about("seen").is_empty() {
        let hints = new_hints(&paper, &site, &all);
        if !hints.is_empty() {
            return paper.page(site, &all, Said { hints, ..Said::default() }).await;
        }
    }
    let doc = record.summary.id;
    match web.node.ask(Request::Edit { doc: doc.to_string(), heads, edit: Edit::Set(set) }).await {
        Ok(Answer::Id { id }) => {
            draft::forget(&web, &site, all.about("draft")).await;
            let mut answer = saved(&web, section, &id.to_string()).await;
            choose::note_saved(&web, &record, &mut answer).await;
            answer
        }
        Ok(_) => super::site::later(&site),
        Err(refusal) => refused(&paper, site, &all, refusal).await,
    }
}

/// Reads a form that was sent, and does what its buttons ask for, saving aside.
async fn opened(paper: &Paper<'_>, sent: Sent) -> Result<(Site, Typed), Box<Response>> {
    let Sent { site, body, is_cut } = sent;
    let mut all = form::typed(&body);
    if is_cut || all.is_cut {
        let wrong = vec![site.say("too-much")];
        let said = Said { status: StatusCode::PAYLOAD_TOO_LARGE, wrong, ..Said::default() };
        return Err(Box::new(paper.page(site, &all, said).await));
    }
    let button = all.about("deed").to_owned();
    let again = match button.as_str() {
        "keep" => return Err(Box::new(draft::keep(paper, site, all, &body).await)),
        "look" => return Err(Box::new(look::show(paper, site, &all, &body).await)),
        "back" => Some(String::new()),
        other => items::rearrange(other, &mut [&mut all.typed, &mut all.was, &mut all.ids, &mut all.orders]),
    };
    match again {
        None => Ok((site, all)),
        Some(focus) => Err(Box::new(paper.page(site, &all, Said { focus: &focus, ..Said::default() }).await)),
    }
}

/// Fields and lists, each with its new value; and what is wrong with some.
pub type ToSet = (Vec<(String, Value)>, Vec<Problem>);

/// What somebody changed: fields and whole lists.
fn to_set(paper: &Paper<'_>, all: &Typed) -> ToSet {
    let (mut set, problems) = typed_anew(paper.kind, paper.record.map_or(&Value::Null, |record| &record.fields), all);
    set.extend(choose::kept(paper.record, all, &set));
    (set, problems)
}

/// The same, where nobody had a choice to make.
fn typed_anew(kind: &Kind, fields: &Value, all: &Typed) -> ToSet {
    let (mut set, mut problems) = (vec![], vec![]);
    let moved = items::rearranged(&all.typed, &all.ids, &all.orders);
    let rest = |cells: &form::Cells| -> form::Cells {
        let apart = |path: &str| moved.iter().any(|list| path.split(['[', '.']).next() == Some(list));
        cells.iter().filter(|(path, _)| !apart(path)).map(|(path, text)| (path.clone(), text.clone())).collect()
    };
    for (path, text) in form::changed(&rest(&all.typed), &rest(&all.was)) {
        match record::parse_field(kind, &path, &text) {
            Ok(value) => set.push((path, value)),
            Err(problem) => problems.push(problem),
        }
    }
    for field in moved.iter().filter_map(|list| kind.field(list)) {
        let (value, wrong) = items::whole(kind, field, &all.typed, &all.ids, &fields[field.name]);
        set.push((field.name.to_owned(), value));
        problems.extend(wrong);
    }
    (set, problems)
}

/// What the body of a form says: as a change of a record that has these fields, or as a record of its own, and what is
/// wrong with either. A button that moves items of a list is obeyed first. Any body at all can be given.
pub fn said(kind: &Kind, fields: &Value, body: &str) -> [ToSet; 2] {
    let mut all = form::typed(body);
    let button = all.about("deed").to_owned();
    items::rearrange(&button, &mut [&mut all.typed, &mut all.was, &mut all.ids, &mut all.orders]);
    let (record, problems) = record::from_cells(kind, pairs(&all));
    let record = record.as_object().cloned().unwrap_or_default();
    [typed_anew(kind, fields, &all), (record.into_iter().collect(), problems)]
}

/// What a form says as a record, with what forms do not ask for.
pub(super) fn as_record(paper: &Paper<'_>, all: &Typed) -> (Value, Vec<Problem>) {
    let (mut value, problems) = record::from_cells(paper.kind, pairs(all));
    if let (Some(record), Some(fields)) = (paper.record, value.as_object_mut()) {
        for field in paper.kind.fields().iter().filter(|field| !field.asked) {
            fields.extend(record.fields.get(field.name).map(|kept| (field.name.to_owned(), kept.clone())));
        }
    }
    (value, problems)
}

/// What could tell who somebody is in what was typed, and did not stand there before.
fn new_hints(paper: &Paper<'_>, site: &Site, all: &Typed) -> Vec<hint::Hint> {
    let before = paper.record.map_or(vec![], |record| hint::hints(site, paper.kind, &record.fields));
    let mut now = hint::hints(site, paper.kind, &as_record(paper, all).0);
    now.retain(|hint| hint.is_personal && before.iter().all(|old| old.text != hint.text));
    now
}

pub(super) fn pairs(all: &Typed) -> impl Iterator<Item = (&str, &str)> {
    all.typed.iter().map(|(at, text)| (at.as_str(), text.as_str()))
}

fn wrong(problems: &[Problem]) -> Said<'_> {
    Said { status: StatusCode::UNPROCESSABLE_ENTITY, problems, ..Said::default() }
}

/// The form once more: what was typed stays, and why it was not saved is said above it.
async fn refused(paper: &Paper<'_>, site: Site, all: &Typed, refusal: Refusal) -> Response {
    match &refusal {
        Refusal::Invalid(problems) => paper.page(site, all, wrong(problems)).await,
        refusal => {
            let wrong = vec![site.language.refused(refusal)];
            paper.page(site, all, Said { status: StatusCode::CONFLICT, wrong, ..Said::default() }).await
        }
    }
}

/// Lists may lag a moment behind what was just saved; its writer waits for them here.
pub(super) async fn saved(web: &Web, section: &'static Section, id: &str) -> Response {
    if let Ok(doc) = id.parse() {
        web.catalog.look(&web.node, doc).await;
    }
    Redirect::to(&format!("/{}/{id}", section.path)).into_response()
}
