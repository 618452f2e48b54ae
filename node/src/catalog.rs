//! All records at a glance, kept in memory and following the store, so that a page costs the engine nothing.
//!
//! A viewer only ever sees what they may: the audience is asked before anything else. `search` finds in it. Words are handed
//! on to the index, and not held here.

mod follow;
mod held;
mod looked;
mod slots;
mod text;

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use protocol::{
    identity::{DocId, MemberId},
    kinds,
    record::Kind,
    view::{GlanceView, WhoseView},
};
use serde_json::{Map, Value};

pub(crate) use crate::transfer::ics::Event;
use crate::{clock, confidential, config::INDEX_WAITING, index::Index, metrics::Metrics, people::Role, search::Turns};
use follow::Following;
use held::Held;
pub(crate) use looked::{Hit, Looked};
pub(crate) use slots::{Slot, Values};

/// What every list can be narrowed down by: whose a record is.
pub const OWNER: &str = "by";
/// What every list can be narrowed down by: the counties and towns that a record names.
pub const PLACE: &str = "place";

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
    /// When somebody last said that it is right, by changing it or by confirming it; in milliseconds since 1970.
    pub fresh_at: u64,
    /// The quilt block that a collaborative picked, in its profile.
    block: Option<u32>,
    /// What stands of a session in calendars.
    event: Option<Event>,
}

impl Row {
    /// A record's row, for whoever only looks at it.
    pub(crate) fn new(glance: GlanceView) -> Option<Row> {
        Row::read(glance).map(|(row, _)| row)
    }

    /// A record's row, and all its fields that anybody may be told of who may see it.
    fn read(glance: GlanceView) -> Option<(Row, Value)> {
        let kind = kinds::kind(&glance.summary.kind)?;
        // Nobody finds by words what no page shows: a confidential address would be told letter by letter.
        let fields = confidential::without(glance.fields);
        // The clocks are those of who wrote it: nothing is younger than now, or it would stand on top for years.
        let now = clock::now_ms();
        let changed_at = glance.changed_at.min(now);
        let made_at = if glance.made_at == 0 { changed_at } else { glance.made_at.min(now) };
        let row = Row {
            made_at,
            choices: glance.choices,
            links: links(&fields),
            glanced: GLANCED.iter().filter_map(|name| Some(((*name).to_owned(), fields.get(name)?.clone()))).collect(),
            id: glance.summary.id,
            kind,
            title: glance.summary.title,
            summary: if glance.summary.summary.is_empty() { opening(&fields) } else { glance.summary.summary },
            owner: glance.summary.owner,
            owner_name: glance.summary.owner_name,
            own: glance.summary.own,
            audience: glance.summary.audience,
            changed_at,
            fresh_at: changed_at.max(text::confirmed_at(&fields)).min(now),
            facets: text::facet_values(kind, &fields, &glance.summary.owner),
            block: fields["quilt_block"]
                .as_u64()
                .and_then(|block| block.try_into().ok())
                .filter(|_| kind.name == PROFILE),
            event: (kind.name == SESSION)
                .then(|| Event::new(&glance.summary.id.to_string(), &fields, seconds(glance.changed_at), glance.edits))
                .flatten(),
        };
        Some((row, fields))
    }

    /// What stands of it in calendars, where it is a session.
    pub(crate) fn event(&self) -> Option<&Event> {
        self.event.as_ref()
    }

    /// Whether this viewer may know of it.
    pub fn is_for(&self, viewer: Viewer) -> bool {
        viewer.may_see(self.audience)
    }

    /// A field that lists show, one of those that glances hold; nothing where it is empty.
    pub fn field(&self, name: &str) -> &Value {
        self.glanced.get(name).unwrap_or(&Value::Null)
    }

    /// Such a field where it is one text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.field(name).as_str().filter(|text| !text.is_empty())
    }

    /// The records that it points to by this field.
    pub fn linked<'a>(&'a self, by: &'a str) -> impl Iterator<Item = &'a DocId> {
        self.links.iter().filter(move |(_, field)| *field == by).map(|(to, _)| to)
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

/// Seconds of as many milliseconds.
fn seconds(ms: u64) -> i64 {
    i64::try_from(ms / 1_000).unwrap_or(i64::MAX)
}

/// The only kind of record that takes place.
pub(crate) const SESSION: &str = "session";

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
/// Fields by which a record says that it uses another.
const USING: [&str; 3] = ["about", "adopted_from", "origin"];
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
pub struct Catalog {
    held: Arc<RwLock<Held>>,
    index: Index,
    following: Arc<Following>,
    metrics: Metrics,
    turns: Turns,
}

impl Catalog {
    /// With an index in a folder of its own.
    pub(crate) fn within(folder: PathBuf) -> Catalog {
        Catalog { index: Index::within(folder), ..Catalog::default() }
    }

    #[cfg(test)]
    pub(crate) fn of(glances: impl Iterator<Item = GlanceView>) -> Catalog {
        let catalog = Catalog::default();
        catalog.index.open();
        catalog.take_in(glances);
        catalog
    }

    /// Of these records, with an index in this folder, all of it written: for who measures searches.
    pub fn filled(folder: PathBuf, glances: impl Iterator<Item = GlanceView>) -> Catalog {
        let (catalog, mut glances) = (Catalog::within(folder), glances.peekable());
        catalog.index.open();
        while glances.peek().is_some() {
            catalog.take_in(glances.by_ref().take(INDEX_WAITING));
            catalog.index.settle();
        }
        catalog
    }

    /// In which records which words stand.
    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    /// Who searches when.
    pub(crate) fn turns(&self) -> &Turns {
        &self.turns
    }

    /// What is counted of searches and answers.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    fn read(&self) -> RwLockReadGuard<'_, Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Held> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
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

    /// Who else uses a record: with a version of their own, or who wrote what happened when they tried.
    pub fn users(&self, viewer: Viewer, row: &Row) -> Vec<MemberId> {
        let using = |other: &Arc<Row>| {
            let uses = USING.iter().any(|by| other.points_to(&row.id, by));
            (uses && other.owner != row.owner && !(other.own && row.own)).then_some(other.owner)
        };
        let mut users: Vec<MemberId> = self.pointing(viewer, &row.id).iter().filter_map(using).collect();
        users.sort();
        users.dedup();
        users
    }

    /// How a collaborative describes itself, if it does and this viewer may know.
    pub fn profile(&self, viewer: Viewer, member: &MemberId) -> Option<Arc<Row>> {
        let held = self.read();
        let profiles = held.profiles(member).filter_map(|doc| held.rows.get(doc));
        profiles.filter(|row| row.is_for(viewer)).max_by_key(|row| (row.changed_at, row.id)).cloned()
    }

    /// All records as this viewer may look through them. Nothing changes meanwhile, and nothing else of the catalog may be
    /// asked.
    pub(crate) fn looked(&self, viewer: Viewer) -> Looked<'_> {
        Looked::new(self.read(), viewer)
    }
}
