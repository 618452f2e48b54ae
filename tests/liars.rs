//! What a dishonest member, partner or newcomer can do, and that it harms nobody.

use harness::{
    liar::{bait, give},
    world::World,
};
use protocol::{
    document::Header,
    envelope::{ForkProof, Head},
    format,
    identity::{DocId, Hash, Keys, MemberId},
    input::{Amendment, Request},
    message::{Gossip, Message},
    signed::{Body, Signed, Verified},
    standing::{Address, Grant},
    store::{Read, Table},
};

/// The signed things of a table, as a node keeps them.
fn kept<B: Body>(world: &World, at: usize, table: Table) -> Vec<Verified<B>> {
    let rows = world.store(at).scan(table, &[], &[], 10_000).unwrap();
    let read = |bytes: &[u8]| format::decode::<Signed<B>>(bytes, bytes.len()).unwrap().recall().unwrap();
    rows.iter().map(|(_, bytes)| read(bytes)).collect()
}

#[test]
fn junk_headers_do_not_keep_a_deletion_out() {
    let mut world = World::network(2, &["Riverside", "Hillside", "Lakeside"]);
    let doc = world.practice(0, "Plan", "network");
    world.settle();
    let network = world.show_network(1).network;
    let thrown = Keys::new([50; 32], [51; 32]);
    for batch in 0..4 {
        bait(&mut world, 2, 1, doc, vec![]);
        let headers = (0..300).map(|n| {
            let header = Header {
                v: 1,
                network,
                by: thrown.node_key(),
                doc: Some(doc),
                birth: None,
                seq: 1 + batch * 300 + n,
                prevs: vec![Hash(doc.0)],
                audience: protocol::audience::Audience::Public,
                editors: protocol::document::Editors::Members,
                tags: vec![],
                superseded_by: None,
                deleted: false,
            };
            Verified::sign(header, &thrown.node()).signed().clone()
        });
        let headers: Vec<_> = headers.collect();
        give(&mut world, 2, 1, doc, |give| give.headers = headers);
        world.link(2, 1);
        world.settle();
    }
    assert!(kept::<Header>(&world, 1, Table::Header).len() < 10);
    world.ask(0, Request::Delete { doc: doc.to_string() }).unwrap();
    world.heal();
    assert!(world.titles(1).is_empty(), "the deletion arrived");
}

fn head(doc: DocId, keys: &Keys, network: protocol::identity::NetworkId, seq: u64, mark: u8) -> Verified<Head> {
    let prev = if seq == 1 { Hash::default() } else { Hash([1; 32]) };
    let head = Head {
        v: 1,
        network,
        doc,
        feed: keys.node_key(),
        seq,
        prev,
        charter: Hash::default(),
        content: protocol::envelope::Content::Change,
        lane: 0,
        claimed_at: 0,
        payload_hash: Hash::of(&[mark]),
        payload_len: 1,
    };
    Verified::sign(head, &keys.node())
}

#[test]
fn a_fork_proof_of_place_nought_proves_nothing() {
    let keys = Keys::new([1; 32], [2; 32]);
    let at = |mark| head(DocId([3; 32]), &keys, protocol::identity::NetworkId([4; 32]), 0, mark).signed().clone();
    assert_eq!(ForkProof { one: at(1), other: at(2) }.place(), None);
}

#[test]
fn deleting_is_final() {
    let mut world = World::network(5, &["Riverside", "Hillside"]);
    let doc = world.practice(0, "Old plan", "network");
    world.settle();
    world.ask(0, Request::Delete { doc: doc.to_string() }).unwrap();
    world.settle();
    // Whoever has the owner's key tries to bring it back.
    let headers = kept::<Header>(&world, 1, Table::Header);
    let deleting = headers.iter().find(|h| h.deleted).unwrap();
    let back = Header { deleted: false, seq: deleting.seq + 1, prevs: vec![deleting.hash()], ..(**deleting).clone() };
    let back = Verified::sign(back, &world.keys(0).node()).signed().clone();
    bait(&mut world, 0, 1, doc, vec![]);
    give(&mut world, 0, 1, doc, |give| give.headers = vec![back]);
    world.heal();
    assert!(world.titles(1).is_empty());
    assert!(world.linked(0, 1));
}

#[test]
fn a_partners_ticket_works_once() {
    let mut world = World::network(7, &["Riverside", "Hillside"]);
    let ticket = world.invite(0, true);
    for name in ["County Library", "Town Library"] {
        let guest = world.node(name);
        world.ask(guest, Request::Join { ticket: ticket.clone() }).unwrap();
        world.settle();
    }
    assert_eq!(world.show_network(0).partners.len(), 1);
}

#[test]
fn an_ended_partner_gets_nothing_from_the_next_member_either() {
    let mut world = World::network(8, &["Riverside", "Hillside"]);
    let partner = world.node("County Library");
    let ticket = world.invite(0, true);
    world.ask(partner, Request::Join { ticket: ticket.clone() }).unwrap();
    world.settle();
    assert!(!kept::<Grant>(&world, partner, Table::Grant).is_empty());
    world.ask(0, Request::EndPartner { partner: "County Library".into() }).unwrap();
    world.practice(0, "Later", "public");
    world.settle();
    world.link(partner, 1);
    world.settle();
    assert!(world.titles(partner).is_empty());
    // Invited again, it is a partner again.
    let ticket = world.invite(0, true);
    world.ask(partner, Request::Join { ticket }).unwrap();
    world.heal();
    assert_eq!(world.titles(partner), ["Later"]);
}

