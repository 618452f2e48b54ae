//! What programs called the objects that they made: they look for them under that name ever after, and are told by that name
//! when one is gone. All other objects are called by the ids of their records. The names never leave this node.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use protocol::{identity::DocId, input::Request, refusal::Refusal, view::Answer};

use super::object::given_name;
use crate::run::Handle;

/// Rows of this sort among those of the node's own people.
const NAME: u8 = b'n';

/// The names, both ways.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    node: Handle,
    held: Arc<RwLock<Held>>,
}

#[derive(Debug, Default)]
struct Held {
    names: BTreeMap<DocId, String>,
    docs: BTreeMap<String, DocId>,
}

impl Names {
    /// Reads what is kept.
    pub(crate) async fn open(node: Handle) -> Result<Names, Refusal> {
        let rows = match node.ask(Request::People).await? {
            Answer::People { rows } => rows,
            _ => vec![],
        };
        let mut held = Held::default();
        for (key, value) in rows {
            let Some((&NAME, doc)) = key.split_first() else { continue };
            if let (Ok(doc), Ok(name)) = (doc.try_into().map(DocId), String::from_utf8(value)) {
                held.take(doc, name);
            }
        }
        Ok(Names { node, held: Arc::new(RwLock::new(held)) })
    }

    /// What this record is called.
    pub(super) fn name(&self, doc: &DocId) -> String {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.names.get(doc).cloned().unwrap_or_else(|| given_name(doc))
    }

    /// Which record a program called so.
    pub(super) fn doc(&self, name: &str) -> Option<DocId> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).docs.get(name).copied()
    }

    /// Calls a record so from now on.
    pub(super) async fn keep(&self, doc: DocId, name: &str) -> Result<(), Refusal> {
        let row = |doc: &DocId| [&[NAME], &doc.0[..]].concat();
        let before = self.doc(name).filter(|before| *before != doc).map(|before| (row(&before), None));
        let rows = before.into_iter().chain([(row(&doc), Some(name.as_bytes().to_vec()))]).collect();
        self.node.ask(Request::KeepPeople { rows }).await?;
        self.held.write().unwrap_or_else(PoisonError::into_inner).take(doc, name.to_owned());
        Ok(())
    }
}

impl Held {
    /// A name that was another's goes over: that one is gone, or it could not have been given again.
    fn take(&mut self, doc: DocId, name: String) {
        if let Some(before) = self.docs.insert(name.clone(), doc).filter(|before| *before != doc) {
            self.names.remove(&before);
        }
        self.names.insert(doc, name);
    }
}
