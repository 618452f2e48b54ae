//! Operations that make no sense.

use super::*;

#[test]
fn unknown_action() {
    for action in [5, 6, 7, 8, 48] {
        malformed(&Draft::puts(1).column(0x42, [0x7f, action]), Malformed::Action);
    }
}

#[test]
fn values_not_as_their_kind_demands() {
    let value = |len: u8, kind: u8, raw: &[u8]| {
        Draft::puts(1).column(0x56, run(1, &unsigned(u64::from(len) << 4 | u64::from(kind)))).column(0x57, raw)
    };
    malformed(&value(2, 6, &[0xff, 0xfe]), Malformed::Utf8);
    malformed(&value(3, 6, b"ab"), Malformed::EndsEarly);
    malformed(&value(1, 6, b"ab"), Malformed::Cells);
    malformed(&value(1, 0, &[0]), Malformed::Value);
    malformed(&value(2, 3, &[0x81, 0]), Malformed::Number);
    malformed(&value(2, 3, &[1, 1]), Malformed::Value);
    malformed(&value(2, 4, &[0xff, 0x7f]), Malformed::Number);
    malformed(&value(4, 5, &[0; 4]), Malformed::EndsEarly);
    malformed(&value(8, 5, &f64::NAN.to_le_bytes()), Malformed::Value);
    malformed(&value(1, 8, &[1]), Malformed::Value); // A counter.
    malformed(&value(1, 12, &[1]), Malformed::Value);
    malformed(&value(2, 6, b"ab").column(0x42, [0x7f, 0]), Malformed::Value); // A map is made with no value.
    assert!(form(&value(2, 6, b"ab").bytes()).is_ok());
    let huge = Draft::puts(1).column(0x56, run(1, &unsigned(u64::MAX)));
    malformed(&huge, Malformed::EndsEarly);
}

#[test]
fn keys_and_strings_that_are_not_text() {
    malformed(&Draft::puts(1).column(0x15, [0x7f, 1, 0xff]), Malformed::Utf8);
}

#[test]
fn half_named_objects_and_keys() {
    malformed(&Draft::puts(1).column(0x01, [0x7f, 0]), Malformed::Object);
    malformed(&Draft::puts(1).column(0x02, [0x7f, 1]), Malformed::Object);
    malformed(&Draft::puts(1).column(0x11, [0x7f, 0]), Malformed::Key);
    malformed(&Draft::puts(1).column(0x13, [0x7f, 0]), Malformed::Key);
    malformed(&element(Draft::puts(1), 0, 1).column(0x11, []), Malformed::Key);
}

#[test]
fn the_root_has_no_elements_and_lists_start_only_for_insertions() {
    let scene = scene();
    malformed(&element(scene.draft(), 0, 1), Malformed::Key);
    malformed(&Draft::puts(1).column(0x34, [0, 1]), Malformed::Key);
    let head = object(scene.draft(), 2).column(0x15, []).column(0x13, [0x7f, 0]);
    malformed(&head, Malformed::Key);
    assert_eq!(scene.fit(&head.column(0x34, [0, 1])), Fit::Fits);
}

/// Automerge takes an element in a map, and panics when somebody next edits that map; a name in a list it cannot
/// load again.
#[test]
fn elements_in_maps_and_names_in_lists() {
    let scene = scene();
    scene.fails(&object(scene.draft(), 2), Untried::Unloadable);
    let inside = |action: u8| {
        let draft = Draft::puts(2).column(0x01, [0, 1, 0x7f, 0]).column(0x02, [0, 1, 0x7f, 1]);
        draft.column(0x42, [0x7e, action, 1])
    };
    let elements = |draft: Draft| {
        let draft = draft.column(0x13, [0, 1, 0x7f, 0]).column(0x15, [0x7f, 1, b'k', 0, 1]);
        draft.column(0x34, [1, 1])
    };
    assert!(form(&inside(0).bytes()).is_ok());
    assert!(form(&elements(inside(2)).bytes()).is_ok());
    malformed(&elements(inside(0)), Malformed::Key);
    malformed(&inside(2), Malformed::Key);
    malformed(&inside(4), Malformed::Key);
    malformed(&inside(1).column(0x42, [2, 1]), Malformed::Object);
    // A map made before: no rule can tell, the trial can.
    let mut archive = Archive::default();
    let map = archive.admit(&Draft::puts(1).column(0x42, [0x7f, 0]).bytes());
    let draft = Draft { deps: vec![map.hash], seq: vec![2], start_op: 2, ..Draft::puts(1) };
    let element = draft.column(0x01, [0x7f, 0]).column(0x02, [0x7f, 1]).column(0x13, [0x7f, 0]).column(0x15, []);
    let scene = Scene { archive, max_op: 1 };
    scene.fails(&element.column(0x34, [0, 1]), Untried::WrongObject);
}

