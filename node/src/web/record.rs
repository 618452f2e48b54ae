//! One record: what it says, whose it is, who else uses it, and how it came to be so.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use protocol::{
    identity::{DocId, MemberId},
    input::Request,
    record::Field,
    refusal::Refusal,
    view::{Answer, ChangeView, RecordView},
};

use super::{
    Web,
    adopt::{Offer, adapted_from},
    around::{self, Around, Checked, In, Translation},
    calendar::Asked,
    choose::{Choice, choices, just_saved, said},
    delete::gone,
    keep::Keep,
    linked,
    list::{Card, Marked},
    look::{Back, Look},
    profile,
    section::{self, Section},
    shown::{Light, Shown},
    site::{Site, later, nothing_here, page},
};
use crate::{
    catalog::{PROFILE, Row, Viewer},
    confidential,
};

/// Fields that the page shows elsewhere.
const ELSEWHERE: [&str; 9] =
    ["title", "name", "summary", "language", "quilt_block", "confirmed", "related", "translations", "topics"];
/// Fields that say how a record may be used rather than what it is about.
const ABOUT: [&str; 6] = ["licence", "attribution", "source_url", "review_by", "source", "adopted_from"];
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
    beside: Vec<(&'static str, String, Shown)>,
    about: Vec<(String, Shown)>,
    topics: Vec<(String, String)>,
    /// The page of whoever shared it.
    owner: String,
    checked: String,
    around: String,
    choices: Vec<Choice>,
    may_choose: bool,
    heads: String,
    history: Vec<Change>,
    kind: &'static str,
    id: String,
    offer: Offer,
    adapted: Option<(String, String)>,
    saved: Option<String>,
    look: Option<Look>,
    /// What it is, for programs; nothing of what is not public.
    linked: Option<String>,
    /// How to have a session on a calendar of one's own.
    keep: Option<Keep>,
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
    tongue: In,
    headers: HeaderMap,
) -> Response {
    let row = id.parse::<DocId>().ok().and_then(|doc| web.catalog.row(site.viewer, &doc));
    let Some(row) = row.filter(|row| section.kinds.contains(&row.kind.name)) else {
        return match id.parse::<MemberId>().ok().filter(|_| section.path == "collaboratives") {
            Some(member) => of_member(&web, site, &member),
            None => gone(&web, site, section, &id).await,
        };
    };
    // Who changed what when is for members; strangers read what holds.
    let inside = site.viewer != Viewer::Anybody;
    let ask = |history| web.node.ask(Request::Show { doc: row.id.to_string(), history });
    let mut answer = ask(inside).await;
    // How old a translation is, its history tells: it is asked for where there is that translation.
    if let Ok(Answer::Record(record)) = &answer
        && !inside
        && around::translation(&record.fields, &tongue).is_some()
    {
        answer = ask(true).await;
    }
    match answer {
        // The list may lag behind what its owner has just decided.
        Ok(Answer::Record(record)) if !site.viewer.may_see(record.summary.audience) => nothing_here(&site),
        Ok(Answer::Record(record)) if row.kind.name == PROFILE => profile::whole(&web, site, &row, *record, &headers),
        Ok(Answer::Record(record)) => {
            let around = Around::of(&web, &site, &row).await.html();
            let saved = just_saved(&headers, &row.id);
            let whole = RecordPage { around, saved, ..whole(&web, site, section, &row, *record, &tongue) };
            if whole.saved.is_some() { said(page(&whole)) } else { page(&whole) }
        }
        Err(Refusal::Deleted) => gone(&web, site, section, &id).await,
        Err(Refusal::Store(_) | Refusal::Stopping) => later(&site),
        _ => nothing_here(&site),
    }
}

