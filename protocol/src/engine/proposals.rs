//! What is proposed and how the votes on it stand, and what was decided before.

use std::collections::BTreeMap;

use crate::{
    charter::{Certificate, Change, Entry, changes, tally},
    engine::Engine,
    identity::{Hash, MemberKey},
    limits::DECISIONS,
    refusal::Refusal,
    rows::Rows,
    store::{Store, Table},
    view::{Answer, AppointedView, DecisionView, ProposalView, VoteView},
};

impl<S: Store> Engine<S> {
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
                what: changes(parent, charter.entry()),
                why: String::new(),
                approvals,
                rejections: 0,
                needed: parent.k.max(charter.entry().k) as usize,
                appointed: None,
                carried: charter.hash() == *hash,
                closed: charter.hash() != *hash,
                voters: vec![],
                may_vote: false,
                votes: vec![],
                own_vote: None,
            });
        };
        let entry = Entry::read(&proposal.entry).map_err(|_| Refusal::Unreadable)?;
        let seen = self.votes()?;
        let tally = tally(charter.head(), &proposal.entry, &seen)?;
        let cast: BTreeMap<MemberKey, bool> =
            seen.iter().filter(|vote| vote.entry == *hash).map(|vote| (vote.by, vote.approve)).collect();
        // Those it would make stewards must agree as well (V4); who is a steward on both sides counts on both.
        let appointed = tally.appointed.as_ref();
        let appointed = appointed.map(|new| AppointedView { approvals: new.approvals.len(), needed: new.needed });
        let stewards = [charter.entry(), &entry].map(|side| side.members.iter().filter(|m| side.is_steward(m)));
        let voters: BTreeMap<_, _> = stewards.into_iter().flatten().map(|m| (m.key, m.name.clone())).collect();
        Ok(ProposalView {
            id: *hash,
            by: charter.member_by_key(proposal.by).map_or_else(String::new, |(_, m)| m.name.clone()),
            changes: sentences(parent, &entry),
            what: changes(parent, &entry),
            why: proposal.why.clone(),
            approvals: tally.approvals.len(),
            rejections: tally.rejections.len(),
            needed: tally.needed,
            appointed,
            carried: false,
            closed: tally.closed,
            may_vote: voters.contains_key(&self.keys.member_key()),
            votes: voters
                .iter()
                .filter_map(|(key, name)| Some(VoteView { by: name.clone(), approve: *cast.get(key)? }))
                .collect(),
            own_vote: cast.get(&self.keys.member_key()).copied(),
            voters: voters.into_values().collect(),
        })
    }

    /// What was decided, the newest first. The charter knows no clock, so neither does this.
    pub(crate) fn decisions(&self) -> Result<Answer, Refusal> {
        let id = self.network()?.id;
        let chain = self.store.values::<Certificate>(Table::Charter, &id.0)?;
        let entry = |certificate: &Certificate| Entry::read(&certificate.entry).map_err(|_| Refusal::Unreadable);
        let (mut decisions, mut before): (Vec<DecisionView>, Option<Entry>) = (vec![], None);
        for (_, certificate) in &chain {
            let now = entry(certificate)?;
            let parent = before.as_ref().unwrap_or(&now);
            // A steward whom it appoints is named by the entry itself.
            let name = |key: &MemberKey| parent.by_key(key).or_else(|| now.by_key(key)).map(|m| m.name.clone());
            let approvals = certificate.approvals.iter().cloned().filter_map(|vote| vote.recall().ok());
            decisions.push(DecisionView {
                seq: now.seq,
                changes: sentences(parent, &now),
                what: changes(parent, &now),
                by: approvals.filter_map(|vote| name(&vote.by)).collect(),
            });
            before = Some(now);
        }
        decisions.reverse();
        decisions.truncate(DECISIONS);
        Ok(Answer::Decisions { decisions })
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
