//! Who a peer is to us in one network: member, partner by grant, applicant by ticket, or stranger.

use minicbor::{Decode, Encode};

use crate::{
    identity::{Hash, MemberId, MemberKey, NetworkId, NodeKey},
    limits::{ADDRESS_BYTES, ADDRESSES, NAME_BYTES},
    signed::{Body, Numbered},
};

/// What a peer is to this node in one network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A node in the roster of a member of the charter.
    Member(MemberId),
    /// A node of a group outside the charter that holds a grant.
    Partner(MemberId),
    /// Proved a ticket's secret: charter and rosters, nothing else.
    Applicant,
    /// Nobody we know: nothing.
    Stranger,
}

impl Standing {
    /// The member or partner behind the node.
    pub fn who(&self) -> Option<MemberId> {
        match self {
            Standing::Member(id) | Standing::Partner(id) => Some(*id),
            Standing::Applicant | Standing::Stranger => None,
        }
    }

    /// Whether the charter names it.
    pub fn is_member(&self) -> bool {
        matches!(self, Standing::Member(_))
    }

    /// The word for people and programs.
    pub fn word(&self) -> &'static str {
        match self {
            Standing::Member(_) => "member",
            Standing::Partner(_) => "partner",
            Standing::Applicant => "applicant",
            Standing::Stranger => "stranger",
        }
    }
}

/// A collaborative's leave for a group outside the charter to receive what it is named for, and what is public.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Grant {
    /// Version of these bytes: 1.
    #[n(0)]
    pub v: u32,
    /// The network it counts in.
    #[n(1)]
    pub network: NetworkId,
    /// The collaborative that grants.
    #[n(2)]
    pub owner: MemberId,
    /// Its node that signs.
    #[n(3)]
    pub by: NodeKey,
    /// The partner's own key, as its roster is signed.
    #[n(4)]
    pub partner: MemberKey,
    /// What the partner calls itself.
    #[n(5)]
    pub name: String,
    /// Grows with each grant to this partner; the highest holds.
    #[n(6)]
    pub seq: u64,
    /// Milliseconds since 1970 at which it ends.
    #[n(7)]
    pub until: u64,
    /// Whether it was taken back.
    #[n(8)]
    pub revoked: bool,
}

impl Body for Grant {
    const TYPE: &'static str = "grant";
    const MOST: usize = 1 << 10;
    fn signer(&self) -> [u8; 32] {
        self.by.0
    }
}

impl Numbered for Grant {
    fn seq(&self) -> u64 {
        self.seq
    }
}

impl Grant {
    /// The partner's id in the network.
    pub fn partner_id(&self) -> MemberId {
        MemberId::new(self.network, self.partner)
    }

    /// Whether the bytes are of this version and within bounds.
    pub fn is_sound(&self) -> bool {
        self.v == 1 && !self.name.is_empty() && self.name.len() <= NAME_BYTES
    }

    /// Whether it counts at this time.
    pub fn holds(&self, now: u64) -> bool {
        !self.revoked && now < self.until
    }
}

/// Where a node can be reached, signed by it and passed on among members.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Address {
    /// Version of these bytes: 1.
    #[n(0)]
    pub v: u32,
    /// The network whose members may know.
    #[n(1)]
    pub network: NetworkId,
    /// The node.
    #[n(2)]
    pub node: NodeKey,
    /// Milliseconds since 1970 when it was made; the highest holds.
    #[n(3)]
    pub seq: u64,
    /// Multiaddrs.
    #[n(4)]
    pub addresses: Vec<String>,
}

impl Body for Address {
    const TYPE: &'static str = "address";
    const MOST: usize = 4 << 10;
    fn signer(&self) -> [u8; 32] {
        self.node.0
    }
}

impl Numbered for Address {
    fn seq(&self) -> u64 {
        self.seq
    }
}

impl Address {
    /// Whether the bytes are of this version and within bounds.
    pub fn is_sound(&self) -> bool {
        self.v == 1 && self.addresses.len() <= ADDRESSES && self.addresses.iter().all(|a| a.len() <= ADDRESS_BYTES)
    }
}

/// What an applicant shows for a ticket: only who holds the secret can make it, and only for this connection.
pub fn ticket_proof(secret_hash: &Hash, ours: &[u8; 32], theirs: &[u8; 32], from: &NodeKey, to: &NodeKey) -> Hash {
    Hash::derive("commonweal 1 ticket proof", &[&secret_hash.0, ours, theirs, &from.0, &to.0])
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;

    use super::*;
    use crate::signed::{Verified, replaces};

    fn address(v: u32, seq: u64, addresses: &[&str]) -> Verified<Address> {
        let key = SigningKey::from_bytes(&[4; 32]);
        let addresses = addresses.iter().map(|a| a.to_string()).collect();
        let node = NodeKey(key.verifying_key().to_bytes());
        Verified::sign(Address { v, network: NetworkId([1; 32]), node, seq, addresses }, &key)
    }

    #[test]
    fn of_two_with_one_number_all_hold_the_same() {
        let (one, other) = (address(1, 5, &["/dns/a"]), address(1, 5, &["/dns/b"]));
        let (high, low) = if one.hash() > other.hash() { (one, other) } else { (other, one) };
        assert!(replaces(&high, Some(&low)) && !replaces(&low, Some(&high)));
        assert!(!replaces(&high, Some(&high)) && replaces(&low, None));
        assert!(replaces(&address(1, 6, &[]), Some(&high)));
    }

    #[test]
    fn what_is_out_of_bounds_does_not_count() {
        let long = "a".repeat(ADDRESS_BYTES + 1);
        assert!(address(1, 0, &["/dns/a"]).is_sound());
        assert!(!address(2, 0, &["/dns/a"]).is_sound());
        assert!(!address(1, 0, &[&long]).is_sound());
        assert!(!address(1, 0, &["/dns/a"; ADDRESSES + 1]).is_sound());
        let of_grant = |v, name: &str| {
            let (owner, by, partner) = (MemberId([2; 32]), NodeKey([3; 32]), MemberKey([4; 32]));
            let name = name.into();
            Grant { v, network: NetworkId([1; 32]), owner, by, partner, name, seq: 0, until: 9, revoked: false }
        };
        assert!(of_grant(1, "Library").is_sound());
        assert!(!of_grant(2, "Library").is_sound());
        assert!(!of_grant(1, "").is_sound() && !of_grant(1, &"a".repeat(NAME_BYTES + 1)).is_sound());
    }
}
