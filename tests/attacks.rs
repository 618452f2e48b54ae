//! Every attack of the catalogue, played in the simulator and against the real binary: the network lives on, honest
//! edits arrive, all show the same, nothing forged is shown, nothing private is told, and little memory is held.

use std::{collections::BTreeSet, env};

use harness::{attacks, ground::world, pair::Pair};

macro_rules! in_the_simulator {
    ($($name:ident)*) => {
        mod simulator {
            $(#[test] fn $name() { super::in_the_simulator(stringify!($name)) })*
        }
        const NAMED: &[&str] = &[$(stringify!($name)),*];
    };
}

in_the_simulator! {
    forged_signature
    inflate_bomb
    run_length_bomb
    no_change_at_all
    change_cut_short
    wrong_checksum
    unknown_column
    counter_exhaustion
    actor_hijack
    sequence_gap
    unknown_predecessor
    no_such_object
    deep_nest
    text_of_maps
    probing_ids
}

fn in_the_simulator(name: &str) {
    let attack = attacks::named(name);
    let mut played = world(attack.who);
    let before = played.before();
    let done = (attack.deed)(&mut played);
    let broken = played.broken(&attack, done, &before);
    assert!(broken.is_empty(), "{}, who wants {}: {broken:#?}", attack.name, attack.wants);
}

#[test]
fn against_the_binary() {
    let (pair, mut all) = (Pair::meet(), vec![]);
    let only = env::var("ATTACK").ok();
    for attack in attacks::all().into_iter().filter(|one| only.as_ref().is_none_or(|name| name == one.name)) {
        let broken = pair.play(&attack);
        all.extend(broken.into_iter().map(|broken| format!("{}, who wants {}: {broken}", attack.name, attack.wants)));
    }
    assert!(all.is_empty(), "{all:#?}");
}

#[test]
fn every_attack_is_played() {
    let named: BTreeSet<&str> = NAMED.iter().copied().collect();
    let all: BTreeSet<&str> = attacks::all().iter().map(|attack| attack.name).collect();
    assert_eq!(named, all);
}
