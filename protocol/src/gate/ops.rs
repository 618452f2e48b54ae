//! The operations of a change: counted before anything is written out, then walked one by one.
//! Every rule here is one that Automerge keeps when a program edits maps, lists and text through its interface.

use std::collections::BTreeMap;

use super::columns::{Cells, Deltas, Flags, Reader};
use super::{ACTOR_BYTES, MAX_COUNTER, MAX_KEY_BYTES, MAX_OPS, MAX_PREDECESSORS, Malformed};

/// Automerge's numbers for the actions we use (`Action` in its `op_set2/types.rs`); increments, tables and marks we
/// do not.
mod action {
    pub(super) const MAKE_MAP: u64 = 0;
    pub(super) const SET: u64 = 1;
    pub(super) const MAKE_LIST: u64 = 2;
    pub(super) const DELETE: u64 = 3;
    pub(super) const MAKE_TEXT: u64 = 4;
}

/// The data of each column, empty where the change leaves it out. The numbers are Automerge's column specifications
/// (its `storage/change/change_op_columns.rs`): id, no deflate bit, type. The columns of marks (0x94, 0xa5) are left
/// out: we use none.
#[derive(Default)]
pub(super) struct Columns<'a> {
    object_actor: &'a [u8],
    object_counter: &'a [u8],
    key_actor: &'a [u8],
    key_counter: &'a [u8],
    key_string: &'a [u8],
    insert: &'a [u8],
    action: &'a [u8],
    value_meta: &'a [u8],
    value: &'a [u8],
    pred_count: &'a [u8],
    pred_actor: &'a [u8],
    pred_counter: &'a [u8],
}

impl<'a> Columns<'a> {
    pub(super) fn read(body: &mut Reader<'a>) -> Result<Self, Malformed> {
        let mut listed = Vec::new();
        let mut columns = Self::default();
        for _ in 0..body.unsigned()? {
            let (spec, len) = (body.unsigned()?, body.unsigned()?);
            columns.slot(spec)?;
            if listed.last().is_some_and(|(before, _)| *before >= spec) {
                return Err(Malformed::ColumnsOrder);
            }
            if len == 0 {
                return Err(Malformed::EmptyColumn);
            }
            listed.push((spec, len));
        }
        for (spec, len) in listed {
            *columns.slot(spec)? = body.take(len)?;
        }
        Ok(columns)
    }

    fn slot(&mut self, spec: u64) -> Result<&mut &'a [u8], Malformed> {
        Ok(match spec {
            0x01 => &mut self.object_actor,
            0x02 => &mut self.object_counter,
            0x11 => &mut self.key_actor,
            0x13 => &mut self.key_counter,
            0x15 => &mut self.key_string,
            0x34 => &mut self.insert,
            0x42 => &mut self.action,
            0x56 => &mut self.value_meta,
            0x57 => &mut self.value,
            0x70 => &mut self.pred_count,
            0x71 => &mut self.pred_actor,
            0x73 => &mut self.pred_counter,
            _ => return Err(Malformed::UnknownColumn),
        })
    }

    /// How many operations there are, having counted, run by run, all that could be large.
    fn count(&self) -> Result<u64, Malformed> {
        let ops = total(Cells::unsigned(self.action), MAX_OPS, |_| 1, Malformed::TooManyOps)?;
        if ops == 0 {
            return Err(Malformed::NoOps);
        }
        total(Cells::unsigned(self.pred_count), MAX_PREDECESSORS, |count| count, Malformed::TooManyPredecessors)?;
        total(Cells::strings(self.key_string), MAX_KEY_BYTES, |key| key.len() as u64, Malformed::KeysTooLong)?;
        Ok(ops)
    }
}

