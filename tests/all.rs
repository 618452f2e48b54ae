//! Whole networks, tested: each file tells the stories of one promise.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that is in doubt fails")]

mod api;
mod arrows;
mod audience;
mod binary;
mod charter;
mod convergence;
mod doctor;
mod feed;
mod hostile;
mod import;
mod killed;
mod languages;
mod leaving;
mod liars;
mod machines;
mod network_pages;
mod matrix;
mod pages;
mod people;
mod progress;
mod refusals;
mod neighbors;
mod search;
mod rooms;
mod words;
mod writing;
