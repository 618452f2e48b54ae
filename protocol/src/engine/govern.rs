//! Founding, inviting, joining, proposing and voting: what moves the charter, and what follows when it moved.

use std::collections::BTreeSet;

use crate::{
    charter::{
        self, Application, Certificate, CharterError, Fork, Link, Proposal, Vote, Wish, applies, found, may_vote,
        proposed, tally,
    },
    held::{Held, HeldFeed},
    identity::{DocId, Hash, MemberId, MemberKey, NetworkId},
    input::Amendment,
    limits::{ADDRESSES, BATCH, NAME_BYTES, PROPOSALS_PER_MEMBER, RULES_BYTES, TICKET_DAYS_MOST},
    membership::Membership,
    refusal::Refusal,
    roster::{Claim, Roster, RosterNode},
    rows::{GivenTicket, Joining, Name, Rows, key, setting},
    signed::Verified,
    standing::Grant,
    store::{Read, Store, Table},
    ticket::{Purpose, Ticket},
    view::{Answer, TicketView},
};

use super::{Engine, Fault};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// How long a partner's grant lasts unless it is ended: one year, so that a forgotten one ends by itself.
const GRANT_MS: u64 = 365 * DAY_MS;

impl<S: Store> Engine<S> {
    /// Says what this collaborative is called.
    pub(crate) fn set_name(&mut self, name: String, place: Option<String>) -> Result<(), Refusal> {
        check_text("the name", &name, NAME_BYTES)?;
        let place = place.unwrap_or_else(|| self.name.as_ref().map_or(String::new(), |n| n.place.clone()));
        if !place.is_empty() {
            check_text("the place", &place, NAME_BYTES)?;
        }
        let name = Name { name, place };
        self.store.write(Table::Setting, setting::NAME.to_vec(), &name);
        self.name = Some(name);
        Ok(())
    }

    /// Founds a network with this collaborative as its only member and steward.
    pub(crate) fn found(&mut self, name: &str, purpose: &str, rules: &str) -> Result<Answer, Refusal> {
        let own = self.name.clone().ok_or(Refusal::NoName)?;
        if self.network.is_some() {
            return Err(Refusal::InNetwork);
        }
        check_text("the purpose", purpose, RULES_BYTES)
            .or_else(|e| if purpose.is_empty() { Ok(()) } else { Err(e) })?;
        let chance = self.draw();
        let nonce = std::array::from_fn(|i| chance[i]);
        let entry = found(name, purpose, rules, &own.name, self.keys.member_key(), nonce)?.bytes();
        let vote = Vote::founding(&entry, self.keys.member_key());
        let id = NetworkId(Hash::of(&entry).0);
        self.enter(id)?;
        let vote = self.sign_vote(id, vote);
        let certificate = Certificate { entry, approvals: vec![vote.signed().clone()] };
        let link = charter::genesis(certificate)?;
        self.apply_link(link)?;
        self.sign_roster()?;
        self.announce()?;
        self.show_network()
    }

    /// Makes this network the node's own.
    fn enter(&mut self, id: NetworkId) -> Result<(), Refusal> {
        self.store.write(Table::Setting, setting::NETWORK.to_vec(), &id);
        // Marks that this installation votes from here on; a restored one lacks the mark (S4).
        self.store.write(Table::SignedVote, key(&[&id.0, b"born"]), &true);
        self.network = Some(Membership::new(id, &self.keys));
        Ok(())
    }

    /// Makes a ticket.
    pub(crate) fn invite(&mut self, partner: bool, days: u32) -> Result<Answer, Refusal> {
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
        let given = GivenTicket { purpose, secret_hash, until, bound: None, burnt: false };
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
        if let Some(network) = &self.network {
            let waiting = network.joining.is_some() && !network.own_standing(self.turn.now).is_member();
            if !waiting || network.id != ticket.network {
                return Err(Refusal::InNetwork);
            }
        } else {
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
        self.sign_roster()?;
        self.reach_all();
        Ok(())
    }

    /// Signs a roster that names this node, when ours does not.
    pub(crate) fn sign_roster(&mut self) -> Result<(), Refusal> {
        let network = self.network()?;
        let held = network.rosters.get(&network.me);
        let node = self.keys.node_key();
        if held.is_some_and(|r| r.has(&node) && r.by == self.keys.member_key()) {
            return Ok(());
        }
        let mut nodes = held.map_or(vec![], |r| r.nodes.clone());
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
            seq: held.map_or(0, |r| r.seq + 1),
            nodes,
            retired: held.map_or(vec![], |r| r.retired.clone()),
        };
        let roster = Verified::sign(roster, &self.keys.member());
        self.keep_roster(roster)
    }

