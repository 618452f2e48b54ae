//! Changes that do not fit what came before.

use super::*;

#[test]
fn another_actor_than_the_authors() {
    let scene = scene();
    let form = form(&scene.draft().bytes()).unwrap();
    assert_eq!(fit(&form, &[1; 16], &scene.archive), Fit::Breaks(Malformed::NotTheAuthor));
}

#[test]
fn missing_deps_wait() {
    let scene = scene();
    let mut draft = scene.draft();
    draft.deps.push([0xff; 32]);
    assert_eq!(scene.fit(&draft), Fit::Waits(vec![[0xff; 32]]));
    // The missing one might have brought the unknown actor: still waiting.
    draft.others = vec![[0xdd; 16].to_vec()];
    let draft = draft.column(0x70, [0x7f, 1]).column(0x71, [0x7f, 1]).column(0x73, [0x7f, 3]);
    assert_eq!(scene.fit(&draft), Fit::Waits(vec![[0xff; 32]]));
}

/// Automerge panics.
#[test]
fn unknown_actor_starting_at_seq_2() {
    let scene = scene();
    let draft = Draft { seq: vec![2], ..scene.draft() };
    scene.breaks(&draft, Malformed::PreviousNotADep);
    assert_eq!(scene.trial_alone(&draft), Untried::Panicked);
}

/// Automerge panics.
#[test]
fn seq_gap() {
    let scene = scene();
    let draft = Draft { actor: actor(HILLSIDE, 0).to_vec(), seq: vec![3], ..scene.draft() };
    scene.breaks(&draft, Malformed::PreviousNotADep);
    assert_eq!(scene.trial_alone(&draft), Untried::Panicked);
}

#[test]
fn seq_taken() {
    let scene = scene();
    let draft = Draft { actor: actor(HILLSIDE, 0).to_vec(), ..scene.draft() };
    scene.breaks(&draft, Malformed::SeqTaken);
    assert_eq!(scene.trial_alone(&draft), Untried::Refused);
}

/// Sent in the other order, Automerge panics.
#[test]
fn second_change_that_does_not_build_on_the_first() {
    let mut scene = scene();
    let first = scene.draft();
    scene.archive.note(&form(&first.bytes()).unwrap());
    let second = Draft { seq: vec![2], start_op: first.start_op + 1, ..first };
    scene.breaks(&second, Malformed::PreviousNotADep);
    let other_order = [&second.bytes()[..], &scene.draft().bytes()];
    assert_eq!(trial(scene.archive.snapshot.as_deref(), &other_order), Err(Untried::Panicked));
}

#[test]
fn operation_ids_used_twice() {
    let scene = scene();
    let draft = Draft { actor: actor(HILLSIDE, 0).to_vec(), seq: vec![2], start_op: 1, ..scene.draft() };
    scene.breaks(&draft, Malformed::StartOp);
    scene.breaks(&Draft { start_op: scene.max_op, ..scene.draft() }, Malformed::StartOp);
    scene.breaks(&Draft { start_op: scene.max_op + 2, ..scene.draft() }, Malformed::StartOp);
}

/// Automerge panics.
#[test]
fn predecessor_of_an_unknown_actor() {
    let scene = scene();
    let draft = Draft { others: vec![[0xdd; 16].to_vec()], ..scene.draft() };
    let draft = draft.column(0x70, [0x7f, 1]).column(0x71, [0x7f, 1]).column(0x73, [0x7f, 3]);
    scene.breaks(&draft, Malformed::UnknownActor);
    assert_eq!(scene.trial_alone(&draft), Untried::Panicked);
}
