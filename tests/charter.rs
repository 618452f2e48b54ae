//! Founding, joining and removing, as whole networks see it.

use harness::{
    promises::{never_left, same_records},
    world::World,
};
use protocol::{
    charter::SigningRefusal,
    identity::{Hash, Keys},
    input::{Amendment, Request},
    refusal::Refusal,
    store::{Op, Read, Table},
    view::{Answer, AppointedView, ProposalView},
};
use serde_json::json;

fn propose(world: &mut World, at: usize, change: Amendment) -> ProposalView {
    match world.ask(at, Request::Propose { change, why: "we agreed so".into() }).unwrap() {
        Answer::Proposal(view) => *view,
        other => panic!("no proposal: {other:?}"),
    }
}

fn vote(world: &mut World, at: usize, proposal: &ProposalView, approve: bool) -> ProposalView {
    match world.ask(at, Request::Vote { proposal: proposal.id.to_string(), approve }).unwrap() {
        Answer::Proposal(view) => *view,
        other => panic!("no proposal: {other:?}"),
    }
}

fn names(world: &mut World, at: usize) -> Vec<String> {
    let mut names: Vec<String> = world.show_network(at).members.into_iter().map(|m| m.name).collect();
    names.sort();
    names
}

/// Riverside, Hillside and Lakeside, all stewards, two of whom must agree.
fn three_stewards(seed: u64) -> World {
    let mut world = World::network(seed, &["Riverside", "Hillside", "Lakeside"]);
    let all = ["Riverside", "Hillside", "Lakeside"].map(String::from).to_vec();
    let proposal = propose(&mut world, 0, Amendment::Stewards(all, None));
    world.settle();
    // Those it appoints must agree as well (V4). It once read "1 for, 1 needed", and did not carry.
    assert_eq!((proposal.approvals, proposal.needed, proposal.carried), (1, 1, false));
    assert_eq!(proposal.appointed, Some(AppointedView { approvals: 1, needed: 2 }));
    let carried = vote(&mut world, 1, &proposal, true);
    assert_eq!((carried.approvals, carried.needed, carried.carried), (2, 2, true));
    world.settle();
    assert_eq!(world.show_network(2).k, 2);
    world
}

#[test]
fn three_found_a_network_and_all_agree_on_it() {
    let mut world = three_stewards(1);
    for at in 0..3 {
        assert_eq!(names(&mut world, at), ["Hillside", "Lakeside", "Riverside"]);
        assert!(world.show_network(at).members.iter().all(|m| m.steward && m.nodes.len() == 1));
    }
    let heads: Vec<_> = (0..3).map(|at| world.show_network(at).head).collect();
    assert!(heads.windows(2).all(|w| w[0] == w[1]));
}

/// Its votes once read "2 of 2", for they were counted together, while one of those it appoints was still missing.
#[test]
fn the_votes_of_the_stewards_and_of_those_who_would_be_are_counted_apart() {
    let mut world = World::network(30, &["Riverside", "Hillside", "Lakeside"]);
    let others = ["Hillside", "Lakeside"].map(String::from).to_vec();
    let proposal = propose(&mut world, 0, Amendment::Stewards(others, Some(2)));
    world.settle();
    let waits = vote(&mut world, 1, &proposal, true);
    assert_eq!((waits.approvals, waits.needed, waits.carried), (1, 1, false));
    assert_eq!(waits.appointed, Some(AppointedView { approvals: 1, needed: 2 }));
    world.settle();
    assert!(vote(&mut world, 2, &proposal, true).carried);
}

#[test]
fn admission_takes_two_of_three_and_may_take_days() {
    let mut world = three_stewards(2);
    let newcomer = world.node("Seaside");
    let ticket = world.invite(2, false);
    world.ask(newcomer, Request::Join { ticket }).unwrap();
    world.settle();
    assert_eq!(names(&mut world, 0).len(), 3);
    world.cut(2, newcomer);
    world.wait(3 * 24 * 3_600_000);
    let proposals = world.show_network(0).proposals;
    assert_eq!(proposals.len(), 1);
    assert_eq!(proposals[0].changes, ["admit Seaside"]);
    vote(&mut world, 0, &proposals[0], true);
    world.settle();
    world.heal();
    assert_eq!(names(&mut world, newcomer), ["Hillside", "Lakeside", "Riverside", "Seaside"]);
    world.practice(0, "Welcome", "network");
    world.settle();
    assert_eq!(world.titles(newcomer), ["Welcome"]);
}

