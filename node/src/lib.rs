//! What a node does.

pub mod network;
