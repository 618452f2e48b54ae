//! The records of a room: found by words, narrowed down by what they have in common, page by page. The address says it
//! all, so it can be passed on.

use askama::{Template, filters::HtmlSafe};
use axum::{
    Json,
    extract::{RawQuery, State},
    response::Response,
};
use serde_json::{Value, json};

use super::{
    Web,
    section::{self, Section},
    shown::Chip,
    site::{Site, page},
};
use crate::{
    catalog::{Catalog, Row, Viewer},
    config::{ROWS_A_PAGE, WORDS_MOST},
    search::{Facet, Found, Part, Search, find_aside, narrows, titles_aside},
};

/// Values that an address can pick: more than anybody ticks, few enough to compare each record with.
const PICKED: usize = 32;

/// Blocks shown of those who use a record.
const BLOCKS: usize = 4;

/// What an address asks of a list.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) search: Search,
    pub(super) page: usize,
}

impl Asked {
    /// Reads it; what it does not know it passes over.
    pub(super) fn read(query: &str, kinds: &[&'static str]) -> Asked {
        let mut asked = Asked { page: 1, ..Asked::default() };
        asked.search.kinds = kinds.to_vec();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                _ if value.is_empty() => {}
                "q" => asked.search.words = value.chars().take(WORDS_MOST).collect(),
                "page" => asked.page = value.parse().unwrap_or(1).max(1),
                _ if asked.search.picked.values().map(Vec::len).sum::<usize>() >= PICKED => {}
                _ if narrows(kinds, &name) && value.len() <= WORDS_MOST => {
                    let picked = asked.search.picked.entry(name.into_owned()).or_default();
                    if !picked.iter().any(|held| *held == value) {
                        picked.push(value.into_owned());
                    }
                }
                _ => {}
            }
        }
        asked
    }

    /// The same with other words.
    pub(super) fn with_words(&self, words: &str) -> Asked {
        Asked { search: Search { words: words.to_owned(), ..self.search.clone() }, page: 1 }
    }

    /// The address of another page of the same list.
    pub(super) fn address(&self, page: usize) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !self.search.words.is_empty() {
            query.append_pair("q", &self.search.words);
        }
        for (name, values) in &self.search.picked {
            query.extend_pairs(values.iter().map(|value| (name, value)));
        }
        query.append_pair("page", &page.to_string()).finish()
    }
}

/// A text in which what was looked for is marked.
#[derive(Debug, Template)]
#[template(path = "marked.html")]
pub(super) struct Marked {
    pieces: Vec<(bool, String)>,
}

impl Marked {
    /// With nothing marked.
    pub(super) fn plain(text: &str) -> Marked {
        Marked { pieces: vec![(false, text.to_owned())] }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.iter().all(|(_, text)| text.is_empty())
    }
}

/// Its template escapes every piece.
impl HtmlSafe for Marked {}

/// A card of a list.
#[derive(Debug)]
pub(super) struct Card {
    pub(super) href: String,
    pub(super) title: Marked,
    pub(super) summary: Marked,
    pub(super) block: u32,
    pub(super) by: String,
    pub(super) changed_at: u64,
    pub(super) kind: &'static str,
    pub(super) chip: Option<Chip>,
    pub(super) topic: Option<String>,
    /// The tag of the language it is written in; empty where it does not say.
    pub(super) written: String,
    /// The blocks of others who use it, and how many they are.
    pub(super) users: Vec<u32>,
    pub(super) used: usize,
}

impl Card {
    pub(super) fn new(catalog: &Catalog, viewer: Viewer, row: &Row) -> Card {
        let users = catalog.users(viewer, row);
        Card {
            href: section::address(row),
            title: Marked::plain(&row.title),
            summary: Marked::plain(&row.summary),
            block: catalog.block_of(viewer, &row.owner),
            by: row.owner_name.clone(),
            changed_at: row.changed_at,
            kind: row.kind.label,
            chip: Chip::of(row),
            topic: row.value("topics").map(String::from),
            written: row.value("language").unwrap_or_default().to_owned(),
            used: users.len(),
            users: users.into_iter().take(BLOCKS).map(|member| catalog.block_of(viewer, &member)).collect(),
        }
    }

    /// With what was looked for marked.
    fn marked(self, row: &Row, found: &Found) -> Card {
        let marked = |text| Marked { pieces: found.marked(text) };
        Card { title: marked(&row.title), summary: marked(&row.summary), ..self }
    }
}

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage {
    site: Site,
    path: &'static str,
    several_kinds: bool,
    words: String,
    total: usize,
    picked: usize,
    cards: Vec<Card>,
    facets: Vec<Facet>,
    page: usize,
    pages: usize,
    newer: String,
    older: String,
    /// Other words that may have been meant, and the address of what they find.
    instead: Option<(String, String)>,
    /// Whether records are still being read.
    is_behind: bool,
}

/// The records of one room.
pub(super) async fn show(
    State(web): State<Web>,
    site: Site,
    section: &'static Section,
    RawQuery(query): RawQuery,
) -> Response {
    list(&web, site, section.path, section.kinds, &query.unwrap_or_default()).await
}

/// One search over everything.
pub(super) async fn everywhere(State(web): State<Web>, site: Site, RawQuery(query): RawQuery) -> Response {
    list(&web, site, "search", &[], &query.unwrap_or_default()).await
}

async fn list(web: &Web, site: Site, path: &'static str, kinds: &[&'static str], query: &str) -> Response {
    let mut asked = Asked::read(query, kinds);
    asked.search.part = Part::Page(asked.page, ROWS_A_PAGE);
    let mut found = find_aside(&web.catalog, site.viewer, &asked.search).await;
    let facets = std::mem::take(&mut found.facets);
    let (total, (at, pages)) = (found.total, found.page);
    page(&ListPage {
        path,
        several_kinds: kinds.len() != 1,
        total,
        picked: asked.search.picked.values().map(Vec::len).sum(),
        cards: found.rows.iter().map(|row| Card::new(&web.catalog, site.viewer, row).marked(row, &found)).collect(),
        facets,
        page: at,
        pages,
        newer: asked.address(at.saturating_sub(1)),
        older: asked.address(at + 1),
        instead: found.instead.as_ref().map(|words| (words.clone(), asked.with_words(words).address(1))),
        is_behind: web.catalog.is_behind(),
        words: asked.search.words,
        site,
    })
}

/// What somebody may be about to type, for the script: titles.
pub(super) async fn suggest(State(web): State<Web>, site: Site, RawQuery(query): RawQuery) -> Json<Value> {
    let words = Asked::read(&query.unwrap_or_default(), &[]).search.words;
    let rows = titles_aside(&web.catalog, site.viewer, words).await;
    let titles: Vec<Value> =
        rows.iter().map(|row| json!({"title": row.title, "href": section::address(row)})).collect();
    Json(json!({"titles": titles}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_was_asked_and_leads_to_the_next_page() {
        let asked = Asked::read("q=%C3%A9cole+du+soir&topics=a&topics=b&by=&page=3", &["practice"]);
        assert_eq!((asked.search.words.as_str(), asked.page), ("école du soir", 3));
        assert_eq!(asked.search.picked["topics"], ["a", "b"]);
        assert!(!asked.search.picked.contains_key("by"));
        assert_eq!(asked.address(4), "q=%C3%A9cole+du+soir&topics=a&topics=b&page=4");
        assert_eq!(Asked::read("page=-1&page=x", &[]).page, 1);
    }
}
