//! Catching up: the charter before anything else, then who is who, then what each asks for.

use crate::{
    charter::Certificate,
    effect::Effect,
    engine::{Engine, Fault},
    identity::{Hash, NodeKey},
    limits::{ADDRESSES, BATCH, CHARTER_BATCH},
    message::{Ask, Bye, Gossip, Message},
    refusal::Refusal,
    roster::Roster,
    rows::{Rows, hash_of_all, key},
    signed::{Signed, Verified},
    standing::{Address, Grant, Standing},
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
        if ours.is_some() && self.sessions.get(&peer).is_some_and(|s| s.head == ours) {
            if self.store.get(Table::SignedVote, &born)?.is_none() {
                self.store.write(Table::SignedVote, born, &true);
            }
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

    /// What members know of each other, as one hash: equals need not exchange it.
    pub(crate) fn gossip_hash(&self) -> Result<Hash, Refusal> {
        let gossip = self.gossip_for(Standing::Member(self.network()?.me))?;
        let hashes: Vec<Hash> = (gossip.rosters.iter().map(Signed::hash))
            .chain(gossip.addresses.iter().map(Signed::hash))
            .chain(gossip.proposals.iter().map(Signed::hash))
            .chain(gossip.votes.iter().map(Signed::hash))
            .chain(gossip.applications.iter().map(Signed::hash))
            .collect();
        Ok(hash_of_all(hashes.iter()))
    }

    /// All a peer of this standing may know of who is who.
    fn gossip_for(&self, standing: Standing) -> Result<Gossip, Refusal> {
        let network = self.network()?;
        let mut gossip = Gossip::new(network.id);
        gossip.rosters = network.rosters.values().map(|r| r.signed().clone()).collect();
        match standing {
            Standing::Member(_) => {
                gossip.addresses = network.addresses.values().map(|a| a.signed().clone()).collect();
                gossip.proposals = self.open_proposals()?.iter().map(|p| p.signed().clone()).collect();
                gossip.votes = self.votes()?.iter().map(|v| v.signed().clone()).collect();
                gossip.applications = self.applications()?.iter().map(|a| a.signed().clone()).collect();
            }
            Standing::Partner(who) => {
                let own = network.grants.get(&(network.me, who));
                gossip.grants = own.iter().map(|g| g.signed().clone()).collect();
                let ours = network.addresses.values().filter(|a| network.member_of(&a.node) == Some(network.me));
                gossip.addresses = ours.map(|a| a.signed().clone()).collect();
            }
            Standing::Applicant | Standing::Stranger => {}
        }
        Ok(gossip)
    }

    fn gossip_to(&mut self, peer: NodeKey, standing: Standing) -> Result<(), Fault> {
        let ours = self.gossip_hash()?;
        let equal = standing.is_member() && self.session(&peer)?.gossip == ours;
        if !equal {
            for part in parts(self.gossip_for(standing)?) {
                self.send(peer, &Message::Gossip(Box::new(part)));
            }
        }
        Ok(())
    }

    /// Passes something new on to every connected member.
    pub(crate) fn flood(&mut self, fill: impl Fn(&mut Gossip)) -> Result<(), Refusal> {
        let mut gossip = Gossip::new(self.network()?.id);
        fill(&mut gossip);
        let members: Vec<NodeKey> =
            self.sessions.iter().filter(|(_, s)| s.standing.is_member()).map(|(peer, _)| *peer).collect();
        for peer in members {
            self.send(peer, &Message::Gossip(Box::new(gossip.clone())));
        }
        Ok(())
    }

    pub(super) fn on_gossip(&mut self, _peer: NodeKey, gossip: Gossip) -> Result<(), Fault> {
        if gossip.len() > BATCH {
            return Err(Bye::Rule.into());
        }
        for roster in gossip.rosters {
            self.take_roster(roster)?;
        }
        for grant in gossip.grants {
            self.take_grant(grant)?;
        }
        for address in gossip.addresses {
            self.take_address(address)?;
        }
        for application in gossip.applications {
            self.keep_application(&application.verify().map_err(|_| Bye::Rule)?)?;
        }
        for proposal in gossip.proposals {
            self.keep_proposal(&proposal.verify().map_err(|_| Bye::Rule)?)?;
        }
        for vote in gossip.votes {
            let vote = vote.verify().map_err(|_| Bye::Rule)?;
            if self.keep_vote(&vote)? {
                self.carry(&vote.entry)?;
            }
        }
        Ok(())
    }

    /// Takes a roster from anybody: it is judged by its bytes.
    pub(super) fn take_roster(&mut self, roster: Signed<Roster>) -> Result<(), Fault> {
        let network = self.network()?;
        if network.rosters.values().any(|held| held.hash() == roster.hash()) {
            return Ok(());
        }
        let roster: Verified<Roster> = roster.verify().map_err(|_| Bye::Rule)?;
        let network = self.network()?;
        if network.knows(&roster.member) && network.roster_fits(&roster) {
            self.keep_roster(roster.clone())?;
            self.flood(|gossip| gossip.rosters.push(roster.signed().clone()))?;
        }
        Ok(())
    }

    /// Takes a grant: signed by a node of the member who grants.
    pub(super) fn take_grant(&mut self, grant: Signed<Grant>) -> Result<(), Fault> {
        let grant: Verified<Grant> = grant.verify().map_err(|_| Bye::Rule)?;
        let network = self.network()?;
        let by_owner = network.member_of(&grant.by) == Some(grant.owner) && network.is_member(&grant.owner);
        let newer = network.grants.get(&(grant.owner, grant.partner_id())).is_none_or(|g| g.seq < grant.seq);
        if grant.network == network.id && by_owner && newer {
            self.keep_grant(grant)?;
        }
        Ok(())
    }

    fn take_address(&mut self, address: Signed<Address>) -> Result<(), Fault> {
        let address: Verified<Address> = address.verify().map_err(|_| Bye::Rule)?;
        let network = self.network()?;
        let of_member = network.member_of(&address.node).is_some_and(|who| network.is_member(&who));
        let newer = network.addresses.get(&address.node).is_none_or(|a| a.seq < address.seq);
        let sound = address.v == 1 && address.addresses.len() <= ADDRESSES && address.network == network.id;
        if of_member && newer && sound && address.node != self.keys.node_key() {
            self.keep_address(address)?;
        }
        Ok(())
    }

    fn keep_address(&mut self, address: Verified<Address>) -> Result<(), Fault> {
        self.store.write(Table::Address, key(&[&address.network.0, &address.node.0]), address.signed());
        self.flood(|gossip| gossip.addresses.push(address.signed().clone()))?;
        self.network_mut()?.addresses.insert(address.node, address);
        self.reach_all();
        Ok(())
    }

    /// Where this node listens has changed.
    pub(crate) fn listen(&mut self, addresses: Vec<String>) -> Result<(), Fault> {
        self.listening = addresses;
        if self.network.is_some() {
            self.announce()?;
        }
        Ok(())
    }

    /// Tells members where this node can be reached, when that is new.
    pub(crate) fn announce(&mut self) -> Result<(), Refusal> {
        let network = self.network()?;
        let node = self.keys.node_key();
        let addresses: Vec<String> = self.listening.iter().take(ADDRESSES).cloned().collect();
        let same = network.addresses.get(&node).is_some_and(|a| a.addresses == addresses);
        if addresses.is_empty() || same || !network.own_standing(self.turn.now).is_member() {
            return Ok(());
        }
        let seq = network.addresses.get(&node).map_or(0, |a| a.seq + 1).max(self.turn.now);
        let address = Address { v: 1, network: network.id, node, seq, addresses };
        match self.keep_address(Verified::sign(address, &self.keys.node())) {
            Err(Fault::Ours(refusal)) => Err(refusal),
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

/// Splits gossip into messages of bounded size.
fn parts(gossip: Gossip) -> Vec<Gossip> {
    let network = gossip.network;
    let mut all = vec![];
    let mut push = |fill: &mut dyn FnMut(&mut Gossip)| {
        let mut part = Gossip::new(network);
        fill(&mut part);
        all.push(part);
    };
    for chunk in gossip.rosters.chunks(BATCH / 2) {
        push(&mut |part| part.rosters = chunk.to_vec());
    }
    for chunk in gossip.addresses.chunks(BATCH / 2) {
        push(&mut |part| part.addresses = chunk.to_vec());
    }
    for chunk in gossip.grants.chunks(BATCH / 2) {
        push(&mut |part| part.grants = chunk.to_vec());
    }
    for chunk in gossip.applications.chunks(BATCH / 2) {
        push(&mut |part| part.applications = chunk.to_vec());
    }
    // A proposal holds a whole charter, up to 64 KiB.
    for chunk in gossip.proposals.chunks(4) {
        push(&mut |part| part.proposals = chunk.to_vec());
    }
    for chunk in gossip.votes.chunks(8) {
        push(&mut |part| part.votes = chunk.to_vec());
    }
    all
}
