//! Spreadsheets saved as CSV: one kind, one record a row, one field a column.
//!
//! Columns carry the names of fields or their labels: `phones[2].number`, `Telephone 2 Number`, `E-mail`. A column that
//! is there speaks of its field, also where a cell is empty; a column that is not there says nothing.

use std::collections::BTreeSet;

use csv::{ReaderBuilder, StringRecord};
use protocol::{
    input::Incoming,
    record::{Field, Fields, Kind, Shape, cells, closest, columns, parse_field},
};
use serde_json::Value;

use super::{At, Origin, Parsed, Place, ROW_CHARACTERS, ROWS, Row, TransferError, text};

/// The most items of a list that columns can number: no list of ours takes more.
const ITEMS: usize = 100;

/// What a spreadsheet says.
pub fn parse(kind: &'static Kind, file: &str, bytes: &[u8], origin: &Origin) -> Result<Parsed, TransferError> {
    let sheet = rows(file, bytes)?;
    let mut parsed = Parsed::default();
    let mut sheet = sheet.into_iter();
    let Some((line, head)) = sheet.next() else {
        return Err(TransferError::Nothing { name: file.to_owned(), what: "row with the names of the columns" });
    };
    let place = |line| Place { file: file.to_owned(), at: At::Line(line) };
    let columns = head_of(kind, &head, &place(line), &mut parsed);
    for (line, cells) in sheet {
        row(kind, &columns, &cells, place(line), origin, &mut parsed);
    }
    parsed.finish();
    Ok(parsed)
}

/// The rows of a file that have something in them, each with its line.
pub(super) fn rows(file: &str, bytes: &[u8]) -> Result<Vec<(u64, StringRecord)>, TransferError> {
    // The mark of a ZIP archive, which such a file is.
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(TransferError::Workbook(file.to_owned()));
    }
    let text = text(file, bytes)?;
    // Excel writes such a line for itself.
    let (delimiter, text, skipped) = match text.strip_prefix("sep=").and_then(|rest| rest.split_once('\n')) {
        Some((sign, rest)) if sign.trim_end().len() == 1 => (sign.as_bytes()[0], rest, 1),
        _ => (delimiter(text), text, 0),
    };
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let (mut rows, mut lines) = (Vec::new(), Lines { text, at: 0, line: 1 + skipped });
    for record in reader.records() {
        // The text is sound and rows may have any length, so that there is nothing left to go wrong.
        let record = record.map_err(|_| TransferError::NotText(file.to_owned()))?;
        let line = lines.at(record.position().map_or(0, csv::Position::byte));
        if record.iter().any(|cell| !cell.trim().is_empty()) {
            rows.push((line, record));
        }
        if rows.len() > ROWS + 1 {
            return Err(TransferError::TooManyRows(file.to_owned()));
        }
    }
    Ok(rows)
}

/// Counts lines. The reader's own count is one short where lines end in CR and LF.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the first sign from here that ends no line.
    fn at(&mut self, byte: u64) -> u64 {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX);
        let rest = self.text.as_bytes().iter().enumerate().skip(self.at);
        for (at, sign) in rest {
            if at >= byte && !matches!(sign, b'\r' | b'\n') {
                break;
            }
            self.at = at + 1;
            self.line += u64::from(*sign == b'\n');
        }
        self.line
    }
}

/// What stands between the cells: of the three that programs use, the one the first line has most of.
fn delimiter(text: &str) -> u8 {
    let (mut quoted, mut counts) = (false, [0; 3]);
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            b',' => counts[0] += 1,
            b';' => counts[1] += 1,
            b'\t' => counts[2] += 1,
            _ => {}
        }
    }
    let most = counts.iter().max().copied().unwrap_or_default();
    let at = counts.iter().position(|count| *count == most).unwrap_or_default();
    [b',', b';', b'\t'][at]
}

