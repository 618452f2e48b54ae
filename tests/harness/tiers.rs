//! How much of something a test does: a little each time, and all of it when somebody asks for the full tier.

use std::env;

/// How often to do it: so often each time, and with `COMMONWEAL_FULL=1000` so often in full; less or more with another
/// number.
pub fn turns(quick: u64, in_full: u64) -> u64 {
    env::var("COMMONWEAL_FULL").map_or(quick, |text| {
        let asked: u64 = text.parse().expect("COMMONWEAL_FULL is a number of turns, such as 1000");
        (in_full * asked).div_ceil(1_000)
    })
}

/// Says why a test cannot be made on this machine. Where everything must be made, in CI, it fails.
pub fn skip(why: &str) {
    assert_ne!(env::var("CI").as_deref(), Ok("true"), "{why}");
    println!("skipped: {why}");
}
