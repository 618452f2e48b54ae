//! What somebody began to write and has not saved, kept on this node for them alone. It never leaves the node and is no
//! record: nobody finds it, and it goes when it is saved, thrown away, or old.
//!
//! A draft is the body of a form as the browser sent it, so that whatever was typed comes back as it was.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use minicbor::{Decode, Encode};
use protocol::{format, identity::Hash, input::Request, refusal::Refusal, view::Answer};

use crate::{
    clock,
    config::{DRAFT_BYTES, DRAFT_KEPT_MS, DRAFTS_A_PERSON},
    run::Handle,
};

/// Something somebody was writing.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Draft {
    /// Who writes it.
    #[n(0)]
    name: String,
    /// The form it was typed in: its address, such as `/practices/new?kind=practice`.
    #[n(1)]
    pub at: String,
    /// What it is called so far; may be empty.
    #[n(2)]
    pub title: String,
    /// The form's body as it was sent.
    #[n(3)]
    pub body: String,
    /// When it was kept last, in milliseconds since 1970.
    #[n(4)]
    pub kept_at: u64,
}

/// Why a draft was not kept. What was typed is still in the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotKept {
    /// It is longer than a draft may be.
    TooLong,
    /// They have as many as one person may have.
    TooMany,
    /// The node cannot keep it now.
    Disk,
}

/// Everybody's drafts.
#[derive(Clone, Debug)]
pub struct Drafts {
    node: Handle,
    held: Arc<Mutex<BTreeMap<String, Draft>>>,
}

impl Drafts {
    /// Reads what is kept, and forgets what is old.
    pub async fn open(node: Handle) -> Result<Drafts, Refusal> {
        let rows = match node.ask(Request::People).await? {
            Answer::People { rows } => rows,
            _ => vec![],
        };
        let mut held = BTreeMap::new();
        for (key, value) in rows {
            let Some((&DRAFT, id)) = key.split_first() else { continue };
            // One that cannot be read keeps nobody from their others.
            if let (Ok(id), Ok(draft)) = (String::from_utf8(id.to_vec()), format::recall(&value, value.len())) {
                held.insert(id, draft);
            }
        }
        let drafts = Drafts { node, held: Arc::new(Mutex::new(held)) };
        drafts.forget_old().await;
        Ok(drafts)
    }

    /// Somebody's drafts with their ids, the newest first.
    pub fn of(&self, name: &str) -> Vec<(String, Draft)> {
        let since = clock::now_ms().saturating_sub(DRAFT_KEPT_MS);
        let held = self.held();
        let own = held.iter().filter(|(_, draft)| draft.name == name && draft.kept_at > since);
        let mut own: Vec<_> = own.map(|(id, draft)| (id.clone(), draft.clone())).collect();
        own.sort_by_key(|(_, draft)| std::cmp::Reverse(draft.kept_at));
        own
    }

    /// One of somebody's drafts; nobody reads those of others.
    pub fn one(&self, name: &str, id: &str) -> Option<Draft> {
        self.held().get(id).filter(|draft| draft.name == name).cloned()
    }

    /// Keeps a draft in place of the one with this id, or as a new one. Returns its id.
    pub async fn keep(&self, name: &str, id: &str, at: &str, title: &str, body: &str) -> Result<String, NotKept> {
        if at.len() + body.len() > DRAFT_BYTES {
            return Err(NotKept::TooLong);
        }
        let known = self.one(name, id).is_some();
        if !known {
            self.forget_old().await;
            if self.of(name).len() >= DRAFTS_A_PERSON {
                return Err(NotKept::TooMany);
            }
        }
        // The id is chance: nobody learns from one how many there are.
        let id = if known { id.to_owned() } else { Hash(clock::random()).to_string()[..24].to_owned() };
        let title = title.chars().take(200).collect();
        let draft = Draft { name: name.into(), at: at.into(), title, body: body.into(), kept_at: clock::now_ms() };
        self.write(vec![(row(&id), Some(format::encode(&draft)))]).await.map_err(|_| NotKept::Disk)?;
        self.held().insert(id.clone(), draft);
        Ok(id)
    }

    /// Forgets one of somebody's drafts.
    pub async fn forget(&self, name: &str, id: &str) {
        if self.one(name, id).is_some() && self.write(vec![(row(id), None)]).await.is_ok() {
            self.held().remove(id);
        }
    }

    /// Forgets all of somebody who is no longer here: whoever gets the same name reads none of them.
    pub async fn forget_all(&self, name: &str) {
        self.forget_where(|draft| draft.name == name).await;
    }

    async fn forget_old(&self) {
        let since = clock::now_ms().saturating_sub(DRAFT_KEPT_MS);
        // Those that could not be forgotten now are tried again with the next draft; nobody is shown them.
        self.forget_where(|draft| draft.kept_at <= since).await;
    }

    async fn forget_where(&self, which: impl Fn(&Draft) -> bool) {
        let ids: Vec<String> = self.held().iter().filter(|(_, draft)| which(draft)).map(|(id, _)| id.clone()).collect();
        if !ids.is_empty() && self.write(ids.iter().map(|id| (row(id), None)).collect()).await.is_ok() {
            self.held().retain(|id, _| !ids.contains(id));
        }
    }

    async fn write(&self, rows: Vec<(Vec<u8>, Option<Vec<u8>>)>) -> Result<(), Refusal> {
        self.node.ask(Request::KeepPeople { rows }).await.map(drop)
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, Draft>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where drafts stand among what the node keeps of its people.
const DRAFT: u8 = b'd';

fn row(id: &str) -> Vec<u8> {
    [&[DRAFT], id.as_bytes()].concat()
}
