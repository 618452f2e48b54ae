//! What lists are made of: every record at a glance, kept in memory and following the store, so that a page costs the
//! engine nothing.
//!
//! A viewer only ever counts, finds and sees what they may: the audience is asked before anything else.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use protocol::{
    engine::fold,
    identity::{DocId, MemberId},
    input::Request,
    kinds,
    record::{Field, Kind, Shape},
    view::{Answer, GlanceView},
};
use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;
use tracing::warn;

use crate::{
    api::without_confidential,
    clock,
    config::{GLANCES_AT_ONCE, STANDING_MS},
    run::Handle,
};

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Anybody: what is public.
    Anybody,
    /// Somebody of this collaborative: all that is here.
    Inside,
}

/// One record, as lists need it.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its id.
    pub id: DocId,
    /// Its kind.
    pub kind: &'static Kind,
    /// Its title.
    pub title: String,
    /// What it is, in short.
    pub summary: String,
    /// Whose it is.
    pub owner: MemberId,
    /// What the owner is called.
    pub owner_name: String,
    /// Whether it is our own.
    pub own: bool,
    /// `private`, `partners`, `network` or `public`.
    pub audience: &'static str,
    /// When it was last changed, in milliseconds since 1970.
    pub changed_at: u64,
    /// What lists can be narrowed down by: the values of each such field.
    facets: Vec<(&'static str, Vec<String>)>,
    /// All its words, and those of its title, case and accents aside.
    words: String,
    title_words: String,
}

impl Row {
    fn new(glance: GlanceView) -> Option<Row> {
        let kind = kinds::kind(&glance.summary.kind)?;
        // Nobody finds by words what no page shows: a confidential address would be told letter by letter.
        let fields = without_confidential(glance.fields);
        let mut words = String::new();
        gather(&fields, &mut words);
        words.push_str(&glance.summary.owner_name);
        Some(Row {
            id: glance.summary.id,
            kind,
            words: fold(&words),
            title_words: fold(&glance.summary.title),
            title: glance.summary.title,
            summary: glance.summary.summary,
            owner: glance.summary.owner,
            owner_name: glance.summary.owner_name,
            own: glance.summary.own,
            audience: glance.summary.audience,
            changed_at: glance.changed_at,
            facets: facet_values(kind, &fields),
        })
    }

    /// Whether this viewer may know of it.
    pub fn is_for(&self, viewer: Viewer) -> bool {
        viewer == Viewer::Inside || self.audience == "public"
    }

    /// The values of a field that lists can be narrowed down by.
    fn values(&self, facet: &str) -> Vec<String> {
        if facet == OWNER {
            return vec![self.owner.to_string()];
        }
        self.facets.iter().find(|(name, _)| *name == facet).map_or(vec![], |(_, values)| values.clone())
    }

    /// The one value of a field that lists can be narrowed down by, such as how far along a practice is.
    pub fn value(&self, facet: &str) -> Option<&str> {
        let (_, values) = self.facets.iter().find(|(name, _)| *name == facet)?;
        values.first().map(String::as_str)
    }
}

fn facet_values(kind: &'static Kind, fields: &Value) -> Vec<(&'static str, Vec<String>)> {
    let texts = |value: &Value| match value {
        Value::String(one) => vec![one.clone()],
        Value::Array(several) => several.iter().filter_map(|v| v.as_str().map(String::from)).collect(),
        _ => vec![],
    };
    let narrowing = kind.fields().iter().filter(|field| field.facet);
    narrowing.map(|field| (field.name, texts(&fields[field.name]))).filter(|(_, values)| !values.is_empty()).collect()
}

/// Words that one search looks for.
const WORDS: usize = 8;

/// The facet that every list has: whose a record is.
pub const OWNER: &str = "by";

/// What somebody looks for.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// Of these kinds; of all when empty.
    pub kinds: Vec<&'static str>,
    /// With all of these words.
    pub words: String,
    /// By facet, any of these values.
    pub picked: BTreeMap<String, Vec<String>>,
}

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// Best first with words, else newest first.
    pub rows: Vec<Arc<Row>>,
    /// How many there would be for each value of each facet, if it were picked as well.
    pub facets: Vec<Facet>,
}

