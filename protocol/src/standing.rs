//! Who a peer is to us in one network: member, partner by grant, applicant by ticket, or stranger.

use minicbor::{Decode, Encode};

use crate::{
    identity::{Hash, MemberId, MemberKey, NetworkId, NodeKey},
    signed::Body,
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

impl Grant {
    /// The partner's id in the network.
    pub fn partner_id(&self) -> MemberId {
        MemberId::new(self.network, self.partner)
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

/// What an applicant shows for a ticket: only who holds the secret can make it, and only for this connection.
pub fn ticket_proof(secret_hash: &Hash, ours: &[u8; 32], theirs: &[u8; 32], from: &NodeKey, to: &NodeKey) -> Hash {
    Hash::derive("commonweal 1 ticket proof", &[&secret_hash.0, ours, theirs, &from.0, &to.0])
}
