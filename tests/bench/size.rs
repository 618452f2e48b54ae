//! What a network costs each of its nodes as it grows: `size 30 100 300 1000`.
//!
//! For each number of nodes, who is connected with whom in two ways: everybody with everybody, as nodes do today (up to
//! 100 of them: beyond, one machine cannot hold all those streams), and each with twelve of the others by chance. One node
//! writes a record of about 1 KB, then edits it; then a day passes in which nothing happens. In the end two nodes with
//! 1,000 and 10,000 records have such a day: what many records cost need not be asked of many nodes, of which no machine
//! could hold them all.

use std::{cell::RefCell, collections::BTreeSet, rc::Rc, time::Instant};

use harness::{
    crowd::{Way, crowd, mesh, some},
    world::World,
};
use protocol::limits::AUDIT_MS;
use serde_json::json;

/// How many others each node dials in the second way.
const DIALED: usize = 12;
/// More nodes than this are not connected with everybody here.
const MESH: usize = 100;

fn main() {
    let sizes: Vec<usize> = std::env::args().skip(1).map(|word| word.parse().expect("a number of nodes")).collect();
    println!(
        "{:>6} {:>12} {:>11} {:>6} {:>13} {:>13} {:>15} {:>15} {:>8}",
        "nodes",
        "connected",
        "links/node",
        "hops",
        "copies/node",
        "offers/node",
        "bytes/edit/node",
        "bytes/day/node",
        "seconds"
    );
    for nodes in if sizes.is_empty() { vec![30, 100, 300, 1000] } else { sizes } {
        if nodes <= MESH {
            measure(nodes, "everybody", &mesh(nodes));
        }
        if nodes > 32 {
            measure(nodes, "twelve each", &some(nodes, DIALED));
        }
    }
    [1_000, 10_000].into_iter().for_each(records);
}

/// A day of two nodes that hold so many records.
fn records(records: usize) {
    let mut world = crowd(1, 2);
    world.link(0, 1);
    world.settle();
    for n in 0..records {
        world.practice(0, &format!("Practice {n}"), "network");
        world.settle();
    }
    println!("two nodes, {records} records: {} bytes/day/node", a_day(&mut world, 2) / 2);
}

fn measure(nodes: usize, who: &str, pairs: &BTreeSet<(usize, usize)>) {
    let begun = Instant::now();
    let mut world = crowd(1, nodes);
    world.only(pairs);
    pairs.iter().for_each(|(a, b)| world.link(*a, *b));
    world.settle();
    let doc = Rc::new(RefCell::new(None));
    let text = ["What we do, and why we do it."; 30].join(" ");
    let id = world.practice(0, "Walk to school", "network");
    *doc.borrow_mut() = Some(id);
    world.settle();
    let (way, before) = (world.follow(0, doc), world.bytes());
    world.set(0, id, &[("problem", json!(text))]).expect("it is its own");
    world.settle();
    let edit = world.bytes() - before;
    let reached = (0..nodes).filter(|at| world.show(*at, id).is_ok_and(|view| view.fields["problem"] == json!(text)));
    assert_eq!(reached.count(), nodes, "not everybody has it");
    let day = a_day(&mut world, pairs.len() * 2 / nodes);
    let (links, Way { hops, copies, offers }) = (pairs.len() * 2, way.take());
    println!(
        "{nodes:>6} {who:>12} {:>11} {:>6} {:>13.2} {:>13.2} {:>15} {:>15} {:>8}",
        links / nodes,
        hops.values().max().unwrap_or(&0),
        copies.values().sum::<usize>() as f64 / nodes as f64,
        offers.values().sum::<usize>() as f64 / nodes as f64,
        edit / nodes,
        day / nodes,
        begun.elapsed().as_secs()
    );
}

/// A day in which nobody does anything: every peer is compared with once, one a tick.
fn a_day(world: &mut World, links: usize) -> usize {
    let before = world.bytes();
    world.now += AUDIT_MS + 60_000;
    for _ in 0..links * 2 {
        world.wait(1_000);
        world.settle();
    }
    world.bytes() - before
}
