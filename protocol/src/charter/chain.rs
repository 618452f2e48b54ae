//! The chain: certificates, and the links that were checked. A pure function of bytes.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};

use crate::{
    format,
    identity::{Hash, MemberKey, NetworkId},
    limits::{CERTIFICATE_BYTES, STEWARDS},
    signed::Signed,
};

use super::{
    entry::{Entry, EntryError},
    succession::{self, SuccessionError},
    vote::{Round, Vote, VoteError},
};

/// An entry and the approvals that carried it: all a newcomer needs for one step.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Certificate {
    /// The entry's exact bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub entry: Vec<u8>,
    /// The approvals.
    #[n(1)]
    pub approvals: Vec<Signed<Vote>>,
}

impl Certificate {
    /// Reads a certificate from its bytes. It is not yet checked.
    pub fn read(bytes: &[u8]) -> Result<Certificate, format::FormatError> {
        format::decode(bytes, CERTIFICATE_BYTES)
    }

    /// The bytes to keep or to send.
    pub fn bytes(&self) -> Vec<u8> {
        format::encode(self)
    }

    /// The hash of its entry.
    pub fn hash(&self) -> Hash {
        Hash::of(&self.entry)
    }
}

/// A link of the chain that was checked, with all before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    entry: Entry,
    hash: Hash,
    network: NetworkId,
    certificate: Certificate,
}

impl Link {
    /// The charter it states.
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// The hash of the entry's bytes.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// The network; for the genesis too, which does not say it.
    pub fn network(&self) -> NetworkId {
        self.network
    }

    /// What carried it.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Reads back a link this node checked before it kept it. Only for bytes of our own store.
    pub fn recall(certificate: Certificate) -> Result<Link, CharterError> {
        let entry = Entry::read(&certificate.entry)?;
        Ok(Link::new(entry, certificate))
    }

    fn new(entry: Entry, certificate: Certificate) -> Link {
        let hash = certificate.hash();
        let network = if entry.seq == 0 { NetworkId(hash.0) } else { entry.network };
        Link { entry, hash, network, certificate }
    }
}

