//! The first words: who are you, and have we anything in common. Until then nothing else is said or heard.

use std::collections::BTreeMap;

use crate::{
    effect::Effect,
    engine::{Engine, Fault, Pace},
    identity::{Hash, NetworkId, NodeKey},
    limits::{HELLO_MS, HELLO_PADDING, HELLO_TAGS},
    message::{Bye, Hello, Meet, Message, Tag},
    rows::{GivenTicket, Joining, Rows, key},
    standing::{Standing, ticket_proof},
    store::{Store, Table},
};

use super::{Session, Stage, Taking};

/// The version of the protocol we speak.
const VERSION: u32 = 1;

impl<S: Store> Engine<S> {
    /// A stream stands.
    pub(crate) fn peer_up(&mut self, peer: NodeKey) -> Result<(), Fault> {
        if self.is_blocked(&peer) && !self.network()?.is_former(&peer) {
            self.turn.effects.push(Effect::Close { peer, why: Bye::Stranger });
            return Ok(());
        }
        let nonce = self.draw();
        let session = Session {
            stage: Stage::Greeting,
            since: self.turn.now,
            nonce,
            theirs: [0; 32],
            in_flight: 0,
            head: None,
            back: 0,
            met_head: None,
            gossip: Hash::default(),
            roster: None,
            ticket: false,
            standing: Standing::Stranger,
            gossiped: false,
            asked: false,
            early: None,
            asks: Pace::default(),
            sketch: None,
            cells_wanted: None,
            giving: None,
            taking: Taking::default(),
            theirs_of: BTreeMap::new(),
        };
        self.sessions.insert(peer, session);
        self.send(peer, &Message::Hello(Hello { versions: vec![VERSION], nonce }));
        Ok(())
    }

    pub(super) fn on_hello(&mut self, peer: NodeKey, hello: &Hello) -> Result<(), Fault> {
        if !hello.versions.contains(&VERSION) {
            return Err(Bye::Version.into());
        }
        let me = self.keys.node_key();
        let network = self.network.as_ref().map(|n| n.id);
        let mut padding: Vec<Tag> = (0..HELLO_PADDING).map(|_| short(self.draw())).collect();
        let session = self.session(&peer)?;
        session.theirs = hello.nonce;
        session.stage = Stage::Tagging;
        if let Some(network) = network {
            padding[0] = tag(&session.nonce, &session.theirs, &me, &peer, &network);
        }
        // Sorted, so that its place tells nothing either.
        padding.sort();
        self.send(peer, &Message::Tags(padding));
        Ok(())
    }

    pub(super) fn on_tags(&mut self, peer: NodeKey, tags: &[Tag]) -> Result<(), Fault> {
        if tags.len() > HELLO_TAGS {
            return Err(Bye::Rule.into());
        }
        let me = self.keys.node_key();
        let network = self.network.as_ref().map(|n| n.id);
        let session = self.session(&peer)?;
        session.stage = Stage::Meeting;
        let (mine, theirs) = (session.nonce, session.theirs);
        if network.is_some_and(|network| tags.contains(&tag(&theirs, &mine, &peer, &me, &network))) {
            let meet = self.introduce(peer, &mine, &theirs)?;
            self.send(peer, &Message::Meet(Box::new(meet)));
        }
        self.send(peer, &Message::Met);
        Ok(())
    }

    /// Who we are in our network.
    fn introduce(&mut self, peer: NodeKey, mine: &[u8; 32], theirs: &[u8; 32]) -> Result<Meet, Fault> {
        let me = self.keys.node_key();
        let network = self.network()?;
        let joining = network.joining.as_ref().filter(|t| t.node == peer);
        let mut meet = Meet {
            network: network.id,
            seq: network.seq(),
            head: network.charter.as_ref().map_or(Hash::default(), |c| c.hash()),
            roster: network.rosters.get(&network.me).map(|r| r.signed().clone()),
            grant: network
                .grants
                .values()
                .find(|g| g.partner == self.keys.member_key() && g.holds(self.turn.now))
                .map(|g| g.signed().clone()),
            application: None,
            ticket: None,
            proof: None,
            gossip: self.gossip_hash()?,
        };
        if let Some(ticket) = joining {
            let secret_hash = ticket.secret_hash();
            let row: Option<Joining> = self.store.value(Table::Joining, &network.id.0)?;
            meet.application = row.map(|j| j.application);
            meet.ticket = Some(crate::engine::ticket_id(&secret_hash));
            meet.proof = Some(ticket_proof(&secret_hash, mine, theirs, &me, &peer));
        }
        Ok(meet)
    }

