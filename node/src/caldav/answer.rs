//! Answers in XML: of each thing what was found and what was not (RFC 4918, 13).

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::body::{CALDAV, DAV, Name, SERVER};

/// Bytes of one answer: as many as 10,000 sessions with long descriptions take.
const MOST: usize = 48 << 20;

const XML: HeaderValue = HeaderValue::from_static("application/xml; charset=utf-8");
const SPACES: &str =
    r#"xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/""#;

/// What is found of several things.
#[derive(Debug)]
pub(super) struct Multi {
    xml: String,
}

impl Multi {
    pub(super) fn new() -> Multi {
        let xml = format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<D:multistatus {SPACES}>");
        Multi { xml }
    }

    /// Whether it is more than one answer holds already: then nothing of it is told.
    pub(super) fn is_full(&self) -> bool {
        self.xml.len() > MOST
    }

    /// What is found of one thing, as XML, and what is not.
    pub(super) fn found(&mut self, href: &str, found: &[(Name, Option<String>)], missing: StatusCode) {
        self.begin(href);
        let groups = [(true, StatusCode::OK), (false, missing)];
        for (is_there, status) in groups {
            let mut group = found.iter().filter(|(_, value)| value.is_some() == is_there).peekable();
            // What is there without any property of its own is there all the same.
            if group.peek().is_none() && !(is_there && found.is_empty()) {
                continue;
            }
            self.xml.push_str("<D:propstat><D:prop>");
            for (name, value) in group {
                element(&mut self.xml, name, value.as_deref().unwrap_or_default());
            }
            self.xml.push_str("</D:prop>");
            self.status(status);
            self.xml.push_str("</D:propstat>");
        }
        self.end_one();
    }

    /// That something is not there, or is not told.
    pub(super) fn without(&mut self, href: &str, status: StatusCode) {
        self.begin(href);
        self.status(status);
        self.end_one();
    }

    /// Up to where this says all.
    pub(super) fn token(&mut self, token: &str) {
        self.xml.push_str(&format!("<D:sync-token>{}</D:sync-token>", escaped(token)));
    }

    pub(super) fn end(mut self) -> Response {
        if self.is_full() {
            return no(StatusCode::INSUFFICIENT_STORAGE, DAV, "number-of-matches-within-limits", TOO_MUCH)
                .into_response();
        }
        self.xml.push_str("</D:multistatus>\n");
        (StatusCode::MULTI_STATUS, [(header::CONTENT_TYPE, XML)], self.xml).into_response()
    }

    fn begin(&mut self, href: &str) {
        self.xml.push_str("<D:response><D:href>");
        self.xml.push_str(&escaped(href));
        self.xml.push_str("</D:href>");
    }

    fn status(&mut self, status: StatusCode) {
        let words = status.canonical_reason().unwrap_or_default();
        self.xml.push_str(&format!("<D:status>HTTP/1.1 {} {words}</D:status>", status.as_u16()));
    }

    fn end_one(&mut self) {
        self.xml.push_str("</D:response>");
    }
}

const TOO_MUCH: &str = "this is more than one answer holds; ask for a shorter time, or for fewer at once";

/// An answer in place of what was asked for.
#[derive(Debug)]
pub(super) struct No(Box<Response>);

impl<T: IntoResponse> From<T> for No {
    fn from(answer: T) -> No {
        No(Box::new(answer.into_response()))
    }
}

impl No {
    pub(super) fn into_response(self) -> Response {
        *self.0
    }
}

/// A no, with the condition that is broken by its name in a namespace, and what to do in words (RFC 4918, 16).
pub(super) fn no(status: StatusCode, space: &str, condition: &str, words: &str) -> No {
    no_at(status, space, condition, "", words)
}

/// The same, with where it is to be found out.
pub(super) fn no_at(status: StatusCode, space: &str, condition: &str, href: &str, words: &str) -> No {
    let mut xml = format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<D:error {SPACES}>");
    let inner = if href.is_empty() { String::new() } else { format!("<D:href>{}</D:href>", escaped(href)) };
    element(&mut xml, &Name::new(space, condition), &inner);
    element(&mut xml, &Name::new(DAV, "responsedescription"), &escaped(words));
    xml.push_str("</D:error>\n");
    (status, [(header::CONTENT_TYPE, XML)], xml).into()
}

/// A no in words alone.
pub(super) fn plain(status: StatusCode, words: &str) -> No {
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))], format!("{words}\n"))
        .into()
}

/// An element with what is in it, which is XML already.
pub(super) fn element(xml: &mut String, name: &Name, inner: &str) {
    let (tag, space) = match name.parts() {
        (DAV, local) => (format!("D:{local}"), String::new()),
        (CALDAV, local) => (format!("C:{local}"), String::new()),
        (SERVER, local) => (format!("S:{local}"), String::new()),
        (space, local) => (local.to_owned(), format!(" xmlns=\"{}\"", escaped(space))),
    };
    match inner {
        "" => xml.push_str(&format!("<{tag}{space}/>")),
        inner => {
            xml.reserve(inner.len() + 2 * tag.len() + space.len() + 5);
            xml.push_str(&format!("<{tag}{space}>"));
            xml.push_str(inner);
            xml.push_str(&format!("</{tag}>"));
        }
    }
}

/// A text as it may stand in XML, without what no XML may hold.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 16);
    for sign in text.chars() {
        match sign {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            // A reader would make a line feed of it, and calendars end their lines in both.
            '\r' => safe.push_str("&#13;"),
            '\n' | '\t' => safe.push(sign),
            sign if sign.is_control() || matches!(sign, '\u{fffe}' | '\u{ffff}') => {}
            sign => safe.push(sign),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_somebody_writes_stays_text() {
        let nasty = "</C:calendar-data><x a=\"&amp;\">]]>\r\n\u{1}\u{ffff}ü";
        let mut multi = Multi::new();
        let names = [Name::new(CALDAV, "calendar-data"), Name::new("urn:\"x", "y")];
        multi.found(
            "/dav/<&>",
            &[(names[0].clone(), Some(escaped(nasty))), (names[1].clone(), None)],
            StatusCode::NOT_FOUND,
        );
        multi.token("data:,1");
        let xml = format!("{}</D:multistatus>", multi.xml);
        let read = roxmltree::Document::parse(&xml).unwrap();
        let data = read.descendants().find(|node| node.tag_name().name() == "calendar-data").unwrap();
        assert_eq!(data.text(), Some("</C:calendar-data><x a=\"&amp;\">]]>\r\nü"));
        let other = read.descendants().find(|node| node.tag_name().name() == "y").unwrap();
        assert_eq!(other.tag_name().namespace(), Some("urn:\"x"));
        let statuses: Vec<_> = read
            .descendants()
            .filter(|node| node.tag_name().name() == "status")
            .filter_map(|node| node.text())
            .collect();
        assert_eq!(statuses, ["HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found"]);
    }
}