/// A collaborative's own page, by who it is.
fn of_member(web: &Web, site: Site, member: &MemberId) -> Response {
    match web.catalog.profile(site.viewer, member) {
        Some(profile) => Redirect::to(&section::address(&profile)).into_response(),
        None => profile::bare(web, site, member),
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
    RecordPage { look: Some(look), ..whole(web, site, section, row, record, &In(None)) }
}

fn whole(
    web: &Web,
    site: Site,
    section: &'static Section,
    row: &Row,
    mut record: RecordView,
    tongue: &In,
) -> RecordPage {
    let chosen = around::translation(&record.fields, tongue);
    let checked = Checked::of(&site, row, &record, chosen.as_ref()).html();
    let offer = Offer::of(web, &site, row.kind, &record);
    if !offer.edit {
        confidential::hide(&mut record);
    }
    let fields = confidential::without(record.fields.clone());
    let written = fields["language"].as_str().and_then(|tag| site.foreign(tag)).unwrap_or_default();
    let light = Light { language: site.language, written, viewer: site.viewer, catalog: &web.catalog };
    let mut shown: Vec<(&'static Field, Shown)> = row
        .kind
        .fields()
        .iter()
        .filter(|field| !ELSEWHERE.contains(&field.name) && field.name != "maturity")
        .filter_map(|field| Some((field, light.show(field, fields.get(field.name)?)?)))
        .collect();
    let about = shown.extract_if(.., |(field, _)| ABOUT.contains(&field.name));
    let about = about.map(|(field, shown)| (site.word(field.label), shown)).collect();
    let beside = shown.extract_if(.., |(_, shown)| shown.is_short());
    let beside = beside.map(|(field, shown)| (icon(field.name), site.word(field.label), shown)).collect();
    let main = shown.into_iter().map(|(field, shown)| (site.word(field.label), shown)).collect();
    let mut card = Card::new(&web.catalog, site.viewer, row);
    let main = in_tongue(&mut card, main, chosen);
    let inside = site.viewer != Viewer::Anybody;
    let choices = if inside { choices(web, &site, row.kind, &record) } else { vec![] };
    let may_choose = offer.edit;
    let keep = Keep::new(&site.origin, &Asked::session(row.id));
    RecordPage {
        keep: keep.filter(|_| row.event().is_some() && row.is_for(Viewer::Anybody)),
        linked: linked::data(&web.catalog, row, &fields, &site.origin),
        section: section.path,
        card,
        block: web.catalog.block_of(site.viewer, &row.owner),
        own: row.own,
        audience: if inside { site.say(&format!("audience-{}", row.audience)) } else { String::new() },
        main,
        beside,
        about,
        topics: row.values("topics").iter().map(|topic| (narrowed(section, topic), topic.clone())).collect(),
        owner: format!("/collaboratives/{}", row.owner),
        checked,
        around: String::new(),
        choices,
        may_choose,
        heads: super::paper::heads_of(&record),
        kind: row.kind.name,
        id: row.id.to_string(),
        offer,
        adapted: adapted_from(web, &site, &fields),
        saved: None,
        look: None,
        history: record
            .history
            .filter(|_| inside)
            .unwrap_or_default()
            .into_iter()
            .rev()
            .take(CHANGES)
            .map(|c| change(&site, row, c))
            .collect(),
        site,
    }
}

/// The list of a room, narrowed down to one topic.
fn narrowed(section: &Section, topic: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("topics", topic).finish();
    format!("/{}?{query}", section.path)
}

/// What the page says where another language was asked for: what was translated stands in place of the original.
fn in_tongue(card: &mut Card, main: Vec<(String, Shown)>, chosen: Option<Translation>) -> Vec<(String, Shown)> {
    let Some(chosen) = chosen else { return main };
    card.written = chosen.tag;
    if let Some(title) = chosen.title {
        card.title = Marked::plain(&title);
    }
    if let Some(summary) = chosen.summary {
        card.summary = Marked::plain(&summary);
    }
    match chosen.body {
        Some(body) => vec![(String::new(), Shown::Prose(body))],
        None => main,
    }
}

/// The icon beside a fact, where one says it at a glance.
fn icon(field: &str) -> &'static str {
    match field {
        "cost" | "fees_description" | "scholarship" | "funding" => "dollar",
        "roles_and_time" | "partners_needed" | "populations" | "audience" | "for_whom" | "seats" | "hosts" => "people",
        "duration" | "recurrence" | "registration_closes" | "expires" | "by_when" => "timer",
        "start" | "end" | "schedules" | "from" | "to" => "clock",
        "place" | "places" | "setting" | "addresses" | "service_areas" | "where" | "location_id" => "pin",
        "url" | "link" | "website" | "registration" | "languages" | "zone" => "globe",
        "email" | "contacts" | "mailing_list" => "mail",
        "phones" => "phone",
        "mode" | "format" | "media" => "video",
        "components" | "organization_id" | "training" | "about" | "provider" | "hosted_by" => "collabs",
        "level" | "engagement" | "would_do_again" | "status" => "measures",
        _ => "",
    }
}

fn change(site: &Site, row: &Row, change: ChangeView) -> Change {
    // A change inside a list or a group is told by that field's name; what forms do not ask for is not told.
    let label = |path: &str| {
        let field = row.kind.field_of(path)?;
        field.asked.then(|| site.word(field.label).to_lowercase())
    };
    let mut labels: Vec<String> = change.fields.iter().filter_map(|field| label(&field.field)).collect();
    labels.dedup();
    Change { by: change.by, at_ms: u64::try_from(change.at).unwrap_or(0) * 1000, fields: labels.join(", ") }
}