#[test]
fn deletions_that_delete_nothing_and_insertions_that_replace() {
    malformed(&Draft::puts(1).column(0x42, [0x7f, 3]), Malformed::Predecessors);
    let scene = scene();
    let insertion = object(scene.draft(), 2).column(0x15, []).column(0x13, [0x7f, 0]).column(0x34, [0, 1]);
    malformed(&insertion.clone().column(0x42, [0x7f, 3]), Malformed::Action);
    malformed(&pred(insertion, 1, 1), Malformed::Predecessors);
    malformed(&element(object(scene.draft(), 2), 1, 3), Malformed::Predecessors);
}

#[test]
fn actor_numbers_out_of_range() {
    malformed(&pred(Draft { start_op: 9, ..Draft::puts(1) }, 1, 1), Malformed::Reference);
    malformed(&pred(Draft { start_op: 9, ..Draft::puts(1) }, u64::MAX, 1), Malformed::Reference);
}

#[test]
fn references_to_what_cannot_come_before() {
    malformed(&pred(Draft { start_op: 9, ..Draft::puts(1) }, 0, 0), Malformed::Reference);
    malformed(&pred(Draft { start_op: 9, ..Draft::puts(1) }, 0, 9), Malformed::Reference);
    malformed(&pred(Draft { start_op: 9, ..Draft::puts(1) }, 0, 99), Malformed::Reference);
    malformed(&Draft::puts(1).column(0x01, [0x7f, 0]).column(0x02, [0x7f, 1]), Malformed::Reference);
    let scene = scene();
    let draft = Draft { others: vec![actor(RIVERSIDE, 0).to_vec()], ..scene.draft() };
    malformed(&pred(draft, 1, scene.max_op + 1), Malformed::Reference);
}

#[test]
fn deltas_that_overflow_or_fall_below_zero() {
    for delta in [-1, i64::MIN] {
        let draft = Draft::puts(1).column(0x70, [0x7f, 1]).column(0x71, [0x7f, 0]);
        malformed(&draft.column(0x73, run(1, &signed(delta))), Malformed::Counter);
    }
    let draft = Draft { start_op: 9, ..Draft::puts(1) }.column(0x70, [0x7f, 2]).column(0x71, run(2, &[0]));
    malformed(&draft.clone().column(0x73, run(2, &signed(i64::MAX))), Malformed::Reference);
    let two = [vec![0x7e], signed(1), signed(i64::MAX)].concat();
    malformed(&draft.column(0x73, two), Malformed::Counter);
}

#[test]
fn predecessors_twice_or_unsorted() {
    let draft = Draft { start_op: 9, ..Draft::puts(1) }.column(0x70, [0x7f, 2]).column(0x71, run(2, &[0]));
    malformed(&draft.clone().column(0x73, [0x7e, 3, 0]), Malformed::Predecessors);
    malformed(&draft.clone().column(0x73, [0x7e, 3, 0x7f]), Malformed::Predecessors);
    assert!(form(&draft.column(0x73, [0x7e, 3, 1]).bytes()).is_ok());
}

/// Automerge panics.
#[test]
fn no_such_object() {
    let scene = scene();
    let draft = object(scene.draft(), 1);
    scene.fails(&draft, Untried::Panicked);
}

/// Automerge forgets the predecessor when it saves; the change loses its hash.
#[test]
fn predecessor_that_does_not_exist() {
    let scene = scene();
    let draft = Draft { others: vec![actor(HILLSIDE, 0).to_vec()], ..scene.draft() };
    scene.fails(&pred(draft, 1, 1), Untried::Unloadable);
}

fn object(draft: Draft, counter: u64) -> Draft {
    let draft = Draft { others: vec![actor(RIVERSIDE, 0).to_vec()], ..draft };
    draft.column(0x01, [0x7f, 1]).column(0x02, run(1, &unsigned(counter)))
}

fn element(draft: Draft, actor: u8, counter: i64) -> Draft {
    draft.column(0x15, []).column(0x11, [0x7f, actor]).column(0x13, run(1, &signed(counter)))
}

fn pred(draft: Draft, actor: u64, counter: u64) -> Draft {
    let actor = run(1, &unsigned(actor));
    draft.column(0x70, [0x7f, 1]).column(0x71, actor).column(0x73, run(1, &signed(counter as i64)))
}
