//! What words a record has, what lists are narrowed down by, and how fresh it is.

use jiff::{civil::Date, tz::TimeZone};
use protocol::{
    identity::{DocId, MemberId},
    record::Kind,
};
use serde_json::Value;

use super::{OWNER, PLACE, Row};
use crate::index::{Index, Text};

/// The values of what lists can be narrowed down by.
pub(super) fn facet_values(kind: &'static Kind, fields: &Value, owner: &MemberId) -> Vec<(&'static str, Vec<String>)> {
    let texts = |value: &Value| match value {
        Value::String(one) => vec![one.clone()],
        Value::Array(several) => several.iter().filter_map(|v| v.as_str().map(String::from)).collect(),
        _ => vec![],
    };
    let narrowing = kind.fields().iter().filter(|field| field.facet);
    let own = narrowing.map(|field| (field.name, texts(&fields[field.name]))).filter(|(_, values)| !values.is_empty());
    own.chain([(OWNER, vec![owner.to_string()]), (PLACE, places(fields))]).collect()
}

/// The counties and towns that a record names.
pub(super) fn places(fields: &Value) -> Vec<String> {
    let of = |list: &str, parts: &'static [&str]| {
        let items = fields[list].as_array().cloned().unwrap_or_default();
        items.into_iter().flat_map(|item| parts.iter().filter_map(move |part| item[*part].as_str().map(String::from)))
    };
    let all = of("places", &["county", "town"]).chain(of("addresses", &["city"]));
    let mut places: Vec<String> = all.filter(|place| !place.trim().is_empty()).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// The day on which somebody confirmed a record; 0 where nobody did.
pub(super) fn confirmed_at(fields: &Value) -> u64 {
    let days = [&fields["confirmed"]["at"], &fields["assured_date"]].into_iter().filter_map(Value::as_str);
    let moments = days.filter_map(|day| day.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok());
    moments.filter_map(|moment| u64::try_from(moment.timestamp().as_millisecond()).ok()).max().unwrap_or(0)
}

/// Hands a record's words on to the index.
pub(super) fn tell(index: &Index, row: &Row, fields: &Value) {
    let (mut topics, mut rest) = (String::new(), format!("{} ", row.owner_name));
    for (name, field) in fields.as_object().into_iter().flatten() {
        match name.as_str() {
            "topics" | "populations" | "components" => gather(field, &mut topics),
            name if name == "summary" || name == row.kind.title => {}
            _ => gather(field, &mut rest),
        }
    }
    let language = fields["language"].as_str().unwrap_or_default();
    let (title, summary) = (&row.title, fields["summary"].as_str().unwrap_or_default());
    index.put(&row.id, &Text { audience: row.audience, language, title, summary, topics: &topics, rest: &rest });
}

fn gather(value: &Value, into: &mut String) {
    match value {
        Value::String(text) if text.parse::<DocId>().is_ok() => {}
        Value::String(text) => {
            into.push_str(text);
            into.push(' ');
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, into)),
        Value::Object(fields) => {
            fields.iter().filter(|(name, _)| *name != "id").for_each(|(_, field)| gather(field, into));
        }
        _ => {}
    }
}
