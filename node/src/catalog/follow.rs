//! How the catalog follows the store: all records once, then each that changes.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use protocol::{
    identity::DocId,
    input::Request,
    view::{Answer, GlanceView},
};
use serde_json::Value;
use tokio::{
    sync::{
        Notify,
        broadcast::{self, error::RecvError},
        oneshot,
    },
    task::spawn_blocking,
    time::timeout,
};
use tracing::warn;

use super::{Catalog, Row, text};
use crate::{
    clock,
    config::{ARRIVALS_HELD, CATCH_UP_MS, GLANCES_AT_ONCE, WHOSE_MS},
    index,
    run::Handle,
};

/// How far a catalog follows its store.
#[derive(Debug, Default)]
pub(super) struct Following {
    /// Whether records are missing that are there.
    is_behind: AtomicBool,
    /// How far in the order of changes everything was read.
    seen_to: AtomicU64,
    /// Who waits until all that has changed so far is seen.
    waiting: Mutex<Vec<oneshot::Sender<()>>>,
    knock: Notify,
    /// What was not known before, once all is known that was there at first.
    arrivals: Arrivals,
}

/// Tells of records that are new here.
#[derive(Debug)]
struct Arrivals(broadcast::Sender<Arc<Row>>);

impl Default for Arrivals {
    fn default() -> Arrivals {
        Arrivals(broadcast::Sender::new(ARRIVALS_HELD))
    }
}

impl Catalog {
    /// Reads everything once, then follows what changes until the node stops.
    pub async fn follow(self, node: Handle) {
        let Some(mut changes) = node.changes() else { return };
        self.following.is_behind.store(true, Ordering::Release);
        let opened = self.index.clone();
        // It only fails with the whole node.
        let _ = spawn_blocking(move || opened.open()).await;
        // Pages are called by their name from the first one on.
        self.look_around(&node).await;
        let mut whole = self.read_all(&node).await;
        let mut ticks = clock::every(WHOSE_MS);
        loop {
            let changed = tokio::select! {
                biased;
                changed = changes.recv() => changed,
                () = self.following.knock.notified() => {
                    for waits in self.waiting().drain(..) {
                        // It fails when that one waits no more.
                        let _ = waits.send(());
                    }
                    continue;
                }
                _ = ticks.tick() => {
                    if !whole || self.index.was_lost() {
                        whole = self.read_all(&node).await;
                    }
                    self.look_around(&node).await;
                    continue;
                }
            };
            match changed {
                Ok(doc) => whole &= self.look(&node, doc).await,
                // So much changes that we lost count: what changed since is read in one go, once there is a pause.
                Err(RecvError::Lagged(_)) => {
                    changes = changes.resubscribe();
                    whole &= self.read_on(&node, self.following.seen_to.load(Ordering::Acquire)).await.is_some();
                }
                Err(RecvError::Closed) => return,
            }
        }
    }

    /// False when it could not; then it is tried again.
    async fn read_all(&self, node: &Handle) -> bool {
        let Some(seen) = self.read_on(node, 0).await else { return false };
        self.keep_only(&seen);
        self.following.is_behind.store(false, Ordering::Release);
        true
    }

    /// Reads what changed after this place, and tells what it saw; nothing when it could not read all of it.
    async fn read_on(&self, node: &Handle, mut after: u64) -> Option<HashSet<DocId>> {
        let mut seen = HashSet::new();
        while let Ok(Answer::Glances { glances, gone, last }) =
            node.ask(Request::Glances { after, limit: GLANCES_AT_ONCE }).await
        {
            gone.iter().for_each(|doc| self.forget(doc));
            seen.extend(glances.iter().map(|glance| glance.summary.id));
            self.index.room().await;
            let catalog = self.clone();
            // Finding the stems of so many words takes a while, for which no page should wait.
            let _ = spawn_blocking(move || catalog.take_in(glances)).await;
            let Some(last) = last else { return Some(seen) };
            self.following.seen_to.store(last, Ordering::Release);
            after = last;
        }
        warn!("the records could not be read for the pages; they are tried again");
        None
    }

    fn forget(&self, doc: &DocId) {
        self.index.take(doc);
        self.write().take(doc);
    }

    pub(super) fn take_in(&self, glances: impl IntoIterator<Item = GlanceView>) {
        for (row, fields) in glances.into_iter().filter_map(Row::read) {
            self.put(row, &fields);
        }
    }

    fn put(&self, row: Row, fields: &Value) {
        text::tell(&self.index, &row, fields);
        let row = Arc::new(row);
        let is_new = self.write().put(row.clone());
        if is_new && !self.is_behind() {
            // It fails when nobody listens.
            let _ = self.following.arrivals.0.send(row);
        }
    }

