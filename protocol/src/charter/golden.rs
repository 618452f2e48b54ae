//! The exact bytes of what is signed or hashed. They never change; a new form gets a new version beside these.

use crate::{
    format,
    identity::{Hash, NodeKey, hex},
    signed::{Body, Verified},
};

use super::{testing::*, *};

/// The first entry of a founder alone.
const ALONE: &str = "\
    ad000101010258200000000000000000000000000000000000000000000000000000000000000000030004582000000000000000\
    00000000000000000000000000000000000000000000000000055007070707070707070707070707070707066952697665727369\
    6465077657652067726f7720666f6f6420746f6765746865722e088158208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94\
    121bf3748801b40f6f5c09010a81a40058208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c0169\
    5374657761726420310258208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c03000b800c684265\
    206b696e642e";

/// A rejection with its signature.
const REJECTION: &str = "\
    825895a800010158206381788573eaa670b1e49e29f32e9586bf4829bd6b7902889ddaa98c3092e6ca0258206381788573eaa670\
    b1e49e29f32e9586bf4829bd6b7902889ddaa98c3092e6ca0301045820c9afda9c3e0d87608937e09b0bed176e42409069a4ab48\
    c183b21665125079e805f406800758208a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c5840126e\
    2c8594943ed68778ae075fcea1d74fc8f2d25864bfd78a775141daf7e009813c52a53a24cafc9bad94467991365b067f9462ca96\
    96afb8a6fd0f3257050d";

/// The hash of a signed thing's bytes on the wire, body and signature.
fn wire<B: Body>(signed: &Verified<B>) -> String {
    hex(&Hash::of(&format::encode(signed.signed())).0)
}

#[test]
fn an_entry_has_these_bytes() {
    let head = network(3, 2);
    assert_eq!(hex(&head.hash().0), "2d3bd22d6f310238df66c6ffb068cfc48c4eb0f06a4887785301ddefe21eaa4f");
    let draft = Draft::on(&head).admit("Lakeside", pk(9)).rekey(id(&head, 2), pk(42)).unwrap();
    let entry = draft.remove(id(&head, 3)).unwrap().review_by(Some("2027-03-31")).entry().unwrap();
    assert_eq!(hex(&Hash::of(&entry.bytes()).0), "c84640b2e4e53b34cb813192109a038da1296f6e6126350818ac7fe270393adb");
    assert_eq!(Entry::read(&entry.bytes()), Ok(entry));
    assert_eq!(hex(&alone().entry().bytes()), ALONE);
}

#[test]
fn a_vote_has_these_bytes() {
    let head = alone();
    let entry = renaming(&head, 1);
    let rejection = vote(&head, &entry, false, vec![], 1);
    assert_eq!(hex(&format::encode(rejection.signed())), REJECTION);
    let approval = vote(&head, &renaming(&head, 2), true, vec![closing(&head, &entry, &[1])], 1);
    assert_eq!(wire(&approval), "03b0f9dc378b29d91b79e8101a5d73f3b72b166001ac835a9b0edba591d55649");
    assert_eq!(
        hex(&Hash::of(&carry(&head, &entry, &[1]).certificate().bytes()).0),
        "3de70d2b188424421dd94e51230c7519210180db38b88c9aea1818d63f26a7f4"
    );
}

#[test]
fn a_proposal_and_an_application_have_these_bytes() {
    let head = alone();
    let proposal = Proposal::on(&head, &renaming(&head, 1), pk(1), "It is better.");
    assert_eq!(
        wire(&Verified::sign(proposal, &key(1))),
        "7c368a95db0a3896e456a58cff2c6fcb380065254d8fab40a669a3b95432118c"
    );
    let application = Application {
        v: VERSION,
        network: head.network(),
        name: "Lakeside".into(),
        place: "By the lake".into(),
        member: pk(9),
        node: NodeKey(pk(19).0),
        ticket: Hash([3; 32]),
        charter: head.hash(),
    };
    assert_eq!(
        wire(&Verified::sign(application, &key(9))),
        "fee75232539654f08d8f10b9a054405934c2699aae02bccc956218f815612c7e"
    );
}
