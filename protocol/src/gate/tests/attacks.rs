//! Every attack we know of, by name, and where it is stopped. Those marked with what Automerge 0.12 does were seen to
//! do it.

use std::time::{Duration, Instant};

use automerge::transaction::Transactable;
use automerge::{Change, ObjType, ROOT, ReadDoc};

use super::craft::{Draft, body, chunk, run, signed, unsigned};
use super::village::{Archive, Node, actor};
use crate::gate::{Fit, Form, MAX_CHANGE_BYTES, MAX_COUNTER, MAX_OPS, Malformed, Untried, fit, form, trial};

/// A small document that Riverside (node 1) and Hillside (node 2) have both written in.
struct Scene {
    archive: Archive,
    /// The highest operation counter so far.
    max_op: u64,
}

const RIVERSIDE: u8 = 1;
const HILLSIDE: u8 = 2;
/// A member who has not written here yet.
const MALLORY: [u8; 16] = [0xee; 16];

fn scene() -> Scene {
    let mut archive = Archive::default();
    let (mut riverside, mut hillside) = (Node::new(RIVERSIDE), Node::new(HILLSIDE));
    let first = riverside.edit(0, |tx| {
        tx.put(ROOT, "title", "Canoes").unwrap();
        let text = tx.put_object(ROOT, "note", ObjType::Text).unwrap();
        tx.splice_text(&text, 0, 0, "Three of them").unwrap();
    });
    archive.admit(first.unwrap().raw_bytes());
    hillside.hear(&mut riverside.document);
    let second = hillside.edit(0, |tx| {
        let (_, text) = tx.get(ROOT, "note").unwrap().unwrap();
        tx.splice_text(&text, 0, 5, "Two").unwrap();
        tx.put(ROOT, "title", "Two canoes").unwrap();
    });
    let form = archive.admit(second.unwrap().raw_bytes());
    Scene { archive, max_op: form.max_op }
}

impl Scene {
    /// Mallory's sound change: one field, on the heads.
    fn draft(&self) -> Draft {
        Draft { deps: self.archive.heads.clone(), start_op: self.max_op + 1, ..Draft::puts(1) }
    }

    fn fit(&self, draft: &Draft) -> Fit {
        let form = form(&draft.bytes()).unwrap();
        fit(&form, &form.actor, &self.archive)
    }

    fn breaks(&self, draft: &Draft, malformed: Malformed) {
        assert_eq!(self.fit(draft), Fit::Breaks(malformed));
    }

    /// Passes every rule, but not the trial.
    fn fails(&self, draft: &Draft, untried: Untried) {
        assert_eq!(self.fit(draft), Fit::Fits);
        assert_eq!(trial(self.archive.snapshot.as_deref(), &[&draft.bytes()]), Err(untried));
    }

    /// What the last gate says on its own, were the others to sleep.
    fn trial_alone(&self, draft: &Draft) -> Untried {
        trial(self.archive.snapshot.as_deref(), &[&draft.bytes()]).unwrap_err()
    }
}

fn malformed(draft: &Draft, expected: Malformed) {
    assert_eq!(form(&draft.bytes()), Err(expected));
}

/// However much is claimed, the answer comes at once.
fn quickly(deed: impl FnOnce()) {
    let start = Instant::now();
    deed();
    assert!(start.elapsed() < Duration::from_millis(100), "took {:?}", start.elapsed());
}

#[test]
fn a_sound_change_passes() {
    let mut scene = scene();
    let raw = scene.draft().bytes();
    let Form { seq, ops, actor, .. } = scene.archive.admit(&raw);
    assert_eq!((seq, ops, actor), (1, 1, MALLORY));
}

mod the_chunk {
    use super::*;

    #[test]
    fn too_long() {
        let draft = Draft { extra: vec![0; MAX_CHANGE_BYTES], ..Draft::puts(1) };
        malformed(&draft, Malformed::TooLong);
    }

    #[test]
    fn cut_short_anywhere() {
        let raw = scene().draft().bytes();
        for len in 0..raw.len() {
            assert!(form(&raw[..len]).is_err());
        }
    }

