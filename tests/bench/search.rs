//! How long a search over very many records takes, facets and marks with it, beside a plain scan of the same records in the
//! same run; and what the index costs in time, memory and bytes on disk.
//!
//! `cargo run --release --package commonweal-tests --bin search [RECORDS]`

#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement that is in doubt stops")]

use std::{
    env, fs,
    hint::black_box,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use node::{
    catalog::{Catalog, Viewer},
    search::{Part, Search, find},
};
use protocol::{
    engine::fold,
    identity::{DocId, Hash, MemberId},
    view::{GlanceView, Summary},
};
use serde_json::json;

/// Searches of each sort.
const SEARCHES: usize = 500;
/// Different words in all records.
const WORDS: usize = 20_000;
/// Words of one record: about 1 KB.
const LENGTH: usize = 130;
/// Rows of a page, whose titles and summaries are marked.
const ROWS: usize = 20;

fn main() {
    let records: usize = env::args().nth(1).map_or(100_000, |text| text.parse().expect("the number of records"));
    let cores = thread::available_parallelism().unwrap();
    println!("search: {records} records of about 1 KB, {WORDS} different words, {cores} cores, {}", env::consts::ARCH);
    let folder = tempfile::tempdir().unwrap();
    let words: Vec<String> = (0..WORDS as u64).map(word).collect();
    let before = resident_mib();
    let fill = || {
        let begin = Instant::now();
        let catalog = Catalog::filled(folder.path().join("search"), (0..records).map(|n| glance(n, &words)));
        (catalog, begin.elapsed().as_secs_f64())
    };
    let (catalog, took) = fill();
    println!("read and indexed in {took:.1} s");
    println!(
        "rows and index in memory: {:.0} MiB; index on disk: {:.0} MiB",
        resident_mib() - before,
        mib(folder.path())
    );
    drop(catalog);
    let (catalog, took) = fill();
    println!("read again, with nothing to index, in {took:.1} s");
    let texts: Vec<String> = (0..records).map(|n| fold(&text(n, &words))).collect();
    let mut chance = Chance(7);
    for (what, make) in SORTS {
        let asked: Vec<String> = (0..SEARCHES).map(|_| make(&mut chance, &words)).collect();
        let mut found = 0;
        let mut times: Vec<Duration> = asked.iter().map(|words| timed(|| found += search(&catalog, words))).collect();
        report(&format!("{what}, {} found on average", found / SEARCHES), &mut times);
    }
    let mut found = 0;
    let mut scans: Vec<Duration> = (0..SEARCHES / 10)
        .map(|_| {
            let asked = two(&mut chance, &words);
            timed(|| found += scan(&texts, &asked))
        })
        .collect();
    report(&format!("a plain scan for two words, {} found on average", found * 10 / SEARCHES), &mut scans);
}

type Make = fn(&mut Chance, &[String]) -> String;

const SORTS: [(&str, Make); 5] = [
    ("one word", |chance, words| format!("{} ", words[chance.rank()])),
    ("two words", two),
    ("three words, the last unfinished", |chance, words| {
        let last = &words[chance.rank()];
        format!("{} {} {}", words[chance.rank()], words[chance.rank()], &last[..last.len().min(4)])
    }),
    ("a misspelled word", |chance, words| {
        let mut word = words[chance.rank()].clone();
        let at = chance.next() as usize % word.len();
        word.replace_range(at..=at, "q");
        format!("{word} ")
    }),
    ("the most frequent word", |_, words| format!("{} ", words[0])),
];

fn two(chance: &mut Chance, words: &[String]) -> String {
    format!("{} {} ", words[chance.rank()], words[chance.rank()])
}

/// As a page does it: found, counted, and marked.
fn search(catalog: &Catalog, words: &str) -> usize {
    let search = Search { words: words.into(), part: Part::Page(1, ROWS), ..Search::default() };
    let found = find(catalog, Viewer::Inside, &search);
    for row in &found.rows {
        black_box((found.marked(&row.title), found.marked(&row.summary)));
    }
    found.total
}

fn scan(texts: &[String], asked: &str) -> usize {
    let words = fold(asked);
    let words: Vec<&str> = words.split_whitespace().collect();
    texts.iter().filter(|text| words.iter().all(|word| text.contains(word))).count()
}

/// A made-up word that can be spoken, different for each number.
fn word(n: u64) -> String {
    const SYLLABLES: [&str; 20] = [
        "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va", "we", "xi",
        "yo", "zu",
    ];
    let mut rest = n + 400;
    let mut word = String::new();
    while rest > 0 {
        word.push_str(SYLLABLES[(rest % 20) as usize]);
        rest /= 20;
    }
    word
}

/// The words of a record: few of them very often, many seldom, as in any language.
fn text(n: usize, words: &[String]) -> String {
    let mut chance = Chance(n as u64 + 1);
    let some: Vec<&str> = (0..LENGTH).map(|_| words[chance.rank()].as_str()).collect();
    some.join(" ")
}

fn glance(n: usize, words: &[String]) -> GlanceView {
    let text = text(n, words);
    let (title, rest) = text.split_at(text.match_indices(' ').nth(4).unwrap().0);
    let (summary, problem) = rest.split_at(rest.match_indices(' ').nth(20).unwrap().0);
    let owner = n % 50;
    let summary = Summary {
        id: DocId(Hash::of(&n.to_be_bytes()).0),
        kind: ["practice", "lesson", "training", "announcement"][n % 4].into(),
        title: title.into(),
        summary: summary.trim().into(),
        owner: MemberId([owner as u8; 32]),
        owner_name: format!("Collaborative {owner}"),
        audience: ["public", "network", "private"][n % 3],
        own: owner == 0,
    };
    let topics: Vec<&String> = (0..2).map(|k| &words[(n * 7 + k * 13) % 60]).collect();
    let places = json!([{"county": words[n % 16], "town": words[n % 400]}]);
    let fields = json!({
        "title": summary.title, "summary": summary.summary, "problem": problem, "topics": topics, "places": places,
        "language": "en", "components": ["local_leadership"],
    });
    GlanceView { summary, fields, changed_at: n as u64, made_at: n as u64, choices: 0, edits: 1 }
}

/// The same numbers in every run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// The rank of a word: each is about as frequent as its rank says, 1, 1/2, 1/3 and so on.
    fn rank(&mut self) -> usize {
        let part = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        ((WORDS as f64).powf(part) as usize - 1).min(WORDS - 1)
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let begin = Instant::now();
    work();
    begin.elapsed()
}

fn report(what: &str, times: &mut [Duration]) {
    times.sort();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize].as_secs_f64() * 1_000.0;
    println!("{what}: p50 {:.2} ms, p99 {:.2} ms, most {:.2} ms", at(0.5), at(0.99), at(1.0));
}

fn resident_mib() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1_024.0
}

fn mib(folder: &Path) -> f64 {
    let files = fs::read_dir(folder.join("search")).unwrap();
    files.map(|file| file.unwrap().metadata().unwrap().len() as f64).sum::<f64>() / 1_048_576.0
}
