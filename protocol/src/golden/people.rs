//! Keys and the ids made of them; rosters, grants, addresses, tickets.

use crate::{
    audience,
    engine::ticket_id,
    envelope::actor,
    identity::{DocId, Hash, Keys, MemberId, MemberKey, NetworkId, NodeKey},
    roster::{Claim, Roster, RosterNode},
    rows::hash_of_all,
    signed::{Signed, Verified},
    standing::{Address, Grant, ticket_proof},
    sync::network_tag,
    ticket::{Purpose, Ticket},
};

use super::{Book, derived, key};

/// A network of which only the id matters.
pub(super) const NETWORK: NetworkId = NetworkId([0xa1; 32]);
/// A document of which only the id matters.
pub(super) const DOC: DocId = DocId([0xd1; 32]);
/// Nonces of the two ends of a session.
pub(super) const NONCES: [[u8; 32]; 2] = [[0xe1; 32], [0xe2; 32]];

pub(super) fn member_key(n: u8) -> MemberKey {
    MemberKey(key(n).verifying_key().to_bytes())
}

pub(super) fn node_key(n: u8) -> NodeKey {
    NodeKey(key(n + 10).verifying_key().to_bytes())
}

pub(super) fn member(n: u8) -> MemberId {
    MemberId::new(NETWORK, member_key(n))
}

pub(super) fn write(book: &mut Book) {
    ids(book);
    rosters(book);
    partners(book);
    tickets(book);
}

fn ids(book: &mut Book) {
    book.title(
        "Keys and ids. The network here is 32 bytes a1, the document 32 bytes d1, the nonces 32 bytes e1 and e2",
    );
    book.bytes("member_key.1", &member_key(1).0);
    book.bytes("node_key.1", &node_key(1).0);
    book.bytes("node_key.2", &node_key(2).0);
    book.text("member_key.1.words", &Keys::new([1; 32], [11; 32]).words());
    book.text("member_key.1", &member_key(1).to_string());

    let id = member(1);
    assert_eq!(id.0, derived("commonweal 1 member id", &[&NETWORK.0, &member_key(1).0]).0);
    book.bytes("member_id.1", &id.0);
    for lane in [0, 15] {
        let actor = actor(&DOC, &node_key(1), lane);
        assert_eq!(actor, derived("commonweal 1 actor", &[&DOC.0, &node_key(1).0, &[lane]]).0[..16]);
        book.bytes(&format!("actor.lane_{lane}"), &actor);
    }
    let tag = audience::tag(&DOC, &id);
    assert_eq!(tag, derived("commonweal 1 named partner", &[&DOC.0, &id.0]));
    book.bytes("audience_tag", &tag.0);
    let [ours, theirs] = NONCES;
    for (name, nonces, from, to) in [("1_to_2", (ours, theirs), 1, 2), ("2_to_1", (theirs, ours), 2, 1)] {
        let (from, to) = (node_key(from), node_key(to));
        let tag = network_tag(&nonces.0, &nonces.1, &from, &to, &NETWORK);
        let parts: [&[u8]; 5] = [&nonces.0, &nonces.1, &from.0, &to.0, &NETWORK.0];
        assert_eq!(tag.0, derived("commonweal 1 network tag", &parts).0[..16]);
        book.bytes(&format!("network_tag.{name}"), &tag.0);
    }
    book.bytes("gossip_hash.nothing", &hash_of_all([].iter()).0);
    book.bytes(
        "gossip_hash.of_22_11_22",
        &hash_of_all([Hash([0x22; 32]), Hash([0x11; 32]), Hash([0x22; 32])].iter()).0,
    );
}

fn claim(node: u8) -> Verified<Claim> {
    let claim = Claim { v: 1, network: NETWORK, member: member(1), node: node_key(node) };
    Verified::sign(claim, &key(node + 10))
}

pub(super) fn roster() -> Signed<Roster> {
    let node = |n, name: &str| RosterNode { key: node_key(n), name: name.into(), claim: claim(n).signed().clone() };
    let nodes = vec![node(1, "server"), node(2, "laptop")];
    let retired = vec![claim(3).signed().clone()];
    signed_roster(1, nodes, retired).signed().clone()
}

