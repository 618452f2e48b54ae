//! The exact bytes of everything that is signed, hashed or sent, as `protocol/golden.txt` holds them.
//!
//! A difference fails the test. The file is written anew with
//! `GOLDEN_WRITE=1 cargo test -p commonweal-protocol --lib golden`; from the first release on that may only add lines.

mod any;
mod charter;
mod documents;
mod forms;
mod messages;
mod people;

use std::{fmt::Debug, fs, path::PathBuf};

use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use minicbor::{
    Decode, Encode,
    bytes::{ByteArray, ByteVec},
};
use sha2::{Digest, Sha256};

use crate::{
    charter::{Application, Proposal, Vote},
    document::{Header, Withdrawn},
    envelope::Head,
    format,
    identity::{Hash, hex},
    limits::MESSAGE_BYTES,
    message::Message,
    roster::{Claim, Roster},
    signed::{Body, Signed, Verified},
    standing::{Address, Grant},
};

const HEAD: &str = "\
# Golden vectors of Commonweal, protocol 1. Each line is `name = bytes in hex`; names that end in `.text` hold text.
# A member key `n` has the seed of 32 bytes `n`; a node key `n` the seed of 32 bytes `n + 10`. SPEC.md says what is what.
# Do not edit by hand: GOLDEN_WRITE=1 cargo test -p commonweal-protocol --lib golden
";

/// Vectors as they are collected. Each is read back before it is written down.
struct Book(Vec<String>);

impl Book {
    fn title(&mut self, title: &str) {
        self.0.extend([String::new(), format!("# {title}")]);
    }

    fn text(&mut self, name: &str, text: &str) {
        self.0.push(format!("{name}.text = {text}"));
    }

    fn bytes(&mut self, name: &str, bytes: &[u8]) {
        self.0.push(format!("{name} = {}", hex(bytes)));
    }

    /// What travels or is kept without a signature of its own.
    fn value<T>(&mut self, name: &str, value: &T)
    where
        T: Encode<()> + for<'b> Decode<'b, ()> + PartialEq + Debug,
    {
        let bytes = format::encode(value);
        assert_eq!(format::decode::<T>(&bytes, MESSAGE_BYTES).as_ref(), Ok(value), "{name}");
        self.bytes(name, &bytes);
    }

    fn message(&mut self, name: &str, message: &Message) {
        let bytes = message.to_bytes();
        let back = Message::from_bytes(&bytes).unwrap();
        assert_eq!((&back, back.to_bytes()), (message, bytes.clone()), "{name}");
        self.bytes(&format!("message.{name}"), &bytes);
    }

    /// A signed thing, and its signature checked once more without our own code.
    fn signed<B: Body + PartialEq + Debug>(&mut self, name: &str, verified: &Verified<B>) {
        let wire = format::encode(verified.signed());
        let read: Signed<B> = format::decode(&wire, MESSAGE_BYTES).unwrap();
        assert_eq!(format::encode(&read), wire, "{name}");
        assert_eq!(read.verify().as_ref(), Ok(verified), "{name}");

        let (body, signature): (ByteVec, ByteArray<64>) = minicbor::decode(&wire).unwrap();
        assert_eq!(format::encode::<B>(verified), *body, "{name}");
        assert_eq!(verified.hash().0, *blake3::hash(&body).as_bytes(), "{name}");
        let said = [format!("CWv1 {} {} {} ", B::TYPE.len(), B::TYPE, body.len()).as_bytes(), &body].concat();
        let key = VerifyingKey::from_bytes(&verified.signer()).unwrap();
        key.verify_strict(&said, &Signature::from_bytes(&signature)).unwrap();
        self.bytes(name, &wire);
    }
}

/// The key whose seed is 32 times this byte.
fn key(n: u8) -> SigningKey {
    SigningKey::from_bytes(&[n; 32])
}

fn book() -> String {
    let mut book = Book(vec![]);
    people::write(&mut book);
    charter::write(&mut book);
    documents::write(&mut book);
    messages::write(&mut book);
    format!("{HEAD}{}\n", book.0.join("\n"))
}

#[test]
fn every_byte_is_as_it_was_set_down() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden.txt");
    let now = book();
    if std::env::var_os("GOLDEN_WRITE").is_some_and(|v| v == "1") {
        fs::write(&path, &now).unwrap();
    }
    let then = fs::read_to_string(&path).unwrap();
    for (then, now) in then.lines().zip(now.lines()) {
        assert_eq!(then, now, "the bytes differ from what golden.txt holds");
    }
    assert_eq!(then.lines().count(), now.lines().count(), "golden.txt has lines more or fewer");
}

/// Lines of golden.txt that version 1 was released with, and the SHA-256 of their text. They never change: a new form gets
/// new vectors, after these.
const FROZEN: (usize, &str) = (115, "fbaf4abcd690db7b80f709fb2bd15a4b99b2170695d61205a2667e9a5fdb403e");

#[test]
fn what_is_frozen_stays() {
    let (lines, hash) = FROZEN;
    let text: String = book().lines().take(lines).map(|line| format!("{line}\n")).collect();
    let now: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(now, hash, "bytes of version 1 changed: no node out there would understand them");
}

#[test]
fn every_name_stands_once() {
    let book = book();
    let mut names: Vec<&str> = book.lines().filter_map(|l| Some(l.split_once(" = ")?.0)).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}

fn spec() -> String {
    fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("SPEC.md")).unwrap()
}

#[test]
fn the_spec_shows_vectors_that_are_there() {
    let (book, spec) = (book(), spec());
    let shown: Vec<&str> = spec.split('⟨').skip(1).filter_map(|rest| Some(rest.split_once('⟩')?.0)).collect();
    assert!(shown.len() > 20);
    for name in shown.into_iter().filter(|n| *n != "name") {
        assert!(book.lines().any(|line| line.starts_with(name)), "golden.txt has nothing that begins with {name}");
    }
}

#[test]
fn the_spec_names_every_signed_type_and_its_bound() {
    let spec = spec();
    let rows = [row::<Vote>(), row::<Proposal>(), row::<Application>(), row::<Roster>(), row::<Claim>()];
    let more = [row::<Grant>(), row::<Address>(), row::<Header>(), row::<Withdrawn>(), row::<Head>()];
    for row in rows.iter().chain(&more) {
        assert!(spec.contains(row), "SPEC.md lacks {row}");
    }
}

fn row<B: Body>() -> String {
    format!("| `{}` | {} |", B::TYPE, B::MOST)
}

/// Every purpose a hash is derived for stands in the sources as `commonweal 1 …`.
#[test]
fn the_spec_names_every_purpose() {
    let spec = spec();
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut found = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = fs::read_to_string(&path).unwrap_or_default();
            let purposes = source.split("\"commonweal 1 ").skip(1).filter_map(|rest| rest.split('"').next());
            for purpose in purposes.filter(|p| p.bytes().all(|b| b == b' ' || b.is_ascii_lowercase())) {
                assert!(spec.contains(&format!("commonweal 1 {purpose}")), "SPEC.md lacks `{purpose}`");
                found += 1;
            }
        }
    }
    assert!(found >= 8);
}

/// Parts of a fixed length each, hashed by hand: `derive_key` of BLAKE3 with the purpose as its context.
fn derived(purpose: &str, parts: &[&[u8]]) -> Hash {
    Hash(blake3::derive_key(purpose, &parts.concat()))
}
