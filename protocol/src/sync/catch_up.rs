//! Catching up: the charter before anything else, then who is who, then what each asks for.

use crate::{
    charter::Certificate,
    effect::Effect,
    engine::{Engine, Fault},
    identity::NodeKey,
    limits::CHARTER_BATCH,
    message::{Ask, Bye, Message},
    refusal::Refusal,
    rows::{Rows, key},
    standing::Standing,
    store::{Read, Store, Table},
    subscription::Rule,
};

use super::Stage;

impl<S: Store> Engine<S> {
    /// The longer chain is applied before any record is served.
    pub(crate) fn catch_up(&mut self, peer: NodeKey) -> Result<(), Fault> {
        let (theirs, head) = self.session(&peer)?.head.ok_or(Bye::Rule)?;
        let network = self.network()?;
        let (id, mine) = (network.id, network.seq());
        let forked = theirs == mine && network.charter.as_ref().is_some_and(|c| c.hash() != head);
        if network.outdated || network.fork.is_some() {
            return self.evaluate(peer);
        }
        if theirs > mine || forked {
            let from = if forked { mine.unwrap_or(0) } else { mine.map_or(0, |seq| seq + 1) };
            self.send(peer, &Message::WantCharter(id, from));
            return Ok(());
        }
        self.push_charter(peer)?;
        self.evaluate(peer)
    }

    pub(super) fn on_want_charter(&mut self, peer: NodeKey, from: u64) -> Result<(), Fault> {
        let network = self.network()?;
        let standing = self.standing_now(&peer);
        let removed_at = network.member_of(&peer).and_then(|who| self.removed_at(&who));
        let last = match (standing, removed_at) {
            (Standing::Stranger, None) => return Ok(()),
            // Who was removed may learn just that.
            (Standing::Stranger, Some(at)) => at,
            _ => u64::MAX,
        };
        let id = network.id;
        let rows = self.store.scan(Table::Charter, &id.0, &key(&[&id.0, &from.to_be_bytes()]), CHARTER_BATCH)?;
        let mut certificates: Vec<Certificate> = vec![];
        let mut sent = None;
        for (row, bytes) in rows {
            let seq = row[32..].try_into().map(u64::from_be_bytes).map_err(|_| Refusal::Unreadable)?;
            if seq <= last {
                let certificate = Certificate::read(&bytes).map_err(|_| Refusal::Unreadable)?;
                sent = Some((Some(seq), certificate.hash()));
                certificates.push(certificate);
            }
        }
        let session = self.session(&peer)?;
        session.head = session.head.max(sent);
        self.send(peer, &Message::Charter(id, certificates));
        Ok(())
    }

    fn removed_at(&self, who: &crate::identity::MemberId) -> Option<u64> {
        let network = self.network.as_ref()?;
        let removed = network.charter.iter().flat_map(|c| c.entry().removed.iter());
        removed.filter(|r| crate::identity::MemberId::new(network.id, r.first) == *who).map(|r| r.at).max()
    }

    pub(super) fn on_charter(&mut self, peer: NodeKey, certificates: Vec<Certificate>) -> Result<(), Fault> {
        if certificates.len() > CHARTER_BATCH {
            return Err(Bye::Rule.into());
        }
        let mut moved = false;
        let full = certificates.len() == CHARTER_BATCH;
        for certificate in certificates {
            moved |= self.take_certificate(certificate)?;
        }
        let (id, mine) = (self.network()?.id, self.network()?.seq());
        let session = self.session(&peer)?;
        let behind = session.head.is_some_and(|(theirs, _)| theirs > mine);
        if moved && (behind || full) {
            self.send(peer, &Message::WantCharter(id, mine.map_or(0, |seq| seq + 1)));
            return Ok(());
        }
        self.evaluate(peer)
    }

    /// Sends the links a peer lacks.
    fn push_charter(&mut self, peer: NodeKey) -> Result<(), Fault> {
        let mine = self.network()?.seq();
        let Some((theirs, _)) = self.session(&peer)?.head else { return Ok(()) };
        if theirs < mine && self.standing_now(&peer) != Standing::Stranger {
            // A peer that gets a full batch asks for the rest itself.
            self.on_want_charter(peer, theirs.map_or(0, |seq| seq + 1))?;
        }
        Ok(())
    }

    /// What a peer is now.
    pub(crate) fn standing_now(&self, peer: &NodeKey) -> Standing {
        let Some(network) = &self.network else { return Standing::Stranger };
        let ticket = self.sessions.get(peer).is_some_and(|s| s.ticket);
        match network.standing(peer, self.turn.now) {
            Standing::Stranger if ticket => Standing::Applicant,
            standing => standing,
        }
    }

