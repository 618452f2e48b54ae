//! What a node asks for: rules over owner, kind and tag. What matches any rule is wanted.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{
    document::Terms,
    identity::{Hash, MemberId},
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
    /// Only what carries this tag, such as `topic:housing` or `place:ME/Kennebec`.
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
}

/// Whether any rule asks for the document. No rules at all ask for everything: a member's default.
pub fn wanted(rules: &[Rule], terms: &Terms) -> bool {
    rules.is_empty() || rules.iter().any(|r| r.matches(terms))
}

/// Names a set of rules, whatever their order; a resume token counts for one set only.
pub fn fingerprint(rules: &[Rule]) -> Hash {
    let mut sorted = rules.to_vec();
    sorted.sort();
    sorted.dedup();
    Hash::of(&crate::format::encode(&sorted))
}
