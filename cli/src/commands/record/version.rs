//! `commonweal record history` and `record restore`: what a record once was, and the way back to it.

use serde_json::{Value, json};

use crate::{
    client::{Client, path},
    commands::show,
    failure::Failure,
    output::{Output, fitted, items, moment, short, text},
};

/// Lists who changed what when, or shows the record as one change left it
#[derive(Debug, clap::Args)]
pub(crate) struct History {
    /// Its id, or the beginning
    id: String,
    /// Shows the record as it was after this change: its id as the list has it
    change: Option<String>,
}

/// Sets a record's fields as they were after one of its changes
///
/// It is an edit like any other: what was written since stays in the history.
#[derive(Debug, clap::Args)]
pub(crate) struct Restore {
    /// Its id, or the beginning
    id: String,
    /// The change, as `commonweal record history` lists them
    change: String,
}

pub(super) async fn history(History { id, change }: History, node: &Client) -> Result<Output, Failure> {
    if let Some(change) = change {
        let answer = node.get(&path(&["records", &id, "versions", &change])).await?;
        let text = show::record(&answer);
        return Ok(Output::new(answer, text));
    }
    let answer = node.get(&format!("{}?history=true", path(&["records", &id]))).await?;
    let changes = items(&answer, "history").to_vec();
    let said = listed(&changes);
    Ok(Output::new(json!({"history": changes}), said))
}

fn listed(changes: &[Value]) -> String {
    let row = |change: &Value| {
        let fields = items(change, "fields").iter().map(|field| text(field, "field"));
        let when = moment(change["at"].as_i64().unwrap_or(0));
        vec![short(text(change, "change")), when, text(change, "by").to_owned(), fields.collect::<Vec<_>>().join(", ")]
    };
    fitted(&["Change", "When", "Who", "What"], changes.iter().rev().map(row).collect(), 3)
}

pub(super) async fn restore(Restore { id, change }: Restore, node: &Client) -> Result<Output, Failure> {
    let answer = node.post(&path(&["records", &id, "restore"]), &json!({"change": change})).await?;
    let id = text(&answer, "id").to_owned();
    Ok(Output::new(answer, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_change_comes_first() {
        let change = |id: &str, by: &str| json!({"change": id, "at": 0, "by": by, "fields": [{"field": "title"}]});
        let said = listed(&[change("aaaaaaaaaaaa", "Riverside"), change("bbbbbbbbbbbb", "Hillside")]);
        let lines: Vec<&str> = said.lines().collect();
        assert!(
            lines[1].starts_with("bbbbbbbb ") && lines[1].contains("Hillside") && lines[1].ends_with("title"),
            "{said}"
        );
        assert!(lines[2].starts_with("aaaaaaaa "), "{said}");
    }
}
