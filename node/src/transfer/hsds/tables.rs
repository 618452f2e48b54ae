//! The tables of HSDS, joined: each row goes into the objects that it points at.

use std::collections::BTreeMap;

use protocol::record::closest;
use serde_json::{Value, json};

use super::{
    super::{At, JOINED_BYTES, Parsed, Place, TransferError, csv},
    Object, PLACE,
    objects::Objects,
};

/// A column that points somewhere, the table there, and the field.
type Way = (&'static str, &'static str, &'static str);

/// Which rows go where: the table, and of each column that points somewhere the table and the field there. What others
/// take along with them comes first.
const JOINS: &[(&str, &[Way])] = &[
    ("languages", &[("phone_id", "phones", L), ("service_id", "services", L), ("location_id", "locations", L)]),
    (
        "phones",
        &[
            ("contact_id", "contacts", P),
            ("organization_id", "organizations", P),
            ("service_id", "services", P),
            ("location_id", "locations", P),
            ("service_at_location_id", "service_at_location", P),
        ],
    ),
    (
        "contacts",
        &[
            ("organization_id", "organizations", C),
            ("service_id", "services", C),
            ("location_id", "locations", C),
            ("service_at_location_id", "service_at_location", C),
        ],
    ),
    (
        "schedules",
        &[
            ("service_id", "services", S),
            ("location_id", "locations", S),
            ("service_at_location_id", "service_at_location", S),
        ],
    ),
    ("addresses", &[("location_id", "locations", "addresses")]),
    ("accessibility", &[("location_id", "locations", "accessibility")]),
    ("cost_options", &[("service_id", "services", "cost_options")]),
    ("required_documents", &[("service_id", "services", "required_documents")]),
    ("service_capacity", &[("service_id", "services", "capacities")]),
    ("programs", &[("organization_id", "organizations", "programs")]),
    ("organization_identifiers", &[("organization_id", "organizations", "organization_identifiers")]),
    (
        "url",
        &[("organization_id", "organizations", "additional_websites"), ("service_id", "services", "additional_urls")],
    ),
    ("funding", &[("organization_id", "organizations", "funding"), ("service_id", "services", "funding")]),
    (
        "service_areas",
        &[
            ("service_id", "services", "service_areas"),
            ("service_at_location_id", "service_at_location", "service_areas"),
        ],
    ),
];
const L: &str = "languages";
const P: &str = "phones";
const C: &str = "contacts";
const S: &str = "schedules";

/// Which rows stand in others as one thing: the table that has the column, the column, the table it points at, the field.
const INSIDE: &[(&str, &str, &str, &str)] = &[
    ("taxonomy_terms", "taxonomy_id", "taxonomies", "taxonomy_detail"),
    ("attributes", "taxonomy_term_id", "taxonomy_terms", "taxonomy_term"),
    ("service_capacity", "unit_id", "units", "unit"),
];

/// The tables whose rows are records.
const RECORDS: [(&str, &str); 4] = [
    ("organizations", "organization"),
    ("services", "service"),
    ("locations", "location"),
    ("service_at_location", "service_at_location"),
];

/// Tables without a place among our records.
const OTHERS: [&str; 2] = ["metadata", "meta_table_descriptions"];

const NOWHERE: &str = "it belongs to nothing in these files";
const ABOUT: &str = "it tells about the data, and is no part of it";

/// Rows by the name of their table.
#[derive(Default)]
pub(super) struct Tables {
    rows: BTreeMap<&'static str, Vec<Object>>,
    room: Room,
}

/// How much memory rows and the copies of them take.
struct Room {
    taken: usize,
    most: usize,
}

impl Default for Room {
    fn default() -> Room {
        Room { taken: 0, most: JOINED_BYTES }
    }
}

/// What an entry of an object takes besides its name and text, roughly.
const ENTRY_BYTES: usize = 64;

impl Room {
    fn take(&mut self, row: &Object) -> Result<(), TransferError> {
        self.taken += weight(row);
        if self.taken > self.most { Err(TransferError::TooMuchJoined) } else { Ok(()) }
    }
}

fn weight(row: &Object) -> usize {
    fn of(value: &Value) -> usize {
        match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(|item| ENTRY_BYTES + of(item)).sum(),
            Value::Object(row) => weight(row),
            _ => 0,
        }
    }
    row.iter().map(|(name, value)| ENTRY_BYTES + name.len() + of(value)).sum()
}

