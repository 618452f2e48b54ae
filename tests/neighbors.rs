//! The network's rooms, as whole networks see them: inviting with a check, taking an invitation back, votes and decisions,
//! blocking a member, and when somebody was last heard of.

use harness::{promises::same_records, world::World};
use protocol::{
    input::{Amendment, Request},
    refusal::Refusal,
    view::{Answer, DecisionView, InvitationView, PeerState, PeerView},
};

const RIVERSIDE: usize = 0;
const HILLSIDE: usize = 1;
const LAKESIDE: usize = 2;

fn invite(world: &mut World, at: usize) -> String {
    match world.ask(at, Request::Invite { partner: false, days: 7, check: true }).unwrap() {
        Answer::Ticket(view) => view.ticket,
        other => panic!("no ticket: {other:?}"),
    }
}

fn invitations(world: &mut World, at: usize) -> Vec<InvitationView> {
    match world.ask(at, Request::Invitations).unwrap() {
        Answer::Invitations { invitations } => invitations,
        other => panic!("no invitations: {other:?}"),
    }
}

fn decisions(world: &mut World, at: usize) -> Vec<DecisionView> {
    match world.ask(at, Request::Decisions).unwrap() {
        Answer::Decisions { decisions } => decisions,
        other => panic!("no decisions: {other:?}"),
    }
}

fn peer(world: &mut World, at: usize, name: &str) -> Option<PeerView> {
    match world.ask(at, Request::Peers).unwrap() {
        Answer::Peers { peers } => peers.into_iter().find(|peer| peer.name == name),
        other => panic!("no peers: {other:?}"),
    }
}

#[test]
fn a_newcomer_waits_until_the_words_were_compared() {
    let mut world = World::network(11, &["Riverside"]);
    let seaside = world.node("Seaside");
    let ticket = invite(&mut world, RIVERSIDE);
    world.ask(seaside, Request::Join { ticket }).unwrap();
    world.settle();
    let came = world.show_network(RIVERSIDE).applications.remove(0);
    let (check, own) = (came.check.unwrap(), world.status(seaside).joining.unwrap());
    assert_eq!((check, came.name.as_str()), (own, "Seaside"));
    assert_eq!(invitations(&mut world, RIVERSIDE)[0].used_by.as_deref(), Some("Seaside"));
    assert_eq!(world.status(seaside).standing, Some("applicant"), "a ticket alone is not enough");

    let change = Amendment::Admit(came.key.to_string());
    world.ask(RIVERSIDE, Request::Propose { change, why: "We spoke with them.".into() }).unwrap();
    world.settle();
    assert_eq!(world.status(seaside).standing, Some("member"));
    assert_eq!(world.status(seaside).joining, None);
    assert!(invitations(&mut world, RIVERSIDE).is_empty(), "it worked once");
}

#[test]
fn an_invitation_that_was_taken_back_lets_nobody_in() {
    let mut world = World::network(12, &["Riverside"]);
    let seaside = world.node("Seaside");
    for came_before in [false, true] {
        let ticket = invite(&mut world, RIVERSIDE);
        if came_before {
            world.ask(seaside, Request::Join { ticket: ticket.clone() }).unwrap();
            world.settle();
            assert_eq!(world.show_network(RIVERSIDE).applications.len(), 1);
        }
        let invitation = invitations(&mut world, RIVERSIDE)[0].id.to_string();
        world.ask(RIVERSIDE, Request::Withdraw { invitation: invitation.clone() }).unwrap();
        world.settle();
        let again = world.ask(RIVERSIDE, Request::Withdraw { invitation: invitation.clone() });
        assert_eq!(again.unwrap_err(), Refusal::UnknownInvitation(invitation));
        if came_before {
            world.ask(seaside, Request::StopJoining).unwrap();
        }
        world.ask(seaside, Request::Join { ticket }).unwrap();
        world.settle();
        assert!(world.show_network(RIVERSIDE).applications.is_empty());
        assert_eq!(world.show_network(RIVERSIDE).members.len(), 1);
        assert_eq!(world.status(seaside).trouble, [Refusal::TicketRefused]);
    }
    // Nothing stands in the way of another one.
    let ticket = world.invite(RIVERSIDE, false);
    world.ask(seaside, Request::Join { ticket }).unwrap();
    world.settle();
    assert_eq!(world.status(seaside).standing, Some("member"));
    assert_eq!(world.ask(seaside, Request::StopJoining).unwrap_err(), Refusal::InNetwork);
}

