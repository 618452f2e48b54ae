//! What only the trial can tell.

use super::*;
use crate::{gate::Trial, identity::DocId};

#[test]
fn a_snapshot_that_does_not_load() {
    assert_eq!(trial(Some(b"not a document"), &[]), Err(Untried::Snapshot));
}

fn nest(count: u64) -> Vec<u8> {
    let actors = [&[0, 1][..], &run(count - 1, &[0])].concat();
    let counters = [vec![0, 1], signed(1 - count as i64), (1..count).flat_map(unsigned).collect()].concat();
    Draft::puts(count).column(0x01, actors).column(0x02, counters).column(0x42, run(count, &[0])).bytes()
}

/// Of much that comes together, the one that spoils it is named, so that the others count.
#[test]
fn a_deep_nest_among_others() {
    let other = |n: u8| Draft { actor: vec![n; 16], ..Draft::puts(1) }.bytes();
    for at in 0..9 {
        let mut changes: Vec<Vec<u8>> = (1..9).map(other).collect();
        changes.insert(at, nest(16));
        let outcome = Trial { doc: DocId([1; 32]), snapshot: None, changes }.make();
        assert_eq!((outcome.result.err(), outcome.refused), (Some(Untried::TooDeep), at));
    }
}

/// Automerge takes it, but whoever reads it recursively runs out of stack, which kills the process.
#[test]
fn a_deep_nest() {
    assert!(trial(None, &[&nest(15)]).is_ok());
    for count in [16, 50_000] {
        assert!(form(&nest(count)).is_ok());
        assert_eq!(trial(None, &[&nest(count)]), Err(Untried::TooDeep));
    }
}

/// Automerge takes them, but `update_text` then fails for everyone.
#[test]
fn what_is_not_text_inside_text() {
    let element = |meta: u8, value: &[u8], action: u8| {
        let make = [0x7e, 4, action];
        Draft::puts(2)
            .column(0x01, [0, 1, 0x7f, 0])
            .column(0x02, [0, 1, 0x7f, 1])
            .column(0x13, [0, 1, 0x7f, 0])
            .column(0x15, [0x7f, 1, b'k', 0, 1])
            .column(0x34, [1, 1])
            .column(0x42, make)
            .column(0x56, if meta == 0 { vec![2, 0] } else { vec![0x7e, 0, meta] })
            .column(0x57, value)
            .bytes()
    };
    assert!(trial(None, &[&element(1 << 4 | 6, b"a", 1)]).is_ok());
    for bytes in [element(0, b"", 0), element(0, b"", 1), element(6, b"", 1), element(2 << 4 | 6, b"ab", 1)] {
        assert!(form(&bytes).is_ok());
        assert_eq!(trial(None, &[&bytes]), Err(Untried::NotText));
    }
}

#[test]
fn bytes_that_are_no_change() {
    assert_eq!(trial(None, &[b"not a change"]), Err(Untried::Unreadable));
}

#[test]
fn repeats_and_orphans_are_left_out() {
    let scene = scene();
    let raw = scene.draft().bytes();
    assert_eq!(trial(None, &[&raw]), Err(Untried::LeftOut));
    assert_eq!(trial(scene.archive.snapshot.as_deref(), &[&raw, &raw]), Err(Untried::LeftOut));
}

#[test]
fn several_changes_in_any_order() {
    let scene = scene();
    let first = scene.draft();
    let hash = form(&first.bytes()).unwrap().hash;
    let second = Draft { seq: vec![2], start_op: first.start_op + 1, deps: vec![hash], ..Draft::puts(1) };
    let tried = trial(scene.archive.snapshot.as_deref(), &[&second.bytes(), &first.bytes()]).unwrap();
    assert_eq!(tried.heads, [form(&second.bytes()).unwrap().hash]);
}

#[test]
fn crafted_bodies_are_read_back() {
    let draft = Draft::puts(1);
    assert_eq!(body(&draft.bytes()), draft.body());
}
