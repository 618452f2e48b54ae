//! Records: write, read, find, share, delete.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Path, State},
    http::StatusCode,
};
use protocol::{
    identity::{DocId, Hash},
    input::Request,
    record::Edit,
    view::{Answer, RecordView},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Api,
    body::{Body, Params, audience, editors},
    caller::Caller,
    failure::Failure,
    public, search,
};
use crate::{
    catalog::{Row, Viewer},
    confidential,
    config::{PAGE, PAGE_MOST},
    run::Handle,
    search::{Search, find_aside},
};

/// Which records.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Which {
    pub(super) kind: Option<String>,
    pub(super) owner: Option<String>,
    pub(super) words: Option<String>,
    pub(super) after: Option<DocId>,
    pub(super) limit: Option<usize>,
}

impl Which {
    fn request(self) -> Request {
        let Which { kind, owner, after, limit, .. } = self;
        Request::List { kind, owner, after, limit: limit.unwrap_or(PAGE).clamp(1, PAGE_MOST) }
    }
}

pub(super) async fn list(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Params(which): Params<Which>,
) -> Result<Json<Value>, Failure> {
    match caller.viewer {
        Viewer::Inside if which.words.is_none() => Ok(Json(json!(api.node.ask(which.request()).await?))),
        Viewer::Inside => {
            // Which kinds and owners there are the engine knows.
            api.node.ask(Which { limit: Some(1), ..which.clone() }.request()).await?;
            // Whoever saved something finds it.
            api.catalog.catch_up(&api.node).await;
            shared(&api, Viewer::Inside, which).await
        }
        viewer => shared(&api, viewer, which).await,
    }
}

/// What members share with each other, or with everybody, out of the lists of the pages: the engine knows who has a record,
/// but not who reads it here, and a stranger's question should cost it nothing.
async fn shared(api: &Api, viewer: Viewer, which: Which) -> Result<Json<Value>, Failure> {
    if api.catalog.is_behind() {
        return Err(Failure::later());
    }
    let search = Search { words: which.words.unwrap_or_default(), exact: true, ..Search::default() };
    let mut rows = find_aside(&api.catalog, viewer, &search).await.rows;
    rows.sort_by_key(|row| row.id);
    let fits = |row: &&Arc<Row>| {
        which.kind.as_ref().is_none_or(|kind| row.kind.name == kind)
            && which.owner.as_ref().is_none_or(|owner| search::is_owner(row, owner))
            && which.after.is_none_or(|after| row.id > after)
    };
    let some = rows.iter().filter(fits).take(which.limit.unwrap_or(PAGE).clamp(1, PAGE_MOST));
    let records: Vec<Value> = some.map(|row| search::summary(row, viewer)).collect();
    Ok(Json(json!({"records": records})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    kind: String,
    fields: Value,
    audience: Option<String>,
    editors: Option<String>,
}

pub(super) async fn create(
    State(node): State<Handle>,
    Body(new): Body<New>,
) -> Result<(StatusCode, Json<Answer>), Failure> {
    let audience = new.audience.as_deref().map(audience).transpose()?.unwrap_or_default();
    let editors = new.editors.as_deref().map(editors).transpose()?.unwrap_or_default();
    let request = Request::Create { kind: new.kind, value: new.fields, audience, editors };
    Ok((StatusCode::CREATED, Json(node.ask(request).await?)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HowMuch {
    #[serde(default)]
    history: bool,
}

pub(super) async fn show(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Path(doc): Path<String>,
    Params(HowMuch { history }): Params<HowMuch>,
) -> Result<Json<Value>, Failure> {
    match caller.viewer {
        Viewer::Inside => Ok(Json(json!(shown(&api, caller, doc, history).await?))),
        viewer => public::show(&api.node, viewer, &doc).await,
    }
}

/// A record for somebody of this collaborative.
async fn shown(api: &Api, caller: Caller, doc: String, history: bool) -> Result<Answer, Failure> {
    let mut answer = api.node.ask(Request::Show { doc, history }).await?;
    if let Answer::Record(record) = &mut answer
        && !edits(api, caller, record)
    {
        confidential::hide(record);
    }
    Ok(answer)
}

/// Whether they may edit a record, and so read what it keeps confidential.
fn edits(api: &Api, caller: Caller, record: &RecordView) -> bool {
    caller.writes() && confidential::may_edit(record, api.catalog.whose().member)
}

pub(super) async fn version(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    Path((doc, change)): Path<(String, String)>,
) -> Result<Json<Answer>, Failure> {
    let now = api.node.ask(Request::Show { doc: doc.clone(), history: false }).await?;
    let mut then = api.node.ask(Request::Version { doc, change }).await?;
    if let (Answer::Record(now), Answer::Version(then)) = (&now, &mut then)
        && !edits(&api, caller, now)
    {
        confidential::hide_then(then, &now.fields);
    }
    Ok(Json(then))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Back {
    change: String,
    #[serde(default)]
    heads: Vec<Hash>,
}

pub(super) async fn restore(
    State(node): State<Handle>,
    Path(doc): Path<String>,
    Body(Back { change, heads }): Body<Back>,
) -> Result<Json<Answer>, Failure> {
    let heads = heads.into_iter().map(|head| head.0).collect();
    Ok(Json(node.ask(Request::Restore { doc, change, heads }).await?))
}

/// A change: the whole form as `fields`, or single fields as `set: [["title", "New"], …]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Changed {
    #[serde(default)]
    heads: Vec<Hash>,
    fields: Option<Value>,
    set: Option<Vec<(String, Value)>>,
}

pub(super) async fn edit(
    State(node): State<Handle>,
    Path(doc): Path<String>,
    Body(changed): Body<Changed>,
) -> Result<Json<Answer>, Failure> {
    let edit = match (changed.fields, changed.set) {
        (Some(whole), None) => Edit::Whole(whole),
        (None, Some(some)) => Edit::Set(some),
        _ => return Err(Failure::invalid("give either `fields`, the whole form, or `set`, single fields")),
    };
    let heads = changed.heads.into_iter().map(|head| head.0).collect();
    Ok(Json(node.ask(Request::Edit { doc, heads, edit }).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sharing {
    audience: String,
    #[serde(default)]
    heads: Vec<Hash>,
}

pub(super) async fn share(
    State(node): State<Handle>,
    Path(doc): Path<String>,
    Body(sharing): Body<Sharing>,
) -> Result<Json<Answer>, Failure> {
    let heads = sharing.heads.into_iter().map(|head| head.0).collect();
    Ok(Json(node.ask(Request::Share { doc, audience: audience(&sharing.audience)?, heads }).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Editing {
    editors: String,
}

pub(super) async fn let_edit(
    State(node): State<Handle>,
    Path(doc): Path<String>,
    Body(editing): Body<Editing>,
) -> Result<Json<Answer>, Failure> {
    Ok(Json(node.ask(Request::LetEdit { doc, editors: editors(&editing.editors)? }).await?))
}

pub(super) async fn delete(State(node): State<Handle>, Path(doc): Path<String>) -> Result<Json<Answer>, Failure> {
    Ok(Json(node.ask(Request::Delete { doc }).await?))
}
