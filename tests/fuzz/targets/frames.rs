//! Frames: however the bytes are cut on their way, the same messages come out or the same rule is broken; and messages
//! that are made into frames come out as they went in.

use node::network::{
    MAX_MESSAGE,
    frames::{Broken, Decoder, split},
};

pub(super) fn run(bytes: &[u8]) {
    let Some((step, stream)) = bytes.split_first() else { return };
    let whole = read(stream, usize::MAX);
    assert_eq!(read(stream, 1 + usize::from(*step)), whole);
    let framed: Vec<u8> = whole.0.iter().flat_map(|message| frames(message)).collect();
    assert_eq!(read(&framed, 1 + usize::from(*step)), (whole.0, None));
    if !stream.is_empty() {
        assert_eq!(read(&frames(stream), usize::MAX), (vec![stream.to_vec()], None));
    }
}

fn frames(message: &[u8]) -> Vec<u8> {
    split(message).flat_map(|(header, payload)| [&header[..], payload].concat()).collect()
}

/// What comes out until a rule is broken, and which.
fn read(stream: &[u8], step: usize) -> (Vec<Vec<u8>>, Option<Broken>) {
    let (mut decoder, mut messages) = (Decoder::default(), vec![]);
    for mut piece in stream.chunks(step.min(stream.len().max(1))) {
        while !piece.is_empty() {
            match decoder.take(&mut piece) {
                Ok(message) => messages.extend(message),
                Err(broken) => return (messages, Some(broken)),
            }
        }
    }
    assert!(messages.iter().all(|message| !message.is_empty() && message.len() <= MAX_MESSAGE));
    (messages, None)
}
