//! What other nodes may have written: newer fields, values that do not fit, texts where none should be.

use super::*;
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{Automerge, ObjType, ROOT};

/// The document after another program has written in it.
fn meddled(made: &Made, meddle: impl FnOnce(&mut automerge::transaction::Transaction<'_>)) -> Made {
    let mut doc = Automerge::load(&made.snapshot).unwrap();
    doc.set_actor([9; 16].into());
    let mut tx = doc.transaction();
    meddle(&mut tx);
    tx.commit_with(CommitOptions::default());
    Made { snapshot: doc.save(), heads: doc.get_heads().iter().map(|head| head.0).collect(), ..made.clone() }
}

fn step_key(made: &Made, at: usize, name: &str) -> String {
    format!("steps/{}/{name}", shown(made).value["steps"][at]["id"].as_str().unwrap())
}

#[test]
fn what_a_newer_node_wrote_survives_every_edit() {
    let made = food_night();
    let in_step = step_key(&made, 0, "mood");
    let newer = meddled(&made, |tx| {
        tx.put(ROOT, "weather", "sunny").unwrap();
        tx.put(ROOT, &in_step, 5).unwrap();
        tx.put(ROOT, "engagement", "stewardship").unwrap();
        let map = tx.put_object(ROOT, "nested", ObjType::Map).unwrap();
        let text = tx.put_object(&map, "story", ObjType::Text).unwrap();
        tx.splice_text(&text, 0, 0, "once").unwrap();
        let list = tx.put_object(&map, "all", ObjType::List).unwrap();
        tx.insert(&list, 0, true).unwrap();
    });
    let record = shown(&newer);
    let expected = json!({
        "weather": "sunny", in_step.as_str(): 5, "engagement": "stewardship",
        "nested": {"story": "once", "all": [true]},
    });
    assert_eq!(json!(record.unknown), expected);
    assert_eq!(record.bad, ["engagement"]);

    let mut form = record.value.clone();
    form["title"] = "Supper night".into();
    form["steps"].as_array_mut().unwrap().reverse();
    let edited = change(&newer, ANN, 8, &Edit::Whole(form));
    assert_eq!(json!(shown(&edited).unknown), expected);
    let steps = shown(&edited).value["steps"].clone();
    let edited = change(&edited, ANN, 9, &set("steps", json!([{"text": "New"}, steps[0], steps[1]])));
    assert_eq!(json!(shown(&edited).unknown), expected);

    // Removing the step removes what was in it; choosing another level replaces the one we did not know.
    let first = record.value["steps"][0]["id"].as_str().unwrap();
    let edited = change(&edited, ANN, 10, &set(&format!("steps[{first}]"), Value::Null));
    assert_eq!(shown(&edited).unknown.get(&in_step), None);
    let edited = change(&edited, ANN, 11, &set("engagement", "voice".into()));
    assert_eq!((shown(&edited).value["engagement"].clone(), shown(&edited).bad.len()), ("voice".into(), 0));
}

#[test]
fn one_bad_field_leaves_the_others_readable() {
    let made = food_night();
    let bad = meddled(&made, |tx| {
        tx.put(ROOT, "title", true).unwrap();
        tx.put(ROOT, "review_by", "soon").unwrap();
        tx.put(ROOT, "source_url", "javascript:alert(1)").unwrap();
        tx.put(ROOT, "topics/\u{7}", true).unwrap();
        tx.put(ROOT, "steps/not an id/text", "x").unwrap();
        tx.put(ROOT, "steps//text", "x").unwrap();
        tx.put(ROOT, "cost", ()).unwrap();
        tx.put(ROOT, "language", vec![1, 2]).unwrap();
        tx.put_object(ROOT, "licence", ObjType::List).unwrap();
        tx.put(ROOT, "results", "not a text object").unwrap();
        tx.put(ROOT, "attribution", f64::NAN).unwrap();
    });
    let record = shown(&bad);
    let mut fields = record.bad.clone();
    fields.sort();
    assert_eq!(fields, ["attribution", "language", "licence", "review_by", "source_url", "title", "topics"]);
    assert_eq!(record.value["results"], "not a text object");
    assert_eq!(record.value["problem"], "Families did not know each other.");
    assert_eq!(record.unknown["source_url"], "javascript:alert(1)");

    // The form has no title to show; a person gives one, and the rest stays as it was.
    let mut form = record.value.clone();
    form["title"] = "Food night".into();
    form["results"] = "A text of our own".into();
    let repaired = shown(&change(&bad, ANN, 8, &Edit::Whole(form)));
    assert_eq!(repaired.value["title"], "Food night");
    assert_eq!(repaired.value["results"], "A text of our own");
    assert_eq!(repaired.bad.len(), record.bad.len() - 1);
    let cleared = shown(&change(
        &bad,
        ANN,
        9,
        &Edit::Set(vec![("source_url".into(), Value::Null), ("title".into(), "Food night".into())]),
    ));
    assert!(!cleared.unknown.contains_key("source_url") && !cleared.bad.contains(&"source_url".to_owned()));
}

#[test]
fn a_text_that_two_made_at_once_is_a_choice_to_make() {
    // A kind that learns a text field later has records without it.
    let made = meddled(&food_night(), |tx| tx.delete(ROOT, "advice").unwrap());
    let one = change(&made, ANN, 8, &set("advice", "Start small.".into()));
    let other = change(&made, BEN, 9, &set("advice", "Ask first.".into()));
    let mut doc = Automerge::load(&other.snapshot).unwrap();
    doc.load_incremental(&one.change).unwrap();
    let both = Made { snapshot: doc.save(), heads: doc.get_heads().iter().map(|head| head.0).collect(), ..one };
    let record = shown(&both);
    assert_eq!(record.conflicts.len(), 1);
    assert_eq!(record.conflicts[0].values.len(), 2);
    for (text, _) in &record.conflicts[0].values {
        let settled = shown(&change(&both, ANN, 10, &set("advice", text.clone())));
        assert_eq!((&settled.value["advice"], settled.conflicts.len()), (text, 0));
    }
}

#[test]
fn text_is_counted_in_characters_everywhere() {
    let made = food_night();
    let one = change(&made, ANN, 8, &set("advice", "👩‍👩‍👧 e\u{301}té — ça va 🎉 fin".into()));
    let mut form = shown(&one).value;
    let advice = form["advice"].as_str().unwrap().replace("fin", "end");
    form["advice"] = advice.clone().into();
    let two = change(&one, ANN, 9, &Edit::Whole(form));
    assert_eq!(shown(&two).value["advice"], advice);
    assert!(two.change.len() < 200, "only three letters travel, not {} bytes", two.change.len());
}

#[test]
fn a_long_text_written_anew_is_replaced_without_a_long_wait() {
    let made = food_night();
    let first: String = (0..7_000).map(|n| char::from(b'a' + (n * 7 % 26) as u8)).collect();
    let second: String = (0..7_000).map(|n| char::from(b'a' + (n * n % 25) as u8)).collect();
    let one = change(&made, ANN, 8, &set("advice", first.into()));
    let two = change(&one, ANN, 9, &set("advice", second.clone().into()));
    assert_eq!(shown(&two).value["advice"], second);
}

#[test]
fn bytes_that_are_no_document_are_an_error() {
    assert_eq!(read(practice(), b"nothing"), Err(ReadError));
    assert_eq!(history(practice(), b"").unwrap_or_default(), []);
    let lost = edit(practice(), b"nothing", &[], ANN, 0, [0; 16], &set("title", "x".into()));
    assert_eq!(lost.unwrap_err(), EditError::Unreadable(ReadError));
}
