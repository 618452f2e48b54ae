//! A form made from how a kind is described: one input for each cell of a record. Inputs are named by their path, the way
//! the command line and spreadsheets name them; what an input held when the form was made goes along, so that only what
//! somebody changed is changed.

use std::collections::BTreeMap;

use protocol::record::{self, Choice, Field, Kind, Needed, Problem, Shape};
use serde_json::Value;

use super::texts::Language;

/// Items a new list starts with, and empty ones after those that are there.
const EMPTY_ITEMS: usize = 2;
/// What an input held stands in a hidden one of the same name after this.
pub(super) const WAS: &str = "was:";

/// A piece of a form, in order.
#[derive(Debug)]
pub(super) enum Part {
    /// Fields that belong together begin here; folded away where most records need none of them.
    Open { legend: String, help: String, folded: bool },
    /// They end here; as they began.
    Close { folded: bool },
    /// One input.
    Input(Input),
}

/// One input.
#[derive(Debug)]
pub(super) struct Input {
    /// Its name, and the id of what belongs to it.
    pub(super) path: String,
    pub(super) label: String,
    pub(super) help: String,
    pub(super) value: String,
    pub(super) was: String,
    /// What is wrong with it.
    pub(super) wrong: Option<String>,
    pub(super) needed: Needed,
    pub(super) sort: Sort,
}

/// What sort of input.
#[derive(Debug)]
pub(super) enum Sort {
    /// A line: the type of its `<input>`, and its most characters.
    Line(&'static str, usize),
    /// Several lines, at most so many characters.
    Lines(usize),
    /// One of these.
    Choice(Vec<(String, String, bool)>),
    /// Any of these.
    Choices(Vec<(String, String, bool)>),
}

impl Input {
    /// Whether a record cannot be saved without it. What an item or a group needs, it needs only where there is one.
    pub(super) fn is_needed(&self) -> bool {
        self.needed == Needed::ToSave && !self.path.contains(['[', '.'])
    }

    /// Whether a record cannot be shared without it.
    pub(super) fn is_needed_to_share(&self) -> bool {
        self.needed == Needed::ToShare
    }

    /// How high its field is.
    pub(super) fn rows(&self) -> usize {
        if matches!(self.sort, Sort::Lines(most) if most > 2_000) { 5 } else { 3 }
    }
}

/// What is typed, by path.
pub(super) type Cells = BTreeMap<String, String>;

/// Makes the form of a kind. `typed` is what stands in it, `was` what stood in it when it was first made.
pub(super) fn parts(
    kind: &'static Kind,
    typed: &Cells,
    was: &Cells,
    wrong: &[Problem],
    language: Language,
) -> Vec<Part> {
    let mut form = Form { typed, was, wrong, language, parts: vec![] };
    kind.own.iter().for_each(|field| form.field(field, ""));
    form.parts.push(Part::Open { legend: language.say("form-more"), help: String::new(), folded: true });
    kind.common.iter().for_each(|field| form.field(field, ""));
    form.parts.push(Part::Close { folded: true });
    form.parts
}

struct Form<'a> {
    typed: &'a Cells,
    was: &'a Cells,
    wrong: &'a [Problem],
    language: Language,
    parts: Vec<Part>,
}

