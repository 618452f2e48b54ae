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
    garbage
    nested_words
    huge_lengths
    bytes_after_a_word
    second_hello
    word_of_another_network
    too_much_gossip
    probing_ids
    partner_wants_all
    applicant_wants_all
    words_before_hello
    borrowed_roster
    guessed_ticket
    removed_goes_on
    junk_applications
    application_of_another
    forged_signature
    altered_payload
    another_document
    another_network
    header_of_another
    stale_header
    edit_without_leave
    equivocation
    forged_fork_proof
    fork_of_one_head
    forks_by_throwaway_keys
    forged_withdrawal
    roster_with_a_neighbors_node
    forged_address
    forged_certificate
    charter_of_the_future
    another_history
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
    garbage_cells
    unasked_cells
    wants_cells_for_ever
    cells_out_of_place
    cells_for_ever
    asks_for_ever
    too_many_rules
    places_out_of_reach
    offers_never_given
    offers_of_nothing
    too_many_offers
    far_places
    gives_unasked
    wants_without_end
    too_many_wants
    ends_of_nothing
    forks_without_proof
    wants_for_ever
    rosters_for_ever
    addresses_for_ever
    calls_for_ever
    slow_reader
}

fn in_the_simulator(name: &str) {
    let attack = attacks::named(name);
    let mut played = world(attack.who);
    let before = played.before();
    let done = (attack.deed)(&mut played);
    let broken = played.broken(&attack, done, &before);
    assert!(broken.is_empty(), "{}, {}: {broken:#?}", attack.name, attack.wants);
}

/// Every third one, so that three pairs of nodes share the waiting.
fn against_the_binary(third: usize) {
    let (pair, mut all) = (Pair::meet(), vec![]);
    let only = env::var("ATTACK").ok();
    let played = attacks::all().into_iter().filter(|one| only.as_ref().is_none_or(|name| name == one.name));
    for attack in played.skip(third).step_by(3) {
        let broken = pair.play(&attack);
        all.extend(broken.into_iter().map(|broken| format!("{}, {}: {broken}", attack.name, attack.wants)));
    }
    assert!(all.is_empty(), "{all:#?}");
}

mod binary {
    #[test]
    fn one_third() {
        super::against_the_binary(0);
    }

    #[test]
    fn another_third() {
        super::against_the_binary(1);
    }

    #[test]
    fn the_last_third() {
        super::against_the_binary(2);
    }
}

#[test]
fn every_attack_is_played() {
    let named: BTreeSet<&str> = NAMED.iter().copied().collect();
    let all: BTreeSet<&str> = attacks::all().iter().map(|attack| attack.name).collect();
    assert_eq!(named, all);
}
