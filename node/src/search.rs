//! What somebody finds among all records: by words, and by what they have in common, with how many there would be.
//!
//! Whatever is found, counted or suggested follows from the records alone that the viewer may see.

mod facets;

use std::{collections::BTreeMap, sync::Arc};

use protocol::{engine::fold, identity::DocId, record::Shape};
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::{
    catalog::{Catalog, Hit, Looked, Row, Viewer},
    clock::{self, Stopwatch},
    config::{LITTLE, SEARCHES_AT_ONCE, TITLES, WORDS_MOST},
    index::{Hits, WORDS, Words, audiences, places},
};

pub(crate) use facets::narrows;
pub use facets::{FRESH, Facet, FacetValue, KIND};

/// What somebody looks for.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// Of these kinds; of all when empty.
    pub kinds: Vec<&'static str>,
    /// With all of these words.
    pub words: String,
    /// With these very words, and none that are like them.
    pub exact: bool,
    /// By facet, any of these values.
    pub picked: BTreeMap<String, Vec<String>>,
    /// Which of all that is found.
    pub part: Part,
}

/// Which rows of all that is found: what nobody looks at need not be put in order.
#[derive(Clone, Copy, Debug, Default)]
pub enum Part {
    /// All of them.
    #[default]
    All,
    /// A page of so many, counted from 1; the last one where there are not so many pages.
    Page(usize, usize),
    /// So many after this one, or from the beginning.
    After(Option<DocId>, usize),
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// Best first with words, else newest first: the part of all that was asked for.
    pub rows: Vec<Arc<Row>>,
    /// How many there are in all.
    pub total: usize,
    /// Which page it is, where one was asked for, and how many there are.
    pub page: (usize, usize),
    /// How many there would be for each value of each facet, if it were picked as well.
    pub facets: Vec<Facet>,
    /// What may have been meant instead, where little was found.
    pub instead: Option<String>,
    words: Words,
    near: bool,
}

impl Found {
    /// A text in pieces: those that were looked for, and those between.
    pub fn marked(&self, text: &str) -> Vec<(bool, String)> {
        self.words.marked(text, self.near)
    }
}

/// How many search at once; the others wait for their turn, and nothing else waits for any of them.
#[derive(Clone, Debug)]
pub(crate) struct Turns(Arc<Semaphore>);

impl Default for Turns {
    fn default() -> Turns {
        Turns(Arc::new(Semaphore::new(SEARCHES_AT_ONCE)))
    }
}

/// The same as [`find`], beside all else that the node does.
pub async fn find_aside(catalog: &Catalog, viewer: Viewer, search: &Search) -> Found {
    let search = search.clone();
    aside(catalog, move |catalog| find(catalog, viewer, &search)).await
}

/// Does something that takes a while beside all else that the node does, and no more of them at once than there are cores.
pub(crate) async fn aside<T: Default + Send + 'static>(
    catalog: &Catalog,
    work: impl FnOnce(&Catalog) -> T + Send + 'static,
) -> T {
    // The semaphore is never closed.
    let turn = catalog.turns().0.clone().acquire_owned().await.ok();
    let catalog = catalog.clone();
    let looking = spawn_blocking(move || {
        let _turn = turn;
        work(&catalog)
    });
    looking.await.unwrap_or_default()
}

/// All that this viewer may know of and that this search finds.
pub fn find(catalog: &Catalog, viewer: Viewer, search: &Search) -> Found {
    let watch = Stopwatch::start();
    let text: String = search.words.chars().take(WORDS_MOST).collect();
    let looking = Looking { catalog, viewer };
    let Best { looked, mut hits, near, words } = looking.best(&text, search);
    let facets = facets::count(&looked, &mut hits, search, clock::now_ms());
    let (total, page) = (hits.len(), search.part.page(hits.len()));
    let rows = part(&looked, &mut hits, search.part).cloned().collect();
    drop(looked);
    let instead = if near { looking.instead(&text) } else { None };
    if !search.words.is_empty() {
        catalog.metrics().searched(watch.ms());
    }
    Found { rows, total, page, facets, instead, words, near }
}

/// Records for somebody who is still typing: those first whose title has what was typed; beside all else that the node does.
pub async fn titles_aside(catalog: &Catalog, viewer: Viewer, words: String) -> Vec<Arc<Row>> {
    aside(catalog, move |catalog| titles(catalog, viewer, &words)).await
}