impl Tables {
    /// The rows of a CSV file.
    pub(super) fn read(&mut self, file: &str, bytes: &[u8], parsed: &mut Parsed) -> Result<(), TransferError> {
        let mut rows = csv::rows(file, bytes)?.into_iter();
        let Some((_, head)) = rows.next() else { return Ok(()) };
        let names: Vec<String> = head.iter().map(|name| name.trim().to_lowercase()).collect();
        let mut objects = Vec::new();
        for (line, cells) in rows {
            let filled = names.iter().zip(cells.iter()).filter(|(name, _)| !name.is_empty());
            let value = |cell: &str| if cell.trim().is_empty() { Value::Null } else { cell.into() };
            let mut object: Object = filled.map(|(name, cell)| (name.clone(), value(cell))).collect();
            object.insert(PLACE.to_owned(), json!([file, line]));
            self.room.take(&object)?;
            objects.push(object);
        }
        self.put(file, file, objects, parsed);
        Ok(())
    }

    /// The rows of a table saved as JSON.
    pub(super) fn take(
        &mut self,
        file: &str,
        table: &str,
        rows: &[Value],
        parsed: &mut Parsed,
    ) -> Result<(), TransferError> {
        let mut placed = Vec::new();
        for (at, object) in rows.iter().filter_map(Value::as_object).enumerate() {
            self.room.take(object)?;
            let mut object = object.clone();
            object.insert(PLACE.to_owned(), json!([format!("{file}, {table}"), at + 1]));
            placed.push(object);
        }
        self.put(file, table, placed, parsed);
        Ok(())
    }

    fn put(&mut self, file: &str, name: &str, rows: Vec<Object>, parsed: &mut Parsed) {
        let place = Place { file: file.to_owned(), at: At::Whole };
        match table_of(name) {
            Some(table) => self.rows.entry(table).or_default().extend(rows),
            None if OTHERS.contains(&stem(name)) => parsed.leave(&place, name, ABOUT),
            None => {
                let meant = closest(stem(name), tables()).map(|table| format!(" Did you mean {table}.csv?"));
                let message =
                    format!("HSDS has no table of this name; rename or remove it.{}", meant.unwrap_or_default());
                parsed.bad(&place, "", message);
            }
        }
    }

    /// Joins all rows and hands over those that are records.
    pub(super) fn join(mut self, objects: &mut Objects, parsed: &mut Parsed) -> Result<(), TransferError> {
        for (table, column, other, field) in INSIDE {
            self.put_inside(table, column, other, field)?;
        }
        self.attributes(parsed);
        for (table, ways) in JOINS {
            self.hand_out(table, ways, parsed)?;
        }
        for (table, kind) in RECORDS {
            for mut row in self.rows.remove(table).unwrap_or_default() {
                let place = place_of(&row);
                row.remove(PLACE);
                objects.add(kind, row, &place, true, parsed);
            }
        }
        Ok(())
    }

    /// Where the row with each id is.
    fn index(&self, table: &str) -> BTreeMap<String, usize> {
        let rows = self.rows.get(table).map(Vec::as_slice).unwrap_or_default();
        rows.iter().enumerate().filter_map(|(at, row)| Some((text(row, "id")?, at))).collect()
    }

    fn put_inside(&mut self, table: &str, column: &str, other: &'static str, field: &str) -> Result<(), TransferError> {
        let index = self.index(other);
        let Some(others) = self.rows.remove(other) else { return Ok(()) };
        for row in self.rows.get_mut(table).into_iter().flatten() {
            let found = text(row, column).and_then(|id| index.get(&id)).and_then(|at| others.get(*at));
            if let Some(found) = found {
                self.room.take(found)?;
                let mut found = found.clone();
                found.remove(PLACE);
                row.insert(field.to_owned(), found.into());
            }
        }
        self.rows.insert(other, others);
        Ok(())
    }

    /// Attributes name what they stand in by its id alone; the name of the table they also give is often wrong.
    fn attributes(&mut self, parsed: &mut Parsed) {
        let mut by_link: BTreeMap<String, Vec<Object>> = BTreeMap::new();
        for row in self.rows.remove("attributes").unwrap_or_default() {
            by_link.entry(text(&row, "link_id").unwrap_or_default()).or_default().push(row);
        }
        for rows in self.rows.values_mut() {
            for row in rows {
                let found = text(row, "id").and_then(|id| by_link.remove(&id));
                for attribute in found.into_iter().flatten() {
                    push(row, "attributes", attribute);
                }
            }
        }
        for lost in by_link.values().flatten() {
            parsed.leave(&place_of(lost), "attributes", NOWHERE);
        }
    }

