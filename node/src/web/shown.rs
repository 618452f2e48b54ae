//! How a field's value is shown, whatever kind it is of: what to show follows from how the kind describes the field.

use askama::Template;
use jiff::tz::TimeZone;
use protocol::{
    identity::DocId,
    record::{Field, Shape},
};
use serde_json::Value;

use super::{dates, hours, prose, section, texts::Language};
use crate::{
    catalog::{Catalog, Row, Viewer},
    recurrence::Rule,
    search::label_of,
};

/// A state in a word, an icon and a color.
#[derive(Debug)]
pub(super) struct Chip {
    /// Its color.
    pub(super) class: &'static str,
    /// Its icon.
    pub(super) icon: &'static str,
    /// The word: of a list the one its kind says, in English.
    pub(super) label: String,
}

impl Chip {
    /// How far along a record is, where its kind says so.
    pub(super) fn of(row: &Row) -> Option<Chip> {
        let value = row.value("maturity")?;
        let (class, icon) = match value {
            "idea" => ("idea", "idea"),
            "trying" => ("trying", "trying"),
            "established" => ("works", "works"),
            _ => ("full", "x"),
        };
        let label = row.kind.field("maturity").map_or_else(|| value.to_owned(), |f| label_of(&f.shape, value));
        Some(Chip { class, icon, label })
    }
}

/// A value, ready for a page.
#[derive(Debug, Template)]
#[template(path = "shown.html")]
pub(super) enum Shown {
    /// A few words.
    Line(String),
    /// Text that somebody wrote, as HTML of ours.
    Prose(String),
    /// Something to follow.
    Anchor { href: String, text: String },
    /// Several values, in no order.
    Words(Vec<String>),
    /// What to do, one after the other.
    Steps(Vec<Vec<(String, Shown)>>),
    /// Things with fields of their own.
    Items(Vec<Vec<(String, Shown)>>),
    /// Fields that belong together.
    Group(Vec<(String, Shown)>),
    /// Something written in another language than the page's: its tag.
    Foreign(String, Box<Shown>),
}

impl Shown {
    /// Whether it is short enough to stand beside the text.
    pub(super) fn is_short(&self) -> bool {
        match self {
            Shown::Line(text) => text.chars().count() <= 120,
            Shown::Anchor { .. } | Shown::Words(_) => true,
            Shown::Foreign(_, shown) => shown.is_short(),
            Shown::Prose(_) | Shown::Steps(_) | Shown::Items(_) | Shown::Group(_) => false,
        }
    }
}

/// What values are shown with: the reader's language, and what links lead to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Light<'a> {
    pub(super) language: Language,
    /// The language of what is shown, where it is not the reader's.
    pub(super) written: &'a str,
    pub(super) viewer: Viewer,
    pub(super) catalog: &'a Catalog,
}

