//! Home: who reads, what neighbors shared since, what comes next, and what waits for the reader.

use std::{cmp::Reverse, sync::Arc};

use askama::Template;
use axum::{extract::State, response::Response};
use jiff::civil::Date;
use protocol::{
    identity::MemberId,
    input::Request,
    view::{Answer, NetworkView, ProposalView},
};

use super::{
    Web,
    around::{Stale, stale},
    backup,
    calendar::{self, Entry},
    dates,
    list::Card,
    network::proposals::said,
    section::{self, SECTIONS},
    site::{Site, page},
};
use crate::{
    catalog::{Row, Viewer},
    config::{DAY_MS, NEWS_DAYS},
};

/// Records shown as new.
const NEW: usize = 6;
/// Trainings shown as next, of so many days.
const NEXT: usize = 4;
const NEXT_DAYS: i32 = 120;
/// Dates looked at for each of them: a weekly series has as many in that time.
const NEXT_DATES: usize = 18;
/// Things shown that wait for the reader, of each sort.
const WAITING: usize = 3;
/// Announcements shown.
const NOTICES: usize = 3;
/// Blocks in the quilt: six rows of six.
const BLOCKS: usize = 36;
/// Kinds of records that are parts of others, shown by those.
const PARTS: [&str; 4] = ["location", "service_at_location", "session", "announcement"];

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    site: Site,
    title: String,
    lead: String,
    sewn: Vec<(String, String, u32)>,
    /// Blocks in a row of the quilt, and places in it for those who are still to come.
    across: usize,
    free: usize,
    from_neighbors: bool,
    /// Where a neighbor is invited; before there is a network, where one is begun or joined.
    invite: &'static str,
    news: Vec<Card>,
    next: Vec<Entry>,
    waits: Vec<Wait>,
    notices: Vec<Notice>,
}

/// Something that waits for the reader.
struct Wait {
    sort: &'static str,
    title: String,
    /// The tag of the language the title is written in; empty where it is the page's.
    written: String,
    href: String,
    why: String,
    deed: &'static str,
}

struct Notice {
    card: Card,
    until: Option<String>,
}

pub(super) async fn show(State(web): State<Web>, site: Site) -> Response {
    let rows = web.catalog.rows(site.viewer);
    // Which network this is nobody said to strangers.
    let network = match site.viewer {
        Viewer::Anybody => None,
        _ => match web.node.ask(Request::Network).await {
            Ok(Answer::Network(network)) => Some(*network),
            _ => None,
        },
    };
    let from_neighbors = rows.iter().any(|row| !row.own);
    let sewn = quilt(&web, &site, network.as_ref(), &rows);
    let across = (1..).find(|n| n * n >= sewn.len()).unwrap_or(1);
    page(&HomePage {
        title: greeting(&site),
        lead: lead(&web, &site, &rows, from_neighbors),
        free: (sewn.len().next_multiple_of(across)) - sewn.len(),
        across,
        sewn,
        from_neighbors,
        invite: match &network {
            Some(network) if network.standing != "applicant" => "/network/invitations",
            _ => "/network",
        },
        news: news(&web, &site, &rows, from_neighbors && site.account.is_some()),
        next: next(&web, &site, &rows),
        waits: waiting_backup(&web, &site).await.into_iter().chain(waits(&site, network.as_ref(), &rows)).collect(),
        notices: notices(&web, &site, &rows),
        site,
    })
}

/// What takes place next: of a series its next date alone.
fn next(web: &Web, site: &Site, rows: &[Arc<Row>]) -> Vec<Entry> {
    let sessions = rows.iter().filter(|row| row.kind.name == "session");
    let mut next: Vec<Entry> = vec![];
    for entry in calendar::soon(web, site, sessions, NEXT_DAYS, NEXT * NEXT_DATES) {
        if next.len() < NEXT && next.iter().all(|held| held.href != entry.href) {
            next.push(entry);
        }
    }
    next
}