    #[test]
    fn not_automerge() {
        let mut raw = Draft::puts(1).bytes();
        raw[0] ^= 1;
        assert_eq!(form(&raw), Err(Malformed::Magic));
    }

    /// Automerge applies it, but cannot load it from a log.
    #[test]
    fn wrong_checksum() {
        let mut raw = Draft::puts(1).bytes();
        raw[4] ^= 0xff;
        assert_eq!(form(&raw), Err(Malformed::Checksum));
    }

    #[test]
    fn documents_bundles_and_unknown_chunks() {
        for kind in [0, 2, 3, 4, 9] {
            assert_eq!(form(&chunk(kind, &Draft::puts(1).body())), Err(Malformed::ChunkType));
        }
    }

    /// Automerge inflates it whole: 261 KB become 1 GB.
    #[test]
    fn deflate_bomb() {
        let mut bomb = Change::try_from(&Draft::puts(1).bytes()[..]).unwrap().decode();
        bomb.extra_bytes = vec![0; 64 << 20];
        let raw = Change::from(bomb).bytes().into_owned();
        assert!(raw.len() < MAX_CHANGE_BYTES);
        quickly(|| assert_eq!(form(&raw), Err(Malformed::ChunkType)));
    }

    /// Automerge reads four such bytes as an author; we have no use for any.
    #[test]
    fn author_footer_and_other_extra_bytes() {
        malformed(&Draft { extra: vec![1, 2, 9, 9], ..Draft::puts(1) }, Malformed::LeftOver);
        let raw = [Draft::puts(1).bytes(), vec![0]].concat();
        assert_eq!(form(&raw), Err(Malformed::LeftOver));
    }
}

mod the_envelope {
    use super::*;

    #[test]
    fn overlong_numbers() {
        malformed(&Draft { seq: vec![0x81, 0x00], ..Draft::puts(1) }, Malformed::Number);
        malformed(&Draft { seq: vec![0xff; 11], ..Draft::puts(1) }, Malformed::Number);
        malformed(&Draft { time: vec![0x80, 0x00], ..Draft::puts(1) }, Malformed::Number);
        malformed(&Draft { time: vec![0xff, 0x7f], ..Draft::puts(1) }, Malformed::Number);
    }

    #[test]
    fn any_time_is_read_as_written() {
        for time in [0, 1, -1, 63, 64, -64, -65, 1 << 40, i64::MAX, i64::MIN] {
            let form = form(&Draft { time: signed(time), ..Draft::puts(1) }.bytes()).unwrap();
            assert_eq!(form.time, time);
        }
    }

    #[test]
    fn deps_twice_or_unsorted_or_too_many() {
        malformed(&Draft { deps: vec![[7; 32], [7; 32]], ..Draft::puts(1) }, Malformed::DepsOrder);
        malformed(&Draft { deps: vec![[7; 32], [6; 32]], ..Draft::puts(1) }, Malformed::DepsOrder);
        let many = (0..2_000u16).map(|n| std::array::from_fn(|i| if i < 2 { n.to_be_bytes()[i] } else { 0 })).collect();
        malformed(&Draft { deps: many, ..Draft::puts(1) }, Malformed::TooManyDeps);
    }

    #[test]
    fn empty_and_huge_actors() {
        for len in [0, 15, 17, 4096] {
            malformed(&Draft { actor: vec![5; len], ..Draft::puts(1) }, Malformed::ActorLength);
            malformed(&Draft { others: vec![vec![5; len]], ..Draft::puts(1) }, Malformed::ActorLength);
        }
    }

    /// Automerge forgets the actor when it saves; the change loses its hash and the document does not load.
    #[test]
    fn unused_actor() {
        let scene = scene();
        let draft = Draft { others: vec![actor(RIVERSIDE, 0).to_vec()], ..scene.draft() };
        malformed(&draft, Malformed::ActorUnused);
        assert_eq!(scene.trial_alone(&draft), Untried::Unloadable);
    }

