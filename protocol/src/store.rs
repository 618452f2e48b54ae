//! The small trait the core keeps things through, and the in-memory store that tests and simulations use.
//!
//! Tables are of two sorts. A **truth** cannot be computed again: the node writes it to its journal before anything
//! else. What is **derived** can be rebuilt from the truths at any time, so losing it costs time and nothing else.

use std::collections::BTreeMap;

/// Every table of a node. The numbers stand in the journal and never change; new tables take new numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Table {
    /// Settings of this node: its name, place and the networks it belongs to.
    Setting = 1,
    /// `network ‖ seq` → a charter certificate.
    Charter = 2,
    /// `network ‖ member` → the member's newest signed roster.
    Roster = 3,
    /// `network ‖ node key` → the member who retired it; the union of all rosters ever seen.
    Retired = 4,
    /// `network ‖ entry hash` → a signed charter proposal.
    Proposal = 5,
    /// `network ‖ entry hash ‖ steward key` → a signed vote.
    Vote = 6,
    /// `network ‖ member key` → a signed application for membership.
    Application = 7,
    /// `network ‖ ticket id` → a ticket this node gave out.
    Ticket = 8,
    /// `network` → a ticket this node is joining with.
    Joining = 9,
    /// `network ‖ owner ‖ partner` → a signed grant.
    Grant = 10,
    /// `network` → what this node asks for.
    Subscription = 11,
    /// `network ‖ member` → since when this node refuses to have anything to do with a member.
    Block = 12,
    /// `network ‖ node key` → a signed address record.
    Address = 13,
    /// `doc ‖ header hash` → a signed header.
    Header = 14,
    /// `doc ‖ feed ‖ seq` → a signed envelope head.
    Envelope = 15,
    /// `doc ‖ feed ‖ seq` → an envelope's payload. Purged on deletion, while the head stays.
    Payload = 16,
    /// `doc ‖ feed` → proof that a feed forked or broke a rule of form.
    Proof = 17,
    /// `doc ‖ node key` → that a document was once offered to this peer.
    Offered = 18,
    /// `network ‖ prev ‖ entry hash` → a vote this steward signed. Kept in `signed.log`, outside the journal and any backup.
    SignedVote = 19,
    /// `doc` → a `withdrawn` notice a peer sent for it.
    Withdrawn = 20,
    /// Who may sign in at this node, and who is: rows of the node's own, which mean nothing to the core.
    People = 21,
    /// `doc` → the state of a document: frontier, feeds, what counts.
    Document = 64,
    /// `doc` → the Automerge snapshot of what counts.
    Snapshot = 65,
    /// `doc ‖ change hash` → what the gate needs to know about a change.
    Change = 66,
    /// `position` → the document that last changed there.
    Position = 67,
    /// `network ‖ doc` → nothing: which documents a network has.
    Member = 68,
    /// `network ‖ peer` → how far this peer has been offered what it asks for.
    Resume = 69,
    /// `network ‖ peer` → the resume token the peer gave us.
    Token = 70,
    /// `doc` → the record as a reader sees it.
    View = 71,
    /// `hash of kind, source and outside id or title ‖ doc` → nothing: how an import finds a record of ours again.
    Outside = 72,
    /// `network ‖ node key` → when this node was last heard of. What is lost is heard again.
    Heard = 73,
    /// `doc` → nothing: some of its changes are yet to be tried.
    Behind = 74,
}

impl Table {
    /// Every table, in the order of its number.
    pub const ALL: [Table; 32] = [
        Table::Setting,
        Table::Charter,
        Table::Roster,
        Table::Retired,
        Table::Proposal,
        Table::Vote,
        Table::Application,
        Table::Ticket,
        Table::Joining,
        Table::Grant,
        Table::Subscription,
        Table::Block,
        Table::Address,
        Table::Header,
        Table::Envelope,
        Table::Payload,
        Table::Proof,
        Table::Offered,
        Table::SignedVote,
        Table::Withdrawn,
        Table::People,
        Table::Document,
        Table::Snapshot,
        Table::Change,
        Table::Position,
        Table::Member,
        Table::Resume,
        Table::Token,
        Table::View,
        Table::Outside,
        Table::Heard,
        Table::Behind,
    ];

    /// Whether the table cannot be computed again, so that the journal must hold it.
    pub fn is_truth(self) -> bool {
        (self as u8) < 64
    }