fn titles(catalog: &Catalog, viewer: Viewer, words: &str) -> Vec<Arc<Row>> {
    let words: String = words.chars().take(WORDS_MOST).collect();
    if words.trim().is_empty() {
        return vec![];
    }
    let Best { looked, mut hits, .. } = Looking { catalog, viewer }.best(&words, &Search::default());
    part(&looked, &mut hits, Part::After(None, TITLES)).cloned().collect()
}

impl Part {
    /// The page and how many there are.
    fn page(self, total: usize) -> (usize, usize) {
        match self {
            Part::Page(at, rows) => {
                let pages = total.div_ceil(rows.max(1)).max(1);
                (at.clamp(1, pages), pages)
            }
            _ => (1, 1),
        }
    }
}

/// What fits, in any order. It stands where it stands only as long as nothing changes.
struct Best<'a> {
    looked: Looked<'a>,
    hits: Vec<Hit>,
    near: bool,
    words: Words,
}

/// Best first, else newest first: this part of it.
fn part<'a>(looked: &'a Looked<'_>, hits: &'a mut [Hit], part: Part) -> impl Iterator<Item = &'a Arc<Row>> {
    let id = |hit: &Hit| looked.slot(hit).map(|slot| slot.row.id);
    let order = |a: &Hit, b: &Hit| {
        let (of_a, of_b) = ((a.points, a.changed_at), (b.points, b.changed_at));
        of_b.cmp(&of_a).then_with(|| id(a).cmp(&id(b)))
    };
    let (from, to) = match part {
        Part::All => (0, hits.len()),
        Part::Page(_, rows) => {
            let (at, _) = part.page(hits.len());
            ((at - 1) * rows, at * rows)
        }
        Part::After(None, most) => (0, most),
        Part::After(Some(doc), most) => {
            let last = hits.iter().find(|hit| id(hit) == Some(doc)).copied();
            // Of one that is gone nobody knows where it stood: better an end than a circle.
            let before = last.map_or(hits.len(), |last| hits.iter().filter(|hit| order(hit, &last).is_le()).count());
            (before, before.saturating_add(most))
        }
    };
    let to = to.min(hits.len());
    if to < hits.len() {
        hits.select_nth_unstable_by(to, order);
    }
    let first = hits.get_mut(..to).unwrap_or_default();
    first.sort_unstable_by(order);
    let some = first.get(from.min(to)..).unwrap_or_default();
    some.iter().filter_map(|hit| Some(&looked.slot(hit)?.row))
}

/// Somebody looks through the records. Finding words takes a while, in which nobody waits for who looks: the records
/// themselves are held for the moment alone in which they are counted and put in order.
struct Looking<'a> {
    catalog: &'a Catalog,
    viewer: Viewer,
}

impl<'a> Looking<'a> {
    /// What fits the words; without words all.
    fn best(&self, text: &str, search: &Search) -> Best<'a> {
        let words = if text.trim().is_empty() { None } else { Some(Words::of(text)) };
        let fitting = |near| {
            let found = words.as_ref().map(|words| self.found(words, near));
            let looked = self.catalog.looked(self.viewer);
            let mut hits = found.map_or_else(|| looked.all(), |found| looked.found(&found));
            let kind = |hit: &Hit| looked.slot(hit).map(|slot| slot.kind.name);
            hits.retain(|hit| search.kinds.is_empty() || kind(hit).is_some_and(|kind| search.kinds.contains(&kind)));
            (looked, hits)
        };
        let (looked, hits) = fitting(false);
        let near = words.is_some() && hits.len() < LITTLE && !search.exact;
        let (looked, hits) = if near {
            drop(looked);
            fitting(true)
        } else {
            (looked, hits)
        };
        Best { looked, hits, near, words: words.unwrap_or_default() }
    }

    fn found(&self, words: &Words, near: bool) -> Hits {
        self.catalog.index().find(words, &audiences(|audience| self.viewer.may_see(audience)), near)
    }

    /// One of the records that have these words.
    fn one(&self, words: &str) -> Option<Arc<Row>> {
        let found = self.found(&Words::of(words), false);
        self.catalog.looked(self.viewer).one(&found)
    }

    /// The same words, with those that stand nowhere put as they stand somewhere.
    fn instead(&self, text: &str) -> Option<String> {
        let (mut better, mut at) = (String::new(), 0);
        for place in places(text).take(WORDS) {
            // As a whole word: the beginning of another is no spelling.
            let typed = format!("{} ", &text[place.clone()]);
            let known = self.one(&typed).is_some();
            let put = if known { None } else { self.resembling(&text[place.clone()]) };
            if let Some(put) = put {
                better.push_str(&text[at..place.start]);
                better.push_str(&put);
                at = place.end;
            }
        }
        better.push_str(&text[at..]);
        (at > 0 && self.one(&better).is_some()).then_some(better)
    }

    /// The word that stands in most records of all that resemble this one, as somebody wrote it there.
    fn resembling(&self, word: &str) -> Option<String> {
        let word = fold(word);
        let seen = audiences(|audience| self.viewer.may_see(audience));
        let like = self.catalog.index().resembling(&word, &seen);
        // Words outlast the records that had them for a while.
        like.into_iter().find_map(|term| self.one(&format!("{term} ")).map(|row| written(&row, &term)))
    }
}

