//! A form made from how a kind is described: one input for each cell of a record. Inputs are named by their path, the way
//! the command line and spreadsheets name them; what an input held when the form was made goes along, so that only what
//! somebody changed is changed.

use std::collections::BTreeMap;

use protocol::record::{self, Choice, Field, Kind, Needed, Problem, Shape};
use serde_json::Value;

use super::{
    items::{NEW, Tools},
    texts::Language,
};
use crate::config::FORM_CELLS;

/// Items a new list starts with, and empty ones after those that are there.
const EMPTY_ITEMS: usize = 2;
/// Items of one list that a form shows.
const ITEMS: usize = 200;
/// What an input held stands in a hidden one of the same name after this.
pub(super) const WAS: &str = "was:";

/// A piece of a form, in order.
#[derive(Debug)]
pub(super) enum Part {
    /// Fields that belong together begin here; folded away where most records need none of them.
    Open { legend: String, help: String, folded: bool, tools: Option<Tools> },
    /// They end here; as they began.
    Close { folded: bool },
    /// The end of a list: a button for one more item.
    More { list: String, label: String, focus: bool },
    /// What goes along unseen: a name and its value.
    Kept(String, String),
    /// One input.
    Input(Input),
}

/// One of several values that people gave at once.
#[derive(Debug)]
pub(super) struct Answer {
    /// The change that set it.
    pub(super) change: String,
    /// The value, ready for a page.
    pub(super) shown: String,
    /// Who set it, and when.
    pub(super) by: String,
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
    /// Where several people gave different values: each of them.
    pub(super) answers: Vec<Answer>,
    /// Whether the reader goes on here.
    pub(super) focus: bool,
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

    /// The ids of what is said of it beside it; empty where nothing is.
    pub(super) fn described_by(&self) -> String {
        let help = (!self.help.is_empty()).then(|| format!("h-{}", self.path));
        let wrong = self.wrong.is_some().then(|| format!("w-{}", self.path));
        help.into_iter().chain(wrong).collect::<Vec<_>>().join(" ")
    }

    /// How high its field is.
    pub(super) fn rows(&self) -> usize {
        if matches!(self.sort, Sort::Lines(most) if most > 2_000) { 5 } else { 3 }
    }
}

/// What is typed, by path.
pub(super) type Cells = BTreeMap<String, String>;

/// What stands in a form, as it was sent or made.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    /// What is typed.
    pub(super) typed: Cells,
    /// What had stood there when the form was made.
    pub(super) was: Cells,
    /// Which items of the record stand at which place, and the order they had.
    pub(super) ids: Cells,
    pub(super) orders: Cells,
    /// What is about the record as a whole; several of one name line by line.
    pub(super) rest: Cells,
    /// Whether there was more than a form may have.
    pub(super) is_cut: bool,
}

impl Typed {
    /// What is about the record as a whole; empty where nothing was sent.
    pub(super) fn about(&self, name: &str) -> &str {
        self.rest.get(name).map_or("", String::as_str)
    }
}

/// What a form is made with.
pub(super) struct Making<'a> {
    pub(super) language: Language,
    pub(super) wrong: &'a [Problem],
    /// Fields with several answers, and these, ready for a page.
    pub(super) answers: BTreeMap<String, Vec<Answer>>,
    /// The records that a field may lead to: their ids and titles; nothing where there are too many to choose from.
    pub(super) links: &'a dyn Fn(&'static [&'static str]) -> Vec<(String, String)>,
    /// Whether nothing was typed yet, so that lists get room for more.
    pub(super) is_new: bool,
    /// Where the reader goes on.
    pub(super) focus: &'a str,
}

/// Makes the form of a kind.
pub(super) fn parts(kind: &'static Kind, typed: &Typed, making: Making<'_>) -> Vec<Part> {
    let language = making.language;
    let mut form = Form { typed, making, parts: vec![] };
    kind.own.iter().for_each(|field| form.field(field, ""));
    // Opened where something in it is to be put right, or was just moved.
    let inside = |path: &str| kind.common.iter().any(|field| path.split(['[', '.']).next() == Some(field.name));
    let folded = !inside(form.making.focus) && !form.making.wrong.iter().any(|problem| inside(&problem.field));
    form.open(language.say("form-more"), String::new(), folded, None);
    kind.common.iter().for_each(|field| form.field(field, ""));
    form.parts.push(Part::Close { folded });
    form.parts
}

