//! Sketches of what others hold: a liar's cells come to an end, and what is read from any cells explains them all.

use protocol::sketch::{CELL_BYTES, Sketch};

pub(super) fn run(bytes: &[u8]) {
    let Some((count, rest)) = bytes.split_first() else { return };
    let (numbers, cells) = rest.split_at(rest.len().min(8 * usize::from(*count)));
    let (numbers, _) = numbers.as_chunks::<8>();
    let mut theirs = Sketch::new(0);
    assert_eq!(theirs.read_on(cells), cells.len().is_multiple_of(CELL_BYTES));
    assert_eq!(theirs.len(), cells.len() / CELL_BYTES);
    explained(&Sketch::new(theirs.len() + 3), &theirs);

    // The same numbers, and their sketch with what came laid over it: most of it is honest then.
    let mut ours = Sketch::new(64);
    numbers.iter().for_each(|number| ours.toggle(u64::from_be_bytes(*number)));
    explained(&ours, &theirs);
    let mut bent = ours.bytes(0, 64);
    bent.iter_mut().zip(cells).for_each(|(ours, theirs)| *ours ^= theirs);
    let mut theirs = Sketch::new(0);
    assert!(theirs.read_on(&bent));
    explained(&ours, &theirs);
}

fn explained(ours: &Sketch, theirs: &Sketch) {
    let Some(found) = ours.differences(theirs) else { return };
    assert!(found.len() <= theirs.len());
    let mut ours = ours.clone();
    found.iter().for_each(|number| ours.toggle(*number));
    let common = ours.len().min(theirs.len());
    assert_eq!(ours.bytes(0, common), theirs.bytes(0, common), "what differs makes one of the other");
}