#[test]
fn a_removed_member_gets_nothing_new_and_its_work_stays() {
    let mut world = three_stewards(3);
    let doc = world.practice(2, "Lakeside's own", "network");
    let value = json!({ "title": "Shared plan", "summary": "We write it together." });
    let editors = protocol::input::EditorsAsk::Members;
    let audience = protocol::input::AudienceAsk::Network;
    let request = Request::Create { kind: "practice".into(), value, audience, editors };
    let Answer::Id { id: shared } = world.ask(0, request).unwrap() else { panic!("no id") };
    world.settle();
    world.set(2, shared, &[("problem", json!("Lakeside wrote this."))]).unwrap();
    world.settle();
    let proposal = propose(&mut world, 0, Amendment::Remove("Lakeside".into()));
    world.settle();
    vote(&mut world, 1, &proposal, true);
    world.settle();
    assert_eq!(names(&mut world, 0), ["Hillside", "Riverside"]);
    world.practice(0, "Canary after", "network");
    world.settle();
    world.heal();
    world.wait(60_000);
    world.settle();
    assert_eq!(world.titles(2), ["Lakeside's own", "Shared plan"]);
    for at in 0..2 {
        assert_eq!(world.titles(at), ["Canary after", "Lakeside's own", "Shared plan"]);
        assert_eq!(world.show(at, shared).unwrap().fields["problem"], "Lakeside wrote this.");
        assert!(world.show(at, doc).is_ok());
    }
    same_records(&mut world, &[0, 1]);
    let told: Vec<u8> = [(0, 2), (1, 2)].iter().flat_map(|p| world.heard.get(p).cloned().unwrap_or_default()).collect();
    assert!(!told.windows(6).any(|w| w == b"Canary"));
    assert!(world.status(2).trouble.contains(&Refusal::NoLongerMember), "{:?}", world.status(2));
    let _ = never_left;
}

#[test]
fn two_stewards_who_remove_each_other_leave_one_outcome() {
    for seed in 10..20 {
        let mut world = three_stewards(seed);
        let one = propose(&mut world, 0, Amendment::Remove("Hillside".into()));
        let other = propose(&mut world, 1, Amendment::Remove("Riverside".into()));
        world.settle();
        let pick = if world.roll(2) == 0 { &one } else { &other };
        vote(&mut world, 2, pick, true);
        world.settle();
        world.heal();
        let left = names(&mut world, 2);
        assert_eq!(left.len(), 2, "{left:?}");
        let seq = world.show_network(2).seq;
        for at in 0..2 {
            let view = world.show_network(at);
            assert!(view.trouble.is_none());
            assert_eq!(view.seq, seq, "everybody knows the outcome");
        }
    }
}

/// Riverside's machine is lost after it voted. The new one, made of the 24 words, cannot vote otherwise: that would fork
/// the charter in Riverside's name.
#[test]
fn what_a_lost_machine_voted_binds_the_new_one() {
    let mut world = three_stewards(8);
    world.cut(0, 2);
    let first = propose(&mut world, 0, Amendment::Remove("Lakeside".into()));
    let other = propose(&mut world, 2, Amendment::Remove("Hillside".into()));
    world.settle();
    world.cut(0, 1);
    let member = world.keys(0).member().to_bytes();
    let new = world.node_with("Riverside", Keys::new(member, Hash::of(b"new machine").0));
    world.cut(0, new);
    world.join(1, new);
    assert_eq!(world.show_network(new).standing, "member");
    let said = world.ask(new, Request::Vote { proposal: other.id.to_string(), approve: true }).unwrap_err();
    assert!(said.to_string().contains("you approved"), "{said}");
    let held = world.show_network(new).proposals.into_iter().find(|p| p.id == first.id).unwrap();
    assert_eq!(held.approvals, 1, "its vote stands");
}

