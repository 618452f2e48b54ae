//! Signed papers that are forged, old, or meant for somewhere else.

use protocol::{
    envelope::{Content, Envelope, Head},
    identity::Hash,
    message::{Bye, FeedHead, Message},
    signed::Verified,
};

use super::{Attack, Ends};
use crate::{
    liar::forged,
    mouth::{Mouth, Who},
};

pub(super) const ALL: [Attack; 1] = [Attack {
    name: "forged_signature",
    wants: "to put words into Hillside's mouth",
    who: Who::Member,
    deed: forged_signature,
    ends: Ends::TurnedAway(Bye::Rule),
    defence: "protocol/src/signed.rs: verify",
}];

/// An edit in Hillside's name, with a signature that fits something else.
fn forged_signature(mouth: &mut dyn Mouth) -> Result<(), String> {
    let scene = mouth.scene();
    let (keys, before) = (mouth.keys(), mouth.last_head(scene.open, scene.hillside));
    let payload = b"anything".to_vec();
    let head = Head {
        v: 1,
        network: scene.network,
        doc: scene.open,
        feed: keys.node_key(),
        seq: before.as_ref().map_or(1, |head| head.seq + 1),
        prev: before.map_or(Hash::default(), |head| head.hash()),
        charter: Hash::default(),
        content: Content::Change,
        lane: 0,
        claimed_at: 0,
        payload_hash: Hash::of(&payload),
        payload_len: payload.len() as u32,
    };
    let seq = head.seq;
    let head = forged(Verified::sign(head, &keys.node()).signed(), &keys.node_key().0, &scene.hillside.0);
    mouth.bait(scene.open, vec![FeedHead { feed: scene.hillside, seq, hash: head.hash() }], vec![]);
    mouth.hear(Some(&|message| matches!(message, Message::Want(..))));
    mouth.give(scene.open, |give| give.envelopes = vec![Envelope { head, payload }]);
    Ok(())
}
