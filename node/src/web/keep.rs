//! The calendar to subscribe to (RFC 5545, RFC 7986): the sessions that an address asks for, in the words of the page. At every
//! node that has the same of them it is the same bytes.
//!
//! Whoever asks gets what anybody gets. By a secret address, which somebody made for themselves and can take back, it is what
//! they may see.

use std::sync::Arc;

use axum::{
    extract::{Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{Web, calendar::Asked, feed::kept_as};
use crate::{
    catalog::{Event, Row, SESSION, Viewer},
    people::Scope,
    search::{Search, find_aside},
    transfer::ics,
};

/// Where it is.
pub(super) const PATH: &str = "/calendar.ics";
/// What a calendar is called whose network has no name.
const NAME: &str = "Commonweal";

/// What leads to it.
pub(super) struct Keep {
    /// For any program.
    pub(super) address: String,
    /// What Apple's and Microsoft's programs open by themselves.
    pub(super) webcal: String,
    /// Google's page that asks whether to take it in.
    pub(super) google: String,
    /// The choices, for the page where somebody makes a secret address or an app password.
    pub(super) choices: String,
}

impl Keep {
    /// At the address of this page, with the choices that were made on it. None where the page does not know its own address.
    pub(super) fn new(origin: &str, asked: &Asked) -> Option<Keep> {
        let (_, host) = origin.split_once("://")?;
        let path = asked.address(PATH, None);
        let webcal = format!("webcal://{host}{path}");
        let google = form_urlencoded::Serializer::new(String::new()).append_pair("cid", &webcal).finish();
        let google = format!("https://calendar.google.com/calendar/r?{google}");
        let choices = match path.split_once('?') {
            Some((_, query)) => {
                let query = form_urlencoded::Serializer::new(String::new()).append_pair("calendar", query).finish();
                format!("?{query}")
            }
            None => String::new(),
        };
        Some(Keep { address: format!("{origin}{path}"), webcal, google, choices })
    }
}

/// Where the calendar is that this secret opens.
pub(super) fn secret(secret: &str) -> String {
    format!("/calendars/{secret}{ENDING}")
}

const ENDING: &str = ".ics";

/// `/calendar.ics`, with the choices of the page: `?topics=housing&by=…`; or one session alone: `?session=…`.
pub(super) async fn show(State(web): State<Web>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    calendar(&web, Viewer::Anybody, &headers, &query.unwrap_or_default()).await
}

/// The same by a secret address.
pub(super) async fn show_secret(
    State(web): State<Web>,
    Path(name): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let key = name.strip_suffix(ENDING).and_then(|secret| web.people.key(secret));
    let Some((account, _)) = key.filter(|(_, scope)| *scope == Scope::Address) else {
        let words = "this address was taken back, or never was; make a new one in your settings\n";
        return (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], words).into_response();
    };
    let viewer = Viewer::of(Some(account.role));
    let mut response = calendar(&web, viewer, &headers, &query.unwrap_or_default()).await;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

async fn calendar(web: &Web, viewer: Viewer, headers: &HeaderMap, query: &str) -> Response {
    // Who took what was read so far for all there is would lose the rest until they look again.
    if web.catalog.is_behind() {
        let words = "the records are still being read; try again in a moment\n";
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "5")], words).into_response();
    }
    let asked = Asked::read(query);
    let search = Search { kinds: vec![SESSION], words: asked.words.clone(), ..Search::default() };
    let found: Vec<Arc<Row>> = find_aside(&web.catalog, viewer, &search).await.rows;
    let events: Vec<&Event> = found.iter().filter(|row| asked.takes(row, None)).filter_map(|row| row.event()).collect();
    let name = web.catalog.whose().network_name.unwrap_or_else(|| NAME.into());
    let file = HeaderValue::from_static("inline; filename=\"calendar.ics\"");
    let tag = ics::tag(&name, &events);
    let mut response =
        kept_as(headers, "text/calendar; charset=utf-8", tag, || ics::calendar(Some(&name), events)).into_response();
    response.headers_mut().insert(header::CONTENT_DISPOSITION, file);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_program_is_led_to_the_same_choices() {
        let asked = Asked::read("month=2027-03&topics=housing&q=walk");
        let keep = Keep::new("https://valley.example", &asked).unwrap();
        assert_eq!(keep.address, "https://valley.example/calendar.ics?q=walk&topics=housing");
        assert_eq!(keep.webcal, "webcal://valley.example/calendar.ics?q=walk&topics=housing");
        assert!(
            keep.google.ends_with("?cid=webcal%3A%2F%2Fvalley.example%2Fcalendar.ics%3Fq%3Dwalk%26topics%3Dhousing")
        );
        let all = Keep::new("http://127.0.0.1:8080", &Asked::read("month=2027-03")).unwrap();
        assert_eq!(all.address, "http://127.0.0.1:8080/calendar.ics");
        assert!(Keep::new("", &asked).is_none());
    }
}