impl Form<'_> {
    fn field(&mut self, field: &'static Field, at: &str) {
        if !field.asked {
            return;
        }
        let (label, help) = (self.language.of_kind(field.label), self.language.of_kind(field.help));
        let path = if at.is_empty() { field.name.to_owned() } else { format!("{at}.{}", field.name) };
        match &field.shape {
            Shape::Group(of) => {
                self.parts.push(Part::Open { legend: label, help, folded: false });
                of.iter().for_each(|inner| self.field(inner, &path));
                self.parts.push(Part::Close { folded: false });
            }
            Shape::List { of, most } => {
                let there = self.items(&path);
                let folded = there == 0 && field.name != "steps";
                self.parts.push(Part::Open { legend: label.clone(), help, folded });
                for number in 1..=(there + EMPTY_ITEMS).min(*most) {
                    let legend = format!("{label} {number}");
                    self.parts.push(Part::Open { legend, help: String::new(), folded: false });
                    of.iter().for_each(|inner| self.field(inner, &format!("{path}[{number}]")));
                    self.parts.push(Part::Close { folded: false });
                }
                self.parts.push(Part::Close { folded });
            }
            shape => self.input(field, shape, path),
        }
    }

    /// How many items of a list there are, typed or kept.
    fn items(&self, list: &str) -> usize {
        let number = |path: &String| item_of(path, list);
        let typed = self.typed.iter().filter(|(_, text)| !text.trim().is_empty()).map(|(path, _)| path);
        typed.chain(self.was.keys()).filter_map(number).max().unwrap_or(0).min(200)
    }

    fn input(&mut self, field: &'static Field, shape: &Shape, path: String) {
        let value = self.typed.get(&path).cloned().unwrap_or_default();
        let language = self.language;
        let here = self.wrong.iter().filter(|problem| problem.field == path);
        let wrong: Vec<String> = here.map(|problem| language.wrong(&problem.what)).collect();
        let sort = match shape {
            Shape::Choice(choices) => Sort::Choice(options(choices, &value, language)),
            Shape::Set { of: Shape::Choice(choices), .. } => Sort::Choices(options(choices, &value, language)),
            Shape::YesNo => Sort::Choice(vec![
                ("yes".into(), language.say("yes"), value == "yes"),
                ("no".into(), language.say("no"), value == "no"),
            ]),
            Shape::Lines { most } | Shape::Prose { most } => Sort::Lines(*most),
            Shape::Set { .. } => Sort::Lines(4_000),
            Shape::Date => Sort::Line("date", 10),
            Shape::DateTime => Sort::Line("datetime-local", 20),
            Shape::Url => Sort::Line("url", 2_000),
            Shape::Email => Sort::Line("email", 320),
            Shape::Phone => Sort::Line("tel", 60),
            Shape::Line { most } => Sort::Line("text", *most),
            _ => Sort::Line("text", 200),
        };
        let was = self.was.get(&path).cloned().unwrap_or_default();
        let (label, help, needed) = (language.of_kind(field.label), language.of_kind(field.help), field.needed);
        let wrong = (!wrong.is_empty()).then(|| wrong.join(" "));
        self.parts.push(Part::Input(Input { path, label, help, value, was, wrong, needed, sort }));
    }
}

fn options(choices: &[Choice], value: &str, language: Language) -> Vec<(String, String, bool)> {
    let picked: Vec<&str> = value.split([',', '\n']).map(str::trim).collect();
    let known = choices.iter().map(|c| (c.value.to_owned(), language.of_kind(c.label), picked.contains(&c.value)));
    // What a newer version wrote stays, also where this one has no word for it.
    let strange = picked.iter().filter(|v| !v.is_empty() && choices.iter().all(|c| c.value != **v));
    known.chain(strange.map(|value| ((*value).to_owned(), (*value).to_owned(), true))).collect()
}

/// What was typed, and what had stood there, from the body of a form. Boxes that are ticked share a name.
pub(super) fn typed(body: &str) -> (Cells, Cells, BTreeMap<String, String>) {
    let (mut typed, mut was, mut rest) = (Cells::new(), Cells::new(), BTreeMap::new());
    for (name, value) in form_urlencoded::parse(body.as_bytes()) {
        let value = value.replace("\r\n", "\n");
        if let Some(other) = name.strip_prefix('_') {
            rest.insert(other.to_owned(), value);
        } else if let Some(path) = name.strip_prefix(WAS) {
            was.insert(path.to_owned(), value);
        } else {
            let cell: &mut String = typed.entry(name.into_owned()).or_default();
            if !cell.is_empty() && !value.is_empty() {
                cell.push_str(", ");
            }
            cell.push_str(&value);
        }
    }
    (typed, was, rest)
}

/// What somebody changed: each path with its new text, and items of which nothing is left.
pub(super) fn changed(typed: &Cells, was: &Cells) -> Vec<(String, String)> {
    let mut changed: Vec<(String, String)> = vec![];
    let mut gone: Vec<String> = vec![];
    for (path, old) in was {
        let Some(item) = path.rfind(']').map(|end| path[..=end].to_owned()) else { continue };
        let stays = typed.iter().any(|(other, text)| other.starts_with(&item) && !text.trim().is_empty());
        if !old.trim().is_empty() && !stays && !gone.contains(&item) {
            gone.push(item);
        }
    }
    // Boxes of which none is ticked send nothing at all, so what had stood there is asked as well.
    for path in typed.keys().chain(was.keys()) {
        let (new, old) = (typed.get(path).map_or("", String::as_str), was.get(path).map_or("", String::as_str));
        let same = words(new) == words(old);
        let known = changed.iter().any(|(known, _)| known == path) || gone.iter().any(|item| path.starts_with(item));
        if !same && !known {
            changed.push((path.clone(), new.to_owned()));
        }
    }
    let mut changed = in_order(changed, was);
    // From the last item back, so that no number moves before it is used.
    gone.sort_by_key(|item| std::cmp::Reverse((item.len(), item.clone())));
    changed.extend(gone.into_iter().map(|item| (item, String::new())));
    changed
}

