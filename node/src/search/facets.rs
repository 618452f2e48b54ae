//! What records have in common, and how many there would be of each.

use std::{cmp::Reverse, collections::HashMap};

use protocol::{kinds, record::Field};

use super::{Search, label_of};
use crate::{
    catalog::{Hit, Looked, OWNER, PLACE, Slot, Values},
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

/// What is picked of one facet.
struct Picked<'a> {
    facet: &'a str,
    /// The values, by number: those that some record has.
    numbers: Vec<u32>,
    /// Of [`FRESH`], how many days it may be old.
    days: Option<u64>,
}

impl Picked<'_> {
    fn all<'a>(search: &'a Search, values: &Values) -> Vec<Picked<'a>> {
        let asked = search.picked.iter().filter(|(_, picked)| !picked.is_empty());
        let picked = asked.map(|(facet, picked)| {
            let days = SPANS.iter().filter(|(span, _)| facet == FRESH && picked.iter().any(|p| p == span));
            let numbers = picked.iter().filter_map(|value| values.number(facet, value)).collect();
            Picked { facet, numbers, days: days.map(|(_, days)| *days).max() }
        });
        picked.collect()
    }

    /// Whether a record has one of them.
    fn fits(&self, slot: &Slot, now: u64) -> bool {
        self.numbers.iter().any(|number| slot.values.contains(number))
            || self.days.is_some_and(|days| age(slot, now) < days * DAY_MS)
    }
}

fn age(slot: &Slot, now: u64) -> u64 {
    now.saturating_sub(slot.fresh_at)
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

/// The facets of what fits the words, with their counts: each counts what is picked in all the others. What does not have
/// what is picked is taken out.
pub(super) fn count(looked: &Looked<'_>, hits: &mut Vec<Hit>, search: &Search, now: u64) -> Vec<Facet> {
    let values = looked.values();
    let picked = Picked::all(search, values);
    let mut counts = vec![0u32; values.len()];
    let mut fresh = [0u32; SPANS.len()];
    // How many were counted in all facets, and how many in one alone.
    let (mut counted, mut alone) = (0, HashMap::new());
    hits.retain(|hit| {
        let Some(slot) = looked.slot(hit) else { return false };
        let mut missing = picked.iter().filter(|picked| !picked.fits(slot, now)).map(|picked| picked.facet);
        // What misses in two facets counts in none; what misses in one counts there.
        let (one, another) = (missing.next(), missing.next());
        if another.is_some() {
            return false;
        }
        match one {
            None => counted += 1,
            Some(facet) => *alone.entry(facet).or_default() += 1,
        }
        let counts_in = |facet: &str| one.is_none_or(|one| one == facet);
        for number in &slot.values {
            if one.is_none() || values.at(*number).is_some_and(|value| counts_in(value.facet)) {
                counts.get_mut(*number as usize).into_iter().for_each(|count| *count += 1);
            }
        }
        if counts_in(FRESH) {
            for (count, (_, days)) in fresh.iter_mut().zip(SPANS) {
                *count += u32::from(age(slot, now) < days * DAY_MS);
            }
        }
        one.is_none()
    });
    let mut facets: Vec<Counted<'_>> = all(&search.kinds)
        .into_iter()
        .map(|(name, field)| Counted::new(name, field, search, counted + alone.get(name).copied().unwrap_or(0)))
        .collect();
    for (number, count) in (0..).zip(counts).filter(|(_, count)| *count > 0) {
        let Some(value) = values.at(number) else { continue };
        if let Some(facet) = facets.iter_mut().find(|facet| facet.name == value.facet) {
            facet.counts.insert(&value.text, (count as usize, &value.label));
        }
    }
    if let Some(facet) = facets.iter_mut().find(|facet| facet.name == FRESH) {
        let some = SPANS.iter().zip(fresh).filter(|(_, count)| *count > 0);
        facet.counts.extend(some.map(|((span, _), count)| (*span, (count as usize, ""))));
    }
    facets.into_iter().filter(Counted::helps).map(Counted::facet).collect()
}

/// A facet that was counted.
struct Counted<'a> {
    name: &'static str,
    field: Option<&'static Field>,
    picked: &'a [String],
    /// How many records have each value, and what only records know to call it.
    counts: HashMap<&'a str, (usize, &'a str)>,
    rows: usize,
}

impl<'a> Counted<'a> {
    fn new(name: &'static str, field: Option<&'static Field>, search: &'a Search, rows: usize) -> Counted<'a> {
        let picked = search.picked.get(name).map_or(&[][..], Vec::as_slice);
        Counted { name, field, picked, counts: picked.iter().map(|value| (value.as_str(), (0, ""))).collect(), rows }
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
