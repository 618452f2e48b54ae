//! What happens meanwhile, for whoever has a page open: what neighbors share, and how we stand with them.
//!
//! It is kept in memory and looked up every few seconds, so that no page asks the engine for it.

use std::{collections::HashSet, sync::Arc};

use protocol::{identity::DocId, input::Request, view::Answer};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, broadcast::error::RecvError, watch};

use crate::{
    catalog::{Catalog, Row, Viewer},
    clock,
    config::{LISTENERS, NEWS_HELD, NEWS_MS, NEWS_PAUSES, WHOSE_MS},
    neighbors::{self, Neighbor, Together},
    run::Handle,
};

/// Records that came together, and are told together.
pub type News = Arc<Vec<Arc<Row>>>;

/// What happens meanwhile.
#[derive(Clone, Debug)]
pub struct Live {
    neighbors: watch::Sender<Arc<Vec<Neighbor>>>,
    news: broadcast::Sender<News>,
    places: Arc<Semaphore>,
    started_ms: u64,
}

/// Somebody who listens. The place is free again when this goes.
#[derive(Debug)]
pub struct Listener {
    /// How we stand with whom.
    pub neighbors: watch::Receiver<Arc<Vec<Neighbor>>>,
    /// What came.
    pub news: broadcast::Receiver<News>,
    _place: OwnedSemaphorePermit,
}

impl Default for Live {
    /// Knows nothing yet.
    fn default() -> Live {
        Live {
            neighbors: watch::Sender::new(Arc::new(vec![])),
            news: broadcast::Sender::new(NEWS_HELD),
            places: Arc::new(Semaphore::new(LISTENERS)),
            started_ms: clock::now_ms(),
        }
    }
}

impl Live {
    /// When this node started, in milliseconds since 1970.
    pub fn started_ms(&self) -> u64 {
        self.started_ms
    }

    /// The neighbors, as they were a moment ago.
    pub fn neighbors(&self) -> Arc<Vec<Neighbor>> {
        self.neighbors.borrow().clone()
    }

    /// How we stand with all of them together.
    pub fn together(&self) -> Together {
        neighbors::together(&self.neighbors.borrow())
    }

    /// Listens, where there is a place.
    pub fn listen(&self) -> Option<Listener> {
        let place = self.places.clone().try_acquire_owned().ok()?;
        Some(Listener { neighbors: self.neighbors.subscribe(), news: self.news.subscribe(), _place: place })
    }

    /// Looks around every few seconds, until the node stops.
    pub async fn look_around(self, node: Handle) {
        let mut ticks = clock::every(WHOSE_MS);
        while node.is_alive() {
            ticks.tick().await;
            let Ok(Answer::Peers { peers }) = node.ask(Request::Peers).await else { continue };
            let now = neighbors::of(&peers);
            self.neighbors.send_if_modified(|held| {
                let is_new = **held != now;
                if is_new {
                    *held = Arc::new(now);
                }
                is_new
            });
        }
    }

    /// Gathers what is new from neighbors, until the node stops. What comes together is told together.
    pub async fn gather(self, node: Handle, catalog: Catalog) {
        let (mut arrivals, mut ticks) = (catalog.arrivals(), clock::every(NEWS_MS));
        let (mut fresh, mut before, mut pauses) = (HashSet::new(), 0, 0);
        while node.is_alive() {
            tokio::select! {
                arrived = arrivals.recv() => match arrived {
                    Ok(row) => fresh.extend((!row.own).then_some(row.id)),
                    // With so many at once, one more or less makes no difference to a note.
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                },
                _ = ticks.tick() => {
                    let growing = fresh.len() != before;
                    if growing && pauses < NEWS_PAUSES {
                        (before, pauses) = (fresh.len(), pauses + 1);
                    } else if !fresh.is_empty() {
                        self.tell(&catalog, std::mem::take(&mut fresh));
                        (before, pauses) = (0, 0);
                    }
                }
            }
        }
    }

    fn tell(&self, catalog: &Catalog, fresh: HashSet<DocId>) {
        // As it is now: its owner may have changed it since, or taken it back.
        let mut rows: Vec<Arc<Row>> = fresh.iter().filter_map(|doc| catalog.row(Viewer::Inside, doc)).collect();
        rows.sort_by_key(|row| (std::cmp::Reverse(row.changed_at), row.id));
        if !rows.is_empty() {
            // It fails when nobody listens.
            let _ = self.news.send(Arc::new(rows));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_listen_and_no_more() {
        let live = Live::default();
        let mut all: Vec<Listener> = std::iter::from_fn(|| live.listen()).collect();
        assert_eq!(all.len(), LISTENERS);
        all.pop();
        assert!(live.listen().is_some(), "who leaves makes room");
        assert_eq!(live.together(), Together::Nobody);
    }
}