/// A word with its accents, where the title or the summary has it.
fn written(row: &Row, term: &str) -> String {
    let texts = [row.title.as_str(), row.summary.as_str()];
    let mut words = texts.into_iter().flat_map(|text| places(text).map(|place| &text[place]));
    words.find(|word| fold(word) == term).map_or_else(|| term.to_owned(), str::to_lowercase)
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
            GlanceView { summary, fields, changed_at: n as u64, made_at: n as u64, choices: 0, edits: 1 }
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

    /// A part of what is found is the same part of all, in the same order.
    #[test]
    fn a_page_is_a_part_of_the_whole() {
        let records: Vec<(String, Value)> = (0..23).map(|n| (format!("Coats {}", n % 7), json!({}))).collect();
        let records: Vec<_> =
            records.iter().map(|(title, fields)| (title.as_str(), "public", fields.clone())).collect();
        let catalog = catalog(&records);
        for words in ["", "coats", "coats 3"] {
            let part = |part| find(&catalog, Viewer::Anybody, &Search { part, ..search(words, &[]) });
            let ids = |found: &Found| found.rows.iter().map(|row| row.id).collect::<Vec<_>>();
            let all = ids(&part(Part::All));
            let pages: Vec<DocId> = (1..=all.len().div_ceil(5)).flat_map(|n| ids(&part(Part::Page(n, 5)))).collect();
            assert_eq!(pages, all, "{words}");
            let last = part(Part::Page(99, 5));
            assert_eq!((last.total, last.page), (all.len(), (all.len().div_ceil(5), all.len().div_ceil(5))));
            assert_eq!(ids(&part(Part::After(Some(all[1]), 1))), all[2..3], "{words}");
            assert_eq!(ids(&part(Part::After(None, 2))), all[..2], "{words}");
        }
    }

    /// Whoever asks for thousands of words that stand nowhere must not keep the node from everybody else.
    #[test]
    fn what_is_looked_for_has_an_end() {
        let catalog = catalog(&[("Winter coats", "public", json!({}))]);
        let found = find(&catalog, Viewer::Anybody, &search(&"wintre ".repeat(9), &[]));
        assert_eq!(found.instead.unwrap(), format!("{}wintre ", "winter ".repeat(WORDS)));
        let found = find(&catalog, Viewer::Anybody, &search(&"wintre ".repeat(10_000), &[]));
        assert_eq!(found.instead.unwrap().chars().count(), WORDS_MOST);
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

    #[test]
    fn a_misspelled_word_finds_what_was_meant_and_says_so() {
        let catalog = catalog(&[
            ("École du soir", "public", json!({"problem": "The library closes early."})),
            ("Reading hour", "public", json!({"problem": "In the library."})),
            ("Shelter", "network", json!({"problem": "Safehouse on Elm."})),
        ]);
        let found = find(&catalog, Viewer::Anybody, &search("libary", &[]));
        assert_eq!(titles(&found), ["Reading hour", "École du soir"]);
        assert_eq!(found.instead.as_deref(), Some("library"));
        assert_eq!(found.marked("The Library"), [(false, "The ".to_owned()), (true, "Library".to_owned())]);
        let found = find(&catalog, Viewer::Anybody, &search("the ecoel, libary", &[]));
        assert_eq!(found.instead.as_deref(), Some("the école, library"));
        // Nobody is offered a word, or given a record, out of what they may not see.
        for (viewer, count, instead) in [(Viewer::Anybody, 0, None), (Viewer::Network, 1, Some("safehouse"))] {
            let found = find(&catalog, viewer, &search("safehuose", &[]));
            assert_eq!((found.rows.len(), found.instead.as_deref()), (count, instead));
            assert_eq!(super::titles(&catalog, viewer, "safeh").len(), count);
        }
    }

    /// What others keep to themselves changes nothing that a stranger gets: not what is found, nor its order, nor a word.
    #[test]
    fn a_stranger_gets_the_same_with_and_without_private_records() {
        let public = [
            ("Walk to school", "public", json!({"problem": "Buses are few.", "cost": "none"})),
            ("School lunch", "public", json!({"problem": "We walk and eat.", "cost": "under_1000"})),
        ];
        let private =
            ["Walk", "Walks", "Schools", "Wlak", "Lunhc"].map(|title| (title, "private", json!({"cost": "none"})));
        let with: Vec<_> = public.iter().cloned().chain(private).collect();
        let (alone, crowded) = (catalog(&public), catalog(&with));
        for words in ["", "walk", "school", "wlak", "lunhc", "schol lunch", "w", "zebra"] {
            let [a, b] = [&alone, &crowded].map(|catalog| {
                let found = find(catalog, Viewer::Anybody, &search(words, &[]));
                (format!("{:?}{:?}", titles(&found), found.facets), found.instead)
            });
            assert_eq!(a, b, "{words}");
        }
    }

    #[test]
    fn a_search_can_be_narrowed_down_by_kind_place_and_how_fresh_a_record_is() {
        let months_ago = |days: u64| clock::now_ms() - days * 24 * 60 * 60 * 1_000;
        let mut glances: Vec<GlanceView> = [("practice", 10), ("practice", 100), ("training", 1_000)]
            .into_iter()
            .enumerate()
            .map(|(n, (kind, days))| {
                let summary = Summary {
                    id: DocId([n as u8; 32]),
                    kind: kind.into(),
                    title: format!("Record {n}"),
                    summary: String::new(),
                    owner: MemberId([7; 32]),
                    owner_name: "Riverside".into(),
                    audience: "public",
                    own: false,
                };
                let town = if n == 0 { "Rome" } else { "Paris" };
                let fields = json!({"title": "x", "places": [{"county": "Oxford", "town": town}]});
                GlanceView { summary, fields, changed_at: months_ago(days), made_at: 0, choices: 0, edits: 1 }
            })
            .collect();
        // Confirmed lately counts as much as changed lately.
        let day = jiff::Timestamp::from_millisecond(months_ago(1) as i64).unwrap().to_string();
        glances[2].fields["confirmed"] = json!({"at": &day[..10]});
        let catalog = Catalog::of(glances.into_iter());
        let narrowed = |picked: &[(&str, &str)]| {
            let mut search = search("", picked);
            search.kinds.clear();
            let found = find(&catalog, Viewer::Anybody, &search);
            (found.rows.len(), found.facets)
        };
        let (all, facets) = narrowed(&[]);
        let counts = |facets: &[Facet], name: &str| {
            let facet = facets.iter().find(|facet| facet.name == name).unwrap();
            facet.values.iter().map(|v| (v.value.clone(), v.count)).collect::<Vec<_>>()
        };
        let says = |pairs: &[(&str, usize)]| pairs.iter().map(|(v, n)| ((*v).to_owned(), *n)).collect::<Vec<_>>();
        assert_eq!(all, 3);
        assert_eq!(counts(&facets, KIND), says(&[("practice", 2), ("training", 1)]));
        assert_eq!(counts(&facets, crate::catalog::PLACE), says(&[("Oxford", 3), ("Paris", 2), ("Rome", 1)]));
        assert_eq!(counts(&facets, FRESH), says(&[("month", 2), ("half", 3), ("year", 3)]));
        assert_eq!(narrowed(&[(KIND, "training")]).0, 1);
        assert_eq!(narrowed(&[("place", "Paris"), (KIND, "practice")]).0, 1);
        let (fresh, facets) = narrowed(&[(FRESH, "month")]);
        assert_eq!((fresh, counts(&facets, KIND)), (2, says(&[("practice", 1), ("training", 1)])));
        assert_eq!(narrowed(&[(FRESH, "month"), (FRESH, "half")]).0, 3);
    }
}
