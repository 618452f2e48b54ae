//! The properties of each thing (RFC 4918, 15; RFC 3744; RFC 4791, 5.2 and 6.2; RFC 5397; RFC 6578, 4).

use httpdate::fmt_http_date;

use super::{
    answer::{element, escaped},
    body::{CALDAV, DAV, Name, Part, SERVER, Wanted},
    object::Object,
    place::{HOME, PERSON, Place, ROOT, Which},
};
use crate::config::BODY_BYTES;

/// Somebody's calendars, as far as it does not depend on what is in them.
pub(super) struct Person {
    /// What they sign in as.
    pub(super) name: String,
    /// Whether they may change our sessions.
    pub(super) writes: bool,
    /// What our collaborative and our network are called.
    pub(super) ours: String,
    pub(super) network: String,
}

/// One thing that has properties.
pub(super) enum Thing<'a> {
    Root,
    Person,
    Home,
    /// With the state it is in: changes whenever something in it does.
    Calendar(Which, &'a str),
    Object(&'a Object, Part),
}

/// A property that something has.
type Known = (&'static str, &'static str);

const EVERYWHERE: [Known; 3] = [(DAV, "resourcetype"), (DAV, "displayname"), (DAV, "current-user-principal")];
const CALENDAR: [Known; 12] = [
    (DAV, "owner"),
    (DAV, "sync-token"),
    (SERVER, "getctag"),
    (DAV, "getetag"),
    (DAV, "getcontenttype"),
    (DAV, "supported-report-set"),
    (DAV, "current-user-privilege-set"),
    (CALDAV, "calendar-description"),
    (CALDAV, "supported-calendar-component-set"),
    (CALDAV, "supported-calendar-data"),
    (CALDAV, "supported-collation-set"),
    (CALDAV, "max-resource-size"),
];
const OBJECT: [Known; 9] = [
    (DAV, "resourcetype"),
    (DAV, "displayname"),
    (DAV, "current-user-principal"),
    (DAV, "getetag"),
    (DAV, "getcontenttype"),
    (DAV, "getcontentlength"),
    (DAV, "getlastmodified"),
    (DAV, "owner"),
    (DAV, "current-user-privilege-set"),
];
const WHO: [Known; 5] = [
    (DAV, "principal-URL"),
    (CALDAV, "calendar-home-set"),
    (CALDAV, "calendar-user-address-set"),
    (DAV, "principal-collection-set"),
    (DAV, "supported-report-set"),
];

impl Thing<'_> {
    pub(super) fn href(&self) -> String {
        match self {
            Thing::Root => ROOT.into(),
            Thing::Person => PERSON.into(),
            Thing::Home => HOME.into(),
            Thing::Calendar(which, ..) => Place::Calendar(*which).href(),
            Thing::Object(object, _) => object.href(),
        }
    }

    /// What it has of this, each with its value.
    pub(super) fn answer(&self, person: &Person, wanted: &Wanted) -> Vec<(Name, Option<String>)> {
        let own = || self.known().into_iter().map(|(space, local)| Name::new(space, local));
        match wanted {
            Wanted::Names => own().map(|name| (name, Some(String::new()))).collect(),
            Wanted::All => {
                own().map(|name| self.with_value(person, name)).filter(|(_, value)| value.is_some()).collect()
            }
            Wanted::These(names) => names.iter().map(|name| self.with_value(person, name.clone())).collect(),
        }
    }

    fn with_value(&self, person: &Person, name: Name) -> (Name, Option<String>) {
        let value = self.value(person, name.parts());
        (name, value)
    }

    fn known(&self) -> Vec<Known> {
        match self {
            Thing::Root => EVERYWHERE.iter().chain(&WHO[3..4]).copied().collect(),
            Thing::Home => EVERYWHERE.to_vec(),
            Thing::Person => EVERYWHERE.iter().chain(&WHO).copied().collect(),
            Thing::Calendar(..) => EVERYWHERE.iter().chain(&CALENDAR).copied().collect(),
            Thing::Object(..) => OBJECT.to_vec(),
        }
    }

    /// The value of a property as XML; nothing where it has none.
    fn value(&self, person: &Person, (space, local): (&str, &str)) -> Option<String> {
        Some(match (self, space, local) {
            (_, DAV, "current-user-principal") => href(PERSON),
            (Thing::Root | Thing::Home, DAV, "resourcetype") => "<D:collection/>".into(),
            (Thing::Root | Thing::Person, DAV, "principal-collection-set") => href(ROOT),
            (Thing::Root, DAV, "displayname") => "Commonweal".into(),
            (Thing::Home, DAV, "displayname") => escaped(&person.ours),
            (Thing::Person, DAV, "resourcetype") => "<D:collection/><D:principal/>".into(),
            (Thing::Person, DAV, "displayname") => escaped(&person.name),
            (Thing::Person, DAV, "principal-URL") => href(PERSON),
            (Thing::Person | Thing::Home, CALDAV, "calendar-home-set") => href(HOME),
            // Nobody is invited through this server, so that one address is as good as another.
            (Thing::Person, CALDAV, "calendar-user-address-set") => href(PERSON),
            (Thing::Person, DAV, "supported-report-set") => reports(&[]),
            (Thing::Calendar(which, token), ..) => return calendar(person, *which, token, (space, local)),
            (Thing::Object(found, part), ..) => return object(person, found, *part, (space, local)),
            _ => return None,
        })
    }
}

