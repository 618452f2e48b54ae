//! Any value of each type, within what its bytes allow, for the properties in `forms`.

use proptest::{collection::vec, option, prelude::*, strategy::Union};

use crate::{
    audience::Audience,
    charter::{Application, Certificate, Closing, Proposal, Vote},
    document::{Birth, Editors, Header, Withdrawn},
    envelope::{Content, Envelope, ForkProof, Head, Keep, Kept},
    format,
    identity::{DocId, Hash, MemberId, MemberKey, NetworkId, NodeKey},
    message::{
        Ask, Bye, FeedHead, FeedRange, Give, Gossip, Hello, Meet, Message, Offer, OfferItem, Offered, SketchPart, Tag,
        Token, Took, WantItem,
    },
    roster::{Claim, Roster, RosterNode},
    signed::{Body, Signed},
    standing::{Address, Grant},
    subscription::Rule,
    ticket::{Purpose, Ticket},
};

/// What has a strategy for every value.
pub(super) trait Any: Sized + std::fmt::Debug {
    fn any() -> BoxedStrategy<Self>;
}

fn of<T: Any>() -> BoxedStrategy<T> {
    T::any()
}

fn some<T: Any>(most: usize) -> impl Strategy<Value = Vec<T>> {
    vec(T::any(), 0..=most)
}

fn maybe<T: Any>() -> impl Strategy<Value = Option<T>> {
    option::of(T::any())
}

fn words() -> impl Strategy<Value = String> {
    "\\PC{0,12}"
}

macro_rules! any_by {
    ($($type:ty => $strategy:expr;)*) => {
        $(impl Any for $type {
            fn any() -> BoxedStrategy<Self> {
                $strategy.boxed()
            }
        })*
    };
}

