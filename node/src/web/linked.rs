//! What a public record is, in the words of schema.org, for search engines and other programs that read pages (JSON-LD).

use protocol::identity::DocId;
use serde_json::{Map, Value, json};

use super::section;
use crate::catalog::{Catalog, Row, Viewer};

/// A public record as the text of a `<script>` that is data and never runs. Its fields are those that anybody may read.
pub(super) fn data(catalog: &Catalog, row: &Row, fields: &Value, origin: &str) -> Option<String> {
    if !Viewer::Anybody.may_see(row.audience) {
        return None;
    }
    let mut thing = of_kind(catalog, row, fields, origin)?;
    thing.insert("@context".into(), "https://schema.org".into());
    thing.insert("url".into(), address(row, origin).into());
    // Nothing in it may end the script or begin another: in JSON such a sign can be written by its number.
    let signs =
        [("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("\u{2028}", "\\u2028"), ("\u{2029}", "\\u2029")];
    let text = Value::Object(thing).to_string();
    Some(signs.into_iter().fold(text, |text, (sign, number)| text.replace(sign, number)))
}

fn address(row: &Row, origin: &str) -> String {
    format!("{origin}{}", section::address(row))
}

fn of_kind(catalog: &Catalog, row: &Row, fields: &Value, origin: &str) -> Option<Map<String, Value>> {
    let owner = json!({"@type": "Organization", "name": row.owner_name});
    let mut thing = Map::new();
    let text = |name: &str| fields[name].as_str().filter(|text| !text.trim().is_empty()).map(Value::from);
    let texts = |name: &str, of: &str| {
        let items = fields[name].as_array().into_iter().flatten();
        let texts: Vec<&str> = items.filter_map(|item| item[of].as_str().or(item.as_str())).collect();
        (!texts.is_empty()).then(|| json!(texts))
    };
    let linked = |name: &str, kind: &str| {
        let other = catalog.row(Viewer::Anybody, &fields[name].as_str()?.parse::<DocId>().ok()?)?;
        Some(json!({"@type": kind, "name": other.title, "url": address(&other, origin)}))
    };
    let mut put = |name: &str, value: Option<Value>| drop(value.map(|value| thing.insert(name.into(), value)));
    put("name", Some(row.title.as_str().into()));
    put("description", (!row.summary.is_empty()).then(|| row.summary.as_str().into()));
    put("inLanguage", text("language"));
    put("keywords", texts("topics", "text"));
    match row.kind.name {
        "practice" => {
            put("@type", Some("HowTo".into()));
            put("author", Some(owner));
            let steps = texts("steps", "text").and_then(|steps| steps.as_array().cloned());
            put(
                "step",
                steps.map(|steps| steps.into_iter().map(|step| json!({"@type": "HowToStep", "text": step})).collect()),
            );
            put("license", licence(fields));
        }
        "lesson" | "announcement" => {
            put("@type", Some("Article".into()));
            put("headline", Some(row.title.as_str().into()));
            put("author", Some(owner));
            put("license", licence(fields));
        }
        "training" => {
            put("@type", Some("Course".into()));
            let provider = text("provider").map(|name| json!({"@type": "Organization", "name": name}));
            put("provider", Some(provider.unwrap_or(owner)));
            put("teaches", texts("objectives", "text"));
            put("timeRequired", text("duration"));
        }
        "session" => {
            put("@type", Some(json!(["CourseInstance", "EducationEvent"])));
            put("organizer", Some(owner));
            put("startDate", moment(fields, "start"));
            put("endDate", moment(fields, "end"));
            put("eventStatus", status(fields));
            put("eventAttendanceMode", mode(fields));
            put("location", place(fields));
            put("maximumAttendeeCapacity", fields.get("seats").filter(|seats| seats.is_u64()).cloned());
            put("superEvent", linked("training", "Course"));
        }
        "service" => {
            put("@type", Some("Service".into()));
            put("provider", linked("organization_id", "Organization").or(Some(owner)));
            put("termsOfService", text("eligibility_description"));
        }
        "organization" | "collaborative" => {
            put("@type", Some("Organization".into()));
            put("email", text("email"));
            put("sameAs", text("website"));
        }
        "location" => put("@type", Some("Place".into())),
        "library_item" => {
            put("@type", Some("CreativeWork".into()));
            put("sameAs", text("url"));
            put("publisher", text("publisher").map(|name| json!({"@type": "Organization", "name": name})));
        }
        _ => return None,
    }
    Some(thing)
}

/// Where a licence of the SPDX list can be read.
fn licence(fields: &Value) -> Option<Value> {
    let name = fields["licence"].as_str()?;
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c));
    (plain && !name.is_empty()).then(|| format!("https://spdx.org/licenses/{name}.html").into())
}

