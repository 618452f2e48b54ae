//! Reading requests strictly, so that a misspelled word is an error in a sentence and never ignored.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Query, Request},
    http::{StatusCode, request::Parts},
};
use protocol::input::{AudienceAsk, EditorsAsk};
use serde::de::DeserializeOwned;

use super::failure::Failure;

/// A JSON body. Its content type does not matter: nobody else can reach the socket.
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Body<T>, Failure> {
        let bytes = Bytes::from_request(request, state).await.map_err(|why| match why.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Failure::too_large("the request has more than 1 MiB; send less at once"),
            _ => Failure::invalid(why.to_string()),
        })?;
        let value = serde_json::from_slice(&bytes);
        value.map(Body).map_err(|why| Failure::invalid(format!("the request is not as it should be: {why}")))
    }
}

/// What stands behind the question mark.
pub(super) struct Params<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Params<T>, Failure> {
        let Query(value) = Query::from_request_parts(parts, state)
            .await
            .map_err(|why| Failure::invalid(format!("the address is not as it should be: {}", why.body_text())))?;
        Ok(Params(value))
    }
}

pub(super) fn audience(text: &str) -> Result<AudienceAsk, Failure> {
    AudienceAsk::parse(text).ok_or_else(|| {
        Failure::invalid(format!("`{text}` is no audience; write private, partners:NAME,NAME, network or public"))
    })
}

pub(super) fn editors(text: &str) -> Result<EditorsAsk, Failure> {
    EditorsAsk::parse(text)
        .ok_or_else(|| Failure::invalid(format!("`{text}` is nobody; write owner, named:NAME,NAME or members")))
}
