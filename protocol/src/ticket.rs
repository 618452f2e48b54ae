//! A ticket: what a member hands to a newcomer. One line of text that carries where to go and a secret that works once.

use data_encoding::BASE32_NOPAD;
use minicbor::{Decode, Encode};

use crate::{
    format,
    identity::{Hash, MemberKey, NetworkId, NodeKey},
    limits::{ADDRESS_BYTES, ADDRESSES},
};

/// What a ticket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Purpose {
    /// To become a member of the network.
    #[n(0)]
    Join,
    /// To become a partner of the one who gave it.
    #[n(1)]
    Partner,
}

/// The contents of a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Ticket {
    /// Version of these bytes: 1.
    #[n(0)]
    pub v: u32,
    /// What it is for.
    #[n(1)]
    pub purpose: Purpose,
    /// The network.
    #[n(2)]
    pub network: NetworkId,
    /// Head of the charter when it was made; a newcomer accepts no chain without it.
    #[n(3)]
    pub charter: Hash,
    /// The collaborative that gave it.
    #[n(4)]
    pub from: MemberKey,
    /// The node to go to.
    #[n(5)]
    pub node: NodeKey,
    /// Where that node listens: multiaddrs.
    #[n(6)]
    pub addresses: Vec<String>,
    /// The secret. Its hash is all the giver keeps.
    #[cbor(n(7), with = "minicbor::bytes")]
    pub secret: [u8; 16],
    /// Milliseconds since 1970 at which it ends.
    #[n(8)]
    pub until: u64,
}

/// Why a text is not a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// It does not begin as tickets do.
    #[error("this is not a ticket: a ticket begins with `commonweal:`")]
    NotATicket,
    /// Letters are missing or changed.
    #[error("the ticket is damaged: some of its letters are missing or changed; copy the whole line again")]
    Damaged,
    /// Made by a newer version.
    #[error("the ticket was made by a newer version of Commonweal: upgrade this node first")]
    Newer,
}

const PREFIX: &str = "commonweal:";
const CHECK: usize = 4;

impl Ticket {
    /// What the giver keeps instead of the secret, and what names the ticket.
    pub fn secret_hash(&self) -> Hash {
        Hash::derive("commonweal 1 ticket secret", &[&self.secret])
    }

    /// The one line of text: `commonweal:` and base32 of the contents and a checksum.
    pub fn to_text(&self) -> String {
        let mut bytes = format::encode(self);
        let check = Hash::of(&bytes);
        bytes.extend_from_slice(&check.0[..CHECK]);
        format!("{PREFIX}{}", BASE32_NOPAD.encode(&bytes).to_lowercase())
    }

    /// Reads the line back; white space and line breaks from a mail program do not matter.
    pub fn parse(text: &str) -> Result<Ticket, TicketError> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        // In capitals it is what a square code holds best.
        let is_prefix = text.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX));
        let body = text.get(PREFIX.len()..).filter(|_| is_prefix).ok_or(TicketError::NotATicket)?;
        let bytes = BASE32_NOPAD.decode(body.to_uppercase().as_bytes()).map_err(|_| TicketError::Damaged)?;
        let split = bytes.len().checked_sub(CHECK).ok_or(TicketError::Damaged)?;
        let (contents, check) = bytes.split_at(split);
        if Hash::of(contents).0[..CHECK] != *check {
            return Err(TicketError::Damaged);
        }
        let ticket: Ticket = format::decode(contents, 4096).map_err(|_| TicketError::Newer)?;
        let sound = ticket.v == 1 && ticket.addresses.len() <= ADDRESSES;
        let short = ticket.addresses.iter().all(|a| a.len() <= ADDRESS_BYTES);
        if sound && short { Ok(ticket) } else { Err(TicketError::Newer) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket() -> Ticket {
        Ticket {
            v: 1,
            purpose: Purpose::Join,
            network: NetworkId([1; 32]),
            charter: Hash([2; 32]),
            from: MemberKey([3; 32]),
            node: NodeKey([4; 32]),
            addresses: vec!["/ip4/192.0.2.1/tcp/7447".into()],
            secret: [5; 16],
            until: 1_800_000_000_000,
        }
    }

    #[test]
    fn a_ticket_survives_a_mail_program() {
        let text = ticket().to_text();
        let wrapped: String =
            text.chars().enumerate().flat_map(|(i, c)| if i % 60 == 59 { vec!['\n', c] } else { vec![c] }).collect();
        assert_eq!(Ticket::parse(&wrapped), Ok(ticket()));
        assert_eq!(Ticket::parse(&text.to_uppercase()), Ok(ticket()));
    }

    #[test]
    fn a_changed_letter_is_noticed() {
        let text = ticket().to_text();
        for at in PREFIX.len()..text.len() {
            let mut bad: Vec<u8> = text.clone().into_bytes();
            bad[at] = if bad[at] == b'a' { b'b' } else { b'a' };
            assert_eq!(Ticket::parse(std::str::from_utf8(&bad).unwrap()), Err(TicketError::Damaged), "letter {at}");
        }
        assert_eq!(Ticket::parse("hello"), Err(TicketError::NotATicket));
        assert_eq!(Ticket::parse("commonweal:"), Err(TicketError::Damaged));
    }
}