impl Light<'_> {
    /// A field's value; nothing where there is nothing to show.
    pub(super) fn show(&self, field: &Field, value: &Value) -> Option<Shown> {
        match &field.shape {
            Shape::List { of, .. } if field.name == "schedules" => {
                let items = value.as_array()?.iter().map(|item| self.opening(of, item));
                let items: Vec<_> = items.filter(|fields| !fields.is_empty()).collect();
                (!items.is_empty()).then_some(Shown::Items(items))
            }
            Shape::List { of, .. } => {
                let items = value.as_array()?.iter().map(|item| self.fields(of, item));
                let items: Vec<_> = items.filter(|fields| !fields.is_empty()).collect();
                let steps = field.name == "steps";
                (!items.is_empty()).then_some(if steps { Shown::Steps(items) } else { Shown::Items(items) })
            }
            Shape::Group(of) => {
                let fields = self.fields(of, value);
                (!fields.is_empty()).then_some(Shown::Group(fields))
            }
            Shape::Set { of, .. } => {
                let texts = value.as_array()?.iter().filter_map(Value::as_str);
                let words: Vec<String> = texts.map(|text| self.language.value(of, text)).collect();
                let shown = (!words.is_empty()).then_some(Shown::Words(words))?;
                Some(if matches!(of, Shape::Line { .. }) { self.as_written(shown) } else { shown })
            }
            shape => self.one(shape, value),
        }
    }

    /// A schedule in sentences where it can be said so, and what else it says.
    fn opening(&self, of: &'static [Field], schedule: &Value) -> Vec<(String, Shown)> {
        let (lines, said) = hours::lines(self.language, schedule);
        let mut rest = schedule.clone();
        if let Some(rest) = rest.as_object_mut() {
            rest.retain(|name, _| !said.contains(&name.as_str()));
        }
        let label = of.first().map(|field| self.language.of_kind(field.label)).unwrap_or_default();
        let lines = lines.into_iter().map(|line| (label.clone(), Shown::Line(line)));
        lines.chain(self.fields(of, &rest)).collect()
    }

    fn fields(&self, of: &'static [Field], value: &Value) -> Vec<(String, Shown)> {
        let label = |field: &Field| self.language.of_kind(field.label);
        of.iter().filter_map(|field| Some((label(field), self.show(field, value.get(field.name)?)?))).collect()
    }

    fn one(&self, shape: &Shape, value: &Value) -> Option<Shown> {
        let text = match value {
            Value::String(text) if text.trim().is_empty() => return None,
            Value::String(text) => text.clone(),
            Value::Bool(yes) => self.language.say(if *yes { "yes" } else { "no" }),
            Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), |n| self.language.number(n)),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        Some(match shape {
            Shape::Prose { .. } | Shape::Lines { .. } => self.as_written(Shown::Prose(prose::html(&text))),
            Shape::Line { .. } => self.as_written(Shown::Line(text)),
            // What is not http or https is never made a link: it may do what nobody expects.
            Shape::Url if is_web(&text) => Shown::Anchor { href: text.clone(), text: without_scheme(&text) },
            Shape::Email => Shown::Anchor { href: format!("mailto:{text}"), text },
            Shape::Phone => {
                let digits: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
                Shown::Anchor { href: format!("tel:{digits}"), text }
            }
            Shape::Link { .. } => self.link(&text)?,
            Shape::Date => Shown::Line(dates::date(self.language, &text)),
            Shape::Zone => Shown::Line(dates::zone(self.language, &text)),
            Shape::Recurrence => Shown::Line(match Rule::read(&text, &TimeZone::UTC) {
                Some(rule) => dates::again(self.language, &rule),
                None => text,
            }),
            Shape::DateTime => Shown::Line(dates::date_time(self.language, &text)),
            Shape::Duration => Shown::Line(dates::duration(self.language, &text)),
            Shape::Choice(_) | Shape::Language => Shown::Line(self.language.value(shape, &text)),
            _ => Shown::Line(text),
        })
    }

    /// What somebody wrote says which language it is in.
    fn as_written(&self, shown: Shown) -> Shown {
        if self.written.is_empty() { shown } else { Shown::Foreign(self.written.to_owned(), Box::new(shown)) }
    }

    /// A record that this one points to; nothing where the reader may not know of it.
    fn link(&self, text: &str) -> Option<Shown> {
        let row = self.catalog.row(self.viewer, &text.parse::<DocId>().ok()?)?;
        Some(Shown::Anchor { href: section::address(&row), text: row.title.clone() })
    }
}

fn is_web(text: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme))
}

fn without_scheme(text: &str) -> String {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    rest.trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use protocol::kinds;
    use serde_json::json;

    use super::*;

    fn shown(field: &str, value: Value) -> Option<String> {
        let (kind, catalog) = (kinds::kind("practice").unwrap(), Catalog::default());
        let light = Light { language: Language::English, written: "", viewer: Viewer::Anybody, catalog: &catalog };
        light.show(kind.field(field).unwrap(), &value).map(|shown| shown.render().unwrap())
    }

    #[test]
    fn what_others_wrote_is_text_and_nothing_else() {
        let hostile = "<script>alert(1)</script> & \"more\"";
        for field in ["problem", "title"] {
            let html = shown(field, json!(hostile)).unwrap();
            assert!(
                (html.contains("&#60;script&#62;") || html.contains("&lt;script&gt;")) && !html.contains("<script"),
                "{html}"
            );
        }
        let steps = shown("steps", json!([{"id": "a", "text": hostile}])).unwrap();
        assert!(!steps.contains("<script"), "{steps}");
    }

    #[test]
    fn only_web_addresses_become_links() {
        let of = |url: &str| shown("materials", json!([{"id": "a", "name": "Form", "url": url}])).unwrap();
        assert!(of("https://example.org/form").contains(r#"href="https://example.org/form""#));
        for bad in ["javascript:alert(1)", "data:text/html,x", "https://"] {
            assert!(!of(bad).contains("href"), "{bad}");
        }
    }

    #[test]
    fn choices_and_days_are_in_words_and_nothing_is_shown_for_nothing() {
        assert!(shown("cost", json!("under_1000")).unwrap().contains("Under $1,000"));
        assert!(shown("problem", json!("  ")).is_none() && shown("steps", json!([])).is_none());
    }
}
