//! The charter's entries, votes and certificates, and what comes before a vote.

use crate::{
    charter::{
        Application, Certificate, Closing, Draft, Entry, Link, Member, Proposal, VERSION, Vote, found, genesis, step,
    },
    format,
    identity::{Hash, MemberId, NetworkId},
    signed::{Signed, Verified},
};

use super::{
    Book, key,
    people::{member_key, node_key, ticket_shown},
};

/// The first entry of `n` stewards of whom `k` decide.
fn first(n: u8, k: u32) -> Entry {
    let mut entry =
        found("Riverside", "We grow food together.", "Be kind.", "Steward 1", member_key(1), [7; 16]).unwrap();
    for n in 2..=n {
        let key = member_key(n);
        entry.members.push(Member { first: key, name: format!("Steward {n}"), key, since: 0 });
        entry.stewards.push(key);
    }
    entry.k = k;
    entry
}

fn founding(entry: &Entry, by: u8) -> Verified<Vote> {
    Verified::sign(Vote::founding(&entry.bytes(), member_key(by)), &key(by))
}

fn network(n: u8, k: u32) -> Link {
    let entry = first(n, k);
    let approvals = (1..=n).map(|by| founding(&entry, by).signed().clone()).collect();
    genesis(Certificate { entry: entry.bytes(), approvals }).unwrap()
}

fn vote(head: &Link, entry: &Entry, approve: bool, closed: Vec<Closing>, by: u8) -> Verified<Vote> {
    Verified::sign(Vote::on(head, Hash::of(&entry.bytes()), approve, closed, member_key(by)), &key(by))
}

fn renamed(head: &Link, name: &str) -> Entry {
    Draft::on(head).name(name).entry().unwrap()
}

/// A small network for messages: its only steward carried a new name.
pub(super) fn certificates() -> Vec<Certificate> {
    let head = network(1, 1);
    let entry = renamed(&head, "Valley");
    let approvals = vec![vote(&head, &entry, true, vec![], 1).signed().clone()];
    let next = step(&head, Certificate { entry: entry.bytes(), approvals }).unwrap();
    vec![head.certificate().clone(), next.certificate().clone()]
}

pub(super) fn rejection() -> Signed<Vote> {
    let head = network(1, 1);
    vote(&head, &renamed(&head, "Riverside 1"), false, vec![], 1).signed().clone()
}

pub(super) fn proposal() -> Signed<Proposal> {
    let head = network(1, 1);
    let proposal = Proposal::on(&head, &renamed(&head, "Riverside 1"), member_key(1), "It is better.");
    Verified::sign(proposal, &key(1)).signed().clone()
}

fn applying(place: &str) -> Verified<Application> {
    let head = network(1, 1);
    let application = Application {
        v: VERSION,
        network: head.network(),
        name: "Lakeside".into(),
        place: place.into(),
        member: member_key(9),
        node: node_key(9),
        ticket: ticket_shown().0,
        charter: head.hash(),
    };
    Verified::sign(application, &key(9))
}

pub(super) fn application() -> Signed<Application> {
    applying("By the lake").signed().clone()
}

pub(super) fn write(book: &mut Book) {
    entries(book);
    votes(book);
    book.title("Before a vote: in the network of `entry.alone`");
    book.signed("proposal", &proposal().verify().unwrap());
    book.signed("application", &application().verify().unwrap());
    book.signed("application.no_place", &applying(""));
}

fn entry(book: &mut Book, name: &str, entry: &Entry) {
    assert_eq!(Entry::read(&entry.bytes()).as_ref(), Ok(entry), "{name}");
    book.bytes(name, &entry.bytes());
}

fn entries(book: &mut Book) {
    book.title("Charter entries: one steward alone; three of whom two decide; what may follow those");
    entry(book, "entry.alone", &first(1, 1));
    let mut continued = first(1, 1);
    continued.continues = Some(NetworkId([0xa2; 32]));
    continued.review_by = Some("2027-03-31".into());
    entry(book, "entry.alone.continues", &continued);

    let head = network(3, 2);
    entry(book, "entry.three", head.entry());
    book.bytes("network_id.three", &head.network().0);
    book.bytes("member_id.three.2", &MemberId::new(head.network(), member_key(2)).0);
    let id = |n| MemberId::new(head.network(), member_key(n));
    let draft = Draft::on(&head).admit("Lakeside", member_key(9)).rekey(id(2), member_key(42)).unwrap();
    let next = draft.remove(id(3)).unwrap().review_by(Some("2027-03-31")).entry().unwrap();
    entry(book, "entry.three.next", &next);
    book.bytes("entry.three.next.hash", &Hash::of(&next.bytes()).0);
    entry(book, "entry.three.renamed", &Draft::on(&head).name("Valley").nonce([5; 16]).entry().unwrap());
}

fn certificate(book: &mut Book, name: &str, certificate: &Certificate) {
    assert_eq!(Certificate::read(&certificate.bytes()).as_ref(), Ok(certificate), "{name}");
    assert_eq!(format::encode(certificate), certificate.bytes());
    book.bytes(name, &certificate.bytes());
}

fn votes(book: &mut Book) {
    book.title(
        "Votes and certificates: of `entry.alone`; and after `entry.three`, where 2 and 3 turn a first name down",
    );
    book.signed("vote.founding", &founding(&first(1, 1), 1));
    book.signed("vote.reject", &rejection().verify().unwrap());
    let [alone, next] = certificates().try_into().unwrap();
    certificate(book, "certificate.alone", &alone);
    certificate(book, "certificate.alone.next", &next);

    let head = network(3, 2);
    let (closed, open) = (renamed(&head, "Riverside 1"), renamed(&head, "Riverside 2"));
    let rejections = [2, 3].map(|by| vote(&head, &closed, false, vec![], by).signed().clone()).to_vec();
    let closing = Closing { entry: Hash::of(&closed.bytes()), rejections };
    book.value("closing", &closing);
    let votes = [vote(&head, &open, true, vec![closing], 1), vote(&head, &open, true, vec![], 2)];
    book.signed("vote.approve", &votes[1]);
    book.signed("vote.approve.after_closing", &votes[0]);
    let approvals = votes.iter().map(|v| v.signed().clone()).collect();
    let link = step(&head, Certificate { entry: open.bytes(), approvals }).unwrap();
    certificate(book, "certificate.three.next", link.certificate());
}
