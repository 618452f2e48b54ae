//! What became of a record: who changed what when, each version as it was, and the way back to it. For those who may read
//! the record with its history; strangers read what holds.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use protocol::{
    identity::DocId,
    input::Request,
    record::Kind,
    refusal::Refusal,
    view::{Answer, FieldChange, RecordView, VersionView},
};

use super::{
    Web,
    adopt::Offer,
    choose, form,
    paper::{heads, heads_of},
    section::{Addressed, Section},
    sent::{Sent, SentTo},
    share::{sorry, to_record},
    site::{Site, nothing_here, page},
};
use crate::{catalog::Viewer, confidential};

/// Changes on the page, newest first.
const CHANGES: usize = 200;

/// One change, in words.
#[derive(Debug)]
struct Line {
    href: String,
    by: String,
    at_ms: u64,
    time: String,
    fields: String,
}

/// One field, before and after.
#[derive(Debug)]
struct Difference {
    label: String,
    before: String,
    after: String,
}

/// What is different between two states of a record, and what these are called.
#[derive(Debug)]
struct Part {
    heading: &'static str,
    before: &'static str,
    after: &'static str,
    differences: Vec<Difference>,
}

#[derive(Template)]
#[template(path = "history.html")]
struct HistoryPage {
    site: Site,
    section: &'static str,
    id: String,
    title: String,
    /// The tag of the language it is written in.
    written: String,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "version.html")]
struct VersionPage {
    site: Site,
    section: &'static str,
    id: String,
    title: String,
    /// The tag of the language it is written in.
    written: String,
    change: String,
    by: String,
    at_ms: u64,
    time: String,
    parts: Vec<Part>,
    is_now: bool,
    fields: Vec<(String, String)>,
    may_restore: bool,
    heads: String,
}

/// A record that this reader may see with what became of it.
async fn readable(web: &Web, site: &Site, section: &Section, id: &str) -> Option<(&'static Kind, RecordView)> {
    let row = id.parse::<DocId>().ok().and_then(|doc| web.catalog.row(site.viewer, &doc))?;
    if site.viewer == Viewer::Anybody || !section.kinds.contains(&row.kind.name) {
        return None;
    }
    match web.node.ask(Request::Show { doc: row.id.to_string(), history: true }).await {
        // The list may lag behind what its owner has just decided.
        Ok(Answer::Record(record)) if site.viewer.may_see(record.summary.audience) => Some((row.kind, *record)),
        _ => None,
    }
}

/// Who changed what when.
pub(super) async fn show(
    State(web): State<Web>,
    site: Site,
    section: &'static Section,
    Path((_, id)): Path<(String, String)>,
) -> Response {
    if site.account.is_none() {
        return Redirect::to("/sign-in").into_response();
    }
    let Some((kind, record)) = readable(&web, &site, section, &id).await else { return nothing_here(&site) };
    let written = choose::written(&record).to_owned();
    let lines = record.history.unwrap_or_default().into_iter().rev().take(CHANGES).map(|change| {
        let at_ms = u64::try_from(change.at).unwrap_or(0) * 1000;
        let fields = labels(&site, kind, &change.fields);
        Line {
            href: format!("/{}/{id}/history/{}", section.path, change.change),
            time: super::paper::clock(&site, at_ms),
            by: change.by,
            at_ms,
            fields,
        }
    });
    let lines = lines.collect();
    page(&HistoryPage { section: section.path, title: record.summary.title, written, id, lines, site })
}

/// The names of the fields that a change touched, each once; what forms do not ask for is not told.
fn labels(site: &Site, kind: &Kind, changes: &[FieldChange]) -> String {
    let mut labels: Vec<String> = vec![];
    for change in changes {
        let name = change.field.split(['[', '.']).next().unwrap_or_default();
        let label = kind.field(name).filter(|field| field.asked).map(|field| site.word(field.label));
        labels.extend(label.filter(|label| !labels.contains(label)));
    }
    labels.join(", ")
}

