//! What the tests of whole networks are made of.
//!
//! [`world`] runs the very engine of a node many times in one process: one clock, one seed, messages as the bytes that
//! would travel. [`promises`] are what must hold after every step.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a harness that is in doubt fails the test")]

pub mod promises;
pub mod world;
