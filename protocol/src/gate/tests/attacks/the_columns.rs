//! Columns and runs, among them the bombs.

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
    for (spec, value) in [(0x01, &b"\x00"[..]), (0x11, b"\x00"), (0x56, b"\x00"), (0x70, b"\x00"), (0x13, b"\x00")] {
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
