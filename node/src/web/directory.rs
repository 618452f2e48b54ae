//! Local help: where families can turn to, on a map of the counties and as a list with the same numbers.
//!
//! What is to be done, where and when is often told by several records: a service, the organization behind it, the place
//! where it is given. A card gathers them. Of an address that is kept confidential only its region is known here (the
//! catalog holds no more), and it is never on the map.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock},
};

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    Web,
    around::checked_by,
    assets, hours,
    list::Asked,
    section,
    site::{Site, page},
};
use crate::{
    catalog::Row,
    config::ROWS_A_PAGE,
    search::{Facet, Found, find_aside},
};

/// What has a card of its own. Where a service is given is told by the service's card.
const KINDS: [&str; 3] = ["service", "organization", "location"];
/// Records looked at for one card.
const BESIDE: usize = 8;
/// How close two pins may come before the second steps aside, and by how much.
const TOO_CLOSE: f64 = 30.0;
/// The counties of states we have outlines of, by what people write for them.
const MAPS: [(&str, &str); 2] = [("me", "me"), ("maine", "me")];

/// The outlines of a state's counties: `assets/maps/STATE-1.svg`, and how places on the earth lie on them.
#[derive(Debug, Deserialize)]
struct Outlines {
    name: String,
    width: f64,
    height: f64,
    /// Mercator's projection: how many units a radian has, and where the middle of the earth would lie.
    scale: f64,
    east: f64,
    south: f64,
    /// The middle of each county.
    counties: BTreeMap<String, (f64, f64)>,
}

static OUTLINES: LazyLock<BTreeMap<&'static str, Outlines>> = LazyLock::new(|| {
    let states: BTreeSet<&'static str> = MAPS.iter().map(|(_, state)| *state).collect();
    let read = |state| serde_json::from_slice(&assets::bytes(&format!("maps/{state}.json"))?).ok();
    states.into_iter().filter_map(|state| Some((state, read(state)?))).collect()
});

impl Outlines {
    /// Where a place on the earth lies; nothing where that is off the map.
    fn at(&self, latitude: f64, longitude: f64) -> Option<(f64, f64)> {
        let x = self.east + self.scale * longitude.to_radians();
        let y = self.south - self.scale * (std::f64::consts::FRAC_PI_4 + latitude.to_radians() / 2.0).tan().ln();
        ((0.0..=self.width).contains(&x) && (0.0..=self.height).contains(&y)).then_some((x, y))
    }

    /// The middle of a county.
    fn county(&self, name: &str) -> Option<(f64, f64)> {
        let name = name.trim().trim_end_matches("County").trim().to_lowercase();
        self.counties.iter().find(|(county, _)| county.to_lowercase() == name).map(|(_, at)| *at)
    }
}

#[derive(Template)]
#[template(path = "directory.html")]
struct DirectoryPage {
    site: Site,
    words: String,
    total: usize,
    picked: usize,
    facets: Vec<Facet>,
    map: Option<Map>,
    places: Vec<Place>,
    page: usize,
    pages: usize,
    newer: String,
    older: String,
    /// Other words that may have been meant, and the address of what they find.
    instead: Option<(String, String)>,
    /// Whether records are still being read.
    is_behind: bool,
}

struct Map {
    name: String,
    state: &'static str,
    width: f64,
    height: f64,
    pins: Vec<Pin>,
}

struct Pin {
    number: usize,
    title: String,
    written: String,
    x: String,
    y: String,
    text_y: String,
}

/// One card.
struct Place {
    number: usize,
    is_on_map: bool,
    href: String,
    title: String,
    /// The tag of the language it is written in.
    written: String,
    summary: String,
    what: String,
    hours: Option<String>,
    phone: Option<(String, String)>,
    alert: Option<String>,
    checked: String,
}

/// A card's records, and where they say it is.
struct Gathered {
    rows: Vec<Arc<Row>>,
    state: Option<&'static str>,
}

