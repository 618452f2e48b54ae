//! One record of a journal: `[len u32][type u8][crc32c u32][bytes]`, all numbers big-endian.
//!
//! The crc covers len, type and bytes, so a flipped length is noticed as surely as a flipped byte. A group is
//! `Begin, (Put | Delete)*, Commit`; both ends carry the journal's seal, which no peer has seen.

use std::borrow::Cow;

use protocol::store::{MAX_KEY, MAX_TRUTH, Op, Table};

/// Length of len, type and crc.
pub(crate) const HEAD: usize = 9;
/// The largest record there is; a longer length is damage, and is not followed.
pub(crate) const MAX: usize = HEAD + 3 + MAX_KEY + MAX_TRUTH;
/// Bytes no peer knows. Without them somebody could plant a whole group inside a payload, and a reader that
/// looks for the next good record after damage would take it for ours.
pub(crate) type Seal = [u8; 16];

const BEGIN: u8 = 1;
const PUT: u8 = 2;
const DELETE: u8 = 3;
const COMMIT: u8 = 4;

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Record<'a> {
    /// A group begins, and will be the group of this position.
    Begin { seal: Seal, position: u64 },
    /// One change of the group.
    Change(Cow<'a, Op>),
    /// The group is whole: this many changes; `chain` is a running crc over all groups since the first.
    Commit { seal: Seal, position: u64, changes: u32, chain: u32 },
}

impl Record<'_> {
    /// Appends the record to a buffer and gives its crc, which goes into the chain.
    pub(crate) fn write(&self, out: &mut Vec<u8>) -> u32 {
        let start = out.len();
        out.extend_from_slice(&[0; HEAD]);
        let kind = self.write_body(out);
        let len = (out.len() - start - HEAD) as u32;
        out[start..start + 4].copy_from_slice(&len.to_be_bytes());
        out[start + 4] = kind;
        let crc = crc_of(&out[start..]);
        out[start + 5..start + HEAD].copy_from_slice(&crc.to_be_bytes());
        crc
    }

    fn write_body(&self, out: &mut Vec<u8>) -> u8 {
        match self {
            Record::Begin { seal, position } => {
                out.extend_from_slice(seal);
                out.extend_from_slice(&position.to_be_bytes());
                BEGIN
            }
            Record::Change(op) => write_change(op, out),
            Record::Commit { seal, position, changes, chain } => {
                out.extend_from_slice(seal);
                out.extend_from_slice(&position.to_be_bytes());
                out.extend_from_slice(&changes.to_be_bytes());
                out.extend_from_slice(&chain.to_be_bytes());
                COMMIT
            }
        }
    }

    /// Reads an intact record. `None` is a kind of record or a table that only a later version knows.
    pub(crate) fn read(record: &[u8]) -> Option<Record<'static>> {
        let body = record.get(HEAD..)?;
        match record[4] {
            BEGIN => Some(Record::Begin { seal: seal(body)?, position: number(body.get(16..24)?) }),
            PUT | DELETE => Some(Record::Change(Cow::Owned(read_change(record[4], body)?))),
            COMMIT => Some(Record::Commit {
                seal: seal(body)?,
                position: number(body.get(16..24)?),
                changes: number(body.get(24..28)?) as u32,
                chain: number(body.get(28..32)?) as u32,
            }),
            _ => None,
        }
    }
}

/// The length of the record a head announces, if it is one we could have written.
pub(crate) fn announced(head: &[u8]) -> Option<usize> {
    let len = HEAD + number(head.get(..4)?) as usize;
    (len <= MAX).then_some(len)
}

/// Whether a whole record is what was written.
pub(crate) fn intact(record: &[u8]) -> bool {
    record.len() >= HEAD && crc_of(record) == crc_in(record)
}

/// The crc a record carries.
pub(crate) fn crc_in(record: &[u8]) -> u32 {
    number(&record[5..HEAD]) as u32
}

fn crc_of(record: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&record[..5]), &record[HEAD..])
}

fn write_change(op: &Op, out: &mut Vec<u8>) -> u8 {
    out.push(op.table() as u8);
    out.extend_from_slice(&(op.key().len() as u16).to_be_bytes());
    out.extend_from_slice(op.key());
    match op {
        Op::Put(_, _, value) => {
            out.extend_from_slice(value);
            PUT
        }
        Op::Delete(..) => DELETE,
    }
}

fn read_change(kind: u8, body: &[u8]) -> Option<Op> {
    let table = Table::from_number(*body.first()?)?;
    let key_end = 3 + number(body.get(1..3)?) as usize;
    let (key, value) = (body.get(3..key_end)?.to_vec(), body.get(key_end..)?);
    Some(if kind == PUT { Op::Put(table, key, value.to_vec()) } else { Op::Delete(table, key) })
}

fn seal(body: &[u8]) -> Option<Seal> {
    body.get(..16)?.try_into().ok()
}

/// A big-endian number of up to eight bytes.
pub(crate) fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Vec<Record<'static>> {
        vec![
            Record::Begin { seal: [9; 16], position: 3 },
            Record::Change(Cow::Owned(Op::Put(Table::Header, vec![1, 2], vec![3; 70]))),
            Record::Change(Cow::Owned(Op::Delete(Table::Payload, vec![]))),
            Record::Commit { seal: [9; 16], position: 3, changes: 2, chain: 77 },
        ]
    }

    #[test]
    fn records_read_back() {
        for record in samples() {
            let mut bytes = Vec::new();
            let crc = record.write(&mut bytes);
            assert_eq!(announced(&bytes), Some(bytes.len()));
            assert!(intact(&bytes));
            assert_eq!(crc_in(&bytes), crc);
            assert_eq!(Record::read(&bytes), Some(record));
        }
    }

    #[test]
    fn no_single_flipped_bit_goes_unnoticed() {
        for record in samples() {
            let mut bytes = Vec::new();
            record.write(&mut bytes);
            for bit in 0..bytes.len() * 8 {
                bytes[bit / 8] ^= 1 << (bit % 8);
                assert!(!intact(&bytes), "{record:?} bit {bit}");
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
        }
    }

    #[test]
    fn the_bytes_never_change() {
        // Journals of every release stay readable: these are the bytes of version 1.
        let mut bytes = Vec::new();
        Record::Change(Cow::Owned(Op::Put(Table::Setting, b"k".to_vec(), b"v".to_vec()))).write(&mut bytes);
        assert_eq!(bytes[..5], [0, 0, 0, 5, 2]);
        assert_eq!(bytes[HEAD..], [1, 0, 1, b'k', b'v']);
        assert_eq!(crc_in(&bytes), crc32c::crc32c(&[0, 0, 0, 5, 2, 1, 0, 1, b'k', b'v']));
    }
}
