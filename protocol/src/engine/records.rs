//! What people write: a new record, an edit at the heads it was read from, who may have it, and its end.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    audience::{Audience, tag},
    document::{Birth, Editors, Header, Terms},
    envelope::{Content, Head, actor},
    held::{Held, ancestors, lane_for},
    identity::{DocId, Hash, NetworkId},
    input::{AudienceAsk, EditorsAsk},
    kinds, limits,
    record::{self, Edit, EditError, Kind, Record},
    refusal::Refusal,
    rows::Rows,
    signed::Verified,
    store::{Read, Store, Table},
    subscription::tags_of,
};

use super::{Engine, settle::Changes};

impl<S: Store> Engine<S> {
    /// Writes a new record. It is private unless said otherwise.
    pub(crate) fn create(
        &mut self,
        kind: &str,
        value: &Value,
        audience: &AudienceAsk,
        editors: &EditorsAsk,
    ) -> Result<DocId, Refusal> {
        let kind = kind_of(kind)?;
        if self.name.is_none() {
            return Err(Refusal::NoName);
        }
        if *audience != AudienceAsk::Private {
            let problems = record::problems_to_share(kind, value);
            if !problems.is_empty() {
                return Err(Refusal::Invalid(problems));
            }
        }
        let (home, editors) = (self.home_of(audience)?, self.editors(editors)?);
        let doc = self.begin(kind, home, tags_of(value), audience, editors)?;
        self.first_edit(kind, &doc, value)?;
        self.name_partners(&doc, audience)?;
        Ok(doc)
    }

    /// Changes a record at the heads it was read from.
    pub(crate) fn edit(&mut self, id: &str, heads: Vec<[u8; 32]>, edit: &Edit) -> Result<DocId, Refusal> {
        let (doc, held) = self.find_live(id)?;
        let node = self.keys.node_key();
        let owned = self.owns(&held.terms);
        let may = owned || self.network.as_ref().is_some_and(|n| n.may_edit(&node, &held.terms));
        if !may {
            return Err(Refusal::NotEditor(self.name_of(&held.terms.owner)));
        }
        let kind = kind_of(&held.terms.kind)?;
        let before = record::problems_to_share(kind, &self.fields(&doc)?);
        let rows = self.changes_of(&doc)?;
        let heads = if heads.is_empty() { held.heads.clone() } else { heads.into_iter().map(Hash).collect() };
        self.check_heads(&held, &heads, &rows)?;
        let lane = lane_for(&node, &heads, &rows).ok_or(Refusal::Busy)?;
        let snapshot = self.store.get(Table::Snapshot, &doc.0)?.ok_or(Refusal::Unreadable)?;
        let heads: Vec<[u8; 32]> = heads.iter().map(|h| h.0).collect();
        let seed = half(self.draw());
        let made = record::edit(kind, &snapshot, &heads, actor(&doc, &node, lane), self.now_s(), seed, edit);
        let Some(made) = made.map_err(refuse_edit)? else { return Ok(doc) };
        self.write_envelope(&doc, Content::Change, lane, made.change)?;
        self.settle(&doc)?;
        if held.terms.audience != Audience::Private {
            // What was amiss before is no fault of this edit.
            let mut problems = record::problems_to_share(kind, &self.fields(&doc)?);
            problems.retain(|problem| !before.contains(problem));
            if !problems.is_empty() {
                return Err(Refusal::Invalid(problems));
            }
        }
        if owned {
            self.retag(&doc)?;
        }
        Ok(doc)
    }

