//! Records from files and into files: what a file says, in which line, and what is wrong with it.
//!
//! Everything here is pure but [`read`], [`files`] and [`export::save`]: bytes in, [`Parsed`] out, and the other way round. Which record
//! of ours a row is, and whether it is right as a whole, the engine decides.

pub mod csv;
pub mod hsds;
pub mod ics;
pub mod json;
pub mod export;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    fmt, fs,
    io::{self, Read},
    path::Path,
};

use protocol::{engine::fold, input::Incoming, kinds};
use serde_json::Value;

/// The largest file that is read, in bytes: 200,000 rows of a directory, and still held in memory at ease.
pub const FILE_BYTES: usize = 64 << 20;
/// The most rows of one import: ten times the largest state's directory.
pub const ROWS: usize = 200_000;
/// The most characters of one row: those of one record (`record::RECORD_CHARACTERS`).
pub const ROW_CHARACTERS: usize = protocol::record::RECORD_CHARACTERS;

/// The most things not taken over that are told one by one: a person reads a screen or two of them, while columns and
/// names that mean nothing have no end.
pub const LEFT: usize = 200;
/// The most letters of what such a thing is called: the names of fields have 40 at most, and a cell may be a book.
const LEFT_LETTERS: usize = 100;
/// The most mistakes that are told one by one: more than anybody mends by hand, and then the file is of another sort than
/// was thought. A damaged file can have one in each of its lines.
pub const BAD: usize = 10_000;
/// The most bytes that the tables of a directory may take in memory once they are joined: eight times the largest
/// files. Joining copies a row into all that point at it, so that a small file could otherwise fill any computer.
const JOINED_BYTES: usize = 8 * FILE_BYTES;

/// What files say.
#[derive(Debug, Default)]
pub struct Parsed {
    /// Each record, and where it stands.
    pub rows: Vec<Row>,
    /// What is wrong, the first [`BAD`].
    pub bad: Vec<Bad>,
    /// How much else is wrong.
    pub bad_more: usize,
    /// What has no place in our kinds, the first [`LEFT`].
    pub left: Vec<Left>,
    /// How often there was still something else.
    pub left_more: usize,
}

/// One record in a file.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it says.
    pub incoming: Incoming,
    /// Where it stands.
    pub place: Place,
    /// Where parts of it stand when they stand elsewhere, by their paths.
    pub inner: Vec<(String, Place)>,
}

impl Row {
    /// Something wrong in a field of it, at the place where that field stands.
    pub fn bad(&self, field: &str, message: &str) -> Bad {
        let rest = |path: &str| field.strip_prefix(path).filter(|rest| rest.is_empty() || rest.starts_with('.'));
        let inner = self.inner.iter().filter_map(|(path, place)| Some((path.len(), rest(path)?, place))).max();
        let (field, place) =
            inner.map_or((field, &self.place), |(_, rest, place)| (rest.trim_start_matches('.'), place));
        Bad { place: place.clone(), field: field.to_owned(), message: message.to_owned() }
    }
}

/// Something wrong in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Bad {
    /// Where.
    pub place: Place,
    /// In which field or column; empty for the row as a whole.
    pub field: String,
    /// What, and what to do.
    pub message: String,
}

/// Something a file says that is not taken over.
#[derive(Clone, Debug, PartialEq)]
pub struct Left {
    /// What it is called there.
    pub what: String,
    /// Why it is left.
    pub why: &'static str,
    /// Where it stands first.
    pub place: Place,
    /// How often it was met.
    pub times: usize,
}

/// Where something stands in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file's name.
    pub file: String,
    /// Where in it.
    pub at: At,
}

/// A place within a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    /// All of it.
    Whole,
    /// A line, counted from one.
    Line(u64),
    /// A path in JSON, such as `contents[1].phones[2]`, counted from one.
    Path(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            At::Whole => write!(f, "{}", self.file),
            At::Line(line) => write!(f, "{}, line {line}", self.file),
            At::Path(path) => write!(f, "{}, {path}", self.file),
        }
    }
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.field {
            "" => write!(f, "{}: {}", self.place, self.message),
            field => write!(f, "{}, {field}: {}", self.place, self.message),
        }
    }
}