/// What a list can be narrowed down by.
#[derive(Debug)]
pub struct Facet {
    /// Its name in addresses.
    pub name: &'static str,
    /// Its label; empty for [`OWNER`], which pages name themselves.
    pub label: &'static str,
    /// Its values, those with most records first.
    pub values: Vec<FacetValue>,
}

/// One value of a facet.
#[derive(Debug)]
pub struct FacetValue {
    /// In addresses.
    pub value: String,
    /// For people.
    pub label: String,
    /// How many records.
    pub count: usize,
    /// Whether it is picked.
    pub picked: bool,
}

/// How the node stands, as far as pages say it.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// The collaborative's name.
    pub name: String,
    /// Its own block's member.
    pub own: Option<MemberId>,
    /// The network's name, when it is in one.
    pub network_name: Option<String>,
}

#[derive(Debug, Default)]
struct Held {
    rows: HashMap<DocId, Arc<Row>>,
    standing: Standing,
}

/// All records of a node at a glance.
#[derive(Clone, Debug, Default)]
pub struct Catalog(Arc<RwLock<Held>>);

impl Catalog {
    /// Reads everything once, then follows what changes until the node stops.
    pub async fn follow(self, node: Handle) {
        let Some(mut changes) = node.changes() else { return };
        let mut whole = self.read_all(&node).await;
        let mut ticks = clock::every(STANDING_MS);
        loop {
            let changed = tokio::select! {
                changed = changes.recv() => changed,
                _ = ticks.tick() => {
                    if !whole {
                        whole = self.read_all(&node).await;
                    }
                    self.look_around(&node).await;
                    continue;
                }
            };
            match changed {
                Ok(doc) => self.look_again(&node, doc).await,
                // So much changed that we lost count: everything is read anew.
                Err(RecvError::Lagged(_)) => whole = self.read_all(&node).await,
                Err(RecvError::Closed) => return,
            }
        }
    }

    /// False when it could not; then it is tried again.
    async fn read_all(&self, node: &Handle) -> bool {
        let (mut after, mut all) = (None, HashMap::new());
        while let Ok(Answer::Glances { glances, last }) =
            node.ask(Request::Glances { after, limit: GLANCES_AT_ONCE }).await
        {
            all.extend(glances.into_iter().filter_map(Row::new).map(|row| (row.id, Arc::new(row))));
            after = last;
            if after.is_none() {
                self.write().rows = all;
                return true;
            }
        }
        warn!("the records could not be read for the pages; they are tried again");
        false
    }

    /// Looks at one record again at once, for who has just written it.
    pub async fn look(&self, node: &Handle, doc: DocId) {
        self.look_again(node, doc).await;
    }

    async fn look_again(&self, node: &Handle, doc: DocId) {
        // What cannot be looked at is not shown as it was.
        let mut glances = match node.ask(Request::Glance { doc }).await {
            Ok(Answer::Glances { glances, .. }) => glances,
            _ => vec![],
        };
        match glances.pop().and_then(Row::new).map(Arc::new) {
            Some(row) => drop(self.write().rows.insert(doc, row)),
            None => drop(self.write().rows.remove(&doc)),
        }
    }

    /// A name or a network may have come since. Owners are called as they were when their record last changed.
    async fn look_around(&self, node: &Handle) {
        let Ok(Answer::Status(status)) = node.ask(Request::Status).await else { return };
        let own = self.read().rows.values().find(|row| row.own).map(|row| row.owner);
        let name = status.name.unwrap_or_default();
        self.write().standing = Standing { name, own, network_name: status.network_name };
    }

    fn read(&self) -> RwLockReadGuard<'_, Held> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Held> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the node stands.
    pub fn standing(&self) -> Standing {
        self.read().standing.clone()
    }

    /// One record, if this viewer may know of it.
    pub fn row(&self, viewer: Viewer, doc: &DocId) -> Option<Arc<Row>> {
        self.read().rows.get(doc).filter(|row| row.is_for(viewer)).cloned()
    }

