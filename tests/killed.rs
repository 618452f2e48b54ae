//! `kill -9` at any moment: what was acknowledged is there afterwards, and what was cut short goes on.
//!
//! Fifty deaths each time; a thousand with `COMMONWEAL_FULL=1000`.

use std::{
    fs,
    ops::Range,
    thread,
    time::{Duration, Instant},
};

use harness::{
    real::{Node, PATIENCE, Place, Signal, eventually},
    tiers::turns,
};
use serde_json::json;

use crate::binary::writes_until_it_ends;

/// A moment of a round, spread over its first half second; some are early, none is the same.
fn moment(round: u64) -> Duration {
    Duration::from_millis(30 + round * 137 % 470)
}

/// So many deaths, so many of them in one life, told as stories: each the numbers of its deaths.
fn stories(deaths: u64, in_one: u64) -> impl Iterator<Item = Range<u64>> {
    (0..deaths.div_ceil(in_one)).map(move |story| story * in_one..deaths.min((story + 1) * in_one))
}

/// Three people save records as fast as they can, and the power goes. Every id that was printed is a record afterwards,
/// also those of all nights before.
#[test]
fn killed_in_a_burst_of_records_a_node_has_every_one_it_acknowledged() {
    let deaths = turns(38, 800);
    // After so many another home begins: what is listed each time grows, and nothing new would come of it.
    let acknowledged: usize = stories(deaths, 50).map(dies_in_bursts).sum();
    println!("killed in bursts of records {deaths} times: {acknowledged} were acknowledged, 0 of them are lost");
}

/// How many were acknowledged, and are all there.
fn dies_in_bursts(deaths: Range<u64>) -> usize {
    let place = Place::new();
    let mut node = place.node("Riverside");
    let mut ledger: Vec<String> = vec![];
    for death in deaths {
        let written = thread::scope(|scope| {
            let shared = &node;
            let people: Vec<_> = (0..3).map(|n| scope.spawn(move || writes_until_it_ends(shared, n))).collect();
            thread::sleep(moment(death));
            shared.signal(Signal::KILL);
            people.into_iter().flat_map(|person| person.join().unwrap()).collect::<Vec<String>>()
        });
        node.kill();
        ledger.extend(written);
        node.up();
        node.must_have(&ledger);
    }
    assert!(ledger.len() > 4, "only {} were ever acknowledged", ledger.len());
    assert!(node.stop().success());
    ledger.len()
}

/// The county's list comes in, and the power goes in the middle of it, again and again. What the node said was taken
/// over is there afterwards; the same file once more completes it, and nothing is there twice.
#[test]
fn killed_in_an_import_a_node_has_what_it_took_over_and_completes_it_without_doubles() {
    let deaths = turns(6, 100);
    let told: Vec<(u64, usize)> = stories(deaths, 3).map(dies_in_an_import).collect();
    let (cut_short, kept): (u64, usize) = told.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    assert!(cut_short > 0, "no import was cut short");
    println!(
        "killed in an import {deaths} times, {cut_short} of them amid it: {kept} rows were taken over, 0 are lost"
    );
}

