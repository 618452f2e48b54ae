//! What search engines on the web may read, and where it is: pages that are public, and nothing else.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use jiff::{Timestamp, tz::TimeZone};

use super::{
    Web,
    section::{self, SECTIONS},
    site::Site,
};
use crate::{
    catalog::Viewer,
    config::SITEMAP_ENTRIES,
    search::{Search, find_aside},
};

/// Rooms for people who are signed in, and lists of which there are as many as there are words.
const CLOSED: [&str; 8] = ["/api/", "/calendars/", "/dav/", "/search", "/sign-in", "/account", "/network", "/settings"];

pub(super) async fn robots(State(_): State<Web>, site: Site) -> Response {
    let closed: String = CLOSED.iter().map(|path| format!("Disallow: {path}\n")).collect();
    let map = match site.origin {
        origin if origin.is_empty() => String::new(),
        origin => format!("\nSitemap: {origin}/sitemap.xml\n"),
    };
    format!("User-agent: *\n{closed}{map}").into_response()
}

/// The rooms, and every public record with the day it last changed (sitemaps.org).
pub(super) async fn sitemap(State(web): State<Web>, site: Site) -> Response {
    let origin = site.origin;
    let rooms = SECTIONS.iter().map(|section| format!("<url><loc>{origin}/{}</loc></url>\n", section.path));
    let rows = find_aside(&web.catalog, Viewer::Anybody, &Search::default()).await.rows;
    let records = rows.iter().take(SITEMAP_ENTRIES).map(|row| {
        format!("<url><loc>{origin}{}</loc><lastmod>{}</lastmod></url>\n", section::address(row), day(row.changed_at))
    });
    let all: String = [format!("<url><loc>{origin}/</loc></url>\n")].into_iter().chain(rooms).chain(records).collect();
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n{all}</urlset>\n"
    );
    ([(header::CONTENT_TYPE, "application/xml; charset=utf-8")], xml).into_response()
}

fn day(at_ms: u64) -> String {
    let at = Timestamp::from_second(i64::try_from(at_ms / 1_000).unwrap_or(0)).unwrap_or_default();
    at.to_zoned(TimeZone::UTC).date().to_string()
}