    /// All that this viewer may know of and that this search finds.
    pub fn find(&self, viewer: Viewer, search: &Search) -> Found {
        let words = fold(&search.words);
        let words: Vec<&str> = words.split_whitespace().take(WORDS).collect();
        let fits = |row: &&Arc<Row>| {
            row.is_for(viewer)
                && (search.kinds.is_empty() || search.kinds.contains(&row.kind.name))
                && words.iter().all(|word| row.words.contains(word))
        };
        // Nobody waits for a search: what it looks through is taken along, and looked through outside.
        let all: Vec<Arc<Row>> = self.read().rows.values().cloned().collect();
        let before: Vec<Arc<Row>> = all.into_iter().filter(|row| fits(&row)).collect();
        let facets = facets(&before, search);
        let mut rows: Vec<Arc<Row>> = before.into_iter().filter(|row| is_picked(row, search, None)).collect();
        let titled = |row: &Row| words.iter().filter(|word| row.title_words.contains(*word)).count();
        rows.sort_by_cached_key(|row| (std::cmp::Reverse((titled(row), row.changed_at)), row.id));
        Found { rows, facets }
    }
}

/// Whether a record has one of the values picked in each facet but this one.
fn is_picked(row: &Row, search: &Search, but: Option<&str>) -> bool {
    let asked = search.picked.iter().filter(|(facet, values)| Some(facet.as_str()) != but && !values.is_empty());
    asked.into_iter().all(|(facet, picked)| row.values(facet).iter().any(|value| picked.contains(value)))
}

