//! Calendars in the format iCalendar (RFC 5545): each event or series becomes one session.
//!
//! `lines` unfolds and takes lines apart, `times` knows clocks and zones, `events` makes records, `write` makes a calendar of them,
//! and `written` its lines. The reader is our own because a person needs the line of a mistake, which the libraries at hand do
//! not keep; the zones are those of the crate `jiff`, which carries its own database, so that every node writes the same.

mod events;
mod lines;
mod times;
mod write;
mod written;

#[cfg(test)]
mod tests;

use super::{At, Origin, Parsed, Place, ROWS, TransferError};
pub(crate) use lines::Component;
pub use write::write;
pub(crate) use write::{Event, Part, Time, calendar, object, tag};

use jiff::Timestamp;
use lines::Line;

/// A calendar begins in one of so many lines. Some programs put empty ones or a remark before it.
const FIRST_LINES: usize = 20;

/// What a calendar says.
pub fn parse(file: &str, bytes: &[u8], origin: &Origin) -> Result<Parsed, TransferError> {
    let begins = |line: &[u8]| line.trim_ascii().eq_ignore_ascii_case(b"BEGIN:VCALENDAR");
    let first = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).split(|byte| matches!(byte, b'\n' | b'\r'));
    if !first.take(FIRST_LINES).any(begins) {
        return Err(TransferError::NotCalendar(file.to_owned()));
    }
    let mut parsed = Parsed::default();
    let calendars = lines::components(file, bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes), &mut parsed);
    let nothing = TransferError::Nothing { name: file.to_owned(), what: "event (VEVENT)" };
    let events = |calendar: &Component| calendar.inner.iter().filter(|inner| inner.name == "VEVENT").count();
    match calendars.iter().map(events).sum::<usize>() {
        0 if parsed.bad.is_empty() => return Err(nothing),
        count if count > ROWS => return Err(TransferError::TooManyRows(file.to_owned())),
        _ => {}
    }
    for calendar in &calendars {
        events::read(file, calendar, origin, &mut parsed);
    }
    parsed.finish();
    Ok(parsed)
}

/// The components of a calendar that we wrote ourselves.
pub(crate) fn components(bytes: &[u8]) -> Vec<Component> {
    lines::components("", bytes, &mut Parsed::default())
}

/// The moment that a property of a calendar names.
pub(crate) fn moment(calendar: &Component, line: &Line) -> Option<Timestamp> {
    times::Zones::new(calendar).moment(line).ok()?.at()
}

fn place(file: &str, line: u64) -> Place {
    Place { file: file.to_owned(), at: At::Line(line) }
}
