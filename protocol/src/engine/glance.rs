//! Records at a glance, with their fields, and whose node this is: what whoever lists, searches or narrows down reads.

use serde_json::Value;

use crate::{
    format,
    held::Held,
    identity::{DocId, NetworkId},
    refusal::Refusal,
    rows::Rows,
    store::{Read, Store, Table},
    view::{Answer, GlanceView, WhoseView},
};

use super::Engine;

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

    /// A part of all records that lists show.
    pub(super) fn glances(&self, after: Option<DocId>, limit: usize) -> Result<Answer, Refusal> {
        let from = after.map_or(vec![], |doc| [doc.0.as_slice(), &[0]].concat());
        let rows = self.store.scan(Table::Document, &[], &from, limit)?;
        let (mut glances, mut last) = (vec![], None);
        for (row, bytes) in rows {
            let doc = DocId(row.try_into().map_err(|_| Refusal::Unreadable)?);
            last = Some(doc);
            // One that cannot be read does not hide the others.
            let Ok(held) = format::recall::<Held>(&bytes, bytes.len()) else { continue };
            glances.extend(self.glance(&doc, &held).ok().flatten());
        }
        Ok(Answer::Glances { glances, last })
    }

    /// One record; nothing where lists do not show it.
    pub(super) fn glance_at(&self, doc: &DocId) -> Result<Answer, Refusal> {
        let held: Option<Held> = self.store.value(Table::Document, &doc.0)?;
        let glance = held.map(|held| self.glance(doc, &held)).transpose()?.flatten();
        Ok(Answer::Glances { glances: glance.into_iter().collect(), last: Some(*doc) })
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
        Ok(Some(GlanceView { summary, fields, changed_at: number("at"), made_at, choices }))
    }
}
