//! Files made of records: which records may go into them, and how they reach the disk whole.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::Path,
};

use protocol::kinds;
use serde_json::{Value, json};

use super::{TransferError, csv, hsds, ics};
use crate::confidential;

/// What files are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The resource directory as HSDS 3.1 in JSON.
    Hsds,
    /// One spreadsheet for each kind.
    Csv,
    /// One calendar of all sessions.
    Ics,
    /// Records as the API shows them, one file for each kind.
    Json,
}

impl Format {
    /// The kinds that this format has a place for.
    pub fn kinds(self) -> Vec<&'static str> {
        match self {
            Format::Hsds => vec!["organization", "service", "location", "service_at_location"],
            Format::Ics => vec!["session"],
            Format::Csv | Format::Json => kinds::all().iter().map(|kind| kind.name).collect(),
        }
    }
}

/// A file to be written: its name and its bytes.
pub type File = (String, Vec<u8>);

/// What of these records may leave, and how many stay: what only we or some partners have stays, unless all is asked
/// for.
pub fn shared(records: Vec<Value>, all: bool) -> (Vec<Value>, usize) {
    let before = records.len();
    let is_shared = |record: &Value| matches!(record["audience"].as_str(), Some("network" | "public"));
    let shared: Vec<Value> = records.into_iter().filter(|record| all || is_shared(record)).collect();
    let stayed = before - shared.len();
    (shared, stayed)
}

/// Takes confidential addresses out, a shelter's say, and says how many records had one.
pub fn without_addresses(records: &mut [Value]) -> usize {
    let mut count = 0;
    for record in records.iter_mut().filter(|record| confidential::is_kept(&record["fields"])) {
        if let Some(fields) = record["fields"].as_object_mut() {
            fields.retain(|name, _| !confidential::leads_there(name));
            count += 1;
        }
    }
    count
}

/// The files of an export, the same for the same records.
pub fn files(format: Format, records: &[Value]) -> Vec<File> {
    match format {
        Format::Hsds => hsds::write(records),
        Format::Ics => vec![("sessions.ics".to_owned(), ics::write(records))],
        Format::Csv => by_kind(records).into_iter().filter_map(|(name, records)| sheet(name, &records)).collect(),
        Format::Json => by_kind(records)
            .into_iter()
            .map(|(name, records)| (format!("{name}.json"), pretty(&json!({"records": records}))))
            .collect(),
    }
}

fn sheet(name: &str, records: &[&Value]) -> Option<File> {
    let kind = kinds::kind(name)?;
    let fields: Vec<&Value> = records.iter().map(|record| &record["fields"]).collect();
    Some((format!("{name}.csv"), csv::write(kind, &fields)))
}

fn by_kind(records: &[Value]) -> BTreeMap<&str, Vec<&Value>> {
    let mut kinds: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for record in records {
        kinds.entry(record["kind"].as_str().unwrap_or_default()).or_default().push(record);
    }
    kinds
}

/// JSON that people can read as well.
pub(super) fn pretty(value: &Value) -> Vec<u8> {
    format!("{value:#}\n").into_bytes()
}

/// Writes files into a folder, each whole or not at all. The folder must be new or empty, unless `force` lets them
/// replace what has their names.
pub fn save(folder: &Path, files: &[File], force: bool) -> Result<(), TransferError> {
    let io = |why: io::Error| TransferError::Io { name: folder.display().to_string(), why };
    fs::create_dir_all(folder).map_err(io)?;
    if !force && fs::read_dir(folder).map_err(io)?.next().is_some() {
        return Err(TransferError::Occupied(folder.display().to_string()));
    }
    for (name, bytes) in files {
        let beside = folder.join(format!(".{name}.part"));
        let done = write(&beside, bytes).and_then(|()| fs::rename(&beside, folder.join(name)));
        if let Err(why) = done {
            // It may not even be there.
            let _ = fs::remove_file(&beside);
            return Err(TransferError::Io { name: folder.join(name).display().to_string(), why });
        }
    }
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_shared_stays_unless_all_is_asked_for() {
        let record = |audience: &str| json!({"audience": audience, "kind": "practice", "fields": {"title": audience}});
        let records = ["private", "partners", "network", "public"].map(record).to_vec();
        let (out, stayed) = shared(records.clone(), false);
        assert_eq!((out.len(), stayed), (2, 2));
        assert_eq!(shared(records, true).1, 0);
    }

    #[test]
    fn a_confidential_address_stays_out_of_files() {
        let fields =
            json!({"name": "Haven", "address_confidential": true, "addresses": [{"id": "a"}], "latitude": 44.5});
        let mut records = [json!({"kind": "location", "fields": fields}), json!({"fields": {"latitude": 1}})];
        assert_eq!(without_addresses(&mut records), 1);
        assert_eq!(records[0]["fields"], json!({"name": "Haven", "address_confidential": true}));
        assert_eq!(records[1]["fields"]["latitude"], 1);
    }

    #[test]
    fn a_folder_with_something_in_it_is_left_alone_unless_forced() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("deep/out");
        let files = |text: &str| vec![("a.csv".to_owned(), text.as_bytes().to_vec())];
        save(&folder, &files("1"), false).unwrap();
        assert!(matches!(save(&folder, &files("2"), false), Err(TransferError::Occupied(_))));
        assert_eq!(fs::read(folder.join("a.csv")).unwrap(), b"1");
        save(&folder, &files("2"), true).unwrap();
        assert_eq!(fs::read(folder.join("a.csv")).unwrap(), b"2");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing is left beside them");
    }
}
