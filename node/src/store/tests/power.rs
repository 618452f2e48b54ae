//! A machine that stops at any deed of its disk, and what a power cut leaves of those it had not brought to the disk.
//!
//! `COMMONWEAL_FULL=1000` stops at every deed, and looks at as many images.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
};

use super::{chance::Chance, damage::copy_folder, *};
use crate::disk::watch::{self, Done};

const STEPS: u64 = 50;

pub(super) fn full() -> Option<u64> {
    env::var("COMMONWEAL_FULL").ok().map(|text| text.parse().expect("COMMONWEAL_FULL is a number"))
}

/// Segments so small that a few begin on the way.
fn small() -> Options {
    Options { segment_bytes: 16 << 10, ..options() }
}

fn value(n: u64) -> Vec<u8> {
    vec![n as u8; if n.is_multiple_of(8) { 9_000 } else { 300 }]
}

fn batch(n: u64) -> Vec<Op> {
    let mut ops = vec![
        put(Table::Envelope, &n.to_be_bytes(), &value(n)),
        put(Table::Header, &[n as u8 % 7], &n.to_be_bytes()),
        put(Table::Payload, &n.to_be_bytes(), &value(n)),
        put(Table::Document, b"newest", &n.to_be_bytes()),
    ];
    if n.is_multiple_of(5) {
        ops.push(put(Table::SignedVote, &n.to_be_bytes(), b"approve"));
    }
    ops
}

/// Fifty batches, every so manieth durable, with clean stops, flushes and new segments between them. Told after each is
/// whether it was durable. Ends at the first error, as a node does; then sled's folder is left as a killed process
/// leaves it.
fn live(house: &House, every: u64, kept: &mut dyn FnMut(u64, bool)) -> Result<(), StoreError> {
    let (mut keeper, _) = Keeper::open_with(&house.home(), small())?;
    for n in 0..STEPS {
        if n == 20 || n == 41 {
            keeper.close()?;
            keeper = Keeper::open_with(&house.home(), small())?.0;
        }
        match step(&mut keeper, n, every) {
            Ok(is_durable) => kept(n, is_durable),
            Err(why) => {
                let (sled, copy) = (house.path.join("sled"), house.path.join("as-killed"));
                copy_folder(&sled, &copy);
                drop(keeper);
                fs::remove_dir_all(&sled).unwrap();
                fs::rename(&copy, &sled).unwrap();
                return Err(why);
            }
        }
    }
    keeper.close()
}

/// One batch, and now and then what a node does beside; whether it is durable.
fn step(keeper: &mut Keeper, n: u64, every: u64) -> Result<bool, StoreError> {
    let is_durable = n % every == every - 1;
    keeper.apply(batch(n), is_durable)?;
    if n % 10 == 7 {
        keeper.settle()?;
    }
    if n == 33 {
        keeper.pulse()?;
    }
    Ok(is_durable || n == 33)
}

/// What must hold at the next start, when all up to `promised` must be there. Holes are told.
fn holds(path: &Path, promised: Option<u64>) -> Opened {
    let home = Home::open(path).unwrap();
    let (mut keeper, opened) = Keeper::open_with(&home, small()).unwrap();
    let rows = keeper.scan(Table::Envelope, &[], &[], usize::MAX).unwrap();
    let here: BTreeSet<u64> = rows.iter().map(|(key, _)| u64::from_be_bytes(key[..].try_into().unwrap())).collect();
    let told = (promised, &opened);
    assert!(promised.is_none_or(|last| (0..=last).all(|n| here.contains(&n))), "lost: {told:?} {here:?}");
    let next = here.last().map_or(0, |n| n + 1);
    assert!(here.len() as u64 == next || opened.lost_groups > 0, "a hole nobody was told of: {told:?} {here:?}");
    for n in &here {
        for table in [Table::Envelope, Table::Payload] {
            assert_eq!(keeper.get(table, &n.to_be_bytes()), Ok(Some(value(*n))), "half a batch: {n} {told:?}");
        }
    }
    assert_eq!(keeper.scan(Table::Payload, &[], &[], usize::MAX).unwrap().len(), here.len());
    for row in 0..7u8 {
        let last = here.iter().rfind(|n| **n as u8 % 7 == row).map(|n| n.to_be_bytes().to_vec());
        assert_eq!(keeper.get(Table::Header, &[row]), Ok(last), "{told:?}");
    }
    let votes = keeper.scan(Table::SignedVote, &[], &[], usize::MAX).unwrap();
    let voted: BTreeSet<u64> = votes.iter().map(|(key, _)| u64::from_be_bytes(key[..].try_into().unwrap())).collect();
    assert!(opened.restored || here.iter().filter(|n| n.is_multiple_of(5)).all(|n| voted.contains(n)), "{voted:?}");
    let newest = keeper.get(Table::Document, b"newest").unwrap().map(|n| u64::from_be_bytes(n.try_into().unwrap()));
    let is_told = opened.derived_lost || !opened.replayed.is_empty();
    assert!(is_told || newest == here.last().copied(), "old derived rows: {newest:?} {told:?}");
    keeper.verify().unwrap();
    keeper.apply(batch(next), true).expect("it goes on");
    opened
}

