//! Files that pages need, from within the program: nothing is fetched from elsewhere, and nothing is looked up on disk.

use axum::{
    body::Body,
    extract::{Path, RawQuery},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::quilt;

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Files;

/// A year: the address of such a file changes with what is in it, by a number in its name or its hash behind it.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// A file as it is.
pub(super) fn bytes(path: &str) -> Option<std::borrow::Cow<'static, [u8]>> {
    Files::get(path).map(|file| file.data)
}

/// The beginning of a file's hash, to stand in its address.
pub(super) fn version(path: &str) -> String {
    Files::get(path).map_or_else(String::new, |file| hex(&file.metadata.sha256_hash()[..4]))
}

pub(super) async fn file(Path(path): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let named = path.contains("-1.") || query.is_some_and(|query| query.starts_with("v="));
    answer(Files::get(&path), &headers, if named { FOR_EVER } else { "no-cache" })
}

/// At the top, so that it may look after every page.
pub(super) async fn service_worker(headers: HeaderMap) -> Response {
    answer(Files::get("js/sw.js"), &headers, "no-cache")
}

/// A quilt block as a picture of its own: inline, a page of twenty would be twice as large.
pub(super) async fn quilt_block(Path(name): Path<String>) -> Response {
    let number = name.strip_suffix(".svg").and_then(|number| number.parse().ok());
    let Some(number) = number.filter(|number| *number < quilt::BLOCKS) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let head = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, FOR_EVER)];
    (head, quilt::block(number)).into_response()
}

fn answer(file: Option<EmbeddedFile>, headers: &HeaderMap, cache: &'static str) -> Response {
    let Some(file) = file else { return StatusCode::NOT_FOUND.into_response() };
    let tag = format!("\"{}\"", hex(&file.metadata.sha256_hash()[..8]));
    if headers.get(header::IF_NONE_MATCH).is_some_and(|held| held.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, [(header::CACHE_CONTROL, cache), (header::ETAG, tag.as_str())])
            .into_response();
    }
    let kind = file.metadata.mimetype().to_owned();
    let mut response = Response::new(Body::from(file.data));
    let head = response.headers_mut();
    for (name, value) in [(header::CONTENT_TYPE, kind), (header::ETAG, tag)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            head.insert(name, value);
        }
    }
    head.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
