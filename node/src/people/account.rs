//! Who may sign in, as what, and with which password.

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use minicbor::{Decode, Encode};
use protocol::identity::Hash;

use super::{ACCOUNT, Held, NotIn, People, Row, SESSION, VISIT, forget, password, put, second::Second};
use crate::config::{PASSWORD_MOST, PERSON_NAME_MOST};

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

impl Role {
    /// All of them, the one that may least first.
    pub const ALL: [Role; 4] = [Role::Coordinator, Role::Reader, Role::Editor, Role::Admin];

    /// Its name in forms and commands.
    pub fn name(self) -> &'static str {
        match self {
            Role::Coordinator => "coordinator",
            Role::Reader => "reader",
            Role::Editor => "editor",
            Role::Admin => "admin",
        }
    }

    /// The role of this name.
    pub fn of(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }
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
    pub(super) password: String,
    /// What they are called; nothing where it is what they sign in with.
    #[n(3)]
    pub(super) called: Option<String>,
    /// What they need besides their password.
    #[n(4)]
    pub(super) second: Option<Second>,
}

impl Account {
    /// What they are called.
    pub fn called(&self) -> &str {
        self.called.as_deref().unwrap_or(&self.name)
    }

    /// Whether they type a code besides their password.
    pub fn has_second(&self) -> bool {
        self.second.is_some()
    }
}

/// Who somebody new is, as typed.
#[derive(Clone, Copy, Debug)]
pub struct Newcomer<'a> {
    /// What they are called; may be empty.
    pub called: &'a str,
    /// What they sign in with.
    pub name: &'a str,
    /// The password they chose.
    pub password: &'a str,
}

/// The argon2id of no password.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

impl Held {
    /// Whether somebody else looks after this node too.
    fn other_admin(&self, name: &str) -> bool {
        self.accounts.values().any(|other| other.role == Role::Admin && other.name != name)
    }

    /// Whether this one looks after the node: they did when they asked, and somebody may have said otherwise since.
    fn is_still_admin(&self, by: &str) -> Result<(), NotIn> {
        self.accounts.get(by).filter(|account| account.role == Role::Admin).map(drop).ok_or(NotIn::Gone)
    }

    /// Whether somebody is signed in here: who was put out since they asked changes nothing any more.
    pub(super) fn is_still_in(&self, name: &str, session: Hash) -> Result<(), NotIn> {
        self.sessions.get(&session).filter(|session| session.name == name).map(drop).ok_or(NotIn::Gone)
    }

    /// Ends all that lets somebody in, but this one session; the rows to forget.
    pub(super) fn put_out(&mut self, name: &str, but: Option<Hash>) -> Vec<Row> {
        let ended: Vec<Hash> =
            self.sessions.iter().filter(|(hash, s)| s.name == name && Some(**hash) != but).map(|(h, _)| *h).collect();
        self.sessions.retain(|hash, _| !ended.contains(hash));
        self.waiting.retain(|_, waiting| waiting.name != name);
        ended.iter().map(|hash| forget(SESSION, &hash.0)).collect()
    }
}

impl People {
    /// Everybody who may sign in, by what they are called.
    pub fn list(&self) -> Vec<Account> {
        let mut all: Vec<Account> = self.held().accounts.values().cloned().collect();
        all.sort_by_key(|account| account.called().to_lowercase());
        all
    }

    /// The account of this name, as somebody may type it.
    pub fn account(&self, name: &str) -> Option<Account> {
        self.held().accounts.get(&plain(name)).cloned()
    }

    /// Lets somebody do something else than before. The last one who looks after the node stays so.
    pub async fn set_role(&self, by: &str, name: &str, role: Role) -> Result<(), NotIn> {
        let changed = self.update(name, |held, account| {
            held.is_still_admin(by)?;
            if role != Role::Admin && !held.other_admin(name) {
                return Err(NotIn::LastAdmin);
            }
            account.role = role;
            // Nobody makes themselves an admin again by a link made before.
            Ok(if role == Role::Admin { vec![] } else { held.end_links(|link| link.by == name) })
        });
        changed.await.map(drop)
    }