    /// Keeps a roster already judged, and what it retires.
    pub(crate) fn keep_roster(&mut self, roster: Verified<Roster>) -> Result<(), Refusal> {
        let network = self.network_mut()?;
        let (id, row) = (network.id, network.roster_key(&roster.member));
        let member = roster.member;
        let retired: Vec<_> = roster.retired.iter().filter(|n| !network.retired.contains_key(n)).copied().collect();
        network.retired.extend(retired.iter().map(|n| (*n, member)));
        network.rosters.insert(member, roster.clone());
        self.store.write(Table::Roster, row, roster.signed());
        for node in retired {
            self.store.write(Table::Retired, key(&[&id.0, &node.0]), &member);
        }
        self.turn.regroup = true;
        self.settle_all_of(&[member])
    }

    /// Proposes a change, and votes for it where this node's member is a steward.
    pub(crate) fn propose(&mut self, change: Amendment, why: &str) -> Result<Answer, Refusal> {
        let network = self.network()?;
        if !network.own_standing(self.turn.now).is_member() {
            return Err(Refusal::NotMember);
        }
        let charter = network.settled()?;
        let draft = match change {
            Amendment::Admit(name) => {
                let application = self.find_application(&name)?;
                charter.draft().admit(&application.name, application.member)
            }
            Amendment::Remove(name) => charter.draft().remove(network.find(&name)?)?,
            Amendment::Stewards(names, k) => {
                let ids: Vec<MemberId> = names.iter().map(|n| network.find(n)).collect::<Result<_, _>>()?;
                let draft = charter.draft().stewards(&ids)?;
                match k {
                    Some(k) => draft.quorum(k),
                    None => draft,
                }
            }
            Amendment::Text { name, purpose, rules, review_by } => {
                let mut draft = charter.draft();
                draft = name.iter().fold(draft, |d, n| d.name(n));
                draft = purpose.iter().fold(draft, |d, p| d.purpose(p));
                draft = rules.iter().fold(draft, |d, r| d.rules(r));
                review_by.iter().fold(draft, |d, r| d.review_by(Some(r)))
            }
        };
        let entry = draft.entry()?;
        let proposal = Proposal::on(charter.head(), &entry, self.keys.member_key(), why);
        let proposal = Verified::sign(proposal, &self.keys.member());
        self.put_forward(proposal)
    }

    /// Makes a proposal of ours known, and votes for it.
    fn put_forward(&mut self, proposal: Verified<Proposal>) -> Result<Answer, Refusal> {
        let hash = proposal.entry_hash();
        let network = self.network()?;
        proposed(network.settled()?.head(), &proposal)?;
        let parent = network.settled()?.entry().clone();
        let steward = network.settled()?.entry().steward_keys().contains(&self.keys.member_key());
        self.keep_proposal(&proposal)?;
        if steward {
            self.cast(&hash, true)?;
        }
        self.proposal_view(&hash, &parent).map(|view| Answer::Proposal(Box::new(view)))
    }

    /// Votes on a proposal.
    pub(crate) fn vote(&mut self, id: &str, approve: bool) -> Result<Answer, Refusal> {
        let parent = self.network()?.settled()?.entry().clone();
        let wanted = id.trim().to_lowercase();
        let open = self.open_proposals()?;
        let mut found = open.iter().map(|p| p.entry_hash()).filter(|h| h.to_string().starts_with(&wanted));
        let hash = match (found.next(), found.next()) {
            (Some(one), None) if wanted.len() >= 4 => one,
            (Some(_), Some(_)) => return Err(Refusal::Ambiguous(id.into())),
            _ => return Err(Refusal::UnknownProposal(id.into())),
        };
        self.cast(&hash, approve)?;
        self.proposal_view(&hash, &parent).map(|view| Answer::Proposal(Box::new(view)))
    }

