//! What a Commonweal node decides.
//!
//! Time, chance, what a person asks and what a peer sends come in as inputs; what is to be done goes out as effects.
//! Nothing here reads a clock, a file, a socket or dice, so the same code runs a node and a simulated network.
#![forbid(unsafe_code)]

pub mod charter;
pub mod format;
pub mod identity;
pub mod limits;
pub mod signed;
pub mod store;
