//! One record as people see it: as it is, as it was, and who has it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    audience::{Audience, entitled, tag},
    document::Editors,
    engine::Engine,
    envelope::actor,
    held::Held,
    identity::{DocId, Hash, MemberId, NodeKey},
    limits::LANES,
    record::{self, Edit, Kind},
    refusal::Refusal,
    rows::{Resume, Rows, key},
    store::{Read, Store, Table},
    view::{Answer, ChangeView, ConflictValue, ConflictView, FieldChange, ReachedView, RecordView, VersionView},
};

use super::records::kind_of;

impl<S: Store> Engine<S> {
    /// One record.
    pub(crate) fn show(&self, id: &str, history: bool) -> Result<Answer, Refusal> {
        let (doc, held) = self.find_doc(id)?;
        if held.terms.deleted {
            return Err(Refusal::Deleted);
        }
        let kind = kind_of(&held.terms.kind)?;
        let summary = self.summary(&doc, &held)?.ok_or_else(|| Refusal::UnknownRecord(id.into()))?;
        let snapshot = self.store.get(Table::Snapshot, &doc.0)?.ok_or(Refusal::Unreadable)?;
        let read = record::read(kind, &snapshot).map_err(|_| Refusal::Unreadable)?;
        let rows = self.changes_of(&doc)?;
        let answer = |(value, hash): (Value, [u8; 32])| {
            let change = Hash(hash);
            let row = rows.get(&change);
            let by = row.map_or_else(String::new, |row| self.name_of_node(&row.feed, &held));
            let head = row.and_then(|row| self.head_at(&doc, &row.feed, row.seq).ok());
            ConflictValue { value, by, at: head.map_or(0, |head| head.claimed_at), change }
        };
        let conflicts = read.conflicts.into_iter().map(|conflict| ConflictView {
            field: conflict.field,
            values: conflict.values.into_iter().map(answer).collect(),
        });
        let view = RecordView {
            summary,
            editors: match held.terms.editors {
                Editors::Owner => "owner",
                Editors::Named(_) => "named",
                Editors::Members => "members",
            },
            named: match &held.terms.audience {
                Audience::Partners(named) => named.len(),
                _ => 0,
            },
            shared_with: self.named_in(&doc, &held),
            edited_by: match &held.terms.editors {
                Editors::Named(members) => members.clone(),
                Editors::Owner | Editors::Members => vec![],
            },
            fields: read.value,
            conflicts: conflicts.collect(),
            unknown: read.unknown.into_iter().collect::<Map<String, Value>>(),
            heads: read.heads.iter().map(|h| Hash(*h)).collect(),
            superseded_by: held.terms.superseded_by,
            successor_deleted: self.is_deleted(held.terms.superseded_by)?,
            waiting: held.waiting() as usize,
            history: if history { Some(self.history(&doc, &held, kind, &snapshot)?) } else { None },
        };
        Ok(Answer::Record(Box::new(view)))
    }

    fn is_deleted(&self, doc: Option<DocId>) -> Result<bool, Refusal> {
        let Some(doc) = doc else { return Ok(false) };
        Ok(self.store.value::<Held>(Table::Document, &doc.0)?.is_some_and(|held| held.terms.deleted))
    }

    /// Whom the audience names, as far as this node knows them: the header holds tags, of which nobody can read a name.
    fn named_in(&self, doc: &DocId, held: &Held) -> Vec<MemberId> {
        let (Audience::Partners(named), Some(network)) = (&held.terms.audience, &self.network) else { return vec![] };
        let members = network.charter.iter().flat_map(|charter| charter.members().map(|(id, _)| id));
        let partners = network.grants.values().filter(|grant| grant.owner == network.me).map(|g| g.partner_id());
        members.chain(partners).filter(|id| named.contains(&tag(doc, id))).collect()
    }

    fn history(
        &self,
        doc: &DocId,
        held: &Held,
        kind: &'static record::Kind,
        snapshot: &[u8],
    ) -> Result<Vec<ChangeView>, Refusal> {
        let entries = record::history(kind, snapshot).map_err(|_| Refusal::Unreadable)?;
        let change = |e: record::Entry| ChangeView {
            change: Hash(e.hash),
            by: self.author(doc, held, &e.actor),
            at: e.at_s,
            fields: field_changes(e.fields),
        };
        Ok(entries.into_iter().map(change).collect())
    }

    fn author(&self, doc: &DocId, held: &Held, of: &[u8; 16]) -> String {
        let node = held.feeds.iter().find(|f| (0..LANES).any(|lane| actor(doc, &f.key, lane) == *of));
        node.map_or_else(String::new, |f| self.name_of_node(&f.key, held))
    }

    fn name_of_node(&self, node: &NodeKey, held: &Held) -> String {
        match &self.network {
            Some(network) if network.id == held.terms.network => {
                network.ever_member_of(node).map_or_else(|| node.short(), |who| network.name_of(&who))
            }
            _ => self.name.as_ref().map_or_else(|| node.short(), |n| n.name.clone()),
        }
    }

