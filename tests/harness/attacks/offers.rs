//! Offers of what one does not have, wants of what nobody offered, and both without end.

use protocol::{
    identity::{DocId, Hash, NodeKey},
    limits::{OFFER_ITEMS, OFFERS_OPEN},
    message::{Bye, FeedHead, FeedRange, Message, OfferItem, WantItem},
};

use super::{Attack, Ends, changes::titled};
use crate::mouth::{Mouth, Scene, Who};

pub(super) const ALL: [Attack; 9] = [
    offer(
        "offers_never_given",
        "to have Riverside wait for more and more",
        offers_never_given,
        RULE,
        "take.rs: on_offer",
    ),
    offer(
        "offers_of_nothing",
        "to have Riverside remember any number of records that do not exist",
        offers_of_nothing,
        Ends::Ignored,
        "take.rs: given",
    ),
    offer(
        "too_many_offers",
        "to have ten thousand records looked up at once",
        too_many_offers,
        RULE,
        "take.rs: on_offer",
    ),
    offer(
        "far_places",
        "to have Riverside ask for places past every number",
        far_places,
        Ends::Ignored,
        "serve.rs: pieces",
    ),
    offer("gives_unasked", "to put in what nobody asked for", gives_unasked, Ends::Ignored, "take.rs: on_give"),
    offer(
        "wants_without_end",
        "to have Riverside hold half a gigabyte of wants",
        wants_without_end,
        RULE,
        "serve.rs: on_want",
    ),
    offer("too_many_wants", "to have ten thousand records read at once", too_many_wants, RULE, "serve.rs: on_want"),
    offer("ends_of_nothing", "to have withdrawals checked without end", ends_of_nothing, RULE, "take.rs: on_ends"),
    offer(
        "forks_without_proof",
        "to have Riverside look for forks that it cannot show",
        forks_without_proof,
        Ends::Ignored,
        "take.rs: lacking",
    ),
];

const RULE: Ends = Ends::TurnedAway(Bye::Rule);

const fn offer(
    name: &'static str,
    wants: &'static str,
    deed: fn(&mut dyn Mouth) -> Result<(), String>,
    ends: Ends,
    defence: &'static str,
) -> Attack {
    Attack { name, wants, who: Who::Member, deed, ends, defence }
}

/// So many documents that nobody has, other ones for each number.
fn nowhere(number: u64, count: usize) -> Vec<OfferItem> {
    let doc =
        |at: usize| DocId(Hash::derive("commonweal tests nowhere", &[&number.to_be_bytes(), &at.to_be_bytes()]).0);
    let item = |at| OfferItem { doc: doc(at), headers: vec![], feeds: vec![], forks: vec![] };
    (0..count).map(item).collect()
}

fn offers_never_given(mouth: &mut dyn Mouth) -> Result<(), String> {
    for number in 0..=OFFERS_OPEN as u64 + 1 {
        mouth.offer(nowhere(number, OFFER_ITEMS));
    }
    Ok(())
}

/// Each is given, with nothing in it: that was all there is.
fn offers_of_nothing(mouth: &mut dyn Mouth) -> Result<(), String> {
    for number in 0..400 {
        let items = nowhere(number, OFFER_ITEMS);
        let docs: Vec<DocId> = items.iter().map(|item| item.doc).collect();
        mouth.offer(items);
        docs.into_iter().for_each(|doc| mouth.give(doc, |_| {}));
    }
    Ok(())
}

fn too_many_offers(mouth: &mut dyn Mouth) -> Result<(), String> {
    mouth.offer(nowhere(0, 8_000));
    Ok(())
}

/// Feeds that go on past every number, and wants that reach as far.
fn far_places(mouth: &mut dyn Mouth) -> Result<(), String> {
    let Scene { network, open, hillside, .. } = mouth.scene();
    let range = |from, to| FeedRange { feed: hillside, from, to };
    let feeds = vec![range(0, u64::MAX), range(u64::MAX, 0), range(u64::MAX, u64::MAX)];
    mouth.say(&Message::Want(network, vec![WantItem { doc: open, headers: false, feeds, forks: vec![] }]));
    mouth.bait(open, vec![FeedHead { feed: hillside, seq: u64::MAX, hash: Hash([6; 32]) }], vec![(hillside, u64::MAX)]);
    mouth.give(open, |_| {});
    Ok(())
}

fn gives_unasked(mouth: &mut dyn Mouth) -> Result<(), String> {
    let Scene { network, open, .. } = mouth.scene();
    let envelope = titled(mouth, open, network);
    mouth.mute();
    mouth.give(open, |give| give.envelopes = vec![envelope]);
    Ok(())
}

/// Does not read what it is given, and wants on: a thousand times all places of nine thousand feeds.
fn wants_without_end(mouth: &mut dyn Mouth) -> Result<(), String> {
    let Scene { network, open, .. } = mouth.scene();
    mouth.mute();
    for _ in 0..1_000 {
        let all = |n: u32| FeedRange { feed: NodeKey(Hash::of(&n.to_be_bytes()).0), from: 1, to: 9 };
        let item = WantItem { doc: open, headers: true, feeds: (0..9_000).map(all).collect(), forks: vec![] };
        mouth.say(&Message::Want(network, vec![item]));
        if !mouth.is_up() {
            break;
        }
    }
    Ok(())
}

fn too_many_wants(mouth: &mut dyn Mouth) -> Result<(), String> {
    let network = mouth.scene().network;
    let want = |item: OfferItem| WantItem { doc: item.doc, headers: true, feeds: vec![], forks: vec![] };
    mouth.say(&Message::Want(network, nowhere(0, 8_000).into_iter().map(want).collect()));
    Ok(())
}

fn ends_of_nothing(mouth: &mut dyn Mouth) -> Result<(), String> {
    let (Scene { network, .. }, keys) = (mouth.scene(), mouth.keys());
    let end = |item: OfferItem| {
        let by = keys.node_key();
        let end = protocol::document::Withdrawn { v: 1, network, by, doc: item.doc, seq: 1 };
        protocol::signed::Verified::sign(end, &keys.node()).signed().clone()
    };
    mouth.say(&Message::Ends(network, nowhere(0, 1_000).into_iter().map(end).collect()));
    Ok(())
}

fn forks_without_proof(mouth: &mut dyn Mouth) -> Result<(), String> {
    let Scene { open, riverside, hillside, .. } = mouth.scene();
    for _ in 0..20 {
        mouth.bait(open, vec![], vec![(riverside, 1), (hillside, 1)]);
        mouth.hear(Some(&|message| matches!(message, Message::Want(..))));
        mouth.give(open, |_| {});
    }
    Ok(())
}
