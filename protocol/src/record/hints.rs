//! What somebody might want to look at once more before others read it: words that are hard to read, and what could tell
//! who a person is. Hints only: nothing is refused for them, and few false ones matter more than finding all.

use super::shape::{Field, Fields, Kind, Shape};
use super::validate::within;
use super::wrong::shortened;
use serde_json::{Map, Value};

/// Something to look at once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Where, as people write it; empty for the record as a whole.
    pub field: String,
    /// What.
    pub what: Hinted,
}

/// What a hint is about, with the words it was found in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hinted {
    /// A sentence of so many words.
    LongSentence(usize),
    /// Hard words in long sentences throughout.
    HardToRead,
    /// No summary: lists show nothing of it.
    NoSummary,
    /// A person with a day of birth or an age.
    BornOn(String),
    /// A client by name.
    Client(String),
    /// Somebody's number at an office or a court.
    CaseNumber(String),
    /// A number like those of Social Security.
    SocialSecurity,
    /// An e-mail address in a text.
    Email(String),
    /// A telephone number in a text.
    Phone(String),
}

impl Hinted {
    /// Whether it could tell who somebody is.
    pub fn is_personal(&self) -> bool {
        !matches!(self, Hinted::LongSentence(_) | Hinted::HardToRead | Hinted::NoSummary)
    }
}

/// Words of a sentence beyond which readers lose its beginning; plain-language guides ask for 15 to 20 on average.
const SENTENCE_WORDS: usize = 32;
/// Words that a text needs before anything can be said of how hard it is.
const TEXT_WORDS: usize = 40;
/// The school grade from which a text counts as hard (Flesch and Kincaid); the pages ask for 6 to 8 and allow some more.
const HARD_GRADE: f64 = 12.0;
/// The same for French: the ease below which a text is difficult (Kandel and Moles).
const HARD_EASE: f64 = 35.0;
/// Hints that one record gets, so that nobody stops reading them.
const MOST: usize = 12;
/// Fields whose texts are there for names, numbers and addresses.
const FOR_PEOPLE: [&str; 4] = ["contacts", "phones", "attribution", "adopted_from"];

/// What to look at once more in a record of this kind, written in this language (a tag of BCP 47).
pub fn hints(kind: &Kind, value: &Value, language: &str) -> Vec<Hint> {
    let mut found = Vec::new();
    let none = Map::new();
    let fields = value.as_object().unwrap_or(&none);
    texts(kind.fields(), fields, "", &mut |field, at, text| {
        let title = at == kind.title;
        let long = matches!(field.shape, Shape::Prose { .. } | Shape::Lines { .. });
        let mut all = personal(text);
        if long && !title {
            all.extend(plain(text, language));
        }
        found.extend(all.into_iter().map(|what| Hint { field: at.to_owned(), what }));
    });
    let summary = kind.field("summary").is_some();
    if summary && fields.get("summary").and_then(Value::as_str).is_none_or(|text| text.trim().is_empty()) {
        found.push(Hint { field: "summary".into(), what: Hinted::NoSummary });
    }
    found.sort_by_key(|hint| !hint.what.is_personal());
    found.truncate(MOST);
    found
}

fn texts(fields: Fields, object: &Map<String, Value>, at: &str, look: &mut impl FnMut(&'static Field, &str, &str)) {
    for field in fields.iter().filter(|field| field.asked && !FOR_PEOPLE.contains(&field.name)) {
        let Some(value) = object.get(field.name) else { continue };
        let at = within(at, field.name);
        match (&field.shape, value) {
            (Shape::Line { .. } | Shape::Lines { .. } | Shape::Prose { .. }, Value::String(text)) => {
                look(field, &at, text)
            }
            (Shape::Group(_), Value::Object(group)) => texts(field.shape.inner(), group, &at, look),
            (Shape::List { .. }, Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    if let Some(item) = item.as_object() {
                        texts(field.shape.inner(), item, &format!("{at}[{}]", index + 1), look);
                    }
                }
            }
            _ => {}
        }
    }
}

// Plain language.

