//! Who may have a record, and who may edit it. Each is a page that says what it means before it is done; what more people
//! shall see is shown to its owner first, as they will see it.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use protocol::{
    input::{AudienceAsk, Request},
    record::{self, Kind},
    refusal::Refusal,
    view::{Answer, RecordView},
};

use super::{
    Web, choose,
    circle::{self, Circle},
    form,
    hint::hints,
    look::{self, Back, Look},
    may::Writer,
    paper::{Paper, heads, heads_of, seen_by},
    section::{Addressed, Section},
    sent::{Sent, SentTo},
    site::{Site, later, nothing_here, page},
    write::saved,
};

#[derive(Template)]
#[template(path = "share.html")]
struct SharePage {
    site: Site,
    section: &'static str,
    id: String,
    title: String,
    /// The tag of the language it is written in.
    written: String,
    audience: String,
    named: Vec<String>,
    editors: &'static str,
    editing: Vec<String>,
    circle: Circle,
    sees: String,
    /// What sharing needs and is not there yet: each field's input and name.
    missing: Vec<(String, String)>,
    wrong: Vec<String>,
}

/// Who may have a record, and what choosing otherwise means.
pub(super) async fn share(
    State(web): State<Web>,
    Writer(site): Writer,
    Addressed { section, kind, record }: Addressed,
) -> Response {
    sharing(&web, site, (section, kind), record, vec![], StatusCode::OK).await
}

async fn sharing(
    web: &Web,
    site: Site,
    (section, kind): (&'static Section, &'static Kind),
    record: RecordView,
    wrong: Vec<String>,
    status: StatusCode,
) -> Response {
    if !record.summary.own {
        return nothing_here(&site);
    }
    let circle = Circle::of(web).await;
    let share = SharePage {
        section: section.path,
        id: record.summary.id.to_string(),
        sees: seen_by(&site, &circle, &record),
        missing: missing(&site, kind, &record),
        written: choose::written(&record).to_owned(),
        title: record.summary.title,
        audience: record.summary.audience.to_owned(),
        named: record.shared_with.iter().map(ToString::to_string).collect(),
        editors: record.editors,
        editing: record.edited_by.iter().map(ToString::to_string).collect(),
        circle,
        wrong,
        site,
    };
    (status, page(&share)).into_response()
}

/// What others rely on and is not written yet. A licence is no must, but without one nobody passes it on.
fn missing(site: &Site, kind: &Kind, record: &RecordView) -> Vec<(String, String)> {
    let problems = record::problems_to_share(kind, &record.fields);
    let mut paths: Vec<String> = problems.into_iter().map(|problem| problem.field).collect();
    if kind.field("licence").is_some() && record.fields["licence"].as_str().is_none_or(str::is_empty) {
        paths.push("licence".into());
    }
    let label = |path: &str| kind.field_of(path).map(|field| site.word(field.label));
    paths.into_iter().filter_map(|path| Some((path.clone(), label(&path)?))).collect()
}

/// The record as those will see it with whom it shall be shared, and what it means; nothing is done yet.
pub(super) async fn look(
    State(web): State<Web>,
    Writer(site): Writer,
    addressed: Addressed,
    RawQuery(query): RawQuery,
) -> Response {
    match circle::asked(&form::typed(query.as_deref().unwrap_or_default())) {
        Some(audience) if addressed.record.summary.own => looked(&web, site, addressed, &audience, vec![]).await,
        _ => {
            let Addressed { section, kind, record } = addressed;
            sharing(&web, site, (section, kind), record, vec![], StatusCode::OK).await
        }
    }
}

/// What keeps a record from being shared in this way.
fn in_the_way(site: &Site, kind: &Kind, record: &RecordView, audience: &AudienceAsk) -> Vec<String> {
    if *audience == AudienceAsk::Partners(vec![]) {
        return vec![site.say("share-nobody")];
    }
    let mut wrong = vec![];
    if *audience != AudienceAsk::Private {
        wrong = site.language.problems(kind, &record::problems_to_share(kind, &record.fields));
    }
    if circle::is_wider(record, audience) {
        let open = record.conflicts.iter().map(|conflict| conflict.field.as_str());
        wrong.extend(open.map(|field| undecided(site, kind, field)));
    }
    wrong
}

fn undecided(site: &Site, kind: &Kind, path: &str) -> String {
    let name = path.split(['[', '.']).next().unwrap_or_default();
    site.with("share-undecided", kind.field(name).map_or_else(|| name.to_owned(), |field| site.word(field.label)))
}

