//! The people of this node: who may sign in, as what, and where they are signed in. None of it ever leaves the node.
//!
//! | file | what it keeps |
//! |---|---|
//! | `account` | who may sign in, as what, with which password |
//! | `password` | which passwords are taken |
//! | `session` | where they are signed in |
//! | `second` | what they show besides their password |
//! | `link` | links that let somebody in once |
//! | `key` | what programs come in with: access keys and app passwords |
//! | `set_up` | how far the first visit has come |
//! | `visit` | when somebody was here before |
//! | `browser` | the names of browsers |
//! | `tries` | wrong tries, so that guessing ends soon |
//!
//! Passwords are kept as argon2id (RFC 9106), everything else that lets somebody in only as a hash: who reads the disk can
//! sign in as nobody.

mod account;
mod browser;
mod key;
mod link;
mod password;
mod second;
mod session;
mod set_up;
mod tries;
mod visit;

#[cfg(test)]
pub(crate) mod tests;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use minicbor::{Decode, Encode};
use protocol::{format, identity::Hash, input::Request, refusal::Refusal, view::Answer};
use tokio::sync::{OwnedMutexGuard, Semaphore};

pub use self::{
    account::{Account, Newcomer, Role},
    key::{Key, LABEL_MOST, Scope},
    link::Link,
    session::{Came, Session, Visitor},
    set_up::Step,
};
use self::{second::Waiting, set_up::Progress, tries::Tries, visit::Visit};
use crate::{
    clock,
    config::{HASHES_AT_ONCE, SIGN_INS_WAITING},
    run::Handle,
};

/// Why somebody does not get in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotIn {
    /// Name and password do not belong together; which of them is wrong is not said.
    Wrong,
    /// Too many wrong tries; a pause comes first.
    Pause,
    /// The set-up code is not the one that was shown.
    Code,
    /// Somebody has set this node up already.
    Taken,
    /// The name is empty or too long.
    Name,
    /// Somebody signs in with this name already.
    NameTaken,
    /// The password is too short or too long.
    Password,
    /// The password is one that anybody would guess.
    Common,
    /// The node cannot keep it now.
    Disk,
    /// There are as many of these as one person may have.
    Many,
    /// It was used, it is too old, or it was never there.
    Gone,
    /// Nobody else looks after this node.
    LastAdmin,
}

/// Who may sign in here, and who is.
#[derive(Clone, Debug)]
pub struct People {
    node: Handle,
    held: Arc<Mutex<Held>>,
    /// The turn to write: what lets somebody in is changed by one after the other.
    turns: Arc<tokio::sync::Mutex<()>>,
    hashing: Arc<Semaphore>,
    /// Places to wait for that: who finds none is told to come again, rather than making everybody wait.
    queue: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct Held {
    accounts: BTreeMap<String, Account>,
    sessions: BTreeMap<Hash, Session>,
    keys: BTreeMap<Hash, Key>,
    links: BTreeMap<Hash, Link>,
    progress: Option<Progress>,
    /// Who showed a right password and not yet a code.
    waiting: BTreeMap<Hash, Waiting>,
    /// Secrets offered to a browser and not yet turned on.
    seconds: BTreeMap<Hash, Vec<u8>>,
    visits: BTreeMap<String, Visit>,
    tries: Tries,
    code: Option<Hash>,
}

/// A row to keep, or to forget.
type Row = (Vec<u8>, Option<Vec<u8>>);
/// The turn to write. Who holds it looks at what is there now, and nobody changes it meanwhile.
type Turn = OwnedMutexGuard<()>;

impl Held {
    /// Takes in what stands in one row.
    fn read(&mut self, key: &[u8], value: &[u8]) -> Result<(), Refusal> {
        let (sort, key) = key.split_at_checked(1).ok_or(Refusal::Unreadable)?;
        let hash = || key.try_into().map(Hash).map_err(|_| Refusal::Unreadable);
        match sort {
            [ACCOUNT] => {
                let account: Account = read(value)?;
                self.accounts.insert(account.name.clone(), account);
            }
            [SESSION] => drop(self.sessions.insert(hash()?, read(value)?)),
            [KEY] => drop(self.keys.insert(hash()?, read(value)?)),
            [LINK] => drop(self.links.insert(hash()?, read(value)?)),
            [SET_UP] => self.progress = Some(read(value)?),
            [VISIT] => {
                let name = String::from_utf8(key.to_vec()).map_err(|_| Refusal::Unreadable)?;
                self.visits.insert(name, read(value)?);
            }
            // What a newer version keeps here stays as it is.
            _ => {}
        }
        Ok(())
    }
}

impl Held {
    /// Whether what this row is about is still here.
    fn has(&self, key: &[u8]) -> bool {
        let Some((sort, key)) = key.split_at_checked(1) else { return false };
        let hash = || key.try_into().map(Hash).ok();
        match sort {
            [SESSION] => hash().is_some_and(|hash| self.sessions.contains_key(&hash)),
            [KEY] => hash().is_some_and(|hash| self.keys.contains_key(&hash)),
            [VISIT] => str::from_utf8(key).is_ok_and(|name| self.accounts.contains_key(name)),
            _ => false,
        }
    }
}

impl People {
    /// Reads who there is. Where there is nobody yet, the code returned lets the first one in; it is told on the console.
    pub async fn open(node: Handle) -> Result<(People, Option<String>), Refusal> {
        let rows = match node.ask(Request::People).await? {
            Answer::People { rows } => rows,
            _ => vec![],
        };
        let mut held = Held::default();
        rows.iter().try_for_each(|(key, value)| held.read(key, value))?;
        let code = held.accounts.is_empty().then(|| spoken(&clock::random(), 2));
        held.code = code.as_deref().map(hash);
        let (held, hashing) = (Arc::new(Mutex::new(held)), Arc::new(Semaphore::new(HASHES_AT_ONCE)));
        let queue = Arc::new(Semaphore::new(SIGN_INS_WAITING));
        Ok((People { node, held, turns: Arc::default(), hashing, queue }, code))
    }

