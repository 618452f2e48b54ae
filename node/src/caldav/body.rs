//! What a program asks for in the body of a question, read from its XML. Nothing in it costs more than its length.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use roxmltree::{Document, Node, ParsingOptions};

use super::filter::{Component, Filter, Param, Property, TextMatch};

/// `DAV:` (RFC 4918).
pub(super) const DAV: &str = "DAV:";
/// Calendars (RFC 4791).
pub(super) const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
/// What Apple's server had first, and all programs ask for.
pub(super) const SERVER: &str = "http://calendarserver.org/ns/";

/// Elements and texts in one body: some for each of as many objects as a program may ask for at once.
const NODES: u32 = 100_000;

/// A property: its namespace and its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    pub(super) space: String,
    pub(super) local: String,
}

impl Name {
    pub(super) fn new(space: &str, local: &str) -> Name {
        Name { space: space.into(), local: local.into() }
    }

    pub(super) fn parts(&self) -> (&str, &str) {
        (&self.space, &self.local)
    }
}

/// Which properties are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Those that are always of use.
    All,
    /// What there is, without its values.
    Names,
    /// These.
    These(Vec<Name>),
}

/// From one moment to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

impl Span {
    /// Whether something that lasts from one moment to another touches it (RFC 4791, 9.9).
    pub(super) fn meets(&self, start: Timestamp, end: Timestamp) -> bool {
        start < self.to && (end > self.from || (start == end && start >= self.from))
    }
}

/// How much of a calendar object is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    #[default]
    Whole,
    /// Each time within a span, as an event of its own in UTC.
    Expanded(Span),
    /// The series, and of what differs only what touches a span.
    Limited(Span),
}

/// A question about a calendar.
#[derive(Clone, Debug)]
pub(super) enum Report {
    /// Objects that fit a filter (RFC 4791, 7.8).
    Query(Filter),
    /// These very objects (RFC 4791, 7.9).
    MultiGet(Vec<String>),
    /// What changed (RFC 6578, 3.2).
    Sync {
        /// Since when; nothing at first.
        token: String,
        /// At most so many.
        limit: Option<usize>,
    },
    /// When there is something (RFC 4791, 7.10).
    Busy(Span),
}

/// A question about a calendar, and what its answer shall hold.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) report: Report,
    pub(super) wanted: Wanted,
    pub(super) part: Part,
}

/// Why a body is not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It is no XML, or not what belongs here: what, and what to do.
    Syntax(String),
    /// A condition that it breaks, by its name in a namespace.
    Condition(&'static str, &'static str),
}

fn syntax(what: &str) -> Wrong {
    Wrong::Syntax(what.to_owned())
}

/// Reads what PROPFIND wants. An empty body wants all (RFC 4918, 9.1).
pub(super) fn wanted(body: &[u8]) -> Result<Wanted, Wrong> {
    if body.trim_ascii().is_empty() {
        return Ok(Wanted::All);
    }
    let text = text(body)?;
    let document = document(text)?;
    let root = document.root_element();
    if !is(root, DAV, "propfind") {
        return Err(syntax("the body should be a DAV:propfind"));
    }
    Ok(properties(root))
}

/// The properties that PROPPATCH wants to set or remove.
pub(super) fn to_change(body: &[u8]) -> Result<Vec<Name>, Wrong> {
    let text = text(body)?;
    let document = document(text)?;
    let root = document.root_element();
    if !is(root, DAV, "propertyupdate") {
        return Err(syntax("the body should be a DAV:propertyupdate"));
    }
    let sets = root.children().filter(|node| is(*node, DAV, "set") || is(*node, DAV, "remove"));
    let props = sets.flat_map(|set| set.children().filter(|node| is(*node, DAV, "prop")));
    Ok(props.flat_map(|prop| prop.children().filter(Node::is_element).map(name)).collect())
}

