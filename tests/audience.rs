//! What is private stays, what is for a partner goes to that partner, and nobody hears of the rest.

use harness::{promises::never_left, world::World};
use protocol::{input::Request, refusal::Refusal};
use serde_json::json;

#[test]
fn a_private_record_never_reaches_anyone() {
    let mut world = World::network(1, &["Riverside", "Hillside", "Lakeside"]);
    let doc = world.practice(0, "Canary plan", "private");
    world.set(0, doc, &[("problem", json!("Canary problem"))]).unwrap();
    world.practice(0, "Open plan", "network");
    world.settle();
    world.heal();
    assert_eq!(world.titles(1), ["Open plan"]);
    never_left(&world, 0, "Canary");
}

#[test]
fn what_was_written_before_joining_stays_until_it_is_shared() {
    let mut world = World::new(2);
    let (a, b) = (world.node("Riverside"), world.node("Hillside"));
    let doc = world.practice(a, "Early plan", "private");
    world.found(a, "Valley Network");
    world.join(a, b);
    assert!(world.titles(b).is_empty());
    let shared = world.share(a, doc, "network");
    assert_ne!(shared, doc);
    world.settle();
    assert_eq!(world.titles(b), ["Early plan"]);
    assert_eq!(world.titles(a), ["Early plan"], "the old one gave way to the new");
}

#[test]
fn sharing_more_widely_does_not_take_the_history_along() {
    let mut world = World::network(3, &["Riverside", "Hillside"]);
    let doc = world.practice(0, "Canary name", "private");
    world.set(0, doc, &[("title", json!("Good name"))]).unwrap();
    let shared = world.share(0, doc, "network");
    world.settle();
    assert_eq!(world.titles(1), ["Good name"]);
    never_left(&world, 0, "Canary");
    assert_eq!(world.show(1, shared).unwrap().history.unwrap().len(), 1);
}

#[test]
fn a_partners_record_goes_to_the_partner_alone() {
    let mut world = World::network(4, &["Riverside", "Hillside"]);
    let partner = world.node("County Library");
    let ticket = world.invite(0, true);
    world.ask(partner, Request::Join { ticket }).unwrap();
    world.settle();
    world.practice(0, "For the library", "partners:County Library");
    world.practice(0, "For members", "network");
    world.practice(0, "For all", "public");
    world.settle();
    assert_eq!(world.titles(partner), ["For all", "For the library"]);
    assert_eq!(world.titles(1), ["For all", "For members"]);
    assert!(world.status(partner).complete);
    world.ask(0, Request::EndPartner { partner: "County Library".into() }).unwrap();
    world.practice(0, "Later", "public");
    world.settle();
    assert_eq!(world.titles(partner), ["For all", "For the library"], "an ended partner gets nothing new");
}

#[test]
fn narrowing_acts_forward_and_is_told() {
    let mut world = World::network(5, &["Riverside", "Hillside", "Lakeside"]);
    let doc = world.practice(0, "Draft rules", "network");
    world.settle();
    assert_eq!(world.titles(1), ["Draft rules"]);
    world.share(0, doc, "private");
    world.set(0, doc, &[("title", json!("Canary rules"))]).unwrap();
    world.settle();
    assert_eq!(world.titles(1), ["Draft rules"], "what was shared stays where it is");
    never_left(&world, 0, "Canary");
    // A newcomer hears nothing of it, also not from those who still have it.
    let late = world.node("Seaside");
    world.join(1, late);
    world.settle();
    assert!(world.titles(late).is_empty());
}

/// It was once refused as unknown, so that nobody could read the old history nor learn where the record went.
#[test]
fn a_record_that_was_shared_more_widely_can_still_be_looked_at_by_its_old_id() {
    let mut world = World::network(9, &["Riverside", "Hillside"]);
    let old = world.practice(0, "Walk to school", "private");
    let new = world.share(0, old, "network");
    let shown = world.show(0, old).unwrap();
    assert_eq!((shown.superseded_by, shown.summary.audience), (Some(new), "private"));
    assert_eq!(world.titles(0), ["Walk to school"], "a list has it once");
    world.settle();
    assert_eq!(world.show(1, new).unwrap().superseded_by, None);
    assert!(world.show(1, old).is_err());
}

#[test]
fn a_node_gets_only_what_it_asks_for() {
    let mut world = World::network(6, &["Riverside", "Hillside"]);
    let rule = protocol::subscription::Rule { kind: Some("training".into()), ..Default::default() };
    world.ask(1, Request::Subscribe { add: vec![rule.clone()], remove: vec![] }).unwrap();
    world.settle();
    world.practice(0, "A practice", "network");
    let training = json!({ "title": "A training", "summary": "Come and learn." });
    world.create(0, "training", training, "network");
    world.settle();
    assert_eq!(world.titles(1), ["A training"]);
    world.ask(1, Request::Subscribe { add: vec![], remove: vec![rule] }).unwrap();
    world.settle();
    assert_eq!(world.titles(1), ["A practice", "A training"]);
}

#[test]
fn only_the_owner_says_who_may_have_a_record() {
    let mut world = World::network(7, &["Riverside", "Hillside"]);
    let doc = world.practice(0, "Ours", "network");
    world.settle();
    let name = "Riverside".to_string();
    assert_eq!(world.set(1, doc, &[("title", json!("Theirs"))]).unwrap_err(), Refusal::NotEditor(name.clone()));
    let share = Request::Share { doc: doc.to_string(), audience: protocol::input::AudienceAsk::Public };
    assert_eq!(world.ask(1, share).unwrap_err(), Refusal::NotOwner(name.clone()));
    assert_eq!(world.ask(1, Request::Delete { doc: doc.to_string() }).unwrap_err(), Refusal::NotOwner(name));
}

/// With and without extra private work, the bytes to everybody else are the same.
#[test]
fn private_work_does_not_shift_a_single_byte_to_others() {
    let story = |private: bool| {
        let mut world = World::network(8, &["Riverside", "Hillside"]);
        for n in 0..20 {
            world.practice(0, &format!("Practice {n}"), "network");
            if private {
                // A coordinator's private work draws its own chance: the world's must not move with it.
                world.aside(|world| {
                    let doc = world.practice(0, &format!("Secret {n}"), "private");
                    world.set(0, doc, &[("problem", json!("Canary"))]).unwrap();
                });
            }
            world.settle();
        }
        world.heal();
        world.heard
    };
    assert_eq!(story(false), story(true));
}
