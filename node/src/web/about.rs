//! What this place is, how to read it with a keyboard or a screen reader, what it keeps about readers, and whose the
//! letters and pictures are.

use askama::Template;
use axum::response::Response;

use super::site::{Site, page};

#[derive(Template)]
#[template(path = "about.html")]
struct AboutPage {
    site: Site,
}

pub(super) async fn show(site: Site) -> Response {
    page(&AboutPage { site })
}
