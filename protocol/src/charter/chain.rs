//! The chain: which certificate is the next link. A pure function of bytes (V1 to V6).

use std::collections::BTreeSet;

use crate::{
    identity::{Hash, MemberKey, NetworkId},
    limits::{CERTIFICATE_BYTES, STEWARDS},
    signed::Signed,
};

use super::{
    entry::{Entry, EntryError},
    link::{Certificate, Link},
    succession::{self, SuccessionError},
    vote::{Round, VoteError},
};

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

#[cfg(test)]
mod tests {
    use super::{super::testing::*, super::*, *};
    use crate::{
        format,
        signed::{SignedError, Verified},
    };

    #[test]
    fn v6_every_named_steward_approves_the_genesis() {
        let entry = testing::first(3, 2);
        assert!(genesis(founding(&entry, &[1, 2, 3])).is_ok());
        let error = genesis(founding(&entry, &[1, 2])).unwrap_err();
        assert_eq!(error, CharterError::TooFew { got: 2, needed: 3 });
        let error = genesis(founding(&entry, &[1, 2, 4])).unwrap_err();
        assert_eq!(error, CharterError::Approval(VoteError::NotSteward(pk(4))));
        assert!(genesis(founding(&testing::first(1, 1), &[1])).is_ok());
        assert_eq!(genesis(founding(&testing::first(1, 1), &[])), Err(CharterError::TooFew { got: 0, needed: 1 }));
    }

    #[test]
    fn v6_a_genesis_names_nothing_before_it() {
        let broken = |change: fn(&mut Entry)| {
            let mut entry = testing::first(1, 1);
            change(&mut entry);
            genesis(founding(&entry, &[1])).unwrap_err()
        };
        assert_eq!(broken(|e| e.nonce = [0; 16]), CharterError::NotGenesis);
        assert_eq!(broken(|e| e.network = NetworkId([1; 32])), CharterError::NotGenesis);
        assert_eq!(broken(|e| e.prev = Hash([1; 32])), CharterError::NotGenesis);
        assert_eq!(broken(|e| e.seq = 1), CharterError::NotGenesis);
        assert_eq!(broken(|e| e.removed.push(Removed { first: pk(9), key: pk(9), at: 0 })), CharterError::NotGenesis);
        assert_eq!(broken(|e| e.members[0].since = 1), SuccessionError::When(pk(1)).into());
        assert_eq!(broken(|e| e.members[0].key = pk(2)), SuccessionError::First(pk(2)).into());
        let mut weak = testing::first(1, 1);
        let key = MemberKey([0; 32]);
        weak.members.push(Member { first: key, name: "Weak".into(), key, since: 0 });
        assert_eq!(genesis(founding(&weak, &[1])), Err(SuccessionError::WeakKey(key).into()));
    }

    #[test]
    fn two_networks_of_one_founder_and_name_differ() {
        let other = found("Riverside", "We grow food together.", "Be kind.", "Steward 1", pk(1), [8; 16]).unwrap();
        assert_ne!(genesis(founding(&other, &[1])).unwrap().network(), alone().network());
    }

    #[test]
    fn v3_a_quorum_of_different_stewards_approves() {
        let head = network(5, 3);
        let entry = renaming(&head, 1);
        assert!(step(&head, certificate(&head, &entry, &[1, 3, 5])).is_ok());
        assert!(step(&head, certificate(&head, &entry, &[1, 2, 3, 4, 5])).is_ok());
        let refused = |by: &[u8]| step(&head, certificate(&head, &entry, by)).unwrap_err();
        assert_eq!(refused(&[]), CharterError::TooFew { got: 0, needed: 3 });
        assert_eq!(refused(&[1, 2]), CharterError::TooFew { got: 2, needed: 3 });
        assert_eq!(refused(&[1, 2, 2]), CharterError::Duplicate(pk(2)));
        assert_eq!(refused(&[1, 2, 3, 9]), CharterError::Approval(VoteError::NotSteward(pk(9))));
        assert_eq!(refused(&[1; 31]), CharterError::TooLarge);
    }

