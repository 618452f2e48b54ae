//! Members who break the rules under their own name: what they do counts nowhere, harms nobody, and ends alike for all.

use harness::{
    liar::{giving, is_own, resign},
    promises::same_records,
    world::World,
};
use protocol::{
    format,
    identity::{DocId, Keys},
    input::{AudienceAsk, EditorsAsk, Request},
    message::{Give, Gossip, Message},
    roster::Roster,
    signed::{Signed, Verified},
    store::{Read, Table},
    view::Answer,
};
use serde_json::json;

/// A practice that every member may edit.
fn shared(world: &mut World, at: usize, title: &str) -> DocId {
    let value = json!({ "title": title, "summary": "We write it together." });
    let (audience, editors) = (AudienceAsk::Network, EditorsAsk::Members);
    let request = Request::Create { kind: "practice".into(), value, audience, editors };
    match world.ask(at, request).unwrap() {
        Answer::Id { id } => id,
        other => panic!("no id: {other:?}"),
    }
}

fn title(world: &mut World, at: usize, doc: DocId) -> String {
    world.show(at, doc).unwrap().fields["title"].as_str().unwrap().to_owned()
}

/// How many proofs of broken rules a node keeps for a document.
fn proofs(world: &World, at: usize, doc: DocId) -> usize {
    world.store(at).scan(Table::Proof, &doc.0, &doc.0, 10).unwrap().len()
}

/// Riverside's folder runs on two machines, which tell Hillside and Lakeside different things. Hillside even builds on
/// what it was told. When the two compare notes, all see the same: the edits before the fork, none after it.
#[test]
fn a_forked_feed_counts_nowhere_past_the_fork_and_everywhere_alike() {
    for seed in 1..=20 {
        let mut world = World::network(seed, &["Riverside", "Hillside", "Lakeside"]);
        let doc = shared(&mut world, 0, "Dinners");
        let other = shared(&mut world, 0, "Warm line");
        world.set(0, doc, &[("problem", json!("People eat alone."))]).unwrap();
        world.settle();
        let copy = world.copy_of(0);
        (0..3).for_each(|at| (0..at).for_each(|to| world.cut(at, to)));
        world.cut(0, copy);
        // One tells Hillside, the other tells Lakeside: the same place of the same feed, twice.
        world.set(0, doc, &[("title", json!("Dinners here"))]).unwrap();
        world.set(copy, doc, &[("title", json!("Dinners there"))]).unwrap();
        world.mend(0, 1);
        world.settle();
        world.cut(0, 1);
        world.mend(copy, 2);
        world.settle();
        world.cut(copy, 2);
        assert_eq!(title(&mut world, 1, doc), "Dinners here");
        assert_eq!(title(&mut world, 2, doc), "Dinners there");
        // What builds on one branch falls with it; what stands beside it stays.
        world.set(1, doc, &[("summary", json!("Built on a branch."))]).unwrap();
        world.set(2, other, &[("problem", json!("Nights are long."))]).unwrap();
        world.mend(1, 2);
        world.settle();
        if world.roll(2) == 0 {
            world.restart(1);
            world.settle();
        }
        for at in [1, 2] {
            let record = world.show(at, doc).unwrap();
            assert_eq!(record.fields["title"], "Dinners", "seed {seed}: past the fork neither branch counts");
            assert_eq!(record.fields["problem"], "People eat alone.");
            assert_eq!(record.fields["summary"], "We write it together.");
            assert_eq!(proofs(&world, at, doc), 1, "both heads are kept");
            assert_eq!(world.show(at, other).unwrap().fields["problem"], "Nights are long.");
        }
        same_records(&mut world, &[1, 2]);
        // The proof reaches who has neither seen the fork nor made it, and the forker itself.
        let late = world.node("Seaside");
        let ticket = world.invite(1, false);
        world.ask(late, Request::Join { ticket }).unwrap();
        world.settle();
        world.mend(0, 1);
        world.settle();
        world.ask(0, Request::Status).unwrap();
        assert_eq!(title(&mut world, 0, doc), "Dinners");
        assert_eq!(proofs(&world, 0, doc), 1);
    }
}

