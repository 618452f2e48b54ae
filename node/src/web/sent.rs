//! A form that somebody sent to write something. Whatever goes wrong on the way, what was typed comes back: also when they
//! are no longer signed in, and the beginning of what is too long to take.

use askama::Template;
use axum::{
    body::Body,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::StreamExt;

use super::{
    Web,
    may::Writer,
    section::Addressed,
    site::{Site, cookie, page},
};
use crate::config::{BODY_BYTES, DRAFT_BYTES, DRAINED_BYTES};

/// The cookie that says that somebody opened a form in this browser: who sends one then, and is not signed in any more,
/// has typed something to lose.
const WRITING: &str = "writing";

/// A form, from somebody who may write.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) site: Site,
    /// The form's body.
    pub(super) body: String,
    /// Whether it had more than we take; `body` is its beginning.
    pub(super) is_cut: bool,
}

impl FromRequest<Web> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, web: &Web) -> Result<Sent, Response> {
        let (mut parts, body) = request.into_parts();
        let site = Site::from_request_parts(&mut parts, web).await?;
        let was_here = site.account.is_none() && cookie(&parts.headers, WRITING).is_some();
        if !was_here {
            let Writer(site) = Writer::from_request_parts(&mut parts, web).await?;
            let (body, is_cut) = read(body, BODY_BYTES).await;
            return Ok(Sent { site, body, is_cut });
        }
        // As much as a draft may have: strangers can send this too.
        let (body, is_cut) = read(body, DRAFT_BYTES).await;
        let action = parts.uri.path_and_query().map_or_else(String::new, |path| path.as_str().to_owned());
        let signed_out = SignedOut { action, fields: fields(&body, is_cut), is_cut, site };
        Err((StatusCode::UNAUTHORIZED, page(&signed_out)).into_response())
    }
}

/// A form about a record, from somebody who may write. Who sent it is asked before there is a record at all: whoever may not
/// write learns from the answer of none whether it is there.
pub(super) struct SentTo(pub(super) Addressed, pub(super) Sent);

impl FromRequest<Web> for SentTo {
    type Rejection = Response;

    async fn from_request(request: Request, web: &Web) -> Result<SentTo, Response> {
        let (mut parts, body) = request.into_parts();
        let sent = Sent::from_request(Request::from_parts(parts.clone(), body), web).await?;
        Ok(SentTo(Addressed::from_request_parts(&mut parts, web).await?, sent))
    }
}

/// A page with a form on it, which this browser remembers for when it is sent.
pub(super) fn remembered(mut form: Response) -> Response {
    let cookie = HeaderValue::from_static("writing=1; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly");
    form.headers_mut().append(header::SET_COOKIE, cookie);
    form
}

/// What a form holds, to be put into another page. The last one of a form that was cut off may be half a word.
pub(super) fn fields(body: &str, is_cut: bool) -> Vec<(String, String)> {
    let whole = if is_cut { body.rsplit_once('&').map_or("", |(whole, _)| whole) } else { body };
    form_urlencoded::parse(whole.as_bytes()).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOut {
    site: Site,
    action: String,
    fields: Vec<(String, String)>,
    is_cut: bool,
}

/// The beginning of a body, and whether there was more. The rest is taken from the wire and thrown away, for a browser
/// that is still sending reads no answer.
async fn read(body: Body, most: usize) -> (String, bool) {
    let (mut kept, mut seen) = (vec![], 0);
    let mut chunks = body.into_data_stream();
    while let Some(Ok(chunk)) = chunks.next().await {
        seen += chunk.len();
        let room = most.saturating_sub(kept.len()).min(chunk.len());
        kept.extend_from_slice(&chunk[..room]);
        if seen > DRAINED_BYTES {
            break;
        }
    }
    (String::from_utf8_lossy(&kept).into_owned(), seen > most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn of_what_is_too_long_the_beginning_comes_back() {
        assert_eq!(
            read(Body::from("title=Walk&summary=We+walk"), 100).await,
            ("title=Walk&summary=We+walk".into(), false)
        );
        let (body, is_cut) = read(Body::from("title=Walk&summary=We+walk"), 20).await;
        assert!(is_cut);
        assert_eq!(fields(&body, is_cut), [("title".to_owned(), "Walk".to_owned())]);
    }
}
