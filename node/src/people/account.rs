//! Who may sign in, as what, and with which password.

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use minicbor::{Decode, Encode};

use super::{ACCOUNT, NotIn, People, put, typed};
use crate::config::{PASSWORD_LEAST, PASSWORD_MOST};

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
    pub(super) password: String,
}

/// The name under which tries of the set-up code are counted; no account can have it.
const SET_UP: &str = "\u{0}";
/// The most characters of a name.
pub(super) const NAME_MOST: usize = 80;
/// The argon2id of no password.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

impl People {
    /// The first one comes in with the code from the console, as an admin. Returns the session's token.
    pub async fn set_up(&self, code: &str, name: &str, password: &str) -> Result<String, NotIn> {
        if !self.is_new() {
            return Err(NotIn::Taken);
        }
        self.count_try(SET_UP)?;
        if self.held().code != Some(super::hash(&typed(code))) {
            return Err(NotIn::Code);
        }
        self.held().tries.forget(SET_UP);
        let account = self.account(name, password, Role::Admin).await?;
        if !self.is_new() {
            return Err(NotIn::Taken);
        }
        self.keep(vec![put(ACCOUNT, account.name.as_bytes(), &account)]).await?;
        let name = account.name.clone();
        self.enter(account);
        self.begin(&name).await
    }

    fn enter(&self, account: Account) {
        let mut held = self.held();
        held.code = None;
        held.accounts.insert(account.name.clone(), account);
    }

    /// Whether this is the password of the account of this name. An unknown name costs as long as a known one.
    pub(super) async fn knows(&self, name: &str, password: &str) -> bool {
        let kept = self.held().accounts.get(name).map(|account| account.password.clone());
        let (stored, known) = (kept.clone().unwrap_or_else(|| NOBODY.into()), kept.is_some());
        let right = self.hashed(password, move |password| {
            let stored = PasswordHash::new(&stored).ok()?;
            Argon2::default().verify_password(password.as_bytes(), &stored).ok()
        });
        right.await.is_some() && known
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
