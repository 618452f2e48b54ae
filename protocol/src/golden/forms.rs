//! What holds of all bytes: what is written is read back, what is read has one form, and nothing makes a reader panic.

use std::fmt::Debug;

use ed25519_dalek::Signer;
use minicbor::{Decode, Encode};
use proptest::{collection::vec, prelude::*};

use crate::{
    charter::{Application, Certificate, Proposal, Vote},
    document::{Header, Withdrawn},
    envelope::{Envelope, ForkProof, Head, Keep},
    format::{self, FormatError},
    identity::{MemberKey, NodeKey},
    limits::MESSAGE_BYTES,
    message::Message,
    roster::{Claim, Roster},
    signed::{Body, Signed, Verified},
    standing::{Address, Grant},
    subscription::Rule,
    ticket::Ticket,
};

use super::{
    any::{Any, signed},
    key,
    people::{member_key, node_key},
};

/// A type that is read from bytes.
trait Form: Any + Encode<()> + for<'b> Decode<'b, ()> + PartialEq {}
impl<T: Any + Encode<()> + for<'b> Decode<'b, ()> + PartialEq> Form for T {}

/// What is written is read back, and written the same again.
fn comes_back<T: Form>(value: &T) -> Result<(), TestCaseError> {
    let bytes = format::encode(value);
    let back = format::decode::<T>(&bytes, MESSAGE_BYTES);
    prop_assert_eq!(back.as_ref(), Ok(value));
    prop_assert_eq!(format::encode(&back.unwrap()), bytes);
    Ok(())
}

/// Bytes that are read are what their value is written as.
fn has_one_form<T: Form>(bytes: &[u8]) -> Result<(), TestCaseError> {
    let Ok(value) = format::decode::<T>(bytes, MESSAGE_BYTES) else { return Ok(()) };
    prop_assert_eq!(format::encode(&value), bytes);
    Ok(())
}

/// A little damage: bytes changed, cut out or put in.
#[derive(Clone, Debug)]
enum Damage {
    Change(usize, u8),
    Cut(usize, usize),
    Put(usize, Vec<u8>),
}

impl Damage {
    fn any() -> impl Strategy<Value = Damage> {
        // Heads of small numbers, arrays, maps, strings and null are what most often still reads.
        let byte = prop_oneof![any::<u8>(), 0u8..24, 0x80u8..0x88, 0xa0u8..0xa8, Just(0xf4), Just(0xf5), Just(0xf6)];
        let byte = byte.boxed();
        prop_oneof![
            3 => (any::<usize>(), byte.clone()).prop_map(|(at, byte)| Damage::Change(at, byte)),
            1 => (any::<usize>(), 1usize..9).prop_map(|(at, count)| Damage::Cut(at, count)),
            1 => (any::<usize>(), vec(byte, 1..4)).prop_map(|(at, bytes)| Damage::Put(at, bytes)),
        ]
    }

