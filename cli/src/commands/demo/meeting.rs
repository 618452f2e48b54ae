//! Two people change one practice at the same moment, each at their own node, from the same page.

use std::time::Duration;

use protocol::{
    identity::DocId,
    input::Request,
    kinds,
    record::{Edit, Shape},
    view::RecordView,
};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{
    event::{Choice, Event, Teller},
    village::{Node, until},
};
use crate::failure::Failure;

const FIELD: &str = "advice";
const FIRST_WORDS: &str = "Ask the crossing guards first: they know every child by name.";
const LAST_WORDS: &str = "In snow, keep spare mittens in a bag by the door.";
const CHOICE: &str = "cost";

/// Lets the lines about what arrived come before the words about what it means.
const A_BREATH: Duration = Duration::from_millis(200);

/// The second and the third node change the same practice; the owner, who is the first, has both and chooses.
pub(super) async fn edit_at_once(nodes: &[Node], doc: DocId, teller: &Teller) -> Result<(), Failure> {
    let [owner, second, third, ..] = nodes else { return Ok(()) };
    teller.heading("\nTwo people change the same practice at the same moment")?;
    let (here, there) = (second.show(doc, false).await?, third.show(doc, false).await?);
    let advice = here.fields[FIELD].as_str().unwrap_or_default();
    let before = set(&here, [(FIELD, json!(format!("{FIRST_WORDS} {advice}"))), (CHOICE, json!("under_1000"))]);
    let after = set(&there, [(FIELD, json!(format!("{advice} {LAST_WORDS}"))), (CHOICE, json!("none"))]);
    let fields = |what: &str| vec![what.to_owned(), "an answer under Cost".to_owned()];
    tell_edit(second, &here, fields("a sentence at the beginning of its advice"), teller)?;
    tell_edit(third, &here, fields("a sentence at the end of its advice"), teller)?;
    // Each edit is made at the page as it was, whether or not the other's has arrived meanwhile.
    tokio::try_join!(second.id_of(before), third.id_of(after))?;

    let members = &nodes[..3];
    let both = agreed(members, doc, |record| has_both(record) && !record.conflicts.is_empty()).await?;
    let (title, names) = (here.summary.title, members.iter().map(|node| node.name().to_owned()).collect());
    teller.tell(&Event::Merged { title: title.clone(), names })?;
    teller.tell(&choice(&both, title.clone()))?;

    let chosen = set(&both, [(CHOICE, json!("under_1000"))]);
    tell_edit(owner, &both, vec![format!("it chooses “{}”", label("under_1000"))], teller)?;
    owner.id_of(chosen).await?;
    agreed(members, doc, |record| has_both(record) && record.conflicts.is_empty()).await?;
    Ok(())
}

fn set<const N: usize>(record: &RecordView, fields: [(&str, Value); N]) -> Request {
    let fields = fields.map(|(name, value)| (name.to_owned(), value)).to_vec();
    let heads = record.heads.iter().map(|head| head.0).collect();
    Request::Edit { doc: record.summary.id.to_string(), heads, edit: Edit::Set(fields) }
}

fn tell_edit(by: &Node, record: &RecordView, what: Vec<String>, teller: &Teller) -> Result<(), Failure> {
    let (by, title) = (by.name().to_owned(), record.summary.title.clone());
    Ok(teller.tell(&Event::Edit { by, title, what })?)
}

fn has_both(record: &RecordView) -> bool {
    let advice = record.fields[FIELD].as_str().unwrap_or_default();
    advice.starts_with(FIRST_WORDS) && advice.ends_with(LAST_WORDS)
}

fn choice(record: &RecordView, title: String) -> Event {
    let values = record.conflicts.iter().flat_map(|conflict| &conflict.values);
    let values = values.map(|one| Choice { value: label(one.value.as_str().unwrap_or_default()), by: one.by.clone() });
    Event::Choice { title, field: CHOICE.into(), values: values.collect() }
}

/// What people read for a value of the choice.
fn label(value: &str) -> String {
    let shape = kinds::kind("practice").and_then(|kind| kind.field(CHOICE)).map(|field| &field.shape);
    let label = match shape {
        Some(Shape::Choice(choices)) => choices.iter().find(|choice| choice.value == value).map(|choice| choice.label),
        _ => None,
    };
    label.unwrap_or(value).to_owned()
}

/// Waits until all of them show the same state of the record, and it is as it should be.
async fn agreed(nodes: &[Node], doc: DocId, good: impl Fn(&RecordView) -> bool) -> Result<RecordView, Failure> {
    let record = until("for both changes to meet", async || {
        let mut shown = Vec::new();
        for node in nodes {
            shown.push(node.show(doc, false).await?);
        }
        let same = shown.windows(2).all(|two| two[0].heads == two[1].heads);
        Ok(shown.pop().filter(|record| same && good(record)))
    })
    .await?;
    sleep(A_BREATH).await;
    Ok(record)
}
