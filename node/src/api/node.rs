//! The node itself: how it stands, whom it knows, what it is called, and what changes as it happens.

use std::convert::Infallible;

use axum::{
    Json,
    extract::State,
    response::sse::{Event, KeepAlive, Sse},
};
use futures::{Stream, StreamExt, stream};
use protocol::{identity::DocId, input::Request, view::Answer};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{body::Body, failure::Failure};
use crate::run::Handle;

pub(super) async fn status(State(node): State<Handle>) -> Result<Json<Answer>, Failure> {
    Ok(Json(node.ask(Request::Status).await?))
}

pub(super) async fn peers(State(node): State<Handle>) -> Result<Json<Answer>, Failure> {
    Ok(Json(node.ask(Request::Peers).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Naming {
    name: String,
    place: Option<String>,
}

pub(super) async fn name(State(node): State<Handle>, Body(naming): Body<Naming>) -> Result<Json<Answer>, Failure> {
    let Naming { name, place } = naming;
    Ok(Json(node.ask(Request::Name { name, place }).await?))
}

/// Server-sent events, one for each change: `{"id", "kind"}`. Kind is null when the record can be seen no more. Who
/// fell behind gets `{"all": true}` and should look at everything again.
pub(super) async fn events(State(node): State<Handle>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let changes = stream::unfold((node.changes(), node.clone()), |(changes, node)| async move {
        let mut changes = changes?;
        let event = next(&mut changes, &node).await?;
        Some((Ok(Event::default().data(event.to_string())), (Some(changes), node)))
    });
    // Otherwise an open page would keep the node from stopping.
    Sse::new(changes.take_until(Box::pin(node.stopping()))).keep_alive(KeepAlive::default())
}

async fn next(changes: &mut Receiver<DocId>, node: &Handle) -> Option<Value> {
    match changes.recv().await {
        Ok(id) => {
            let shown = node.ask(Request::Show { doc: id.to_string(), history: false }).await;
            let kind = match shown {
                Ok(Answer::Record(record)) => Some(record.summary.kind),
                _ => None,
            };
            Some(json!({"id": id, "kind": kind}))
        }
        Err(RecvError::Lagged(_)) => Some(json!({"all": true})),
        Err(RecvError::Closed) => None,
    }
}
