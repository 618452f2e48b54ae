//! What is private stays, what is for a partner goes to that partner, and nobody hears of the rest.

use harness::{promises::never_left, world::World};
use protocol::{
    identity::{DocId, Hash, Keys},
    input::{AudienceAsk, EditorsAsk, Request},
    refusal::Refusal,
    store::{Read, Table},
    subscription::Rule,
    view::{Answer, ReachedView},
};
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

/// A third neighbor told Hillside first that the record was withdrawn, and then its owner that Hillside is named: what
/// Hillside wrote after that never came back.
#[test]
fn who_is_named_when_a_record_is_narrowed_works_on_with_its_owner() {
    let mut world = World::network(11, &["Riverside", "Hillside", "Lakeside"]);
    let doc = world.practice(0, "Draft rules", "network");
    world.ask(0, Request::LetEdit { doc: doc.to_string(), editors: EditorsAsk::Members }).unwrap();
    world.settle();
    world.cut(0, 1);
    let audience = AudienceAsk::Partners(vec!["Hillside".into()]);
    world.ask(0, Request::Share { doc: doc.to_string(), audience, heads: vec![] }).unwrap();
    world.settle();
    world.heal();
    world.set(1, doc, &[("title", json!("Our rules"))]).unwrap();
    world.settle();
    assert_eq!((world.titles(0), world.titles(2)), (vec!["Our rules".to_string()], vec!["Draft rules".to_string()]));
}

/// Riverside's two machines do not hear of each other: one narrows a record, the other says something else of it, and both
/// words have the same number. Who was told the first must not pass the record on for the second.
#[test]
fn what_one_machine_narrowed_does_not_go_round_again_for_what_the_other_says() {
    let mut world = World::network(14, &["Riverside", "Hillside", "Lakeside", "Seaside"]);
    (0..3).for_each(|at| world.cut(at, 3));
    let doc = world.practice(0, "Draft rules", "network");
    world.settle();
    let member = world.keys(0).member().to_bytes();
    let other = world.node_with("Riverside", Keys::new(member, Hash::of(b"other machine").0));
    world.cut(other, 3);
    world.join(1, other);
    world.redial();
    world.settle();
    (1..=other).for_each(|at| world.cut(0, at));
    let audience = AudienceAsk::Partners(vec!["Hillside".into()]);
    world.ask(other, Request::Share { doc: doc.to_string(), audience, heads: vec![] }).unwrap();
    world.ask(0, Request::LetEdit { doc: doc.to_string(), editors: EditorsAsk::Members }).unwrap();
    world.settle();
    world.mend(0, 2);
    world.settle();
    let end = world.store(2).get(Table::Withdrawn, &doc.0).unwrap();
    assert!(end.is_some(), "Lakeside was told that it has it no more");
    // Seaside hears of it from Lakeside alone, if at all.
    world.mend(2, 3);
    world.settle();
    assert!(world.linked(2, 3) && world.titles(3).is_empty(), "{:?}", world.titles(3));
}

