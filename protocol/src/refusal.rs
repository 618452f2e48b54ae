//! Why something a person asked for is turned away, in a sentence that says what to do next.

use serde::{Serialize, Serializer};

use crate::{
    charter::{CharterError, DraftError, ProposalError, SigningRefusal},
    kinds,
    record::{Problem, closest},
    store::StoreError,
    ticket::TicketError,
};

/// A refusal. Nothing was changed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// The collaborative has no name yet.
    #[error("this node does not know what your collaborative is called: run `commonweal init --name …` first")]
    NoName,
    /// A name, purpose or other text is empty, too long, or has control characters.
    #[error(
        "{what} must not be empty, may have at most {most} letters (accented ones count double), and nothing invisible"
    )]
    BadText {
        /// Which text.
        what: &'static str,
        /// The most bytes it may have.
        most: usize,
    },
    /// The node is in a network, or on its way into one, and can be in one only.
    #[error("this node already belongs to a network; use another home for another network")]
    InNetwork,
    /// The node is in no network.
    #[error(
        "this node belongs to no network yet: found one with `commonweal network found`, or join one with `commonweal network join`"
    )]
    NoNetwork,
    /// A partner asks for what members do.
    #[error("only members of the network can do this; this node is a partner")]
    NotMember,
    /// The charter names this collaborative no longer.
    #[error("this collaborative is no longer a member of the network; if that is a mistake, ask one of its stewards")]
    NoLongerMember,
    /// Whoever had this node as a partner has it no longer.
    #[error("your partnership with {0} ended; nothing new comes; if that is a mistake, ask them")]
    PartnershipEnded(String),
    /// Only stewards may do this.
    #[error("only a steward can do this; stewards are {0}")]
    NotSteward(String),
    /// No record has this id.
    #[error("no record has the id `{0}`; `commonweal record list` shows the ids")]
    UnknownRecord(String),
    /// The record has no such change.
    #[error("this record has no change `{0}`; `commonweal record history` with its id lists them")]
    UnknownVersion(String),
    /// So few letters of an id may be meant for several.
    #[error("`{0}` is too little of an id; type at least its first four letters")]
    ShortId(String),
    /// Several ids begin so.
    #[error("several ids begin with `{0}`; give more of it")]
    Ambiguous(String),
    /// An import cannot tell which record it means.
    #[error("several of your records are called `{0}`; give each row its own id, in a column `outside_id`")]
    SeveralAlike(String),
    /// No kind has this name.
    #[error("there is no kind `{0}`;{meant} are {kinds}", meant = meant(.0), kinds = kinds_named())]
    UnknownKind(String),
    /// No record can have this tag.
    #[error("no record has a tag like `{0}`; write topic:TOPIC or place:STATE/COUNTY, such as topic:housing")]
    UnknownTag(String),
    /// Nobody in the network is called this.
    #[error("nobody here is called `{0}`; `commonweal network members` shows the names")]
    UnknownMember(String),
    /// No proposal has this id.
    #[error("no open proposal has the id `{0}`; `commonweal network show` lists them")]
    UnknownProposal(String),
    /// No invitation that could be taken back has this id.
    #[error("no open invitation has the id `{0}`")]
    UnknownInvitation(String),
    /// Nobody blocks themselves.
    #[error("this is your own collaborative; you cannot block it")]
    BlockOwn,
    /// No application has this name.
    #[error("nobody called `{0}` has applied; `commonweal network show` lists applications")]
    UnknownApplicant(String),
    /// The record belongs to somebody else.
    #[error("this record belongs to {0}; only they can do this")]
    NotOwner(String),
    /// The owner has not let this collaborative edit the record.
    #[error("this record belongs to {0}, who has not let you edit it")]
    NotEditor(String),
    /// The record was deleted.
    #[error("this record was deleted")]
    Deleted,
    /// The record was replaced when it was shared more widely.
    #[error("this record was replaced by {0}; use that one")]
    Superseded(String),
    /// Fields are missing or wrong.
    #[error("{}", list(.0))]
    Invalid(Vec<Problem>),
    /// The heads an edit names are not in the record.
    #[error("the record has changed beyond what this edit was made from; read it again and edit that")]
    StaleHeads,
    /// Several people gave different answers for a field, and a wider audience would get one of them by chance.
    #[error(
        "several people gave different answers for `{0}`; first choose between them with `commonweal record edit`, then share"
    )]
    Undecided(String),
    /// Taking a change back would leave everything as it is.
    #[error(
        "there is nothing to take back: a choice between several answers stays, and so does what changed nothing; edit the record, or bring an earlier version back with `commonweal record restore`"
    )]
    NothingToTakeBack,
    /// The record has had more headers than a document may have.
    #[error("who may have this record was changed too often to change it once more; delete it and write a new one")]
    TooManyHeaders,
    /// Another node writes under our node key.
    #[error(
        "this node's folder was copied, or set back to an older state, so it must not write under its old key: stop it and start it again, and it takes a new one"
    )]
    Copied,
    /// The node is on its way down.
    #[error("the node is stopping; start it again with `commonweal up`")]
    Stopping,
    /// Too many people saved this record at once on this node.
    #[error("too many people saved this record at the same moment; read it again and save once more")]
    Busy,
    /// Not a ticket.
    #[error(transparent)]
    Ticket(#[from] TicketError),
    /// A ticket past its day.
    #[error("the ticket has expired; ask for a new one")]
    TicketExpired,
    /// Our host does not accept the ticket.
    #[error("the ticket was not accepted: it was used already, or taken back; ask for a new one and join with that")]
    TicketRefused,
    /// Days out of range.
    #[error("a ticket lasts between 1 and {0} days")]
    TicketDays(u32),
    /// No address others could use.
    #[error("this node listens nowhere yet, so a ticket would lead nowhere; start it with `--listen`")]
    NoAddress,
    /// The charter cannot become this.
    #[error(transparent)]
    Charter(#[from] CharterError),
    /// What somebody drafted cannot follow the charter.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// What somebody proposed cannot follow the charter.
    #[error(transparent)]
    Proposal(#[from] ProposalError),
    /// This steward must not sign this.
    #[error(transparent)]
    Signing(#[from] SigningRefusal),
    /// Two valid charters exist: somebody signed twice.
    #[error("the network's charter has forked, so nothing about it can change: {0}")]
    Forked(String),
    /// The charter needs a newer version of Commonweal.
    #[error("the network's charter needs a newer version of Commonweal; upgrade this node")]
    Outdated,
    /// The core met something kept that it cannot read.
    #[error("what is kept about this cannot be read; stop the node and run `commonweal doctor`")]
    Unreadable,
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn meant(word: &str) -> String {
    let meant = closest(word, kinds::all().iter().map(|kind| kind.name));
    meant.map_or_else(|| " kinds".to_owned(), |kind| format!(" did you mean “{kind}”? Kinds"))
}

fn kinds_named() -> String {
    kinds::all().iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ")
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(|p| p.to_string()).collect::<Vec<_>>().join("\n")
}

/// For who reads JSON; pages say it in their reader's language.
impl Serialize for Refusal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Refusal {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Invalid(_)
            | Refusal::BadText { .. }
            | Refusal::SeveralAlike(_)
            | Refusal::UnknownKind(_)
            | Refusal::UnknownTag(_)
            | Refusal::TicketDays(_) => "invalid",
            Refusal::UnknownRecord(_)
            | Refusal::UnknownVersion(_)
            | Refusal::ShortId(_)
            | Refusal::Ambiguous(_)
            | Refusal::UnknownMember(_)
            | Refusal::UnknownProposal(_)
            | Refusal::UnknownInvitation(_)
            | Refusal::UnknownApplicant(_) => "not_found",
            Refusal::NotMember
            | Refusal::NoLongerMember
            | Refusal::PartnershipEnded(_)
            | Refusal::NotSteward(_)
            | Refusal::NotOwner(_)
            | Refusal::NotEditor(_)
            | Refusal::BlockOwn => "not_allowed",
            Refusal::Ticket(_) | Refusal::TicketExpired | Refusal::TicketRefused => "ticket",
            Refusal::Copied
            | Refusal::Stopping
            | Refusal::NoName
            | Refusal::InNetwork
            | Refusal::NoNetwork
            | Refusal::NoAddress => "not_ready",
            Refusal::Deleted
            | Refusal::Superseded(_)
            | Refusal::StaleHeads
            | Refusal::Undecided(_)
            | Refusal::NothingToTakeBack
            | Refusal::TooManyHeaders
            | Refusal::Busy => "conflict",
            Refusal::Charter(_)
            | Refusal::Draft(_)
            | Refusal::Proposal(_)
            | Refusal::Signing(_)
            | Refusal::Forked(_)
            | Refusal::Outdated => "charter",
            Refusal::Unreadable | Refusal::Store(_) => "store",
        }
    }
}
