//! A small network in the simulator in which attacks are played, and what must hold there afterwards, whatever was tried.

use protocol::{
    input::{Amendment, AudienceAsk, EditorsAsk, Request},
    message::Message,
    view::Answer,
};
use serde_json::{Value, json};

use crate::{
    attacks::{Attack, Ends},
    mouth::{CANARY, FORGED, InWorld, Mouth, Scene, Who},
    world::World,
};

/// What the simulator's Riverside may hold more after an attack than before, in letters of all it could show; a byte
/// shows as about five.
const MORE_LETTERS: usize = 750_000;

/// A network in the simulator, and the attacker in it.
pub fn world(who: Who) -> InWorld {
    let mut world = World::network(1, &["Riverside", "Hillside"]);
    let [open, closed] = ["Dinners", "Breakfasts"].map(|title| {
        let value = json!({ "title": title, "summary": "We write it together." });
        let (audience, editors) = (AudienceAsk::Network, EditorsAsk::Members);
        match world.ask(0, Request::Create { kind: "practice".into(), value, audience, editors }).unwrap() {
            Answer::Id { id } => id,
            other => panic!("no id: {other:?}"),
        }
    });
    world.ask(0, Request::LetEdit { doc: closed.to_string(), editors: EditorsAsk::Owner }).unwrap();
    let hidden = world.practice(0, CANARY, "private");
    let theirs = world.practice(1, "Warm line", "network");
    world.settle();
    world.set(1, open, &[("problem", json!("People eat alone."))]).unwrap();
    world.settle();
    let me = world.node("Lakeside");
    match who {
        Who::Stranger => {}
        Who::Applicant => come(&mut world, me, Request::Invite { partner: false, days: 7, check: true }),
        Who::Partner => come(&mut world, me, Request::Invite { partner: true, days: 7, check: false }),
        Who::Member | Who::Removed => world.join(0, me),
    }
    if who == Who::Removed {
        let change = Amendment::Remove("Lakeside".into());
        world.ask(0, Request::Propose { change, why: String::new() }).unwrap();
        world.settle();
    }
    let network = world.show_network(0).network;
    let (riverside, hillside) = (world.key(0), world.key(1));
    // Whoever attacks talks to nobody else.
    world.cut(me, 1);
    if matches!(who, Who::Stranger | Who::Removed) {
        world.unlink(me, 0);
    } else {
        world.link(me, 0);
    }
    InWorld::new(world, me, Scene { network, riverside, hillside, open, closed, hidden, theirs })
}

fn come(world: &mut World, me: usize, invite: Request) {
    let Answer::Ticket(view) = world.ask(0, invite).unwrap() else { panic!("no ticket") };
    world.ask(me, Request::Join { ticket: view.ticket }).unwrap();
    world.settle();
}

/// How the simulated Riverside was before the attack.
#[derive(Debug)]
pub struct Before {
    weight: usize,
    members: usize,
    applications: usize,
}

impl Before {
    fn network(&self) -> (usize, usize, &str) {
        (self.members, self.applications, "Valley Network")
    }
}

impl InWorld {
    /// How Riverside is now.
    pub fn before(&mut self) -> Before {
        let (weight, network) = (self.world.weight(0), self.world.show_network(0));
        Before { weight, members: network.members.len(), applications: network.applications.len() }
    }

    /// Which promises an attack broke.
    pub fn broken(&mut self, attack: &Attack, done: Result<(), String>, before: &Before) -> Vec<String> {
        let mut broken: Vec<String> = done.err().into_iter().collect();
        let heard = (self as &mut dyn Mouth).listen();
        broken.extend(ended(attack.ends, self.is_up(), &heard));
        let (open, weight) = (self.scene().open, self.world.weight(0));
        if weight > before.weight + MORE_LETTERS {
            broken.push(format!("Riverside holds {weight} letters, and held {}", before.weight));
        }
        let (me, blamed) = (self.keys().node_key(), attack.blamed());
        let world = &mut self.world;
        let told = world.status(0).peers.into_iter().find(|peer| peer.node == me).and_then(|peer| peer.why_not);
        if blamed && !told.as_ref().is_some_and(|told| told.contains("broke a rule")) {
            broken.push(format!("who looks after Riverside is told {told:?}"));
        }
        world.restart(0);
        world.link(0, 1);
        world.settle();
        for (from, to) in [(0, 1), (1, 0)] {
            let word = format!("said by {from}");
            if let Err(refused) = world.set(from, open, &[("problem", json!(word))]) {
                broken.push(format!("{from} cannot write: {refused}"));
            }
            world.settle();
            if world.show(to, open).ok().is_none_or(|record| record.fields["problem"] != word.as_str()) {
                broken.push(format!("an edit of {from} did not reach {to}"));
            }
        }
        let mut shown = vec![];
        for at in [0, 1] {
            let all: Vec<Value> = world.list(at).iter().map(|one| world.show(at, one.id).unwrap().fields).collect();
            let trouble = world.status(at).trouble;
            broken.extend(trouble.iter().map(|trouble| format!("{at} is in trouble: {trouble}")));
            shown.push(all.into_iter().filter(|one| one["title"] != CANARY).collect::<Vec<Value>>());
        }
        if shown[0] != shown[1] {
            broken.push(format!("they show different things: {shown:#?}"));
        }
        if json!(shown).to_string().contains(FORGED) {
            broken.push("what was forged is shown".into());
        }
        let network = world.show_network(0);
        if (network.members.len(), network.applications.len(), network.name.as_str()) != before.network() {
            broken.push(format!("the network is another than before: {network:?}"));
        }
        // Who comes now hears it all from Riverside.
        let late = world.node("Seaside");
        world.cut(1, late);
        world.join(0, late);
        if world.titles(late) != world.titles(1) {
            broken.push("a newcomer does not get what there is".into());
        }
        let told: Vec<&Vec<u8>> = world.heard.iter().filter(|((_, to), _)| *to > 1).map(|(_, bytes)| bytes).collect();
        if told.iter().any(|bytes| holds(bytes, CANARY)) {
            broken.push("what is private was told".into());
        }
        broken
    }
}

/// Whether a word stands in these bytes.
pub(crate) fn holds(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

/// What is wrong with how an attack ended for its author.
pub(crate) fn ended(ends: Ends, up: bool, heard: &[Message]) -> Option<String> {
    let bye = heard.iter().find_map(|message| match message {
        Message::Bye(bye) => Some(*bye),
        _ => None,
    });
    let right = match ends {
        Ends::TurnedAway(word) => bye == Some(word) || (!up && bye.is_none()),
        Ends::Ignored => up,
        Ends::Somehow => true,
    };
    (!right).then(|| format!("it should have been {ends:?}, but it is {} with {bye:?}", if up { "up" } else { "down" }))
}
