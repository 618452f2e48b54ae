//! Being taken for somebody one is not.

use protocol::{
    charter::Application,
    identity::{DocId, Hash, Keys},
    message::{Bye, FeedRange, Give, Gossip, Hello, Meet, Message, Tag, WantItem},
    roster::Roster,
    signed::{Signed, Verified},
    store::Table,
};

use super::{Attack, Ends};
use crate::mouth::{Mouth, Scene, Who};

pub(super) const ALL: [Attack; 9] = [
    Attack {
        name: "probing_ids",
        wants: "to know whether a record exists that is not for them, or to have it",
        who: Who::Member,
        deed: probing_ids,
        ends: Ends::Ignored,
        defence: "protocol/src/sync/serve.rs: serve",
    },
    Attack {
        name: "partner_wants_all",
        wants: "to have what is for members",
        who: Who::Partner,
        deed: partner_wants_all,
        ends: Ends::Ignored,
        defence: "protocol/src/audience.rs: entitled",
    },
    Attack {
        name: "applicant_wants_all",
        wants: "to have the records before anybody let it in",
        who: Who::Applicant,
        deed: applicant_wants_all,
        ends: Ends::Ignored,
        defence: "protocol/src/sync/give.rs: on_ask",
    },
    Attack {
        name: "words_before_hello",
        wants: "to be answered before it is asked who it is",
        who: Who::Stranger,
        deed: words_before_hello,
        ends: Ends::TurnedAway(Bye::Rule),
        defence: "protocol/src/sync.rs: peer_says",
    },
    Attack {
        name: "borrowed_roster",
        wants: "to be taken for Hillside, by showing Hillside's list of nodes",
        who: Who::Removed,
        deed: borrowed_roster,
        ends: Ends::Somehow,
        defence: "protocol/src/membership.rs: standing",
    },
    Attack {
        name: "guessed_ticket",
        wants: "to come in with a ticket that nobody gave it",
        who: Who::Stranger,
        deed: guessed_ticket,
        ends: Ends::TurnedAway(Bye::Ticket),
        defence: "protocol/src/sync/hello.rs: on_meet",
    },
    Attack {
        name: "removed_goes_on",
        wants: "to write on after it was removed",
        who: Who::Removed,
        deed: removed_goes_on,
        ends: Ends::Somehow,
        defence: "protocol/src/membership.rs: standing",
    },
    Attack {
        name: "junk_applications",
        wants: "to bury real applications under made up ones",
        who: Who::Partner,
        deed: junk_applications,
        ends: Ends::Ignored,
        defence: "protocol/src/sync/gossip.rs: on_gossip",
    },
    Attack {
        name: "application_of_another",
        wants: "to apply in the name of somebody who does not know of it",
        who: Who::Member,
        deed: application_of_another,
        ends: Ends::TurnedAway(Bye::Rule),
        defence: "protocol/src/signed.rs: verify",
    },
];

/// What Riverside gives of a document, by name.
fn given(mouth: &mut dyn Mouth, doc: DocId) -> Option<Give> {
    let Scene { network, riverside, .. } = mouth.scene();
    let feeds = vec![FeedRange { feed: riverside, from: 1, to: 9 }];
    mouth.say(&Message::Want(network, vec![WantItem { doc, headers: true, feeds, forks: vec![riverside] }]));
    let of_it = move |message: &Message| matches!(message, Message::Give(give) if give.doc == doc);
    mouth.hear(Some(&of_it)).into_iter().find_map(|message| match message {
        Message::Give(give) if give.doc == doc => Some(*give),
        _ => None,
    })
}

/// A document that is not for it and one that nobody ever made are answered alike.
fn alike(mouth: &mut dyn Mouth, doc: DocId) -> Result<(), String> {
    let nowhere = DocId(Hash::of(b"nowhere").0);
    let [Some(here), Some(none)] = [doc, nowhere].map(|doc| given(mouth, doc)) else {
        return Err("a want went unanswered".into());
    };
    let alike = Give { doc: nowhere, ..here } == none;
    if alike { Ok(()) } else { Err("what is not for it and what does not exist are answered differently".into()) }
}

fn probing_ids(mouth: &mut dyn Mouth) -> Result<(), String> {
    let hidden = mouth.scene().hidden;
    alike(mouth, hidden)
}

fn partner_wants_all(mouth: &mut dyn Mouth) -> Result<(), String> {
    let Scene { open, hidden, .. } = mouth.scene();
    alike(mouth, open)?;
    alike(mouth, hidden)
}

fn applicant_wants_all(mouth: &mut dyn Mouth) -> Result<(), String> {
    let Scene { network, open, .. } = mouth.scene();
    mouth.say(&Message::Want(network, vec![WantItem { doc: open, headers: true, feeds: vec![], forks: vec![] }]));
    hears_no_records(mouth)
}

