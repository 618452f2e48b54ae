//! What a hostile node speaks with: its own engine, which keeps to the rules, and a mouth that does not. An attack is
//! written once against [`Mouth`]; it is played in the simulator by [`InWorld`], and against the real binary over the
//! wire by [`Stranger`](crate::stranger::Stranger).

use protocol::{
    envelope::Head,
    identity::{DocId, Hash, Keys, NetworkId, NodeKey},
    input::Request,
    message::{FeedHead, Give, Message, Offer, OfferItem, Token},
    refusal::Refusal,
    signed::{Body, Signed, Verified},
    store::{Memory, Read, Table},
    view::Answer,
};

use crate::world::{Lie, World};

/// A word in a private record of Riverside's. It never reaches the one who attacks.
pub const CANARY: &str = "heron-seven-lantern";
/// What stands in whatever the attacker wants others to see.
pub const FORGED: &str = "Forged";

/// What was there before the attack: a network that Riverside founded and Hillside joined. Riverside is attacked.
#[derive(Clone, Copy, Debug)]
pub struct Scene {
    /// The network.
    pub network: NetworkId,
    /// Riverside's node.
    pub riverside: NodeKey,
    /// Hillside's node.
    pub hillside: NodeKey,
    /// Riverside's practice that every member may edit.
    pub open: DocId,
    /// Riverside's practice that every member might edit once, and nobody else now.
    pub closed: DocId,
    /// Riverside's practice with the [`CANARY`], for nobody else.
    pub hidden: DocId,
    /// Hillside's practice, for the network to read.
    pub theirs: DocId,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Nobody the network knows.
    Stranger,
    /// Came with a ticket, and waits to be let in.
    Applicant,
    /// A partner of Riverside's.
    Partner,
    /// A member.
    Member,
    /// Was a member.
    Removed,
}

/// A hostile node's mouth, its ears, and its own engine.
pub trait Mouth {
    /// What was there before.
    fn scene(&self) -> Scene;
    /// Its own keys.
    fn keys(&self) -> Keys;
    /// What its engine keeps.
    fn store(&self) -> &Memory;
    /// Has its engine do something honest.
    fn ask(&mut self, request: Request) -> Result<Answer, Refusal>;
    /// Says these bytes to Riverside, as one message.
    fn shout(&mut self, bytes: Vec<u8>);
    /// What becomes of all its engine says from now on.
    fn lie(&mut self, lie: Option<Lie>);
    /// Waits until such a message came or the stream ended; without one, until nothing more comes. All that came since
    /// the last time.
    fn hear(&mut self, wanted: Option<&dyn Fn(&Message) -> bool>) -> Vec<Message>;
    /// Whether the stream to Riverside stands.
    fn is_up(&self) -> bool;
    /// Brings the stream up, if Riverside lets it.
    fn call(&mut self);
    /// Takes the stream down.
    fn hang_up(&mut self);
    /// Does nothing for a while, and does not read either.
    fn rest(&mut self);
    /// The round of what Riverside asked last.
    fn round(&self) -> u32;
}