/// The file of signed votes was cut exactly where a vote ends: by itself it is whole.
#[test]
fn who_lost_one_of_its_votes_does_not_vote_before_a_neighbor_confirms_the_charter() {
    let mut world = three_stewards(12);
    let member = world.keys(0).member().to_bytes();
    let twin = world.node_with("Riverside", Keys::new(member, Hash::of(b"other machine").0));
    world.join(1, twin);
    world.redial();
    world.settle();
    world.cut(0, 1);
    world.cut(0, 2);
    let mine = propose(&mut world, 0, Amendment::Remove("Lakeside".into()));
    let votes = world.store(0).scan(Table::SignedVote, &[], &[], usize::MAX >> 1).unwrap();
    let last = votes.into_iter().map(|(key, _)| key).find(|key| key.ends_with(&mine.id.0)).unwrap();
    world.tamper(0, vec![Op::Delete(Table::SignedVote, last)]);
    world.settle();
    // Its other machine may have forgotten the same.
    assert!(world.linked(0, twin));
    let again = Request::Vote { proposal: mine.id.to_string(), approve: false };
    assert_eq!(world.ask(0, again.clone()).unwrap_err(), Refusal::Signing(SigningRefusal::Unconfirmed));
    world.heal();
    let said = world.ask(0, again).unwrap_err();
    assert!(said.to_string().contains("a vote is final"), "its first vote still binds: {said}");
}

/// Hillside has nothing to do with Lakeside any more, and then Lakeside is removed: it must be able to read that.
#[test]
fn who_was_blocked_and_then_removed_hears_that_it_was() {
    let mut world = three_stewards(13);
    world.cut(0, 2);
    world.ask(1, Request::Block { member: "Lakeside".into() }).unwrap();
    let remove = propose(&mut world, 0, Amendment::Remove("Lakeside".into()));
    world.settle();
    vote(&mut world, 1, &remove, true);
    world.settle();
    world.redial();
    world.settle();
    assert_eq!(world.show_network(2).standing, "stranger", "it knows that it is no member any more");
    let doc = world.practice(1, "Not for Lakeside", "network");
    world.settle();
    assert!(world.show(2, doc).is_err());
}

#[test]
fn a_ticket_works_once() {
    let mut world = World::network(4, &["Riverside", "Hillside"]);
    let ticket = world.invite(0, false);
    let (a, b) = (world.node("Seaside"), world.node("Townside"));
    world.ask(a, Request::Join { ticket: ticket.clone() }).unwrap();
    world.settle();
    world.ask(b, Request::Join { ticket }).unwrap();
    world.settle();
    assert_eq!(names(&mut world, 0), ["Hillside", "Riverside", "Seaside"]);
    assert_eq!(world.ask(b, Request::Network).unwrap_err(), Refusal::NoNetwork);
    // It is told so, and can come again with a ticket that is good.
    assert_eq!(world.status(b).trouble, [Refusal::TicketRefused]);
    let fresh = world.invite(0, false);
    world.ask(b, Request::Join { ticket: fresh }).unwrap();
    world.settle();
    assert_eq!(names(&mut world, b).len(), 4);
    assert!(world.status(b).trouble.is_empty());
}

#[test]
fn who_waits_at_a_door_that_stays_shut_can_go_elsewhere() {
    let mut world = World::new(7);
    let [gone, open, guest] = ["Riverside", "Lakeside", "Hillside"].map(|name| world.node(name));
    world.found(gone, "Valley Network");
    world.found(open, "Lake Network");
    world.cut(gone, guest);
    let (first, second) = (world.invite(gone, false), world.invite(open, false));
    world.ask(guest, Request::Join { ticket: first.clone() }).unwrap();
    world.settle();
    world.ask(guest, Request::Join { ticket: second }).unwrap();
    world.settle();
    assert_eq!(names(&mut world, guest), ["Hillside", "Lakeside"]);
    world.restart(guest);
    assert_eq!(world.ask(guest, Request::Join { ticket: first }).unwrap_err(), Refusal::InNetwork);
}