/// The field of each column; nothing for those that are left.
fn head_of(kind: &Kind, head: &StringRecord, place: &Place, parsed: &mut Parsed) -> Vec<Option<String>> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut columns = Vec::new();
    for name in head {
        let found = field_of(kind, name);
        match &found {
            _ if name.trim().is_empty() => {}
            Some(path) if !taken.insert(path.clone()) => {
                parsed.bad(place, name.trim(), "two columns stand for this field; remove or rename one of them");
            }
            Some(_) => {}
            None => parsed.bad(place, name.trim(), unknown(kind, name)),
        }
        columns.push(found);
    }
    columns
}

fn unknown(kind: &Kind, name: &str) -> String {
    let labels = kind.fields().iter().map(|field| field.label.to_owned());
    let names: Vec<String> = columns(kind).into_iter().chain(labels).collect();
    let short: String = name.trim().chars().take(60).collect();
    let meant = closest(&short, names.iter().map(String::as_str));
    let meant = meant.map(|name| format!(" Did you mean “{name}”?")).unwrap_or_default();
    format!(
        "there is no such field; rename the column or remove it, `commonweal record kinds {}` lists the fields.{meant}",
        kind.name
    )
}

/// The path of the field that a column's name stands for.
fn field_of(kind: &Kind, name: &str) -> Option<String> {
    let words = words(name);
    match &words[..] {
        [one] if one == "id" => Some("outside_id".to_owned()),
        _ => find(kind.fields(), &words, ""),
    }
}

/// The words of a name, capitals and signs aside.
fn words(name: &str) -> Vec<String> {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.take(40).map(str::to_lowercase).collect()
}

fn find(fields: Fields, named: &[String], at: &str) -> Option<String> {
    fields.iter().find_map(|field| {
        [field.name, field.label].iter().find_map(|name| {
            let rest = named.strip_prefix(&words(name)[..])?;
            let at = if at.is_empty() { field.name.to_owned() } else { format!("{at}.{}", field.name) };
            find_within(field, rest, at)
        })
    })
}

fn find_within(field: &Field, rest: &[String], at: String) -> Option<String> {
    let number = rest.first().and_then(|word| word.parse::<usize>().ok()).filter(|n| (1..=ITEMS).contains(n));
    match (&field.shape, number) {
        (Shape::List { .. }, Some(number)) if rest.len() == 1 => {
            let first = field.shape.inner().iter().next()?;
            Some(format!("{at}[{number}].{}", first.name))
        }
        (Shape::List { .. }, Some(number)) => find(field.shape.inner(), &rest[1..], &format!("{at}[{number}]")),
        _ if rest.is_empty() => Some(at),
        (Shape::List { .. }, None) => find(field.shape.inner(), rest, &format!("{at}[1]")),
        (Shape::Group(_), _) => find(field.shape.inner(), rest, &at),
        _ => None,
    }
}

fn row(
    kind: &Kind,
    columns: &[Option<String>],
    record: &StringRecord,
    place: Place,
    origin: &Origin,
    parsed: &mut Parsed,
) {
    let length: usize = record.iter().map(|cell| cell.chars().count()).sum();
    if length > ROW_CHARACTERS {
        let message = format!(
            "this row has {length} characters and may have {ROW_CHARACTERS}; shorten it, or look for a quotation mark \
             that is not closed"
        );
        return parsed.bad(&place, "", message);
    }
    let (mut fields, before) = (Vec::new(), parsed.mistakes());
    for (at, cell) in record.iter().enumerate() {
        match columns.get(at) {
            Some(Some(path)) => match values(kind, path, bare(cell)) {
                Ok(values) => fields.extend(values),
                Err((field, message)) => parsed.bad(&place, field, message),
            },
            _ if cell.trim().is_empty() => {}
            Some(None) => parsed.leave(&place, "a column", "it has no name of a field"),
            None => parsed.bad(&place, "", "this row has more cells than there are columns; look for a stray comma"),
        }
    }
    if parsed.mistakes() > before {
        return;
    }
    let mut take = |name: &str| {
        let at = fields.iter().position(|(path, _)| path == name)?;
        Some(fields.remove(at).1.as_str().map(str::to_owned))
    };
    let outside_id = take("outside_id").flatten();
    let source = match take("source") {
        Some(source) => source,
        None => origin.of(outside_id.as_deref()),
    };
    let incoming = Incoming { kind: kind.name.to_owned(), source, outside_id, fields };
    parsed.rows.push(Row { incoming, place, inner: vec![] });
}

