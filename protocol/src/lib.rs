//! What a Commonweal node decides.
//!
//! Time, chance, what a person asks and what a peer sends come in as inputs; what is to be done goes out as effects.
//! Nothing here reads a clock, a file, a socket or dice, so the same code runs a node and a simulated network.
#![forbid(unsafe_code)]

pub mod engine;
pub mod input;
pub mod effect;
pub mod view;
pub mod refusal;
pub mod identity;
pub mod format;
pub mod signed;
pub mod charter;
pub mod roster;
pub mod standing;
pub mod ticket;
pub mod check;
pub mod document;
pub mod envelope;
pub mod counts;
pub mod gate;
pub mod audience;
pub mod subscription;
pub mod record;
pub mod kinds;
pub mod message;
pub mod sketch;
pub mod membership;
pub mod held;
mod rows;
mod sync;
pub mod overlay;
pub mod store;
pub mod limits;

#[cfg(test)]
mod golden;