    /// Acts on what a peer is now: tells it what it may know, asks it, or lets it go.
    pub(crate) fn evaluate(&mut self, peer: NodeKey) -> Result<(), Fault> {
        if let Some(roster) = self.session(&peer)?.roster.clone() {
            self.take_roster(roster)?;
        }
        let standing = self.standing_now(&peer);
        let own = self.network()?.own_standing(self.turn.now);
        let host = self.network()?.joining.as_ref().is_some_and(|t| t.node == peer);
        let behind =
            self.session(&peer)?.head.is_some_and(|(theirs, _)| theirs < self.network.as_ref().and_then(|n| n.seq()));
        self.session(&peer)?.standing = standing;
        if standing == Standing::Stranger {
            let removed = self.network()?.member_of(&peer).is_some_and(|who| self.removed_at(&who).is_some());
            // A newcomer's host shows who it is with the charter and rosters; who was removed may yet read that it was.
            return if host || (removed && behind) { Ok(()) } else { Err(Bye::Stranger.into()) };
        }
        if standing.is_member() {
            self.confirm(peer)?;
        }
        if !self.session(&peer)?.gossiped {
            self.session(&peer)?.gossiped = true;
            self.gossip_to(peer, standing)?;
        }
        if own.who().is_some() && standing.is_member() && !self.session(&peer)?.asked {
            self.ask(peer)?;
        }
        match self.session(&peer)?.early.take() {
            Some(ask) => self.on_ask(peer, ask),
            None => Ok(()),
        }
    }

    /// S4: a member who holds our head confirms it, so that a restored steward may vote again.
    fn confirm(&mut self, peer: NodeKey) -> Result<(), Fault> {
        let network = self.network()?;
        let born = key(&[&network.id.0, b"born"]);
        let ours = network.charter.as_ref().map(|c| (Some(c.seq()), c.hash()));
        let confirmed = ours.is_some() && self.sessions.get(&peer).is_some_and(|s| s.head == ours);
        if confirmed && self.store.get(Table::SignedVote, &born)?.is_none() {
            self.store.write(Table::SignedVote, born, &true);
        }
        Ok(())
    }

    fn ask(&mut self, peer: NodeKey) -> Result<(), Fault> {
        let network = self.network()?.id;
        let rules = self.subscriptions()?;
        let resume = self.store.value(Table::Token, &key(&[&network.0, &peer.0]))?;
        let session = self.session(&peer)?;
        session.asked = true;
        let round = session.taking.round;
        self.send(peer, &Message::Ask(Ask { network, rules, resume, round }));
        Ok(())
    }

    /// Charter, rosters or grants changed: every peer's standing is asked anew.
    pub(crate) fn regroup(&mut self) -> Result<(), Fault> {
        if self.network.is_none() {
            return Ok(());
        }
        let known: Vec<NodeKey> =
            self.sessions.iter().filter(|(_, s)| s.stage == Stage::Known).map(|(peer, _)| *peer).collect();
        for peer in known {
            let before = self.session(&peer)?.standing;
            self.push_charter(peer)?;
            let now = self.standing_now(&peer);
            if now == Standing::Stranger && before != Standing::Stranger {
                let network = self.network()?.id;
                self.store.delete(Table::Resume, key(&[&network.0, &peer.0]));
                self.tell_removed(peer)?;
                self.dismiss(peer, Bye::Stranger);
                continue;
            }
            if before != now {
                let session = self.session(&peer)?;
                session.gossiped = false;
                session.giving = None;
            }
            match self.evaluate(peer) {
                Err(Fault::Theirs(bye)) => self.dismiss(peer, bye),
                other => other?,
            }
        }
        self.reach_all();
        Ok(())
    }

    /// A removed member gets the link that removed it, and nothing after.
    fn tell_removed(&mut self, peer: NodeKey) -> Result<(), Fault> {
        match self.session(&peer)?.head {
            Some((Some(theirs), _)) => self.on_want_charter(peer, theirs + 1),
            _ => Ok(()),
        }
    }

    /// Asks to be connected to every member's node we know an address of, and to our host while joining.
    pub(crate) fn reach_all(&mut self) {
        let Some(network) = &self.network else { return };
        let me = self.keys.node_key();
        let mut reach: Vec<Effect> = network
            .addresses
            .values()
            .filter(|a| a.node != me && network.standing(&a.node, self.turn.now).is_member())
            .map(|a| Effect::Reach { peer: a.node, addresses: a.addresses.clone() })
            .collect();
        if let Some(ticket) = &network.joining {
            reach.push(Effect::Reach { peer: ticket.node, addresses: ticket.addresses.clone() });
        }
        self.turn.effects.extend(reach);
    }

    /// What this node asks for.
    pub(crate) fn subscriptions(&self) -> Result<Vec<Rule>, Refusal> {
        let Some(network) = &self.network else { return Ok(vec![]) };
        Ok(self.store.value(Table::Subscription, &network.id.0)?.unwrap_or_default())
    }

    /// Asks every peer again, after what we ask for has changed.
    pub(crate) fn ask_again(&mut self) -> Result<(), Refusal> {
        let asked: Vec<NodeKey> = self.sessions.iter().filter(|(_, s)| s.asked).map(|(peer, _)| *peer).collect();
        for peer in asked {
            if let Some(session) = self.sessions.get_mut(&peer) {
                session.taking = super::Taking::next(&session.taking);
            }
            if let Err(Fault::Ours(refusal)) = self.ask(peer) {
                return Err(refusal);
            }
        }
        Ok(())
    }
}
