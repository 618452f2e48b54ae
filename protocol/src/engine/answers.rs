//! What people ask to see.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    audience::Audience,
    charter::{Change, Entry, changes, tally},
    engine::Engine,
    held::Held,
    identity::{DocId, Hash, NodeKey},
    limits::SUBSCRIPTION_RULES,
    refusal::Refusal,
    rows::Rows,
    standing::Standing,
    store::{Read, Store, Table},
    subscription::Rule,
    sync::Stage,
    view::{
        Answer, ApplicationView, MemberView, NetworkView, PartnerView, PeerView, ProposalView, StatusView, Summary,
    },
};

use super::{find::fold, records::kind_of};

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
            nodes: network.rosters.get(&id).map_or(vec![], |r| r.nodes.iter().map(|n| n.key).collect()),
        });
        let open = self.open_proposals()?;
        let proposals = open.iter().map(|p| self.proposal_view(&p.entry_hash(), entry));
        let applications = self.applications()?;
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
            applications: applications
                .iter()
                .map(|a| ApplicationView { name: a.name.clone(), place: a.place.clone(), key: a.member })
                .collect(),
            partners: partners
                .map(|g| PartnerView { id: g.partner_id(), name: g.name.clone(), until: g.until, revoked: g.revoked })
                .collect(),
            trouble: network.settled().err().map(|refusal| refusal.to_string()),
        };
        Ok(Answer::Network(Box::new(view)))
    }

    /// A proposal, open or just carried, against the entry it was made on.
    pub(crate) fn proposal_view(&self, hash: &Hash, parent: &Entry) -> Result<ProposalView, Refusal> {
        let network = self.network()?;
        let charter = network.charter.as_ref().ok_or(Refusal::NoNetwork)?;
        let open = self.open_proposals()?.into_iter().find(|p| p.entry_hash() == *hash);
        let Some(proposal) = open else {
            // It is no longer open because it was carried.
            let approvals = charter.head().certificate().approvals.len();
            return Ok(ProposalView {
                id: *hash,
                by: String::new(),
                changes: sentences(parent, charter.entry()),
                why: String::new(),
                approvals,
                rejections: 0,
                needed: parent.k.max(charter.entry().k) as usize,
                carried: charter.hash() == *hash,
                closed: charter.hash() != *hash,
                voters: vec![],
                may_vote: false,
            });
        };
        let entry = Entry::read(&proposal.entry).map_err(|_| Refusal::Unreadable)?;
        let tally = tally(charter.head(), &proposal.entry, &self.votes()?)?;
        // Those it would make stewards must agree as well (V4); who is a steward on both sides counts once.
        let appointed = tally.appointed.iter().flat_map(|new| &new.approvals);
        let approvals: BTreeSet<_> = tally.approvals.iter().chain(appointed).collect();
        let appointed_needed = tally.appointed.as_ref().map_or(0, |new| new.needed);
        let stewards = [charter.entry(), &entry].map(|side| side.members.iter().filter(|m| side.is_steward(m)));
        let voters: BTreeMap<_, _> = stewards.into_iter().flatten().map(|m| (m.key, m.name.clone())).collect();
        Ok(ProposalView {
            id: *hash,
            by: charter.member_by_key(proposal.by).map_or_else(String::new, |(_, m)| m.name.clone()),
            changes: sentences(parent, &entry),
            why: proposal.why.clone(),
            approvals: approvals.len(),
            rejections: tally.rejections.len(),
            needed: tally.needed.max(appointed_needed),
            carried: false,
            closed: tally.closed,
            may_vote: voters.contains_key(&self.keys.member_key()),
            voters: voters.into_values().collect(),
        })
    }

    /// Records, in order of their ids.
    pub(crate) fn list(
        &self,
        kind: Option<&str>,
        owner: Option<&str>,
        words: Option<&str>,
        public: bool,
        after: Option<DocId>,
        limit: usize,
    ) -> Result<Answer, Refusal> {
        let kind = kind.map(kind_of).transpose()?.map(|k| k.name);
        let owner = owner.map(|text| self.find_owner(text)).transpose()?;
        let words: Vec<String> =
            words.map(|w| fold(w).split_whitespace().map(String::from).collect()).unwrap_or_default();
        let mut from = after.map_or(vec![], |doc| [doc.0.as_slice(), &[0]].concat());
        let mut records = vec![];
        while records.len() < limit {
            let rows = self.store.scan(Table::Document, &[], &from, 256)?;
            for (row, bytes) in &rows {
                let doc = DocId(row.as_slice().try_into().map_err(|_| Refusal::Unreadable)?);
                let held: Held = crate::format::recall(bytes, bytes.len()).map_err(|_| Refusal::Unreadable)?;
                let gone = held.terms.deleted || held.terms.superseded_by.is_some();
                let fits = !gone
                    && kind.is_none_or(|k| k == held.terms.kind)
                    && owner.is_none_or(|o| o == held.terms.owner)
                    && (!public || held.terms.audience == Audience::Public);
                if !fits || records.len() >= limit {
                    continue;
                }
                let Some(summary) = self.summary(&doc, &held)? else { continue };
                if words.is_empty() || self.has_words(&doc, &words, public)? {
                    records.push(summary);
                }
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

    /// Peers we know of, connected or not.
    pub(crate) fn peers(&self) -> Result<Vec<PeerView>, Refusal> {
        let Some(network) = &self.network else { return Ok(vec![]) };
        let me = self.keys.node_key();
        let mut nodes: BTreeSet<NodeKey> = self.sessions.keys().copied().collect();
        nodes.extend(network.addresses.keys().filter(|n| network.standing(n, self.turn.now).is_member()));
        nodes.extend(network.joining.as_ref().map(|t| t.node));
        nodes.remove(&me);
        Ok(nodes.into_iter().map(|node| self.peer_view(node)).collect())
    }

    fn peer_view(&self, node: NodeKey) -> PeerView {
        let session = self.sessions.get(&node);
        let standing = self.standing_now(&node);
        let network = self.network.as_ref();
        let who = network.and_then(|n| n.ever_member_of(&node));
        let addresses = network.and_then(|n| n.addresses.get(&node)).map_or(vec![], |a| a.addresses.clone());
        let (pending, short) = session.map_or((0, 0), |s| (s.taking.pending(), s.taking.short.len()));
        let gives = standing.is_member();
        let complete =
            session.is_some_and(|s| (!gives && s.stage == Stage::Known) || (s.taking.complete() && short == 0));
        let why_not = match session {
            None => Some(self.away(&node)),
            Some(s) if s.stage < Stage::Known => Some("getting to know each other".to_string()),
            Some(_) if pending > 0 => Some(format!("{pending} records are on their way")),
            Some(_) if short > 0 => Some(format!("{short} records did not come whole; it will be asked again")),
            Some(_) if !complete => Some("waiting to hear what it has".to_string()),
            Some(_) => None,
        };
        let name = who.map_or_else(|| node.short(), |id| network.map_or_else(String::new, |n| n.name_of(&id)));
        PeerView {
            node,
            name,
            standing: standing.word(),
            connected: session.is_some(),
            complete,
            pending,
            why_not,
            addresses,
        }
    }

    fn away(&self, peer: &NodeKey) -> String {
        let Some((why, at)) = self.missed.get(peer) else { return "not connected".into() };
        let wait_s = at.saturating_sub(self.turn.now).div_ceil(1_000);
        format!("not reachable at {why}; next try in {wait_s} s")
    }

    /// How this node stands.
    pub(crate) fn status(&self) -> Result<Answer, Refusal> {
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
        let mut trouble: Vec<String> = all.map(|refusal| refusal.to_string()).collect();
        if let Some(network) = network.filter(|_| standing == Some(Standing::Stranger)) {
            let removed = network.was_removed(&network.me);
            let grant = network.grants.values().find(|g| g.partner == self.keys.member_key() && !removed);
            trouble.push(match grant {
                Some(grant) => {
                    format!("your partnership with {} ended; nothing new comes", network.name_of(&grant.owner))
                }
                None => "this collaborative is no longer a member of the network".to_string(),
            });
        }
        let status = StatusView {
            name: self.name.as_ref().map(|n| n.name.clone()),
            place: self.name.as_ref().map(|n| n.place.clone()).filter(|p| !p.is_empty()),
            node: self.keys.node_key(),
            network: network.map(|n| n.id),
            network_name: network.and_then(|n| n.charter.as_ref()).map(|c| c.entry().name.clone()),
            standing: standing.map(|s| s.word()),
            records: self.count_records()?,
            complete,
            peers,
            listen: self.listening.clone(),
            trouble,
        };
        Ok(Answer::Status(Box::new(status)))
    }

    fn count_records(&self) -> Result<usize, Refusal> {
        let seen = |held: &Held| {
            let gone = held.terms.deleted || held.terms.superseded_by.is_some();
            !gone && held.feeds.iter().any(|f| f.counted > 0)
        };
        let documents = self.store.values::<Held>(Table::Document, &[])?;
        Ok(documents.iter().filter(|(_, held)| seen(held)).count())
    }
}

/// What an entry changes, a sentence each.
fn sentences(parent: &Entry, child: &Entry) -> Vec<String> {
    changes(parent, child).iter().map(sentence).collect()
}

fn sentence(change: &Change) -> String {
    match change {
        Change::Admitted { name, .. } => format!("admit {name}"),
        Change::Removed { name, .. } => format!("remove {name}"),
        Change::Rekeyed { name, .. } => format!("give {name} a new key"),
        Change::MemberRenamed { from, to, .. } => format!("call {from} {to}"),
        Change::Stewards { added, removed } => {
            let mut parts = vec![];
            if !added.is_empty() {
                parts.push(format!("make {} stewards", added.join(", ")));
            }
            if !removed.is_empty() {
                parts.push(format!("{} no longer stewards", removed.join(", ")));
            }
            parts.join("; ")
        }
        Change::QuorumNow { k, of } => format!("{k} of {of} stewards decide"),
        Change::Renamed { from, to } => format!("call the network {to} instead of {from}"),
        Change::Purpose(text) => format!("new purpose: {text}"),
        Change::Rules(text) => format!("new ground rules: {text}"),
        Change::ReviewBy(Some(date)) => format!("look at the charter again by {date}"),
        Change::ReviewBy(None) => "no date to look at the charter again".to_string(),
    }
}
