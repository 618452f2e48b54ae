//! Objects of HSDS become records: what is nested and has a kind of its own is taken out, and what has no place is told.

use std::collections::BTreeMap;

use protocol::{
    input::Incoming,
    kinds,
    record::{Field, Fields, Kind, Shape},
};
use serde_json::{Value, json};

use super::{
    super::{At, Origin, Parsed, Place, Row},
    Object, PLACE,
};

/// Records on their way, by kind and id. The same one may stand in several places.
#[derive(Default)]
pub(super) struct Objects {
    drafts: BTreeMap<(&'static str, String), Draft>,
    order: Vec<(&'static str, String)>,
    /// Programs that stand in services: the organization's id, their own, and where.
    programs: Vec<(String, String, Object, Place)>,
}

struct Draft {
    kind: &'static Kind,
    place: Place,
    /// Whether it stands by itself rather than inside another: that one knows best.
    by_itself: bool,
    fields: Object,
    inner: Vec<(String, Place)>,
}

const HISTORY: &str = "changes have a history of their own here";
const NO_FIELD: &str = "there is no field for it";
const DIFFERS: &str = "it stands differently elsewhere in these files, and that was taken";
const NO_KIND: &str = "taxonomies are taken over only with what they describe";
const ABOUT: &str = "it tells about the data, and is no part of it";

impl Objects {
    /// One object that stands by itself in a file.
    pub(super) fn read(&mut self, file: &str, value: Value, place: &Place, parsed: &mut Parsed) {
        let Value::Object(object) = value else {
            return parsed.bad(place, "", "this must be an object, such as a service or an organization");
        };
        match kind_of(file, &object) {
            Ok(name) => self.add(name, object, place, true, parsed),
            Err(Some(why)) => parsed.leave(place, "an object", why),
            Err(None) => {
                let message = "this is neither an organization, a service, a location nor a service at a location; \
                               look at the names of its fields";
                parsed.bad(place, "", message);
            }
        }
    }

    /// An object whose kind is known.
    pub(super) fn add(
        &mut self,
        name: &'static str,
        mut object: Object,
        place: &Place,
        by_itself: bool,
        parsed: &mut Parsed,
    ) {
        let Some(kind) = kinds::kind(name) else { return };
        let Some(id) = id_of(&object) else {
            return parsed.bad(place, "id", "this needs an id, by which it is found again; give it one without spaces");
        };
        self.unnest(kind, &id, &mut object, place, parsed);
        let mut taking = Taking { kind: name, parsed, place, inner: vec![] };
        let fields = taking.object(kind.fields(), object, "", false);
        let inner = taking.inner;
        self.lay(Draft { kind, place: place.clone(), by_itself, fields, inner }, id, parsed);
    }

    /// Takes out what is a record of its own, and leaves its id.
    fn unnest(&mut self, kind: &Kind, id: &str, object: &mut Object, place: &Place, parsed: &mut Parsed) {
        let inside: &[(&str, &'static str, &str, &str)] = match kind.name {
            "service" => &[
                ("organization", "organization", "organization_id", ""),
                ("service_at_locations", "service_at_location", "", "service_id"),
            ],
            "organization" => {
                &[("services", "service", "", "organization_id"), ("locations", "location", "", "organization_id")]
            }
            "service_at_location" => {
                &[("service", "service", "service_id", ""), ("location", "location", "location_id", "")]
            }
            _ => &[],
        };
        for (field, name, points_there, points_back) in inside {
            let list = match object.remove(*field) {
                Some(Value::Array(list)) => list,
                Some(Value::Object(one)) => vec![one.into()],
                _ => continue,
            };
            for (at, nested) in list.into_iter().enumerate() {
                let number = if points_there.is_empty() { format!("[{}]", at + 1) } else { String::new() };
                let place = below(place, &format!("{field}{number}"));
                let Value::Object(mut nested) = nested else {
                    parsed.bad(&place, "", "this must be an object");
                    continue;
                };
                if !points_back.is_empty() {
                    nested.entry(*points_back).or_insert_with(|| id.into());
                }
                if let (false, Some(there)) = (points_there.is_empty(), id_of(&nested)) {
                    object.entry(*points_there).or_insert_with(|| there.into());
                }
                self.add(name, nested, &place, false, parsed);
            }
        }
        if kind.name == "service" {
            self.point_at_program(object, place);
        }
    }

    /// A service has the id of its program, which stands among those of its organization.
    fn point_at_program(&mut self, object: &mut Object, place: &Place) {
        let Some(Value::Object(program)) = object.remove("program") else { return };
        let owner = object.get("organization_id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let id = id_of(&program).unwrap_or_default();
        object.entry("program_id").or_insert_with(|| id.clone().into());
        self.programs.push((owner, id, program, place.clone()));
    }

    fn keep_program(&mut self, owner: String, id: &str, program: Object, place: &Place, parsed: &mut Parsed) {
        let draft = self.drafts.get_mut(&("organization", owner));
        let Some(draft) = draft.filter(|_| !id.is_empty()) else {
            return parsed.leave(place, "service.program", "it has no id, or its organization is not in these files");
        };
        let programs = draft.fields.entry("programs").or_insert_with(|| json!([]));
        if let Some(programs) = programs.as_array_mut().filter(|all| !all.iter().any(|one| one["id"] == id)) {
            let shape = draft.kind.field("programs").map(|field| field.shape.inner());
            let mut taking = Taking { kind: "program", parsed, place, inner: vec![] };
            programs.extend(shape.map(|fields| Value::Object(taking.object(fields, program, "", true))));
        }
    }

    fn lay(&mut self, new: Draft, id: String, parsed: &mut Parsed) {
        let key = (new.kind.name, id);
        let Some(there) = self.drafts.remove(&key) else {
            self.order.push(key.clone());
            self.drafts.insert(key, new);
            return;
        };
        let (mut best, other) = if new.by_itself && !there.by_itself { (new, there) } else { (there, new) };
        for (name, value) in other.fields {
            match best.fields.get(&name) {
                None => {
                    best.inner.extend(other.inner.iter().filter(|(path, _)| path.starts_with(&name)).cloned());
                    best.fields.insert(name, value);
                }
                Some(same) if *same == value => {}
                // A nested one often has only a part of the list.
                Some(_) => parsed.leave(&other.place, &format!("{}.{name}", best.kind.name), DIFFERS),
            }
        }
        self.drafts.insert(key, best);
    }

    /// The records, in the order in which they stand in the files.
    pub(super) fn finish(mut self, origin: &Origin, parsed: &mut Parsed) {
        for (owner, id, program, place) in std::mem::take(&mut self.programs) {
            self.keep_program(owner, &id, program, &place, parsed);
        }
        for key in self.order {
            let Some(Draft { kind, place, mut fields, inner, .. }) = self.drafts.remove(&key) else { continue };
            fields.remove("outside_id");
            let source = match fields.remove("source") {
                Some(source) => source.as_str().map(str::to_owned),
                None => origin.of(Some(&key.1)),
            };
            let (kind, outside_id) = (kind.name.to_owned(), Some(key.1));
            let incoming = Incoming { kind, source, outside_id, fields: fields.into_iter().collect() };
            parsed.rows.push(Row { incoming, place, inner });
        }
    }
}

/// What an object is: by what only one kind has, else by the name of its file. Nothing for what is no record.
fn kind_of(file: &str, object: &Object) -> Result<&'static str, Option<&'static str>> {
    let has = |name: &str| object.contains_key(name);
    let named = |name: &str| file.to_lowercase().starts_with(name);
    if has("location_type") {
        Ok("location")
    } else if !has("name") && (has("service_id") || has("location_id") || has("service") || has("location")) {
        Ok("service_at_location")
    } else if has("status") {
        Ok("service")
    } else if has("openapi_url") || has("profile") || has("resources") {
        Err(Some(ABOUT))
    } else if named("taxonom") || has("taxonomy") || has("taxonomy_detail") || has("version") {
        Err(Some(NO_KIND))
    } else if named("service_at") {
        Ok("service_at_location")
    } else if named("service") {
        Ok("service")
    } else if named("location") {
        Ok("location")
    } else if has("name") {
        Ok("organization")
    } else {
        Err(None)
    }
}

/// The id of an object, if it is one.
fn id_of(object: &Object) -> Option<String> {
    let id = match object.get("id")? {
        Value::String(id) => id.trim().to_owned(),
        Value::Number(id) => id.to_string(),
        _ => return None,
    };
    ((1..=200).contains(&id.len()) && !id.contains(char::is_whitespace)).then_some(id)
}

/// A place inside another.
fn below(place: &Place, name: &str) -> Place {
    let path = match &place.at {
        At::Path(path) => format!("{path}.{name}"),
        _ => name.to_owned(),
    };
    Place { file: place.file.clone(), at: At::Path(path) }
}

/// Takes over the fields of one object.
struct Taking<'a> {
    kind: &'static str,
    parsed: &'a mut Parsed,
    place: &'a Place,
    inner: Vec<(String, Place)>,
}

impl Taking<'_> {
    fn object(&mut self, fields: Fields, mut object: Object, at: &str, is_item: bool) -> Object {
        ids_beside_groups(&mut object);
        let mut taken = Object::new();
        for (name, value) in object {
            let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
            match fields.find(&name) {
                _ if name == PLACE => self.note(at, &value),
                Some(field) => _ = taken.insert(name, self.value(field, value, &path)),
                None if name == "id" => {
                    let id = value.as_str().filter(|id| is_item && is_item_id(id)).map(str::to_owned);
                    taken.extend(id.map(|id| (name, id.into())));
                }
                // These point back at what they stand in.
                None if is_item && (name.ends_with("_id") || name == "link_entity") => {}
                None if matches!(&*name, "metadata" | "last_modified") => self.leave(&path, HISTORY, &value),
                None => self.leave(&path, NO_FIELD, &value),
            }
        }
        taken
    }

    fn value(&mut self, field: &'static Field, value: Value, path: &str) -> Value {
        let inner = field.shape.inner();
        match (&field.shape, value) {
            (Shape::List { .. }, Value::Array(items)) => {
                let items = items.into_iter().enumerate().map(|(at, item)| match item {
                    Value::Object(item) => self.object(inner, item, &format!("{path}[{}]", at + 1), true).into(),
                    other => other,
                });
                items.collect()
            }
            (Shape::Group(_), Value::Object(group)) => self.object(inner, group, path, false).into(),
            (shape, value) => single(shape, value),
        }
    }

    /// A row of a table says where it stood.
    fn note(&mut self, at: &str, place: &Value) {
        if let (Some(file), Some(line)) = (place[0].as_str(), place[1].as_u64()) {
            self.inner.push((at.to_owned(), Place { file: file.to_owned(), at: At::Line(line) }));
        }
    }

    fn leave(&mut self, path: &str, why: &'static str, value: &Value) {
        let is_nothing = value.is_null() || value == "" || *value == json!([]) || *value == json!({});
        if !is_nothing {
            let plain: String =
                path.split('[').map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit())).collect();
            self.parsed.leave(self.place, &format!("{}.{}", self.kind, plain.replace(']', "")), why);
        }
    }
}