/// Sums a measure over the cells of a column, up to a limit. Empty cells measure nothing.
fn total<'a, T: Copy + PartialEq>(
    mut cells: Cells<'a, T>,
    limit: u64,
    measure: impl Fn(T) -> u64,
    too_many: Malformed,
) -> Result<u64, Malformed> {
    let mut sum = 0u64;
    while let Some((count, value)) = cells.run()? {
        sum = sum.saturating_add(count.saturating_mul(value.map_or(0, &measure)));
        if sum > limit {
            return Err(too_many);
        }
    }
    Ok(sum)
}

/// Whom the operations may name: number 0 is the author, the others follow.
pub(super) struct Actors {
    pub(super) author: [u8; ACTOR_BYTES],
    pub(super) others: Vec<[u8; ACTOR_BYTES]>,
}

impl Actors {
    fn bytes(&self, number: usize) -> &[u8; ACTOR_BYTES] {
        number.checked_sub(1).map_or(&self.author, |other| &self.others[other])
    }
}

/// An operation's name: its counter, and the number of its actor in the change. Automerge orders operations by
/// counter, then by the actor's bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Id {
    counter: u64,
    actor: usize,
}

/// Where in its object an operation writes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    Name(&'a str),
    /// The very start of a list: only to insert after.
    Head,
    Element(Id),
}

/// One operation, without its value, which has been judged already.
struct Op<'a> {
    object: Option<Id>,
    key: Key<'a>,
    insert: bool,
    action: u64,
    preds: Vec<Id>,
}

/// An object from before the change that the change writes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    /// Counter of the operation that made it, and that operation's actor.
    pub(super) made_by: (u64, [u8; ACTOR_BYTES]),
    /// Whether it is written to by names, as a map is, or by elements, as lists and texts are.
    pub(super) by_name: bool,
}

/// Walks every column to its end; gives the number of operations, and what they write to.
pub(super) fn check(columns: &Columns, actors: &Actors, start_op: u64) -> Result<(u64, Vec<Written>), Malformed> {
    let ops = columns.count()?;
    if start_op + ops - 1 > MAX_COUNTER {
        return Err(Malformed::Counter);
    }
    let mut walk = Walk::new(columns, actors, start_op);
    for counter in start_op..start_op + ops {
        let op = walk.op(counter)?;
        op.check()?;
        walk.enter(&op, counter)?;
        walk.supersede(&op, counter)?;
    }
    walk.end()?;
    Ok((ops, walk.written()))
}

impl Op<'_> {
    /// What must hold between the parts of one operation.
    fn check(&self) -> Result<(), Malformed> {
        let fits = match self.key {
            Key::Name(_) => !self.insert,
            Key::Head => self.insert && self.object.is_some(),
            Key::Element(_) => self.object.is_some(),
        };
        if !fits {
            return Err(Malformed::Key);
        }
        let deletes = self.action == action::DELETE;
        if deletes && self.insert {
            return Err(Malformed::Action);
        }
        let must_replace = deletes || (matches!(self.key, Key::Element(_)) && !self.insert);
        if (must_replace && self.preds.is_empty()) || (self.insert && !self.preds.is_empty()) {
            return Err(Malformed::Predecessors);
        }
        Ok(())
    }
}

/// All columns, read side by side.
struct Walk<'a> {
    object_actor: Cells<'a, u64>,
    object_counter: Cells<'a, u64>,
    key_actor: Cells<'a, u64>,
    key_counter: Deltas<'a>,
    key_string: Cells<'a, &'a str>,
    insert: Flags<'a>,
    action: Cells<'a, u64>,
    value_meta: Cells<'a, u64>,
    value: Reader<'a>,
    pred_count: Cells<'a, u64>,
    pred_actor: Cells<'a, u64>,
    pred_counter: Deltas<'a>,
    actors: &'a Actors,
    used: Vec<bool>,
    start_op: u64,
    /// Whether each object is written to by names: those written to, and those this change makes.
    by_name: BTreeMap<Id, bool>,
    /// What this change wrote in each place, apart from insertions, and has not deleted since.
    standing: BTreeMap<(Option<Id>, Key<'a>), Option<Id>>,
}

