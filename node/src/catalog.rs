//! All records at a glance, kept in memory and following the store, so that a page costs the engine nothing.
//!
//! A viewer only ever sees what they may: the audience is asked before anything else. `search` finds in it.

mod held;

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use protocol::{
    engine::fold,
    identity::{DocId, MemberId},
    input::Request,
    kinds,
    record::Kind,
    view::{Answer, GlanceView, WhoseView},
};
use serde_json::{Map, Value};
use tokio::sync::broadcast::error::RecvError;
use tracing::warn;

use crate::{
    api::without_confidential,
    clock,
    config::{GLANCES_AT_ONCE, WHOSE_MS},
    people::Role,
    run::Handle,
};
use held::Held;

/// What every list can be narrowed down by: whose a record is.
pub const OWNER: &str = "by";

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Anybody: what is public.
    Anybody,
    /// Somebody who coordinates the network: what its members share with each other, and what is public.
    Network,
    /// Somebody of this collaborative: all that is here.
    Inside,
}

impl Viewer {
    /// Who somebody with this role is; without one, nobody is signed in.
    pub fn of(role: Option<Role>) -> Viewer {
        match role {
            None => Viewer::Anybody,
            Some(Role::Coordinator) => Viewer::Network,
            Some(Role::Reader | Role::Editor | Role::Admin) => Viewer::Inside,
        }
    }

    /// Whether they may know of a record with this audience.
    pub fn may_see(self, audience: &str) -> bool {
        match self {
            Viewer::Inside => true,
            Viewer::Network => ["network", "public"].contains(&audience),
            Viewer::Anybody => audience == "public",
        }
    }
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
    /// When it was first written, or shared as a copy, in milliseconds since 1970.
    pub made_at: u64,
    /// How many of its fields have several answers to choose from.
    pub choices: usize,
    /// What some pages show in lists, out of its fields.
    glanced: Map<String, Value>,
    /// The records that it points to, and by which field.
    links: Vec<(DocId, &'static str)>,
    /// What lists can be narrowed down by: the values of each such field.
    facets: Vec<(&'static str, Vec<String>)>,
    /// All its words, and those of its title, case and accents aside.
    words: String,
    title_words: String,
    /// The quilt block that a collaborative picked, in its profile.
    block: Option<u32>,
}

impl Row {
    pub(crate) fn new(glance: GlanceView) -> Option<Row> {
        let kind = kinds::kind(&glance.summary.kind)?;
        // Nobody finds by words what no page shows: a confidential address would be told letter by letter.
        let fields = without_confidential(glance.fields);
        let mut words = String::new();
        gather(&fields, &mut words);
        words.push_str(&glance.summary.owner_name);
        let made_at = if glance.made_at == 0 { glance.changed_at } else { glance.made_at };
        Some(Row {
            made_at,
            choices: glance.choices,
            links: links(&fields),
            glanced: GLANCED.iter().filter_map(|name| Some(((*name).to_owned(), fields.get(name)?.clone()))).collect(),
            id: glance.summary.id,
            kind,
            words: fold(&words),
            title_words: fold(&glance.summary.title),
            title: glance.summary.title,
            summary: if glance.summary.summary.is_empty() { opening(&fields) } else { glance.summary.summary },
            owner: glance.summary.owner,
            owner_name: glance.summary.owner_name,
            own: glance.summary.own,
            audience: glance.summary.audience,
            changed_at: glance.changed_at,
            facets: facet_values(kind, &fields, &glance.summary.owner),
            block: fields["quilt_block"]
                .as_u64()
                .and_then(|block| block.try_into().ok())
                .filter(|_| kind.name == PROFILE),
        })
    }

    /// Whether this viewer may know of it.
    pub fn is_for(&self, viewer: Viewer) -> bool {
        viewer.may_see(self.audience)
    }

    /// Whether it has this word, case and accents aside.
    pub fn says(&self, folded: &str) -> bool {
        self.words.contains(folded)
    }

    /// Whether its title has this word.
    pub fn is_called(&self, folded: &str) -> bool {
        self.title_words.contains(folded)
    }

    /// A field that lists show, one of [`GLANCED`]; nothing where it is empty.
    pub fn field(&self, name: &str) -> &Value {
        self.glanced.get(name).unwrap_or(&Value::Null)
    }

    /// Such a field where it is one text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.field(name).as_str().filter(|text| !text.is_empty())
    }

    /// Whether it points to this record by this field.
    pub fn points_to(&self, doc: &DocId, by: &str) -> bool {
        self.links.iter().any(|(to, field)| to == doc && *field == by)
    }

    /// The values of what lists can be narrowed down by.
    pub fn values(&self, facet: &str) -> &[String] {
        self.facets.iter().find(|(name, _)| *name == facet).map_or(&[], |(_, values)| values)
    }

    /// The first of them, such as how far along a practice is.
    pub fn value(&self, facet: &str) -> Option<&str> {
        self.values(facet).first().map(String::as_str)
    }
}

/// What stands for a summary where a kind does not ask for one: how the description begins.
fn opening(fields: &Value) -> String {
    let text = fields["description"].as_str().unwrap_or_default();
    match text.char_indices().nth(OPENING) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
    }
}

