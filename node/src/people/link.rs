//! Links that let somebody in once: an invitation for somebody new, and a new password for somebody who lost theirs.
//!
//! The code in a link is shown once and kept as a hash. What is used, too old or was never there answers alike.

use minicbor::{Decode, Encode};
use protocol::identity::Hash;

use super::{Account, Held, LINK, Newcomer, NotIn, People, Role, Row, forget, hash, put, session::Visitor, tries::Of};
use crate::{
    clock,
    config::{DAY_MS, LINKS_MOST, RESET_MS},
};

/// A link, without its code.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Link {
    /// Who made it; nobody when it was made at the machine.
    #[n(0)]
    pub by: String,
    /// As what somebody comes in.
    #[n(1)]
    pub role: Role,
    /// When it ends, in milliseconds since 1970.
    #[n(2)]
    pub until: u64,
    /// Whose password it renews; nothing of an invitation.
    #[n(3)]
    pub of: Option<String>,
}

impl Held {
    /// Whether this link works: not too old, and who made it may still make one.
    fn works(&self, link: &Link, now: u64) -> bool {
        let is_admin = |maker: &Account| maker.role == Role::Admin;
        link.until > now && (link.by.is_empty() || self.accounts.get(&link.by).is_some_and(is_admin))
    }

    /// Takes a link for good: of two who come at once one is let in.
    fn used(&mut self, code: &str) -> Result<Row, NotIn> {
        let link = self.links.get(&hash(code)).ok_or(NotIn::Gone)?;
        if !self.works(link, clock::now_ms()) {
            return Err(NotIn::Gone);
        }
        self.links.remove(&hash(code));
        Ok(forget(LINK, &hash(code).0))
    }

    /// Ends all such links; the rows to forget.
    pub(super) fn end_links(&mut self, which: impl Fn(&Link) -> bool) -> Vec<Row> {
        self.links.extract_if(.., |_, link| which(link)).map(|(hash, _)| forget(LINK, &hash.0)).collect()
    }
}

impl People {
    /// Invites somebody. The code is returned once and never again.
    pub async fn invite(&self, by: &Account, role: Role, days: u32) -> Result<String, NotIn> {
        let until = clock::now_ms() + u64::from(days) * DAY_MS;
        self.make_link(Link { by: by.name.clone(), role, until, of: None }).await
    }

    /// Lets somebody choose a new password, and ends all that lets them or whoever found their phone in: sessions, access keys,
    /// app passwords, and a link that was made for them before.
    pub async fn reset(&self, by: &str, name: &str) -> Result<String, NotIn> {
        let account = self.account(name).ok_or(NotIn::Gone)?;
        let ended = self.change(|held| {
            let mut rows = held.end_links(|link| link.of.as_ref() == Some(&account.name));
            rows.extend(held.put_out(&account.name, None));
            rows.extend(held.end_keys(&account.name));
            Ok(rows)
        });
        ended.await?;
        let until = clock::now_ms() + RESET_MS;
        self.make_link(Link { by: by.into(), role: account.role, until, of: Some(account.name) }).await
    }

    async fn make_link(&self, link: Link) -> Result<String, NotIn> {
        let (code, now, turn) = (Hash(clock::random()).to_string(), clock::now_ms(), self.turn().await);
        let mut rows = self.held().end_links(|link| link.until <= now);
        if self.held().links.len() >= LINKS_MOST {
            return Err(NotIn::Many);
        }
        let kept = hash(&code);
        rows.push(put(LINK, &kept.0, &link));
        self.finish(turn, rows, move |held| drop(held.links.insert(kept, link))).await?;
        Ok(code)
    }

    /// What a link is for, as long as it works.
    pub fn link(&self, code: &str) -> Option<Link> {
        let held = self.held();
        held.links.get(&hash(code)).filter(|link| held.works(link, clock::now_ms())).cloned()
    }

    /// All that work, each with what names it in forms; the next to end comes first.
    pub fn links(&self) -> Vec<(String, Link)> {
        let now = clock::now_ms();
        let held = self.held();
        let all = held.links.iter().filter(|(_, link)| held.works(link, now));
        let mut all: Vec<_> = all.map(|(hash, link)| (hash.to_string(), link.clone())).collect();
        all.sort_by_key(|(_, link)| link.until);
        all
    }

    /// Ends a link before anybody used it.
    pub async fn end_link(&self, id: &str) -> Result<(), NotIn> {
        let Ok(id) = id.parse::<Hash>() else { return Ok(()) };
        self.change(|held| Ok(held.links.remove(&id).map(|_| forget(LINK, &id.0)).into_iter().collect())).await
    }

    /// Somebody who was invited comes in. Returns the session's token.
    pub async fn accept(&self, code: &str, newcomer: Newcomer<'_>, from: &Visitor) -> Result<String, NotIn> {
        let link = self.link(code).filter(|link| link.of.is_none()).ok_or(NotIn::Gone)?;
        let account = self.made(newcomer, link.role).await?;
        let come = self.write(|held| {
            if held.accounts.contains_key(&account.name) {
                return Err(NotIn::NameTaken);
            }
            Ok((account, vec![held.used(code)?]))
        });
        self.begin_for(&come.await?, from).await
    }

    /// Somebody chooses a new password by a link. They are out everywhere else, and need no code besides any more: who lost
    /// the phone as well gets in, and turns that on again.
    pub async fn renew(&self, code: &str, password: &str, from: &Visitor) -> Result<String, NotIn> {
        let name = self.link(code).and_then(|link| link.of).ok_or(NotIn::Gone)?;
        let account = self.account(&name).ok_or(NotIn::Gone)?;
        let sealed = self.sealed(password, &[&account.name, account.called()]).await?;
        let renewed = self.update(&name, |held, account| {
            let mut rows = vec![held.used(code)?];
            (account.password, account.second) = (sealed, None);
            rows.extend(held.put_out(&name, None));
            Ok(rows)
        });
        let account = renewed.await?;
        self.was_right(&Of::sign_in(&name, from));
        self.begin_for(&account, from).await
    }
}
