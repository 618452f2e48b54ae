//! Too much of what is allowed: nothing in it breaks a rule, and it must not hold up anybody else.

use protocol::{
    identity::MemberId,
    message::{FeedRange, Gossip, Message, WantItem},
    roster::Roster,
    signed::Verified,
    standing::Address,
    store::Table,
};

use super::{Attack, Ends};
use crate::mouth::{Mouth, Scene, Who};

pub(super) const ALL: [Attack; 5] = [
    flood(
        "wants_for_ever",
        "to have the same record read again and again",
        wants_for_ever,
        Who::Member,
        "node/src/run/turn.rs",
    ),
    flood(
        "rosters_for_ever",
        "to have every record looked at again each time it names its nodes anew",
        rosters_for_ever,
        Who::Member,
        "node/src/run/turn.rs",
    ),
    flood(
        "addresses_for_ever",
        "to fill disks with places where it is not",
        addresses_for_ever,
        Who::Member,
        "node/src/run/turn.rs",
    ),
    flood(
        "calls_for_ever",
        "to keep Riverside busy shaking hands",
        calls_for_ever,
        Who::Stranger,
        "node/src/network/visits.rs: may_enter",
    ),
    flood(
        "slow_reader",
        "to have Riverside hold what it does not read",
        slow_reader,
        Who::Member,
        "protocol/src/sync/serve.rs: serve",
    ),
];

const fn flood(
    name: &'static str,
    wants: &'static str,
    deed: fn(&mut dyn Mouth) -> Result<(), String>,
    who: Who,
    defence: &'static str,
) -> Attack {
    Attack { name, wants, who, deed, ends: Ends::Somehow, defence }
}

fn want_all(mouth: &mut dyn Mouth, times: usize) {
    let Scene { network, open, riverside, hillside, .. } = mouth.scene();
    let feeds = [riverside, hillside].map(|feed| FeedRange { feed, from: 1, to: u64::MAX }).to_vec();
    let item = WantItem { doc: open, headers: true, feeds, forks: vec![] };
    mouth.say(&Message::Want(network, vec![item; times]));
}

fn wants_for_ever(mouth: &mut dyn Mouth) -> Result<(), String> {
    mouth.mute();
    for _ in 0..100 {
        want_all(mouth, 100);
        mouth.hear(Some(&|message| matches!(message, Message::Give(_))));
    }
    Ok(())
}

fn rosters_for_ever(mouth: &mut dyn Mouth) -> Result<(), String> {
    let (Scene { network, .. }, keys) = (mouth.scene(), mouth.keys());
    let me = MemberId::new(network, keys.member_key());
    let own = mouth.kept::<Roster>(Table::Roster, &network.0).into_iter().find(|one| one.member == me).unwrap();
    mouth.mute();
    for more in 1..=300 {
        let roster = Roster { seq: own.seq + more, ..(*own).clone() };
        let mut gossip = Gossip::new(network);
        gossip.rosters.push(Verified::sign(roster, &keys.member()).signed().clone());
        mouth.say(&Message::Gossip(Box::new(gossip)));
    }
    Ok(())
}

fn addresses_for_ever(mouth: &mut dyn Mouth) -> Result<(), String> {
    let (Scene { network, .. }, keys) = (mouth.scene(), mouth.keys());
    mouth.mute();
    for seq in 1..=300 {
        let addresses = vec![format!("/ip4/127.0.0.1/tcp/{}", 1 + seq % 9)];
        let address = Address { v: 1, network, node: keys.node_key(), seq: u64::MAX - 1_000 + seq, addresses };
        let mut gossip = Gossip::new(network);
        gossip.addresses.push(Verified::sign(address, &keys.node()).signed().clone());
        mouth.say(&Message::Gossip(Box::new(gossip)));
    }
    Ok(())
}

fn calls_for_ever(mouth: &mut dyn Mouth) -> Result<(), String> {
    mouth.mute();
    for _ in 0..30 {
        mouth.call();
        if !mouth.is_up() {
            // It is not let in any more, which is what should become of it.
            break;
        }
        mouth.hang_up();
    }
    Ok(())
}

fn slow_reader(mouth: &mut dyn Mouth) -> Result<(), String> {
    mouth.mute();
    for _ in 0..8 {
        want_all(mouth, 128);
    }
    mouth.rest();
    Ok(())
}
