//! What each attack costs those who are attacked: how long an edit takes from Hillside to Riverside and back while it
//! goes on, beside the same without it a moment before, and how much more memory Riverside held.
//!
//! `cargo run --release --package commonweal-tests --bin liars [ATTACK …]`

use std::{env, thread};

use harness::{
    attacks::{self, Attack},
    pair::Pair,
};

/// Edits measured with and without each attack.
const EDITS: usize = 20;
/// Attacks on one pair, before another pair begins: with every edit of their one record the next takes longer.
const ON_ONE_PAIR: usize = 5;

fn main() {
    let names: Vec<String> = env::args().skip(1).collect();
    let cores = thread::available_parallelism().map_or(0, |cores| cores.get());
    println!("liars: {EDITS} edits there and back, {cores} cores, {}", env::consts::ARCH);
    println!("{:32} {:>9} {:>9} {:>6} {:>6} {:>8}", "attack", "without", "with", "times", "played", "memory");
    let asked = |name: &str| names.is_empty() || names.iter().any(|one| one == name);
    let played: Vec<Attack> = attacks::all().into_iter().filter(|attack| asked(attack.name)).collect();
    let (mut slowest, mut most) = (0.0_f64, 0.0_f64);
    for some in played.chunks(ON_ONE_PAIR) {
        let pair = Pair::meet();
        for attack in some {
            let cost = pair.measure(attack, EDITS);
            let (without, with) = (cost.without.as_secs_f64() * 1_000.0, cost.with.as_secs_f64() * 1_000.0);
            let (name, times, mib) = (attack.name, with / without, cost.more_bytes as f64 / f64::from(1 << 20));
            (slowest, most) = (slowest.max(times), most.max(mib));
            println!("{name:32} {without:6.1} ms {with:6.1} ms {times:6.1} {:6} {mib:4.0} MiB", cost.played);
        }
    }
    println!("the most memory that an attack took: {most:.0} MiB (at most 100)");
    println!("the most an attack slowed an edit at its median: {slowest:.1} times (at most 2)");
}
