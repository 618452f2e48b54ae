//! Content lines of RFC 5545: unfolded, taken apart, and put into the components they stand in.

use super::super::{Parsed, ROW_CHARACTERS};
use super::place;

/// Components within components: a calendar, an event, an alarm; and one more for what others invent.
const DEPTH: usize = 4;

/// One property, with the line on which it begins.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) number: u64,
    /// In capitals.
    pub(crate) name: String,
    /// Names in capitals.
    pub(crate) params: Vec<(String, String)>,
    /// As it stands there.
    pub(crate) value: String,
}

impl Line {
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// The value of a text property, without its escapes.
    pub(crate) fn text(&self) -> String {
        unescaped(&self.value)
    }

    /// The members of a list of texts.
    pub(crate) fn texts(&self) -> Vec<String> {
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
pub(crate) struct Component {
    pub(crate) name: String,
    /// The line of its BEGIN.
    pub(crate) number: u64,
    pub(crate) lines: Vec<Line>,
    pub(crate) inner: Vec<Component>,
    /// Whether a line in it could not be understood, and was told: the rest may say something else than was meant.
    pub(crate) spoiled: bool,
}

impl Component {
    pub(crate) fn line(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.name == name)
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Line> {
        self.lines.iter().filter(move |line| line.name == name)
    }
}

/// The calendars in a file.
pub(super) fn components(file: &str, bytes: &[u8], parsed: &mut Parsed) -> Vec<Component> {
    let mut nest = Nest { file, around: Vec::new(), here: Component::default(), parsed };
    for (number, whole) in unfolded(bytes) {
        let line = match text(&whole).and_then(|whole| taken_apart(number, whole)) {
            Ok(line) => line,
            Err(message) => {
                nest.spoil(number, message);
                continue;
            }
        };
        let name = line.value.trim().to_uppercase();
        match &*line.name {
            "BEGIN" if name == "VEVENT" && nest.here.name == name && nest.is_in_calendar() => {
                // None stands in another, so that the one before was never ended.
                nest.unended();
                nest.begin(name, number);
            }
            "BEGIN" if nest.around.len() >= DEPTH => {
                nest.spoil(number, "components stand too deep in each other; the file may be damaged");
                break;
            }
            "BEGIN" => nest.begin(name, number),
            "END" if name == nest.here.name => nest.close(),
            "END" if nest.around.iter().any(|outer| outer.name == name) => {
                while nest.here.name != name {
                    nest.unended();
                }
                nest.close();
            }
            "END" => nest.spoil(number, "this ends what has not begun; the file may be cut short or damaged"),
            _ => nest.here.lines.push(line),
        }
    }
    nest.calendars()
}

/// Components while they are read.
struct Nest<'a> {
    file: &'a str,
    /// Those around the one being read. The first holds what stands in the file itself.
    around: Vec<Component>,
    here: Component,
    parsed: &'a mut Parsed,
}

impl Nest<'_> {
    fn begin(&mut self, name: String, number: u64) {
        let new = Component { name, number, ..Component::default() };
        self.around.push(std::mem::replace(&mut self.here, new));
    }

    fn is_in_calendar(&self) -> bool {
        self.around.last().is_some_and(|outer| outer.name == "VCALENDAR")
    }

    /// Tells of a bad line, and that what it stands in is not to be trusted.
    fn spoil(&mut self, number: u64, message: &str) {
        self.parsed.bad(&place(self.file, number), "", message);
        self.here.spoiled = true;
    }

    fn close(&mut self) {
        let Some(outer) = self.around.pop() else { return };
        let done = std::mem::replace(&mut self.here, outer);
        // The rest of a calendar is none the worse for one event.
        self.here.spoiled |= done.spoiled && self.here.name == "VEVENT";
        self.here.inner.push(done);
    }

    /// Closes what was not ended. Where a bad line stands in it, that one may have been its end, and was told.
    fn unended(&mut self) {
        if !self.here.spoiled {
            self.spoil(self.here.number, &format!("this {} has no end; its END is damaged or missing", self.here.name));
        }
        self.close();
    }

    fn calendars(mut self) -> Vec<Component> {
        if !self.around.is_empty() {
            self.spoil(self.here.number, &format!("this {} has no end; the file may be cut short", self.here.name));
        }
        // What is closed is whole, even where what is around it is not.
        for outer in self.around.into_iter().rev() {
            let cut = std::mem::replace(&mut self.here, outer);
            if cut.name == "VCALENDAR" {
                self.here.inner.push(cut);
            }
        }
        self.here.inner.retain(|calendar| calendar.name == "VCALENDAR");
        self.here.inner
    }
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
