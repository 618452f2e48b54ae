//! What programs come in with: access keys for the API, and app passwords for a calendar app.
//!
//! Each is shown once and kept as a hash. None may do more than its owner may at that moment.

use minicbor::{Decode, Encode};
use protocol::identity::Hash;

use super::{Account, Held, KEY, NotIn, People, Role, Row, forget, hash, put, spoken, typed};
use crate::{
    clock,
    config::{KEY_USED_MS, KEYS_MOST},
};

/// What a key opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Scope {
    /// The training calendar by an address that nobody guesses, to read: what its owner may see of it.
    #[n(4)]
    Address,
    /// The training calendar, for an app that shows calendars.
    #[n(0)]
    Calendar,
    /// What its owner may read.
    #[n(1)]
    Read,
    /// What its owner may write as well.
    #[n(2)]
    Write,
    /// What its owner looks after as well: network and node.
    #[n(3)]
    Admin,
}

impl Scope {
    /// All of them, the least first.
    pub const ALL: [Scope; 5] = [Scope::Address, Scope::Calendar, Scope::Read, Scope::Write, Scope::Admin];

    /// Its name in forms.
    pub fn name(self) -> &'static str {
        match self {
            Scope::Address => "address",
            Scope::Calendar => "calendar",
            Scope::Read => "read",
            Scope::Write => "write",
            Scope::Admin => "admin",
        }
    }

    /// The most that a key of somebody with this role opens.
    pub fn most(role: Role) -> Scope {
        match role {
            Role::Coordinator | Role::Reader => Scope::Read,
            Role::Editor => Scope::Write,
            Role::Admin => Scope::Admin,
        }
    }
}

/// One of them, without itself.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Key {
    /// Whose.
    #[n(0)]
    pub(super) name: String,
    /// What its owner calls it.
    #[n(1)]
    pub label: String,
    /// What it opens, as long as its owner may that much.
    #[n(2)]
    pub scope: Scope,
    /// When it was made, in milliseconds since 1970.
    #[n(3)]
    pub made_at: u64,
    /// When it was last used, to the hour.
    #[n(4)]
    pub used_at: Option<u64>,
}

/// The most characters of a label.
pub const LABEL_MOST: usize = 60;
/// Groups of four in an app password: 120 bits, and still typed into a phone.
const APP_GROUPS: usize = 6;
/// The beginning of every access key, by which people and scanners of lost keys know it.
const BEGINNING: &str = "cw_";

impl Held {
    /// Ends all of somebody's keys; the rows to forget.
    pub(super) fn end_keys(&mut self, name: &str) -> Vec<Row> {
        self.keys.extract_if(.., |_, key| key.name == name).map(|(hash, _)| forget(KEY, &hash.0)).collect()
    }
}

impl People {
    /// Makes a key for somebody. It is returned once and never again.
    pub async fn make_key(&self, account: &Account, token: &str, label: &str, scope: Scope) -> Result<String, NotIn> {
        let label = label.trim();
        if label.is_empty() || label.chars().count() > LABEL_MOST || label.chars().any(char::is_control) {
            return Err(NotIn::Name);
        }
        if scope > Scope::most(account.role) {
            return Err(NotIn::Wrong);
        }
        let turn = self.turn().await;
        self.held().is_still_in(&account.name, hash(token))?;
        if self.keys(account).len() >= KEYS_MOST {
            return Err(NotIn::Many);
        }
        let secret = match scope {
            Scope::Calendar => spoken(&clock::random(), APP_GROUPS),
            _ => format!("{BEGINNING}{}", Hash(clock::random())),
        };
        let (name, made_at) = (account.name.clone(), clock::now_ms());
        let (kept, key) = (hash(&secret), Key { name, label: label.into(), scope, made_at, used_at: None });
        self.finish(turn, vec![put(KEY, &kept.0, &key)], move |held| drop(held.keys.insert(kept, key))).await?;
        Ok(secret)
    }

    /// Whose key this is, and what it opens now: never more than its owner may.
    pub fn key(&self, bearer: &str) -> Option<(Account, Scope)> {
        // App passwords are typed by people.
        let kept = if bearer.starts_with(BEGINNING) { hash(bearer) } else { hash(&typed(bearer)) };
        let now = clock::now_ms();
        let (account, scope, used) = {
            let mut held = self.held();
            let key = held.keys.get_mut(&kept)?;
            let stale = key.used_at.is_none_or(|at| now.saturating_sub(at) >= KEY_USED_MS);
            if stale {
                key.used_at = Some(now);
            }
            let (name, scope) = (key.name.clone(), key.scope);
            let used = stale.then(|| put(KEY, &kept.0, key));
            let account = held.accounts.get(&name).cloned()?;
            let scope = scope.min(Scope::most(account.role));
            (account, scope, used)
        };
        self.jot(used.into_iter().collect());
        Some((account, scope))
    }

    /// Somebody's keys, each with what names it in forms; the newest first.
    pub fn keys(&self, account: &Account) -> Vec<(String, Key)> {
        let held = self.held();
        let own = held.keys.iter().filter(|(_, key)| key.name == account.name);
        let mut own: Vec<(String, Key)> = own.map(|(hash, key)| (hash.to_string(), key.clone())).collect();
        own.sort_by_key(|(_, key)| std::cmp::Reverse(key.made_at));
        own
    }

    /// Ends one of somebody's keys. False when there is none of this name.
    pub async fn end_key(&self, account: &Account, id: &str) -> Result<bool, NotIn> {
        let Ok(kept) = id.parse::<Hash>() else { return Ok(false) };
        let mut own = false;
        let ended = self.change(|held| {
            own = held.keys.get(&kept).is_some_and(|key| key.name == account.name);
            Ok(if own { held.keys.remove(&kept).map(|_| forget(KEY, &kept.0)).into_iter().collect() } else { vec![] })
        });
        ended.await.map(|()| own)
    }

    /// Ends all of somebody's keys: whoever has one of them is out.
    pub async fn end_keys(&self, account: &Account) -> Result<(), NotIn> {
        self.change(|held| Ok(held.end_keys(&account.name))).await
    }
}
