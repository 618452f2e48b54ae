//! A form that somebody sent to write something. Whatever goes wrong on the way, what was typed comes back: also when they
//! are no longer signed in, and the beginning of what is too long to take.

use askama::Template;
use axum::{
    Form,
    body::Body,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use futures::StreamExt;
use protocol::{kinds, record::Kind};
use serde::de::DeserializeOwned;

use super::{
    Web, form, history,
    may::{Admin, Writer},
    section::{Addressed, Section},
    site::{Site, cookie, page, sorry},
};
use crate::config::{BODY_BYTES, DRAFT_BYTES, DRAINED_BYTES, FORM_CELLS};

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
        let (_, sent) = from::<Writer>(request, web).await?;
        Ok(sent)
    }
}

/// A form from somebody who looks after this node, as what it says.
#[derive(Debug)]
pub(super) struct SentByAdmin<T>(pub(super) Site, pub(super) T);

impl<T: DeserializeOwned> FromRequest<Web> for SentByAdmin<T> {
    type Rejection = Response;

    async fn from_request(request: Request, web: &Web) -> Result<SentByAdmin<T>, Response> {
        let (parts, Sent { site, body, .. }) = from::<Admin>(request, web).await?;
        let Form(typed) = Form::from_request(Request::from_parts(parts, Body::from(body)), web)
            .await
            .map_err(IntoResponse::into_response)?;
        Ok(SentByAdmin(site, typed))
    }
}

/// A form, from whom it must be. Who may not send it (any more) has what they typed to copy.
async fn from<W: FromRequestParts<Web, Rejection = Response>>(
    request: Request,
    web: &Web,
) -> Result<(Parts, Sent), Response> {
    let (mut parts, body) = request.into_parts();
    let site = Site::from_request_parts(&mut parts, web).await?;
    let was_here = site.account.is_some() || cookie(&parts.headers, WRITING).is_some();
    let turned_away = match W::from_request_parts(&mut parts, web).await {
        Err(answer) if !was_here => return Err(answer),
        other => other.err(),
    };
    // As much as a draft may have: strangers can send this too.
    let most = if turned_away.is_none() { BODY_BYTES } else { DRAFT_BYTES };
    let Ok((body, is_cut)) = read(body, most).await else {
        return Err(sorry(&site, StatusCode::BAD_REQUEST, site.say("not-whole"), site.say("not-whole-then")));
    };
    match turned_away {
        None => Ok((parts, Sent { site, body, is_cut })),
        Some(_) if site.account.is_none() => {
            let action = parts.uri.path_and_query().map_or_else(String::new, |path| path.as_str().to_owned());
            let (fields, is_cut) = fields(&body, is_cut);
            Err((StatusCode::UNAUTHORIZED, page(&SignedOut { action, fields, is_cut, site })).into_response())
        }
        Some(answer) => {
            let section = <&Section>::from_request_parts(&mut parts, web).await.ok();
            Err(to_copy(site, section, &body, "kept-may-not", answer))
        }
    }
}

/// A form about a record, from somebody who may write. Who sent it is asked before there is a record at all: whoever may not
/// write learns from the answer of none whether it is there.
pub(super) struct SentTo(pub(super) Addressed, pub(super) Sent);

impl FromRequest<Web> for SentTo {
    type Rejection = Response;

    async fn from_request(request: Request, web: &Web) -> Result<SentTo, Response> {
        let (mut parts, sent) = from::<Writer>(request, web).await?;
        match Addressed::from_request_parts(&mut parts, web).await {
            Ok(addressed) => Ok(SentTo(addressed, sent)),
            Err(answer) => {
                let section = <&Section>::from_request_parts(&mut parts, web).await.ok();
                let why = if answer.status() == StatusCode::NOT_FOUND { "kept-gone" } else { "kept-not-now" };
                Err(to_copy(sent.site, section, &sent.body, why, answer))
            }
        }
    }
}