fn signed_roster(seq: u64, nodes: Vec<RosterNode>, retired: Vec<Signed<Claim>>) -> Verified<Roster> {
    let roster = Roster { v: 1, network: NETWORK, member: member(1), by: member_key(1), seq, nodes, retired };
    assert!(roster.is_sound());
    Verified::sign(roster, &key(1))
}

fn rosters(book: &mut Book) {
    book.title("Rosters, of member 1");
    book.signed("claim", &claim(1));
    book.signed("roster.empty", &signed_roster(0, vec![], vec![]));
    book.signed("roster", &roster().verify().unwrap());
}

fn granted(revoked: bool) -> Verified<Grant> {
    let grant = Grant {
        v: 1,
        network: NETWORK,
        owner: member(1),
        by: node_key(1),
        partner: member_key(9),
        name: "Lakeside".into(),
        seq: u64::from(revoked),
        until: 1_800_000_000_000,
        revoked,
    };
    Verified::sign(grant, &key(11))
}

pub(super) fn grant() -> Signed<Grant> {
    granted(false).signed().clone()
}

fn addresses(addresses: Vec<String>) -> Verified<Address> {
    Verified::sign(Address { v: 1, network: NETWORK, node: node_key(1), seq: 1_700_000_000_000, addresses }, &key(11))
}

pub(super) fn address() -> Signed<Address> {
    addresses(vec!["/ip4/192.0.2.1/tcp/7447".into(), "/dns/riverside.example/tcp/7447".into()]).signed().clone()
}

fn partners(book: &mut Book) {
    book.title("A grant of member 1 to member key 9, and where node 1 listens");
    book.signed("grant", &granted(false));
    book.signed("grant.revoked", &granted(true));
    book.signed("address", &address().verify().unwrap());
    book.signed("address.none", &addresses(vec![]));
}

fn ticket(purpose: Purpose, addresses: Vec<String>) -> Ticket {
    Ticket {
        v: 1,
        purpose,
        network: NETWORK,
        charter: Hash([0xc1; 32]),
        from: member_key(1),
        node: node_key(1),
        addresses,
        secret: [0x51; 16],
        until: 1_800_000_000_000,
    }
}

/// The ticket's id, and the proof that node 2 shows to node 1.
pub(super) fn ticket_shown() -> (Hash, Hash) {
    let secret_hash = ticket(Purpose::Join, vec![]).secret_hash();
    let [theirs, ours] = NONCES;
    (ticket_id(&secret_hash), ticket_proof(&secret_hash, &ours, &theirs, &node_key(2), &node_key(1)))
}

fn tickets(book: &mut Book) {
    book.title("Tickets; node 2, whose nonce is e2, shows the proof to node 1");
    let join = ticket(Purpose::Join, vec!["/ip4/192.0.2.1/tcp/7447".into()]);
    let partner = ticket(Purpose::Partner, vec![]);
    for (name, ticket) in [("ticket.join", join), ("ticket.partner", partner)] {
        let text = ticket.to_text();
        assert_eq!(Ticket::parse(&text).as_ref(), Ok(&ticket));
        book.value(name, &ticket);
        book.text(name, &text);
    }
    let secret_hash = ticket(Purpose::Join, vec![]).secret_hash();
    assert_eq!(secret_hash, derived("commonweal 1 ticket secret", &[&[0x51; 16]]));
    book.bytes("ticket.secret_hash", &secret_hash.0);
    let (id, proof) = ticket_shown();
    assert_eq!(id, derived("commonweal 1 ticket id", &[&secret_hash.0]));
    book.bytes("ticket.id", &id.0);
    let parts: [&[u8]; 5] = [&secret_hash.0, &NONCES[1], &NONCES[0], &node_key(2).0, &node_key(1).0];
    assert_eq!(proof, derived("commonweal 1 ticket proof", &parts));
    book.bytes("ticket.proof", &proof.0);
}
