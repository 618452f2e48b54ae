//! What a node does.

pub mod home;
pub mod journal;
pub mod keys;
mod signed_log;
pub mod store;
