//! Every change at every node, told as it arrives.

use std::collections::BTreeMap;

use protocol::{
    identity::{DocId, Hash},
    view::{ChangeView, RecordView},
};
use tokio::{
    sync::{broadcast::error::RecvError, mpsc},
    task::JoinSet,
};

use super::{
    event::{Event, Teller},
    village::Node,
};
use crate::failure::Failure;

/// Changes that wait to be told. When there are more, the nodes' own queues hold them (`config::CHANGES`).
const WAITING: usize = 64;

/// What was told of a record at a node: its title and its state.
type Told = BTreeMap<(usize, DocId), (String, Vec<Hash>)>;

/// Hears the nodes.
pub(super) struct Watch<'a> {
    nodes: &'a [Node],
    teller: &'a Teller,
    told: Told,
    heard: mpsc::Receiver<(usize, DocId)>,
    _hearing: JoinSet<()>,
}

impl<'a> Watch<'a> {
    /// Knows all that is there now, and hears what changes from now on.
    pub(super) async fn new(nodes: &'a [Node], teller: &'a Teller) -> Result<Watch<'a>, Failure> {
        let (tell, heard) = mpsc::channel(WAITING);
        let (mut hearing, mut told) = (JoinSet::new(), Told::new());
        for (at, node) in nodes.iter().enumerate() {
            if let Some(changes) = node.changes() {
                hearing.spawn(hear(at, changes, tell.clone()));
            }
            for record in node.records().await? {
                let shown = node.show(record.id, false).await?;
                told.insert((at, record.id), (record.title, shown.heads));
            }
        }
        Ok(Watch { nodes, teller, told, heard, _hearing: hearing })
    }

    /// Tells changes for as long as it is let.
    pub(super) async fn tell_all(&mut self) -> Result<(), Failure> {
        while let Some((at, doc)) = self.heard.recv().await {
            self.tell(at, doc).await?;
        }
        Ok(())
    }

    /// Tells what has been heard by now.
    pub(super) async fn tell_waiting(&mut self) -> Result<(), Failure> {
        while let Ok((at, doc)) = self.heard.try_recv() {
            self.tell(at, doc).await?;
        }
        Ok(())
    }

    async fn tell(&mut self, at: usize, doc: DocId) -> Result<(), Failure> {
        let node = &self.nodes[at];
        let event = match node.show(doc, true).await {
            Ok(record) if record.superseded_by.is_none() => self.changed(at, doc, record),
            // What cannot be shown is not here yet, or no longer.
            _ => self.told.remove(&(at, doc)).map(|(title, _)| Event::Gone { at: node.name().to_owned(), title }),
        };
        event.map_or(Ok(()), |event| Ok(self.teller.tell(&event)?))
    }

    /// None when nothing that people read has changed: a new audience, or the same news a second time.
    fn changed(&mut self, at: usize, doc: DocId, record: RecordView) -> Option<Event> {
        let title = record.summary.title;
        let now = (title.clone(), record.heads);
        let before = self.told.insert((at, doc), now.clone());
        if before.as_ref() == Some(&now) {
            return None;
        }
        let new = before.is_none();
        let last = record.history.unwrap_or_default().pop();
        let (by, fields) = last.map(|ChangeView { by, fields, .. }| (by, fields)).unwrap_or_default();
        let fields = if new { vec![] } else { fields.into_iter().map(|change| change.field).collect() };
        let by = if new { record.summary.owner_name } else { by };
        Some(Event::Change { at: self.nodes[at].name().to_owned(), kind: record.summary.kind, title, by, fields })
    }
}

async fn hear(at: usize, mut changes: tokio::sync::broadcast::Receiver<DocId>, tell: mpsc::Sender<(usize, DocId)>) {
    loop {
        match changes.recv().await {
            Ok(doc) if tell.send((at, doc)).await.is_ok() => {}
            // A flood; what comes after it is told again.
            Err(RecvError::Lagged(_)) => {}
            _ => return,
        }
    }
}
