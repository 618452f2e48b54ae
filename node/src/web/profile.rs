//! A collaborative's own page: who they are, how they work, and what they have shared.
//!
//! Its address holds for every collaborative that shares something, also before it has written a profile.

use askama::Template;
use axum::{http::HeaderMap, response::Response};
use protocol::{
    identity::MemberId,
    record::{Field, Shape},
    view::RecordView,
};
use serde_json::Value;

use super::{
    Web,
    adopt::Offer,
    around::Checked,
    choose::{Choice, choices, just_saved, said},
    dates, linked,
    list::Card,
    paper::heads_of,
    prose,
    section::{self, SECTIONS},
    shown::{Light, Shown},
    site::{Site, nothing_here, page},
};
use crate::{
    catalog::{Row, Viewer},
    confidential,
    recurrence::Rule,
};

/// Records shown as their newest.
const NEWEST: usize = 5;
/// Steps of a self-rating.
const STEPS: [&str; 5] = ["a", "b", "c", "d", "e"];
/// Fields that this page shows in places of their own, or not at all.
const ELSEWHERE: [&str; 21] = [
    "service_area",
    "name",
    "short_name",
    "summary",
    "vision",
    "mission",
    "components",
    "meeting",
    "can_teach",
    "wants_to_learn",
    "contacts",
    "website",
    "facebook",
    "mailing_list",
    "confirmed",
    "review_by",
    "related",
    "translations",
    "places",
    "language",
    "quilt_block",
];

