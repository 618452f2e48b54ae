//! A record as it stood after one of its changes, and the way back there. Going back is an edit like any other: what was
//! written since stays in the history, and nothing is lost.

use super::history::{actor, differences, value_at};
use super::read::assemble;
use super::shape::Kind;
use super::state::{load, state};
use super::{Hash, ReadError};
use automerge::ChangeHash;
use serde_json::{Map, Value};

/// A record as who made a change saw it, just before and just after.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// The change.
    pub hash: Hash,
    /// Who made it: the actor that belongs to a node, a document and a lane.
    pub actor: [u8; 16],
    /// When its author's clock said it was made, in seconds since 1970. For display only.
    pub at_s: i64,
    /// The fields it was made on; empty before the first change.
    pub before: Value,
    /// The fields it left behind.
    pub value: Value,
    /// The fields that had several values before it and one after it.
    pub settled: Vec<String>,
}

/// The record as it stood right after this change; nothing where it has no such change.
pub fn version(kind: &Kind, snapshot: &[u8], change: &Hash) -> Result<Option<Version>, ReadError> {
    let doc = load(snapshot)?;
    let found = doc.get_changes_meta(&[]).into_iter().find(|meta| meta.hash.0 == *change);
    let open = |heads: &[ChangeHash]| -> Vec<String> {
        let conflicts = assemble(kind, &state(&doc, Some(heads))).conflicts;
        conflicts.into_iter().map(|conflict| conflict.field).collect()
    };
    Ok(found.map(|meta| Version {
        settled: match open(&meta.deps) {
            had if had.is_empty() => had,
            had => {
                let left = open(&[meta.hash]);
                had.into_iter().filter(|field| !left.contains(field)).collect()
            }
        },
        hash: meta.hash.0,
        actor: actor(&meta.actor),
        at_s: meta.timestamp,
        before: value_at(kind, &doc, &meta.deps).into(),
        value: value_at(kind, &doc, &[meta.hash]).into(),
    }))
}

/// Each field that differs between two states of a record, with its value in the first and in the second.
pub fn changes(kind: &Kind, from: &Value, to: &Value) -> Vec<(String, Value, Value)> {
    let (none, mut found) = (Map::new(), Vec::new());
    let fields = |value| Value::as_object(value).unwrap_or(&none);
    differences(kind.fields(), fields(from), fields(to), "", &mut found);
    found
}

