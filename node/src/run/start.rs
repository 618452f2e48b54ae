//! Opening a home: the folder, the keys and the engine, each made when missing.

use std::path::Path;

use protocol::{
    effect::Effect,
    engine::Engine,
    identity::{Keys, NodeKey},
    input::{Input, Request},
    refusal::Refusal,
    store::{Read, StoreError, Table},
    view::Answer,
};

use tracing::{info, warn};

use super::{RunError, kept::Kept, trials};
use crate::{
    clock,
    home::{Home, HomeError},
    keys::{Key, KeyError},
    store::{self, Keeper},
};

/// A home that was opened, with the engine on it.
pub(super) struct Opened {
    pub(super) home: Home,
    pub(super) keys: Keys,
    pub(super) engine: Engine<Kept>,
    /// To be closed when the engine is gone.
    pub(super) kept: Kept,
    /// The 24 words of the member key, as long as nothing was ever kept under it.
    pub(super) words: Option<String>,
}

/// What came of asking a node that does not run.
#[derive(Debug)]
pub struct Offline {
    /// The answer.
    pub answer: Result<Answer, Refusal>,
    /// The node's key.
    pub node: NodeKey,
    /// The 24 words of the member key, as long as nothing was ever kept under it: later only who asks sees them.
    pub words: Option<String>,
}

/// Opens a home, or makes it.
pub(super) fn open(path: &Path) -> Result<Opened, RunError> {
    let home = match Home::open(path) {
        Err(HomeError::Missing(_)) => Home::create(path, clock::random())?,
        other => other?,
    };
    let (keeper, found) = Keeper::open(&home)?;
    tell(&found);
    let (mut keys, words) = keys(&home, &keeper)?;
    let kept = Kept::new(keeper);
    let mut engine = Engine::open(kept.clone(), keys.clone())?;
    if found.derived_lost {
        info!("working out anew what follows from the journal");
        engine.rebuild(&trials::make_all)?;
    } else if !found.replayed.is_empty() {
        engine.look_again(&found.replayed, &trials::make_all)?;
    }
    kept.settle()?;
    if engine.is_copied()? {
        warn!("this home was copied, or set back to an older state; it takes a new node key");
        Key::Node.put_aside(&home)?;
        keys = Keys::new(keys.member().to_bytes(), make(Key::Node, &home)?);
        engine = Engine::open(kept.clone(), keys.clone())?;
    }
    Ok(Opened { home, keys, engine, kept, words })
}

/// Makes a home for a collaborative that has a key already: its own seed, and a node key that the first start makes.
pub fn restore(path: &Path, member: &[u8; 32]) -> Result<(), RunError> {
    let home = Home::create(path, clock::random())?;
    Ok(Key::Member.create(&home, member)?)
}

/// Asks a node that does not run, in this process; nothing goes over the network. Makes home and keys when missing.
pub fn ask_offline(home: &Path, request: Request) -> Result<Offline, RunError> {
    let Opened { home: _held, keys, mut engine, kept, words } = open(home)?;
    let effects = engine.handle(clock::now_ms(), clock::random(), Input::Ask { id: 1, request });
    engine.commit()?;
    drop(engine);
    kept.close()?;
    let answer = effects.into_iter().find_map(|effect| match effect {
        Effect::Answer { result, .. } => Some(*result),
        _ => None,
    });
    Ok(Offline { answer: answer.ok_or(RunError::Fault("gave no answer"))?, node: keys.node_key(), words })
}

/// What opening the store found that somebody who looks after the node should know.
fn tell(found: &store::Opened) {
    if let Some(why) = found.rebuilt.as_ref().filter(|_| !found.first) {
        info!(?why, "the store was rebuilt from the journal");
    }
    if found.torn_bytes > 0 && found.rebuilt == Some(store::Why::Ahead) {
        warn!(bytes = found.torn_bytes, "the end of the journal is damaged; the last save may be lost");
    } else if found.torn_bytes > 0 {
        info!(bytes = found.torn_bytes, "a write that was cut short is gone; nobody was told it was kept");
    }
    if found.ballast_released {
        warn!("the disk is full: free some space, until then nothing can be saved");
    }
    if !found.quarantined.is_empty() || found.lost_groups > 0 {
        let (damaged, lost) = (found.quarantined.len(), found.lost_groups);
        warn!(damaged, lost, "part of the journal is damaged; it was set aside, and is fetched again from others");
    }
}

/// A new installation has no node key yet, and neither has a restored one. A member key is made only where nothing was
/// ever kept: a home that lost its own would otherwise turn into somebody else without a word.
fn keys(home: &Home, keeper: &Keeper) -> Result<(Keys, Option<String>), RunError> {
    let unused = is_empty(keeper)?;
    let node = match Key::Node.read(home) {
        Err(KeyError::Missing(_)) => make(Key::Node, home)?,
        other => *other?,
    };
    let member = match Key::Member.read(home) {
        Err(KeyError::Missing(_)) if unused => make(Key::Member, home)?,
        other => *other?,
    };
    let keys = Keys::new(member, node);
    // Not only when it was made just now: that start may have failed, on a port in use say, before they were shown.
    let words = unused.then(|| keys.words());
    Ok((keys, words))
}

fn make(key: Key, home: &Home) -> Result<[u8; 32], KeyError> {
    let seed = clock::random();
    key.create(home, &seed)?;
    Ok(seed)
}

fn is_empty(keeper: &Keeper) -> Result<bool, StoreError> {
    for table in Table::ALL.into_iter().filter(|table| table.is_truth()) {
        if !keeper.scan(table, &[], &[], 1)?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use protocol::store::{Op, Store};

    use super::*;

    #[test]
    fn keys_are_made_once_and_their_words_shown_until_something_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("home");
        let first = open(&path).map(|opened| (opened.keys.node_key(), opened.words)).unwrap();
        let mut again = open(&path).unwrap();
        assert_eq!(first.1.as_ref().map(|words| words.split(' ').count()), Some(24));
        assert_eq!(first, (again.keys.node_key(), again.words.clone()));
        again.kept.apply(vec![Op::Put(Table::Setting, vec![1], vec![1])], true).unwrap();
        drop(again);
        assert_eq!(open(&path).map(|opened| (opened.keys.node_key(), opened.words)).unwrap(), (first.0, None));
    }

    #[test]
    fn a_home_that_lost_its_key_does_not_become_somebody_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("home");
        let mut opened = open(&path).unwrap();
        opened.kept.apply(vec![Op::Put(Table::Setting, vec![1], vec![1])], true).unwrap();
        std::fs::remove_file(Key::Member.path(&opened.home)).unwrap();
        drop(opened);
        assert!(matches!(open(&path), Err(RunError::Key(KeyError::Missing(_)))));
    }

    #[test]
    fn a_home_is_held_by_one() {
        let dir = tempfile::tempdir().unwrap();
        let _held = open(&dir.path().join("home")).unwrap();
        let second = open(&dir.path().join("home"));
        assert!(matches!(second, Err(RunError::Home(HomeError::InUse { .. }))));
    }
}
