//! Reads the columns of a change, and only as Automerge writes them: its encoder has one spelling for every sequence of
//! cells, and a change spelled otherwise loses its hash when Automerge builds it again from a saved document.
//! What the cells mean is for `ops.rs`.

use super::Malformed;

/// Bytes still to be read.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn take(&mut self, len: u64) -> Result<&'a [u8], Malformed> {
        let len = usize::try_from(len).map_err(|_| Malformed::EndsEarly)?;
        let (taken, rest) = self.0.split_at_checked(len).ok_or(Malformed::EndsEarly)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Malformed::EndsEarly)?;
        self.0 = rest;
        Ok(*taken)
    }

    /// An unsigned LEB128 number, in its shortest form.
    pub(super) fn unsigned(&mut self) -> Result<u64, Malformed> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            if shift == 63 && byte > 1 {
                return Err(Malformed::Number);
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return if byte == 0 && shift > 0 { Err(Malformed::Number) } else { Ok(value) };
            }
        }
        Err(Malformed::Number)
    }

    /// A signed LEB128 number, in its shortest form.
    pub(super) fn signed(&mut self) -> Result<i64, Malformed> {
        let (mut value, mut before) = (0i64, 0);
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            if shift == 63 && byte != 0 && byte != 0x7f {
                return Err(Malformed::Number);
            }
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let longer_than_needed = (byte == 0 && before & 0x40 == 0) || (byte == 0x7f && before & 0x40 != 0);
                if shift > 0 && longer_than_needed {
                    return Err(Malformed::Number);
                }
                let negative = byte & 0x40 != 0 && shift < 57;
                return Ok(if negative { value | -1 << (shift + 7) } else { value });
            }
            before = byte;
        }
        Err(Malformed::Number)
    }

    /// A string behind its length.
    pub(super) fn string(&mut self) -> Result<&'a str, Malformed> {
        let len = self.unsigned()?;
        str::from_utf8(self.take(len)?).map_err(|_| Malformed::Utf8)
    }
}

/// What the last segment of a column was; it decides what the next may be.
#[derive(PartialEq)]
enum Segment {
    None,
    Run,
    Literal,
    Nulls,
}

/// A run-length encoded column, read cell by cell. Memory and work stay small whatever a run claims: nothing is
/// written out, and the caller asks for as many cells as there are operations.
pub(super) struct Cells<'a, T> {
    bytes: Reader<'a>,
    read: fn(&mut Reader<'a>) -> Result<T, Malformed>,
    segment: Segment,
    /// Values left in the literal being read.
    literal: u64,
    /// Cells left in the run last read, and what each holds.
    left: u64,
    value: Option<T>,
    /// Whether any cell held a value.
    filled: bool,
}

impl<'a> Cells<'a, u64> {
    pub(super) fn unsigned(bytes: &'a [u8]) -> Self {
        Self::new(bytes, Reader::unsigned)
    }
}

impl<'a> Cells<'a, &'a str> {
    pub(super) fn strings(bytes: &'a [u8]) -> Self {
        Self::new(bytes, Reader::string)
    }
}

