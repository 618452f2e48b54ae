//! `commonweal record adopt`: a version of one's own of what somebody else wrote.

use protocol::record::adopted;
use serde_json::{Value, json};

use super::{field, known, parsed};
use crate::{
    client::{Client, path},
    failure::{Exit, Failure},
    output::{Output, text},
};

/// Makes your own version of somebody else's record; its id is alone on the last line
///
/// It has their words and says whose they are, as their license asks. What only they can say of themselves, such as
/// results and contacts, does not come along.
#[derive(Debug, clap::Args)]
pub(crate) struct Adopt {
    /// The id of their record, or the beginning
    id: String,
    /// What is different with you, such as maturity=trying; may be given several times
    #[arg(long, value_name = "FIELD=VALUE", value_parser = field)]
    set: Vec<(String, String)>,
    /// Who may have it: private, partners:NAME,NAME, network or public [default: private]
    #[arg(long)]
    audience: Option<String>,
}

pub(super) async fn run(Adopt { id, set, audience }: Adopt, node: &Client) -> Result<Output, Failure> {
    let record = node.get(&path(&["records", &id])).await?;
    let status = node.get("/status").await?;
    let fields = own(&record, text(&status, "name"))?;
    let kind = known(text(&record, "kind"))?;
    let values = parsed(kind, set)?;
    let body = json!({"kind": kind.name, "fields": fields, "audience": null, "editors": null});
    let made = node.post("/records", &body).await?;
    let mut new = text(&made, "id").to_owned();
    if !values.is_empty() {
        node.patch(&path(&["records", &new]), &json!({"heads": [], "set": values})).await?;
    }
    if let Some(audience) = audience {
        let shared =
            node.post(&format!("{}/audience", path(&["records", &new])), &json!({"audience": audience})).await?;
        new = text(&shared, "id").to_owned();
    }
    Ok(Output::new(json!({"id": new}), new))
}

/// The fields of one's own version.
fn own(record: &Value, name: &str) -> Result<Value, Failure> {
    let refuse = |why: &str| Failure::new(Exit::NotAllowed, format!("there is no version of your own to make: {why}"));
    if record["own"] == true {
        return Err(refuse("this record is yours already; change it with `commonweal record edit`"));
    }
    let kind = known(text(record, "kind"))?;
    if !protocol::kinds::ADOPTED.contains(&kind.name) {
        return Err(refuse("only practices, trainings and library items have versions"));
    }
    let credit = format!("{name}, adapted from “{}” by {}", text(record, "title"), text(record, "owner_name"));
    let credit: String = credit.chars().take(200).collect();
    adopted(kind, &record["fields"], text(record, "id"), &credit).map_err(|why| refuse(&why.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_others_licence_is_adopted() {
        let record = |kind: &str, own: bool, licence: &str| {
            json!({"id": "abcd", "kind": kind, "own": own, "title": "Walk", "owner_name": "Riverside",
                "fields": {"title": "Walk", "licence": licence}})
        };
        let fields = own(&record("practice", false, "CC-BY-4.0"), "Hillside").unwrap();
        assert_eq!(fields["attribution"], "Hillside, adapted from “Walk” by Riverside");
        assert_eq!(fields["adopted_from"], "abcd");
        for refused in
            [record("practice", true, "CC0-1.0"), record("practice", false, ""), record("lesson", false, "CC0-1.0")]
        {
            assert_eq!(own(&refused, "Hillside").unwrap_err().exit, Exit::NotAllowed, "{refused}");
        }
    }
}