/// Every deed once: the machine stops there, and what it said was kept is there when it starts again.
#[test]
fn a_machine_that_stops_at_any_deed_has_what_it_said_it_kept() {
    let house = House::new();
    watch::start(usize::MAX);
    live(&house, 3, &mut |_, _| {}).unwrap();
    let (done, deeds) = watch::stop();
    assert!(deeds > 150 && done.len() == deeds, "{deeds}");
    let mut ends = BTreeMap::new();
    for stop in (0..deeds).step_by(if full().is_some() { 1 } else { 9 }) {
        let house = House::new();
        let mut last = None;
        watch::start(stop);
        let end = live(&house, 3, &mut |n, _| last = Some(n));
        watch::stop();
        assert!(end.is_err() || stop + 2 > deeds, "deed {stop} went well");
        let opened = holds(&house.path, last);
        let what = format!("{:?}", done[stop]);
        let what = what.split('(').next().unwrap().to_owned();
        *ends.entry((what, opened.torn_bytes > 0)).or_insert(0) += 1;
    }
    println!("stopped at deeds of {deeds}, by what was to be done and whether a write was torn: {ends:?}");
}

/// Images of what a power cut may leave: what was not brought to the disk is dropped, torn or done in part, names are
/// old or new, and sled is gone, older, newer than the journal or torn.
#[test]
fn what_a_power_cut_leaves_holds_all_that_was_promised() {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let images = full().unwrap_or(36);
    for every in [1, 10, 25] {
        let house = House::new();
        let before = Disk::of(&house.path);
        let copies = house._dir.path().join("copies");
        watch::start(usize::MAX);
        let mut copied = vec![];
        live(&house, every, &mut |n, is_durable| {
            if is_durable {
                watch::told(n);
            }
            if n % 12 == 11 {
                let copy = copies.join(n.to_string());
                copy_folder(&house.path.join("sled"), &copy);
                copied.push(copy);
            }
        })
        .unwrap();
        let (log, _) = watch::stop();
        for seed in 0..images.div_ceil(3) {
            let mut chance = Chance(seed << 8 | every);
            let (path, promised, how) = image(&house, &before, &log, &copied, &mut chance);
            let opened = holds(&path, promised);
            *counts.entry(how).or_default() += 1;
            if opened.rebuilt.is_some() {
                *counts.entry("rebuilt".to_owned()).or_default() += 1;
            }
            fs::remove_dir_all(&path).unwrap();
        }
    }
    println!("images: {counts:?}");
}

/// Writes an image of the house into a folder beside it. Where, what was promised by then, and what sort it is.
fn image(
    house: &House,
    before: &Disk,
    log: &[Done],
    sleds: &[PathBuf],
    chance: &mut Chance,
) -> (PathBuf, Option<u64>, String) {
    let mut disk = before.clone();
    let cut = chance.below(log.len() as u64 + 1) as usize;
    log[..cut].iter().for_each(|done| disk.take(done));
    let promised = log[..cut].iter().rev().find_map(|done| if let Done::Told(n) = done { Some(*n) } else { None });
    let how = ["dropped", "torn", "in part"][chance.below(3) as usize];
    let path = house._dir.path().join("image");
    copy_folder(&house.path, &path);
    fs::remove_dir_all(path.join("sled")).unwrap();
    disk.leave(&house.path, &path, how, chance);
    let sled = chance.below(1 + 2 * sleds.len() as u64) as usize;
    if let Some(copy) = sleds.get(sled / 2) {
        copy_folder(copy, &path.join("sled"));
        if sled % 2 == 1 {
            let db = path.join("sled/db");
            let len = fs::metadata(&db).unwrap().len();
            fs::OpenOptions::new().write(true).open(&db).unwrap().set_len(chance.below(len)).unwrap();
        }
    }
    let sled = ["a copy", "a torn copy"].get(sled % 2).filter(|_| sled / 2 < sleds.len()).unwrap_or(&"gone");
    (path, promised, format!("{how}, sled {sled}"))
}

