//! Which objects of a calendar a question is about (RFC 4791, 9.7).

use protocol::engine::fold;

use super::{body::Span, object::Object};
use crate::transfer::ics;

/// What holds for a calendar as a whole.
#[derive(Clone, Debug)]
pub(super) struct Filter(pub(super) Component);

/// What holds for one of its components, at least.
#[derive(Clone, Debug)]
pub(super) struct Component {
    /// In capitals.
    pub(super) name: String,
    /// That there is none.
    pub(super) is_missing: bool,
    pub(super) within: Option<Span>,
    pub(super) properties: Vec<Property>,
    pub(super) components: Vec<Component>,
}

/// What holds for one of its properties, at least.
#[derive(Clone, Debug)]
pub(super) struct Property {
    pub(super) name: String,
    pub(super) is_missing: bool,
    pub(super) within: Option<Span>,
    pub(super) text: Option<TextMatch>,
    pub(super) params: Vec<Param>,
}

/// What holds for a parameter.
#[derive(Clone, Debug)]
pub(super) struct Param {
    pub(super) name: String,
    pub(super) is_missing: bool,
    pub(super) text: Option<TextMatch>,
}

/// That a text has another in it, or has not.
#[derive(Clone, Debug)]
pub(super) struct TextMatch {
    text: String,
    folds: bool,
    is_not: bool,
}

impl TextMatch {
    pub(super) fn new(text: &str, folds: bool, is_not: bool) -> TextMatch {
        TextMatch { text: if folds { fold(text) } else { text.into() }, folds, is_not }
    }

    fn fits(&self, text: &str) -> bool {
        let has = if self.folds { fold(text).contains(&self.text) } else { text.contains(&self.text) };
        has != self.is_not
    }
}

impl Filter {
    /// Whether an object fits.
    pub(super) fn takes(&self, object: &Object) -> bool {
        let Filter(calendar) = self;
        if calendar.is_missing {
            return false;
        }
        // What is asked most is when, and that needs no text.
        let spans = calendar.components.iter().filter(|inner| inner.name == EVENT && !inner.is_missing);
        if !spans.filter_map(|inner| inner.within).all(|span| object.is_held(span)) {
            return false;
        }
        if calendar.asks_for_events_alone() {
            return true;
        }
        let text = object.text();
        let read = ics::components(&text);
        read.first().is_some_and(|whole| calendar.fits_inside(whole, whole))
    }
}

const EVENT: &str = "VEVENT";

impl Component {
    fn asks_for_events_alone(&self) -> bool {
        let plain = |inner: &Component| {
            inner.name == EVENT && !inner.is_missing && inner.properties.is_empty() && inner.components.is_empty()
        };
        self.properties.is_empty() && self.within.is_none() && self.components.iter().all(plain)
    }

    fn fits_inside(&self, whole: &ics::Component, component: &ics::Component) -> bool {
        self.properties.iter().all(|property| property.fits(whole, component))
            && self.components.iter().all(|inner| {
                let mut named = component.inner.iter().filter(|other| other.name == inner.name);
                if inner.is_missing { named.next().is_none() } else { named.any(|other| inner.fits_inside(whole, other)) }
            })
            // Of alarms nothing is kept here, so that none is ever within a span.
            && (self.within.is_none() || component.name == EVENT)
    }
}

impl Property {
    fn fits(&self, whole: &ics::Component, component: &ics::Component) -> bool {
        let mut named = component.all(&self.name).peekable();
        if self.is_missing {
            return named.peek().is_none();
        }
        named.any(|line| {
            self.text.as_ref().is_none_or(|text| text.fits(&line.text()))
                && self.within.is_none_or(|span| ics::moment(whole, line).is_some_and(|at| span.meets(at, at)))
                && self.params.iter().all(|param| match line.param(&param.name) {
                    None => param.is_missing,
                    Some(value) => !param.is_missing && param.text.as_ref().is_none_or(|text| text.fits(value)),
                })
        })
    }
}
