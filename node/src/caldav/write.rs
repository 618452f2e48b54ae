//! What a program changes: an object that it puts becomes an edit of a session, one that it takes away deletes it.
//!
//! An edit sets what the program changed, and nothing that it does not know of: what it was given is compared with what it
//! puts.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use protocol::{
    identity::DocId,
    input::{AudienceAsk, Incoming, Request},
    record::{Edit, merge},
    refusal::Refusal,
    view::{Answer, Outcome},
};
use serde_json::Value;

use super::{
    Caller, Dav,
    answer::{No, no, no_at, plain},
    body::{CALDAV, DAV},
    later, nothing_here,
    object::{self, Object},
    place::{Place, Which},
};
use crate::{
    search::aside,
    transfer::{Origin, Parsed, ics},
};

/// What a program puts. `sequence` is not among it: it grows with each edit by itself.
struct Put {
    uid: String,
    fields: BTreeMap<String, Value>,
}

/// Whether a header lists this tag, or names whatever there is.
pub(super) fn lists(headers: &HeaderMap, name: &HeaderName, tag: Option<&str>) -> bool {
    let Some(tag) = tag else { return false };
    let lists = headers.get_all(name).into_iter().filter_map(|list| list.to_str().ok());
    // What packs an answer on its way may mark its tag.
    lists
        .flat_map(|list| list.split(','))
        .map(|one| one.trim().trim_start_matches("W/"))
        .any(|one| one == tag || one == "*")
}

/// What must hold of what is there before anything is changed (RFC 9110, 13).
fn precondition(headers: &HeaderMap, tag: Option<&str>) -> Result<(), No> {
    let changed = headers.contains_key(header::IF_MATCH) && !lists(headers, &header::IF_MATCH, tag);
    let taken = headers.contains_key(header::IF_NONE_MATCH) && lists(headers, &header::IF_NONE_MATCH, tag);
    if !changed && !taken {
        return Ok(());
    }
    let words =
        if changed { "it was changed meanwhile; read it again first" } else { "there is one of this name already" };
    Err(plain(StatusCode::PRECONDITION_FAILED, words))
}

impl Dav {
    /// The name of an object that this caller may write.
    fn to_write(&self, caller: &Caller, place: Place) -> Result<String, No> {
        match place {
            Place::Object(Which::Ours, name) if caller.writes() => Ok(name),
            Place::Object(which, _) => {
                let words = match which {
                    Which::Network => "only who shared this session can change it",
                    Which::Ours => "you may read here; who looks after this node can let you write",
                };
                Err(no(StatusCode::FORBIDDEN, DAV, "need-privileges", words))
            }
            _ => Err(no(
                StatusCode::FORBIDDEN,
                DAV,
                "need-privileges",
                "this cannot be changed; change one of the sessions in it",
            )),
        }
    }

