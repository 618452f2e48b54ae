//! From text to words that can be compared: case and accents aside, and by their English and French stems.
//!
//! What stands in a record and what somebody types go the same way here, or the two would not meet.

use std::{borrow::Cow, collections::HashMap, ops::Range};

use frostem::{Algorithm, Stemmer};
use protocol::engine::fold;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Words that one search looks for.
pub(crate) const WORDS: usize = 8;
/// Characters of a word that are looked at: longer ones are addresses, or noise.
const LETTERS: usize = 40;
/// The fewest letters of a word that may be spelled otherwise by one letter: shorter ones resemble too many others.
const NEAR_LEAST: usize = 4;
/// The fewest letters that find longer words which begin with them.
const BEGIN_LEAST: usize = 2;
/// Words that say nothing by themselves: without them a question in a sentence finds what it is about.
const SMALL: [&str; 44] = [
    "a", "an", "and", "are", "at", "by", "for", "from", "how", "in", "is", "of", "on", "or", "our", "the", "to", "we",
    "what", "with", "you", "your", "au", "aux", "ce", "dans", "de", "des", "du", "en", "et", "la", "le", "les", "nos",
    "ou", "par", "pour", "que", "sur", "un", "une", "vos", "with",
];

/// How well a word fits what was typed. Its number is what it counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fit {
    /// Spelled otherwise, by one letter.
    Near = 3,
    /// It begins like that.
    Begins = 6,
    /// Another form of the same word.
    Stem = 8,
    /// The very word.
    Same = 10,
}

/// The languages whose words we can stem: what a tag begins with, and what marks their stems. No word begins with such a
/// mark, and none becomes one by changing a single letter.
const LANGUAGES: [(&str, &str, Algorithm); 2] =
    [("en", "\u{1}\u{1}", Algorithm::English), ("fr", "\u{2}\u{2}", Algorithm::French)];

/// Where the words of a text stand in it.
pub(crate) fn places(text: &str) -> impl Iterator<Item = Range<usize>> {
    let belongs = |c: char| c.is_alphanumeric() || is_combining_mark(c);
    let mut rest = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, _) = rest.by_ref().find(|(_, c)| c.is_alphanumeric())?;
        while rest.next_if(|(_, c)| belongs(*c)).is_some() {}
        let end = rest.peek().map_or(text.len(), |(at, _)| *at);
        Some(start..end)
    })
}

/// What stands in the index for a text in this language: each word, and its stems where they differ from it. Where nobody
/// said the language, the stems of all.
pub(crate) fn terms(text: &str, language: &str, into: &mut Vec<String>) {
    // To find a stem costs far more than to copy it, and texts repeat their words.
    let mut known: HashMap<&str, Vec<String>> = HashMap::new();
    for place in places(text) {
        let word = cut(&text[place]);
        into.extend_from_slice(known.entry(word).or_insert_with(|| terms_of(word, language)));
    }
}

fn terms_of(word: &str, language: &str) -> Vec<String> {
    let folded = fold(word);
    let mut terms = stems(word, &folded, language);
    terms.retain(|stem| stem[2..] != folded);
    terms.push(folded);
    terms
}

/// Whether a term is a word rather than a stem.
pub(crate) fn is_word(term: &str) -> bool {
    !LANGUAGES.iter().any(|(_, mark, _)| term.starts_with(mark))
}

fn cut(word: &str) -> &str {
    word.char_indices().nth(LETTERS).map_or(word, |(end, _)| &word[..end])
}

/// The stems of a word, marked: of what was written, and of what is written by who leaves accents out.
fn stems(word: &str, folded: &str, language: &str) -> Vec<String> {
    let spoken = LANGUAGES.iter().any(|(tag, ..)| language.starts_with(tag));
    let mut stems = vec![];
    for (_, mark, algorithm) in LANGUAGES.iter().filter(|(tag, ..)| !spoken || language.starts_with(tag)) {
        let (stemmer, whole) = (Stemmer::new(*algorithm), word.nfc().collect::<String>().to_lowercase());
        for form in [Cow::from(whole.as_str()), Cow::from(folded)] {
            let stem = format!("{mark}{}", fold(&stemmer.stem(&form)));
            if !stems.contains(&stem) {
                stems.push(stem);
            }
        }
    }
    stems
}

/// One word that somebody looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// Case and accents aside.
    pub(crate) folded: String,
    /// Its stems, marked.
    stems: Vec<String>,
    /// Whether it may be the beginning of a longer one: the last word, while somebody types.
    pub(crate) begins: bool,
}

