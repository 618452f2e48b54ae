//! What texts a charter may hold: what people read before they approve must show what it is.

use crate::limits::NAME_BYTES;

use super::entry::EntryError;

/// Whether this is a name. No Unicode table is asked but the fixed list of control characters: two builds with other
/// tables would disagree about a charter.
pub fn check_name(name: &str) -> Result<(), EntryError> {
    let bounded = !name.is_empty() && name.len() <= NAME_BYTES;
    let spaced = name.starts_with(' ') || name.ends_with(' ');
    if bounded && !spaced && name.chars().all(shows) { Ok(()) } else { Err(EntryError::Name(name.into())) }
}

/// Whether this is a text of some paragraphs.
pub(super) fn is_text(text: &str, most: usize) -> bool {
    text.len() <= most && text.chars().all(|c| c == '\n' || shows(c))
}

/// Neither a control character nor one that turns the reading direction, with which a name can pose as another.
fn shows(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether this has the form of a date. No rule compares it with a clock.
pub(super) fn is_date(text: &str) -> bool {
    let number = |range| text.get(range).filter(|t: &&str| t.bytes().all(|b| b.is_ascii_digit()));
    let within =
        |range, most| number(range).and_then(|t| t.parse::<u8>().ok()).is_some_and(|n| (1..=most).contains(&n));
    let dashes = text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
    text.len() == 10 && dashes && number(0..4).is_some() && within(5..7, 12) && within(8..10, 31)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{testing::*, *},
        *,
    };

    #[test]
    fn names_show_what_they_are() {
        for name in ["", " ", " Riverside", "Riverside ", "River\nside", "River\u{0}", "River\u{202e}edis", "\u{2028}"]
        {
            assert_eq!(check_name(name), Err(EntryError::Name(name.into())), "{name:?}");
            let mut entry = first(3, 2);
            entry.name = name.into();
            assert_eq!(Entry::read(&entry.bytes()), Err(EntryError::Name(name.into())), "{name:?}");
            let mut entry = first(3, 2);
            entry.members[1].name = name.into();
            assert_eq!(Entry::read(&entry.bytes()), Err(EntryError::Name(name.into())), "{name:?}");
        }
        for name in ["R", "Río Alto", "協働", "Nachbarschaft e. V."] {
            assert_eq!(check_name(name), Ok(()));
        }
        assert!(check_name(&"x".repeat(NAME_BYTES + 1)).is_err());
        assert!(is_text("Two\nlines", 9) && !is_text("Two\nlines", 8) && !is_text("a\rb", 9));
    }

    #[test]
    fn a_review_date_looks_like_one() {
        for date in [
            "",
            "2027-13-01",
            "2027-00-01",
            "2027-01-32",
            "2027-1-1",
            "27-01-01",
            "2027/01/01",
            "+027-01-01",
            "2027-01-0é",
        ] {
            let mut entry = first(3, 2);
            entry.review_by = Some(date.into());
            assert_eq!(Entry::read(&entry.bytes()), Err(EntryError::Date(date.into())));
        }
        assert!(is_date("2027-03-31"));
    }
}
