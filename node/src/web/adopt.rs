//! Versions of one's own of what others wrote: the form filled with a copy, the short way to say that one uses something
//! too, and the words that say where a copy is from.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use protocol::{
    identity::DocId,
    input::{EditorsAsk, Request},
    record::{self, Kind, NotAdopted},
    view::{Answer, RecordView},
};
use serde_json::Value;

use super::{
    Web, choose,
    circle::{self, Circle},
    form::{self, Typed},
    hint::{self, Hint, is_adopted},
    may::Writer,
    section::{Addressed, Section, of_kind},
    sent::{Sent, SentTo, remembered},
    site::{Site, later, nothing_here, page},
    write::saved,
};
use crate::confidential;

/// A copy to go on from.
#[derive(Debug)]
pub(super) struct Copy {
    pub(super) fields: Value,
    /// Whose the original is, in words.
    pub(super) credit: String,
}

/// What a reader may do with somebody's record.
#[derive(Debug, Default)]
pub(super) struct Offer {
    /// Changing it: one's own, and what its owner lets others change.
    pub(super) edit: bool,
    /// Their own version, and telling that they use it too.
    pub(super) adopt: bool,
    pub(super) also: bool,
    /// Why there is no version of one's own to make; empty where there is, or where nobody would want one.
    pub(super) why_not: String,
    /// Telling what happened: the lesson's form.
    pub(super) tell: bool,
}

impl Offer {
    pub(super) fn of(web: &Web, site: &Site, kind: &Kind, record: &RecordView) -> Offer {
        if !site.may_write() {
            return Offer::default();
        }
        let edit = confidential::may_edit(record, web.catalog.whose().member);
        let offer = Offer { edit, tell: kind.name == "practice", ..Offer::default() };
        if record.summary.own || !is_adopted(kind) {
            return offer;
        }
        match record::may_be_adopted(&record.fields) {
            Ok(_) => Offer { adopt: true, also: kind.field("maturity").is_some(), ..offer },
            Err(why) => Offer { why_not: site.with(said(why), &record.summary.owner_name), ..offer },
        }
    }
}

fn said(why: NotAdopted) -> &'static str {
    match why {
        NotAdopted::NoLicence => "adopt-no-licence",
        NotAdopted::NoChanges => "adopt-no-changes",
    }
}

/// A copy of a record that the reader may see, if its licence allows one.
pub(super) async fn copy(web: &Web, site: &Site, kind: &Kind, id: &str) -> Option<Copy> {
    let row = web.catalog.row(site.viewer, &id.parse::<DocId>().ok()?)?;
    if row.own || row.kind.name != kind.name || !is_adopted(kind) {
        return None;
    }
    let Ok(Answer::Record(record)) = web.node.ask(Request::Show { doc: id.into(), history: false }).await else {
        return None;
    };
    let licence = record.fields["licence"].as_str().unwrap_or_default();
    let whose = match record.fields["attribution"].as_str() {
        Some(wished) if !wished.trim().is_empty() => wished,
        _ => &record.summary.owner_name,
    };
    let (title, name) = (&record.summary.title, &site.name);
    let own = site.language.say_all("adopt-credit", &[("name", name), ("title", title), ("whose", &whose)]);
    let credit = [("title", title as &dyn std::fmt::Display), ("name", &whose), ("licence", &licence)];
    let credit = site.language.say_all("adapted-from", &credit);
    // The line for credit holds no more.
    let own: String = own.chars().take(200).collect();
    let fields = record::adopted(kind, &without_confidential(&record), id, &own).ok()?;
    Some(Copy { fields, credit })
}

fn without_confidential(record: &RecordView) -> Value {
    confidential::without(record.fields.clone())
}

/// Says in a new record where it is from. A form only names the record: what is kept of it is looked up here.
pub(super) async fn mark(web: &Web, site: &Site, kind: &Kind, from: &str, value: &mut Value) {
    let Some(copy) = copy(web, site, kind, from).await else { return };
    for name in ["adopted_from", "origin"] {
        value[name] = copy.fields[name].clone();
    }
    // Who cleared the credit still gives it: that is what the licence asks for.
    if value["attribution"].as_str().is_none_or(|text| text.trim().is_empty()) {
        value["attribution"] = copy.fields["attribution"].clone();
    }
}