    /// Says anew who may have a record. Wider than before, it becomes a new document without the old one's history.
    /// Then its owner must have read what it says now, at these heads, and nothing may wait to be chosen: what is left out
    /// would be lost.
    pub(crate) fn share(&mut self, id: &str, audience: &AudienceAsk, heads: &[[u8; 32]]) -> Result<DocId, Refusal> {
        let (doc, held) = self.find_owned(id)?;
        if *audience != AudienceAsk::Private {
            let problems = record::problems_to_share(kind_of(&held.terms.kind)?, &self.fields(&doc)?);
            if !problems.is_empty() {
                return Err(Refusal::Invalid(problems));
            }
        }
        let wanted = self.audience(&doc, audience)?;
        let home = if *audience == AudienceAsk::Private { held.terms.network } else { self.home_of(audience)? };
        if home != held.terms.network || wanted.is_wider_than(&held.terms.audience) {
            if let Some(new) = held.terms.superseded_by {
                return Err(Refusal::Superseded(new.to_string()));
            }
            let read: BTreeSet<Hash> = heads.iter().copied().map(Hash).collect();
            if !read.is_empty() && read != held.heads.iter().copied().collect() {
                return Err(Refusal::StaleHeads);
            }
            if let Some(conflict) = self.read(&doc, &held)?.conflicts.into_iter().next() {
                return Err(Refusal::Undecided(conflict.field));
            }
            return self.found_anew(&doc, &held, audience);
        }
        self.tell_terms(&doc, |_, header| {
            header.audience = wanted;
            Ok(())
        })?;
        Ok(doc)
    }

    /// Says anew who may edit a record.
    pub(crate) fn let_edit(&mut self, id: &str, editors: &EditorsAsk) -> Result<DocId, Refusal> {
        let (doc, _) = self.find_owned(id)?;
        self.tell_terms(&doc, |engine, header| {
            header.editors = engine.editors(editors)?;
            Ok(())
        })?;
        Ok(doc)
    }

    /// Deletes a record, here and wherever it went, and with it those whose place it took: no list shows them any more.
    pub(crate) fn delete(&mut self, id: &str) -> Result<(), Refusal> {
        let mut going = vec![self.find_owned(id)?.0];
        while let Some(doc) = going.pop() {
            self.tell_terms(&doc, |_, header| {
                header.deleted = true;
                Ok(())
            })?;
            going.extend(self.replaced_by(&doc)?);
        }
        Ok(())
    }

    /// A new document of the same fields for a wider audience; the old one says where it went, the new one nothing.
    fn found_anew(&mut self, old: &DocId, held: &Held, audience: &AudienceAsk) -> Result<DocId, Refusal> {
        let kind = kind_of(&held.terms.kind)?;
        let fields = self.fields(old)?;
        let home = self.home_of(audience)?;
        let editors = if home == held.terms.network { held.terms.editors.clone() } else { Editors::Owner };
        let doc = self.begin(kind, home, tags_of(&fields), audience, editors)?;
        self.first_edit(kind, &doc, &fields)?;
        self.name_partners(&doc, audience)?;
        self.tell_terms(old, |_, header| {
            header.superseded_by = Some(doc);
            Ok(())
        })?;
        Ok(doc)
    }

    /// A document that holds nothing yet. Its first header says who may have it, for a second one would go to everybody who
    /// ever takes the document in; only for named partners it is private until [`Engine::name_partners`].
    fn begin(
        &mut self,
        kind: &Kind,
        network: NetworkId,
        tags: Vec<String>,
        audience: &AudienceAsk,
        editors: Editors,
    ) -> Result<DocId, Refusal> {
        self.refuse_copied()?;
        let audience = match audience {
            AudienceAsk::Partners(_) => Audience::Private,
            other => self.audience(&DocId::default(), other)?,
        };
        let birth = Birth { kind: kind.name.into(), owner: self.me_in(network), nonce: half(self.draw()) };
        let header = Header {
            v: 1,
            network,
            by: self.keys.node_key(),
            doc: None,
            birth: Some(birth),
            seq: 0,
            prevs: vec![],
            audience,
            editors,
            tags,
            superseded_by: None,
            deleted: false,
        };
        let header = Verified::sign(header, &self.keys.node());
        let doc = self.keep_header(&header)?.ok_or(Refusal::Unreadable)?;
        self.settle(&doc)?;
        Ok(doc)
    }

