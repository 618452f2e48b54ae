//! Frames packed: in each direction the bytes of all frames are one raw deflate stream (RFC 1951), so that what was said
//! before makes short what is said next. After each batch the stream is brought to a byte's end (a sync flush), so that
//! nothing said waits for what comes later.
//!
//! Deflate, because it is in the tree already and written in Rust: zstd would bring C code in.
//!
//! Packing shows in lengths what words have in common, to whoever watches the wire. Everything in one stream is for one
//! peer, which may read all of it, and nothing of another peer's is in the same stream. What is left: a member who writes
//! records that travel in the same stream as a narrower one, and who watches that wire as well, could try a guess at the
//! narrower one's words with each edit, and see from the length whether it was good.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::{
    frames::Broken,
    limits::{BUFFER, MAX_HOLLOW, PACKING},
};

/// Packs one direction of a stream.
#[derive(Debug)]
pub(super) struct Packer(Compress);

impl Packer {
    /// At the beginning of a stream.
    pub(super) fn new() -> Packer {
        Packer(Compress::new(Compression::new(PACKING), false))
    }

    /// Packs these bytes. Some of it comes out only later.
    ///
    /// # Errors
    /// Where the stream cannot be gone on with, which nothing we know of brings about.
    pub(super) fn pack(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Broken> {
        self.run(bytes, out, FlushCompress::None)
    }

    /// What was packed so far can be unpacked from what came out.
    ///
    /// # Errors
    /// As of [`Packer::pack`].
    pub(super) fn end_batch(&mut self, out: &mut Vec<u8>) -> Result<(), Broken> {
        self.run(&[], out, FlushCompress::Sync)
    }

    fn run(&mut self, mut bytes: &[u8], out: &mut Vec<u8>, flush: FlushCompress) -> Result<(), Broken> {
        loop {
            out.reserve(BUFFER);
            let before = self.0.total_in();
            self.0.compress_vec(bytes, out, flush).map_err(|_| Broken::NotPacked)?;
            bytes = &bytes[(self.0.total_in() - before) as usize..];
            // Room that was left says that no more would have come.
            if bytes.is_empty() && out.len() < out.capacity() {
                return Ok(());
            }
        }
    }
}

/// Unpacks one direction of a stream.
#[derive(Debug)]
pub(super) struct Unpacker {
    inflate: Decompress,
    /// Bytes in a row that came to nothing.
    hollow: usize,
}

impl Unpacker {
    /// At the beginning of a stream.
    pub(super) fn new() -> Unpacker {
        Unpacker { inflate: Decompress::new(false), hollow: 0 }
    }

    /// Takes bytes off the front of `input` until a page is full or nothing more comes of it; an empty page says that.
    /// Bytes that unpack to a thousand times as many thus cost a page, as any do.
    pub(super) fn take(&mut self, input: &mut &[u8], page: &mut Vec<u8>) -> Result<(), Broken> {
        page.clear();
        page.reserve(BUFFER);
        let before = self.inflate.total_in();
        let status = self.inflate.decompress_vec(input, page, FlushDecompress::None).map_err(|_| Broken::NotPacked)?;
        let taken = (self.inflate.total_in() - before) as usize;
        *input = &input[taken..];
        self.hollow = if page.is_empty() { self.hollow + taken } else { 0 };
        match status {
            // Our own never end: whoever has nothing more to say hangs up.
            Status::StreamEnd => Err(Broken::NotPacked),
            _ if self.hollow > MAX_HOLLOW => Err(Broken::HoldsNothing),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packed(batches: &[Vec<u8>]) -> Vec<u8> {
        let (mut packer, mut out) = (Packer::new(), vec![]);
        for batch in batches {
            packer.pack(batch, &mut out).unwrap();
            packer.end_batch(&mut out).unwrap();
        }
        out
    }

    /// Feeds the bytes in pieces of `step`; what came out, or which rule was broken.
    fn unpacked(bytes: &[u8], step: usize) -> Result<Vec<u8>, Broken> {
        let (mut unpacker, mut page, mut out) = (Unpacker::new(), vec![], vec![]);
        for mut piece in bytes.chunks(step) {
            loop {
                unpacker.take(&mut piece, &mut page)?;
                assert!(page.capacity() <= BUFFER, "a page is all it may hold");
                if page.is_empty() {
                    break;
                }
                out.extend_from_slice(&page);
            }
        }
        Ok(out)
    }

    #[test]
    fn each_batch_can_be_read_as_soon_as_it_is_there_and_what_was_said_before_makes_it_short() {
        let letter = b"Neighbors come together on Thursdays, cook, eat and talk.".to_vec();
        let (mut packer, mut unpacker, mut page) = (Packer::new(), Unpacker::new(), vec![]);
        let mut lens = vec![];
        for _ in 0..3 {
            let mut out = vec![];
            packer.pack(&letter, &mut out).unwrap();
            packer.end_batch(&mut out).unwrap();
            unpacker.take(&mut &out[..], &mut page).unwrap();
            assert_eq!(page, letter);
            lens.push(out.len());
        }
        assert!(lens[0] <= letter.len() + 8 && lens[2] < 16, "{lens:?}");
    }

    /// A megabyte of one letter takes a kilobyte of wire. It comes a page at a time.
    #[test]
    fn a_bomb_is_unpacked_a_page_at_a_time() {
        let bomb = packed(&[vec![7; 64 << 20]]);
        assert!(bomb.len() < 128 << 10, "{}", bomb.len());
        assert_eq!(unpacked(&bomb, 4096).unwrap().len(), 64 << 20);
    }

    #[test]
    fn what_nobody_packed_is_named() {
        let empty_block = [0, 0, 0, 0xff, 0xff];
        assert_eq!(unpacked(&empty_block.repeat(150), 7), Ok(vec![]));
        assert_eq!(unpacked(&empty_block.repeat(250), 7), Err(Broken::HoldsNothing));
        // A last block, after which nothing can be said any more.
        assert_eq!(unpacked(&[1, 0, 0, 0xff, 0xff], 9), Err(Broken::NotPacked));
        // A block of the kind that there is not.
        assert_eq!(unpacked(&[0b110, 1, 2, 3], 9), Err(Broken::NotPacked));
        // A word from farther back than anything was said.
        assert_eq!(unpacked(&[0x63, 0x00, 0x42, 0x42, 0x42], 9).map(|out| out.len()), Err(Broken::NotPacked));
    }

    proptest! {
        #[test]
        fn batches_come_out_as_they_went_in_however_they_are_cut(
            batches in prop::collection::vec(prop::collection::vec(0u8..4, 0..40_000), 0..6), step in 1usize..3000
        ) {
            prop_assert_eq!(unpacked(&packed(&batches), step).unwrap(), batches.concat());
        }

        #[test]
        fn garbage_neither_panics_nor_grows(bytes in prop::collection::vec(any::<u8>(), 0..5000), step in 1usize..100) {
            let _ = unpacked(&bytes, step);
        }
    }
}
