//! From what people type to what they mean: records by the beginning of an id, members by name.

use std::collections::BTreeSet;

use data_encoding::BASE32_NOPAD;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::{
    document::Terms,
    held::Held,
    identity::{DocId, MemberId, NetworkId},
    refusal::Refusal,
    rows::Rows,
    store::{Store, Table},
};

use super::Engine;

impl<S: Store> Engine<S> {
    /// The document an id, or the beginning of one, names.
    pub(crate) fn find_doc(&self, text: &str) -> Result<(DocId, Held), Refusal> {
        let text = text.trim().to_lowercase();
        if let Ok(doc) = text.parse::<DocId>() {
            let held = self.store.value(Table::Document, &doc.0)?;
            return held.map(|h| (doc, h)).ok_or(Refusal::UnknownRecord(text));
        }
        if text.len() < 4 {
            return Err(Refusal::ShortId(text));
        }
        // Every eight characters of an id are five of its bytes.
        let whole = text.get(..text.len() / 8 * 8).unwrap_or_default().to_uppercase();
        let prefix = BASE32_NOPAD.decode(whole.as_bytes()).unwrap_or_default();
        let rows = self.store.values::<Held>(Table::Document, &prefix)?;
        let mut found = rows.into_iter().filter_map(|(row, held)| Some((DocId(row.try_into().ok()?), held)));
        let mut matching = found.by_ref().filter(|(doc, _)| doc.to_string().starts_with(&text));
        match (matching.next(), matching.next()) {
            (Some(one), None) => Ok(one),
            (None, _) => Err(Refusal::UnknownRecord(text)),
            _ => Err(Refusal::Ambiguous(text)),
        }
    }

    /// The member or partner whose records are meant; outside of a network there is only ourselves.
    pub(crate) fn find_owner(&self, text: &str) -> Result<MemberId, Refusal> {
        let own = self.name.as_ref().is_some_and(|n| fold(&n.name) == fold(text));
        match &self.network {
            Some(network) => network.find(text),
            None if own => Ok(self.me_in(NetworkId::NONE)),
            None => Err(Refusal::UnknownMember(text.into())),
        }
    }

    pub(crate) fn find_live(&self, text: &str) -> Result<(DocId, Held), Refusal> {
        let (doc, held) = self.find_doc(text)?;
        if held.terms.deleted {
            return Err(Refusal::Deleted);
        }
        if let Some(new) = held.terms.superseded_by {
            return Err(Refusal::Superseded(new.to_string()));
        }
        Ok((doc, held))
    }

    pub(crate) fn find_owned(&self, text: &str) -> Result<(DocId, Held), Refusal> {
        let (doc, held) = self.find_doc(text)?;
        if held.terms.deleted {
            return Err(Refusal::Deleted);
        }
        if self.owns(&held.terms) { Ok((doc, held)) } else { Err(Refusal::NotOwner(self.name_of(&held.terms.owner))) }
    }

    /// Our records whose place this one took.
    pub(crate) fn replaced_by(&self, new: &DocId) -> Result<Vec<DocId>, Refusal> {
        let all = self.store.values::<Held>(Table::Document, &[])?;
        let older = all.into_iter().filter(|(_, held)| {
            held.terms.superseded_by == Some(*new) && !held.terms.deleted && self.owns(&held.terms)
        });
        older.map(|(row, _)| Ok(DocId(row.try_into().map_err(|_| Refusal::Unreadable)?))).collect()
    }

    pub(crate) fn owns(&self, terms: &Terms) -> bool {
        terms.owner == self.me_in(terms.network)
    }

    /// This collaborative's id in a network.
    pub(crate) fn me_in(&self, network: NetworkId) -> MemberId {
        match &self.network {
            Some(n) if n.id == network => n.me,
            _ => MemberId::new(network, self.keys.member_key()),
        }
    }

    pub(crate) fn name_of(&self, who: &MemberId) -> String {
        match (&self.network, &self.name) {
            (_, Some(name)) if *who == self.me_in(NetworkId::NONE) => name.name.clone(),
            (Some(network), _) => network.name_of(who),
            _ => who.short(),
        }
    }

    pub(crate) fn find_all(&self, names: &[String]) -> Result<BTreeSet<MemberId>, Refusal> {
        let network = self.network()?;
        names.iter().map(|name| network.find(name)).collect()
    }
}

/// Case and accents aside.
pub fn fold(text: &str) -> String {
    text.nfkd().filter(|c| !is_combining_mark(*c)).collect::<String>().to_lowercase()
}
