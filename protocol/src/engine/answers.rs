//! What people ask to see.

use crate::{
    charter::Application,
    engine::Engine,
    held::Held,
    identity::DocId,
    limits::SUBSCRIPTION_RULES,
    refusal::Refusal,
    rows::Rows,
    signed::Verified,
    standing::Standing,
    store::{Read, Store, Table},
    subscription::Rule,
    view::{Answer, ApplicationView, MemberView, NetworkView, PartnerView, PeerView, StatusView, Summary},
};

use super::records::kind_of;

impl<S: Store> Engine<S> {
    /// The network as it holds here.
    pub(crate) fn show_network(&self) -> Result<Answer, Refusal> {
        let network = self.network()?;
        let charter = network.charter.as_ref().ok_or(Refusal::NoNetwork)?;
        let entry = charter.entry();
        let members = charter.members().map(|(id, member)| MemberView {
            id,
            name: member.name.clone(),
            steward: entry.is_steward(member),
            own: id == network.me,
            blocked_since: network.blocked.get(&id).copied(),
            nodes: network.rosters.get(&id).map_or(vec![], |r| r.nodes.iter().map(|n| n.key).collect()),
        });
        let open = self.open_proposals()?;
        let proposals = open.iter().map(|p| self.proposal_view(&p.entry_hash(), entry));
        let applications = self.applications()?;
        let came = |a: &Verified<Application>| {
            let check = self.check_of(a)?;
            let invitation = check.as_ref().map(|_| a.ticket);
            Ok::<_, Refusal>(ApplicationView {
                name: a.name.clone(),
                place: a.place.clone(),
                key: a.member,
                invitation,
                check,
            })
        };
        let partners = network.grants.values().filter(|g| g.owner == network.me);
        let view = NetworkView {
            network: network.id,
            name: entry.name.clone(),
            purpose: entry.purpose.clone(),
            rules: entry.rules.clone(),
            review_by: entry.review_by.clone(),
            seq: entry.seq,
            head: charter.hash(),
            standing: network.own_standing(self.turn.now).word(),
            members: members.collect(),
            k: entry.k,
            removed: network.removed().iter().map(|id| network.name_of(id)).collect(),
            proposals: proposals.collect::<Result<_, _>>()?,
            applications: applications.iter().map(came).collect::<Result<_, _>>()?,
            partners: partners
                .map(|g| PartnerView { id: g.partner_id(), name: g.name.clone(), until: g.until, revoked: g.revoked })
                .collect(),
            trouble: network.settled().err(),
        };
        Ok(Answer::Network(Box::new(view)))
    }

    /// Records, in order of their ids.
    pub(crate) fn list(
        &self,
        kind: Option<&str>,
        owner: Option<&str>,
        after: Option<DocId>,
        limit: usize,
    ) -> Result<Answer, Refusal> {
        let kind = kind.map(kind_of).transpose()?.map(|k| k.name);
        let owner = owner.map(|text| self.find_owner(text)).transpose()?;
        let mut from = after.map_or(vec![], |doc| [doc.0.as_slice(), &[0]].concat());
        let mut records = vec![];
        while records.len() < limit {
            let rows = self.store.scan(Table::Document, &[], &from, 256)?;
            for (row, bytes) in &rows {
                let doc = DocId(row.as_slice().try_into().map_err(|_| Refusal::Unreadable)?);
                let held: Held = crate::format::recall(bytes, bytes.len()).map_err(|_| Refusal::Unreadable)?;
                let gone = held.terms.deleted || held.terms.superseded_by.is_some();
                let fits =
                    !gone && kind.is_none_or(|k| k == held.terms.kind) && owner.is_none_or(|o| o == held.terms.owner);
                if !fits || records.len() >= limit {
                    continue;
                }
                records.extend(self.summary(&doc, &held)?);
            }
            match rows.last() {
                Some((row, _)) if rows.len() == 256 => from = [row.as_slice(), &[0]].concat(),
                _ => break,
            }
        }
        Ok(Answer::Records { records })
    }

