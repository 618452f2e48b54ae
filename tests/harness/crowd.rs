//! Networks of hundreds of nodes that all know each other already, and how an edit goes through them.
//!
//! Nobody is invited one by one: charter, rosters and addresses are written as if all that had happened. From there on
//! everything is the very engine and its messages.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use protocol::{
    charter::{Certificate, Charter, Link, Vote, step},
    format::encode,
    identity::{DocId, Hash, Keys, MemberId, NetworkId},
    limits::MEMBERS,
    message::Message,
    roster::{Claim, Roster, RosterNode},
    signed::Verified,
    standing::Address,
    store::{Memory, Op, Read, Store, Table},
};

use crate::world::{World, address};

/// How an edit went through a network.
#[derive(Debug, Default)]
pub struct Way {
    /// After how many steps from its author each node had it.
    pub hops: BTreeMap<usize, usize>,
    /// How often its text came to each node.
    pub copies: BTreeMap<usize, usize>,
    /// How often it was offered to each node.
    pub offers: BTreeMap<usize, usize>,
}

fn keys(at: usize, members: usize) -> Keys {
    let seed = |what: &str, of: usize| Hash::of(format!("crowd {what} {of}").as_bytes()).0;
    Keys::new(seed("member", at % members), seed("node", at))
}

/// So many nodes of at most as many members as a charter names, who all know each other and are not yet connected.
pub fn crowd(seed: u64, nodes: usize) -> World {
    let members = nodes.min(MEMBERS);
    let mut world = World::new(seed);
    let first = world.node_with("Riverside", keys(0, members));
    world.found(first, "Valley Network");
    let rows = known_to_all(world.store(first), nodes, members);
    for at in 1..nodes {
        let mine = keys(at, members);
        world.machine(format!("Node {at}"), mine, rows.clone());
    }
    world.replace(first, rows);
    world
}

fn known_to_all(founded: &Memory, nodes: usize, members: usize) -> Memory {
    let mut rows = founded.clone();
    let all = rows.scan(Table::Charter, &[], &[], 1).unwrap();
    let genesis = Link::recall(Certificate::read(&all[0].1).unwrap()).unwrap();
    let charter = Charter::new(genesis.clone());
    let mut draft = charter.draft();
    for member in 1..members {
        draft = draft.admit(&format!("Group {member}"), keys(member, members).member_key());
    }
    let entry = draft.entry().unwrap().bytes();
    let founder = keys(0, members);
    let vote = Vote::on(&genesis, Hash::of(&entry), true, vec![], founder.member_key());
    let approvals = vec![Verified::sign(vote, &founder.member()).signed().clone()];
    let link = step(&genesis, Certificate { entry, approvals }).unwrap();
    let network = genesis.network();
    let at_one = [&network.0[..], &1u64.to_be_bytes()].concat();
    let mut ops = vec![Op::Put(Table::Charter, at_one, link.certificate().bytes())];
    ops.extend((0..members).map(|member| roster(network, member, nodes, members)));
    ops.extend((0..nodes).map(|at| listens(network, at, members)));
    rows.apply(ops, true).unwrap();
    rows
}

fn roster(network: NetworkId, member: usize, nodes: usize, members: usize) -> Op {
    let own = keys(member, members);
    let id = MemberId::new(network, own.member_key());
    let node = |at: usize| {
        let key = keys(at, members);
        let claim = Claim { v: 1, network, member: id, node: key.node_key() };
        let claim = Verified::sign(claim, &key.node()).signed().clone();
        RosterNode { key: key.node_key(), name: "server".into(), claim }
    };
    let nodes = (member..nodes).step_by(members).map(node).collect();
    let roster = Roster { v: 1, network, member: id, by: own.member_key(), seq: 9, nodes, retired: vec![] };
    let row = [network.0, id.0].concat();
    Op::Put(Table::Roster, row, encode(Verified::sign(roster, &own.member()).signed()))
}

fn listens(network: NetworkId, at: usize, members: usize) -> Op {
    let own = keys(at, members);
    let listens = Address { v: 1, network, node: own.node_key(), seq: 1, addresses: vec![address(at)] };
    let row = [network.0, own.node_key().0].concat();
    Op::Put(Table::Address, row, encode(Verified::sign(listens, &own.node()).signed()))
}

/// Everybody with everybody: what every node does today.
pub fn mesh(nodes: usize) -> BTreeSet<(usize, usize)> {
    (0..nodes).flat_map(|a| (0..a).map(move |b| (b, a))).collect()
}

/// Each with so many of the others, by chance; up to 32 nodes, with all.
pub fn some(nodes: usize, each: usize) -> BTreeSet<(usize, usize)> {
    if nodes <= 32 {
        return mesh(nodes);
    }
    let draw = |at: usize, n: usize| Hash::of(format!("{at} dials {n}").as_bytes()).0;
    let mut pairs = BTreeSet::new();
    for at in 0..nodes {
        let mut n = 0;
        let mut dialed = BTreeSet::new();
        while dialed.len() < each {
            n += 1;
            let other = draw(at, n)[..8].iter().fold(0, |sum: u64, byte| sum << 8 | u64::from(*byte)) as usize % nodes;
            if other != at && dialed.insert(other) {
                pairs.insert((at.min(other), at.max(other)));
            }
        }
    }
    pairs
}

impl World {
    /// Writes down how the texts of one document go from node to node, from now on.
    pub fn follow(&mut self, author: usize, doc: Rc<RefCell<Option<DocId>>>) -> Rc<RefCell<Way>> {
        let way = Rc::new(RefCell::new(Way::default()));
        way.borrow_mut().hops.insert(author, 0);
        let seen = way.clone();
        self.watcher = Some(Rc::new(move |_: &World, from, to, message: &Message| {
            let mut way = seen.borrow_mut();
            let is_it = |other: &DocId| doc.borrow().is_none_or(|doc| doc == *other);
            match message {
                Message::Offer(offer) if offer.items.iter().any(|item| is_it(&item.doc)) => {
                    *way.offers.entry(to).or_default() += 1;
                }
                Message::Give(give) if is_it(&give.doc) && !give.envelopes.is_empty() => {
                    *way.copies.entry(to).or_default() += 1;
                    let hops = way.hops.get(&from).map_or(usize::MAX, |hops| hops + 1);
                    let known = way.hops.entry(to).or_insert(hops);
                    *known = hops.min(*known);
                }
                _ => {}
            }
        }));
        way
    }

    /// All bytes that were ever sent.
    pub fn bytes(&self) -> usize {
        self.heard.values().map(Vec::len).sum()
    }
}
