//! Feeds of public records (Atom, RFC 4287): of a room, of a topic, of a collaborative. Whoever asks gets what anybody gets,
//! and the same bytes for the same records.

use askama::Template;
use axum::{
    extract::{Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use protocol::identity::Hash;

use super::{
    Web,
    section::{self, SECTIONS},
    site::{Site, nothing_here},
    texts::Language,
};
use crate::{
    catalog::{OWNER, Row, Viewer},
    config::{FEED_ENTRIES, FEED_SECONDS},
    search::{Search, find_aside},
};

/// What a feed can be narrowed down by.
const NARROWS: [&str; 2] = ["topics", OWNER];

#[derive(Template)]
#[template(path = "feed.xml")]
struct Feed {
    id: String,
    title: String,
    subtitle: String,
    own: String,
    page: String,
    updated: String,
    name: String,
    entries: Vec<Entry>,
}

struct Entry {
    id: String,
    title: String,
    href: String,
    updated: String,
    author: String,
    summary: String,
    language: String,
    topics: Vec<String>,
}

/// `/feeds/practices.atom`, `/feeds/search.atom` for all rooms; `?topic=` and `?by=` narrow it down.
pub(super) async fn show(
    State(web): State<Web>,
    site: Site,
    headers: HeaderMap,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let room = name.strip_suffix(".atom");
    let kinds = match room {
        Some("all") => Some(&[][..]),
        Some(room) => SECTIONS.iter().find(|section| section.path == room).map(|section| section.kinds),
        None => None,
    };
    let (Some(room), Some(kinds)) = (room, kinds) else { return nothing_here(&site) };
    let (search, narrowed) = asked(kinds, &query.unwrap_or_default());
    let rows = find_aside(&web.catalog, Viewer::Anybody, &search).await.rows;
    let origin = site.origin.as_str();
    let path = if room == "all" { "search" } else { room };
    let feed = Feed {
        id: named("feed", &[room, &narrowed]),
        // A feed has one language, whoever asks; what it tells of has its own.
        title: Language::English.say(path),
        subtitle: Language::English.say(&format!("{path}-lead")),
        own: format!("{origin}/feeds/{name}{narrowed}"),
        page: format!("{origin}/{path}"),
        updated: moment(rows.iter().map(|row| row.changed_at).max().unwrap_or(0)),
        name: web.catalog.whose().name,
        entries: rows.iter().take(FEED_ENTRIES).map(|row| entry(origin, row)).collect(),
    };
    answer(&feed, &headers)
}

/// What a feed is asked for, and that again as the end of its address, always in one order.
fn asked(kinds: &[&'static str], query: &str) -> (Search, String) {
    let mut search = Search { kinds: kinds.to_vec(), ..Search::default() };
    let mut address = form_urlencoded::Serializer::new(String::new());
    for (facet, name) in NARROWS.into_iter().zip(["topic", "by"]) {
        let values = form_urlencoded::parse(query.as_bytes()).filter(|(key, value)| key == name && !value.is_empty());
        if let Some((_, value)) = values.into_iter().next() {
            address.append_pair(name, &value);
            search.picked.insert(facet.into(), vec![value.into_owned()]);
        }
    }
    let address = address.finish();
    (search, if address.is_empty() { address } else { format!("?{address}") })
}

fn entry(origin: &str, row: &Row) -> Entry {
    Entry {
        id: named("record", &[&row.id.to_string()]),
        title: row.title.clone(),
        href: format!("{origin}{}", section::address(row)),
        updated: moment(row.changed_at),
        author: row.owner_name.clone(),
        summary: row.summary.clone(),
        language: row.value("language").unwrap_or_default().to_owned(),
        topics: row.values("topics").to_vec(),
    }
}

/// A name that is the same at every node and whatever else changes: a UUID made from a hash (RFC 9562, version 8).
fn named(what: &str, of: &[&str]) -> String {
    let parts: Vec<&[u8]> = [what].iter().chain(of).map(|part| part.as_bytes()).collect();
    let Hash(mut bytes) = Hash::derive("commonweal 1 feed", &parts);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// As RFC 3339 writes it, to the second.
fn moment(at_ms: u64) -> String {
    let at = Timestamp::from_second(i64::try_from(at_ms / 1_000).unwrap_or(0));
    at.map_or_else(|_| "1970-01-01T00:00:00Z".into(), |at| at.to_string())
}

fn answer(feed: &Feed, headers: &HeaderMap) -> Response {
    let Ok(text) = feed.render() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    // Characters that no XML may hold, not even escaped.
    let xml: String = text
        .chars()
        .filter(|c| !c.is_control() || "\n\t".contains(*c))
        .filter(|c| !"\u{fffe}\u{ffff}".contains(*c))
        .collect();
    kept(headers, "application/atom+xml; charset=utf-8", xml.into_bytes())
}

/// What others may keep a copy of for a while; who has these very bytes gets none (RFC 9110, 13.1.2).
pub(super) fn kept(headers: &HeaderMap, kind: &'static str, bytes: Vec<u8>) -> Response {
    kept_as(headers, kind, Hash::of(&bytes), || bytes)
}

/// The same of what is only made for who has not got it, and is known by a hash without being made.
pub(super) fn kept_as(headers: &HeaderMap, kind: &'static str, hash: Hash, make: impl FnOnce() -> Vec<u8>) -> Response {
    let tag = format!("\"{}\"", &hash.to_string()[..16]);
    let head = [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, format!("public, max-age={FEED_SECONDS}"))];
    let held = headers.get_all(header::IF_NONE_MATCH).into_iter().filter_map(|list| list.to_str().ok());
    // Compared weakly: what packs an answer on its way may mark its tag.
    let mut held = held.flat_map(|list| list.split(',')).map(|one| one.trim().trim_start_matches("W/"));
    if held.any(|one| one == tag || one == "*") {
        return (StatusCode::NOT_MODIFIED, head).into_response();
    }
    (head, [(header::CONTENT_TYPE, HeaderValue::from_static(kind))], make()).into_response()
}
