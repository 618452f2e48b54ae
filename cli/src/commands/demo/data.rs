//! Who takes part in the demo and what they write: invented, and kept as JSON in `assets/demo`.
//!
//! In the files it is always the week of Monday, January 4, 2027. All dates move with the calendar by whole weeks, so
//! that a season of trainings always lies ahead and still falls on its weekdays.

use std::collections::BTreeMap;

use node::clock;
use protocol::{identity::DocId, input::AudienceAsk};
use serde::Deserialize;
use serde_json::Value;

use crate::day;

const FILES: [&str; 4] = [
    include_str!("../../../assets/demo/maple_river.json"),
    include_str!("../../../assets/demo/lantern_bay.json"),
    include_str!("../../../assets/demo/three_ponds.json"),
    include_str!("../../../assets/demo/birch_library.json"),
];

/// Monday, January 4, 2027, counted from January 1, 1970.
const TODAY_IN_FILES: i64 = 20_822;

/// The practice that two collaboratives change at once.
pub(super) const SHARED_PRACTICE: &str = "walking-bus";

/// A group that runs a node.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// Its name.
    pub(super) name: String,
    /// Its name at the head of a column.
    pub(super) short: String,
    /// The folder of its node.
    pub(super) folder: String,
    /// Where it is.
    pub(super) place: String,
    /// A partner of the first collaborative, rather than a member.
    #[serde(default)]
    pub(super) partner: bool,
    /// What it writes.
    pub(super) records: Vec<Draft>,
}

/// A record to be written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Draft {
    /// How other drafts name it, as `@id`.
    pub(super) id: String,
    /// Its kind.
    pub(super) kind: String,
    /// Who may have it.
    pub(super) audience: String,
    /// Who may edit it; the owner unless said.
    pub(super) editors: Option<String>,
    /// Its fields.
    pub(super) fields: Value,
}

/// Everybody, as of today.
pub(super) fn places() -> Vec<Place> {
    let weeks = (today() - TODAY_IN_FILES).div_euclid(7);
    let mut places = as_written();
    places.iter_mut().flat_map(|place| &mut place.records).for_each(|draft| move_dates(&mut draft.fields, 7 * weeks));
    places
}

/// Today, counted from January 1, 1970.
pub(super) fn today() -> i64 {
    i64::try_from(clock::now_ms() / 86_400_000).unwrap_or(TODAY_IN_FILES)
}

fn as_written() -> Vec<Place> {
    FILES.iter().map(|file| serde_json::from_str(file).expect("a test reads these files")).collect()
}

