//! The people of the pages, for whoever sits at this machine: who may sign in, and a way in for who cannot any more.

use axum::{Extension, Json, extract::Path, http::StatusCode};
use serde_json::{Value, json};

use super::failure::Failure;
use crate::people::{Account, NotIn, People};

pub(super) async fn list(Extension(people): Extension<People>) -> Json<Value> {
    let shown: Vec<Value> = people.list().iter().map(|account| one(&people, account)).collect();
    Json(json!({"people": shown}))
}

fn one(people: &People, account: &Account) -> Value {
    json!({
        "name": account.name,
        "called": account.called(),
        "role": account.role.name(),
        "two_step": account.has_second(),
        "seen_ms": people.seen(account),
    })
}

/// Where somebody chooses a new password: shown this once, to who sits at the machine.
pub(super) async fn reset(
    Extension(people): Extension<People>,
    Path(name): Path<String>,
) -> Result<(StatusCode, Json<Value>), Failure> {
    match people.reset("", &name).await {
        Ok(code) => Ok((StatusCode::CREATED, Json(json!({"path": format!("/welcome/{code}")})))),
        Err(NotIn::Gone) => Err(Failure::no_such_person(&name)),
        Err(_) => Err(Failure::later()),
    }
}
