//! Records for who may not see all that is here: without a key what is public, and with a coordinator's key what members share.
//!
//! What is not public and what does not exist answer alike. Ids must be whole: whether a beginning fits one record,
//! several or none would tell a stranger about records that are not for them.

use axum::{Json, extract::State, http::StatusCode};
use protocol::{
    identity::DocId,
    input::Request,
    refusal::Refusal,
    view::{Answer, RecordView, Summary},
};
use serde_json::{Value, json};

use super::failure::Failure;
use crate::{catalog::Viewer, confidential, run::Handle};

/// Whether the engine runs. Asks it nothing: a stranger's question should cost nothing.
pub(super) async fn health(State(node): State<Handle>) -> (StatusCode, Json<Value>) {
    let alive = node.is_alive();
    let status = if alive { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({"ok": alive})))
}

/// One record, for a viewer who may not see all that is here.
pub(super) async fn show(node: &Handle, viewer: Viewer, id: &str) -> Result<Json<Value>, Failure> {
    let nothing = || Failure::from(Refusal::UnknownRecord(id.to_owned()));
    let doc: DocId = id.parse().map_err(|_| nothing())?;
    match node.ask(Request::Show { doc: doc.to_string(), history: false }).await {
        Ok(Answer::Record(record)) if viewer.may_see(record.summary.audience) => Ok(Json(whole(&record, viewer))),
        Err(Refusal::Store(_)) => Err(Failure::later()),
        _ => Err(nothing()),
    }
}

/// Named field by field, so that what is added to the views stays inside until somebody decides otherwise.
pub(super) fn summary(record: &Summary) -> Value {
    json!({
        "id": record.id,
        "kind": record.kind,
        "title": record.title,
        "summary": record.summary,
        "owner": record.owner,
        "owner_name": record.owner_name,
    })
}

fn whole(record: &RecordView, viewer: Viewer) -> Value {
    let mut shown = summary(&record.summary);
    if viewer != Viewer::Anybody {
        shown["audience"] = record.summary.audience.into();
        shown["own"] = record.summary.own.into();
    }
    shown["fields"] = confidential::without(record.fields.clone());
    shown
}