/// What somebody typed where it cannot be saved, to copy it from; where nothing was typed, the answer there is anyway.
pub(super) fn to_copy(site: Site, section: Option<&Section>, body: &str, why: &str, answer: Response) -> Response {
    let kinds: Vec<&Kind> = section.iter().flat_map(|s| s.kinds).filter_map(|name| kinds::kind(name)).collect();
    let label = |path: &str| kinds.iter().find_map(|kind| Some(history::label(&site, kind, path)?.0));
    let typed: Vec<(String, String)> = form::typed(body)
        .typed
        .into_iter()
        .filter(|(_, text)| !text.trim().is_empty())
        .map(|(path, text)| (label(&path).unwrap_or(path), text))
        .collect();
    if typed.is_empty() {
        return answer;
    }
    let (what, then) = (site.say(why), site.say(&format!("{why}-then")));
    (answer.status(), page(&ToCopy { what, then, typed, site })).into_response()
}

#[derive(Template)]
#[template(path = "to_copy.html")]
struct ToCopy {
    site: Site,
    what: String,
    then: String,
    typed: Vec<(String, String)>,
}

/// A page with a form on it, which this browser remembers for when it is sent.
pub(super) fn remembered(mut form: Response) -> Response {
    let cookie = HeaderValue::from_static("writing=1; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly");
    form.headers_mut().append(header::SET_COOKIE, cookie);
    form
}

/// What a form holds, to be put into another page, and whether that is not all: the last field of a form that was cut off
/// may be half a word, and there is an end to how many are taken.
pub(super) fn fields(body: &str, is_cut: bool) -> (Vec<(String, String)>, bool) {
    let whole = if is_cut { body.rsplit_once('&').map_or("", |(whole, _)| whole) } else { body };
    let mut all = form_urlencoded::parse(whole.as_bytes()).map(|(name, value)| (name.into_owned(), value.into_owned()));
    let some = all.by_ref().take(FORM_CELLS).collect();
    (some, is_cut || all.next().is_some())
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOut {
    site: Site,
    action: String,
    fields: Vec<(String, String)>,
    is_cut: bool,
}

/// A form of which the end never came: its fields may be cut in two, and the button that was pressed may be missing.
#[derive(Debug, PartialEq)]
struct Broken;

/// The beginning of a body, and whether there was more. The rest is taken from the wire and thrown away, for a browser
/// that is still sending reads no answer.
async fn read(body: Body, most: usize) -> Result<(String, bool), Broken> {
    let (mut kept, mut seen) = (vec![], 0);
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Broken)?;
        seen += chunk.len();
        let room = most.saturating_sub(kept.len()).min(chunk.len());
        kept.extend_from_slice(&chunk[..room]);
        if seen > DRAINED_BYTES {
            break;
        }
    }
    Ok((String::from_utf8_lossy(&kept).into_owned(), seen > most))
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[tokio::test]
    async fn of_what_is_too_long_the_beginning_comes_back() {
        let whole = "title=Walk&summary=We+walk";
        assert_eq!(read(Body::from(whole), 100).await, Ok((whole.into(), false)));
        let (body, is_cut) = read(Body::from(whole), 20).await.unwrap();
        assert!(is_cut);
        assert_eq!(fields(&body, is_cut), (vec![("title".to_owned(), "Walk".to_owned())], true));
    }

    #[tokio::test]
    async fn what_breaks_off_is_not_taken_for_the_whole() {
        let pieces = [Ok("title=Wa"), Err(io::Error::other("the line broke"))];
        assert_eq!(read(Body::from_stream(futures::stream::iter(pieces)), 100).await, Err(Broken));
    }

    #[test]
    fn a_hundred_thousand_fields_are_no_page() {
        let (some, is_cut) = fields(&"a&".repeat(100_000), false);
        assert!(is_cut && some.len() == FORM_CELLS);
    }
}
