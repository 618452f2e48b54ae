//! Stories of records: people who write at the same time, newer and older nodes, forms that are not right yet.

mod convergence;
mod spelling;
mod unusual;

use super::*;
use crate::kinds::kind;
use serde_json::json;

const ANN: [u8; 16] = [1; 16];
const BEN: [u8; 16] = [2; 16];

fn practice() -> &'static Kind {
    kind("practice").unwrap()
}

fn food_night() -> Made {
    let value = json!({
        "title": "Food night",
        "summary": "Families eat together once a month.",
        "problem": "Families did not know each other.",
        "steps": [{"text": "Find a kitchen"}, {"text": "Ask the school"}],
        "topics": ["food", "families"],
    });
    create(practice(), &value, ANN, 1_000, [7; 16]).unwrap()
}

fn set(path: &str, value: Value) -> Edit {
    Edit::Set(vec![(path.to_owned(), value)])
}

/// An edit on what was last read of this document, which must change something.
fn change(of: &Made, actor: [u8; 16], seed: u8, wanted: &Edit) -> Made {
    edit(practice(), &of.snapshot, &of.heads, actor, 2_000, [seed; 16], wanted).unwrap().unwrap()
}

/// What everybody has when both edits have arrived: the second author's document with the first author's change.
fn together(one: &Made, other: &Made) -> Record {
    let mut doc = automerge::Automerge::load(&other.snapshot).unwrap();
    doc.load_incremental(&one.change).unwrap();
    read(practice(), &doc.save()).unwrap()
}

fn shown(made: &Made) -> Record {
    read(practice(), &made.snapshot).unwrap()
}

#[test]
fn a_practice_is_made_read_and_changed() {
    let made = food_night();
    let record = shown(&made);
    assert_eq!(record.value["title"], "Food night");
    assert_eq!(record.value["problem"], "Families did not know each other.");
    assert_eq!(record.value["topics"], json!(["families", "food"]));
    assert_eq!(record.value["steps"][1]["text"], "Ask the school");
    assert_eq!(record.value["outside_id"].as_str().unwrap().len(), 36);
    assert_eq!((record.conflicts.len(), record.bad.len(), record.unknown.len()), (0, 0, 0));
    assert_eq!(record.heads, made.heads);

    let mut form = record.value.clone();
    form["title"] = "Supper night".into();
    form["topics"] = json!(["food", "evenings"]);
    form.as_object_mut().unwrap().remove("problem");
    let changed = change(&made, BEN, 8, &Edit::Whole(form));
    let record = shown(&changed);
    assert_eq!(record.value["title"], "Supper night");
    assert_eq!(record.value["topics"], json!(["evenings", "food"]));
    assert_eq!(record.value["problem"], Value::Null);
    assert_eq!(record.value["summary"], "Families eat together once a month.");
    assert_eq!(changed.heads, [changed.hash]);
}

#[test]
fn the_change_is_an_uncompressed_chunk_of_the_actor_and_makes_the_document_again() {
    let made = food_night();
    assert_eq!(&made.change[..4], [0x85, 0x6f, 0x4a, 0x83]);
    assert_eq!(made.change[8], 1);
    let mut doc = automerge::Automerge::new();
    doc.load_incremental(&made.change).unwrap();
    assert_eq!(read(practice(), &doc.save()).unwrap(), shown(&made));
    let long = "A long story. ".repeat(400);
    let changed = change(&made, ANN, 9, &set("results", long.clone().into()));
    assert_eq!(changed.change[8], 1);
    assert!(changed.change.len() > long.len());
    let entries = history(practice(), &changed.snapshot).unwrap();
    assert!(entries.iter().all(|entry| entry.actor == ANN));
}

#[test]
fn nothing_is_written_when_nothing_changed() {
    let made = food_night();
    let seen = shown(&made).value;
    let edit_with = |wanted: Edit| edit(practice(), &made.snapshot, &made.heads, BEN, 3, [9; 16], &wanted).unwrap();
    assert!(edit_with(Edit::Whole(seen.clone())).is_none());
    assert!(edit_with(set("title", "Food night".into())).is_none());
    assert!(edit_with(Edit::Set(Vec::new())).is_none());
    // A file without ids and without what is not asked for says the same.
    let mut bare = items::without_ids(&seen);
    bare.as_object_mut().unwrap().remove("outside_id");
    assert!(edit_with(Edit::Whole(bare)).is_none());
    // Neither do spaces, line ends and empty fields that a browser adds.
    let mut form = seen;
    form["problem"] = "  Families did not know each other.\r\n".into();
    form["advice"] = "".into();
    form["materials"] = json!([]);
    assert!(edit_with(Edit::Whole(form)).is_none());
}

