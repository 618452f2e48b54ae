//! What is done with the bytes of a fuzzer, target by target. Each function takes any bytes at all and panics when a
//! promise is broken: it reads what strangers write, and checks that what was read can be trusted to be what it says.
//!
//! The fuzzer calls them, and so does `cargo test` with every input that is kept in `tests/fuzz/corpus`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a target that is in doubt fails")]
#![allow(unreachable_pub, reason = "the binaries of the fuzzer reach it, and so do our tests")]

mod cbor;
mod charter;
mod envelope;
mod files;
mod frames;
mod gate;
mod header;
mod http;
mod message;
mod sketch;
mod ticket;

/// Takes any bytes at all.
pub type Target = fn(&[u8]);

/// Every target by its name: that of its binary and of its folder of kept inputs.
pub const TARGETS: [(&str, Target); 15] = [
    ("cbor", cbor::run),
    ("charter", charter::run),
    ("csv", files::spreadsheet),
    ("envelope", envelope::run),
    ("form", http::form),
    ("frames", frames::run),
    ("gate", gate::run),
    ("header", header::run),
    ("hsds", files::directory),
    ("http", http::request),
    ("ics", files::calendar),
    ("message", message::run),
    ("prose", http::prose),
    ("sketch", sketch::run),
    ("ticket", ticket::run),
];

/// Runs one target.
pub fn run(name: &str, bytes: &[u8]) {
    let (_, target) =
        TARGETS.iter().find(|(known, _)| *known == name).expect("a target of Cargo.toml stands in the table");
    target(bytes);
}
