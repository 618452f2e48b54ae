//! What must hold for any record of any kind.

use super::*;
use crate::kinds::all;
use crate::record::validate::normal;
use proptest::prelude::*;
use proptest::strategy::Union;

/// A value that fits the shape, or none: most fields are left empty most of the time, so that documents stay small.
fn any(shape: &'static Shape) -> BoxedStrategy<Value> {
    let text = |pattern: &'static str| pattern.prop_map(Value::from).boxed();
    match shape {
        Shape::Line { most } => {
            text(if *most < 5 { "[A-Z]{1,2}" } else { "[a-zA-Zé🎉/.]{1,5}( [a-z,\\[\\]\"]{1,5})?" })
        }
        Shape::Lines { .. } | Shape::Prose { .. } => text("[a-zA-Zé🎉]{1,9}(\n?[ a-z]{1,9}x){0,3}"),
        Shape::Date => text("20[0-9]{2}-0[1-9]-[12][0-8]"),
        Shape::DateTime => text("20[0-9]{2}-0[1-9]-[12][0-8]T[01][0-9]:[0-5][1-9]"),
        Shape::Instant => text("20[0-9]{2}-0[1-9]-[12][0-8]T[01][0-9]:[0-5][0-9]:00Z"),
        Shape::Time => text("[01][0-9]:[0-5][0-9]"),
        Shape::Duration => text("PT[1-9]H[1-9]M"),
        Shape::Zone => prop::sample::select(zones().map(Value::from).collect::<Vec<_>>()).boxed(),
        Shape::Recurrence => text("FREQ=WEEKLY;BYDAY=(MO|TU|WE)"),
        Shape::Url => text("https://[a-z]{1,5}\\.org/[a-z]{0,5}"),
        Shape::Email => text("[a-z]{1,5}@[a-z]{1,5}\\.org"),
        Shape::Phone => text("207-555-[0-9]{4}"),
        Shape::Language => text("(en|fr|so|pt-BR)"),
        Shape::Hash => text("[0-9a-f]{64}"),
        Shape::Link { .. } => text("[0-9a-f]{8}"),
        Shape::Whole { least, most } => ((*least).max(-9)..=(*most).min(9999)).prop_map(Value::from).boxed(),
        Shape::Decimal { least, most } => (*least..=*most).prop_map(Value::from).boxed(),
        Shape::YesNo => prop::bool::ANY.prop_map(Value::from).boxed(),
        Shape::Choice(choices) => {
            prop::sample::select(choices.iter().map(|choice| Value::from(choice.value)).collect::<Vec<_>>()).boxed()
        }
        Shape::Set { of, most } => prop::collection::vec(any(of), 0..3.min(*most)).prop_map(Value::from).boxed(),
        Shape::List { .. } => prop::collection::vec(object(shape.inner()), 0..3).prop_map(Value::from).boxed(),
        Shape::Group(_) => object(shape.inner()),
    }
}

fn object(fields: Fields) -> BoxedStrategy<Value> {
    let fields: Vec<_> = fields
        .iter()
        .map(|field| {
            let value = any(&field.shape).prop_map(|value| Some((field.name.to_owned(), value))).boxed();
            let empty = if field.needed == Needed::ToSave { 0 } else { 4 };
            if empty == 0 { value } else { Union::new_weighted(vec![(1, value), (empty, Just(None).boxed())]).boxed() }
        })
        .collect();
    fields.prop_map(|fields| Value::Object(fields.into_iter().flatten().collect())).boxed()
}

