//! What stands in sled: every key and every value, byte by byte.
//!
//! One tree. A row's key is its table's number and its own key; a value too large for sled is split over pieces in a
//! space of their own. Every value carries a version and a crc32c over key and value, so that a row in the wrong
//! place is noticed as surely as a flipped bit. All numbers are big-endian.

use protocol::store::{StoreError, Table};

use crate::journal::{Mark, record::number};

/// Larger values go to blob files, which sled never syncs (keeping.md).
pub(super) const MOST: usize = 6 << 10;
/// The one row that tells where everything else stands; it sorts before every table.
pub(super) const STATE: &[u8] = &[0];
/// The space of pieces, beyond every table.
const PIECES: u8 = 0xF0;
const VERSION: u8 = 1;
const WHOLE: u8 = 0;
const SPLIT: u8 = 1;
/// Version, kind and crc.
const LEAD: usize = 6;
/// Position, chain, and five numbers.
const STATE_LEN: usize = 8 + 4 + 5 * 8;

/// A row as sled keeps it.
pub(super) struct Cell {
    /// The value under the row's own key.
    pub(super) head: Vec<u8>,
    /// What did not fit, in order.
    pub(super) pieces: Vec<Vec<u8>>,
    /// What the row adds to the sum over all rows.
    pub(super) weight: u64,
}

/// What the head of a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head<'a> {
    Whole { crc: u32, value: &'a [u8] },
    Split { crc: u32, len: u32 },
}

pub(super) fn row_key(table: Table, key: &[u8]) -> Vec<u8> {
    [&[table as u8][..], key].concat()
}

/// The table and key of a row, if these are the bytes of one.
pub(super) fn row_of(bytes: &[u8]) -> Option<(Table, &[u8])> {
    let (number, key) = bytes.split_first()?;
    Some((Table::from_number(*number)?, key))
}

/// The length of the row's key stands before it: else the pieces of one row could be taken for another's.
pub(super) fn piece_key(row: &[u8], index: u32) -> Vec<u8> {
    let len = (row.len() as u16).to_be_bytes();
    [&[PIECES][..], &len, row, &index.to_be_bytes()].concat()
}

pub(super) fn is_piece(key: &[u8]) -> bool {
    key.first() == Some(&PIECES)
}

/// How many pieces a value of this length has.
pub(super) fn pieces_of(len: u32) -> u32 {
    len.div_ceil((MOST - LEAD) as u32)
}

impl Cell {
    pub(super) fn new(row: &[u8], value: &[u8]) -> Cell {
        let crc = crc(row, value);
        let weight = weight(crc, value.len());
        if value.len() <= MOST - LEAD {
            return Cell { head: [&lead(WHOLE, crc)[..], value].concat(), pieces: Vec::new(), weight };
        }
        let head = [&lead(SPLIT, crc)[..], &(value.len() as u32).to_be_bytes()].concat();
        let pieces = value.chunks(MOST - LEAD).enumerate();
        let piece = |(index, bytes): (usize, &[u8])| -> Vec<u8> {
            let crc = self::crc(&piece_key(row, index as u32), bytes);
            [&lead(WHOLE, crc)[..], bytes].concat()
        };
        Cell { head, pieces: pieces.map(piece).collect(), weight }
    }
}

impl<'a> Head<'a> {
    /// Reads a head. Its crc can only be judged once the whole value is there.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Head<'a>, StoreError> {
        let Some((lead, rest)) = bytes.split_at_checked(LEAD) else { return Err(damaged("a row is cut short")) };
        let crc = number(&lead[2..]) as u32;
        match (lead[0], lead[1]) {
            (VERSION, WHOLE) => Ok(Head::Whole { crc, value: rest }),
            (VERSION, SPLIT) if rest.len() == 4 => Ok(Head::Split { crc, len: number(rest) as u32 }),
            _ => Err(damaged("a row has a form that is not known")),
        }
    }

    /// What the row adds to the sum over all rows.
    pub(super) fn weight(&self) -> u64 {
        match self {
            Head::Whole { crc, value } => weight(*crc, value.len()),
            Head::Split { crc, len } => weight(*crc, *len as usize),
        }
    }

    pub(super) fn pieces(&self) -> u32 {
        match self {
            Head::Whole { .. } => 0,
            Head::Split { len, .. } => pieces_of(*len),
        }
    }
}

