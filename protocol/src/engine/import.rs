//! What comes from files: which record of ours each is, and what is new in it.
//!
//! A record is found again by its kind, its source and the id it has there, or by its title where it has no id, among
//! the records this collaborative owns. Each is written in one go, or refused alone.

use std::mem::take;

use serde_json::Value;

use crate::{
    held::Held,
    identity::{DocId, Hash},
    input::{AudienceAsk, EditorsAsk, Incoming},
    record::{self, Edit, Kind, Problem, Wrong},
    refusal::Refusal,
    rows::{Rows, key},
    store::{Read, Store, Table},
    view::{Answer, ImportedView, Outcome, ProblemView},
};

use super::{Engine, find::fold, records::kind_of};

/// What would be done with one record.
enum Plan {
    Create(&'static Kind, Value),
    Change(DocId, Vec<(String, Value)>),
    Leave(DocId),
}

impl<S: Store> Engine<S> {
    /// Writes each, or says what it would do. Fails as a whole only before the first.
    pub(crate) fn import(
        &mut self,
        records: &[Incoming],
        audience: &AudienceAsk,
        dry_run: bool,
    ) -> Result<Answer, Refusal> {
        if self.name.is_none() {
            return Err(Refusal::NoName);
        }
        self.home_of(audience)?;
        self.audience(&DocId::default(), audience)?;
        let records = records.iter().map(|incoming| match self.import_alone(incoming, audience, dry_run) {
            Ok(done) => done,
            Err(refusal) => refused(&refusal),
        });
        Ok(Answer::Imported { records: records.collect() })
    }

    /// One of them: what it wrote stands, or never was.
    fn import_alone(
        &mut self,
        incoming: &Incoming,
        audience: &AudienceAsk,
        dry_run: bool,
    ) -> Result<ImportedView, Refusal> {
        let plan = self.plan(incoming, audience)?;
        let names = |changes: &[(String, Value)]| changes.iter().map(|(name, _)| name.clone()).collect();
        let mut view = ImportedView { outcome: Outcome::Unchanged, id: None, fields: vec![], problems: vec![] };
        match &plan {
            Plan::Create(..) => view.outcome = Outcome::Created,
            Plan::Leave(doc) => view.id = Some(*doc),
            Plan::Change(doc, changes) => {
                (view.outcome, view.id, view.fields) = (Outcome::Changed, Some(*doc), names(changes));
            }
        }
        if !dry_run {
            view.id = Some(self.carry_out(plan, audience)?);
        }
        Ok(view)
    }

    fn carry_out(&mut self, plan: Plan, audience: &AudienceAsk) -> Result<DocId, Refusal> {
        let (position, changed) = (self.position, take(&mut self.turn.changed));
        let effects = take(&mut self.turn.effects);
        let done = match plan {
            Plan::Create(kind, value) => self.create(kind.name, &value, audience, &EditorsAsk::Owner),
            Plan::Change(doc, changes) => self.edit(&doc.to_string(), vec![], &Edit::Set(changes)),
            Plan::Leave(doc) => Ok(doc),
        };
        match done {
            Ok(_) => self.store.keep(),
            Err(_) => self.undo(position),
        }
        self.turn.changed.extend(changed);
        self.turn.effects.splice(..0, effects);
        done
    }

    fn plan(&self, incoming: &Incoming, audience: &AudienceAsk) -> Result<Plan, Refusal> {
        let kind = kind_of(&incoming.kind)?;
        let found = self.find_imported(kind, incoming)?;
        let current = found.map(|doc| self.fields(&doc)).transpose()?;
        let mut fields = incoming.fields.clone();
        for (name, value) in [("source", &incoming.source), ("outside_id", &incoming.outside_id)] {
            fields.extend(value.as_ref().map(|text| (name.to_owned(), text.as_str().into())));
        }
        let (changes, problems) = record::merge(kind, current.as_ref(), &fields);
        if !problems.is_empty() {
            return Err(Refusal::Invalid(problems));
        }
        let Some(doc) = found else {
            let value = Value::Object(changes.into_iter().collect());
            let problems = match audience {
                AudienceAsk::Private => vec![],
                _ => record::problems_to_share(kind, &value),
            };
            return if problems.is_empty() { Ok(Plan::Create(kind, value)) } else { Err(Refusal::Invalid(problems)) };
        };
        Ok(if changes.is_empty() { Plan::Leave(doc) } else { Plan::Change(doc, changes) })
    }

