//! The records of a room: found by words, narrowed down by what they have in common, page by page. The address says it
//! all, so it can be passed on.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};

use protocol::kinds;

use super::{
    Web,
    section::{self, Section},
    shown::Chip,
    site::{Site, page},
};
use crate::{
    catalog::{Catalog, OWNER, Row, Viewer},
    config::ROWS_A_PAGE,
    search::{Facet, Found, Search, find},
};

/// Values that an address can pick: more than anybody ticks, few enough to compare each record with.
const PICKED: usize = 32;

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
                "q" => asked.search.words = value.chars().take(200).collect(),
                "page" => asked.page = value.parse().unwrap_or(1).max(1),
                _ if asked.search.picked.values().map(Vec::len).sum::<usize>() >= PICKED => {}
                _ if is_facet(&name, kinds) && value.len() <= 200 => {
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

/// Whether a list of these kinds can be narrowed down by this.
fn is_facet(name: &str, kinds: &[&'static str]) -> bool {
    let mut fields = kinds.iter().filter_map(|kind| kinds::kind(kind)).filter_map(|kind| kind.field(name));
    name == OWNER || fields.any(|field| field.facet)
}

/// A card of a list.
#[derive(Debug)]
pub(super) struct Card {
    pub(super) href: String,
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) block: u32,
    pub(super) by: String,
    pub(super) changed_at: u64,
    pub(super) kind: &'static str,
    pub(super) chip: Option<Chip>,
    pub(super) topic: Option<String>,
}

impl Card {
    pub(super) fn new(catalog: &Catalog, viewer: Viewer, row: &Row) -> Card {
        Card {
            href: section::address(row),
            title: row.title.clone(),
            summary: row.summary.clone(),
            block: catalog.block_of(viewer, &row.owner),
            by: row.owner_name.clone(),
            changed_at: row.changed_at,
            kind: row.kind.label,
            chip: Chip::of(row),
            topic: row.value("topics").map(String::from),
        }
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
}

/// The records of one room.
pub(super) async fn show(
    State(web): State<Web>,
    site: Site,
    section: &'static Section,
    RawQuery(query): RawQuery,
) -> Response {
    list(&web, site, section.path, section.kinds, &query.unwrap_or_default())
}

/// One search over everything.
pub(super) async fn everywhere(State(web): State<Web>, site: Site, RawQuery(query): RawQuery) -> Response {
    list(&web, site, "search", &[], &query.unwrap_or_default())
}

fn list(web: &Web, site: Site, path: &'static str, kinds: &[&'static str], query: &str) -> Response {
    let asked = Asked::read(query, kinds);
    let Found { rows, facets } = find(&web.catalog, site.viewer, &asked.search);
    let pages = rows.len().div_ceil(ROWS_A_PAGE).max(1);
    let at = asked.page.min(pages);
    let cards = rows
        .iter()
        .skip((at - 1) * ROWS_A_PAGE)
        .take(ROWS_A_PAGE)
        .map(|row| Card::new(&web.catalog, site.viewer, row))
        .collect();
    page(&ListPage {
        path,
        several_kinds: kinds.len() != 1,
        total: rows.len(),
        picked: asked.search.picked.values().map(Vec::len).sum(),
        cards,
        facets,
        page: at,
        pages,
        newer: asked.address(at.saturating_sub(1)),
        older: asked.address(at + 1),
        words: asked.search.words,
        site,
    })
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