    #[test]
    fn others_unsorted_twice_or_too_many_or_the_author() {
        let others =
            |others: &[[u8; 16]]| Draft { others: others.iter().map(|a| a.to_vec()).collect(), ..Draft::puts(1) };
        malformed(&others(&[[7; 16], [6; 16]]), Malformed::ActorsOrder);
        malformed(&others(&[[7; 16], [7; 16]]), Malformed::ActorsOrder);
        malformed(&others(&[MALLORY]), Malformed::ActorsOrder);
        malformed(&others(&[[7; 16]; 1_025]), Malformed::TooManyActors);
    }

    #[test]
    fn zero_seq_and_zero_counter() {
        malformed(&Draft { seq: vec![0], ..Draft::puts(1) }, Malformed::Zero);
        malformed(&Draft { start_op: 0, ..Draft::puts(1) }, Malformed::Zero);
    }

    /// Automerge takes it, and then no honest edit can be loaded.
    #[test]
    fn counter_exhaustion() {
        malformed(&Draft { start_op: u64::from(u32::MAX) - 1, ..Draft::puts(1) }, Malformed::Counter);
        malformed(&Draft { start_op: u64::MAX, ..Draft::puts(1) }, Malformed::Counter);
        malformed(&Draft { start_op: MAX_COUNTER - 1, ..Draft::puts(3) }, Malformed::Counter);
        let scene = scene();
        scene.breaks(&Draft { start_op: 1 << 29, ..scene.draft() }, Malformed::StartOp);
    }

    #[test]
    fn messages() {
        malformed(&Draft { message: vec![b'm'; 1_025], ..Draft::puts(1) }, Malformed::MessageTooLong);
        malformed(&Draft { message: vec![0xff], ..Draft::puts(1) }, Malformed::Utf8);
        assert!(form(&Draft { message: b"m".to_vec(), ..Draft::puts(1) }.bytes()).is_ok());
    }
}

mod the_columns {
    use super::*;

    /// Automerge 0.12 keeps the column nowhere: the change loses its hash.
    #[test]
    fn unknown_column() {
        let scene = scene();
        let draft = scene.draft().column(0x1f2, [0x7f, 5]);
        malformed(&draft, Malformed::UnknownColumn);
        assert_eq!(scene.trial_alone(&draft), Untried::Unloadable);
    }

    #[test]
    fn deflated_column() {
        let insert = Draft::puts(1).columns[1].1.clone();
        malformed(&Draft::puts(1).column(0x34, []).column(0x34 | 8, insert), Malformed::UnknownColumn);
    }

    #[test]
    fn marks() {
        malformed(&Draft::puts(1).column(0x94, [0, 1]), Malformed::UnknownColumn);
        malformed(&Draft::puts(1).column(0xa5, [0x7f, 1, b'b']), Malformed::UnknownColumn);
    }

    #[test]
    fn columns_out_of_order_twice_or_empty() {
        let mut draft = Draft::puts(1);
        draft.columns.swap(0, 1);
        malformed(&draft, Malformed::ColumnsOrder);
        let mut draft = Draft::puts(1);
        draft.columns.insert(1, draft.columns[0].clone());
        malformed(&draft, Malformed::ColumnsOrder);
        let mut draft = Draft::puts(1);
        draft.columns.insert(0, (0x01, vec![]));
        malformed(&draft, Malformed::EmptyColumn);
    }

    #[test]
    fn a_literal_where_a_run_belongs() {
        let scene = scene();
        let draft = Draft { start_op: scene.max_op + 1, deps: scene.archive.heads.clone(), ..two_fields() };
        assert_eq!(scene.fit(&draft), Fit::Fits);
        let draft = draft.column(0x42, [0x7e, 1, 1]);
        malformed(&draft, Malformed::Run);
        assert_eq!(scene.trial_alone(&draft), Untried::Unloadable);
    }

