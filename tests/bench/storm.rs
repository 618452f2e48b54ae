//! Storms in great number: `storm --seeds 2000 --full`. Prints each seed that breaks a promise, with the shortest story
//! found, and in the end how many there were and how long it took.
//!
//! `--seed N` tells one; `--from N` begins there; `--first` ends with the first that breaks something; without `--full` the
//! stories are those of the quick tier. It ends with 1 where a promise was broken.

use std::{process::ExitCode, time::Instant};

use harness::{storm::failure, story::Size};

fn number(name: &str) -> Option<u64> {
    let mut words = std::env::args().skip_while(|word| word != name).skip(1);
    words.next().map(|word| word.parse().expect("a number"))
}

fn main() -> ExitCode {
    let full = std::env::args().any(|word| word == "--full");
    let size = if full { Size::FULL } else { Size::QUICK };
    let from = number("--seed").or_else(|| number("--from")).unwrap_or(1);
    let most = if number("--seed").is_some() { 1 } else { number("--seeds").unwrap_or(200) };
    // A promise that is broken by a panic is told once, with its story.
    std::panic::set_hook(Box::new(|_| {}));
    let (begun, mut broke) = (Instant::now(), 0);
    for seed in from..from + most {
        if let Some(failure) = failure(seed, size) {
            broke += 1;
            println!("{failure}");
            if std::env::args().any(|word| word == "--first") {
                break;
            }
        }
    }
    let tier = if full { "full" } else { "quick" };
    println!(
        "storm: {most} seeds from {from}, {tier} stories, {broke} broke a promise, {} s",
        begun.elapsed().as_secs()
    );
    if broke == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