/// The id of a nested term, taxonomy or unit has a field beside it.
fn ids_beside_groups(object: &mut Object) {
    for (group, beside) in
        [("taxonomy_term", "taxonomy_term_id"), ("taxonomy_detail", "taxonomy_id"), ("unit", "unit_id")]
    {
        let id = object.get(group).and_then(Value::as_object).and_then(id_of);
        if let Some(id) = id.filter(|_| object.get(beside).is_none_or(Value::is_null)) {
            object.insert(beside.to_owned(), id.into());
        }
    }
}

/// Ids of items as records know them.
fn is_item_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// One value as its field takes it. Tables have texts for numbers, other programs numbers for texts, and the examples of
/// the standard have quotation marks around telephone numbers.
fn single(shape: &Shape, value: Value) -> Value {
    match (shape, value) {
        (Shape::Whole { .. } | Shape::Decimal { .. }, Value::String(text)) => {
            let number =
                text.trim().parse::<i64>().map(Value::from).or_else(|_| text.trim().parse::<f64>().map(Value::from));
            if text.trim().is_empty() { Value::Null } else { number.unwrap_or_else(|_| text.into()) }
        }
        (Shape::YesNo, Value::String(text)) if matches!(&*text.to_lowercase(), "true" | "yes") => true.into(),
        (Shape::YesNo, Value::String(text)) if matches!(&*text.to_lowercase(), "false" | "no") => false.into(),
        (Shape::Phone, Value::String(text)) => text.trim().trim_matches(['"', '“', '”']).trim().into(),
        (Shape::Whole { .. } | Shape::Decimal { .. }, number) => number,
        (_, Value::Number(number)) => number.to_string().into(),
        (_, value) => value,
    }
}
