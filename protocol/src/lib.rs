//! What a node decides.
#![forbid(unsafe_code)]
pub mod kinds;
pub mod record;
pub mod store;
