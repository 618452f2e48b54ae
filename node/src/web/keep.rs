//! The calendar to subscribe to (RFC 5545, RFC 7986): the public sessions that an address asks for, in the words of the page.
//! Whoever asks gets what anybody gets, and at every node that has the same of them the same bytes.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};

use super::{Web, calendar::Asked, feed::kept};
use crate::{
    catalog::{Event, Row, SESSION, Viewer},
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
}

impl Keep {
    /// At the address of this page, with the choices that were made on it. None where the page does not know its own address.
    pub(super) fn new(origin: &str, asked: &Asked) -> Option<Keep> {
        let (_, host) = origin.split_once("://")?;
        let path = asked.address(PATH, None);
        let webcal = format!("webcal://{host}{path}");
        let google = form_urlencoded::Serializer::new(String::new()).append_pair("cid", &webcal).finish();
        let google = format!("https://calendar.google.com/calendar/r?{google}");
        Some(Keep { address: format!("{origin}{path}"), webcal, google })
    }
}

/// `/calendar.ics`, with the choices of the page: `?topics=housing&by=…`.
pub(super) async fn show(State(web): State<Web>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let asked = Asked::read(&query.unwrap_or_default());
    let search = Search { kinds: vec![SESSION], words: asked.words.clone(), ..Search::default() };
    let found: Vec<Arc<Row>> = find_aside(&web.catalog, Viewer::Anybody, &search).await.rows;
    let events: Vec<&Event> = found.iter().filter(|row| asked.takes(row, None)).filter_map(|row| row.event()).collect();
    let name = web.catalog.whose().network_name.unwrap_or_else(|| NAME.into());
    let calendar = ics::calendar(Some(&name), events);
    let file = HeaderValue::from_static("inline; filename=\"calendar.ics\"");
    let mut response = kept(&headers, "text/calendar; charset=utf-8", calendar).into_response();
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