    /// Records that come from now on, each once: what is here already when a node starts is not told.
    pub fn arrivals(&self) -> broadcast::Receiver<Arc<Row>> {
        self.following.arrivals.0.subscribe()
    }

    /// Forgets all but these.
    fn keep_only(&self, seen: &HashSet<DocId>) {
        let gone: Vec<DocId> = self.read().rows.keys().filter(|doc| !seen.contains(doc)).copied().collect();
        for doc in gone {
            self.write().take(&doc);
        }
        let keys: HashSet<u64> = seen.iter().map(index::key).collect();
        self.index.keep_only(|key| keys.contains(&key));
    }

    /// Looks at one record again. False when it could not: a store that has no room for a moment deletes nothing, so the
    /// record stays as it was until everything is read anew.
    pub async fn look(&self, node: &Handle, doc: DocId) -> bool {
        let Ok(Answer::Glances { mut glances, .. }) = node.ask(Request::Glance { doc }).await else {
            warn!(%doc, "a record could not be read for the pages; it is tried again");
            return false;
        };
        match glances.pop().and_then(Row::read) {
            Some((row, fields)) => self.put(row, &fields),
            None => self.forget(&doc),
        }
        true
    }

    /// Waits until all that has changed so far is seen here, though not for ever. Whether it is.
    pub(crate) async fn catch_up(&self, node: &Handle) -> bool {
        // The engine tells of its changes before it goes on to this question.
        let _ = node.ask(Request::Whose).await;
        let (seen, is_seen) = oneshot::channel();
        self.waiting().push(seen);
        self.following.knock.notify_one();
        timeout(Duration::from_millis(CATCH_UP_MS), is_seen).await.is_ok_and(|seen| seen.is_ok()) && !self.is_behind()
    }

    /// Whether records are missing that are there, since they are still being read.
    pub fn is_behind(&self) -> bool {
        self.following.is_behind.load(Ordering::Acquire)
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<oneshot::Sender<()>>> {
        self.following.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A name or a network may have come since. Owners are called as they were when their record last changed.
    pub(crate) async fn look_around(&self, node: &Handle) {
        if let Ok(Answer::Whose(whose)) = node.ask(Request::Whose).await {
            self.write().whose = whose;
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::{
        identity::MemberId,
        refusal::Refusal,
        store::StoreError,
        view::{GlanceView, Summary},
    };
    use serde_json::json;
    use tokio::sync::{mpsc, watch};

    use super::*;
    use crate::{catalog::Viewer, run::Work};

    /// A node that answers the first glance so, and finds nothing afterwards.
    fn node(first: Refusal) -> Handle {
        let (work, mut waiting) = mpsc::channel(8);
        tokio::spawn(async move {
            let mut first = Some(first);
            while let Some(next) = waiting.recv().await {
                if let Work::Ask { request: Request::Glance { doc }, answer } = next {
                    let nothing = Answer::Glances { glances: vec![], gone: vec![doc], last: None };
                    let _ = answer.send(first.take().map_or(Ok(nothing), Err));
                }
            }
        });
        let changes = broadcast::channel(1).0;
        Handle::new(work.clone(), work, changes.downgrade(), watch::channel(false).1)
    }

    /// A program that took the part for the whole would throw away all the rest.
    #[tokio::test]
    async fn who_waits_for_all_is_told_that_it_is_not_there_yet() {
        let node = node(Refusal::Stopping);
        let catalog = Catalog::default();
        assert!(!catalog.catch_up(&node).await, "nobody follows");
        catalog.following.is_behind.store(true, Ordering::Release);
        let seen = catalog.clone();
        tokio::spawn(async move {
            seen.following.knock.notified().await;
            for waits in seen.waiting().drain(..) {
                let _ = waits.send(());
            }
        });
        assert!(!catalog.catch_up(&node).await, "it is still being read");
    }

    /// A full disk once took a record out of all lists, and nothing looked for it again.
    #[tokio::test]
    async fn what_cannot_be_read_for_a_moment_stays_and_is_tried_again() {
        let doc = DocId([1; 32]);
        let summary = Summary {
            id: doc,
            kind: "practice".into(),
            title: "Walk".into(),
            summary: String::new(),
            owner: MemberId([9; 32]),
            owner_name: "Riverside".into(),
            audience: "public",
            own: true,
        };
        let glance = GlanceView { summary, fields: json!({}), changed_at: 1, made_at: 1, choices: 0, edits: 1 };
        let catalog = Catalog::of([glance].into_iter());
        let node = node(Refusal::Store(StoreError::Full));
        assert!(!catalog.look(&node, doc).await, "everything is to be read anew");
        assert!(catalog.row(Viewer::Anybody, &doc).is_some());
        assert!(catalog.look(&node, doc).await);
        assert!(catalog.row(Viewer::Anybody, &doc).is_none());
    }
}
