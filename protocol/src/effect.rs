//! Everything the core can ask for. The node carries effects out in order, and only after what they rest on is safe.

use crate::{
    gate::Trial,
    identity::{DocId, NodeKey},
    message::Bye,
    refusal::Refusal,
    view::Answer,
};

/// Something the node must do.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Answer a person.
    Answer {
        /// Which asking.
        id: u64,
        /// The answer.
        result: Box<Result<Answer, Refusal>>,
    },
    /// Send a message to a peer.
    Send {
        /// The peer.
        peer: NodeKey,
        /// The message.
        bytes: Vec<u8>,
    },
    /// Close the stream to a peer.
    Close {
        /// The peer.
        peer: NodeKey,
        /// Why, for the log.
        why: Bye,
    },
    /// Keep trying to be connected to a peer.
    Reach {
        /// The peer.
        peer: NodeKey,
        /// Multiaddrs.
        addresses: Vec<String>,
    },
    /// Keep trying to be connected to a peer, but seldom: it has no business with us.
    Rest {
        /// The peer.
        peer: NodeKey,
    },
    /// Stop trying to reach a peer.
    Forget {
        /// The peer.
        peer: NodeKey,
    },
    /// Hand [`Input::GoOn`](crate::input::Input::GoOn) back once others have had their turn: there is more to look through.
    GoOn,
    /// A node broke a rule: who looks after this one should know.
    Blame {
        /// The node.
        node: NodeKey,
        /// What it did: what follows on "it".
        what: &'static str,
        /// How often, since this node started.
        times: u64,
    },
    /// Make this trial, on any thread, and hand its outcome back as [`Input::Tried`](crate::input::Input::Tried).
    Try(Box<Trial>),
    /// A document changed: what shows or indexes it should look again.
    Changed {
        /// The document.
        doc: DocId,
    },
}