#[test]
fn who_is_whose_partner_is_told_to_nobody() {
    let mut world = World::network(9, &["Riverside", "Hillside"]);
    let partner = world.node("County Library");
    let ticket = world.invite(0, true);
    world.ask(partner, Request::Join { ticket }).unwrap();
    world.settle();
    world.practice(0, "For the library", "partners:County Library");
    world.heal();
    let network = world.show_network(0).network;
    let id = MemberId::new(network, world.keys(partner).member_key());
    let told = &world.heard[&(0, 1)];
    assert!(!told.windows(32).any(|w| w == id.0), "the partner's id went to another member");
    assert!(!told.windows(14).any(|w| w == b"County Library"));
}

#[test]
fn what_is_said_out_of_bounds_counts_for_nothing() {
    let mut world = World::network(10, &["Riverside", "Hillside"]);
    let partner = world.node("County Library");
    let ticket = world.invite(0, true);
    world.ask(partner, Request::Join { ticket }).unwrap();
    world.settle();
    let (network, keys) = (world.show_network(0).network, world.keys(0).clone());
    // Riverside's own good signature, under an address that fills a neighbor's disk, and an end in words of another version.
    let long = vec!["/dns/".to_owned() + &"a".repeat(1_000)];
    let address = Address { v: 1, network, node: keys.node_key(), seq: u64::MAX, addresses: long };
    let mut gossip = Gossip::new(network);
    gossip.addresses.push(Verified::sign(address, &keys.node()).signed().clone());
    world.say(0, 1, &Message::Gossip(Box::new(gossip)));
    let grant = kept::<Grant>(&world, partner, Table::Grant).pop().unwrap();
    let ended = Grant { v: 2, seq: grant.seq + 1, revoked: true, ..(*grant).clone() };
    let mut gossip = Gossip::new(network);
    gossip.grants.push(Verified::sign(ended, &keys.node()).signed().clone());
    world.say(0, partner, &Message::Gossip(Box::new(gossip)));
    world.settle();
    assert!(kept::<Address>(&world, 1, Table::Address).iter().all(|a| a.seq < u64::MAX));
    assert_eq!(world.status(partner).standing, Some("partner"));
}

#[test]
fn who_says_it_is_in_a_thousand_networks_is_let_go() {
    let mut world = World::network(11, &["Riverside", "Hillside"]);
    world.unlink(0, 1);
    world.lies.insert(
        1,
        Box::new(|_, message| match message {
            Message::Tags(tags) => vec![Message::Tags(tags.iter().cycle().take(1_000).copied().collect())],
            other => vec![other],
        }),
    );
    world.link(0, 1);
    world.settle();
    assert!(!world.linked(0, 1));
    world.lies.clear();
    world.link(0, 1);
    world.settle();
    assert!(world.linked(0, 1));
}

#[test]
fn hundreds_of_withdrawals_at_once_all_arrive() {
    let mut world = World::network(12, &["Riverside", "Hillside"]);
    let docs: Vec<DocId> = (0..200).map(|n| world.practice(0, &format!("Plan {n}"), "network")).collect();
    world.settle();
    world.cut(0, 1);
    for doc in docs {
        world.share(0, doc, "private");
    }
    world.heal();
    let late = world.node("Seaside");
    world.cut(0, late);
    let ticket = world.invite(1, false);
    world.ask(late, Request::Join { ticket }).unwrap();
    world.settle();
    let waiting = world.show_network(0).applications;
    if let Some(applicant) = waiting.first() {
        let change = Amendment::Admit(applicant.name.clone());
        world.ask(0, Request::Propose { change, why: String::new() }).unwrap();
    }
    world.settle();
    assert_eq!(world.show_network(late).members.len(), 3);
    world.link(1, late);
    world.settle();
    assert!(world.titles(late).is_empty(), "what was withdrawn is not passed on");
}

#[test]
fn a_deletion_reaches_who_no_longer_asks_for_the_record() {
    let mut world = World::network(11, &["Riverside", "Hillside"]);
    let doc = world.practice(0, "Plan", "network");
    world.settle();
    let rule = protocol::subscription::Rule { kind: Some("training".into()), ..Default::default() };
    world.ask(1, Request::Subscribe { add: vec![rule], remove: vec![] }).unwrap();
    world.settle();
    world.ask(0, Request::Delete { doc: doc.to_string() }).unwrap();
    world.settle();
    assert!(world.titles(1).is_empty());
}

#[test]
fn refused_requests_leave_room_for_others() {
    let mut world = World::network(12, &["Riverside", "Hillside"]);
    for n in 0..400 {
        let text =
            Amendment::Text { name: None, purpose: None, rules: Some("x".repeat(8_000)), review_by: Some("no".into()) };
        let _ = world.ask(0, Request::Propose { change: text, why: format!("{n}") });
    }
    world.practice(0, "After all that", "network");
    world.settle();
    assert_eq!(world.titles(1), ["After all that"]);
}

#[test]
fn a_superseded_record_can_still_be_deleted() {
    let mut world = World::network(13, &["Riverside", "Hillside"]);
    let old = world.practice(0, "Plan", "private");
    world.share(0, old, "network");
    world.ask(0, Request::Delete { doc: old.to_string() }).unwrap();
    let left = world.store(0).scan(Table::Payload, &old.0, &old.0, 9).unwrap();
    assert!(left.is_empty());
}
