//! The search, for programs: the same as on the pages, best first.

use axum::{Extension, Json, extract::State};
use protocol::{engine::fold, identity::DocId, input::Request, kinds, view::Summary};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Api, body::Params, caller::Caller, failure::Failure, public};
use crate::{
    catalog::{OWNER, Row, Viewer},
    config::{PAGE, PAGE_MOST},
    search::{Part, Search, find_aside},
};

/// What somebody looks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sought {
    words: Option<String>,
    kind: Option<String>,
    owner: Option<String>,
    after: Option<DocId>,
    limit: Option<usize>,
}

/// `{"records": […], "instead": null}`: the last names other words that may have been meant, where little was found.
pub(super) async fn search(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Params(sought): Params<Sought>,
) -> Result<Json<Value>, Failure> {
    let viewer = caller.viewer;
    let words = sought.words.filter(|words| !words.trim().is_empty());
    let Some(words) = words else { return Err(Failure::invalid("say what to look for: /search?words=…")) };
    let part = Part::After(sought.after, sought.limit.unwrap_or(PAGE).clamp(1, PAGE_MOST));
    let mut search = Search { words, part, ..Search::default() };
    if let Some(kind) = &sought.kind {
        search.kinds = kinds::kind(kind).map(|kind| kind.name).into_iter().collect();
    }
    // Whoever can have saved something finds it; a stranger's question costs the engine nothing.
    if viewer == Viewer::Inside {
        api.catalog.catch_up(&api.node).await;
    }
    if let Some(owner) = &sought.owner {
        let known = api.catalog.rows(viewer).into_iter().find(|row| is_owner(row, owner)).map(|row| row.owner);
        if known.is_none() && viewer == Viewer::Inside {
            // Whether nobody is called so, or nothing is theirs, the engine knows.
            let none = Request::List { kind: None, owner: Some(owner.clone()), after: None, limit: 1 };
            api.node.ask(none).await?;
        }
        search.picked.insert(OWNER.into(), vec![known.map(|id| id.to_string()).unwrap_or_default()]);
    }
    let found = find_aside(&api.catalog, viewer, &search).await;
    let unknown = sought.kind.is_some() && search.kinds.is_empty();
    let records: Vec<Value> = found.rows.iter().filter(|_| !unknown).map(|row| summary(row, viewer)).collect();
    Ok(Json(json!({"records": records, "instead": found.instead})))
}

pub(super) fn is_owner(row: &Row, owner: &str) -> bool {
    fold(&row.owner_name) == fold(owner) || row.owner.to_string() == owner
}

/// A record as lists show it, as far as this viewer is told.
pub(super) fn summary(row: &Row, viewer: Viewer) -> Value {
    let summary = Summary {
        id: row.id,
        kind: row.kind.name.into(),
        title: row.title.clone(),
        summary: row.summary.clone(),
        owner: row.owner,
        owner_name: row.owner_name.clone(),
        audience: row.audience,
        own: row.own,
    };
    if viewer == Viewer::Anybody { public::summary(&summary) } else { json!(summary) }
}