    /// One sequence of cells, every wrong way to write it.
    #[test]
    fn runs_automerge_would_not_write() {
        let action = |data: &[u8]| malformed(&two_fields().column(0x42, data), Malformed::Run);
        action(&[1, 1, 1, 1]); // Runs of one.
        action(&[0x7f, 1, 0x7f, 1]); // Literals that belong together.
        action(&[0x7f, 1, 2, 1]); // A run that continues a literal.
        action(&[2, 1, 0x7f, 1]); // A literal that continues a run.
        action(&[2, 1, 2, 1]); // Runs that belong together.
        action(&[0, 0]); // Empty cells, none of them.
        action(&[0, 1, 0, 1]); // Empty cells that belong together.
        malformed(&two_fields().column(0x01, [0, 2]).column(0x02, [0, 2]), Malformed::Run); // Nothing but empty cells.
        malformed(&two_fields().column(0x34, [1, 0, 1]), Malformed::Run); // Noes that belong together.
        malformed(&two_fields().column(0x34, [2, 0]), Malformed::Cells); // Yeses, none of them.
    }

    #[test]
    fn columns_of_different_length() {
        for (spec, long, short) in [
            (0x15, vec![0x7d, 1, b'a', 1, b'b', 1, b'c'], vec![0x7f, 1, b'a']),
            (0x34, vec![3], vec![1]),
            (0x56, vec![3, 0], vec![0x7f, 0]),
            (0x70, vec![3, 0], vec![0x7f, 0]),
        ] {
            malformed(&two_fields().column(spec, long), Malformed::Cells);
            malformed(&two_fields().column(spec, short), Malformed::Cells);
        }
        for spec in [0x34, 0x56, 0x70] {
            malformed(&two_fields().column(spec, []), Malformed::Cells);
        }
        malformed(&two_fields().column(0x15, []), Malformed::Key);
        malformed(&two_fields().column(0x57, [0]), Malformed::Cells);
        malformed(&two_fields().column(0x71, [0x7f, 0]).column(0x73, [0x7f, 1]), Malformed::Cells);
    }

    #[test]
    fn no_operations() {
        malformed(&Draft { columns: vec![], ..Draft::puts(1) }, Malformed::NoOps);
        malformed(&Draft::puts(1).column(0x42, []), Malformed::NoOps);
    }

    /// Automerge counts all 200 million before it refuses or fails: seconds for a hundred bytes.
    #[test]
    fn run_length_bombs() {
        for count in [MAX_OPS + 1, 200_000_000, u64::from(u32::MAX), i64::MAX as u64] {
            quickly(|| malformed(&Draft::puts(count), Malformed::TooManyOps));
        }
        for (spec, value) in [(0x01, &b"\x00"[..]), (0x11, b"\x00"), (0x56, b"\x00"), (0x70, b"\x00"), (0x13, b"\x00")]
        {
            let draft = Draft::puts(1).column(spec, run(200_000_000, value));
            quickly(|| assert!(form(&draft.bytes()).is_err()));
        }
        let literal = [signed(i64::MIN), vec![1]].concat();
        quickly(|| malformed(&Draft::puts(1).column(0x42, literal), Malformed::EndsEarly));
    }

    /// Automerge writes out 20 million predecessors of one operation.
    #[test]
    fn predecessor_bomb() {
        let count = 20_000_000;
        let draft = Draft::puts(1)
            .column(0x70, run(1, &unsigned(count)))
            .column(0x71, run(count, &[0]))
            .column(0x73, run(count, &[1]));
        quickly(|| malformed(&draft, Malformed::TooManyPredecessors));
        let draft = Draft::puts(2).column(0x70, run(2, &unsigned(u64::MAX)));
        quickly(|| malformed(&draft, Malformed::TooManyPredecessors));
    }

    /// Automerge copies the key for every operation: 200 KB times 100,000.
    #[test]
    fn key_bomb() {
        let key = [unsigned(200_000), vec![b'k'; 200_000]].concat();
        let draft = Draft::puts(MAX_OPS).column(0x15, run(MAX_OPS, &key));
        quickly(|| malformed(&draft, Malformed::KeysTooLong));
    }

    /// A hundred bytes put 100,000 values side by side in one field, and the next honest edit would have to name them
    /// all.
    #[test]
    fn conflict_bomb() {
        quickly(|| malformed(&Draft::puts(MAX_OPS), Malformed::SelfConflict));
        malformed(&Draft::puts(2), Malformed::SelfConflict);
    }

