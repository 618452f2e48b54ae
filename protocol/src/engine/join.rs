//! Tickets, newcomers, partners and rosters: how somebody comes to belong, and with which nodes.

use crate::{
    charter::{self, Application, Proposal, applies},
    effect::Effect,
    identity::{Hash, MemberId, MemberKey, NodeKey},
    limits::{ADDRESSES, BATCH, ROSTER_NODES, TICKET_DAYS_MOST},
    message::{Gossip, Message},
    refusal::Refusal,
    roster::{Claim, Roster, RosterNode},
    rows::{GivenTicket, Joining, Rows, key, setting},
    signed::Verified,
    standing::Grant,
    store::{Read, Store, Table},
    ticket::{Purpose, Ticket},
    view::{Answer, TicketView},
};

use super::Engine;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// How long a partner's grant lasts unless it is ended: one year, so that a forgotten one ends by itself.
const GRANT_MS: u64 = 365 * DAY_MS;

impl<S: Store> Engine<S> {
    /// Makes a ticket.
    pub(crate) fn invite(&mut self, partner: bool, days: u32, check: bool) -> Result<Answer, Refusal> {
        if days == 0 || days > TICKET_DAYS_MOST {
            return Err(Refusal::TicketDays(TICKET_DAYS_MOST));
        }
        if self.listening.is_empty() {
            return Err(Refusal::NoAddress);
        }
        let network = self.network()?;
        if !network.own_standing(self.turn.now).is_member() {
            return Err(Refusal::NotMember);
        }
        let (id, charter) = (network.id, network.settled()?.hash());
        let chance = self.draw();
        let ticket = Ticket {
            v: 1,
            purpose: if partner { Purpose::Partner } else { Purpose::Join },
            network: id,
            charter,
            from: self.keys.member_key(),
            node: self.keys.node_key(),
            addresses: self.listening.iter().take(ADDRESSES).cloned().collect(),
            secret: std::array::from_fn(|i| chance[i]),
            until: self.turn.now + u64::from(days) * DAY_MS,
        };
        let secret_hash = ticket.secret_hash();
        let (purpose, until) = (ticket.purpose, ticket.until);
        let given = GivenTicket { purpose, secret_hash, until, bound: None, burnt: false, check: Some(check) };
        self.store.write(Table::Ticket, key(&[&id.0, &ticket_id(&secret_hash).0]), &given);
        Ok(Answer::Ticket(TicketView { ticket: ticket.to_text(), until }))
    }

    /// Goes to a network with a ticket. The rest happens when its node is reached.
    pub(crate) fn join(&mut self, text: &str) -> Result<(), Refusal> {
        let own = self.name.clone().ok_or(Refusal::NoName)?;
        let ticket = Ticket::parse(text)?;
        if ticket.until <= self.turn.now {
            return Err(Refusal::TicketExpired);
        }
        self.ticket_refused = false;
        if let Some(network) = &self.network {
            let (inside, begun) = (network.own_standing(self.turn.now).who().is_some(), network.charter.is_some());
            let elsewhere = network.id != ticket.network;
            if inside || (elsewhere && begun) {
                return Err(Refusal::InNetwork);
            }
            // A host that never answered keeps nobody from going elsewhere.
            if elsewhere {
                self.give_up_joining()?;
            }
        }
        if self.network.is_none() {
            self.enter(ticket.network)?;
        }
        let application = Application {
            v: 1,
            network: ticket.network,
            name: own.name,
            place: own.place,
            member: self.keys.member_key(),
            node: self.keys.node_key(),
            ticket: ticket_id(&ticket.secret_hash()),
            charter: ticket.charter,
        };
        let application = Verified::sign(application, &self.keys.member());
        let joining = Joining { ticket: text.into(), application: application.signed().clone() };
        self.store.write(Table::Joining, ticket.network.0.to_vec(), &joining);
        self.network_mut()?.joining = Some(ticket);
        self.sign_roster(vec![])?;
        self.turn.reach = true;
        Ok(())
    }