/// The value of a piece or a whole row, if it is what was written under this key.
pub(super) fn whole<'a>(key: &[u8], bytes: &'a [u8]) -> Result<&'a [u8], StoreError> {
    match Head::read(bytes)? {
        Head::Whole { crc: said, value } if said == crc(key, value) => Ok(value),
        _ => Err(damaged("a row is not what was written")),
    }
}

/// What a row with this value adds to the sum over all rows.
pub(super) fn weigh(row: &[u8], value: &[u8]) -> u64 {
    weight(crc(row, value), value.len())
}

/// Refuses a joined value that is not what was written under this key.
pub(super) fn judge(key: &[u8], said: u32, value: &[u8]) -> Result<(), StoreError> {
    if said == crc(key, value) { Ok(()) } else { Err(damaged("a large row is not what was written")) }
}

pub(super) fn damaged(what: &str) -> StoreError {
    StoreError::Damaged(what.to_owned())
}

fn lead(kind: u8, crc: u32) -> [u8; LEAD] {
    let [a, b, c, d] = crc.to_be_bytes();
    [VERSION, kind, a, b, c, d]
}

fn crc(key: &[u8], value: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(key), value)
}

/// Spreads a row's crc over 64 bits, so that the sum over all rows shows a row that is missing, old or foreign.
fn weight(crc: u32, len: usize) -> u64 {
    // The finalizer of splitmix64: a plain sum of crcs would let two wrongs cancel out.
    let mut x = (len as u64) << 32 ^ u64::from(crc);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// Where sled stands, written in every batch: what it has of the journal, and what all its rows come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// The last group of the journal that is here.
    pub(super) mark: Mark,
    /// The last group whose derived rows are here too; 0 when none are.
    pub(super) settled: u64,
    /// Batches applied, those that never touched the journal included.
    pub(super) batches: u64,
    /// Rows, pieces not counted.
    pub(super) rows: u64,
    /// Pieces.
    pub(super) pieces: u64,
    /// The sum of the weights of all rows.
    pub(super) sum: u64,
}

impl State {
    /// The state after a batch that came with its derived rows.
    pub(super) fn advance(&mut self, mark: Mark) {
        if self.settled == self.mark.position {
            self.settled = mark.position;
        }
        self.mark = mark;
    }

    pub(super) fn write(&self) -> Vec<u8> {
        let mut body = Vec::with_capacity(STATE_LEN);
        body.extend_from_slice(&self.mark.position.to_be_bytes());
        body.extend_from_slice(&self.mark.chain.to_be_bytes());
        for n in [self.settled, self.batches, self.rows, self.pieces, self.sum] {
            body.extend_from_slice(&n.to_be_bytes());
        }
        Cell::new(STATE, &body).head
    }

    pub(super) fn read(bytes: &[u8]) -> Result<State, StoreError> {
        let body = whole(STATE, bytes)?;
        if body.len() != STATE_LEN {
            return Err(damaged("the watermark has a form that is not known"));
        }
        let n = |from: usize| number(&body[from..from + 8]);
        let mark = Mark { position: n(0), chain: number(&body[8..12]) as u32 };
        Ok(State { mark, settled: n(12), batches: n(20), rows: n(28), pieces: n(36), sum: n(44) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_under_what_sled_keeps_in_place() {
        for len in [0, 1, MOST - LEAD, MOST - LEAD + 1, 7 << 10, 300 << 10] {
            let cell = Cell::new(&row_key(Table::View, b"k"), &vec![7; len]);
            assert!(cell.head.len() <= MOST && cell.pieces.iter().all(|p| p.len() <= MOST));
            let head = Head::read(&cell.head).unwrap();
            assert_eq!((head.pieces() as usize, head.weight()), (cell.pieces.len(), cell.weight));
        }
    }

    #[test]
    fn a_row_under_another_key_or_with_a_flipped_bit_is_noticed() {
        let key = row_key(Table::Header, b"k");
        let head = Cell::new(&key, b"value").head;
        assert_eq!(whole(&key, &head).unwrap(), b"value");
        assert!(whole(&row_key(Table::Header, b"l"), &head).is_err());
        for bit in 0..head.len() * 8 {
            let mut bad = head.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(whole(&key, &bad).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn the_state_reads_back() {
        let mark = Mark { position: 3, chain: 4 };
        let state = State { mark, settled: 2, batches: 5, rows: 6, pieces: 7, sum: 8 };
        assert_eq!(State::read(&state.write()).unwrap(), state);
    }

    #[test]
    fn no_table_reaches_into_the_pieces_or_the_state() {
        assert!(Table::ALL.iter().all(|t| (1..PIECES).contains(&(*t as u8))));
    }
}