    fn two_fields() -> Draft {
        Draft::puts(2).column(0x15, [0x7e, 1, b'a', 1, b'b'])
    }
}

mod the_operations {
    use super::*;

    #[test]
    fn unknown_action() {
        for action in [5, 6, 7, 8, 48] {
            malformed(&Draft::puts(1).column(0x42, [0x7f, action]), Malformed::Action);
        }
    }

    #[test]
    fn values_not_as_their_kind_demands() {
        let value = |len: u8, kind: u8, raw: &[u8]| {
            Draft::puts(1).column(0x56, run(1, &unsigned(u64::from(len) << 4 | u64::from(kind)))).column(0x57, raw)
        };
        malformed(&value(2, 6, &[0xff, 0xfe]), Malformed::Utf8);
        malformed(&value(3, 6, b"ab"), Malformed::EndsEarly);
        malformed(&value(1, 6, b"ab"), Malformed::Cells);
        malformed(&value(1, 0, &[0]), Malformed::Value);
        malformed(&value(2, 3, &[0x81, 0]), Malformed::Number);
        malformed(&value(2, 3, &[1, 1]), Malformed::Value);
        malformed(&value(2, 4, &[0xff, 0x7f]), Malformed::Number);
        malformed(&value(4, 5, &[0; 4]), Malformed::EndsEarly);
        malformed(&value(8, 5, &f64::NAN.to_le_bytes()), Malformed::Value);
        malformed(&value(1, 8, &[1]), Malformed::Value); // A counter.
        malformed(&value(1, 12, &[1]), Malformed::Value);
        malformed(&value(2, 6, b"ab").column(0x42, [0x7f, 0]), Malformed::Value); // A map is made with no value.
        assert!(form(&value(2, 6, b"ab").bytes()).is_ok());
        let huge = Draft::puts(1).column(0x56, run(1, &unsigned(u64::MAX)));
        malformed(&huge, Malformed::EndsEarly);
    }

    #[test]
    fn keys_and_strings_that_are_not_text() {
        malformed(&Draft::puts(1).column(0x15, [0x7f, 1, 0xff]), Malformed::Utf8);
    }

    #[test]
    fn half_named_objects_and_keys() {
        malformed(&Draft::puts(1).column(0x01, [0x7f, 0]), Malformed::Object);
        malformed(&Draft::puts(1).column(0x02, [0x7f, 1]), Malformed::Object);
        malformed(&Draft::puts(1).column(0x11, [0x7f, 0]), Malformed::Key);
        malformed(&Draft::puts(1).column(0x13, [0x7f, 0]), Malformed::Key);
        malformed(&element(Draft::puts(1), 0, 1).column(0x11, []), Malformed::Key);
    }

    #[test]
    fn the_root_has_no_elements_and_lists_start_only_for_insertions() {
        let scene = scene();
        malformed(&element(scene.draft(), 0, 1), Malformed::Key);
        malformed(&Draft::puts(1).column(0x34, [0, 1]), Malformed::Key);
        let head = object(scene.draft(), 2).column(0x15, []).column(0x13, [0x7f, 0]);
        malformed(&head, Malformed::Key);
        assert_eq!(scene.fit(&head.column(0x34, [0, 1])), Fit::Fits);
    }

