//! Every bound, each with its reason. A number that somebody chose stands here.

/// Nesting of anything we read: our deepest message has five levels.
pub const CBOR_DEPTH: usize = 8;
/// A message between peers, in bytes: the largest payload (256 KiB), its head, and room for what travels with it.
pub const MESSAGE_BYTES: usize = 512 << 10;
/// A charter entry, in bytes: 500 members of about 110 bytes, and 8 KiB of rules (protocol.md, 2).
pub const CHARTER_BYTES: usize = 64 << 10;
/// A vote, in bytes: the proofs that 6 rejected proposals are closed among 15 stewards, or 25 among 3.
pub const VOTE_BYTES: usize = 12 << 10;
/// A certificate, in bytes: an entry and twice [`STEWARDS`] of the largest votes, and still one message.
pub const CERTIFICATE_BYTES: usize = 448 << 10;
/// Why somebody proposes something, in bytes: a page.
pub const WHY_BYTES: usize = 2 << 10;
/// Stewards of a network: a vote among more is no conversation, and a certificate stays near 2 KiB.
pub const STEWARDS: usize = 15;
/// Charter entries behind the head beyond which another branch is no fork any more but an old story (protocol.md, 2).
pub const PIN_DEPTH: u64 = 8;
/// Members of a network.
pub const MEMBERS: usize = 500;
/// A name of a network or member, in bytes.
pub const NAME_BYTES: usize = 120;
/// Purpose and ground rules of a charter, in bytes each.
pub const RULES_BYTES: usize = 8 << 10;
/// Nodes of one member: a server, a spare, a laptop each for a few people.
pub const ROSTER_NODES: usize = 16;
/// Retired nodes a roster lists; older ones are remembered by those who saw them.
pub const ROSTER_RETIRED: usize = 64;
/// Open proposals of one member: more would be a flood.
pub const PROPOSALS_PER_MEMBER: usize = 8;
/// A ticket's life in days unless said otherwise: who gets it by mail has time to install a node.
pub const TICKET_DAYS: u32 = 14;
/// The longest life of a ticket in days.
pub const TICKET_DAYS_MOST: u32 = 60;
/// Hashes it takes to work out what two people compare before a newcomer is let in: some milliseconds, once in a while.
pub const CHECK_ROUNDS: usize = 1 << 15;
/// Of them so many are kept, by invitation and newcomer; some invitations are out at once, and who asks for the network
/// asks every few seconds.
pub const CHECKS_KEPT: usize = 64;
/// Decisions shown at most: years of them, and a page that still can be read.
pub const DECISIONS: usize = 100;
/// Addresses in a ticket or address record.
pub const ADDRESSES: usize = 8;
/// One address (a multiaddr) in bytes.
pub const ADDRESS_BYTES: usize = 256;
/// Partners a document names.
pub const PARTNERS: usize = 64;
/// Members a document names as editors.
pub const EDITORS: usize = 64;
/// Tags on a header.
pub const TAGS: usize = 32;
/// One tag in bytes.
pub const TAG_BYTES: usize = 64;
/// Headers nobody replaced, named by the next one. An owner has few nodes, so few can be made at once.
pub const HEADER_PREVS: usize = 16;
/// Headers of one document: a hundred years of monthly changes of audience.
pub const HEADERS: usize = 1_200;
/// An envelope's payload in bytes (protocol.md, 3).
pub const PAYLOAD_BYTES: usize = 256 << 10;
/// Automerge lanes of one node in one document: that many colleagues may save the same stale form at once.
pub const LANES: u8 = 16;
/// Envelopes of one author in one document that wait for something: an edit they build on, or a count.
pub const WAITING: u64 = 1_024;
/// The same for an author who may not edit: it may have lost the right a moment ago, and was honest until then.
pub const WAITING_OTHERS: u64 = 64;
/// Feeds of one document: 500 members' nodes, replaced now and then.
pub const FEEDS: usize = 2_000;
/// Rules of one subscription.
pub const SUBSCRIPTION_RULES: usize = 64;
/// Documents in one offer: with two feeds each about 24 KiB.
pub const OFFER_ITEMS: usize = 128;
/// Documents of which it is remembered, while a peer is connected, how it offered them: 2 MiB, and more than wait for their
/// trials in a first copy. What is not remembered is offered back, which costs some hundred bytes each.
pub const OFFERED_HELD: usize = 16_384;
/// Offers sent and not yet answered: enough to hide a round trip, few enough to hold in memory.
pub const OFFERS_OPEN: usize = 4;
/// Cells of a sketch that are shown unasked: they tell ten changed documents apart (twenty differences), in 1 KiB.
pub const SKETCH_FIRST: usize = 64;
/// So many times as many cells are asked for when those were too few: three asks reach the most.
pub const SKETCH_GROWTH: usize = 8;
/// Cells of a sketch at most, 256 KiB: some ten thousand differences. Beyond, everything is offered.
pub const SKETCH_CELLS: usize = 16_384;
/// Cells shown to one peer in one round: all of them once, and again each time our standing changes with it meanwhile.
pub const SKETCH_SHOWN: usize = 4 * SKETCH_CELLS;
/// What one message with cells counts at least of those, at the one who compares: to begin a comparison costs as much.
pub const SKETCH_LEAST: usize = 512;
/// Documents looked at in one go while a set is surveyed: a few milliseconds, so that nobody waits for it.
pub const SURVEY_DOCS: usize = 1_024;
/// How long until a peer that told us everything is compared with again, in case something was missed.
pub const AUDIT_MS: u64 = 24 * 60 * 60 * 1000;
/// Nodes of which it is remembered that they broke a rule: more than anybody looks at, and a few KiB.
pub const WRONGS: usize = 64;
/// Documents asked for in one want.
pub const WANT_ITEMS: usize = 128;
/// Items a peer may have asked for and not yet got; an honest one stays within its open offers.
pub const WANTS_OPEN: usize = 1_024;
/// Feeds named in what a peer asked for and has not yet got, 3 MiB: an offer names some 4,400 at most, and an honest peer
/// stays within its open offers.
pub const WANT_FEEDS_OPEN: usize = 1 << 16;
/// Documents of one peer that did not come whole and are remembered one by one. Where there are more, all of them are
/// asked for again anyway.
pub const SHORT: usize = 4_096;
/// Bytes handed to the network for one peer and not yet sent, before we stop making more.
pub const IN_FLIGHT_BYTES: usize = 1 << 20;
/// Bytes of envelopes in one give.
pub const GIVE_BYTES: usize = 192 << 10;
/// Tags in a hello are padded to a multiple of this, so that strangers learn nothing from their number.
pub const HELLO_PADDING: usize = 8;
/// Tags that one side may say; a node of more than [`HELLO_PADDING`] networks says more.
pub const HELLO_TAGS: usize = 64;
/// The first exchange must be done within this; a peer that keeps silent holds a place others need.
pub const HELLO_MS: u64 = 10_000;
/// Charter entries sent at once while a peer catches up.
pub const CHARTER_BATCH: usize = 4;
/// Rosters, votes or addresses sent in one message.
pub const BATCH: usize = 64;
/// Resume marks kept for a peer: how far back it may fall and still pay only for what changed.
pub const RESUME_MARKS: usize = 16;
/// How long until we ask again for what did not come whole: seldom enough that a liar gains nothing by it.
pub const ASK_AGAIN_MS: u64 = 30_000;
/// Records that a peer still has to give beyond which trials are made aside: one that comes alone is quicker tried at once.
pub const TRIAL_ASIDE: usize = 1;
/// Trials under way at once: enough to keep every core busy from one turn of the engine to the next, and with some KiB each
/// few enough to hold in memory.
pub const TRIALS_OUT: usize = 64;
/// Operations of documents whose trials are under way, beside the last one sent out: Automerge spends some hundred bytes of
/// memory on each, and what hostile changes claim in few bytes must not be tried all at once.
pub const TRIAL_OPS_OUT: u64 = 200_000;
/// New lists of machines of one member, addresses of one node, or asks of one peer that are taken up at once: somebody who sets
/// things up changes them a few times in a minute.
pub const PACE_BURST: u64 = 8;
/// After these, one each so often.
pub const PACE_MS: u64 = 2_000;
/// Of those that come sooner so many wait: machines that do not know of each other each sign a list.
pub const PACE_WAITING: usize = 4;
/// How often timers are looked at.
pub const TICK_MS: u64 = 1_000;
