//! Backups: which there are, one more, one looked at again, and the file itself. Where they go is for who sits at the machine
//! to say: an address on the web that writes to any folder would be a way in.

use axum::{
    Extension, Json,
    body::Body as Bytes,
    extract::{ConnectInfo, Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::fs::File;

use super::{Stay, body::Body, failure::Failure};
use crate::{
    backup::{Backup, Backups, Doing, Look},
    config::VISIT_MS,
    web::Source,
};

pub(super) async fn list(State(backups): State<Backups>) -> Json<Value> {
    Json(told(&backups.look().await))
}

/// Begins one; the list says when it is done.
pub(super) async fn make(State(backups): State<Backups>) -> Result<(StatusCode, Json<Value>), Failure> {
    backups.make()?;
    Ok((StatusCode::ACCEPTED, Json(told(&backups.look().await))))
}

/// Begins to read one; the list says when that is done.
pub(super) async fn verify(
    State(backups): State<Backups>,
    Path(name): Path<String>,
) -> Result<(StatusCode, Json<Value>), Failure> {
    backups.verify(&name).await?;
    Ok((StatusCode::ACCEPTED, Json(told(&backups.look().await))))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Schedule {
    folder: Option<String>,
    daily: bool,
}

pub(super) async fn schedule(
    State(backups): State<Backups>,
    Body(schedule): Body<Schedule>,
) -> Result<Json<Value>, Failure> {
    backups.choose(schedule.folder, schedule.daily).await?;
    Ok(Json(told(&backups.look().await)))
}

pub(super) async fn download(
    State(backups): State<Backups>,
    Path(name): Path<String>,
    source: Option<Extension<ConnectInfo<Source>>>,
) -> Result<Response, Failure> {
    let path = backups.file(&name).await?;
    let file = File::open(&path).await.map_err(|_| Failure::later())?;
    let stay = source.map(|Extension(ConnectInfo(source))| source.stay());
    Ok(as_file(file, &name, stay).await)
}

/// A file as browsers keep it, piece by piece: it may be larger than memory, and a visit lasts while pieces are taken.
pub(crate) async fn as_file(file: File, name: &str, stay: Option<Stay>) -> Response {
    let length = file.metadata().await.map_or(0, |about| about.len());
    let mut response = Bytes::from_stream(pieces(file, stay)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    // Said so that nobody tries to make smaller what is sealed.
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("identity"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    // The name is one of ours, so nothing in it needs quoting.
    let named = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    headers.extend(named.ok().map(|named| (header::CONTENT_DISPOSITION, named)));
    response
}

fn pieces(file: File, stay: Option<Stay>) -> impl futures::Stream<Item = std::io::Result<Vec<u8>>> {
    futures::stream::try_unfold((file, stay), |(mut file, stay)| async move {
        stay.iter().for_each(|stay| stay.longer(VISIT_MS));
        let mut piece = vec![0; 64 << 10];
        let some = tokio::io::AsyncReadExt::read(&mut file, &mut piece).await?;
        piece.truncate(some);
        Ok((some > 0).then_some((piece, (file, stay))))
    })
}

fn told(look: &Look) -> Value {
    let doing = look.doing.as_ref().map(|doing| match doing {
        Doing::Making => "making",
        Doing::Reading(_) => "verifying",
    });
    json!({
        "folder": look.folder,
        "daily": !look.kept.off,
        "doing": doing,
        "made_ms": look.kept.made_ms,
        "verified_ms": look.kept.verified_ms(),
        "late": look.late,
        "wrong": look.kept.failed.map(|(_, wrong)| wrong.word()),
        "backups": look.backups.iter().map(one).collect::<Vec<_>>(),
    })
}

fn one(backup: &Backup) -> Value {
    json!({
        "name": backup.name,
        "made_ms": backup.made_ms,
        "bytes": backup.bytes,
        "verified_ms": backup.verified_ms,
    })
}
