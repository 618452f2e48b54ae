//! Signed papers that are forged, stale, or meant for somewhere else.

use protocol::{
    audience::Audience,
    charter::{Certificate, Entry, Link, Vote},
    document::{Birth, Editors, Header, Withdrawn},
    envelope::{Envelope, ForkProof},
    identity::{DocId, Hash, Keys, MemberId, NetworkId},
    message::{Bye, FeedHead, Gossip, Message},
    roster::{Claim, Roster},
    signed::{Signed, Verified},
    standing::Address,
    store::Table,
};

use super::{Attack, Ends, changes::titled};
use crate::{
    liar::{forged, resign, sign},
    mouth::{Mouth, Who},
};

const RULE: Ends = Ends::TurnedAway(Bye::Rule);

pub(super) const ALL: [Attack; 17] = [
    paper("forged_signature", "to put words into Hillside's mouth", forged_signature, RULE, "signed.rs: verify"),
    paper("altered_payload", "to change what Hillside wrote", altered_payload, RULE, "envelope.rs: is_sound"),
    paper(
        "another_document",
        "to have words of one record read in another",
        another_document,
        RULE,
        "engine/intake.rs: take_envelope",
    ),
    paper(
        "another_network",
        "to bring in what was signed for another network",
        another_network,
        RULE,
        "engine/intake.rs: take_header",
    ),
    paper(
        "header_of_another",
        "to open Hillside's record to its own edits",
        header_of_another,
        Ends::Ignored,
        "engine/intake.rs: take_header",
    ),
    paper(
        "stale_header",
        "to edit a record that it once might edit",
        stale_header,
        Ends::Ignored,
        "document.rs: terms",
    ),
    paper(
        "edit_without_leave",
        "to edit a record that it may only read",
        edit_without_leave,
        Ends::Ignored,
        "counts.rs: counting",
    ),
    paper(
        "equivocation",
        "to tell each neighbor something else",
        equivocation,
        Ends::Ignored,
        "engine/intake.rs: already",
    ),
    paper(
        "forged_fork_proof",
        "to have Hillside's work dropped, by a proof that it lied",
        forged_fork_proof,
        RULE,
        "envelope.rs: place",
    ),
    paper(
        "fork_of_one_head",
        "the same, with one honest head shown twice",
        fork_of_one_head,
        RULE,
        "envelope.rs: place",
    ),
    paper(
        "forks_by_throwaway_keys",
        "to fill a record with feeds until nobody can write in it",
        forks_by_throwaway_keys,
        Ends::Ignored,
        "engine/intake.rs: take_fork",
    ),
    paper(
        "forged_withdrawal",
        "to have Riverside pass Hillside's record on to nobody",
        forged_withdrawal,
        Ends::Ignored,
        "sync/take.rs: on_ends",
    ),
    paper(
        "roster_with_a_neighbors_node",
        "to have Hillside's node taken for retired",
        roster_with_a_neighbors_node,
        Ends::Ignored,
        "roster.rs: is_sound",
    ),
    paper(
        "forged_address",
        "to have Hillside looked for in the wrong place",
        forged_address,
        RULE,
        "signed.rs: verify",
    ),
    paper(
        "forged_certificate",
        "to rename the network alone",
        forged_certificate,
        Ends::Ignored,
        "charter/chain.rs: enough",
    ),
    paper(
        "charter_of_the_future",
        "to have every node wait for a version that never comes",
        charter_of_the_future,
        Ends::Ignored,
        "charter/chain.rs: step",
    ),
    paper(
        "another_history",
        "to put a network of its own in the place of this one",
        another_history,
        Ends::Ignored,
        "engine/chain.rs: fork_with",
    ),
];

const fn paper(
    name: &'static str,
    wants: &'static str,
    deed: fn(&mut dyn Mouth) -> Result<(), String>,
    ends: Ends,
    defence: &'static str,
) -> Attack {
    Attack { name, wants, who: Who::Member, deed, ends, defence }
}

/// Has Riverside ask for a document, and gives it these envelopes.
fn slip_in(mouth: &mut dyn Mouth, doc: DocId, headers: Vec<Signed<Header>>, envelopes: Vec<Envelope>) {
    let feeds = vec![FeedHead { feed: mouth.keys().node_key(), seq: 1, hash: Hash([8; 32]) }];
    mouth.bait(doc, feeds, vec![]);
    mouth.hear(Some(
        &move |message| matches!(message, Message::Want(_, items) if items.iter().any(|one| one.doc == doc)),
    ));
    mouth.give(doc, |give| (give.headers, give.envelopes) = (headers, envelopes));
}

/// Hillside's last envelope in a document.
fn genuine(mouth: &dyn Mouth, doc: DocId) -> Envelope {
    let head = mouth.last_head(doc, mouth.scene().hillside).unwrap();
    let payload = mouth.payload(&head);
    Envelope { head: head.signed().clone(), payload }
}

