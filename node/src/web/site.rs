//! What every page has around it: whose node this is, who reads, in which language and colors, and where they are.

use askama::Template;
use axum::{
    Form,
    extract::{FromRequestParts, State},
    http::{HeaderMap, StatusCode, Uri, header, request::Parts},
    response::{Html, IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use tracing::error;

use super::{
    Web, assets,
    live::LIVE,
    section::{SECTIONS, Section},
    texts::{LANGUAGES, Language},
};
use crate::{
    catalog::{OWNER, Viewer},
    clock,
    neighbors::Together,
    people::{Account, Role, Scope, Step},
    search::{FRESH, Facet, FacetValue, KIND},
};

/// A page's frame.
#[derive(Debug)]
pub(super) struct Site {
    /// The reader's language.
    pub(super) language: Language,
    /// `light`, `dark`, or empty for what the device prefers.
    pub(super) theme: &'static str,
    /// The address of this page, without what is asked of it.
    pub(super) here: String,
    /// Scheme and host by which the reader came; empty where the request does not name a host.
    pub(super) origin: String,
    /// What this collaborative is called.
    pub(super) name: String,
    block: u32,
    /// Who is signed in on this browser.
    pub(super) account: Option<Account>,
    /// Who reads.
    pub(super) viewer: Viewer,
    /// Whether the reader came by HTTPS, as the proxy before us says.
    pub(super) is_secure: bool,
    /// Now, in milliseconds since 1970.
    pub(super) now: u64,
    /// How we stand with our neighbors; who does not read all that is here is not told.
    pub(super) standing: Option<Together>,
}

impl Site {
    /// A sentence.
    pub(super) fn say(&self, key: &str) -> String {
        self.language.say(key)
    }

    /// What a kind says of itself or of a field, in the reader's language.
    pub(super) fn word(&self, english: &str) -> String {
        self.language.of_kind(english)
    }

    /// The language of something written, where it is not the page's.
    pub(super) fn foreign<'a>(&self, tag: &'a str) -> Option<&'a str> {
        self.language.foreign(tag)
    }

    /// A sentence that counts.
    pub(super) fn count(&self, key: &str, count: &usize) -> String {
        self.language.say_with(key, "count", *count)
    }

    /// A sentence with a name in it.
    pub(super) fn with(&self, key: &str, name: impl AsRef<str>) -> String {
        self.language.say_with(key, "name", name.as_ref())
    }

    /// A sentence with a name and what is to be said of it.
    pub(super) fn pair(&self, key: &str, name: &str, what: &str) -> String {
        self.language.say_all(key, &[("name", &name), ("what", &what)])
    }

    /// What somebody is here, in a word.
    pub(super) fn role(&self, role: &Role) -> String {
        self.language.say(&format!("role-{}", role.name()))
    }

    /// What that means, in a sentence about them.
    pub(super) fn role_means(&self, role: &Role) -> String {
        self.language.say(&format!("role-{}-means", role.name()))
    }

    /// What somebody with a role can do here, in a few words.
    pub(super) fn role_can(&self, role: &Role) -> String {
        self.language.say(&format!("role-{}-can", role.name()))
    }

    /// So many days.
    pub(super) fn days(&self, days: &u32) -> String {
        self.language.say_with("days", "count", *days)
    }

    /// A day that is to come, such as "Thu, March 18".
    pub(super) fn day(&self, at_ms: &u64) -> String {
        super::dates::day(self.language, *at_ms)
    }

    /// What a step of the first visit is called.
    pub(super) fn set_up(&self, step: &Step) -> String {
        self.language.say(&format!("set-up-{}", step.name()))
    }

    /// What it asks, in a sentence.
    pub(super) fn set_up_lead(&self, step: &Step) -> String {
        self.language.say_with(&format!("set-up-{}-lead", step.name()), "name", self.name.as_str())
    }

    /// A sentence with a number out of others.
    pub(super) fn page_words(&self, key: &str, at: usize, of: usize) -> String {
        self.language.say_all(key, &[("at", &at), ("of", &of)])
    }

    /// What a key opens.
    pub(super) fn scope(&self, scope: &Scope) -> String {
        self.language.say(&format!("scope-{}", scope.name()))
    }

    /// Whether the reader sees what this collaborative keeps to itself.
    pub(super) fn reads_all(&self) -> bool {
        self.account.as_ref().is_some_and(|account| account.role >= Role::Reader)
    }

    /// Whether the reader may write here.
    pub(super) fn may_write(&self) -> bool {
        self.account.as_ref().is_some_and(|account| account.role >= Role::Editor)
    }

    /// Whether the reader looks after this node.
    pub(super) fn is_admin(&self) -> bool {
        self.account.as_ref().is_some_and(|account| account.role == Role::Admin)
    }

    /// How many votes there are, and how many it takes.
    pub(super) fn votes(&self, approvals: &usize, needed: &usize) -> String {
        self.language.say_all("votes", &[("approvals", approvals), ("needed", needed)])
    }

    /// The same of those who would be stewards.
    pub(super) fn votes_appointed(&self, approvals: &usize, needed: &usize) -> String {
        self.language.say_all("votes-appointed", &[("approvals", approvals), ("needed", needed)])
    }

    /// What a room says of itself: `lead`, or `find` over its search field.
    pub(super) fn room(&self, path: &str, what: &str) -> String {
        self.language.say(&format!("{path}-{what}"))
    }

    /// What a list can be narrowed down by.
    pub(super) fn facet(&self, facet: &Facet) -> String {
        match (facet.field, facet.name) {
            (Some(field), _) => self.word(field.label),
            (None, OWNER) => self.say("shared-by"),
            (None, name) => self.say(&format!("facet-{name}")),
        }
    }

    /// One value of it, in the reader's language where it is not somebody's own words.
    pub(super) fn facet_value(&self, facet: &Facet, value: &FacetValue) -> String {
        match (facet.field, facet.name) {
            (Some(field), _) => self.language.value(&field.shape, &value.value),
            (None, FRESH) => self.say(&format!("fresh-{}", value.value)),
            (None, KIND) => self.word(&value.label),
            (None, _) => value.label.clone(),
        }
    }

    /// How long ago something was.
    pub(super) fn ago(&self, at_ms: &u64) -> String {
        super::dates::ago(self.language, *at_ms, self.now)
    }

    /// Where a reader is in a list.
    pub(super) fn page_of(&self, page: &usize, pages: &usize) -> String {
        self.language.say_all("page-of", &[("page", page), ("pages", pages)])
    }

    /// This collaborative's own block.
    pub(super) fn block(&self) -> u32 {
        self.block
    }

    /// One or two letters that stand for somebody.
    pub(super) fn initials(&self, account: &Account) -> String {
        let words = account.called().split(|c: char| !c.is_alphanumeric()).filter_map(|word| word.chars().next());
        words.take(2).flat_map(char::to_uppercase).collect()
    }

    /// All rooms.
    pub(super) fn sections(&self) -> &'static [Section] {
        &SECTIONS
    }

    /// The rooms in the bar at the bottom of a phone's screen.
    pub(super) fn tabs(&self) -> [&'static Section; 3] {
        [&SECTIONS[0], &SECTIONS[1], &SECTIONS[2]]
    }

    /// Whether this page is in the room of this path.
    pub(super) fn is_in(&self, path: &&str) -> bool {
        self.here.trim_start_matches('/').split('/').next() == Some(path)
    }

    pub(super) fn css(&self) -> String {
        assets::version("css/commonweal.css")
    }

    pub(super) fn script(&self) -> String {
        assets::version("js/commonweal.js")
    }

    pub(super) fn languages(&self) -> [Language; 2] {
        LANGUAGES
    }
}

