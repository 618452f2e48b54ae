//! Random weather while members are removed: who stays agrees in the end, and who left hears nothing new.

use harness::{
    promises::{never_left, same_records},
    world::World,
};
use protocol::{
    identity::DocId,
    input::{Amendment, AudienceAsk, EditorsAsk, Request},
    view::Answer,
};
use serde_json::json;

const NAMES: [&str; 6] = ["Riverside", "Hillside", "Lakeside", "Seaside", "Townside", "Parkside"];

/// Six members, the first three of whom are stewards, two of them deciding.
fn six_members(seed: u64) -> World {
    let mut world = World::network(seed, &NAMES);
    let stewards = Amendment::Stewards(NAMES[..3].iter().map(|name| name.to_string()).collect(), None);
    world.ask(0, Request::Propose { change: stewards, why: String::new() }).unwrap();
    world.settle();
    agree(&mut world, 1);
    world.settle();
    assert_eq!(world.show_network(5).k, 2);
    world
}

/// A steward approves whatever it hears of. What cannot be approved any more is no matter.
fn agree(world: &mut World, at: usize) {
    for proposal in world.show_network(at).proposals {
        let _ = world.ask(at, Request::Vote { proposal: proposal.id.to_string(), approve: true });
    }
}

/// Something a member does on an ordinary day. What it may not do any more is refused, and no matter.
fn a_day(world: &mut World, day: u64, docs: &mut Vec<DocId>) {
    let at = world.roll(6) as usize;
    match world.roll(12) {
        0..=2 => {
            let audience =
                [AudienceAsk::Network, AudienceAsk::Public, AudienceAsk::Private][world.roll(3) as usize].clone();
            let title = if audience == AudienceAsk::Private {
                format!("Canary {at} of {day}")
            } else {
                format!("Practice {day}")
            };
            let value = json!({ "title": title, "summary": "What we do." });
            let request = Request::Create { kind: "practice".into(), value, audience, editors: EditorsAsk::Members };
            if let Ok(Answer::Id { id }) = world.ask(at, request) {
                docs.push(id);
            }
        }
        3..=7 if !docs.is_empty() => {
            let doc = docs[world.roll(docs.len() as u64) as usize];
            let field = ["summary", "problem", "results"][world.roll(3) as usize];
            let _ = world.set(at, doc, &[(field, json!(format!("text {day} of {at}")))]);
        }
        8 => {
            let other = world.roll(6) as usize;
            if at != other {
                world.cut(at, other);
            }
        }
        9 => {
            let other = world.roll(6) as usize;
            if at != other {
                world.mend(at, other);
            }
        }
        10 => world.restart(at),
        _ if !docs.is_empty() => {
            let doc = docs[world.roll(docs.len() as u64) as usize];
            let _ = world.ask(at, Request::Delete { doc: doc.to_string() });
        }
        _ => {}
    }
    for _ in 0..world.roll(40) {
        world.step();
    }
}

/// Sixty days; on two of them the stewards begin to remove somebody, and one by one hear of it and agree.
fn season(seed: u64) {
    let mut world = six_members(seed);
    let (mut docs, mut leaving) = (vec![], vec![]);
    for day in 0..60 {
        if day == 15 || day == 35 {
            let who = 3 + (leaving.len() + seed as usize) % 3;
            leaving.push(who);
            let change = Amendment::Remove(NAMES[who].into());
            let _ = world.ask(0, Request::Propose { change, why: "we parted".into() });
        }
        if day > 15 {
            let steward = world.roll(3) as usize;
            agree(&mut world, steward);
        }
        a_day(&mut world, day, &mut docs);
    }
    world.heal();
    // The second removal waits where the first was still open when it was proposed.
    for who in &leaving {
        if world.show_network(0).members.iter().any(|m| m.name == NAMES[*who]) {
            let change = Amendment::Remove(NAMES[*who].into());
            let _ = world.ask(0, Request::Propose { change, why: "we parted".into() });
            world.settle();
        }
        (0..3).for_each(|at| agree(&mut world, at));
        world.settle();
    }
    world.heal();
    let staying: Vec<usize> = (0..6).filter(|at| !leaving.contains(at)).collect();
    assert_eq!(world.show_network(0).members.len(), staying.len(), "seed {seed}");
    let seq = world.show_network(0).seq;
    for at in &staying {
        assert_eq!(world.show_network(*at).seq, seq, "seed {seed}: {at} has another charter");
        assert!(world.status(*at).trouble.is_empty(), "seed {seed}: {:?}", world.status(*at).trouble);
    }
    same_records(&mut world, &staying);
    for at in 0..6 {
        never_left(&world, at, &format!("Canary {at}"));
    }
    nothing_new(&mut world, &staying, &leaving, seed);
}

/// What is written now reaches all who stay, and not a byte of it those who left.
fn nothing_new(world: &mut World, staying: &[usize], leaving: &[usize], seed: u64) {
    let doc = world.practice(0, "Afterwards", "network");
    world.settle();
    world.heal();
    for at in staying {
        assert!(world.show(*at, doc).is_ok(), "seed {seed}: {at} lacks it");
    }
    for ((_, to), bytes) in &world.heard {
        assert!(!leaving.contains(to) || !bytes.windows(10).any(|w| w == b"Afterwards"), "seed {seed}: told {to}");
    }
}

#[test]
fn in_any_weather_who_stays_agrees_and_who_left_hears_nothing_new() {
    let seasons = std::env::var("COMMONWEAL_FULL").ok().map_or(12, |n| n.parse().expect("a number of rounds"));
    for seed in 1..=seasons {
        season(seed);
    }
}