    /// Partners are named by tags made with the document's id, which its first header cannot hold.
    fn name_partners(&mut self, doc: &DocId, audience: &AudienceAsk) -> Result<(), Refusal> {
        if !matches!(audience, AudienceAsk::Partners(_)) {
            return Ok(());
        }
        self.tell_terms(doc, |engine, header| {
            header.audience = engine.audience(doc, audience)?;
            Ok(())
        })
    }

    fn first_edit(&mut self, kind: &Kind, doc: &DocId, value: &Value) -> Result<(), Refusal> {
        let actor = actor(doc, &self.keys.node_key(), 0);
        let seed = half(self.draw());
        let made = record::create(kind, value, actor, self.now_s(), seed).map_err(Refusal::Invalid)?;
        self.write_envelope(doc, Content::Change, 0, made.change)?;
        self.settle(doc)
    }

    /// Signs a new header that replaces all that hold now, when it says something new.
    pub(crate) fn tell_terms(
        &mut self,
        doc: &DocId,
        change: impl FnOnce(&Self, &mut Header) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        self.refuse_copied()?;
        let terms = self.terms_of(doc)?.ok_or(Refusal::Unreadable)?;
        let mut header = self.next_header(doc, &terms);
        change(self, &mut header)?;
        let same = header.audience == terms.audience
            && header.editors == terms.editors
            && header.tags == terms.tags
            && header.superseded_by == terms.superseded_by
            && header.deleted == terms.deleted;
        if same { Ok(()) } else { self.put_header(doc, header) }
    }

    fn put_header(&mut self, doc: &DocId, header: Header) -> Result<(), Refusal> {
        let kept = self.keep_header(&Verified::sign(header, &self.keys.node()))?;
        kept.ok_or(Refusal::TooManyHeaders)?;
        self.settle(doc)
    }

    /// A header of this node that says what holds now.
    fn next_header(&self, doc: &DocId, terms: &Terms) -> Header {
        Header {
            v: 1,
            network: terms.network,
            by: self.keys.node_key(),
            doc: Some(*doc),
            birth: None,
            seq: terms.seq + 1,
            prevs: terms.frontier.clone(),
            audience: terms.audience.clone(),
            editors: terms.editors.clone(),
            tags: terms.tags.clone(),
            superseded_by: terms.superseded_by,
            deleted: terms.deleted,
        }
    }

    fn retag(&mut self, doc: &DocId) -> Result<(), Refusal> {
        let tags = tags_of(&self.fields(doc)?);
        self.tell_terms(doc, |_, header| {
            header.tags = tags;
            Ok(())
        })
    }

    /// Signs an envelope of our own and puts it at the end of our feed.
    pub(crate) fn write_envelope(
        &mut self,
        doc: &DocId,
        content: Content,
        lane: u8,
        payload: Vec<u8>,
    ) -> Result<(), Refusal> {
        self.refuse_copied()?;
        let mut held: Held = self.store.value(Table::Document, &doc.0)?.ok_or(Refusal::Unreadable)?;
        let network = held.terms.network;
        let charter = self.network.as_ref().filter(|n| n.id == network).and_then(|n| n.charter.as_ref());
        let charter = charter.map_or(Hash::default(), |c| c.hash());
        let feed = held.feed_mut(self.keys.node_key());
        let head = Head {
            v: 1,
            network,
            doc: *doc,
            feed: feed.key,
            seq: feed.len + 1,
            prev: feed.head,
            charter,
            content,
            lane,
            claimed_at: self.turn.now,
            payload_hash: Hash::of(&payload),
            payload_len: payload.len() as u32,
        };
        let head = Verified::sign(head, &self.keys.node());
        self.append(doc, &mut held, &head, payload);
        Ok(())
    }