/// Why a file cannot be read, or a folder not be written, at all.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// No such file.
    #[error("there is no file or folder {0}; check the name")]
    Missing(String),
    /// A folder where a file was meant.
    #[error("{0} is a folder; name a file in it")]
    Folder(String),
    /// A calendar was meant.
    #[error("{0} is not a calendar; save or download it again as iCalendar (.ics)")]
    NotCalendar(String),
    /// A spreadsheet as Excel keeps it.
    #[error("{0} is an Excel file; save it as “CSV UTF-8” and import that")]
    Workbook(String),
    /// The system refuses.
    #[error("{name} cannot be used: {}", in_words(.why))]
    Io {
        /// The file.
        name: String,
        /// What the system said.
        why: io::Error,
    },
    /// More than [`FILE_BYTES`].
    #[error("{0} has more than 64 MiB; split it into several files")]
    TooLarge(String),
    /// More than [`ROWS`].
    #[error("{0} has more than 200,000 rows; split it into several files")]
    TooManyRows(String),
    /// Tables that take more memory than they may, once they are joined.
    #[error(
        "the tables of this directory take more than 512 MiB once they are joined; split it by organization into several, \
         and import one after the other"
    )]
    TooMuchJoined,
    /// Not UTF-8.
    #[error("{0} is not written in UTF-8; save it again as “CSV UTF-8”, or in UTF-8")]
    NotText(String),
    /// Nothing in it.
    #[error("{name} has no {what}; check that it is the right file")]
    Nothing {
        /// The file or folder.
        name: String,
        /// What was looked for.
        what: &'static str,
    },
    /// Not JSON.
    #[error("{name} is not JSON as it should be: {why}")]
    NotJson {
        /// The file.
        name: String,
        /// What the reader said, with line and column.
        why: serde_json::Error,
    },
    /// A folder to export to that holds something already.
    #[error("{0} is not empty; choose a new folder, or add --force to replace the files of an export in it")]
    Occupied(String),
}

/// Where the ids in a file come from.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// What the person called the system the file is from.
    pub source: Option<String>,
    /// The file's or folder's name without its ending.
    pub stem: String,
}

impl Origin {
    /// For a file or folder.
    pub fn new(source: Option<String>, path: &Path) -> Origin {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().trim().to_owned()).unwrap_or_default();
        Origin { source, stem }
    }

    /// The source of a record with this id. Numbers and other short ids are in use in many lists, so that they need the
    /// name of their own; a UUID, or a calendar's id with its host's name, does not.
    pub fn of(&self, id: Option<&str>) -> Option<String> {
        let is_short = id.is_some_and(|id| id.len() < 16);
        self.source.clone().or_else(|| Some(self.stem.clone()).filter(|stem| is_short && !stem.is_empty()))
    }
}

impl Parsed {
    /// How much is wrong.
    fn mistakes(&self) -> usize {
        self.bad.len() + self.bad_more
    }

    fn bad(&mut self, place: &Place, field: impl Into<String>, message: impl Into<String>) {
        if self.bad.len() >= BAD {
            self.bad_more += 1;
            return;
        }
        self.bad.push(Bad { place: place.clone(), field: field.into(), message: message.into() });
    }

    fn leave(&mut self, place: &Place, what: &str, why: &'static str) {
        let what: String = what.chars().take(LEFT_LETTERS).collect();
        let is_full = self.left.len() >= LEFT;
        match self.left.iter_mut().find(|left| left.what == what && left.why == why) {
            Some(left) => left.times += 1,
            None if is_full => self.left_more += 1,
            None => self.left.push(Left { what, why, place: place.clone(), times: 1 }),
        }
    }

