//! Who may have what, worked out a second time and in another way than the engine does it: by what people wished, and by
//! what the sender itself knows at the moment it speaks.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use protocol::{
    audience::{Audience, tag},
    charter::{Certificate, Charter, Link},
    document::{Header, Terms, Withdrawn, terms},
    format,
    identity::{DocId, MemberId, NetworkId, NodeKey},
    limits::{IN_FLIGHT_BYTES, MESSAGE_BYTES},
    message::{Give, Message},
    signed::Signed,
    standing::Grant,
    store::{Memory, Read, Table},
};

use crate::world::{Watcher, World};

/// A promise that was broken, and how it showed.
#[derive(Clone, Debug)]
pub struct Broken {
    /// Which promise.
    pub promise: &'static str,
    /// How it showed.
    pub what: String,
}

/// Shorthand for a broken promise.
pub fn broken<T>(promise: &'static str, what: impl Into<String>) -> Result<T, Broken> {
    Err(Broken { promise, what: what.into() })
}

/// Whom people meant a text for: the widest it was ever meant.
#[derive(Clone, Debug, Default)]
pub struct Meant {
    /// These collaboratives.
    pub some: BTreeSet<usize>,
    /// Every member.
    pub network: bool,
    /// Anybody.
    pub public: bool,
}

impl Meant {
    /// For both.
    pub fn widen(&mut self, other: &Meant) {
        self.some.extend(&other.some);
        self.network |= other.network;
        self.public |= other.public;
    }
}

/// What is watched while a story is told.
#[derive(Debug, Default)]
pub struct Watch {
    /// Which collaborative's each node is.
    pub who: Vec<usize>,
    /// Who was ever asked in as a member.
    pub invited: BTreeSet<usize>,
    /// Each word that stands in one text only, and whom that was meant for.
    pub words: BTreeMap<String, Meant>,
    /// The first promise that was broken.
    pub broken: Option<Broken>,
}

/// How the words begin; eight digits follow.
pub const WORD: &str = "canary";

impl Watch {
    /// Whether a text may come to a node.
    fn may_read(&self, word: &str, at: usize) -> bool {
        let (Some(meant), Some(who)) = (self.words.get(word), self.who.get(at)) else { return true };
        meant.public || meant.some.contains(who) || (meant.network && self.invited.contains(who))
    }

    /// A text that stands where it may not.
    pub fn misplaced(&self, bytes: &[u8], at: usize) -> Option<String> {
        words_in(bytes).into_iter().find(|word| !self.may_read(word, at))
    }
}

/// The words in these bytes.
pub fn words_in(bytes: &[u8]) -> Vec<String> {
    let long = WORD.len() + 8;
    let starts = bytes.windows(long).filter(|w| w.starts_with(WORD.as_bytes()));
    starts.filter_map(|w| String::from_utf8(w.to_vec()).ok()).collect()
}

/// Looks at each message as it leaves, and writes down the first that should not have left.
pub fn watcher(watch: Rc<RefCell<Watch>>) -> Watcher {
    Rc::new(move |world, from, to, message| {
        if watch.borrow().broken.is_some() {
            return;
        }
        let found = look(&watch.borrow(), world, from, to, message);
        if let Err(broken) = found {
            watch.borrow_mut().broken = Some(broken);
        }
    })
}

fn look(watch: &Watch, world: &World, from: usize, to: usize, message: &Message) -> Result<(), Broken> {
    let docs: Vec<DocId> = match message {
        Message::Offer(offer) => offer.items.iter().map(|item| item.doc).collect(),
        Message::Give(give) if !nothing(give) => {
            for envelope in &give.envelopes {
                if let Some(word) = watch.misplaced(&envelope.payload, to) {
                    return broken("canary words stay", format!("{word} of {:?} went from {from} to {to}", give.doc));
                }
            }
            vec![give.doc]
        }
        _ => return Ok(()),
    };
    let flight = world.in_flight(from, to);
    if flight > IN_FLIGHT_BYTES + 2 * MESSAGE_BYTES {
        return broken("bounds hold", format!("{flight} bytes are on their way from {from} to {to}"));
    }
    if world.waits(from) {
        // What it knew when it said so is not what it knows now.
        return Ok(());
    }
    let known = Known::of(world.store(from));
    for doc in docs {
        if let Some(why) = known.may_not(world, doc, from, to) {
            return broken("only the entitled are told", format!("{doc:?} from {from} to {to}: {why}"));
        }
    }
    Ok(())
}