    /// Puts each row into all that it points at.
    fn hand_out(&mut self, table: &str, ways: &[Way], parsed: &mut Parsed) -> Result<(), TransferError> {
        let indexes: Vec<_> = ways.iter().map(|(_, other, _)| self.index(other)).collect();
        for row in self.rows.remove(table).unwrap_or_default() {
            let mut placed = false;
            for ((column, other, field), index) in ways.iter().zip(&indexes) {
                let at = text(&row, column).and_then(|id| index.get(&id).copied());
                let there = at.and_then(|at| self.rows.get_mut(*other)?.get_mut(at));
                if let Some(there) = there {
                    self.room.take(&row)?;
                    push(there, field, row.clone());
                    placed = true;
                }
            }
            if !placed {
                parsed.leave(&place_of(&row), table, NOWHERE);
            }
        }
        Ok(())
    }
}

fn push(object: &mut Object, field: &str, row: Object) {
    if let Some(list) = object.entry(field).or_insert_with(|| json!([])).as_array_mut() {
        list.push(row.into());
    }
}

fn text(row: &Object, name: &str) -> Option<String> {
    match row.get(name)? {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn place_of(row: &Object) -> Place {
    let place = row.get(PLACE).cloned().unwrap_or_default();
    Place { file: place[0].as_str().unwrap_or_default().to_owned(), at: place[1].as_u64().map_or(At::Whole, At::Line) }
}

fn stem(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name).strip_suffix(".csv").unwrap_or(name)
}

fn tables() -> impl Iterator<Item = &'static str> {
    let joined = JOINS.iter().map(|(table, _)| *table);
    let inside = INSIDE.iter().flat_map(|(table, _, other, _)| [*table, *other]);
    RECORDS.iter().map(|(table, _)| *table).chain(joined).chain(inside)
}

/// The table of a file. Some write the singular, others the plural.
fn table_of(name: &str) -> Option<&'static str> {
    let plain = |name: &str| {
        let name = name.to_lowercase().replace([' ', '-'], "_");
        let one = name.strip_suffix("ies").map(|name| format!("{name}y"));
        let one = one.or_else(|| name.strip_suffix("es").filter(|n| n.ends_with('s')).map(str::to_owned));
        one.unwrap_or_else(|| name.trim_end_matches('s').to_owned())
    };
    let wanted = plain(stem(name));
    tables().find(|table| plain(table) == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One taxonomy of a thousand letters, and a hundred terms that stand in it: small files that joining makes large.
    #[test]
    fn what_joining_would_copy_without_end_is_refused() {
        let joined = |most: usize| {
            let mut tables = Tables { room: Room { taken: 0, most }, ..Tables::default() };
            let (mut objects, mut parsed) = (Objects::default(), Parsed::default());
            let taxonomy = format!("id,name\nt,{}\n", "a".repeat(1_000));
            let terms: String = (0..100).map(|n| format!("{n},Term,t\n")).collect();
            let terms = format!("id,name,taxonomy_id\n{terms}");
            tables.read("taxonomies.csv", taxonomy.as_bytes(), &mut parsed)?;
            tables.read("taxonomy_terms.csv", terms.as_bytes(), &mut parsed)?;
            let read = tables.room.taken;
            tables.join(&mut objects, &mut parsed).map(|()| read)
        };
        let read = joined(JOINED_BYTES).unwrap();
        assert!(read < 50_000, "{read}");
        assert!(joined(200_000).is_ok());
        for most in [100, read, 100_000] {
            assert!(matches!(joined(most), Err(TransferError::TooMuchJoined)), "{most}");
        }
    }

    #[test]
    fn phones_in_everything_they_point_at_are_counted() {
        let mut tables = Tables { room: Room { taken: 0, most: 4_000 }, ..Tables::default() };
        let (mut objects, mut parsed) = (Objects::default(), Parsed::default());
        tables.read("services.csv", b"id,name\ns,S\n", &mut parsed).unwrap();
        tables.read("locations.csv", b"id,name\nl,L\n", &mut parsed).unwrap();
        let phone = format!("id,number,service_id,location_id\np,{},s,l\n", "1".repeat(1_200));
        tables.read("phones.csv", phone.as_bytes(), &mut parsed).unwrap();
        assert!(matches!(tables.join(&mut objects, &mut parsed), Err(TransferError::TooMuchJoined)));
    }
}
