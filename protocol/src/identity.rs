//! Who is who: member and node keys, the ids made from them, and the 24 words.

use std::{fmt, str::FromStr};

use bip39::Mnemonic;
use data_encoding::{BASE32_NOPAD, HEXLOWER};
use ed25519_dalek::SigningKey;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroize;

/// A text that is not an id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id: an id has 52 letters and digits, as the commands print it")]
pub struct IdError(pub String);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub [u8; 32]);

        impl $name {
            /// The first eight characters, for logs and lists.
            pub fn short(&self) -> String {
                self.to_string().chars().take(8).collect()
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&BASE32_NOPAD.encode(&self.0).to_lowercase())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.short())
            }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                let bytes = BASE32_NOPAD.decode(text.to_uppercase().as_bytes()).ok();
                bytes.and_then(|b| b.try_into().ok()).map($name).ok_or_else(|| IdError(text.into()))
            }
        }
        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }
        impl<C> Encode<C> for $name {
            fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }
        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
                let bytes = d.bytes()?.try_into().map_err(|_| decode::Error::message("an id has 32 bytes"))?;
                Ok($name(bytes))
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(
    /// BLAKE3-256 of some bytes.
    Hash
);
id!(
    /// A network: the hash of its charter's first entry. [`NetworkId::NONE`] before a node has joined any.
    NetworkId
);
id!(
    /// A member of a network, for ever: BLAKE3(network ‖ first member key). It survives a change of key.
    MemberId
);
id!(
    /// A member's ed25519 public key: signs charter votes and rosters.
    MemberKey
);
id!(
    /// An installation's ed25519 public key: signs envelopes and headers, and is the libp2p identity.
    NodeKey
);
id!(
    /// A document: the hash of its first header.
    DocId
);

impl Hash {
    /// The hash of some bytes.
    pub fn of(bytes: &[u8]) -> Hash {
        Hash(*blake3::hash(bytes).as_bytes())
    }

    /// The hash of several parts, each of a fixed length known to both sides, under a purpose of its own.
    pub fn derive(purpose: &'static str, parts: &[&[u8]]) -> Hash {
        let mut hasher = blake3::Hasher::new_derive_key(purpose);
        for part in parts {
            hasher.update(part);
        }
        Hash(*hasher.finalize().as_bytes())
    }
}

impl NetworkId {
    /// No network: what is written before joining stays here, private to the node.
    pub const NONE: NetworkId = NetworkId([0; 32]);
}

impl MemberId {
    /// The id of a member in a network, from the key it first had there.
    pub fn new(network: NetworkId, first: MemberKey) -> MemberId {
        MemberId(Hash::derive("commonweal 1 member id", &[&network.0, &first.0]).0)
    }
}

/// This node's own keys. The core signs with them (ed25519 needs no randomness), and never lets them out.
#[derive(Clone)]
pub struct Keys {
    member: [u8; 32],
    node: [u8; 32],
    /// Worked out once: it is asked for at every turn.
    node_key: NodeKey,
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.member.zeroize();
        self.node.zeroize();
    }
}

impl Keys {
    /// From the two 32-byte seeds.
    pub fn new(member: [u8; 32], node: [u8; 32]) -> Keys {
        let node_key = NodeKey(SigningKey::from_bytes(&node).verifying_key().to_bytes());
        Keys { member, node, node_key }
    }

    /// Signs votes, rosters and applications.
    pub fn member(&self) -> SigningKey {
        SigningKey::from_bytes(&self.member)
    }

    /// Signs envelopes, headers, grants and addresses.
    pub fn node(&self) -> SigningKey {
        SigningKey::from_bytes(&self.node)
    }

    /// The public half of the member key.
    pub fn member_key(&self) -> MemberKey {
        MemberKey(self.member().verifying_key().to_bytes())
    }

    /// The public half of the node key.
    pub fn node_key(&self) -> NodeKey {
        self.node_key
    }

    /// The member key's seed as 24 words (BIP 39, English), to be written down once.
    pub fn words(&self) -> String {
        let mnemonic = Mnemonic::from_entropy(&self.member).expect("32 bytes are a valid entropy for 24 words");
        mnemonic.words().collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys(member {}, node {})", self.member_key().short(), self.node_key().short())
    }
}

/// Why words are not a member key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// Not 24 of them.
    #[error("{0} words, but the key has 24 words")]
    Count(usize),
    /// A word that is not on the list; its place counts from 1.
    #[error("word {place}, `{word}`, is not on the list; check the spelling")]
    Unknown {
        /// Its place, from 1.
        place: usize,
        /// The word as typed.
        word: String,
    },
    /// All words are on the list, but together they do not add up.
    #[error("the words do not add up: one of them is wrong or two are swapped")]
    Checksum,
}

/// The member key's seed from its 24 words.
pub fn seed_from_words(text: &str) -> Result<[u8; 32], WordsError> {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    if words.len() != 24 {
        return Err(WordsError::Count(words.len()));
    }
    let mnemonic = Mnemonic::parse_in_normalized(bip39::Language::English, &words.join(" ")).map_err(|e| match e {
        bip39::Error::UnknownWord(at) => WordsError::Unknown { place: at + 1, word: words[at].clone() },
        _ => WordsError::Checksum,
    })?;
    mnemonic.to_entropy().try_into().map_err(|_| WordsError::Checksum)
}

/// Bytes as lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_give_the_key_back() {
        let keys = Keys::new([42; 32], [1; 32]);
        assert_eq!(keys.words().split(' ').count(), 24);
        assert_eq!(seed_from_words(&keys.words()), Ok([42; 32]));
    }

    #[test]
    fn wrong_words_say_which() {
        let words = Keys::new([42; 32], [1; 32]).words();
        assert_eq!(seed_from_words("one two"), Err(WordsError::Count(2)));
        let mut list: Vec<&str> = words.split(' ').collect();
        list[3] = "commonweal";
        assert_eq!(seed_from_words(&list.join(" ")), Err(WordsError::Unknown { place: 4, word: "commonweal".into() }));
        let mut swapped: Vec<&str> = words.split(' ').collect();
        swapped.swap(0, 23);
        assert_eq!(seed_from_words(&swapped.join(" ")), Err(WordsError::Checksum));
    }

    #[test]
    fn an_id_reads_back_as_printed() {
        let id = DocId([9; 32]);
        assert_eq!(id.to_string().len(), 52);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!("no".parse::<DocId>().is_err());
    }
}
