//! Two nodes that have no place to go on from find out what they differ in, for what the difference costs.

use std::{cell::RefCell, rc::Rc};

use harness::{promises::never_left, world::World};
use protocol::{
    input::Request,
    limits::AUDIT_MS,
    message::{Message, SketchPart},
    subscription::Rule,
};
use serde_json::json;

/// Riverside and Hillside, with so many practices of Riverside that both hold.
fn two(seed: u64, practices: usize) -> (World, Vec<protocol::identity::DocId>) {
    let mut world = World::network(seed, &["Riverside", "Hillside"]);
    let docs = (0..practices).map(|n| world.practice(0, &format!("Practice {n}"), "network")).collect();
    world.settle();
    assert_eq!(world.titles(1).len(), practices);
    (world, docs)
}

/// Asks for the same in other words: a mark made under the old ones does not count any more.
fn asks_otherwise(world: &mut World, at: usize) {
    let rule = Rule { kind: Some("practice".into()), ..Rule::default() };
    world.ask(at, Request::Subscribe { add: vec![rule], remove: vec![] }).unwrap();
}

fn said(world: &World, from: usize, to: usize) -> usize {
    world.heard.get(&(from, to)).map_or(0, Vec::len)
}

#[test]
fn where_nothing_differs_nothing_is_offered_again() {
    let (mut world, _) = two(1, 300);
    let (gave, asked) = (said(&world, 0, 1), said(&world, 1, 0));
    asks_otherwise(&mut world, 1);
    world.settle();
    assert!(world.status(1).complete);
    let (gave, asked) = (said(&world, 0, 1) - gave, said(&world, 1, 0) - asked);
    // An offer of 300 documents takes some 40,000 bytes.
    assert!(gave < 400 && asked < 1_500, "{gave} bytes of the giver and {asked} of the asker");
    // From now on there is a place to go on from.
    let before = said(&world, 0, 1) + said(&world, 1, 0);
    world.cut(0, 1);
    world.mend(0, 1);
    world.settle();
    let all = said(&world, 0, 1) + said(&world, 1, 0) - before;
    assert!(all < 1_700, "{all} bytes to meet again");
}

/// To offer a record takes some 150 bytes, to ask for one some 130.
#[test]
fn what_came_from_a_neighbor_is_not_offered_back_to_it() {
    let (meeting, _) = two(9, 0);
    let (mut world, _) = two(9, 100);
    let each = (said(&world, 1, 0) - said(&meeting, 1, 0)) / 100;
    assert!((60..200).contains(&each), "{each} bytes a record to who gave it");
    // It is counted all the same: who meets again has a place to go on from on either side.
    let before = said(&world, 0, 1) + said(&world, 1, 0);
    world.cut(0, 1);
    world.mend(0, 1);
    world.settle();
    let all = said(&world, 0, 1) + said(&world, 1, 0) - before;
    assert!(all < 1_700, "{all} bytes to meet again");
}

#[test]
fn ten_edits_cost_ten_edits() {
    let (mut world, docs) = two(2, 300);
    world.cut(0, 1);
    for doc in docs.iter().take(10) {
        world.set(0, *doc, &[("problem", json!("It rains."))]).unwrap();
    }
    asks_otherwise(&mut world, 1);
    let before = (said(&world, 0, 1), said(&world, 1, 0));
    world.mend(0, 1);
    world.settle();
    assert!(world.status(1).complete);
    for doc in &docs {
        let rains = docs.iter().take(10).any(|d| d == doc);
        assert_eq!(world.show(1, *doc).unwrap().fields["problem"] == json!("It rains."), rains);
    }
    let (gave, asked) = (said(&world, 0, 1) - before.0, said(&world, 1, 0) - before.1);
    assert!(gave + asked < 16_000, "{gave} bytes of the giver and {asked} of the asker");
}

/// More documents than one look takes, and work that goes on meanwhile.
#[test]
fn sets_of_any_size_are_compared_a_part_at_a_time() {
    let (mut world, docs) = two(3, 1_100);
    world.cut(0, 1);
    for doc in docs.iter().step_by(4) {
        world.set(0, *doc, &[("problem", json!("It rains."))]).unwrap();
    }
    asks_otherwise(&mut world, 1);
    world.mend(0, 1);
    for n in 0..40 {
        world.step();
        world.practice(n % 2, &format!("Meanwhile {n}"), "network");
    }
    world.settle();
    assert!(world.status(1).complete);
    assert_eq!(world.titles(0), world.titles(1));
    let mut rain =
        |at: usize| docs.iter().filter(|d| !world.show(at, **d).unwrap().fields["problem"].is_null()).count();
    assert_eq!((rain(0), rain(1)), (275, 275));
}

