//! The strict reader of CBOR against a second one written for this test: both take the same bytes and no others.

use minicbor::{Decode, Decoder};
use protocol::{
    format::{FormatError, recall},
    limits::CBOR_DEPTH,
};

/// Any one item.
struct Anything;

impl<'b> Decode<'b, ()> for Anything {
    fn decode(reader: &mut Decoder<'b>, _: &mut ()) -> Result<Anything, minicbor::decode::Error> {
        reader.skip().map(|()| Anything)
    }
}

pub(super) fn run(bytes: &[u8]) {
    let theirs = recall::<Anything>(bytes, usize::MAX).map(drop);
    let ours = item(bytes, 0).and_then(|(again, rest)| if rest.is_empty() { Ok(again) } else { Err(Bad::Form) });
    match (&theirs, &ours) {
        (Ok(()), Ok(again)) => assert_eq!(again, bytes, "one value, two forms"),
        (Err(FormatError::TooDeep), Err(Bad::Deep)) | (Err(FormatError::NotStrict), Err(Bad::Form)) => {}
        _ => panic!("one reader says {theirs:?}, the other {ours:?}"),
    }
}

#[derive(Debug)]
enum Bad {
    Form,
    Deep,
}

/// Reads one item after RFC 8949 and writes it anew in its shortest form, map keys in rising order.
fn item(bytes: &[u8], depth: usize) -> Result<(Vec<u8>, &[u8]), Bad> {
    if depth > CBOR_DEPTH {
        return Err(Bad::Deep);
    }
    let (major, argument, rest) = head(bytes)?;
    let mut again = shortest(major, argument);
    if bytes.len() - rest.len() != again.len() {
        return Err(Bad::Form);
    }
    match major {
        0 => Ok((again, rest)),
        // What is below the smallest number of 64 bits has no place in our types.
        1 if argument <= i64::MAX as u64 => Ok((again, rest)),
        2 | 3 => {
            let length = usize::try_from(argument).map_err(|_| Bad::Form)?;
            let (text, rest) = rest.split_at_checked(length).ok_or(Bad::Form)?;
            if major == 3 {
                std::str::from_utf8(text).map_err(|_| Bad::Form)?;
            }
            again.extend_from_slice(text);
            Ok((again, rest))
        }
        4 => {
            let mut rest = rest;
            for _ in 0..argument {
                let (inner, after) = item(rest, depth + 1)?;
                again.extend(inner);
                rest = after;
            }
            Ok((again, rest))
        }
        5 => map(argument, again, rest, depth),
        7 if [20, 21, 22].contains(&argument) => Ok((again, rest)),
        _ => Err(Bad::Form),
    }
}

fn map(pairs: u64, mut again: Vec<u8>, mut rest: &[u8], depth: usize) -> Result<(Vec<u8>, &[u8]), Bad> {
    let mut last = None;
    for _ in 0..pairs {
        let (major, key, after) = head(rest)?;
        let shortest = shortest(major, key);
        if major != 0 || last.is_some_and(|last| last >= key) || rest.len() - after.len() != shortest.len() {
            return Err(Bad::Form);
        }
        last = Some(key);
        again.extend(shortest);
        let (inner, after) = item(after, depth + 1)?;
        again.extend(inner);
        rest = after;
    }
    Ok((again, rest))
}

/// Major type and argument.
fn head(bytes: &[u8]) -> Result<(u8, u64, &[u8]), Bad> {
    let (first, rest) = bytes.split_first().ok_or(Bad::Form)?;
    let width = match first & 31 {
        short @ 0..24 => return Ok((first >> 5, u64::from(short), rest)),
        long @ 24..28 => 1 << (long - 24),
        _ => return Err(Bad::Form),
    };
    let (argument, rest) = rest.split_at_checked(width).ok_or(Bad::Form)?;
    Ok((first >> 5, argument.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)), rest))
}

fn shortest(major: u8, argument: u64) -> Vec<u8> {
    let [a, b, c, d, e, f, g, h] = argument.to_be_bytes();
    let (sort, bytes): (u8, &[u8]) = match argument {
        0..24 => (h, &[]),
        24..0x100 => (24, &[h]),
        0x100..0x1_0000 => (25, &[g, h]),
        0x1_0000..0x1_0000_0000 => (26, &[e, f, g, h]),
        _ => (27, &[a, b, c, d, e, f, g, h]),
    };
    [&[major << 5 | sort], bytes].concat()
}
