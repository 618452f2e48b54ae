//! What changed since a program asked last (RFC 6578). The order of changes is the engine's own, so that what was told holds
//! after a restart as well; a token says up to where in it a program knows all.

use axum::{http::StatusCode, response::Response};
use data_encoding::HEXLOWER;
use protocol::{identity::DocId, input::Request, view::Answer};

use super::{
    Caller, Dav,
    answer::{Multi, No, no},
    body::{Asked, DAV},
    later,
    object::Object,
    place::{Place, Which},
    properties::Person,
    tell,
};
use crate::{
    catalog::Viewer,
    config::{CHANGES_AT_ONCE, DAV_CHANGES},
};

/// How far somebody knows a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    /// Which order of changes: another one after the store was made anew.
    order: String,
    /// Whose eyes, and which calendar.
    seen: String,
    at: u64,
}

impl State {
    fn new(order: &[u8; 8], at: u64, viewer: Viewer, which: Which) -> State {
        let eyes = match viewer {
            Viewer::Anybody => "a",
            Viewer::Network => "n",
            Viewer::Inside => "i",
        };
        State { order: HEXLOWER.encode(order), seen: format!("{eyes}{}", which.name()), at }
    }

    /// As it is handed out: a URI (RFC 6578, 4).
    pub(super) fn token(&self) -> String {
        format!("data:,{}-{}-{}", self.order, self.seen, self.at)
    }

    /// Where to go on from a token; nothing where it is none of ours, or from another order of changes.
    fn since(&self, token: &str) -> Option<u64> {
        let at = token.rsplit_once('-')?.1.parse().ok()?;
        let then = State { at, ..self.clone() };
        (then.token() == token && at <= self.at).then_some(at)
    }
}

impl Dav {
    /// How a calendar stands now.
    pub(super) async fn state(&self, caller: &Caller, which: Which) -> Result<State, No> {
        match self.node.ask(Request::Changes { after: u64::MAX, limit: 0 }).await {
            Ok(Answer::Changes { order, at, .. }) => Ok(State::new(&order, at, caller.viewer, which)),
            _ => Err(later()),
        }
    }

    /// What changed since, or all where nothing was known.
    pub(super) async fn changes(
        &self,
        caller: &Caller,
        which: Which,
        token: &str,
        limit: Option<usize>,
        asked: &Asked,
    ) -> Result<Response, No> {
        let state = self.state(caller, which).await?;
        let since = if token.is_empty() { Some(0) } else { state.since(token) };
        let since = since.ok_or_else(unknown)?;
        self.catch_up().await?;
        let person = self.person(caller);
        let mut multi = Multi::new();
        if since == 0 && limit.is_none() {
            multi = self.tell_all(caller, which, &asked.wanted, asked.part, multi).await?;
            multi.token(&state.token());
            return Ok(multi.end());
        }
        let (mut told, mut read, mut after, most) = (0, 0, since, limit.unwrap_or(usize::MAX));
        while after < state.at {
            let mut changed = self.changed(after).await?;
            // What changed since may not be seen here yet. It is told the next time.
            changed.retain(|(at, _)| *at <= state.at);
            read += changed.len();
            // So much changed that it is cheaper for both to begin anew.
            if read > DAV_CHANGES && since > 0 {
                return Err(unknown());
            }
            let Some((last, _)) = changed.last().copied() else { break };
            for (at, doc) in changed {
                if told == most {
                    multi.without(&Place::Calendar(which).href(), StatusCode::INSUFFICIENT_STORAGE);
                    multi.token(&State { at: after, ..state }.token());
                    return Ok(multi.end());
                }
                let is_new = since == 0;
                told += usize::from(self.tell_change(&mut multi, &person, caller.viewer, which, (doc, is_new), asked));
                after = at;
            }
            after = last;
        }
        multi.token(&state.token());
        Ok(multi.end())
    }

    /// Where in the order of changes which records changed last, a part of them.
    async fn changed(&self, after: u64) -> Result<Vec<(u64, DocId)>, No> {
        match self.node.ask(Request::Changes { after, limit: CHANGES_AT_ONCE }).await {
            Ok(Answer::Changes { docs, .. }) => Ok(docs),
            _ => Err(later()),
        }
    }

    /// Tells of one record that changed, if it belongs here, or may have.
    fn tell_change(
        &self,
        multi: &mut Multi,
        person: &Person,
        viewer: Viewer,
        which: Which,
        (doc, is_new): (DocId, bool),
        asked: &Asked,
    ) -> bool {
        let row = self.catalog.row(viewer, &doc);
        if row.as_ref().is_some_and(|row| !which.holds(row)) {
            return false;
        }
        match row.and_then(|row| Object::new(row, which, &self.names)) {
            Some(object) => tell(multi, person, &object, &asked.wanted, asked.part),
            None if is_new => return false,
            // It is gone for this viewer. Whether it was a session nobody knows any more; that it is not here is true.
            None => multi.without(&Place::Object(which, self.names.name(&doc)).href(), StatusCode::NOT_FOUND),
        }
        true
    }
}

fn unknown() -> No {
    no(StatusCode::FORBIDDEN, DAV, "valid-sync-token", "this token is not known any more; begin anew without one")
}