    /// Signs a vote by the rules S1 to S4 and counts.
    fn cast(&mut self, entry: &Hash, approve: bool) -> Result<(), Refusal> {
        let proposal = self.open_proposals()?.into_iter().find(|p| p.entry_hash() == *entry);
        let proposal = proposal.ok_or_else(|| Refusal::UnknownProposal(entry.short()))?;
        let network = self.network()?;
        let charter = network.settled()?;
        let (id, prev) = (network.id, charter.hash());
        let confirmed = self.store.get(Table::SignedVote, &key(&[&id.0, b"born"]))?.is_some();
        let wish = Wish { by: self.keys.member_key(), entry: &proposal.entry, approve, confirmed };
        let mine: Vec<Verified<Vote>> = self.store.signed(Table::SignedVote, &key(&[&id.0, &prev.0]))?;
        let mine: Vec<Vote> = mine.into_iter().map(Verified::into_body).collect();
        let seen = self.votes()?;
        let vote = may_vote(charter.head(), wish, &mine, &seen)?;
        let vote = self.sign_vote(id, vote);
        self.keep_vote(&vote)?;
        self.carry(entry)
    }

    /// Signs a vote; it stands in `signed.log` before it leaves.
    fn sign_vote(&mut self, network: NetworkId, vote: Vote) -> Verified<Vote> {
        let vote = Verified::sign(vote, &self.keys.member());
        let row = key(&[&network.0, &vote.prev.0, &vote.entry.0]);
        self.store.write(Table::SignedVote, row, vote.signed());
        vote
    }

    /// When a proposal has its votes, it becomes the charter.
    pub(crate) fn carry(&mut self, entry: &Hash) -> Result<(), Refusal> {
        let Some(proposal) = self.open_proposals()?.into_iter().find(|p| p.entry_hash() == *entry) else {
            return Ok(());
        };
        let charter = self.network()?.settled()?;
        let tally = tally(charter.head(), &proposal.entry, &self.votes()?)?;
        match tally.carried {
            Some(certificate) => {
                let link = charter::step(charter.head(), certificate)?;
                self.apply_link(link)
            }
            None => Ok(()),
        }
    }

    /// Takes a certificate that a peer sent.
    pub(crate) fn take_certificate(&mut self, certificate: Certificate) -> Result<bool, Fault> {
        let Some(network) = &self.network else { return Ok(false) };
        let link = match &network.charter {
            None if network.fork.is_none() => charter::genesis(certificate),
            Some(charter) if certificate.hash() == charter.hash() => return Ok(false),
            Some(charter) => match charter::step(charter.head(), certificate.clone()) {
                Err(CharterError::Outdated { .. }) => Err(CharterError::Outdated { needs: 0 }),
                Err(_) => return Ok(self.look_for_fork(&certificate)?),
                good => good,
            },
            None => return Ok(false),
        };
        match link {
            Ok(link) if link.network() == network.id => {
                self.apply_link(link)?;
                Ok(true)
            }
            Err(CharterError::Outdated { .. }) => {
                self.network_mut()?.outdated = true;
                Ok(false)
            }
            _ => Err(crate::message::Bye::Rule.into()),
        }
    }

    /// A certificate that does not follow our head: an earlier entry we have, or the other branch of a fork.
    fn look_for_fork(&mut self, certificate: &Certificate) -> Result<bool, Refusal> {
        if let Some(fork) = self.fork_with(certificate)? {
            let id = self.network()?.id;
            self.store.write(Table::Proof, key(&[&id.0, b"charter"]), certificate);
            self.network_mut()?.fork = Some(fork);
        }
        Ok(false)
    }

    /// The fork a certificate proves against our chain, if it does.
    fn fork_with(&self, certificate: &Certificate) -> Result<Option<Fork>, Refusal> {
        let id = self.network()?.id;
        let Ok(entry) = charter::Entry::read(&certificate.entry) else { return Ok(None) };
        if entry.seq == 0 {
            return Ok(None);
        }
        let row = |seq: u64| key(&[&id.0, &seq.to_be_bytes()]);
        let parent: Option<Certificate> = self.store.value(Table::Charter, &row(entry.seq - 1))?;
        let ours: Option<Certificate> = self.store.value(Table::Charter, &row(entry.seq))?;
        let (Some(parent), Some(ours)) = (parent, ours) else { return Ok(None) };
        let recall = |c| Link::recall(c).map_err(|_| Refusal::Unreadable);
        let (parent, ours) = (recall(parent)?, recall(ours)?);
        let theirs = charter::step(&parent, certificate.clone());
        Ok(theirs.ok().and_then(|theirs| charter::fork(&ours, &theirs)))
    }

    /// Reads back that the charter forked, after a restart.
    pub(crate) fn recall_fork(&mut self) -> Result<(), Refusal> {
        let Some(network) = &self.network else { return Ok(()) };
        let proof: Option<Certificate> = self.store.value(Table::Proof, &key(&[&network.id.0, b"charter"]))?;
        let fork = proof.map(|certificate| self.fork_with(&certificate)).transpose()?.flatten();
        self.network_mut()?.fork = fork;
        Ok(())
    }

