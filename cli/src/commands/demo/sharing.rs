//! Everybody writes, and everything comes to whom it is for, and to nobody else.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    identity::DocId,
    input::{AudienceAsk, EditorsAsk, Request},
    view::Summary,
};

use super::{
    data::Draft,
    event::{Event, Teller},
    view::{Holding, Table},
    village::{Node, until},
};
use crate::failure::{Exit, Failure};

/// What was written, by the names the drafts have.
pub(super) type Written = BTreeMap<String, DocId>;

/// Writes every record at its node. One that speaks of another is written after it.
pub(super) async fn write(nodes: &[Node], teller: &Teller) -> Result<Written, Failure> {
    teller.heading("\nEverybody writes")?;
    let mut written = Written::new();
    let mut waiting: Vec<(&Node, &Draft)> =
        nodes.iter().flat_map(|node| node.place.records.iter().map(move |draft| (node, draft))).collect();
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut later = Vec::new();
        for (node, draft) in waiting {
            match draft.linked(&written) {
                Some(value) => _ = written.insert(draft.id.clone(), create(node, draft, value).await?),
                None => later.push((node, draft)),
            }
        }
        if later.len() == before {
            return Err(Failure::new(Exit::Other, "the demo's records speak of each other in a circle"));
        }
        waiting = later;
    }
    for node in nodes {
        teller.tell(&wrote(node))?;
    }
    Ok(written)
}

async fn create(node: &Node, draft: &Draft, value: serde_json::Value) -> Result<DocId, Failure> {
    let editors = draft.editors.as_deref().and_then(EditorsAsk::parse).unwrap_or_default();
    node.id_of(Request::Create { kind: draft.kind.clone(), value, audience: draft.audience(), editors }).await
}

fn wrote(node: &Node) -> Event {
    let drafts = &node.place.records;
    let number = |fits: fn(&AudienceAsk) -> bool| drafts.iter().filter(|draft| fits(&draft.audience())).count();
    Event::Wrote {
        name: node.name().into(),
        records: drafts.len(),
        private: number(|audience| *audience == AudienceAsk::Private),
        partners: number(|audience| matches!(audience, AudienceAsk::Partners(_))),
        network: number(|audience| *audience == AudienceAsk::Network),
        public: number(|audience| *audience == AudienceAsk::Public),
    }
}

/// Waits until every node has what it should have, and makes sure that none has more.
pub(super) async fn arrive(nodes: &[Node], written: &Written, teller: &Teller) -> Result<(), Failure> {
    until("for everything to arrive", async || {
        let table = Table::of(nodes).await?;
        teller.draw(&table.text())?;
        let mut all_here = true;
        for node in nodes {
            all_here &= has_what_it_should(node, nodes, written).await?;
        }
        Ok(all_here.then_some(()))
    })
    .await?;
    teller.tell(&Event::Table(Table::of(nodes).await?))?;
    for node in nodes {
        teller.tell(&Event::Holds(Holding::of(node.name(), node.place.partner, &node.records().await?)))?;
    }
    tell_private(nodes, teller).await
}

/// Looks for every private record at all the other nodes.
async fn tell_private(nodes: &[Node], teller: &Teller) -> Result<(), Failure> {
    let (mut private, mut of_others) = (BTreeSet::new(), BTreeSet::new());
    for node in nodes {
        let (own, others): (Vec<Summary>, Vec<Summary>) =
            node.records().await?.into_iter().partition(|record| record.own);
        private.extend(own.iter().filter(|record| record.audience == "private").map(|record| record.id));
        of_others.extend(others.iter().map(|record| record.id));
    }
    let elsewhere = private.intersection(&of_others).count();
    Ok(teller.tell(&Event::Private { records: private.len(), elsewhere })?)
}

/// Whether all is there that is for it. That something is there which is not, would be the worst of faults.
async fn has_what_it_should(node: &Node, nodes: &[Node], written: &Written) -> Result<bool, Failure> {
    let due: BTreeSet<DocId> = nodes
        .iter()
        .flat_map(|owner| owner.place.records.iter().map(move |draft| (owner, draft)))
        .filter(|(owner, draft)| draft.may_be_at(&node.place, &owner.place))
        .filter_map(|(_, draft)| written.get(&draft.id).copied())
        .collect();
    let here: BTreeSet<DocId> = node.records().await?.into_iter().map(|record| record.id).collect();
    if here.is_subset(&due) {
        return Ok(here == due && node.status().await?.complete);
    }
    let message = format!("{} has a record that is not for it, which is a grave fault in Commonweal", node.name());
    Err(Failure::new(Exit::Other, message))
}