struct Form<'a> {
    typed: &'a Typed,
    making: Making<'a>,
    parts: Vec<Part>,
}

impl Form<'_> {
    fn open(&mut self, legend: String, help: String, folded: bool, tools: Option<Tools>) {
        self.parts.push(Part::Open { legend, help, folded, tools });
    }

    fn field(&mut self, field: &'static Field, at: &str) {
        if !field.asked {
            return;
        }
        let language = self.making.language;
        let (label, help) = (language.of_kind(field.label), language.of_kind(field.help));
        let path = if at.is_empty() { field.name.to_owned() } else { format!("{at}.{}", field.name) };
        match &field.shape {
            Shape::Group(of) => {
                self.open(label, help, false, None);
                of.iter().for_each(|inner| self.field(inner, &path));
                self.parts.push(Part::Close { folded: false });
            }
            Shape::List { of, most } => self.list(field.name, (label, help), of, *most, path),
            shape => self.input(field, shape, path),
        }
    }

    fn list(&mut self, name: &str, (label, help): (String, String), of: &'static [Field], most: usize, path: String) {
        let (filled, shown) = self.items(&path);
        let shown = shown.min(most.max(filled));
        let touched = self.making.focus == path || item_of(self.making.focus, &path).is_some();
        let wrong = self.making.wrong.iter().any(|problem| item_of(&problem.field, &path).is_some());
        let folded = filled == 0 && name != "steps" && !touched && !wrong;
        self.open(label.clone(), help, folded, None);
        if let Some(order) = self.typed.orders.get(&path) {
            self.parts.push(Part::Kept(format!("_order:{path}"), order.clone()));
        }
        for number in 1..=shown {
            let at = format!("{path}[{number}]");
            let focus = self.making.focus == at && filled >= number;
            let tools =
                Tools { at: at.clone(), list: path.clone(), is_first: number == 1, is_last: number == shown, focus };
            self.open(format!("{label} {number}"), String::new(), false, Some(tools));
            if let Some(id) = self.typed.ids.get(&at) {
                self.parts.push(Part::Kept(format!("_id:{at}"), id.clone()));
            }
            of.iter().for_each(|inner| self.field(inner, &format!("{path}[{number}]")));
            self.parts.push(Part::Close { folded: false });
        }
        if shown < most {
            let focus = self.making.focus == path;
            self.parts.push(Part::More { list: path, label, focus });
        }
        self.parts.push(Part::Close { folded });
    }

    /// How many items of a list there are, typed or kept, and how many to show.
    fn items(&self, list: &str) -> (usize, usize) {
        let number = |path: &String| item_of(path, list);
        let typed = &self.typed.typed;
        let filled = typed.iter().filter(|(_, text)| !text.trim().is_empty()).map(|(path, _)| path);
        let there = filled.chain(self.typed.was.keys()).filter_map(number).max().unwrap_or(0).min(ITEMS);
        let shown = if self.making.is_new { there + EMPTY_ITEMS } else { 0 };
        (there, typed.keys().filter_map(number).max().unwrap_or(0).min(ITEMS).max(there).max(shown))
    }

    fn input(&mut self, field: &'static Field, shape: &Shape, path: String) {
        let value = self.typed.typed.get(&path).cloned().unwrap_or_default();
        let language = self.making.language;
        let here = self.making.wrong.iter().filter(|problem| problem.field == path);
        let wrong: Vec<String> = here.map(|problem| language.wrong(&problem.what)).collect();
        let sort = match shape {
            Shape::Choice(choices) => Sort::Choice(options(choices, &value, language)),
            Shape::Set { of: Shape::Choice(choices), .. } => Sort::Choices(options(choices, &value, language)),
            Shape::YesNo => Sort::Choice(vec![
                ("yes".into(), language.say("yes"), value == "yes"),
                ("no".into(), language.say("no"), value == "no"),
            ]),
            Shape::Link { to } => match (self.making.links)(to) {
                records if records.is_empty() => Sort::Line("text", 200),
                records => Sort::Choice(linked(records, &value)),
            },
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
        let was = self.typed.was.get(&path).cloned().unwrap_or_default();
        let answers = self.making.answers.remove(&path).unwrap_or_default();
        // A new item's first field is where one goes on typing.
        let item = path.rsplit_once('.').map_or("", |(item, _)| item);
        let first = !matches!(self.parts.last(), Some(Part::Input(_)));
        let focus = first && !item.is_empty() && item == self.making.focus && value.is_empty() && was.is_empty();
        let (label, help, needed) = (language.of_kind(field.label), language.of_kind(field.help), field.needed);
        let wrong = (!wrong.is_empty()).then(|| wrong.join(" "));
        self.parts.push(Part::Input(Input { path, label, help, value, was, wrong, needed, sort, answers, focus }));
    }
}

