//! All records at a glance, kept in memory and following the store, so that a page costs the engine nothing.
//!
//! A viewer only ever sees what they may: the audience is asked before anything else. `search` finds in it.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use protocol::{
    engine::fold,
    identity::{DocId, MemberId},
    input::Request,
    kinds,
    record::Kind,
    view::{Answer, GlanceView, WhoseView},
};
use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;
use tracing::warn;

use crate::{
    api::without_confidential,
    clock,
    config::{GLANCES_AT_ONCE, WHOSE_MS},
    run::Handle,
};

/// What every list can be narrowed down by: whose a record is.
pub const OWNER: &str = "by";

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Anybody: what is public.
    Anybody,
    /// Somebody who coordinates the network: what its members share with each other, and what is public.
    Network,
    /// Somebody of this collaborative: all that is here.
    Inside,
}

impl Viewer {
    /// Whether they may know of a record with this audience.
    pub fn may_see(self, audience: &str) -> bool {
        match self {
            Viewer::Inside => true,
            Viewer::Network => ["network", "public"].contains(&audience),
            Viewer::Anybody => audience == "public",
        }
    }
}

/// One record, as lists need it.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its id.
    pub id: DocId,
    /// Its kind.
    pub kind: &'static Kind,
    /// Its title.
    pub title: String,
    /// What it is, in short.
    pub summary: String,
    /// Whose it is.
    pub owner: MemberId,
    /// What the owner is called.
    pub owner_name: String,
    /// Whether it is our own.
    pub own: bool,
    /// `private`, `partners`, `network` or `public`.
    pub audience: &'static str,
    /// When it was last changed, in milliseconds since 1970.
    pub changed_at: u64,
    /// What lists can be narrowed down by: the values of each such field.
    facets: Vec<(&'static str, Vec<String>)>,
    /// All its words, and those of its title, case and accents aside.
    words: String,
    title_words: String,
}

impl Row {
    fn new(glance: GlanceView) -> Option<Row> {
        let kind = kinds::kind(&glance.summary.kind)?;
        // Nobody finds by words what no page shows: a confidential address would be told letter by letter.
        let fields = without_confidential(glance.fields);
        let mut words = String::new();
        gather(&fields, &mut words);
        words.push_str(&glance.summary.owner_name);
        Some(Row {
            id: glance.summary.id,
            kind,
            words: fold(&words),
            title_words: fold(&glance.summary.title),
            title: glance.summary.title,
            summary: glance.summary.summary,
            owner: glance.summary.owner,
            owner_name: glance.summary.owner_name,
            own: glance.summary.own,
            audience: glance.summary.audience,
            changed_at: glance.changed_at,
            facets: facet_values(kind, &fields, &glance.summary.owner),
        })
    }

    /// Whether this viewer may know of it.
    pub fn is_for(&self, viewer: Viewer) -> bool {
        viewer.may_see(self.audience)
    }

    /// Whether it has this word, case and accents aside.
    pub fn says(&self, folded: &str) -> bool {
        self.words.contains(folded)
    }

    /// Whether its title has this word.
    pub fn is_called(&self, folded: &str) -> bool {
        self.title_words.contains(folded)
    }

    /// The values of what lists can be narrowed down by.
    pub fn values(&self, facet: &str) -> &[String] {
        self.facets.iter().find(|(name, _)| *name == facet).map_or(&[], |(_, values)| values)
    }

    /// The first of them, such as how far along a practice is.
    pub fn value(&self, facet: &str) -> Option<&str> {
        self.values(facet).first().map(String::as_str)
    }
}

fn facet_values(kind: &'static Kind, fields: &Value, owner: &MemberId) -> Vec<(&'static str, Vec<String>)> {
    let texts = |value: &Value| match value {
        Value::String(one) => vec![one.clone()],
        Value::Array(several) => several.iter().filter_map(|v| v.as_str().map(String::from)).collect(),
        _ => vec![],
    };
    let narrowing = kind.fields().iter().filter(|field| field.facet);
    let own = narrowing.map(|field| (field.name, texts(&fields[field.name]))).filter(|(_, values)| !values.is_empty());
    own.chain([(OWNER, vec![owner.to_string()])]).collect()
}