#[test]
fn what_others_change_in_ones_own_record_comes_whatever_one_asks_for() {
    let mut world = World::network(12, &["Riverside", "Hillside"]);
    let doc = world.practice(0, "Walk to school", "network");
    world.ask(0, Request::LetEdit { doc: doc.to_string(), editors: EditorsAsk::Members }).unwrap();
    let rule = Rule { kind: Some("training".into()), ..Rule::default() };
    world.ask(0, Request::Subscribe { add: vec![rule], remove: vec![] }).unwrap();
    world.settle();
    world.practice(1, "Not asked for", "network");
    world.set(1, doc, &[("title", json!("Ride to school"))]).unwrap();
    world.settle();
    assert_eq!(world.titles(0), ["Ride to school"]);
    // Also where both find out by comparing.
    world.cut(0, 1);
    world.set(1, doc, &[("title", json!("Run to school"))]).unwrap();
    let rule = Rule { kind: Some("lesson".into()), ..Rule::default() };
    world.ask(0, Request::Subscribe { add: vec![rule], remove: vec![] }).unwrap();
    world.heal();
    assert_eq!(world.titles(0), ["Run to school"]);
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
    let share = Request::Share { doc: doc.to_string(), audience: protocol::input::AudienceAsk::Public, heads: vec![] };
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

fn heads(world: &mut World, at: usize, doc: DocId) -> Vec<[u8; 32]> {
    world.show(at, doc).unwrap().heads.iter().map(|head| head.0).collect()
}

/// A wider audience was once given the answer that happened to be shown, and the other was lost without a word.
#[test]
fn nothing_is_shared_more_widely_while_two_answers_wait_to_be_chosen() {
    let mut world = World::network(10, &["Riverside", "Hillside"]);
    let doc = world.practice(0, "Warm line", "private");
    let read = heads(&mut world, 0, doc);
    for cost in ["none", "under_1000"] {
        world.set_at(0, doc, read.clone(), &[("cost", json!(cost))]).unwrap();
    }
    let share = Request::Share { doc: doc.to_string(), audience: AudienceAsk::Network, heads: vec![] };
    assert_eq!(world.ask(0, share.clone()).unwrap_err(), Refusal::Undecided("cost".into()));
    assert_eq!(world.show(0, doc).unwrap().conflicts[0].values.len(), 2, "both are still there");
    world.set(0, doc, &[("cost", json!("none"))]).unwrap();
    assert!(world.ask(0, share).is_ok());
}

/// Riverside looked at its record, a colleague changed it meanwhile, and what nobody had read went to everybody.
#[test]
fn nobody_more_sees_what_its_owner_has_not_read() {
    let mut world = World::network(11, &["Riverside", "Hillside"]);
    let doc = world.practice(0, "Warm line", "private");
    let read = heads(&mut world, 0, doc);
    world.set(0, doc, &[("problem", json!("Canary of a client"))]).unwrap();
    let share = |heads| Request::Share { doc: doc.to_string(), audience: AudienceAsk::Network, heads };
    assert_eq!(world.ask(0, share(read)).unwrap_err(), Refusal::StaleHeads);
    world.settle();
    never_left(&world, 0, "Canary");
    world.set(0, doc, &[("problem", json!("Nights are long."))]).unwrap();
    let read = heads(&mut world, 0, doc);
    assert!(world.ask(0, share(read)).is_ok());
}

/// Bringing a version back once set also what a colleague had written since the page was read.
#[test]
fn an_earlier_version_comes_back_on_what_was_read() {
    let mut world = World::network(12, &["Riverside", "Hillside"]);
    let doc = world.practice(0, "Warm line", "network");
    let first = world.show(0, doc).unwrap().history.unwrap()[0].change;
    world.set(0, doc, &[("title", json!("Cold line"))]).unwrap();
    let read = heads(&mut world, 0, doc);
    world.set(0, doc, &[("problem", json!("Nights are long."))]).unwrap();
    let restore = |heads| Request::Restore { doc: doc.to_string(), change: first.to_string(), heads };
    world.ask(0, restore(read)).unwrap();
    let now = world.show(0, doc).unwrap().fields;
    assert_eq!((now["title"].as_str(), now["problem"].as_str()), (Some("Warm line"), Some("Nights are long.")));
    assert_eq!(world.ask(0, restore(vec![[9; 32]])).unwrap_err(), Refusal::StaleHeads);
    world.ask(0, restore(vec![])).unwrap();
    assert_eq!(world.show(0, doc).unwrap().fields["problem"].as_str().unwrap_or_default(), "");
}

/// Choosing the answer that was shown anyway could be "taken back", which was said to have worked and changed nothing.
#[test]
fn a_choice_between_two_answers_is_not_said_to_be_taken_back() {
    let mut world = World::network(13, &["Riverside", "Hillside"]);
    let doc = world.practice(0, "Warm line", "network");
    let first = world.show(0, doc).unwrap().history.unwrap()[0].change;
    let undo = |world: &mut World| {
        let change = world.show(0, doc).unwrap().heads[0].to_string();
        world.ask(0, Request::Undo { doc: doc.to_string(), change })
    };
    for round in 0..3 {
        let read = heads(&mut world, 0, doc);
        for who in ["one", "two"] {
            world.set_at(0, doc, read.clone(), &[("title", json!(format!("{who} {round}")))]).unwrap();
        }
        let both = world.show(0, doc).unwrap();
        match round {
            2 => {
                let change = first.to_string();
                world.ask(0, Request::Restore { doc: doc.to_string(), change, heads: vec![] }).unwrap();
            }
            other => {
                world.set(0, doc, &[("title", both.conflicts[0].values[other].value.clone())]).unwrap();
            }
        }
        assert_eq!(undo(&mut world).unwrap_err(), Refusal::NothingToTakeBack, "{round}");
    }
    world.set(0, doc, &[("title", json!("Cold line"))]).unwrap();
    undo(&mut world).unwrap();
    assert_eq!(world.show(0, doc).unwrap().fields["title"], "Warm line");
}

/// Who never asked for it was once waited for without end, and who is blocked and has it was not spoken of.
#[test]
fn of_a_deletion_those_are_told_of_who_were_given_the_record() {
    let mut world = World::network(14, &["Riverside", "Hillside", "Lakeside", "Seaside"]);
    let rule = protocol::subscription::Rule { kind: Some("training".into()), ..Default::default() };
    world.ask(2, Request::Subscribe { add: vec![rule], remove: vec![] }).unwrap();
    world.settle();
    let doc = world.practice(0, "Warm line", "network");
    world.settle();
    assert!(world.titles(2).is_empty() && world.titles(3) == ["Warm line"]);
    world.ask(0, Request::Block { member: "Seaside".into() }).unwrap();
    world.settle();
    world.cut(0, 1);
    world.ask(0, Request::Delete { doc: doc.to_string() }).unwrap();
    world.settle();
    let told = |world: &mut World| match world.ask(0, Request::Reached { doc: doc.to_string() }).unwrap() {
        Answer::Reached { members } => {
            let mut told: Vec<_> =
                members.into_iter().map(|ReachedView { name, reached, blocked }| (name, reached, blocked)).collect();
            told.sort();
            told
        }
        other => panic!("{other:?}"),
    };
    let seaside = ("Seaside".to_owned(), false, true);
    assert_eq!(told(&mut world), [("Hillside".to_owned(), false, false), seaside.clone()]);
    world.mend(0, 1);
    world.settle();
    assert_eq!(told(&mut world), [("Hillside".to_owned(), true, false), seaside]);
}