/// What a liar can make of one of its own edits.
type Forgery = fn(&Keys, &mut Give);

fn own_edits(keys: &Keys, give: &mut Give, change: impl Fn(&mut protocol::envelope::Head, &mut Vec<u8>)) {
    for envelope in give.envelopes.iter_mut().filter(|envelope| is_own(keys, envelope)) {
        *envelope = resign(keys, envelope, &change);
    }
}

const FORGERIES: [(&str, Forgery); 6] = [
    ("a payload that is no change", |keys, give| own_edits(keys, give, |_, payload| *payload = b"PK\x03\x04".to_vec())),
    ("an empty payload", |keys, give| own_edits(keys, give, |_, payload| payload.clear())),
    ("a change cut short", |keys, give| own_edits(keys, give, |_, payload| payload.truncate(payload.len() / 2))),
    ("a change with bytes after it", |keys, give| own_edits(keys, give, |_, payload| payload.push(0))),
    ("a change with a bit flipped", |keys, give| own_edits(keys, give, |_, payload| payload[20] ^= 4)),
    ("a change of another actor", |keys, give| own_edits(keys, give, |head, _| head.lane = 7)),
];

/// Lakeside signs edits that no engine makes. Its feed stops there; its earlier edits, its other records, and
/// everybody else's work go on as if nothing had been.
#[test]
fn a_malformed_change_freezes_its_authors_feed_and_nothing_else() {
    for (name, forge) in FORGERIES {
        let mut world = World::network(1, &["Riverside", "Hillside", "Lakeside"]);
        let doc = shared(&mut world, 0, "Dinners");
        world.settle();
        world.set(2, doc, &[("problem", json!("An honest edit."))]).unwrap();
        world.settle();
        let forged = doc;
        world.lies.insert(
            2,
            Box::new(move |keys, message| {
                giving(message, |give| {
                    if give.doc == forged {
                        forge(keys, give)
                    }
                })
            }),
        );
        world.set(2, doc, &[("title", json!("Forged"))]).unwrap();
        let honest = shared(&mut world, 2, "Ride share");
        world.settle();
        for at in [0, 1] {
            let record = world.show(at, doc).unwrap();
            assert_eq!(record.fields["title"], "Dinners", "{name}");
            assert_eq!(record.fields["problem"], "An honest edit.", "{name}");
            assert_eq!(proofs(&world, at, doc), 1, "{name}: the proof is kept");
            assert_eq!(title(&mut world, at, honest), "Ride share", "{name}");
        }
        world.lies.clear();
        // Nothing more of that feed is taken, from nobody; the others write on.
        world.set(2, doc, &[("title", json!("Too late"))]).unwrap();
        world.set(1, doc, &[("title", json!("Sunday dinners"))]).unwrap();
        world.settle();
        world.heal();
        for at in [0, 1] {
            assert_eq!(title(&mut world, at, doc), "Sunday dinners", "{name}");
            assert!(world.status(at).trouble.is_empty(), "{name}");
        }
        same_records(&mut world, &[0, 1]);
    }
}

/// Somebody alters what it relays of others. No signature fits, so it is turned away, and the truth comes from others.
#[test]
fn what_a_relay_alters_is_not_believed() {
    type Forgery = fn(&mut Give);
    let forgeries: [(&str, Forgery); 3] = [
        ("a payload", |give| give.envelopes.iter_mut().for_each(|e| *e.payload.last_mut().unwrap() ^= 1)),
        ("somebody else's envelope", |give| {
            if let [one, .., other] = &mut give.envelopes[..] {
                std::mem::swap(&mut one.payload, &mut other.payload);
            }
        }),
        ("nothing at all", |give| give.envelopes.clear()),
    ];
    for (name, forge) in forgeries {
        let mut world = World::network(2, &["Riverside", "Hillside", "Lakeside"]);
        world.cut(0, 2);
        world.lies.insert(1, Box::new(move |_, message| giving(message, forge)));
        let doc = world.practice(0, "Family dinners", "network");
        world.set(0, doc, &[("problem", json!("People eat alone."))]).unwrap();
        world.settle();
        assert!(!world.titles(2).contains(&"Forged".to_string()));
        let seen = world.titles(2);
        assert!(seen.is_empty() || seen == ["Family dinners"], "{name}: {seen:?}");
        world.mend(0, 2);
        world.settle();
        assert_eq!(world.show(2, doc).unwrap().fields["problem"], "People eat alone.", "{name}");
        same_records(&mut world, &[0, 2]);
    }
}