fn plain(text: &str, language: &str) -> Vec<Hinted> {
    let sentences: Vec<Vec<&str>> =
        sentences(text).map(|s| words(s).collect()).filter(|w: &Vec<_>| !w.is_empty()).collect();
    let longest = sentences.iter().map(Vec::len).max().unwrap_or(0);
    let mut found = Vec::new();
    let count: usize = sentences.iter().map(Vec::len).sum();
    if longest > SENTENCE_WORDS {
        found.push(Hinted::LongSentence(longest));
    } else if count >= TEXT_WORDS {
        let syllables: usize = sentences.iter().flatten().map(|word| syllables(word)).sum();
        let (length, weight) = (count as f64 / sentences.len() as f64, syllables as f64 / count as f64);
        let hard = match language.split('-').next() {
            Some("en") => 0.39 * length + 11.8 * weight - 15.59 > HARD_GRADE,
            Some("fr") => 207.0 - 1.015 * length - 73.6 * weight < HARD_EASE,
            _ => false,
        };
        if hard {
            found.push(Hinted::HardToRead);
        }
    }
    found
}

/// Lines are sentences too: lists are written without full stops.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', '!', '?', ';', ':']).flat_map(|part| part.split(". "))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’' && c != '-').filter(|word| !word.is_empty())
}

/// Groups of vowels, near enough for whole texts in English and French.
fn syllables(word: &str) -> usize {
    let lower = word.to_lowercase();
    let vowel = |c: char| "aeiouyàâäéèêëîïôöùûüœ".contains(c);
    let (mut count, mut before) = (0, false);
    for c in lower.chars() {
        count += usize::from(vowel(c) && !before);
        before = vowel(c);
    }
    let mute = lower.ends_with('e') && !lower.ends_with("le") && count > 1;
    (count - usize::from(mute)).max(1)
}

// What could tell who somebody is.

fn personal(text: &str) -> Vec<Hinted> {
    let mut found = Vec::new();
    let tokens: Vec<&str> = text.split_whitespace().collect();
    for (at, token) in tokens.iter().enumerate() {
        let bare = bare(token);
        if is_email(bare) {
            found.push(Hinted::Email(shortened(bare)));
        }
        let rest = &tokens[at..];
        if is_social(bare) {
            found.push(Hinted::SocialSecurity);
        } else if let Some(phone) = phone(rest) {
            found.push(Hinted::Phone(phone));
        }
        found.extend(client(rest).map(Hinted::Client));
        found.extend(case_number(rest).map(Hinted::CaseNumber));
        found.extend(born(&tokens, at).map(Hinted::BornOn));
    }
    found.dedup();
    found
}

fn bare(token: &str) -> &str {
    token.trim_matches(|c: char| !c.is_alphanumeric())
}

fn is_email(word: &str) -> bool {
    let Some((name, host)) = word.split_once('@') else { return false };
    let sign = |c: char| c.is_alphanumeric() || ".-_+".contains(c);
    !name.is_empty() && host.contains('.') && name.chars().chain(host.chars()).all(sign)
}

/// Three groups of three, two and four digits, of which the first was ever given out.
fn is_social(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    let [area, group, serial] = parts[..] else { return false };
    let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
    digits(area, 3)
        && digits(group, 2)
        && digits(serial, 4)
        && !["000", "666"].contains(&area)
        && !area.starts_with('9')
}

/// A North American number with its area code. Numbers that cost nothing to call are a service's, not a person's.
fn phone(rest: &[&str]) -> Option<String> {
    const FREE: [&str; 7] = ["800", "833", "844", "855", "866", "877", "888"];
    let area = rest.first()?.starts_with('(').then(|| rest.get(1)).flatten();
    let said = area.map_or_else(|| rest[0].to_owned(), |second| format!("{} {second}", rest[0]));
    let said = said.trim_end_matches(|c: char| !c.is_ascii_digit());
    let signs = |c: char| c.is_ascii_digit() || " ()-.+".contains(c);
    let separated = said.matches(['-', '.', ' ']).count() >= 1;
    let digits: String = said.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.strip_prefix('1').filter(|rest| rest.len() == 10).unwrap_or(&digits);
    let groups: Vec<usize> = said.split(|c: char| !c.is_ascii_digit()).map(str::len).filter(|len| *len > 0).collect();
    let right = digits.len() == 10 && separated && said.chars().all(signs) && groups.ends_with(&[3, 4]);
    (right && !FREE.contains(&&digits[..3]) && !digits.starts_with(['0', '1'])).then(|| said.to_owned())
}

