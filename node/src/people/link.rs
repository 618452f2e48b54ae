//! Links that let somebody in once: an invitation for somebody new, and a new password for somebody who lost theirs.
//!
//! The code in a link is shown once and kept as a hash. What is used, too old or was never there answers alike.

use minicbor::{Decode, Encode};
use protocol::identity::Hash;

use super::{Account, LINK, Newcomer, NotIn, People, Role, Row, forget, hash, put, session::Visitor};
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

impl People {
    /// Invites somebody. The code is returned once and never again.
    pub async fn invite(&self, by: &Account, role: Role, days: u32) -> Result<String, NotIn> {
        let until = clock::now_ms() + u64::from(days) * DAY_MS;
        self.make_link(Link { by: by.name.clone(), role, until, of: None }, vec![]).await
    }

    /// Lets somebody choose a new password, and ends all their sessions: they may have lost a phone that is signed in. A link
    /// that was made for them before works no more.
    pub async fn reset(&self, by: &str, name: &str) -> Result<String, NotIn> {
        let account = self.account(name).ok_or(NotIn::Gone)?;
        let mut before = self.end_links(|link| link.of.as_ref() == Some(&account.name));
        before.extend(self.held().put_out(&account.name, None));
        let until = clock::now_ms() + RESET_MS;
        self.make_link(Link { by: by.into(), role: account.role, until, of: Some(account.name) }, before).await
    }

    async fn make_link(&self, link: Link, mut rows: Vec<Row>) -> Result<String, NotIn> {
        let (code, now) = (Hash(clock::random()).to_string(), clock::now_ms());
        rows.extend(self.end_links(|link| link.until <= now));
        if self.held().links.len() >= LINKS_MOST {
            return Err(NotIn::Many);
        }
        rows.push(put(LINK, &hash(&code).0, &link));
        self.keep(rows).await?;
        self.held().links.insert(hash(&code), link);
        Ok(code)
    }

    /// Ends all such links; the rows to forget.
    fn end_links(&self, which: impl Fn(&Link) -> bool) -> Vec<Row> {
        let mut held = self.held();
        held.links.extract_if(.., |_, link| which(link)).map(|(hash, _)| forget(LINK, &hash.0)).collect()
    }

    /// What a link is for, as long as it works.
    pub fn link(&self, code: &str) -> Option<Link> {
        self.held().links.get(&hash(code)).filter(|link| link.until > clock::now_ms()).cloned()
    }

    /// All that work, each with what names it in forms; the next to end comes first.
    pub fn links(&self) -> Vec<(String, Link)> {
        let now = clock::now_ms();
        let held = self.held();
        let all = held.links.iter().filter(|(_, link)| link.until > now);
        let mut all: Vec<_> = all.map(|(hash, link)| (hash.to_string(), link.clone())).collect();
        all.sort_by_key(|(_, link)| link.until);
        all
    }

    /// Ends a link before anybody used it.
    pub async fn end_link(&self, id: &str) -> Result<(), NotIn> {
        let Ok(id) = id.parse::<Hash>() else { return Ok(()) };
        let rows = self.held().links.remove(&id).map(|_| forget(LINK, &id.0));
        self.keep(rows.into_iter().collect()).await
    }

    /// Somebody who was invited comes in. Returns the session's token.
    pub async fn accept(&self, code: &str, newcomer: Newcomer<'_>, from: &Visitor) -> Result<String, NotIn> {
        let link = self.link(code).filter(|link| link.of.is_none()).ok_or(NotIn::Gone)?;
        let account = self.made(newcomer, link.role).await?;
        let used = self.used(code, &account)?;
        let name = account.name.clone();
        self.change(account, vec![used]).await?;
        self.begin(&name, from).await
    }

    /// Somebody chooses a new password by a link. They are out everywhere else, and need no code besides any more: who lost
    /// the phone as well gets in, and turns that on again.
    pub async fn renew(&self, code: &str, password: &str, from: &Visitor) -> Result<String, NotIn> {
        let name = self.link(code).and_then(|link| link.of).ok_or(NotIn::Gone)?;
        let account = self.account(&name).ok_or(NotIn::Gone)?;
        let account = Account {
            password: self.sealed(password, &[&account.name, account.called()]).await?,
            second: None,
            ..account
        };
        let mut rows = vec![self.used(code, &account)?];
        rows.extend(self.held().put_out(&name, None));
        self.change(account, rows).await?;
        self.was_right(&name, from);
        self.begin(&name, from).await
    }

    /// Takes a link for good: of two who come at once one is let in.
    fn used(&self, code: &str, account: &Account) -> Result<Row, NotIn> {
        let mut held = self.held();
        let link = held.links.get(&hash(code)).ok_or(NotIn::Gone)?;
        if link.of.is_none() && held.accounts.contains_key(&account.name) {
            return Err(NotIn::NameTaken);
        }
        held.links.remove(&hash(code));
        Ok(forget(LINK, &hash(code).0))
    }
}
