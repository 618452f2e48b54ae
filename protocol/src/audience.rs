//! Who may have a document. One pure function, [`entitled`], is asked for every request and every push.

use minicbor::{Decode, Encode};

use crate::{
    document::Terms,
    identity::{DocId, Hash, MemberId},
    standing::Standing,
};

/// Who may have a document, from narrow to wide.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub enum Audience {
    /// The owner's own nodes.
    #[default]
    #[n(0)]
    Private,
    /// Those named, each as [`tag`] of its id: it recognises itself, others can only count.
    #[n(1)]
    Partners(#[n(0)] Vec<Hash>),
    /// Every member of the network.
    #[n(2)]
    Network,
    /// Anybody.
    #[n(3)]
    Public,
}

/// How a named partner or member stands in the header of one document.
pub fn tag(doc: &DocId, who: &MemberId) -> Hash {
    Hash::derive("commonweal 1 named partner", &[&doc.0, &who.0])
}

impl Audience {
    /// What both allow: the narrower, and of two lists what they share.
    pub fn meet(&self, other: &Audience) -> Audience {
        match (self, other) {
            (Audience::Partners(a), Audience::Partners(b)) => {
                Audience::Partners(a.iter().filter(|t| b.contains(t)).copied().collect())
            }
            (a, b) if a.width() <= b.width() => a.clone(),
            (_, b) => b.clone(),
        }
    }

    fn width(&self) -> u8 {
        match self {
            Audience::Private => 0,
            Audience::Partners(_) => 1,
            Audience::Network => 2,
            Audience::Public => 3,
        }
    }

    /// Whether this lets somebody see what `old` did not: such a change must not take the history along.
    pub fn is_wider_than(&self, old: &Audience) -> bool {
        match (self, old) {
            (Audience::Partners(new), Audience::Partners(old)) => new.iter().any(|t| !old.contains(t)),
            (new, old) => new.width() > old.width(),
        }
    }

    /// The word for people and programs.
    pub fn word(&self) -> &'static str {
        match self {
            Audience::Private => "private",
            Audience::Partners(_) => "partners",
            Audience::Network => "network",
            Audience::Public => "public",
        }
    }
}

/// Whether a peer of this standing may have the document.
pub fn entitled(doc: &DocId, terms: &Terms, peer: &Standing) -> bool {
    let Some(who) = peer.who() else { return false };
    if who == terms.owner && peer.is_member() {
        return true;
    }
    match &terms.audience {
        Audience::Private => false,
        Audience::Partners(named) => named.contains(&tag(doc, &who)),
        Audience::Network => peer.is_member(),
        Audience::Public => true,
    }
}

/// Whether a node of `me` passes the document to this peer: what is narrower than the network goes directly between
/// the owner and those it named, never through a third.
pub fn passes(doc: &DocId, terms: &Terms, me: &MemberId, peer: &Standing) -> bool {
    let narrow = terms.audience.width() < Audience::Network.width();
    let direct = *me == terms.owner || peer.who() == Some(terms.owner);
    entitled(doc, terms, peer) && (!narrow || direct)
}