/// `client Maria`, `client: J. S.`, `our client named …`; not `client services`.
fn client(rest: &[&str]) -> Option<String> {
    const NOT_PEOPLE: [&str; 12] = [
        "Services",
        "Service",
        "Support",
        "Portal",
        "Care",
        "Center",
        "Rights",
        "Advocate",
        "Assistance",
        "Intake",
        "Choice",
        "Advisory",
    ];
    let word = bare(rest.first()?).to_lowercase();
    let known = ["client", "clients", "cliente", "patient", "patiente"].contains(&word.as_str());
    // The name stands right after it: a sentence that ends there says nothing of anybody.
    if !known || rest[0].ends_with(['.', '!', '?', ';', ',']) {
        return None;
    }
    let mut next = *rest.get(1)?;
    let called = ["named", "called", "nommé", "nommée"].contains(&next);
    if called {
        next = rest.get(2)?;
    }
    (is_name(next) && !NOT_PEOPLE.contains(&bare(next))).then(|| format!("{} {}", bare(rest[0]), bare(next)))
}

/// `case no. 20-1234`, `MaineCare ID 12345678A`: a number of four digits at least after a word for files and a word for
/// numbers.
fn case_number(rest: &[&str]) -> Option<String> {
    const FILES: [&str; 9] =
        ["case", "docket", "mrn", "medicaid", "mainecare", "medicare", "dossier", "inmate", "patient"];
    const NUMBERS: [&str; 7] = ["no", "number", "id", "nr", "n°", "numéro", "num"];
    let word = bare(rest.first()?).to_lowercase();
    if !FILES.contains(&word.as_str()) {
        return None;
    }
    let next = *rest.get(1)?;
    let said = bare(next).to_lowercase();
    let marked = next.starts_with('#') && said.chars().any(|c| c.is_ascii_digit());
    let number = match NUMBERS.contains(&said.as_str()) || next == "#" {
        true => bare(rest.get(2)?),
        false if marked || word == "mrn" => bare(next),
        false => return None,
    };
    let digits = number.chars().filter(char::is_ascii_digit).count();
    (digits >= 4).then(|| shortened(&format!("{} {number}", bare(rest[0]))))
}

/// A name near a day of birth or an age: `Jane Doe, born 3/4/2015`, `Jane Doe (7 years old)`.
fn born(tokens: &[&str], at: usize) -> Option<String> {
    const BIRTH: [&str; 7] = ["born", "dob", "d.o.b", "birthday", "birthdate", "née", "né"];
    /// As far from a name as such words stand.
    const NEAR: usize = 6;
    let (first, last) = (tokens[at], *tokens.get(at + 1)?);
    let name = is_name(first) && is_name(last) && first.chars().all(|c| c.is_alphabetic() || "'’-.".contains(c));
    if !name {
        return None;
    }
    let near: Vec<String> = tokens[at + 2..].iter().take(NEAR).map(|token| bare(token).to_lowercase()).collect();
    let number = |word: &str| word.parse::<u32>().is_ok_and(|age| age < 110);
    let years = ["years", "year", "yrs", "months", "ans", "mois"];
    let old = near.windows(3).any(|w| number(&w[0]) && years.contains(&w[1].as_str()) && w[2] == "old")
        || near
            .windows(2)
            .any(|w| (w[0] == "age" || w[0] == "aged" || w[0] == "âgé" || w[0] == "âgée") && number(&w[1]))
        || near.iter().any(|word| word.ends_with("-year-old"));
    let birth = near.iter().position(|word| BIRTH.contains(&word.as_str()));
    // A group is born in a year; of a person the word stands right after the name, or the day is told.
    let day = birth.is_some_and(|at| near[at + 1..].iter().any(|word| is_day(word) || (at == 0 && is_year(word))));
    (old || day).then(|| format!("{} {}", bare(first), bare(last)))
}

fn is_day(word: &str) -> bool {
    word.split(['/', '-', '.']).filter(|part| part.parse::<u32>().is_ok()).count() == 3
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && word.parse::<u32>().is_ok_and(|year| (1900..2100).contains(&year))
}

