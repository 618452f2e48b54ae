//! Where things are: the addresses under `/dav`, and what is at each.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// Where programs begin.
pub(crate) const ROOT: &str = "/dav/";
/// Where they find whoever they sign in as.
pub(super) const PERSON: &str = "/dav/me/";
/// Where they find that person's calendars.
pub(super) const HOME: &str = "/dav/calendars/";
/// Bytes of an object's name, which a program chooses.
const NAME_MOST: usize = 250;
/// What an address writes otherwise than it is.
const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// Which calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Which {
    /// The sessions of this collaborative, which its editors change.
    Ours,
    /// Those of all others.
    Network,
}

impl Which {
    pub(super) const ALL: [Which; 2] = [Which::Ours, Which::Network];

    /// Its name in addresses.
    pub(super) fn name(self) -> &'static str {
        match self {
            Which::Ours => "ours",
            Which::Network => "network",
        }
    }

    pub(super) fn href(self) -> String {
        format!("{HOME}{}/", self.name())
    }
}

/// What is at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Root,
    Person,
    Home,
    Calendar(Which),
    /// One object of a calendar, by its name.
    Object(Which, String),
}

impl Place {
    /// What is at this path, or at the path of this address. Nothing where there can be nothing.
    pub(super) fn read(address: &str) -> Option<Place> {
        let path = match address.split_once("://") {
            Some((_, rest)) => &rest[rest.find('/')?..],
            None => address,
        };
        let path = path.split(['?', '#']).next()?;
        let inside = path.strip_prefix("/dav")?;
        let parts: Vec<&str> = inside.split('/').filter(|part| !part.is_empty()).collect();
        let which = |name: &str| Which::ALL.into_iter().find(|which| which.name() == name);
        Some(match parts[..] {
            [] => Place::Root,
            ["me"] => Place::Person,
            ["calendars"] => Place::Home,
            ["calendars", calendar] => Place::Calendar(which(calendar)?),
            ["calendars", calendar, object] => {
                let name = percent_decode_str(object).decode_utf8().ok()?;
                let is_name = name.len() <= NAME_MOST && !name.chars().any(char::is_control);
                Place::Object(which(calendar)?, is_name.then(|| name.into_owned())?)
            }
            _ => return None,
        })
    }

    /// Its address.
    pub(super) fn href(&self) -> String {
        match self {
            Place::Root => ROOT.into(),
            Place::Person => PERSON.into(),
            Place::Home => HOME.into(),
            Place::Calendar(which) => which.href(),
            Place::Object(which, name) => format!("{}{}", which.href(), utf8_percent_encode(name, ESCAPED)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_what_has_it() {
        let places = [
            Place::Root,
            Place::Person,
            Place::Home,
            Place::Calendar(Which::Ours),
            Place::Object(Which::Network, "a b/ü%2F?.ics".into()),
        ];
        for place in places {
            assert_eq!(Place::read(&place.href()), Some(place.clone()));
            assert_eq!(Place::read(&format!("https://valley.example{}?x#y", place.href())), Some(place));
        }
        assert_eq!(Place::read("/dav"), Some(Place::Root));
        assert_eq!(Place::read("/dav/calendars/ours"), Some(Place::Calendar(Which::Ours)));
        let too_long = format!("/dav/calendars/ours/{}", "a".repeat(300));
        for nowhere in
            ["/", "/dave", "/dav/calendars/theirs/", "/dav/calendars/ours/a/b", "/dav/calendars/ours/%ff", &too_long]
        {
            assert_eq!(Place::read(nowhere), None, "{nowhere}");
        }
    }
}