impl Word {
    fn new(word: &str, begins: bool) -> Word {
        let folded = fold(cut(word));
        let begins = begins && folded.chars().count() >= BEGIN_LEAST;
        Word { stems: stems(cut(word), &folded, ""), folded, begins }
    }

    /// The terms that fit it as they are, and how well.
    pub(crate) fn exact(&self) -> impl Iterator<Item = (&str, Fit)> {
        let plain = self.stems.iter().map(|stem| &stem[2..]).filter(|plain| *plain != self.folded);
        let stems = self.stems.iter().map(String::as_str).chain(plain);
        [(self.folded.as_str(), Fit::Same)].into_iter().chain(stems.map(|stem| (stem, Fit::Stem)))
    }

    /// Whether it is long enough to be found though it is misspelled.
    pub(crate) fn may_be_near(&self) -> bool {
        self.folded.chars().count() >= NEAR_LEAST
    }

    /// How well a term of the index fits it, misspelled or not.
    pub(crate) fn fits(&self, term: &str, near: bool) -> Option<Fit> {
        if let Some((_, fit)) = self.exact().find(|(exact, _)| *exact == term) {
            return Some(fit);
        }
        if self.begins && term.starts_with(&self.folded) {
            return Some(Fit::Begins);
        }
        let near = near && self.may_be_near() && is_word(term) && is_near(&self.folded, term, self.begins);
        near.then_some(Fit::Near)
    }
}

/// What somebody looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Words(pub(crate) Vec<Word>);

impl Words {
    /// Reads it. Small words count only where there are no others.
    pub(crate) fn of(text: &str) -> Words {
        let all: Vec<Range<usize>> = places(text).collect();
        let says = |place: &Range<usize>| {
            let word = fold(&text[place.clone()]);
            // One letter is what an apostrophe leaves of a French article.
            !SMALL.contains(&word.as_str()) && (word.chars().count() > 1 || word.chars().all(char::is_numeric))
        };
        let some = all.iter().any(says);
        let meant = all.into_iter().filter(|place| !some || says(place));
        Words(meant.take(WORDS).map(|place| Word::new(&text[place.clone()], place.end == text.len())).collect())
    }

    /// A text in pieces: those that were looked for, and those between.
    pub(crate) fn marked(&self, text: &str, near: bool) -> Vec<(bool, String)> {
        if self.0.is_empty() && !text.is_empty() {
            return vec![(false, text.to_owned())];
        }
        let mut pieces: Vec<(bool, String)> = vec![];
        let mut at = 0;
        for place in places(text) {
            let mut terms = vec![];
            self::terms(&text[place.clone()], "", &mut terms);
            if self.0.iter().any(|word| terms.iter().any(|term| word.fits(term, near).is_some())) {
                pieces.extend([(false, text[at..place.start].to_owned()), (true, text[place.clone()].to_owned())]);
                at = place.end;
            }
        }
        pieces.push((false, text[at..].to_owned()));
        pieces.retain(|(_, piece)| !piece.is_empty());
        pieces
    }
}

/// Whether one word becomes the other by changing, adding, leaving out or swapping one letter; or, where it may only be the
/// beginning, becomes a beginning of it.
fn is_near(word: &str, term: &str, begins: bool) -> bool {
    let (word, term): (Vec<char>, Vec<char>) = (word.chars().collect(), term.chars().collect());
    let lengths = word.len() - 1..=word.len() + 1;
    let mut beginnings = lengths.filter(|length| begins && *length < term.len());
    within_one(&word, &term) || beginnings.any(|length| within_one(&word, &term[..length]))
}

