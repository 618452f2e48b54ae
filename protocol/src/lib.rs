//! What a Commonweal node decides.
//!
//! Time, chance, what a person asks and what a peer sends come in as inputs; what is to be done goes out as effects.
//! Nothing here reads a clock, a file, a socket or dice, so the same code runs a node and a simulated network.
#![forbid(unsafe_code)]

pub mod audience;
pub mod counts;
pub mod document;
pub mod envelope;
pub mod format;
pub mod identity;
pub mod limits;
pub mod roster;
pub mod signed;
pub mod standing;
pub mod store;
pub mod subscription;
