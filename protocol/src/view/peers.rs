//! What a node says of the others: how each stands, and when it was last heard of.

use serde::Serialize;

use crate::identity::{MemberId, NodeKey};

/// How a peer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PeerState {
    /// All it offered of what we ask for is here.
    UpToDate,
    /// Records are on their way.
    Arriving,
    /// Some records did not come whole.
    Short,
    /// We do not know yet what it has.
    Asking,
    /// It is getting to know us.
    Meeting,
    /// It is not connected.
    Away,
}

/// A peer.
#[derive(Clone, Debug, Serialize)]
pub struct PeerView {
    /// Its node key.
    pub node: NodeKey,
    /// Whose node it is, when known.
    pub name: String,
    /// `member`, `partner`, `applicant` or `stranger`.
    pub standing: &'static str,
    /// Whether a stream stands.
    pub connected: bool,
    /// Whether all it offered of what we ask for is here.
    pub complete: bool,
    /// Documents it offered that are still on their way, or here and not yet tried.
    pub pending: usize,
    /// Of these, what is here and safe and not yet tried, whoever gave it: it is shown once it was.
    pub untried: usize,
    /// How it stands, in a word.
    pub state: PeerState,
    /// Whose it is, when known.
    pub member: Option<MemberId>,
    /// When it was last heard of, in milliseconds since 1970; for one that is connected, since when it is.
    pub heard: Option<u64>,
    /// Why it is not complete, in a sentence.
    pub why_not: Option<String>,
    /// Addresses known.
    pub addresses: Vec<String>,
}