fn within_one(a: &[char], b: &[char]) -> bool {
    let (a, b) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[same..], &b[same..]);
    match (a, b) {
        ([], [] | [_]) => true,
        _ if a.len() + 1 == b.len() => *a == b[1..],
        _ if a.len() != b.len() => false,
        ([a1, a2, rest_a @ ..], [b1, b2, rest_b @ ..]) if a1 == b2 && a2 == b1 => rest_a == rest_b || a[1..] == b[1..],
        _ => a[1..] == b[1..],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(looked_for: &str, text: &str) -> Option<Fit> {
        fit_in(looked_for, text, "", true)
    }

    fn fit_in(looked_for: &str, text: &str, language: &str, near: bool) -> Option<Fit> {
        let mut held = vec![];
        terms(text, language, &mut held);
        let [word] = &Words::of(looked_for).0[..] else { panic!("one word: {looked_for}") };
        held.iter().filter_map(|term| word.fits(term, near)).max()
    }

    #[test]
    fn a_word_is_found_in_its_other_forms_in_both_languages() {
        assert_eq!(fit("walking ", "We walk to school"), Some(Fit::Stem));
        assert_eq!(fit("trainings ", "A training"), Some(Fit::Stem));
        assert_eq!(fit("ecole", "L’École du soir"), Some(Fit::Same));
        assert_eq!(fit("ecoles ", "Une école"), Some(Fit::Stem));
        assert_eq!(fit("enfants ", "un enfant"), Some(Fit::Stem));
        // A record in English is stemmed as English alone; the word as it stands is found in any language.
        assert_eq!(fit_in("manger ", "mangé", "en-US", false), None);
        assert_eq!(fit_in("manger ", "mangé", "fr", false), Some(Fit::Stem));
        assert_eq!(fit_in("nourriture", "nourriture", "en", false), Some(Fit::Same));
    }

    #[test]
    fn one_letter_may_be_wrong_in_longer_words_and_the_last_may_be_unfinished() {
        assert_eq!(fit("pratice ", "a practice"), Some(Fit::Near));
        assert_eq!(fit("lebrery ", "the library"), None, "two letters are wrong");
        assert_eq!(fit("lebrery ", "the lebrery"), Some(Fit::Same));
        assert_eq!(fit("librayr ", "the library"), Some(Fit::Near), "two letters that changed places are one mistake");
        assert_eq!(fit("cat ", "a car"), None, "too short to tell");
        assert_eq!(fit("scho", "schooling"), Some(Fit::Begins));
        assert_eq!(fit("scho ", "schooling"), None, "a word that was ended is whole");
        assert_eq!(fit("huosi", "housing"), Some(Fit::Near), "wrong and unfinished");
        assert_eq!(fit_in("pratice ", "a practice", "", false), None);
    }

    #[test]
    fn small_words_count_only_alone() {
        let folded = |text: &str| Words::of(text).0.into_iter().map(|word| word.folded).collect::<Vec<_>>();
        assert_eq!(folded("How do we walk to the École"), ["do", "walk", "ecole"]);
        assert_eq!(folded("l'aide aux familles"), ["aide", "familles"]);
        assert_eq!(
            (folded("the"), folded("?!"), folded("step 2")),
            (vec!["the".into()], vec![], vec!["step".into(), "2".into()])
        );
        assert_eq!(folded("a b c d e f g h i j k l").len(), WORDS);
        assert!(folded(&"x".repeat(100_000))[0].len() == LETTERS);
    }

    #[test]
    fn what_was_found_is_marked_as_it_was_written() {
        let marked = Words::of("ecole walking").marked("École: we walk, <b>walked</b>.", false);
        let hits: Vec<&str> = marked.iter().filter(|(hit, _)| *hit).map(|(_, text)| text.as_str()).collect();
        assert_eq!(hits, ["École", "walk", "walked"]);
        assert_eq!(marked.concat_text(), "École: we walk, <b>walked</b>.");
        assert_eq!(Words::of("walk").marked("E\u{301}cole", false), [(false, "E\u{301}cole".to_owned())]);
        assert_eq!(Words::default().marked("", false), []);
    }

    trait Concat {
        fn concat_text(&self) -> String;
    }

    impl Concat for Vec<(bool, String)> {
        fn concat_text(&self) -> String {
            self.iter().map(|(_, text)| text.as_str()).collect()
        }
    }

    #[test]
    fn near_is_what_the_slow_way_says_too() {
        let slow = |a: &[char], b: &[char]| {
            let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
            for i in 0..=a.len() {
                for j in 0..=b.len() {
                    rows[i][j] = match (i, j) {
                        (0, _) => j,
                        (_, 0) => i,
                        _ => {
                            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                            let swapped = if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                                rows[i - 2][j - 2] + 1
                            } else {
                                usize::MAX
                            };
                            changed.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(swapped)
                        }
                    };
                }
            }
            rows[a.len()][b.len()] <= 1
        };
        let all: Vec<Vec<char>> = (0..=4u32)
            .flat_map(|length| {
                (0..3u32.pow(length))
                    .map(move |n| (0..length).map(|at| ['a', 'b', 'c'][(n / 3u32.pow(at) % 3) as usize]).collect())
            })
            .collect();
        for a in &all {
            for b in &all {
                assert_eq!(within_one(a, b), slow(a, b), "{a:?} {b:?}");
            }
        }
    }
}
