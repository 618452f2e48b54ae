//! While a peer gives much, the gate's trials follow behind: nothing is shown or passed on before its own, and no stop in
//! between loses one.

use harness::world::World;
use protocol::{identity::DocId, input::Request};
use serde_json::json;

const HOUR_MS: u64 = 3_600_000;
/// More than come alone, and more than are tried at once.
const PRACTICES: usize = 150;

/// Riverside has many practices, and Hillside is about to hear of them; Cedar Hills hears of them from Hillside alone.
/// Trials take up to an hour.
fn far_apart(seed: u64) -> (World, Vec<DocId>) {
    let mut world = World::network(seed, &["Riverside", "Hillside", "Cedar Hills"]);
    world.cut(0, 1);
    world.cut(0, 2);
    let docs = (0..PRACTICES).map(|n| world.practice(0, &format!("Practice {n}"), "network")).collect();
    world.weather().trial_ms = HOUR_MS;
    world.mend(0, 1);
    (world, docs)
}

#[test]
fn before_its_trial_a_record_is_kept_and_neither_shown_nor_passed_on() {
    let (mut world, _) = far_apart(1);
    world.settle_for(HOUR_MS / 2);
    let shown = world.titles(1).len();
    assert!(shown < PRACTICES, "{shown} are shown, though half of the trials take longer");
    let status = world.status(1);
    assert_eq!((status.complete, status.records), (false, shown), "what waits for its trial is still on its way");
    assert_eq!(world.titles(2).len(), shown, "only what was tried is passed on");
    // The giver need not be there any more: all of it was kept.
    world.cut(0, 1);
    world.settle();
    assert_eq!((world.titles(1).len(), world.titles(2).len()), (PRACTICES, PRACTICES));
    assert!(world.status(1).complete);
}

#[test]
fn a_stop_in_between_loses_no_trial() {
    let (mut world, _) = far_apart(2);
    world.settle_for(1_000);
    world.cut(0, 1);
    assert!(world.titles(1).len() < PRACTICES / 2);
    world.crash(1);
    world.settle();
    assert_eq!(world.titles(1).len(), PRACTICES);
}

#[test]
fn what_changes_while_its_trial_is_made_is_tried_as_it_is_then() {
    let (mut world, docs) = far_apart(3);
    world.settle_for(1_000);
    for doc in &docs {
        world.set(0, *doc, &[("title", json!("Changed meanwhile"))]).unwrap();
    }
    world.ask(0, Request::Delete { doc: docs[0].to_string() }).unwrap();
    world.settle();
    assert_eq!(world.titles(1), vec!["Changed meanwhile"; PRACTICES - 1]);
    assert!(world.status(1).complete);
}
