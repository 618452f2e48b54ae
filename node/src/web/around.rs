//! What stands around a record: who confirmed it and when, in which languages it is, who uses it, what belongs to it, and
//! what is like it.

use std::{cmp::Reverse, sync::Arc};

use askama::Template;
use axum::{
    extract::{FromRequestParts, State},
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
};
use jiff::{ToSpan, civil::Date};
use protocol::{
    identity::Hash,
    input::Request,
    record::Edit,
    refusal::Refusal,
    view::{Answer, RecordView},
};
use serde_json::{Value, json};

use super::{
    Web,
    calendar::{self, Entry},
    dates,
    may::Writer,
    prose,
    section::{self, Addressed},
    site::{Site, later, nothing_here},
    write::saved,
};
use crate::{catalog::Row, config::CONFIRM_AGAIN_DAYS};

/// Who else uses a record, as many as are shown with what they changed.
const USERS: usize = 6;
/// Records shown that belong to one, such as an organization's services.
const PARTS: usize = 20;
/// Records shown that are like one.
const ALIKE: usize = 5;
/// Kinds that tell what happened or will: nobody confirms them again and again.
const PASSING: [&str; 4] = ["announcement", "lesson", "session", "training_need"];
/// Dates of a training shown, of so many days.
const DATES: usize = 5;
const DATES_DAYS: i32 = 366;

/// The language that an address asks for, as in `?in=fr`.
pub(super) struct In(pub(super) Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for In {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<In, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default().as_bytes();
        let asked = form_urlencoded::parse(query).find(|(name, value)| name == "in" && !value.is_empty());
        Ok(In(asked.map(|(_, tag)| tag.chars().take(40).collect())))
    }
}

/// A record in another language.
#[derive(Debug)]
pub(super) struct Translation {
    pub(super) tag: String,
    pub(super) title: Option<String>,
    pub(super) summary: Option<String>,
    /// What it says, as a page shows it.
    pub(super) body: Option<String>,
    by_machine: bool,
    /// The change of the original that it was made from.
    made_from: Option<Hash>,
}

/// The translations that a record has.
fn translations(fields: &Value) -> Vec<Translation> {
    let text = |item: &Value, name: &str| item[name].as_str().filter(|text| !text.is_empty()).map(String::from);
    let all = fields["translations"].as_array().into_iter().flatten();
    let read = |item: &Value| {
        Some(Translation {
            tag: text(item, "language")?,
            title: text(item, "title"),
            summary: text(item, "summary"),
            body: text(item, "body").map(|body| prose::html(&body)),
            by_machine: item["made_by"] == "machine",
            made_from: text(item, "source_revision").and_then(|hash| hash.parse().ok()),
        })
    };
    all.filter_map(read).collect()
}

/// The one that an address asks for.
pub(super) fn translation(fields: &Value, asked: &In) -> Option<Translation> {
    let asked = asked.0.as_deref()?;
    translations(fields).into_iter().find(|translation| translation.tag == asked)
}

/// Who confirmed it and when, and the languages it is in: what stands under a record's title.
#[derive(Template)]
#[template(path = "checked.html")]
pub(super) struct Checked<'a> {
    site: &'a Site,
    href: String,
    said: Option<String>,
    stale: bool,
    may_confirm: bool,
    tongues: Vec<(String, String, bool)>,
    translated: Option<String>,
}

impl Checked<'_> {
    pub(super) fn of<'a>(site: &'a Site, row: &Row, record: &RecordView, chosen: Option<&Translation>) -> Checked<'a> {
        let today = dates::day_of(site.now);
        Checked {
            stale: stale(row, today).is_some(),
            may_confirm: site.may_write() && row.own && !PASSING.contains(&row.kind.name),
            tongues: tongues(site, row, &record.fields, chosen),
            translated: chosen.map(|translation| translated(site, record, translation)),
            href: section::address(row),
            said: checked_by(site, row),
            site,
        }
    }

    pub(super) fn html(&self) -> String {
        self.render().unwrap_or_default()
    }
}

/// Who looked at it last, and when; nothing where nobody did.
pub(super) fn checked_by(site: &Site, row: &Row) -> Option<String> {
    let confirmed = row.field("confirmed");
    let by = confirmed["by"].as_str().filter(|by| !by.is_empty()).unwrap_or(&row.owner_name);
    let when = dates::long_ago(site.language, confirmed["at"].as_str()?, dates::day_of(site.now));
    Some(site.language.say_all("checked-by", &[("name", &by), ("when", &when)]))
}

/// Why a record should be looked at again.
pub(super) enum Stale {
    /// It was confirmed on this day, which is long ago or before the day that it named itself.
    Confirmed(String),
    /// It named this day itself, and nobody ever confirmed it.
    Due(String),
}

