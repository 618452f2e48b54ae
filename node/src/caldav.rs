//! The calendar for programs that show calendars: CalDAV (RFC 4791) with sync (RFC 6578) and discovery (RFC 6764, RFC 5397).
//!
//! Each person signs in with an app password and finds two calendars: `ours`, the sessions of this collaborative, which its
//! editors change from their program, and `network`, those of all others, to read. A session is one object. Nothing is kept
//! here but the names that programs gave; all else follows from the records.
//!
//! | file | what it knows |
//! |---|---|
//! | `place` | what is at which address |
//! | `body` | what a program asks for |
//! | `filter` | which objects that is about |
//! | `object` | a session as an object |
//! | `properties` | what is told of each thing |
//! | `answer` | answers in XML |
//! | `changes` | what changed since |
//! | `write` | what a program changes |
//! | `busy` | when there is something |
//! | `names` | what programs called their objects |

mod answer;
mod body;
mod busy;
mod changes;
mod filter;
mod names;
mod object;
mod place;
mod properties;
mod write;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State, rejection::BytesRejection},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::any,
};
use data_encoding::BASE64;
use tower_http::{compression::CompressionLayer, set_header::SetResponseHeaderLayer};

use self::{
    answer::{Multi, No, no, plain},
    body::{Asked, CALDAV, DAV, Part, Report, Wanted, Wrong},
    object::Object,
    place::{Place, Which},
    properties::{Person, Thing, http_date},
};
use crate::{
    api::Throttle,
    catalog::{Catalog, Viewer},
    clock,
    config::BODY_BYTES,
    people::{Account, People, Role, Scope},
    run::Handle,
    search::aside,
    transfer::ics,
};

pub(crate) use names::Names;
pub(crate) use place::ROOT;

/// What we speak (RFC 4918, 10.1; RFC 4791, 5.1).
const SPOKEN: HeaderValue = HeaderValue::from_static("1, 3, access-control, calendar-access");
const ALLOWED: HeaderValue = HeaderValue::from_static("OPTIONS, GET, HEAD, PUT, DELETE, PROPFIND, PROPPATCH, REPORT");
const WHO: HeaderValue = HeaderValue::from_static("Basic realm=\"Commonweal calendar\", charset=\"UTF-8\"");

/// What it is made of.
#[derive(Clone, Debug)]
pub(crate) struct Dav {
    pub(crate) node: Handle,
    pub(crate) catalog: Catalog,
    pub(crate) people: People,
    pub(crate) names: Names,
    pub(crate) throttle: Throttle,
}

/// Who asks.
#[derive(Clone, Debug)]
struct Caller {
    account: Account,
    viewer: Viewer,
}

impl Caller {
    /// Whether they may change our sessions.
    fn writes(&self) -> bool {
        matches!(self.account.role, Role::Editor | Role::Admin)
    }
}

/// Every address of it.
pub(crate) fn routes(dav: Dav) -> Router {
    let begin = || async { (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, ROOT)]) };
    let always = |name, value| SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), value);
    Router::new()
        .route("/.well-known/caldav", any(begin))
        .route("/dav", any(meet))
        .route("/dav/", any(meet))
        .route("/dav/{*path}", any(meet))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(always("dav", SPOKEN))
        .layer(always("cache-control", HeaderValue::from_static("private, no-cache")))
        .layer(always("x-content-type-options", HeaderValue::from_static("nosniff")))
        .layer(CompressionLayer::new().quality(tower_http::CompressionLevel::Fastest))
        .with_state(dav)
}

/// Lets in who shows an app password of theirs.
async fn meet(
    State(dav): State<Dav>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    if method == Method::OPTIONS {
        return (StatusCode::OK, [(header::ALLOW, ALLOWED)]).into_response();
    }
    let caller = dav.who(&headers);
    let name = caller.as_ref().map(|caller| caller.account.name.as_str()).unwrap_or_default();
    if !dav.throttle.lets(name, clock::now_ms()) {
        let wait = [(header::RETRY_AFTER, HeaderValue::from_static("1"))];
        return (StatusCode::TOO_MANY_REQUESTS, wait, "you ask too often; wait a second\n").into_response();
    }
    let Some(caller) = caller else {
        let words =
            "sign in with your name and an app password; you make one on the page Settings, Keys for apps and programs";
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, WHO)], format!("{words}\n")).into_response();
    };
    let Some(place) = Place::read(uri.path()) else { return nothing_here().into_response() };
    let Ok(body) = body else {
        return no(
            StatusCode::PAYLOAD_TOO_LARGE,
            CALDAV,
            "max-resource-size",
            "this is longer than 1 MiB; send less at once",
        )
        .into_response();
    };
    dav.answer(&caller, &method, place, &headers, &body).await.unwrap_or_else(No::into_response)
}

fn nothing_here() -> No {
    plain(StatusCode::NOT_FOUND, "there is nothing here, or you may not see it")
}

