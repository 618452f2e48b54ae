//! A full disk: reads go on, writes are refused in a sentence, and all recovers by itself.

use super::*;

#[test]
fn below_the_floor_writes_are_refused_and_reads_go_on() {
    let house = House::new();
    let (mut keeper, _) = house.open();
    keeper.apply(vec![put(Table::Header, b"h", b"1")], true).unwrap();
    keeper.room = Room::new(&house_home(&keeper), &Options { floor_bytes: u64::MAX, ..options() });
    let refusal = keeper.apply(vec![put(Table::Header, b"h", b"2")], true).unwrap_err();
    assert_eq!(refusal, StoreError::Full);
    assert_eq!(refusal.to_string(), "the disk is full; free some space and try again");
    assert_eq!(keeper.get(Table::Header, b"h"), Ok(Some(b"1".to_vec())));
    keeper.room = Room::new(&house_home(&keeper), &options());
    keeper.apply(vec![put(Table::Header, b"h", b"2")], true).unwrap();
    keeper.close().unwrap();
    let (keeper, opened) = house.open();
    assert!(opened.clean);
    assert_eq!(keeper.get(Table::Header, b"h"), Ok(Some(b"2".to_vec())));
}

fn house_home(keeper: &Keeper) -> Home {
    keeper.home.clone()
}

#[test]
fn a_journal_that_runs_out_of_room_keeps_nothing_of_the_batch() {
    let house = House::new();
    let (mut keeper, _) = house.open();
    keeper.apply(vec![put(Table::Header, b"h", b"1")], true).unwrap();
    keeper.journal.limit_room(Some(40));
    let both = vec![put(Table::Header, b"h", b"2"), put(Table::View, b"v", b"2")];
    assert_eq!(keeper.apply(both.clone(), true), Err(StoreError::Full));
    assert_eq!(keeper.get(Table::Header, b"h"), Ok(Some(b"1".to_vec())));
    assert_eq!(keeper.get(Table::View, b"v"), Ok(None));
    keeper.journal.limit_room(None);
    keeper.apply(both, true).unwrap();
    drop(keeper);
    let (keeper, opened) = house.open();
    assert_eq!((opened.torn_bytes, opened.rebuilt), (0, None));
    assert_eq!(keeper.get(Table::Header, b"h"), Ok(Some(b"2".to_vec())));
}

#[test]
fn ballast_is_set_aside_when_there_is_room_and_given_back_when_there_is_none() {
    let house = House::new();
    let home = house.home();
    let room = |bytes| Room::new(&home, &Options { ballast_bytes: bytes, ..options() });
    room(1 << 20).set_aside();
    assert_eq!(fs::metadata(home.ballast()).unwrap().len(), 1 << 20);
    assert_eq!(room(1 << 20).give_back_if_short(), Ok(false));
    assert_eq!(room(u64::MAX).give_back_if_short(), Ok(true));
    assert!(!home.ballast().exists());
}