fn forged_signature(mouth: &mut dyn Mouth) -> Result<(), String> {
    let scene = mouth.scene();
    let envelope = titled(mouth, scene.open, scene.network);
    let head = forged(&envelope.head, &mouth.keys().node_key().0, &scene.hillside.0);
    slip_in(mouth, scene.open, vec![], vec![Envelope { head, ..envelope }]);
    Ok(())
}

fn altered_payload(mouth: &mut dyn Mouth) -> Result<(), String> {
    let open = mouth.scene().open;
    let mut envelope = genuine(mouth, open);
    *envelope.payload.last_mut().unwrap() ^= 1;
    slip_in(mouth, open, vec![], vec![envelope]);
    Ok(())
}

fn another_document(mouth: &mut dyn Mouth) -> Result<(), String> {
    let scene = mouth.scene();
    let envelope = titled(mouth, scene.open, scene.network);
    slip_in(mouth, scene.theirs, vec![], vec![envelope]);
    Ok(())
}

/// A whole record of its own, made for a network that it may have founded for the purpose.
fn another_network(mouth: &mut dyn Mouth) -> Result<(), String> {
    let (keys, network) = (mouth.keys(), NetworkId(Hash::of(b"elsewhere").0));
    let owner = MemberId::new(mouth.scene().network, keys.member_key());
    let header = Header {
        v: 1,
        network,
        by: keys.node_key(),
        doc: None,
        birth: Some(Birth { kind: "practice".into(), owner, nonce: [3; 16] }),
        seq: 0,
        prevs: vec![],
        audience: Audience::Network,
        editors: Editors::Owner,
        tags: vec![],
        superseded_by: None,
        deleted: false,
    };
    let header = Verified::sign(header, &keys.node());
    let doc = DocId(header.hash().0);
    let envelope = titled(mouth, doc, network);
    slip_in(mouth, doc, vec![header.signed().clone()], vec![envelope]);
    Ok(())
}

/// The newest header of a document that its engine keeps.
fn header(mouth: &dyn Mouth, doc: DocId) -> Verified<Header> {
    mouth.kept::<Header>(Table::Header, &doc.0).into_iter().max_by_key(|header| header.seq).unwrap()
}

fn header_of_another(mouth: &mut dyn Mouth) -> Result<(), String> {
    let (scene, keys) = (mouth.scene(), mouth.keys());
    let (theirs, now) = (scene.theirs, header(mouth, scene.theirs));
    let (prevs, seq, by) = (vec![now.hash()], now.seq + 1, keys.node_key());
    let open = Header { by, doc: Some(theirs), birth: None, seq, prevs, editors: Editors::Members, ..(*now).clone() };
    let open = Verified::sign(open, &keys.node()).signed().clone();
    let envelope = titled(mouth, theirs, scene.network);
    slip_in(mouth, theirs, vec![open], vec![envelope]);
    Ok(())
}

/// Riverside's record was open to all members at first, and is no longer.
fn stale_header(mouth: &mut dyn Mouth) -> Result<(), String> {
    let scene = mouth.scene();
    let all = mouth.kept::<Header>(Table::Header, &scene.closed.0);
    let stale = all.iter().find(|header| header.birth.is_some()).unwrap().signed().clone();
    let envelope = titled(mouth, scene.closed, scene.network);
    slip_in(mouth, scene.closed, vec![stale], vec![envelope]);
    Ok(())
}

fn edit_without_leave(mouth: &mut dyn Mouth) -> Result<(), String> {
    let scene = mouth.scene();
    let envelope = titled(mouth, scene.theirs, scene.network);
    slip_in(mouth, scene.theirs, vec![], vec![envelope]);
    Ok(())
}

fn equivocation(mouth: &mut dyn Mouth) -> Result<(), String> {
    let (scene, keys) = (mouth.scene(), mouth.keys());
    let one = titled(mouth, scene.open, scene.network);
    let other = resign(&keys, &one, |head, _| head.claimed_at += 1);
    slip_in(mouth, scene.open, vec![], vec![one, other]);
    Ok(())
}

/// Has Riverside ask for a document, and gives it these proofs.
fn accuse(mouth: &mut dyn Mouth, doc: DocId, forks: Vec<ForkProof>) {
    let hillside = mouth.scene().hillside;
    mouth.bait(doc, vec![], vec![(hillside, 1)]);
    mouth.hear(Some(&|message| matches!(message, Message::Want(..))));
    mouth.give(doc, |give| give.forks = forks);
}

fn forged_fork_proof(mouth: &mut dyn Mouth) -> Result<(), String> {
    let open = mouth.scene().open;
    let one = genuine(mouth, open);
    let other = forged(&one.head, &Hash::of(&one.payload).0, &[7; 32]);
    accuse(mouth, open, vec![ForkProof { one: one.head, other }]);
    Ok(())
}

fn fork_of_one_head(mouth: &mut dyn Mouth) -> Result<(), String> {
    let open = mouth.scene().open;
    let Envelope { head, .. } = genuine(mouth, open);
    accuse(mouth, open, vec![ForkProof { one: head.clone(), other: head }]);
    Ok(())
}