    /// The chain is one link longer: everything that rests on who is who is looked at again.
    fn apply_link(&mut self, link: Link) -> Result<(), Refusal> {
        let network = self.network()?;
        let (id, seq) = (network.id, link.entry().seq);
        let before = network.charter.as_ref().map(|c| c.members().map(|(id, _)| id).collect::<Vec<_>>());
        let ids: Vec<MemberId> = link.entry().members.iter().map(|m| MemberId::new(id, m.first)).collect();
        let gone: Vec<MemberId> = before.unwrap_or_default().into_iter().filter(|m| !ids.contains(m)).collect();
        if !gone.is_empty() && !gone.contains(&network.me) {
            self.keep_work_of(&gone)?;
        }
        self.store.write(Table::Charter, key(&[&id.0, &seq.to_be_bytes()]), link.certificate());
        self.network_mut()?.advance(link);
        self.clear_votes()?;
        self.arrived()?;
        self.turn.regroup = true;
        self.settle_all_of(&gone)?;
        self.admit_waiting()
    }

    /// What was proposed and voted on the old head is over.
    fn clear_votes(&mut self) -> Result<(), Refusal> {
        let id = self.network()?.id;
        for table in [Table::Proposal, Table::Vote] {
            for (row, _) in self.store.scan(table, &id.0, &id.0, usize::MAX >> 1)? {
                self.store.delete(table, row);
            }
        }
        Ok(())
    }

    /// When the chain now names us, or a grant does, the ticket has done its work.
    pub(crate) fn arrived(&mut self) -> Result<(), Refusal> {
        let now = self.turn.now;
        let network = self.network_mut()?;
        if network.joining.is_some() && network.own_standing(now).who().is_some() {
            network.joining = None;
            let id = network.id;
            self.store.delete(Table::Joining, id.0.to_vec());
            self.sign_roster()?;
            self.announce()?;
        }
        Ok(())
    }

