//! What records have in common, and how many there would be of each.

use std::{cmp::Reverse, collections::HashMap, sync::Arc};

use protocol::{kinds, record::Field};

use super::{Search, label_of};
use crate::{
    catalog::{OWNER, PLACE, Row},
    config::FACET_VALUES,
};

/// What lists of several kinds can be narrowed down by: the kind.
pub const KIND: &str = "kind";
/// What every list can be narrowed down by: how lately somebody changed a record, or said that it is still right.
pub const FRESH: &str = "fresh";
/// The values of [`FRESH`], and how many days each goes back. A record of this month is one of this year as well.
const SPANS: [(&str, u64); 3] = [("month", 31), ("half", 183), ("year", 366)];
/// Fields that lists of every kind can be narrowed down by.
const EVERYWHERE: [&str; 2] = ["topics", "components"];

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// What a list can be narrowed down by.
#[derive(Debug)]
pub struct Facet {
    /// Its name in addresses.
    pub name: &'static str,
    /// The field whose values they are; none of [`OWNER`], [`PLACE`], [`KIND`] and [`FRESH`], which pages name themselves.
    pub field: Option<&'static Field>,
    /// Its values, those with most records first.
    pub values: Vec<FacetValue>,
}

/// One value of a facet.
#[derive(Debug)]
pub struct FacetValue {
    /// In addresses.
    pub value: String,
    /// For people; for [`FRESH`] pages say it themselves.
    pub label: String,
    /// How many records.
    pub count: usize,
    /// Whether it is picked.
    pub picked: bool,
}

/// Whether a list of these kinds, of all when empty, can be narrowed down by this.
pub(crate) fn narrows(kinds: &[&'static str], name: &str) -> bool {
    all(kinds).iter().any(|(of, _)| *of == name)
}

/// Whether a record has one of the values picked in each facet.
pub(super) fn is_picked(row: &Row, search: &Search, now: u64) -> bool {
    asked(search).all(|(facet, picked)| has(row, facet, picked, now))
}

fn asked(search: &Search) -> impl Iterator<Item = (&str, &[String])> {
    let asked = search.picked.iter().map(|(facet, picked)| (facet.as_str(), picked.as_slice()));
    asked.filter(|(_, picked)| !picked.is_empty())
}

fn has(row: &Row, facet: &str, picked: &[String], now: u64) -> bool {
    picked.iter().any(|picked| values(row, facet, now).any(|value| value == picked))
}

/// The values that a record has of a facet.
fn values<'a>(row: &'a Row, facet: &str, now: u64) -> impl Iterator<Item = &'a str> {
    let kind = (facet == KIND).then_some(row.kind.name);
    let age = now.saturating_sub(row.fresh_at);
    let spans = SPANS.iter().filter(move |(_, days)| age < days * DAY_MS).map(|(span, _)| *span);
    let spans = spans.filter({
        let is_fresh = facet == FRESH;
        move |_| is_fresh
    });
    kind.into_iter().chain(spans).chain(row.values(facet).iter().map(String::as_str))
}

/// All that lists of these kinds can be narrowed down by, in the order they are shown.
fn all(kinds: &[&'static str]) -> Vec<(&'static str, Option<&'static Field>)> {
    let mut all: Vec<(&'static str, Option<&'static Field>)> = vec![];
    if kinds.len() != 1 {
        all.push((KIND, None));
    }
    let everywhere = kinds.is_empty();
    let of = kinds::all().iter().filter(|kind| everywhere || kinds.contains(&kind.name));
    let fields = of.flat_map(|kind| kind.fields().iter()).filter(|field| field.facet);
    for field in fields.filter(|field| !everywhere || EVERYWHERE.contains(&field.name)) {
        if all.iter().all(|(name, _)| *name != field.name) {
            all.push((field.name, Some(field)));
        }
    }
    all.extend([(PLACE, None), (FRESH, None), (OWNER, None)]);
    all
}

/// The facets of what fits the words, with their counts: each counts what is picked in all the others.
pub(super) fn count(rows: &[Arc<Row>], search: &Search, now: u64) -> Vec<Facet> {
    let mut facets: Vec<Counted<'_>> =
        all(&search.kinds).into_iter().map(|(name, field)| Counted::new(name, field, search)).collect();
    for row in rows {
        let mut missing = asked(search).filter(|(facet, picked)| !has(row, facet, picked, now)).map(|(facet, _)| facet);
        // What misses in two facets counts in none; what misses in one counts there.
        let (one, another) = (missing.next(), missing.next());
        if another.is_some() {
            continue;
        }
        facets.iter_mut().filter(|facet| one.is_none_or(|one| one == facet.name)).for_each(|facet| facet.add(row, now));
    }
    facets.into_iter().filter(Counted::helps).map(Counted::facet).collect()
}

/// A facet while it is counted.
struct Counted<'a> {
    name: &'static str,
    field: Option<&'static Field>,
    picked: &'a [String],
    /// How many records have each value, and whose names stand for the ids of owners.
    counts: HashMap<&'a str, (usize, &'a str)>,
    rows: usize,
}

impl<'a> Counted<'a> {
    fn new(name: &'static str, field: Option<&'static Field>, search: &'a Search) -> Counted<'a> {
        let picked = search.picked.get(name).map_or(&[][..], Vec::as_slice);
        Counted { name, field, picked, counts: picked.iter().map(|value| (value.as_str(), (0, ""))).collect(), rows: 0 }
    }

    fn add(&mut self, row: &'a Row, now: u64) {
        self.rows += 1;
        for value in values(row, self.name, now) {
            let entry = self.counts.entry(value).or_default();
            *entry = (entry.0 + 1, &row.owner_name);
        }
    }

    /// Whether one can narrow anything down by it.
    fn helps(&self) -> bool {
        let some = self.counts.values().any(|(count, _)| *count < self.rows);
        !self.picked.is_empty() || (self.counts.len() > 1 && (self.name != FRESH || some))
    }

    fn facet(self) -> Facet {
        let Counted { name, field, picked, counts, .. } = self;
        let label = |value: &str, owner: &str| match (name, field) {
            (OWNER, _) => owner.to_owned(),
            (KIND, _) => kinds::kind(value).map_or(value, |kind| kind.label).to_owned(),
            (_, Some(field)) => label_of(&field.shape, value),
            _ => value.to_owned(),
        };
        let values = counts.into_iter().map(|(value, (count, owner))| FacetValue {
            label: label(value, owner),
            picked: picked.iter().any(|picked| picked == value),
            value: value.to_owned(),
            count,
        });
        let mut values: Vec<FacetValue> = values.collect();
        match name {
            FRESH => values.sort_by_key(|value| SPANS.iter().position(|(span, _)| *span == value.value)),
            _ => values.sort_by(|a, b| {
                (Reverse(a.picked), Reverse(a.count), &a.label).cmp(&(Reverse(b.picked), Reverse(b.count), &b.label))
            }),
        }
        values.truncate(FACET_VALUES.max(picked.len()));
        Facet { name, field, values }
    }
}
