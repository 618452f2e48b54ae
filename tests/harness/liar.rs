//! What a dishonest node makes of its own messages: edits that no honest engine would sign, under its own good name.

use protocol::{
    envelope::{Envelope, Head},
    identity::{Hash, Keys},
    message::{Give, Message},
    signed::Verified,
};

/// Signs a changed head and payload with the node's own key.
pub fn resign(keys: &Keys, envelope: &Envelope, change: impl FnOnce(&mut Head, &mut Vec<u8>)) -> Envelope {
    let mut head = envelope.head.clone().verify().unwrap().into_body();
    let mut payload = envelope.payload.clone();
    change(&mut head, &mut payload);
    head.payload_hash = Hash::of(&payload);
    head.payload_len = payload.len() as u32;
    Envelope { head: Verified::sign(head, &keys.node()).signed().clone(), payload }
}

/// Whether the envelope is of this node's own feed.
pub fn is_own(keys: &Keys, envelope: &Envelope) -> bool {
    envelope.head.clone().verify().unwrap().feed == keys.node_key()
}

/// Changes what is given; everything else passes.
pub fn giving(message: Message, change: impl FnOnce(&mut Give)) -> Vec<Message> {
    match message {
        Message::Give(mut give) => {
            change(&mut give);
            vec![Message::Give(give)]
        }
        other => vec![other],
    }
}