#[test]
fn who_voted_how_is_seen_and_what_was_decided_stays() {
    let mut world = World::network(13, &["Riverside", "Hillside", "Lakeside"]);
    let all = ["Riverside", "Hillside", "Lakeside"].map(String::from).to_vec();
    world.ask(RIVERSIDE, Request::Propose { change: Amendment::Stewards(all, Some(3)), why: String::new() }).unwrap();
    world.settle();
    let proposal = world.show_network(LAKESIDE).proposals.remove(0);
    assert_eq!((proposal.votes[0].by.as_str(), proposal.votes[0].approve), ("Riverside", true));
    assert_eq!((proposal.votes.len(), proposal.own_vote, proposal.may_vote), (1, None, true));
    for at in [HILLSIDE, LAKESIDE] {
        world.ask(at, Request::Vote { proposal: proposal.id.to_string(), approve: true }).unwrap();
        world.settle();
    }
    for at in 0..3 {
        let decisions = decisions(&mut world, at);
        assert_eq!(decisions.iter().map(|one| one.seq).collect::<Vec<_>>(), [3, 2, 1, 0]);
        assert_eq!(decisions[0].by.len(), 3);
        assert_eq!(decisions[2].changes, ["admit Hillside"]);
        assert!(decisions[3].changes.is_empty() && decisions[3].by == ["Riverside"]);
    }
}

#[test]
fn who_is_blocked_is_given_nothing_and_nothing_is_taken() {
    let mut world = World::network(14, &["Riverside", "Hillside"]);
    world.practice(RIVERSIDE, "Before", "network");
    world.settle();
    world.ask(RIVERSIDE, Request::Block { member: "Hillside".into() }).unwrap();
    world.settle();
    assert!(!world.linked(RIVERSIDE, HILLSIDE));
    assert!(world.show_network(RIVERSIDE).members.iter().any(|m| m.name == "Hillside" && m.blocked_since.is_some()));
    assert_eq!(world.ask(RIVERSIDE, Request::Block { member: "Riverside".into() }).unwrap_err(), Refusal::BlockOwn);
    world.practice(RIVERSIDE, "From Riverside", "network");
    world.practice(HILLSIDE, "From Hillside", "network");
    // Neither a restart nor the other's dialing changes that: the block is kept, and always wins.
    world.heal();
    world.link(HILLSIDE, RIVERSIDE);
    world.settle();
    assert_eq!(world.titles(HILLSIDE), ["Before", "From Hillside"]);
    assert_eq!(world.titles(RIVERSIDE), ["Before", "From Riverside"]);
    assert!(peer(&mut world, RIVERSIDE, "Hillside").is_none(), "it is not waited for either");

    world.ask(RIVERSIDE, Request::Unblock { member: "Hillside".into() }).unwrap();
    world.settle();
    assert_eq!(world.titles(HILLSIDE), ["Before", "From Hillside", "From Riverside"]);
    same_records(&mut world, &[RIVERSIDE, HILLSIDE]);
}

/// A charter decides who belongs: what others pass on still comes, and nobody else is told of the block.
#[test]
fn a_block_is_between_two_and_the_others_go_on() {
    let mut world = World::network(15, &["Riverside", "Hillside", "Lakeside"]);
    world.ask(RIVERSIDE, Request::Block { member: "Hillside".into() }).unwrap();
    world.settle();
    let named = world.practice(RIVERSIDE, "For Hillside alone", "partners:Hillside");
    world.practice(RIVERSIDE, "For all", "network");
    world.settle();
    assert_eq!(world.titles(HILLSIDE), ["For all"], "through Lakeside");
    assert!(world.show(HILLSIDE, named).is_err(), "what is for them alone stays here");
    assert!(world.show_network(LAKESIDE).members.iter().all(|m| m.blocked_since.is_none()));
}

#[test]
fn when_somebody_was_last_heard_of_outlives_a_restart() {
    let mut world = World::network(16, &["Riverside", "Hillside"]);
    let here = peer(&mut world, RIVERSIDE, "Hillside").unwrap();
    assert_eq!(here.state, PeerState::UpToDate);
    world.wait(5_000);
    let left = world.now;
    world.cut(RIVERSIDE, HILLSIDE);
    world.wait(60_000);
    world.restart(RIVERSIDE);
    let away = peer(&mut world, RIVERSIDE, "Hillside").unwrap();
    assert_eq!((away.state, away.heard), (PeerState::Away, Some(left)));
}