pub(super) async fn show(State(web): State<Web>, site: Site, RawQuery(query): RawQuery) -> Response {
    let asked = Asked::read(&query.unwrap_or_default(), &KINDS);
    let Found { mut rows, facets, instead, .. } = find_aside(&web.catalog, site.viewer, &asked.search).await;
    // A place where services are given stands on their cards; who looks for its name still finds it.
    if asked.search.words.is_empty() && asked.search.picked.is_empty() {
        rows.retain(|row| row.kind.name != "location" || !gives_services(&web, &site, row));
    }
    let pages = rows.len().div_ceil(ROWS_A_PAGE).max(1);
    let at = asked.page.min(pages);
    let first = (at - 1) * ROWS_A_PAGE;
    let shown: Vec<Gathered> =
        rows.iter().skip(first).take(ROWS_A_PAGE).map(|row| Gathered::of(&web, &site, row)).collect();
    let map = map(&shown, first);
    let on_map: BTreeSet<usize> = map.iter().flat_map(|map| &map.pins).map(|pin| pin.number).collect();
    let places = (first + 1..).zip(&shown);
    page(&DirectoryPage {
        total: rows.len(),
        picked: asked.search.picked.values().map(Vec::len).sum(),
        facets,
        places: places.map(|(number, one)| one.place(&site, number, on_map.contains(&number))).collect(),
        map,
        page: at,
        pages,
        newer: asked.address(at.saturating_sub(1)),
        older: asked.address(at + 1),
        instead: instead.map(|words| (words.clone(), asked.with_words(&words).address(1))),
        is_behind: web.catalog.is_behind(),
        words: asked.search.words,
        site,
    })
}

/// Whether services that the reader may know of are given at this place.
fn gives_services(web: &Web, site: &Site, row: &Row) -> bool {
    let pointing = web.catalog.pointing(site.viewer, &row.id);
    pointing.iter().any(|given| given.linked("service_id").any(|doc| web.catalog.row(site.viewer, doc).is_some()))
}

/// The map on which most of these lie.
fn map(shown: &[Gathered], first: usize) -> Option<Map> {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    shown.iter().filter_map(|one| one.state).for_each(|state| *counts.entry(state).or_default() += 1);
    let state = counts.into_iter().max_by_key(|(_, count)| *count)?.0;
    let outlines = OUTLINES.get(state)?;
    let mut pins: Vec<(f64, f64, usize, &Row)> = vec![];
    for (number, one) in (first + 1..).zip(shown) {
        let Some((mut x, y)) = one.point(outlines).filter(|_| one.state.is_none_or(|of| of == state)) else { continue };
        // A pin that would hide another steps aside, to the side that has room.
        let step = if x > outlines.width / 2.0 { -TOO_CLOSE } else { TOO_CLOSE };
        while pins.iter().any(|(px, py, ..)| (px - x).hypot(py - y) < TOO_CLOSE) {
            x += step;
        }
        pins.push((x.clamp(20.0, outlines.width - 20.0), y.clamp(20.0, outlines.height - 20.0), number, &one.rows[0]));
    }
    let pins: Vec<Pin> = pins
        .into_iter()
        .map(|(x, y, number, row)| Pin {
            number,
            title: row.title.clone(),
            written: row.value("language").unwrap_or_default().to_owned(),
            x: format!("{x:.0}"),
            y: format!("{y:.0}"),
            text_y: format!("{:.0}", y + 6.5),
        })
        .collect();
    let (name, width, height) = (outlines.name.clone(), outlines.width, outlines.height);
    (!pins.is_empty()).then_some(Map { name, state, width, height, pins })
}

