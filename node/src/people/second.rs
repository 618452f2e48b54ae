//! The second step of signing in: a code from an app on one's phone (TOTP, RFC 6238), or one of ten from a sheet of paper.
//!
//! The app's secret must be kept as it is, since both sides compute with it; the codes on paper are kept as hashes.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use minicbor::{Decode, Encode};
use protocol::identity::Hash;
use sha1::Sha1;

use super::{Account, Held, NotIn, People, hash, session::Visitor, spoken, tries::Of, typed};
use crate::{clock, config::SECOND_MS};

/// What somebody needs besides their password.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Second {
    /// What their app computes with.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    secret: Vec<u8>,
    /// The last half minute of which a code was used: none works twice.
    #[n(1)]
    used: u64,
    /// The codes on paper that are left.
    #[n(2)]
    codes: Vec<Hash>,
}

/// Somebody whose password was right, and who has not shown a code yet.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) name: String,
    until: u64,
}

/// Bytes of a secret: as many as HMAC-SHA-1 puts out (RFC 4226, 4, R6).
const SECRET: usize = 20;
/// How long a code holds (RFC 6238, 5.2, recommends it, and to accept one that came a step late; phones also run ahead).
const STEP_MS: u64 = 30_000;
const STEPS_OFF: u64 = 1;
/// Codes on a sheet.
const ON_PAPER: usize = 10;
/// Groups of four in each: 120 bits, so that a hash keeps them (OWASP ASVS 5.0, 6.5.2, asks for 112).
const PAPER_GROUPS: usize = 6;
/// Slips held at a time: more than may wait to sign in, and nothing that a flood of right passwords could fill up.
const SLIPS: usize = 1_000;

impl Second {
    /// Whether this opens; a code that did never does again.
    fn opens(&mut self, code: &str, now: u64) -> bool {
        if let Some(step) = self.step_of(code, now) {
            self.used = step;
            return true;
        }
        let code = hash(&typed(code));
        let place = self.codes.iter().position(|left| *left == code);
        place.map(|place| self.codes.remove(place)).is_some()
    }

    /// The half minute that a code of six digits belongs to, if it is one around now that was not used.
    fn step_of(&self, code: &str, now: u64) -> Option<u64> {
        let digits: String = code.chars().filter(|sign| !sign.is_whitespace()).collect();
        let now = now / STEP_MS;
        let mut steps = now.saturating_sub(STEPS_OFF)..=now + STEPS_OFF;
        steps.find(|step| *step > self.used && digits == code_of(&self.secret, *step))
    }
}

/// The six digits of one half minute (RFC 4226, 5.3).
pub(super) fn code_of(secret: &[u8], step: u64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(&step.to_be_bytes());
    let sum = mac.finalize().into_bytes();
    let at = usize::from(sum[19] & 15);
    let part = u32::from_be_bytes([sum[at], sum[at + 1], sum[at + 2], sum[at + 3]]) & 0x7fff_ffff;
    format!("{:06}", part % 1_000_000)
}

impl Held {
    /// A slip for somebody whose password was right, if they need a code besides.
    pub(super) fn wait_for_second(&mut self, shown: &Account) -> Option<String> {
        let name = &shown.name;
        // Whoever got another password since shows that one.
        self.accounts.get(name).filter(|now| now.password == shown.password)?.second.as_ref()?;
        let (slip, now) = (Hash(clock::random()).to_string(), clock::now_ms());
        self.waiting.retain(|_, waiting| waiting.until > now);
        if self.waiting.len() >= SLIPS {
            self.waiting.pop_first();
        }
        self.waiting.insert(hash(&slip), Waiting { name: name.clone(), until: now + SECOND_MS });
        Some(slip)
    }
}