fn options(choices: &[Choice], value: &str, language: Language) -> Vec<(String, String, bool)> {
    let between = if value.contains('\n') { '\n' } else { ',' };
    let picked: Vec<&str> = value.split(between).map(str::trim).collect();
    let known = choices.iter().map(|c| (c.value.to_owned(), language.of_kind(c.label), picked.contains(&c.value)));
    // What a newer version wrote stays, also where this one has no word for it.
    let strange = picked.iter().filter(|v| !v.is_empty() && choices.iter().all(|c| c.value != **v));
    known.chain(strange.map(|value| ((*value).to_owned(), (*value).to_owned(), true))).collect()
}

/// Records to choose from, and what stands there already, also where it is none of them.
fn linked(records: Vec<(String, String)>, value: &str) -> Vec<(String, String, bool)> {
    let strange = (!value.is_empty() && records.iter().all(|(id, _)| id != value)).then(|| value.to_owned());
    let known = records.into_iter().map(|(id, title)| (id.clone(), title, id == value));
    known.chain(strange.map(|value| (value.clone(), value, true))).collect()
}

/// What was typed, and what had stood there, from the body of a form. Boxes that are ticked share a name.
pub(super) fn typed(body: &str) -> Typed {
    let mut all = Typed::default();
    for (count, (name, value)) in form_urlencoded::parse(body.as_bytes()).enumerate() {
        if count >= FORM_CELLS {
            all.is_cut = true;
            break;
        }
        let value = value.replace("\r\n", "\n");
        if let Some(at) = name.strip_prefix("_id:") {
            all.ids.insert(at.to_owned(), value);
        } else if let Some(list) = name.strip_prefix("_order:") {
            all.orders.insert(list.to_owned(), value);
        } else if let Some(other) = name.strip_prefix('_') {
            join(all.rest.entry(other.to_owned()).or_default(), &value, "\n");
        } else if let Some(path) = name.strip_prefix(WAS) {
            all.was.insert(path.to_owned(), value);
        } else {
            join(all.typed.entry(name.into_owned()).or_default(), &value, ", ");
        }
    }
    all
}

fn join(cell: &mut String, value: &str, between: &str) {
    if !cell.is_empty() && !value.is_empty() {
        cell.push_str(between);
    }
    cell.push_str(value);
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
        if !same && !known && !path.ends_with(&format!(".{NEW}")) {
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
pub(super) fn item_of(path: &str, list: &str) -> Option<usize> {
    path.strip_prefix(list)?.strip_prefix('[')?.split_once(']')?.0.parse().ok()
}

/// A text, the spaces around its lines aside.
fn words(text: &str) -> Vec<&str> {
    text.trim().lines().map(str::trim_end).collect()
}

/// The cells of a record as it stands.
pub(super) fn cells_of(kind: &Kind, fields: &Value) -> Cells {
    record::form_cells(kind, fields).into_iter().collect()
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
    fn a_million_items_are_neither_read_nor_shown() {
        let body: String = (1..=50_000).map(|n| format!("steps[{n}].text=x&")).collect();
        let all = typed(&body);
        assert!(all.is_cut && all.typed.len() == FORM_CELLS);
        let far = typed("steps[1000000].text=x&steps[18446744073709551615].text=y");
        let (links, answers) = (|_: &'static [&'static str]| vec![], BTreeMap::new());
        let making =
            Making { language: Language::English, wrong: &[], answers, links: &links, is_new: true, focus: "" };
        let parts = parts(protocol::kinds::kind("practice").unwrap(), &far, making);
        assert!(parts.len() < 2_000, "{}", parts.len());
    }

    #[test]
    fn ticked_boxes_come_together_and_the_rest_aside() {
        let all = typed("components=a&components=b&was%3Atitle=Old&title=New&_audience=network&problem=a%0D%0Ab");
        let typed = &all.typed;
        assert_eq!(
            (typed["components"].as_str(), typed["title"].as_str(), all.was["title"].as_str()),
            ("a, b", "New", "Old")
        );
        assert_eq!((all.about("audience"), typed["problem"].as_str()), ("network", "a\nb"));
    }
}
