//! Messages as frames: `[length, u32 big-endian][flag][payload]`, where the length counts the flag and the payload.
//!
//! Pure: bytes in, messages out. A message grows as its bytes arrive, so a peer that announces much and sends little
//! costs little. No frame is empty, so no peer can keep us busy for nothing.

use super::limits::{MAX_FRAME, MAX_MESSAGE};

const HEADER: usize = 5;
const LAST: u8 = 0;
const MORE: u8 = 1;

/// How a peer broke the rules of frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A frame without payload.
    #[error("an empty frame")]
    EmptyFrame,
    /// A frame above 64 KiB.
    #[error("a frame that is too long")]
    FrameTooLong,
    /// A message above [`MAX_MESSAGE`].
    #[error("a message that is too long")]
    MessageTooLong,
    /// A flag that is neither "more" nor "last".
    #[error("a frame of an unknown kind")]
    UnknownFlag,
    /// Packed bytes that nobody packed, or that end; or a stream of our own that cannot be gone on with.
    #[error("bytes that cannot be packed or unpacked")]
    NotPacked,
    /// Packed bytes in which there is nothing, and no end of them.
    #[error("packed bytes that hold nothing")]
    HoldsNothing,
}

/// The frames of a message: each its header and its payload. An empty message has none.
pub fn split(message: &[u8]) -> impl Iterator<Item = ([u8; HEADER], &[u8])> {
    let count = message.len().div_ceil(MAX_FRAME - 1);
    message.chunks(MAX_FRAME - 1).enumerate().map(move |(index, payload)| {
        let flag = if index + 1 == count { LAST } else { MORE };
        let [a, b, c, d] = (payload.len() as u32 + 1).to_be_bytes();
        ([a, b, c, d, flag], payload)
    })
}

/// Puts messages together again.
#[derive(Debug, Default)]
pub struct Decoder {
    header: [u8; HEADER],
    header_len: usize,
    payload_left: usize,
    message: Vec<u8>,
}

impl Decoder {
    /// Takes bytes off the front of `input`, until a message is whole or the input is used up.
    pub fn take(&mut self, input: &mut &[u8]) -> Result<Option<Vec<u8>>, Broken> {
        while !input.is_empty() {
            if self.payload_left == 0 {
                self.take_header(input)?;
                continue;
            }
            self.take_payload(input);
            if self.payload_left > 0 {
                return Ok(None);
            }
            self.header_len = 0;
            if self.header[HEADER - 1] == LAST {
                return Ok(Some(std::mem::take(&mut self.message)));
            }
        }
        Ok(None)
    }

    fn take_header(&mut self, input: &mut &[u8]) -> Result<(), Broken> {
        let count = input.len().min(HEADER - self.header_len);
        let (now, later) = input.split_at(count);
        self.header[self.header_len..self.header_len + count].copy_from_slice(now);
        self.header_len += count;
        *input = later;
        if self.header_len < HEADER {
            return Ok(());
        }
        let [a, b, c, d, flag] = self.header;
        let len = u32::from_be_bytes([a, b, c, d]) as usize;
        match len {
            0 | 1 => return Err(Broken::EmptyFrame),
            _ if len > MAX_FRAME => return Err(Broken::FrameTooLong),
            _ if self.message.len() + len - 1 > MAX_MESSAGE => return Err(Broken::MessageTooLong),
            _ if flag != LAST && flag != MORE => return Err(Broken::UnknownFlag),
            _ => self.payload_left = len - 1,
        }
        Ok(())
    }

    fn take_payload(&mut self, input: &mut &[u8]) {
        let (now, later) = input.split_at(input.len().min(self.payload_left));
        self.message.extend_from_slice(now);
        self.payload_left -= now.len();
        *input = later;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encode(messages: &[Vec<u8>]) -> Vec<u8> {
        messages.iter().flat_map(|m| split(m)).flat_map(|(header, payload)| [&header[..], payload].concat()).collect()
    }

    /// Feeds the bytes in pieces of `step`.
    fn decode(bytes: &[u8], step: usize) -> Result<Vec<Vec<u8>>, Broken> {
        let (mut decoder, mut messages) = (Decoder::default(), Vec::new());
        for mut piece in bytes.chunks(step) {
            while !piece.is_empty() {
                messages.extend(decoder.take(&mut piece)?);
                assert!(decoder.message.capacity() <= 2 * bytes.len().max(8), "holds more than was received");
            }
        }
        Ok(messages)
    }

    #[test]
    fn the_longest_message_survives_any_cut() {
        for len in [1, MAX_FRAME - 1, MAX_FRAME, MAX_FRAME * 3, MAX_MESSAGE] {
            let messages = vec![(0..len).map(|i| i as u8).collect::<Vec<_>>(), vec![7]];
            for step in [1, 4, 5, 6, 1000, usize::MAX] {
                assert_eq!(decode(&encode(&messages), step).unwrap(), messages);
            }
        }
    }

    #[test]
    fn what_breaks_the_rules_is_named() {
        let too_long = (MAX_FRAME as u32 + 1).to_be_bytes();
        assert_eq!(decode(&[0, 0, 0, 0, 0], 1), Err(Broken::EmptyFrame));
        assert_eq!(decode(&[0, 0, 0, 1, 1], 9), Err(Broken::EmptyFrame));
        assert_eq!(decode(&[&too_long[..], &[0]].concat(), 2), Err(Broken::FrameTooLong));
        assert_eq!(decode(&[0, 0, 0, 2, 9, 1], 3), Err(Broken::UnknownFlag));
        assert_eq!(decode(b"GET / HTTP/1.1\r\n\r\n", 18), Err(Broken::FrameTooLong));
        let endless = [&[0, 0, 0xff, 0xff, MORE][..], &[5; 0xfffe]].concat().repeat(9);
        assert_eq!(decode(&endless, 4096), Err(Broken::MessageTooLong));
    }

    #[test]
    fn a_promise_of_much_costs_little() {
        let mut decoder = Decoder::default();
        assert_eq!(decoder.take(&mut &[0, 1, 0, 0, MORE, 1, 2, 3][..]), Ok(None));
        assert!(decoder.message.capacity() < 64);
    }

    proptest! {
        #[test]
        fn messages_come_out_as_they_went_in(
            messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..2000), 0..20), step in 1usize..3000
        ) {
            prop_assert_eq!(decode(&encode(&messages), step).unwrap(), messages);
        }

        #[test]
        fn garbage_neither_panics_nor_grows(bytes in prop::collection::vec(any::<u8>(), 0..5000), step in 1usize..100) {
            let _ = decode(&bytes, step);
        }
    }
}
