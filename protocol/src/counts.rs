//! Which envelopes of a document count: a pure function of what is here, whatever order it came in.
//!
//! An envelope counts when its author may edit, or the owner keeps it, or one that counts rests on it; and never past
//! a fork, nor on top of what lies past one. Feeds are chains, so what counts of a feed is always its beginning:
//! the answer is one number a feed.

use std::collections::BTreeMap;

use crate::identity::NodeKey;

/// What is known of one feed.
#[derive(Clone, Debug, Default)]
pub struct Feed {
    /// For each envelope from seq 1: the other envelopes it rests on, as (feed, seq). `None` when one of them is not here.
    pub rests_on: Vec<Option<Vec<(NodeKey, u64)>>>,
    /// The author stands in the roster of a member who owns or edits the document.
    pub may_edit: bool,
    /// Kept by the owner up to this seq.
    pub kept: u64,
    /// The first seq that must not count: a fork nobody settled, or a change this node set aside.
    pub stop: Option<u64>,
}

/// How many envelopes of each feed count, from its first.
pub fn counting(feeds: &BTreeMap<NodeKey, Feed>) -> BTreeMap<NodeKey, u64> {
    let most = standing_alone(feeds);
    let mut counts: BTreeMap<NodeKey, u64> = BTreeMap::new();
    for (key, feed) in feeds {
        let wish = if feed.may_edit { u64::MAX } else { feed.kept };
        counts.insert(*key, wish.min(most[key]));
    }
    // What counts pulls in what it rests on, until nothing moves.
    let mut queue: Vec<(NodeKey, u64, u64)> = counts.iter().map(|(k, n)| (*k, 0, *n)).collect();
    while let Some((key, from, to)) = queue.pop() {
        for (other, seq) in rests(&feeds[&key], from, to) {
            let held = counts.get(&other).copied().unwrap_or(0);
            if seq > held {
                counts.insert(other, seq);
                queue.push((other, held, seq));
            }
        }
    }
    counts
}

/// How far each feed could count at all: up to its stop, and while all it rests on could count too.
fn standing_alone(feeds: &BTreeMap<NodeKey, Feed>) -> BTreeMap<NodeKey, u64> {
    let length = |f: &Feed| f.stop.map_or(f.rests_on.len() as u64, |s| (s - 1).min(f.rests_on.len() as u64));
    let mut most: BTreeMap<NodeKey, u64> = feeds.iter().map(|(k, f)| (*k, length(f))).collect();
    loop {
        let mut moved = false;
        for (key, feed) in feeds {
            let here = most[key];
            let good = feed.rests_on.iter().take(here as usize).take_while(|deps| {
                deps.as_ref().is_some_and(|d| d.iter().all(|(k, s)| *s <= most.get(k).copied().unwrap_or(0)))
            });
            let good = good.count() as u64;
            if good < here {
                most.insert(*key, good);
                moved = true;
            }
        }
        if !moved {
            return most;
        }
    }
}

fn rests(feed: &Feed, from: u64, to: u64) -> Vec<(NodeKey, u64)> {
    let span = feed.rests_on.get(from as usize..to as usize).unwrap_or_default();
    span.iter().flatten().flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const A: NodeKey = NodeKey([1; 32]);
    const B: NodeKey = NodeKey([2; 32]);
    const C: NodeKey = NodeKey([3; 32]);

    fn feed(may_edit: bool, rests_on: &[&[(NodeKey, u64)]]) -> Feed {
        Feed { may_edit, rests_on: rests_on.iter().map(|r| Some(r.to_vec())).collect(), ..Feed::default() }
    }

    #[test]
    fn an_editors_work_counts_and_a_strangers_waits() {
        let feeds = [(A, feed(true, &[&[], &[]])), (B, feed(false, &[&[(A, 1)]]))].into();
        assert_eq!(counting(&feeds), [(A, 2), (B, 0)].into());
    }

    #[test]
    fn what_counts_pulls_in_what_it_rests_on() {
        let feeds = [(A, feed(true, &[&[(B, 2)]])), (B, feed(false, &[&[], &[], &[]]))].into();
        assert_eq!(counting(&feeds), [(A, 1), (B, 2)].into());
    }

    #[test]
    fn a_keep_makes_earlier_work_count_again() {
        let mut kept = feed(false, &[&[], &[], &[]]);
        kept.kept = 2;
        assert_eq!(counting(&[(B, kept)].into()), [(B, 2)].into());
    }

    #[test]
    fn nothing_past_a_fork_counts_nor_what_rests_on_it() {
        let mut forked = feed(true, &[&[], &[], &[]]);
        forked.stop = Some(2);
        let feeds = [(A, forked), (B, feed(true, &[&[(A, 1)], &[(A, 3)], &[]])), (C, feed(true, &[&[(B, 2)]]))].into();
        assert_eq!(counting(&feeds), [(A, 1), (B, 1), (C, 0)].into());
    }

    #[test]
    fn what_rests_on_something_missing_waits() {
        let mut gap = feed(true, &[&[]]);
        gap.rests_on.push(None);
        gap.rests_on.push(Some(vec![]));
        assert_eq!(counting(&[(A, gap)].into()), [(A, 1)].into());
    }

    /// Any acyclic history: envelope i of feed k may rest on envelopes made before it.
    fn histories() -> impl Strategy<Value = BTreeMap<NodeKey, Feed>> {
        let step = (0usize..4, prop::collection::vec((0usize..4, 0u64..6), 0..3));
        let flags = prop::collection::vec((any::<bool>(), 0u64..4, prop::option::of(1u64..6)), 4);
        (prop::collection::vec(step, 0..24), flags).prop_map(|(steps, flags)| {
            let key = |i: usize| NodeKey([i as u8 + 1; 32]);
            let mut feeds: BTreeMap<NodeKey, Feed> = flags
                .into_iter()
                .enumerate()
                .map(|(i, (may_edit, kept, stop))| (key(i), Feed { may_edit, kept, stop, rests_on: vec![] }))
                .collect();
            for (at, deps) in steps {
                let there = |k: usize, s: u64| s.min(feeds[&key(k)].rests_on.len() as u64);
                let deps = deps.into_iter().filter(|(k, _)| *k != at).map(|(k, s)| (key(k), there(k, s)));
                let deps = deps.filter(|(_, s)| *s > 0).collect();
                feeds.get_mut(&key(at)).unwrap().rests_on.push(Some(deps));
            }
            feeds
        })
    }

    proptest! {
        #[test]
        fn what_counts_is_closed_and_nothing_counts_past_a_stop(feeds in histories()) {
            let counts = counting(&feeds);
            for (key, n) in &counts {
                let feed = &feeds[key];
                prop_assert!(feed.stop.is_none_or(|s| *n < s));
                for (other, seq) in rests(feed, 0, *n) {
                    prop_assert!(counts[&other] >= seq);
                }
            }
        }

        #[test]
        fn more_leave_never_makes_less_count(feeds in histories()) {
            let before = counting(&feeds);
            let mut wider = feeds;
            wider.values_mut().for_each(|f| f.may_edit = true);
            let after = counting(&wider);
            prop_assert!(before.iter().all(|(k, n)| after[k] >= *n));
        }
    }
}