#[derive(Template)]
#[template(path = "profile.html")]
struct ProfilePage {
    site: Site,
    name: String,
    summary: String,
    /// The tag of the language they write in.
    written: String,
    block: u32,
    href: Option<String>,
    own: bool,
    checked: String,
    area: String,
    vision: Option<String>,
    mission: Option<String>,
    components: Vec<Component>,
    meeting: Vec<String>,
    how_to_join: Option<String>,
    teaches: Vec<(String, String)>,
    learns: Vec<(String, String)>,
    facts: Vec<(String, Shown)>,
    reach: Vec<(String, Shown)>,
    rooms: Vec<(&'static str, String, String)>,
    newest: Vec<Card>,
    choices: Vec<Choice>,
    may_choose: bool,
    heads: String,
    saved: Option<String>,
    /// Whether the reader may see who changed what.
    history: bool,
    /// Who they are, for programs; nothing of what is not public.
    linked: Option<String>,
}

/// One of the seven components.
struct Component {
    label: String,
    narrative: Option<String>,
    /// Each step of the rating, and whether it is theirs.
    steps: Vec<(String, bool)>,
    rating: Option<String>,
    updated: Option<String>,
}

/// The page of a collaborative that wrote a profile.
pub(super) fn whole(web: &Web, site: Site, row: &Row, record: RecordView, headers: &HeaderMap) -> Response {
    let shown = of_record(web, site, row, record, just_saved(headers, &row.id));
    if shown.saved.is_some() { said(page(&shown)) } else { page(&shown) }
}

fn of_record(web: &Web, site: Site, row: &Row, mut record: RecordView, saved: Option<String>) -> ProfilePage {
    let inside = site.viewer != Viewer::Anybody;
    let may_choose = Offer::of(web, &site, row.kind, &record).edit;
    if !may_choose {
        confidential::hide(&mut record);
    }
    let choices = if inside { choices(web, &site, row.kind, &record) } else { vec![] };
    let heads = heads_of(&record);
    let checked = Checked::of(&site, row, &record, None).html();
    let fields = crate::confidential::without(record.fields);
    let text = |name: &str| fields[name].as_str().map(str::trim).filter(|text| !text.is_empty());
    let words = |name: &str| {
        let all = fields[name].as_array().into_iter().flatten().filter_map(Value::as_str);
        all.map(String::from).collect::<Vec<_>>()
    };
    let written = fields["language"].as_str().and_then(|tag| site.foreign(tag)).unwrap_or_default();
    let light = Light { language: site.language, written, viewer: site.viewer, catalog: &web.catalog };
    let shown = |field: &Field| Some((site.word(field.label), light.show(field, &fields[field.name])?));
    let facts = row.kind.fields();
    let facts = facts.iter().filter(|field| !ELSEWHERE.contains(&field.name)).filter_map(shown);
    let reach = ["contacts", "website", "facebook", "mailing_list"];
    let reach = reach.into_iter().filter_map(|name| shown(row.kind.field(name)?));
    let (meeting, how_to_join) = meeting(&site, &fields["meeting"]);
    ProfilePage {
        choices,
        may_choose,
        heads,
        saved,
        history: inside && site.account.is_some(),
        name: row.title.clone(),
        summary: row.summary.clone(),
        written: row.value("language").unwrap_or_default().to_owned(),
        block: web.catalog.block_of(site.viewer, &row.owner),
        href: Some(section::address(row)),
        own: row.own,
        checked,
        area: words("service_area").join(", "),
        vision: text("vision").map(prose::html),
        mission: text("mission").map(prose::html),
        components: components(&site, row, &fields["components"]),
        meeting,
        how_to_join,
        teaches: words("can_teach").into_iter().map(searched).collect(),
        learns: words("wants_to_learn").into_iter().map(searched).collect(),
        facts: facts.filter(|(_, shown)| shown.is_short()).collect(),
        reach: reach.collect(),
        rooms: rooms(web, &site, &row.owner),
        newest: newest(web, &site, &row.owner),
        linked: linked::data(&web.catalog, row, &fields, &site.origin),
        site,
    }
}

/// A word, and where it is looked for everywhere.
fn searched(word: String) -> (String, String) {
    (format!("/search?{}", form_urlencoded::Serializer::new(String::new()).append_pair("q", &word).finish()), word)
}

/// The page of one that has not: its name, its block, and what it shared.
pub(super) fn bare(web: &Web, site: Site, member: &MemberId) -> Response {
    let rows = web.catalog.rows(site.viewer);
    let Some(row) = rows.iter().find(|row| row.owner == *member) else { return nothing_here(&site) };
    page(&ProfilePage {
        name: row.owner_name.clone(),
        summary: String::new(),
        written: String::new(),
        block: web.catalog.block_of(site.viewer, member),
        choices: vec![],
        may_choose: false,
        heads: String::new(),
        saved: None,
        history: false,
        href: None,
        own: false,
        checked: String::new(),
        area: String::new(),
        vision: None,
        mission: None,
        components: vec![],
        meeting: vec![],
        how_to_join: None,
        teaches: vec![],
        learns: vec![],
        facts: vec![],
        reach: vec![],
        rooms: rooms(web, &site, member),
        newest: newest(web, &site, member),
        linked: None,
        site,
    })
}

/// What they shared, room by room, with the address of each list.
fn rooms(web: &Web, site: &Site, member: &MemberId) -> Vec<(&'static str, String, String)> {
    let rows = web.catalog.rows(site.viewer);
    let theirs: Vec<&str> =
        rows.iter().filter(|row| row.owner == *member).map(|row| section::of_kind(row.kind.name).path).collect();
    let count = |path: &str| theirs.iter().filter(|of| **of == path).count();
    let rooms = SECTIONS.iter().filter(|section| section.path != "collaboratives");
    let rooms = rooms.map(|section| (section.icon, section.path, count(section.path))).filter(|(.., count)| *count > 0);
    rooms
        .map(|(icon, path, count)| (icon, format!("/{path}?by={member}"), site.count(&format!("{path}-count"), &count)))
        .collect()
}

fn newest(web: &Web, site: &Site, member: &MemberId) -> Vec<Card> {
    let is_part = |row: &Row| ["collaborative", "location", "service_at_location"].contains(&row.kind.name);
    let mut rows = web.catalog.rows(site.viewer);
    rows.retain(|row| row.owner == *member && !is_part(row));
    rows.sort_by_key(|row| (std::cmp::Reverse(row.made_at), row.id));
    rows.iter().take(NEWEST).map(|row| Card::new(&web.catalog, site.viewer, row)).collect()
}

fn components(site: &Site, row: &Row, said: &Value) -> Vec<Component> {
    let Some(Shape::Group(of)) = row.kind.field("components").map(|field| &field.shape) else { return vec![] };
    let read = |field: &Field| {
        let one = &said[field.name];
        let rating = one["rating"].as_str().filter(|rating| STEPS.contains(rating));
        let narrative = one["narrative"].as_str().filter(|text| !text.trim().is_empty()).map(prose::html);
        (rating.is_some() || narrative.is_some()).then(|| Component {
            label: site.word(field.label),
            narrative,
            steps: rating.map_or(vec![], |rating| STEPS.map(|step| (step.to_uppercase(), step == rating)).to_vec()),
            rating: rating.map(|rating| site.with("rates-itself", rating.to_uppercase())),
            updated: one["updated"].as_str().map(|day| site.with("as-of", dates::date(site.language, day))),
        })
    };
    of.iter().filter_map(read).collect()
}

/// When and where they meet, in words, and how to join in.
fn meeting(site: &Site, said: &Value) -> (Vec<String>, Option<String>) {
    let text = |name: &str| said[name].as_str().map(str::trim).filter(|text| !text.is_empty());
    let zone = text("zone").unwrap_or("UTC");
    let clock = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let rule = text("recurrence").and_then(|rule| Rule::read(rule, &clock));
    let time = text("time").and_then(|time| time.get(..5)?.parse::<jiff::civil::Time>().ok());
    let mut lines: Vec<String> = rule.map(|rule| dates::again(site.language, &rule)).into_iter().collect();
    if let Some(time) = time {
        let time = dates::time(site.language, time);
        lines.push(match text("zone") {
            Some(zone) => format!("{time} ({})", dates::zone(site.language, zone)),
            None => time,
        });
    }
    lines.extend(text("place").map(String::from));
    (lines, text("how_to_join").map(prose::html))
}
