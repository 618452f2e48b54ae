//! What is turned away before any page sees it, such as a form from somewhere else or a body that is too long: a plain page
//! with a way on, in place of an empty one or one for programmers.

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::Response,
};
use tower_http::csrf::ProtectionError;

use super::{
    Web,
    site::{Site, sorry},
};

/// Answers without a page get one.
pub(super) async fn plainly(State(web): State<Web>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let mut asked = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    let path = asked.uri.path();
    // What the script or a program reads is no page.
    let is_page = !["/assets/", "/quilt/", "/drafts", "/sw.js", "/calendars/", "/calendar.ics"]
        .iter()
        .any(|begin| path.starts_with(begin));
    let has_page =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|is| is.as_bytes().starts_with(b"text/html"));
    let not_from_here = response.extensions().get::<ProtectionError>().is_some();
    let failed = response.status().is_client_error() || response.status().is_server_error();
    if !failed || has_page || !(is_page || not_from_here) {
        return response;
    }
    let Ok(site) = Site::from_request_parts(&mut asked, &web).await else { return response };
    let (what, then) = match response.status() {
        _ if not_from_here => ("not-from-here", "not-from-here-then"),
        StatusCode::PAYLOAD_TOO_LARGE => ("too-long", "too-long-then"),
        _ => ("not-understood", "not-understood-then"),
    };
    sorry(&site, response.status(), site.say(what), site.say(then))
}