/// A program that took what is here now for all there is would throw the rest away.
fn later() -> No {
    let words = "the records cannot all be read just now; try again in a moment\n";
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, HeaderValue::from_static("5"))], words).into()
}

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        let no = match self {
            Wrong::Syntax(what) => plain(StatusCode::BAD_REQUEST, &what),
            Wrong::Condition(space, name) => {
                no(StatusCode::FORBIDDEN, space, name, "this question is not understood here")
            }
        };
        no.into_response()
    }
}

/// How far down a question goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    This,
    Inside,
}

fn depth(headers: &HeaderMap) -> Result<Depth, No> {
    match headers.get("depth").map(HeaderValue::as_bytes) {
        None | Some(b"0") => Ok(Depth::This),
        Some(b"1") => Ok(Depth::Inside),
        Some(b"infinity") => {
            Err(no(StatusCode::FORBIDDEN, DAV, "propfind-finite-depth", "ask with Depth 0 or 1, one level at a time"))
        }
        Some(_) => Err(plain(StatusCode::BAD_REQUEST, "the Depth is 0 or 1")),
    }
}

impl Dav {
    /// Whose app password this is. A key that reads records opens calendars too.
    fn who(&self, headers: &HeaderMap) -> Option<Caller> {
        let shown = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, pair) = shown.split_once(' ')?;
        let pair = BASE64.decode(pair.trim().as_bytes()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
        let pair = String::from_utf8(pair).ok()?;
        let (name, password) = pair.split_once(':')?;
        let (account, scope) = self.people.key(password)?;
        let is_theirs = account.name == name.trim().to_lowercase() && scope >= Scope::Calendar;
        is_theirs.then(|| Caller { viewer: Viewer::of(Some(account.role)), account })
    }

    fn person(&self, caller: &Caller) -> Person {
        let whose = self.catalog.whose();
        let ours = if whose.name.is_empty() { "Commonweal".to_owned() } else { whose.name };
        let network = whose.network_name.unwrap_or_else(|| "Network".into());
        Person { name: caller.account.name.clone(), writes: caller.writes(), ours, network }
    }

    /// The object at a place, if there is one that they may see.
    fn object(&self, caller: &Caller, which: Which, name: &str) -> Option<Object> {
        object::named(&self.catalog, caller.viewer, which, &self.names, name)
    }

