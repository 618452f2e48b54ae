//! What two sets differ in, told in as many bytes as they differ: a rateless sketch of a set of numbers.
//!
//! A sketch is a row of cells, without an end. Each number stands in the first cell and, ever more thinly, in later ones;
//! a cell is the exclusive or of all that stand in it. Laid over the sketch of another set, only the differences are left,
//! and about one and a half cells for each of them are enough to read them back. Who could not read them asks for more
//! cells of the same row, so nobody has to know beforehand how much is different (Yang, Gilad, Alizadeh: Practical
//! Rateless Set Reconciliation, SIGCOMM 2024; cells here hold no count, as whose a number is shows in one's own set).
//!
//! It decides nothing about documents: `sync::reconcile` says which numbers stand for what.

use std::collections::{BTreeSet, VecDeque};

/// Bytes of a cell.
pub const CELL_BYTES: usize = 16;

/// One cell: numbers laid over each other, and their checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cell {
    sum: u64,
    check: u64,
}

impl Cell {
    fn lay(&mut self, other: Cell) {
        self.sum ^= other.sum;
        self.check ^= other.check;
    }

    fn of(number: u64) -> Cell {
        Cell { sum: number, check: mixed(number ^ CHECK) }
    }

    /// The number that stands in it alone.
    fn alone(&self) -> Option<u64> {
        (*self != Cell::default() && *self == Cell::of(self.sum)).then_some(self.sum)
    }
}

/// The first cells of the sketch of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sketch {
    cells: Vec<Cell>,
}

impl Sketch {
    /// So many cells of the sketch of nothing.
    pub fn new(cells: usize) -> Sketch {
        Sketch { cells: vec![Cell::default(); cells] }
    }

    /// How many cells there are.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there is no cell.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Adds a number to the set, or takes it out again.
    pub fn toggle(&mut self, number: u64) {
        let (cell, mut places) = (Cell::of(number), Places::of(number));
        while let Some(at) = places.next_below(self.cells.len()) {
            self.cells[at].lay(cell);
        }
    }

    /// Some of its cells, as they travel: sixteen bytes each, number before check, both big-endian.
    pub fn bytes(&self, from: usize, to: usize) -> Vec<u8> {
        let cells = self.cells.iter().take(to).skip(from);
        cells.flat_map(|cell| [cell.sum.to_be_bytes(), cell.check.to_be_bytes()].concat()).collect()
    }

    /// Reads cells that follow on these. False when the bytes are no whole cells.
    pub fn read_on(&mut self, bytes: &[u8]) -> bool {
        let (cells, rest) = bytes.as_chunks::<CELL_BYTES>();
        let half = |bytes: &[u8]| bytes.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
        self.cells.extend(cells.iter().map(|cell| Cell { sum: half(&cell[..8]), check: half(&cell[8..]) }));
        rest.is_empty()
    }

    /// What stands in one of both sets and not in the other, read from as many cells as both have. Nothing when these are
    /// too few, or when the other is no honest sketch: it ends either way, after at most as many numbers as there are
    /// cells.
    pub fn differences(&self, other: &Sketch) -> Option<BTreeSet<u64>> {
        let mut cells: Vec<Cell> = self.cells.clone();
        cells.truncate(other.len());
        cells.iter_mut().zip(&other.cells).for_each(|(cell, other)| cell.lay(*other));
        let (mut found, mut open): (BTreeSet<u64>, VecDeque<usize>) = (BTreeSet::new(), (0..cells.len()).collect());
        while let Some(at) = open.pop_front() {
            let Some(number) = cells[at].alone() else { continue };
            // A number that comes a second time, or more numbers than cells, is nothing an honest sketch says.
            if !found.insert(number) || found.len() > cells.len() {
                return None;
            }
            let (cell, mut places) = (Cell::of(number), Places::of(number));
            while let Some(place) = places.next_below(cells.len()) {
                cells[place].lay(cell);
                open.push_back(place);
            }
        }
        let read = !cells.is_empty() && cells.iter().all(|cell| *cell == Cell::default());
        read.then_some(found)
    }
}

/// The cells in which a number stands, first to last: the i-th with a chance of 1 in 1 + i/2.
struct Places {
    chance: u64,
    next: u64,
}

impl Places {
    fn of(number: u64) -> Places {
        // Never zero, which would stay zero for ever.
        Places { chance: mixed(number) | 1, next: 0 }
    }

    /// The next place below this bound, if there is one.
    fn next_below(&mut self, bound: usize) -> Option<usize> {
        let at = usize::try_from(self.next).ok().filter(|at| *at < bound)?;
        self.chance = self.chance.wrapping_mul(0xda94_2042_e4dd_58b5);
        // The inverse of the chance that no place up to there is taken; the root of IEEE 754 is the same everywhere.
        let root = ((self.chance as f64) + 1.0).sqrt();
        let step = ((self.next as f64 + 1.5) * (4_294_967_296.0 / root - 1.0)).ceil();
        // A step that no number holds is one past every bound.
        self.next = self.next.saturating_add((step as u64).max(1));
        Some(at)
    }
}

