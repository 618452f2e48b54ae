//! What every store must do, run against both of them; and any sequence of batches and restarts against a model.

use std::collections::BTreeMap;

use proptest::prelude::*;
use protocol::store::Memory;

use super::*;

/// The contract of [`Store`], as a story. Give it an empty store.
fn conforms(store: &mut dyn Store) {
    reads_what_it_wrote(store);
    scans_in_order_and_no_further_than_asked(store);
    applies_a_batch_as_a_whole(store);
    keeps_tables_apart(store);
}

fn reads_what_it_wrote(store: &mut dyn Store) {
    for table in Table::ALL {
        assert_eq!(store.get(table, b"k"), Ok(None));
        store.apply(vec![put(table, b"k", b"one"), put(table, b"", b"")], true).unwrap();
        assert_eq!(store.get(table, b"k"), Ok(Some(b"one".to_vec())));
        assert_eq!(store.get(table, b""), Ok(Some(vec![])));
        store.apply(vec![put(table, b"k", b"two")], false).unwrap();
        assert_eq!(store.get(table, b"k"), Ok(Some(b"two".to_vec())));
        store.apply(vec![Op::Delete(table, b"k".to_vec()), Op::Delete(table, b"never".to_vec())], false).unwrap();
        store.apply(vec![Op::Delete(table, vec![])], true).unwrap();
        assert_eq!(store.get(table, b"k"), Ok(None));
    }
    store.apply(vec![], true).unwrap();
    store.apply(vec![], false).unwrap();
}

fn scans_in_order_and_no_further_than_asked(store: &mut dyn Store) {
    let keys: [&[u8]; 7] = [&[], &[1], &[1, 0], &[1, 255], &[2], &[255], &[255, 255]];
    for table in [Table::Envelope, Table::SignedVote, Table::View] {
        let rows = |range: std::ops::Range<usize>| {
            keys[range].iter().map(|k| (k.to_vec(), [k, &b"v"[..]].concat())).collect::<Vec<Row>>()
        };
        store.apply(keys.iter().rev().map(|k| put(table, k, &[k, &b"v"[..]].concat())).collect(), false).unwrap();
        assert_eq!(store.scan(table, &[], &[], 99).unwrap(), rows(0..7));
        assert_eq!(store.scan(table, &[], &[], 2).unwrap(), rows(0..2));
        assert_eq!(store.scan(table, &[], &[], 0).unwrap(), rows(0..0));
        assert_eq!(store.scan(table, &[1], &[], 99).unwrap(), rows(1..4));
        assert_eq!(store.scan(table, &[1], &[1, 0], 99).unwrap(), rows(2..4));
        assert_eq!(store.scan(table, &[1], &[1, 0, 0], 99).unwrap(), rows(3..4));
        assert_eq!(store.scan(table, &[1], &[2], 99).unwrap(), rows(0..0));
        assert_eq!(store.scan(table, &[1], &[0], 1).unwrap(), rows(1..2));
        assert_eq!(store.scan(table, &[255], &[], 99).unwrap(), rows(5..7));
        assert_eq!(store.scan(table, &[3], &[], 99).unwrap(), rows(0..0));
        store.apply(keys.iter().map(|k| Op::Delete(table, k.to_vec())).collect(), false).unwrap();
        assert_eq!(store.scan(table, &[], &[], 99).unwrap(), rows(0..0));
    }
}

fn applies_a_batch_as_a_whole(store: &mut dyn Store) {
    let twice = vec![
        put(Table::Header, b"a", b"first"),
        put(Table::Header, b"a", &[3; 9_000]),
        put(Table::Header, b"b", &[4; 9_000]),
        Op::Delete(Table::Header, b"b".to_vec()),
        Op::Delete(Table::Header, b"c".to_vec()),
        put(Table::Header, b"c", b"last"),
    ];
    store.apply(twice, true).unwrap();
    assert_eq!(store.get(Table::Header, b"a"), Ok(Some(vec![3; 9_000])));
    assert_eq!(store.get(Table::Header, b"b"), Ok(None));
    assert_eq!(store.get(Table::Header, b"c"), Ok(Some(b"last".to_vec())));
    let long = vec![0; protocol::store::MAX_KEY + 1];
    let refused = store.apply(vec![put(Table::Header, b"d", b"1"), put(Table::View, &long, b"2")], true);
    assert!(matches!(refused, Err(StoreError::TooLarge(_))));
    assert_eq!(store.get(Table::Header, b"d"), Ok(None));
    store
        .apply(vec![Op::Delete(Table::Header, b"a".to_vec()), Op::Delete(Table::Header, b"c".to_vec())], false)
        .unwrap();
}

