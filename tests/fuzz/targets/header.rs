//! Headers of one document, as its owner's nodes could have signed them: what they say together does not depend on the
//! order they came in, and no later one widens or takes back what an earlier one said.

use minicbor::{Decode, Encode};
use protocol::{
    document::{Header, doc_of, terms},
    format,
    identity::{Keys, NodeKey},
    limits::HEADERS,
    signed::{Body, Signed, Verified},
};

/// The first, those after it, and which of them each replaces.
#[derive(Decode, Encode)]
struct Story(#[n(0)] Header, #[n(1)] Vec<(Header, Vec<usize>)>);

pub(super) fn run(bytes: &[u8]) {
    if let Ok(signed) = format::decode::<Signed<Header>>(bytes, Header::MOST)
        && let Ok(verified) = signed.verify()
    {
        let _ = (verified.is_sound(), doc_of(&verified));
    }
    if let Ok(story) = format::recall::<Story>(bytes, 64 << 10)
        && story.1.len() <= HEADERS.min(64)
    {
        told(story);
    }
}

fn told(Story(first, rest): Story) {
    let node = Keys::new([1; 32], [11; 32]);
    let sign = |mut header: Header| {
        header.by = NodeKey(node.node().verifying_key().to_bytes());
        (format::encode(&header).len() <= Header::MOST).then(|| Verified::sign(header, &node.node()))
    };
    let Some(first) = sign(Header { doc: None, ..first }) else { return };
    let doc = doc_of(&first);
    let mut headers = vec![first];
    for (mut header, replaced) in rest {
        header.doc = Some(doc);
        header.prevs.extend(replaced.iter().filter_map(|at| headers.get(*at)).map(Verified::hash));
        headers.extend(sign(header));
    }
    headers.retain(|header| header.is_sound());
    for header in &headers {
        let wire = format::encode(header.signed());
        let read: Signed<Header> = format::decode(&wire, Header::MOST + 100).unwrap();
        assert_eq!(read.verify().as_ref(), Ok(header), "what is sound travels");
    }
    let together = terms(&doc, &headers);
    headers.reverse();
    assert_eq!(terms(&doc, &headers), together);
    headers.sort_by_key(Verified::hash);
    assert_eq!(terms(&doc, &headers), together);
    let Some(before) = together else { return };
    let deleted = headers.iter().find(|header| header.deleted && before.frontier.contains(&header.hash()));
    assert!(before.deleted || deleted.is_none());
    headers.pop();
    if let Some(without) = terms(&doc, &headers) {
        assert!(before.deleted || !without.deleted, "deleting is final");
        assert!(before.seq >= without.seq || before.frontier != without.frontier);
    }
}
