//! Two answers in one field, and one click to choose; and the last save, which can be taken back.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use protocol::{
    identity::{DocId, Hash},
    input::Request,
    record::{Edit, Kind},
    view::{Answer, ConflictValue, RecordView},
};
use serde_json::Value;

use super::{
    Web,
    form::{self, Typed},
    paper::heads,
    section::Addressed,
    sent::SentTo,
    shown::Light,
    site::{Site, cookie},
    write::saved,
};

/// A field with several answers.
#[derive(Debug)]
pub(super) struct Choice {
    /// Its place in the record.
    pub(super) field: String,
    pub(super) label: String,
    pub(super) answers: Vec<form::Answer>,
}

/// The fields of a record that wait for somebody to choose.
pub(super) fn choices(web: &Web, site: &Site, kind: &Kind, record: &RecordView) -> Vec<Choice> {
    let choice = |conflict: &protocol::view::ConflictView| {
        let name = conflict.field.split(['[', '.']).next().unwrap_or_default();
        let answers = conflict.values.iter().map(|value| form::Answer {
            change: value.change.to_string(),
            shown: shown(site, web, (kind, written(record)), &conflict.field, &value.value),
            by: said_by(site, value),
        });
        let label = kind.field(name).map_or_else(|| name.to_owned(), |field| site.word(field.label));
        Choice { field: conflict.field.clone(), label, answers: answers.collect() }
    };
    record.conflicts.iter().map(choice).collect()
}

/// A value of a field, ready for a page: by how its kind describes it, or as text where it lies inside a list.
/// What somebody wrote says which language it is in.
pub(super) fn shown(site: &Site, web: &Web, (kind, written): (&Kind, &str), field: &str, value: &Value) -> String {
    use askama::Template;
    let written = site.foreign(written).unwrap_or_default();
    let light = Light { language: site.language, written, viewer: site.viewer, catalog: &web.catalog };
    let known = kind.field(field).and_then(|field| light.show(field, value));
    let plain = || match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let known = known.unwrap_or_else(|| super::shown::Shown::Line(plain()));
    known.render().unwrap_or_default()
}

/// The tag of the language that a record is written in; empty where it does not say.
pub(super) fn written(record: &RecordView) -> &str {
    record.fields["language"].as_str().unwrap_or_default()
}

/// Who gave an answer, and when.
pub(super) fn said_by(site: &Site, value: &ConflictValue) -> String {
    if value.at == 0 { value.by.clone() } else { format!("{}, {}", value.by, site.ago(&value.at)) }
}

/// The answers that were ticked in a form, of fields that were not changed otherwise.
pub(super) fn kept(record: Option<&RecordView>, all: &Typed, set: &[(String, Value)]) -> Vec<(String, Value)> {
    let chosen = record.into_iter().flat_map(|record| &record.conflicts).filter_map(|conflict| {
        let wanted = all.about(&format!("keep:{}", conflict.field));
        let name = conflict.field.split(['[', '.']).next();
        let changed = set.iter().any(|(path, _)| *path == conflict.field || Some(path.as_str()) == name);
        let value = conflict.values.iter().find(|value| value.change.to_string() == wanted)?;
        (!changed).then(|| (conflict.field.clone(), value.value.clone()))
    });
    chosen.collect()
}

/// Chooses one of several answers, by a click on the record's page. What was given since the page was read stays to be
/// chosen.
pub(super) async fn choose(
    State(web): State<Web>,
    SentTo(Addressed { section, record, .. }, sent): SentTo,
) -> Response {
    let all = form::typed(&sent.body);
    let id = record.summary.id.to_string();
    let conflict = record.conflicts.iter().find(|conflict| conflict.field == all.about("field"));
    let value = conflict.and_then(|c| c.values.iter().find(|v| v.change.to_string() == all.about("change")));
    if let (Some(value), Some(heads)) = (value, heads(all.about("heads"))) {
        let edit = Edit::Set(vec![(all.about("field").to_owned(), value.value.clone())]);
        if let Err(refusal) = web.node.ask(Request::Edit { doc: id.clone(), heads, edit }).await {
            return super::share::sorry(&sent.site, &refusal);
        }
        let mut answer = saved(&web, section, &id).await;
        note_saved(&web, &record, &mut answer).await;
        return answer;
    }
    Redirect::to(&format!("/{}/{id}", section.path)).into_response()
}

/// The cookie by which the next page says that something was saved, and offers to take it back.
const SAVED: &str = "saved";

/// Lets the next page say so. What changed nothing needs no words, and what chose between several answers cannot be taken
/// back: the others do not return.
pub(super) async fn note_saved(web: &Web, before: &RecordView, answer: &mut Response) {
    let doc = before.summary.id;
    let Ok(Answer::Record(now)) = web.node.ask(Request::Show { doc: doc.to_string(), history: false }).await else {
        return;
    };
    let new: Vec<&Hash> = now.heads.iter().filter(|head| !before.heads.contains(head)).collect();
    if let [change] = new[..] {
        let is_open = |field: &str| now.conflicts.iter().any(|conflict| conflict.field == field);
        let chose = before.conflicts.iter().any(|conflict| !is_open(&conflict.field));
        note(answer, &if chose { format!("{doc}.chosen") } else { format!("{doc}.{change}") });
    }
}

fn note(answer: &mut Response, what: &str) {
    let cookie = format!("{SAVED}={what}; Path=/; Max-Age=120; SameSite=Lax; HttpOnly");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// The change that somebody just made to this record, if they did.
pub(super) fn just_saved(headers: &HeaderMap, doc: &DocId) -> Option<String> {
    let (of, change) = cookie(headers, SAVED)?.split_once('.')?;
    (of == doc.to_string() && !change.is_empty()).then(|| change.to_owned())
}

/// It is said once.
pub(super) fn said(mut page: Response) -> Response {
    note(&mut page, "");
    page
}

/// Takes one's last save back. What others wrote meanwhile stays.
pub(super) async fn take_back(
    State(web): State<Web>,
    SentTo(Addressed { section, record, .. }, sent): SentTo,
) -> Response {
    let all = form::typed(&sent.body);
    let id = record.summary.id.to_string();
    let undo = Request::Undo { doc: id.clone(), change: all.about("change").to_owned() };
    match web.node.ask(undo).await {
        Ok(_) => {
            let mut answer = saved(&web, section, &id).await;
            note(&mut answer, &format!("{id}.back"));
            answer
        }
        Err(refusal) => super::share::sorry(&sent.site, &refusal),
    }
}
