//! The line of text that a newcomer gets: as it came, and as somebody forges it who knows how its letters are checked.

use protocol::{identity::Hash, ticket::Ticket};

pub(super) fn run(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        read(text);
    }
    read(&with_its_check(bytes));
}

fn read(text: &str) {
    let Ok(ticket) = Ticket::parse(text) else { return };
    let plain: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    assert_eq!(ticket.to_text(), plain.to_lowercase(), "one ticket has one text");
    assert_eq!(Ticket::parse(&plain.to_uppercase()).as_ref(), Ok(&ticket));
}

fn with_its_check(contents: &[u8]) -> String {
    let bytes = [contents, &Hash::of(contents).0[..4]].concat();
    let letters = b"abcdefghijklmnopqrstuvwxyz234567";
    let bit = |at: usize| bytes.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1);
    let letter = |at: usize| letters[(at..at + 5).fold(0, |number, at| number << 1 | usize::from(bit(at)))];
    let text: String = (0..bytes.len() * 8).step_by(5).map(|at| char::from(letter(at))).collect();
    format!("commonweal:{text}")
}
