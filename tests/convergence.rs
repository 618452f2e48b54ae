//! Nodes that may have the same records end with the same records, whatever the network did in between.

use harness::{promises::same_records, world::World};
use protocol::{
    format,
    limits::ROSTER_NODES,
    roster::Roster,
    signed::Signed,
    store::{Read, Table},
};
use serde_json::json;

#[test]
fn three_collaboratives_end_with_the_same_practices() {
    let mut world = World::network(1, &["Riverside", "Hillside", "Lakeside"]);
    world.practice(0, "Family dinners", "network");
    world.practice(1, "Warm line", "network");
    world.practice(2, "Ride share", "public");
    world.settle();
    for at in 0..3 {
        assert_eq!(world.titles(at), ["Family dinners", "Ride share", "Warm line"], "{}", world.nodes[at].name);
        assert!(world.status(at).complete, "{:?}", world.status(at));
    }
    same_records(&mut world, &[0, 1, 2]);
}

/// A machine was set up from a backup, wrote something, and was lost as well. The next one, from the same backup, knows
/// nothing of it: both lists of machines have the same number, and who comes with the lower one was turned away for good.
#[test]
fn a_second_machine_from_the_same_backup_is_let_in_and_what_the_first_wrote_counts() {
    for seed in 30..36 {
        let mut world = World::network(seed, &["Riverside", "Hillside", "Lakeside"]);
        world.practice(0, "Family dinners", "network");
        world.settle();
        let backup = world.backup(0);
        world.restore(0, backup.clone());
        world.settle();
        world.practice(0, "Ride share", "network");
        world.settle();
        world.restore(0, backup);
        world.settle();
        // It knocks again once it has heard of the other machine.
        world.redial();
        world.settle();
        assert!(world.linked(0, 1) && world.linked(0, 2), "seed {seed}");
        assert_eq!(world.titles(0), ["Family dinners", "Ride share"], "seed {seed}");
        world.practice(0, "Warm line", "network");
        world.settle();
        same_records(&mut world, &[0, 1, 2]);
        assert_eq!(world.titles(1).len(), 3);
    }
}

/// A list of machines holds sixteen. One that finds no room in it makes no list that everybody would refuse.
#[test]
fn more_machines_than_a_list_holds_leave_it_whole() {
    let mut world = World::network(36, &["Riverside", "Hillside"]);
    let backup = world.backup(0);
    for _ in 0..ROSTER_NODES + 2 {
        world.restore(0, backup.clone());
        world.settle();
        world.redial();
        world.settle();
        for at in 0..2 {
            for (_, row) in world.store(at).scan(Table::Roster, &[], &[], 9).unwrap() {
                let roster: Signed<Roster> = format::recall(&row, row.len()).unwrap();
                assert!(roster.recall().unwrap().is_sound(), "at node {at}");
            }
        }
    }
    world.practice(1, "Family dinners", "network");
    assert!(!world.linked(0, 1), "people retire one of them first");
}

#[test]
fn what_was_written_while_a_neighbor_was_away_arrives_when_it_returns() {
    let mut world = World::network(2, &["Riverside", "Hillside"]);
    world.cut(0, 1);
    for n in 0..300 {
        world.practice(0, &format!("Practice {n}"), "network");
    }
    assert!(world.titles(1).is_empty());
    world.heal();
    assert_eq!(world.titles(1).len(), 300);
    same_records(&mut world, &[0, 1]);
}

#[test]
fn a_reconnect_with_nothing_new_costs_a_few_small_messages() {
    let mut world = World::network(3, &["Riverside", "Hillside"]);
    for n in 0..200 {
        world.practice(0, &format!("Practice {n}"), "network");
    }
    world.settle();
    world.heard.clear();
    world.heal();
    let both: usize = world.heard.values().map(Vec::len).sum();
    assert!(both < 2_500, "{both} bytes for nothing new");
    world.practice(0, "One more", "network");
    world.heard.clear();
    world.heal();
    let both: usize = world.heard.values().map(Vec::len).sum();
    assert!(both < 6_000, "{both} bytes for one record");
}