/// Whether a record should be looked at again: its own day has come, or nobody has confirmed it for long.
pub(super) fn stale(row: &Row, today: Date) -> Option<Stale> {
    let day = |text: Option<&str>| text.and_then(|text| text.parse::<Date>().ok());
    let confirmed = row.field("confirmed")["at"].as_str();
    if let Some(due) = day(row.text("review_by")) {
        let why = confirmed.map_or_else(|| Stale::Due(due.to_string()), |at| Stale::Confirmed(at.to_owned()));
        return (due < today).then_some(why);
    }
    let long = day(confirmed)?.saturating_add(CONFIRM_AGAIN_DAYS.days()) < today;
    long.then(|| confirmed.map(|at| Stale::Confirmed(at.to_owned())))?
}

/// Every language the record is in, with its address; the original first.
fn tongues(site: &Site, row: &Row, fields: &Value, chosen: Option<&Translation>) -> Vec<(String, String, bool)> {
    let others = translations(fields);
    if others.is_empty() {
        return vec![];
    }
    let href = section::address(row);
    let original = fields["language"].as_str().unwrap_or("en");
    let first = (href.clone(), site.language.tongue(original), chosen.is_none());
    let others = others.into_iter().map(|other| {
        let address = form_urlencoded::Serializer::new(String::new()).append_pair("in", &other.tag).finish();
        let here = chosen.is_some_and(|chosen| chosen.tag == other.tag);
        (format!("{href}?{address}"), site.language.tongue(&other.tag), here)
    });
    [first].into_iter().chain(others).collect()
}

/// "French, by a machine, 3 weeks older than the original."
fn translated(site: &Site, record: &RecordView, translation: &Translation) -> String {
    let by = site.say(if translation.by_machine { "by-machine" } else { "by-person" });
    let history = record.history.as_deref().unwrap_or_default();
    let made_at = translation.made_from.and_then(|hash| history.iter().find(|c| c.change == hash)).map(|c| c.at);
    let newest = history.iter().map(|change| change.at).max();
    let age = match (made_at, newest) {
        _ if translation.made_from.is_some_and(|hash| record.heads.contains(&hash)) => site.say("as-new"),
        (Some(made), Some(newest)) => {
            let days = usize::try_from((newest - made).max(0) / 86_400).unwrap_or(0);
            match days {
                0 => site.say("older-today"),
                1..=13 => site.count("older-days", &days),
                14..=60 => site.count("older-weeks", &(days / 7)),
                _ => site.count("older-months", &(days / 30)),
            }
        }
        _ => site.say("older-unknown"),
    };
    let name = site.language.tongue(&translation.tag);
    site.language.say_all("translated", &[("name", &name), ("by", &by), ("age", &age)])
}

/// Somebody who uses a record: with a version of their own, or who wrote what happened when they tried.
struct User {
    block: u32,
    name: String,
    href: String,
    title: String,
    /// The tag of the language it is written in.
    written: String,
    how: &'static str,
    changed: Option<String>,
}

/// Another record, in a line.
struct Line {
    block: u32,
    href: String,
    title: String,
    written: String,
    kind: String,
    by: String,
}

/// What stands below a record.
#[derive(Template)]
#[template(path = "around.html")]
pub(super) struct Around<'a> {
    site: &'a Site,
    dates: Vec<Entry>,
    users: Vec<User>,
    more_users: usize,
    parts: Vec<Line>,
    alike: Vec<Line>,
}

impl Around<'_> {
    pub(super) async fn of<'a>(web: &Web, site: &'a Site, row: &Row) -> Around<'a> {
        let pointing = web.catalog.pointing(site.viewer, &row.id);
        let by = |fields: &'static [&'static str]| {
            pointing.iter().filter(move |other| fields.iter().any(|by| other.points_to(&row.id, by)))
        };
        let own = web.catalog.row(site.viewer, &row.id).filter(|row| row.kind.name == "session");
        let sessions = by(&["training"]).filter(|other| other.kind.name == "session");
        let using: Vec<&Arc<Row>> = by(&["about", "adopted_from", "origin"]).collect();
        let mut users = vec![];
        for other in using.iter().take(USERS) {
            users.push(user(web, site, row, other).await);
        }
        let parts = by(&["organization_id", "service_id", "location_id"]).take(PARTS);
        Around {
            dates: match &own {
                Some(own) => calendar::soon(web, site, [own], DATES_DAYS, DATES),
                None => calendar::soon(web, site, sessions, DATES_DAYS, DATES),
            },
            more_users: using.len() - users.len(),
            users,
            parts: parts.map(|other| line(web, site, other)).collect(),
            alike: alike(web, site, row, &pointing).iter().map(|other| line(web, site, other)).collect(),
            site,
        }
    }

    pub(super) fn html(&self) -> String {
        self.render().unwrap_or_default()
    }
}

