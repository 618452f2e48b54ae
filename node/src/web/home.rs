//! What is new, and where to go from here.

use askama::Template;
use axum::{extract::State, response::Response};
use protocol::identity::MemberId;

use super::{
    Web,
    list::Card,
    site::{Site, block_of, page},
};
use crate::search::{Row, Search};

/// Records shown as new.
const NEW: usize = 6;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    site: Site,
    network: String,
    news: Vec<Card>,
    trainings: Vec<Card>,
    sewn: Vec<(String, String, u32)>,
}

pub(super) async fn show(State(web): State<Web>, site: Site) -> Response {
    let found = web.catalog.find(site.viewer, &Search::default());
    let training = |row: &&std::sync::Arc<Row>| ["training", "session"].contains(&row.kind.name);
    let mut owners: Vec<(MemberId, String)> =
        found.rows.iter().map(|row| (row.owner, row.owner_name.clone())).collect();
    owners.sort();
    owners.dedup();
    page(&HomePage {
        network: web.catalog.standing().network_name.unwrap_or_default(),
        news: found.rows.iter().filter(|row| !training(row)).take(NEW).map(|row| Card::new(row)).collect(),
        trainings: found.rows.iter().filter(training).take(NEW).map(|row| Card::new(row)).collect(),
        sewn: owners.into_iter().map(|(id, name)| (format!("/search?by={id}"), name, block_of(&id))).collect(),
        site,
    })
}