fn gather(value: &Value, into: &mut String) {
    match value {
        Value::String(text) if text.parse::<DocId>().is_ok() => {}
        Value::String(text) => {
            into.push_str(text);
            into.push(' ');
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, into)),
        Value::Object(fields) => {
            fields.iter().filter(|(name, _)| *name != "id").for_each(|(_, field)| gather(field, into));
        }
        _ => {}
    }
}

#[derive(Debug, Default)]
struct Held {
    rows: HashMap<DocId, Arc<Row>>,
    whose: WhoseView,
}

/// All records of a node at a glance.
#[derive(Clone, Debug, Default)]
pub struct Catalog(Arc<RwLock<Held>>);

impl Catalog {
    #[cfg(test)]
    pub(crate) fn of(glances: impl Iterator<Item = GlanceView>) -> Catalog {
        let catalog = Catalog::default();
        catalog.write().rows = glances.filter_map(Row::new).map(|row| (row.id, Arc::new(row))).collect();
        catalog
    }

    /// Reads everything once, then follows what changes until the node stops.
    pub async fn follow(self, node: Handle) {
        let Some(mut changes) = node.changes() else { return };
        let mut whole = self.read_all(&node).await;
        let mut ticks = clock::every(WHOSE_MS);
        loop {
            let changed = tokio::select! {
                changed = changes.recv() => changed,
                _ = ticks.tick() => {
                    if !whole {
                        whole = self.read_all(&node).await;
                    }
                    self.look_around(&node).await;
                    continue;
                }
            };
            match changed {
                Ok(doc) => self.look(&node, doc).await,
                // So much changed that we lost count: everything is read anew.
                Err(RecvError::Lagged(_)) => whole = self.read_all(&node).await,
                Err(RecvError::Closed) => return,
            }
        }
    }

    /// False when it could not; then it is tried again.
    async fn read_all(&self, node: &Handle) -> bool {
        let (mut after, mut all) = (None, HashMap::new());
        while let Ok(Answer::Glances { glances, last }) =
            node.ask(Request::Glances { after, limit: GLANCES_AT_ONCE }).await
        {
            all.extend(glances.into_iter().filter_map(Row::new).map(|row| (row.id, Arc::new(row))));
            after = last;
            if after.is_none() {
                self.write().rows = all;
                return true;
            }
        }
        warn!("the records could not be read for the pages; they are tried again");
        false
    }

    /// Looks at one record again.
    pub async fn look(&self, node: &Handle, doc: DocId) {
        // What cannot be looked at is not shown as it was.
        let mut glances = match node.ask(Request::Glance { doc }).await {
            Ok(Answer::Glances { glances, .. }) => glances,
            _ => vec![],
        };
        match glances.pop().and_then(Row::new).map(Arc::new) {
            Some(row) => drop(self.write().rows.insert(doc, row)),
            None => drop(self.write().rows.remove(&doc)),
        }
    }

    /// A name or a network may have come since. Owners are called as they were when their record last changed.
    async fn look_around(&self, node: &Handle) {
        if let Ok(Answer::Whose(whose)) = node.ask(Request::Whose).await {
            self.write().whose = whose;
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Held> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Held> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whose node this is.
    pub fn whose(&self) -> WhoseView {
        self.read().whose.clone()
    }

    /// One record, if this viewer may know of it.
    pub fn row(&self, viewer: Viewer, doc: &DocId) -> Option<Arc<Row>> {
        self.read().rows.get(doc).filter(|row| row.is_for(viewer)).cloned()
    }

    /// All that this viewer may know of. Nobody waits for who looks through them.
    pub(crate) fn rows(&self, viewer: Viewer) -> Vec<Arc<Row>> {
        let all: Vec<Arc<Row>> = self.read().rows.values().cloned().collect();
        all.into_iter().filter(|row| row.is_for(viewer)).collect()
    }
}