impl dyn Mouth + '_ {
    /// Says a message.
    pub fn say(&mut self, message: &Message) {
        self.shout(message.to_bytes());
    }

    /// Waits until nothing more comes.
    pub fn listen(&mut self) -> Vec<Message> {
        self.hear(None)
    }

    /// Its engine keeps silent from now on.
    pub fn mute(&mut self) {
        self.lie(Some(Box::new(|_, _| vec![])));
    }

    /// Offers a document in some state, so that Riverside asks for what it lacks and listens to what is given.
    pub fn bait(&mut self, doc: DocId, feeds: Vec<FeedHead>, forks: Vec<(NodeKey, u64)>) {
        let item = OfferItem { doc, headers: vec![Hash([9; 32])], feeds, forks };
        self.offer(vec![item]);
    }

    /// Offers these. What Riverside then wants, its honest engine does not answer.
    pub fn offer(&mut self, items: Vec<OfferItem>) {
        self.mute();
        let token = Token { epoch: [7; 8], count: 1_000_000 };
        self.say(&Message::Offer(Offer { network: self.scene().network, items, token, round: self.round() }));
    }

    /// Gives something of a document; `last` unless the filling says otherwise.
    pub fn give(&mut self, doc: DocId, fill: impl FnOnce(&mut Give)) {
        let network = self.scene().network;
        let mut give = Give { network, doc, headers: vec![], envelopes: vec![], forks: vec![], last: true };
        fill(&mut give);
        self.say(&Message::Give(Box::new(give)));
    }

    /// The rows of a table that begin so, as its own engine keeps them.
    pub fn rows(&self, table: Table, prefix: &[u8]) -> Vec<Vec<u8>> {
        self.store().scan(table, prefix, prefix, 10_000).unwrap().into_iter().map(|(_, row)| row).collect()
    }

    /// The signed papers among them.
    pub fn kept<B: Body>(&self, table: Table, prefix: &[u8]) -> Vec<Verified<B>> {
        let read = |row: Vec<u8>| protocol::format::decode::<Signed<B>>(&row, row.len()).unwrap();
        self.rows(table, prefix).into_iter().map(|row| read(row).verify().unwrap()).collect()
    }

    /// The payload that a head was signed for.
    pub fn payload(&self, head: &Head) -> Vec<u8> {
        let row = [&head.doc.0[..], &head.feed.0, &head.seq.to_be_bytes()].concat();
        self.rows(Table::Payload, &row).remove(0)
    }

    /// The heads of a document's feeds, as its own engine keeps them.
    pub fn heads(&self, doc: DocId) -> Vec<Verified<Head>> {
        self.kept(Table::Envelope, &doc.0)
    }

    /// The last head of the feed of a node in a document.
    pub fn last_head(&self, doc: DocId, node: NodeKey) -> Option<Verified<Head>> {
        self.heads(doc).into_iter().filter(|head| head.feed == node).max_by_key(|head| head.seq)
    }
}

/// A hostile node of the simulator.
pub struct InWorld {
    /// The world; its first node is Riverside's, its second Hillside's.
    pub world: World,
    me: usize,
    scene: Scene,
    said: Vec<Message>,
    round: u32,
}

impl InWorld {
    /// That node of a world.
    pub fn new(mut world: World, me: usize, scene: Scene) -> InWorld {
        world.told.insert(me, vec![]);
        let mut new = InWorld { world, me, scene, said: vec![], round: 0 };
        new.settle();
        new
    }

    /// What came to it, all of it.
    fn settle(&mut self) {
        self.world.settle();
        for bytes in self.world.told.insert(self.me, vec![]).unwrap_or_default() {
            let message = Message::from_bytes(&bytes).unwrap();
            if let Message::Ask(ask) = &message {
                self.round = ask.round;
            }
            self.said.push(message);
        }
    }
}

impl Mouth for InWorld {
    fn scene(&self) -> Scene {
        self.scene
    }

    fn keys(&self) -> Keys {
        self.world.keys(self.me).clone()
    }

    fn store(&self) -> &Memory {
        self.world.store(self.me)
    }

    fn ask(&mut self, request: Request) -> Result<Answer, Refusal> {
        self.world.ask(self.me, request)
    }

    fn shout(&mut self, bytes: Vec<u8>) {
        if self.world.linked(self.me, 0) {
            self.world.shout(self.me, 0, bytes);
        }
    }

    fn lie(&mut self, lie: Option<Lie>) {
        match lie {
            Some(lie) => self.world.lies.insert(self.me, lie),
            None => self.world.lies.remove(&self.me),
        };
    }

    fn hear(&mut self, _: Option<&dyn Fn(&Message) -> bool>) -> Vec<Message> {
        self.settle();
        std::mem::take(&mut self.said)
    }

    fn is_up(&self) -> bool {
        self.world.linked(self.me, 0)
    }

    fn call(&mut self) {
        self.world.link(self.me, 0);
        self.settle();
    }

    fn hang_up(&mut self) {
        self.world.unlink(self.me, 0);
    }

    fn rest(&mut self) {}

    fn round(&self) -> u32 {
        self.round
    }
}