fn keeps_tables_apart(store: &mut dyn Store) {
    store.apply(Table::ALL.iter().map(|t| put(*t, b"same", &[*t as u8; 7_000])).collect(), true).unwrap();
    for table in Table::ALL {
        let only = vec![(b"same".to_vec(), vec![table as u8; 7_000])];
        assert_eq!(store.scan(table, &[], &[], 99).unwrap(), only);
    }
    store.apply(Table::ALL.iter().map(|t| Op::Delete(*t, b"same".to_vec())).collect(), true).unwrap();
}

#[test]
fn the_store_in_memory_conforms() {
    conforms(&mut Memory::default());
}

#[test]
fn the_keeper_conforms() {
    let (house, mut keeper) = {
        let house = House::new();
        let keeper = house.open().0;
        (house, keeper)
    };
    conforms(&mut keeper);
    assert_eq!(keeper.verify(), Ok(0));
    keeper.close().unwrap();
    assert!(house.open().1.clean);
}

/// How a run goes on after a batch.
#[derive(Clone, Copy, Debug)]
enum Next {
    On,
    StopCleanly,
    Drop,
    LoseSled,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let table = (0..Table::ALL.len()).prop_map(|n| Table::ALL[n]);
    let key = proptest::collection::vec(0..3u8, 0..4);
    let len = prop_oneof![8 => 0..40usize, 1 => 6_000..20_000usize];
    let value = (any::<u8>(), len).prop_map(|(byte, len)| vec![byte; len]);
    let op = prop_oneof![
        3 => (table.clone(), key.clone(), value).prop_map(|(t, k, v)| Op::Put(t, k, v)),
        1 => (table, key).prop_map(|(t, k)| Op::Delete(t, k)),
    ];
    proptest::collection::vec(op, 0..12)
}

fn runs() -> impl Strategy<Value = Vec<(Vec<Op>, bool, Next)>> {
    let next = prop_oneof![
        6 => Just(Next::On),
        1 => Just(Next::StopCleanly),
        1 => Just(Next::Drop),
        1 => Just(Next::LoseSled),
    ];
    proptest::collection::vec((ops(), any::<bool>(), next), 1..24)
}

type Model = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

fn agrees(keeper: &Keeper, model: &Model) {
    for table in Table::ALL {
        let expected: Vec<Row> =
            model.iter().filter(|((t, _), _)| *t == table).map(|((_, k), v)| (k.clone(), v.clone())).collect();
        assert_eq!(keeper.scan(table, &[], &[], usize::MAX).unwrap(), expected, "{table:?}");
    }
    keeper.verify().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn any_batches_and_restarts_leave_what_a_model_says(run in runs()) {
        let house = House::new();
        let (mut keeper, _) = house.open();
        let mut model = Model::new();
        for (ops, durable, next) in run {
            for op in ops.clone() {
                match op {
                    Op::Put(table, key, value) => model.insert((table, key), value),
                    Op::Delete(table, key) => model.remove(&(table, key)),
                };
            }
            keeper.apply(ops, durable).unwrap();
            match next {
                Next::On => continue,
                Next::StopCleanly => keeper.close().unwrap(),
                Next::Drop => drop(keeper),
                Next::LoseSled => {
                    drop(keeper);
                    fs::remove_dir_all(house.path.join("sled")).unwrap();
                    model.retain(|(table, _), _| table.is_truth());
                }
            }
            let opened;
            (keeper, opened) = house.open();
            assert_eq!(opened.clean, matches!(next, Next::StopCleanly));
            assert!(opened.torn_bytes == 0 && opened.quarantined.is_empty() && opened.lost_groups == 0);
            agrees(&keeper, &model);
        }
        agrees(&keeper, &model);
    }
}
