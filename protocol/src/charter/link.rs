//! Certificates, which anybody can send, and links, which only checking makes.

use minicbor::{Decode, Encode};

use crate::{
    format::{self, FormatError},
    identity::{Hash, NetworkId},
    limits::CERTIFICATE_BYTES,
    signed::Signed,
};

use super::{
    entry::{Entry, EntryError},
    vote::Vote,
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
    pub fn read(bytes: &[u8]) -> Result<Certificate, FormatError> {
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
    pub fn recall(certificate: Certificate) -> Result<Link, EntryError> {
        let entry = Entry::read(&certificate.entry)?;
        Ok(Link::new(entry, certificate))
    }

    /// The link of a certificate that was checked.
    pub(super) fn new(entry: Entry, certificate: Certificate) -> Link {
        let hash = certificate.hash();
        let network = if entry.seq == 0 { NetworkId(hash.0) } else { entry.network };
        Link { entry, hash, network, certificate }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::testing::*, *};

    #[test]
    fn a_link_comes_back_from_the_store() {
        let head = network(3, 2);
        let next = carry(&head, &renaming(&head, 1), &[1, 2]);
        for link in [head, next] {
            let bytes = link.certificate().bytes();
            assert_eq!(Link::recall(Certificate::read(&bytes).unwrap()), Ok(link));
        }
    }
}
