//! What happens in one storm, step by step, made of a seed: what people do, and what the weather does to them.
//!
//! A story is data, so it can be told, shortened and told again. Whom or what a step means is a number taken modulo what
//! there is by then: so leaving one step out does not make the others meaningless.

use std::fmt;

use crate::{machine::Moment, sea::dice};

/// Somebody, or something, modulo how many there are.
pub type Pick = usize;

/// Who may have a record, in a deed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The owner alone.
    Private,
    /// The owner and one more.
    Partner(Pick),
    /// Every member.
    Network,
    /// Anybody.
    Public,
}

/// What somebody does at a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// Writes a record, which every member may edit or its owner alone.
    Create(Reach, bool),
    /// Changes a field of a record.
    Edit(Pick, Pick),
    /// Two colleagues save the same form.
    Twice(Pick),
    /// Says anew who may have one of its records.
    Share(Pick, Reach),
    /// Says anew who may edit one of its records: every member, one member, the owner.
    LetEdit(Pick, Pick),
    /// Deletes one of its records.
    Delete(Pick),
    /// Makes its own version of somebody's record.
    Adopt(Pick),
    /// Takes the last change of a record back.
    Undo(Pick),
    /// Reads records from a file.
    Import(Pick),
    /// Asks for everything, or only for one kind.
    Subscribe(Pick),
    /// Invites who is not in yet.
    Invite(Pick),
    /// Makes somebody outside a partner.
    Partner(Pick),
    /// Ends a partnership.
    EndPartner(Pick),
    /// Proposes to remove a member.
    Remove(Pick),
    /// Changes the network's purpose.
    Amend,
    /// Votes for all that is open.
    Vote,
    /// Has nothing to do with a member, or has again.
    Block(Pick),
    /// Writes something private that the same story without it has not: nobody else's bytes may move.
    Secret(Pick),
}

/// What the weather does.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    /// A link is cut.
    Cut(Pick, Pick),
    /// Nothing comes from one to the other any more, and they do not know.
    OneWay(Pick, Pick),
    /// A stream breaks without a word; the ends notice after so many milliseconds.
    Snap(Pick, Pick, [u64; 2]),
    /// The nodes fall apart into two groups.
    Split(u64),
    /// All links are mended.
    Mend,
    /// Of a thousand messages so many are lost.
    Loss(u64),
    /// Of a thousand messages so many are followed by an old one.
    Replay(u64),
    /// Messages take so many milliseconds longer, at most.
    Slow(u64),
    /// Of a thousand inputs so many wait for the next one.
    Batched(u64),
    /// Of a thousand inputs so many meet a failing disk.
    Disk(u64),
    /// A disk is full, or has room again.
    Full(Pick, bool),
    /// The power of a node fails.
    Crash(Pick, Option<Moment>),
    /// A node loses all that can be computed again.
    Rebuild(Pick),
    /// A node is started anew by its people.
    Restart(Pick),
    /// A clock is off by so many milliseconds.
    Skew(Pick, i64),
    /// Somebody makes a backup.
    Backup(Pick),
    /// A machine is lost, and another is set up from its backup.
    Restore(Pick),
    /// A machine's folder is copied, and both run.
    Clone(Pick),
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Somebody does something at a node.
    Do(Pick, Deed),
    /// The weather changes.
    Turn(Turn),
    /// So many milliseconds pass.
    Pass(u64),
}

/// How long a story is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// How many nodes at most; three at least.
    pub nodes: usize,
    /// How many deeds.
    pub deeds: usize,
}

impl Size {
    /// Some seconds for a hundred seeds.
    pub const QUICK: Size = Size { nodes: 5, deeds: 32 };
    /// As promised: 3 to 7 nodes, and more than 200 operations.
    pub const FULL: Size = Size { nodes: 7, deeds: 210 };
}

/// A story: who is there, and what happens.
#[derive(Clone, Debug)]
pub struct Story {
    /// The seed it was made of.
    pub seed: u64,
    /// How many nodes there are at first.
    pub nodes: usize,
    /// What happens.
    pub steps: Vec<Step>,
}

/// Draws from a seed.
struct Draw {
    seed: u64,
    drawn: u64,
}

impl Draw {
    fn below(&mut self, below: usize) -> usize {
        self.drawn += 1;
        (dice(self.seed, "story", &[self.drawn]) % below.max(1) as u64) as usize
    }

