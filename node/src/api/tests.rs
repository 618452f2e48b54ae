//! The routes, asked over a real connection; behind them sits somebody who notes what is asked and answers by the book.

use std::sync::{Arc, Mutex};

use axum::Router;
use protocol::{
    identity::{DocId, MemberId, NodeKey},
    input::{Amendment, AudienceAsk, Request},
    record::Edit,
    refusal::Refusal,
    store::StoreError,
    view::{Answer, GlanceView, RecordView, Summary},
};
use serde_json::{Map, Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{broadcast, mpsc, watch},
};

use crate::{
    backup::Backups,
    catalog::Catalog,
    people::People,
    run::{Handle, Work},
};

const PUBLIC: DocId = DocId([1; 32]);
const PRIVATE: DocId = DocId([2; 32]);
const BROKEN: DocId = DocId([3; 32]);

type Asked = Arc<Mutex<Vec<Request>>>;

/// A node without an engine, and what it was asked.
fn node() -> (Handle, Asked) {
    let (work, mut waiting) = mpsc::channel(8);
    let asked = Asked::default();
    let notes = asked.clone();
    tokio::spawn(async move {
        while let Some(next) = waiting.recv().await {
            if let Work::Ask { request, answer } = next {
                notes.lock().unwrap().push(request.clone());
                let _ = answer.send(by_the_book(request));
            }
        }
    });
    let changes = broadcast::channel(1).0;
    (Handle::new(work.clone(), work, changes.downgrade(), watch::channel(false).1), asked)
}

fn by_the_book(request: Request) -> Result<Answer, Refusal> {
    match request {
        Request::Create { .. } => Ok(Answer::Id { id: PRIVATE }),
        Request::Show { doc, .. } => match doc.parse() {
            Ok(BROKEN) => Err(Refusal::Store(StoreError::Damaged("row 7 of the secrets".into()))),
            Ok(id) => Ok(Answer::Record(Box::new(record(id)))),
            Err(_) => Err(Refusal::Ambiguous(doc)),
        },
        Request::Share { .. } => Err(Refusal::NotOwner("Hillside".into())),
        Request::Delete { .. } => Err(Refusal::Store(StoreError::Full)),
        _ => Ok(Answer::Done { done: true }),
    }
}

fn summary(id: DocId) -> Summary {
    let audience = if id == PUBLIC { "public" } else { "private" };
    let (kind, title) = ("practice".to_owned(), format!("a {audience} practice"));
    let (owner, owner_name) = (MemberId([9; 32]), "Riverside".to_owned());
    Summary { id, kind, title, summary: String::new(), owner, owner_name, audience, own: true }
}

fn record(id: DocId) -> RecordView {
    RecordView {
        summary: summary(id),
        editors: "named",
        named: 3,
        shared_with: vec![],
        edited_by: vec![],
        fields: json!({"title": "a practice"}),
        conflicts: vec![],
        unknown: Map::from_iter([("later".to_owned(), json!("unknown"))]),
        heads: vec![],
        superseded_by: Some(PRIVATE),
        successor_deleted: false,
        waiting: 4,
        history: Some(vec![]),
    }
}

/// Asks, and gives back status and body.
async fn ask(routes: Router, method: &str, path: &str, body: &str) -> (u16, Value) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let mut stream = TcpStream::connect(at).await.unwrap();
    let head =
        format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), serde_json::from_str(body).unwrap_or(Value::Null))
}

fn api(node: Handle) -> super::Api {
    let glance =
        |id| GlanceView { summary: summary(id), fields: json!({}), changed_at: 0, made_at: 0, choices: 0, edits: 1 };
    let backups = Backups::new(node.clone(), "nowhere".into(), "nowhere".into(), NodeKey([3; 32]));
    let catalog = Catalog::of([glance(PUBLIC), glance(PRIVATE)].into_iter());
    super::Api { node, catalog, backups, home: Default::default() }
}

fn keys(object: &Value) -> Vec<&String> {
    object.as_object().unwrap().keys().collect()
}

async fn local(method: &str, path: &str, body: &str) -> (u16, Value, Vec<Request>) {
    let (node, asked) = node();
    let (status, answer) = ask(super::local(api(node)), method, &format!("/api/v1{path}"), body).await;
    let asked = asked.lock().unwrap().clone();
    (status, answer, asked)
}

async fn public(method: &str, path: &str) -> (u16, Value, Vec<Request>) {
    let (node, asked) = node();
    let people = People::open(node.clone()).await.unwrap().0;
    asked.lock().unwrap().clear();
    let (status, answer) = ask(super::web(api(node), &people), method, path, "").await;
    let asked = asked.lock().unwrap().clone();
    (status, answer, asked)
}

