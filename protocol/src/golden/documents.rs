//! Documents: headers, envelopes and their payloads, keeps and forks.

use sha2::{Digest, Sha256};

use crate::{
    audience::{self, Audience},
    document::{Birth, Editors, Header, Withdrawn, doc_of, terms},
    envelope::{Content, Envelope, ForkProof, Head, Keep, Kept, actor, is_sound},
    format, gate,
    identity::{DocId, Hash},
    signed::{Signed, Verified},
};

use super::{
    Book, key,
    people::{NETWORK, member, node_key},
};

fn signed(header: Header) -> Verified<Header> {
    assert!(header.is_sound());
    Verified::sign(header, &key(11))
}

/// The first header of a document of member 1, signed by node 1.
fn first() -> Verified<Header> {
    signed(Header {
        v: 1,
        network: NETWORK,
        by: node_key(1),
        doc: None,
        birth: Some(Birth { kind: "practice".into(), owner: member(1), nonce: [0x33; 16] }),
        seq: 0,
        prevs: vec![],
        audience: Audience::Private,
        editors: Editors::Owner,
        tags: vec![],
        superseded_by: None,
        deleted: false,
    })
}

pub(super) fn doc() -> DocId {
    doc_of(&first())
}

/// A header that replaces the one before it.
fn after(before: &Verified<Header>, audience: Audience, editors: Editors) -> Header {
    Header {
        doc: Some(doc()),
        birth: None,
        seq: before.seq + 1,
        prevs: vec![before.hash()],
        audience,
        editors,
        ..first().into_body()
    }
}

fn shared() -> Verified<Header> {
    let mut header = after(
        &first(),
        Audience::Partners(vec![audience::tag(&doc(), &member(2)), audience::tag(&doc(), &member(3))]),
        Editors::Named(vec![member(2)]),
    );
    header.tags = vec!["place:me/kennebec".into(), "topic:food".into()];
    signed(header)
}

fn ended() -> Verified<Header> {
    let mut header = after(&shared(), Audience::Network, Editors::Members);
    header.superseded_by = Some(DocId([0xd2; 32]));
    header.deleted = true;
    signed(header)
}

pub(super) fn headers() -> Vec<Signed<Header>> {
    [first(), shared()].iter().map(|h| h.signed().clone()).collect()
}

pub(super) fn withdrawn() -> Signed<Withdrawn> {
    let withdrawn = Withdrawn { v: 1, network: NETWORK, by: node_key(1), doc: doc(), seq: 2 };
    Verified::sign(withdrawn, &key(11)).signed().clone()
}

/// One Automerge change written by hand: its actor puts the text "Soup" into the field "title".
fn change() -> Vec<u8> {
    let mut body = vec![0, 16];
    body.extend(actor(&doc(), &node_key(1), 0));
    // seq, first operation, time, length of the message, other actors.
    body.extend([1, 1, 0, 0, 0]);
    let columns: [(u8, &[u8]); 6] = [
        (0x15, b"\x7f\x05title"),
        (0x34, b"\x01"),
        (0x42, b"\x7f\x01"),
        (0x56, b"\x7f\x46"),
        (0x57, b"Soup"),
        (0x70, b"\x7f\x00"),
    ];
    body.push(columns.len() as u8);
    body.extend(columns.iter().flat_map(|(spec, data)| [*spec, data.len() as u8]));
    body.extend(columns.iter().flat_map(|(_, data)| data.iter().copied()));
    let hashed = [&[1, body.len() as u8][..], &body].concat();
    [&[0x85, 0x6f, 0x4a, 0x83], &Sha256::digest(&hashed)[..4], &hashed].concat()
}

fn head(seq: u64, prev: Hash, content: Content, payload: &[u8]) -> Verified<Head> {
    let head = Head {
        v: 1,
        network: NETWORK,
        doc: doc(),
        feed: node_key(1),
        seq,
        prev,
        charter: Hash([0xc1; 32]),
        content,
        lane: 0,
        claimed_at: 1_700_000_000_000,
        payload_hash: Hash::of(payload),
        payload_len: payload.len() as u32,
    };
    let head = Verified::sign(head, &key(11));
    assert!(is_sound(&head, payload));
    head
}

fn first_edit() -> Verified<Head> {
    head(1, Hash::default(), Content::Change, &change())
}

fn keep() -> Keep {
    Keep { kept: vec![Kept { feed: node_key(2), seq: 3, hash: Hash([0x44; 32]) }] }
}

fn kept() -> Verified<Head> {
    head(2, first_edit().hash(), Content::Keep, &format::encode(&keep()))
}

pub(super) fn envelopes() -> Vec<Envelope> {
    let edit = Envelope { head: first_edit().signed().clone(), payload: change() };
    vec![edit, Envelope { head: kept().signed().clone(), payload: format::encode(&keep()) }]
}

pub(super) fn fork() -> ForkProof {
    let other = head(2, first_edit().hash(), Content::Keep, &format::encode(&Keep { kept: vec![] }));
    let proof = ForkProof { one: kept().signed().clone(), other: other.signed().clone() };
    assert_eq!(proof.place(), Some((doc(), node_key(1), 2)));
    proof
}

pub(super) fn write(book: &mut Book) {
    book.title("A document of member 1, by node 1: its first header, one that shares it, one that ends it");
    book.signed("header.first", &first());
    book.bytes("doc_id", &doc().0);
    book.signed("header.shared", &shared());
    book.signed("header.ended", &ended());
    book.value("audience.public", &Audience::Public);
    book.signed("withdrawn", &withdrawn().verify().unwrap());
    let terms = terms(&doc(), &[ended(), shared(), first()]).unwrap();
    assert_eq!((terms.frontier, terms.deleted), (vec![ended().hash()], true));

    book.title("Its feed by node 1: a change, then a keep; and proof of a fork at the second place");
    let form = gate::form(&change()).unwrap();
    assert!(gate::trial(None, &[&change()]).is_ok());
    book.bytes("change", &change());
    book.bytes("change.hash", &form.hash);
    book.bytes("change.actor", &form.actor);
    book.signed("envelope_head.change", &first_edit());
    book.value("keep", &keep());
    book.value("keep.nothing", &Keep { kept: vec![] });
    book.signed("envelope_head.keep", &kept());
    book.value("envelope", &envelopes()[0]);
    book.value("fork_proof", &fork());
}
