//! What a node asks for: rules over owner, kind and tag. What matches any rule is wanted.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    document::Terms,
    identity::{Hash, MemberId},
    kinds, limits,
    refusal::Refusal,
};

/// One rule: every part that is set must match. An empty rule matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
#[serde(default)]
pub struct Rule {
    /// Only what this collaborative owns.
    #[n(0)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<MemberId>,
    /// Only this kind.
    #[n(1)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Only what carries this tag, such as `topic:housing` or `place:me/kennebec`.
    #[n(2)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
}

impl Rule {
    /// Whether a document of these terms is asked for by this rule.
    pub fn matches(&self, terms: &Terms) -> bool {
        self.owner.is_none_or(|o| o == terms.owner)
            && self.kind.as_ref().is_none_or(|k| *k == terms.kind)
            && self.tag.as_ref().is_none_or(|t| terms.tags.contains(t))
    }

    /// As it is kept. A rule that nothing can match is refused: with it alone, a node would ask for nothing any more.
    pub fn checked(self) -> Result<Rule, Refusal> {
        let rule = self.plain();
        if let Some(kind) = rule.kind.as_ref().filter(|kind| kinds::kind(kind).is_none()) {
            return Err(Refusal::UnknownKind(kind.clone()));
        }
        let fits = |tag: &str| {
            tag.split_once(':').is_some_and(|(word, text)| ["topic", "place"].contains(&word) && !text.is_empty())
        };
        match rule.tag.as_ref().filter(|tag| !fits(tag)) {
            Some(tag) => Err(Refusal::UnknownTag(tag.clone())),
            None => Ok(rule),
        }
    }

    /// With its tag as records carry tags: in small letters, without spaces around.
    pub fn plain(mut self) -> Rule {
        self.tag = self.tag.map(|tag| match tag.split_once(':') {
            Some((word, text)) => format!("{}:{}", word.trim(), text.trim()).to_lowercase(),
            None => tag.trim().to_lowercase(),
        });
        self
    }
}

/// Whether somebody's rules ask for the document. No rules at all ask for everything, which is a member's default; and what
/// others change in one's own records comes back whatever one asks for.
pub fn wanted(rules: &[Rule], terms: &Terms, asker: Option<MemberId>) -> bool {
    rules.is_empty() || asker == Some(terms.owner) || rules.iter().any(|r| r.matches(terms))
}

/// Names a set of rules, whatever their order; a resume token counts for one set only.
pub fn fingerprint(rules: &[Rule]) -> Hash {
    let mut sorted = rules.to_vec();
    sorted.sort();
    sorted.dedup();
    Hash::of(&crate::format::encode(&sorted))
}

/// Topics and places of a record as tags, so that others can ask for them without reading it.
pub(crate) fn tags_of(value: &Value) -> Vec<String> {
    let mut tags = BTreeSet::new();
    for (field, word) in [("topics", "topic"), ("places", "place")] {
        for entry in value.get(field).and_then(Value::as_array).into_iter().flatten() {
            let text = match entry {
                Value::String(text) => text.clone(),
                Value::Object(place) => ["state", "county", "town"]
                    .iter()
                    .filter_map(|part| place.get(*part).and_then(Value::as_str))
                    .collect::<Vec<_>>()
                    .join("/"),
                _ => continue,
            };
            let tag = format!("{word}:{}", text.trim().to_lowercase());
            if !text.is_empty() && tag.len() <= limits::TAG_BYTES {
                tags.insert(tag);
            }
        }
    }
    tags.into_iter().take(limits::TAGS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A rule for `trainings` was kept, and the node received nothing more.
    #[test]
    fn a_rule_that_nothing_can_match_is_refused() {
        let kind = |kind: &str| Rule { kind: Some(kind.into()), ..Rule::default() };
        let tag = |tag: &str| Rule { tag: Some(tag.into()), ..Rule::default() };
        assert!(kind("training").checked().is_ok());
        let refusal = kind("trainings").checked().unwrap_err();
        assert_eq!(refusal.code(), "invalid");
        let said = refusal.to_string();
        assert!(
            said.starts_with("there is no kind `trainings`; did you mean “training”? Kinds are practice,"),
            "{said}"
        );
        for none in ["housing", "topics:housing", "topic:", ""] {
            assert_eq!(tag(none).checked(), Err(Refusal::UnknownTag(none.into())));
        }
        assert_eq!(tag(" Topic: Housing").checked().unwrap(), tag("topic:housing"));
        assert_eq!(tag("place:ME/Kennebec").checked().unwrap(), tag("place:me/kennebec"));
    }
}
