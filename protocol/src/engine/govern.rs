//! Founding, proposing and voting: what stewards decide.

use crate::{
    charter::{self, Certificate, Proposal, Vote, Wish, check_name, found, may_vote, proposed, tally},
    identity::{Hash, MemberId, NetworkId},
    input::Amendment,
    limits::{NAME_BYTES, PROPOSALS_PER_MEMBER, RULES_BYTES},
    membership::Membership,
    refusal::Refusal,
    rows::{Name, Rows, key, setting},
    signed::Verified,
    store::{Read, Store, Table},
    view::Answer,
};

use super::Engine;

impl<S: Store> Engine<S> {
    /// Says what this collaborative is called.
    pub(crate) fn set_name(&mut self, name: String, place: Option<String>) -> Result<(), Refusal> {
        let place = place.unwrap_or_else(|| self.name.as_ref().map_or(String::new(), |n| n.place.clone()));
        let (name, place) = (name.trim().to_owned(), place.trim().to_owned());
        // What a charter would not take is refused now, not when somebody tries to join with it.
        for (what, text) in [("the name", &name), ("the place", &place)] {
            let may_be_empty = what == "the place" && text.is_empty();
            if !may_be_empty && check_name(text).is_err() {
                return Err(Refusal::BadText { what, most: NAME_BYTES });
            }
        }
        let name = Name { name, place };
        self.store.write(Table::Setting, setting::NAME.to_vec(), &name);
        self.turn.touched = true;
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
        self.may_vote_from_here_on(id)?;
        let vote = self.sign_vote(id, vote)?;
        let certificate = Certificate { entry, approvals: vec![vote.signed().clone()] };
        let link = charter::genesis(certificate)?;
        self.apply_link(link)?;
        self.sign_roster(vec![])?;
        self.announce()?;
        self.show_network()
    }

    /// Marks that nothing was ever voted in this collaborative's name before; a restored machine lacks the mark, and so does
    /// one made of the words, until a member confirms what they hold (S4).
    pub(crate) fn may_vote_from_here_on(&mut self, id: NetworkId) -> Result<(), Refusal> {
        self.store.write(Table::SignedVote, key(&[&id.0, b"born"]), &true);
        self.count_votes(id)
    }

    /// Whether all votes that were signed in this collaborative's name are known here: it may vote, and none is missing of
    /// those the journal counts. They stand in a file of their own, which can have been cut or put back.
    pub(crate) fn knows_its_votes(&self) -> Result<bool, Refusal> {
        let id = self.network()?.id;
        let born = self.store.get(Table::SignedVote, &key(&[&id.0, b"born"]))?.is_some();
        let counted: Option<u64> = self.store.value(Table::Setting, &key(&[setting::VOTES, &id.0]))?;
        Ok(born && counted.unwrap_or(0) <= self.votes_known(id)?)
    }

    fn votes_known(&self, id: NetworkId) -> Result<u64, Refusal> {
        Ok(self.store.scan(Table::SignedVote, &id.0, &id.0, usize::MAX >> 1)?.len() as u64)
    }

    fn count_votes(&mut self, id: NetworkId) -> Result<(), Refusal> {
        let known = self.votes_known(id)?;
        self.store.write(Table::Setting, key(&[setting::VOTES, &id.0]), &known);
        Ok(())
    }

    /// Makes this network the node's own.
    pub(crate) fn enter(&mut self, id: NetworkId) -> Result<(), Refusal> {
        self.store.write(Table::Setting, setting::NETWORK.to_vec(), &id);
        self.turn.touched = true;
        self.network = Some(Membership::new(id, &self.keys));
        Ok(())
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
    pub(crate) fn put_forward(&mut self, proposal: Verified<Proposal>) -> Result<Answer, Refusal> {
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
        let confirmed = self.knows_its_votes()?;
        let wish = Wish { by: self.keys.member_key(), entry: &proposal.entry, approve, confirmed };
        let mine: Vec<Verified<Vote>> = self.store.signed(Table::SignedVote, &key(&[&id.0, &prev.0]))?;
        let mine: Vec<Vote> = mine.into_iter().map(Verified::into_body).collect();
        let seen = self.votes()?;
        let vote = may_vote(charter.head(), wish, &mine, &seen)?;
        let vote = self.sign_vote(id, vote)?;
        self.keep_vote(&vote)?;
        self.carry(entry)
    }

    /// Signs a vote; it stands in `signed.log` before it leaves.
    fn sign_vote(&mut self, network: NetworkId, vote: Vote) -> Result<Verified<Vote>, Refusal> {
        let vote = Verified::sign(vote, &self.keys.member());
        let row = key(&[&network.0, &vote.prev.0, &vote.entry.0]);
        self.store.write(Table::SignedVote, row, vote.signed());
        self.count_votes(network)?;
        Ok(vote)
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
}

fn check_text(what: &'static str, text: &str, most: usize) -> Result<(), Refusal> {
    let good = !text.trim().is_empty() && text.len() <= most && !text.chars().any(|c| c.is_control() && c != '\n');
    if good { Ok(()) } else { Err(Refusal::BadText { what, most }) }
}