/// Characters, as many as a summary may have.
const OPENING: usize = 300;

fn facet_values(kind: &'static Kind, fields: &Value, owner: &MemberId) -> Vec<(&'static str, Vec<String>)> {
    let texts = |value: &Value| match value {
        Value::String(one) => vec![one.clone()],
        Value::Array(several) => several.iter().filter_map(|v| v.as_str().map(String::from)).collect(),
        _ => vec![],
    };
    let narrowing = kind.fields().iter().filter(|field| field.facet);
    let own = narrowing.map(|field| (field.name, texts(&fields[field.name]))).filter(|(_, values)| !values.is_empty());
    own.chain([(OWNER, vec![owner.to_string()])]).collect()
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

/// The kind in which a collaborative says who it is.
pub(crate) const PROFILE: &str = "collaborative";

/// How many quilt blocks there are: twelve patterns in nine colors.
pub(crate) const BLOCKS: u32 = 108;

/// The block of a collaborative that has not picked one: always the same, everywhere.
fn given_block(member: &MemberId) -> u32 {
    let [a, b, c, d, ..] = member.0;
    u32::from_be_bytes([a, b, c, d]) % BLOCKS
}

/// Fields that lists and calendars show. All else is read when a record is opened, so that many records stay light.
const GLANCED: [&str; 26] = [
    "address_confidential",
    "addresses",
    "alert",
    "also_on",
    "confirmed",
    "end",
    "expires",
    "form",
    "language",
    "latitude",
    "link",
    "longitude",
    "mode",
    "not_on",
    "overrides",
    "phones",
    "place",
    "places",
    "recurrence",
    "review_by",
    "schedules",
    "seats",
    "service_area",
    "start",
    "status",
    "zone",
];
/// Fields that hold one other record.
const LINKS: [&str; 7] =
    ["about", "adopted_from", "location_id", "organization_id", "origin", "service_id", "training"];

fn links(fields: &Value) -> Vec<(DocId, &'static str)> {
    let one = |value: &Value| value.as_str().and_then(|text| text.parse::<DocId>().ok());
    let single = LINKS.into_iter().filter_map(|name| Some((one(&fields[name])?, name)));
    let related = fields["related"].as_array().into_iter().flatten();
    single.chain(related.filter_map(|item| Some((one(&item["target"])?, "related")))).collect()
}

/// All records of a node at a glance.
#[derive(Clone, Debug, Default)]
pub struct Catalog(Arc<RwLock<Held>>);

impl Catalog {
    #[cfg(test)]
    pub(crate) fn of(glances: impl Iterator<Item = GlanceView>) -> Catalog {
        let catalog = Catalog::default();
        catalog.write().fill(glances.filter_map(Row::new).map(Arc::new).collect());
        catalog
    }

    /// Reads everything once, then follows what changes until the node stops.
    pub async fn follow(self, node: Handle) {
        let Some(mut changes) = node.changes() else { return };
        let mut whole = self.read_all(&node).await;
        let mut ticks = clock::every(WHOSE_MS);
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
                Ok(doc) => self.look(&node, doc).await,
                // So much changed that we lost count: everything is read anew.
                Err(RecvError::Lagged(_)) => whole = self.read_all(&node).await,
                Err(RecvError::Closed) => return,
            }
        }
    }

    /// False when it could not; then it is tried again.
    async fn read_all(&self, node: &Handle) -> bool {
        let (mut after, mut all) = (None, vec![]);
        while let Ok(Answer::Glances { glances, last }) =
            node.ask(Request::Glances { after, limit: GLANCES_AT_ONCE }).await
        {
            all.extend(glances.into_iter().filter_map(Row::new).map(Arc::new));
            after = last;
            if after.is_none() {
                self.write().fill(all);
                return true;
            }
        }
        warn!("the records could not be read for the pages; they are tried again");
        false
    }

    /// Looks at one record again.
    pub async fn look(&self, node: &Handle, doc: DocId) {
        // What cannot be looked at is not shown as it was.
        let mut glances = match node.ask(Request::Glance { doc }).await {
            Ok(Answer::Glances { glances, .. }) => glances,
            _ => vec![],
        };
        match glances.pop().and_then(Row::new).map(Arc::new) {
            Some(row) => self.write().put(row),
            None => self.write().take(&doc),
        }
    }

    /// A name or a network may have come since. Owners are called as they were when their record last changed.
    pub(crate) async fn look_around(&self, node: &Handle) {
        if let Ok(Answer::Whose(whose)) = node.ask(Request::Whose).await {
            self.write().whose = whose;
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Held> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Held> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whose node this is.
    pub fn whose(&self) -> WhoseView {
        self.read().whose.clone()
    }

    /// The quilt block beside a collaborative's name: the one it picked, as far as this viewer may see its profile, else
    /// the one its key gives it. Everything that shows a block asks here.
    pub fn block_of(&self, viewer: Viewer, member: &MemberId) -> u32 {
        let held = self.read();
        let profiles = held.profiles(member).filter_map(|doc| held.rows.get(doc)).filter(|row| row.is_for(viewer));
        let newest = profiles.filter(|row| row.block.is_some()).max_by_key(|row| row.changed_at);
        newest.and_then(|row| row.block).unwrap_or_else(|| given_block(member))
    }

    /// One record, if this viewer may know of it.
    pub fn row(&self, viewer: Viewer, doc: &DocId) -> Option<Arc<Row>> {
        self.read().rows.get(doc).filter(|row| row.is_for(viewer)).cloned()
    }

    /// All that this viewer may know of. Nobody waits for who looks through them.
    pub(crate) fn rows(&self, viewer: Viewer) -> Vec<Arc<Row>> {
        let all: Vec<Arc<Row>> = self.read().rows.values().cloned().collect();
        all.into_iter().filter(|row| row.is_for(viewer)).collect()
    }

    /// The records that point to this one, newest first, as far as this viewer may know of them.
    pub fn pointing(&self, viewer: Viewer, doc: &DocId) -> Vec<Arc<Row>> {
        let held = self.read();
        let rows = held.pointing(doc).filter_map(|from| held.rows.get(from));
        let mut rows: Vec<Arc<Row>> = rows.filter(|row| row.is_for(viewer)).cloned().collect();
        rows.sort_by_key(|row| (std::cmp::Reverse(row.changed_at), row.id));
        rows
    }

    /// How a collaborative describes itself, if it does and this viewer may know.
    pub fn profile(&self, viewer: Viewer, member: &MemberId) -> Option<Arc<Row>> {
        let held = self.read();
        let profiles = held.profiles(member).filter_map(|doc| held.rows.get(doc));
        profiles.filter(|row| row.is_for(viewer)).max_by_key(|row| (row.changed_at, row.id)).cloned()
    }
}
