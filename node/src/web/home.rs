//! What is new, and where to go from here.

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use axum::{extract::State, response::Response};
use protocol::identity::MemberId;

use super::{
    Web,
    list::Card,
    site::{Site, page},
};
use crate::{
    catalog::{Row, Viewer},
    search::{Search, find},
};

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
    let found = find(&web.catalog, site.viewer, &Search::default());
    let training = |row: &&Arc<Row>| ["training", "session"].contains(&row.kind.name);
    let owners: BTreeMap<MemberId, String> = found.rows.iter().map(|row| (row.owner, row.owner_name.clone())).collect();
    // Which network this is nobody said to strangers.
    let network = web.catalog.whose().network_name.filter(|_| site.viewer != Viewer::Anybody);
    let card = |row: &Arc<Row>| Card::new(&web.catalog, site.viewer, row);
    let block = |id: &MemberId| web.catalog.block_of(site.viewer, id);
    page(&HomePage {
        network: network.unwrap_or_default(),
        news: found.rows.iter().filter(|row| !training(row)).take(NEW).map(card).collect(),
        trainings: found.rows.iter().filter(training).take(NEW).map(card).collect(),
        sewn: owners.into_iter().map(|(id, name)| (format!("/search?by={id}"), name, block(&id))).collect(),
        site,
    })
}
