//! Where people are signed in: one session for each browser.

use minicbor::{Decode, Encode};
use protocol::identity::Hash;

use super::{Account, Held, NotIn, People, SESSION, account::plain, browser, forget, hash, put, tries::Of};
use crate::{
    clock,
    config::{PROVED_MS, SEEN_KEPT_MS, SIGNED_IN_IDLE_MS, SIGNED_IN_MS},
};

/// Somebody signed in, on one browser.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Session {
    /// Who.
    #[n(0)]
    pub(super) name: String,
    /// When it ends, in milliseconds since 1970.
    #[n(1)]
    pub(super) until: u64,
    /// When it began; nothing of one that an older version began.
    #[n(2)]
    pub began_at: Option<u64>,
    /// When it was last used, to some minutes.
    #[n(3)]
    pub seen_at: Option<u64>,
    /// The browser, such as `Firefox`.
    #[n(4)]
    pub browser: Option<String>,
    /// What it runs on, such as `Android`.
    #[n(5)]
    pub system: Option<String>,
    /// When the password was last typed on it.
    #[n(6)]
    pub(super) proved_at: Option<u64>,
}

impl Session {
    /// Whether it still leads in: neither too old, nor unused for too long.
    fn holds(&self, now: u64) -> bool {
        let used = self.seen_at.or(self.began_at).unwrap_or(now);
        self.until > now && now.saturating_sub(used) < SIGNED_IN_IDLE_MS
    }
}

/// Who knocks: where from, and with what.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// The address they come from.
    pub address: String,
    /// The session their browser showed, if any: it ends when another begins.
    pub token: Option<String>,
    /// What their browser says of itself.
    pub agent: String,
}

/// What came of a right password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// They are in, with this session's token.
    In(String),
    /// They need to show a code besides, with this slip.
    Second(String),
}

impl People {
    /// Signs somebody in. What they get is kept nowhere here.
    pub async fn sign_in(&self, name: &str, password: &str, from: &Visitor) -> Result<Came, NotIn> {
        let name = plain(name);
        let _place = self.queue.clone().try_acquire_owned().map_err(|_| NotIn::Pause)?;
        let tried = Of::sign_in(&name, from);
        self.count_try(&tried)?;
        let account = self.knows(&name, password).await.ok_or(NotIn::Wrong)?;
        self.was_right(&tried);
        let slip = self.held().wait_for_second(&account);
        if let Some(slip) = slip {
            return Ok(Came::Second(slip));
        }
        self.begin_for(&account, from).await.map(Came::In)
    }

    /// Somebody who is signed in types their password once more, before what must not be done from a browser left open.
    /// They need no place in the queue, which strangers can fill.
    pub async fn prove(&self, account: &Account, token: &str, password: &str) -> Result<(), NotIn> {
        let tried = Of::proof(token);
        self.count_try(&tried)?;
        self.knows(&account.name, password).await.ok_or(NotIn::Wrong)?;
        self.was_right(&tried);
        if let Some(session) = self.held().sessions.get_mut(&hash(token)) {
            session.proved_at = Some(clock::now_ms());
        }
        Ok(())
    }

    /// Whether the password was typed on this browser lately.
    pub fn is_proved(&self, token: &str) -> bool {
        let proved = self.held().sessions.get(&hash(token)).and_then(|session| session.proved_at);
        proved.is_some_and(|at| clock::now_ms().saturating_sub(at) < PROVED_MS)
    }

    /// Who shows this token, if anybody who is signed in: asked by a page that is open, which says nothing of its reader.
    pub fn peek(&self, token: &str) -> Option<Account> {
        let held = self.held();
        let session = held.sessions.get(&hash(token)).filter(|session| session.holds(clock::now_ms()))?;
        held.accounts.get(&session.name).cloned()
    }

