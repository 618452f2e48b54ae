//! What commands say: plain text for people, the answer's JSON for programs.

use std::io::{self, IsTerminal, Write};

use serde_json::Value;

use crate::{day, failure::Exit};

/// What a command has to say in the end.
#[derive(Debug)]
pub(crate) struct Output {
    json: Value,
    text: String,
    /// How the command ends when all of this could be said.
    pub(crate) exit: Exit,
}

impl Output {
    pub(crate) fn new(json: Value, text: impl Into<String>) -> Output {
        Output { json, text: text.into(), exit: Exit::Ok }
    }

    /// With another ending than well.
    pub(crate) fn ending(self, exit: Exit) -> Output {
        Output { exit, ..self }
    }

    /// A command that has said it all already has nothing left to say, in either form.
    pub(crate) fn print(&self, json: bool) -> io::Result<()> {
        match json {
            true if self.json.is_null() => Ok(()),
            true => print(&self.json.to_string()),
            false => print(&printable(&self.text)),
        }
    }
}

/// Prints a text and ends its line. That nobody reads any more, as with `| head`, is no failure.
pub(crate) fn print(text: &str) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let mut out = io::stdout().lock();
    match writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush()) {
        Err(why) if why.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Without signs that would steer the terminal: titles and texts come from others.
pub(crate) fn printable(text: &str) -> String {
    let steers = |c: char| c.is_control() && c != '\n' && c != '\t' || ('\u{202a}'..='\u{202e}').contains(&c);
    text.chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect()
}

/// The same, with one column cut so that the lines fit a terminal. In a file or a pipe nothing is cut for that.
pub(crate) fn fitted(names: &[&str], rows: Vec<Vec<String>>, cut: usize) -> String {
    let width =
        io::stdout().is_terminal().then(|| terminal_size::terminal_size().map_or(80, |(width, _)| width.0.into()));
    match width {
        Some(width) => table(names, within(names, rows, cut, width)),
        None => table(names, rows),
    }
}

/// Rows whose lines have at most so many letters, as far as cutting one column can do that.
fn within(names: &[&str], mut rows: Vec<Vec<String>>, cut: usize, width: usize) -> Vec<Vec<String>> {
    let widest = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| one_line(cell, CELL).chars().count());
        cells.chain([names[at].chars().count()]).max().unwrap_or(0)
    };
    let others: usize = (0..names.len()).filter(|at| *at != cut).map(|at| widest(at) + 2).sum();
    let room = width.saturating_sub(others).max(CUT_LEAST);
    for cell in rows.iter_mut().filter_map(|row| row.get_mut(cut)) {
        *cell = one_line(cell, room);
    }
    rows
}

/// The letters that stay of a cell however narrow the window: fewer would say nothing.
const CUT_LEAST: usize = 16;

/// Aligned columns under their names. The last may be as long as it likes.
pub(crate) fn table(names: &[&str], rows: Vec<Vec<String>>) -> String {
    let head = names.iter().map(|name| name.to_string()).collect();
    let rows: Vec<Vec<String>> = [vec![head], rows].concat();
    let most = |at: usize| if at + 1 < names.len() { CELL } else { usize::MAX };
    let cells = |row: Vec<String>| row.iter().enumerate().map(|(at, cell)| one_line(cell, most(at))).collect();
    let rows: Vec<Vec<String>> = rows.into_iter().map(cells).collect();
    let width = |at: usize| rows.iter().filter_map(|row: &Vec<String>| row.get(at)).map(|c| c.chars().count()).max();
    let widths: Vec<usize> = (0..names.len()).map(|at| width(at).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The most letters of a cell: two such columns fit a usual window.
const CELL: usize = 56;

fn one_line(text: &str, most: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= most { text } else { text.chars().take(most - 1).chain(['…']).collect() }
}

/// A text in an answer; empty when it is not there.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// A list in an answer; empty when it is not there.
pub(crate) fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The beginning of an id, which is enough to type.
pub(crate) fn short(id: &str) -> String {
    id.chars().take(8).collect()
}

/// Several texts with commas between them.
pub(crate) fn joined(values: &[Value]) -> String {
    values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
}

/// A count with the word for one or for several.
pub(crate) fn count(number: u64, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

/// A moment as people read it. Seconds since 1970.
pub(crate) fn moment(seconds: i64) -> String {
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    format!("{}, {:02}:{:02} UTC", in_words(days), second / 3_600, second % 3_600 / 60)
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A day in words, counted from January 1, 1970.
fn in_words(days: i64) -> String {
    let (year, month, day) = day::civil(days);
    let month = usize::try_from(month - 1).ok().and_then(|month| MONTHS.get(month)).unwrap_or(&"");
    format!("{month} {day}, {year}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_read_as_people_write_them() {
        assert_eq!(moment(0), "January 1, 1970, 00:00 UTC");
        assert_eq!(moment(951_782_400), "February 29, 2000, 00:00 UTC");
        assert_eq!(moment(1_767_225_599), "December 31, 2025, 23:59 UTC");
        assert_eq!(moment(1_773_842_700), "March 18, 2026, 14:05 UTC");
        assert_eq!(moment(-1), "December 31, 1969, 23:59 UTC");
    }

    #[test]
    fn columns_are_aligned_and_cells_keep_to_one_line() {
        let row = |name: &str, title: &str| vec![name.to_owned(), title.to_owned(), "x".repeat(80)];
        let shown =
            table(&["Name", "Title", "Note"], vec![row("Café", "two\nlines"), row("Riverside", &"y".repeat(80))]);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[0].starts_with("Name       Title  "));
        assert!(lines[1].starts_with("Café       two lines  "));
        assert_eq!(lines[2].chars().count(), 11 + CELL + 2 + 80);
    }

    #[test]
    fn lists_fit_a_usual_window() {
        let names = ["Id", "Title", "Whose"];
        let row = vec!["abcdefgh".to_owned(), "Walking to school together ".repeat(4), "Riverside Families".to_owned()];
        let shown = table(&names, within(&names, vec![row.clone()], 1, 80));
        assert!(shown.lines().all(|line| line.chars().count() <= 80) && shown.contains('…'), "{shown}");
        assert!(shown.lines().any(|line| line.chars().count() == 80), "it uses the room there is: {shown}");
        assert_eq!(within(&names, vec![row.clone()], 1, 300)[0][1].trim(), row[1].trim());
        assert_eq!(within(&names, vec![row], 1, 10)[0][1].chars().count(), CUT_LEAST);
    }

    #[test]
    fn a_title_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\u{202e}\tc\n"), "a\u{fffd}[2Jb\u{fffd}\tc\n");
    }
}
