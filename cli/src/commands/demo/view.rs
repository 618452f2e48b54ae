//! What is where: a table of counts, and for each node what it has, from whom, and what it keeps.

use std::collections::BTreeMap;

use protocol::{kinds, record::Kind, view::Summary};
use serde::Serialize;

use super::village::Node;
use crate::failure::Failure;

/// How many records of each kind are at each node.
#[derive(Debug, Serialize)]
pub(super) struct Table {
    #[serde(skip)]
    names: Vec<String>,
    kinds: Vec<Row>,
}

/// One kind.
#[derive(Debug, Serialize)]
struct Row {
    kind: &'static str,
    #[serde(skip)]
    label: &'static str,
    /// By the node's short name.
    records: BTreeMap<String, usize>,
}

impl Table {
    /// Counts what can be seen at each node now.
    pub(super) async fn of(nodes: &[Node]) -> Result<Table, Failure> {
        let mut seen = Vec::new();
        for node in nodes {
            seen.push((node.place.short.clone(), node.records().await?));
        }
        Ok(Table::counted(&seen))
    }

    fn counted(seen: &[(String, Vec<Summary>)]) -> Table {
        let row = |kind: &'static Kind| Row {
            kind: kind.name,
            label: kind.plural,
            records: seen
                .iter()
                .map(|(name, records)| (name.clone(), records.iter().filter(|one| one.kind == kind.name).count()))
                .collect(),
        };
        let names = seen.iter().map(|(name, _)| name.clone()).collect();
        Table { names, kinds: kinds::all().iter().map(|kind| row(kind)).collect() }
    }

    /// Columns under their names, numbers to the right.
    pub(super) fn text(&self) -> String {
        let at = |row: &Row, name: &str| row.records.get(name).copied().unwrap_or(0);
        let label = self.kinds.iter().map(|row| row.label.chars().count()).max().unwrap_or(0);
        let line = |first: &str, cell: &dyn Fn(&str) -> String| {
            let cells = self.names.iter().map(|name| format!("  {:>width$}", cell(name), width = name.chars().count()));
            format!("  {first:<label$}{}", cells.collect::<String>())
        };
        let number = |number: usize| if number == 0 { "-".to_owned() } else { number.to_string() };
        let mut lines = vec![line("", &|name| name.to_owned())];
        lines.extend(self.kinds.iter().map(|row| line(row.label, &|name| number(at(row, name)))));
        lines.push(line("All", &|name| number(self.kinds.iter().map(|row| at(row, name)).sum())));
        lines.join("\n")
    }
}

/// What one node has.
#[derive(Debug, Default, Serialize)]
pub(super) struct Holding {
    name: String,
    standing: &'static str,
    /// All that can be seen there.
    records: usize,
    own: usize,
    /// Of its own: for nobody else.
    private: usize,
    /// Of its own: for those it named.
    for_partners: usize,
    /// Of others: for those they named.
    named: usize,
    /// Of others: for the network.
    network: usize,
    /// Of others: for everybody.
    public: usize,
}

impl Holding {
    pub(super) fn of(name: &str, partner: bool, seen: &[Summary]) -> Holding {
        let number = |own: bool, audience: &str| {
            seen.iter().filter(|record| record.own == own && record.audience == audience).count()
        };
        Holding {
            name: name.to_owned(),
            standing: if partner { "partner" } else { "member" },
            records: seen.len(),
            own: seen.iter().filter(|record| record.own).count(),
            private: number(true, "private"),
            for_partners: number(true, "partners"),
            named: number(false, "partners"),
            network: number(false, "network"),
            public: number(false, "public"),
        }
    }

    /// Where its records are from, and which of its own are not for all.
    pub(super) fn text(&self) -> String {
        let partner = if self.standing == "partner" { " (partner)" } else { "" };
        let named = |number: usize, what: &str| (number > 0).then(|| format!("{number} {what}"));
        let from = [
            named(self.own, "of its own"),
            named(self.named, "named for it"),
            named(self.network, "from the network"),
            named(self.public, "public"),
        ];
        let kept = [named(self.private, "for itself"), named(self.for_partners, "for those it names")];
        let joined =
            |parts: &[Option<String>], with: &str| parts.iter().flatten().cloned().collect::<Vec<_>>().join(with);
        let (name, records) = (&self.name, self.records);
        format!("  {name}{partner} holds {records}: {}.\n    It keeps {}.", joined(&from, ", "), joined(&kept, " and "))
    }
}

#[cfg(test)]
mod tests {
    use protocol::identity::{DocId, MemberId};

    use super::*;

    fn record(kind: &str, own: bool, audience: &'static str) -> Summary {
        let (title, summary, owner_name) = (String::new(), String::new(), String::new());
        let (id, owner) = (DocId([1; 32]), MemberId([1; 32]));
        Summary { id, kind: kind.into(), title, summary, owner, owner_name, audience, own }
    }

    #[test]
    fn a_partner_sees_what_is_named_for_it_and_what_is_public() {
        let seen = [("practice", false, "partners"), ("service", false, "public"), ("lesson", true, "private")];
        let text = Holding::of("Birch", true, &seen.map(|(kind, own, audience)| record(kind, own, audience))).text();
        assert_eq!(
            text,
            "  Birch (partner) holds 3: 1 of its own, 1 named for it, 1 public.\n    It keeps 1 for itself."
        );
    }

    #[test]
    fn the_table_counts_every_kind_at_every_node() {
        let (one, other) = (vec![record("practice", true, "network"); 2], vec![]);
        let text = Table::counted(&[("Maple".into(), one), ("Birch".into(), other)]).text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), kinds::all().len() + 2);
        assert!(lines[1].starts_with("  Practices") && lines[1].ends_with("      2      -"), "{text}");
        assert!(lines.last().unwrap().starts_with("  All"), "{text}");
    }
}
