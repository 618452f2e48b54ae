//! The calendar: sessions day by day, a month at a time. The address says month and choices, so it can be passed on.

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime},
};

use protocol::identity::DocId;

use super::{
    Web,
    dates::{self, Tile},
    keep::Keep,
    section,
    shown::Chip,
    site::{Site, page},
    texts::Language,
};
use crate::{
    agenda::{self, Meeting},
    catalog::{OWNER, Row, SESSION},
    config::WORDS_MOST,
    search::{Search, find_aside},
};

/// Where the calendar is.
const HERE: &str = "/calendar";
/// What the calendar can be narrowed down by: the name in addresses, and the key of its label.
const FACETS: [(&str, &str); 4] =
    [("topics", "by-topic"), ("county", "by-county"), (OWNER, "shared-by"), ("mode", "by-mode")];
/// Values that an address can pick of one facet.
const PICKED: usize = 16;
/// Months that can be looked at, before and after this one: further away nobody plans.
const MONTHS_AWAY: i32 = 240;
/// How far ahead an empty month looks for the next date, in days.
const AHEAD: i32 = 366;
/// The weekday that a week begins with here counts 0: Sunday.
const WEEK: usize = 7;

#[derive(Template)]
#[template(path = "calendar.html")]
struct CalendarPage {
    site: Site,
    month: String,
    title: String,
    words: String,
    before: (String, String),
    after: (String, String),
    this_month: Option<String>,
    zone: String,
    weekdays: Vec<String>,
    weeks: Vec<Vec<Option<Day>>>,
    entries: Vec<Entry>,
    held: usize,
    facets: Vec<Facet>,
    picked: usize,
    next: Option<(String, String)>,
    keep: Option<Keep>,
}

/// A day of the month.
struct Day {
    number: i8,
    is_today: bool,
    /// Each of its sessions, in short.
    held: Vec<Short>,
}

/// A session in the month on the wall.
struct Short {
    /// Where it stands in the list below.
    at: usize,
    title: String,
    written: String,
    is_off: bool,
}

/// A session of the month, once more for each time it is held.
pub(super) struct Entry {
    pub(super) tile: Tile,
    pub(super) href: String,
    pub(super) title: String,
    /// The tag of the language it is written in.
    pub(super) written: String,
    pub(super) time: String,
    pub(super) place: String,
    pub(super) is_online: bool,
    pub(super) by: String,
    pub(super) block: u32,
    pub(super) is_off: bool,
    pub(super) note: Option<String>,
    pub(super) chip: Option<Chip>,
    pub(super) is_today: bool,
}

struct Facet {
    name: &'static str,
    label: String,
    values: Vec<(String, String, usize, bool)>,
}

/// What an address asks for.
#[derive(Default)]
pub(super) struct Asked {
    month: Option<Date>,
    pub(super) words: String,
    picked: BTreeMap<&'static str, Vec<String>>,
    /// One session alone.
    session: Option<DocId>,
}

impl Asked {
    /// One session, and nothing else.
    pub(super) fn session(id: DocId) -> Asked {
        Asked { session: Some(id), ..Asked::default() }
    }

    pub(super) fn read(query: &str) -> Asked {
        let mut asked = Asked::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                _ if value.is_empty() || value.len() > WORDS_MOST => {}
                "q" => asked.words = value.into_owned(),
                "session" => asked.session = value.parse().ok(),
                "month" => asked.month = format!("{value}-01").parse().ok(),
                name => {
                    let Some((facet, _)) = FACETS.iter().find(|(facet, _)| *facet == name) else { continue };
                    let picked = asked.picked.entry(facet).or_default();
                    if picked.len() < PICKED && !picked.iter().any(|held| *held == value) {
                        picked.push(value.into_owned());
                    }
                }
            }
        }
        asked
    }

    /// The address of another month, or of what knows none, with the same choices.
    pub(super) fn address(&self, path: &str, month: Option<Date>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if let Some(month) = month {
            query.append_pair("month", &month.strftime("%Y-%m").to_string());
        }
        if !self.words.is_empty() {
            query.append_pair("q", &self.words);
        }
        if let Some(session) = &self.session {
            query.append_pair("session", &session.to_string());
        }
        for (name, values) in &self.picked {
            query.extend_pairs(values.iter().map(|value| (name, value)));
        }
        let query = query.finish();
        if query.is_empty() { path.into() } else { format!("{path}?{query}") }
    }

    fn of_month(&self, month: Date) -> String {
        self.address(HERE, Some(month))
    }

    /// Whether a session fits the choices, one of them aside.
    pub(super) fn takes(&self, row: &Row, but: Option<&str>) -> bool {
        let asked = self.picked.iter().filter(|(facet, _)| Some(**facet) != but);
        self.session.is_none_or(|id| id == row.id)
            && asked.into_iter().all(|(facet, picked)| values(row, facet).iter().any(|value| picked.contains(value)))
    }
}

