//! Envelopes, keeps and proofs of forks: as they travel, and as a node could sign them.

use protocol::{
    envelope::{Content, Envelope, ForkProof, Head, Keep, is_sound},
    format,
    identity::{Hash, Keys, NodeKey},
    limits::{LANES, MESSAGE_BYTES, PAYLOAD_BYTES},
    signed::{Body, Verified},
};

pub(super) fn run(bytes: &[u8]) {
    if let Ok(envelope) = format::decode::<Envelope>(bytes, MESSAGE_BYTES) {
        assert_eq!(format::encode(&envelope), bytes);
        if let Ok(head) = envelope.head.verify() {
            judged(&head, &envelope.payload);
        }
    }
    if let Ok(proof) = format::decode::<ForkProof>(bytes, MESSAGE_BYTES) {
        proves(&proof);
    }
    if let Ok(keep) = format::decode::<Keep>(bytes, PAYLOAD_BYTES) {
        assert_eq!(format::encode(&keep), bytes);
    }
    // A head of 256 bytes at most, then a payload: signed by a node that follows no rule.
    let (head, payload) = bytes.split_at(bytes.first().map_or(0, |length| 1 + usize::from(*length)).min(bytes.len()));
    if let Ok(head) = format::decode::<Head>(head.get(1..).unwrap_or_default(), Head::MOST) {
        signed(head, payload);
    }
}

fn signed(head: Head, payload: &[u8]) {
    let node = Keys::new([1; 32], [11; 32]);
    let feed = NodeKey(node.node().verifying_key().to_bytes());
    let whole = Head { feed, payload_hash: Hash::of(payload), payload_len: payload.len() as u32, ..head.clone() };
    let heads = [Head { feed, ..head }, whole].map(|head| Verified::sign(head, &node.node()));
    for head in &heads {
        assert!(format::encode::<Head>(head).len() <= Head::MOST, "what we can sign can be read");
        judged(head, payload);
    }
    let [one, other] = heads.map(|head| head.signed().clone());
    proves(&ForkProof { one, other });
}

fn judged(head: &Verified<Head>, payload: &[u8]) {
    if is_sound(head, payload) {
        assert!(head.seq > 0 && head.lane < LANES && payload.len() <= PAYLOAD_BYTES && head.v == 1);
        let mut other = payload.to_vec();
        other.push(0);
        assert!(!is_sound(head, &other), "another payload is not the one that was signed for");
        assert!(matches!(head.content, Content::Change | Content::Keep));
    }
}

fn proves(proof: &ForkProof) {
    let turned = ForkProof { one: proof.other.clone(), other: proof.one.clone() };
    assert_eq!(proof.place(), turned.place());
    assert_eq!(ForkProof { one: proof.one.clone(), other: proof.one.clone() }.place(), None);
}