    /// Automerge takes an element in a map, and panics when somebody next edits that map; a name in a list it cannot
    /// load again.
    #[test]
    fn elements_in_maps_and_names_in_lists() {
        let scene = scene();
        scene.fails(&object(scene.draft(), 2), Untried::Unloadable);
        let inside = |action: u8| {
            let draft = Draft::puts(2).column(0x01, [0, 1, 0x7f, 0]).column(0x02, [0, 1, 0x7f, 1]);
            draft.column(0x42, [0x7e, action, 1])
        };
        let elements = |draft: Draft| {
            let draft = draft.column(0x13, [0, 1, 0x7f, 0]).column(0x15, [0x7f, 1, b'k', 0, 1]);
            draft.column(0x34, [1, 1])
        };
        assert!(form(&inside(0).bytes()).is_ok());
        assert!(form(&elements(inside(2)).bytes()).is_ok());
        malformed(&elements(inside(0)), Malformed::Key);
        malformed(&inside(2), Malformed::Key);
        malformed(&inside(4), Malformed::Key);
        malformed(&inside(1).column(0x42, [2, 1]), Malformed::Object);
        // A map made before: no rule can tell, the trial can.
        let mut archive = Archive::default();
        let map = archive.admit(&Draft::puts(1).column(0x42, [0x7f, 0]).bytes());
        let draft = Draft { deps: vec![map.hash], seq: vec![2], start_op: 2, ..Draft::puts(1) };
        let element = draft.column(0x01, [0x7f, 0]).column(0x02, [0x7f, 1]).column(0x13, [0x7f, 0]).column(0x15, []);
        let scene = Scene { archive, max_op: 1 };
        scene.fails(&element.column(0x34, [0, 1]), Untried::WrongObject);
    }

    #[test]
    fn deletions_that_delete_nothing_and_insertions_that_replace() {
        malformed(&Draft::puts(1).column(0x42, [0x7f, 3]), Malformed::Predecessors);
        let scene = scene();
        let insertion = object(scene.draft(), 2).column(0x15, []).column(0x13, [0x7f, 0]).column(0x34, [0, 1]);
        malformed(&insertion.clone().column(0x42, [0x7f, 3]), Malformed::Action);
        malformed(&pred(insertion, 1, 1), Malformed::Predecessors);
        malformed(&element(object(scene.draft(), 2), 1, 3), Malformed::Predecessors);
    }

    #[test]
    fn actor_numbers_out_of_range() {
        malformed(&pred(Draft { start_op: 9, ..Draft::puts(1) }, 1, 1), Malformed::Reference);
        malformed(&pred(Draft { start_op: 9, ..Draft::puts(1) }, u64::MAX, 1), Malformed::Reference);
    }

    #[test]
    fn references_to_what_cannot_come_before() {
        malformed(&pred(Draft { start_op: 9, ..Draft::puts(1) }, 0, 0), Malformed::Reference);
        malformed(&pred(Draft { start_op: 9, ..Draft::puts(1) }, 0, 9), Malformed::Reference);
        malformed(&pred(Draft { start_op: 9, ..Draft::puts(1) }, 0, 99), Malformed::Reference);
        malformed(&Draft::puts(1).column(0x01, [0x7f, 0]).column(0x02, [0x7f, 1]), Malformed::Reference);
        let scene = scene();
        let draft = Draft { others: vec![actor(RIVERSIDE, 0).to_vec()], ..scene.draft() };
        malformed(&pred(draft, 1, scene.max_op + 1), Malformed::Reference);
    }

    #[test]
    fn deltas_that_overflow_or_fall_below_zero() {
        for delta in [-1, i64::MIN] {
            let draft = Draft::puts(1).column(0x70, [0x7f, 1]).column(0x71, [0x7f, 0]);
            malformed(&draft.column(0x73, run(1, &signed(delta))), Malformed::Counter);
        }
        let draft = Draft { start_op: 9, ..Draft::puts(1) }.column(0x70, [0x7f, 2]).column(0x71, run(2, &[0]));
        malformed(&draft.clone().column(0x73, run(2, &signed(i64::MAX))), Malformed::Reference);
        let two = [vec![0x7e], signed(1), signed(i64::MAX)].concat();
        malformed(&draft.column(0x73, two), Malformed::Counter);
    }

    #[test]
    fn predecessors_twice_or_unsorted() {
        let draft = Draft { start_op: 9, ..Draft::puts(1) }.column(0x70, [0x7f, 2]).column(0x71, run(2, &[0]));
        malformed(&draft.clone().column(0x73, [0x7e, 3, 0]), Malformed::Predecessors);
        malformed(&draft.clone().column(0x73, [0x7e, 3, 0x7f]), Malformed::Predecessors);
        assert!(form(&draft.column(0x73, [0x7e, 3, 1]).bytes()).is_ok());
    }

