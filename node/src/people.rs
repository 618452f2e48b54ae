//! The people of this node: who may sign in, as what, and where they are signed in. None of it ever leaves the node.
//!
//! Passwords are kept as argon2id (RFC 9106), sessions and the set-up code only as hashes: who reads the disk can sign in
//! as nobody.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use minicbor::{Decode, Encode};
use protocol::{format, identity::Hash, input::Request, refusal::Refusal, view::Answer};
use tokio::sync::Semaphore;

use crate::{
    clock,
    config::{
        HASHES_AT_ONCE, PASSWORD_LEAST, PASSWORD_MOST, SESSION_MS, SIGN_IN_PAUSE_MS, SIGN_IN_TRIES, SIGN_INS_WAITING,
        TRIES_KEPT_MS,
    },
    run::Handle,
};

/// What somebody may do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Role {
    /// Reads what the members of the network share with each other, and nothing that this collaborative keeps to itself.
    #[n(3)]
    Coordinator,
    /// Reads all that is here.
    #[n(0)]
    Reader,
    /// Writes as well.
    #[n(1)]
    Editor,
    /// Looks after people, network and node as well.
    #[n(2)]
    Admin,
}

/// Somebody who may sign in.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Account {
    /// What they sign in with, in lower case.
    #[n(0)]
    pub name: String,
    /// What they may do.
    #[n(1)]
    pub role: Role,
    /// The password's argon2id in the PHC string format.
    #[n(2)]
    password: String,
}

/// Somebody signed in, on one browser.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Session {
    /// Who.
    #[n(0)]
    name: String,
    /// When it ends, in milliseconds since 1970.
    #[n(1)]
    until: u64,
}

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
    /// The password is too short or too long.
    Password,
    /// The node cannot keep it now.
    Disk,
}

/// Who may sign in here, and who is.
#[derive(Clone, Debug)]
pub struct People {
    node: Handle,
    held: Arc<Mutex<Held>>,
    hashing: Arc<Semaphore>,
    /// Places to wait for that: who finds none is told to come again, rather than making everybody wait.
    queue: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct Held {
    accounts: BTreeMap<String, Account>,
    sessions: BTreeMap<Hash, Session>,
    /// Wrong tries in a row, and when the last one was.
    tries: BTreeMap<String, (u32, u64)>,
    code: Option<Hash>,
}

impl People {
    /// Reads who there is. Where there is nobody yet, the code returned lets the first one in; it is told on the console.
    pub async fn open(node: Handle) -> Result<(People, Option<String>), Refusal> {
        let rows = match node.ask(Request::People).await? {
            Answer::People { rows } => rows,
            _ => vec![],
        };
        let mut held = Held::default();
        for (key, value) in rows {
            let (sort, key) = key.split_at_checked(1).ok_or(Refusal::Unreadable)?;
            match sort {
                [ACCOUNT] => {
                    let account: Account = read(&value)?;
                    held.accounts.insert(account.name.clone(), account);
                }
                [SESSION] => {
                    let hash = Hash(key.try_into().map_err(|_| Refusal::Unreadable)?);
                    held.sessions.insert(hash, read(&value)?);
                }
                // What a newer version keeps here stays as it is.
                _ => {}
            }
        }
        let code = held.accounts.is_empty().then(|| spoken(&clock::random()));
        held.code = code.as_deref().map(hash);
        let (held, hashing) = (Arc::new(Mutex::new(held)), Arc::new(Semaphore::new(HASHES_AT_ONCE)));
        let queue = Arc::new(Semaphore::new(SIGN_INS_WAITING));
        Ok((People { node, held, hashing, queue }, code))
    }

    /// Whether nobody has set this node up yet.
    pub fn is_new(&self) -> bool {
        self.held().accounts.is_empty()
    }

    /// The first one comes in with the code from the console, as an admin. Returns the session's token.
    pub async fn set_up(&self, code: &str, name: &str, password: &str) -> Result<String, NotIn> {
        if !self.is_new() {
            return Err(NotIn::Taken);
        }
        self.count_try(SET_UP)?;
        if self.held().code != Some(hash(&code.trim().to_lowercase())) {
            return Err(NotIn::Code);
        }
        self.held().tries.remove(SET_UP);
        let account = self.account(name, password, Role::Admin).await?;
        if !self.is_new() {
            return Err(NotIn::Taken);
        }
        self.keep(vec![(row(ACCOUNT, account.name.as_bytes()), Some(format::encode(&account)))]).await?;
        let name = account.name.clone();
        self.enter(account);
        self.begin(&name).await
    }

    fn enter(&self, account: Account) {
        let mut held = self.held();
        held.code = None;
        held.accounts.insert(account.name.clone(), account);
    }

    /// Signs somebody in. Returns the session's token, which is kept nowhere here.
    pub async fn sign_in(&self, name: &str, password: &str) -> Result<String, NotIn> {
        // No account has a longer name, and tries are counted by it.
        let name: String = name.trim().to_lowercase().chars().take(NAME_MOST + 1).collect();
        let _place = self.queue.clone().try_acquire_owned().map_err(|_| NotIn::Pause)?;
        self.count_try(&name)?;
        let kept = self.held().accounts.get(&name).map(|account| account.password.clone());
        // An unknown name costs as long as a known one.
        let (stored, known) = (kept.clone().unwrap_or_else(|| NOBODY.into()), kept.is_some());
        let right = self.hashed(password, move |password| {
            let stored = PasswordHash::new(&stored).ok()?;
            Argon2::default().verify_password(password.as_bytes(), &stored).ok()
        });
        match (right.await, known) {
            (Some(()), true) => {
                self.held().tries.remove(&name);
                self.begin(&name).await
            }
            _ => Err(NotIn::Wrong),
        }
    }

