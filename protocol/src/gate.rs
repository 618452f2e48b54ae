//! What a change from a peer must pass before Automerge may see it.
//!
//! Automerge 0.12 trusts its input: a hundred bytes with a good checksum make it panic, claim 200 million operations, or
//! write a document it cannot load again.  So: [`form()`] judges the bytes alone, [`fit`] judges them against what is
//! known of the document, [`trial`] tries them on a private copy.  The first two are pure rules that honest Automerge
//! never breaks, so a breach under a valid signature blames the author; a failed trial blames nobody.
//!
//! Not here: signatures, feeds, quotas, and whether the author may write at all.

mod columns;
mod form;
mod ops;
#[cfg(test)]
mod tests;
mod trial;

pub use form::{Form, form};
pub use trial::{Outcome, Trial, Tried, Untried, trial};

/// Largest change, in bytes: the payload bound of an envelope (protocol.md, section 3).
pub const MAX_CHANGE_BYTES: usize = 256 << 10;
/// Most operations in one change (protocol.md, section 3). A hundred bytes can claim them all, and Automerge spends
/// some hundreds of bytes of memory on each.
pub const MAX_OPS: u64 = 100_000;
/// Most predecessors in one change: every operation replacing two others.
pub const MAX_PREDECESSORS: u64 = 200_000;
/// Most actors a change may name beside its author. An actor takes 17 bytes on the wire; 1,024 are 64 nodes that
/// used all their 16 lanes.
pub const MAX_ACTORS: u64 = 1_024;
/// Most dependencies: one head for each of those actors, since the changes of a lane form a chain.
pub const MAX_DEPS: u64 = 1_024;
/// Highest operation counter in a document. Automerge keeps counters in a `u32` and cannot load one above it; at a
/// quarter of that, no sum it makes of two of them overflows.
pub const MAX_COUNTER: u64 = 1 << 30;
/// Longest commit message, in bytes. Commonweal writes none.
pub const MAX_MESSAGE: u64 = 1_024;
/// Most bytes of map keys once runs are written out. Automerge copies the key of every operation, so one 200 KB key
/// repeated 100,000 times would ask for 20 GB.
pub const MAX_KEY_BYTES: u64 = 8 << 20;

/// How many objects may lie one inside another, counting the root. Our records need two; a deeper document would exhaust
/// the stack of whoever reads it recursively, as Automerge's own `hydrate` does, and that cannot be caught.
pub const MAX_DEPTH: usize = 16;

/// Length of an actor, in bytes (protocol.md, section 3).
const ACTOR_BYTES: usize = 16;

/// How a change breaks a rule that Automerge, used as Commonweal uses it, always keeps. Its author is to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Longer than [`MAX_CHANGE_BYTES`].
    #[error("the change is too long")]
    TooLong,
    /// Ends before what it announces.
    #[error("the change ends early")]
    EndsEarly,
    /// Does not open with Automerge's magic bytes.
    #[error("not an Automerge chunk")]
    Magic,
    /// A document, a bundle, a compressed change or something unknown.
    #[error("the chunk is not an uncompressed change")]
    ChunkType,
    /// Bytes follow that belong to nothing, such as an author footer.
    #[error("bytes are left over")]
    LeftOver,
    /// The checksum is not that of the body.
    #[error("the checksum is wrong")]
    Checksum,
    /// A number is too big, or written longer than needed.
    #[error("a number is not written as it should be")]
    Number,
    /// Text that is not UTF-8.
    #[error("text is not UTF-8")]
    Utf8,
    /// More than [`MAX_DEPS`].
    #[error("too many dependencies")]
    TooManyDeps,
    /// Dependencies are not in strictly rising order.
    #[error("dependencies are out of order")]
    DepsOrder,
    /// An actor is not 16 bytes long.
    #[error("an actor has the wrong length")]
    ActorLength,
    /// More than [`MAX_ACTORS`].
    #[error("too many actors")]
    TooManyActors,
    /// Other actors are not in strictly rising order, or the author is among them.
    #[error("actors are out of order")]
    ActorsOrder,
    /// An actor is listed that no operation names.
    #[error("an actor is not used")]
    ActorUnused,
    /// The sequence number or the first counter is zero.
    #[error("a count starts at zero")]
    Zero,
    /// Counters would pass [`MAX_COUNTER`].
    #[error("the counter is too high")]
    Counter,
    /// Longer than [`MAX_MESSAGE`].
    #[error("the message is too long")]
    MessageTooLong,
    /// A column we do not know or do not use: marks, author's extensions, anything deflated.
    #[error("unknown column")]
    UnknownColumn,
    /// Columns are not in strictly rising order.
    #[error("columns are out of order")]
    ColumnsOrder,
    /// A column is listed but holds nothing; Automerge leaves it out.
    #[error("a column is empty")]
    EmptyColumn,
    /// A run is not what Automerge's encoder writes for the same cells.
    #[error("a column is not encoded as it should be")]
    Run,
    /// Columns do not have one cell for each operation.
    #[error("columns differ in length")]
    Cells,
    /// No operations at all: such a change says nothing.
    #[error("no operations")]
    NoOps,
    /// More than [`MAX_OPS`].
    #[error("too many operations")]
    TooManyOps,
    /// More than [`MAX_PREDECESSORS`].
    #[error("too many predecessors")]
    TooManyPredecessors,
    /// More than [`MAX_KEY_BYTES`].
    #[error("the keys are too long")]
    KeysTooLong,
    /// An action other than set, delete, and make a map, list or text.
    #[error("unknown action")]
    Action,
    /// A value of a kind we do not use (counters), one not written as its kind demands, or one where none belongs.
    #[error("a value is not written as it should be")]
    Value,
    /// An object is half named.
    #[error("an object is not named as it should be")]
    Object,
    /// A key is neither a name nor an element, or not one this operation can have.
    #[error("a key is not named as it should be")]
    Key,
    /// An operation names an actor that is not listed, or an operation that cannot come before it.
    #[error("an operation names one it cannot know")]
    Reference,
    /// Predecessors are missing, where none belong, or not in strictly rising order.
    #[error("predecessors are not as they should be")]
    Predecessors,
    /// An operation leaves standing what the same change wrote in the same place before.
    #[error("the change conflicts with itself")]
    SelfConflict,
    /// The actor is not the author's in that lane.
    #[error("the actor is not the author's")]
    NotTheAuthor,
    /// The actor has already written another change with this sequence number.
    #[error("the sequence number is taken")]
    SeqTaken,
    /// The author's previous change in this lane is not among the dependencies.
    #[error("the author's previous change is not among the dependencies")]
    PreviousNotADep,
    /// Operations do not count on from the highest of the dependencies.
    #[error("operations do not count on from the dependencies")]
    StartOp,
    /// An operation names an actor who never wrote in this document.
    #[error("an actor never wrote here")]
    UnknownActor,
}

