//! Who is who, passed on among members: rosters, addresses, proposals, votes, applications, grants.
//!
//! Everything is signed and judged by its bytes, so it may come from anybody who knows the network.

use super::Session;
use crate::{
    engine::{Engine, Fault},
    identity::{Hash, MemberId, NodeKey},
    limits::{ADDRESSES, BATCH},
    message::{Bye, Gossip, Message},
    refusal::Refusal,
    roster::{Roster, RosterNode},
    rows::{hash_of_all, key},
    signed::{Signed, Verified, replaces},
    standing::{Address, Grant, Standing},
    store::{Store, Table},
};

impl<S: Store> Engine<S> {
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
        // Who is whose partner is nobody else's business.
        let ours = |id: &MemberId| standing.who() == Some(*id) || *id == network.me;
        let told = |id: &MemberId| network.is_member(id) || network.was_removed(id) || ours(id);
        gossip.rosters = network.rosters.values().filter(|r| told(&r.member)).map(|r| r.signed().clone()).collect();
        match standing {
            Standing::Member(who) => {
                // Our other nodes honour the same grants.
                if who == network.me {
                    gossip.grants =
                        network.grants.values().filter(|g| g.owner == who).map(|g| g.signed().clone()).collect();
                }
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

    pub(crate) fn gossip_to(&mut self, peer: NodeKey, standing: Standing) -> Result<(), Fault> {
        let ours = self.gossip_hash()?;
        let equal = standing.is_member() && self.session(&peer)?.gossip == ours;
        if !equal {
            for part in parts(self.gossip_for(standing)?) {
                self.send(peer, &Message::Gossip(Box::new(part)));
            }
        }
        Ok(())
    }

    /// Passes something new on to every connected member, at the end of this input: who was just removed gets none.
    pub(crate) fn flood(&mut self, fill: impl Fn(&mut Gossip)) -> Result<(), Refusal> {
        let mut gossip = Gossip::new(self.network()?.id);
        fill(&mut gossip);
        self.turn.news.push(gossip);
        Ok(())
    }

    /// Sends the news of this input. Partners hear of rosters too: without them they could not believe what members
    /// write.
    pub(crate) fn pass_on(&mut self) {
        for gossip in std::mem::take(&mut self.turn.news) {
            let concerns = |s: &Session| match s.standing {
                Standing::Member(_) => true,
                Standing::Partner(_) => gossip.rosters.len() == gossip.len(),
                Standing::Applicant | Standing::Stranger => false,
            };
            let peers: Vec<NodeKey> =
                self.sessions.iter().filter(|(_, s)| concerns(s)).map(|(peer, _)| *peer).collect();
            for peer in peers {
                self.send(peer, &Message::Gossip(Box::new(gossip.clone())));
            }
        }
    }

    pub(super) fn on_gossip(&mut self, peer: NodeKey, gossip: Gossip) -> Result<(), Fault> {
        if gossip.len() > BATCH {
            return Err(Bye::Rule.into());
        }
        for roster in gossip.rosters {
            self.hear_roster(roster)?;
        }
        for grant in gossip.grants {
            self.take_grant(grant)?;
        }
        for address in gossip.addresses {
            self.hear_address(address)?;
        }
        if !self.session(&peer)?.standing.is_member() {
            // What members decide on comes from members.
            return Ok(());
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
    pub(crate) fn take_roster(&mut self, roster: Signed<Roster>) -> Result<(), Fault> {
        let network = self.network()?;
        if network.rosters.values().any(|held| held.hash() == roster.hash()) {
            return Ok(());
        }
        let roster: Verified<Roster> = roster.verify().map_err(|_| Bye::Rule)?;
        let network = self.network()?;
        if !network.knows(&roster.member) {
            return Ok(());
        }
        if network.roster_fits(&roster) {
            let public = network.is_member(&roster.member) || network.was_removed(&roster.member);
            let before = network.rosters.get(&roster.member).filter(|held| network.vouches(held));
            let named = |node: &RosterNode| roster.has(&node.key) || roster.retired_nodes().contains(&node.key);
            let before = before.filter(|held| !held.nodes.iter().all(named));
            // Machines that do not know of each other each signed one: who is to name both must hear of the other's.
            let both: Vec<_> = before.into_iter().chain([&roster]).map(|roster| roster.signed().clone()).collect();
            self.keep_roster(roster)?;
            if public {
                self.flood(|gossip| gossip.rosters.extend(both.clone()))?;
            }
        } else if roster.member == network.me && network.vouches(&roster) {
            self.sign_roster(roster.nodes.clone())?;
        }
        Ok(())
    }

    /// Takes a grant: signed by a node of the member who grants.
    pub(super) fn take_grant(&mut self, grant: Signed<Grant>) -> Result<(), Fault> {
        let grant: Verified<Grant> = grant.verify().map_err(|_| Bye::Rule)?;
        let network = self.network()?;
        let by_owner = network.member_of(&grant.by) == Some(grant.owner) && network.is_member(&grant.owner);
        let newer = replaces(&grant, network.grants.get(&(grant.owner, grant.partner_id())));
        if grant.network == network.id && grant.is_sound() && by_owner && newer {
            self.keep_grant(grant)?;
        }
        Ok(())
    }

    pub(crate) fn take_address(&mut self, address: Signed<Address>) -> Result<(), Fault> {
        let address: Verified<Address> = address.verify().map_err(|_| Bye::Rule)?;
        let network = self.network()?;
        let of_member = network.member_of(&address.node).is_some_and(|who| network.is_member(&who));
        let newer = replaces(&address, network.addresses.get(&address.node));
        let sound = address.is_sound() && address.network == network.id;
        if of_member && newer && sound && address.node != self.keys.node_key() {
            self.keep_address(address)?;
            self.arrived()?;
        }
        Ok(())
    }

    fn keep_address(&mut self, address: Verified<Address>) -> Result<(), Fault> {
        self.store.write(Table::Address, key(&[&address.network.0, &address.node.0]), address.signed());
        self.flood(|gossip| gossip.addresses.push(address.signed().clone()))?;
        self.network_mut()?.addresses.insert(address.node, address);
        self.turn.reach = true;
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