    /// The record of ours that this is.
    fn find_imported(&self, kind: &Kind, incoming: &Incoming) -> Result<Option<DocId>, Refusal> {
        let title =
            || incoming.fields.iter().find(|(name, _)| name == kind.title).and_then(|(_, title)| title.as_str());
        let source = incoming.source.as_deref();
        let (begins, name) = match (&incoming.outside_id, title()) {
            (Some(id), _) => (by_id(kind, source, id), id.as_str()),
            (None, Some(title)) => (by_title(kind, source, title), title),
            (None, None) => {
                return Err(Refusal::Invalid(vec![Problem { field: kind.title.into(), what: Wrong::Missing }]));
            }
        };
        let mut found = None;
        for (row, _) in self.store.scan(Table::Outside, &begins.0, &begins.0, usize::MAX >> 1)? {
            let doc = row.get(32..).and_then(|doc| doc.try_into().ok()).map(DocId).ok_or(Refusal::Unreadable)?;
            if self.is_ours_and_live(&doc)? && found.replace(doc).is_some() {
                return Err(Refusal::SeveralAlike(name.into()));
            }
        }
        Ok(found)
    }

    fn is_ours_and_live(&self, doc: &DocId) -> Result<bool, Refusal> {
        let held = self.store.value::<Held>(Table::Document, &doc.0)?;
        Ok(held.is_some_and(|h| self.owns(&h.terms) && !h.terms.deleted && h.terms.superseded_by.is_none()))
    }

    /// Notes what imports will know a record by.
    pub(crate) fn remember_outside(&mut self, doc: &DocId, kind: &Kind, fields: &Value) {
        for hash in names_of(kind, fields) {
            self.store.put(Table::Outside, key(&[&hash.0, &doc.0]), vec![]);
        }
    }

    /// Forgets what imports knew a record by, before it is shown anew or is gone.
    pub(crate) fn forget_outside(&mut self, doc: &DocId) -> Result<(), Refusal> {
        let Some(held) = self.store.value::<Held>(Table::Document, &doc.0)? else { return Ok(()) };
        let (Ok(kind), Some(view)) = (kind_of(&held.terms.kind), self.view(doc)?) else { return Ok(()) };
        for hash in names_of(kind, &view["fields"]) {
            self.store.delete(Table::Outside, key(&[&hash.0, &doc.0]));
        }
        Ok(())
    }
}

fn names_of(kind: &Kind, fields: &Value) -> Vec<Hash> {
    let text = |name: &str| fields[name].as_str();
    let source = text("source");
    let by_id = text("outside_id").map(|id| by_id(kind, source, id));
    by_id.into_iter().chain(text(kind.title).map(|title| by_title(kind, source, title))).collect()
}

fn by_id(kind: &Kind, source: Option<&str>, id: &str) -> Hash {
    name_hash("commonweal 1 outside id", kind, source, id.trim())
}

/// Capitals, accents and spaces aside: a spreadsheet is typed by hand.
fn by_title(kind: &Kind, source: Option<&str>, title: &str) -> Hash {
    let title = fold(title).split_whitespace().collect::<Vec<_>>().join(" ");
    name_hash("commonweal 1 imported title", kind, source, &title)
}

fn name_hash(purpose: &'static str, kind: &Kind, source: Option<&str>, name: &str) -> Hash {
    let source = source.unwrap_or_default().trim();
    let length = |text: &str| (text.len() as u32).to_be_bytes();
    let parts: [&[u8]; 4] = [kind.name.as_bytes(), &length(source), source.as_bytes(), name.as_bytes()];
    Hash::derive(purpose, &parts)
}

fn refused(refusal: &Refusal) -> ImportedView {
    let problems = match refusal {
        Refusal::Invalid(problems) => problems
            .iter()
            .map(|problem| ProblemView { field: problem.field.clone(), message: problem.what.to_string() })
            .collect(),
        other => vec![ProblemView { field: String::new(), message: other.to_string() }],
    };
    ImportedView { outcome: Outcome::Refused, id: None, fields: vec![], problems }
}
