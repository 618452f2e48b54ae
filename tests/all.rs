//! Whole networks, tested: each file tells the stories of one promise.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that is in doubt fails")]

mod api;
mod arrows;
mod attacks;
mod audience;
mod backup;
mod binary;
mod caldav;
mod calendar;
mod charter;
mod clients;
mod convergence;
mod corpora;
mod doctor;
mod feed;
mod full_disk;
mod hostile;
mod import;
mod killed;
mod languages;
mod leaving;
mod liars;
mod machines;
mod matrix;
mod neighbors;
mod network_pages;
mod pages;
mod people;
mod progress;
mod reconcile;
mod refusals;
mod rooms;
mod rot;
mod search;
mod storm;
mod trials;
mod upgrade;
mod words;
mod writing;