#[test]
fn a_form_keeps_what_it_does_not_ask_for() {
    let file = json!({"name": "flyer.pdf", "hash": "ab".repeat(32), "media_type": "application/pdf"});
    let made = change(&food_night(), ANN, 8, &set("attachments", json!([file])));
    let before = shown(&made).value;
    let form = json!({"title": "Supper night", "summary": "Families eat together."});
    let saved = change(&made, BEN, 9, &Edit::Whole(form));
    let record = shown(&saved);
    assert_eq!(record.value["attachments"], before["attachments"]);
    assert_eq!(record.value["outside_id"], before["outside_id"]);
    assert_eq!(record.value["steps"], Value::Null);
    // Said outright, it goes; the outside id stays whatever is said, since calendars know the record by it.
    let cleared = Edit::Set(vec![("attachments".into(), Value::Null), ("outside_id".into(), Value::Null)]);
    let record = shown(&change(&saved, BEN, 10, &cleared));
    assert_eq!(record.value["attachments"], Value::Null);
    assert_eq!(record.value["outside_id"], before["outside_id"]);
}

#[test]
fn two_people_edit_one_form_and_both_stay() {
    let made = food_night();
    let mut ann = shown(&made).value;
    let mut ben = ann.clone();
    ann["title"] = "Supper night".into();
    ann["problem"] = "Young families did not know each other.".into();
    ben["cost"] = "under_1000".into();
    ben["problem"] = "Families did not know each other, nor us.".into();
    let one = change(&made, ANN, 8, &Edit::Whole(ann));
    let other = change(&made, BEN, 9, &Edit::Whole(ben));
    let record = together(&one, &other);
    assert_eq!(record.value["title"], "Supper night");
    assert_eq!(record.value["cost"], "under_1000");
    assert_eq!(record.value["problem"], "Young families did not know each other, nor us.");
    assert_eq!(record.conflicts, []);
    assert_eq!(record.heads.len(), 2);
}

#[test]
fn a_text_that_was_empty_is_still_one_text() {
    let made = food_night();
    let one = change(&made, ANN, 8, &set("advice", "Start small.".into()));
    let other = change(&made, BEN, 9, &set("advice", "Ask first.".into()));
    let record = together(&one, &other);
    let advice = record.value["advice"].as_str().unwrap();
    assert!(advice.contains("Start small.") && advice.contains("Ask first."), "{advice}");
    assert_eq!(record.conflicts, []);
}

#[test]
fn two_values_at_once_are_both_shown_until_somebody_chooses() {
    let made = food_night();
    let one = change(&made, ANN, 8, &set("title", "Supper night".into()));
    let other = change(&made, BEN, 9, &set("title", "Soup night".into()));
    let mut doc = automerge::Automerge::load(&other.snapshot).unwrap();
    doc.load_incremental(&one.change).unwrap();
    let snapshot = doc.save();
    let record = read(practice(), &snapshot).unwrap();
    let [conflict] = &record.conflicts[..] else { panic!("{:?}", record.conflicts) };
    assert_eq!(conflict.field, "title");
    assert_eq!(conflict.values[0].0, record.value["title"]);
    let mut all = conflict.values.clone();
    all.sort_by_key(|(value, _)| value.to_string());
    assert_eq!(all, [("Soup night".into(), other.hash), ("Supper night".into(), one.hash)]);

    // A form that leaves the shown title alone chooses nothing.
    let mut form = record.value.clone();
    form["cost"] = "none".into();
    let still = edit(practice(), &snapshot, &record.heads, ANN, 3, [10; 16], &Edit::Whole(form)).unwrap().unwrap();
    assert_eq!(shown(&still).conflicts.len(), 1);
    // Choosing the shown one is a choice, and so is the other.
    for (value, _) in &conflict.values {
        let chosen = change(&still, ANN, 11, &set("title", value.clone()));
        assert_eq!((&shown(&chosen).value["title"], shown(&chosen).conflicts.len()), (value, 0));
    }
}

#[test]
fn two_who_mean_the_same_are_in_no_conflict() {
    let made = food_night();
    let one = change(&made, ANN, 8, &set("title", "Supper".into()));
    let other = change(&made, BEN, 9, &set("title", "Supper".into()));
    assert_eq!(together(&one, &other).conflicts, []);
}