/// Moves every text that is a date, or begins with one and a time.
fn move_dates(value: &mut Value, days: i64) {
    match value {
        Value::String(text) => {
            let (date, rest) = text.split_at_checked(10).unwrap_or((text, ""));
            if let Some(number) = day::read(date).filter(|_| rest.is_empty() || rest.starts_with('T')) {
                *text = format!("{}{rest}", day::written(number + days));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| move_dates(item, days)),
        Value::Object(fields) => fields.values_mut().for_each(|field| move_dates(field, days)),
        _ => {}
    }
}

impl Draft {
    /// Who may have it.
    pub(super) fn audience(&self) -> AudienceAsk {
        AudienceAsk::parse(&self.audience).expect("a test reads every audience")
    }

    /// Whether it may be at `place`, when `owner` wrote it.
    pub(super) fn may_be_at(&self, place: &Place, owner: &Place) -> bool {
        place.name == owner.name
            || match self.audience() {
                AudienceAsk::Private => false,
                AudienceAsk::Partners(names) => names.contains(&place.name),
                AudienceAsk::Network => !place.partner,
                AudienceAsk::Public => true,
            }
    }

    /// Its fields with every `@id` replaced; none while one of them is not written yet.
    pub(super) fn linked(&self, written: &BTreeMap<String, DocId>) -> Option<Value> {
        link(&self.fields, written)
    }
}

fn link(value: &Value, written: &BTreeMap<String, DocId>) -> Option<Value> {
    Some(match value {
        Value::String(text) => match text.strip_prefix('@') {
            Some(id) => written.get(id)?.to_string().into(),
            None => text.as_str().into(),
        },
        Value::Array(items) => items.iter().map(|item| link(item, written)).collect::<Option<Vec<_>>>()?.into(),
        Value::Object(fields) => {
            let linked = fields.iter().map(|(name, field)| Some((name.clone(), link(field, written)?)));
            Value::Object(linked.collect::<Option<_>>()?)
        }
        other => other.clone(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use protocol::{
        input::EditorsAsk,
        kinds,
        record::{problems, problems_to_share},
    };

    use super::*;

    fn all() -> Vec<Draft> {
        places().into_iter().flat_map(|place| place.records).collect()
    }

    #[test]
    fn every_record_is_right_and_every_kind_and_audience_is_there() {
        let (mut seen, mut audiences) = (BTreeSet::new(), BTreeSet::new());
        for draft in all() {
            let kind = kinds::kind(&draft.kind).unwrap();
            let wrong = match draft.audience() {
                AudienceAsk::Private => problems(kind, &draft.fields),
                _ => problems_to_share(kind, &draft.fields),
            };
            assert_eq!(wrong, [], "{}", draft.id);
            assert!(draft.editors.as_deref().is_none_or(|text| EditorsAsk::parse(text).is_some()), "{}", draft.id);
            seen.insert(kind.name);
            audiences.insert(draft.audience.split(':').next().unwrap().to_owned());
        }
        assert_eq!(seen, kinds::all().iter().map(|kind| kind.name).collect());
        assert_eq!(audiences.len(), 4, "{audiences:?}");
    }

    #[test]
    fn every_member_keeps_something_to_itself_and_the_season_is_whole() {
        for place in places() {
            assert!(place.records.iter().any(|draft| draft.audience == "private"), "{}", place.name);
            let profile = place.records.iter().find(|draft| draft.kind == "collaborative");
            let rated = profile.map(|profile| profile.fields["components"].as_object().unwrap().len());
            assert_eq!(rated, (!place.partner).then_some(7), "{}", place.name);
        }
        let sessions: Vec<Draft> = all().into_iter().filter(|draft| draft.kind == "session").collect();
        let has = |field: &str, text: &str| {
            sessions.iter().any(|session| session.fields[field].as_str().is_some_and(|value| value.contains(text)))
        };
        assert!(has("recurrence", "FREQ=WEEKLY") && has("status", "cancelled"));
    }

    #[test]
    fn links_lead_to_records_of_the_right_kind_and_can_be_written_in_some_order() {
        let kinds: BTreeMap<String, String> = all().into_iter().map(|draft| (draft.id, draft.kind)).collect();
        assert_eq!(kinds.len(), all().len(), "two drafts have one id");
        let mut waiting = all();
        let mut written = BTreeMap::new();
        while !waiting.is_empty() {
            let before = waiting.len();
            waiting.retain(|draft| {
                let linked = draft.linked(&written).is_some();
                if linked {
                    written.insert(draft.id.clone(), DocId([1; 32]));
                }
                !linked
            });
            assert!(waiting.len() < before, "{waiting:?}");
        }
        for draft in all() {
            let about = draft.fields["about"].as_str().map(|id| kinds[&id[1..]].as_str());
            assert_eq!(about.is_some(), draft.kind == "lesson", "{}", draft.id);
            assert!(about.is_none_or(|kind| kind == "practice"), "{}", draft.id);
        }
    }

    #[test]
    fn who_is_named_takes_part() {
        let names: BTreeSet<String> = places().into_iter().map(|place| place.name).collect();
        for draft in all() {
            if let AudienceAsk::Partners(named) = draft.audience() {
                assert!(named.iter().all(|name| names.contains(name)), "{}", draft.id);
            }
        }
    }

    #[test]
    fn dates_move_by_whole_weeks_and_nothing_else_moves() {
        let mut value = serde_json::json!(["2027-01-05", "2027-02-25T18:00", "2027-01-05 was cold", "207-555-0100", 7]);
        move_dates(&mut value, 7);
        let moved = serde_json::json!(["2027-01-12", "2027-03-04T18:00", "2027-01-05 was cold", "207-555-0100", 7]);
        assert_eq!(value, moved);
    }
}
