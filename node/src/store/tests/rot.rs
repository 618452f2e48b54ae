//! Homes whose files were cut, zeroed, flipped, removed, or put back as they once were, one sort of damage or several at
//! once. Nothing panics; what is lost is told; what is shown is what was written.
//!
//! `COMMONWEAL_FULL=1000` looks at as many images.

use std::collections::{BTreeMap, BTreeSet};

use super::{chance::Chance, damage::copy_folder, power::full, *};

const BATCHES: u64 = 120;

fn value(n: u64) -> Vec<u8> {
    vec![n as u8; if n.is_multiple_of(20) { 9_000 } else { 400 }]
}

fn batch(n: u64) -> Vec<Op> {
    let key = n.to_be_bytes();
    let mut ops = vec![put(Table::Envelope, &key, &value(n)), put(Table::Document, &[n as u8 % 16], &key)];
    if n.is_multiple_of(4) {
        ops.push(put(Table::SignedVote, &key, b"approve"));
    }
    ops
}

/// A home with a life behind it, and a copy of it as it was at half of that.
fn lived() -> (House, PathBuf) {
    let house = House::new();
    let older = house._dir.path().join("older");
    for (half, batches) in [0..BATCHES / 2, BATCHES / 2..BATCHES].into_iter().enumerate() {
        let (mut keeper, _) =
            Keeper::open_with(&house.home(), Options { segment_bytes: 16 << 10, ..options() }).unwrap();
        batches.for_each(|n| keeper.apply(batch(n), n % 3 == 0).unwrap());
        keeper.settle().unwrap();
        keeper.close().unwrap();
        if half == 0 {
            copy_folder(&house.path, &older);
        }
    }
    (house, older)
}

/// What is done to one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Harm {
    Cut,
    Zeroed,
    Flipped,
    Removed,
    Older,
}

const HARMS: [Harm; 5] = [Harm::Cut, Harm::Zeroed, Harm::Flipped, Harm::Removed, Harm::Older];

/// Which files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Journal,
    Sled,
    Votes,
}

fn do_harm(harm: Harm, part: Part, image: &Path, older: &Path, chance: &mut Chance) {
    if harm == Harm::Older {
        return put_back(part, image, older);
    }
    let file = match part {
        Part::Journal => {
            let segments = journal::segments(&image.join("journal")).unwrap();
            segments[chance.below(segments.len() as u64) as usize].1.clone()
        }
        Part::Sled => image.join("sled/db"),
        Part::Votes => image.join("signed.log"),
    };
    let Ok(mut bytes) = fs::read(&file) else { return };
    let at = chance.below(bytes.len() as u64) as usize;
    match harm {
        Harm::Cut => bytes.truncate(at),
        Harm::Zeroed => bytes[at..].iter_mut().take(512 << chance.below(5)).for_each(|byte| *byte = 0),
        Harm::Flipped => bytes[at] ^= 1 << chance.below(8),
        _ => return fs::remove_file(&file).unwrap(),
    }
    fs::write(&file, bytes).unwrap();
}

/// The whole of that part as it once was.
fn put_back(part: Part, image: &Path, older: &Path) {
    match part {
        Part::Votes => drop(fs::copy(older.join("signed.log"), image.join("signed.log")).unwrap()),
        Part::Journal | Part::Sled => {
            let name = if part == Part::Journal { "journal" } else { "sled" };
            fs::remove_dir_all(image.join(name)).unwrap();
            copy_folder(&older.join(name), &image.join(name));
        }
    }
}

/// What came of an image.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    /// All is there.
    Whole,
    /// Something is not, and the start says so.
    Told,
    /// The journal is an older one and sled does not know better: only others can notice.
    Rewound,
    /// The node refuses to start, in a sentence.
    Refused,
}

#[test]
fn whatever_rots_is_told_and_what_is_shown_was_written() {
    let (house, older) = lived();
    let mut counts: BTreeMap<(Vec<(Part, Harm)>, End), u64> = BTreeMap::new();
    for seed in 0..full().unwrap_or(40) {
        let mut chance = Chance(seed);
        let image = house._dir.path().join("image");
        copy_folder(&house.path, &image);
        let mut done = BTreeSet::new();
        for part in [Part::Journal, Part::Sled, Part::Votes] {
            if chance.below(3) > 0 {
                let harm = HARMS[chance.below(5) as usize];
                do_harm(harm, part, &image, &older, &mut chance);
                done.insert((part, harm));
            }
        }
        let end = start(&image, &done, seed);
        *counts.entry((done.into_iter().collect(), end)).or_default() += 1;
        fs::remove_dir_all(&image).unwrap();
    }
    let (sorts, mut ends) = (counts.len(), BTreeMap::<End, u64>::new());
    for ((harms, end), count) in counts {
        println!("rot: {count} of {harms:?}: {end:?}");
        *ends.entry(end).or_default() += count;
    }
    println!("{} rotten images, {sorts} sorts of damage and end: {ends:?}", ends.values().sum::<u64>());
}

fn start(image: &Path, done: &BTreeSet<(Part, Harm)>, seed: u64) -> End {
    let home = Home::open(image).unwrap();
    let (mut keeper, opened) = match Keeper::open_with(&home, options()) {
        Ok(opened) => opened,
        Err(StoreError::Damaged(why)) if why.contains("journal") => return End::Refused,
        Err(why) => panic!("image {seed}, {done:?}: {why}"),
    };
    let context = || format!("image {seed}, {done:?}: {opened:?}");
    let rows = keeper.scan(Table::Envelope, &[], &[], usize::MAX).unwrap();
    for (key, bytes) in &rows {
        assert_eq!(bytes, &value(u64::from_be_bytes(key[..].try_into().unwrap())), "{}", context());
    }
    let votes = keeper.scan(Table::SignedVote, &[], &[], usize::MAX).unwrap();
    // A log of votes that was cut where a vote ends, or put back as it was, is a shorter log that nobody can tell from a whole
    // one: what is said of that stands in tests/README.md.
    let is_shorter = [Harm::Older, Harm::Cut].iter().any(|harm| done.contains(&(Part::Votes, *harm)));
    let is_voted = votes.len() as u64 == BATCHES.div_ceil(4);
    assert!(is_voted || opened.restored || is_shorter, "votes: {}", context());
    let documents = keeper.scan(Table::Document, &[], &[], usize::MAX).unwrap();
    let newest = documents.iter().map(|(_, n)| u64::from_be_bytes(n[..].try_into().unwrap())).max();
    let derived =
        opened.derived_lost || !opened.replayed.is_empty() || newest == rows.len().checked_sub(1).map(|n| n as u64);
    assert!(derived, "old derived rows {newest:?}: {}", context());
    keeper.verify().unwrap();
    keeper.apply(batch(BATCHES), true).unwrap();
    let is_told = opened.lost_groups > 0
        || opened.torn_bytes > 0
        || !opened.quarantined.is_empty()
        || matches!(opened.rebuilt, Some(Why::Ahead | Why::Foreign));
    match rows.len() as u64 {
        BATCHES => End::Whole,
        _ if is_told => End::Told,
        // A journal that ends with a whole group, or the last segment of which is gone, is a journal.
        _ if done.iter().any(|(part, _)| *part == Part::Journal)
            && done.iter().any(|(part, _)| *part == Part::Sled) =>
        {
            End::Rewound
        }
        lost => panic!("{lost} of {BATCHES}, and nobody was told: {}", context()),
    }
}