/// A time on the clock of the session's place, as ISO 8601 writes it.
fn moment(fields: &Value, name: &str) -> Option<Value> {
    let at = fields[name].as_str()?.parse::<jiff::civil::DateTime>().ok()?;
    let zoned = fields["zone"].as_str().and_then(|zone| at.in_tz(zone).ok());
    Some(zoned.map_or_else(|| at.to_string(), |zoned| zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()).into())
}

fn status(fields: &Value) -> Option<Value> {
    let status = match fields["status"].as_str()? {
        "cancelled" => "EventCancelled",
        "postponed" => "EventPostponed",
        "moved" => "EventRescheduled",
        _ => "EventScheduled",
    };
    Some(format!("https://schema.org/{status}").into())
}

fn mode(fields: &Value) -> Option<Value> {
    let mode = match fields["mode"].as_str()? {
        "in_person" => "Offline",
        "hybrid" => "Mixed",
        _ => "Online",
    };
    Some(format!("https://schema.org/{mode}EventAttendanceMode").into())
}

fn place(fields: &Value) -> Option<Value> {
    let place = fields["place"].as_str().map(|name| json!({"@type": "Place", "name": name, "address": name}));
    let link = fields["link"].as_str().map(|url| json!({"@type": "VirtualLocation", "url": url}));
    let all: Vec<Value> = place.into_iter().chain(link).collect();
    (!all.is_empty()).then(|| all.into())
}

#[cfg(test)]
mod tests {
    use protocol::{
        identity::MemberId,
        view::{GlanceView, Summary},
    };

    use super::*;

    fn said(kind: &str, audience: &'static str, fields: Value) -> Option<String> {
        let summary = Summary {
            id: DocId([1; 32]),
            kind: kind.into(),
            title: fields["title"].as_str().unwrap_or_default().into(),
            summary: "What it is.".into(),
            owner: MemberId([2; 32]),
            owner_name: "Riverside".into(),
            audience,
            own: true,
        };
        let catalog = Catalog::of(
            [GlanceView { summary, fields: fields.clone(), changed_at: 0, made_at: 0, choices: 0, edits: 1 }]
                .into_iter(),
        );
        let row = catalog.row(Viewer::Inside, &DocId([1; 32])).unwrap();
        data(&catalog, &row, &fields, "https://node.example")
    }

    #[test]
    fn a_session_says_when_on_whose_clock_and_where() {
        let fields = json!({
            "title": "Listening well", "start": "2027-03-18T18:30", "end": "2027-03-18T20:00", "zone": "America/New_York",
            "status": "cancelled", "mode": "hybrid", "place": "Town hall", "link": "https://meet.example/1", "seats": 12,
        });
        let said: Value = serde_json::from_str(&said("session", "public", fields).unwrap()).unwrap();
        assert_eq!(said["@type"], json!(["CourseInstance", "EducationEvent"]));
        assert_eq!(
            (&said["startDate"], &said["eventStatus"]),
            (&json!("2027-03-18T18:30:00-04:00"), &json!("https://schema.org/EventCancelled"))
        );
        assert_eq!(
            (&said["location"][0]["name"], &said["location"][1]["@type"]),
            (&json!("Town hall"), &json!("VirtualLocation"))
        );
    }

    #[test]
    fn what_others_wrote_cannot_end_the_script() {
        let hostile = "</script><script>alert(1)</script>\u{2028}<!--";
        let fields = json!({"title": hostile, "steps": [{"id": "a", "text": hostile}], "licence": hostile});
        let said = said("practice", "public", fields).unwrap();
        assert!(!said.contains(['<', '>', '&', '\u{2028}']), "{said}");
        let read: Value = serde_json::from_str(&said).unwrap();
        assert_eq!((&read["name"], &read["step"][0]["text"]), (&json!(hostile), &json!(hostile)));
        assert!(read.get("license").is_none());
    }

    #[test]
    fn only_what_is_public_is_told() {
        assert!(said("practice", "network", json!({"title": "Walk"})).is_none());
        for kind in [
            "practice",
            "lesson",
            "training",
            "session",
            "service",
            "organization",
            "location",
            "library_item",
            "announcement",
            "collaborative",
        ] {
            assert!(said(kind, "public", json!({"title": "Walk"})).unwrap().contains("\"@type\""), "{kind}");
        }
    }
}