    fn to(&self, bytes: &mut Vec<u8>) {
        match self {
            Damage::Change(at, byte) => {
                let at = at % bytes.len();
                bytes[at] = *byte;
            }
            Damage::Cut(at, count) => {
                let at = at % bytes.len();
                bytes.drain(at..bytes.len().min(at + count));
            }
            Damage::Put(at, put) => {
                let at = at % (bytes.len() + 1);
                bytes.splice(at..at, put.iter().copied());
            }
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }
}

/// All of this, for one type.
macro_rules! forms {
    ($($name:ident: $type:ty;)*) => {
        $(mod $name {
            use super::*;

            proptest! {
                #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

                #[test]
                fn what_we_write_we_read(value in <$type>::any()) {
                    comes_back(&value)?;
                }

                #[test]
                fn what_we_read_has_one_form(value in <$type>::any(), damage in vec(Damage::any(), 1..4)) {
                    let mut bytes = format::encode(&value);
                    damage.iter().for_each(|d| d.to(&mut bytes));
                    has_one_form::<$type>(&bytes)?;
                }

                #[test]
                fn nothing_makes_the_reader_panic(bytes in vec(any::<u8>(), 0..300)) {
                    has_one_form::<$type>(&bytes)?;
                }
            }
        })*
    };
}

forms! {
    message: Message;
    vote: Vote;
    proposal: Proposal;
    application: Application;
    certificate: Certificate;
    claim: Claim;
    roster: Roster;
    grant: Grant;
    address: Address;
    ticket: Ticket;
    header: Header;
    withdrawn: Withdrawn;
    head: Head;
    envelope: Envelope;
    keep: Keep;
    fork: ForkProof;
}

/// A body that our key may sign.
trait Ours: Body + Form {
    fn own(self) -> Self;
}

macro_rules! ours {
    ($($type:ty, $field:ident, $key:expr;)*) => {
        $(impl Ours for $type {
            fn own(self) -> Self {
                Self { $field: $key, ..self }
            }
        })*
    };
}

const MEMBER: fn() -> MemberKey = || member_key(11);
const NODE: fn() -> NodeKey = || node_key(1);

ours! {
    Vote, by, MEMBER();
    Proposal, by, MEMBER();
    Application, member, MEMBER();
    Claim, node, NODE();
    Roster, by, MEMBER();
    Grant, by, NODE();
    Address, node, NODE();
    Header, by, NODE();
    Withdrawn, by, NODE();
    Head, feed, NODE();
}

/// What we sign is believed after the wire, and not once anything of it was changed.
fn is_believed<B: Ours + Clone>(body: B, damage: &Damage) -> Result<(), TestCaseError> {
    let ours = Verified::sign(body.own(), &key(11));
    let wire = format::encode(ours.signed());
    let back: Signed<B> = format::decode(&wire, MESSAGE_BYTES).unwrap();
    let back = back.verify();
    prop_assert_eq!(back.as_ref(), Ok(&ours));

    let mut bad = wire.clone();
    damage.to(&mut bad);
    if bad != wire {
        let read = format::decode::<Signed<B>>(&bad, MESSAGE_BYTES);
        prop_assert!(read.map_or(true, |s| s.verify().is_err()));
    }
    Ok(())
}

macro_rules! signatures {
    ($($name:ident: $type:ty;)*) => {
        proptest! {
            #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

            $(#[test]
            fn $name(body in <$type>::any(), damage in Damage::any()) {
                is_believed(body, &damage)?;
            })*
        }
    };
}

signatures! {
    a_vote_is_believed: Vote;
    a_proposal_is_believed: Proposal;
    an_application_is_believed: Application;
    a_claim_is_believed: Claim;
    a_roster_is_believed: Roster;
    a_grant_is_believed: Grant;
    an_address_is_believed: Address;
    a_header_is_believed: Header;
    a_withdrawal_is_believed: Withdrawn;
    a_head_is_believed: Head;
}

/// What the strict form of CBOR alone would let through: a key or element too many, null for what is absent, and anything
/// in the place of a plain word's fields.
#[test]
fn nothing_is_passed_over() {
    let claim = Claim::clone(&super::people::roster().verify().unwrap().nodes[0].claim.clone().verify().unwrap());
    let bytes = format::encode(&claim);
    let mut wider = bytes.clone();
    wider[0] += 1;
    wider.extend([0x04, 0x00]);
    assert_eq!(format::decode::<Claim>(&bytes, 200).as_ref(), Ok(&claim));
    assert_eq!(format::decode::<Claim>(&wider, 200), Err(FormatError::NotStrict), "an unknown key");
    assert_eq!(format::recall::<Claim>(&wider, 200), Ok(claim), "a newer version's row, in the parts we know");

    let keep = Keep { kept: vec![] };
    assert_eq!(format::encode(&keep), [0x81, 0x80]);
    assert_eq!(format::decode::<Keep>(&[0x82, 0x80, 0x00], 9), Err(FormatError::NotStrict), "an element too many");

    assert_eq!(format::encode(&Rule::default()), [0xa0]);
    let null = format::decode::<Rule>(&[0xa1, 0x01, 0xf6], 9);
    assert_eq!(null, Err(FormatError::NotStrict), "null for what is absent");

    assert_eq!(Message::Met.to_bytes(), [0x82, 0x03, 0x80]);
    let full = Message::from_bytes(&[0x82, 0x03, 0xf5]);
    assert_eq!(full, Err(FormatError::NotStrict), "a word with something in place of nothing");
}

/// A body with a key too many is refused however well it is signed.
#[test]
fn a_signature_does_not_make_a_body_strict() {
    let node = key(11);
    let mut claim = Claim::clone(&super::people::roster().verify().unwrap().nodes[0].claim.clone().verify().unwrap());
    claim.node = NodeKey(node.verifying_key().to_bytes());
    for (extra, good) in [(false, true), (true, false)] {
        let mut body = format::encode(&claim);
        if extra {
            body[0] += 1;
            body.extend([0x07, 0x00]);
        }
        let said = [format!("CWv1 5 claim {} ", body.len()).as_bytes(), &body].concat();
        let signed: Signed<Claim> = signed(&body, &node.sign(&said).to_bytes());
        assert_eq!(signed.verify().is_ok(), good);
    }
}