/// What a cell says of its field; of a list each line says something of one item.
fn values(kind: &Kind, path: &str, cell: &str) -> Result<Vec<(String, Value)>, (String, String)> {
    let list = kind.field(path).filter(|field| matches!(field.shape, Shape::List { .. }));
    let is_json = cell.trim_start().starts_with('[');
    let parse = |path: String, text: &str| {
        let value = parse_field(kind, &path, text).map_err(|problem| (path.clone(), problem.what.to_string()))?;
        Ok((path, value))
    };
    let Some(first) = list.filter(|_| !is_json && !cell.trim().is_empty()).and_then(|f| f.shape.inner().iter().next())
    else {
        return Ok(vec![parse(path.to_owned(), cell)?]);
    };
    let lines = cell.lines().filter(|line| !line.trim().is_empty()).take(ITEMS + 1);
    lines.enumerate().map(|(at, line)| parse(format!("{path}[{}].{}", at + 1, first.name), line)).collect()
}

/// Whether a spreadsheet program would take a cell for a formula, apostrophes before it aside.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A cell that no program takes for a formula.
fn guarded(text: &str) -> String {
    if is_formula(text) { format!("'{text}") } else { text.to_owned() }
}

/// A cell without the apostrophe that [`guarded`] put before it.
fn bare(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|_| is_formula(cell)).unwrap_or(cell)
}

/// Records of one kind as a spreadsheet, in UTF-8 with the mark by which Excel knows it. The same records make the same
/// bytes.
pub fn write(kind: &Kind, records: &[&Value]) -> Vec<u8> {
    let rows: Vec<Vec<(String, String)>> = records.iter().map(|record| cells(kind, record)).collect();
    let mut columns: BTreeSet<(Vec<(usize, usize)>, &str)> =
        rows.iter().flatten().map(|(path, _)| (order(kind.fields(), path), path.as_str())).collect();
    for name in ["outside_id", "source"] {
        columns.insert((order(kind.fields(), name), name));
    }
    let mut bytes = "\u{feff}".as_bytes().to_vec();
    line(&mut bytes, columns.iter().map(|(_, path)| (*path).to_owned()));
    for row in &rows {
        let cell = |path: &str| row.iter().find(|(at, _)| at == path).map(|(_, text)| guarded(text));
        line(&mut bytes, columns.iter().map(|(_, path)| cell(path).unwrap_or_default()));
    }
    bytes
}

fn line(bytes: &mut Vec<u8>, cells: impl Iterator<Item = String>) {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            bytes.push(b',');
        }
        if cell.contains([',', ';', '"', '\n', '\r', '\t']) || cell.trim() != cell {
            bytes.extend(format!("\"{}\"", cell.replace('"', "\"\"")).into_bytes());
        } else {
            bytes.extend(cell.into_bytes());
        }
    }
    bytes.extend(b"\r\n");
}

/// Where a path comes in the order of the form, items by their numbers.
fn order(fields: Fields, path: &str) -> Vec<(usize, usize)> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let (name, number) = first.strip_suffix(']').and_then(|first| first.split_once('[')).unwrap_or((first, "0"));
    let Some((at, field)) = fields.iter().enumerate().find(|(_, field)| field.name == name) else {
        return vec![(usize::MAX, 0)];
    };
    let mut order = vec![(at, number.parse().unwrap_or_default())];
    if !rest.is_empty() {
        order.extend(self::order(field.shape.inner(), rest));
    }
    order
}

#[cfg(test)]
mod tests;