impl People {
    /// The second step: who has such a slip shows a code. Returns the session's token.
    pub async fn second_step(&self, slip: &str, code: &str, from: &Visitor) -> Result<String, NotIn> {
        let (slip, now) = (hash(slip), clock::now_ms());
        let name = {
            let held = self.held();
            let waiting = held.waiting.get(&slip).filter(|waiting| waiting.until > now).ok_or(NotIn::Gone)?;
            waiting.name.clone()
        };
        let tried = Of::code(&name, from);
        self.count_try(&tried)?;
        let opened = self.update(&name, |held, account| {
            if !held.waiting.contains_key(&slip) {
                return Err(NotIn::Gone);
            }
            if !account.second.as_mut().is_none_or(|second| second.opens(code, now)) {
                return Err(NotIn::Wrong);
            }
            held.waiting.remove(&slip);
            Ok(vec![])
        });
        let account = opened.await?;
        self.was_right(&tried);
        self.begin_for(&account, from).await
    }

    /// What the app on a phone is to compute with, as text; the same until it is turned on or the node starts anew.
    pub fn new_second(&self, token: &str) -> String {
        let mut held = self.held();
        let (session, chance) = (hash(token), clock::random());
        let sessions: Vec<Hash> = held.sessions.keys().copied().collect();
        held.seconds.retain(|hash, _| sessions.contains(hash));
        BASE32_NOPAD.encode(held.seconds.entry(session).or_insert_with(|| chance[..SECRET].to_vec()))
    }

    /// Turns the second step on, once a code shows that the app has it. Returns the codes to print, once.
    pub async fn turn_on_second(&self, account: &Account, token: &str, code: &str) -> Result<Vec<String>, NotIn> {
        let secret = self.held().seconds.get(&hash(token)).cloned().ok_or(NotIn::Gone)?;
        let printed: Vec<String> = (0..ON_PAPER).map(|_| spoken(&clock::random(), PAPER_GROUPS)).collect();
        let codes = printed.iter().map(|code| hash(code)).collect();
        let mut second = Second { secret, used: 0, codes };
        second.used = second.step_of(code, clock::now_ms()).ok_or(NotIn::Wrong)?;
        self.with_second(&account.name, token, Some(second)).await?;
        self.held().seconds.remove(&hash(token));
        Ok(printed)
    }

    /// Turns it off.
    pub async fn turn_off_second(&self, account: &Account, token: &str) -> Result<(), NotIn> {
        self.with_second(&account.name, token, None).await
    }

    async fn with_second(&self, name: &str, token: &str, second: Option<Second>) -> Result<(), NotIn> {
        let changed = self.update(name, |held, account| {
            held.is_still_in(name, hash(token))?;
            account.second = second;
            Ok(vec![])
        });
        changed.await.map(drop)
    }
}

impl Account {
    /// How many codes on paper are left.
    pub fn codes_left(&self) -> usize {
        self.second.as_ref().map_or(0, |second| second.codes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of RFC 6238, appendix B, of which six digits are the end.
    #[test]
    fn the_codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (at_s, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(code_of(secret, at_s / 30), code);
        }
    }

    #[test]
    fn no_code_opens_twice_and_none_that_is_old() {
        let secret = b"12345678901234567890".to_vec();
        let paper = "abcd-efgh-jkmn-pqrs";
        let mut second = Second { secret: secret.clone(), used: 0, codes: vec![hash(paper)] };
        let now = 1_700_000_000_000;
        let code = |steps: i64| code_of(&secret, (now / STEP_MS).saturating_add_signed(steps));
        assert!(!second.opens(&code(-2), now) && !second.opens(&code(2), now) && !second.opens("", now));
        assert!(second.opens(&format!("{} {}", &code(-1)[..3], &code(-1)[3..]), now), "a minute old, typed as shown");
        assert!(second.opens(&code(0), now));
        assert!(!second.opens(&code(0), now) && !second.opens(&code(-1), now), "neither again nor backwards");
        assert!(second.opens(&paper.to_uppercase(), now) && !second.opens(paper, now));
    }
}