/// A name with a space after it was taken at first, and refused only by the host, as if the ticket were not good.
#[test]
fn a_name_that_a_charter_would_not_take_is_refused_at_once() {
    let mut world = World::network(9, &["Riverside"]);
    let guest = world.node("Hillside");
    for bad in ["", "  ", "River\nside", "River\u{202e}side"] {
        let name = Request::Name { name: bad.into(), place: None };
        assert!(matches!(world.ask(guest, name), Err(Refusal::BadText { .. })), "{bad:?}");
    }
    world.ask(guest, Request::Name { name: " Hillside Families ".into(), place: Some(String::new()) }).unwrap();
    world.join(0, guest);
    assert_eq!(names(&mut world, 0), ["Hillside Families", "Riverside"]);
}

/// Its power fails after each of the messages that bring it in.
#[test]
fn a_newcomer_cut_off_at_any_moment_gets_in() {
    for moment in 0..60 {
        let mut world = World::new(moment);
        let (host, guest) = (world.node("Riverside"), world.node("Hillside"));
        world.found(host, "Valley Network");
        let ticket = world.invite(host, false);
        world.ask(guest, Request::Join { ticket }).unwrap();
        let done = (0..moment).any(|_| !world.step());
        world.crash(guest);
        world.settle();
        assert!(world.linked(guest, host), "cut off after {moment} messages, it does not look for its host");
        assert_eq!(names(&mut world, guest), ["Hillside", "Riverside"], "cut off after {moment} messages");
        if done {
            return;
        }
    }
    panic!("there is always more to say");
}

#[test]
fn an_expired_altered_or_foreign_ticket_is_refused() {
    let mut world = World::network(5, &["Riverside"]);
    let ticket = world.invite(0, false);
    let guest = world.node("Seaside");
    let altered = ticket.replace('a', "b");
    assert!(matches!(world.ask(guest, Request::Join { ticket: altered }), Err(Refusal::Ticket(_))));
    assert!(matches!(world.ask(guest, Request::Join { ticket: "hello".into() }), Err(Refusal::Ticket(_))));
    world.wait(8 * 24 * 3_600_000);
    assert_eq!(world.ask(guest, Request::Join { ticket }).unwrap_err(), Refusal::TicketExpired);
    assert_eq!(names(&mut world, 0), ["Riverside"]);
}

#[test]
fn a_stranger_learns_nothing() {
    let mut world = World::network(6, &["Riverside", "Hillside"]);
    world.practice(0, "Canary", "public");
    let stranger = world.node("Elsewhere");
    world.found(stranger, "Other Network");
    world.link(stranger, 0);
    world.settle();
    let told = world.heard[&(0, stranger)].clone();
    assert!(told.len() < 400, "{} bytes", told.len());
    let network = protocol::identity::Hash(world.show_network(0).network.0);
    assert!(!told.windows(32).any(|w| w == network.0));
    assert!(world.titles(stranger).is_empty());
}

#[test]
fn a_member_with_an_old_charter_catches_up_first() {
    let mut world = three_stewards(7);
    world.cut(0, 2);
    world.cut(1, 2);
    let text = Amendment::Text { name: None, purpose: Some("to help".into()), rules: None, review_by: None };
    let proposal = propose(&mut world, 0, text);
    world.settle();
    vote(&mut world, 1, &proposal, true);
    world.settle();
    let newcomer = world.node("Seaside");
    world.cut(2, newcomer);
    let ticket = world.invite(0, false);
    world.ask(newcomer, Request::Join { ticket }).unwrap();
    world.settle();
    let admission = world.show_network(1).proposals;
    vote(&mut world, 1, &admission[0], true);
    world.settle();
    world.practice(newcomer, "New here", "network");
    world.settle();
    world.heal();
    assert_eq!(world.show_network(2).purpose, "to help");
    assert_eq!(world.titles(2), ["New here"]);
}
