//! Content lines of RFC 5545: unfolded, taken apart, and put into the components they stand in.

use super::super::{Parsed, ROW_CHARACTERS};
use super::place;

/// Components within components: a calendar, an event, an alarm; and one more for what others invent.
const DEPTH: usize = 4;

/// One property, with the line on which it begins.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) number: u64,
    /// In capitals.
    pub(super) name: String,
    /// Names in capitals.
    pub(super) params: Vec<(String, String)>,
    /// As it stands there.
    pub(super) value: String,
}

impl Line {
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// The value of a text property, without its escapes.
    pub(super) fn text(&self) -> String {
        unescaped(&self.value)
    }

    /// The members of a list of texts.
    pub(super) fn texts(&self) -> Vec<String> {
        let (mut parts, mut escaped) = (vec![String::new()], false);
        for sign in self.value.chars() {
            match sign {
                ',' if !escaped => parts.push(String::new()),
                _ => parts.last_mut().into_iter().for_each(|part| part.push(sign)),
            }
            escaped = sign == '\\' && !escaped;
        }
        parts.iter().map(|part| unescaped(part)).filter(|part| !part.trim().is_empty()).collect()
    }
}

fn unescaped(text: &str) -> String {
    let (mut plain, mut signs) = (String::new(), text.chars());
    while let Some(sign) = signs.next() {
        match (sign, if sign == '\\' { signs.next() } else { None }) {
            (_, Some('n' | 'N')) => plain.push('\n'),
            (_, Some(other)) => plain.push(other),
            (sign, None) => plain.push(sign),
        }
    }
    plain
}

/// What stands between a BEGIN and its END.
#[derive(Debug, Default)]
pub(super) struct Component {
    pub(super) name: String,
    /// The line of its BEGIN.
    pub(super) number: u64,
    pub(super) lines: Vec<Line>,
    pub(super) inner: Vec<Component>,
}

impl Component {
    pub(super) fn line(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.name == name)
    }

    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Line> {
        self.lines.iter().filter(move |line| line.name == name)
    }
}

/// The calendars in a file.
pub(super) fn components(file: &str, bytes: &[u8], parsed: &mut Parsed) -> Vec<Component> {
    // The first holds what stands in the file itself.
    let (mut around, mut here) = (Vec::new(), Component::default());
    for (number, whole) in unfolded(bytes) {
        let place = place(file, number);
        let line = match text(&whole).and_then(|whole| taken_apart(number, whole)) {
            Ok(line) => line,
            Err(message) => {
                parsed.bad(&place, "", message);
                continue;
            }
        };
        let name = line.value.trim().to_uppercase();
        match &*line.name {
            "BEGIN" if around.len() >= DEPTH => {
                parsed.bad(&place, "", "components stand too deep in each other; the file may be damaged");
                break;
            }
            "BEGIN" => around.push(std::mem::replace(&mut here, Component { name, number, ..Component::default() })),
            "END" if name == here.name => {
                if let Some(outer) = around.pop() {
                    let done = std::mem::replace(&mut here, outer);
                    here.inner.push(done);
                }
            }
            "END" => parsed.bad(&place, "", "this ends what has not begun; the file may be cut short or damaged"),
            _ => here.lines.push(line),
        }
    }
    if !around.is_empty() {
        let message = format!("this {} has no end; the file may be cut short", here.name);
        parsed.bad(&place(file, here.number), "", message);
    }
    // What is closed is whole, even where what is around it is not.
    for outer in around.into_iter().rev() {
        let cut = std::mem::replace(&mut here, outer);
        if cut.name == "VCALENDAR" {
            here.inner.push(cut);
        }
    }
    here.inner.retain(|calendar| calendar.name == "VCALENDAR");
    here.inner
}

/// Lines that are whole again, each with the number of its first. A line that begins with a space or a tab goes on with
/// the one before. They are bytes until then: some programs fold in the middle of a character.
fn unfolded(bytes: &[u8]) -> Vec<(u64, Vec<u8>)> {
    let mut lines: Vec<(u64, Vec<u8>)> = Vec::new();
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match (line.split_first(), lines.last_mut()) {
            (Some((b' ' | b'\t', rest)), Some((_, whole))) => whole.extend(rest),
            _ if line.trim_ascii().is_empty() => {}
            _ => lines.push((number, line.to_owned())),
        }
    }
    lines
}

fn text(whole: &[u8]) -> Result<&str, &'static str> {
    std::str::from_utf8(whole).map_err(|_| "this line is not written in UTF-8; save the calendar again in UTF-8")
}

/// A line as name, parameters and value, or what is wrong with it.
fn taken_apart(number: u64, whole: &str) -> Result<Line, &'static str> {
    const BROKEN: &str = "this line has no name and colon; it was folded wrongly, or the file is damaged";
    if whole.len() > ROW_CHARACTERS && whole.chars().count() > ROW_CHARACTERS {
        return Err("this line has more than 40,000 characters; shorten it");
    }
    let (mut quoted, mut cuts) = (false, Vec::new());
    for (at, sign) in whole.char_indices() {
        match sign {
            '"' => quoted = !quoted,
            ';' if !quoted => cuts.push(at),
            ':' if !quoted => {
                cuts.push(at);
                break;
            }
            _ => {}
        }
    }
    let colon = cuts.last().copied().filter(|at| whole[*at..].starts_with(':')).ok_or(BROKEN)?;
    let name = &whole[..cuts[0]];
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.') {
        return Err(BROKEN);
    }
    // A group before the name, as vCards have it, says nothing here.
    let name = name.rsplit('.').next().unwrap_or(name).to_uppercase();
    let params = cuts.windows(2).map(|cut| &whole[cut[0] + 1..cut[1]]).map(|param| {
        let (name, value) = param.split_once('=').unwrap_or((param, ""));
        (name.to_uppercase(), value.trim_matches('"').to_owned())
    });
    Ok(Line { number, name, params: params.collect(), value: whole[colon + 1..].to_owned() })
}