    pub(super) async fn put(
        &self,
        caller: &Caller,
        place: Place,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Response, No> {
        let name = self.to_write(caller, place)?;
        self.catch_up().await?;
        let old = self.object(caller, Which::Ours, &name);
        precondition(headers, old.as_ref().map(Object::tag).as_deref())?;
        let new = read(body)?;
        match old {
            Some(old) => self.change(&old, new).await,
            None => self.create(caller, name, new).await,
        }
    }

    async fn change(&self, old: &Object, new: Put) -> Result<Response, No> {
        if new.uid != old.uid() {
            let words = "an event keeps its UID; put another one under another name";
            return Err(no_at(StatusCode::FORBIDDEN, CALDAV, "no-uid-conflict", &old.href(), words));
        }
        let given = read(&old.text())?.fields;
        let names: BTreeSet<&String> = given.keys().chain(new.fields.keys()).collect();
        let differs = |name: &&String| given.get(*name) != new.fields.get(*name);
        let value = |name: &String| (name.clone(), new.fields.get(name).cloned().unwrap_or(Value::Null));
        let changes: Vec<(String, Value)> = names.into_iter().filter(differs).map(value).collect();
        let doc = old.row.id;
        let record = match self.node.ask(Request::Show { doc: doc.to_string(), history: false }).await {
            Ok(Answer::Record(record)) => record,
            Ok(_) => return Err(later()),
            Err(refusal) => return Err(refused(&refusal)),
        };
        let (changes, problems) = merge(old.row.kind, Some(&record.fields), &changes);
        if !problems.is_empty() {
            return Err(refused(&Refusal::Invalid(problems)));
        }
        if !changes.is_empty() {
            let heads = record.heads.iter().map(|head| head.0).collect();
            let edit = Request::Edit { doc: doc.to_string(), heads, edit: Edit::Set(changes) };
            self.node.ask(edit).await.map_err(|refusal| refused(&refusal))?;
            self.catalog.look(&self.node, doc).await;
        }
        // What is kept is not what was put, byte for byte, so no tag is told (RFC 4791, 5.3.4).
        Ok(StatusCode::NO_CONTENT.into_response())
    }

    async fn create(&self, caller: &Caller, name: String, new: Put) -> Result<Response, No> {
        let (names, viewer, uid) = (self.names.clone(), caller.viewer, new.uid.clone());
        let same = aside(&self.catalog, move |catalog| {
            object::all(catalog, viewer, Which::Ours, &names).into_iter().find(|object| object.uid() == uid)
        });
        if let Some(same) = same.await {
            let words = "this event is here already, under another name";
            return Err(no_at(StatusCode::CONFLICT, CALDAV, "no-uid-conflict", &same.href(), words));
        }
        let incoming = Incoming {
            kind: object::KIND.into(),
            source: None,
            outside_id: Some(new.uid),
            fields: new.fields.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        };
        // Nothing leaves this node unless somebody says so, on the page of the session.
        let import = Request::Import { records: vec![incoming], audience: AudienceAsk::Private, dry_run: false };
        let done = match self.node.ask(import).await {
            Ok(Answer::Imported { mut records }) => records.pop().ok_or_else(later)?,
            Ok(_) => return Err(later()),
            Err(refusal) => return Err(refused(&refusal)),
        };
        let doc = match (done.outcome, done.id) {
            (Outcome::Refused, _) | (_, None) => {
                let problems = done.problems.iter().map(|one| format!("{}: {}", one.field, one.message));
                return Err(invalid(&problems.collect::<Vec<_>>().join("; ")));
            }
            (_, Some(doc)) => doc,
        };
        self.names.keep(doc, &name).await.map_err(|refusal| refused(&refusal))?;
        self.catalog.look(&self.node, doc).await;
        Ok(StatusCode::CREATED.into_response())
    }

    pub(super) async fn delete(&self, caller: &Caller, place: Place, headers: &HeaderMap) -> Result<Response, No> {
        let name = self.to_write(caller, place)?;
        self.catch_up().await?;
        let old = self.object(caller, Which::Ours, &name).ok_or_else(nothing_here)?;
        precondition(headers, Some(&old.tag()))?;
        let doc: DocId = old.row.id;
        self.node.ask(Request::Delete { doc: doc.to_string() }).await.map_err(|refusal| refused(&refusal))?;
        self.catalog.look(&self.node, doc).await;
        Ok(StatusCode::NO_CONTENT.into_response())
    }
}

/// Reads the one event that an object holds.
fn read(body: &[u8]) -> Result<Put, No> {
    let data = |condition, words: &str| no(StatusCode::FORBIDDEN, CALDAV, condition, words);
    let mut parsed = match ics::parse("the event", body, &Origin::default()) {
        Ok(parsed) => parsed,
        Err(why @ crate::transfer::TransferError::Nothing { .. }) => {
            return Err(data("supported-calendar-component", &why.to_string()));
        }
        Err(why) => return Err(data("valid-calendar-data", &why.to_string())),
    };
    if let Some(words) = wrong(&parsed) {
        return Err(data("valid-calendar-data", &words));
    }
    match (parsed.rows.pop(), parsed.rows.is_empty()) {
        (Some(row), true) => {
            let uid = row.incoming.outside_id.unwrap_or_default();
            let fields = row.incoming.fields.into_iter().filter(|(name, _)| name != "sequence").collect();
            Ok(Put { uid, fields })
        }
        _ => {
            Err(data("valid-calendar-object-resource", "one object holds one event or one series; put each by itself"))
        }
    }
}

/// The first things that are wrong, in words.
fn wrong(parsed: &Parsed) -> Option<String> {
    let bad: Vec<String> = parsed.bad.iter().take(3).map(ToString::to_string).collect();
    (!bad.is_empty()).then(|| bad.join("; "))
}

fn invalid(words: &str) -> No {
    no(StatusCode::FORBIDDEN, CALDAV, "valid-calendar-object-resource", words)
}

fn refused(refusal: &Refusal) -> No {
    match refusal {
        Refusal::Invalid(_) => invalid(&refusal.to_string()),
        Refusal::Store(_) | Refusal::Stopping => later(),
        other => no(StatusCode::FORBIDDEN, DAV, "need-privileges", &other.to_string()),
    }
}