impl FromRequestParts<Web> for Site {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Site, Response> {
        let wished = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|list| list.to_str().ok());
        let chosen = cookie(&parts.headers, "language").and_then(Language::of_tag);
        let whose = web.catalog.whose();
        // What an open page asks for by itself does not tell that anybody sits before it.
        let asks_itself = parts.uri.path() == LIVE;
        let who = |token| if asks_itself { web.people.peek(token) } else { web.people.who(token) };
        let account = session_of(&parts.headers).and_then(who);
        let viewer = Viewer::of(account.as_ref().map(|account| account.role));
        let mut site = Site {
            language: chosen.or_else(|| wished.and_then(Language::wished)).unwrap_or(Language::English),
            theme: match cookie(&parts.headers, "theme") {
                Some("dark") => "dark",
                Some("light") => "light",
                _ => "",
            },
            here: parts.uri.path().to_owned(),
            origin: origin(&parts.headers),
            name: whose.name,
            block: whose.member.map_or(0, |own| web.catalog.block_of(viewer, &own)),
            viewer,
            account,
            is_secure: came_securely(&parts.headers),
            now: clock::now_ms(),
            standing: None,
        };
        site.standing = site.reads_all().then(|| web.live.together());
        Ok(site)
    }
}

/// Scheme and host of a request; empty where it names no host, or something that is none.
fn origin(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let plain = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || ".:-_[]".contains(c));
    if plain { format!("{}://{host}", if came_securely(headers) { "https" } else { "http" }) } else { String::new() }
}

/// The cookie that holds a session's token. Where the reader came by HTTPS its name keeps other hosts and plain HTTP from
/// setting it (RFC 6265bis, 4.1.3.2).
pub(super) fn session_name(is_secure: bool) -> &'static str {
    if is_secure { "__Host-session" } else { "session" }
}