async fn user(web: &Web, site: &Site, row: &Row, other: &Row) -> User {
    let is_lesson = other.points_to(&row.id, "about");
    // Lessons and versions of one's own both tell it.
    let whole = web.node.ask(Request::Show { doc: other.id.to_string(), history: false }).await;
    let changed = whole.ok().and_then(|answer| match answer {
        // The list may lag behind what its owner has just decided.
        Answer::Record(record) if site.viewer.may_see(record.summary.audience) => {
            record.fields["what_we_changed"].as_str().filter(|text| !text.trim().is_empty()).map(prose::html)
        }
        _ => None,
    });
    User {
        block: web.catalog.block_of(site.viewer, &other.owner),
        name: other.owner_name.clone(),
        href: section::address(other),
        title: other.title.clone(),
        written: other.value("language").unwrap_or_default().to_owned(),
        how: if is_lesson { "used-lesson" } else { "used-version" },
        changed,
    }
}

fn line(web: &Web, site: &Site, row: &Row) -> Line {
    Line {
        block: web.catalog.block_of(site.viewer, &row.owner),
        href: section::address(row),
        title: row.title.clone(),
        written: row.value("language").unwrap_or_default().to_owned(),
        kind: site.word(row.kind.label),
        by: row.owner_name.clone(),
    }
}

/// What is named as related on either side, then what has most topics in common.
fn alike(web: &Web, site: &Site, row: &Row, pointing: &[Arc<Row>]) -> Vec<Arc<Row>> {
    let named = row.linked("related").filter_map(|doc| web.catalog.row(site.viewer, doc));
    let naming = pointing.iter().filter(|other| other.points_to(&row.id, "related")).cloned();
    let mut found: Vec<Arc<Row>> = vec![];
    for other in named.chain(naming) {
        if other.id != row.id && found.iter().all(|held| held.id != other.id) {
            found.push(other);
        }
    }
    let topics = row.values("topics");
    if !topics.is_empty() && found.len() < ALIKE {
        let common = |other: &Row| other.values("topics").iter().filter(|topic| topics.contains(topic)).count();
        let mut others: Vec<(usize, Arc<Row>)> =
            web.catalog.rows(site.viewer).into_iter().map(|other| (common(&other), other)).collect();
        others.retain(|(common, other)| *common > 0 && other.id != row.id && pointing.iter().all(|p| p.id != other.id));
        others.sort_by_key(|(common, other)| {
            (Reverse((*common, other.kind.name == row.kind.name, other.changed_at)), other.id)
        });
        others.retain(|(_, other)| found.iter().all(|held| held.id != other.id));
        found.extend(others.into_iter().map(|(_, other)| other));
    }
    found.truncate(ALIKE);
    found
}

/// "This is still right": its owner looked at it today.
pub(super) async fn confirm(
    State(web): State<Web>,
    Writer(site): Writer,
    Addressed { section, record, .. }: Addressed,
) -> Response {
    if !record.summary.own {
        return nothing_here(&site);
    }
    let today = dates::day_of(site.now);
    let mut set =
        vec![("confirmed.at".to_owned(), json!(today.to_string())), ("confirmed.by".to_owned(), json!(site.name))];
    let due = record.fields["review_by"].as_str().and_then(|day| day.parse::<Date>().ok());
    if due.is_some_and(|due| due <= today) {
        let next = today.saturating_add(CONFIRM_AGAIN_DAYS.days());
        set.push(("review_by".to_owned(), json!(next.to_string())));
    }
    let (doc, heads) = (record.summary.id, record.heads.iter().map(|head| head.0).collect());
    match web.node.ask(Request::Edit { doc: doc.to_string(), heads, edit: Edit::Set(set) }).await {
        Ok(Answer::Id { id }) => saved(&web, section, &id.to_string()).await,
        // What keeps it from being saved is said where it can be mended.
        Err(Refusal::Invalid(_)) => Redirect::to(&format!("/{}/{}/edit", section.path, doc)).into_response(),
        Err(refusal) => super::share::sorry(&site, &refusal),
        Ok(_) => later(&site),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_translation_is_found_by_its_language() {
        let fields = json!({"translations": [
            {"id": "a", "language": "fr", "title": "Marche", "body": "On **marche**.", "made_by": "machine"},
            {"id": "b", "title": "Nobody knows in which language"},
        ]});
        let found = translation(&fields, &In(Some("fr".into()))).unwrap();
        assert_eq!((found.title.as_deref(), found.by_machine), (Some("Marche"), true));
        assert!(found.body.unwrap().contains("<strong>marche</strong>"));
        assert!(translation(&fields, &In(Some("es".into()))).is_none() && translation(&fields, &In(None)).is_none());
        assert_eq!(translations(&fields).len(), 1);
    }
}
