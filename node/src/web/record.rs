//! One record: what it says, whose it is, who else uses it, and how it came to be so.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use protocol::{
    identity::{DocId, MemberId},
    input::Request,
    refusal::Refusal,
    view::{Answer, ChangeView, RecordView},
};

use super::{
    Web,
    adopt::{Offer, adapted_from},
    choose::{Choice, choices, just_saved, said},
    delete::gone,
    list::Card,
    look::{Back, Look},
    section::{self, Section},
    shown::{Light, Shown},
    site::{Site, later, nothing_here, page},
};
use crate::catalog::{Row, Viewer};

/// Fields that the page shows elsewhere.
const ELSEWHERE: [&str; 5] = ["title", "name", "summary", "language", "quilt_block"];
/// Changes shown of a long history, newest first.
const CHANGES: usize = 30;

#[derive(Template)]
#[template(path = "record.html")]
struct RecordPage {
    site: Site,
    section: &'static str,
    card: Card,
    block: u32,
    own: bool,
    audience: String,
    main: Vec<(String, Shown)>,
    beside: Vec<(String, Shown)>,
    choices: Vec<Choice>,
    heads: String,
    history: Vec<Change>,
    kind: &'static str,
    id: String,
    offer: Offer,
    adapted: Option<(String, String)>,
    saved: Option<String>,
    look: Option<Look>,
}

/// One edit, in words.
struct Change {
    by: String,
    at_ms: u64,
    fields: String,
}

pub(super) async fn show(
    State(web): State<Web>,
    site: Site,
    section: &'static Section,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let row = id.parse::<DocId>().ok().and_then(|doc| web.catalog.row(site.viewer, &doc));
    let Some(row) = row.filter(|row| section.kinds.contains(&row.kind.name)) else {
        let other = elsewhere(&web, &site, section, &id);
        return if other.status() == StatusCode::NOT_FOUND { gone(&web, site, section, &id).await } else { other };
    };
    // Who changed what when is for members; strangers read what holds.
    let inside = site.viewer != Viewer::Anybody;
    match web.node.ask(Request::Show { doc: row.id.to_string(), history: inside }).await {
        // The list may lag behind what its owner has just decided.
        Ok(Answer::Record(record)) if !site.viewer.may_see(record.summary.audience) => nothing_here(&site),
        Ok(Answer::Record(record)) => {
            let saved = just_saved(&headers, &row.id);
            let whole = RecordPage { saved, ..whole(&web, site, section, &row, *record) };
            if whole.saved.is_some() { said(page(&whole)) } else { page(&whole) }
        }
        Err(Refusal::Deleted) => gone(&web, site, section, &id).await,
        Err(Refusal::Store(_) | Refusal::Stopping) => later(&site),
        _ => nothing_here(&site),
    }
}

/// Where an address leads that is no record's of this room: a collaborative's own page, by who it is.
fn elsewhere(web: &Web, site: &Site, section: &'static Section, id: &str) -> Response {
    let member = id.parse::<MemberId>().ok().filter(|_| section.path == "collaboratives");
    match member.and_then(|member| web.catalog.profile(site.viewer, &member)) {
        Some(profile) => Redirect::to(&section::address(&profile)).into_response(),
        None if member.is_some() && site.account.is_some() => Redirect::to(&format!("/search?by={id}")).into_response(),
        None => nothing_here(site),
    }
}

/// The same page with something over it: what is only looked at, before it is saved or shared.
pub(super) fn looked_at(
    web: &Web,
    site: Site,
    section: &'static Section,
    row: &Row,
    record: RecordView,
    look: Look,
) -> impl Template {
    RecordPage { look: Some(look), ..whole(web, site, section, row, record) }
}

fn whole(web: &Web, site: Site, section: &'static Section, row: &Row, record: RecordView) -> RecordPage {
    let offer = Offer::of(web, &site, row.kind, &record);
    let fields = crate::api::without_confidential(record.fields.clone());
    let written = fields["language"].as_str().and_then(|tag| site.foreign(tag)).unwrap_or_default();
    let light = Light { language: site.language, written, viewer: site.viewer, catalog: &web.catalog };
    let mut shown: Vec<(String, Shown)> = row
        .kind
        .fields()
        .iter()
        .filter(|field| !ELSEWHERE.contains(&field.name) && field.name != "maturity")
        .filter_map(|field| Some((site.word(field.label), light.show(field, fields.get(field.name)?)?)))
        .collect();
    let beside = shown.extract_if(.., |(_, shown)| shown.is_short()).collect();
    let inside = site.viewer != Viewer::Anybody;
    let choices = if inside { choices(web, &site, row.kind, &record) } else { vec![] };
    RecordPage {
        section: section.path,
        card: Card::new(&web.catalog, site.viewer, row),
        block: web.catalog.block_of(site.viewer, &row.owner),
        own: row.own,
        audience: if inside { site.say(&format!("audience-{}", row.audience)) } else { String::new() },
        main: shown,
        beside,
        choices,
        heads: record.heads.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        kind: row.kind.name,
        id: row.id.to_string(),
        offer,
        adapted: adapted_from(web, &site, &fields),
        saved: None,
        look: None,
        history: record
            .history
            .unwrap_or_default()
            .into_iter()
            .rev()
            .take(CHANGES)
            .map(|c| change(&site, row, c))
            .collect(),
        site,
    }
}

fn change(site: &Site, row: &Row, change: ChangeView) -> Change {
    // A change inside a list or a group is told by that field's name; what forms do not ask for is not told.
    let label = |path: &str| {
        let field = row.kind.field(path.split(['[', '.']).next()?)?;
        field.asked.then(|| site.word(field.label).to_lowercase())
    };
    let mut labels: Vec<String> = change.fields.iter().filter_map(|field| label(&field.field)).collect();
    labels.dedup();
    Change { by: change.by, at_ms: u64::try_from(change.at).unwrap_or(0) * 1000, fields: labels.join(", ") }
}
