//! Bytes that are no word of the protocol, and words where none belong.

use protocol::{
    identity::{Hash, NetworkId},
    limits::MESSAGE_BYTES,
    message::{Bye, Gossip, Hello, Message},
};

use super::{Attack, Ends, sets};
use crate::mouth::{Mouth, Who};

pub(super) const ALL: [Attack; 7] = [
    word("garbage", "to confuse whoever reads it", garbage, "format.rs: decode"),
    word(
        "nested_words",
        "to exhaust the stack of whoever reads half a million lists in one another",
        nested_words,
        "format.rs: decode",
    ),
    word(
        "huge_lengths",
        "to have room made for four thousand million things that never come",
        huge_lengths,
        "format.rs: decode",
    ),
    word("bytes_after_a_word", "to say something twice in different bytes", bytes_after_a_word, "format.rs: decode"),
    word("second_hello", "to begin anew as somebody else", second_hello, "sync.rs: known_says"),
    word(
        "word_of_another_network",
        "to be served under another network's rules",
        word_of_another_network,
        "sync.rs: known_says",
    ),
    word(
        "too_much_gossip",
        "to have more checked at once than anybody needs to say",
        too_much_gossip,
        "sync/gossip.rs: on_gossip",
    ),
];

const fn word(
    name: &'static str,
    wants: &'static str,
    deed: fn(&mut dyn Mouth) -> Result<(), String>,
    defence: &'static str,
) -> Attack {
    Attack { name, wants, who: Who::Member, deed, ends: Ends::TurnedAway(Bye::Rule), defence }
}

fn garbage(mouth: &mut dyn Mouth) -> Result<(), String> {
    mouth.shout(Hash::of(b"garbage").0.repeat(1_000));
    Ok(())
}

fn nested_words(mouth: &mut dyn Mouth) -> Result<(), String> {
    // Each byte opens a list of one thing.
    mouth.shout(vec![0x81; MESSAGE_BYTES]);
    Ok(())
}

fn huge_lengths(mouth: &mut dyn Mouth) -> Result<(), String> {
    // The tags (message 1), as a list of 2^32 - 1 of them.
    mouth.shout(vec![0x82, 0x01, 0x81, 0x9a, 0xff, 0xff, 0xff, 0xff]);
    Ok(())
}

fn bytes_after_a_word(mouth: &mut dyn Mouth) -> Result<(), String> {
    let ask = sets::ask(mouth.scene().network, None, 0);
    mouth.shout([ask.to_bytes(), vec![0]].concat());
    Ok(())
}

fn second_hello(mouth: &mut dyn Mouth) -> Result<(), String> {
    mouth.say(&Message::Hello(Hello { versions: vec![1], nonce: [6; 32] }));
    Ok(())
}

fn word_of_another_network(mouth: &mut dyn Mouth) -> Result<(), String> {
    mouth.say(&Message::WantCharter(NetworkId(Hash::of(b"elsewhere").0), 0));
    Ok(())
}

fn too_much_gossip(mouth: &mut dyn Mouth) -> Result<(), String> {
    let network = mouth.scene().network;
    let roster = mouth.rows(protocol::store::Table::Roster, &network.0).remove(0);
    let mut gossip = Gossip::new(network);
    gossip.rosters = vec![protocol::format::decode(&roster, roster.len()).unwrap(); 1_000];
    mouth.say(&Message::Gossip(Box::new(gossip)));
    Ok(())
}