    /// Our host does not accept the ticket. Where nothing came of it, this node belongs to no network again, so that
    /// another ticket can be tried; who waits for the stewards' votes longer than its ticket lasts goes on waiting.
    pub(crate) fn turned_away(&mut self, by: NodeKey) -> Result<(), Refusal> {
        let joining = self.network.as_ref().filter(|n| n.joining.as_ref().is_some_and(|t| t.node == by));
        if joining.is_some_and(|n| n.charter.is_none()) {
            self.give_up_joining()?;
            self.ticket_refused = true;
        }
        Ok(())
    }

    /// Nothing came of a ticket: this node belongs to no network again.
    pub(super) fn give_up_joining(&mut self) -> Result<(), Refusal> {
        let network = self.network_mut()?;
        let (id, roster) = (network.id, network.roster_key(&network.me));
        let host = network.joining.as_ref().map(|ticket| ticket.node);
        self.store.delete(Table::Joining, id.0.to_vec());
        self.store.delete(Table::Roster, roster);
        self.store.delete(Table::Setting, setting::NETWORK.to_vec());
        self.network = None;
        self.turn.effects.extend(host.map(|peer| Effect::Forget { peer }));
        Ok(())
    }

    /// Signs a roster that names this node, and these machines of ours, when ours does not. On the way in its number is 0,
    /// and later never: what a new machine says before it has heard of the others takes the place of nothing.
    pub(crate) fn sign_roster(&mut self, others: Vec<RosterNode>) -> Result<(), Refusal> {
        let network = self.network()?;
        let held = network.rosters.get(&network.me);
        let node = self.keys.node_key();
        let least = u64::from(network.own_standing(self.turn.now).who().is_some());
        let mut nodes = held.map_or(vec![], |r| r.nodes.clone());
        let forgotten = others.into_iter().filter(|n| !network.retired.contains_key(&n.key));
        let forgotten: Vec<RosterNode> = forgotten.filter(|n| nodes.iter().all(|known| known.key != n.key)).collect();
        // A list that nobody takes is not made: who was retired stays so, and where the list is full some are retired first.
        let is_in = nodes.iter().any(|n| n.key == node);
        if network.retired.contains_key(&node) || (!is_in && nodes.len() >= ROSTER_NODES) {
            return Ok(());
        }
        let complete = forgotten.is_empty() || nodes.len() + forgotten.len() >= ROSTER_NODES;
        if held.is_some_and(|r| complete && r.has(&node) && r.by == self.keys.member_key() && r.seq >= least) {
            return Ok(());
        }
        if !complete {
            nodes.extend(forgotten);
        }
        if !nodes.iter().any(|n| n.key == node) {
            let claim = Claim { v: 1, network: network.id, member: network.me, node };
            let claim = Verified::sign(claim, &self.keys.node()).signed().clone();
            nodes.push(RosterNode { key: node, name: "server".into(), claim });
        }
        let roster = Roster {
            v: 1,
            network: network.id,
            member: network.me,
            by: self.keys.member_key(),
            seq: held.map_or(least, |r| r.seq.saturating_add(1)),
            nodes,
            retired: held.map_or(vec![], |r| r.retired.clone()),
        };
        let roster = Verified::sign(roster, &self.keys.member());
        self.flood(|gossip| gossip.rosters.push(roster.signed().clone()))?;
        self.keep_roster(roster)
    }

    /// Keeps a roster already judged, and what it retires.
    pub(crate) fn keep_roster(&mut self, roster: Verified<Roster>) -> Result<(), Refusal> {
        let network = self.network_mut()?;
        let (id, row, member) = (network.id, network.roster_key(&roster.member), roster.member);
        let before = network.rosters.get(&member).filter(|r| network.vouches(r)).map_or(vec![], |r| r.nodes.clone());
        let retired: Vec<_> = roster.retired_nodes().into_iter().filter(|n| !network.retired.contains_key(n)).collect();
        network.retired.extend(retired.iter().map(|n| (*n, member)));
        network.rosters.insert(member, roster.clone());
        self.store.write(Table::Roster, row, roster.signed());
        for node in retired {
            self.store.write(Table::Retired, key(&[&id.0, &node.0]), &member);
        }
        self.turn.regroup = true;
        self.turn.unsettled.insert(member);
        // Two nodes of one member that did not know of each other: the newer list is to name both, and every machine that
        // either of them knew, be it gone by now: what it signed is to count.
        let network = self.network()?;
        let node = self.keys.node_key();
        if member == network.me && !network.retired.contains_key(&node) {
            self.sign_roster(before)?;
        }
        Ok(())
    }