    /// Automerge panics.
    #[test]
    fn no_such_object() {
        let scene = scene();
        let draft = object(scene.draft(), 1);
        scene.fails(&draft, Untried::Panicked);
    }

    /// Automerge forgets the predecessor when it saves; the change loses its hash.
    #[test]
    fn predecessor_that_does_not_exist() {
        let scene = scene();
        let draft = Draft { others: vec![actor(HILLSIDE, 0).to_vec()], ..scene.draft() };
        scene.fails(&pred(draft, 1, 1), Untried::Unloadable);
    }

    fn object(draft: Draft, counter: u64) -> Draft {
        let draft = Draft { others: vec![actor(RIVERSIDE, 0).to_vec()], ..draft };
        draft.column(0x01, [0x7f, 1]).column(0x02, run(1, &unsigned(counter)))
    }

    fn element(draft: Draft, actor: u8, counter: i64) -> Draft {
        draft.column(0x15, []).column(0x11, [0x7f, actor]).column(0x13, run(1, &signed(counter)))
    }

    fn pred(draft: Draft, actor: u64, counter: u64) -> Draft {
        let actor = run(1, &unsigned(actor));
        draft.column(0x70, [0x7f, 1]).column(0x71, actor).column(0x73, run(1, &signed(counter as i64)))
    }
}

mod the_history {
    use super::*;

    #[test]
    fn another_actor_than_the_authors() {
        let scene = scene();
        let form = form(&scene.draft().bytes()).unwrap();
        assert_eq!(fit(&form, &[1; 16], &scene.archive), Fit::Breaks(Malformed::NotTheAuthor));
    }

    #[test]
    fn missing_deps_wait() {
        let mut scene = scene();
        let mut draft = scene.draft();
        draft.deps.push([0xff; 32]);
        assert_eq!(scene.fit(&draft), Fit::Waits(vec![[0xff; 32]]));
        // The missing one might have brought the unknown actor: still waiting.
        draft.others = vec![[0xdd; 16].to_vec()];
        let draft = draft.column(0x70, [0x7f, 1]).column(0x71, [0x7f, 1]).column(0x73, [0x7f, 3]);
        assert_eq!(scene.fit(&draft), Fit::Waits(vec![[0xff; 32]]));
        scene.archive.heads.clear();
    }

    /// Automerge panics.
    #[test]
    fn unknown_actor_starting_at_seq_2() {
        let scene = scene();
        let draft = Draft { seq: vec![2], ..scene.draft() };
        scene.breaks(&draft, Malformed::PreviousNotADep);
        assert_eq!(scene.trial_alone(&draft), Untried::Panicked);
    }

    /// Automerge panics.
    #[test]
    fn seq_gap() {
        let scene = scene();
        let draft = Draft { actor: actor(HILLSIDE, 0).to_vec(), seq: vec![3], ..scene.draft() };
        scene.breaks(&draft, Malformed::PreviousNotADep);
        assert_eq!(scene.trial_alone(&draft), Untried::Panicked);
    }

    #[test]
    fn seq_taken() {
        let scene = scene();
        let draft = Draft { actor: actor(HILLSIDE, 0).to_vec(), ..scene.draft() };
        scene.breaks(&draft, Malformed::SeqTaken);
        assert_eq!(scene.trial_alone(&draft), Untried::Refused);
    }

    /// Sent in the other order, Automerge panics.
    #[test]
    fn second_change_that_does_not_build_on_the_first() {
        let mut scene = scene();
        let first = scene.draft();
        scene.archive.note(&form(&first.bytes()).unwrap());
        let second = Draft { seq: vec![2], start_op: first.start_op + 1, ..first };
        scene.breaks(&second, Malformed::PreviousNotADep);
        let other_order = [&second.bytes()[..], &scene.draft().bytes()];
        assert_eq!(trial(scene.archive.snapshot.as_deref(), &other_order), Err(Untried::Panicked));
    }