/// The facets of what fits the words, with their counts.
fn facets(rows: &[Arc<Row>], search: &Search) -> Vec<Facet> {
    let mut fields: Vec<(&'static str, &'static str, Option<&'static Field>)> = vec![];
    for name in &search.kinds {
        let narrowing = kinds::kind(name).into_iter().flat_map(|kind| kind.fields().iter()).filter(|field| field.facet);
        for field in narrowing {
            if fields.iter().all(|(name, ..)| *name != field.name) {
                fields.push((field.name, field.label, Some(field)));
            }
        }
    }
    fields.push((OWNER, "", None));
    let facets = fields.into_iter().map(|(name, label, field)| facet(rows, search, name, label, field));
    facets.filter(|facet| facet.values.len() > 1 || facet.values.iter().any(|value| value.picked)).collect()
}

fn facet(
    rows: &[Arc<Row>],
    search: &Search,
    name: &'static str,
    label: &'static str,
    field: Option<&'static Field>,
) -> Facet {
    let picked = search.picked.get(name).cloned().unwrap_or_default();
    let mut counts: BTreeMap<String, (usize, String)> =
        picked.iter().map(|v| (v.clone(), (0, String::new()))).collect();
    for row in rows.iter().filter(|row| is_picked(row, search, Some(name))) {
        for value in row.values(name) {
            let label = field.map_or_else(|| row.owner_name.clone(), |field| label_of(&field.shape, &value));
            let entry = counts.entry(value).or_default();
            entry.0 += 1;
            entry.1 = label;
        }
    }
    let mut values: Vec<FacetValue> = counts
        .into_iter()
        .map(|(value, (count, label))| FacetValue {
            label: if label.is_empty() {
                field.map_or_else(|| value.clone(), |f| label_of(&f.shape, &value))
            } else {
                label
            },
            picked: picked.contains(&value),
            value,
            count,
        })
        .collect();
    values.sort_by(|a, b| (b.picked, b.count, &a.label).cmp(&(a.picked, a.count, &b.label)));
    Facet { name, label, values }
}

/// What people read for a value.
pub fn label_of(shape: &Shape, value: &str) -> String {
    match shape {
        Shape::Choice(choices) => {
            choices.iter().find(|choice| choice.value == value).map_or_else(|| value.into(), |c| c.label.into())
        }
        Shape::Set { of, .. } => label_of(of, value),
        _ => value.into(),
    }
}

fn gather(value: &Value, into: &mut String) {
    match value {
        Value::String(text) if text.parse::<DocId>().is_ok() => {}
        Value::String(text) => {
            into.push_str(text);
            into.push(' ');
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, into)),
        Value::Object(fields) => {
            fields.iter().filter(|(name, _)| *name != "id").for_each(|(_, field)| gather(field, into));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use protocol::view::Summary;
    use serde_json::json;

    use super::*;

    fn catalog(records: &[(&str, &str, Value)]) -> Catalog {
        let catalog = Catalog::default();
        for (n, (title, audience, fields)) in records.iter().enumerate() {
            let summary = Summary {
                id: DocId([n as u8; 32]),
                kind: "practice".into(),
                title: (*title).into(),
                summary: "What we do.".into(),
                owner: MemberId([7; 32]),
                owner_name: "Riverside".into(),
                audience: ["private", "network", "public"].into_iter().find(|a| a == audience).unwrap(),
                own: false,
            };
            let mut fields = fields.clone();
            fields["title"] = (*title).into();
            let row = Row::new(GlanceView { summary, fields, changed_at: n as u64 }).unwrap();
            catalog.write().rows.insert(row.id, Arc::new(row));
        }
        catalog
    }

    fn titles(found: &Found) -> Vec<&str> {
        found.rows.iter().map(|row| row.title.as_str()).collect()
    }

    fn search(words: &str, picked: &[(&str, &str)]) -> Search {
        let mut search = Search { kinds: vec!["practice"], words: words.into(), ..Search::default() };
        for (facet, value) in picked {
            search.picked.entry((*facet).into()).or_default().push((*value).into());
        }
        search
    }

    #[test]
    fn accents_and_case_do_not_matter_and_titles_come_first() {
        let catalog = catalog(&[
            ("École du soir", "public", json!({})),
            ("Homework", "public", json!({"problem": "The ecole closes early."})),
            ("Car seats", "public", json!({})),
        ]);
        assert_eq!(titles(&catalog.find(Viewer::Anybody, &search("ECOLE", &[]))), ["École du soir", "Homework"]);
        assert_eq!(
            titles(&catalog.find(Viewer::Anybody, &search("", &[]))),
            ["Car seats", "Homework", "École du soir"]
        );
    }

    #[test]
    fn a_stranger_neither_sees_nor_counts_what_is_not_public() {
        let catalog = catalog(&[
            ("Seen", "public", json!({"cost": "none"})),
            ("Hidden", "network", json!({"cost": "under_1000"})),
            ("Kept", "private", json!({"cost": "none"})),
        ]);
        let found = catalog.find(Viewer::Anybody, &search("", &[]));
        assert_eq!(titles(&found), ["Seen"]);
        assert!(found.facets.is_empty(), "one value is no choice: {found:?}");
        assert!(catalog.row(Viewer::Anybody, &DocId([1; 32])).is_none());
        let inside = catalog.find(Viewer::Inside, &search("", &[]));
        let cost = inside.facets.iter().find(|facet| facet.name == "cost").unwrap();
        let counts: Vec<(&str, usize)> = cost.values.iter().map(|v| (v.label.as_str(), v.count)).collect();
        assert_eq!(counts, [("Nothing", 2), ("Under $1,000", 1)]);
    }

    #[test]
    fn a_facet_counts_what_the_others_leave() {
        let catalog = catalog(&[
            ("A", "public", json!({"cost": "none", "maturity": "idea"})),
            ("B", "public", json!({"cost": "none", "maturity": "trying"})),
            ("C", "public", json!({"cost": "under_1000", "maturity": "idea"})),
        ]);
        let found = catalog.find(Viewer::Anybody, &search("", &[("cost", "none")]));
        assert_eq!(titles(&found), ["B", "A"]);
        let count = |facet: &str, value: &str| {
            let facet = found.facets.iter().find(|f| f.name == facet).unwrap();
            facet.values.iter().find(|v| v.value == value).unwrap().count
        };
        assert_eq!((count("cost", "none"), count("cost", "under_1000")), (2, 1));
        assert_eq!((count("maturity", "idea"), count("maturity", "trying")), (1, 1));
    }
}