    /// When the chain now names us, or a grant does, the ticket has done its work: except that until a neighbor has told
    /// us where it listens, the ticket alone says where to find anybody, also after a crash.
    pub(crate) fn arrived(&mut self) -> Result<(), Refusal> {
        let (now, me) = (self.turn.now, self.keys.node_key());
        let network = self.network()?;
        if network.joining.is_none() || network.own_standing(now).who().is_none() {
            return Ok(());
        }
        if network.addresses.keys().any(|node| *node != me) {
            let network = self.network_mut()?;
            network.joining = None;
            let id = network.id;
            self.store.delete(Table::Joining, id.0.to_vec());
        }
        self.sign_roster(vec![])?;
        self.announce()
    }

    /// Tickets of ours whose bearers are in by now have done their work.
    pub(crate) fn burn_tickets(&mut self) -> Result<(), Refusal> {
        for application in self.applications()? {
            let row = key(&[&application.network.0, &application.ticket.0]);
            let Some(mut given) = self.store.value::<GivenTicket>(Table::Ticket, &row)? else { continue };
            let charter = self.network()?.settled()?;
            if charter.member_by_key(application.member).is_some() {
                given.burnt = true;
                self.store.write(Table::Ticket, row, &given);
            }
        }
        Ok(())
    }

    /// Proposes to admit whoever came with a ticket of ours and is not in yet.
    pub(crate) fn admit_waiting(&mut self) -> Result<(), Refusal> {
        let network = self.network()?;
        let Ok(charter) = network.settled() else { return Ok(()) };
        if !charter.entry().steward_keys().contains(&self.keys.member_key()) {
            return Ok(());
        }
        for application in self.applications()? {
            let row = key(&[&application.network.0, &application.ticket.0]);
            let Some(given) = self.store.value::<GivenTicket>(Table::Ticket, &row)? else { continue };
            let charter = self.network()?.settled()?;
            let ours = given.purpose == Purpose::Join && given.bound == Some(application.member) && !given.burnt;
            // Somebody first compares the four words with them, and then proposes it.
            let waits = given.check == Some(true);
            if !ours || waits || applies(charter.head(), &application).is_err() {
                continue;
            }
            // A charter that is full admits nobody; the applicant waits until there is room.
            let Ok(entry) = charter.draft().admit(&application.name, application.member).entry() else { continue };
            let proposal = Proposal::on(charter.head(), &entry, self.keys.member_key(), "came with our ticket");
            let proposal = Verified::sign(proposal, &self.keys.member());
            match self.put_forward(proposal) {
                // Another proposal of this round is still open; when it ends, this one's turn comes.
                Ok(_) | Err(Refusal::Signing(_) | Refusal::UnknownProposal(_)) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    /// A member's or partner's other machine came with a proven ticket: it hears which of its collaborative's machines are
    /// known, so that it can add itself to them. False where the ticket is not good.
    pub(crate) fn take_machine(
        &mut self,
        peer: NodeKey,
        application: &Verified<Application>,
        given: &GivenTicket,
    ) -> Result<bool, Refusal> {
        let (network, bearer) = (self.network()?, application.member);
        let bound = given.bound.is_none_or(|k| k == bearer);
        let sound = application.v == 1 && application.network == network.id;
        if given.burnt || given.until <= self.turn.now || !bound || !sound {
            return Ok(false);
        }
        let row = key(&[&network.id.0, &ticket_id(&given.secret_hash).0]);
        let mut gossip = Gossip::new(network.id);
        gossip.rosters.extend(network.rosters.get(&network.id_of(bearer)).map(|roster| roster.signed().clone()));
        self.store.write(Table::Ticket, row, &GivenTicket { bound: Some(bearer), ..given.clone() });
        self.send(peer, &Message::Gossip(Box::new(gossip)));
        Ok(true)
    }

    /// Somebody came with a proven ticket. Whether it holds for it.
    pub(crate) fn take_applicant(
        &mut self,
        application: &Verified<Application>,
        given: &GivenTicket,
    ) -> Result<bool, Refusal> {
        let row = key(&[&application.network.0, &application.ticket.0]);
        let bound = given.bound.is_none_or(|k| k == application.member);
        if given.burnt || given.until <= self.turn.now || !bound {
            return Ok(false);
        }
        let name = charter::check_name(&application.name).is_ok();
        if !name || application.network != self.network()?.id {
            return Ok(false);
        }
        let mut given = given.clone();
        given.bound = Some(application.member);
        match given.purpose {
            Purpose::Join => {
                let charter = self.network()?.settled()?;
                if applies(charter.head(), application).is_err() {
                    return Ok(false);
                }
                self.store.write(Table::Ticket, row, &given);
                self.keep_application(application)?;
                self.admit_waiting()?;
            }
            Purpose::Partner => {
                given.burnt = true;
                self.store.write(Table::Ticket, row, &given);
                self.grant(&application.name, application.member, false)?;
            }
        }
        Ok(true)
    }

    /// Signs a grant for a partner, or its end.
    fn grant(&mut self, name: &str, partner: MemberKey, revoked: bool) -> Result<(), Refusal> {
        let network = self.network()?;
        let id = MemberId::new(network.id, partner);
        let seq = network.grants.get(&(network.me, id)).map_or(0, |g| g.seq + 1);
        let grant = Grant {
            v: 1,
            network: network.id,
            owner: network.me,
            by: self.keys.node_key(),
            partner,
            name: name.into(),
            seq,
            until: self.turn.now + GRANT_MS,
            revoked,
        };
        self.keep_grant(Verified::sign(grant, &self.keys.node()))
    }

    /// Keeps a grant already judged.
    pub(crate) fn keep_grant(&mut self, grant: Verified<Grant>) -> Result<(), Refusal> {
        let pair = (grant.owner, grant.partner_id());
        self.store.write(Table::Grant, key(&[&grant.network.0, &pair.0.0, &pair.1.0]), grant.signed());
        self.network_mut()?.grants.insert(pair, grant);
        self.turn.regroup = true;
        self.arrived()
    }

    /// Takes a partner's grant back.
    pub(crate) fn end_partner(&mut self, name: &str) -> Result<(), Refusal> {
        let network = self.network()?;
        let partner = network.find(name)?;
        let grant = network.grants.get(&(network.me, partner)).ok_or_else(|| Refusal::UnknownMember(name.into()))?;
        let (name, key) = (grant.name.clone(), grant.partner);
        self.grant(&name, key, true)
    }

    /// Applications that have come.
    pub(crate) fn applications(&self) -> Result<Vec<Verified<Application>>, Refusal> {
        self.store.signed(Table::Application, &self.network()?.id.0)
    }

    pub(crate) fn find_application(&self, name: &str) -> Result<Verified<Application>, Refusal> {
        let folded = name.trim().to_lowercase();
        let all = self.applications()?;
        let mut found = all.into_iter().filter(|a| {
            a.name.to_lowercase() == folded || (folded.len() >= 6 && a.member.to_string().starts_with(&folded))
        });
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one),
            (None, _) => Err(Refusal::UnknownApplicant(name.into())),
            _ => Err(Refusal::Ambiguous(name.into())),
        }
    }

    /// Keeps an application and passes it on.
    pub(crate) fn keep_application(&mut self, application: &Verified<Application>) -> Result<bool, Refusal> {
        let network = self.network()?;
        let Ok(charter) = network.settled() else { return Ok(false) };
        let row = key(&[&network.id.0, &application.member.0]);
        // Who came with a ticket of ours is never refused for want of room.
        let ours = key(&[&network.id.0, &application.ticket.0]);
        let full = self.applications()?.len() >= BATCH && self.store.get(Table::Ticket, &ours)?.is_none();
        let known = self.store.get(Table::Application, &row)?.is_some();
        if full || known || applies(charter.head(), application).is_err() || self.was_withdrawn(application)? {
            return Ok(false);
        }
        self.store.write(Table::Application, row, application.signed());
        self.flood(|gossip| gossip.applications.push(application.signed().clone()))?;
        Ok(true)
    }
}

/// What names a ticket: the hash of its secret's hash, which tells nobody how to use it.
pub(crate) fn ticket_id(secret_hash: &Hash) -> Hash {
    Hash::derive("commonweal 1 ticket id", &[&secret_hash.0])
}