/// Why a certificate is no link here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CharterError {
    /// A quorum approved what only a newer version can read: stop here and say so.
    #[error("the charter needs version {needs}: upgrade this node to follow it further")]
    Outdated {
        /// The version a reader must know.
        needs: u32,
    },
    /// The entry is wrong by itself.
    #[error(transparent)]
    Entry(EntryError),
    /// The entry cannot follow its parent.
    #[error(transparent)]
    Succession(#[from] SuccessionError),
    /// V6: a first entry that claims something before it, or holds no chance.
    #[error("this is not a first entry: it must name nothing before it, nobody removed, and hold a random nonce")]
    NotGenesis,
    /// An approval that does not count; one is enough to refuse the certificate.
    #[error("an approval does not count: {0}")]
    Approval(#[from] VoteError),
    /// The same steward twice.
    #[error("steward {} approves twice in one certificate", .0.short())]
    Duplicate(MemberKey),
    /// More bytes or approvals than a certificate may have.
    #[error("the certificate is larger than {CERTIFICATE_BYTES} bytes, or has more approvals than stewards can give")]
    TooLarge,
    /// V3, V6: too few stewards of the parent approved; for a genesis, of its own.
    #[error("{got} stewards approved where {needed} are needed")]
    TooFew {
        /// Stewards who approved.
        got: usize,
        /// Stewards needed.
        needed: usize,
    },
    /// V4: too few of the stewards it appoints approved.
    #[error("{got} of the stewards it appoints approved where {needed} are needed")]
    TooFewNew {
        /// Stewards who approved.
        got: usize,
        /// Stewards needed.
        needed: usize,
    },
}

impl From<EntryError> for CharterError {
    fn from(error: EntryError) -> CharterError {
        match error {
            EntryError::Outdated { needs } => CharterError::Outdated { needs },
            other => CharterError::Entry(other),
        }
    }
}

/// V6 and V2: a first entry, approved by every steward it names; the founder alone is the smallest case.
pub fn genesis(certificate: Certificate) -> Result<Link, CharterError> {
    bounded(&certificate)?;
    let entry = first(&certificate.entry)?;
    let round = Round::first(certificate.hash(), &entry);
    let approvers = approvers(&round, &certificate, |key| round.stewards.contains(key))?;
    enough(&approvers, &round)?;
    Ok(Link::new(entry, certificate))
}

/// V6 without approvals: whether these bytes can be a first entry.
pub(super) fn first(bytes: &[u8]) -> Result<Entry, CharterError> {
    let entry = Entry::read(bytes)?;
    let nothing_before = entry.network == NetworkId::NONE && entry.prev == Hash::default() && entry.seq == 0;
    if !nothing_before || !entry.removed.is_empty() || entry.nonce == [0; 16] {
        return Err(CharterError::NotGenesis);
    }
    for member in &entry.members {
        if member.first != member.key {
            return Err(SuccessionError::First(member.key).into());
        }
        if member.since != 0 {
            return Err(SuccessionError::When(member.key).into());
        }
        succession::sound(&member.key)?;
    }
    Ok(entry)
}

/// V1 to V5: whether the certificate carries a child of this parent.
pub fn step(parent: &Link, certificate: Certificate) -> Result<Link, CharterError> {
    bounded(&certificate)?;
    let round = Round::after(parent);
    let entry = match child(parent, &certificate.entry) {
        // Only a quorum can make us stop; anybody can write a large version number.
        Err(CharterError::Outdated { needs }) => {
            enough(&approvers(&round, &certificate, |_| true)?, &round)?;
            return Err(CharterError::Outdated { needs });
        }
        other => other?,
    };
    let new = appointed(parent.entry(), &entry);
    let may = |key: &MemberKey| round.stewards.contains(key) || new.as_ref().is_some_and(|n| n.contains(key));
    let approvers = approvers(&round, &certificate, may)?;
    enough(&approvers, &round)?;
    if let Some(new) = new {
        let (got, needed) = (approvers.intersection(&new).count(), entry.k as usize);
        if got < needed {
            return Err(CharterError::TooFewNew { got, needed });
        }
    }
    Ok(Link::new(entry, certificate))
}

/// V1, V2 and V5 without approvals: whether these bytes can follow the parent.
pub(super) fn child(parent: &Link, bytes: &[u8]) -> Result<Entry, CharterError> {
    let entry = Entry::read(bytes)?;
    succession::follows(parent, &entry)?;
    Ok(entry)
}

/// V4: the keys of the stewards who must approve as well, if stewards, a steward's key or the quorum change.
pub(super) fn appointed(parent: &Entry, child: &Entry) -> Option<BTreeSet<MemberKey>> {
    let new = child.steward_keys();
    (new != parent.steward_keys() || child.k != parent.k).then_some(new)
}

fn bounded(certificate: &Certificate) -> Result<(), CharterError> {
    let bytes = certificate.approvals.iter().map(Signed::size).sum::<usize>() + certificate.entry.len();
    if certificate.approvals.len() > STEWARDS * 2 || bytes > CERTIFICATE_BYTES {
        return Err(CharterError::TooLarge);
    }
    Ok(())
}

/// Who approved. Every approval must count, and each steward only once.
fn approvers(
    round: &Round,
    certificate: &Certificate,
    may: impl Fn(&MemberKey) -> bool,
) -> Result<BTreeSet<MemberKey>, CharterError> {
    let entry = certificate.hash();
    let mut approvers = BTreeSet::new();
    for approval in &certificate.approvals {
        let vote = approval.clone().verify().map_err(VoteError::from)?;
        if vote.entry != entry {
            return Err(VoteError::OtherEntry.into());
        }
        if !vote.approve {
            return Err(VoteError::Opposite.into());
        }
        if !may(&vote.by) {
            return Err(VoteError::NotSteward(vote.by).into());
        }
        round.fits(&vote)?;
        if !approvers.insert(vote.by) {
            return Err(CharterError::Duplicate(vote.by));
        }
    }
    Ok(approvers)
}

/// V3: the quorum of the round.
fn enough(approvers: &BTreeSet<MemberKey>, round: &Round) -> Result<(), CharterError> {
    let (got, needed) = (approvers.intersection(&round.stewards).count(), round.quorum);
    if got < needed { Err(CharterError::TooFew { got, needed }) } else { Ok(()) }
}
