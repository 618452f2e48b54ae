//! Records for who may not see all that is here: without a key what is public, and with a coordinator's key what members share.
//!
//! What is not public and what does not exist answer alike. Ids must be whole: whether a beginning fits one record,
//! several or none would tell a stranger about records that are not for them.

use axum::{Json, extract::State, http::StatusCode};
use protocol::{
    identity::DocId,
    input::Request,
    refusal::Refusal,
    view::{Answer, RecordView, Summary},
};
use serde_json::{Value, json};

use super::{failure::Failure, record::Which};
use crate::{catalog::Viewer, config::PUBLIC_PAGE_MOST, run::Handle};

/// Whether the engine runs. Asks it nothing: a stranger's question should cost nothing.
pub(super) async fn health(State(node): State<Handle>) -> (StatusCode, Json<Value>) {
    let alive = node.is_alive();
    let status = if alive { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({"ok": alive})))
}

pub(super) async fn list(node: &Handle, which: Which) -> Result<Json<Value>, Failure> {
    let records = match node.ask(which.request(true, PUBLIC_PAGE_MOST)).await {
        Ok(Answer::Records { records }) => records,
        Err(Refusal::Store(_)) => return Err(Failure::later()),
        // Whether a name is a member's is not for strangers: an owner nobody knows simply owns nothing public.
        _ => vec![],
    };
    // The engine was asked for public records only; a fault there must still not show others here.
    let shown: Vec<Value> = records.iter().filter(|record| is_public(record)).map(summary).collect();
    Ok(Json(json!({"records": shown})))
}

/// One record, for a viewer who may not see all that is here.
pub(super) async fn show(node: &Handle, viewer: Viewer, id: &str) -> Result<Json<Value>, Failure> {
    let nothing = || Failure::from(Refusal::UnknownRecord(id.to_owned()));
    let doc: DocId = id.parse().map_err(|_| nothing())?;
    match node.ask(Request::Show { doc: doc.to_string(), history: false }).await {
        Ok(Answer::Record(record)) if viewer.may_see(record.summary.audience) => Ok(Json(whole(&record, viewer))),
        Err(Refusal::Store(_)) => Err(Failure::later()),
        _ => Err(nothing()),
    }
}

fn is_public(record: &Summary) -> bool {
    Viewer::Anybody.may_see(record.audience)
}

/// Named field by field, so that what is added to the views stays inside until somebody decides otherwise.
pub(super) fn summary(record: &Summary) -> Value {
    json!({
        "id": record.id,
        "kind": record.kind,
        "title": record.title,
        "summary": record.summary,
        "owner": record.owner,
        "owner_name": record.owner_name,
    })
}

fn whole(record: &RecordView, viewer: Viewer) -> Value {
    let mut shown = summary(&record.summary);
    if viewer != Viewer::Anybody {
        shown["audience"] = record.summary.audience.into();
        shown["own"] = record.summary.own.into();
    }
    shown["fields"] = without_confidential(record.fields.clone());
    shown
}

/// What may be said of an address that is kept confidential, a shelter's say: the region.
const REGION: [&str; 4] = ["id", "region", "state_province", "country"];
/// What would give such an address away all the same.
const TELLING: [&str; 3] = ["latitude", "longitude", "transportation"];

/// Hides what would lead to an address that is kept confidential.
pub(crate) fn without_confidential(mut fields: Value) -> Value {
    let Some(map) = fields.as_object_mut().filter(|map| map.get("address_confidential") == Some(&Value::Bool(true)))
    else {
        return fields;
    };
    map.retain(|name, _| !TELLING.contains(&name.as_str()));
    for address in map.get_mut("addresses").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(address) = address.as_object_mut() {
            address.retain(|name, _| REGION.contains(&name.as_str()));
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_confidential_address_the_region_is_shown() {
        let address = json!({"id": "a", "address_1": "7 Elm St", "city": "Rome", "state_province": "ME"});
        let place = json!({"name": "Haven", "addresses": [address], "latitude": 44.5, "longitude": -69.9});
        assert_eq!(without_confidential(place.clone()), place);
        let mut kept = place;
        kept["address_confidential"] = true.into();
        let shown = without_confidential(kept);
        assert_eq!(shown["addresses"], json!([{"id": "a", "state_province": "ME"}]));
        assert!(shown.get("latitude").is_none() && shown["name"] == "Haven");
    }
}