    /// A person's edit names heads; all of them must be changes that count here.
    pub(super) fn check_heads(&self, held: &Held, heads: &[Hash], rows: &Changes) -> Result<(), Refusal> {
        let current = ancestors(&held.heads, rows);
        if heads.iter().all(|h| current.contains(h)) { Ok(()) } else { Err(Refusal::StaleHeads) }
    }

    /// The network a record of this audience lives in. What is written before joining stays here.
    pub(crate) fn home_of(&self, audience: &AudienceAsk) -> Result<NetworkId, Refusal> {
        let network = self.network.as_ref().filter(|n| n.own_standing(self.turn.now).is_member());
        match (network, audience) {
            (Some(network), _) => Ok(network.id),
            (None, AudienceAsk::Private) => Ok(NetworkId::NONE),
            (None, _) if self.network.is_some() => Err(Refusal::NotMember),
            (None, _) => Err(Refusal::NoNetwork),
        }
    }

    pub(crate) fn audience(&self, doc: &DocId, ask: &AudienceAsk) -> Result<Audience, Refusal> {
        Ok(match ask {
            AudienceAsk::Private => Audience::Private,
            AudienceAsk::Network => Audience::Network,
            AudienceAsk::Public => Audience::Public,
            AudienceAsk::Partners(names) => {
                let named: BTreeSet<Hash> =
                    self.find_all(names)?.into_iter().map(|id| tag(doc, &id)).take(limits::PARTNERS).collect();
                Audience::Partners(named.into_iter().collect())
            }
        })
    }

    fn editors(&self, ask: &EditorsAsk) -> Result<Editors, Refusal> {
        Ok(match ask {
            EditorsAsk::Owner => Editors::Owner,
            EditorsAsk::Members => Editors::Members,
            EditorsAsk::Named(names) => {
                let found = self.find_all(names)?;
                let network = self.network()?;
                match found.iter().find(|id| !network.is_member(id)) {
                    Some(partner) => return Err(Refusal::UnknownMember(network.name_of(partner))),
                    None => Editors::Named(found.into_iter().take(limits::EDITORS).collect()),
                }
            }
        })
    }

    /// A record with all that stands in it.
    fn read(&self, doc: &DocId, held: &Held) -> Result<Record, Refusal> {
        let snapshot = self.store.get(Table::Snapshot, &doc.0)?.ok_or(Refusal::Unreadable)?;
        record::read(kind_of(&held.terms.kind)?, &snapshot).map_err(|_| Refusal::Unreadable)
    }

    /// A record's fields, as kept for readers.
    pub(crate) fn fields(&self, doc: &DocId) -> Result<Value, Refusal> {
        let mut view = self.view(doc)?.ok_or(Refusal::Unreadable)?;
        Ok(view["fields"].take())
    }

    /// A record as kept for readers: title, summary and fields.
    pub(crate) fn view(&self, doc: &DocId) -> Result<Option<Value>, Refusal> {
        let bytes = self.store.get(Table::View, &doc.0)?;
        bytes.map(|b| serde_json::from_slice(&b).map_err(|_| Refusal::Unreadable)).transpose()
    }

    fn now_s(&self) -> i64 {
        i64::try_from(self.turn.now / 1000).unwrap_or(i64::MAX)
    }
}

/// The kind of this name.
pub(crate) fn kind_of(name: &str) -> Result<&'static Kind, Refusal> {
    kinds::kind(name).ok_or_else(|| Refusal::UnknownKind(name.into()))
}

fn half(chance: [u8; 32]) -> [u8; 16] {
    std::array::from_fn(|i| chance[i])
}

fn refuse_edit(error: EditError) -> Refusal {
    match error {
        EditError::Problems(problems) => Refusal::Invalid(problems),
        EditError::UnknownHeads => Refusal::StaleHeads,
        EditError::ActorBusy => Refusal::Busy,
        EditError::Unreadable(_) => Refusal::Unreadable,
    }
}