fn calendar(person: &Person, which: Which, token: &str, (space, local): (&str, &str)) -> Option<String> {
    Some(match (space, local) {
        (DAV, "resourcetype") => "<D:collection/><C:calendar/>".into(),
        (DAV, "displayname") => escaped(if which == Which::Ours { &person.ours } else { &person.network }),
        (DAV, "owner") if which == Which::Ours => href(PERSON),
        (DAV, "sync-token") => escaped(token),
        (SERVER, "getctag") => escaped(token),
        (DAV, "getetag") => escaped(&format!("\"{token}\"")),
        (DAV, "getcontenttype") => "text/calendar; charset=utf-8".into(),
        (DAV, "supported-report-set") => reports(&[
            (CALDAV, "calendar-query"),
            (CALDAV, "calendar-multiget"),
            (CALDAV, "free-busy-query"),
            (DAV, "sync-collection"),
        ]),
        (DAV, "current-user-privilege-set") => privileges(person, which),
        (CALDAV, "supported-calendar-component-set") => "<C:comp name=\"VEVENT\"/>".into(),
        (CALDAV, "supported-calendar-data") => {
            "<C:calendar-data content-type=\"text/calendar\" version=\"2.0\"/>".into()
        }
        (CALDAV, "supported-collation-set") => ["i;ascii-casemap", "i;unicode-casemap", "i;octet"]
            .map(|name| format!("<C:supported-collation>{name}</C:supported-collation>"))
            .concat(),
        (CALDAV, "max-resource-size") => BODY_BYTES.to_string(),
        _ => return None,
    })
}

fn object(person: &Person, object: &Object, part: Part, (space, local): (&str, &str)) -> Option<String> {
    Some(match (space, local) {
        (DAV, "resourcetype") => String::new(),
        (DAV, "displayname") => escaped(&object.row.title),
        (DAV, "getetag") => escaped(&object.tag()),
        (DAV, "getcontenttype") => "text/calendar; charset=utf-8; component=VEVENT".into(),
        (DAV, "getcontentlength") => object.text().len().to_string(),
        (DAV, "getlastmodified") => http_date(object.row.changed_at),
        (DAV, "owner") if object.which == Which::Ours => href(PERSON),
        (DAV, "current-user-privilege-set") => privileges(person, object.which),
        (CALDAV, "calendar-data") => escaped(&String::from_utf8_lossy(&object.part(part))),
        _ => return None,
    })
}

/// As HTTP writes it.
pub(super) fn http_date(at_ms: u64) -> String {
    fmt_http_date(std::time::UNIX_EPOCH + std::time::Duration::from_millis(at_ms))
}

fn href(to: &str) -> String {
    format!("<D:href>{}</D:href>", escaped(to))
}

fn reports(reports: &[Known]) -> String {
    let one = |(space, local): &Known| {
        let mut xml = String::new();
        element(&mut xml, &Name::new(space, local), "");
        format!("<D:supported-report><D:report>{xml}</D:report></D:supported-report>")
    };
    reports.iter().map(one).collect()
}

fn privileges(person: &Person, which: Which) -> String {
    let more = ["write", "write-content", "bind", "unbind"];
    let more = more.into_iter().filter(|_| which == Which::Ours && person.writes);
    let read = ["<D:privilege><D:read/></D:privilege>", "<D:privilege><C:read-free-busy/></D:privilege>"];
    let more = more.map(|name| format!("<D:privilege><D:{name}/></D:privilege>"));
    read.into_iter().map(String::from).chain(more).collect()
}