/// Keys cost nothing: five hundred of them, each with proof that it forked, and each with an edit.
fn forks_by_throwaway_keys(mouth: &mut dyn Mouth) -> Result<(), String> {
    let scene = mouth.scene();
    for batch in 0..2u8 {
        let proofs = (0..250u8).map(|n| {
            let keys = Keys::new([1; 32], Hash::of(&[batch, n]).0);
            let of = |mark: u8| sign(&keys, scene.network, scene.open, 1, Hash::default(), vec![mark]).head;
            ForkProof { one: of(1), other: of(2) }
        });
        accuse(mouth, scene.open, proofs.collect());
        let junk = (0..250u8).map(|n| {
            let keys = Keys::new([1; 32], Hash::of(&[batch, n]).0);
            sign(&keys, scene.network, scene.open, 1, Hash::default(), vec![1])
        });
        slip_in(mouth, scene.open, vec![], junk.collect());
    }
    Ok(())
}

fn forged_withdrawal(mouth: &mut dyn Mouth) -> Result<(), String> {
    let (scene, keys) = (mouth.scene(), mouth.keys());
    let end = Withdrawn { v: 1, network: scene.network, by: keys.node_key(), doc: scene.theirs, seq: 99 };
    mouth.say(&Message::Ends(scene.network, vec![Verified::sign(end, &keys.node()).signed().clone()]));
    Ok(())
}

/// Its own list of nodes, with Hillside's among those retired: signed, as well as it can.
fn roster_with_a_neighbors_node(mouth: &mut dyn Mouth) -> Result<(), String> {
    let (scene, keys) = (mouth.scene(), mouth.keys());
    let me = MemberId::new(scene.network, keys.member_key());
    let own = mouth.kept::<Roster>(Table::Roster, &scene.network.0).into_iter().find(|one| one.member == me).unwrap();
    let claim = Claim { v: 1, network: scene.network, member: me, node: keys.node_key() };
    let claim = forged(Verified::sign(claim, &keys.node()).signed(), &keys.node_key().0, &scene.hillside.0);
    let roster = Roster { seq: own.seq + 1, retired: vec![claim], ..(*own).clone() };
    let mut gossip = Gossip::new(scene.network);
    gossip.rosters.push(Verified::sign(roster, &keys.member()).signed().clone());
    mouth.say(&Message::Gossip(Box::new(gossip)));
    Ok(())
}

fn forged_address(mouth: &mut dyn Mouth) -> Result<(), String> {
    let (scene, keys) = (mouth.scene(), mouth.keys());
    let addresses = vec!["/ip4/192.0.2.1/tcp/1".to_owned()];
    let address = Address { v: 1, network: scene.network, node: keys.node_key(), seq: u64::MAX, addresses };
    let mut gossip = Gossip::new(scene.network);
    gossip.addresses.push(forged(
        Verified::sign(address, &keys.node()).signed(),
        &keys.node_key().0,
        &scene.hillside.0,
    ));
    mouth.say(&Message::Gossip(Box::new(gossip)));
    Ok(())
}

/// What would follow the head of the charter, and the network is called otherwise in it; approved by itself alone.
fn next_entry(mouth: &mut dyn Mouth, change: impl FnOnce(&mut Entry)) {
    let (scene, keys) = (mouth.scene(), mouth.keys());
    let rows = mouth.rows(Table::Charter, &scene.network.0);
    let head = Link::recall(Certificate::read(rows.last().unwrap()).unwrap()).unwrap();
    let mut entry = head.entry().clone();
    (entry.seq, entry.prev, entry.name) = (entry.seq + 1, head.hash(), "Forged".into());
    change(&mut entry);
    let entry = entry.bytes();
    let vote = Vote::on(&head, Hash::of(&entry), true, vec![], keys.member_key());
    let approvals = vec![Verified::sign(vote, &keys.member()).signed().clone()];
    mouth.say(&Message::Charter(scene.network, vec![Certificate { entry, approvals }]));
}

fn forged_certificate(mouth: &mut dyn Mouth) -> Result<(), String> {
    next_entry(mouth, |_| {});
    Ok(())
}

fn charter_of_the_future(mouth: &mut dyn Mouth) -> Result<(), String> {
    next_entry(mouth, |entry| (entry.v, entry.min_reader) = (99, 99));
    Ok(())
}

fn another_history(mouth: &mut dyn Mouth) -> Result<(), String> {
    let (scene, keys) = (mouth.scene(), mouth.keys());
    let entry = protocol::charter::found("Forged", "", "", "Lakeside", keys.member_key(), [9; 16]).unwrap().bytes();
    let vote = Verified::sign(Vote::founding(&entry, keys.member_key()), &keys.member());
    let genesis = Certificate { entry, approvals: vec![vote.signed().clone()] };
    mouth.say(&Message::Charter(scene.network, vec![genesis]));
    Ok(())
}