any_by! {
    Hash => any::<[u8; 32]>().prop_map(Hash);
    NetworkId => any::<[u8; 32]>().prop_map(NetworkId);
    MemberId => any::<[u8; 32]>().prop_map(MemberId);
    MemberKey => any::<[u8; 32]>().prop_map(MemberKey);
    NodeKey => any::<[u8; 32]>().prop_map(NodeKey);
    DocId => any::<[u8; 32]>().prop_map(DocId);
    Tag => any::<[u8; 16]>().prop_map(Tag);
    Claim => (any::<u32>(), of(), of(), of()).prop_map(|(v, network, member, node)| Claim { v, network, member, node });
    RosterNode => (of(), words(), of()).prop_map(|(key, name, claim)| RosterNode { key, name, claim });
    Roster => (any::<u32>(), of(), of(), of(), any::<u64>(), some(3), some(3)).prop_map(
        |(v, network, member, by, seq, nodes, retired)| Roster { v, network, member, by, seq, nodes, retired });
    Grant => (any::<u32>(), of(), of(), of(), of(), words(), any::<u64>(), any::<u64>(), any::<bool>()).prop_map(
        |(v, network, owner, by, partner, name, seq, until, revoked)|
            Grant { v, network, owner, by, partner, name, seq, until, revoked });
    Address => (any::<u32>(), of(), of(), any::<u64>(), vec(words(), 0..4)).prop_map(
        |(v, network, node, seq, addresses)| Address { v, network, node, seq, addresses });
    Purpose => prop_oneof![Just(Purpose::Join), Just(Purpose::Partner)];
    Ticket => (of(), of(), of(), of(), of(), vec(words(), 0..4), any::<[u8; 16]>(), any::<u64>()).prop_map(
        |(purpose, network, charter, from, node, addresses, secret, until)|
            Ticket { v: 1, purpose, network, charter, from, node, addresses, secret, until });
    Closing => (of(), some(2)).prop_map(|(entry, rejections)| Closing { entry, rejections });
    Vote => (any::<u32>(), of(), of(), any::<u64>(), of(), any::<bool>(), some(2), of()).prop_map(
        |(v, network, prev, seq, entry, approve, closed, by)|
            Vote { v, network, prev, seq, entry, approve, closed, by });
    Certificate => (vec(any::<u8>(), 0..300), some(2)).prop_map(|(entry, approvals)| Certificate { entry, approvals });
    Proposal => (any::<u32>(), of(), of(), vec(any::<u8>(), 0..300), of(), words()).prop_map(
        |(v, network, prev, entry, by, why)| Proposal { v, network, prev, entry, by, why });
    Application => (any::<u32>(), of(), words(), words(), of(), of(), of(), of()).prop_map(
        |(v, network, name, place, member, node, ticket, charter)|
            Application { v, network, name, place, member, node, ticket, charter });
    Birth => (words(), of(), any::<[u8; 16]>()).prop_map(|(kind, owner, nonce)| Birth { kind, owner, nonce });
    Audience => prop_oneof![
        Just(Audience::Private), some(4).prop_map(Audience::Partners), Just(Audience::Network), Just(Audience::Public)];
    Editors => prop_oneof![Just(Editors::Owner), some(4).prop_map(Editors::Named), Just(Editors::Members)];
    Header => (
        (any::<u32>(), of(), of(), maybe(), maybe(), any::<u64>()),
        (some(3), of(), of(), vec(words(), 0..4), maybe(), any::<bool>()),
    ).prop_map(|((v, network, by, doc, birth, seq), (prevs, audience, editors, tags, superseded_by, deleted))|
        Header { v, network, by, doc, birth, seq, prevs, audience, editors, tags, superseded_by, deleted });
    Withdrawn => (any::<u32>(), of(), of(), of(), any::<u64>()).prop_map(
        |(v, network, by, doc, seq)| Withdrawn { v, network, by, doc, seq });
    Content => prop_oneof![Just(Content::Change), Just(Content::Keep)];
    Head => (
        (any::<u32>(), of(), of(), of(), any::<u64>(), of()),
        (of(), of(), any::<u8>(), any::<u64>(), of(), any::<u32>()),
    ).prop_map(|((v, network, doc, feed, seq, prev), (charter, content, lane, claimed_at, payload_hash, payload_len))|
        Head { v, network, doc, feed, seq, prev, charter, content, lane, claimed_at, payload_hash, payload_len });
    Envelope => (of(), vec(any::<u8>(), 0..300)).prop_map(|(head, payload)| Envelope { head, payload });
    Kept => (of(), any::<u64>(), of()).prop_map(|(feed, seq, hash)| Kept { feed, seq, hash });
    Keep => some(4).prop_map(|kept| Keep { kept });
    ForkProof => (of(), of()).prop_map(|(one, other)| ForkProof { one, other });
    Rule => (maybe(), option::of(words()), option::of(words())).prop_map(|(owner, kind, tag)| Rule { owner, kind, tag });
    Token => (any::<[u8; 8]>(), any::<u64>()).prop_map(|(epoch, count)| Token { epoch, count });
    Hello => (vec(any::<u32>(), 0..4), any::<[u8; 32]>()).prop_map(|(versions, nonce)| Hello { versions, nonce });
    Meet => ((of(), option::of(any::<u64>()), of(), maybe(), maybe()), (maybe(), maybe(), maybe(), of())).prop_map(
        |((network, seq, head, roster, grant), (application, ticket, proof, gossip))|
            Meet { network, seq, head, roster, grant, application, ticket, proof, gossip });
    Gossip => (of(), some(2), some(2), some(2), some(2), some(2), some(2)).prop_map(
        |(network, rosters, addresses, proposals, votes, applications, grants)|
            Gossip { network, rosters, addresses, proposals, votes, applications, grants });
    Ask => (of(), some(3), maybe(), any::<u32>()).prop_map(
        |(network, rules, resume, round)| Ask { network, rules, resume, round });
    FeedHead => (of(), any::<u64>(), of()).prop_map(|(feed, seq, hash)| FeedHead { feed, seq, hash });
    OfferItem => (of(), some(2), some(2), vec((of(), any::<u64>()), 0..3)).prop_map(
        |(doc, headers, feeds, forks)| OfferItem { doc, headers, feeds, forks });
    Offer => (of(), some(3), of(), any::<u32>()).prop_map(
        |(network, items, token, round)| Offer { network, items, token, round });
    Offered => (of(), of(), any::<u32>()).prop_map(|(network, token, round)| Offered { network, token, round });
    SketchPart => (of(), any::<u32>(), any::<u32>(), vec(any::<u8>(), 0..64)).prop_map(
        |(network, round, from, cells)| SketchPart { network, round, from, cells });
    Took => (of(), any::<u32>(), any::<u64>()).prop_map(|(network, round, count)| Took { network, round, count });
    FeedRange => (of(), any::<u64>(), any::<u64>()).prop_map(|(feed, from, to)| FeedRange { feed, from, to });
    WantItem => (of(), any::<bool>(), some(2), some(2)).prop_map(
        |(doc, headers, feeds, forks)| WantItem { doc, headers, feeds, forks });
    Give => (of(), of(), some(2), some(2), some(2), any::<bool>()).prop_map(
        |(network, doc, headers, envelopes, forks, last)| Give { network, doc, headers, envelopes, forks, last });
    Bye => prop_oneof![
        Just(Bye::Stranger), Just(Bye::Version), Just(Bye::Ticket), Just(Bye::Rule), Just(Bye::Silence), Just(Bye::Disk)];
    Message => Union::new(messages());
}