impl Gathered {
    /// A record and those beside it that say where and when: itself first.
    fn of(web: &Web, site: &Site, row: &Arc<Row>) -> Gathered {
        let mut rows = vec![row.clone()];
        let linked = |from: &Row, by: &str| from.linked(by).find_map(|doc| web.catalog.row(site.viewer, doc));
        let pointing = |by: &'static str| {
            let all = web.catalog.pointing(site.viewer, &row.id).into_iter();
            all.filter(move |other| other.points_to(&row.id, by)).take(BESIDE)
        };
        match row.kind.name {
            "service" => {
                for given in pointing("service_id") {
                    let at = linked(&given, "location_id");
                    rows.push(given);
                    rows.extend(at);
                }
                rows.extend(linked(row, "organization_id"));
            }
            "location" => {
                rows.extend(pointing("location_id"));
                rows.extend(linked(row, "organization_id"));
            }
            _ => rows.extend(pointing("organization_id").filter(|other| other.kind.name == "location")),
        }
        let state = rows.iter().find_map(|row| state_of(row));
        Gathered { rows, state }
    }

    /// Where it lies: its own point, else the middle of its county.
    fn point(&self, outlines: &Outlines) -> Option<(f64, f64)> {
        let number = |row: &Row, name: &str| row.field(name).as_f64();
        let hidden = |row: &Row| row.field("address_confidential") == &Value::Bool(true);
        let exact = self
            .rows
            .iter()
            .filter(|row| !hidden(row))
            .find_map(|row| outlines.at(number(row, "latitude")?, number(row, "longitude")?));
        // A shelter is not on the map at all, nor is a service that is given there.
        if self.rows.iter().any(|row| hidden(row)) {
            return None;
        }
        exact.or_else(|| self.rows.iter().find_map(|row| outlines.county(county(row)?)))
    }

    fn place(&self, site: &Site, number: usize, is_on_map: bool) -> Place {
        let row = &self.rows[0];
        let phone = self.rows.iter().find_map(|row| row.field("phones")[0]["number"].as_str());
        let digits = |text: &str| text.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect::<String>();
        let (kind, town) = (site.word(row.kind.label), self.rows.iter().find_map(|row| town(row)));
        let county = self.rows.iter().find_map(|row| county(row));
        let at =
            [town, county.map(|name| county_name(site, name))].into_iter().flatten().collect::<Vec<_>>().join(", ");
        let what = row.value("topics").map_or(kind, String::from);
        Place {
            number,
            is_on_map,
            href: section::address(row),
            title: row.title.clone(),
            written: row.value("language").unwrap_or_default().to_owned(),
            summary: row.summary.clone(),
            what: if at.is_empty() {
                what
            } else {
                site.language.say_all("what-in", &[("what", &what), ("name", &at)])
            },
            hours: self.rows.iter().find_map(|row| hours::of(site.language, row.field("schedules"))),
            phone: phone.map(|phone| (digits(phone), phone.to_owned())),
            alert: self.rows.iter().find_map(|row| row.text("alert")).map(String::from),
            checked: checked(site, row),
        }
    }
}

/// The state a record is in, where we have its map.
fn state_of(row: &Row) -> Option<&'static str> {
    let said =
        row.field("places")[0]["state"].as_str().or_else(|| row.field("addresses")[0]["state_province"].as_str())?;
    let said = said.trim().to_lowercase();
    MAPS.iter().find(|(name, _)| *name == said).map(|(_, state)| *state)
}

fn county(row: &Row) -> Option<&str> {
    row.field("places")[0]["county"].as_str().filter(|name| !name.is_empty())
}

/// "Knox" is Knox County; what calls itself one already stays as it is.
fn county_name(site: &Site, name: &str) -> String {
    if name.to_lowercase().contains("county") { name.to_owned() } else { site.with("county-of", name) }
}

fn town(row: &Row) -> Option<String> {
    let town = row.field("addresses")[0]["city"].as_str().or_else(|| row.field("places")[0]["town"].as_str());
    town.filter(|town| !town.is_empty()).map(String::from)
}

/// Who checked it when; else whose it is.
fn checked(site: &Site, row: &Row) -> String {
    checked_by(site, row)
        .unwrap_or_else(|| format!("{}, {}", site.with("shared-by-name", &row.owner_name), site.ago(&row.changed_at)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lie_where_they_are() {
        let maine = &OUTLINES["me"];
        assert_eq!((maine.name.as_str(), maine.counties.len()), ("Maine", 16));
        // Rockland's harbor is in the south-west of Penobscot Bay, and within a day's walk of the middle of its county.
        let (x, y) = maine.at(44.104, -69.109).unwrap();
        let knox = maine.county("Knox County").unwrap();
        assert!((x - knox.0).hypot(y - knox.1) < 40.0, "{x} {y} {knox:?}");
        assert_eq!(maine.county("knox"), maine.county(" Knox "));
        assert!(maine.at(40.7, -74.0).is_none() && maine.at(90.0, 0.0).is_none() && maine.at(f64::NAN, 0.0).is_none());
        assert!(maine.county("Cook").is_none());
    }

    #[test]
    fn every_map_has_its_outlines() {
        for (_, state) in MAPS {
            assert!(OUTLINES.contains_key(state));
            assert!(assets::bytes(&format!("maps/{state}-1.svg")).is_some_and(|svg| svg.len() > 1_000));
        }
    }
}