/// A disk as it is and as it was last brought to be, for all files but sled's.
#[derive(Clone, Default)]
struct Disk {
    files: Vec<Contents>,
    names: BTreeMap<PathBuf, usize>,
    synced_names: BTreeMap<PathBuf, usize>,
    /// By which name somebody holds a file open, also after it got another.
    open: BTreeMap<PathBuf, usize>,
}

#[derive(Clone, Default)]
struct Contents {
    synced: Vec<u8>,
    waiting: Vec<Done>,
}

impl Contents {
    fn take(bytes: &mut Vec<u8>, done: &Done) {
        match done {
            Done::Write(_, at, new) => {
                let end = *at as usize + new.len();
                bytes.resize(bytes.len().max(end), 0);
                bytes[*at as usize..end].copy_from_slice(new);
            }
            Done::SetLen(_, len) => bytes.resize(*len as usize, 0),
            _ => unreachable!("only contents wait"),
        }
    }

    /// What a power cut may leave of it.
    fn after_a_cut(&self, how: &str, chance: &mut Chance) -> Vec<u8> {
        let mut bytes = self.synced.clone();
        let reached = chance.below(self.waiting.len() as u64 + 1) as usize;
        match how {
            "dropped" => {}
            "torn" => {
                self.waiting[..reached].iter().for_each(|done| Contents::take(&mut bytes, done));
                if let Some(Done::Write(path, at, new)) = self.waiting.get(reached) {
                    let some = new[..chance.below(new.len() as u64) as usize].to_vec();
                    let whole = *at as usize + new.len();
                    Contents::take(&mut bytes, &Done::Write(path.clone(), *at, some));
                    // Sometimes the length got there and the blocks did not.
                    if chance.below(2) == 0 {
                        bytes.resize(bytes.len().max(whole), 0);
                    }
                }
            }
            _ => {
                let some = self.waiting.iter().filter(|_| chance.below(2) == 0);
                some.for_each(|done| Contents::take(&mut bytes, done));
            }
        }
        bytes
    }
}

impl Disk {
    /// All files of a home, brought to the disk.
    fn of(home: &Path) -> Disk {
        let mut disk = Disk::default();
        for folder in [home.to_owned(), home.join("journal")] {
            for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file())
            {
                disk.names.insert(path.clone(), disk.files.len());
                disk.files.push(Contents { synced: fs::read(&path).unwrap(), waiting: vec![] });
            }
        }
        disk.synced_names = disk.names.clone();
        disk
    }

    fn take(&mut self, done: &Done) {
        let file = |disk: &Disk, path: &PathBuf| disk.names.get(path).or(disk.open.get(path)).copied();
        match done {
            Done::Create(path) => {
                let at = self.files.len();
                self.files.push(Contents::default());
                self.names.insert(path.clone(), at);
                self.open.insert(path.clone(), at);
            }
            Done::Write(path, ..) | Done::SetLen(path, _) => {
                let at = file(self, path).expect("what is written to is there");
                self.files[at].waiting.push(done.clone());
            }
            Done::Sync(path) => {
                let at = file(self, path).expect("what is brought to the disk is there");
                let Contents { synced, waiting } = &mut self.files[at];
                waiting.drain(..).for_each(|done| Contents::take(synced, &done));
            }
            Done::Rename(from, to) => {
                if let Some(at) = self.names.remove(from) {
                    self.names.insert(to.clone(), at);
                }
            }
            Done::Remove(path) => drop(self.names.remove(path)),
            Done::SyncFolder(folder) => {
                let inside = |path: &PathBuf| path.parent() == Some(folder);
                self.synced_names.retain(|path, _| !inside(path));
                let now = self.names.iter().filter(|(path, _)| inside(path)).map(|(path, at)| (path.clone(), *at));
                self.synced_names.extend(now);
            }
            Done::Told(_) => {}
        }
    }

    /// Writes into `image`, a copy of `home`, what a power cut may leave of its files.
    fn leave(&self, home: &Path, image: &Path, how: &str, chance: &mut Chance) {
        let there = |path: &Path| image.join(path.strip_prefix(home).unwrap());
        for folder in [home.to_owned(), home.join("journal")] {
            for path in fs::read_dir(there(&folder)).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_file() && !path.ends_with("lock") {
                    fs::remove_file(path).unwrap();
                }
            }
        }
        let names = if chance.below(2) == 0 { &self.synced_names } else { &self.names };
        for (path, at) in names {
            fs::write(there(path), self.files[*at].after_a_cut(how, chance)).unwrap();
        }
    }
}
