//! `commonweal subscribe`, `unsubscribe`, `subscriptions`: what this node asks others for.

use serde_json::{Value, json};

use crate::{
    client::{Client, query},
    failure::Failure,
    output::{Output, items, short, table, text},
};

/// What to ask for.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
pub(crate) struct Rule {
    /// Of this collaborative, by name or id
    #[arg(long)]
    owner: Option<String>,
    /// Of this kind, such as training; `commonweal record kinds` lists them
    #[arg(long)]
    kind: Option<String>,
    /// With this tag: topic:TOPIC or place:STATE/COUNTY/TOWN, such as topic:housing or place:me/kennebec
    #[arg(long)]
    tag: Option<String>,
}

pub(crate) async fn add(rule: Rule, node: &Client) -> Result<Output, Failure> {
    let Rule { owner, kind, tag } = rule;
    let body: Value = [("owner", owner), ("kind", kind), ("tag", tag)]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?))))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let answer = node.post("/subscriptions", &body).await?;
    shown(answer, node).await
}

pub(crate) async fn remove(rule: Rule, node: &Client) -> Result<Output, Failure> {
    let Rule { owner, kind, tag } = rule;
    let which = query(&[("owner", owner.as_deref()), ("kind", kind.as_deref()), ("tag", tag.as_deref())]);
    let answer = node.delete(&format!("/subscriptions{which}")).await?;
    shown(answer, node).await
}

pub(crate) async fn list(node: &Client) -> Result<Output, Failure> {
    let answer = node.get("/subscriptions").await?;
    shown(answer, node).await
}

async fn shown(answer: Value, node: &Client) -> Result<Output, Failure> {
    let rules = items(&answer, "subscriptions");
    if rules.is_empty() {
        let text = if answer.get("subscriptions").is_some() {
            "This node asks for everything shared with it."
        } else {
            "Done."
        };
        return Ok(Output::new(answer, text));
    }
    // Names make it readable; without a network there are none, and ids do.
    let network = node.get("/network").await.unwrap_or(json!({}));
    let rows = rules.iter().map(|rule| {
        let part = |name| rule[name].as_str().unwrap_or("any").to_owned();
        vec![owner(&network, rule), part("kind"), part("tag")]
    });
    let text = table(&["Owner", "Kind", "Tag"], rows.collect());
    Ok(Output::new(answer, text))
}

fn owner(network: &Value, rule: &Value) -> String {
    let Some(id) = rule["owner"].as_str() else { return "any".into() };
    let mut known = items(network, "members").iter().chain(items(network, "partners"));
    let name = known.find(|one| text(one, "id") == id).map(|one| text(one, "name").to_owned());
    name.unwrap_or_else(|| short(id))
}