/// Whether the reader came by HTTPS, as the web server before us says; of others that header was taken away.
fn came_securely(headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|by| by == "https")
}

/// The session's token that a browser shows.
pub(super) fn session_of(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, session_name(came_securely(headers))).filter(|token| !token.is_empty())
}

/// A cookie's value.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(of, _)| *of == name).map(|(_, value)| value)
}

/// Renders a page.
pub(super) fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(why) => {
            let reference = reference();
            error!(reference, %why, "a page could not be made");
            let language = Language::English;
            let text = format!("{}. {}", language.say("not-now"), language.say_with("reference", "name", reference));
            (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
        }
    }
}

/// A number by which what went wrong is found in the log; it tells nothing else.
fn reference() -> String {
    let [a, b, c, d, ..] = clock::random();
    let [front, back] = [[a, b], [c, d]].map(u16::from_be_bytes);
    format!("{front:05}-{back:05}")
}

#[derive(Template)]
#[template(path = "sorry.html")]
struct Sorry<'a> {
    site: &'a Site,
    what: String,
    then: String,
    /// What to tell whoever looks after the node: it stands in the log as well.
    reference: Option<String>,
}

/// A page that is not there, or not for this reader: both answer alike.
pub(super) fn nothing_here(site: &Site) -> Response {
    let sorry = Sorry { site, what: site.say("nothing-here"), then: site.say("nothing-here-then"), reference: None };
    (StatusCode::NOT_FOUND, page(&sorry)).into_response()
}

/// Something was not done: what, and what to do next.
pub(super) fn sorry(site: &Site, status: StatusCode, what: String, then: String) -> Response {
    (status, page(&Sorry { site, what, then, reference: None })).into_response()
}

/// The node cannot answer now.
pub(super) fn later(site: &Site) -> Response {
    let reference = reference();
    error!(reference, page = site.here, "a page could not be shown");
    let sorry = Sorry { site, what: site.say("not-now"), then: site.say("not-now-then"), reference: Some(reference) };
    (StatusCode::SERVICE_UNAVAILABLE, page(&sorry)).into_response()
}

pub(super) async fn no_such_page(State(_): State<Web>, site: Site) -> Response {
    nothing_here(&site)
}

#[derive(Deserialize)]
pub(super) struct Theme {
    theme: String,
}

/// Keeps the colors a reader wants in a cookie of this browser.
pub(super) async fn choose_theme(headers: HeaderMap, Form(chosen): Form<Theme>) -> Response {
    let theme = ["light", "dark"].into_iter().find(|theme| *theme == chosen.theme).unwrap_or_default();
    remember(&headers, "theme", theme)
}

#[derive(Deserialize)]
pub(super) struct Spoken {
    language: String,
}

/// Keeps the language a reader wants in a cookie of this browser.
pub(super) async fn choose_language(headers: HeaderMap, Form(chosen): Form<Spoken>) -> Response {
    remember(&headers, "language", Language::of_tag(&chosen.language).map_or("", Language::tag))
}

fn remember(headers: &HeaderMap, name: &str, value: &str) -> Response {
    let cookie = format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly");
    ([(header::SET_COOKIE, cookie)], Redirect::to(&back(headers))).into_response()
}

/// The page they came from: only ever a path of ours, and never one that a browser takes for another host.
fn back(headers: &HeaderMap) -> String {
    let from = headers.get(header::REFERER).and_then(|value| value.to_str().ok());
    let uri = from.and_then(|from| from.parse::<Uri>().ok());
    let path = uri.and_then(|uri| uri.path_and_query().map(|path| path.as_str().trim_start_matches('/').to_owned()));
    format!("/{}", path.filter(|path| !path.starts_with('\\')).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_back_to_a_page_of_ours_only() {
        let from = |referer: &'static str| back(&HeaderMap::from_iter([(header::REFERER, referer.parse().unwrap())]));
        assert_eq!(from("http://node/practices?q=a"), "/practices?q=a");
        assert_eq!(from("http://node//evil.example/"), "/evil.example/");
        assert_eq!(from("nonsense"), "/");
        assert_eq!(back(&HeaderMap::new()), "/");
    }

    #[test]
    fn each_mishap_has_a_number_of_its_own() {
        let (one, other) = (reference(), reference());
        assert!(one != other && one.len() == 11 && one.chars().all(|c| c.is_ascii_digit() || c == '-'), "{one}");
    }

    #[test]
    fn cookies_are_read_one_by_one() {
        let headers = HeaderMap::from_iter([(header::COOKIE, "a=1; theme=dark".parse().unwrap())]);
        assert_eq!((cookie(&headers, "theme"), cookie(&headers, "them")), (Some("dark"), None));
    }
}