impl<'a, T: Copy + PartialEq> Cells<'a, T> {
    fn new(bytes: &'a [u8], read: fn(&mut Reader<'a>) -> Result<T, Malformed>) -> Self {
        let bytes = Reader(bytes);
        Self { bytes, read, segment: Segment::None, literal: 0, left: 0, value: None, filled: false }
    }

    /// The next cells that are alike, as their number and what they hold; a literal comes one value at a time. None at
    /// the end of the column.
    pub(super) fn run(&mut self) -> Result<Option<(u64, Option<T>)>, Malformed> {
        if self.literal > 0 {
            self.literal -= 1;
            return self.another(1);
        }
        if self.bytes.is_empty() {
            return Ok(None);
        }
        match self.bytes.signed()? {
            0 if self.segment == Segment::Nulls => Err(Malformed::Run),
            0 => {
                let count = self.bytes.unsigned()?;
                if count == 0 {
                    return Err(Malformed::Run);
                }
                self.segment = Segment::Nulls;
                self.value = None;
                Ok(Some((count, None)))
            }
            1 => Err(Malformed::Run),
            count if count > 0 => {
                self.segment = Segment::Run;
                self.another(count.unsigned_abs())
            }
            _ if self.segment == Segment::Literal => Err(Malformed::Run),
            count => {
                self.segment = Segment::Literal;
                self.literal = count.unsigned_abs() - 1;
                self.another(1)
            }
        }
    }

    /// A value that must differ from its neighbour: equal neighbours belong in one run.
    fn another(&mut self, count: u64) -> Result<Option<(u64, Option<T>)>, Malformed> {
        let value = (self.read)(&mut self.bytes)?;
        if self.value == Some(value) {
            return Err(Malformed::Run);
        }
        self.value = Some(value);
        self.filled = true;
        Ok(Some((count, self.value)))
    }

    /// The next cell of a column where cells may be empty; a column that is left out holds empty cells only.
    pub(super) fn next(&mut self) -> Result<Option<T>, Malformed> {
        if self.left == 0 {
            match self.run()? {
                Some((count, _)) => self.left = count,
                None if self.segment == Segment::None => return Ok(None),
                None => return Err(Malformed::Cells),
            }
        }
        self.left -= 1;
        Ok(self.value)
    }

    /// The next cell of a column where every cell holds a value.
    pub(super) fn value(&mut self) -> Result<T, Malformed> {
        self.next()?.ok_or(Malformed::Cells)
    }

    /// Whether the column ends here. One that holds empty cells only is never written.
    pub(super) fn end(&self) -> Result<(), Malformed> {
        if self.left > 0 || self.literal > 0 || !self.bytes.is_empty() {
            return Err(Malformed::Cells);
        }
        if self.segment != Segment::None && !self.filled {
            return Err(Malformed::Run);
        }
        Ok(())
    }
}

/// A column of numbers, each written as what it adds to the one before.
pub(super) struct Deltas<'a> {
    cells: Cells<'a, i64>,
    sum: i64,
}

impl<'a> Deltas<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { cells: Cells::new(bytes, Reader::signed), sum: 0 }
    }

    /// The next cell, which must not be negative: all our deltas are of operation counters.
    pub(super) fn next(&mut self) -> Result<Option<u64>, Malformed> {
        let Some(delta) = self.cells.next()? else { return Ok(None) };
        self.sum = self.sum.checked_add(delta).ok_or(Malformed::Counter)?;
        u64::try_from(self.sum).map(Some).map_err(|_| Malformed::Counter)
    }

    pub(super) fn value(&mut self) -> Result<u64, Malformed> {
        self.next()?.ok_or(Malformed::Cells)
    }

    pub(super) fn end(&self) -> Result<(), Malformed> {
        self.cells.end()
    }
}

/// A column of yes and no: how many noes, how many yeses, and so on in turn.
pub(super) struct Flags<'a> {
    bytes: Reader<'a>,
    first: bool,
    left: u64,
    flag: bool,
}

impl<'a> Flags<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes: Reader(bytes), first: true, left: 0, flag: true }
    }

    pub(super) fn value(&mut self) -> Result<bool, Malformed> {
        while self.left == 0 {
            if self.bytes.is_empty() {
                return Err(Malformed::Cells);
            }
            self.left = self.bytes.unsigned()?;
            self.flag = !self.flag;
            if self.left == 0 && !self.first {
                return Err(Malformed::Run);
            }
            self.first = false;
        }
        self.left -= 1;
        Ok(self.flag)
    }

    pub(super) fn end(&self) -> Result<(), Malformed> {
        if self.left > 0 || !self.bytes.is_empty() { Err(Malformed::Cells) } else { Ok(()) }
    }
}
