//! Storms: whole networks in bad weather, from one seed each. What a seed once broke stands in seeds.txt and is told first.

use harness::{storm::failure, story::Size};

/// Seeds that once broke something: each line begins with one, and says what it broke.
const SEEDS: &str = include_str!("seeds.txt");
/// How many seeds the quick tier tells: half a minute on each of two processors. The full tier is the program `storm`.
const QUICK: u64 = 200;

fn all_is_well_after(mut seeds: impl Iterator<Item = u64>) {
    if let Some(failure) = seeds.find_map(|seed| failure(seed, Size::QUICK)) {
        panic!("{failure}");
    }
}

#[test]
fn what_once_broke_holds() {
    let lines = SEEDS.lines().filter(|line| !line.starts_with('#'));
    all_is_well_after(lines.map(|line| line.split_whitespace().next().unwrap().parse().unwrap()));
}

#[test]
fn after_every_storm_all_is_well() {
    all_is_well_after((1..=QUICK).step_by(2));
}

#[test]
fn after_every_other_storm_all_is_well() {
    all_is_well_after((2..=QUICK).step_by(2));
}
