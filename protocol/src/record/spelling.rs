//! How each single value is written, and in what one form it is kept.
//!
//! Reading uses this too: what another node wrote under a date field is shown as a date only when it is one, and as a
//! link only when it is an http address. How long a text may be is asked in `validate`, since two edits that each kept
//! within the bounds may merge into a longer text, which must stay readable.

use super::shape::{Choice, Shape};
use super::wrong::{Wrong, shortened};
use super::{address, calendar};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

/// The value in the one form it is kept in, or why it cannot be such a value.
pub(super) fn spell(shape: &Shape, value: &Value) -> Result<Value, Wrong> {
    match shape {
        Shape::Whole { least, most } => whole(value, *least, *most),
        Shape::Decimal { least, most } => decimal(value, *least, *most),
        Shape::YesNo => value.as_bool().map(Value::Bool).ok_or(Wrong::NotA("yes or no (true or false)")),
        Shape::Set { .. } | Shape::List { .. } => Err(Wrong::NotA("a list")),
        Shape::Group(_) => Err(Wrong::NotA("a group of fields")),
        _ => Ok(Value::String(text(shape, &tidy(&words(shape, value)?))?)),
    }
}

/// The text of a value that is kept as text. Files from elsewhere write some texts as numbers, such as extensions.
fn words(shape: &Shape, value: &Value) -> Result<String, Wrong> {
    match (shape, value) {
        (_, Value::String(text)) => Ok(text.clone()),
        (Shape::Line { .. }, Value::Number(number)) if !number.is_f64() => Ok(number.to_string()),
        _ => Err(Wrong::NotA("a text")),
    }
}

/// One form for what looks the same: composed letters, plain line ends, no spaces around.
fn tidy(text: &str) -> String {
    let composed: String = text.nfc().collect();
    composed.replace("\r\n", "\n").replace('\r', "\n").trim().to_owned()
}

fn text(shape: &Shape, text: &str) -> Result<String, Wrong> {
    match shape {
        Shape::Prose { .. } | Shape::Lines { .. }
            if text.chars().all(|c| !c.is_control() || c == '\n' || c == '\t') =>
        {
            return Ok(text.to_owned());
        }
        _ if text.chars().any(is_hidden) => return Err(Wrong::NotOneLine),
        _ => {}
    }
    match shape {
        Shape::Date => calendar::date(text),
        Shape::DateTime => calendar::date_time(text),
        Shape::Instant => calendar::instant(text),
        Shape::Time => calendar::time(text),
        Shape::Duration => calendar::duration(text),
        Shape::Zone => calendar::zone(text),
        Shape::Recurrence => calendar::recurrence(text),
        Shape::Url => address::url(text),
        Shape::Email => address::email(text),
        Shape::Phone => address::phone(text),
        Shape::Language => address::language(text),
        Shape::Hash => hash(text),
        Shape::Link { .. } => link(text),
        Shape::Choice(choices) => choice(choices, text),
        _ => Ok(text.to_owned()),
    }
}

/// Line breaks, and signs that turn text around: with them a title or an address can read as what it is not.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn whole(value: &Value, least: i64, most: i64) -> Result<Value, Wrong> {
    let number = match value.as_f64() {
        Some(float) if value.is_f64() && float.fract() == 0.0 && float.abs() < 9e15 => Some(float as i64),
        _ => value.as_i64(),
    };
    match number {
        Some(number) if (least..=most).contains(&number) => Ok(number.into()),
        Some(_) => Err(Wrong::OutOfRange { least: least.to_string(), most: most.to_string() }),
        None => Err(Wrong::NotA("a whole number")),
    }
}

fn decimal(value: &Value, least: f64, most: f64) -> Result<Value, Wrong> {
    match value.as_f64() {
        // Adding zero turns -0 into 0, so that one number has one form.
        Some(number) if (least..=most).contains(&number) => Ok((number + 0.0).into()),
        Some(_) => Err(Wrong::OutOfRange { least: least.to_string(), most: most.to_string() }),
        None => Err(Wrong::NotA("a number")),
    }
}

fn hash(text: &str) -> Result<String, Wrong> {
    let hash = text.to_ascii_lowercase();
    let right = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    right.then_some(hash).ok_or_else(|| Wrong::misspelled(text, "the hash of a file", "64 digits from 0 to f"))
}

fn link(text: &str) -> Result<String, Wrong> {
    let right = (1..=200).contains(&text.len()) && !text.contains(char::is_whitespace);
    let example = "its document id or outside id, without spaces";
    right.then(|| text.to_owned()).ok_or_else(|| Wrong::misspelled(text, "the id of a record", example))
}

fn choice(choices: &'static [Choice], text: &str) -> Result<String, Wrong> {
    if choices.iter().any(|choice| choice.value == text) {
        return Ok(text.to_owned());
    }
    Err(Wrong::NotAChoice { given: shortened(text), choices: choices.iter().map(|choice| choice.value).collect() })
}