/// Reads a REPORT.
pub(super) fn report(body: &[u8]) -> Result<Asked, Wrong> {
    let text = text(body)?;
    let document = document(text)?;
    let root = document.root_element();
    let wanted = properties(root);
    let part = part(root)?;
    let tag = root.tag_name();
    let report = match (tag.namespace().unwrap_or_default(), tag.name()) {
        (CALDAV, "calendar-query") => Report::Query(filter(root)?),
        (CALDAV, "calendar-multiget") => {
            let hrefs = root.children().filter(|node| is(*node, DAV, "href"));
            Report::MultiGet(hrefs.map(|href| content(href).to_owned()).collect())
        }
        (DAV, "sync-collection") => sync(root)?,
        (CALDAV, "free-busy-query") => Report::Busy(span(one(root, CALDAV, "time-range").ok_or_else(no_span)?)?),
        _ => return Err(Wrong::Condition(DAV, "supported-report")),
    };
    Ok(Asked { report, wanted, part })
}

fn sync(root: Node) -> Result<Report, Wrong> {
    // Calendars hold no others, so that one level is all there is.
    match one(root, DAV, "sync-level").map(content) {
        None | Some("1" | "infinite") => {}
        Some(_) => return Err(syntax("DAV:sync-level should be 1")),
    }
    let limit = one(root, DAV, "limit").and_then(|limit| one(limit, DAV, "nresults"));
    let limit = limit.map(|most| content(most).parse().ok().filter(|most| *most > 0));
    if limit == Some(None) {
        return Err(syntax("DAV:nresults should be a number above 0"));
    }
    let token = one(root, DAV, "sync-token").map(content).unwrap_or_default();
    Ok(Report::Sync { token: token.to_owned(), limit: limit.flatten() })
}

fn text(body: &[u8]) -> Result<&str, Wrong> {
    let text = str::from_utf8(body).map_err(|_| syntax("the body should be XML in UTF-8"))?;
    Ok(text.trim_start_matches('\u{feff}').trim_start())
}

/// Without entities of its own: they can make gigabytes of a line.
fn document(text: &str) -> Result<Document<'_>, Wrong> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|why| Wrong::Syntax(format!("the body is not XML: {why}")))
}

fn is(node: Node, space: &str, local: &str) -> bool {
    node.is_element() && node.tag_name().namespace() == Some(space) && node.tag_name().name() == local
}

fn name(node: Node) -> Name {
    Name::new(node.tag_name().namespace().unwrap_or_default(), node.tag_name().name())
}

fn one<'a, 'b>(node: Node<'a, 'b>, space: &str, local: &str) -> Option<Node<'a, 'b>> {
    node.children().find(|inner| is(*inner, space, local))
}

fn content<'a>(node: Node<'a, '_>) -> &'a str {
    node.text().unwrap_or_default().trim()
}

fn properties(root: Node) -> Wanted {
    if one(root, DAV, "propname").is_some() {
        return Wanted::Names;
    }
    match one(root, DAV, "prop") {
        Some(prop) => Wanted::These(prop.children().filter(Node::is_element).map(name).collect()),
        None => Wanted::All,
    }
}

fn part(root: Node) -> Result<Part, Wrong> {
    let Some(data) = one(root, DAV, "prop").and_then(|prop| one(prop, CALDAV, "calendar-data")) else {
        return Ok(Part::Whole);
    };
    let is_ours = data.attribute("content-type").is_none_or(|kind| kind.eq_ignore_ascii_case("text/calendar"))
        && data.attribute("version").is_none_or(|version| version == "2.0");
    if !is_ours {
        return Err(Wrong::Condition(CALDAV, "supported-calendar-data"));
    }
    if let Some(expand) = one(data, CALDAV, "expand") {
        return Ok(Part::Expanded(span(expand)?));
    }
    one(data, CALDAV, "limit-recurrence-set").map_or(Ok(Part::Whole), |limit| Ok(Part::Limited(span(limit)?)))
}

fn no_span() -> Wrong {
    syntax("a CALDAV:time-range is missing")
}

