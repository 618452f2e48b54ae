//! A version of one's own, made of somebody else's record: their words to go on from, where those are from, and what
//! their licence asks for. What only they can say of themselves stays with them.

use super::items::without_ids;
use super::shape::Kind;
use serde_json::{Map, Value};

/// What is about whoever wrote the original, and would be untrue of anybody else.
const THEIRS: [&str; 14] = [
    "attribution",
    "confirmed",
    "contacts",
    "evidence",
    "lived_experience",
    "maturity",
    "places",
    "related",
    "results",
    "review_by",
    "since",
    "what_did_not",
    "what_we_changed",
    "what_worked",
];

/// Why a record is not there to make one's own version of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAdopted {
    /// Its owner did not say what others may do with it.
    #[error(
        "its owner did not say what others may do with it; ask them to choose a license, with `commonweal record edit ID --set licence=CC-BY-4.0`"
    )]
    NoLicence,
    /// Its licence lets nobody change it.
    #[error("its licence lets nobody change it: ask its owner for another one")]
    NoChanges,
}

/// Whether the licence lets others make their own version.
pub fn may_be_adopted(fields: &Value) -> Result<&str, NotAdopted> {
    let licence = fields["licence"].as_str().map(str::trim).filter(|licence| !licence.is_empty());
    let licence = licence.ok_or(NotAdopted::NoLicence)?;
    // The licences of Creative Commons that allow no changes have these letters, and no other licence does.
    let parts = licence.split(['-', ' ']).map(str::to_ascii_uppercase);
    if parts.into_iter().any(|part| part == "ND" || part == "NODERIVS") {
        Err(NotAdopted::NoChanges)
    } else {
        Ok(licence)
    }
}

/// The fields of one's own version of the record with this id. `credit` says whose the original is, as licences ask.
pub fn adopted(kind: &Kind, fields: &Value, id: &str, credit: &str) -> Result<Value, NotAdopted> {
    may_be_adopted(fields)?;
    let copied = kind.fields().iter().filter(|field| field.asked && !THEIRS.contains(&field.name));
    let copied = copied.filter_map(|field| Some((field.name.to_owned(), without_ids(fields.get(field.name)?))));
    let mut own: Map<String, Value> = copied.collect();
    let origin = fields["origin"].as_str().unwrap_or(id);
    for (name, text) in [("attribution", credit), ("adopted_from", id), ("origin", origin)] {
        if kind.field(name).is_some() {
            own.insert(name.to_owned(), text.into());
        }
    }
    Ok(own.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::kind;
    use serde_json::json;

    const ID: &str = "a2345672a2345672a2345672a2345672a2345672a2345672a234";

    #[test]
    fn a_copy_has_their_words_and_says_where_they_are_from() {
        let practice = kind("practice").unwrap();
        let fields = json!({
            "title": "Coat swap", "licence": "CC-BY-4.0", "steps": [{"id": "x1", "text": "Ask"}], "maturity": "established",
            "contacts": [{"name": "A desk"}], "outside_id": "4b1", "results": "Forty coats.",
        });
        let own = adopted(practice, &fields, ID, "Us, after Riverside").unwrap();
        assert_eq!(own["steps"], json!([{"text": "Ask"}]));
        assert_eq!((own["adopted_from"].as_str(), own["origin"].as_str()), (Some(ID), Some(ID)));
        assert_eq!(
            (own["licence"].as_str(), own["attribution"].as_str()),
            (Some("CC-BY-4.0"), Some("Us, after Riverside"))
        );
        for theirs in ["contacts", "maturity", "outside_id", "results"] {
            assert_eq!(own[theirs], Value::Null, "{theirs}");
        }
        let again = adopted(practice, &own, "another", "Them").unwrap();
        assert_eq!((again["adopted_from"].as_str(), again["origin"].as_str()), (Some("another"), Some(ID)));
    }

    #[test]
    fn without_a_licence_that_allows_it_nothing_is_copied() {
        let of = |licence: &str| may_be_adopted(&json!({ "licence": licence })).map(String::from);
        assert_eq!((of(""), of("  ")), (Err(NotAdopted::NoLicence), Err(NotAdopted::NoLicence)));
        assert_eq!(may_be_adopted(&json!({})), Err(NotAdopted::NoLicence));
        assert_eq!(
            (of("CC-BY-ND-4.0"), of("cc-by-nc-nd-4.0")),
            (Err(NotAdopted::NoChanges), Err(NotAdopted::NoChanges))
        );
        assert_eq!(of("CC0-1.0").unwrap(), "CC0-1.0");
    }
}
