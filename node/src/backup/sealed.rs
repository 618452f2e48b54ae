//! A sealed file: what is written into it only the 24 words open, and nobody changes a bit of it unnoticed.
//!
//! ```text
//! "CWBACKUP" ‖ version ‖ salt (32) ‖ mark of the key (16) ‖ BLAKE3 of all before it (16)
//! pieces of 64 KiB, each sealed by ChaCha20-Poly1305 (RFC 8439), strung together by STREAM (as in the age format)
//! ```
//! The key is BLAKE3 derive_key over the seed that the words stand for and this file's own salt. Who makes a backup and
//! who opens it is the same collaborative, so one key does for both: nobody else can make a file that passes for theirs,
//! which a public key would allow, and a scheduled backup needs no password that lies about. STREAM numbers the pieces and
//! tells the last one from the others, so that none is missing, moved or cut off unnoticed.

use std::io::{self, Read, Write};

use aead_stream::{DecryptorBE32, EncryptorBE32};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, aead::Payload};
use protocol::identity::Hash;
use zeroize::Zeroizing;

use super::BackupError;

const MAGIC: &[u8; 8] = b"CWBACKUP";
/// Raised with every change of these bytes.
const VERSION: u8 = 1;
/// Bytes of the head.
pub(super) const HEAD: usize = 8 + 1 + 32 + 16 + 16;
/// Bytes sealed at once: little to hold, and a tag adds next to nothing.
const PIECE: usize = 64 << 10;
/// What sealing adds to a piece.
const TAG: usize = 16;
/// Every file has a key of its own, so its pieces count from zero.
const NONCE: [u8; 7] = [0; 7];

type Head = [u8; HEAD];

/// The key of one file.
fn key(seed: &[u8; 32], salt: &[u8; 32]) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(Hash::derive("commonweal 1 backup key", &[seed, salt]).0)
}

fn cipher(key: &[u8; 32]) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(key.into())
}

/// Tells the right words from others without saying anything of the key.
fn mark(key: &[u8; 32]) -> [u8; 16] {
    half(&Hash::derive("commonweal 1 backup mark", &[key]))
}

fn half(hash: &Hash) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&hash.0[..16]);
    half
}

fn head(salt: &[u8; 32], key: &[u8; 32]) -> Head {
    let said = [&MAGIC[..], &[VERSION], salt, &mark(key)].concat();
    let mut head = [0; HEAD];
    head[..HEAD - 16].copy_from_slice(&said);
    head[HEAD - 16..].copy_from_slice(&half(&Hash::of(&said)));
    head
}

/// Seals what is written into it. Nothing can be opened until [`Sealer::finish`].
pub(super) struct Sealer<W> {
    to: W,
    stream: EncryptorBE32<ChaCha20Poly1305>,
    head: Head,
    held: Vec<u8>,
}

impl<W: Write> Sealer<W> {
    /// Begins a file. `salt` is fresh randomness.
    pub(super) fn begin(mut to: W, seed: &[u8; 32], salt: &[u8; 32]) -> io::Result<Sealer<W>> {
        let key = key(seed, salt);
        let head = head(salt, &key);
        to.write_all(&head)?;
        let stream = EncryptorBE32::from_aead(cipher(&key), &NONCE.into());
        Ok(Sealer { to, stream, head, held: Vec::with_capacity(2 * PIECE) })
    }

    /// Adds some bytes.
    pub(super) fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            // The last piece is never empty, so one is only sealed when more follows.
            if self.held.len() == PIECE {
                let piece = self.stream.encrypt_next(Payload { msg: &self.held, aad: &self.head });
                self.to.write_all(&piece.map_err(too_long)?)?;
                self.held.clear();
            }
            let (now, later) = bytes.split_at(bytes.len().min(PIECE - self.held.len()));
            self.held.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Seals the last piece.
    pub(super) fn finish(mut self) -> io::Result<W> {
        let piece = self.stream.encrypt_last(Payload { msg: &self.held, aad: &self.head });
        self.to.write_all(&piece.map_err(too_long)?)?;
        Ok(self.to)
    }
}

/// After 2³² pieces, which are 256 TiB.
fn too_long(_: chacha20poly1305::aead::Error) -> io::Error {
    io::ErrorKind::FileTooLarge.into()
}

/// Opens a sealed file from its beginning to its end.
pub(super) struct Opener<R> {
    from: R,
    /// None once the last piece is open.
    stream: Option<DecryptorBE32<ChaCha20Poly1305>>,
    head: Head,
    /// The next piece, still sealed: whether another follows tells whether it is the last.
    next: Vec<u8>,
    open: Vec<u8>,
    at: usize,
}

