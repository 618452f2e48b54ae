//! Where people are signed in: one session for each browser.

use minicbor::{Decode, Encode};
use protocol::identity::Hash;

use super::{Account, NotIn, People, SESSION, account::NAME_MOST, forget, hash, put};
use crate::{clock, config::SESSION_MS};

/// Somebody signed in, on one browser.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Session {
    /// Who.
    #[n(0)]
    pub(super) name: String,
    /// When it ends, in milliseconds since 1970.
    #[n(1)]
    pub(super) until: u64,
}

impl People {
    /// Signs somebody in. Returns the session's token, which is kept nowhere here.
    pub async fn sign_in(&self, name: &str, password: &str) -> Result<String, NotIn> {
        // No account has a longer name, and tries are counted by it.
        let name: String = name.trim().to_lowercase().chars().take(NAME_MOST + 1).collect();
        let _place = self.queue.clone().try_acquire_owned().map_err(|_| NotIn::Pause)?;
        self.count_try(&name)?;
        if !self.knows(&name, password).await {
            return Err(NotIn::Wrong);
        }
        self.held().tries.forget(&name);
        self.begin(&name).await
    }

    /// Who shows this token, if anybody who is signed in. They are here now.
    pub fn who(&self, token: &str) -> Option<Account> {
        let now = clock::now_ms();
        let (account, seen) = {
            let mut held = self.held();
            let session = held.sessions.get(&hash(token)).filter(|session| session.until > now)?;
            let account = held.accounts.get(&session.name).cloned()?;
            let seen = held.is_here(&account.name, now);
            (account, seen)
        };
        self.jot(seen.into_iter().collect());
        Some(account)
    }

    /// Ends a session.
    pub async fn sign_out(&self, token: &str) {
        let hash = hash(token);
        if self.held().sessions.remove(&hash).is_some() {
            // Signed out here either way; after a restart it could only show what its browser no longer has.
            let _ = self.keep(vec![forget(SESSION, &hash.0)]).await;
        }
    }

    pub(super) async fn begin(&self, name: &str) -> Result<String, NotIn> {
        let now = clock::now_ms();
        let token = Hash(clock::random()).to_string();
        let session = Session { name: name.into(), until: now + SESSION_MS };
        let ended: Vec<Hash> =
            self.held().sessions.iter().filter(|(_, s)| s.until <= now).map(|(hash, _)| *hash).collect();
        let mut rows: Vec<_> = ended.iter().map(|ended| forget(SESSION, &ended.0)).collect();
        rows.push(put(SESSION, &hash(&token).0, &session));
        self.keep(rows).await?;
        let mut held = self.held();
        held.sessions.retain(|hash, _| !ended.contains(hash));
        held.sessions.insert(hash(&token), session);
        Ok(token)
    }
}
