//! Looking at something before it is saved or shared: the page as it will be, and the way back without loss.

use axum::response::Response;
use protocol::{
    identity::DocId,
    view::{GlanceView, RecordView, Summary},
};
use serde_json::{Map, Value};

use super::{
    circle::{self, Circle},
    form::Typed,
    hint::{Hint, hints},
    paper::{Paper, Said, seen_by},
    record,
    sent::fields,
    site::{Site, later, page},
    write::as_record,
};
use crate::catalog::Row;

/// What stands over a page that is only looked at.
#[derive(Debug)]
pub(super) struct Look {
    /// Where the answer goes.
    pub(super) action: String,
    /// What goes along.
    pub(super) fields: Vec<(String, String)>,
    /// Who will see it.
    pub(super) sees: String,
    /// What it means that they do; empty where there is nothing to say.
    pub(super) means: Vec<String>,
    pub(super) hints: Vec<Hint>,
    /// The button that does it: what it sends, and what it says.
    pub(super) go: (&'static str, String),
    /// The way back: what its button sends, or its address.
    pub(super) back: Back,
    /// Whether it can be kept as a draft.
    pub(super) is_form: bool,
}

/// The way back from a look.
#[derive(Debug)]
pub(super) enum Back {
    /// To the form, with all that was typed.
    Form,
    /// To an address.
    To(String),
}

/// A record as its page will show it.
pub(super) async fn show(paper: &Paper<'_>, site: Site, all: &Typed, body: &str) -> Response {
    let (mut value, problems) = as_record(paper, all);
    if !problems.is_empty() {
        let status = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
        return paper.page(site, all, Said { status, problems: &problems, ..Said::default() }).await;
    }
    if !all.about("from").is_empty() {
        super::adopt::mark(paper.web, &site, paper.kind, all.about("from"), &mut value).await;
    }
    let circle = Circle::of(paper.web).await;
    let sees = match paper.record {
        Some(record) => seen_by(&site, &circle, record),
        None => circle.told(&site, &circle::asked(all).unwrap_or_default()),
    };
    let hidden = |(name, _): &(String, String)| name != "_deed" && name != "_seen";
    let mut kept: Vec<(String, String)> = fields(body, false).0.into_iter().filter(hidden).collect();
    let hints = hints(&site, paper.kind, &value);
    // Who has seen them here is not asked again.
    kept.push(("_seen".into(), "yes".into()));
    let look = Look {
        action: paper.action(),
        fields: kept,
        sees,
        means: vec![],
        hints,
        go: ("save", site.say("save")),
        back: Back::Form,
        is_form: true,
    };
    let record = draft_of(paper, &site, value);
    shown(paper, site, record, look)
}

/// The page of a record that is not there yet.
pub(super) fn shown(paper: &Paper<'_>, site: Site, record: RecordView, look: Look) -> Response {
    let (summary, fields) = (record.summary.clone(), record.fields.clone());
    let glance = GlanceView { summary, fields, changed_at: 0, made_at: 0, choices: 0, edits: 1 };
    match Row::new(glance) {
        Some(row) => page(&record::looked_at(paper.web, site, paper.section, &row, record, look)),
        None => later(&site),
    }
}

fn draft_of(paper: &Paper<'_>, site: &Site, fields: Value) -> RecordView {
    let whose = paper.web.catalog.whose();
    let text = |name: &str| fields[name].as_str().unwrap_or_default().to_owned();
    let summary = match paper.record {
        Some(record) => Summary { title: text(paper.kind.title), summary: text("summary"), ..record.summary.clone() },
        None => Summary {
            id: DocId([0; 32]),
            kind: paper.kind.name.into(),
            title: text(paper.kind.title),
            summary: text("summary"),
            owner: whose.member.unwrap_or(protocol::identity::MemberId([0; 32])),
            owner_name: site.name.clone(),
            audience: "private",
            own: true,
        },
    };
    RecordView {
        summary,
        editors: "owner",
        named: 0,
        shared_with: vec![],
        edited_by: vec![],
        fields,
        conflicts: vec![],
        unknown: Map::new(),
        heads: vec![],
        superseded_by: None,
        successor_deleted: false,
        waiting: 0,
        history: None,
    }
}