/// Whose record this one was made from, in words, and where that stands.
pub(super) fn adapted_from(web: &Web, site: &Site, fields: &Value) -> Option<(String, String)> {
    let doc = fields["adopted_from"].as_str()?.parse::<DocId>().ok()?;
    let row = web.catalog.row(site.viewer, &doc)?;
    let licence = fields["licence"].as_str().unwrap_or_default();
    let said: [(&str, &dyn std::fmt::Display); 3] =
        [("title", &row.title), ("name", &row.owner_name), ("licence", &licence)];
    Some((format!("/{}/{doc}", of_kind(row.kind.name).path), site.language.say_all("adapted-from", &said)))
}

#[derive(Template)]
#[template(path = "also.html")]
struct AlsoPage {
    site: Site,
    section: &'static str,
    id: String,
    title: String,
    /// The tag of the language it is written in.
    written: String,
    maturities: Vec<(&'static str, String)>,
    typed: Typed,
    audience: String,
    circle: Circle,
    credit: String,
    hints: Vec<Hint>,
    wrong: Vec<String>,
}

/// The short form that says how somebody uses a practice too.
pub(super) async fn also(
    State(web): State<Web>,
    Writer(site): Writer,
    Addressed { section, kind, record }: Addressed,
) -> Response {
    let mut typed = Typed::default();
    typed.rest.insert("audience".into(), "network".into());
    short(&web, site, (section, kind), &record, typed, (vec![], vec![])).await
}

async fn short(
    web: &Web,
    site: Site,
    (section, kind): (&'static Section, &'static Kind),
    record: &RecordView,
    typed: Typed,
    (hints, wrong): (Vec<Hint>, Vec<String>),
) -> Response {
    let id = record.summary.id.to_string();
    let Some(copy) = copy(web, &site, kind, &id).await else { return nothing_here(&site) };
    let circle = Circle::of(web).await;
    let wanted = typed.about("audience").to_owned();
    let audience = if circle.ways().contains(&wanted.as_str()) { wanted } else { "private".into() };
    let choices = match kind.field("maturity").map(|field| &field.shape) {
        Some(record::Shape::Choice(choices)) => *choices,
        _ => return nothing_here(&site),
    };
    let maturities = choices.iter().map(|choice| (choice.value, site.word(choice.label))).collect();
    let (title, written) = (record.summary.title.clone(), choose::written(record).to_owned());
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let credit = copy.credit;
    let section = section.path;
    let also =
        AlsoPage { section, id, title, written, maturities, typed, audience, circle, credit, hints, wrong, site };
    remembered((status, page(&also)).into_response())
}

/// Makes such a version: their words, with what is different here.
pub(super) async fn use_too(
    State(web): State<Web>,
    SentTo(Addressed { section, kind, record }, Sent { site, body, .. }): SentTo,
) -> Response {
    let typed = form::typed(&body);
    let id = record.summary.id.to_string();
    let Some(copy) = copy(&web, &site, kind, &id).await else { return nothing_here(&site) };
    let mut cells = form::cells_of(kind, &copy.fields);
    cells.extend(typed.typed.iter().map(|(path, text)| (path.clone(), text.clone())));
    let (mut value, problems) = record::from_cells(kind, cells.iter().map(|(at, text)| (at.as_str(), text.as_str())));
    mark(&web, &site, kind, &id, &mut value).await;
    if !problems.is_empty() {
        let wrong = site.language.problems(kind, &problems);
        return short(&web, site, (section, kind), &record, typed, (vec![], wrong)).await;
    }
    let audience = circle::asked(&typed).unwrap_or_default();
    let hints = hint::hints(&site, kind, &value);
    let mine = |hint: &Hint| hint.is_personal && typed.typed.contains_key(&hint.path);
    if typed.about("seen").is_empty() && audience != Default::default() && hints.iter().any(mine) {
        let hints = hints.into_iter().filter(|hint| mine(hint)).collect();
        return short(&web, site, (section, kind), &record, typed, (hints, vec![])).await;
    }
    let editors = EditorsAsk::default();
    match web.node.ask(Request::Create { kind: kind.name.into(), value, audience, editors }).await {
        Ok(Answer::Id { id }) => saved(&web, section, &id.to_string()).await,
        Ok(_) => later(&site),
        Err(refusal) => {
            let wrong = vec![site.language.refused(&refusal)];
            short(&web, site, (section, kind), &record, typed, (vec![], wrong)).await
        }
    }
}
