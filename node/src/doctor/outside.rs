//! What stands around journal and sled: who can reach it, the keys, what was left lying about.

use std::{fs, path::PathBuf};

use protocol::store::StoreError;

use super::{DoctorError, Mended, Report};
use crate::{
    control,
    home::{Home, HomeError},
    journal::refused,
    keys::{Key, KeyError},
};

/// How a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// As it was written.
    Well,
    /// Not there, and the next start makes one.
    NotYet,
    /// Not there, and nothing can make it again.
    Lost,
    /// Not what was written, or not to be read.
    Damaged(String),
}

impl KeyState {
    /// Whether nothing has to be done about it.
    pub fn is_well(&self) -> bool {
        matches!(self, KeyState::Well | KeyState::NotYet)
    }
}

/// Something that lies in a home and is not in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// Where.
    pub path: PathBuf,
    /// What it remains of.
    pub what: Remains,
}

/// What a leftover remains of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remains {
    /// A rebuild or a note that was cut short; it can be made again.
    Unfinished,
    /// A store that was put aside when it was built anew.
    OldStore,
    /// A key that was put aside.
    OldKey,
    /// Damage that was copied aside.
    Evidence,
    /// Nothing of ours.
    Foreign,
}

/// What belongs in a home.
const OURS: [&str; 13] = [
    "journal",
    "sled",
    "signed.log",
    "keys",
    "quarantine",
    "clean",
    "doubt",
    "ballast",
    "lock",
    "search",
    "backups",
    "backups.state",
    control::SOCKET,
];

/// How both keys are. A member key cannot be made where something was ever kept under it.
pub(super) fn keys(home: &Home, has_past: bool) -> Vec<(Key, KeyState)> {
    let state = |key: Key| match key.read(home) {
        // That it is loose is told as such.
        Ok(_) | Err(KeyError::Home(HomeError::Loose { .. })) => KeyState::Well,
        Err(KeyError::Missing(_)) if has_past && key == Key::Member => KeyState::Lost,
        Err(KeyError::Missing(_)) => KeyState::NotYet,
        Err(why) => KeyState::Damaged(why.to_string()),
    };
    [Key::Member, Key::Node].map(|key| (key, state(key))).to_vec()
}

/// Files that sled keeps values in.
pub(super) fn blobs(home: &Home) -> usize {
    fs::read_dir(home.sled().join("blobs")).map_or(0, Iterator::count)
}

/// Whatever is in the home and not in use, by name.
pub(super) fn leftovers(home: &Home) -> Result<Vec<Leftover>, StoreError> {
    let mut found = Vec::new();
    for path in inside(home.path().to_owned())? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let what = match &*name {
            ours if OURS.contains(&ours) => continue,
            "sled.new" | "clean.new" | "doubt.new" | "backups.state.new" | "restoring" => Remains::Unfinished,
            old if old.starts_with("sled.bad-") => Remains::OldStore,
            _ => Remains::Foreign,
        };
        found.push(Leftover { path, what });
    }
    let in_use = [Key::Member, Key::Node].map(|key| key.path(home));
    let old = inside(home.keys())?.into_iter().filter(|path| !in_use.contains(path));
    found.extend(old.map(|path| Leftover { path, what: Remains::OldKey }));
    let evidence = inside(home.quarantine())?;
    found.extend(evidence.into_iter().map(|path| Leftover { path, what: Remains::Evidence }));
    Ok(found)
}

fn inside(folder: PathBuf) -> Result<Vec<PathBuf>, StoreError> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(&folder).map_err(refused(&folder))? {
        paths.push(entry.map_err(refused(&folder))?.path());
    }
    paths.sort();
    Ok(paths)
}

/// Closes what is loose, puts a damaged node key aside, and removes what was left unfinished.
pub(super) fn mend(home: &Home, before: &Report) -> Result<Vec<Mended>, DoctorError> {
    let mut mended = Vec::new();
    for loose in &before.loose {
        loose.close()?;
    }
    if !before.loose.is_empty() {
        mended.push(Mended::Closed(before.loose.len()));
    }
    let is_damaged = |(key, state): &(Key, KeyState)| *key == Key::Node && !state.is_well();
    if before.keys.iter().any(is_damaged) {
        Key::Node.put_aside(home)?;
        mended.push(Mended::NodeKeyAside);
    }
    let unfinished = before.leftovers.iter().filter(|left| left.what == Remains::Unfinished);
    let paths: Vec<&PathBuf> = unfinished.map(|left| &left.path).collect();
    for path in &paths {
        let done = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        done.map_err(refused(path))?;
    }
    if !paths.is_empty() {
        mended.push(Mended::Cleared(paths.len()));
    }
    Ok(mended)
}