    /// Sets aside rows that are too long, or mean the same record as one before.
    fn finish(&mut self) {
        let mut seen: BTreeMap<(String, String, bool, String), Place> = BTreeMap::new();
        let rows = std::mem::take(&mut self.rows);
        for row in rows {
            if row.incoming.fields.iter().map(|(_, value)| length(value)).sum::<usize>() > ROW_CHARACTERS {
                let message = format!("this record has more than {ROW_CHARACTERS} characters; shorten it");
                self.bad(&row.place, "", message);
                continue;
            }
            let Some(name) = name_of(&row.incoming) else {
                self.bad(&row.place, "", "this row has neither an id nor a title; give it one");
                continue;
            };
            match seen.get(&name).cloned() {
                None => {
                    seen.insert(name, row.place.clone());
                    self.rows.push(row);
                }
                Some(first) if name.2 => {
                    self.bad(&row.place, "outside_id", format!("this id is also at {first}; give each its own"));
                }
                Some(first) => {
                    let message = format!("this is also at {first}; give both an id, in a column `outside_id`");
                    self.bad(&row.place, "", message);
                }
            }
        }
    }
}

/// The characters of a value; what is no text counts as one.
fn length(value: &Value) -> usize {
    match value {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => 1 + items.iter().map(length).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(length).sum::<usize>(),
        _ => 1,
    }
}

/// What an import knows a record by: kind, source, whether it is an id, and the id or title.
fn name_of(incoming: &Incoming) -> Option<(String, String, bool, String)> {
    let title = kinds::kind(&incoming.kind).map_or("title", |kind| kind.title);
    let title = || incoming.fields.iter().find(|(path, _)| path == title).and_then(|(_, title)| title.as_str());
    let folded = |title| fold(title).split_whitespace().collect::<Vec<_>>().join(" ");
    let (is_id, name) = match &incoming.outside_id {
        Some(id) => (true, id.trim().to_owned()),
        None => (false, folded(title()?)),
    };
    Some((incoming.kind.clone(), incoming.source.clone().unwrap_or_default(), is_id, name))
}

/// A file's bytes, unless there are too many.
pub fn read(path: &Path) -> Result<Vec<u8>, TransferError> {
    let name = path.display().to_string();
    let io = |why: io::Error| match why.kind() {
        io::ErrorKind::NotFound => TransferError::Missing(name.clone()),
        io::ErrorKind::IsADirectory => TransferError::Folder(name.clone()),
        _ => TransferError::Io { name: name.clone(), why },
    };
    let mut bytes = Vec::new();
    fs::File::open(path).map_err(io)?.take(FILE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() > FILE_BYTES { Err(TransferError::TooLarge(name)) } else { Ok(bytes) }
}

/// The files with these endings in a folder, or the one file, in the order of their names; together no more than one
/// may have.
pub fn files(path: &Path, endings: &[&str]) -> Result<Vec<(String, Vec<u8>)>, TransferError> {
    if !path.is_dir() {
        return Ok(vec![(file_name(path), read(path)?)]);
    }
    let name = path.display().to_string();
    let io = |why| TransferError::Io { name: name.clone(), why };
    let mut paths = Vec::new();
    for entry in fs::read_dir(path).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        if path.is_file() && ending.is_some_and(|ending| endings.contains(&&*ending)) {
            paths.push(path);
        }
    }
    paths.sort();
    let (mut files, mut bytes) = (Vec::new(), 0);
    for path in paths {
        let content = read(&path)?;
        bytes += content.len();
        if bytes > FILE_BYTES {
            return Err(TransferError::TooLarge(name));
        }
        files.push((file_name(&path), content));
    }
    Ok(files)
}

/// What the system said, without the number it has there.
pub fn in_words(why: &io::Error) -> String {
    match why.kind() {
        io::ErrorKind::PermissionDenied => "you may not read or write it".into(),
        io::ErrorKind::IsADirectory => "it is a folder".into(),
        io::ErrorKind::NotADirectory => "a part of its path is no folder".into(),
        io::ErrorKind::StorageFull => "the disk is full".into(),
        _ => why.to_string().split(" (os error").next().unwrap_or_default().to_lowercase(),
    }
}

/// The name of a file without its folders.
pub fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// A file's text, without the mark that some programs put before it.
fn text<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, TransferError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|_| TransferError::NotText(file.to_owned()))
}
