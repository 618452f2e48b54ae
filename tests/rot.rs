//! A home that rotted, or was set back, while its machine was off: what it lost comes from the neighbor again, and it goes
//! on writing under a key that nobody wrote under before.
//!
//! One home of each sort each time; a hundred in all with `COMMONWEAL_FULL=1000`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use harness::{
    real::{Node, Place, eventually},
    tiers::turns,
};

/// What becomes of the journal, after what Hillside joined with, and of the store beside it.
#[derive(Clone, Copy, Debug)]
enum Harm {
    Flipped,
    SetBack,
    Cut,
    Zeroed,
}

const HARMS: [Harm; 4] = [Harm::Flipped, Harm::SetBack, Harm::Cut, Harm::Zeroed];

#[test]
fn what_a_home_lost_to_rot_comes_from_its_neighbor_again() {
    let homes = turns(4, 100) as usize;
    // Four at a time: most of it is waiting until two nodes dial each other again.
    let homes_in_turn: Vec<usize> = (0..homes).collect();
    for some in homes_in_turn.chunks(HARMS.len()) {
        thread::scope(|scope| {
            some.iter().for_each(|trial| drop(scope.spawn(move || comes_back(HARMS[trial % HARMS.len()], *trial))));
        });
    }
    println!("{homes} homes that rotted have all again, and write on");
}

fn comes_back(harm: Harm, trial: usize) {
    let place = Place::new();
    let mut nodes = place.network(&["Riverside", "Hillside"]);
    let (mut guest, host) = (nodes.pop().unwrap(), nodes.pop().unwrap());
    let joined = fs::metadata(segment(&guest)).unwrap().len() as usize;
    let older = place.path().join("older");
    for n in 0..6 {
        if n == 2 {
            guest.comes_to_agree();
            assert!(guest.stop().success());
            copy(guest.home(), &older);
            guest.up();
        }
        host.practice(&format!("Practice {n}"), "network");
        guest.practice(&format!("Supper {n}"), "network");
    }
    eventually("both have all", || guest.records() == 12 && host.records() == 12);
    guest.comes_to_agree();
    assert!(guest.stop().success());
    do_harm(harm, &guest, &older, joined, trial);
    let before = guest.key.clone();
    guest.up();
    eventually(&format!("{harm:?} {trial}: all is here again"), || guest.records() == 12);
    assert_eq!(guest.shared(), host.shared(), "{harm:?} {trial}");

    // Where its own work was lost it must not go on under its old key; once started again it has a new one.
    assert!(guest.stop().success());
    guest.up();
    if let Harm::SetBack = harm {
        assert_ne!(guest.key, before, "it goes on under the key that it wrote under already");
    }
    guest.practice("Supper after all", "network");
    eventually(&format!("{harm:?} {trial}: what it writes now arrives"), || host.records() == 13);
    assert_eq!(guest.shared(), host.shared(), "{harm:?} {trial}");
    for node in [&host, &guest] {
        assert!(!node.log().contains("panicked"), "{}", node.log());
    }
}

fn do_harm(harm: Harm, guest: &Node, older: &Path, joined: usize, trial: usize) {
    let (file, sled) = (segment(guest), guest.home().join("sled"));
    fs::remove_dir_all(&sled).unwrap();
    if let Harm::SetBack = harm {
        copy(&older.join("sled"), &sled);
        fs::copy(older.join("journal").join(file.file_name().unwrap()), &file).unwrap();
        return;
    }
    let mut bytes = fs::read(&file).unwrap();
    let at = joined + (trial * 7_919 + 1_237) % (bytes.len() - joined);
    match harm {
        Harm::Flipped => bytes[at] ^= 4,
        Harm::Cut => bytes.truncate(at),
        _ => bytes[at..].iter_mut().take(2_000).for_each(|byte| *byte = 0),
    }
    fs::write(&file, bytes).unwrap();
}

/// Its journal; it is short, and in one file.
fn segment(node: &Node) -> PathBuf {
    fs::read_dir(node.home().join("journal")).unwrap().next().unwrap().unwrap().path()
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").args([from, to]).status().unwrap().success());
}
