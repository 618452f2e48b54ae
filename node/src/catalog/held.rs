//! What the catalog holds: the rows, and who points to whom, so that no page looks through all records for that.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use protocol::{
    identity::{DocId, MemberId},
    view::WhoseView,
};

use super::{PROFILE, Row, slots::Slots};

#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) rows: HashMap<DocId, Arc<Row>>,
    pub(super) whose: WhoseView,
    /// By record, those that point to it.
    pointing: HashMap<DocId, BTreeSet<DocId>>,
    /// By collaborative, the records in which it describes itself: one as a rule.
    profiles: HashMap<MemberId, BTreeSet<DocId>>,
    /// Our own: what was written before there was a network has an owner of its own, and is ours all the same.
    own_profiles: BTreeSet<DocId>,
    /// For who searches.
    pub(super) slots: Slots,
}

impl Held {
    /// One record, in place of what was known of it. Whether nothing was.
    pub(super) fn put(&mut self, row: Arc<Row>) -> bool {
        let is_new = !self.take(&row.id);
        for (to, _) in &row.links {
            self.pointing.entry(*to).or_default().insert(row.id);
        }
        if row.kind.name == PROFILE {
            self.profiles.entry(row.owner).or_default().insert(row.id);
            if row.own {
                self.own_profiles.insert(row.id);
            }
        }
        self.slots.put(&row);
        self.rows.insert(row.id, row);
        is_new
    }

    /// Forgets one record. Whether it was known.
    pub(super) fn take(&mut self, doc: &DocId) -> bool {
        let Some(row) = self.rows.remove(doc) else { return false };
        for (to, _) in &row.links {
            leave(&mut self.pointing, to, doc);
        }
        leave(&mut self.profiles, &row.owner, doc);
        self.own_profiles.remove(doc);
        self.slots.take(&row);
        true
    }

    /// The records that point to this one.
    pub(super) fn pointing(&self, doc: &DocId) -> impl Iterator<Item = &DocId> {
        self.pointing.get(doc).into_iter().flatten()
    }

    /// The records in which a collaborative describes itself.
    pub(super) fn profiles(&self, member: &MemberId) -> impl Iterator<Item = &DocId> {
        let ours = self.whose.member == Some(*member);
        let own = self.own_profiles.iter().filter(move |_| ours);
        self.profiles.get(member).into_iter().flatten().chain(own)
    }
}

/// Takes a record out of a set, and the set out when it is empty.
fn leave<K: Eq + std::hash::Hash>(sets: &mut HashMap<K, BTreeSet<DocId>>, key: &K, doc: &DocId) {
    if let Some(set) = sets.get_mut(key) {
        set.remove(doc);
        if set.is_empty() {
            sets.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::view::{GlanceView, Summary};
    use serde_json::{Value, json};

    use super::*;
    use crate::catalog::{Catalog, Viewer};

    fn glance(n: u8, kind: &str, audience: &'static str, fields: Value) -> GlanceView {
        let summary = Summary {
            id: DocId([n; 32]),
            kind: kind.into(),
            title: format!("Record {n}"),
            summary: String::new(),
            owner: MemberId([n; 32]),
            owner_name: "Riverside".into(),
            audience,
            own: false,
        };
        GlanceView { summary, fields, changed_at: n.into(), made_at: 0, choices: 0, edits: 1 }
    }

    #[test]
    fn who_points_to_a_record_is_known_as_far_as_one_may_know_of_it() {
        let to = DocId([1; 32]);
        let related = json!({"related": [{"id": "a", "target": to.to_string()}]});
        let catalog = Catalog::of(
            [
                glance(1, "practice", "public", json!({})),
                glance(2, "lesson", "public", json!({"about": to.to_string()})),
                glance(3, "practice", "network", json!({"adopted_from": to.to_string()})),
                glance(4, "practice", "private", related),
            ]
            .into_iter(),
        );
        let seen = |viewer| catalog.pointing(viewer, &to).iter().map(|row| row.id.0[0]).collect::<Vec<_>>();
        assert_eq!(seen(Viewer::Anybody), [2]);
        assert_eq!(seen(Viewer::Network), [3, 2]);
        assert_eq!(seen(Viewer::Inside), [4, 3, 2]);
        assert!(catalog.row(Viewer::Anybody, &DocId([2; 32])).unwrap().points_to(&to, "about"));
    }

    /// A neighbor's clock stood ten years ahead, and its records stood on top of every list.
    #[test]
    fn nothing_is_younger_than_now() {
        let ahead = |days: u64| crate::clock::now_ms() + days * 86_400_000;
        let early = GlanceView {
            changed_at: ahead(3_650),
            made_at: ahead(3_649),
            ..glance(1, "practice", "public", json!({"confirmed": {"at": "2999-01-01"}}))
        };
        let catalog = Catalog::of([early, glance(2, "practice", "public", json!({}))].into_iter());
        let row = catalog.row(Viewer::Anybody, &DocId([1; 32])).unwrap();
        assert!(
            [row.changed_at, row.made_at, row.fresh_at].into_iter().all(|at| at <= crate::clock::now_ms()),
            "{row:?}"
        );
        assert_eq!(catalog.row(Viewer::Anybody, &DocId([2; 32])).unwrap().changed_at, 2);
    }

    #[test]
    fn what_arrives_is_told_once_and_an_edit_is_no_news() {
        let catalog = Catalog::of([glance(1, "practice", "public", json!({}))].into_iter());
        let mut arrivals = catalog.arrivals();
        catalog.take_in([
            glance(1, "practice", "public", json!({"topics": ["coats"]})),
            glance(2, "lesson", "public", json!({})),
        ]);
        catalog.take_in([glance(2, "lesson", "public", json!({}))]);
        assert_eq!(arrivals.try_recv().unwrap().id.0[0], 2);
        assert!(arrivals.try_recv().is_err(), "only what is new is told, and only once");
    }

    /// Whoever makes two ids that begin alike hides one of their own, and nothing else.
    #[test]
    fn two_ids_that_begin_alike_leave_nothing_behind() {
        let row = |last| {
            let mut glance = glance(7, "practice", "public", json!({"topics": ["coats"]}));
            glance.summary.id.0[31] = last;
            Arc::new(Row::read(glance).unwrap().0)
        };
        let mut held = Held::default();
        held.put(row(1));
        held.put(row(2));
        assert_eq!(held.slots.all().count(), 1);
        held.take(&row(1).id);
        assert_eq!(held.slots.all().next().unwrap().1.row.id, row(2).id);
        held.take(&row(2).id);
        assert_eq!((held.slots.all().count(), held.slots.values.number("topics", "coats")), (0, None));
    }

    #[test]
    fn what_goes_points_to_nothing_any_more() {
        let to = DocId([1; 32]);
        let row = |fields| Arc::new(Row::read(glance(2, "lesson", "public", fields)).unwrap().0);
        let mut held = Held::default();
        assert!(held.put(row(json!({"about": to.to_string()}))), "it is new here");
        assert_eq!(held.pointing(&to).count(), 1);
        assert!(!held.put(row(json!({}))), "it was known");
        assert_eq!(held.pointing(&to).count(), 0);
        let profile = Arc::new(Row::read(glance(5, PROFILE, "public", json!({}))).unwrap().0);
        held.put(profile);
        assert_eq!(held.profiles(&MemberId([5; 32])).count(), 1);
        held.take(&DocId([5; 32]));
        assert!(held.profiles.is_empty() && held.pointing.is_empty());
    }
}
