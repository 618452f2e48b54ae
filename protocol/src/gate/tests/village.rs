//! Nodes that edit one document honestly, as Commonweal does: on a fork at the heads that were read, in the lowest lane
//! whose last change is an ancestor of those heads.

use std::collections::BTreeMap;

use automerge::transaction::{Transactable, Transaction};
use automerge::{ActorId, Automerge, Change, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value};

use crate::gate::{Fit, Form, Known, KnownChange, fit, form, trial};

/// What a node has admitted.
#[derive(Default, Clone)]
pub(super) struct Archive {
    pub(super) changes: BTreeMap<[u8; 32], KnownChange>,
    pub(super) lasts: BTreeMap<[u8; 16], (u64, [u8; 32])>,
    pub(super) snapshot: Option<Vec<u8>>,
    pub(super) heads: Vec<[u8; 32]>,
}

impl Known for Archive {
    fn change(&self, hash: &[u8; 32]) -> Option<KnownChange> {
        self.changes.get(hash).copied()
    }
    fn last(&self, actor: &[u8; 16]) -> Option<(u64, [u8; 32])> {
        self.lasts.get(actor).copied()
    }
    fn actor(&self, actor: &[u8; 16]) -> bool {
        self.lasts.contains_key(actor)
    }
}

impl Archive {
    pub(super) fn note(&mut self, form: &Form) {
        self.changes.insert(form.hash, KnownChange { actor: form.actor, seq: form.seq, max_op: form.max_op });
        self.lasts.insert(form.actor, (form.seq, form.hash));
    }

    /// Takes an honest change through all three stages.
    pub(super) fn admit(&mut self, raw: &[u8]) -> Form {
        let form = form(raw).unwrap();
        assert_eq!(fit(&form, &form.actor, self), Fit::Fits);
        let tried = trial(self.snapshot.as_deref(), &[raw]).unwrap();
        self.note(&form);
        assert_eq!(fit(&form, &form.actor, self), Fit::Known);
        (self.snapshot, self.heads) = (Some(tried.snapshot), tried.heads);
        form
    }
}

/// An actor as some node would use in some lane.
pub(super) fn actor(node: u8, lane: u8) -> [u8; 16] {
    blake3::hash(&[node, lane]).as_bytes()[..16].try_into().unwrap()
}

#[derive(Default)]
pub(super) struct Node {
    number: u8,
    pub(super) document: Automerge,
    lanes: Vec<ChangeHash>,
    /// Heads this node has shown its people, who may still be typing on any of them.
    read: Vec<Vec<ChangeHash>>,
}

impl Node {
    pub(super) fn new(number: u8) -> Self {
        Self { number, read: vec![vec![]], ..Self::default() }
    }

    /// Makes one edit at heads read some time ago; none if it changes nothing.
    pub(super) fn edit(&mut self, ago: usize, deed: impl FnOnce(&mut Transaction)) -> Option<Change> {
        let heads = &self.read[self.read.len() - 1 - ago % self.read.len()];
        let mut fork = self.document.fork_at(heads).unwrap();
        let lane =
            (0..16).find(|lane| self.lanes.get(*lane).is_none_or(|last| fork.get_change_by_hash(last).is_some()))?;
        fork.set_actor(ActorId::from(actor(self.number, lane as u8)));
        let mut transaction = fork.transaction();
        deed(&mut transaction);
        let hash = transaction.commit().0?;
        self.lanes.truncate(self.lanes.len().max(lane));
        if lane == self.lanes.len() {
            self.lanes.push(hash)
        } else {
            self.lanes[lane] = hash
        }
        let change = fork.get_change_by_hash(&hash).unwrap();
        self.document.apply_changes([change.clone()]).unwrap();
        self.read.push(self.document.get_heads());
        Some(change)
    }

    pub(super) fn hear(&mut self, other: &mut Automerge) {
        self.document.merge(other).unwrap();
        self.read.push(self.document.get_heads());
    }
}

/// One thing a person does, by small numbers, so that chance can choose.
#[derive(Debug, Clone)]
pub(super) struct Deed {
    pub(super) kind: u8,
    pub(super) place: usize,
    pub(super) len: usize,
    pub(super) words: String,
}

const FIELDS: [&str; 5] = ["title", "offer", "übung", "seats/1/name", "🧺"];

/// Does a deed; what is not there is made first.
pub(super) fn perform(deed: &Deed, tx: &mut Transaction) {
    let field = FIELDS[deed.place % FIELDS.len()];
    match deed.kind % 11 {
        0 => tx.put(ROOT, field, scalar(deed)).unwrap(),
        1 => tx.put(ROOT, field, deed.words.as_str()).unwrap(),
        2 => tx.delete(ROOT, field).unwrap_or(()),
        3 | 4 => splice(deed, tx),
        5 => {
            let text = child(tx, &ROOT, "note", ObjType::Text);
            tx.update_text(&text, &deed.words).unwrap();
        }
        6 => {
            let list = child(tx, &ROOT, "tags", ObjType::List);
            let at = deed.place % (tx.length(&list) + 1);
            tx.insert(&list, at, scalar(deed)).unwrap();
        }
        7 => {
            let list = child(tx, &ROOT, "tags", ObjType::List);
            let len = tx.length(&list);
            if len > 0 {
                tx.put(&list, deed.place % len, scalar(deed)).unwrap();
            }
        }
        8 => {
            let list = child(tx, &ROOT, "tags", ObjType::List);
            let len = tx.length(&list);
            if len > 0 {
                tx.delete(&list, deed.place % len).unwrap();
            }
        }
        9 => {
            let list = child(tx, &ROOT, "seats", ObjType::List);
            let map = tx.insert_object(&list, 0, ObjType::Map).unwrap();
            tx.put(&map, field, scalar(deed)).unwrap();
            tx.put_object(&map, "more", [ObjType::Map, ObjType::List, ObjType::Text][deed.len % 3]).unwrap();
        }
        _ => {
            let map = child(tx, &ROOT, "contact", ObjType::Map);
            let inner = child(tx, &map, "hours", ObjType::Map);
            tx.put(&inner, deed.words.clone() + "x", scalar(deed)).unwrap();
        }
    }
}

fn splice(deed: &Deed, tx: &mut Transaction) {
    let text = child(tx, &ROOT, "note", ObjType::Text);
    let len = tx.length(&text);
    let at = deed.place % (len + 1);
    tx.splice_text(&text, at, (deed.len % 9).min(len - at) as isize, &deed.words).unwrap();
}

/// The object under a key, made if it is not there.
pub(super) fn child(tx: &mut Transaction, parent: &ObjId, key: &str, kind: ObjType) -> ObjId {
    match tx.get(parent, key).unwrap() {
        Some((Value::Object(found), id)) if found == kind => id,
        _ => tx.put_object(parent, key, kind).unwrap(),
    }
}

fn scalar(deed: &Deed) -> ScalarValue {
    let number = deed.place as i64 - 70;
    match deed.len % 9 {
        0 => ScalarValue::Null,
        1 => ScalarValue::Boolean(deed.place > 99),
        2 => ScalarValue::Uint((deed.place as u64) << (deed.place % 56)),
        3 => ScalarValue::Int(number << (deed.place % 56)),
        4 => ScalarValue::F64(number as f64 / 7.0),
        5 => ScalarValue::Timestamp(number * 1_000_000_007),
        6 => ScalarValue::Bytes(deed.words.as_bytes().to_vec()),
        _ => ScalarValue::Str(deed.words.as_str().into()),
    }
}
