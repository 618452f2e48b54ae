//! What arrives is [`Signed`]; only checking makes it [`Verified`]; only `Verified` is kept or shown.
//!
//! A signature covers the exact bytes of a body under its type's name, in the manner of DSSE:
//! `CWv1 <length of type> <type> <length of body> <body>`. Bytes are never encoded again to check a signature.
//! The signer's key stands inside the body, so it is signed as well; whether that key *may* sign is asked elsewhere.

use std::{marker::PhantomData, ops::Deref};

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use minicbor::{Decode, Decoder, Encode, Encoder, bytes::ByteSlice, decode, encode};

use crate::{
    format::{self, FormatError},
    identity::Hash,
};

/// A type that is signed: its name under the signature, its bound, and whose key must have signed it.
pub trait Body: Encode<()> + for<'b> Decode<'b, ()> {
    /// The name under the signature; never reused for other bytes.
    const TYPE: &'static str;
    /// The longest body in bytes.
    const MOST: usize;
    /// The key that must have signed; it stands in the body.
    fn signer(&self) -> [u8; 32];
}

/// Why a signed thing is not to be believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignedError {
    /// The body does not decode.
    #[error("malformed: {0}")]
    Format(#[from] FormatError),
    /// The signer's key is no key, or a weak one that would verify forgeries.
    #[error("the signer's key is not usable")]
    BadKey,
    /// The signature does not fit these bytes and this key.
    #[error("the signature does not fit")]
    BadSignature,
}

/// Bytes with a signature nobody has checked yet.
#[derive(Debug, PartialEq, Eq)]
pub struct Signed<B> {
    body: Vec<u8>,
    signature: [u8; 64],
    of: PhantomData<fn() -> B>,
}

impl<B> Clone for Signed<B> {
    fn clone(&self) -> Self {
        Signed { body: self.body.clone(), signature: self.signature, of: PhantomData }
    }
}

/// A body whose signature was checked, with the exact bytes that were signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<B> {
    signed: Signed<B>,
    body: B,
    hash: Hash,
}

impl<B: Body> Signed<B> {
    /// Checks the signature with `verify_strict`; the plain `verify` accepts forgeries under weak keys.
    pub fn verify(self) -> Result<Verified<B>, SignedError> {
        let body: B = format::decode(&self.body, B::MOST)?;
        let key = usable(&body.signer()).ok_or(SignedError::BadKey)?;
        let signature = Signature::from_bytes(&self.signature);
        key.verify_strict(&message::<B>(&self.body), &signature).map_err(|_| SignedError::BadSignature)?;
        Ok(self.of(body))
    }

    /// What the bytes say, whoever signed them: for what is decided before a signature is worth checking.
    pub fn claim(&self) -> Result<B, SignedError> {
        Ok(format::decode(&self.body, B::MOST)?)
    }

    /// Reads back what this node verified before it kept it. Only for bytes of our own store.
    pub fn recall(self) -> Result<Verified<B>, SignedError> {
        let body: B = format::recall(&self.body, B::MOST)?;
        Ok(self.of(body))
    }

    fn of(self, body: B) -> Verified<B> {
        let hash = Hash::of(&self.body);
        Verified { signed: self, body, hash }
    }

    /// The hash that names these bytes.
    pub fn hash(&self) -> Hash {
        Hash::of(&self.body)
    }

    /// Bytes of the body, without the signature.
    pub fn size(&self) -> usize {
        self.body.len()
    }
}

impl<B: Body> Verified<B> {
    /// Signs a body of our own.
    pub fn sign(body: B, key: &SigningKey) -> Verified<B> {
        debug_assert_eq!(body.signer(), key.verifying_key().to_bytes(), "the signer in the body is the key that signs");
        let bytes = format::encode(&body);
        let signature = key.sign(&message::<B>(&bytes)).to_bytes();
        let hash = Hash::of(&bytes);
        Verified { signed: Signed { body: bytes, signature, of: PhantomData }, body, hash }
    }

    /// The bytes and signature, to keep or to send.
    pub fn signed(&self) -> &Signed<B> {
        &self.signed
    }

