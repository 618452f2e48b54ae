//! What a node does.