    /// Whether nobody has set this node up yet.
    pub fn is_new(&self) -> bool {
        self.held().accounts.is_empty()
    }

    async fn keep(&self, rows: Vec<Row>) -> Result<(), NotIn> {
        self.node.ask(Request::KeepPeople { rows }).await.map(drop).map_err(|_| NotIn::Disk)
    }

    /// One's turn to write.
    async fn turn(&self) -> Turn {
        self.turns.clone().lock_owned().await
    }

    /// Keeps the rows, and then does the rest: to its end, also when the browser that asked is gone meanwhile.
    async fn finish(
        &self,
        turn: Turn,
        rows: Vec<Row>,
        rest: impl FnOnce(&mut Held) + Send + 'static,
    ) -> Result<(), NotIn> {
        let people = self.clone();
        let work = tokio::spawn(async move {
            let _turn = turn;
            people.keep(rows).await?;
            rest(&mut people.held());
            Ok(())
        });
        work.await.unwrap_or(Err(NotIn::Disk))
    }

    /// Ends or changes what lets somebody in: here at once, so that they are out even when the disk is full, then on disk.
    async fn change(&self, change: impl FnOnce(&mut Held) -> Result<Vec<Row>, NotIn>) -> Result<(), NotIn> {
        let turn = self.turn().await;
        let rows = change(&mut self.held())?;
        self.finish(turn, rows, |_| ()).await
    }

    /// Keeps what nobody waits for, and whose loss at a power cut nobody would notice. What was ended meanwhile stays so.
    fn jot(&self, mut rows: Vec<Row>) {
        let people = self.clone();
        if !rows.is_empty() {
            tokio::spawn(async move {
                let _turn = people.turn().await;
                rows.retain(|(key, _)| people.held().has(key));
                people.keep(rows).await
            });
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const ACCOUNT: u8 = b'a';
const KEY: u8 = b'k';
const LINK: u8 = b'i';
const SET_UP: u8 = b'p';
const SESSION: u8 = b's';
const VISIT: u8 = b'v';

fn put(sort: u8, key: &[u8], value: &impl Encode<()>) -> Row {
    (row(sort, key), Some(format::encode(value)))
}

fn forget(sort: u8, key: &[u8]) -> Row {
    (row(sort, key), None)
}

fn row(sort: u8, key: &[u8]) -> Vec<u8> {
    [&[sort], key].concat()
}

fn read<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, Refusal> {
    format::recall(bytes, bytes.len()).map_err(|_| Refusal::Unreadable)
}

fn hash(token: &str) -> Hash {
    Hash::derive("commonweal 1 session", &[&Hash::of(token.as_bytes()).0])
}

/// What can be read out and typed: groups of four letters and digits without those that look alike, 20 bits each.
fn spoken(chance: &[u8; 32], groups: usize) -> String {
    const SIGNS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let sign = |byte: &u8| char::from(SIGNS[usize::from(byte % 32)]);
    let groups: Vec<String> = chance.chunks(4).take(groups).map(|four| four.iter().map(sign).collect()).collect();
    groups.join("-")
}

/// What was typed of it: case, spaces and hyphens are nobody's fault.
fn typed(code: &str) -> String {
    let signs = code.chars().filter(char::is_ascii_alphanumeric).take(TYPED_MOST);
    let signs: Vec<char> = signs.map(|sign| sign.to_ascii_lowercase()).collect();
    signs.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// Longer than anything we ask somebody to type.
const TYPED_MOST: usize = 64;

/// Whether a row goes with the collaborative to another machine: who may sign in, and what they were writing. Where they are
/// signed in, keys and links do not: one that was ended since a backup was made would let somebody in again.
pub(crate) fn outlives_its_machine(key: &[u8]) -> bool {
    !matches!(key.first(), Some(&(SESSION | KEY | LINK)))
}
