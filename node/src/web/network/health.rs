//! How this computer is doing: version, room, memory, what went wrong last, and what to do about it. For admins.

use askama::Template;
use axum::{extract::State, response::Response};
use protocol::{input::Request, view::Answer};

use super::super::{
    Web, backup,
    dates::{day, since},
    may::Admin,
    site::{Site, later, page},
};
use crate::{config::FREE_LEAST, health, log};

#[derive(Template)]
#[template(path = "network/health.html")]
struct HealthPage {
    site: Site,
    version: &'static str,
    since: String,
    records: usize,
    store: String,
    journal: String,
    free: String,
    is_low: bool,
    memory: String,
    troubles: Vec<String>,
    last: Option<(String, String)>,
    listen: Vec<String>,
    /// How backups stand.
    backups: String,
    /// The folder it lives in.
    home: String,
}

/// The room.
pub(in crate::web) async fn show(State(web): State<Web>, Admin(site): Admin) -> Response {
    let Ok(Answer::Status(status)) = web.node.ask(Request::Status).await else { return later(&site) };
    let health = health::look(web.home.clone(), web.journal.clone()).await;
    let kept = web.backups.kept().await;
    let last = log::last().map(|(at, what)| (day(site.language, at), what));
    page(&HealthPage {
        version: env!("CARGO_PKG_VERSION"),
        since: since(site.language, web.live.started_ms(), site.now),
        records: status.records,
        store: size(&site, Some(health.rest)),
        journal: size(&site, Some(health.journal)),
        free: size(&site, health.free),
        is_low: health.free.is_some_and(|free| free < FREE_LEAST),
        memory: size(&site, health.memory),
        troubles: site.language.all_refused(&status.trouble).into_iter().chain(backup::trouble(&site, &kept)).collect(),
        backups: backup::told(&site, &kept),
        home: web.home.display().to_string(),
        last,
        listen: status.listen,
        site,
    })
}

/// So many bytes in words.
pub(in crate::web) fn size(site: &Site, bytes: Option<u64>) -> String {
    let Some(bytes) = bytes else { return site.say("size-unknown") };
    let mebibytes = bytes.div_ceil(1 << 20);
    match mebibytes {
        0..=1 if bytes < 1_000_000 => site.language.say_with("size-kb", "count", bytes.div_ceil(1_000)),
        ..1_024 => site.language.say_with("size-mb", "count", mebibytes),
        // One decimal: a disk with 1.9 GB left is not one with 1.
        _ => {
            site.language.say_with("size-gb", "count", site.language.number((mebibytes as f64 / 102.4).floor() / 10.0))
        }
    }
}
