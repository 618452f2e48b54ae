//! What each attack costs those who are attacked: how long an edit takes from Hillside to Riverside and back while it
//! goes on, beside the same without it a moment before, and how much more memory Riverside held.
//!
//! `cargo run --release --package commonweal-tests --bin liars [ATTACK …]`

use std::{env, thread};

use harness::{attacks, pair::Pair};

/// Edits measured with and without each attack.
const EDITS: usize = 20;

fn main() {
    let names: Vec<String> = env::args().skip(1).collect();
    let cores = thread::available_parallelism().map_or(0, |cores| cores.get());
    println!("liars: {EDITS} edits there and back, {cores} cores, {}", env::consts::ARCH);
    println!("{:32} {:>9} {:>9} {:>6} {:>6} {:>8}", "attack", "without", "with", "times", "played", "memory");
    let (pair, mut worst) = (Pair::meet(), 0.0_f64);
    for attack in attacks::all().into_iter().filter(|one| names.is_empty() || names.iter().any(|name| name == one.name))
    {
        let cost = pair.measure(&attack, EDITS);
        let (without, with) = (cost.without.as_secs_f64() * 1_000.0, cost.with.as_secs_f64() * 1_000.0);
        worst = worst.max(with / without);
        let (name, times, mib) = (attack.name, with / without, cost.more_bytes as f64 / f64::from(1 << 20));
        println!("{name:32} {without:6.1} ms {with:6.1} ms {times:6.1} {:6} {mib:4.0} MiB", cost.played);
    }
    println!("the most an attack slowed an edit at its median: {worst:.1} times (at most 2)");
}
