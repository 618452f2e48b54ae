//! Hints before something is shared, in the reader's words. They stop nobody.

use protocol::{
    kinds,
    record::{self, Hinted, Kind},
};
use serde_json::Value;

use super::site::Site;

/// Something to look at once more.
#[derive(Debug)]
pub(super) struct Hint {
    /// The input it is about, to go there.
    pub(super) path: String,
    /// What the field is called.
    pub(super) label: String,
    pub(super) text: String,
    /// Whether it could tell who somebody is.
    pub(super) is_personal: bool,
}

/// What to look at once more in a record before others see it.
pub(super) fn hints(site: &Site, kind: &Kind, value: &Value) -> Vec<Hint> {
    let language = value["language"].as_str().unwrap_or_else(|| site.language.tag());
    let found = record::hints(kind, value, language);
    let hint = |hint: record::Hint| Hint {
        label: kind.field_of(&hint.field).map_or_else(String::new, |field| site.word(field.label)),
        is_personal: hint.what.is_personal(),
        text: said(site, &hint.what),
        path: hint.field,
    };
    found.into_iter().map(hint).collect()
}

fn said(site: &Site, what: &Hinted) -> String {
    match what {
        Hinted::LongSentence(words) => site.count("hint-long-sentence", words),
        Hinted::HardToRead => site.say("hint-hard"),
        Hinted::NoSummary => site.say("hint-no-summary"),
        Hinted::BornOn(found) => site.with("hint-born", found),
        Hinted::Client(found) => site.with("hint-client", found),
        Hinted::CaseNumber(found) => site.with("hint-case", found),
        Hinted::SocialSecurity => site.say("hint-social"),
        Hinted::Email(found) => site.with("hint-email", found),
        Hinted::Phone(found) => site.with("hint-phone", found),
    }
}

/// What this version of a record is called, for pages and drafts.
pub(super) fn title_of(kind: &Kind, typed: &super::form::Cells) -> String {
    typed.get(kind.title).map(|title| title.trim().to_owned()).unwrap_or_default()
}

/// Whether people make versions of their own of this kind.
pub(super) fn is_adopted(kind: &Kind) -> bool {
    kinds::ADOPTED.contains(&kind.name)
}