/// Whatever it asks for, it is told the charter and who is who, and of no record.
fn hears_no_records(mouth: &mut dyn Mouth) -> Result<(), String> {
    mouth.say(&super::sets::ask(mouth.scene().network, None, 0));
    let of_records = |message: &Message| matches!(message, Message::Give(_) | Message::Offer(_) | Message::Ends(..));
    match mouth.listen().iter().any(of_records) {
        false => Ok(()),
        true => Err("somebody who has no business with records was told of them".into()),
    }
}

fn words_before_hello(mouth: &mut dyn Mouth) -> Result<(), String> {
    let Scene { network, open, .. } = mouth.scene();
    mouth.mute();
    mouth.call();
    mouth.say(&Message::Want(network, vec![WantItem { doc: open, headers: true, feeds: vec![], forks: vec![] }]));
    Ok(())
}

/// Goes through the first words as somebody who knows the network's id, and says who it is in these.
fn introduce(mouth: &mut dyn Mouth, meet: impl FnOnce(&mut Meet, &Keys)) {
    let (scene, keys, nonce) = (mouth.scene(), mouth.keys(), [5; 32]);
    mouth.mute();
    mouth.call();
    let first = mouth.hear(Some(&|message| matches!(message, Message::Hello(_))));
    let theirs = first.iter().find_map(|message| match message {
        Message::Hello(hello) => Some(hello.nonce),
        _ => None,
    });
    let Some(theirs) = theirs else { return };
    let (me, network) = (keys.node_key(), scene.network);
    let parts: [&[u8]; 5] = [&nonce, &theirs, &me.0, &scene.riverside.0, &network.0];
    let Hash(tag) = Hash::derive("commonweal 1 network tag", &parts);
    mouth.say(&Message::Hello(Hello { versions: vec![1], nonce }));
    mouth.say(&Message::Tags(vec![Tag(std::array::from_fn(|at| tag[at]))]));
    let mut said = Meet {
        network,
        seq: None,
        head: Hash::default(),
        roster: None,
        grant: None,
        application: None,
        ticket: None,
        proof: None,
        gossip: Hash::default(),
    };
    meet(&mut said, &keys);
    mouth.say(&Message::Meet(Box::new(said)));
    mouth.say(&Message::Met);
}

fn borrowed_roster(mouth: &mut dyn Mouth) -> Result<(), String> {
    let Scene { network, hillside, .. } = mouth.scene();
    let theirs = mouth.kept::<Roster>(Table::Roster, &network.0).into_iter().find(|one| one.has(&hillside));
    introduce(mouth, |meet, _| meet.roster = theirs.map(|one| one.signed().clone()));
    hears_no_records(mouth)
}

fn application(keys: &Keys, scene: &Scene, name: &str) -> Signed<Application> {
    let (member, node, ticket, charter) = (keys.member_key(), keys.node_key(), Hash([1; 32]), Hash([2; 32]));
    let (name, place) = (name.into(), String::new());
    let application = Application { v: 1, network: scene.network, name, place, member, node, ticket, charter };
    Verified::sign(application, &keys.member()).signed().clone()
}

fn guessed_ticket(mouth: &mut dyn Mouth) -> Result<(), String> {
    let scene = mouth.scene();
    introduce(mouth, |meet, keys| {
        let application = application(keys, &scene, "Forged");
        (meet.application, meet.ticket, meet.proof) = (Some(application), Some(Hash([1; 32])), Some(Hash([4; 32])));
    });
    Ok(())
}

/// It calls again, with the charter as it was when it still belonged, and offers as if nothing had been.
fn removed_goes_on(mouth: &mut dyn Mouth) -> Result<(), String> {
    let Scene { network, open, .. } = mouth.scene();
    let own = mouth.kept::<Roster>(Table::Roster, &network.0);
    let keys = mouth.keys();
    let mine = own.iter().find(|one| one.by == keys.member_key()).map(|one| one.signed().clone());
    introduce(mouth, |meet, _| meet.roster = mine);
    mouth.bait(open, vec![], vec![]);
    hears_no_records(mouth)
}

fn junk_applications(mouth: &mut dyn Mouth) -> Result<(), String> {
    let scene = mouth.scene();
    for part in 0..3u8 {
        let mut gossip = Gossip::new(scene.network);
        let somebody = |n: u8| application(&Keys::new([n; 32], [n; 32]), &scene, &format!("Nobody {n}"));
        gossip.applications = (1..=60).map(|n| somebody(part * 60 + n)).collect();
        mouth.say(&Message::Gossip(Box::new(gossip)));
    }
    Ok(())
}

fn application_of_another(mouth: &mut dyn Mouth) -> Result<(), String> {
    let (scene, keys) = (mouth.scene(), mouth.keys());
    let somebody = Keys::new([9; 32], [9; 32]);
    let mut gossip = Gossip::new(scene.network);
    let own = application(&keys, &scene, "Forged");
    gossip.applications.push(crate::liar::forged(&own, &keys.member_key().0, &somebody.member_key().0));
    mouth.say(&Message::Gossip(Box::new(gossip)));
    Ok(())
}
