//! Records that come from files, many at once.

use axum::{Json, extract::State};
use protocol::{
    input::{Incoming, Request},
    view::Answer,
};
use serde::Deserialize;

use super::{
    body::{Body, audience},
    failure::Failure,
};
use crate::{config::IMPORT_RECORDS, run::Handle};

/// What to take in: `{"records": [{"kind", "source", "outside_id", "fields": [["title", "New"], …]}]}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    records: Vec<Incoming>,
    audience: Option<String>,
    #[serde(default)]
    dry_run: bool,
}

/// What became of each, in their order: `{"records": [{"outcome", "id", "fields", "problems"}]}`.
pub(super) async fn import(State(node): State<Handle>, Body(new): Body<New>) -> Result<Json<Answer>, Failure> {
    if new.records.len() > IMPORT_RECORDS {
        return Err(Failure::invalid(format!("send at most {IMPORT_RECORDS} records at once")));
    }
    let audience = new.audience.as_deref().map(audience).transpose()?.unwrap_or_default();
    Ok(Json(node.ask(Request::Import { records: new.records, audience, dry_run: new.dry_run }).await?))
}