/// The values of a session by which it can be found.
fn values(row: &Row, facet: &str) -> Vec<String> {
    if facet != "county" {
        return row.values(facet).to_vec();
    }
    let places = row.field("places").as_array().into_iter().flatten();
    places.filter_map(|place| place["county"].as_str()).map(String::from).collect()
}

/// A month.
pub(super) async fn show(State(web): State<Web>, site: Site, RawQuery(query): RawQuery) -> Response {
    let asked = Asked::read(&query.unwrap_or_default());
    let today = dates::day_of(site.now);
    let this = today.first_of_month();
    let away = |months: i32| this.saturating_add(months.months());
    let month = asked.month.unwrap_or(this).clamp(away(-MONTHS_AWAY), away(MONTHS_AWAY));
    let search = Search { kinds: vec![SESSION], words: asked.words.clone(), ..Search::default() };
    let found = find_aside(&web.catalog, site.viewer, &search).await.rows;
    let of_month = agenda::meetings(&found, month, month.last_of_month());
    let facets = facets(&site, &asked, &of_month);
    let held: Vec<Meeting> = of_month.into_iter().filter(|meeting| asked.takes(&meeting.row, None)).collect();
    let zone = most_common(held.iter().map(|meeting| meeting.zone.as_str()));
    let next = held.is_empty().then(|| next_month(&site, &asked, &found, month)).flatten();
    let turn = |months: i32| month.saturating_add(months.months());
    let leads_to = |month: Date| (asked.of_month(month), dates::month(site.language, month));
    page(&CalendarPage {
        month: month.strftime("%Y-%m").to_string(),
        title: dates::month(site.language, month),
        before: leads_to(turn(-1)),
        after: leads_to(turn(1)),
        this_month: (month != this).then(|| asked.of_month(this)),
        weekdays: (0..WEEK).map(|day| site.say(&format!("weekday-{day}"))).collect(),
        weeks: weeks(month, today, &held),
        entries: held.iter().map(|meeting| Entry::new(&web, &site, meeting, zone.as_deref(), today)).collect(),
        held: held.len(),
        zone: zone.map(|zone| dates::zone(site.language, &zone)).unwrap_or_default(),
        facets,
        picked: asked.picked.values().map(Vec::len).sum(),
        next,
        keep: Keep::new(&site.origin, &asked),
        words: asked.words,
        site,
    })
}

/// Where an empty month sends its reader: the next one in which there is something.
fn next_month(site: &Site, asked: &Asked, found: &[Arc<Row>], month: Date) -> Option<(String, String)> {
    let from = month.last_of_month().saturating_add(1.day());
    let rows = found.iter().filter(|row| asked.takes(row, None));
    let first = agenda::meetings(rows, from, from.saturating_add(AHEAD.days())).into_iter().next()?;
    let day = first.start.date();
    Some((asked.of_month(day.first_of_month()), dates::date(site.language, &day.to_string())))
}

fn most_common<'a>(zones: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    zones.for_each(|zone| *counts.entry(zone).or_default() += 1);
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(zone, _)| zone.to_owned())
}

/// The month as it hangs on a wall: weeks from Sunday on, nothing where a week reaches into another month.
fn weeks(month: Date, today: Date, held: &[Meeting]) -> Vec<Vec<Option<Day>>> {
    let lead = usize::try_from(month.weekday().to_sunday_zero_offset()).unwrap_or(0);
    let days = month.series(1.day()).take_while(|day| *day <= month.last_of_month());
    let on = |day: Date| {
        let meets = |meeting: &Meeting| (meeting.start.date()..=meeting.end.date()).contains(&day);
        let of_day = held.iter().enumerate().filter(|(_, meeting)| meets(meeting));
        let short = |(at, meeting): (usize, &Meeting)| Short {
            at,
            title: meeting.title.clone(),
            written: meeting.row.value("language").unwrap_or_default().to_owned(),
            is_off: meeting.is_off(),
        };
        of_day.map(short).collect()
    };
    let mut cells: Vec<Option<Day>> = std::iter::repeat_with(|| None).take(lead).collect();
    cells.extend(days.map(|day| Some(Day { number: day.day(), is_today: day == today, held: on(day) })));
    cells.resize_with(cells.len().next_multiple_of(WEEK), || None);
    let mut cells = cells.into_iter();
    std::iter::from_fn(|| Some(cells.by_ref().take(WEEK).collect::<Vec<_>>()).filter(|week| !week.is_empty())).collect()
}

