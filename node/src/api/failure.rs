//! What goes wrong, as JSON: `{"error": {"code", "message", "problems": [{"field", "message"}]}}`.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use protocol::{record::Problem, refusal::Refusal, store::StoreError};
use serde_json::{Value, json};

use crate::backup::BackupError;

/// An answer that is no.
#[derive(Debug)]
pub(super) struct Failure {
    status: StatusCode,
    code: &'static str,
    message: String,
    problems: Vec<Value>,
}

impl Failure {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Failure {
        Failure { status, code, message: message.into(), problems: vec![] }
    }

    /// The request itself cannot be read.
    pub(super) fn invalid(message: impl Into<String>) -> Failure {
        Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", message)
    }

    pub(super) fn too_large(message: impl Into<String>) -> Failure {
        Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "invalid", message)
    }

    /// For strangers, who are not told what is wrong with our disk.
    pub(super) fn later() -> Failure {
        Failure::new(StatusCode::SERVICE_UNAVAILABLE, "store", "the records cannot be read just now; try again later")
    }

    pub(super) fn no_such_person(name: &str) -> Failure {
        let message = format!("nobody signs in as {name}; `commonweal people` shows who does");
        Failure::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// No key, or none that opens anything: which of them is not said.
    pub(super) fn no_key() -> Failure {
        Failure::new(StatusCode::UNAUTHORIZED, "not_allowed", "show an access key: `Authorization: Bearer KEY`")
    }

    pub(super) fn not_with_this_key() -> Failure {
        Failure::new(StatusCode::FORBIDDEN, "not_allowed", "this key does not open this; make one that may do more")
    }

    pub(super) fn too_often() -> Failure {
        Failure::new(StatusCode::TOO_MANY_REQUESTS, "not_ready", "you ask too often; wait a second")
    }

    pub(super) fn no_such_page() -> Failure {
        Failure::new(StatusCode::NOT_FOUND, "not_found", "there is nothing at this address; the API is under /api/v1")
    }

    pub(super) fn no_such_method() -> Failure {
        Failure::new(StatusCode::METHOD_NOT_ALLOWED, "not_found", "this cannot be done here; look at the method")
    }
}

/// The HTTP status of a refusal's code.
fn status(code: &str) -> StatusCode {
    match code {
        "invalid" | "ticket" => StatusCode::UNPROCESSABLE_ENTITY,
        "not_found" => StatusCode::NOT_FOUND,
        "not_allowed" => StatusCode::FORBIDDEN,
        "not_ready" | "conflict" | "charter" => StatusCode::CONFLICT,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        let (code, message) = (refusal.code(), refusal.to_string());
        let status = match &refusal {
            Refusal::Store(StoreError::Full) => StatusCode::INSUFFICIENT_STORAGE,
            _ => status(code),
        };
        Failure { status, code, message, problems: problems(&refusal) }
    }
}

impl From<BackupError> for Failure {
    fn from(why: BackupError) -> Failure {
        let (status, code) = match &why {
            BackupError::NoFile(_) => (StatusCode::NOT_FOUND, "not_found"),
            BackupError::NoFolder(_) => (StatusCode::UNPROCESSABLE_ENTITY, "not_found"),
            BackupError::Busy | BackupError::Stopping => (StatusCode::CONFLICT, "not_ready"),
            BackupError::Full { .. } => (StatusCode::INSUFFICIENT_STORAGE, "store"),
            _ => (StatusCode::SERVICE_UNAVAILABLE, "store"),
        };
        Failure::new(status, code, why.to_string())
    }
}

/// What is to be put right, field by field; nothing for what is not about fields.
pub fn problems(refusal: &Refusal) -> Vec<Value> {
    let one = |problem: &Problem| json!({"field": problem.field, "message": problem.what.to_string()});
    match refusal {
        Refusal::Invalid(problems) => problems.iter().map(one).collect(),
        _ => vec![],
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let error = json!({"code": self.code, "message": self.message, "problems": self.problems});
        let mut response = (self.status, Json(json!({"error": error}))).into_response();
        let more = match self.status {
            StatusCode::UNAUTHORIZED => Some((header::WWW_AUTHENTICATE, "Bearer")),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Some((header::RETRY_AFTER, "1")),
            _ => None,
        };
        response.headers_mut().extend(more.map(|(name, value)| (name, HeaderValue::from_static(value))));
        response
    }
}