#[test]
fn edits_of_one_practice_on_two_cut_off_nodes_merge() {
    let mut world = World::network(4, &["Riverside", "Hillside"]);
    let value = json!({ "title": "Family dinners", "summary": "We eat together.", "problem": "People eat alone." });
    let audience = protocol::input::AudienceAsk::Network;
    let editors = protocol::input::EditorsAsk::Members;
    let request = protocol::input::Request::Create { kind: "practice".into(), value, audience, editors };
    let protocol::view::Answer::Id { id: doc } = world.ask(0, request).unwrap() else { panic!("no id") };
    world.settle();
    world.cut(0, 1);
    world.set(0, doc, &[("problem", json!("Many people eat alone."))]).unwrap();
    world.set(1, doc, &[("problem", json!("People eat alone in winter."))]).unwrap();
    world.set(0, doc, &[("title", json!("Thursday dinners"))]).unwrap();
    world.set(1, doc, &[("title", json!("Sunday dinners"))]).unwrap();
    world.heal();
    same_records(&mut world, &[0, 1]);
    let record = world.show(0, doc).unwrap();
    assert_eq!(record.fields["problem"], "Many people eat alone in winter.");
    assert_eq!(record.conflicts.len(), 1, "{:?}", record.conflicts);
    assert_eq!(record.conflicts[0].field, "title");
    let mut values: Vec<String> =
        record.conflicts[0].values.iter().map(|v| format!("{} by {}", v.value, v.by)).collect();
    values.sort();
    assert_eq!(values, [r#""Sunday dinners" by Hillside"#, r#""Thursday dinners" by Riverside"#]);
    world.set(1, doc, &[("title", json!("Family dinners twice a week"))]).unwrap();
    world.settle();
    assert!(world.show(0, doc).unwrap().conflicts.is_empty());
    same_records(&mut world, &[0, 1]);
}

#[test]
fn two_colleagues_save_the_same_stale_form_and_both_edits_stand() {
    let mut world = World::network(5, &["Riverside", "Hillside"]);
    let doc = world.practice(0, "Warm line", "network");
    let heads: Vec<[u8; 32]> = world.show(0, doc).unwrap().heads.iter().map(|h| h.0).collect();
    world.set_at(0, doc, heads.clone(), &[("title", json!("Warm line by phone"))]).unwrap();
    world.set_at(0, doc, heads.clone(), &[("summary", json!("Somebody to talk to."))]).unwrap();
    world.set_at(0, doc, heads, &[("title", json!("Warm line at night"))]).unwrap();
    world.settle();
    for at in 0..2 {
        let record = world.show(at, doc).unwrap();
        assert_eq!(record.fields["summary"], "Somebody to talk to.");
        assert_eq!(record.conflicts.len(), 1);
        assert_eq!(record.conflicts[0].values.len(), 2);
        assert_eq!(record.history.unwrap().len(), 4);
    }
}

#[test]
fn an_edit_relayed_by_a_third_is_believed() {
    let mut world = World::network(6, &["Riverside", "Hillside", "Lakeside"]);
    world.cut(1, 2);
    let doc = world.practice(1, "Ride share", "network");
    world.settle();
    let record = world.show(2, doc).unwrap();
    assert_eq!(record.summary.owner_name, "Hillside");
    same_records(&mut world, &[0, 1, 2]);
}

#[test]
fn a_deleted_record_is_gone_everywhere() {
    let mut world = World::network(7, &["Riverside", "Hillside"]);
    let doc = world.practice(0, "Old habit", "network");
    world.settle();
    world.ask(0, protocol::input::Request::Delete { doc: doc.to_string() }).unwrap();
    world.settle();
    for at in 0..2 {
        assert!(world.titles(at).is_empty());
        assert_eq!(world.show(at, doc).unwrap_err(), protocol::refusal::Refusal::Deleted);
        let kept = protocol::store::Read::scan(world.store(at), protocol::store::Table::Payload, &doc.0, &doc.0, 9);
        assert!(kept.unwrap().is_empty(), "payloads are purged");
    }
}

/// Random edits, cuts and restarts; then everything heals and everybody agrees.
fn weather(seed: u64) {
    let mut world = World::network(seed, &["Riverside", "Hillside", "Lakeside", "Seaside"]);
    let mut docs = vec![];
    for n in 0..60 {
        let at = world.roll(4) as usize;
        match world.roll(10) {
            0..=2 => {
                let value = json!({ "title": format!("Practice {n}"), "summary": "What we do." });
                let audience = protocol::input::AudienceAsk::Network;
                let editors = protocol::input::EditorsAsk::Members;
                let request = protocol::input::Request::Create { kind: "practice".into(), value, audience, editors };
                let protocol::view::Answer::Id { id } = world.ask(at, request).unwrap() else { panic!("no id") };
                docs.push(id);
            }
            3..=6 if !docs.is_empty() => {
                let doc = docs[world.roll(docs.len() as u64) as usize];
                let field = ["title", "summary", "problem"][world.roll(3) as usize];
                // It may not have arrived there yet.
                let _ = world.set(at, doc, &[(field, json!(format!("text {n} of {at}")))]);
            }
            7 => {
                let other = world.roll(4) as usize;
                world.cut(at, other);
            }
            8 => world.restart(at),
            _ => {}
        }
        for _ in 0..world.roll(30) {
            world.step();
        }
    }
    world.heal();
    world.heal();
    same_records(&mut world, &[0, 1, 2, 3]);
    assert_eq!(world.list(0).len(), docs.len(), "nothing is lost");
}

#[test]
fn whatever_the_weather_everybody_agrees_in_the_end() {
    for seed in 100..120 {
        weather(seed);
    }
}

#[test]
fn a_copied_home_is_noticed_and_nobody_is_harmed() {
    let mut world = World::network(8, &["Riverside", "Hillside"]);
    let doc = world.practice(0, "Ours", "network");
    world.settle();
    // Somebody copies Riverside's folder to a second machine and both go on writing.
    let copy = world.copy_of(0);
    world.set(0, doc, &[("title", json!("Ours, edited here"))]).unwrap();
    world.settle();
    world.cut(0, copy);
    world.set(copy, doc, &[("title", json!("Ours, edited there"))]).unwrap();
    world.unlink(0, 1);
    world.link(copy, 1);
    world.settle();
    assert_eq!(world.show(1, doc).unwrap().fields["title"], "Ours", "past the fork neither branch counts");
    assert_eq!(world.set(copy, doc, &[("title", json!("Again"))]).unwrap_err(), protocol::refusal::Refusal::Copied);
    world.unlink(copy, 1);
    world.link(0, 1);
    world.settle();
    assert_eq!(world.show(0, doc).unwrap().fields["title"], "Ours");
    same_records(&mut world, &[0, 1]);
}