/// `start` and `end`, of which one may be left out.
fn span(node: Node) -> Result<Span, Wrong> {
    let at = |name: &str| node.attribute(name).map(moment).transpose();
    let (start, end) = (at("start")?, at("end")?);
    if start.is_none() && end.is_none() {
        return Err(syntax("a time range has a start or an end, or both"));
    }
    let (from, to) = (start.unwrap_or(Timestamp::MIN), end.unwrap_or(Timestamp::MAX));
    if from >= to {
        return Err(syntax("a time range ends after it starts"));
    }
    Ok(Span { from, to })
}

/// A moment in UTC, such as 20270119T230000Z.
fn moment(text: &str) -> Result<Timestamp, Wrong> {
    let local = text.strip_suffix('Z').and_then(|local| DateTime::strptime("%Y%m%dT%H%M%S", local).ok());
    let at = local.and_then(|local| TimeZone::UTC.to_timestamp(local).ok());
    at.ok_or_else(|| syntax("a time range is given in UTC, such as 20270119T230000Z"))
}

fn filter(root: Node) -> Result<Filter, Wrong> {
    let invalid = || Wrong::Condition(CALDAV, "valid-filter");
    let calendar = one(root, CALDAV, "filter").and_then(|filter| one(filter, CALDAV, "comp-filter"));
    let calendar = component(calendar.ok_or_else(invalid)?)?;
    if calendar.name != "VCALENDAR" { Err(invalid()) } else { Ok(Filter(calendar)) }
}

/// Bodies nest no deeper than XML does here, and what they nest is walked once for each level.
fn component(node: Node) -> Result<Component, Wrong> {
    /// A calendar, an event, an alarm.
    const DEPTH: usize = 3;
    if node.ancestors().filter(|outer| is(*outer, CALDAV, "comp-filter")).count() > DEPTH {
        return Err(Wrong::Condition(CALDAV, "supported-filter"));
    }
    let of = |local| node.children().filter(move |inner| is(*inner, CALDAV, local));
    Ok(Component {
        name: named(node)?,
        is_missing: of("is-not-defined").next().is_some(),
        within: of("time-range").next().map(span).transpose()?,
        properties: of("prop-filter").map(property).collect::<Result<_, _>>()?,
        components: of("comp-filter").map(component).collect::<Result<_, _>>()?,
    })
}

fn property(node: Node) -> Result<Property, Wrong> {
    let of = |local| node.children().filter(move |inner| is(*inner, CALDAV, local));
    Ok(Property {
        name: named(node)?,
        is_missing: of("is-not-defined").next().is_some(),
        within: of("time-range").next().map(span).transpose()?,
        text: of("text-match").next().map(text_match).transpose()?,
        params: of("param-filter")
            .map(|param| {
                let text = one(param, CALDAV, "text-match").map(text_match).transpose()?;
                Ok(Param { name: named(param)?, is_missing: one(param, CALDAV, "is-not-defined").is_some(), text })
            })
            .collect::<Result<_, Wrong>>()?,
    })
}

fn named(node: Node) -> Result<String, Wrong> {
    node.attribute("name").map(str::to_uppercase).ok_or(Wrong::Condition(CALDAV, "valid-filter"))
}

