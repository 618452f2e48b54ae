//! What the pages say, in the reader's language. Every sentence stands in `texts/`, one folder a language and one file a
//! noun in it; none stands in a template.

use std::{fmt, sync::LazyLock};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use rust_embed::RustEmbed;

/// A language the pages are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    English,
    French,
}

/// All of them, in the order in which a reader without a wish gets them.
pub(super) const LANGUAGES: [Language; 2] = [Language::English, Language::French];

type Bundle = FluentBundle<FluentResource>;

static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle("en"));
static FRENCH: LazyLock<Bundle> = LazyLock::new(|| bundle("fr"));

#[derive(RustEmbed)]
#[folder = "texts/"]
struct Texts;

/// All texts of a language, file after file.
pub(super) fn texts(tag: &str) -> String {
    let of_language = Texts::iter().filter(|path| path.split('/').next() == Some(tag));
    let files = of_language.filter_map(|path| Texts::get(&path));
    files.map(|file| String::from_utf8_lossy(&file.data).into_owned()).collect::<Vec<_>>().join("\n")
}

/// French marks stay with their words: a line that breaks before one leaves it alone on the next.
fn marks_kept(text: String) -> String {
    let marks = ["?", "!", ";", ":", "»"];
    let kept = marks.iter().fold(text, |text, mark| text.replace(&format!(" {mark}"), &format!("\u{a0}{mark}")));
    kept.replace("« ", "«\u{a0}")
}

fn bundle(tag: &str) -> Bundle {
    let mut bundle = Bundle::new_concurrent(tag.parse().into_iter().collect());
    // Directional marks around what is put in would stand in titles and e-mail; names come with marks of their own.
    bundle.set_use_isolating(false);
    // A mistake in our own file shows as a missing text, and fails a test.
    let text = if tag == "fr" { marks_kept(texts(tag)) } else { texts(tag) };
    let resource = FluentResource::try_new(text).unwrap_or_else(|(resource, _)| resource);
    bundle.set_formatter(Some(match tag {
        "fr" => |value, _| counted(Language::French, value),
        _ => |value, _| counted(Language::English, value),
    }));
    bundle.add_resource_overriding(resource);
    bundle
}

/// A number within a sentence, as the sentence's language writes it.
fn counted(language: Language, value: &FluentValue<'_>) -> Option<String> {
    match value {
        FluentValue::Number(number) => Some(language.number(number.value)),
        _ => None,
    }
}

impl Language {
    /// The language of this tag, if it is one of ours: `fr`, `fr-CA`.
    pub(super) fn of_tag(tag: &str) -> Option<Language> {
        let first = tag.split('-').next().unwrap_or_default().trim().to_ascii_lowercase();
        LANGUAGES.into_iter().find(|language| language.tag() == first)
    }

    /// The first of ours in a browser's list of wishes (`Accept-Language`); its order is taken as it stands.
    pub(super) fn wished(list: &str) -> Option<Language> {
        list.split(',').filter_map(|wish| wish.split(';').next()).find_map(Language::of_tag)
    }

