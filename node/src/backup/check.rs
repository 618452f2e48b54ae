//! Whether what a backup holds was really signed by who it says, byte by byte. Nothing is taken on trust because it once
//! stood in our own journal: the file may have lain anywhere since.

use std::collections::{HashMap, HashSet};

use minicbor::Decode;
use protocol::{
    charter::{Application, Certificate, Proposal, Vote},
    document::{Header, Withdrawn, doc_of},
    envelope::Head,
    format,
    identity::Hash,
    roster::Roster,
    signed::{Body, Signed, Verified},
    standing::{Address, Grant},
    store::{MAX_TRUTH, Op, Table},
};

use super::BackupError;

/// What was found whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Changes of rows.
    pub changes: u64,
    /// Records of which there is more than that they were deleted.
    pub records: u64,
    /// Saved edits.
    pub edits: u64,
    /// Signatures that fit.
    pub signatures: u64,
}

/// Checks change after change.
#[derive(Debug, Default)]
pub(super) struct Checker {
    found: Checked,
    documents: HashSet<[u8; 32]>,
    /// By the row of an edit: what its head says of its payload, until that comes. Payloads of what was deleted never do.
    heads: HashMap<Vec<u8>, Hash>,
    /// The same the other way around: both stand in one batch, in either order.
    payloads: HashMap<Vec<u8>, Hash>,
}

impl Checker {
    pub(super) fn take(&mut self, op: &Op) -> Result<(), BackupError> {
        self.found.changes += 1;
        let Op::Put(table, key, value) = op else { return Err(BackupError::Damaged) };
        match table {
            Table::Header => self.header(key, value),
            Table::Envelope => self.head(key, value),
            Table::Payload => self.payload(key, value),
            Table::Charter => self.certificate(value),
            Table::Roster => self.signed::<Roster>(value).map(drop),
            Table::Proposal => self.signed::<Proposal>(value).map(drop),
            Table::Vote => self.signed::<Vote>(value).map(drop),
            Table::Application => self.signed::<Application>(value).map(drop),
            Table::Grant => self.signed::<Grant>(value).map(drop),
            Table::Address => self.signed::<Address>(value).map(drop),
            Table::Withdrawn => self.signed::<Withdrawn>(value).map(drop),
            // Settings and the like are nobody's word; a proof is made of what proves itself.
            _ => Ok(()),
        }
    }

    /// What was found, once nothing is left over.
    pub(super) fn end(self) -> Result<Checked, BackupError> {
        // A payload without the head that names it is nothing that anybody ever saved.
        if !self.payloads.is_empty() {
            return Err(BackupError::Damaged);
        }
        Ok(Checked { records: self.documents.len() as u64, ..self.found })
    }

    fn header(&mut self, key: &[u8], value: &[u8]) -> Result<(), BackupError> {
        let header = self.signed::<Header>(value)?;
        let (doc, hash) = key.split_at_checked(32).ok_or(BackupError::Damaged)?;
        so(hash == header.hash().0 && doc == doc_of(&header).0)
    }

    fn head(&mut self, key: &[u8], value: &[u8]) -> Result<(), BackupError> {
        let head = self.signed::<Head>(value)?;
        so(key == [&head.doc.0[..], &head.feed.0, &head.seq.to_be_bytes()].concat())?;
        self.found.edits += 1;
        match self.payloads.remove(key) {
            Some(payload) => so(payload == head.payload_hash),
            None => {
                self.heads.insert(key.to_vec(), head.payload_hash);
                Ok(())
            }
        }
    }

    fn payload(&mut self, key: &[u8], value: &[u8]) -> Result<(), BackupError> {
        let hash = Hash::of(value);
        self.documents.extend(key.first_chunk::<32>());
        match self.heads.remove(key) {
            Some(named) => so(named == hash),
            None => {
                self.payloads.insert(key.to_vec(), hash);
                Ok(())
            }
        }
    }

    fn certificate(&mut self, value: &[u8]) -> Result<(), BackupError> {
        let certificate: Certificate = read(value)?;
        for vote in certificate.approvals {
            so(vote.verify().is_ok())?;
            self.found.signatures += 1;
        }
        Ok(())
    }

    fn signed<B: Body>(&mut self, value: &[u8]) -> Result<Verified<B>, BackupError> {
        let signed: Signed<B> = read(value)?;
        self.found.signatures += 1;
        signed.verify().map_err(|_| BackupError::Damaged)
    }
}

fn read<T: for<'b> Decode<'b, ()>>(value: &[u8]) -> Result<T, BackupError> {
    format::recall(value, MAX_TRUTH).map_err(|_| BackupError::Damaged)
}

fn so(holds: bool) -> Result<(), BackupError> {
    if holds { Ok(()) } else { Err(BackupError::Damaged) }
}