/// What the month's sessions have in common, with how many there would be.
fn facets(site: &Site, asked: &Asked, held: &[Meeting]) -> Vec<Facet> {
    let facet = |(name, key): (&'static str, &str)| {
        let picked = asked.picked.get(name).cloned().unwrap_or_default();
        let mut counts: BTreeMap<String, (usize, String)> =
            picked.iter().map(|value| (value.clone(), (0, value.clone()))).collect();
        for meeting in held.iter().filter(|meeting| asked.takes(&meeting.row, Some(name))) {
            for value in values(&meeting.row, name) {
                let entry = counts.entry(value.clone()).or_default();
                *entry = (entry.0 + 1, label(site.language, &meeting.row, name, &value));
            }
        }
        let mut values: Vec<_> =
            counts.into_iter().map(|(value, (n, label))| (picked.contains(&value), n, label, value)).collect();
        values.sort_by(|a, b| (b.0, b.1, &a.2).cmp(&(a.0, a.1, &b.2)));
        let values = values.into_iter().map(|(on, n, label, value)| (value, label, n, on)).collect();
        Facet { name, label: site.say(key), values }
    };
    let all = FACETS.into_iter().map(facet);
    all.filter(|facet| facet.values.len() > 1 || facet.values.iter().any(|(.., picked)| *picked)).collect()
}

fn label(language: Language, row: &Row, facet: &str, value: &str) -> String {
    match row.kind.field(facet) {
        _ if facet == OWNER => row.owner_name.clone(),
        Some(field) => language.value(&field.shape, value),
        None => value.to_owned(),
    }
}

impl Entry {
    /// A session's entry; its zone is said where it is not the page's.
    pub(super) fn new(web: &Web, site: &Site, meeting: &Meeting, zone: Option<&str>, today: Date) -> Entry {
        let row = &meeting.row;
        let mut time = dates::from_to(site.language, meeting.start, meeting.end);
        if Some(meeting.zone.as_str()) != zone {
            time = format!("{time}, {}", dates::zone(site.language, &meeting.zone));
        }
        let is_online = meeting.is_online();
        Entry {
            tile: dates::tile(site.language, meeting.start.date()),
            href: section::address(row),
            title: meeting.title.clone(),
            written: meeting.row.value("language").unwrap_or_default().to_owned(),
            time,
            place: meeting.place.clone().unwrap_or_else(|| if is_online { site.say("online") } else { String::new() }),
            is_online,
            by: row.owner_name.clone(),
            block: web.catalog.block_of(site.viewer, &row.owner),
            is_off: meeting.is_off(),
            note: meeting.note.clone(),
            chip: chip(site, meeting),
            is_today: (meeting.start.date()..=meeting.end.date()).contains(&today),
        }
    }
}

/// What somebody must know before they set out; else how many seats there are.
fn chip(site: &Site, meeting: &Meeting) -> Option<Chip> {
    let said = |class, icon, label: String| Some(Chip { class, icon, label });
    match meeting.status.as_str() {
        "cancelled" => said("full", "x", site.say("is-cancelled")),
        "postponed" => said("full", "clock", site.say("is-postponed")),
        "moved" => said("idea", "right", site.say("is-moved")),
        "tentative" => said("idea", "idea", site.say("is-tentative")),
        _ => {
            let seats = meeting.row.field("seats").as_u64().and_then(|seats| usize::try_from(seats).ok())?;
            (seats > 0).then(|| Chip { class: "works", icon: "people", label: site.count("seats", &seats) })
        }
    }
}

/// The next times of some sessions, as entries.
pub(super) fn soon<'a>(
    web: &Web,
    site: &Site,
    rows: impl IntoIterator<Item = &'a Arc<Row>>,
    days: i32,
    most: usize,
) -> Vec<Entry> {
    let now = i64::try_from(site.now).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or_default();
    let today: DateTime = dates::day_of(site.now).into();
    let next = agenda::next(rows, now, days, most);
    let zone = most_common(next.iter().map(|meeting| meeting.zone.as_str()));
    next.iter().map(|meeting| Entry::new(web, site, meeting, zone.as_deref(), today.date())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_month_and_choices() {
        let asked = Asked::read("month=2027-03&by=a&by=b&mode=online&nonsense=1&q=supper");
        assert_eq!(asked.month, Some("2027-03-01".parse().unwrap()));
        assert_eq!(
            asked.of_month("2027-04-01".parse().unwrap()),
            "/calendar?month=2027-04&q=supper&by=a&by=b&mode=online"
        );
        assert_eq!(Asked::read("month=soon").month, None);
        assert_eq!(Asked::read("month=-9999-12&month=99999-01").month, None);
    }

    #[test]
    fn a_month_hangs_on_the_wall_from_sunday_on() {
        let month: Date = "2027-03-01".parse().unwrap();
        let weeks = weeks(month, "2027-03-09".parse().unwrap(), &[]);
        assert!(weeks.iter().all(|week| week.len() == WEEK) && weeks.len() == 5);
        assert!(weeks[0][0].is_none() && weeks[0][1].as_ref().unwrap().number == 1);
        assert!(weeks[1][2].as_ref().unwrap().is_today);
        assert!(weeks[4][4].is_none());
    }
}
