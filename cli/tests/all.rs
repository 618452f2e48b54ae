//! The real program, as people start it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that is in doubt fails")]

mod demo;