    /// A record as it stood after one of its changes.
    pub(crate) fn version(&self, id: &str, change: &str) -> Result<Answer, Refusal> {
        let (doc, held, kind, version) = self.version_of(id, change)?;
        let now = self.fields(&doc)?;
        let view = VersionView {
            summary: self.summary(&doc, &held)?.ok_or_else(|| Refusal::UnknownRecord(id.into()))?,
            change: Hash(version.hash),
            by: self.author(&doc, &held, &version.actor),
            at: version.at_s,
            changed: field_changes(record::changes(kind, &version.before, &version.value)),
            since: field_changes(record::changes(kind, &version.value, &now)),
            fields: version.value,
        };
        Ok(Answer::Version(Box::new(view)))
    }

    /// Sets a record's fields as they were after one of its changes. What was written since stays in the history; what was
    /// written since these heads is merged, for whoever asks has not read it.
    pub(crate) fn restore(&mut self, id: &str, change: &str, heads: Vec<[u8; 32]>) -> Result<DocId, Refusal> {
        let (doc, held, kind, version) = self.version_of(id, change)?;
        let heads = if heads.is_empty() { held.heads.iter().map(|head| head.0).collect() } else { heads };
        let read: Vec<Hash> = heads.iter().copied().map(Hash).collect();
        self.check_heads(&held, &read, &self.changes_of(&doc)?)?;
        let snapshot = self.store.get(Table::Snapshot, &doc.0)?.ok_or(Refusal::Unreadable)?;
        let now = record::read_at(kind, &snapshot, &heads).map_err(|_| Refusal::Unreadable)?;
        let open: Vec<&str> = now.conflicts.iter().map(|conflict| conflict.field.as_str()).collect();
        let back = record::way_back(kind, &now.value, &version.value, &open);
        self.edit(&doc.to_string(), heads, &Edit::Set(back))
    }

    /// Takes one change back: an edit on that very change, so that what others wrote meanwhile is merged with it. What chose
    /// between several answers stays, for no edit can set the others beside it again.
    pub(crate) fn take_back(&mut self, id: &str, change: &str) -> Result<DocId, Refusal> {
        let (doc, _, kind, version) = self.version_of(id, change)?;
        let back = record::way_back(kind, &version.value, &version.before, &[]);
        if back.is_empty() || !version.settled.is_empty() {
            return Err(Refusal::NothingToTakeBack);
        }
        self.edit(&doc.to_string(), vec![version.hash], &Edit::Set(back))
    }

    fn version_of(&self, id: &str, change: &str) -> Result<(DocId, Held, &'static Kind, record::Version), Refusal> {
        let (doc, held) = self.find_live(id)?;
        let kind = kind_of(&held.terms.kind)?;
        let unknown = || Refusal::UnknownVersion(change.chars().take(80).collect());
        let begins = change.trim().to_lowercase();
        let rows = self.changes_of(&doc)?;
        let mut named = rows.keys().filter(|hash| begins.len() >= 4 && hash.to_string().starts_with(&begins));
        let (Some(hash), None) = (named.next(), named.next()) else { return Err(unknown()) };
        let snapshot = self.store.get(Table::Snapshot, &doc.0)?.ok_or(Refusal::Unreadable)?;
        let version = record::version(kind, &snapshot, &hash.0).map_err(|_| Refusal::Unreadable)?;
        Ok((doc, held, kind, version.ok_or_else(unknown)?))
    }

    /// Which members have taken what was last said of a record of ours: of those to whom this node ever offered it. Who
    /// heard of it from a neighbor alone is not known here until we meet. A member has when one of its nodes confirmed an
    /// offer that came after it; who is blocked is told nothing, and may have it still.
    pub(crate) fn reached(&self, id: &str) -> Result<Answer, Refusal> {
        let (doc, held) = self.find_doc(id)?;
        if !self.owns(&held.terms) {
            return Err(Refusal::NotOwner(self.name_of(&held.terms.owner)));
        }
        let Some(network) = &self.network else { return Ok(Answer::Reached { members: vec![] }) };
        let mut reached: BTreeMap<MemberId, ReachedView> = BTreeMap::new();
        let others = network.rosters.iter().filter(|(who, _)| **who != network.me);
        for (who, node) in others.flat_map(|(who, roster)| roster.nodes.iter().map(|node| (*who, node.key))) {
            let blocked = network.blocked.contains_key(&who);
            let offered = self.store.get(Table::Offered, &key(&[&doc.0, &node.0]))?.is_some();
            if !offered || !blocked && !entitled(&doc, &held.terms, &network.standing(&node, self.turn.now)) {
                continue;
            }
            let resume: Option<Resume> = self.store.value(Table::Resume, &key(&[&network.id.0, &node.0]))?;
            let taken = resume.and_then(|r| r.marks.last().map(|(_, at)| *at)).is_some_and(|at| at > held.position);
            let nobody = || ReachedView { name: network.name_of(&who), reached: false, blocked };
            reached.entry(who).or_insert_with(nobody).reached |= taken;
        }
        Ok(Answer::Reached { members: reached.into_values().collect() })
    }
}

fn field_changes(fields: Vec<(String, Value, Value)>) -> Vec<FieldChange> {
    fields.into_iter().map(|(field, before, after)| FieldChange { field, before, after }).collect()
}