impl<'a> Walk<'a> {
    fn new(columns: &Columns<'a>, actors: &'a Actors, start_op: u64) -> Self {
        Self {
            object_actor: Cells::unsigned(columns.object_actor),
            object_counter: Cells::unsigned(columns.object_counter),
            key_actor: Cells::unsigned(columns.key_actor),
            key_counter: Deltas::new(columns.key_counter),
            key_string: Cells::strings(columns.key_string),
            insert: Flags::new(columns.insert),
            action: Cells::unsigned(columns.action),
            value_meta: Cells::unsigned(columns.value_meta),
            value: Reader(columns.value),
            pred_count: Cells::unsigned(columns.pred_count),
            pred_actor: Cells::unsigned(columns.pred_actor),
            pred_counter: Deltas::new(columns.pred_counter),
            actors,
            used: vec![false; actors.others.len()],
            start_op,
            by_name: BTreeMap::new(),
            standing: BTreeMap::new(),
        }
    }

    /// Reads the operation with this counter.
    fn op(&mut self, counter: u64) -> Result<Op<'a>, Malformed> {
        let object = self.object(counter)?;
        let key = self.key(counter)?;
        let insert = self.insert.value()?;
        let action = self.action.value()?;
        self.value(action)?;
        let preds = self.preds(counter)?;
        Ok(Op { object, key, insert, action, preds })
    }

    /// The object written to; none for the root.
    fn object(&mut self, counter: u64) -> Result<Option<Id>, Malformed> {
        match (self.object_actor.next()?, self.object_counter.next()?) {
            (None, None) => Ok(None),
            (Some(actor), Some(object)) => self.id(actor, object, counter).map(Some),
            _ => Err(Malformed::Object),
        }
    }

    fn key(&mut self, counter: u64) -> Result<Key<'a>, Malformed> {
        match (self.key_string.next()?, self.key_actor.next()?, self.key_counter.next()?) {
            (Some(name), None, None) => Ok(Key::Name(name)),
            (None, None, Some(0)) => Ok(Key::Head),
            (None, Some(actor), Some(element)) => self.id(actor, element, counter).map(Key::Element),
            _ => Err(Malformed::Key),
        }
    }

    /// Checks the value: only a set has one, and it is written as its kind demands (`ValueMeta` in Automerge's
    /// `op_set2/meta.rs`). Counters (8) and unknown kinds are not ours. A NaN is refused because not every machine
    /// keeps its bits.
    fn value(&mut self, action: u64) -> Result<(), Malformed> {
        let meta = self.value_meta.value()?;
        match action {
            action::SET => {}
            action::DELETE | action::MAKE_MAP | action::MAKE_LIST | action::MAKE_TEXT if meta == 0 => return Ok(()),
            action::DELETE | action::MAKE_MAP | action::MAKE_LIST | action::MAKE_TEXT => return Err(Malformed::Value),
            _ => return Err(Malformed::Action),
        }
        let mut raw = Reader(self.value.take(meta >> 4)?);
        match meta & 0xf {
            0..=2 => {} // Null, false, true: nothing more to say.
            3 => _ = raw.unsigned()?,
            4 | 9 => _ = raw.signed()?,
            5 if !f64::from_le_bytes(raw.array()?).is_nan() => {}
            6 => _ = str::from_utf8(raw.take(meta >> 4)?).map_err(|_| Malformed::Utf8)?,
            7 => _ = raw.take(meta >> 4)?,
            _ => return Err(Malformed::Value),
        }
        if raw.is_empty() { Ok(()) } else { Err(Malformed::Value) }
    }

    /// The operations replaced, in strictly rising order of counter, then actor's bytes.
    fn preds(&mut self, counter: u64) -> Result<Vec<Id>, Malformed> {
        let count = self.pred_count.value()?;
        let mut preds = Vec::new();
        for _ in 0..count {
            let (actor, pred) = (self.pred_actor.value()?, self.pred_counter.value()?);
            preds.push(self.id(actor, pred, counter)?);
        }
        let bytes = |id: &Id| (id.counter, self.actors.bytes(id.actor));
        if preds.is_sorted_by(|a, b| bytes(a) < bytes(b)) { Ok(preds) } else { Err(Malformed::Predecessors) }
    }

    /// A name for an operation before the one with counter `own`. What another wrote and the author had seen lies
    /// below the whole change, since its operations count on from the highest seen.
    fn id(&mut self, actor: u64, counter: u64, own: u64) -> Result<Id, Malformed> {
        let actor = usize::try_from(actor).map_err(|_| Malformed::Reference)?;
        let bound = if actor == 0 { own } else { self.start_op };
        if counter == 0 || counter >= bound {
            return Err(Malformed::Reference);
        }
        if let Some(other) = actor.checked_sub(1) {
            *self.used.get_mut(other).ok_or(Malformed::Reference)? = true;
        }
        Ok(Id { counter, actor })
    }

    /// Checks that maps are written to by names, lists and texts by elements, so far as the change itself tells.
    /// Automerge takes an element put in a map, and panics at the next edit of that map.
    fn enter(&mut self, op: &Op, counter: u64) -> Result<(), Malformed> {
        if let Some(object) = op.object {
            let by_name = matches!(op.key, Key::Name(_));
            let own = object.actor == 0 && object.counter >= self.start_op;
            match self.by_name.get(&object) {
                Some(before) if *before != by_name => return Err(Malformed::Key),
                None if own => return Err(Malformed::Object),
                _ => self.by_name.insert(object, by_name),
            };
        }
        if matches!(op.action, action::MAKE_MAP | action::MAKE_LIST | action::MAKE_TEXT) {
            self.by_name.insert(Id { counter, actor: 0 }, op.action == action::MAKE_MAP);
        }
        Ok(())
    }

    /// The objects written to that were there before.
    fn written(&self) -> Vec<Written> {
        let before = self.by_name.iter().filter(|(id, _)| id.actor > 0 || id.counter < self.start_op);
        before
            .map(|(id, by_name)| Written { made_by: (id.counter, *self.actors.bytes(id.actor)), by_name: *by_name })
            .collect()
    }

    /// Whoever writes where this change has already written replaces that; Automerge never leaves a change in conflict
    /// with itself. Without this rule a hundred bytes can pile 100,000 conflicting values onto one field, which the
    /// next honest edit would all have to name.
    fn supersede(&mut self, op: &Op<'a>, counter: u64) -> Result<(), Malformed> {
        if op.insert {
            return Ok(());
        }
        let before = match (self.standing.get(&(op.object, op.key)), op.key) {
            (Some(standing), _) => *standing,
            (None, Key::Element(id)) if id.actor == 0 && id.counter >= self.start_op => Some(id),
            (None, _) => None,
        };
        if before.is_some_and(|id| !op.preds.contains(&id)) {
            return Err(Malformed::SelfConflict);
        }
        let standing = (op.action != action::DELETE).then_some(Id { counter, actor: 0 });
        self.standing.insert((op.object, op.key), standing);
        Ok(())
    }

    fn end(&self) -> Result<(), Malformed> {
        self.object_actor.end()?;
        self.object_counter.end()?;
        self.key_actor.end()?;
        self.key_counter.end()?;
        self.key_string.end()?;
        self.insert.end()?;
        self.action.end()?;
        self.value_meta.end()?;
        self.pred_count.end()?;
        self.pred_actor.end()?;
        self.pred_counter.end()?;
        if !self.value.is_empty() {
            return Err(Malformed::Cells);
        }
        if self.used.iter().all(|used| *used) { Ok(()) } else { Err(Malformed::ActorUnused) }
    }
}
