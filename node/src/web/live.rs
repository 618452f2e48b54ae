//! What happens meanwhile, told to open pages by server-sent events: what neighbors shared, and how we stand with them.
//!
//! Each listener is told what it may see and nothing else, only as long as it is signed in. A page never changes under its
//! reader: it shows a note. Without script nothing is missing.

use std::{collections::BTreeSet, convert::Infallible, sync::Arc};

use axum::{
    Extension,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{StreamExt, stream};
use serde_json::json;
use tokio::{
    sync::broadcast::error::RecvError,
    time::{Duration, Interval, timeout},
};

use super::{
    Web, section,
    site::{Site, session_of},
    sync,
    texts::Language,
    visitor::Source,
};
use crate::{
    catalog::{Row, Viewer},
    clock,
    config::{LIVE_LOOK_MS, LIVE_MS},
    live::{Listener, News},
    neighbors::{self, Together},
    people::People,
};

/// Where pages listen.
pub(super) const LIVE: &str = "/live";

/// One listener's stream.
struct Stream {
    listener: Listener,
    people: People,
    token: String,
    viewer: Viewer,
    language: Language,
    /// Whether it is told how we stand with our neighbors, and what it was told last of that.
    hears_sync: bool,
    told: Option<Together>,
    looks: Interval,
}

/// Tells a page what happens meanwhile. Who is not signed in gets the answer that ends a listener's tries for good.
pub(super) async fn listen(
    State(web): State<Web>,
    site: Site,
    source: Option<Extension<ConnectInfo<Source>>>,
    headers: HeaderMap,
) -> Response {
    let token = session_of(&headers).filter(|_| site.account.is_some()).map(String::from);
    let Some(token) = token else { return StatusCode::NO_CONTENT.into_response() };
    let Some(listener) = web.live.listen() else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    if let Some(Extension(ConnectInfo(source))) = source {
        source.stay.longer(LIVE_MS);
    }
    let looks = clock::every(LIVE_LOOK_MS);
    let (people, viewer, language) = (web.people.clone(), site.viewer, site.language);
    let hears_sync = site.standing.is_some();
    let stream = Stream { listener, people, token, viewer, language, hears_sync, told: None, looks };
    let events = stream::unfold(stream, |mut stream| async move {
        let event = stream.next().await?;
        Some((Ok::<_, Infallible>(event), stream))
    });
    let ends = timeout(Duration::from_millis(LIVE_MS), web.node.stopping());
    Sse::new(events.take_until(Box::pin(ends))).keep_alive(KeepAlive::default()).into_response()
}

impl Stream {
    /// The next thing to tell; nothing once the listener is signed out or may see something else than before.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.sync() {
                return Some(event);
            }
            let news: Option<News> = tokio::select! {
                news = self.listener.news.recv() => match news {
                    Ok(news) => Some(news),
                    Err(RecvError::Lagged(_)) => None,
                    Err(RecvError::Closed) => return None,
                },
                changed = self.listener.neighbors.changed() => {
                    changed.ok()?;
                    None
                }
                _ = self.looks.tick() => None,
            };
            let account = self.people.peek(&self.token)?;
            if Viewer::of(Some(account.role)) != self.viewer {
                return None;
            }
            if let Some(event) = news.and_then(|news| self.note(&news)) {
                return Some(event);
            }
        }
    }

    /// How we stand, where that is new.
    fn sync(&mut self) -> Option<Event> {
        let now = neighbors::together(&self.listener.neighbors.borrow());
        if !self.hears_sync || self.told.as_ref() == Some(&now) {
            return None;
        }
        let text = sync::say(self.language, &now, clock::now_ms());
        self.told = Some(now);
        Some(Event::default().event("sync").data(text))
    }

    /// What came, as far as this listener may see it.
    fn note(&self, news: &News) -> Option<Event> {
        let (text, href) = note(self.language, self.viewer, news)?;
        Some(Event::default().event("note").data(json!({"text": text, "href": href}).to_string()))
    }
}

/// What came, in a sentence, and where it is.
fn note(language: Language, viewer: Viewer, news: &[Arc<Row>]) -> Option<(String, String)> {
    let seen: Vec<&Arc<Row>> = news.iter().filter(|row| row.is_for(viewer)).collect();
    let owners: BTreeSet<_> = seen.iter().map(|row| row.owner).collect();
    let (first, count) = (seen.first()?, seen.len());
    let name = &first.owner_name;
    let room = section::of_kind(first.kind.name).path;
    Some(match (count, owners.len()) {
        (1, _) => (language.say_with(&format!("news-{room}"), "name", name.as_str()), format!("/{room}/{}", first.id)),
        (_, 1) => (
            language.say_all("news-several", &[("name", name), ("count", &count)]),
            format!("/search?by={}", first.owner),
        ),
        (_, others) => (language.say_all("news-of-several", &[("neighbors", &others), ("count", &count)]), "/".into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_is_told_for_every_room() {
        for section in &section::SECTIONS {
            for language in super::super::texts::LANGUAGES {
                let key = format!("news-{}", section.path);
                assert_ne!(language.say_with(&key, "name", "Hillside"), key);
            }
        }
    }
}