/// A signature nobody made, over bytes that are mostly no body: a message carries it all the same.
impl<B: Body + std::fmt::Debug + 'static> Any for Signed<B> {
    fn any() -> BoxedStrategy<Self> {
        let parts = (vec(any::<u8>(), 0..120), vec(any::<u8>(), 64));
        parts.prop_map(|(body, signature)| signed(&body, &signature)).boxed()
    }
}

/// A signed thing of these parts, by way of its bytes.
pub(super) fn signed<B: Body>(body: &[u8], signature: &[u8]) -> Signed<B> {
    let mut bytes = vec![];
    let mut writer = minicbor::Encoder::new(&mut bytes);
    writer.array(2).and_then(|w| w.bytes(body)).and_then(|w| w.bytes(signature)).unwrap();
    format::decode(&bytes, bytes.len()).unwrap()
}

/// Every variant, each with a strategy of its own; a new one that is forgotten here fails to compile.
fn messages() -> Vec<BoxedStrategy<Message>> {
    let forgotten = |message: &Message| match message {
        Message::Hello(_) | Message::Tags(_) | Message::Meet(_) | Message::Met | Message::WantCharter(..) => (),
        Message::Charter(..) | Message::Gossip(_) | Message::Ask(_) | Message::Offer(_) | Message::Offered(_) => (),
        Message::Took(_) | Message::Want(..) | Message::Give(_) | Message::Ends(..) | Message::Bye(_) => (),
        Message::Ended(..) | Message::Sketch(_) | Message::WantSketch(..) => (),
    };
    forgotten(&Message::Met);
    let network = NetworkId::any;
    vec![
        Hello::any().prop_map(Message::Hello).boxed(),
        some(9).prop_map(Message::Tags).boxed(),
        Meet::any().prop_map(|m| Message::Meet(Box::new(m))).boxed(),
        Just(Message::Met).boxed(),
        (network(), any::<u64>()).prop_map(|(n, seq)| Message::WantCharter(n, seq)).boxed(),
        (network(), some(2)).prop_map(|(n, c)| Message::Charter(n, c)).boxed(),
        Gossip::any().prop_map(|g| Message::Gossip(Box::new(g))).boxed(),
        Ask::any().prop_map(Message::Ask).boxed(),
        Offer::any().prop_map(Message::Offer).boxed(),
        Offered::any().prop_map(Message::Offered).boxed(),
        Took::any().prop_map(Message::Took).boxed(),
        (network(), some(3)).prop_map(|(n, w)| Message::Want(n, w)).boxed(),
        Give::any().prop_map(|g| Message::Give(Box::new(g))).boxed(),
        (network(), some(2)).prop_map(|(n, e)| Message::Ends(n, e)).boxed(),
        Bye::any().prop_map(Message::Bye).boxed(),
        (network(), some(2)).prop_map(|(n, docs)| Message::Ended(n, docs)).boxed(),
        SketchPart::any().prop_map(Message::Sketch).boxed(),
        (network(), any::<u32>(), any::<u32>())
            .prop_map(|(n, round, from)| Message::WantSketch(n, round, from))
            .boxed(),
    ]
}
