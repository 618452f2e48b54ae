//! A collaborative gets a new machine and retires the old one: what that wrote stands everywhere, and whoever has its key
//! by then says nothing new.

use harness::{
    liar::{bait, give},
    promises::same_records,
    world::World,
};
use protocol::{
    document::Header,
    identity::{Hash, Keys, MemberId},
    input::Request,
    message::{Gossip, Message},
    roster::{Claim, Roster, RosterNode},
    signed::Verified,
};
use serde_json::json;

const OLD: usize = 0;
const NEIGHBOR: usize = 1;

/// Riverside with an old and a new machine, and Hillside; the number of the new one.
fn two_machines(seed: u64) -> (World, usize) {
    let mut world = World::network(seed, &["Riverside", "Hillside"]);
    let member = world.keys(OLD).member().to_bytes();
    let new = world.node_with("Riverside", Keys::new(member, Hash::of(b"new machine").0));
    list_nodes(&mut world, 10, &[OLD, new], &[]);
    world.join(NEIGHBOR, new);
    world.heal();
    (world, new)
}

/// Riverside's own word which of its machines are in use, and which no more.
fn list_nodes(world: &mut World, seq: u64, nodes: &[usize], retired: &[usize]) {
    let network = world.show_network(NEIGHBOR).network;
    let keys = world.keys(OLD).clone();
    let member = MemberId::new(network, keys.member_key());
    let claim = |at: usize| {
        let claim = Claim { v: 1, network, member, node: world.key(at) };
        Verified::sign(claim, &world.keys(at).node()).signed().clone()
    };
    let nodes = nodes.iter().map(|at| RosterNode { key: world.key(*at), name: "server".into(), claim: claim(*at) });
    let (nodes, retired) = (nodes.collect(), retired.iter().map(|at| claim(*at)).collect());
    let roster = Roster { v: 1, network, member, by: keys.member_key(), seq, nodes, retired };
    let mut gossip = Gossip::new(network);
    gossip.rosters.push(Verified::sign(roster, &keys.member()).signed().clone());
    world.say(OLD, NEIGHBOR, &Message::Gossip(Box::new(gossip)));
    world.settle();
}

/// The old machine is retired, and gone.
fn retire(world: &mut World, new: usize) {
    list_nodes(world, 1_000, &[new], &[OLD]);
    for other in [NEIGHBOR, new] {
        world.cut(OLD, other);
    }
}

#[test]
fn a_new_machine_of_a_member_comes_in_and_the_old_one_stays_what_it_was() {
    for old_is_there in [true, false] {
        let mut world = World::network(3, &["Riverside", "Hillside"]);
        let doc = world.practice(OLD, "Walk to school", "network");
        world.settle();
        let member = world.keys(OLD).member().to_bytes();
        let new = world.node_with("Riverside", Keys::new(member, Hash::of(b"new machine").0));
        if !old_is_there {
            world.cut(OLD, NEIGHBOR);
            world.cut(OLD, new);
        }
        world.join(NEIGHBOR, new);
        assert_eq!(world.show_network(new).standing, "member");
        assert_eq!(world.titles(new), ["Walk to school"]);
        world.set(new, doc, &[("summary", json!("From the new machine."))]).unwrap();
        world.settle();
        assert_eq!(world.show(NEIGHBOR, doc).unwrap().fields["summary"], "From the new machine.");

        world.heal();
        let later = world.practice(OLD, "By the old machine", "network");
        world.settle();
        for at in [OLD, NEIGHBOR, new] {
            assert_eq!(world.show(at, later).unwrap().summary.title, "By the old machine", "{old_is_there}: {at}");
            assert_eq!(world.show_network(at).members.iter().map(|m| m.nodes.len()).max(), Some(2));
        }
        same_records(&mut world, &[OLD, NEIGHBOR, new]);
    }
}

#[test]
fn what_a_retired_machine_wrote_stands() {
    let (mut world, new) = two_machines(1);
    let doc = world.practice(OLD, "Walk to school", "network");
    world.set(OLD, doc, &[("summary", json!("Two grown-ups walk along."))]).unwrap();
    let gone = world.practice(OLD, "Gone", "network");
    world.settle();
    world.ask(OLD, Request::Delete { doc: gone.to_string() }).unwrap();
    world.settle();
    assert_eq!(world.titles(new), ["Walk to school"], "the new machine got it all");

    retire(&mut world, new);
    // Who comes later has it from the neighbor, and can tell that it counts.
    let late = world.node("Lakeside");
    world.cut(OLD, late);
    world.join(new, late);
    for at in [NEIGHBOR, new, late] {
        assert_eq!(world.titles(at), ["Walk to school"]);
        assert_eq!(world.show(at, doc).unwrap().fields["summary"], "Two grown-ups walk along.");
    }
    same_records(&mut world, &[NEIGHBOR, new, late]);
    world.set(new, doc, &[("summary", json!("Three walk along."))]).unwrap();
    world.settle();
    assert_eq!(world.show(late, doc).unwrap().fields["summary"], "Three walk along.");
}

#[test]
fn who_has_a_retired_machines_key_says_nothing_new() {
    let (mut world, new) = two_machines(2);
    let doc = world.practice(OLD, "Walk to school", "network");
    world.settle();
    retire(&mut world, new);
    let network = world.show_network(NEIGHBOR).network;
    let thief = world.keys(OLD).clone();
    for (seq, prev) in [(1, Hash(doc.0)), (2, Hash(doc.0))] {
        let header = Header {
            v: 1,
            network,
            by: thief.node_key(),
            doc: Some(doc),
            birth: None,
            seq,
            prevs: vec![prev],
            audience: protocol::audience::Audience::Private,
            editors: Default::default(),
            tags: vec![],
            superseded_by: None,
            deleted: true,
        };
        let headers = vec![Verified::sign(header, &thief.node()).signed().clone()];
        bait(&mut world, new, NEIGHBOR, doc, vec![]);
        give(&mut world, new, NEIGHBOR, doc, |give| give.headers = headers);
        world.settle();
    }
    world.restart(new);
    world.settle();
    for at in [NEIGHBOR, new] {
        assert_eq!(world.titles(at), ["Walk to school"]);
    }
}
