//! One saved form becomes one Automerge change, on what the person saw.
//!
//! Only what differs from what was seen is written: what somebody else changed meanwhile, what a newer node wrote and
//! what could not be read here stay as they are.

use super::flat::{Flat, Leaf, flatten};
use super::items::{Ids, outside_id, settle};
use super::path;
use super::read::assemble;
use super::shape::Kind;
use super::state::{Raw, State, load, state};
use super::validate::normal;
use super::wrong::Problem;
use super::{Edit, EditError, Hash, Made, ReadError};
use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ActorId, Automerge, AutomergeError, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, ScalarValue};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The first change of a new record. It makes every text of the kind, even empty ones: a text made later by two people
/// at once would be two texts, of which one hides the other.
pub fn create(kind: &Kind, value: &Value, actor: [u8; 16], at_s: i64, seed: [u8; 16]) -> Result<Made, Vec<Problem>> {
    let (mut target, problems) = normal(kind, value);
    if !problems.is_empty() {
        return Err(problems);
    }
    target.entry("outside_id").or_insert_with(|| outside_id(&seed).into());
    settle(kind.fields(), &Map::new(), &mut target, false, &mut Ids::new(seed));
    let flat = flatten(kind, &target, &BTreeMap::new());
    let mut doc = Automerge::new().with_actor(ActorId::from(actor));
    let made = write(&mut doc, &plan(&State::new(), &Flat::default(), &flat, &BTreeSet::new()), at_s);
    let hash = made.expect("a fresh document takes flat keys").expect("a new record has an outside id");
    Ok(finish(&doc, &doc, hash))
}

/// One change on what stood at `heads`, or nothing when it changes nothing. The snapshot and heads that come back are of
/// the whole document with the change merged in.
pub fn edit(
    kind: &Kind,
    snapshot: &[u8],
    heads: &[Hash],
    actor: [u8; 16],
    at_s: i64,
    seed: [u8; 16],
    edit: &Edit,
) -> Result<Option<Made>, EditError> {
    let mut whole = load(snapshot)?;
    let mut seen = seen(&whole, heads, actor)?;
    let state = state(&seen, None);
    let (current, had) = normal(kind, &assemble(kind, &state).value);
    let (target, touched) = target(kind, &current, &had, edit, &mut Ids::new(seed))?;
    let places = places(&state);
    let (from, to) = (flatten(kind, &current, &places), flatten(kind, &target, &places));
    let Some(hash) = write(&mut seen, &plan(&state, &from, &to, &touched), at_s).map_err(|_| ReadError)? else {
        return Ok(None);
    };
    whole.merge(&mut seen).map_err(|_| ReadError)?;
    Ok(Some(finish(&whole, &seen, hash)))
}

/// The document as the person saw it, ready for this actor to write in.
fn seen(whole: &Automerge, heads: &[Hash], actor: [u8; 16]) -> Result<Automerge, EditError> {
    let mut heads: Vec<ChangeHash> = heads.iter().copied().map(ChangeHash).collect();
    heads.sort_unstable();
    let mut seen = match heads == whole.get_heads() {
        true => whole.fork(),
        false => whole.fork_at(&heads).map_err(|_| EditError::UnknownHeads)?,
    };
    // Forks get an actor by chance; ours must stand in every change of ours.
    let actor = ActorId::from(actor);
    let last = |doc: &Automerge| {
        doc.get_changes_meta(&[]).iter().filter(|change| *change.actor == actor).map(|change| change.seq).max()
    };
    if last(&seen) != last(whole) {
        return Err(EditError::ActorBusy);
    }
    seen.set_actor(actor);
    Ok(seen)
}

/// The record as it shall be, and the flat keys that were set outright.
fn target(
    kind: &Kind,
    current: &Map<String, Value>,
    had: &[Problem],
    edit: &Edit,
    ids: &mut Ids,
) -> Result<(Map<String, Value>, BTreeSet<String>), EditError> {
    let mut touched = BTreeSet::new();
    let (mut target, problems) = match edit {
        Edit::Whole(value) => normal(kind, value),
        Edit::Set(fields) => {
            let mut changed = current.clone();
            for (path, value) in fields {
                let key = path::set(kind.fields(), &mut changed, path, value.clone());
                touched.extend(key.map_err(|problem| EditError::Problems(vec![problem]))?);
            }
            let (target, mut problems) = normal(kind, &Value::Object(changed));
            // Who corrects one field is not asked to put right what was wrong elsewhere before.
            problems.retain(|problem| !had.contains(problem) || fields.iter().any(|(path, _)| *path == problem.field));
            (target, problems)
        }
    };
    if !problems.is_empty() {
        return Err(EditError::Problems(problems));
    }
    settle(kind.fields(), current, &mut target, matches!(edit, Edit::Whole(_)), ids);
    if let (None, Some(id)) = (target.get("outside_id"), current.get("outside_id")) {
        target.insert("outside_id".to_owned(), id.clone());
    }
    Ok((target, touched))
}

/// The places of all items that have one.
fn places(state: &State) -> BTreeMap<String, i64> {
    let orders = state.iter().filter(|(key, _)| key.ends_with("/order"));
    orders.filter_map(|(key, found)| Some((key.clone(), found.first()?.what.value().as_i64()?))).collect()
}

