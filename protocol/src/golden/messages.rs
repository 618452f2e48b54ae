//! Every message, with what may be absent absent and present.

use crate::{
    identity::{DocId, Hash, NodeKey},
    message::{
        Ask, Bye, FeedHead, FeedRange, Give, Gossip, Hello, Meet, Message, Offer, OfferItem, Offered, SketchPart, Tag,
        Token, Took, WantItem,
    },
    sketch::Sketch,
    subscription::Rule,
};

use super::{
    Book, charter, documents,
    people::{self, DOC, NETWORK, NONCES, member, node_key},
};

const TOKEN: Token = Token { epoch: [0x77; 8], count: 129 };
const OTHER: NodeKey = NodeKey([0x0f; 32]);

pub(super) fn write(book: &mut Book) {
    book.title("Messages: the hello");
    book.message("hello", &Message::Hello(Hello { versions: vec![1], nonce: NONCES[0] }));
    let tags = (0x10..0x18).map(|n| Tag([n; 16])).collect();
    book.message("tags", &Message::Tags(tags));
    book.message("meet.bare", &Message::Meet(Box::new(bare())));
    book.message("meet.full", &Message::Meet(Box::new(full())));
    book.message("met", &Message::Met);
    for (name, bye) in [
        ("stranger", Bye::Stranger),
        ("version", Bye::Version),
        ("ticket", Bye::Ticket),
        ("rule", Bye::Rule),
        ("silence", Bye::Silence),
        ("disk", Bye::Disk),
    ] {
        book.message(&format!("bye.{name}"), &Message::Bye(bye));
    }

    book.title("Messages: catching up");
    book.message("want_charter", &Message::WantCharter(NETWORK, 7));
    book.message("charter.nothing", &Message::Charter(NETWORK, vec![]));
    book.message("charter", &Message::Charter(NETWORK, charter::certificates()));
    book.message("gossip.nothing", &Message::Gossip(Box::new(Gossip::new(NETWORK))));
    book.message("gossip", &Message::Gossip(Box::new(gossip())));

    book.title("Messages: documents");
    book.value("resume_token", &TOKEN);
    let rule = Rule { owner: Some(member(1)), kind: Some("practice".into()), tag: Some("topic:food".into()) };
    let rules = vec![Rule { kind: Some("event".into()), ..Rule::default() }, rule];
    book.message("ask.everything", &Message::Ask(Ask { network: NETWORK, rules: vec![], resume: None, round: 0 }));
    book.message("ask", &Message::Ask(Ask { network: NETWORK, rules, resume: Some(TOKEN), round: 1 }));
    book.message("offer", &Message::Offer(offer()));
    book.message("offered", &Message::Offered(Offered { network: NETWORK, token: TOKEN, round: 1 }));
    book.message("took", &Message::Took(Took { network: NETWORK, round: 1, count: 129 }));
    book.message("want", &Message::Want(NETWORK, wants()));
    book.message("give.nothing", &Message::Give(Box::new(nothing(DOC))));
    let give = Give {
        headers: documents::headers(),
        envelopes: documents::envelopes(),
        forks: vec![documents::fork()],
        last: false,
        ..nothing(documents::doc())
    };
    book.message("give", &Message::Give(Box::new(give)));
    book.message("ends", &Message::Ends(NETWORK, vec![documents::withdrawn()]));
    book.message("ended", &Message::Ended(NETWORK, vec![DOC]));

    book.title("Messages: what one holds already");
    let mut sketch = Sketch::new(8);
    [1, 2, 0xffff_ffff_ffff_fff0].into_iter().for_each(|number| sketch.toggle(number));
    let cells = sketch.bytes(0, 8);
    book.message("sketch", &Message::Sketch(SketchPart { network: NETWORK, round: 1, from: 0, cells }));
    book.message("want_sketch", &Message::WantSketch(NETWORK, 1, 64));
}

fn bare() -> Meet {
    Meet {
        network: NETWORK,
        seq: None,
        head: Hash::default(),
        roster: None,
        grant: None,
        application: None,
        ticket: None,
        proof: None,
        gossip: Hash::of(b""),
    }
}

fn full() -> Meet {
    let (ticket, proof) = people::ticket_shown();
    Meet {
        seq: Some(300),
        head: Hash([0xc1; 32]),
        roster: Some(people::roster()),
        grant: Some(people::grant()),
        application: Some(charter::application()),
        ticket: Some(ticket),
        proof: Some(proof),
        ..bare()
    }
}

fn gossip() -> Gossip {
    Gossip {
        network: NETWORK,
        rosters: vec![people::roster()],
        addresses: vec![people::address()],
        proposals: vec![charter::proposal()],
        votes: vec![charter::rejection()],
        applications: vec![charter::application()],
        grants: vec![people::grant()],
    }
}

fn offer() -> Offer {
    let head = FeedHead { feed: node_key(1), seq: 2, hash: Hash([0x44; 32]) };
    let item = OfferItem { doc: DOC, headers: vec![Hash([0x45; 32])], feeds: vec![head], forks: vec![(OTHER, 2)] };
    let bare = OfferItem { doc: DocId([0xd2; 32]), headers: vec![Hash([0x46; 32])], feeds: vec![], forks: vec![] };
    Offer { network: NETWORK, items: vec![item, bare], token: TOKEN, round: 1 }
}

fn wants() -> Vec<WantItem> {
    let range = FeedRange { feed: node_key(1), from: 1, to: 2 };
    let all = WantItem { doc: DOC, headers: true, feeds: vec![range], forks: vec![OTHER] };
    vec![all, WantItem { doc: DocId([0xd2; 32]), headers: false, feeds: vec![], forks: vec![] }]
}

fn nothing(doc: DocId) -> Give {
    Give { network: NETWORK, doc, headers: vec![], envelopes: vec![], forks: vec![], last: true }
}
