//! A collaborative gets a new machine, made of the 24 words: it comes in by a ticket, and the old one stays what it was.

use harness::{promises::same_records, world::World};
use protocol::{
    identity::{Hash, Keys},
    input::Request,
    refusal::Refusal,
};
use serde_json::json;

const OLD: usize = 0;
const NEIGHBOR: usize = 1;

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

/// A partner's second machine becomes a partner at once, over the very connection that it came by.
#[test]
fn a_new_machine_of_a_partner_comes_in() {
    let mut world = World::network(4, &["Riverside", "Hillside"]);
    let library = world.node("Library");
    let ticket = world.invite(0, true);
    world.ask(library, Request::Join { ticket }).unwrap();
    world.settle();
    world.practice(0, "Story hour", "partners:Library");
    world.settle();
    assert_eq!(world.titles(library), ["Story hour"]);
    let member = world.keys(library).member().to_bytes();
    let new = world.node_with("Library", Keys::new(member, Hash::of(b"new machine").0));
    let ticket = world.invite(0, true);
    world.ask(new, Request::Join { ticket }).unwrap();
    world.settle();
    assert_eq!(world.status(new).standing, Some("partner"));
    assert_eq!(world.titles(new), ["Story hour"]);
}

#[test]
fn a_new_machine_with_a_ticket_that_is_used_up_is_told_so() {
    let mut world = World::network(5, &["Riverside"]);
    let seaside = world.node("Seaside");
    let ticket = world.invite(0, false);
    world.ask(seaside, Request::Join { ticket: ticket.clone() }).unwrap();
    world.settle();
    let member = world.keys(seaside).member().to_bytes();
    let new = world.node_with("Seaside", Keys::new(member, Hash::of(b"new machine").0));
    world.ask(new, Request::Join { ticket }).unwrap();
    world.settle();
    assert_eq!(world.status(new).trouble, [Refusal::TicketRefused]);
}

/// A machine set up from a backup was first started while its disk had no room. What its first look around wanted said was
/// lost with what could not be kept, and was never said again: nobody heard of the new machine until it was restarted.
#[test]
fn a_machine_that_starts_on_a_full_disk_is_found_once_there_is_room() {
    let mut world = World::network(6, &["Riverside", "Hillside"]);
    let backup = world.backup(OLD);
    world.fill(OLD, true);
    world.restore(OLD, backup);
    world.settle();
    assert!(!world.linked(OLD, NEIGHBOR));
    world.fill(OLD, false);
    world.wait(1_000);
    world.settle();
    assert!(world.linked(OLD, NEIGHBOR));
    let doc = world.practice(OLD, "Walk to school", "network");
    world.settle();
    assert_eq!(world.show(NEIGHBOR, doc).unwrap().summary.title, "Walk to school");
}