/// What makes the check of a number another one than what places it.
const CHECK: u64 = 0x9e37_79b9_7f4a_7c15;

/// The last steps of SplitMix64 (Steele, Lea, Flood 2014): every bit of what comes out depends on every bit that went in.
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Numbers as they come from a hash.
    fn numbers(from: u64, count: u64) -> impl Iterator<Item = u64> {
        (from..from + count).map(|n| mixed(n.wrapping_mul(CHECK).wrapping_add(CHECK)))
    }

    fn sketch(cells: usize, numbers: impl Iterator<Item = u64>) -> Sketch {
        let mut sketch = Sketch::new(cells);
        numbers.for_each(|number| sketch.toggle(number));
        sketch
    }

    /// The fewest cells that tell these two apart.
    fn cells_needed(ours: &Sketch, theirs: &Sketch) -> usize {
        let enough = |cells: usize| {
            let mut part = Sketch::new(0);
            part.read_on(&theirs.bytes(0, cells)) && ours.differences(&part).is_some()
        };
        (1..=ours.len()).find(|cells| enough(*cells)).unwrap()
    }

    #[test]
    fn equal_sets_need_one_cell_however_large_they_are() {
        let (ours, theirs) = (sketch(64, numbers(0, 20_000)), sketch(64, numbers(0, 20_000)));
        assert_eq!(ours.differences(&theirs), Some(BTreeSet::new()));
        assert_eq!(cells_needed(&ours, &theirs), 1);
    }

    #[test]
    fn the_cells_needed_follow_the_differences_not_the_sets() {
        // Twenty differences are ten records that changed: the old and the new state of each.
        for (differences, most) in [(1, 4), (20, 48), (200, 320)] {
            let mut worst = 0;
            for seed in 0..8u64 {
                let common = || numbers(seed << 32, 500);
                let other = || numbers((seed << 32) + 1_000_000, differences);
                let (ours, theirs) = (sketch(512, common().chain(other())), sketch(512, common()));
                assert_eq!(ours.differences(&theirs), Some(other().collect()));
                worst = worst.max(cells_needed(&ours, &theirs));
            }
            assert!(worst <= most, "{differences} differences took {worst} cells");
        }
        let (ours, theirs) = (sketch(2_900, numbers(0, 4_000)), sketch(2_900, numbers(2_000, 2_000)));
        assert_eq!(ours.differences(&theirs).unwrap().len(), 2_000);
    }

    #[test]
    fn too_few_cells_say_so_and_more_of_them_help() {
        let (ours, theirs) = (sketch(1_024, numbers(0, 900)), sketch(1_024, numbers(500, 900)));
        let mut part = Sketch::new(0);
        assert!(part.read_on(&theirs.bytes(0, 64)) && ours.differences(&part).is_none());
        assert!(ours.differences(&theirs).is_none(), "a thousand differences are more than these cells tell");
        let (ours, theirs) = (sketch(2_048, numbers(0, 900)), sketch(2_048, numbers(500, 900)));
        assert_eq!(ours.differences(&theirs).unwrap().len(), 1_000);
        assert_eq!(Sketch::new(0).differences(&Sketch::new(0)), None);
        assert!(!Sketch::new(0).read_on(&[0; 17]));
    }

    #[test]
    fn where_a_number_stands_is_the_same_everywhere() {
        let places = |number| {
            let mut places = Places::of(number);
            std::iter::from_fn(|| places.next_below(1_000)).collect::<Vec<_>>()
        };
        assert_eq!(places(1), PLACES_OF_ONE);
        assert_eq!(places(u64::MAX)[0], 0);
        assert_eq!(mixed(1), 0x5692_161d_100b_05e5);
    }

    const PLACES_OF_ONE: &[usize] = &[0, 2, 7, 18, 20, 21, 41, 84, 202, 371];

    proptest! {
        /// A liar's cells end, whatever they are.
        #[test]
        fn garbage_is_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..4_096), zeros in any::<bool>()) {
            let mut theirs = if zeros { Sketch::new(16) } else { Sketch::new(0) };
            theirs.read_on(&bytes);
            let ours = sketch(256, numbers(0, 50));
            if let Some(found) = ours.differences(&theirs) {
                prop_assert!(found.len() <= theirs.len());
            }
        }

        #[test]
        fn all_differences_are_read_and_no_other(ours in prop::collection::btree_set(any::<u64>(), 0..40),
                                                 theirs in prop::collection::btree_set(any::<u64>(), 0..40)) {
            let (a, b) = (sketch(512, ours.iter().copied()), sketch(512, theirs.iter().copied()));
            let expected: BTreeSet<u64> = ours.symmetric_difference(&theirs).copied().collect();
            prop_assert_eq!(a.differences(&b), Some(expected));
        }
    }
}
