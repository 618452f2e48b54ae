//! Addresses that are kept confidential, a shelter's say. Who may not edit such a record reads the region, and nothing that
//! would lead there: not in what holds now, nor in what once held, nor among several answers to choose from.

use protocol::{
    identity::MemberId,
    view::{FieldChange, RecordView, VersionView},
};
use serde_json::Value;

/// The field by which a record says so.
const FLAG: &str = "address_confidential";
/// What may be said of such an address all the same.
const REGION: [&str; 4] = ["id", "region", "state_province", "country"];
/// Where it stands.
const ADDRESSES: &str = "addresses";
/// What would give it away as well.
const TELLING: [&str; 3] = ["latitude", "longitude", "transportation"];

/// Whether a record with these fields keeps its address confidential.
pub(crate) fn is_kept(fields: &Value) -> bool {
    fields[FLAG] == true
}

/// Whether this place in a record, such as `addresses[1].city`, would lead there.
pub(crate) fn leads_there(path: &str) -> bool {
    let name = path.split(['[', '.']).next().unwrap_or_default();
    name == ADDRESSES || TELLING.contains(&name)
}

/// The fields that anybody may be told of who may see the record.
pub(crate) fn without(mut fields: Value) -> Value {
    if is_kept(&fields) {
        strip(&mut fields);
    }
    fields
}

/// Whether people of this collaborative may edit a record: their own, and what its owner lets others edit.
pub(crate) fn may_edit(record: &RecordView, us: Option<MemberId>) -> bool {
    record.summary.own || record.editors == "members" || us.is_some_and(|us| record.edited_by.contains(&us))
}

/// Hides it in a record, whole with its history and the answers that wait to be chosen from.
pub(crate) fn hide(record: &mut RecordView) {
    let said = record.conflicts.iter().filter(|conflict| conflict.field == FLAG);
    let is_among = said.flat_map(|conflict| &conflict.values).any(|answer| answer.value == true);
    let is_kept = is_kept(&record.fields) || is_among;
    if is_kept {
        strip(&mut record.fields);
        record.conflicts.retain(|conflict| !leads_there(&conflict.field));
    }
    let mut history: Vec<_> = record.history.iter_mut().flatten().collect();
    if is_kept || history.iter().any(|change| was_kept(&change.fields)) {
        history.iter_mut().for_each(|change| change.fields.retain(stays));
    }
}

/// Whether one of these changes tells that it was kept confidential before or after.
fn was_kept(changes: &[FieldChange]) -> bool {
    changes.iter().any(|change| change.field == FLAG && (change.before == true || change.after == true))
}

/// Hides it in a version, where the record keeps it confidential now or did so then.
pub(crate) fn hide_then(then: &mut VersionView, now: &Value) {
    if is_kept(now) || is_kept(&then.fields) {
        strip(&mut then.fields);
        then.since.retain(stays);
        then.changed.retain(stays);
    }
    // What it had been until then.
    if was_kept(&then.changed) {
        then.changed.retain(stays);
    }
}

fn stays(change: &FieldChange) -> bool {
    !leads_there(&change.field)
}

fn strip(fields: &mut Value) {
    let Some(map) = fields.as_object_mut() else { return };
    map.retain(|name, _| !TELLING.contains(&name.as_str()));
    for address in map.get_mut(ADDRESSES).and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(address) = address.as_object_mut() {
            address.retain(|name, _| REGION.contains(&name.as_str()));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What is told today was confidential then.
    #[test]
    fn what_it_was_until_the_mark_was_taken_away_is_not_told() {
        let change = |field: &str, before, after| FieldChange { field: field.into(), before, after };
        let moved = [change("latitude", json!(44.5), json!(43.1)), change(FLAG, json!(true), json!(false))];
        assert!(was_kept(&moved) && !was_kept(&moved[..1]));
        assert!(!stays(&moved[0]) && stays(&moved[1]));
    }

    #[test]
    fn of_a_confidential_address_the_region_is_shown() {
        let address = json!({"id": "a", "address_1": "7 Elm St", "city": "Rome", "state_province": "ME"});
        let place = json!({"name": "Haven", "addresses": [address], "latitude": 44.5, "longitude": -69.9});
        assert_eq!(without(place.clone()), place);
        let mut kept = place;
        kept[FLAG] = true.into();
        let shown = without(kept);
        assert_eq!(shown["addresses"], json!([{"id": "a", "state_province": "ME"}]));
        assert!(shown.get("latitude").is_none() && shown["name"] == "Haven");
        assert!(leads_there("addresses[1].city") && leads_there("latitude") && !leads_there("name"));
    }
}