/// A record as it once was, and what is different today.
pub(super) async fn version(
    State(web): State<Web>,
    site: Site,
    section: &'static Section,
    Path((_, id, change)): Path<(String, String, String)>,
) -> Response {
    if site.account.is_none() {
        return Redirect::to("/sign-in").into_response();
    }
    let Some((kind, record)) = readable(&web, &site, section, &id).await else { return nothing_here(&site) };
    match web.node.ask(Request::Version { doc: id.clone(), change }).await {
        Ok(Answer::Version(mut then)) => {
            if !Offer::of(&web, &site, kind, &record).edit {
                confidential::hide_then(&mut then, &record.fields);
            }
            page(&as_it_was(&web, site, (section, kind), &record, *then))
        }
        _ => nothing_here(&site),
    }
}

fn as_it_was(
    web: &Web,
    site: Site,
    (section, kind): (&'static Section, &'static Kind),
    record: &RecordView,
    then: VersionView,
) -> VersionPage {
    let written = choose::written(record);
    let show = |field: &str, value: &serde_json::Value| choose::shown(&site, web, (kind, written), field, value);
    let differences = |changes: Vec<FieldChange>| -> Vec<Difference> {
        let asked = changes.into_iter().filter_map(|change| {
            let (label, name) = label(&site, kind, &change.field)?;
            Some(Difference {
                before: show_part(&show, &name, &change.field, &change.before),
                after: show_part(&show, &name, &change.field, &change.after),
                label,
            })
        });
        asked.collect()
    };
    let at_ms = u64::try_from(then.at).unwrap_or(0) * 1000;
    let fields = confidential::without(then.fields);
    let asked = kind.fields().iter().filter(|field| field.asked);
    let all = asked.filter_map(|field| Some((site.word(field.label), show(field.name, fields.get(field.name)?))));
    let is_now = then.since.is_empty();
    let parts = [
        Part {
            heading: "version-since",
            before: "version-then",
            after: "version-today",
            differences: differences(then.since),
        },
        Part {
            heading: "version-changed",
            before: "version-before",
            after: "version-after",
            differences: differences(then.changed),
        },
    ];
    VersionPage {
        section: section.path,
        id: record.summary.id.to_string(),
        title: record.summary.title.clone(),
        written: written.to_owned(),
        change: then.change.to_string(),
        by: then.by,
        time: super::paper::clock(&site, at_ms),
        at_ms,
        may_restore: site.may_write() && !is_now,
        heads: heads_of(record),
        is_now,
        parts: parts.into_iter().filter(|part| !part.differences.is_empty()).collect(),
        fields: all.collect(),
        site,
    }
}

/// What the place of a change is called, with the number of its item: `Steps 2`.
pub(super) fn label(site: &Site, kind: &Kind, path: &str) -> Option<(String, String)> {
    let name = path.split(['[', '.']).next()?.to_owned();
    let field = kind.field(&name).filter(|field| field.asked)?;
    let number = path.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(number, _)| number);
    let label = site.word(field.label);
    Some((number.map_or_else(|| label.clone(), |number| format!("{label} {number}")), name))
}

/// A whole field by its kind; an item as the one item of its list; anything inside as it was written.
fn show_part(
    show: &impl Fn(&str, &serde_json::Value) -> String,
    name: &str,
    path: &str,
    value: &serde_json::Value,
) -> String {
    if value.is_null() {
        return String::new();
    }
    let is_item = path.ends_with(']') && path.matches('[').count() == 1;
    if is_item { show(name, &serde_json::Value::Array(vec![value.clone()])) } else { show(path, value) }
}

/// Brings a version back, by a new edit.
pub(super) async fn restore(
    State(web): State<Web>,
    SentTo(Addressed { section, record, .. }, Sent { site, body, .. }): SentTo,
) -> Response {
    let id = record.summary.id.to_string();
    let all = form::typed(&body);
    let change = all.about("change").to_owned();
    // Without them it would be brought back over what nobody here has read.
    let Some(heads) = heads(all.about("heads")) else { return sorry(&site, &Refusal::StaleHeads) };
    match web.node.ask(Request::Restore { doc: id.clone(), change, heads }).await {
        Ok(_) => {
            web.catalog.look(&web.node, record.summary.id).await;
            let mut answer = to_record(section, &id);
            choose::note_saved(&web, &record, &mut answer).await;
            answer
        }
        Err(Refusal::UnknownVersion(_)) => (StatusCode::NOT_FOUND, nothing_here(&site)).into_response(),
        Err(refusal) => sorry(&site, &refusal),
    }
}