fn is_name(token: &str) -> bool {
    let word = bare(token);
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase)
        && (letters.clone().all(|c| c.is_lowercase() || "'’-".contains(c)) || word.len() == 1 || token.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::kind;
    use serde_json::json;

    fn of(text: &str) -> Vec<Hinted> {
        let value = json!({ "title": "Walk", "summary": "We walk.", "problem": text });
        hints(kind("practice").unwrap(), &value, "en").into_iter().map(|hint| hint.what).collect()
    }

    #[test]
    fn what_could_tell_who_somebody_is() {
        let table: [(&str, Hinted); 16] = [
            ("Jane Doe, born 3/4/2015, came first.", Hinted::BornOn("Jane Doe".into())),
            ("We met Jayden Smith (DOB 2015-03-04).", Hinted::BornOn("Jayden Smith".into())),
            ("Ana Lopez, 7 years old, was the first.", Hinted::BornOn("Ana Lopez".into())),
            ("Ana Lopez, age 7, was the first.", Hinted::BornOn("Ana Lopez".into())),
            ("Luc Roy, né en 2015.", Hinted::BornOn("Luc Roy".into())),
            ("Write to ann.lee@example.org for more.", Hinted::Email("ann.lee@example.org".into())),
            ("Call (207) 555-0123.", Hinted::Phone("(207) 555-0123".into())),
            ("Call 207-555-0123, please.", Hinted::Phone("207-555-0123".into())),
            ("Call +1-207-555-0123", Hinted::Phone("+1-207-555-0123".into())),
            ("Number 123-45-6789 was on the form.", Hinted::SocialSecurity),
            ("Our client Maria was happy.", Hinted::Client("client Maria".into())),
            ("Client: J. had three visits.", Hinted::Client("Client J".into())),
            ("A client named Maria said so.", Hinted::Client("client Maria".into())),
            ("See case no. 20-12345.", Hinted::CaseNumber("case 20-12345".into())),
            ("See case #12345.", Hinted::CaseNumber("case 12345".into())),
            ("MaineCare ID 12345678A", Hinted::CaseNumber("MaineCare 12345678A".into())),
        ];
        for (text, hint) in table {
            assert!(hint.is_personal());
            assert_eq!(of(text), [hint], "{text}");
        }
    }

    #[test]
    fn what_is_no_fault_is_left_alone() {
        for text in [
            "Clients may call at any time. Families come first.",
            "Ask Client Services at the town office.",
            "We asked each client. Nobody minded.",
            "Dial 211 or 988, or 1-800-555-0199.",
            "In case 12 families come, open the hall.",
            "Case no. 3 shows how.",
            "The Spring Fair is on 3/4/2026 at the Grange Hall.",
            "Riverside Families was born in 2015 out of a supper.",
            "It takes 2 to 3 hours and 1,200 dollars, from 2019-2024.",
            "The Youth Center is for ages 7 to 12.",
            "Winter Coats for children 5 years and up.",
            "Section 2.4.1 and the form 1040-2024-11.",
            "@everybody: see you at 5.",
        ] {
            assert_eq!(of(text), [], "{text}");
        }
    }

    #[test]
    fn long_and_hard_texts_are_said_to_be_so() {
        let long = "We walk and ask and listen and ".repeat(8) + "go home.";
        assert_eq!(of(&long), [Hinted::LongSentence(58)]);
        let hard =
            "Interdisciplinary collaboration facilitates comprehensive organizational transformation. ".repeat(7);
        assert_eq!(of(&hard), [Hinted::HardToRead]);
        let easy = "We meet on Monday. We eat and talk. Then we plan the week and say who does what. ".repeat(6);
        assert_eq!(of(&easy), []);
        let french = json!({ "title": "a", "summary": "L’opérationnalisation interinstitutionnelle des recommandations \
            méthodologiques nécessite une réorganisation administrative fondamentale. ".repeat(6) });
        let found = hints(kind("practice").unwrap(), &french, "fr-CA");
        assert_eq!(found, [Hint { field: "summary".into(), what: Hinted::HardToRead }]);
    }

    #[test]
    fn contacts_are_the_place_for_numbers_and_a_record_wants_a_summary() {
        let value = json!({
            "title": "Walk", "contacts": [{"name": "Desk", "email": "desk@example.org", "phones": [{"number": "207-555-0123"}]}],
            "steps": [{"text": "Ask ann@example.org"}],
        });
        let found = hints(kind("practice").unwrap(), &value, "en");
        let told: Vec<(&str, bool)> = found.iter().map(|hint| (hint.field.as_str(), hint.what.is_personal())).collect();
        assert_eq!(told, [("steps[1].text", true), ("summary", false)]);
        let flood = json!({ "title": "a", "summary": "ann@example.org ".repeat(500) });
        assert!(hints(kind("practice").unwrap(), &flood, "en").len() <= MOST);
    }
}
