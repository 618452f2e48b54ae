//! What a browser or a program asks: addresses, forms and bodies. The node behind the routes has ended, so that reading is
//! all that happens; whatever cannot be read is refused in the API's own words.

use std::{path::PathBuf, sync::LazyLock};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode},
};
use node::{api, backup::Backups, catalog::Catalog, run::Handle, web};
use protocol::{
    identity::NodeKey,
    kinds,
    record::{create, form_cells, from_cells, merge, read},
};
use serde_json::{Map, Value};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Builder::new_current_thread().enable_time().build().unwrap());
static ROUTES: LazyLock<Router> = LazyLock::new(|| {
    let nowhere = || PathBuf::from("nowhere");
    let backups = Backups::new(Handle::ended(), nowhere(), nowhere(), NodeKey([0; 32]));
    api::local(api::Api::new(Handle::ended(), Catalog::default(), backups, nowhere()))
});

/// The first byte is the method, the first line the address, the rest the body.
pub(super) fn request(bytes: &[u8]) {
    let Some((method, rest)) = bytes.split_first() else { return };
    let line = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let (address, body) = (&rest[..line], rest.get(line + 1..).unwrap_or_default());
    let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let uri = [b"/api/v1/", address].concat();
    // Who may sign in is asked of another part of the node, which is not here; nor is a disk to keep backups on.
    if uri.starts_with(b"/api/v1/people") || uri.starts_with(b"/api/v1/backups") {
        return;
    }
    let method = methods[usize::from(*method) % methods.len()].clone();
    let Ok(request) = Request::builder().method(method).uri(uri).body(Body::from(body.to_vec())) else { return };
    let (status, answer) = RUNTIME.block_on(async {
        let answer = ROUTES.clone().oneshot(request).await.unwrap();
        (answer.status(), to_bytes(answer.into_body(), 4 << 20).await.unwrap())
    });
    assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR);
    if !status.is_success() {
        let answer: Value = serde_json::from_slice(&answer).expect("a refusal is JSON");
        assert!(answer["error"]["code"].is_string() && answer["error"]["message"].is_string(), "{answer}");
    }
}

/// The first byte is the kind, the rest the body of its form.
pub(super) fn form(bytes: &[u8]) {
    let names = ["practice", "session", "service", "organization", "collaborative", "location", "training", "lesson"];
    let Some((choice, body)) = bytes.split_first() else { return };
    let kind = kinds::kind(names[usize::from(*choice) % names.len()]).unwrap();
    let [(changes, _), (record, problems)] = web::said(kind, &Value::Null, &String::from_utf8_lossy(body));
    let _ = merge(kind, None, &changes);
    let record: Map<String, Value> = record.into_iter().collect();
    let Ok(made) = create(kind, &Value::Object(record), [7; 16], 1_800_000_000, [3; 16]) else { return };
    if !problems.is_empty() {
        return;
    }
    // What was saved can be opened in a form again, and saving that changes nothing.
    let saved = read(kind, &made.snapshot).unwrap();
    assert_eq!((&saved.bad, saved.conflicts.len()), (&vec![], 0));
    let cells = form_cells(kind, &saved.value);
    let (again, problems) = from_cells(kind, cells.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    assert_eq!(problems, vec![], "{}", saved.value);
    let asked = |name: &str| kind.field(name).is_some_and(|field| field.asked);
    let given: Vec<(String, Value)> = again
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| asked(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let (changes, problems) = merge(kind, Some(&saved.value), &given);
    assert!(changes.is_empty() && problems.is_empty(), "{changes:?} {problems:?} {}", saved.value);
}

/// Markdown from anybody: what comes out shows words and leads to other pages, and does nothing else.
pub(super) fn prose(bytes: &[u8]) {
    let html = web::prose(&String::from_utf8_lossy(bytes)).to_lowercase();
    let odd = html.split('<').skip(1).filter_map(|rest| rest.split('>').next()).find(|tag| !is_harmless(tag));
    assert_eq!(odd, None, "{html}");
}

const TAGS: [&str; 15] =
    ["p", "br", "strong", "em", "del", "ul", "ol", "li", "h3", "h4", "blockquote", "a", "code", "pre", "hr"];

fn is_harmless(tag: &str) -> bool {
    let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
    let leads_on = |place: &str| ["http:", "https:", "mailto:"].iter().any(|way| place.starts_with(way));
    let mut quoted = attributes.split('"');
    TAGS.contains(&name.trim_start_matches('/'))
        && std::iter::from_fn(|| Some((quoted.next()?.trim(), quoted.next()?))).all(
            |(attribute, value)| match attribute {
                "href=" => name == "a" && leads_on(value),
                "dir=" | "rel=" | "start=" | "title=" | "class=" => true,
                _ => false,
            },
        )
}
