//! Records at a glance, with their fields, and whose node this is: what whoever lists, searches or narrows down reads.

use serde_json::Value;

use crate::{
    held::Held,
    identity::{DocId, NetworkId},
    refusal::Refusal,
    rows::Rows,
    store::{Read, Store, Table},
    sync::position_of,
    view::{Answer, GlanceView, WhoseView},
};

use super::Engine;

/// Where the name of the order of changes stands, beside how far it goes: what is lost with one is lost with the other.
const ORDER: &[u8] = b"order";

impl<S: Store> Engine<S> {
    /// Whose node this is.
    pub(super) fn whose(&self) -> WhoseView {
        let network = self.network.as_ref();
        WhoseView {
            name: self.name.as_ref().map(|own| own.name.clone()).unwrap_or_default(),
            member: Some(self.me_in(network.map_or(NetworkId::NONE, |network| network.id))),
            network_name: network.and_then(|n| n.charter.as_ref()).map(|charter| charter.entry().name.clone()),
        }
    }

    /// A part of all records that lists show, in the order of their last change: who reads to the end and changes meanwhile
    /// stands further on.
    pub(super) fn glances(&self, after: u64, limit: usize) -> Result<Answer, Refusal> {
        let from = after.saturating_add(1).to_be_bytes();
        let rows = self.store.scan(Table::Position, &[], &from, limit)?;
        let (mut glances, mut gone, mut last) = (vec![], vec![], None);
        for (row, doc) in rows {
            last = Some(position_of(&row)?);
            let doc = DocId(doc.try_into().map_err(|_| Refusal::Unreadable)?);
            // One that cannot be read does not hide the others.
            let Ok(Some(held)) = self.store.value::<Held>(Table::Document, &doc.0) else { continue };
            match self.glance(&doc, &held) {
                Ok(Some(glance)) => glances.push(glance),
                Ok(None) => gone.push(doc),
                Err(_) => {}
            }
        }
        Ok(Answer::Glances { glances, gone, last })
    }

    /// Which documents changed last, a part of them.
    pub(super) fn changes_after(&mut self, after: u64, limit: usize) -> Result<Answer, Refusal> {
        let order = match self.store.value::<[u8; 8]>(Table::Resume, ORDER)? {
            Some(order) => order,
            None => {
                let chance = self.draw();
                let order = std::array::from_fn(|i| chance[i]);
                self.store.write(Table::Resume, ORDER.to_vec(), &order);
                order
            }
        };
        let from = after.saturating_add(1).to_be_bytes();
        let rows = self.store.scan(Table::Position, &[], &from, limit)?;
        let doc = |doc: Vec<u8>| doc.try_into().map(DocId).map_err(|_| Refusal::Unreadable);
        let docs = rows.into_iter().map(|(row, of)| Ok((position_of(&row)?, doc(of)?)));
        Ok(Answer::Changes { order, at: self.position, docs: docs.collect::<Result<_, Refusal>>()? })
    }

    /// One record; nothing where lists do not show it.
    pub(super) fn glance_at(&self, doc: &DocId) -> Result<Answer, Refusal> {
        let held: Option<Held> = self.store.value(Table::Document, &doc.0)?;
        let glance = held.map(|held| self.glance(doc, &held)).transpose()?.flatten();
        let gone = if glance.is_none() { vec![*doc] } else { vec![] };
        Ok(Answer::Glances { glances: glance.into_iter().collect(), gone, last: None })
    }

    fn glance(&self, doc: &DocId, held: &Held) -> Result<Option<GlanceView>, Refusal> {
        if held.terms.deleted || held.terms.superseded_by.is_some() {
            return Ok(None);
        }
        let (Some(mut view), Some(summary)) = (self.view(doc)?, self.summary(doc, held)?) else { return Ok(None) };
        let fields = view.get_mut("fields").map(Value::take).unwrap_or_default();
        let number = |name: &str| view[name].as_u64().unwrap_or(0);
        // Views that an earlier version kept say nothing of these; they are written anew with the next edit.
        let (made_at, choices) = (number("made"), usize::try_from(number("choices")).unwrap_or(0));
        Ok(Some(GlanceView { summary, fields, changed_at: number("at"), made_at, choices, edits: held.edits() }))
    }
}
