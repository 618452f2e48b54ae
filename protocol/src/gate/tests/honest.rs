//! Whatever people do honestly passes all three stages.

use automerge::transaction::Transactable;
use automerge::{Automerge, Change, ObjType, ROOT};
use proptest::prelude::*;

use super::village::{Archive, Deed, Node, child, perform};
use crate::gate::form;

fn deed() -> impl Strategy<Value = Deed> {
    let words = prop_oneof![4 => "[a-c ]{0,12}", 2 => "\\PC{0,8}", 1 => "[aéß🧺👩‍👩‍👧]{0,60}"];
    (any::<u8>(), 0..200usize, 0..200usize, words).prop_map(|(kind, place, len, words)| Deed {
        kind,
        place,
        len,
        words,
    })
}

#[derive(Debug, Clone)]
enum Step {
    Edit { who: usize, ago: usize, deeds: Vec<Deed> },
    Hear { who: usize, whom: usize },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..3usize, prop_oneof![3 => Just(0), 1 => 0..6usize], proptest::collection::vec(deed(), 1..6))
            .prop_map(|(who, ago, deeds)| Step::Edit { who, ago, deeds }),
        1 => (0..3usize, 0..3usize).prop_map(|(who, whom)| Step::Hear { who, whom }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: super::cases(96) as u32, failure_persistence: None, ..ProptestConfig::default() })]

    /// Three nodes edit, fork and merge; a fourth hears every change in the order made, and admits it.
    #[test]
    fn honest_changes_pass(steps in proptest::collection::vec(step(), 1..30)) {
        let mut nodes: Vec<Node> = (0..3).map(Node::new).collect();
        let mut archive = Archive::default();
        for step in steps {
            match step {
                Step::Edit { who, ago, deeds } => {
                    let change = nodes[who].edit(ago, |tx| deeds.iter().for_each(|deed| perform(deed, tx)));
                    if let Some(change) = change {
                        agrees(&change);
                        archive.admit(change.raw_bytes());
                    }
                }
                Step::Hear { who, whom } => {
                    let mut other = nodes[whom].document.clone();
                    nodes[who].hear(&mut other);
                }
            }
        }
        let mut all = Automerge::new();
        nodes.iter_mut().for_each(|node| { all.merge(&mut node.document).unwrap(); });
        let heads: Vec<_> = all.get_heads().into_iter().map(|head| head.0).collect();
        prop_assert_eq!(archive.heads, heads);
    }
}

/// What the form says of a change is what Automerge says of it.
fn agrees(change: &Change) {
    let form = form(change.raw_bytes()).unwrap();
    assert_eq!(form.hash, change.hash().0);
    assert_eq!(form.actor, change.actor_id().to_bytes());
    assert_eq!((form.seq, form.start_op, form.max_op), (change.seq(), change.start_op().get(), change.max_op()));
    assert_eq!((form.ops, form.time), (change.len() as u64, change.timestamp()));
    assert!(form.deps.iter().eq(change.deps().iter().map(|dep| &dep.0)));
    assert!(form.other_actors.iter().map(|actor| &actor[..]).eq(change.other_actor_ids().iter().map(|a| a.to_bytes())));
}

/// A long text pasted in one go, and taken out in one go.
#[test]
fn long_texts_pass() {
    let mut node = Node::new(0);
    let mut archive = Archive::default();
    let words = "Übungsabend für alle, jeden Dienstag um acht. ".repeat(600);
    for (len, words) in [(0, words.as_str()), (0, words.as_str()), (words.chars().count(), "")] {
        let change = node.edit(0, |tx| {
            let text = child(tx, &ROOT, "note", ObjType::Text);
            tx.splice_text(&text, 0, len as isize, words).unwrap();
        });
        let form = archive.admit(change.unwrap().raw_bytes());
        assert!(form.ops > 25_000);
    }
}
