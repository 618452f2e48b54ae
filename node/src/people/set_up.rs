//! The first visit, step by step: whoever closes the browser finds the next step when they come again.
//!
//! Until there is an account, the code from the console leads in, and a session that belongs to nobody.

use minicbor::{Decode, Encode};

use super::{Newcomer, NotIn, People, Role, SET_UP, hash, put, session::Visitor, tries::Of, typed};

/// The steps, in their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Step {
    /// What the collaborative is called, and where it is.
    #[default]
    #[n(0)]
    Name,
    /// Its quilt block.
    #[n(1)]
    Block,
    /// Who looks after this node.
    #[n(2)]
    Account,
    /// Begin a network, join one, or later.
    #[n(3)]
    Network,
    /// The recovery sheet.
    #[n(4)]
    Sheet,
    /// Inviting colleagues.
    #[n(5)]
    Colleagues,
    /// All is done.
    #[n(6)]
    Ready,
}

impl Step {
    /// All of them.
    pub const ALL: [Step; 7] =
        [Step::Name, Step::Block, Step::Account, Step::Network, Step::Sheet, Step::Colleagues, Step::Ready];

    /// Its name in addresses and texts.
    pub fn name(self) -> &'static str {
        match self {
            Step::Name => "name",
            Step::Block => "block",
            Step::Account => "account",
            Step::Network => "network",
            Step::Sheet => "sheet",
            Step::Colleagues => "colleagues",
            Step::Ready => "ready",
        }
    }

    fn next(self) -> Step {
        Step::ALL.into_iter().find(|step| *step > self).unwrap_or(Step::Ready)
    }
}

/// How far the first visit has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Progress {
    /// The next step.
    #[n(0)]
    step: Step,
    /// The profile waits to be shown to the network's members, as they who set this up chose.
    #[n(1)]
    introduces: bool,
}

/// The name under which sessions of the first visit are kept and tries of the code counted; no account can have it.
pub(super) const NOBODY: &str = "\u{0}";

impl People {
    /// The code from the console leads to the first visit. Returns the session's token.
    pub async fn open_set_up(&self, code: &str, from: &Visitor) -> Result<String, NotIn> {
        if !self.is_new() {
            return Err(NotIn::Taken);
        }
        let tried = Of::sign_in(NOBODY, from);
        self.count_try(&tried)?;
        if self.held().code != Some(hash(&typed(code))) {
            return Err(NotIn::Code);
        }
        self.was_right(&tried);
        self.begin(NOBODY, from, |held| held.accounts.is_empty()).await
    }

    /// Whether this browser makes the first visit, and nobody has an account yet.
    pub fn sets_up(&self, token: &str) -> bool {
        let held = self.held();
        held.accounts.is_empty() && held.sessions.get(&hash(token)).is_some_and(|session| session.name == NOBODY)
    }

    /// The first one chooses how to sign in, and looks after this node from then on. Returns the session's token.
    pub async fn first(&self, newcomer: Newcomer<'_>, from: &Visitor) -> Result<String, NotIn> {
        if !from.token.as_ref().is_some_and(|token| self.sets_up(token)) {
            return Err(if self.is_new() { NotIn::Code } else { NotIn::Taken });
        }
        let account = self.made(newcomer, Role::Admin).await?;
        let first = self.write(|held| {
            // Of two forms sent at once one makes an account.
            if !held.accounts.is_empty() {
                return Err(NotIn::Taken);
            }
            Ok((account, held.put_out(NOBODY, None)))
        });
        let account = first.await?;
        self.held().code = None;
        self.did(Step::Account).await?;
        self.begin_for(&account, from).await
    }

    /// The next step of the first visit. One that was made by an older version is over.
    pub fn step(&self) -> Step {
        let held = self.held();
        match &held.progress {
            Some(progress) => progress.step,
            None if held.accounts.is_empty() => Step::Name,
            None => Step::Ready,
        }
    }

    /// A step is done, or was left out.
    pub async fn did(&self, step: Step) -> Result<(), NotIn> {
        let before = self.step();
        self.goes(|progress| progress.step = before.max(step.next())).await
    }

    /// Whether the profile waits to be shown to the network's members.
    pub fn introduces(&self) -> bool {
        self.held().progress.is_some_and(|progress| progress.introduces)
    }

    /// Says so, or no longer.
    pub async fn introduce(&self, waits: bool) -> Result<(), NotIn> {
        let step = self.step();
        self.goes(|progress| (progress.step, progress.introduces) = (step, waits)).await
    }

    async fn goes(&self, change: impl FnOnce(&mut Progress)) -> Result<(), NotIn> {
        let mut progress = self.held().progress.unwrap_or_default();
        change(&mut progress);
        if self.held().progress == Some(progress) {
            return Ok(());
        }
        self.keep(vec![put(SET_UP, &[], &progress)]).await?;
        self.held().progress = Some(progress);
        Ok(())
    }
}