    /// Who shows this token, if anybody who is signed in.
    pub fn who(&self, token: &str) -> Option<Account> {
        let held = self.held();
        let session = held.sessions.get(&hash(token)).filter(|session| session.until > clock::now_ms())?;
        held.accounts.get(&session.name).cloned()
    }

    /// Ends a session.
    pub async fn sign_out(&self, token: &str) {
        let hash = hash(token);
        if self.held().sessions.remove(&hash).is_some() {
            // Signed out here either way; after a restart it could only show what its browser no longer has.
            let _ = self.keep(vec![(row(SESSION, &hash.0), None)]).await;
        }
    }

    async fn begin(&self, name: &str) -> Result<String, NotIn> {
        let now = clock::now_ms();
        let token = Hash(clock::random()).to_string();
        let session = Session { name: name.into(), until: now + SESSION_MS };
        let ended: Vec<Hash> =
            self.held().sessions.iter().filter(|(_, s)| s.until <= now).map(|(hash, _)| *hash).collect();
        let mut rows: Vec<_> = ended.iter().map(|ended| (row(SESSION, &ended.0), None)).collect();
        rows.push((row(SESSION, &hash(&token).0), Some(format::encode(&session))));
        self.keep(rows).await?;
        let mut held = self.held();
        held.sessions.retain(|hash, _| !ended.contains(hash));
        held.sessions.insert(hash(&token), session);
        Ok(token)
    }

    async fn account(&self, name: &str, password: &str, role: Role) -> Result<Account, NotIn> {
        let name = name.trim().to_lowercase();
        if name.is_empty() || name.chars().count() > NAME_MOST || name.chars().any(char::is_control) {
            return Err(NotIn::Name);
        }
        if !(PASSWORD_LEAST..=PASSWORD_MOST).contains(&password.chars().count()) {
            return Err(NotIn::Password);
        }
        let made = self
            .hashed(password, |password| Some(Argon2::default().hash_password(password.as_bytes()).ok()?.to_string()));
        Ok(Account { name, role, password: made.await.ok_or(NotIn::Disk)? })
    }

    /// Works on a password away from everything else, a few at a time: each takes a moment and 19 MiB.
    async fn hashed<T: Send + 'static>(
        &self,
        password: &str,
        work: impl FnOnce(&str) -> Option<T> + Send + 'static,
    ) -> Option<T> {
        let password: String = password.chars().take(PASSWORD_MOST + 1).collect();
        // The semaphore is never closed.
        let turn = self.hashing.clone().acquire_owned().await.ok()?;
        let work = move || {
            // Held by the work itself, which goes on when whoever asked has hung up.
            let _turn = turn;
            work(&password)
        };
        tokio::task::spawn_blocking(work).await.ok()?
    }

    /// Counts a try before it is made, so that many at once are as few as one after the other.
    fn count_try(&self, name: &str) -> Result<(), NotIn> {
        let (now, mut held) = (clock::now_ms(), self.held());
        held.tries.retain(|_, (_, last)| now.saturating_sub(*last) < TRIES_KEPT_MS);
        let (count, last) = held.tries.entry(name.into()).or_default();
        if *count >= SIGN_IN_TRIES && now.saturating_sub(*last) < pause_ms(*count) {
            return Err(NotIn::Pause);
        }
        (*count, *last) = (count.saturating_add(1), now);
        Ok(())
    }

    async fn keep(&self, rows: Vec<(Vec<u8>, Option<Vec<u8>>)>) -> Result<(), NotIn> {
        self.node.ask(Request::KeepPeople { rows }).await.map(drop).map_err(|_| NotIn::Disk)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const ACCOUNT: u8 = b'a';
const SESSION: u8 = b's';
/// The name under which tries of the set-up code are counted; no account can have it.
const SET_UP: &str = "\u{0}";
const NAME_MOST: usize = 80;
/// The argon2id of no password.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The pause after so many wrong tries in a row: it grows to a minute, long for who guesses and short for who is kept out
/// by somebody else's guesses.
fn pause_ms(count: u32) -> u64 {
    let doublings = count.saturating_sub(SIGN_IN_TRIES).min(4);
    (4_000u64 << doublings).min(SIGN_IN_PAUSE_MS)
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

/// A code that can be read out and typed: eight letters and digits without those that look alike, 40 bits.
fn spoken(chance: &[u8; 32]) -> String {
    const SIGNS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let sign = |byte: &u8| char::from(SIGNS[usize::from(byte % 32)]);
    let code: String = chance.iter().take(8).map(sign).collect();
    format!("{}-{}", &code[..4], &code[4..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_costs_as_much_as_a_known_one() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let made = Argon2::default().hash_password(b"walking to school together").unwrap().to_string();
        let made = PasswordHash::new(&made).unwrap();
        assert!(Argon2::default().verify_password(b"", &nobody).is_err());
        assert_eq!((nobody.algorithm, nobody.version, nobody.params), (made.algorithm, made.version, made.params));
    }

    #[test]
    fn a_code_can_be_read_out_and_typed() {
        let code = spoken(&std::array::from_fn(|n| n as u8 * 7));
        assert_eq!((code.len(), code.chars().filter(|c| *c == '-').count()), (9, 1));
        assert!(!code.contains(['i', 'l', 'o', '1']), "{code}");
        assert_ne!(code, spoken(&[9; 32]));
    }
}
