//! A node killed at any moment keeps what it acknowledged, and nothing half.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};

use super::*;

const PLACE: &str = "COMMONWEAL_TEST_KILL";

/// Batch `n` writes three rows over two truths and one derived table; all three carry `n`.
/// Every seventh is so large that sled gets it in pieces.
fn batch(n: u64) -> Vec<Op> {
    let value = vec![n as u8; if n.is_multiple_of(7) { 150_000 } else { 100 }];
    vec![
        put(Table::Envelope, &n.to_be_bytes(), &value),
        put(Table::Payload, &n.to_be_bytes(), &value),
        put(Table::Document, b"newest", &n.to_be_bytes()),
    ]
}

/// Not a test of its own: the process that is killed. It says each batch once it is acknowledged.
#[test]
fn child_that_writes_until_it_is_killed() {
    let Ok(path) = env::var(PLACE) else { return };
    let home = Home::open(Path::new(&path)).unwrap();
    let (mut keeper, _) = Keeper::open_with(&home, options()).unwrap();
    let rows = keeper.scan(Table::Envelope, &[], &[], usize::MAX).unwrap();
    let mut out = std::io::stdout();
    for n in rows.len() as u64.. {
        keeper.apply(batch(n), true).unwrap();
        writeln!(out, "kept {n}").unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn a_node_killed_while_writing_keeps_all_it_acknowledged_and_nothing_half() {
    let house = House::new();
    house.open().0.close().unwrap();
    let mut acknowledged = None;
    for cycle in 0..5u64 {
        let last = run_and_kill(&house, Duration::from_millis(150 + 170 * cycle));
        acknowledged = last.or(acknowledged);
        let (keeper, opened) = house.open();
        // On a busy machine a child may be killed before it so much as opened the home.
        assert!(last.is_none() || !opened.clean, "{opened:?}");
        assert!(opened.quarantined.is_empty() && opened.lost_groups == 0, "{opened:?}");
        let rows = keeper.scan(Table::Envelope, &[], &[], usize::MAX).unwrap();
        let promised = acknowledged.map_or(0, |n| n + 1);
        assert!(rows.len() as u64 >= promised, "cycle {cycle}: {} of {promised} are there", rows.len());
        for (n, (key, value)) in rows.iter().enumerate() {
            let [Op::Put(_, expected, bytes), ..] = &batch(n as u64)[..] else { unreachable!() };
            assert_eq!((key, value), (expected, bytes));
            assert_eq!(keeper.get(Table::Payload, key), Ok(Some(bytes.clone())));
        }
        assert_eq!(keeper.scan(Table::Payload, &[], &[], usize::MAX).unwrap().len(), rows.len());
        let newest = keeper.get(Table::Document, b"newest").unwrap().map(|n| u64::from_be_bytes(n.try_into().unwrap()));
        let told = opened.derived_lost || !opened.replayed.is_empty();
        assert!(
            told || newest == (rows.len() as u64).checked_sub(1),
            "an old derived row is told: {newest:?} {opened:?}"
        );
        keeper.verify().unwrap();
    }
    assert!(acknowledged > Some(20), "the children wrote too little to prove anything: {acknowledged:?}");
}

/// The last batch a child acknowledged before it was killed.
fn run_and_kill(house: &House, after: Duration) -> Option<u64> {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "store::tests::crash::child_that_writes_until_it_is_killed", "--nocapture"])
        .env(PLACE, &house.path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let out = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let lines = BufReader::new(out).lines().map_while(Result::ok);
        lines.filter_map(|line| line.split("kept ").nth(1)?.parse().ok()).last()
    });
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}