fn text_match(node: Node) -> Result<TextMatch, Wrong> {
    let folds = match node.attribute("collation").unwrap_or("i;ascii-casemap") {
        "i;octet" => false,
        "i;ascii-casemap" | "i;unicode-casemap" | "default" => true,
        _ => return Err(Wrong::Condition(CALDAV, "supported-collation")),
    };
    let is_not = node.attribute("negate-condition") == Some("yes");
    Ok(TextMatch::new(node.text().unwrap_or_default(), folds, is_not))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: &str = r#"xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav""#;

    #[test]
    fn what_is_wanted_is_read_whatever_it_is_called() {
        assert_eq!(wanted(b"  "), Ok(Wanted::All));
        let body = r#"<?xml version="1.0"?><x:propfind xmlns:x="DAV:"><x:prop><x:getetag/><e xmlns="urn:e"/></x:prop></x:propfind>"#;
        let these = vec![Name::new(DAV, "getetag"), Name::new("urn:e", "e")];
        assert_eq!(wanted(body.as_bytes()), Ok(Wanted::These(these)));
        assert_eq!(wanted(b"<propfind xmlns='DAV:'><propname/></propfind>"), Ok(Wanted::Names));
        assert_eq!(wanted(b"<propfind xmlns='DAV:'><allprop/></propfind>"), Ok(Wanted::All));
    }

    #[test]
    fn a_report_says_what_and_how_much() {
        let body = format!(
            r#"<C:calendar-query {NAMES}><prop><getetag/><C:calendar-data><C:expand start="20270101T000000Z"
               end="20270201T000000Z"/></C:calendar-data></prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter
               name="vevent"><C:time-range start="20270101T000000Z"/><C:prop-filter name="SUMMARY"><C:text-match
               negate-condition="yes">walk</C:text-match></C:prop-filter></C:comp-filter></C:comp-filter></C:filter>
               </C:calendar-query>"#
        );
        let asked = report(body.as_bytes()).unwrap();
        assert!(matches!(asked.part, Part::Expanded(span) if span.to.to_string() == "2027-02-01T00:00:00Z"));
        let Report::Query(Filter(calendar)) = asked.report else { panic!() };
        let event = &calendar.components[0];
        assert_eq!((event.name.as_str(), event.within.unwrap().to), ("VEVENT", Timestamp::MAX));
        assert_eq!(event.properties[0].name, "SUMMARY");
        let body = format!(
            "<sync-collection {NAMES}><sync-token/><sync-level>1</sync-level><limit><nresults>7</nresults></limit><prop/></sync-collection>"
        );
        assert!(matches!(report(body.as_bytes()).unwrap().report, Report::Sync { limit: Some(7), .. }));
    }

    /// Each is refused at once, however short it is and whatever it would grow to.
    #[test]
    fn what_is_meant_to_harm_is_refused() {
        let bomb = r#"<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><propfind xmlns="DAV:"><prop>&b;</prop></propfind>"#;
        let outside = r#"<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><propfind xmlns="DAV:">&a;</propfind>"#;
        let deep = format!("<propfind xmlns='DAV:'>{}", "<a>".repeat(300_000));
        let deep_and_whole =
            format!("<propfind xmlns='DAV:'>{}{}</propfind>", "<a>".repeat(90_000), "</a>".repeat(90_000));
        let wide = format!("<propfind xmlns='DAV:'><prop>{}</prop></propfind>", "<a/>".repeat(200_000));
        for body in [bomb, outside, &deep, &wide, "<propfind", "\u{0}", "<a/>"] {
            assert!(matches!(wanted(body.as_bytes()), Err(Wrong::Syntax(_))), "{}", &body[..body.len().min(60)]);
        }
        let _ = wanted(deep_and_whole.as_bytes());
        let nest = |n: usize| {
            let (open, close) = ("<C:comp-filter name='VCALENDAR'>".repeat(n), "</C:comp-filter>".repeat(n));
            report(
                format!("<C:calendar-query {NAMES}><C:filter>{open}{close}</C:filter></C:calendar-query>").as_bytes(),
            )
        };
        assert!(nest(3).is_ok());
        assert_eq!(nest(2_000).unwrap_err(), Wrong::Condition(CALDAV, "supported-filter"));
        for (start, end) in [("2027", "20280101T000000Z"), ("20280101T000000Z", "20270101T000000Z")] {
            let body = format!(
                r#"<C:free-busy-query {NAMES}><C:time-range start="{start}" end="{end}"/></C:free-busy-query>"#
            );
            assert!(matches!(report(body.as_bytes()), Err(Wrong::Syntax(_))));
        }
        assert_eq!(report(b"<x xmlns='DAV:'/>").unwrap_err(), Wrong::Condition(DAV, "supported-report"));
    }
}