#[tokio::test]
async fn what_is_asked_reaches_the_engine() {
    let new = r#"{"kind": "practice", "fields": {"title": "Walk"}, "audience": "partners:A, B"}"#;
    let (status, answer, asked) = local("POST", "/records", new).await;
    assert_eq!((status, answer), (201, json!({"id": PRIVATE})));
    let names = AudienceAsk::Partners(vec!["A".into(), "B".into()]);
    assert!(matches!(&asked[..], [Request::Create { audience, .. }] if *audience == names));

    let (_, _, asked) = local("PATCH", "/records/abc", r#"{"set": [["steps[2].text", "b"], ["title", "a"]]}"#).await;
    assert!(matches!(&asked[..], [Request::Edit { edit: Edit::Set(set), .. }] if set[0].0 == "steps[2].text"));

    let (_, _, asked) = local("GET", "/records?kind=practice&limit=100000", "").await;
    assert!(matches!(&asked[..], [Request::List { kind: Some(_), limit: 1000, .. }]));

    let change = r#"{"change": {"stewards": {"names": ["A", "B"], "k": 2}}, "why": "Two of us."}"#;
    let (_, _, asked) = local("POST", "/network/proposals", change).await;
    let stewards = Amendment::Stewards(vec!["A".into(), "B".into()], Some(2));
    assert!(matches!(&asked[..], [Request::Propose { change, .. }] if *change == stewards));

    let rows =
        r#"{"records": [{"kind": "practice", "outside_id": "7", "fields": [["title", "Walk"]]}], "dry_run": true}"#;
    let (_, _, asked) = local("POST", "/import", rows).await;
    assert!(matches!(&asked[..], [Request::Import { records, dry_run: true, .. }] if records[0].source.is_none()));

    let (_, _, asked) = local("DELETE", "/network/partners/Family%20Center", "").await;
    assert!(matches!(&asked[..], [Request::EndPartner { partner }] if partner == "Family Center"));
}

#[tokio::test]
async fn a_misspelled_request_is_refused_and_asks_nothing() {
    let cases = [
        ("POST", "/records", r#"{"kind": "practice", "fields": {}, "audiense": "public"}"#),
        ("POST", "/records", r#"{"kind": "practice", "fields": {}, "audience": "everyone"}"#),
        ("PATCH", "/records/abc", "{}"),
        ("GET", "/records?knid=practice", ""),
        ("GET", "/records/abc?history=perhaps", ""),
        ("GET", "/search", ""),
        ("POST", "/network/join", "not json"),
    ];
    for (method, path, body) in cases {
        let (status, answer, asked) = local(method, path, body).await;
        assert_eq!((status, &answer["error"]["code"]), (422, &json!("invalid")), "{method} {path} {body}");
        assert!(asked.is_empty(), "{method} {path} {body}");
    }
}

#[tokio::test]
async fn a_refusal_keeps_its_code_and_gets_its_status() {
    let (status, answer, _) = local("POST", "/records/abc/audience", r#"{"audience": "public"}"#).await;
    assert_eq!((status, &answer["error"]["code"]), (403, &json!("not_allowed")));
    let (status, answer, _) = local("DELETE", "/records/abc", "").await;
    assert_eq!((status, &answer["error"]["code"]), (507, &json!("store")));
    let (status, answer, _) = local("GET", "/records/abc", "").await;
    assert_eq!((status, &answer["error"]["code"]), (404, &json!("not_found")));
    let (status, answer, _) = local("GET", "/nothing", "").await;
    assert_eq!((status, &answer["error"]["code"]), (404, &json!("not_found")));
    let (status, answer, _) = local("PUT", "/records", "").await;
    assert_eq!((status, &answer["error"]["code"]), (405, &json!("not_found")));
    let (status, _, _) = local("POST", "/records", &"x".repeat((1 << 20) + 1)).await;
    assert_eq!(status, 413);
}

#[tokio::test]
async fn the_web_shows_public_records_and_no_more_of_them_than_it_should() {
    let (status, answer, asked) = public("GET", "/api/v1/records").await;
    assert!(asked.is_empty(), "a stranger's question costs the engine nothing");
    let shown = answer["records"].as_array().unwrap();
    assert_eq!((status, shown.len()), (200, 1));
    assert_eq!(keys(&shown[0]), ["id", "kind", "owner", "owner_name", "summary", "title"]);

    let (status, answer, _) = public("GET", &format!("/api/v1/records/{PUBLIC}")).await;
    assert_eq!((status, keys(&answer)[0].as_str(), keys(&answer).len()), (200, "fields", 7));
}

#[tokio::test]
async fn on_the_web_what_is_private_and_what_is_not_there_answer_alike() {
    let (status, answer, asked) = public("GET", "/api/v1/records/aeaq").await;
    assert_eq!((status, asked.len()), (404, 0), "the beginning of an id must not even be asked about");
    let nothing = answer.to_string().replace("aeaq", "ID");
    let (status, answer, _) = public("GET", &format!("/api/v1/records/{PRIVATE}")).await;
    assert_eq!((status, answer.to_string().replace(&PRIVATE.to_string(), "ID")), (404, nothing));
    let (status, answer, _) = public("GET", &format!("/api/v1/records/{BROKEN}")).await;
    assert!(status == 503 && !answer.to_string().contains("secrets"));
}

#[tokio::test]
async fn the_web_reaches_nothing_else() {
    assert_eq!(public("GET", "/healthz").await.0, 200);
    for path in ["/status", "/peers", "/network", "/subscriptions", "/events", "/metrics"] {
        let (status, _, asked) = public("GET", &format!("/api/v1{path}")).await;
        assert_eq!((status, asked.len()), (401, 0), "{path}");
    }
    for path in ["/people", "/nothing"] {
        assert_eq!(public("GET", &format!("/api/v1{path}")).await.0, 404, "{path}");
    }
    for path in ["/kinds", "/kinds/practice", "/search?words=a", "/openapi.json"] {
        let (status, _, asked) = public("GET", &format!("/api/v1{path}")).await;
        assert_eq!((status, asked.len()), (200, 0), "{path}");
    }
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        for path in ["/healthz", "/api/v1/records", &format!("/api/v1/records/{PUBLIC}")] {
            let (status, _, asked) = public(method, path).await;
            assert!([401, 405].contains(&status) && asked.is_empty(), "{method} {path}: {status}");
        }
    }
    let (_, _, asked) = public("GET", &format!("/api/v1/records/{PUBLIC}?history=true")).await;
    assert!(matches!(&asked[..], [Request::Show { history: false, .. }]));
}
