//! Riverside's files go in, out again, and into Hillside's node: nothing is lost on the way.

use protocol::{
    effect::Effect,
    engine::Engine,
    identity::Keys,
    input::{AudienceAsk, Input, Request},
    kinds::kind,
    store::Memory,
    view::{Answer, Outcome},
};
use serde_json::{Value, json};

use super::*;

/// A node without a network around it.
struct Node {
    engine: Engine<Memory>,
    asked: u64,
}

impl Node {
    fn new(seed: u8) -> Node {
        let mut node =
            Node { engine: Engine::open(Memory::default(), Keys::new([seed; 32], [seed + 1; 32])).unwrap(), asked: 0 };
        node.ask(Request::Name { name: format!("Node {seed}"), place: None });
        node
    }

    fn ask(&mut self, request: Request) -> Answer {
        self.asked += 1;
        let chance = [self.asked as u8; 32];
        let effects = self.engine.handle(1_800_000_000_000, chance, Input::Ask { id: 1, request });
        self.engine.commit().unwrap();
        let answer = effects.into_iter().find_map(|effect| match effect {
            Effect::Answer { result, .. } => Some(result.unwrap()),
            _ => None,
        });
        answer.unwrap()
    }

    /// What became of each row.
    fn take(&mut self, parsed: &Parsed) -> Vec<Outcome> {
        assert_eq!(parsed.bad, []);
        let records = parsed.rows.iter().map(|row| row.incoming.clone()).collect();
        match self.ask(Request::Import { records, audience: AudienceAsk::Private, dry_run: false }) {
            Answer::Imported { records } => records.iter().map(|record| record.outcome).collect(),
            other => panic!("{other:?}"),
        }
    }

    /// Every record as the API shows it.
    fn records(&mut self) -> Vec<Value> {
        let list = Request::List { kind: None, owner: None, after: None, limit: 1000 };
        let Answer::Records { records } = self.ask(list) else { panic!("no list") };
        let show = |record: &protocol::view::Summary| Request::Show { doc: record.id.to_string(), history: true };
        records.iter().map(|record| json!(self.ask(show(record)))).collect()
    }

    /// Kind and fields of every record, in an order that does not depend on the node.
    fn fields(&mut self, with_ids: bool) -> Vec<Value> {
        let mut all: Vec<Value> = self.records().iter().map(|r| json!([r["kind"], r["fields"]])).collect();
        if !with_ids {
            all.iter_mut().for_each(without_ids);
        }
        all.sort_by_key(|record| format!("{} {}", record[0], record[1]["outside_id"]));
        all
    }
}

fn without_ids(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("id");
            fields.values_mut().for_each(without_ids);
        }
        Value::Array(items) => items.iter_mut().for_each(without_ids),
        _ => {}
    }
}

fn fixture(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures").join(name)
}

/// A directory, a spreadsheet and a calendar.
fn riverside() -> Node {
    let mut node = Node::new(1);
    let folder = fixture("hsds-3.1/csv");
    let mut directory = hsds::parse("csv", &files(&folder, &["csv"]).unwrap(), &Origin::default()).unwrap();
    // Its latitude is impossible.
    for row in &mut directory.rows {
        row.incoming.fields.retain(|(name, _)| name != "latitude" && name != "longitude");
    }
    let list = read(&fixture("pantries.csv")).unwrap();
    let origin = Origin { source: None, stem: "pantries".into() };
    let mut list = csv::parse(kind("service").unwrap(), "pantries.csv", &list, &origin).unwrap();
    list.bad.clear();
    let calendar = ics::parse("a.ics", &read(&fixture("trainings.ics")).unwrap(), &Origin::default()).unwrap();
    for parsed in [directory, list, calendar] {
        let rows = parsed.rows.len();
        assert_eq!(node.take(&parsed), vec![Outcome::Created; rows]);
        assert_eq!(node.take(&parsed), vec![Outcome::Unchanged; rows], "importing twice changes nothing");
    }
    let title = ("title".to_owned(), "=Walk".into());
    let steps = ("steps".to_owned(), json!([{"text": "-go\n+on"}, {"text": "@home"}]));
    let fields = vec![title, ("summary".to_owned(), "'tis \"so\"; yes".into()), steps];
    let incoming = Incoming { kind: "practice".into(), source: None, outside_id: None, fields };
    let records = vec![incoming];
    node.ask(Request::Import { records, audience: AudienceAsk::Private, dry_run: false });
    node
}