    /// Its tag of BCP 47.
    pub(super) fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::French => "fr",
        }
    }

    /// Its own name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Language::English => "English",
            Language::French => "Français",
        }
    }

    /// A sentence.
    pub(super) fn say(self, key: &str) -> String {
        self.find(key, None)
    }

    /// A sentence with one thing in it.
    pub(super) fn say_with<'a>(self, key: &str, name: &'a str, value: impl Into<FluentValue<'a>>) -> String {
        let mut args = FluentArgs::new();
        args.set(name, value);
        self.find(key, Some(&args))
    }

    /// A sentence with several things in it.
    pub(super) fn say_all(self, key: &str, things: &[(&str, &dyn fmt::Display)]) -> String {
        let args: FluentArgs<'_> = things.iter().map(|(name, value)| (*name, value.to_string())).collect();
        self.find(key, Some(&args))
    }

    /// A number as people write it: 12,345.5 or 12 345,5. Four digits stay together, since they may be a year.
    pub(super) fn number(self, number: f64) -> String {
        let text = number.to_string();
        let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
        let digits = whole.trim_start_matches('-').len();
        let (gap, point) = match self {
            Language::English => (',', '.'),
            Language::French => ('\u{a0}', ','),
        };
        let mut said = String::new();
        for (at, digit) in whole.chars().enumerate() {
            let left = whole.len() - at;
            if digits > 4 && left < digits && left % 3 == 0 {
                said.push(gap);
            }
            said.push(digit);
        }
        if !rest.is_empty() {
            said.push(point);
            said.push_str(rest);
        }
        said
    }

    /// The text in this language, else in English, else its key: a page is never without a word.
    fn find(self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let found = self.own(key, args).or_else(|| Language::English.own(key, args));
        found.unwrap_or_else(|| key.to_owned())
    }

    /// The text in this language, if it has one.
    pub(super) fn own(self, key: &str, args: Option<&FluentArgs<'_>>) -> Option<String> {
        let bundle: &Bundle = match self {
            Language::English => &ENGLISH,
            Language::French => &FRENCH,
        };
        let pattern = bundle.get_message(key)?.value()?;
        Some(bundle.format_pattern(pattern, args, &mut vec![]).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn keys(texts: &str) -> BTreeSet<&str> {
        texts
            .lines()
            .filter(|line| line.starts_with(char::is_alphabetic))
            .filter_map(|l| l.split(" =").next())
            .collect()
    }

    #[test]
    fn both_languages_say_everything() {
        let (english, french) = (texts("en"), texts("fr"));
        for texts in [&english, &french] {
            assert!(FluentResource::try_new(texts.to_owned()).is_ok());
            let lines = texts.lines().filter(|line| line.starts_with(char::is_alphabetic)).count();
            assert_eq!(lines, keys(texts).len(), "a text stands twice");
        }
        // What kinds say is English in their description; `words` looks after its French.
        let french = keys(&french).into_iter().filter(|key| !key.starts_with("kind-"));
        assert_eq!(keys(&english), french.collect());
        assert!(keys(&english).len() > 150);
    }

    /// A text that a page asks for and nobody wrote would show as its key.
    #[test]
    fn every_text_a_page_asks_for_is_there() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let (mut asked, mut files) = (BTreeSet::new(), 0);
        let mut folders = vec![root.join("templates"), root.join("src/web")];
        while let Some(folder) = folders.pop() {
            for file in std::fs::read_dir(folder).unwrap() {
                if file.as_ref().unwrap().path().is_dir() {
                    folders.push(file.unwrap().path());
                    continue;
                }
                let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
                let page = text.split("#[cfg(test)]").next().unwrap();
                for deed in [".say(\"", ".count(\"", ".with(\"", ".pair(\"", ".say_with(\"", ".say_all(\""] {
                    let keys = page.split(deed).skip(1).filter_map(|rest| rest.split('"').next());
                    asked.extend(keys.filter(|key| !key.is_empty()).map(String::from));
                }
                files += 1;
            }
        }
        let english = texts("en");
        let known = keys(&english);
        let missing: Vec<&String> = asked.iter().filter(|key| !known.contains(key.as_str())).collect();
        assert!(files > 15 && asked.len() > 60 && missing.is_empty(), "{missing:?}");
        for section in &crate::web::section::SECTIONS {
            for key in [
                section.path.into(),
                format!("{}-lead", section.path),
                format!("{}-find", section.path),
                format!("{}-new", section.path),
            ] {
                assert!(known.contains(key.as_str()), "{key}");
            }
        }
    }

    #[test]
    fn french_marks_stay_with_their_words() {
        assert_eq!(Language::French.say("who-will-see"), "Qui verra ceci\u{a0}?");
        assert_eq!(Language::French.say_with("edit-title", "name", "À pied"), "Modifier «\u{a0}À pied\u{a0}»");
    }

    #[test]
    fn numbers_are_written_as_each_language_writes_them() {
        let said = |number: f64| [Language::English, Language::French].map(|language| language.number(number));
        assert_eq!(said(1985.0), ["1985", "1985"]);
        assert_eq!(said(12345.5), ["12,345.5", "12\u{a0}345,5"]);
        assert_eq!(said(-123456.0), ["-123,456", "-123\u{a0}456"]);
        assert_eq!(said(-69.78), ["-69.78", "-69,78"]);
        assert_eq!(Language::French.say_with("found", "count", 1_000_000), "1\u{a0}000\u{a0}000 résultats");
        assert_eq!(Language::French.say_with("found", "count", 0), "0 résultat");
        assert_eq!(Language::English.say_with("found", "count", 0), "0 found");
    }

    #[test]
    fn the_first_wish_we_know_counts() {
        assert_eq!(Language::wished("de-CH,fr-CA;q=0.9,en;q=0.8"), Some(Language::French));
        assert_eq!(Language::wished("xx,*;q=0.1"), None);
    }

    #[test]
    fn a_missing_text_shows_its_key() {
        assert_eq!(Language::French.say("no-such-text"), "no-such-text");
    }
}
