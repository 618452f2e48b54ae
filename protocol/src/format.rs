//! The encoding: CBOR with integer keys, read strictly.
//!
//! [`decode`] first walks the bytes without building anything (depth, definite lengths, shortest forms, rising map
//! keys, nothing left over), so what a type's decoder then sees is one canonical form with every announced item there.
//! Then the value is written again: only bytes that say all they hold, and nothing beside it, are read. Whose signature a
//! value bears never depends on that: see [`crate::signed`].

use minicbor::{Decode, Decoder, Encode, data::Type};

use crate::limits::CBOR_DEPTH;

/// Why bytes are not what they should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// More bytes than the type may have; nothing was read.
    #[error("{got} bytes where at most {most} are allowed")]
    TooLong {
        /// Bytes given.
        got: usize,
        /// Bytes allowed.
        most: usize,
    },
    /// Nested deeper than [`CBOR_DEPTH`].
    #[error("nested too deep")]
    TooDeep,
    /// Not the one strict form: indefinite, overlong, duplicate or unsorted keys, a tag, a float, bytes left over, a key
    /// the type does not have, or null for what is absent.
    #[error("not in the strict form")]
    NotStrict,
    /// Strict CBOR, but not this type: a field is missing or of another shape.
    #[error("not the expected fields")]
    WrongShape,
}

/// Encodes a value. Our own types write the strict form only.
pub fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("writing to memory cannot fail")
}

/// Decodes a value of at most `most` bytes: only from the very bytes it is written as.
pub fn decode<T: Encode<()> + for<'b> Decode<'b, ()>>(bytes: &[u8], most: usize) -> Result<T, FormatError> {
    let value = recall(bytes, most)?;
    if encode(&value) == bytes { Ok(value) } else { Err(FormatError::NotStrict) }
}

/// Reads back what this node wrote or decoded itself, or the part of another version's bytes that this one knows.
pub fn recall<T: for<'b> Decode<'b, ()>>(bytes: &[u8], most: usize) -> Result<T, FormatError> {
    if bytes.len() > most {
        return Err(FormatError::TooLong { got: bytes.len(), most });
    }
    strict(bytes)?;
    minicbor::decode(bytes).map_err(|_| FormatError::WrongShape)
}

/// Walks the bytes: exactly one item, in the strict form.
fn strict(bytes: &[u8]) -> Result<(), FormatError> {
    let mut reader = Decoder::new(bytes);
    item(&mut reader, 0)?;
    if reader.position() == bytes.len() { Ok(()) } else { Err(FormatError::NotStrict) }
}

fn item(reader: &mut Decoder<'_>, depth: usize) -> Result<(), FormatError> {
    if depth > CBOR_DEPTH {
        return Err(FormatError::TooDeep);
    }
    let bad = |_| FormatError::NotStrict;
    match reader.datatype().map_err(bad)? {
        Type::Bool => reader.bool().map(drop).map_err(bad),
        Type::Null => reader.null().map_err(bad),
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => head(reader).map(drop),
        Type::I8 | Type::I16 | Type::I32 | Type::I64 => head(reader).map(drop),
        Type::Bytes => sized(reader).and_then(|_| reader.bytes().map(drop).map_err(bad)),
        Type::String => sized(reader).and_then(|_| reader.str().map(drop).map_err(bad)),
        Type::Array => {
            let length = head(reader)?;
            (0..length).try_for_each(|_| item(reader, depth + 1))
        }
        Type::Map => map(reader, depth),
        _ => Err(FormatError::NotStrict),
    }
}

fn map(reader: &mut Decoder<'_>, depth: usize) -> Result<(), FormatError> {
    let length = head(reader)?;
    let mut last = None;
    for _ in 0..length {
        if !matches!(reader.datatype(), Ok(Type::U8 | Type::U16 | Type::U32 | Type::U64)) {
            return Err(FormatError::NotStrict);
        }
        let key = head(reader)?;
        if last.is_some_and(|l| l >= key) {
            return Err(FormatError::NotStrict);
        }
        last = Some(key);
        item(reader, depth + 1)?;
    }
    Ok(())
}

/// Checks the head of a string without moving past it.
fn sized(reader: &mut Decoder<'_>) -> Result<(), FormatError> {
    let at = reader.position();
    head(reader)?;
    reader.set_position(at);
    Ok(())
}

/// Reads an item's head and returns its argument, which must be in the shortest form (RFC 8949, 4.2.1).
fn head(reader: &mut Decoder<'_>) -> Result<u64, FormatError> {
    let bytes = reader.input().get(reader.position()..).ok_or(FormatError::NotStrict)?;
    let (first, rest) = bytes.split_first().ok_or(FormatError::NotStrict)?;
    let (width, least) = match first & 0x1f {
        short @ 0..=23 => {
            reader.set_position(reader.position() + 1);
            return Ok(u64::from(short));
        }
        24 => (1, 24),
        25 => (2, 1 << 8),
        26 => (4, 1 << 16),
        27 => (8, 1 << 32),
        _ => return Err(FormatError::NotStrict),
    };
    let number = rest.get(..width).ok_or(FormatError::NotStrict)?;
    let value = number.iter().fold(0u64, |v, b| v << 8 | u64::from(*b));
    if value < least {
        return Err(FormatError::NotStrict);
    }
    reader.set_position(reader.position() + 1 + width);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, PartialEq, Encode, Decode)]
    #[cbor(map)]
    struct Sample {
        #[n(0)]
        number: u64,
        #[n(1)]
        words: Vec<String>,
        #[n(2)]
        maybe: Option<i64>,
    }

    #[test]
    fn each_departure_from_the_strict_form_is_refused() {
        let cases: [(&str, &[u8]); 11] = [
            ("empty", &[]),
            ("left over", &[0x01, 0x01]),
            ("overlong number", &[0x18, 0x01]),
            ("indefinite array", &[0x9f, 0x01, 0xff]),
            ("indefinite bytes", &[0x5f, 0x41, 0x01, 0xff]),
            ("duplicate key", &[0xa2, 0x00, 0x01, 0x00, 0x01]),
            ("unsorted keys", &[0xa2, 0x01, 0x01, 0x00, 0x01]),
            ("text key", &[0xa1, 0x61, 0x61, 0x01]),
            ("tag", &[0xc1, 0x01]),
            ("float", &[0xf9, 0x3c, 0x00]),
            ("announces more than is there", &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
        ];
        for (name, bytes) in cases {
            assert_eq!(strict(bytes), Err(FormatError::NotStrict), "{name}");
        }
        assert_eq!(strict(&[0x81; 64]), Err(FormatError::TooDeep));
    }

    #[test]
    fn a_missing_field_is_refused() {
        assert_eq!(decode::<Sample>(&[0xa1, 0x00, 0x01], 100), Err(FormatError::WrongShape));
    }

    proptest! {
        #[test]
        fn what_we_write_we_read(number: u64, words in prop::collection::vec(".{0,9}", 0..9), maybe: Option<i64>) {
            let sample = Sample { number, words, maybe };
            prop_assert_eq!(decode::<Sample>(&encode(&sample), 10_000).unwrap(), sample);
        }

        #[test]
        fn nothing_makes_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode::<Sample>(&bytes, 200);
        }

        #[test]
        fn only_one_form_is_read(bytes in prop::collection::vec(any::<u8>(), 0..30)) {
            if let Ok(value) = decode::<u64>(&bytes, 30) {
                prop_assert_eq!(encode(&value), bytes);
            }
        }
    }
}
