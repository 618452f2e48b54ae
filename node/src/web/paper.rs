//! The page with a form on it: what is to be written, who will see it, what to look at once more, and the drafts that its
//! writer has here.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use protocol::{
    identity::{DocId, Hash},
    kinds,
    record::{Kind, Problem},
    view::RecordView,
};

use super::{
    Web,
    circle::Circle,
    dates, draft,
    form::{self, Answer, Making, Part, Sort, Typed},
    hint::Hint,
    section::Section,
    sent::remembered,
    site::{Site, page},
};
use crate::config::LINK_CHOICES;

/// What is written, and where.
#[derive(Debug)]
pub(super) struct Paper<'a> {
    pub(super) web: &'a Web,
    pub(super) section: &'static Section,
    pub(super) kind: &'static Kind,
    /// The record that is changed; none for a new one.
    pub(super) record: Option<&'a RecordView>,
}

/// What there is to say on the page.
#[derive(Debug, Default)]
pub(super) struct Said<'a> {
    pub(super) status: StatusCode,
    pub(super) problems: &'a [Problem],
    pub(super) wrong: Vec<String>,
    pub(super) note: Option<String>,
    pub(super) hints: Vec<Hint>,
    /// Where the reader goes on.
    pub(super) focus: &'a str,
    /// Whether the form is new, and nothing was typed in it.
    pub(super) is_new: bool,
}

#[derive(Template)]
#[template(path = "form.html")]
struct FormPage<'a> {
    site: Site,
    section: &'static str,
    action: String,
    title: String,
    help: String,
    credit: String,
    kinds: Vec<(&'static str, String, bool)>,
    parts: Vec<Part>,
    kept: Vec<(&'static str, String)>,
    draft: &'a str,
    drafts: Vec<draft::Line>,
    note: Option<String>,
    hints: Vec<Hint>,
    /// Who sees it; of a new record alone.
    audience: Option<String>,
    named: Vec<&'a str>,
    circle: Circle,
    sees: String,
    wrong: Vec<String>,
    leave: String,
}

impl Paper<'_> {
    /// Where the form is sent to.
    pub(super) fn action(&self) -> String {
        match self.record {
            None => format!("/{}/new?kind={}", self.section.path, self.kind.name),
            Some(record) => format!("/{}/{}/edit", self.section.path, record.summary.id),
        }
    }

    /// The form as a page.
    pub(super) async fn page(&self, site: Site, typed: &Typed, said: Said<'_>) -> Response {
        let circle = Circle::of(self.web).await;
        let answers = self.answers(&site);
        let mut wrong = said.wrong;
        wrong.extend(site.language.problems(self.kind, said.problems));
        let links = |to: &'static [&'static str]| self.links(&site, to);
        let making = Making {
            language: site.language,
            wrong: said.problems,
            answers,
            links: &links,
            is_new: said.is_new,
            focus: said.focus,
        };
        let is_new = self.record.is_none();
        let several = is_new && self.section.kinds.len() > 1 && typed.about("from").is_empty();
        let kinds = self.section.kinds.iter().filter(|_| several).filter_map(|name| kinds::kind(name));
        let mut kept: Vec<(&'static str, String)> = vec![];
        for (name, about) in [("_heads", "heads"), ("_from", "from"), ("_use", "use")] {
            kept.extend((!typed.about(about).is_empty()).then(|| (name, typed.about(about).to_owned())));
        }
        if said.hints.iter().any(|hint| hint.is_personal) {
            kept.push(("_seen", "yes".into()));
        }
        let form = FormPage {
            section: self.section.path,
            action: self.action(),
            title: self.title(&site),
            help: site.word(self.kind.help),
            credit: typed.about("credit").to_owned(),
            kinds: kinds.map(|other| (other.name, site.word(other.label), other.name == self.kind.name)).collect(),
            parts: form::parts(self.kind, typed, making),
            kept,
            draft: typed.about("draft"),
            drafts: draft::others(self.web, &site, &self.action(), typed.about("draft")),
            note: said.note,
            hints: said.hints,
            audience: is_new.then(|| typed.about("audience").to_owned()),
            named: typed.about("named").lines().collect(),
            sees: self.record.map(|record| seen_by(&site, &circle, record)).unwrap_or_default(),
            circle,
            wrong,
            leave: match self.record {
                None => format!("/{}", self.section.path),
                Some(record) => format!("/{}/{}", self.section.path, record.summary.id),
            },
            site,
        };
        remembered((said.status, page(&form)).into_response())
    }

    fn title(&self, site: &Site) -> String {
        match self.record {
            None => site.with("new-title", site.word(self.kind.label)),
            Some(record) => site.with("edit-title", &record.summary.title),
        }
    }

    /// Fields that people set to different values at once, each with who set it and when.
    fn answers(&self, site: &Site) -> BTreeMap<String, Vec<Answer>> {
        let Some(record) = self.record else { return BTreeMap::new() };
        let answers = record.conflicts.iter().map(|conflict| {
            let values = conflict.values.iter().map(|value| Answer {
                change: value.change.to_string(),
                shown: super::choose::shown(
                    site,
                    self.web,
                    (self.kind, super::choose::written(record)),
                    &conflict.field,
                    &value.value,
                ),
                by: super::choose::said_by(site, value),
            });
            (conflict.field.clone(), values.collect())
        });
        answers.collect()
    }

    /// The records that a field may lead to, by title.
    fn links(&self, site: &Site, to: &[&str]) -> Vec<(String, String)> {
        let here = self.record.map(|record| record.summary.id);
        let rows = self.web.catalog.rows(site.viewer).into_iter();
        let rows = rows.filter(|row| (to.is_empty() || to.contains(&row.kind.name)) && Some(row.id) != here);
        let mut found: Vec<(String, String)> = rows.map(|row| (row.id.to_string(), row.title.clone())).collect();
        if found.len() > LINK_CHOICES {
            return vec![];
        }
        found.sort_by_cached_key(|(id, title)| (title.to_lowercase(), id.clone()));
        found
    }
}

/// Who sees a record as it is now.
pub(super) fn seen_by(site: &Site, circle: &Circle, record: &RecordView) -> String {
    use protocol::input::AudienceAsk;
    let audience = match record.summary.audience {
        "partners" => AudienceAsk::Partners(record.shared_with.iter().map(ToString::to_string).collect()),
        word => AudienceAsk::parse(word).unwrap_or_default(),
    };
    let whose = if record.summary.own { String::new() } else { site.with("sees-others", &record.summary.owner_name) };
    if whose.is_empty() { circle.told(site, &audience) } else { whose }
}

/// The heads a form was made from.
pub(super) fn heads(text: &str) -> Option<Vec<[u8; 32]>> {
    text.split(' ').map(|head| head.parse::<Hash>().map(|hash| hash.0).ok()).collect()
}

/// The heads of a record, for a form to hand back.
pub(super) fn heads_of(record: &RecordView) -> String {
    record.heads.iter().map(Hash::to_string).collect::<Vec<_>>().join(" ")
}

/// The id of a record, from a form.
pub(super) fn id(text: &str) -> Option<DocId> {
    text.parse().ok()
}

/// When something was kept, as a clock says it.
pub(super) fn clock(site: &Site, at_ms: u64) -> String {
    dates::moment(site.language, at_ms)
}
