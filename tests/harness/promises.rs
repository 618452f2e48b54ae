//! What must hold after every step, as functions.

use crate::world::World;

/// Nodes that share a network show the same of every record they both may have.
pub fn same_records(world: &mut World, nodes: &[usize]) {
    let mut seen = vec![];
    for at in nodes {
        let mut shared: Vec<String> = vec![];
        for summary in world.list(*at) {
            if summary.audience == "network" || summary.audience == "public" {
                let record = world.show(*at, summary.id).unwrap();
                shared.push(format!("{} {} {:?}", record.summary.id, record.fields, record.heads));
            }
        }
        seen.push(shared);
    }
    for other in &seen[1..] {
        assert_eq!(&seen[0], other, "two nodes show different records");
    }
}

/// A word that never left its owner: not in anything others heard, nor in what they keep.
pub fn never_left(world: &World, owner: usize, word: &str) {
    let needle = word.as_bytes();
    for ((from, to), bytes) in &world.heard {
        assert!(
            *from != owner || !bytes.windows(needle.len()).any(|w| w == needle),
            "{word:?} went from {from} to {to}"
        );
    }
    for at in (0..world.nodes.len()).filter(|at| *at != owner) {
        let kept = format!("{:?}", world.store(at));
        let listed = needle.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
        assert!(!kept.contains(&listed), "{word:?} is kept by {at}");
    }
}