#[test]
fn what_goes_out_as_json_comes_in_the_same() {
    let (mut riverside, mut hillside) = (riverside(), Node::new(7));
    let files = export::files(export::Format::Json, &riverside.records());
    let parsed = json::parse("out", &files, &Origin::default()).unwrap();
    assert_eq!(hillside.take(&parsed), vec![Outcome::Created; 10]);
    assert_eq!(hillside.fields(true), riverside.fields(true));
    assert_eq!(riverside.take(&parsed), vec![Outcome::Unchanged; 10], "its own records are found again");
}

#[test]
fn what_goes_out_as_spreadsheets_comes_in_the_same() {
    let (mut riverside, mut hillside) = (riverside(), Node::new(7));
    for (name, bytes) in export::files(export::Format::Csv, &riverside.records()) {
        let kind = kind(name.strip_suffix(".csv").unwrap()).unwrap();
        let parsed = csv::parse(kind, &name, &bytes, &Origin { source: None, stem: "out".into() }).unwrap();
        hillside.take(&parsed);
        assert!(riverside.take(&parsed).iter().all(|outcome| *outcome == Outcome::Unchanged), "{name}");
    }
    assert_eq!(hillside.fields(false), riverside.fields(false));
}

#[test]
fn what_goes_out_as_a_directory_comes_in_the_same() {
    let (mut riverside, mut hillside) = (riverside(), Node::new(7));
    let files = export::files(export::Format::Hsds, &riverside.records());
    let parsed = hsds::parse("out", &files, &Origin::default()).unwrap();
    assert_eq!(parsed.left, []);
    assert_eq!(hillside.take(&parsed), vec![Outcome::Created; 7]);
    let kinds = export::Format::Hsds.kinds();
    let mut directory = riverside.fields(true);
    directory.retain(|record| kinds.contains(&record[0].as_str().unwrap()));
    assert_eq!(hillside.fields(true), directory);
    assert_eq!(riverside.take(&parsed), vec![Outcome::Unchanged; 7]);
}

#[test]
fn names_without_a_place_are_told_up_to_a_bound() {
    let fields: String = (0..LEFT + 50).map(|n| format!("\"odd{n}{}\":1,", "x".repeat(500))).collect();
    let text = format!("{{\"id\":\"o\",\"name\":\"O\",{}\"description\":\"D\"}}", fields);
    let parsed = hsds::parse("a", &[("organization.json".into(), text.into())], &Origin::default()).unwrap();
    assert_eq!((parsed.left.len(), parsed.left_more), (LEFT, 50));
    assert!(parsed.left.iter().all(|left| left.what.chars().count() <= LEFT_LETTERS));
}

#[test]
fn mistakes_are_told_up_to_a_bound_and_never_taken_for_rows() {
    let bad = "BEGIN:VEVENT\nUID:a\nDTSTART:never\nEND:VEVENT\n".repeat(BAD + 20);
    let text = format!("BEGIN:VCALENDAR\n{bad}END:VCALENDAR\n");
    let parsed = ics::parse("a.ics", text.as_bytes(), &Origin::default()).unwrap();
    assert_eq!((parsed.bad.len(), parsed.bad_more, parsed.rows.len()), (BAD, 20, 0));
    let rows = "Walk,2026-13-01\n".repeat(BAD + 20);
    let text = format!("title,evidence[1].rated_on\n{rows}");
    let practice = kind("practice").unwrap();
    let parsed = csv::parse(practice, "a.csv", text.as_bytes(), &Origin::default()).unwrap();
    assert_eq!((parsed.bad.len(), parsed.bad_more, parsed.rows.len()), (BAD, 20, 0));
}