/// One thing to write.
#[derive(Debug)]
enum Write<'a> {
    Delete(&'a str),
    Put(&'a str, &'a Value),
    /// Change the text that is there, word by word.
    Rewrite(&'a str, &'a str),
    /// Make a text where there is none, or one in place of several.
    Begin(&'a str, &'a str),
}

/// What must be written to get from one flat form to the other, in the order of the keys. Keys that were set outright
/// are written even if the value stays, where that settles a conflict or replaces what could not be read.
fn plan<'a>(state: &'a State, from: &Flat, to: &'a Flat, touched: &BTreeSet<String>) -> Vec<Write<'a>> {
    let removed: Vec<&String> = from.items.difference(&to.items).collect();
    let is_removed = |key: &str| removed.iter().any(|item| key.starts_with(item.as_str()));
    let keys: BTreeSet<&'a String> = state.keys().chain(to.leaves.keys()).collect();
    let mut writes = Vec::new();
    for key in keys {
        let found = state.get(key).map_or(&[][..], Vec::as_slice);
        let (old, new) = (from.leaves.get(key), to.leaves.get(key));
        let in_conflict = found.len() > 1 && new.is_some() && is_touched(key, touched);
        let unreadable = old.is_none() && touched.contains(key);
        if old == new && !is_removed(key) && !in_conflict && !unreadable {
            continue;
        }
        let is_one_text = matches!(found, [one] if matches!(one.what, Raw::Prose(_)));
        writes.push(match new {
            Some(Leaf::Prose(text)) if is_one_text => Write::Rewrite(key, text),
            Some(Leaf::Prose(text)) => Write::Begin(key, text),
            Some(Leaf::Single(value)) => Write::Put(key, value),
            None => Write::Delete(key),
        });
    }
    writes
}

fn is_touched(key: &str, touched: &BTreeSet<String>) -> bool {
    let mut starts = key.match_indices('/').map(|(at, _)| &key[..at]).chain([key]);
    starts.any(|start| touched.contains(start))
}

fn write(doc: &mut Automerge, plan: &[Write<'_>], at_s: i64) -> Result<Option<Hash>, AutomergeError> {
    let mut tx = doc.transaction();
    for step in plan {
        match step {
            Write::Delete(key) => tx.delete(ROOT, *key)?,
            Write::Put(key, value) => put(&mut tx, key, value)?,
            Write::Rewrite(key, text) => match tx.get(ROOT, *key)? {
                Some((_, object)) => rewrite(&mut tx, &object, text)?,
                None => begin(&mut tx, key, text)?,
            },
            Write::Begin(key, text) => begin(&mut tx, key, text)?,
        }
    }
    let (hash, _) = tx.commit_with(CommitOptions::default().with_time(at_s));
    Ok(hash.map(|hash| hash.0))
}

fn begin(tx: &mut Transaction<'_>, key: &str, text: &str) -> Result<(), AutomergeError> {
    let object = tx.put_object(ROOT, key, ObjType::Text)?;
    tx.splice_text(&object, 0, 0, text)
}

fn put(tx: &mut Transaction<'_>, key: &str, value: &Value) -> Result<(), AutomergeError> {
    let scalar = match value {
        Value::Bool(yes) => ScalarValue::Boolean(*yes),
        Value::String(text) => ScalarValue::Str(text.as_str().into()),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => ScalarValue::Int(whole),
            None => ScalarValue::F64(number.as_f64().unwrap_or_default()),
        },
        Value::Null | Value::Array(_) | Value::Object(_) => return tx.delete(ROOT, key),
    };
    tx.put(ROOT, key, scalar)
}

/// The most work a comparison letter by letter may take, as the product of both lengths: a text that was replaced
/// altogether is not worth the seconds that the closest comparison of two long texts takes.
const COMPARED: usize = 9_000_000;

/// Turns the text that is there into this one by the fewest changes, so that what others write in it meanwhile stays.
fn rewrite(tx: &mut Transaction<'_>, object: &ObjId, new: &str) -> Result<(), AutomergeError> {
    // Automerge counts in characters here; its features for counting bytes or UTF-16 are off.
    let old: Vec<char> = tx.text(object)?.chars().collect();
    let now: Vec<char> = new.chars().collect();
    let start = old.iter().zip(&now).take_while(|(a, b)| a == b).count();
    let end = old[start..].iter().rev().zip(now[start..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (gone, come) = (old.len() - start - end, now.len() - start - end);
    if gone.saturating_mul(come) <= COMPARED {
        return tx.update_text(object, new);
    }
    let middle: String = now[start..start + come].iter().collect();
    tx.splice_text(object, start, gone as isize, &middle)
}

fn finish(whole: &Automerge, author: &Automerge, hash: Hash) -> Made {
    let change = author.get_change_by_hash(&ChangeHash(hash)).expect("a document has the change just made in it");
    Made {
        change: change.raw_bytes().to_vec(),
        hash,
        snapshot: whole.save(),
        heads: whole.get_heads().iter().map(|head| head.0).collect(),
    }
}
