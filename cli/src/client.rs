//! Asks the running node over the socket in its home.

use std::{io, path::PathBuf, time::Duration};

use http_body_util::{BodyExt, Full};
use hyper::{Method, Request, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use node::{config::BODY_BYTES, control};
use serde_json::Value;
use tokio::{net::UnixStream, time::timeout};

use crate::failure::{Exit, Failure};

/// How long an answer may take. A busy disk can hold a commit up for seconds, never for a minute.
const PATIENCE: Duration = Duration::from_secs(60);

/// The node of a home, whether or not it runs.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    home: PathBuf,
}

impl Client {
    pub(crate) fn new(home: PathBuf) -> Client {
        Client { home }
    }

    /// Whether a node runs.
    pub(crate) fn is_up(&self) -> bool {
        control::connect(&self.home).is_ok()
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.ask(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.ask(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.ask(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.ask(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<Value, Failure> {
        self.ask(Method::DELETE, path, None).await
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let body = body.map(Value::to_string).unwrap_or_default();
        if body.len() > BODY_BYTES {
            return Err(Failure::invalid("this has more than 1 MiB, which is more than one record can hold"));
        }
        let stream = control::connect(&self.home).map_err(|why| self.unreached(why))?;
        let answered = timeout(PATIENCE, send(stream, method, path, body));
        let (well, bytes) = answered
            .await
            .map_err(|_| Failure::timeout("the node has not answered for a minute; its log may say why"))??;
        let value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        if well { Ok(value) } else { Err(Failure::answered(&value)) }
    }

    fn unreached(&self, why: io::Error) -> Failure {
        match why.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Failure::not_running(&self.home),
            io::ErrorKind::PermissionDenied => Failure::new(
                Exit::NotAllowed,
                "this home belongs to another account; run the command as the user that runs the node",
            ),
            _ => Failure::new(Exit::Other, format!("the node's socket cannot be used: {why}")),
        }
    }
}

/// Whether it went well, and what came back.
async fn send(stream: UnixStream, method: Method, path: &str, body: String) -> Result<(bool, Bytes), Failure> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    // It ends with the answer, or with the error that the request meets as well.
    let driving = tokio::spawn(connection);
    let request = Request::builder().method(method).uri(format!("/api/v1{path}")).header("host", "node");
    let request = request.body(Full::new(Bytes::from(body))).map_err(|why| Failure::invalid(why.to_string()))?;
    let answer = sender.send_request(request).await.map_err(broken)?;
    let well = answer.status().is_success();
    let bytes = answer.into_body().collect().await.map_err(broken)?.to_bytes();
    driving.abort();
    Ok((well, bytes))
}

fn broken(why: hyper::Error) -> Failure {
    let message = format!("the node stopped before it answered ({why}); start it again and look whether it was done");
    Failure::new(Exit::NotReady, message)
}

/// A path from its parts, each escaped: names may hold spaces and anything else.
pub(crate) fn path(parts: &[&str]) -> String {
    parts.iter().map(|part| format!("/{}", escaped(part))).collect()
}

/// What stands behind the question mark, from those that are given.
pub(crate) fn query(params: &[(&str, Option<&str>)]) -> String {
    let given = params.iter().filter_map(|(name, value)| Some(format!("{name}={}", escaped((*value)?))));
    let joined = given.collect::<Vec<_>>().join("&");
    if joined.is_empty() { joined } else { format!("?{joined}") }
}

fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_in_an_address() {
        assert_eq!(path(&["network", "partners", "Café / 7?"]), "/network/partners/Caf%C3%A9%20%2F%207%3F");
        assert_eq!(path(&["records", ".."]), "/records/%2E%2E");
        assert_eq!(
            query(&[("kind", Some("practice")), ("owner", None), ("words", Some("a&b"))]),
            "?kind=practice&words=a%26b"
        );
        assert_eq!(query(&[("kind", None)]), "");
    }

    #[tokio::test]
    async fn without_a_node_it_says_how_to_start_one() {
        let dir = tempfile::tempdir().unwrap();
        for home in [dir.path().to_owned(), dir.path().join("nowhere")] {
            let failure = Client::new(home).get("/status").await.unwrap_err();
            assert_eq!(failure.exit, Exit::NotReady);
        }
    }
}