    /// What lists show of a document; none when there is nothing to see. Lists leave out what another took the place
    /// of; who has its id may still look at it, and is told where it went.
    pub(crate) fn summary(&self, doc: &DocId, held: &Held) -> Result<Option<Summary>, Refusal> {
        let Some(view) = self.view(doc)? else { return Ok(None) };
        let text = |name: &str| view[name].as_str().unwrap_or_default().to_string();
        Ok(Some(Summary {
            id: *doc,
            kind: held.terms.kind.clone(),
            title: text("title"),
            summary: text("summary"),
            owner: held.terms.owner,
            owner_name: self.name_of(&held.terms.owner),
            audience: held.terms.audience.word(),
            own: self.owns(&held.terms),
        }))
    }

    /// Changes what this node asks for, and asks its peers anew.
    pub(crate) fn subscribe(&mut self, add: Vec<Rule>, remove: &[Rule]) -> Result<Answer, Refusal> {
        let network = self.network()?.id;
        let mut rules = self.subscriptions()?;
        rules.retain(|rule| !remove.iter().any(|gone| gone == rule || gone.clone().plain() == *rule));
        for rule in add {
            rules.push(rule.checked()?);
        }
        rules.sort();
        rules.dedup();
        rules.truncate(SUBSCRIPTION_RULES);
        self.store.write(Table::Subscription, network.0.to_vec(), &rules);
        self.ask_again()?;
        Ok(Answer::Subscriptions { subscriptions: rules })
    }

    /// How this node stands.
    pub(crate) fn status(&mut self) -> Result<Answer, Refusal> {
        let records = self.count_records()?;
        let network = self.network.as_ref();
        let peers = self.peers()?;
        let connected: Vec<&PeerView> = peers.iter().filter(|p| p.connected).collect();
        let standing = network.map(|n| n.own_standing(self.turn.now));
        let settled = network.is_none_or(|_| standing.is_some_and(|s| s.who().is_some()));
        let complete = settled && connected.iter().all(|p| p.complete);
        let unsettled = network.filter(|n| n.charter.is_some()).and_then(|n| n.settled().err());
        let refused = self.ticket_refused.then_some(Refusal::TicketRefused);
        let copied = self.is_copied()?.then_some(Refusal::Copied);
        let all = [unsettled, refused, copied].into_iter().flatten();
        let mut trouble: Vec<Refusal> = all.collect();
        if let Some(network) = network.filter(|_| standing == Some(Standing::Stranger)) {
            let removed = network.was_removed(&network.me);
            let grant = network.grants.values().find(|g| g.partner == self.keys.member_key() && !removed);
            trouble.push(match grant {
                Some(grant) => Refusal::PartnershipEnded(network.name_of(&grant.owner)),
                None => Refusal::NoLongerMember,
            });
        }
        let status = StatusView {
            name: self.name.as_ref().map(|n| n.name.clone()),
            place: self.name.as_ref().map(|n| n.place.clone()).filter(|p| !p.is_empty()),
            node: self.keys.node_key(),
            network: network.map(|n| n.id),
            network_name: network.and_then(|n| n.charter.as_ref()).map(|c| c.entry().name.clone()),
            standing: standing.map(|s| s.word()),
            joining: self.own_check(),
            records,
            complete,
            peers,
            listen: self.listening.clone(),
            trouble,
        };
        Ok(Answer::Status(Box::new(status)))
    }

    fn count_records(&mut self) -> Result<usize, Refusal> {
        if let Some(shown) = self.shown {
            return Ok(shown);
        }
        let documents = self.store.values::<Held>(Table::Document, &[])?;
        let shown = documents.iter().filter(|(_, held)| held.is_shown()).count();
        self.shown = Some(shown);
        Ok(shown)
    }
}
