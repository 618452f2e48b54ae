//! Storms: whole networks in bad weather, from one seed each. What a seed once broke stands in seeds.txt and is told first.

use harness::{storm::failure, story::Size};

/// Seeds that once broke something: each line begins with one, perhaps with its tier, and says what it broke.
const SEEDS: &str = include_str!("seeds.txt");
/// How many seeds the quick tier tells: half a minute on each of two processors. The full tier is the program `storm`.
const QUICK: u64 = 200;

fn all_is_well_after(mut seeds: impl Iterator<Item = (u64, Size)>) {
    if let Some(failure) = seeds.find_map(|(seed, size)| failure(seed, size)) {
        panic!("{failure}");
    }
}

#[test]
fn what_once_broke_holds() {
    let lines = SEEDS.lines().filter(|line| !line.starts_with('#'));
    all_is_well_after(lines.map(|line| {
        let mut words = line.split_whitespace();
        let seed = words.next().unwrap().parse().unwrap();
        (seed, if words.next() == Some("full") { Size::FULL } else { Size::QUICK })
    }));
}

#[test]
fn after_every_storm_all_is_well() {
    all_is_well_after((1..=QUICK).step_by(2).map(|seed| (seed, Size::QUICK)));
}

#[test]
fn after_every_other_storm_all_is_well() {
    all_is_well_after((2..=QUICK).step_by(2).map(|seed| (seed, Size::QUICK)));
}
