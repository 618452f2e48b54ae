//! What a dishonest node makes of its own messages: edits that no honest engine would sign, under its own good name.

use minicbor::{Decode, Encode};
use protocol::{
    envelope::{Content, Envelope, Head},
    format,
    identity::{DocId, Hash, Keys, NetworkId, NodeKey},
    message::{Give, Message, Offer, OfferItem, Token},
    signed::{Signed, Verified},
};

use crate::world::World;

/// Signs a changed head and payload with the node's own key.
pub fn resign(keys: &Keys, envelope: &Envelope, change: impl FnOnce(&mut Head, &mut Vec<u8>)) -> Envelope {
    let mut head = envelope.head.clone().verify().unwrap().into_body();
    let mut payload = envelope.payload.clone();
    change(&mut head, &mut payload);
    head.payload_hash = Hash::of(&payload);
    head.payload_len = payload.len() as u32;
    Envelope { head: Verified::sign(head, &keys.node()).signed().clone(), payload }
}

/// An envelope of these keys, at a place of their feed.
pub fn sign(keys: &Keys, network: NetworkId, doc: DocId, seq: u64, prev: Hash, payload: Vec<u8>) -> Envelope {
    let head = Head {
        v: 1,
        network,
        doc,
        feed: keys.node_key(),
        seq,
        prev,
        charter: Hash::default(),
        content: Content::Change,
        lane: 0,
        claimed_at: 0,
        payload_hash: Hash::of(&payload),
        payload_len: payload.len() as u32,
    };
    Envelope { head: Verified::sign(head, &keys.node()).signed().clone(), payload }
}

/// A signed paper with some of its bytes replaced by as many others: its signature fits no more.
pub fn forged<B>(signed: &Signed<B>, from: &[u8], to: &[u8]) -> Signed<B>
where
    Signed<B>: Encode<()> + for<'b> Decode<'b, ()>,
{
    let mut bytes = format::encode(signed);
    let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
    bytes[at..at + to.len()].copy_from_slice(to);
    format::decode(&bytes, bytes.len()).unwrap()
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

/// Offers a document with a header nobody has, so that the receiver asks for it and listens to what is given.
pub fn bait(world: &mut World, liar: usize, victim: usize, doc: DocId, forks: Vec<(NodeKey, u64)>) {
    let network = world.show_network(victim).network;
    let item = OfferItem { doc, headers: vec![Hash([9; 32])], feeds: vec![], forks };
    let token = Token { epoch: [7; 8], count: 1_000_000 };
    world.say(liar, victim, &Message::Offer(Offer { network, items: vec![item], token, round: 0 }));
}

/// Gives what the receiver asked for after [`bait`], and whatever else the liar puts in.
pub fn give(world: &mut World, liar: usize, victim: usize, doc: DocId, fill: impl FnOnce(&mut Give)) {
    let network = world.show_network(victim).network;
    let mut give = Give { network, doc, headers: vec![], envelopes: vec![], forks: vec![], last: true };
    fill(&mut give);
    world.say(liar, victim, &Message::Give(Box::new(give)));
}
