//! The charter's chain as it grows here: the next link, another branch, and what is looked at again.

use std::collections::BTreeSet;

use crate::{
    charter::{self, Certificate, CharterError, Fork, Link, applies},
    held::{Held, HeldFeed},
    identity::{DocId, MemberId, MemberKey},
    refusal::Refusal,
    rows::{Joining, Rows, key},
    store::{Read, Store, Table},
};

use super::{Engine, Fault};

impl<S: Store> Engine<S> {
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
        let pin = self.network()?.pin();
        if let Some(fork) = self.fork_with(certificate)?.filter(|fork| fork.seq > pin) {
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
    pub(crate) fn apply_link(&mut self, link: Link) -> Result<(), Refusal> {
        let network = self.network()?;
        let (id, seq) = (network.id, link.entry().seq);
        let before = network.charter.as_ref().map(|c| c.members().map(|(id, _)| id).collect::<Vec<_>>());
        let ids: Vec<MemberId> = link.entry().members.iter().map(|m| MemberId::new(id, m.first)).collect();
        let gone: Vec<MemberId> = before.unwrap_or_default().into_iter().filter(|m| !ids.contains(m)).collect();
        if !gone.is_empty() && !gone.contains(&network.me) {
            self.keep_work_of(&gone)?;
        }
        self.store.write(Table::Charter, key(&[&id.0, &seq.to_be_bytes()]), link.certificate());
        // Admitted after our ticket was made: until now nobody could vote with our key. Unless it was another machine that
        // came with the ticket, and this one was set up from its backup.
        let new = link.entry().members.iter().any(|m| m.key == self.keys.member_key() && m.since == seq);
        let came = self.store.value::<Joining>(Table::Joining, &id.0)?.map(|joining| joining.application.recall());
        let came = came.is_some_and(|it| it.is_ok_and(|it| it.node == self.keys.node_key()));
        let network = self.network()?;
        if new && came && network.joining.as_ref().is_some_and(|ticket| network.links.contains(&ticket.charter)) {
            self.may_vote_from_here_on(id)?;
        }
        self.network_mut()?.advance(link);
        self.burn_tickets()?;
        self.clear_votes()?;
        self.arrived()?;
        self.turn.regroup = true;
        self.turn.unsettled.extend(gone);
        self.admit_waiting()
    }

    /// What was proposed and voted on the old head is over, and so are applications of who is in by now.
    fn clear_votes(&mut self) -> Result<(), Refusal> {
        let id = self.network()?.id;
        for table in [Table::Proposal, Table::Vote] {
            for (row, _) in self.store.scan(table, &id.0, &id.0, usize::MAX >> 1)? {
                self.store.delete(table, row);
            }
        }
        let charter = self.network()?.settled()?;
        let over: Vec<MemberKey> =
            self.applications()?.iter().filter(|a| applies(charter.head(), a).is_err()).map(|a| a.member).collect();
        for member in over {
            self.store.delete(Table::Application, key(&[&id.0, &member.0]));
        }
        Ok(())
    }

    /// Looks again at every document that has something of these members.
    pub(crate) fn settle_all_of(&mut self, members: &BTreeSet<MemberId>) -> Result<(), Refusal> {
        if members.is_empty() {
            return Ok(());
        }
        let network = self.network()?;
        let touches = |held: &Held| {
            let by = |f: &HeldFeed| network.ever_member_of(&f.key).is_none_or(|who| members.contains(&who));
            members.contains(&held.terms.owner) || held.feeds.iter().any(by)
        };
        let mut docs = BTreeSet::new();
        for (row, held) in self.store.values::<Held>(Table::Document, &[])? {
            let doc = DocId(row.try_into().map_err(|_| Refusal::Unreadable)?);
            if touches(&held) {
                docs.insert(doc);
            }
        }
        docs.into_iter().try_for_each(|doc| self.settle_again(&doc))
    }
}