    async fn answer(
        &self,
        caller: &Caller,
        method: &Method,
        place: Place,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Response, No> {
        if self.catalog.is_behind() {
            return Err(later());
        }
        match method.as_str() {
            "GET" | "HEAD" => self.get(caller, place, headers).await,
            "PROPFIND" => self.propfind(caller, place, depth(headers)?, body).await,
            "PROPPATCH" => self.proppatch(caller, place, body),
            "REPORT" => self.report(caller, place, body).await,
            "PUT" => self.put(caller, place, headers, body).await,
            "DELETE" => self.delete(caller, place, headers).await,
            "MKCALENDAR" | "MKCOL" | "COPY" | "MOVE" => {
                let words = "there are two calendars here, and no others; change a session where it is";
                Err(no(StatusCode::FORBIDDEN, CALDAV, "calendar-collection-location-ok", words))
            }
            _ => Err((StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, ALLOWED)]).into()),
        }
    }

    /// Waits until all is seen here that has changed so far.
    async fn catch_up(&self) -> Result<(), No> {
        if self.catalog.catch_up(&self.node).await { Ok(()) } else { Err(later()) }
    }

    async fn get(&self, caller: &Caller, place: Place, headers: &HeaderMap) -> Result<Response, No> {
        let calendar = HeaderValue::from_static("text/calendar; charset=utf-8");
        match place {
            Place::Object(which, name) => {
                let object = self.object(caller, which, &name).ok_or_else(nothing_here)?;
                let head = [(header::ETAG, object.tag()), (header::LAST_MODIFIED, http_date(object.row.changed_at))];
                if write::lists(headers, &header::IF_NONE_MATCH, Some(&object.tag())) {
                    return Ok((StatusCode::NOT_MODIFIED, head).into_response());
                }
                Ok((head, [(header::CONTENT_TYPE, calendar)], object.text()).into_response())
            }
            Place::Calendar(which) => {
                let person = self.person(caller);
                let name = if which == Which::Ours { person.ours } else { person.network };
                let (names, viewer) = (self.names.clone(), caller.viewer);
                let whole = aside(&self.catalog, move |catalog| {
                    let all = object::all(catalog, viewer, which, &names);
                    ics::calendar(Some(&name), all.iter().filter_map(|object| object.row.event()).collect())
                });
                Ok(([(header::CONTENT_TYPE, calendar)], whole.await).into_response())
            }
            _ => Ok(plain(
                StatusCode::OK,
                "this address is for calendar programs: type it there, with your name and an app password",
            )
            .into_response()),
        }
    }

    async fn propfind(&self, caller: &Caller, place: Place, depth: Depth, body: &[u8]) -> Result<Response, No> {
        let wanted = body::wanted(body)?;
        let person = self.person(caller);
        let mut multi = Multi::new();
        let mut tell =
            |thing: Thing| multi.found(&thing.href(), &thing.answer(&person, &wanted), StatusCode::NOT_FOUND);
        let inside = depth == Depth::Inside;
        match place {
            Place::Root => {
                tell(Thing::Root);
                if inside {
                    tell(Thing::Person);
                    tell(Thing::Home);
                }
            }
            Place::Person => tell(Thing::Person),
            Place::Home => {
                tell(Thing::Home);
                for which in Which::ALL.into_iter().filter(|_| inside) {
                    tell(Thing::Calendar(which, &self.state(caller, which).await?.token()));
                }
            }
            Place::Calendar(which) => {
                // The token first: what changes after it is told again rather than never.
                tell(Thing::Calendar(which, &self.state(caller, which).await?.token()));
                if inside {
                    self.catch_up().await?;
                    multi = self.tell_all(caller, which, &wanted, Part::Whole, multi).await?;
                }
            }
            Place::Object(which, name) => {
                let object = self.object(caller, which, &name).ok_or_else(nothing_here)?;
                tell(Thing::Object(&object, Part::Whole));
            }
        }
        Ok(multi.end())
    }

    /// What is wanted of each object of a calendar, beside all else that the node does.
    async fn tell_all(
        &self,
        caller: &Caller,
        which: Which,
        wanted: &Wanted,
        part: Part,
        mut multi: Multi,
    ) -> Result<Multi, No> {
        let (names, viewer, person, wanted) = (self.names.clone(), caller.viewer, self.person(caller), wanted.clone());
        let told = aside(&self.catalog, move |catalog| {
            for object in object::all(catalog, viewer, which, &names) {
                if multi.is_full() {
                    break;
                }
                tell(&mut multi, &person, &object, &wanted, part);
            }
            Some(multi)
        });
        told.await.ok_or_else(later)
    }

    /// What things are called follows from the records: no program changes it.
    fn proppatch(&self, caller: &Caller, place: Place, body: &[u8]) -> Result<Response, No> {
        if let Place::Object(which, name) = &place {
            self.object(caller, *which, name).ok_or_else(nothing_here)?;
        }
        let names = body::to_change(body)?.into_iter().map(|name| (name, None)).collect::<Vec<_>>();
        let mut multi = Multi::new();
        multi.found(&place.href(), &names, StatusCode::FORBIDDEN);
        Ok(multi.end())
    }

    async fn report(&self, caller: &Caller, place: Place, body: &[u8]) -> Result<Response, No> {
        let asked = body::report(body)?;
        let (which, one) = match place {
            Place::Calendar(which) => (which, None),
            Place::Object(which, name) => (which, Some(self.object(caller, which, &name).ok_or_else(nothing_here)?)),
            _ => return Err(no(StatusCode::FORBIDDEN, DAV, "supported-report", "ask this of one of the calendars")),
        };
        if let Report::Sync { token, limit } = &asked.report {
            return self.changes(caller, which, token, *limit, &asked).await;
        }
        let (names, viewer, person) = (self.names.clone(), caller.viewer, self.person(caller));
        let answer = aside(&self.catalog, move |catalog| {
            let Asked { report, wanted, part } = asked;
            let told = |multi: &mut Multi, object: &Object| tell(multi, &person, object, &wanted, part);
            let all = || one.map_or_else(|| object::all(catalog, viewer, which, &names), |one| vec![one]);
            Some(match &report {
                Report::Query(filter) => {
                    let mut multi = Multi::new();
                    for object in all().iter().filter(|object| filter.takes(object)) {
                        if multi.is_full() {
                            break;
                        }
                        told(&mut multi, object);
                    }
                    multi.end()
                }
                Report::MultiGet(hrefs) => {
                    let find = |href: &str| match Place::read(href)? {
                        Place::Object(of, name) if of == which => object::named(catalog, viewer, which, &names, &name),
                        _ => None,
                    };
                    let mut multi = Multi::new();
                    for href in hrefs {
                        if multi.is_full() {
                            break;
                        }
                        match find(href) {
                            Some(object) => told(&mut multi, &object),
                            None => multi.without(href, StatusCode::NOT_FOUND),
                        }
                    }
                    multi.end()
                }
                Report::Busy(span) => busy::answer(&all(), *span),
                Report::Sync { .. } => return None,
            })
        });
        answer.await.ok_or_else(later)
    }
}

/// What is wanted of one object.
fn tell(multi: &mut Multi, person: &Person, object: &Object, wanted: &Wanted, part: Part) {
    let thing = Thing::Object(object, part);
    multi.found(&thing.href(), &thing.answer(person, wanted), StatusCode::NOT_FOUND);
}