    /// The table of a number, as found in a journal.
    pub fn from_number(number: u8) -> Option<Table> {
        Table::ALL.into_iter().find(|t| *t as u8 == number)
    }
}

/// The longest key. Ours have at most three hashes and a number, so this is twice what is needed.
pub const MAX_KEY: usize = 256;
/// The largest truth: four times the largest payload, so that only a fault can reach it.
pub const MAX_TRUTH: usize = 1 << 20;
/// The largest derived row. Snapshots grow with their document; no document comes near this.
pub const MAX_DERIVED: usize = 64 << 20;

/// One change to one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Write a row, replacing what was there.
    Put(Table, Vec<u8>, Vec<u8>),
    /// Remove a row; removing what is not there is no error.
    Delete(Table, Vec<u8>),
}

impl Op {
    /// The table it changes.
    pub fn table(&self) -> Table {
        match self {
            Op::Put(table, ..) | Op::Delete(table, _) => *table,
        }
    }

    /// The key it changes.
    pub fn key(&self) -> &[u8] {
        match self {
            Op::Put(_, key, _) | Op::Delete(_, key) => key,
        }
    }

    /// Refuses what no store takes, so that every store refuses the same.
    pub fn fits(&self) -> Result<(), StoreError> {
        let value = match self {
            Op::Put(_, _, value) => value.len(),
            Op::Delete(..) => 0,
        };
        let most = if self.table().is_truth() { MAX_TRUTH } else { MAX_DERIVED };
        if self.key().len() > MAX_KEY || value > most {
            return Err(StoreError::TooLarge(self.key().len() + value));
        }
        Ok(())
    }
}

/// A row of a scan: key and value.
pub type Row = (Vec<u8>, Vec<u8>);

/// Why a store could not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No room: reads go on, writes are refused until there is space again.
    #[error("the disk is full; free some space and try again")]
    Full,
    /// What is on disk is not what was written there.
    #[error("the store is damaged ({0}); stop the node and run `commonweal doctor`")]
    Damaged(String),
    /// A key or a value is beyond what any store takes; nothing of the batch was kept.
    #[error("a row of {0} bytes is larger than the store takes; nothing was saved")]
    TooLarge(usize),
    /// What is on disk was written by a later version, which knows kinds of rows that this one does not.
    #[error("this was kept by a newer Commonweal; install that version or a later one, nothing was changed")]
    Newer,
    /// The disk or the operating system refused.
    #[error("the disk refused: {0}")]
    Io(String),
}

/// The reading half of a store, which any thread may hold.
///
/// Keys and values are plain bytes; keys of one table sort bytewise. A reader never sees half a batch.
pub trait Read {
    /// The value of a row, if it is there.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;
    /// Rows whose key begins with `prefix` and is not below `from`, in key order, at most `limit` of them.
    fn scan(&self, table: Table, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Row>, StoreError>;
}

/// What the core keeps things through: the one writer.
///
/// The core writes in batches only: a batch is applied whole or not at all, over all tables.
/// A later change to a row in one batch wins over an earlier one.
pub trait Store: Read {
    /// Applies a batch, atomically over all tables. When `durable`, its truths have reached the disk on return,
    /// with all that was applied before.
    fn apply(&mut self, ops: Vec<Op>, durable: bool) -> Result<(), StoreError>;
}

/// A store in memory: the second implementation of [`Store`], for tests and simulations.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    rows: BTreeMap<(Table, Vec<u8>), Vec<u8>>,
}

impl Read for Memory {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.rows.get(&(table, key.to_vec())).cloned())
    }

    fn scan(&self, table: Table, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Row>, StoreError> {
        let start = (table, prefix.max(from).to_vec());
        let rows = self.rows.range(start..).take_while(|((t, k), _)| *t == table && k.starts_with(prefix));
        Ok(rows.take(limit).map(|((_, k), v)| (k.clone(), v.clone())).collect())
    }
}

impl Store for Memory {
    fn apply(&mut self, ops: Vec<Op>, _durable: bool) -> Result<(), StoreError> {
        ops.iter().try_for_each(Op::fits)?;
        for op in ops {
            match op {
                Op::Put(table, key, value) => self.rows.insert((table, key), value),
                Op::Delete(table, key) => self.rows.remove(&(table, key)),
            };
        }
        Ok(())
    }
}