#[test]
fn who_never_heard_of_a_deletion_hears_of_it() {
    let (mut world, docs) = two(4, 20);
    world.cut(0, 1);
    world.ask(0, Request::Delete { doc: docs[3].to_string() }).unwrap();
    world.share(0, docs[4], "private");
    asks_otherwise(&mut world, 1);
    world.mend(0, 1);
    world.settle();
    assert!(!world.titles(1).contains(&"Practice 3".to_string()));
    assert!(world.titles(1).contains(&"Practice 4".to_string()), "what was shared stays where it is");
    // And told once more, it changes nothing.
    world
        .ask(
            1,
            Request::Subscribe { add: vec![], remove: vec![Rule { kind: Some("practice".into()), ..Rule::default() }] },
        )
        .unwrap();
    world.settle();
    assert!(world.status(1).complete && world.titles(1).len() == 19);
}

/// Private work of the asker moves no byte, whether it is one document or many.
#[test]
fn what_is_private_is_not_even_counted() {
    let heard = |private: usize| {
        let (mut world, _) = two(5, 30);
        world.aside(|world| {
            for n in 0..private {
                world.practice(1, &format!("Canary {n}"), "private");
            }
        });
        asks_otherwise(&mut world, 1);
        world.settle();
        never_left(&world, 1, "Canary");
        (world.heard[&(1, 0)].clone(), world.heard[&(0, 1)].clone())
    };
    let without = heard(0);
    assert!(without == heard(1) && without == heard(40));
}

/// What was lost on the way, or held back by somebody who has thought better of it, comes with the next comparison.
#[test]
fn what_was_missed_is_found_a_day_later() {
    let (mut world, _) = two(6, 10);
    let swallow = |_: &protocol::identity::Keys, message: Message| match message {
        Message::Offer(_) => vec![],
        other => vec![other],
    };
    world.lies.insert(0, Box::new(swallow));
    let missed = world.practice(0, "Missed", "network");
    world.settle();
    world.lies.clear();
    assert!(world.show(1, missed).is_err());
    world.wait(AUDIT_MS - 60_000);
    world.settle();
    assert!(world.show(1, missed).is_err(), "not before the day is over");
    world.wait(120_000);
    world.settle();
    assert!(world.show(1, missed).is_ok());
}

/// Lies about one's own set cost the liar: it is offered more, or less, and nobody else notices.
#[test]
fn a_lying_sketch_ends_and_harms_nobody() {
    let lies: [fn(Vec<u8>) -> Vec<u8>; 4] = [
        |cells| vec![0; cells.len()],
        |cells| vec![7; cells.len()],
        |_| vec![],
        // Too few at a time to come to an end.
        |cells| cells[..16].to_vec(),
    ];
    for (kind, lie) in lies.into_iter().enumerate() {
        let (mut world, _) = two(7 + kind as u64, 20);
        let shown = Rc::new(RefCell::new(0usize));
        let count = shown.clone();
        world.lies.insert(
            1,
            Box::new(move |_, message| match message {
                Message::Sketch(part) => {
                    *count.borrow_mut() += 1;
                    vec![Message::Sketch(SketchPart { cells: lie(part.cells), ..part })]
                }
                other => vec![other],
            }),
        );
        asks_otherwise(&mut world, 1);
        world.settle();
        assert!(*shown.borrow() <= 5, "kind {kind} was asked for {} sketches", shown.borrow());
        world.lies.clear();
        world.practice(0, "Later", "network");
        let third = world.node("Lakeside");
        world.join(0, third);
        world.settle();
        assert!(world.titles(third).contains(&"Later".to_string()), "kind {kind}");
    }
}

#[test]
fn cells_nobody_asked_for_are_few() {
    let (mut world, _) = two(12, 5);
    let network = world.show_network(0).network;
    let part =
        |round, from, cells: usize| Message::Sketch(SketchPart { network, round, from, cells: vec![1; cells * 16] });
    world.say(1, 0, &part(9, 0, 64));
    assert!(world.linked(0, 1));
    world.say(1, 0, &part(9, 64, 1));
    assert!(!world.linked(0, 1), "more than the first were not asked for");
    world.heal();
    world.say(1, 0, &part(9, 7, 1));
    assert!(!world.linked(0, 1), "cells without those before them");
}