    /// Somebody is no longer here: they are out everywhere, and so is what they made for others to come in with.
    pub async fn remove(&self, by: &str, name: &str) -> Result<(), NotIn> {
        let removed = self.change(|held| {
            held.is_still_admin(by)?;
            if !held.other_admin(name) {
                return Err(NotIn::LastAdmin);
            }
            held.accounts.remove(name).ok_or(NotIn::Gone)?;
            held.visits.remove(name);
            let mut rows = held.put_out(name, None);
            rows.extend([forget(ACCOUNT, name.as_bytes()), forget(VISIT, name.as_bytes())]);
            rows.extend(held.end_keys(name));
            rows.extend(held.end_links(|link| link.by == name || link.of.as_deref() == Some(name)));
            Ok(rows)
        });
        removed.await
    }

    /// Somebody chooses another password, and is out on every other browser.
    pub async fn change_password(&self, account: &Account, token: &str, old: &str, new: &str) -> Result<(), NotIn> {
        self.prove(account, token, old).await?;
        let (password, this) = (self.sealed(new, &[&account.name, account.called()]).await?, super::hash(token));
        let changed = self.update(&account.name, |held, now| {
            held.is_still_in(&now.name, this)?;
            now.password = password;
            Ok(held.put_out(&now.name, Some(this)))
        });
        changed.await.map(drop)
    }

    /// Changes what is kept of somebody, as it is now and not as it was when they began to ask: hashing a password takes
    /// long, and they may have been removed meanwhile, or made something else. Returns what they are then.
    pub(super) async fn update(
        &self,
        name: &str,
        change: impl FnOnce(&mut Held, &mut Account) -> Result<Vec<Row>, NotIn>,
    ) -> Result<Account, NotIn> {
        let changed = self.write(|held| {
            let mut account = held.accounts.get(name).cloned().ok_or(NotIn::Gone)?;
            let rows = change(held, &mut account)?;
            Ok((account, rows))
        });
        changed.await
    }

    /// Writes an account, with other rows. Every account that is written comes through here, one after the other.
    pub(super) async fn write(
        &self,
        account: impl FnOnce(&mut Held) -> Result<(Account, Vec<Row>), NotIn>,
    ) -> Result<Account, NotIn> {
        let turn = self.turn().await;
        let (account, mut rows) = account(&mut self.held())?;
        rows.push(put(ACCOUNT, account.name.as_bytes(), &account));
        let kept = account.clone();
        self.finish(turn, rows, |held| drop(held.accounts.insert(kept.name.clone(), kept))).await?;
        Ok(account)
    }

    /// The account of this name, if this is its password. An unknown name costs as long as a known one.
    pub(super) async fn knows(&self, name: &str, password: &str) -> Option<Account> {
        let account = self.held().accounts.get(name).cloned();
        let stored = account.as_ref().map_or_else(|| NOBODY.into(), |account| account.password.clone());
        let right = self.hashed(password, move |password| {
            let stored = PasswordHash::new(&stored).ok()?;
            Argon2::default().verify_password(password.as_bytes(), &stored).ok()
        });
        right.await.and(account)
    }

    /// An account of somebody new, kept nowhere yet.
    pub(super) async fn made(&self, newcomer: Newcomer<'_>, role: Role) -> Result<Account, NotIn> {
        let (name, called) = (plain(newcomer.name), newcomer.called.trim());
        let fits = |name: &str| name.chars().count() <= PERSON_NAME_MOST && !name.chars().any(char::is_control);
        if name.is_empty() || !fits(&name) || !fits(called) {
            return Err(NotIn::Name);
        }
        if self.held().accounts.contains_key(&name) {
            return Err(NotIn::NameTaken);
        }
        let password = self.sealed(newcomer.password, &[&name, called]).await?;
        let called = Some(called.to_owned()).filter(|called| !called.is_empty());
        Ok(Account { name, role, password, called, second: None })
    }

    /// What is kept of a password, if somebody with these names may have it.
    pub(super) async fn sealed(&self, password: &str, names: &[&str]) -> Result<String, NotIn> {
        password::check(password, names)?;
        let made = self
            .hashed(password, |password| Some(Argon2::default().hash_password(password.as_bytes()).ok()?.to_string()));
        made.await.ok_or(NotIn::Disk)
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
}

/// A name as it is looked up. No account has a longer one, and tries are counted by it.
pub(super) fn plain(name: &str) -> String {
    name.trim().to_lowercase().chars().take(PERSON_NAME_MOST + 1).collect()
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
}