/// Two records of one kind that can be saved.
fn two_records() -> impl Strategy<Value = (&'static Kind, Value, Value)> {
    let of = |kind: &'static Kind| {
        let record = || object(kind.fields());
        (record(), record()).prop_map(move |(one, other)| (kind, one, other)).boxed()
    };
    Union::new(all().iter().copied().map(of)).prop_filter("records that can be saved", |(kind, one, other)| {
        problems(kind, one).is_empty() && problems(kind, other).is_empty()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, max_global_rejects: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_created_is_read((kind, value, _) in two_records(), seed: [u8; 16]) {
        let (wanted, _) = normal(kind, &value);
        let made = create(kind, &value, ANN, 1, seed).unwrap();
        let read = read(kind, &made.snapshot).unwrap();
        prop_assert_eq!((read.conflicts.len(), read.bad.len(), read.unknown.len()), (0, 0, 0));
        let mut bare = items::without_ids(&read.value);
        if !wanted.contains_key("outside_id") {
            bare.as_object_mut().unwrap().remove("outside_id");
        }
        prop_assert_eq!(&bare, &Value::Object(wanted));

        // Saving the form as it was read, or importing the file again, changes nothing.
        for again in [read.value.clone(), value] {
            let edited = edit(kind, &made.snapshot, &made.heads, BEN, 2, seed, &Edit::Whole(again)).unwrap();
            prop_assert!(edited.is_none());
        }
        // A spreadsheet holds the same.
        let cells = cells(kind, &read.value);
        let (from_cells, wrong) = from_cells(kind, cells.iter().map(|(path, text)| (path.as_str(), text.as_str())));
        prop_assert_eq!(wrong, []);
        prop_assert_eq!(items::without_ids(&Value::Object(normal(kind, &from_cells).0)), items::without_ids(&read.value));
    }

    #[test]
    fn any_form_becomes_any_other((kind, first, second) in two_records(), seed: [u8; 16]) {
        let made = create(kind, &first, ANN, 1, seed).unwrap();
        let edited = edit(kind, &made.snapshot, &made.heads, BEN, 2, [3; 16], &Edit::Whole(second.clone())).unwrap();
        let snapshot = edited.map_or(made.snapshot, |made| made.snapshot);
        let read = read(kind, &snapshot).unwrap();
        let (wanted, _) = normal(kind, &second);
        let bare = items::without_ids(&read.value);
        for field in kind.fields().iter().filter(|field| field.asked && field.shape.inner().iter().all(|inner| inner.asked)) {
            let wanted = wanted.get(field.name).map(items::without_ids);
            prop_assert_eq!(bare.get(field.name), wanted.as_ref(), "{}", field.name);
        }
    }

    #[test]
    fn any_order_of_arrival_makes_one_record(edits in prop::collection::vec((0_u8..6, 0_usize..4, prop::bool::ANY), 2..7)) {
        let made = food_night();
        let mut snapshots = [made.snapshot.clone(), made.snapshot.clone(), made.snapshot.clone()];
        for (round, (deed, place, sync)) in edits.iter().enumerate() {
            let node = round % 3;
            let seen = read(practice(), &snapshots[node]).unwrap();
            let mut form = seen.value.clone();
            alter(&mut form, *deed, *place, round);
            let actor = [node as u8 + 1; 16];
            let saved = edit(practice(), &snapshots[node], &seen.heads, actor, 1, [round as u8; 16], &Edit::Whole(form));
            if let Ok(Some(saved)) = saved {
                snapshots[node] = saved.snapshot;
            }
            if *sync {
                snapshots[(node + 1) % 3] = merged(&[&snapshots[(node + 1) % 3], &snapshots[node]]);
            }
        }
        let [a, b, c] = &snapshots;
        let one = read(practice(), &merged(&[a, b, c])).unwrap();
        prop_assert_eq!(&one, &read(practice(), &merged(&[c, a, b])).unwrap());
        prop_assert_eq!(&one, &read(practice(), &merged(&[b, c, a])).unwrap());
        prop_assert_eq!((one.bad.len(), one.unknown.len()), (0, 0));
        prop_assert!(!history(practice(), &merged(&[a, b, c])).unwrap().is_empty());
    }
}

fn merged(snapshots: &[&Vec<u8>]) -> Vec<u8> {
    let mut doc = automerge::Automerge::load(snapshots[0]).unwrap();
    for other in &snapshots[1..] {
        doc.merge(&mut automerge::Automerge::load(other).unwrap()).unwrap();
    }
    doc.save()
}

fn alter(form: &mut Value, deed: u8, place: usize, round: usize) {
    let mut steps = form["steps"].as_array().cloned().unwrap_or_default();
    let at = place.min(steps.len());
    match deed {
        0 => form["title"] = format!("Title {round}").into(),
        1 => form["problem"] = format!("{} and {round}", form["problem"].as_str().unwrap_or_default()).into(),
        2 => steps.insert(at, json!({"text": format!("Step {round}")})),
        3 if at < steps.len() => _ = steps.remove(at),
        4 => steps.reverse(),
        _ => form["topics"] = json!([format!("topic {round}"), "food"]),
    }
    form["steps"] = steps.into();
}
