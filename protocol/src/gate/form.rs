//! The form of a change, judged by its bytes alone and without Automerge.
//! This file reads the envelope Automerge puts around the operations; `ops.rs` reads the operations.

use sha2::{Digest, Sha256};

use super::columns::Reader;
use super::ops::{Actors, Columns, Written, check};
use super::{ACTOR_BYTES, MAX_ACTORS, MAX_CHANGE_BYTES, MAX_COUNTER, MAX_DEPS, MAX_MESSAGE, Malformed};

/// Automerge's `MAGIC_BYTES` (its `storage/chunk.rs`).
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
/// Automerge's chunk type of a change that is not deflated.
const CHANGE: u8 = 1;

/// A change whose form is sound: what the later stages ask about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Automerge's hash of the change.
    pub hash: [u8; 32],
    /// Who says they wrote it.
    pub actor: [u8; ACTOR_BYTES],
    /// Its place among the actor's changes, from 1.
    pub seq: u64,
    /// Counter of its first operation.
    pub start_op: u64,
    /// How many operations it holds; never none.
    pub ops: u64,
    /// Counter of its last operation.
    pub max_op: u64,
    /// The changes it was made on, in rising order.
    pub deps: Vec<[u8; 32]>,
    /// The other actors its operations name, in rising order.
    pub other_actors: Vec<[u8; ACTOR_BYTES]>,
    /// When its author says it was made, in whatever unit the author chose; any number at all.
    pub time: i64,
}

/// Judges the bytes of a change. What passes is spelled exactly as Automerge spells it, has bounded size and counts,
/// and names only earlier operations; whether those exist is left to the trial.
pub fn form(raw: &[u8]) -> Result<Form, Malformed> {
    judge(raw).map(|(form, _)| form)
}

/// The form of a change, and the objects it writes to, for the trial to look up.
pub(super) fn judge(raw: &[u8]) -> Result<(Form, Vec<Written>), Malformed> {
    let (hash, body) = open(raw)?;
    let mut body = Reader(body);
    let deps = deps(&mut body)?;
    let actor = actor(&mut body)?;
    let seq = body.unsigned()?;
    let start_op = body.unsigned()?;
    if seq == 0 || start_op == 0 {
        return Err(Malformed::Zero);
    }
    if start_op > MAX_COUNTER {
        return Err(Malformed::Counter);
    }
    let time = body.signed()?;
    message(&mut body)?;
    let actors = Actors { author: actor, others: others(&mut body, &actor)? };
    let columns = Columns::read(&mut body)?;
    if !body.is_empty() {
        return Err(Malformed::LeftOver);
    }
    let (ops, written) = check(&columns, &actors, start_op)?;
    let max_op = start_op + ops - 1;
    let form = Form { hash, actor, seq, start_op, ops, max_op, deps, other_actors: actors.others, time };
    Ok((form, written))
}

/// Takes off the chunk's header: the hash, and the body it is the hash of.
fn open(raw: &[u8]) -> Result<([u8; 32], &[u8]), Malformed> {
    if raw.len() > MAX_CHANGE_BYTES {
        return Err(Malformed::TooLong);
    }
    let mut reader = Reader(raw);
    if reader.array()? != MAGIC {
        return Err(Malformed::Magic);
    }
    let checksum: [u8; 4] = reader.array()?;
    let hashed = reader.0;
    if reader.array()? != [CHANGE] {
        return Err(Malformed::ChunkType);
    }
    let len = reader.unsigned()?;
    let body = reader.take(len)?;
    if !reader.is_empty() {
        return Err(Malformed::LeftOver);
    }
    let hash: [u8; 32] = Sha256::digest(hashed).into();
    if !hash.starts_with(&checksum) {
        return Err(Malformed::Checksum);
    }
    Ok((hash, body))
}

fn deps(body: &mut Reader) -> Result<Vec<[u8; 32]>, Malformed> {
    let count = body.unsigned()?;
    if count > MAX_DEPS {
        return Err(Malformed::TooManyDeps);
    }
    let deps = (0..count).map(|_| body.array()).collect::<Result<Vec<_>, _>>()?;
    if deps.is_sorted_by(|a, b| a < b) { Ok(deps) } else { Err(Malformed::DepsOrder) }
}

fn actor(body: &mut Reader) -> Result<[u8; ACTOR_BYTES], Malformed> {
    if body.unsigned()? != ACTOR_BYTES as u64 {
        return Err(Malformed::ActorLength);
    }
    body.array()
}

fn others(body: &mut Reader, author: &[u8; ACTOR_BYTES]) -> Result<Vec<[u8; ACTOR_BYTES]>, Malformed> {
    let count = body.unsigned()?;
    if count > MAX_ACTORS {
        return Err(Malformed::TooManyActors);
    }
    let others = (0..count).map(|_| actor(body)).collect::<Result<Vec<_>, _>>()?;
    let sound = others.is_sorted_by(|a, b| a < b) && !others.contains(author);
    if sound { Ok(others) } else { Err(Malformed::ActorsOrder) }
}

fn message(body: &mut Reader) -> Result<(), Malformed> {
    let mut ahead = *body;
    if ahead.unsigned()? > MAX_MESSAGE {
        return Err(Malformed::MessageTooLong);
    }
    body.string().map(|_| ())
}