impl<R: Read> Opener<R> {
    /// Reads the head, and says whether these words are the right ones.
    pub(super) fn begin(mut from: R, seed: &[u8; 32]) -> Result<Opener<R>, BackupError> {
        let head = fill(&mut from, HEAD)?;
        // One of no bytes at all was cut short like any other.
        if head.iter().zip(MAGIC).any(|(is, should)| is != should) {
            return Err(BackupError::NotOne);
        }
        let head: Head = head.try_into().map_err(|_| BackupError::Damaged)?;
        let (said, sum) = head.split_at(HEAD - 16);
        if half(&Hash::of(said)) != sum {
            return Err(BackupError::Damaged);
        }
        if said[8] != VERSION {
            return Err(BackupError::Newer);
        }
        let salt: [u8; 32] = said[9..41].try_into().map_err(|_| BackupError::Damaged)?;
        let key = key(seed, &salt);
        if said[41..] != mark(&key) {
            return Err(BackupError::OtherWords);
        }
        let stream = Some(DecryptorBE32::from_aead(cipher(&key), &NONCE.into()));
        let next = fill(&mut from, PIECE + TAG)?;
        Ok(Opener { from, stream, head, next, open: vec![], at: 0 })
    }

    /// The next bytes, so many. That there are fewer is damage.
    pub(super) fn take(&mut self, len: usize) -> Result<Vec<u8>, BackupError> {
        let mut taken = Vec::with_capacity(len.min(PIECE));
        while taken.len() < len {
            if self.at == self.open.len() && !self.open_next()? {
                return Err(BackupError::Damaged);
            }
            let here = &self.open[self.at..];
            let some = here.len().min(len - taken.len());
            taken.extend_from_slice(&here[..some]);
            self.at += some;
        }
        Ok(taken)
    }

    /// Fails unless nothing follows.
    pub(super) fn end(mut self) -> Result<(), BackupError> {
        if self.at == self.open.len() && !self.open_next()? { Ok(()) } else { Err(BackupError::Damaged) }
    }

    fn open_next(&mut self) -> Result<bool, BackupError> {
        let Some(mut stream) = self.stream.take() else { return Ok(false) };
        let following = fill(&mut self.from, PIECE + TAG)?;
        let sealed = std::mem::replace(&mut self.next, following);
        let payload = Payload { msg: &sealed, aad: &self.head };
        let open = if self.next.is_empty() {
            stream.decrypt_last(payload)
        } else {
            let open = stream.decrypt_next(payload);
            self.stream = Some(stream);
            open
        };
        (self.open, self.at) = (open.map_err(|_| BackupError::Damaged)?, 0);
        Ok(true)
    }
}

/// So many bytes, or as many as there are.
fn fill(from: &mut impl Read, len: usize) -> Result<Vec<u8>, BackupError> {
    let mut bytes = Vec::with_capacity(len);
    from.take(len as u64).read_to_end(&mut bytes).map_err(BackupError::Unread)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(bytes: &[u8]) -> Vec<u8> {
        let mut sealer = Sealer::begin(vec![], &[1; 32], &[2; 32]).unwrap();
        for some in bytes.chunks(10_000) {
            sealer.write(some).unwrap();
        }
        sealer.finish().unwrap()
    }

    fn opened(sealed: &[u8], len: usize) -> Result<Vec<u8>, BackupError> {
        let mut opener = Opener::begin(sealed, &[1; 32])?;
        let bytes = opener.take(len)?;
        opener.end()?;
        Ok(bytes)
    }

    #[test]
    fn what_was_sealed_opens_again_whatever_its_length() {
        for len in [1, 9, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 7] {
            let bytes: Vec<u8> = (0..len).map(|n| n as u8).collect();
            let sealed = sealed(&bytes);
            assert_eq!(sealed.len(), HEAD + len + len.div_ceil(PIECE) * TAG);
            assert_eq!(opened(&sealed, len).unwrap(), bytes);
            assert!(!sealed.windows(9).any(|nine| bytes.windows(9).next() == Some(nine)), "it can be read");
            assert!(matches!(opened(&sealed, len + 1), Err(BackupError::Damaged)));
        }
    }

    #[test]
    fn pieces_that_are_missing_doubled_or_moved_are_noticed() {
        let (len, one) = (4 * PIECE, PIECE + TAG);
        let whole = sealed(&vec![7; len]);
        let (head, pieces) = whole.split_at(HEAD);
        let pieces: Vec<&[u8]> = pieces.chunks(one).collect();
        for order in [&[0, 1, 2][..], &[0, 1, 3], &[1, 0, 2, 3], &[0, 1, 2, 3, 3], &[0, 0, 1, 2, 3], &[3], &[]] {
            let bytes: Vec<u8> = order.iter().flat_map(|at| pieces[*at].to_vec()).collect();
            for len in [order.len() * PIECE, len] {
                let got = opened(&[head, &bytes].concat(), len);
                assert!(matches!(got, Err(BackupError::Damaged)), "{order:?}");
            }
        }
    }

    #[test]
    fn other_words_and_later_versions_are_told_from_damage() {
        let whole = sealed(b"what is kept");
        assert!(matches!(Opener::begin(&whole[..], &[3; 32]).err(), Some(BackupError::OtherWords)));
        let mut newer = whole.clone();
        newer[8] = VERSION + 1;
        let sum = half(&Hash::of(&newer[..HEAD - 16]));
        newer[HEAD - 16..HEAD].copy_from_slice(&sum);
        assert!(matches!(opened(&newer, 12), Err(BackupError::Newer)));
        assert!(matches!(opened(b"title,summary\n", 12), Err(BackupError::NotOne)));
        assert!(matches!(opened(b"", 12), Err(BackupError::Damaged)));
    }
}
