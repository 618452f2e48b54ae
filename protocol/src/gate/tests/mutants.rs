//! Honest changes with a few bytes or parts changed and a good checksum put on: nothing panics out, and what passes
//! all three stages leaves a document that saves, loads, can be read and can be edited by honest people.
//! `GATE_CASES=60000 GATE_SEED=7 cargo test gate::tests::mutants` runs more of them.

use std::num::NonZeroU64;

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use automerge::transaction::Transactable;
use automerge::{ActorId, Automerge, Change, ROOT};

use super::craft::{body, chunk};
use super::village::{Archive, Deed, Node, actor, perform};
use crate::gate::{Fit, fit, form, trial};

/// Chance that is the same in every run (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }

    fn deed(&mut self) -> Deed {
        let words = ["Canoe", "", "🧺 bread", "a\nb", "Übung"][self.roll(5)].to_string();
        Deed { kind: self.roll(11) as u8, place: self.roll(200), len: self.roll(200), words }
    }
}

/// What was admitted before an honest change, and that change.
fn history(dice: &mut Dice) -> Vec<(Archive, Vec<u8>)> {
    let mut nodes: Vec<Node> = (0..3).map(Node::new).collect();
    let mut archive = Archive::default();
    let mut history = vec![];
    for _ in 0..24 {
        let who = dice.roll(3);
        if dice.roll(3) == 0 {
            let mut other = nodes[dice.roll(3)].document.clone();
            nodes[who].hear(&mut other);
        }
        let deeds: Vec<_> = (0..=dice.roll(4)).map(|_| dice.deed()).collect();
        if let Some(change) = nodes[who].edit(dice.roll(3), |tx| deeds.iter().for_each(|deed| perform(deed, tx))) {
            history.push((archive.clone(), change.raw_bytes().to_vec()));
            archive.admit(change.raw_bytes());
        }
    }
    history
}

/// Some bytes changed, put in, taken out, or copied elsewhere.
fn bytes_changed(raw: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut body = body(raw).to_vec();
    for _ in 0..=dice.roll(3) {
        let at = dice.roll(body.len());
        match dice.roll(6) {
            0 => body[at] = dice.roll(256) as u8,
            1 => body[at] = body[at].wrapping_add(1),
            2 => body[at] ^= 1 << dice.roll(8),
            3 => body.insert(at, dice.roll(130) as u8),
            4 => body[at] = body[dice.roll(body.len())],
            _ if body.len() > 1 => drop(body.remove(at)),
            _ => {}
        }
    }
    chunk(1, &body)
}

/// Some parts changed, and written as Automerge itself writes them, so that most pass for well-formed.
fn parts_changed(raw: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut change = Change::try_from(raw).unwrap().decode();
    for _ in 0..=dice.roll(2) {
        match dice.roll(12) {
            0 => change.seq = change.seq.wrapping_add(dice.roll(3) as u64).wrapping_sub(1),
            1 => {
                let start = change.start_op.get() + dice.roll(5) as u64;
                change.start_op = NonZeroU64::new(start.saturating_sub(2).max(1)).unwrap();
            }
            2 => drop(change.deps.pop()),
            3 => change.actor_id = some_actor(dice),
            4 => {
                let at = dice.roll(change.operations.len());
                change.operations.remove(at);
            }
            5 => {
                let (at, to) = (dice.roll(change.operations.len()), dice.roll(change.operations.len()));
                change.operations.swap(at, to);
            }
            6 => {
                let copy = change.operations[dice.roll(change.operations.len())].clone();
                change.operations.push(copy);
            }
            _ => {
                let at = dice.roll(change.operations.len());
                part_changed(&mut change.operations[at], dice);
            }
        }
        if change.operations.is_empty() {
            break;
        }
    }
    Change::from(change).raw_bytes().to_vec()
}

fn some_actor(dice: &mut Dice) -> ActorId {
    ActorId::from(actor(dice.roll(4) as u8, dice.roll(2) as u8))
}

fn some_op(dice: &mut Dice) -> OpId {
    OpId::new(dice.roll(60) as u64, &some_actor(dice))
}

fn part_changed(op: &mut Op, dice: &mut Dice) {
    match dice.roll(6) {
        0 => op.obj = if dice.roll(3) == 0 { ObjectId::Root } else { ObjectId::Id(some_op(dice)) },
        1 => op.insert = !op.insert,
        2 => {
            op.key = match dice.roll(3) {
                0 => Key::Map("title".into()),
                1 => Key::Seq(ElementId::Head),
                _ => Key::Seq(ElementId::Id(some_op(dice))),
            }
        }
        3 => op.pred = (0..dice.roll(3)).map(|_| some_op(dice)).collect::<Vec<_>>().into(),
        4 => op.pred = Vec::new().into(),
        _ => {
            op.action = match dice.roll(6) {
                0 => OpType::Delete,
                1 => OpType::Make(automerge::ObjType::Map),
                2 => OpType::Make(automerge::ObjType::Text),
                3 => OpType::Make(automerge::ObjType::List),
                4 => OpType::Put(1.into()),
                _ => OpType::Put("a longer word".into()),
            }
        }
    }
}

#[derive(Default, Debug)]
struct Count {
    malformed: usize,
    waiting: usize,
    breaking: usize,
    failing: usize,
    passing: usize,
}

/// Sends one mutant through the gate, and looks at what is left when it passes.
fn judge(archive: &Archive, raw: &[u8], count: &mut Count) {
    let Ok(form) = form(raw) else { return count.malformed += 1 };
    match fit(&form, &form.actor, archive) {
        Fit::Known => return,
        Fit::Waits(_) => return count.waiting += 1,
        Fit::Breaks(_) => return count.breaking += 1,
        Fit::Fits => {}
    }
    let Ok(tried) = trial(archive.snapshot.as_deref(), &[raw]) else { return count.failing += 1 };
    count.passing += 1;
    let mut after = archive.clone();
    after.note(&form);
    (after.snapshot, after.heads) = (Some(tried.snapshot), tried.heads);
    goes_on(after);
}

/// The document loads, reads and takes an honest edit.
fn goes_on(mut archive: Archive) {
    let mut document = Automerge::load(archive.snapshot.as_deref().unwrap()).unwrap();
    assert!(document.get_heads().iter().map(|head| &head.0).eq(&archive.heads));
    document.hydrate(None);
    document.set_actor(ActorId::from(actor(99, 0)));
    let mut dice = Dice(archive.heads.iter().flatten().map(|byte| u64::from(*byte)).sum());
    let mut transaction = document.transaction();
    transaction.put(ROOT, "title", "Still here").unwrap();
    (0..12).for_each(|_| perform(&dice.deed(), &mut transaction));
    transaction.commit();
    let edit = document.get_last_local_change().unwrap();
    archive.admit(edit.raw_bytes());
}

#[test]
fn mutants_leave_a_document_that_loads() {
    let cases = super::cases(4_000);
    let mut dice = Dice(std::env::var("GATE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1));
    let mut count = Count::default();
    let mut changes = vec![];
    for case in 0..cases {
        if case % 500 == 0 {
            changes = history(&mut dice);
        }
        let (archive, raw) = &changes[dice.roll(changes.len())];
        let mutant = if case % 2 == 0 { bytes_changed(raw, &mut dice) } else { parts_changed(raw, &mut dice) };
        judge(archive, &mutant, &mut count);
    }
    println!("{count:?}");
    let some = cases / 100;
    assert!(
        count.malformed > some && count.breaking > some && count.failing > some && count.passing > some,
        "{count:?}"
    );
}
