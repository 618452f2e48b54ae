//! sled is made to catch up before much is unwritten, which is what keeps its deadlock away: see `UNFLUSHED_MOST`.
//!
//! That rule is held here each time. That sled does not hang is not: the deadlock itself takes a slow disk. To look for
//! it, set `COMMONWEAL_FULL` to a number of rounds, and `LD_PRELOAD` to a library that makes `sync_file_range` sleep, 1 ms
//! each time and 20 ms every eighth: then about one run of four hung with 1 MiB unflushed, within its twenty seconds. On
//! a quick disk none did in as many runs, so there a pass shows only that the batches come back whole.

use std::{
    env,
    process::Command,
    time::{Duration, Instant},
};

use super::{shelf::UNFLUSHED_MOST, *};

const SECONDS: u64 = 20;
const KIB: &str = "COMMONWEAL_TEST_WRITE_KIB";

/// Not a test of its own: overwrites and removes the same hundred rows as fast as it can, so that sled always has
/// segments to free and its file grows and shrinks. A process for each run: a hang holds on to all threads of sled's.
#[test]
fn child_that_writes_for_some_seconds() {
    let Some(kib) = env::var(KIB).ok().map(|text| text.parse::<u64>().unwrap()) else { return };
    let house = House::new();
    let limit = Options { time_limit: Duration::from_secs(10), ..options() };
    let (mut keeper, _) = Keeper::open_with(&house.home(), limit).unwrap();
    let (begin, mut n) = (Instant::now(), 0u64);
    while begin.elapsed() < Duration::from_secs(SECONDS) {
        let change = |row: u64| {
            let key = ((n * 7 + row * 13) % 100).to_be_bytes();
            match n % 4 {
                3 => Op::Delete(Table::View, key.to_vec()),
                _ => put(Table::View, &key, &vec![n as u8; 10 << 10]),
            }
        };
        let ops = (0..kib / 10).map(change).collect();
        keeper.apply(ops, false).unwrap_or_else(|why| panic!("after {n} batches: {why}"));
        n += 1;
    }
    keeper.verify().unwrap();
}

/// Batches of 10 KiB, until the bound has been met several times over.
#[test]
fn sled_is_made_to_write_before_more_is_unwritten_than_it_can_bear() {
    let house = House::new();
    let (mut keeper, _) = house.open();
    let mut most = 0;
    for n in 0..60u8 {
        keeper.apply(vec![put(Table::View, &[n], &[n; 10 << 10])], false).unwrap();
        most = most.max(keeper.shelf.unflushed());
    }
    assert!((UNFLUSHED_MOST / 2..=UNFLUSHED_MOST).contains(&most), "{most} bytes were unwritten at once");
}

/// Twice `COMMONWEAL_FULL` runs of twenty seconds; without it there are none, and nothing is shown.
#[test]
fn large_batches_as_fast_as_they_come_do_not_make_sled_hang() {
    let runs = env::var("COMMONWEAL_FULL").ok().map_or(0, |text| text.parse().unwrap());
    for kib in (0..runs).flat_map(|_| ["100", "1000"]) {
        let child = ["--exact", "store::tests::deadlock::child_that_writes_for_some_seconds", "--nocapture"];
        let done = Command::new(env::current_exe().unwrap()).args(child).env(KIB, kib).output().unwrap();
        assert!(done.status.success(), "{kib} KiB: {}", String::from_utf8_lossy(&done.stderr));
    }
}
