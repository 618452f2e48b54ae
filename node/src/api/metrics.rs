//! The node's numbers, for Prometheus.

use axum::{extract::State, http::header, response::IntoResponse};
use protocol::{input::Request, view::Answer};

use super::{Api, failure::Failure};

pub(super) async fn show(State(api): State<Api>) -> Result<impl IntoResponse, Failure> {
    let Answer::Status(status) = api.node.ask(Request::Status).await? else { return Err(Failure::later()) };
    // Adding up the bytes of many files may take a moment.
    let text = tokio::task::spawn_blocking(move || api.catalog.metrics().told(&status, &api.home)).await;
    let text = text.map_err(|_| Failure::later())?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text))
}