/// A change the caller has already admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownChange {
    /// Who wrote it.
    pub actor: [u8; ACTOR_BYTES],
    /// Its place among that actor's changes, from 1.
    pub seq: u64,
    /// The highest operation counter in it.
    pub max_op: u64,
}

/// What the caller knows of the document a change claims to extend. The answers must agree with one another, and
/// whoever knows a change must know all it depends on.
pub trait Known {
    /// An admitted change, by its hash.
    fn change(&self, hash: &[u8; 32]) -> Option<KnownChange>;
    /// The last change of an actor, as its sequence number and hash; none when the actor never wrote here.
    fn last(&self, actor: &[u8; ACTOR_BYTES]) -> Option<(u64, [u8; 32])>;
    /// Whether the actor has written in this document.
    fn actor(&self, actor: &[u8; ACTOR_BYTES]) -> bool;
}

/// How a well-formed change stands to what is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// Everything it builds on is here and it builds on it rightly: try it.
    Fits,
    /// This very change has been admitted: nothing to do.
    Known,
    /// These dependencies are not here yet; ask again when they are.
    Waits(Vec<[u8; 32]>),
    /// It breaks a rule, whatever may still arrive.
    Breaks(Malformed),
}

/// Judges a change against what is known; `actor` is the one its author must use in that lane.
///
/// Automerge makes a change depend on the heads it was made at and, where it is not one of them, on the actor's own
/// previous change (`transaction_args` in its `automerge.rs`), and counts on from the highest operation of those. So
/// the author's previous change is *always* named among the dependencies, and at most once. We hold authors to that:
/// without it a change can reuse operation ids, and Automerge panics or writes what it cannot load.
pub fn fit(form: &Form, actor: &[u8; ACTOR_BYTES], known: &impl Known) -> Fit {
    if form.actor != *actor {
        return Fit::Breaks(Malformed::NotTheAuthor);
    }
    if known.change(&form.hash).is_some() {
        return Fit::Known;
    }
    let last = known.last(actor);
    if last.is_some_and(|(seq, _)| form.seq <= seq) {
        return Fit::Breaks(Malformed::SeqTaken);
    }
    let missing: Vec<_> = form.deps.iter().filter(|dep| known.change(dep).is_none()).copied().collect();
    if !missing.is_empty() {
        return Fit::Waits(missing);
    }
    match builds_on(form, last, known) {
        Ok(()) => Fit::Fits,
        Err(malformed) => Fit::Breaks(malformed),
    }
}

/// The rules that can be judged once every dependency is known.
fn builds_on(form: &Form, last: Option<(u64, [u8; 32])>, known: &impl Known) -> Result<(), Malformed> {
    let deps = || form.deps.iter().filter_map(|hash| Some((hash, known.change(hash)?)));
    let own: Vec<_> = deps().filter(|(_, dep)| dep.actor == form.actor).map(|(hash, dep)| (dep.seq, *hash)).collect();
    let continues = match last {
        Some((seq, hash)) => form.seq == seq + 1 && own == [(seq, hash)],
        None => form.seq == 1 && own.is_empty(),
    };
    if !continues {
        return Err(Malformed::PreviousNotADep);
    }
    let highest = deps().map(|(_, dep)| dep.max_op).max().unwrap_or(0);
    if form.start_op != highest.saturating_add(1) {
        return Err(Malformed::StartOp);
    }
    if !form.other_actors.iter().all(|other| known.actor(other)) {
        return Err(Malformed::UnknownActor);
    }
    Ok(())
}
