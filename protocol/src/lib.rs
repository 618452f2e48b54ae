//! What a node decides.
#![forbid(unsafe_code)]
pub mod gate;
pub mod store;
