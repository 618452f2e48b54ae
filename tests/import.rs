//! What comes from files: found again by its source and id there, changed only where the file speaks, refused one by one.

use harness::world::World;
use protocol::{
    input::{AudienceAsk, Incoming, Request},
    view::{Answer, ImportedView, Outcome},
};
use serde_json::{Value, json};

fn service(id: Option<&str>, fields: Value) -> Incoming {
    let fields = fields.as_object().unwrap().clone().into_iter().collect();
    Incoming { kind: "service".into(), source: Some("211".into()), outside_id: id.map(Into::into), fields }
}

fn import_for(world: &mut World, at: usize, records: Vec<Incoming>, audience: AudienceAsk) -> Vec<ImportedView> {
    match world.ask(at, Request::Import { records, audience, dry_run: false }).unwrap() {
        Answer::Imported { records } => records,
        other => panic!("{other:?}"),
    }
}

fn import(world: &mut World, at: usize, records: Vec<Incoming>) -> Vec<ImportedView> {
    import_for(world, at, records, AudienceAsk::Private)
}

fn outcomes(views: &[ImportedView]) -> Vec<Outcome> {
    views.iter().map(|view| view.outcome).collect()
}

fn pantry(id: Option<&str>, name: &str) -> Incoming {
    service(id, json!({"name": name, "status": "active", "email": "a@example.org"}))
}

#[test]
fn importing_twice_changes_nothing_and_a_changed_row_one_record() {
    let mut world = World::network(40, &["Riverside"]);
    let rows = || vec![pantry(Some("1"), "Pantry"), pantry(Some("2"), "Clothes"), pantry(None, "Rides")];
    let first = import(&mut world, 0, rows());
    assert_eq!(outcomes(&first), [Outcome::Created; 3]);
    let again = import(&mut world, 0, rows());
    assert_eq!(outcomes(&again), [Outcome::Unchanged; 3]);
    assert_eq!(again.iter().map(|v| v.id).collect::<Vec<_>>(), first.iter().map(|v| v.id).collect::<Vec<_>>());
    let mut changed = rows();
    changed[1].fields.retain(|(name, _)| name != "email");
    changed[1].fields.push(("phones[1].number".into(), json!("211")));
    let third = import(&mut world, 0, changed);
    assert_eq!(outcomes(&third), [Outcome::Unchanged, Outcome::Changed, Outcome::Unchanged]);
    assert_eq!(third[1].fields, ["phones"]);
    let record = world.show(0, third[1].id.unwrap()).unwrap();
    assert_eq!(record.fields["email"], "a@example.org", "what the file does not speak of stays");
}

#[test]
fn a_bad_row_is_refused_alone_and_a_dry_run_writes_nothing() {
    let mut world = World::network(41, &["Riverside"]);
    let rows = || vec![pantry(Some("1"), "Pantry"), service(Some("2"), json!({"name": "Bad", "status": "closed"}))];
    let dry = Request::Import { records: rows(), audience: AudienceAsk::Network, dry_run: true };
    let Ok(Answer::Imported { records }) = world.ask(0, dry) else { panic!("no answer") };
    assert_eq!(outcomes(&records), [Outcome::Refused; 2], "what others are to see must be whole");
    assert!(world.titles(0).is_empty());
    let done = import(&mut world, 0, rows());
    assert_eq!(outcomes(&done), [Outcome::Created, Outcome::Refused]);
    assert_eq!(done[1].problems[0].field, "status");
    assert_eq!(world.titles(0), ["Pantry"]);
}

#[test]
fn what_was_renamed_shared_or_deleted_is_found_or_made_anew() {
    let mut world = World::network(42, &["Riverside", "Hillside"]);
    let whole = json!({"name": "Pantry", "status": "active", "description": "Food.", "organization_id": "o1"});
    let row = || vec![service(Some("1"), whole.clone())];
    let made = import(&mut world, 0, row())[0].id.unwrap();
    let shared = world.share(0, made, "network");
    assert_eq!(import(&mut world, 0, row())[0].id, Some(shared), "the old one gave way to the new");
    world.settle();
    assert_eq!(
        outcomes(&import(&mut world, 1, row())),
        [Outcome::Created],
        "a neighbor's record is not ours to change"
    );
    world.set(0, shared, &[("outside_id", json!("9"))]).unwrap();
    assert_eq!(outcomes(&import(&mut world, 0, row())), [Outcome::Created], "now it is somebody else's");
    let nine = world.show(0, shared).unwrap().fields["outside_id"].clone();
    assert_eq!(nine, "9");
    world.ask(0, Request::Delete { doc: shared.to_string() }).unwrap();
    let nine = vec![service(Some("9"), whole.clone())];
    assert_eq!(outcomes(&import_for(&mut world, 0, nine, AudienceAsk::Network)), [Outcome::Created]);
}

#[test]
fn rows_alike_in_title_need_an_id() {
    let mut world = World::network(43, &["Riverside"]);
    import(&mut world, 0, vec![pantry(Some("1"), "Pantry"), pantry(Some("2"), "Pantry")]);
    let done = import(&mut world, 0, vec![pantry(None, " PÁNTRY ")]);
    assert_eq!(outcomes(&done), [Outcome::Refused]);
    assert!(done[0].problems[0].message.contains("outside_id"), "{:?}", done[0].problems);
}

#[test]
fn three_hundred_rows_in_one_request_are_all_found_again() {
    let mut world = World::network(44, &["Riverside"]);
    let rows = |count: usize| (0..count).map(|n| pantry(Some(&n.to_string()), &format!("Pantry {n}"))).collect();
    assert_eq!(import(&mut world, 0, rows(300)).len(), 300);
    assert!(outcomes(&import(&mut world, 0, rows(300))).iter().all(|outcome| *outcome == Outcome::Unchanged));
}
