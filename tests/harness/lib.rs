//! What the tests of whole networks are made of.
//!
//! [`world`] runs the very engine of a node many times in one process: one clock, one seed, messages as the bytes that
//! would travel. [`promises`] are what must hold after every step, and [`storm`] tells long stories of people and bad
//! weather. [`real`] runs the built binary, and [`stranger`] speaks to it over the wire without belonging to it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a harness that is in doubt fails the test")]

pub mod asking;
pub mod attacks;
pub mod browser;
pub mod built;
pub mod command;
pub mod crowd;
mod deeds;
pub mod disk;
pub mod far;
pub mod ground;
pub mod liar;
mod links;
pub mod machine;
pub mod mouth;
pub mod pair;
pub mod plot;
pub mod program;
pub mod promises;
pub mod real;
pub mod sample;
pub mod sea;
pub mod socket;
pub mod storm;
pub mod story;
pub mod stranger;
pub mod tiers;
pub mod watch;
pub mod wire;
pub mod world;