    /// The hash that names this: BLAKE3 of the body's bytes.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// The body alone.
    pub fn into_body(self) -> B {
        self.body
    }
}

impl<B> Deref for Verified<B> {
    type Target = B;
    fn deref(&self) -> &B {
        &self.body
    }
}

/// What grows with each new statement of one kind by one signer.
pub trait Numbered {
    /// The number.
    fn seq(&self) -> u64;
}

/// Whether a statement takes the place of the one we hold: the highest (seq, hash) holds everywhere, whatever came first.
pub fn replaces<B: Numbered>(new: &Verified<B>, held: Option<&Verified<B>>) -> bool {
    held.is_none_or(|held| (new.body.seq(), new.hash) > (held.body.seq(), held.hash))
}

/// A key that `verify_strict` can be trusted with: on the curve and not of small order.
pub fn usable(key: &[u8; 32]) -> Option<VerifyingKey> {
    VerifyingKey::from_bytes(key).ok().filter(|k| !k.is_weak())
}

fn message<B: Body>(body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("CWv1 {} {} {} ", B::TYPE.len(), B::TYPE, body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

impl<C, B> Encode<C> for Signed<B> {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.array(2)?.bytes(&self.body)?.bytes(&self.signature)?.ok()
    }
}

impl<'b, C, B> Decode<'b, C> for Signed<B> {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        if d.array()? != Some(2) {
            return Err(decode::Error::message("a signed thing is a body and a signature"));
        }
        let body = d.decode::<&ByteSlice>()?.to_vec();
        let signature = d.bytes()?.try_into().map_err(|_| decode::Error::message("a signature has 64 bytes"))?;
        Ok(Signed { body, signature, of: PhantomData })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq, Encode, Decode)]
    #[cbor(map)]
    struct Note {
        #[cbor(n(0), with = "minicbor::bytes")]
        by: [u8; 32],
        #[n(1)]
        text: String,
    }
    impl Body for Note {
        const TYPE: &'static str = "note";
        const MOST: usize = 200;
        fn signer(&self) -> [u8; 32] {
            self.by
        }
    }
    #[derive(Debug, Clone, PartialEq, Encode, Decode)]
    #[cbor(map)]
    struct Other {
        #[cbor(n(0), with = "minicbor::bytes")]
        by: [u8; 32],
        #[n(1)]
        text: String,
    }
    impl Body for Other {
        const TYPE: &'static str = "other";
        const MOST: usize = 200;
        fn signer(&self) -> [u8; 32] {
            self.by
        }
    }

    fn note() -> Verified<Note> {
        let key = SigningKey::from_bytes(&[7; 32]);
        Verified::sign(Note { by: key.verifying_key().to_bytes(), text: "hello".into() }, &key)
    }

    #[test]
    fn what_was_signed_verifies_after_the_wire() {
        let bytes = format::encode(note().signed());
        let back: Signed<Note> = format::decode(&bytes, 400).unwrap();
        assert_eq!(back.verify().unwrap().text, "hello");
    }

    #[test]
    fn one_flipped_bit_anywhere_is_refused() {
        let bytes = format::encode(note().signed());
        for bit in 0..bytes.len() * 8 {
            let mut bad = bytes.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let read: Result<Signed<Note>, _> = format::decode(&bad, 400);
            assert!(read.map_or(true, |s| s.verify().is_err()), "bit {bit}");
        }
    }

    #[test]
    fn a_signature_does_not_pass_for_another_type() {
        let bytes = format::encode(note().signed());
        let other: Signed<Other> = format::decode(&bytes, 400).unwrap();
        assert_eq!(other.verify().unwrap_err(), SignedError::BadSignature);
    }

    #[test]
    fn a_weak_key_is_refused() {
        // The identity point: with the plain `verify`, R = identity and S = 0 passes for every message.
        let mut by = [0; 32];
        by[0] = 1;
        let mut signature = [0; 64];
        signature[0] = 1;
        let body = format::encode(&Note { by, text: "forged".into() });
        let forged: Signed<Note> = Signed { body, signature, of: PhantomData };
        assert_eq!(forged.verify().unwrap_err(), SignedError::BadKey);
    }
}