    #[test]
    fn v3_one_approval_that_does_not_count_spoils_a_certificate() {
        let (head, elsewhere) = (network(3, 2), network(4, 3));
        let entry = renaming(&head, 1);
        let with = |vote: Vote| {
            let mut certificate = certificate(&head, &entry, &[1, 2]);
            certificate.approvals.push(Verified::sign(vote, &key(3)).signed().clone());
            step(&head, certificate).unwrap_err()
        };
        let good = || Vote::on(&head, Hash::of(&entry.bytes()), true, vec![], pk(3));
        let approval = CharterError::Approval;
        assert_eq!(with(Vote { v: 2, ..good() }), approval(VoteError::Version(2)));
        assert_eq!(with(Vote { network: elsewhere.network(), ..good() }), approval(VoteError::Elsewhere));
        assert_eq!(with(Vote { prev: elsewhere.hash(), ..good() }), approval(VoteError::Elsewhere));
        assert_eq!(with(Vote { seq: 2, ..good() }), approval(VoteError::Elsewhere));
        assert_eq!(with(Vote { entry: elsewhere.hash(), ..good() }), approval(VoteError::OtherEntry));
        assert_eq!(with(Vote { approve: false, ..good() }), approval(VoteError::Opposite));

        let mut forged = certificate(&head, &entry, &[1, 2]);
        let mut bytes = format::encode(vote(&head, &entry, true, vec![], 3).signed());
        *bytes.last_mut().unwrap() ^= 1;
        forged.approvals.push(format::decode(&bytes, 1_000).unwrap());
        let error = VoteError::Signed(SignedError::BadSignature);
        assert_eq!(step(&head, forged), Err(CharterError::Approval(error)));
    }

    #[test]
    fn v4_new_stewards_and_a_new_quorum_are_wanted_by_those_who_come() {
        let head = network(3, 2);
        let stewards = [1, 8, 9].map(|n| id(&head, n));
        let draft = Draft::on(&head).admit("Eight", pk(8)).admit("Nine", pk(9));
        let entry = draft.stewards(&stewards).unwrap().entry().unwrap();
        let refused = |by: &[u8]| step(&head, certificate(&head, &entry, by)).unwrap_err();
        assert_eq!(refused(&[1, 2, 3]), CharterError::TooFewNew { got: 1, needed: 2 });
        assert_eq!(refused(&[1, 8, 9]), CharterError::TooFew { got: 1, needed: 2 });
        assert!(step(&head, certificate(&head, &entry, &[1, 2, 8])).is_ok());

        let all = Draft::on(&head).quorum(3).entry().unwrap();
        let error = step(&head, certificate(&head, &all, &[1, 2])).unwrap_err();
        assert_eq!(error, CharterError::TooFewNew { got: 2, needed: 3 });
    }

    #[test]
    fn v4_a_rekeyed_steward_counts_with_the_new_key() {
        let head = network(2, 2);
        let entry = Draft::on(&head).rekey(id(&head, 2), pk(42)).unwrap().entry().unwrap();
        let error = step(&head, certificate(&head, &entry, &[1, 2])).unwrap_err();
        assert_eq!(error, CharterError::TooFewNew { got: 1, needed: 2 });
        let after = carry(&head, &entry, &[1, 2, 42]);
        let error = step(&after, certificate(&after, &renaming(&after, 1), &[1, 2])).unwrap_err();
        assert_eq!(error, CharterError::Approval(VoteError::NotSteward(pk(2))));
        carry(&after, &renaming(&after, 1), &[1, 42]);
    }

    #[test]
    fn only_a_quorum_makes_us_outdated() {
        let head = network(3, 2);
        let mut entry = renaming(&head, 1);
        (entry.v, entry.min_reader) = (9, 9);
        assert_eq!(step(&head, certificate(&head, &entry, &[1, 2])), Err(CharterError::Outdated { needs: 9 }));
        let error = step(&head, certificate(&head, &entry, &[1])).unwrap_err();
        assert_eq!(error, CharterError::TooFew { got: 1, needed: 2 });
        let error = step(&head, certificate(&head, &entry, &[1, 8, 9])).unwrap_err();
        assert_eq!(error, CharterError::TooFew { got: 1, needed: 2 });
    }

    #[test]
    fn the_largest_certificate_fits_in_a_message() {
        use crate::limits::{CHARTER_BYTES, MESSAGE_BYTES, VOTE_BYTES};
        // Per vote 64 bytes of signature and 6 of heads; a kilobyte for what a message adds.
        let largest = CHARTER_BYTES + 2 * STEWARDS * (VOTE_BYTES + 70);
        assert!(largest + 16 <= CERTIFICATE_BYTES && CERTIFICATE_BYTES + 1_024 <= MESSAGE_BYTES);
    }
}
