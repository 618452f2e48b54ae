//! What a peer sends: only the bytes that we would write ourselves are read, and what is signed within is judged.

use minicbor::{Decode, Encode};
use protocol::{
    format,
    message::{Give, Gossip, Meet, Message},
    signed::{Body, Signed},
};

pub(super) fn run(bytes: &[u8]) {
    let Ok(message) = Message::from_bytes(bytes) else { return };
    assert_eq!(message.to_bytes(), bytes);
    match message {
        Message::Meet(meet) => met(*meet),
        Message::Gossip(gossip) => heard(*gossip),
        Message::Give(give) => given(*give),
        Message::Ends(_, ends) => each(ends),
        Message::Charter(_, certificates) => certificates.into_iter().for_each(|certificate| {
            assert_eq!(protocol::charter::Certificate::read(&certificate.bytes()).as_ref(), Ok(&certificate));
            each(certificate.approvals);
        }),
        _ => {}
    }
}

fn met(meet: Meet) {
    each(meet.roster);
    each(meet.grant);
    each(meet.application);
}

fn heard(gossip: Gossip) {
    each(gossip.rosters);
    each(gossip.addresses);
    each(gossip.proposals);
    each(gossip.votes);
    each(gossip.applications);
    each(gossip.grants);
}

fn given(give: Give) {
    each(give.headers);
    for fork in &give.forks {
        let _ = fork.place();
    }
    each(give.envelopes.into_iter().map(|envelope| envelope.head));
}

/// What is signed keeps its bytes, whoever looks at it; what verifies is what its bytes say.
fn each<B: Body>(all: impl IntoIterator<Item = Signed<B>>)
where
    Signed<B>: PartialEq + Encode<()> + for<'b> Decode<'b, ()>,
{
    for signed in all {
        let bytes = format::encode(&signed);
        assert!(format::decode::<Signed<B>>(&bytes, bytes.len()).as_ref() == Ok(&signed));
        if let Ok(verified) = signed.clone().verify() {
            assert!(*verified.signed() == signed && verified.hash() == signed.hash());
            assert!(signed.recall().is_ok(), "what was verified is read back");
        }
    }
}