async fn looked(
    web: &Web,
    site: Site,
    Addressed { section, kind, record }: Addressed,
    audience: &AudienceAsk,
    mut means: Vec<String>,
) -> Response {
    let wrong = in_the_way(&site, kind, &record, audience);
    if !wrong.is_empty() {
        return sharing(web, site, (section, kind), record, wrong, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let circle = Circle::of(web).await;
    let wider = circle::is_wider(&record, audience);
    means.push(site.say(if wider { "wider-means" } else { "narrower-means" }));
    if wider && !record.unknown.is_empty() {
        means.push(site.say("share-unknown"));
    }
    if !wider && *audience == AudienceAsk::Private {
        means.push(site.say("narrower-kept"));
    }
    let mut fields = vec![("_audience".to_owned(), circle::word(audience).to_owned())];
    if let AudienceAsk::Partners(ids) = audience {
        fields.extend(ids.iter().map(|id| ("_named".to_owned(), id.clone())));
    }
    fields.push(("_heads".to_owned(), heads_of(&record)));
    let here = format!("/{}/{}/share", section.path, record.summary.id);
    let look = Look {
        action: here.clone(),
        fields,
        sees: circle.told(&site, audience),
        means,
        hints: if wider { hints(&site, kind, &record.fields) } else { vec![] },
        go: ("share", site.say(if wider { "share-go" } else { "choose" })),
        back: Back::To(here),
        is_form: false,
    };
    let paper = Paper { web, section, kind, record: Some(&record) };
    let mut as_shared = RecordView { conflicts: vec![], history: None, ..record.clone() };
    as_shared.summary.audience = circle::word(audience);
    look::shown(&paper, site, as_shared, look)
}

/// Says anew who may have a record, or who may edit it.
pub(super) async fn choose_audience(
    State(web): State<Web>,
    SentTo(addressed, Sent { site, body, .. }): SentTo,
) -> Response {
    let all = form::typed(&body);
    let doc = addressed.record.summary.id.to_string();
    let audience = circle::asked(&all);
    let request = match (audience.clone(), circle::editors(&all)) {
        (Some(audience), _) => {
            // Who came without a look has read nothing, and is shown it.
            let heads = heads(all.about("heads"));
            let wider = circle::is_wider(&addressed.record, &audience);
            match heads {
                Some(heads) => Request::Share { doc, audience, heads },
                None if wider => return looked(&web, site, addressed, &audience, vec![]).await,
                None => Request::Share { doc, audience, heads: vec![] },
            }
        }
        (None, Some(editors)) => Request::LetEdit { doc, editors },
        (None, None) => {
            let Addressed { section, kind, record } = addressed;
            return sharing(&web, site, (section, kind), record, vec![], StatusCode::OK).await;
        }
    };
    let answer = web.node.ask(request).await;
    let Addressed { section, kind, record } = addressed;
    match (answer, audience) {
        (Ok(Answer::Id { id }), _) => {
            web.catalog.look(&web.node, record.summary.id).await;
            saved(&web, section, &id.to_string()).await
        }
        (Err(Refusal::StaleHeads), Some(audience)) => {
            let changed = vec![site.say("share-changed")];
            let again = looked(&web, site, Addressed { section, kind, record }, &audience, changed).await;
            (StatusCode::CONFLICT, again).into_response()
        }
        (Err(refusal), _) => {
            let (wrong, status) = match &refusal {
                Refusal::Invalid(wrong) => (site.language.problems(kind, wrong), StatusCode::UNPROCESSABLE_ENTITY),
                Refusal::Undecided(field) => (vec![undecided(&site, kind, field)], StatusCode::CONFLICT),
                refusal => (vec![site.language.refused(refusal)], StatusCode::CONFLICT),
            };
            sharing(&web, site, (section, kind), record, wrong, status).await
        }
        (Ok(_), _) => later(&site),
    }
}

/// Why something was not done, on a page of its own.
pub(super) fn sorry(site: &Site, refusal: &Refusal) -> Response {
    super::site::sorry(site, StatusCode::CONFLICT, site.say("not-done"), site.language.refused(refusal))
}

/// Back to a record.
pub(super) fn to_record(section: &Section, id: &str) -> Response {
    Redirect::to(&format!("/{}/{id}", section.path)).into_response()
}