/// How often the import was cut short, and how many rows were said to be taken over before the last time.
fn dies_in_an_import(deaths: Range<u64>) -> (u64, usize) {
    const ROWS: usize = 400;
    let place = Place::new();
    let mut node = place.node("Riverside");
    let file = place.path().join("list.csv");
    let rows: String = (0..ROWS).map(|n| format!("{n},Practice {n:03}\n")).collect();
    fs::write(&file, format!("id,title\n{rows}")).unwrap();
    let import = ["import", "csv", "practice", file.to_str().unwrap()];
    let (mut taken_over, mut cut_short, lives) = (vec![], 0, deaths.end - deaths.start);
    for death in deaths {
        let said = thread::scope(|scope| {
            let shared = &node;
            let before = shared.records();
            let importing = scope.spawn(move || shared.try_ask(&import));
            // Looking at what reached the disk does not wait for the node to have time.
            let (begun, at_first) = (Instant::now(), journal_bytes(shared));
            while journal_bytes(shared) < at_first + 2_000 && before < ROWS as u64 && begun.elapsed() < PATIENCE / 3 {
                thread::sleep(Duration::from_millis(2));
            }
            thread::sleep(moment(death) / 2);
            taken_over.extend(shared.socket().list().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
            shared.signal(Signal::KILL);
            importing.join().unwrap()
        });
        node.kill();
        // Where the machine is busy the power went before it had begun.
        let amid = said.err.contains("start it again");
        cut_short += u64::from(amid);
        assert!(said.code == 0 || amid || said.out.contains("no node is running"), "{said:?}");
        node.up();
        node.must_have(&taken_over);
    }
    let done = node.ask(&import);
    let count = |what: &str| done[what].as_u64().unwrap();
    assert_eq!((count("created") + count("unchanged"), count("changed"), count("bad")), (ROWS as u64, 0, 0));
    assert!(count("unchanged") >= taken_over.len() as u64 / lives, "what was there was found again");
    let titles: Vec<String> = (0..ROWS).map(|n| format!("Practice {n:03}")).collect();
    assert_eq!(node.socket().list().len(), ROWS);
    assert_eq!(node.titles(), titles[..node.titles().len()], "each is there once");
    assert_eq!(node.ask(&import)["unchanged"], ROWS);
    node.must_have(&taken_over);
    taken_over.sort();
    taken_over.dedup();
    (cut_short, taken_over.len())
}

/// Hillside's machine dies while it receives the records of two years for the first time, again and again: before
/// anything is kept, and when the first of it is. It goes on where it was, and in the end both have the same.
#[test]
fn killed_in_its_first_sync_a_node_completes_it_afterwards() {
    let deaths = turns(6, 100);
    let (lives, cut_short) = stories(deaths, 3).map(first_sync).fold((0, 0), |sum, one| (sum.0 + 1, sum.1 + one));
    assert!(cut_short >= lives, "only {cut_short} deaths of {lives} nodes left anything undone");
    println!("killed in a first sync {deaths} times, {cut_short} of them amid it: {lives} nodes have all");
}

/// One first sync with these deaths in it; how many of them left something undone.
fn first_sync(deaths: Range<u64>) -> u64 {
    const RECORDS: u64 = 400;
    let place = Place::new();
    let host = place.node("Riverside");
    host.ask(&["network", "found", "--name", "Valley Network"]);
    let mut socket = host.socket();
    for n in 0..RECORDS {
        socket.create("practice", &json!({"title": format!("Practice {n}"), "summary": "What."}), "network");
    }
    let mut guest = place.node("Hillside");
    let ticket = host.ticket(&[]);
    guest.ask(&["network", "join", &ticket]);
    let mut cut_short = 0;
    for death in deaths {
        match death % 3 {
            1 => first_of_it_is_kept(&guest),
            _ => thread::sleep(moment(death) / 2),
        }
        guest.kill();
        // What both have is nearly all that either keeps.
        cut_short += u64::from(journal_bytes(&guest) < journal_bytes(&host) * 9 / 10);
        guest.up();
    }
    eventually("all is here", || guest.records() == RECORDS);
    guest.comes_to_agree();
    assert_eq!(guest.shared(), host.shared());
    for node in [&host, &guest] {
        assert!(!node.log().contains("panicked"));
    }
    cut_short
}

/// Hillside asks its node how things stand, again and again, while the records of two years arrive for the first time.
/// It could take eight seconds on a busy machine: a turn took as many gives as waited, however long that lasted.
#[test]
fn a_node_in_its_first_sync_still_answers() {
    const RECORDS: u64 = 400;
    let place = Place::new();
    let host = place.node("Riverside");
    host.ask(&["network", "found", "--name", "Valley Network"]);
    let mut socket = host.socket();
    for n in 0..RECORDS {
        socket.create("practice", &json!({"title": format!("Practice {n}"), "summary": "What."}), "network");
    }
    let guest = place.node("Hillside");
    let ticket = host.ticket(&[]);
    guest.ask(&["network", "join", &ticket]);
    let (begin, mut answers, mut slowest) = (Instant::now(), 0, Duration::ZERO);
    let mut here = 0;
    while here < RECORDS {
        let asked = Instant::now();
        here = guest.records();
        slowest = slowest.max(asked.elapsed());
        answers += 1;
        assert!(begin.elapsed() < PATIENCE * 3, "it does not end");
    }
    println!("{answers} answers, the slowest after {slowest:?}; all was there after {:?}", begin.elapsed());
    assert!(slowest < Duration::from_secs(4), "an answer took {slowest:?}");
}

/// Waits until its journal has more than who belongs. Asking the node would wait for it to have time.
fn first_of_it_is_kept(node: &Node) {
    let (begin, before) = (Instant::now(), journal_bytes(node));
    while journal_bytes(node) < before + 20_000 && begin.elapsed() < PATIENCE / 3 {
        thread::sleep(Duration::from_millis(3));
    }
}

fn journal_bytes(node: &Node) -> u64 {
    let segments = fs::read_dir(node.home().join("journal")).unwrap();
    segments.map(|segment| segment.unwrap().metadata().unwrap().len()).sum()
}
