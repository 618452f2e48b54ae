//! A member's own list of its nodes. Highest (seq, hash) holds; what was ever retired stays retired.

use minicbor::{Decode, Encode};

use crate::{
    identity::{MemberId, MemberKey, NetworkId, NodeKey},
    limits::{NAME_BYTES, ROSTER_NODES, ROSTER_RETIRED},
    signed::{Body, Numbered, Signed},
};

/// A node's own word that it belongs to a member. Without it, a member could list a neighbor's node as its own and be
/// taken for that neighbor.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Claim {
    /// Version of these bytes: 1.
    #[n(0)]
    pub v: u32,
    /// The network it counts in.
    #[n(1)]
    pub network: NetworkId,
    /// The member it belongs to.
    #[n(2)]
    pub member: MemberId,
    /// The node that signs.
    #[n(3)]
    pub node: NodeKey,
}

impl Body for Claim {
    const TYPE: &'static str = "claim";
    const MOST: usize = 160;
    fn signer(&self) -> [u8; 32] {
        self.node.0
    }
}

/// One installation of a member.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RosterNode {
    /// Its node key.
    #[n(0)]
    pub key: NodeKey,
    /// What its people call it, such as "office server".
    #[n(1)]
    pub name: String,
    /// The node's own word that it belongs to this member.
    #[n(2)]
    pub claim: Signed<Claim>,
}

/// The node that says it belongs to this member, if it does.
fn claimant(claim: &Signed<Claim>, network: NetworkId, member: MemberId) -> Option<NodeKey> {
    let claim = claim.clone().verify().ok()?;
    (claim.v == 1 && claim.network == network && claim.member == member).then_some(claim.node)
}

/// The list, signed by the member's key of today.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Roster {
    /// Version of these bytes: 1.
    #[n(0)]
    pub v: u32,
    /// The network it counts in.
    #[n(1)]
    pub network: NetworkId,
    /// Whose nodes these are.
    #[n(2)]
    pub member: MemberId,
    /// The member's key that signs; the charter says whether it is the right one.
    #[n(3)]
    pub by: MemberKey,
    /// Grows with each roster of this member.
    #[n(4)]
    pub seq: u64,
    /// Nodes in use.
    #[n(5)]
    pub nodes: Vec<RosterNode>,
    /// Nodes that shall never count again, each by the claim it once made: nobody retires a node that is not its own.
    #[n(6)]
    pub retired: Vec<Signed<Claim>>,
}

impl Body for Roster {
    const TYPE: &'static str = "roster";
    const MOST: usize = 24 << 10;
    fn signer(&self) -> [u8; 32] {
        self.by.0
    }
}

impl Numbered for Roster {
    fn seq(&self) -> u64 {
        self.seq
    }
}

impl Roster {
    /// Whether the lists are within bounds, name each node once, and each node agrees.
    pub fn is_sound(&self) -> bool {
        let claims = self.nodes.iter().map(|n| &n.claim).chain(&self.retired);
        let agreed: Option<Vec<NodeKey>> = claims.map(|c| claimant(c, self.network, self.member)).collect();
        let Some(mut agreed) = agreed else { return false };
        let named = self.nodes.iter().zip(&agreed).all(|(node, key)| node.key == *key && node.name.len() <= NAME_BYTES);
        agreed.sort();
        self.v == 1
            && self.nodes.len() <= ROSTER_NODES
            && self.retired.len() <= ROSTER_RETIRED
            && named
            && agreed.windows(2).all(|w| w[0] != w[1])
    }

    /// The nodes it retires. The claims were checked when the roster was.
    pub fn retired_nodes(&self) -> Vec<NodeKey> {
        self.retired.iter().filter_map(|c| c.clone().recall().ok()).map(|c| c.node).collect()
    }

    /// Whether the key is one of the nodes in use.
    pub fn has(&self, node: &NodeKey) -> bool {
        self.nodes.iter().any(|n| n.key == *node)
    }
}
