//! What an entry changes from its parent, as data for people: the question a steward answers is made of these.

use std::collections::BTreeSet;

use crate::identity::MemberKey;

use super::entry::{Entry, Member};

/// One thing an entry changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new member.
    Admitted {
        /// Its first key.
        first: MemberKey,
        /// Its name.
        name: String,
    },
    /// A member who no longer belongs.
    Removed {
        /// Its first key.
        first: MemberKey,
        /// The name it had.
        name: String,
    },
    /// A member with a new key: the old one was lost or stolen.
    Rekeyed {
        /// Its first key.
        first: MemberKey,
        /// Its name.
        name: String,
    },
    /// A member with another name.
    MemberRenamed {
        /// Its first key.
        first: MemberKey,
        /// The name it had.
        from: String,
        /// The name it gets.
        to: String,
    },
    /// Other stewards.
    Stewards {
        /// Names of those who become stewards.
        added: Vec<String>,
        /// Names of those who no longer are.
        removed: Vec<String>,
    },
    /// Another quorum, or the same of another number.
    QuorumNow {
        /// Stewards it will take.
        k: u32,
        /// Of how many.
        of: usize,
    },
    /// Another name for the collaborative.
    Renamed {
        /// The name it had.
        from: String,
        /// The name it gets.
        to: String,
    },
    /// Another purpose: the new text.
    Purpose(String),
    /// Other ground rules: the new text.
    Rules(String),
    /// Another day to look at the charter again, or none.
    ReviewBy(Option<String>),
}

/// What `child` changes, in the order of [`Change`]; empty when it only confirms its parent.
pub fn changes(parent: &Entry, child: &Entry) -> Vec<Change> {
    let mut changes = of_members(parent, child);
    changes.extend(of_stewards(parent, child));
    if child.name != parent.name {
        changes.push(Change::Renamed { from: parent.name.clone(), to: child.name.clone() });
    }
    if child.purpose != parent.purpose {
        changes.push(Change::Purpose(child.purpose.clone()));
    }
    if child.rules != parent.rules {
        changes.push(Change::Rules(child.rules.clone()));
    }
    if child.review_by != parent.review_by {
        changes.push(Change::ReviewBy(child.review_by.clone()));
    }
    changes
}

fn of_members(parent: &Entry, child: &Entry) -> Vec<Change> {
    let named = |m: &Member| (m.first, m.name.clone());
    let without = |side: &Entry, other: &Entry| -> Vec<Member> {
        side.members.iter().filter(|m| other.by_first(&m.first).is_none()).cloned().collect()
    };
    let stay = || child.members.iter().filter_map(|m| parent.by_first(&m.first).map(|old| (old, m)));

    let admitted = without(child, parent).into_iter().map(|m| named(&m));
    let removed = without(parent, child).into_iter().map(|m| named(&m));
    let rekeyed = stay().filter(|(old, new)| old.key != new.key).map(|(_, new)| named(new));
    let renamed = stay().filter(|(old, new)| old.name != new.name);
    admitted
        .map(|(first, name)| Change::Admitted { first, name })
        .chain(removed.map(|(first, name)| Change::Removed { first, name }))
        .chain(rekeyed.map(|(first, name)| Change::Rekeyed { first, name }))
        .chain(renamed.map(|(old, new)| Change::MemberRenamed {
            first: new.first,
            from: old.name.clone(),
            to: new.name.clone(),
        }))
        .collect()
}

fn of_stewards(parent: &Entry, child: &Entry) -> Vec<Change> {
    let before: BTreeSet<_> = parent.stewards.iter().collect();
    let after: BTreeSet<_> = child.stewards.iter().collect();
    let name = |entry: &Entry, first: &MemberKey| entry.by_first(first).map(|m| m.name.clone());
    let added: Vec<_> = after.difference(&before).filter_map(|first| name(child, first)).collect();
    let removed: Vec<_> = before.difference(&after).filter_map(|first| name(parent, first)).collect();

    let mut changes = Vec::new();
    if !added.is_empty() || !removed.is_empty() {
        changes.push(Change::Stewards { added, removed });
    }
    if child.k != parent.k || before.len() != after.len() {
        changes.push(Change::QuorumNow { k: child.k, of: after.len() });
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::{
        super::{testing::*, *},
        *,
    };

    #[test]
    fn every_change_is_told() {
        let head = network(3, 2);
        let draft = Draft::on(&head).admit("Lakeside", pk(9)).remove(id(&head, 3)).unwrap();
        let draft = draft.rekey(id(&head, 2), pk(42)).unwrap().rename_member(id(&head, 1), "Riverside").unwrap();
        let draft = draft.name("Valley").purpose("Food.").rules("Be fair.").review_by(Some("2027-03-31"));
        let named = |name: &str| String::from(name);
        assert_eq!(
            changes(head.entry(), &draft.entry().unwrap()),
            [
                Change::Admitted { first: pk(9), name: named("Lakeside") },
                Change::Removed { first: pk(3), name: named("Steward 3") },
                Change::Rekeyed { first: pk(2), name: named("Steward 2") },
                Change::MemberRenamed { first: pk(1), from: named("Steward 1"), to: named("Riverside") },
                Change::Stewards { added: vec![], removed: vec![named("Steward 3")] },
                Change::QuorumNow { k: 2, of: 2 },
                Change::Renamed { from: named("Riverside"), to: named("Valley") },
                Change::Purpose(named("Food.")),
                Change::Rules(named("Be fair.")),
                Change::ReviewBy(Some(named("2027-03-31"))),
            ]
        );
    }

    #[test]
    fn nothing_changed_is_told_as_nothing() {
        let head = network(3, 2);
        assert_eq!(changes(head.entry(), head.entry()), []);
    }
}