    /// Proposes to admit whoever came with a ticket of ours and is not in yet.
    pub(crate) fn admit_waiting(&mut self) -> Result<(), Refusal> {
        let network = self.network()?;
        let Ok(charter) = network.settled() else { return Ok(()) };
        let steward = charter.entry().steward_keys().contains(&self.keys.member_key());
        if !steward {
            return Ok(());
        }
        for application in self.applications()? {
            let row = key(&[&application.network.0, &application.ticket.0]);
            let Some(mut given) = self.store.value::<GivenTicket>(Table::Ticket, &row)? else { continue };
            let charter = self.network()?.settled()?;
            if charter.member_by_key(application.member).is_some() {
                given.burnt = true;
                self.store.write(Table::Ticket, row, &given);
                self.store.delete(Table::Application, key(&[&application.network.0, &application.member.0]));
                continue;
            }
            let ours = given.purpose == Purpose::Join && given.bound == Some(application.member) && !given.burnt;
            if !ours || applies(charter.head(), &application).is_err() {
                continue;
            }
            let entry = charter.draft().admit(&application.name, application.member).entry()?;
            let proposal = Proposal::on(charter.head(), &entry, self.keys.member_key(), "came with our ticket");
            let proposal = Verified::sign(proposal, &self.keys.member());
            match self.put_forward(proposal) {
                // Another proposal of this round is still open; when it ends, this one's turn comes.
                Ok(_) | Err(Refusal::Signing(_)) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(())
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

    /// Proposals that can still follow our head.
    pub(crate) fn open_proposals(&self) -> Result<Vec<Verified<Proposal>>, Refusal> {
        let network = self.network()?;
        let Some(charter) = &network.charter else { return Ok(vec![]) };
        let all: Vec<Verified<Proposal>> = self.store.signed(Table::Proposal, &network.id.0)?;
        Ok(all.into_iter().filter(|p| proposed(charter.head(), p).is_ok()).collect())
    }

    /// Votes seen on children of our head.
    pub(crate) fn votes(&self) -> Result<Vec<Verified<Vote>>, Refusal> {
        self.store.signed(Table::Vote, &self.network()?.id.0)
    }

    /// Applications that have come.
    pub(crate) fn applications(&self) -> Result<Vec<Verified<Application>>, Refusal> {
        self.store.signed(Table::Application, &self.network()?.id.0)
    }

    fn find_application(&self, name: &str) -> Result<Verified<Application>, Refusal> {
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

    /// Keeps a proposal and passes it on. False when it was here, cannot be voted on, or its author has too many.
    pub(crate) fn keep_proposal(&mut self, proposal: &Verified<Proposal>) -> Result<bool, Refusal> {
        let network = self.network()?;
        let Ok(charter) = network.settled() else { return Ok(false) };
        if proposed(charter.head(), proposal).is_err() {
            return Ok(false);
        }
        let row = key(&[&network.id.0, &proposal.entry_hash().0]);
        let open = self.open_proposals()?;
        let of_author = open.iter().filter(|p| p.by == proposal.by).count();
        if of_author >= PROPOSALS_PER_MEMBER || self.store.get(Table::Proposal, &row)?.is_some() {
            return Ok(false);
        }
        self.store.write(Table::Proposal, row, proposal.signed());
        self.flood(|gossip| gossip.proposals.push(proposal.signed().clone()))?;
        Ok(true)
    }

    /// Keeps a vote and passes it on. A vote may come before its proposal: then it comes again with it.
    pub(crate) fn keep_vote(&mut self, vote: &Verified<Vote>) -> Result<bool, Refusal> {
        let network = self.network()?;
        let Ok(charter) = network.settled() else { return Ok(false) };
        let proposal = self.open_proposals()?.into_iter().find(|p| p.entry_hash() == vote.entry);
        let Some(entry) = proposal.and_then(|p| proposed(charter.head(), &p).ok()) else { return Ok(false) };
        let row = key(&[&network.id.0, &vote.entry.0, &vote.by.0, &[u8::from(vote.approve)]]);
        let counts = charter::counts(charter.head(), &entry, vote).is_ok();
        if !counts || self.store.get(Table::Vote, &row)?.is_some() {
            return Ok(false);
        }
        self.store.write(Table::Vote, row, vote.signed());
        self.flood(|gossip| gossip.votes.push(vote.signed().clone()))?;
        Ok(true)
    }

    /// Keeps an application and passes it on.
    pub(crate) fn keep_application(&mut self, application: &Verified<Application>) -> Result<bool, Refusal> {
        let network = self.network()?;
        let Ok(charter) = network.settled() else { return Ok(false) };
        let row = key(&[&network.id.0, &application.member.0]);
        let full = self.applications()?.len() >= BATCH;
        if full || applies(charter.head(), application).is_err() || self.store.get(Table::Application, &row)?.is_some()
        {
            return Ok(false);
        }
        self.store.write(Table::Application, row, application.signed());
        self.flood(|gossip| gossip.applications.push(application.signed().clone()))?;
        Ok(true)
    }

    /// Looks again at every document that has something of these members.
    pub(crate) fn settle_all_of(&mut self, members: &[MemberId]) -> Result<(), Refusal> {
        if members.is_empty() {
            return Ok(());
        }
        let network = self.network()?;
        let touches = |held: &Held| {
            let by = |f: &HeldFeed| network.ever_member_of(&f.key).is_none_or(|who| members.contains(&who));
            members.contains(&held.terms.owner) || held.feeds.iter().any(by)
        };
        let mut docs = BTreeSet::new();
        let mut settled = BTreeSet::new();
        for (row, held) in self.store.values::<Held>(Table::Document, &[])? {
            let doc = DocId(row.try_into().map_err(|_| Refusal::Unreadable)?);
            settled.insert(doc);
            if touches(&held) {
                docs.insert(doc);
            }
        }
        // Documents whose owner's nodes were not known until now.
        for (row, _) in self.store.scan(Table::Header, &[], &[], usize::MAX >> 1)? {
            docs.extend(row.get(..32).and_then(|id| id.try_into().ok()).map(DocId).filter(|d| !settled.contains(d)));
        }
        docs.into_iter().try_for_each(|doc| self.settle(&doc))
    }
}

/// What names a ticket: the hash of its secret's hash, which tells nobody how to use it.
pub(crate) fn ticket_id(secret_hash: &Hash) -> Hash {
    Hash::derive("commonweal 1 ticket id", &[&secret_hash.0])
}

fn check_text(what: &'static str, text: &str, most: usize) -> Result<(), Refusal> {
    let good = !text.trim().is_empty() && text.len() <= most && !text.chars().any(|c| c.is_control() && c != '\n');
    if good { Ok(()) } else { Err(Refusal::BadText { what, most }) }
}