    fn any(&mut self) -> Pick {
        self.below(1 << 16)
    }

    fn ms(&mut self, most: usize) -> u64 {
        self.below(most) as u64
    }
}

impl Story {
    /// The story of a seed.
    pub fn of(seed: u64, size: Size) -> Story {
        let mut draw = Draw { seed, drawn: 0 };
        let nodes = 3 + draw.below(size.nodes - 2);
        let mut steps = vec![];
        // Each story has weather of its own: some are only windy, some have all of it.
        let harsh = draw.below(4);
        let mut deeds = 0;
        while deeds < size.deeds {
            if draw.below(10) < 2 + harsh {
                steps.push(Step::Turn(turn(&mut draw, harsh)));
            } else {
                steps.push(Step::Do(draw.any(), deed(&mut draw)));
                deeds += 1;
            }
            let ms = match draw.below(12) {
                0..=6 => draw.ms(200),
                7..=9 => draw.ms(3_000),
                10 => draw.ms(40_000),
                _ => draw.ms(3_600_000),
            };
            steps.push(Step::Pass(ms));
        }
        Story { seed, nodes, steps }
    }
}

fn reach(draw: &mut Draw) -> Reach {
    match draw.below(8) {
        0 | 1 => Reach::Private,
        2 | 3 => Reach::Partner(draw.any()),
        4..=6 => Reach::Network,
        _ => Reach::Public,
    }
}

fn deed(draw: &mut Draw) -> Deed {
    let pick = draw.any();
    match draw.below(40) {
        0..=6 => Deed::Create(reach(draw), draw.below(2) == 0),
        7..=15 => Deed::Edit(pick, draw.any()),
        16 | 17 => Deed::Twice(pick),
        18..=21 => Deed::Share(pick, reach(draw)),
        22 => Deed::LetEdit(pick, draw.any()),
        23 | 24 => Deed::Delete(pick),
        25 => Deed::Adopt(pick),
        26 => Deed::Undo(pick),
        27 => Deed::Import(pick),
        28 => Deed::Subscribe(pick),
        29 | 30 => Deed::Invite(pick),
        31 => Deed::Partner(pick),
        32 => Deed::EndPartner(pick),
        33 => Deed::Remove(pick),
        34 => Deed::Amend,
        35 | 36 => Deed::Vote,
        37 => Deed::Block(pick),
        _ => Deed::Secret(pick),
    }
}

fn turn(draw: &mut Draw, harsh: usize) -> Turn {
    let (one, other) = (draw.any(), draw.any());
    let kinds = [6, 11, 15, 18][harsh];
    match draw.below(kinds) {
        0 => Turn::Cut(one, other),
        1 => Turn::Mend,
        2 => Turn::Slow(draw.ms(4_000)),
        3 => Turn::Loss(draw.ms(300)),
        4 => Turn::Snap(one, other, [draw.ms(45_000), draw.ms(45_000)]),
        5 => Turn::Restart(one),
        6 => Turn::Split(draw.ms(1 << 7)),
        7 => {
            let moments = [None, Some(Moment::BeforeCommit), Some(Moment::AfterCommit), Some(Moment::Amid)];
            Turn::Crash(one, moments[draw.below(4)])
        }
        8 => Turn::OneWay(one, other),
        9 => Turn::Replay(draw.ms(500)),
        10 => Turn::Batched(draw.ms(700)),
        11 => Turn::Skew(one, skew(draw)),
        12 => Turn::Disk(draw.ms(100)),
        13 => Turn::Full(one, draw.below(2) == 0),
        14 => Turn::Rebuild(one),
        15 => Turn::Backup(one),
        16 => Turn::Restore(one),
        _ => Turn::Clone(one),
    }
}

/// Seconds, days, or up to ten years, either way.
fn skew(draw: &mut Draw) -> i64 {
    let most = [60_000, 86_400_000, 315_360_000_000][draw.below(3)];
    let ms = (dice(draw.seed, "skew", &[draw.drawn]) % most) as i64;
    if draw.below(2) == 0 { ms } else { -ms }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Do(at, deed) => write!(f, "at node {at}: {deed:?}"),
            Step::Turn(turn) => write!(f, "weather: {turn:?}"),
            Step::Pass(ms) => write!(f, "{ms} ms pass"),
        }
    }
}
