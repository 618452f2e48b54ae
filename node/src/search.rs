//! What somebody finds among all records: by words, and by what they have in common, with how many there would be.

use std::{collections::BTreeMap, sync::Arc};

use protocol::{
    engine::fold,
    kinds,
    record::{Field, Shape},
};

use crate::catalog::{Catalog, OWNER, Row, Viewer};

/// Words that one search looks for.
const WORDS: usize = 8;

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

/// All that this viewer may know of and that this search finds.
pub fn find(catalog: &Catalog, viewer: Viewer, search: &Search) -> Found {
    let words = fold(&search.words);
    let words: Vec<&str> = words.split_whitespace().take(WORDS).collect();
    let fits = |row: &Arc<Row>| {
        (search.kinds.is_empty() || search.kinds.contains(&row.kind.name)) && words.iter().all(|word| row.says(word))
    };
    let before: Vec<Arc<Row>> = catalog.rows(viewer).into_iter().filter(fits).collect();
    let facets = facets(&before, search);
    let mut rows: Vec<Arc<Row>> = before.into_iter().filter(|row| is_picked(row, search, None)).collect();
    let titled = |row: &Row| words.iter().filter(|word| row.is_called(word)).count();
    rows.sort_by_cached_key(|row| (std::cmp::Reverse((titled(row), row.changed_at)), row.id));
    Found { rows, facets }
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
            let label = field.map_or_else(|| row.owner_name.clone(), |field| label_of(&field.shape, value));
            let entry = counts.entry(value.clone()).or_default();
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

#[cfg(test)]
mod tests {
    use protocol::{
        identity::{DocId, MemberId},
        view::{GlanceView, Summary},
    };
    use serde_json::{Value, json};

    use super::*;

    fn catalog(records: &[(&str, &str, Value)]) -> Catalog {
        let glances = records.iter().enumerate().map(|(n, (title, audience, fields))| {
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
            GlanceView { summary, fields, changed_at: n as u64, made_at: n as u64, choices: 0 }
        });
        Catalog::of(glances)
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
        assert_eq!(titles(&find(&catalog, Viewer::Anybody, &search("ECOLE", &[]))), ["École du soir", "Homework"]);
        assert_eq!(
            titles(&find(&catalog, Viewer::Anybody, &search("", &[]))),
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
        let found = find(&catalog, Viewer::Anybody, &search("", &[]));
        assert_eq!(titles(&found), ["Seen"]);
        assert!(found.facets.is_empty(), "one value is no choice: {found:?}");
        assert!(catalog.row(Viewer::Anybody, &DocId([1; 32])).is_none());
        let inside = find(&catalog, Viewer::Inside, &search("", &[]));
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
        let found = find(&catalog, Viewer::Anybody, &search("", &[("cost", "none")]));
        assert_eq!(titles(&found), ["B", "A"]);
        let count = |facet: &str, value: &str| {
            let facet = found.facets.iter().find(|f| f.name == facet).unwrap();
            facet.values.iter().find(|v| v.value == value).unwrap().count
        };
        assert_eq!((count("cost", "none"), count("cost", "under_1000")), (2, 1));
        assert_eq!((count("maturity", "idea"), count("maturity", "trying")), (1, 1));
    }
}
