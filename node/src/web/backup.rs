//! Backups: the last one, whether it is whole, one more now, a copy to keep elsewhere, and how to bring all of it back.

use askama::Template;
use axum::{
    Extension, Form,
    extract::{ConnectInfo, Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use tokio::{fs::File, time::timeout};

use super::{
    Web, dates,
    may::Admin,
    network::health::size,
    site::{Site, nothing_here, page, sorry},
    visitor::Source,
};
use crate::{
    api,
    backup::{BackupError, Doing, Kept, Look},
    config::BACKUP_WAIT,
};

#[derive(Template)]
#[template(path = "backups.html")]
struct BackupsPage {
    site: Site,
    look: Look,
    folder: String,
    /// Whether nobody named another folder, so that a dead disk takes them too.
    is_inside: bool,
}

impl BackupsPage {
    fn when(&self, at_ms: &u64) -> String {
        when(&self.site, *at_ms)
    }

    fn told(&self) -> String {
        told(&self.site, &self.look.kept)
    }

    fn trouble(&self) -> Option<String> {
        trouble(&self.site, &self.look.kept)
    }

    fn size(&self, bytes: &u64) -> String {
        size(&self.site, Some(*bytes))
    }

    fn is_made(&self) -> bool {
        self.look.doing == Some(Doing::Making)
    }
}

/// Such as "today, 10:42 AM".
fn when(site: &Site, at_ms: u64) -> String {
    let time = dates::moment(site.language, at_ms);
    site.pair("backup-when", &dates::ago(site.language, at_ms, site.now), &time)
}

/// How backups stand, in a sentence: for this page, and for the ones that lead to it.
pub(super) fn told(site: &Site, kept: &Kept) -> String {
    match kept.whole_ms() {
        Some(at) => site.with("backup-last-whole", when(site, at)),
        None => site.say("backup-none-yet"),
    }
}

/// What is wrong with them, in a sentence that says what to do; nothing where all is well.
pub(super) fn trouble(site: &Site, kept: &Kept) -> Option<String> {
    let failed = kept.failed.map(|(_, wrong)| site.say(&format!("backup-wrong-{}", wrong.word())));
    failed.or_else(|| kept.is_late(site.now).then(|| site.say("backup-late")))
}

pub(super) async fn show(State(web): State<Web>, Admin(site): Admin) -> Response {
    let look = web.backups.look().await;
    let folder = look.folder.display().to_string();
    page(&BackupsPage { is_inside: look.kept.folder.is_none(), folder, look, site })
}

/// Makes one. Most are made before the page comes back; of a longer one the page says that it is under way.
pub(super) async fn make(State(web): State<Web>, Admin(site): Admin) -> Response {
    begun(&web, &site, web.backups.make()).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Chosen {
    name: String,
}

/// Reads one to its last byte.
pub(super) async fn verify(State(web): State<Web>, Admin(site): Admin, Form(chosen): Form<Chosen>) -> Response {
    let begins = web.backups.verify(&chosen.name).await;
    begun(&web, &site, begins).await
}

async fn begun(web: &Web, site: &Site, begins: Result<(), BackupError>) -> Response {
    match begins {
        Ok(()) | Err(BackupError::Busy) => {
            // What takes longer goes on without anybody waiting.
            let _ = timeout(BACKUP_WAIT, web.backups.done()).await;
            Redirect::to("/settings/backups").into_response()
        }
        Err(BackupError::NoFile(_)) => {
            let (what, then) = (site.say("not-done"), site.say("backup-gone"));
            sorry(site, StatusCode::CONFLICT, what, then)
        }
        Err(_) => super::site::later(site),
    }
}

/// The file itself, to keep somewhere else. Without the 24 words nobody reads it.
pub(super) async fn download(
    State(web): State<Web>,
    Admin(site): Admin,
    Path(name): Path<String>,
    source: Option<Extension<ConnectInfo<Source>>>,
) -> Response {
    let Ok(path) = web.backups.file(&name).await else { return nothing_here(&site) };
    let Ok(file) = File::open(path).await else { return nothing_here(&site) };
    let stay = source.map(|Extension(ConnectInfo(source))| source.stay());
    api::as_file(file, &name, stay).await
}