fn nothing(give: &Give) -> bool {
    give.headers.is_empty() && give.envelopes.is_empty() && give.forks.is_empty()
}

/// What a node knows of its network.
struct Known<'a> {
    rows: &'a Memory,
    network: Option<NetworkId>,
    charter: Option<Charter>,
}

impl<'a> Known<'a> {
    fn of(rows: &'a Memory) -> Known<'a> {
        let all = rows.scan(Table::Charter, &[], &[], usize::MAX >> 1).unwrap();
        let head = all.last().map(|(_, bytes)| Certificate::read(bytes).unwrap());
        let charter = head.map(|certificate| Charter::new(Link::recall(certificate).unwrap()));
        Known { rows, network: charter.as_ref().map(Charter::network), charter }
    }

    /// Why this document is not for this peer, by what its sender knows.
    fn may_not(&self, world: &World, doc: DocId, from: usize, to: usize) -> Option<String> {
        let (Some(terms), Some(network)) = (self.terms(&doc), self.network) else {
            return Some("the sender has no such document".into());
        };
        let (me, peer) = (self.id(world, from, network), self.id(world, to, network));
        let member = self.charter.as_ref().is_some_and(|c| c.member_by_id(peer).is_some());
        let direct = me == terms.owner || peer == terms.owner;
        let may = match &terms.audience {
            _ if terms.network != network => false,
            _ if peer == terms.owner && member => true,
            // It was told that the owner has withdrawn it, and of nothing that the owner said since.
            _ if me != terms.owner && self.withdrawn(&doc).is_some_and(|seq| seq >= terms.seq) => false,
            Audience::Private => false,
            Audience::Partners(named) => direct && named.contains(&tag(&doc, &peer)) && self.belongs(me, peer, member),
            Audience::Network => member,
            Audience::Public => self.belongs(me, peer, member),
        };
        // The end of a document goes to those who once had it.
        let ended = terms.deleted && self.once_offered(&doc, &world.key(to));
        (!may && !ended).then(|| {
            format!("it is for {:?}, and the peer is {}a member", terms.audience, if member { "" } else { "not " })
        })
    }

    fn id(&self, world: &World, at: usize, network: NetworkId) -> MemberId {
        let key = world.keys(at).member_key();
        let member = self.charter.as_ref().and_then(|c| c.member_by_key(key));
        member.map_or_else(|| MemberId::new(network, key), |(id, _)| id)
    }

    /// Whether a peer is a member, or a partner of the sender's that it has not parted from.
    fn belongs(&self, me: MemberId, peer: MemberId, member: bool) -> bool {
        let grants = self.rows.scan(Table::Grant, &[], &[], usize::MAX >> 1).unwrap();
        let ours = |bytes: &[u8]| {
            let grant = format::recall::<Signed<Grant>>(bytes, bytes.len()).unwrap().recall().unwrap();
            grant.owner == me && grant.partner_id() == peer && !grant.revoked
        };
        member || grants.iter().any(|(_, bytes)| ours(bytes))
    }

    fn once_offered(&self, doc: &DocId, peer: &NodeKey) -> bool {
        self.rows.get(Table::Offered, &[doc.0, peer.0].concat()).unwrap().is_some()
    }

    fn withdrawn(&self, doc: &DocId) -> Option<u64> {
        let row = self.rows.get(Table::Withdrawn, &doc.0).unwrap()?;
        Some(format::recall::<Signed<Withdrawn>>(&row, row.len()).unwrap().recall().unwrap().seq)
    }

    fn terms(&self, doc: &DocId) -> Option<Terms> {
        terms_of(self.rows, doc)
    }
}

/// What the headers that a node keeps of a document say together.
pub fn terms_of(rows: &Memory, doc: &DocId) -> Option<Terms> {
    let headers = rows.scan(Table::Header, &doc.0, &doc.0, usize::MAX >> 1).unwrap();
    let headers: Vec<_> = headers
        .iter()
        .map(|(_, bytes)| format::recall::<Signed<Header>>(bytes, bytes.len()).unwrap().recall().unwrap())
        .collect();
    terms(doc, &headers)
}