#[test]
fn lists_and_sets_merge_entry_by_entry() {
    let made = food_night();
    let mut ann = shown(&made).value;
    let mut ben = ann.clone();
    // Ann adds a step between, and a topic; Ben removes the first step, changes the second, and swaps a topic.
    ann["steps"].as_array_mut().unwrap().insert(1, json!({"text": "Cook"}));
    ann["topics"] = json!(["food", "families", "joy"]);
    ben["steps"].as_array_mut().unwrap().remove(0);
    ben["steps"][0]["who"] = "The coordinator".into();
    ben["steps"].as_array_mut().unwrap().push(json!({"text": "Invite"}));
    ben["topics"] = json!(["families", "schools"]);
    let record = together(&change(&made, ANN, 8, &Edit::Whole(ann)), &change(&made, BEN, 9, &Edit::Whole(ben)));
    let steps = record.value["steps"].as_array().unwrap();
    let texts: Vec<_> = steps.iter().map(|step| step["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["Cook", "Ask the school", "Invite"]);
    assert_eq!(steps[1]["who"], "The coordinator");
    assert_eq!(record.value["topics"], json!(["families", "joy", "schools"]));
    assert_eq!((record.conflicts.len(), record.bad.len(), record.unknown.len()), (0, 0, 0));
}

#[test]
fn what_is_written_in_a_step_outlives_its_removal() {
    let made = food_night();
    let one = change(&made, ANN, 8, &set("steps[1]", Value::Null));
    let other = change(&made, BEN, 9, &set("steps[1].text", "Find a kitchen with a stove".into()));
    let record = together(&one, &other);
    let texts: Vec<_> = record.value["steps"].as_array().unwrap().iter().map(|step| &step["text"]).collect();
    assert_eq!(texts, ["Ask the school", "Find a kitchen with a stove"]);
}

#[test]
fn an_edit_on_an_old_form_keeps_what_came_since() {
    let made = food_night();
    let old = shown(&made);
    let since = change(&made, BEN, 8, &set("summary", "Everybody eats together once a month.".into()));
    let since = change(&since, BEN, 9, &set("cost", "none".into()));
    let mut form = old.value.clone();
    form["title"] = "Supper night".into();
    let late = edit(practice(), &since.snapshot, &old.heads, ANN, 5, [10; 16], &Edit::Whole(form)).unwrap().unwrap();
    assert_eq!(late.heads.len(), 2);
    let record = shown(&late);
    assert_eq!(record.value["title"], "Supper night");
    assert_eq!(record.value["summary"], "Everybody eats together once a month.");
    assert_eq!(record.value["cost"], "none");
    // The change names only the heads it was made on.
    let mut doc = automerge::Automerge::load(&made.snapshot).unwrap();
    doc.load_incremental(&late.change).unwrap();
    assert_eq!(doc.get_heads(), [automerge::ChangeHash(late.hash)]);
}

#[test]
fn an_actor_writes_only_on_its_own_last_change() {
    let made = food_night();
    let newer = change(&made, ANN, 8, &set("cost", "none".into()));
    let wanted = set("title", "Supper".into());
    let on = |heads: &[Hash], actor| edit(practice(), &newer.snapshot, heads, actor, 5, [9; 16], &wanted);
    assert_eq!(on(&made.heads, ANN).unwrap_err(), EditError::ActorBusy);
    assert!(on(&made.heads, BEN).is_ok());
    assert_eq!(on(&[[9; 32]], BEN).unwrap_err(), EditError::UnknownHeads);
}

#[test]
fn history_says_who_changed_what_when() {
    let made = food_night();
    let ids = shown(&made).value["steps"].clone();
    let second = edit(
        practice(),
        &made.snapshot,
        &made.heads,
        BEN,
        2_000,
        [8; 16],
        &Edit::Set(vec![
            ("title".into(), "Supper night".into()),
            ("steps[1].who".into(), "Ann".into()),
            ("confirmed.at".into(), "2026-03-01".into()),
        ]),
    )
    .unwrap()
    .unwrap();
    let third = change(&second, ANN, 9, &set("steps[2]", Value::Null));
    let entries = history(practice(), &third.snapshot).unwrap();
    assert_eq!(entries.iter().map(|entry| entry.actor).collect::<Vec<_>>(), [ANN, BEN, ANN]);
    assert_eq!(entries.iter().map(|entry| entry.at_s).collect::<Vec<_>>(), [1_000, 2_000, 2_000]);
    assert_eq!(entries.iter().map(|entry| entry.hash).collect::<Vec<_>>(), [made.hash, second.hash, third.hash]);
    assert!(entries[0].fields.contains(&("title".into(), Value::Null, "Food night".into())));
    assert_eq!(
        entries[1].fields,
        [
            ("title".into(), "Food night".into(), "Supper night".into()),
            ("steps[1].who".into(), Value::Null, "Ann".into()),
            ("confirmed.at".into(), Value::Null, "2026-03-01".into()),
        ]
    );
    assert_eq!(entries[2].fields, [("steps[2]".into(), ids[1].clone(), Value::Null)]);
}

/// "Families, children" was shown as JSON in a form, and whoever put it right by hand got two members out of it.
#[test]
fn members_with_commas_of_their_own_come_back_from_a_form_as_they_were() {
    for topics in [json!(["food", "housing"]), json!(["Families, children", "food"]), json!(["Ages 0, 1, and 2"])] {
        let value = json!({"title": "Supper", "topics": topics});
        let cells = form_cells(practice(), &value);
        let shown = &cells.iter().find(|(path, _)| path == "topics").unwrap().1;
        assert!(!shown.contains('['), "{shown}");
        let (back, _) = from_cells(practice(), cells.iter().map(|(path, text)| (path.as_str(), text.as_str())));
        assert_eq!(back["topics"], topics);
    }
    let typed = |text: &str| parse_field(practice(), "topics", text).unwrap();
    assert_eq!(typed("\"Families, children\"\n\nfood\n"), json!(["Families, children", "food"]));
    assert_eq!(typed("food, housing\nbread"), json!(["food", "housing", "bread"]), "somebody adds a line");
    assert_eq!(typed("the \"Bread\" club, 5\" pots,\"a"), json!(["the \"Bread\" club", "5\" pots", "\"a"]));
    assert_eq!(parse_field(practice(), "topics", "food, housing\n").unwrap(), json!(["food", "housing"]));
}
