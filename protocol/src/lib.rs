//! What a node decides.
#![forbid(unsafe_code)]
pub mod store;