/// What to set so that the first state becomes the second: whole fields, also those in `open`, to which several people
/// gave different values. What the record is known by elsewhere stays.
pub fn way_back(kind: &Kind, from: &Value, to: &Value, open: &[&str]) -> Vec<(String, Value)> {
    let first = |path: &str| path.split(['[', '.']).next().unwrap_or_default().to_owned();
    let open: Vec<String> = open.iter().map(|path| first(path)).collect();
    let goes = |name: &str| name != "outside_id" && (from[name] != to[name] || open.iter().any(|field| field == name));
    let names = kind.fields().iter().map(|field| field.name).filter(|name| goes(name));
    names.map(|name| (name.to_owned(), to[name].clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Edit, Made, create, edit, history, read};
    use super::*;
    use crate::kinds::kind;
    use serde_json::json;

    const ANN: [u8; 16] = [1; 16];
    const BEN: [u8; 16] = [2; 16];

    fn practice() -> &'static Kind {
        kind("practice").unwrap()
    }

    fn first() -> Made {
        let value = json!({
            "title": "Food night", "problem": "Families did not know each other.", "cost": "none",
            "steps": [{"text": "Find a kitchen"}, {"text": "Ask the school"}], "topics": ["food"],
        });
        create(practice(), &value, ANN, 1_000, [7; 16]).unwrap()
    }

    fn on(of: &Made, heads: &[Hash], actor: [u8; 16], seed: u8, set: &[(&str, Value)]) -> Made {
        let set = set.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect();
        edit(practice(), &of.snapshot, heads, actor, 2_000, [seed; 16], &Edit::Set(set)).unwrap().unwrap()
    }

    fn back_to(of: &Made, change: &Hash) -> Made {
        let now = read(practice(), &of.snapshot).unwrap();
        let then = version(practice(), &of.snapshot, change).unwrap().unwrap();
        let open: Vec<&str> = now.conflicts.iter().map(|conflict| conflict.field.as_str()).collect();
        let set = Edit::Set(way_back(practice(), &now.value, &then.value, &open));
        edit(practice(), &of.snapshot, &of.heads, BEN, 3_000, [9; 16], &set).unwrap().unwrap()
    }

    #[test]
    fn a_version_shows_what_stood_there_and_what_its_change_did() {
        let made = first();
        let next = on(&made, &made.heads, BEN, 8, &[("title", json!("Supper")), ("steps[1]", Value::Null)]);
        let one = version(practice(), &next.snapshot, &made.hash).unwrap().unwrap();
        assert_eq!((one.before.clone(), one.value["title"].as_str()), (json!({}), Some("Food night")));
        let two = version(practice(), &next.snapshot, &next.hash).unwrap().unwrap();
        assert_eq!((two.actor, two.at_s, &two.before), (BEN, 2_000, &one.value));
        let told: Vec<String> = changes(practice(), &two.before, &two.value).into_iter().map(|c| c.0).collect();
        assert_eq!(told, ["title", "steps[1]"]);
        assert!(version(practice(), &next.snapshot, &[9; 32]).unwrap().is_none());
    }

    #[test]
    fn going_back_brings_texts_items_and_order_and_loses_nothing() {
        let made = first();
        let was = read(practice(), &made.snapshot).unwrap().value;
        let steps = json!([{"text": "Sing"}, was["steps"][1], was["steps"][0]]);
        let mut next = on(&made, &made.heads, BEN, 8, &[("steps", steps), ("advice", json!("Begin small."))]);
        next = on(&next, &next.heads, ANN, 9, &[("problem", json!("Nobody met.")), ("topics", Value::Null)]);
        next = on(&next, &next.heads, ANN, 10, &[("steps[3]", Value::Null), ("cost", json!("under_1000"))]);
        let back = back_to(&next, &made.hash);
        assert_eq!(read(practice(), &back.snapshot).unwrap().value, was);
        assert_eq!(
            history(practice(), &back.snapshot).unwrap().len(),
            5,
            "what was written since stays in the history"
        );
        let forth = back_to(&back, &next.hash);
        let then = version(practice(), &forth.snapshot, &next.hash).unwrap().unwrap();
        assert_eq!(read(practice(), &forth.snapshot).unwrap().value, then.value);
    }

    #[test]
    fn going_back_settles_what_two_people_had_set() {
        let made = first();
        let one = on(&made, &made.heads, ANN, 8, &[("cost", json!("under_1000"))]);
        let both = on(&one, &made.heads, BEN, 9, &[("cost", json!("under_10000"))]);
        assert_eq!(read(practice(), &both.snapshot).unwrap().conflicts.len(), 1);
        // Also where the value of then is the one that is shown.
        for change in [made.hash, one.hash, both.hash] {
            let back = back_to(&Made { heads: both.heads.clone(), ..both.clone() }, &change);
            let now = read(practice(), &back.snapshot).unwrap();
            let then = version(practice(), &both.snapshot, &change).unwrap().unwrap();
            assert_eq!((now.conflicts.len(), &now.value["cost"]), (0, &then.value["cost"]));
        }
    }

    /// Ann takes her edit back, on that very edit: what Ben wrote since is there still.
    #[test]
    fn one_change_is_taken_back_and_what_others_wrote_stays() {
        let made = first();
        let anns = on(&made, &made.heads, ANN, 8, &[("steps[1]", Value::Null), ("title", json!("Supper"))]);
        let bens =
            on(&anns, &anns.heads, BEN, 9, &[("advice", json!("Begin small.")), ("steps[2].text", json!("Sing"))]);
        let undone = version(practice(), &bens.snapshot, &anns.hash).unwrap().unwrap();
        let set = Edit::Set(way_back(practice(), &undone.value, &undone.before, &[]));
        let back = edit(practice(), &bens.snapshot, &[anns.hash], [3; 16], 3_000, [11; 16], &set).unwrap().unwrap();
        let now = read(practice(), &back.snapshot).unwrap().value;
        assert_eq!((now["title"].as_str(), now["advice"].as_str()), (Some("Food night"), Some("Begin small.")));
        let steps: Vec<&str> = now["steps"].as_array().unwrap().iter().filter_map(|s| s["text"].as_str()).collect();
        assert!(steps.contains(&"Find a kitchen") && steps.contains(&"Sing"), "{steps:?}");
    }
}