    #[test]
    fn operation_ids_used_twice() {
        let scene = scene();
        let draft = Draft { actor: actor(HILLSIDE, 0).to_vec(), seq: vec![2], start_op: 1, ..scene.draft() };
        scene.breaks(&draft, Malformed::StartOp);
        scene.breaks(&Draft { start_op: scene.max_op, ..scene.draft() }, Malformed::StartOp);
        scene.breaks(&Draft { start_op: scene.max_op + 2, ..scene.draft() }, Malformed::StartOp);
    }

    /// Automerge panics.
    #[test]
    fn predecessor_of_an_unknown_actor() {
        let scene = scene();
        let draft = Draft { others: vec![[0xdd; 16].to_vec()], ..scene.draft() };
        let draft = draft.column(0x70, [0x7f, 1]).column(0x71, [0x7f, 1]).column(0x73, [0x7f, 3]);
        scene.breaks(&draft, Malformed::UnknownActor);
        assert_eq!(scene.trial_alone(&draft), Untried::Panicked);
    }
}

mod the_trial {
    use super::*;

    #[test]
    fn a_snapshot_that_does_not_load() {
        assert_eq!(trial(Some(b"not a document"), &[]), Err(Untried::Snapshot));
    }

    /// Automerge takes it, but whoever reads it recursively runs out of stack, which kills the process.
    #[test]
    fn a_deep_nest() {
        let nest = |count: u64| {
            let actors = [&[0, 1][..], &run(count - 1, &[0])].concat();
            let counters = [vec![0, 1], signed(1 - count as i64), (1..count).flat_map(unsigned).collect()].concat();
            Draft::puts(count).column(0x01, actors).column(0x02, counters).column(0x42, run(count, &[0])).bytes()
        };
        assert!(trial(None, &[&nest(15)]).is_ok());
        for count in [16, 50_000] {
            assert!(form(&nest(count)).is_ok());
            assert_eq!(trial(None, &[&nest(count)]), Err(Untried::TooDeep));
        }
    }

    /// Automerge takes them, but `update_text` then fails for everyone.
    #[test]
    fn what_is_not_text_inside_text() {
        let element = |meta: u8, value: &[u8], action: u8| {
            let make = [0x7e, 4, action];
            Draft::puts(2)
                .column(0x01, [0, 1, 0x7f, 0])
                .column(0x02, [0, 1, 0x7f, 1])
                .column(0x13, [0, 1, 0x7f, 0])
                .column(0x15, [0x7f, 1, b'k', 0, 1])
                .column(0x34, [1, 1])
                .column(0x42, make)
                .column(0x56, if meta == 0 { vec![2, 0] } else { vec![0x7e, 0, meta] })
                .column(0x57, value)
                .bytes()
        };
        assert!(trial(None, &[&element(1 << 4 | 6, b"a", 1)]).is_ok());
        for bytes in [element(0, b"", 0), element(0, b"", 1), element(6, b"", 1), element(2 << 4 | 6, b"ab", 1)] {
            assert!(form(&bytes).is_ok());
            assert_eq!(trial(None, &[&bytes]), Err(Untried::NotText));
        }
    }

    #[test]
    fn bytes_that_are_no_change() {
        assert_eq!(trial(None, &[b"not a change"]), Err(Untried::Unreadable));
    }

    #[test]
    fn repeats_and_orphans_are_left_out() {
        let scene = scene();
        let raw = scene.draft().bytes();
        assert_eq!(trial(None, &[&raw]), Err(Untried::LeftOut));
        assert_eq!(trial(scene.archive.snapshot.as_deref(), &[&raw, &raw]), Err(Untried::LeftOut));
    }

    #[test]
    fn several_changes_in_any_order() {
        let scene = scene();
        let first = scene.draft();
        let hash = form(&first.bytes()).unwrap().hash;
        let second = Draft { seq: vec![2], start_op: first.start_op + 1, deps: vec![hash], ..Draft::puts(1) };
        let tried = trial(scene.archive.snapshot.as_deref(), &[&second.bytes(), &first.bytes()]).unwrap();
        assert_eq!(tried.heads, [form(&second.bytes()).unwrap().hash]);
    }

    #[test]
    fn crafted_bodies_are_read_back() {
        let draft = Draft::puts(1);
        assert_eq!(body(&draft.bytes()), draft.body());
    }
}
