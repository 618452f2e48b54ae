//! What the core says, in the reader's language: what kinds and their fields are called, what is wrong with a value, why
//! something was turned away. The core describes kinds in English; `texts/fr/kinds.ftl` says the same in French.

use protocol::{
    charter::{CharterError, DraftError, EntryError, ProposalError, SigningRefusal, SuccessionError},
    record::{Kind, Problem, Shape, Wrong},
    refusal::Refusal,
    store::StoreError,
    ticket::TicketError,
};

use super::texts::Language;

/// The key of what a kind says in English: `Web address` is `kind-web-address`.
fn key(english: &str) -> String {
    format!("kind-{}", dashed(english))
}

/// Lowercase letters and digits, with a dash for everything between them.
fn dashed(english: &str) -> String {
    let words = english.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

impl Language {
    /// A label, a help or a choice of a kind, which describes itself in English.
    pub(super) fn of_kind(self, english: &str) -> String {
        let own = (self != Language::English && !english.is_empty()).then(|| self.own(&key(english), None));
        own.flatten().unwrap_or_else(|| english.to_owned())
    }

    /// What people read for a value: a choice in their language, anything else as it was written.
    pub(super) fn value(self, shape: &Shape, value: &str) -> String {
        match shape {
            Shape::Choice(choices) => {
                let known = choices.iter().find(|choice| choice.value == value);
                known.map_or_else(|| value.to_owned(), |choice| self.of_kind(choice.label))
            }
            Shape::Set { of, .. } => self.value(of, value),
            Shape::Language => self.tongue(value),
            _ => value.to_owned(),
        }
    }

    /// What the language of this tag is called; the tag where we have no word for it.
    pub(super) fn tongue(self, tag: &str) -> String {
        let first = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        self.own(&format!("tongue-{first}"), None).unwrap_or_else(|| tag.to_owned())
    }

    /// The language of something written, where a page in this one has to say so.
    pub(super) fn foreign(self, tag: &str) -> Option<&str> {
        let first = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        (!tag.is_empty() && first(tag) != self.tag()).then_some(tag)
    }

    /// What is wrong with a value, and what to do about it.
    pub(super) fn wrong(self, wrong: &Wrong) -> String {
        let one = |key: &str, name: &str, value: &dyn std::fmt::Display| self.say_all(key, &[(name, value)]);
        let number = |key: &str, count: usize, most: usize| {
            self.say_all(key, &[("count", &self.number(count as f64)), ("most", &self.number(most as f64))])
        };
        match wrong {
            Wrong::Missing => self.say("wrong-missing"),
            Wrong::MissingToShare => self.say("wrong-missing-to-share"),
            Wrong::NoSuchField { .. } => self.say("wrong-field"),
            Wrong::NoSuchItem => self.say("wrong-item"),
            Wrong::NotA(what) => self.say(match *what {
                "a whole number" => "wrong-whole-number",
                "a number" => "wrong-number",
                what if what.starts_with("yes or no") => "wrong-yes-or-no",
                _ => "wrong-shape",
            }),
            Wrong::Misspelled { given, what, .. } => one(&format!("wrong-{}", dashed(what)), "given", given),
            Wrong::NoSuchDay(day) => one("wrong-day", "given", day),
            Wrong::NoSuchZone { given, .. } => one("wrong-zone", "given", given),
            Wrong::NotAChoice { given, .. } => one("wrong-choice", "given", given),
            Wrong::TooLong { length, most } => number("wrong-long", *length, *most),
            Wrong::TooMany { count, most } => number("wrong-many", *count, *most),
            Wrong::OutOfRange { least, most } => self.say_all("wrong-range", &[("least", least), ("most", most)]),
            Wrong::NotOneLine => self.say("wrong-line"),
            Wrong::SameIdTwice(_) => self.say("wrong-twice"),
            Wrong::BeforeItsStart(label) => one("wrong-order", "name", &self.of_kind(label)),
            Wrong::NeededWith(label) => one("wrong-with", "name", &self.of_kind(label)),
            Wrong::RecordTooLong { length, most } => number("wrong-record-long", *length, *most),
        }
    }

    /// What is wrong in a form, each with the name of its field.
    pub(super) fn problems(self, kind: &Kind, wrong: &[Problem]) -> Vec<String> {
        let label = |path: &str| kind.field_of(path).map_or_else(|| path.to_owned(), |field| self.of_kind(field.label));
        let told = wrong.iter().map(|problem| match problem.field.as_str() {
            "" => self.wrong(&problem.what),
            path => self.say_all("wrong-in", &[("name", &label(path)), ("what", &self.wrong(&problem.what))]),
        });
        told.collect()
    }

    /// All that needs a person.
    pub(super) fn all_refused(self, refusals: &[Refusal]) -> Vec<String> {
        refusals.iter().map(|refusal| self.refused(refusal)).collect()
    }

    /// Why something was turned away, and what to do next. Commands say it with commands; pages with pages.
    pub(super) fn refused(self, refusal: &Refusal) -> String {
        let (key, name) = refused(refusal);
        match refusal {
            Refusal::Invalid(problems) => {
                problems.iter().map(|problem| self.wrong(&problem.what)).collect::<Vec<_>>().join(" ")
            }
            Refusal::BadText { most, .. } => self.say_with(key, "count", *most),
            Refusal::TicketDays(most) => self.say_with(key, "count", *most),
            _ => self.say_with(key, "name", name),
        }
    }
}

/// The text that says it, and whom or what it names.
fn refused(refusal: &Refusal) -> (&'static str, &str) {
    match refusal {
        Refusal::NoName => ("refused-no-name", ""),
        Refusal::BadText { .. } => ("refused-text", ""),
        Refusal::InNetwork => ("refused-in-network", ""),
        Refusal::NoNetwork => ("refused-no-network", ""),
        Refusal::NotMember => ("refused-not-member", ""),
        Refusal::NoLongerMember => ("refused-no-longer-member", ""),
        Refusal::PartnershipEnded(name) => ("refused-partnership-ended", name),
        Refusal::NotSteward(names) => ("refused-not-steward", names),
        Refusal::UnknownVersion(_) => ("refused-record", ""),
        Refusal::UnknownRecord(_) | Refusal::ShortId(_) | Refusal::Ambiguous(_) => ("refused-record", ""),
        Refusal::SeveralAlike(title) => ("refused-alike", title),
        Refusal::UnknownKind(name) => ("refused-kind", name),
        Refusal::UnknownTag(tag) => ("refused-tag", tag),
        Refusal::UnknownMember(name) => ("refused-member", name),
        Refusal::UnknownInvitation(_) => ("refused-invitation", ""),
        Refusal::BlockOwn => ("refused-block-own", ""),
        Refusal::UnknownProposal(_) => ("refused-proposal", ""),
        Refusal::UnknownApplicant(name) => ("refused-applicant", name),
        Refusal::NotOwner(owner) => ("refused-not-owner", owner),
        Refusal::NotEditor(owner) => ("refused-not-editor", owner),
        Refusal::Deleted => ("refused-deleted", ""),
        Refusal::Superseded(_) => ("refused-superseded", ""),
        // Its problems are told one by one.
        Refusal::Invalid(_) => ("wrong-shape", ""),
        Refusal::StaleHeads => ("refused-stale", ""),
        Refusal::Undecided(field) => ("refused-undecided", field),
        Refusal::NothingToTakeBack => ("refused-nothing-to-take-back", ""),
        Refusal::TooManyHeaders => ("refused-too-often", ""),
        Refusal::Copied => ("refused-copied", ""),
        Refusal::Stopping => ("refused-stopping", ""),
        Refusal::Busy => ("refused-busy", ""),
        Refusal::Ticket(TicketError::NotATicket) => ("refused-no-invitation", ""),
        Refusal::Ticket(TicketError::Damaged) => ("refused-invitation-damaged", ""),
        Refusal::Ticket(TicketError::Newer) | Refusal::Outdated => ("refused-outdated", ""),
        Refusal::TicketExpired => ("refused-invitation-old", ""),
        Refusal::TicketRefused => ("refused-invitation-used", ""),
        Refusal::TicketDays(_) => ("refused-invitation-days", ""),
        Refusal::NoAddress => ("refused-no-address", ""),
        Refusal::Charter(error) | Refusal::Draft(DraftError::Invalid(error)) => charter(error),
        Refusal::Draft(error) => draft(error),
        Refusal::Proposal(error) => proposal(error),
        Refusal::Signing(error) => signing(error),
        Refusal::Forked(_) => ("refused-forked", ""),
        Refusal::Store(StoreError::Full) => ("refused-full", ""),
        Refusal::Unreadable | Refusal::Store(_) => ("refused-unreadable", ""),
    }
}

fn draft(error: &DraftError) -> (&'static str, &str) {
    match error {
        DraftError::NoSteward => ("refused-no-steward", ""),
        DraftError::Unchanged => ("refused-unchanged", ""),
        DraftError::Outdated(_) => ("refused-outdated", ""),
        _ => ("refused-charter", ""),
    }
}

fn proposal(error: &ProposalError) -> (&'static str, &str) {
    match error {
        ProposalError::Version(_) => ("refused-outdated", ""),
        ProposalError::OtherParent => ("refused-other-charter", ""),
        ProposalError::NotMember => ("refused-not-member", ""),
        ProposalError::Why => ("refused-reason", ""),
        ProposalError::Entry(error) => charter(error),
    }
}

fn signing(error: &SigningRefusal) -> (&'static str, &str) {
    match error {
        SigningRefusal::Unconfirmed => ("refused-unconfirmed", ""),
        SigningRefusal::NotChild(_) => ("refused-other-charter", ""),
        SigningRefusal::NotSteward => ("refused-only-stewards", ""),
        SigningRefusal::Final { .. } => ("refused-voted", ""),
        SigningRefusal::Open(_) | SigningRefusal::NoRoom => ("refused-vote-open", ""),
    }
}

fn charter(error: &CharterError) -> (&'static str, &str) {
    match error {
        CharterError::Outdated { .. } => ("refused-outdated", ""),
        CharterError::Entry(EntryError::Name(name)) => ("refused-charter-name", name),
        CharterError::Entry(EntryError::Text) => ("refused-charter-text", ""),
        CharterError::Entry(EntryError::Date(_)) => ("refused-charter-date", ""),
        CharterError::Entry(EntryError::Quorum { .. }) => ("refused-quorum", ""),
        CharterError::Entry(EntryError::TooManyStewards(_) | EntryError::TooManyMembers(_)) => ("refused-too-many", ""),
        CharterError::Succession(SuccessionError::NotNext { .. } | SuccessionError::OtherParent) => {
            ("refused-other-charter", "")
        }
        _ => ("refused-charter", ""),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use protocol::{
        identity::Hash,
        kinds,
        record::{Field, closest},
    };

    use super::*;
    use crate::web::texts::texts;

    fn gather(fields: impl Iterator<Item = &'static Field>, into: &mut BTreeSet<&'static str>) {
        for field in fields {
            into.extend([field.label, field.help]);
            of_shape(&field.shape, into);
        }
    }

    fn of_shape(shape: &'static Shape, into: &mut BTreeSet<&'static str>) {
        match shape {
            Shape::Choice(choices) => into.extend(choices.iter().map(|choice| choice.label)),
            Shape::Set { of, .. } => of_shape(of, into),
            _ => gather(shape.inner().iter(), into),
        }
    }

    /// All that kinds say in English.
    fn english() -> BTreeSet<&'static str> {
        let mut english = BTreeSet::new();
        for kind in kinds::all() {
            english.extend([kind.label, kind.plural, kind.help]);
            gather(kind.fields().iter(), &mut english);
        }
        english.remove("");
        english
    }

    #[test]
    fn whatever_a_kind_says_is_said_in_french_and_nothing_is_left_over() {
        let english = english();
        assert!(english.len() > 400, "{}", english.len());
        let mut keys: BTreeMap<String, &str> = BTreeMap::new();
        for text in &english {
            let other = keys.insert(key(text), text);
            assert!(other.is_none(), "{text:?} and {other:?} have one key");
        }
        let french = texts("fr");
        let there: BTreeSet<&str> =
            french.lines().filter(|l| l.starts_with("kind-")).filter_map(|l| l.split(" = ").next()).collect();
        let asked: BTreeSet<&str> = keys.keys().map(String::as_str).collect();
        let missing: Vec<String> =
            asked.difference(&there).map(|key| format!("{key} = (French of: {})", keys[*key])).collect();
        let over: Vec<String> = there
            .difference(&asked)
            .map(|key| format!("{key} (meant: {:?})", closest(key, asked.iter().copied())))
            .collect();
        assert!(missing.is_empty() && over.is_empty(), "missing:\n{}\nleft over: {over:#?}", missing.join("\n"));
    }

    #[test]
    fn a_label_a_help_and_a_choice_in_french() {
        let practice = kinds::kind("practice").unwrap();
        let cost = practice.field("cost").unwrap();
        assert_eq!(Language::French.of_kind(practice.label), "Pratique");
        assert_eq!(Language::French.value(&cost.shape, "none"), "Rien");
        assert_eq!(Language::English.value(&cost.shape, "none"), "Nothing");
        assert_eq!(Language::French.value(&cost.shape, "from a newer version"), "from a newer version");
        assert_eq!(Language::French.of_kind("Nobody wrote this down"), "Nobody wrote this down");
    }

    /// The word for what a value should be is in the core; each has a sentence that says how to write it.
    #[test]
    fn whatever_is_misspelled_is_told_in_both_languages() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../protocol/src/record");
        let mut sorts = BTreeSet::new();
        for file in std::fs::read_dir(folder).unwrap() {
            let Ok(text) = std::fs::read_to_string(file.unwrap().path()) else { continue };
            let calls = text.split("misspelled(").skip(1).filter_map(|call| call.split('"').nth(1));
            sorts.extend(
                calls
                    .filter(|what| what.starts_with("a ") || what.starts_with("an ") || what.starts_with("the "))
                    .map(dashed),
            );
        }
        assert!(sorts.len() > 10, "{sorts:?}");
        for language in super::super::texts::LANGUAGES {
            for sort in &sorts {
                assert!(language.own(&format!("wrong-{sort}"), None).is_some(), "{}: wrong-{sort}", language.tag());
            }
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_a_word_of_the_command_line() {
        let wrong = [
            Wrong::Missing,
            Wrong::MissingToShare,
            Wrong::NoSuchField { closest: None },
            Wrong::NoSuchItem,
            Wrong::NotA("a number"),
            Wrong::NotA("a whole number"),
            Wrong::NotA("yes or no"),
            Wrong::NotA("a list"),
            Wrong::NoSuchDay("2027-02-30".into()),
            Wrong::NoSuchZone { given: "Maine".into(), closest: None },
            Wrong::NotAChoice { given: "x".into(), choices: vec![] },
            Wrong::TooLong { length: 12_345, most: 10_000 },
            Wrong::TooMany { count: 3, most: 2 },
            Wrong::OutOfRange { least: "0".into(), most: "2".into() },
            Wrong::NotOneLine,
            Wrong::SameIdTwice("a".into()),
            Wrong::BeforeItsStart("Starts"),
            Wrong::NeededWith("Latitude"),
            Wrong::RecordTooLong { length: 3, most: 2 },
        ];
        for wrong in &wrong {
            assert_said(&|language| language.wrong(wrong));
        }
        assert_eq!(
            Language::French.wrong(&Wrong::BeforeItsStart("Starts")),
            "Ceci vient avant « Début ». Remettez les deux dans l’ordre."
                .replace("« ", "«\u{a0}")
                .replace(" »", "\u{a0}»")
        );
        assert!(Language::English.wrong(&wrong[11]).contains("12,345"));
        assert!(Language::French.wrong(&wrong[11]).contains("12\u{a0}345"));
    }

    #[test]
    fn what_is_refused_is_said_without_a_word_of_the_command_line() {
        let hidden = || "x".to_owned();
        let refusals = [
            Refusal::NoName,
            Refusal::BadText { what: "x", most: 200 },
            Refusal::InNetwork,
            Refusal::NoNetwork,
            Refusal::NotMember,
            Refusal::NoLongerMember,
            Refusal::PartnershipEnded(hidden()),
            Refusal::NotSteward(hidden()),
            Refusal::UnknownRecord(hidden()),
            Refusal::SeveralAlike(hidden()),
            Refusal::UnknownKind(hidden()),
            Refusal::UnknownTag(hidden()),
            Refusal::UnknownMember(hidden()),
            Refusal::UnknownProposal(hidden()),
            Refusal::UnknownApplicant(hidden()),
            Refusal::NotOwner(hidden()),
            Refusal::NotEditor(hidden()),
            Refusal::Deleted,
            Refusal::Superseded(hidden()),
            Refusal::Invalid(vec![]),
            Refusal::StaleHeads,
            Refusal::Undecided(hidden()),
            Refusal::NothingToTakeBack,
            Refusal::TooManyHeaders,
            Refusal::Copied,
            Refusal::Stopping,
            Refusal::Busy,
            Refusal::Ticket(TicketError::NotATicket),
            Refusal::Ticket(TicketError::Damaged),
            Refusal::Ticket(TicketError::Newer),
            Refusal::TicketExpired,
            Refusal::TicketRefused,
            Refusal::TicketDays(30),
            Refusal::NoAddress,
            Refusal::Charter(CharterError::NotGenesis),
            Refusal::Charter(CharterError::Entry(EntryError::Name(hidden()))),
            Refusal::Charter(CharterError::Entry(EntryError::Text)),
            Refusal::Charter(CharterError::Entry(EntryError::Date(hidden()))),
            Refusal::Charter(CharterError::Entry(EntryError::Quorum { k: 9, stewards: 2 })),
            Refusal::Charter(CharterError::Entry(EntryError::TooManyMembers(9))),
            Refusal::Draft(DraftError::NoSteward),
            Refusal::Draft(DraftError::Unchanged),
            Refusal::Proposal(ProposalError::OtherParent),
            Refusal::Proposal(ProposalError::Why),
            Refusal::Signing(SigningRefusal::Unconfirmed),
            Refusal::Signing(SigningRefusal::NotSteward),
            Refusal::Signing(SigningRefusal::Final { approve: true }),
            Refusal::Signing(SigningRefusal::Open(Hash([0; 32]))),
            Refusal::Forked(hidden()),
            Refusal::Unreadable,
            Refusal::Store(StoreError::Full),
        ];
        for refusal in &refusals {
            if !matches!(refusal, Refusal::Invalid(_)) {
                assert_said(&|language| language.refused(refusal));
            }
        }
    }

    /// In both languages, each in its own words, and without what only programmers say.
    fn assert_said(say: &dyn Fn(Language) -> String) {
        let (english, french) = (say(Language::English), say(Language::French));
        assert!(english != french && !english.starts_with("wrong-") && !english.starts_with("refused-"), "{english}");
        for said in [&english, &french] {
            let words: Vec<String> = said.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).collect();
            for never in ["node", "peer", "hash", "token", "id", "ticket", "nœud", "jeton"] {
                assert!(!words.iter().any(|word| word == never), "{never}: {said}");
            }
        }
    }
}