    pub(super) fn on_meet(&mut self, peer: NodeKey, meet: Meet) -> Result<(), Fault> {
        if self.network()?.id != meet.network || self.session(&peer)?.head.is_some() {
            return Err(Bye::Rule.into());
        }
        let session = self.session(&peer)?;
        session.head = Some((meet.seq, meet.head));
        session.met_head = session.head;
        session.gossip = meet.gossip;
        if self.is_blocked(&peer) {
            return Ok(());
        }
        if let Some(grant) = meet.grant {
            self.take_grant(grant)?;
        }
        self.session(&peer)?.roster = meet.roster;
        if let (Some(application), Some(ticket), Some(proof)) = (meet.application, meet.ticket, meet.proof) {
            let application = application.verify().map_err(|_| Bye::Rule)?;
            if application.node != peer || application.ticket != ticket {
                return Err(Bye::Ticket.into());
            }
            // Who was admitted with this ticket shows by its roster whose node it is.
            if let Some(roster) = self.session(&peer)?.roster.clone() {
                self.take_roster(roster)?;
            }
            let network = self.network()?;
            let known = network.has_key(application.member, self.turn.now);
            if known && network.member_of(&peer) == Some(network.id_of(application.member)) {
                // Its ticket has done its work, and it does not know yet.
                return Ok(());
            }
            let row = key(&[&meet.network.0, &ticket.0]);
            let given: Option<GivenTicket> = self.store.value(Table::Ticket, &row)?;
            let me = self.keys.node_key();
            let session = self.session(&peer)?;
            let expected = |g: &GivenTicket| ticket_proof(&g.secret_hash, &session.theirs, &session.nonce, &peer, &me);
            let proven = given.filter(|given| proof == expected(given));
            let good = match proven {
                Some(given) if known => self.take_machine(peer, &application, &given)?,
                Some(given) => self.take_applicant(&application, &given)?,
                None => false,
            };
            if !good {
                return Err(Bye::Ticket.into());
            }
            self.session(&peer)?.ticket = good;
        }
        Ok(())
    }

    pub(super) fn on_met(&mut self, peer: NodeKey) -> Result<(), Fault> {
        let session = self.session(&peer)?;
        session.stage = Stage::Known;
        if session.head.is_none() {
            return Err(Bye::Stranger.into());
        }
        self.catch_up(peer)
    }

    /// Lets go of peers who do not say who they are.
    pub(crate) fn time_out(&mut self) {
        let now = self.turn.now;
        let joining = self.network.as_ref().and_then(|n| n.joining.as_ref()).map(|t| t.node);
        let silent = |(peer, s): (&NodeKey, &Session)| {
            let unknown = s.stage < Stage::Known || (s.standing == Standing::Stranger && joining != Some(*peer));
            (unknown && now.saturating_sub(s.since) > HELLO_MS).then_some(*peer)
        };
        let gone: Vec<NodeKey> = self.sessions.iter().filter_map(silent).collect();
        for peer in gone {
            self.dismiss(peer, Bye::Silence);
        }
    }
}

/// A network's tag in one session, one way.
pub(crate) fn tag(
    sender_nonce: &[u8; 32],
    receiver_nonce: &[u8; 32],
    from: &NodeKey,
    to: &NodeKey,
    network: &NetworkId,
) -> Tag {
    let parts: [&[u8]; 5] = [sender_nonce, receiver_nonce, &from.0, &to.0, &network.0];
    short(Hash::derive("commonweal 1 network tag", &parts).0)
}

fn short(hash: [u8; 32]) -> Tag {
    Tag(std::array::from_fn(|i| hash[i]))
}
