//! What is wrong with the chunk as a whole.

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