    /// Who shows this token, if anybody who is signed in. They are here now.
    pub fn who(&self, token: &str) -> Option<Account> {
        let (now, hash) = (clock::now_ms(), hash(token));
        let (account, rows) = {
            let mut held = self.held();
            let session = held.sessions.get_mut(&hash).filter(|session| session.holds(now))?;
            let stale = session.seen_at.is_none_or(|at| now.saturating_sub(at) >= SEEN_KEPT_MS);
            let mut rows = vec![];
            if stale {
                session.seen_at = Some(now);
                rows.push(put(SESSION, &hash.0, session));
            }
            let name = session.name.clone();
            let account = held.accounts.get(&name).cloned()?;
            rows.extend(held.is_here(&account.name, now));
            (account, rows)
        };
        self.jot(rows);
        Some(account)
    }

    /// Where somebody is signed in: what names it in forms, and whether it is this browser. The last used comes first.
    pub fn sessions(&self, account: &Account, token: &str) -> Vec<(String, Session, bool)> {
        let (held, this, now) = (self.held(), hash(token), clock::now_ms());
        let own = held.sessions.iter().filter(|(_, session)| session.name == account.name && session.holds(now));
        let mut own: Vec<_> = own.map(|(id, session)| (id.to_string(), session.clone(), *id == this)).collect();
        own.sort_by_key(|(_, session, this)| (!*this, std::cmp::Reverse(session.seen_at)));
        own
    }

    /// Ends one of somebody's sessions.
    pub async fn end_session(&self, account: &Account, id: &str) -> Result<(), NotIn> {
        let Ok(id) = id.parse::<Hash>() else { return Ok(()) };
        let ended = self.change(|held| {
            if held.sessions.get(&id).is_none_or(|session| session.name != account.name) {
                return Ok(vec![]);
            }
            held.sessions.remove(&id);
            Ok(vec![forget(SESSION, &id.0)])
        });
        ended.await
    }

    /// Ends all of somebody's sessions but the one of this token.
    pub async fn end_others(&self, account: &Account, token: &str) -> Result<(), NotIn> {
        self.change(|held| Ok(held.put_out(&account.name, Some(hash(token))))).await
    }

    /// Ends a session.
    pub async fn sign_out(&self, token: &str) {
        let hash = hash(token);
        let ended =
            self.change(|held| Ok(held.sessions.remove(&hash).map(|_| forget(SESSION, &hash.0)).into_iter().collect()));
        // Signed out here either way; after a restart it could only show what its browser no longer has.
        let _ = ended.await;
    }

    /// Begins a session of somebody, unless they were removed or got another password since they showed theirs.
    pub(super) async fn begin_for(&self, account: &Account, from: &Visitor) -> Result<String, NotIn> {
        let same = |now: &Account| now.password == account.password;
        self.begin(&account.name, from, |held| held.accounts.get(&account.name).is_some_and(same)).await
    }

    /// Begins a session with a token of its own, and ends the one that this browser had: nobody who planted or kept a token
    /// comes in by it.
    pub(super) async fn begin(
        &self,
        name: &str,
        from: &Visitor,
        may: impl FnOnce(&Held) -> bool,
    ) -> Result<String, NotIn> {
        let (now, token) = (clock::now_ms(), Hash(clock::random()).to_string());
        let (browser, system) = browser::of(&from.agent);
        let session = Session {
            name: name.into(),
            until: now + SIGNED_IN_MS,
            began_at: Some(now),
            seen_at: Some(now),
            browser: browser.map(String::from),
            system: system.map(String::from),
            proved_at: Some(now),
        };
        let before = from.token.as_deref().map(hash);
        let turn = self.turn().await;
        let ended: Vec<Hash> = {
            let held = self.held();
            if !may(&held) {
                return Err(NotIn::Gone);
            }
            let ended = held.sessions.iter().filter(|(hash, s)| !s.holds(now) || Some(**hash) == before);
            ended.map(|(hash, _)| *hash).collect()
        };
        let mut rows: Vec<_> = ended.iter().map(|ended| forget(SESSION, &ended.0)).collect();
        rows.push(put(SESSION, &hash(&token).0, &session));
        let kept = hash(&token);
        let begun = self.finish(turn, rows, move |held| {
            held.sessions.retain(|hash, _| !ended.contains(hash));
            held.sessions.insert(kept, session);
        });
        begun.await.map(|()| token)
    }
}