/// The reader by name and time of day; a stranger reads whose pages these are.
fn greeting(site: &Site) -> String {
    let Some(account) = &site.account else {
        return if site.name.is_empty() { site.say("home-nobody") } else { site.with("home-of", &site.name) };
    };
    let key = match dates::hour_of(site.now) {
        5..12 => "good-morning",
        12..18 => "good-afternoon",
        _ => "good-evening",
    };
    site.with(key, spoken(account.called()))
}

/// How somebody is greeted: by the first of their names. Who gave none signs in with an address:
/// `mary.jane@example.org` is Mary Jane.
fn spoken(called: &str) -> String {
    let Some((first, _)) = called.split_once('@') else {
        return titled(called.split_whitespace().next().unwrap_or_default());
    };
    let words = first.split(['.', '_', '-', '+', ' ']).filter(|word| !word.is_empty());
    words.map(titled).collect::<Vec<_>>().join(" ")
}

fn titled(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// What neighbors shared since the reader was here, in a sentence.
fn lead(web: &Web, site: &Site, rows: &[Arc<Row>], from_neighbors: bool) -> String {
    if site.account.is_none() {
        return site.say("home-public");
    }
    if !from_neighbors {
        return site.with("home-alone", &site.name);
    }
    let before = site.account.as_ref().and_then(|account| web.people.since(account));
    let since = before.unwrap_or_else(|| site.now.saturating_sub(NEWS_DAYS * DAY_MS));
    let new = |path: &str| {
        let of_room =
            rows.iter().filter(|row| !row.own && row.made_at > since && row.kind.name != "service_at_location");
        of_room.filter(|row| section::of_kind(row.kind.name).path == path).count()
    };
    let counted = SECTIONS.iter().map(|section| (section.path, new(section.path))).filter(|(_, count)| *count > 0);
    let counted: Vec<String> = counted.map(|(path, count)| site.count(&format!("{path}-count"), &count)).collect();
    let what = match &counted[..] {
        [] => return site.say("home-quiet"),
        [only] => only.clone(),
        [one, two] => site.pair("both", one, two),
        [one, two, three] => format!("{one}, {}", site.pair("both", two, three)),
        [one, two, ..] => site.pair("both", &format!("{one}, {two}"), &site.say("and-more")),
    };
    let when = if before.is_some() { since_when(site, since) } else { site.say("since-week") };
    site.pair("home-since", &when, &what)
}

/// Since when, as people say it.
fn since_when(site: &Site, since: u64) -> String {
    let (then, today) = (dates::day_of(since), dates::day_of(site.now));
    match today.since(then).map(|span| span.get_days()).unwrap_or(0) {
        ..=0 => site.say("since-today"),
        1 => site.say("since-yesterday"),
        2..=6 => site.with("since-weekday", dates::weekday(site.language, then)),
        _ => site.with("since-date", site.ago(&since)),
    }
}

/// What is new, newest first: of neighbors alone where there are some.
fn news(web: &Web, site: &Site, rows: &[Arc<Row>], of_neighbors: bool) -> Vec<Card> {
    let shown = |row: &&Arc<Row>| !(PARTS.contains(&row.kind.name) || of_neighbors && row.own);
    let mut rows: Vec<&Arc<Row>> = rows.iter().filter(shown).collect();
    let key = |row: &&Arc<Row>| (Reverse(row.made_at), row.id);
    if rows.len() > NEW {
        rows.select_nth_unstable_by_key(NEW, key);
        rows.truncate(NEW);
    }
    rows.sort_by_key(key);
    rows.into_iter().map(|row| Card::new(&web.catalog, site.viewer, row)).collect()
}

/// The network's quilt: a block for each member, else for each whose records the reader may see.
fn quilt(web: &Web, site: &Site, network: Option<&NetworkView>, rows: &[Arc<Row>]) -> Vec<(String, String, u32)> {
    let us = web.catalog.whose().member;
    let members = network.into_iter().flat_map(|network| &network.members).map(|m| (m.id, m.name.clone()));
    let mut sewn: Vec<(MemberId, String)> = members.collect();
    if sewn.is_empty() {
        sewn = rows.iter().map(|row| (row.owner, row.owner_name.clone())).collect();
        sewn.sort();
        sewn.dedup_by_key(|(id, _)| *id);
    }
    sewn.sort_by_key(|(id, name)| (Some(*id) != us, name.clone()));
    sewn.truncate(BLOCKS);
    let block = |id: &MemberId| web.catalog.block_of(site.viewer, id);
    let profile = |id: &MemberId| web.catalog.profile(site.viewer, id);
    let href = |id: &MemberId| section::of_member(id, profile(id).as_deref());
    sewn.into_iter().map(|(id, name)| (href(&id), name, block(&id))).collect()
}

/// What waits: votes, answers to choose between, and what nobody has confirmed for long.
fn waits(site: &Site, network: Option<&NetworkView>, rows: &[Arc<Row>]) -> Vec<Wait> {
    if !site.may_write() {
        return vec![];
    }
    let open = network.into_iter().flat_map(|network| &network.proposals);
    let mut votes: Vec<&ProposalView> = open.collect();
    // Who may vote still may after having voted, but nothing waits for them any more.
    votes.retain(|one| one.may_vote && one.own_vote.is_none() && !one.carried && !one.closed && site.is_admin());
    let votes = votes.into_iter().map(|proposal| Wait {
        sort: "wait-vote",
        title: said(site, &proposal.what).into_iter().next().unwrap_or_default(),
        written: String::new(),
        href: "/network/proposals".into(),
        why: site.with("proposed-by", &proposal.by),
        deed: "wait-vote-deed",
    });
    let mut own: Vec<&Arc<Row>> = rows.iter().filter(|row| row.own).collect();
    own.sort_by_key(|row| (row.changed_at, row.id));
    let wait = |row: &Row, sort, why, deed| Wait {
        sort,
        title: row.title.clone(),
        written: row.value("language").unwrap_or_default().to_owned(),
        href: section::address(row),
        why,
        deed,
    };
    let choices = own.iter().filter(|row| row.choices > 0);
    let choices =
        choices.map(|row| wait(row, "wait-choose", site.count("wait-choose-why", &row.choices), "wait-choose-deed"));
    let today = dates::day_of(site.now);
    let old = own.iter().filter_map(|row| {
        let (key, day) = match stale(row, today)? {
            Stale::Confirmed(day) => ("wait-confirm-why", day),
            Stale::Due(day) => ("wait-confirm-due", day),
        };
        let why = site.with(key, dates::long_ago(site.language, &day, today));
        Some(wait(row, "wait-confirm", why, "wait-confirm-deed"))
    });
    votes.take(WAITING).chain(choices.take(WAITING)).chain(old.take(WAITING)).collect()
}

/// A backup that waits, for who looks after the node.
async fn waiting_backup(web: &Web, site: &Site) -> Option<Wait> {
    let kept = if site.is_admin() { web.backups.kept().await } else { return None };
    backup::trouble(site, &kept).map(|why| Wait {
        sort: "wait-backup",
        title: site.say("backups"),
        written: String::new(),
        href: "/settings/backups".into(),
        why,
        deed: "wait-backup-deed",
    })
}

/// Announcements that still hold, newest first.
fn notices(web: &Web, site: &Site, rows: &[Arc<Row>]) -> Vec<Notice> {
    let today = dates::day_of(site.now);
    let holds = |row: &&Arc<Row>| {
        let expires = row.text("expires").and_then(|text| text.parse::<Date>().ok());
        row.kind.name == "announcement" && expires.is_none_or(|day| day >= today)
    };
    let mut rows: Vec<&Arc<Row>> = rows.iter().filter(holds).collect();
    rows.sort_by_key(|row| (Reverse(row.made_at), row.id));
    let notice = |row: &Arc<Row>| Notice {
        card: Card::new(&web.catalog, site.viewer, row),
        until: row.text("expires").map(|day| site.with("until-day", dates::date(site.language, day))),
    };
    rows.into_iter().take(NOTICES).map(notice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_greeted_by_the_name_they_sign_in_with() {
        assert_eq!(spoken("ann@example.org"), "Ann");
        assert_eq!(spoken("mary.jane_o@example.org"), "Mary Jane O");
        assert_eq!(spoken("élise"), "Élise");
        assert_eq!(spoken("Ann Example"), "Ann");
        assert_eq!(spoken("@"), "");
    }
}
