//! What is wrong before the columns.

use super::*;

#[test]
fn overlong_numbers() {
    malformed(&Draft { seq: vec![0x81, 0x00], ..Draft::puts(1) }, Malformed::Number);
    malformed(&Draft { seq: vec![0xff; 11], ..Draft::puts(1) }, Malformed::Number);
    malformed(&Draft { time: vec![0x80, 0x00], ..Draft::puts(1) }, Malformed::Number);
    malformed(&Draft { time: vec![0xff, 0x7f], ..Draft::puts(1) }, Malformed::Number);
}

#[test]
fn any_time_is_read_as_written() {
    for time in [0, 1, -1, 63, 64, -64, -65, 1 << 40, i64::MAX, i64::MIN] {
        let form = form(&Draft { time: signed(time), ..Draft::puts(1) }.bytes()).unwrap();
        assert_eq!(form.time, time);
    }
}

#[test]
fn deps_twice_or_unsorted_or_too_many() {
    malformed(&Draft { deps: vec![[7; 32], [7; 32]], ..Draft::puts(1) }, Malformed::DepsOrder);
    malformed(&Draft { deps: vec![[7; 32], [6; 32]], ..Draft::puts(1) }, Malformed::DepsOrder);
    let many = (0..2_000u16).map(|n| std::array::from_fn(|i| if i < 2 { n.to_be_bytes()[i] } else { 0 })).collect();
    malformed(&Draft { deps: many, ..Draft::puts(1) }, Malformed::TooManyDeps);
}

#[test]
fn empty_and_huge_actors() {
    for len in [0, 15, 17, 4096] {
        malformed(&Draft { actor: vec![5; len], ..Draft::puts(1) }, Malformed::ActorLength);
        malformed(&Draft { others: vec![vec![5; len]], ..Draft::puts(1) }, Malformed::ActorLength);
    }
}

/// Automerge forgets the actor when it saves; the change loses its hash and the document does not load.
#[test]
fn unused_actor() {
    let scene = scene();
    let draft = Draft { others: vec![actor(RIVERSIDE, 0).to_vec()], ..scene.draft() };
    malformed(&draft, Malformed::ActorUnused);
    assert_eq!(scene.trial_alone(&draft), Untried::Unloadable);
}

#[test]
fn others_unsorted_twice_or_too_many_or_the_author() {
    let others = |others: &[[u8; 16]]| Draft { others: others.iter().map(|a| a.to_vec()).collect(), ..Draft::puts(1) };
    malformed(&others(&[[7; 16], [6; 16]]), Malformed::ActorsOrder);
    malformed(&others(&[[7; 16], [7; 16]]), Malformed::ActorsOrder);
    malformed(&others(&[MALLORY]), Malformed::ActorsOrder);
    malformed(&others(&[[7; 16]; 1_025]), Malformed::TooManyActors);
}

#[test]
fn zero_seq_and_zero_counter() {
    malformed(&Draft { seq: vec![0], ..Draft::puts(1) }, Malformed::Zero);
    malformed(&Draft { start_op: 0, ..Draft::puts(1) }, Malformed::Zero);
}

/// Automerge takes it, and then no honest edit can be loaded.
#[test]
fn counter_exhaustion() {
    malformed(&Draft { start_op: u64::from(u32::MAX) - 1, ..Draft::puts(1) }, Malformed::Counter);
    malformed(&Draft { start_op: u64::MAX, ..Draft::puts(1) }, Malformed::Counter);
    malformed(&Draft { start_op: MAX_COUNTER - 1, ..Draft::puts(3) }, Malformed::Counter);
    let scene = scene();
    scene.breaks(&Draft { start_op: 1 << 29, ..scene.draft() }, Malformed::StartOp);
}

#[test]
fn messages() {
    malformed(&Draft { message: vec![b'm'; 1_025], ..Draft::puts(1) }, Malformed::MessageTooLong);
    malformed(&Draft { message: vec![0xff], ..Draft::puts(1) }, Malformed::Utf8);
    assert!(form(&Draft { message: b"m".to_vec(), ..Draft::puts(1) }.bytes()).is_ok());
}