/// Envelopes that come before the header which lets their author edit, and the header before the envelopes: both end
/// with the same record.
#[test]
fn an_edit_before_its_header_and_a_header_before_its_edit_end_alike() {
    let story = |edit_first: bool| {
        let mut world = World::network(3, &["Riverside", "Hillside", "Lakeside"]);
        let doc = world.practice(0, "Family dinners", "network");
        world.settle();
        world.cut(0, 2);
        world.cut(1, 2);
        let members = Request::LetEdit { doc: doc.to_string(), editors: EditorsAsk::Members };
        world.ask(0, members).unwrap();
        world.settle();
        world.set(1, doc, &[("problem", json!("People eat alone."))]).unwrap();
        world.settle();
        // Hillside holds back what the other story tells first.
        let holds_back: fn(&mut Give) =
            if edit_first { |give| give.headers.clear() } else { |give| give.envelopes.clear() };
        world.lies.insert(1, Box::new(move |_, message: Message| giving(message, holds_back)));
        world.mend(1, 2);
        world.settle();
        let half = world.show(2, doc).unwrap();
        assert_eq!(half.fields["problem"], json!(null), "half of it is not enough");
        assert_eq!((half.editors, half.waiting), if edit_first { ("owner", 1) } else { ("members", 0) });
        assert!(!world.status(2).complete, "it knows that something is missing");
        world.lies.clear();
        world.mend(0, 2);
        world.heal();
        same_records(&mut world, &[0, 1, 2]);
        let whole = world.show(2, doc).unwrap();
        assert_eq!(whole.fields["problem"], "People eat alone.");
        (whole.fields, whole.heads, whole.editors, whole.waiting)
    };
    let (one, other) = (story(true), story(false));
    assert_eq!((one.0, one.2, one.3), (other.0, other.2, other.3));
}

/// Lakeside signs one list of its machines after the other, all of them sound. Each would be passed on to everybody, and what
/// hangs on it looked at anew. Only some are; the last one arrives all the same.
#[test]
fn who_signs_lists_without_end_is_heard_now_and_then() {
    let mut world = World::network(31, &["Riverside", "Hillside", "Lakeside"]);
    world.cut(1, 2);
    world.settle();
    let of_lakeside = |world: &World, at: usize| {
        let rows = world.store(at).scan(Table::Roster, &[], &[], 9).unwrap();
        let read = |(_, row): (Vec<u8>, Vec<u8>)| format::decode::<Signed<Roster>>(&row, row.len()).unwrap();
        let me = world.keys(2).member_key();
        rows.into_iter().map(|row| read(row).verify().unwrap()).find(|roster| roster.by == me).unwrap()
    };
    let (own, keys) = (of_lakeside(&world, 0), world.keys(2).clone());
    let before = world.heard[&(0, 1)].len();
    for more in 1..=300 {
        let roster = Roster { seq: own.seq + more, ..(*own).clone() };
        let mut gossip = Gossip::new(own.network);
        gossip.rosters.push(Verified::sign(roster, &keys.member()).signed().clone());
        world.say(2, 0, &Message::Gossip(Box::new(gossip)));
    }
    world.settle();
    let size = Verified::sign((*own).clone(), &keys.member()).signed().size();
    let passed_on = (world.heard[&(0, 1)].len() - before) / size;
    assert!((1..=30).contains(&passed_on), "{passed_on} of 300 lists were passed on");
    world.wait(60_000);
    world.settle();
    for at in [0, 1] {
        assert_eq!(of_lakeside(&world, at).seq, own.seq + 300, "node {at}");
    }
}