/// In the order of their numbers, and new items without gaps after those that were there.
fn in_order(mut changed: Vec<(String, String)>, was: &Cells) -> Vec<(String, String)> {
    changed.sort_by_cached_key(|(path, _)| numbered(path));
    let mut new: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let renumbered = changed.into_iter().map(|(path, text)| {
        let (mut from, mut to) = (String::new(), String::new());
        for (name, number) in numbered(&path) {
            let dot = if from.is_empty() { "" } else { "." };
            let list = format!("{from}{dot}{name}");
            let mut place = number;
            if let Some(number) = number {
                let there = was.keys().filter_map(|path| item_of(path, &list)).max().unwrap_or(0);
                let news = new.entry(list.clone()).or_default();
                if number > there && !news.contains(&number) {
                    news.push(number);
                }
                place = news.iter().position(|had| *had == number).map(|at| there + at + 1).or(Some(number));
            }
            let step = |name: &str, number: Option<usize>| number.map_or(name.into(), |n| format!("{name}[{n}]"));
            from = format!("{from}{dot}{}", step(&name, number));
            to = format!("{to}{dot}{}", step(&name, place));
        }
        (to, text)
    });
    renumbered.collect()
}

/// A path step by step, each with its number if it has one.
fn numbered(path: &str) -> Vec<(String, Option<usize>)> {
    let step = |step: &str| {
        let (name, number) = step.strip_suffix(']').and_then(|step| step.split_once('['))?;
        Some((name.to_owned(), Some(number.parse().ok()?)))
    };
    path.split('.').map(|text| step(text).unwrap_or((text.to_owned(), None))).collect()
}

/// Which item of a list a path leads into.
fn item_of(path: &str, list: &str) -> Option<usize> {
    path.strip_prefix(list)?.strip_prefix('[')?.split_once(']')?.0.parse().ok()
}

/// A text, the spaces around its lines aside.
fn words(text: &str) -> Vec<&str> {
    text.trim().lines().map(str::trim_end).collect()
}

/// The cells of a record as it stands.
pub(super) fn cells_of(kind: &Kind, fields: &Value) -> Cells {
    record::cells(kind, fields).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(of: &[(&str, &str)]) -> Cells {
        of.iter().map(|(path, text)| ((*path).into(), (*text).into())).collect()
    }

    #[test]
    fn only_what_somebody_changed_is_changed() {
        let was = cells(&[("title", "Walk"), ("problem", "One.\nTwo."), ("components", "a, b"), ("cost", "none")]);
        let typed = cells(&[("title", "Walk to school"), ("problem", "One. \nTwo.\n"), ("cost", "none")]);
        assert_eq!(
            changed(&typed, &was),
            [("components".to_owned(), String::new()), ("title".into(), "Walk to school".into())]
        );
    }

    #[test]
    fn an_emptied_item_goes_and_a_new_one_comes() {
        let was = cells(&[("steps[1].text", "First"), ("steps[1].who", "We"), ("steps[2].text", "Second")]);
        let typed = cells(&[
            ("steps[1].text", ""),
            ("steps[1].who", " "),
            ("steps[2].text", "Second"),
            ("steps[3].text", "Third"),
        ]);
        assert_eq!(
            changed(&typed, &was),
            [("steps[3].text".into(), "Third".into()), ("steps[1]".to_owned(), String::new())]
        );
    }

    #[test]
    fn new_items_come_in_order_and_without_gaps() {
        let was: Cells = (1..=8).map(|n| (format!("steps[{n}].text"), format!("Step {n}"))).collect();
        let mut typed = was.clone();
        typed.extend(cells(&[("steps[9].text", ""), ("steps[10].text", "Ten"), ("steps[11].text", "Eleven")]));
        let expected = [("steps[9].text", "Ten"), ("steps[10].text", "Eleven")].map(|(p, t)| (p.into(), t.into()));
        assert_eq!(changed(&typed, &was), expected);
    }

    #[test]
    fn ticked_boxes_come_together_and_the_rest_aside() {
        let (typed, was, rest) =
            typed("components=a&components=b&was%3Atitle=Old&title=New&_audience=network&problem=a%0D%0Ab");
        assert_eq!(
            (typed["components"].as_str(), typed["title"].as_str(), was["title"].as_str()),
            ("a, b", "New", "Old")
        );
        assert_eq!((rest["audience"].as_str(), typed["problem"].as_str()), ("network", "a\nb"));
    }
}
