//! One seed, one storm: people work, the weather is bad, machines fail; then it clears up, and all must be well.
//!
//! A story is told twice, the second time with private work that the first has not: nobody else may hear a difference.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};

use protocol::{
    identity::DocId,
    input::{Amendment, Request},
    refusal::Refusal,
    store::{Memory, Table},
    view::Answer,
};

use crate::{
    promises,
    story::{Size, Step, Story},
    watch::{Broken, Meant, Watch, broken, watcher},
    world::World,
};

/// What the collaboratives are called.
pub const NAMES: [&str; 7] = ["Riverside", "Hillside", "Lakeside", "Seaside", "Townside", "Parkside", "Brookside"];
/// More messages than this in one step do not end.
const MESSAGES: usize = 100_000;

/// A record that somebody wrote.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its id.
    pub id: DocId,
    /// Whose it is.
    pub owner: usize,
    /// Whom it was ever meant for.
    pub meant: Meant,
    /// Its owner was told that it is deleted.
    pub deleted: bool,
    /// It was once meant for more, or for others: they keep what they had, also when it is deleted afterwards.
    pub narrowed: bool,
}

/// A storm, as far as it was told.
pub struct Storm {
    /// The nodes and all that is between them.
    pub world: World,
    /// What is watched.
    pub watch: Rc<RefCell<Watch>>,
    /// What was written.
    pub docs: Vec<Written>,
    /// Rows of which a node's people were told that they are kept.
    pub told: BTreeMap<usize, BTreeSet<(Table, Vec<u8>)>>,
    /// How long each node's charter was.
    pub charters: BTreeMap<usize, usize>,
    /// Backups.
    pub backups: BTreeMap<usize, Memory>,
    /// Collaboratives of which a machine was copied or set back: two of their machines may have signed in one place.
    pub twins: BTreeSet<usize>,
    /// How many texts there are.
    pub texts: usize,
    /// Whether private work is done that the first telling has not.
    pub secrets: bool,
    /// Collaboratives of which a machine will be copied or set back.
    pub(crate) will_have_twins: BTreeSet<usize>,
    steps: u64,
}

impl Storm {
    /// The nodes of a story, in good weather: the first three have founded a network and are its stewards.
    pub fn begin(story: &Story, secrets: bool) -> Storm {
        let mut world = World::network(story.seed, &NAMES[..3]);
        let stewards = NAMES[..3].iter().map(|name| (*name).to_owned()).collect();
        world.ask(0, Request::Propose { change: Amendment::Stewards(stewards, None), why: String::new() }).unwrap();
        world.settle();
        let mut storm = Storm {
            watch: Rc::new(RefCell::new(Watch { who: (0..story.nodes).collect(), ..Watch::default() })),
            world,
            docs: vec![],
            told: BTreeMap::new(),
            charters: BTreeMap::new(),
            backups: BTreeMap::new(),
            twins: BTreeSet::new(),
            texts: 0,
            secrets,
            will_have_twins: story.steps.iter().flat_map(|step| step.twins(story.nodes)).collect(),
            steps: 0,
        };
        storm.vote(1);
        storm.world.settle();
        for name in &NAMES[3..story.nodes] {
            storm.world.node(name);
        }
        storm.watch.borrow_mut().invited = (0..3).collect();
        storm.world.watcher = Some(watcher(storm.watch.clone()));
        storm
    }

    /// Tells a whole story and the calm after it.
    fn tell(story: &Story, secrets: bool) -> Result<Storm, Broken> {
        let mut storm = Storm::begin(story, secrets);
        for step in &story.steps {
            storm.step(step)?;
        }
        storm.calm()?;
        Ok(storm)
    }

    fn step(&mut self, step: &Step) -> Result<(), Broken> {
        self.steps += 1;
        match step {
            Step::Do(at, deed) => self.deed(at % self.world.nodes.len(), deed),
            Step::Turn(turn) => self.turn(turn),
            Step::Pass(ms) => self.pass(*ms)?,
        }
        if let Some(broken) = self.watch.borrow_mut().broken.take() {
            return Err(broken);
        }
        promises::nothing_acknowledged_is_lost(self)?;
        promises::no_charter_goes_back(self)?;
        if self.steps.is_multiple_of(16) {
            promises::what_is_deleted_is_gone(self)?;
        }
        Ok(())
    }

    /// Lets time pass: what is on its way arrives, machines that stopped are started again, and everybody looks around.
    fn pass(&mut self, ms: u64) -> Result<(), Broken> {
        let until = self.world.now + ms;
        for messages in 0.. {
            if self.world.next_due().is_none_or(|due| due > until) {
                break;
            }
            if messages > MESSAGES {
                return broken("it ends", format!("more than {MESSAGES} messages in {ms} ms"));
            }
            self.world.step();
        }
        self.world.now = until;
        for at in 0..self.world.nodes.len() {
            if self.world.roll(3) == 0 {
                self.world.wake(at);
                if self.world.is_copied(at) {
                    self.world.restart(at);
                }
            }
        }
        self.world.wait(0);
        self.world.redial();
        Ok(())
    }

    /// The weather clears up, clocks are set right, whoever was stopped is started, and nobody blocks anybody.
    fn calm(&mut self) -> Result<(), Broken> {
        self.world.mend_all();
        *self.world.weather() = Default::default();
        self.retire_copies();
        (0..self.world.nodes.len()).for_each(|at| self.world.repair(at));
        for at in 0..self.world.nodes.len() {
            if let Some(Answer::Network(view)) = self.ask(at, Request::Network) {
                let blocked = view.members.into_iter().filter(|member| member.blocked_since.is_some());
                blocked.for_each(|m| drop(self.ask(at, Request::Unblock { member: m.id.to_string() })));
            }
        }
        promises::all_agree(self)?;
        promises::nothing_acknowledged_is_lost(self)?;
        promises::what_is_deleted_is_gone(self)?;
        promises::what_is_shown_is_what_is_kept(self)?;
        promises::no_word_is_kept_where_it_may_not(self)?;
        match self.watch.borrow_mut().broken.take() {
            Some(broken) => Err(broken),
            None => Ok(()),
        }
    }

    /// Of two machines with one key, of which nobody has noticed by then that there are two, people switch one off.
    fn retire_copies(&mut self) {
        let first = self.watch.borrow().who.iter().max().map_or(0, |most| most + 1);
        for copy in first..self.world.nodes.len() {
            if (0..first).any(|at| self.world.key(at) == self.world.key(copy)) {
                self.world.retire(copy);
            }
        }
    }

    /// A person asks a node, and is told, or is not. A refusal is no matter.
    pub fn ask(&mut self, at: usize, request: Request) -> Option<Answer> {
        match self.world.try_ask(at, request)? {
            Ok(answer) => Some(answer),
            Err(Refusal::Unreadable) if !self.world.ailing() => {
                let what = format!("node {at} cannot read what it keeps");
                self.watch.borrow_mut().broken.get_or_insert(Broken { promise: "what is kept can be read", what });
                None
            }
            Err(_) => None,
        }
    }

    /// A steward approves whatever it hears of.
    pub fn vote(&mut self, at: usize) {
        let Some(Answer::Network(view)) = self.ask(at, Request::Network) else { return };
        for proposal in view.proposals {
            drop(self.ask(at, Request::Vote { proposal: proposal.id.to_string(), approve: true }));
        }
    }
}

/// Tells a story twice; what it broke.
pub fn tell(story: &Story) -> Result<(), Broken> {
    let told = |secrets| {
        let telling = AssertUnwindSafe(|| Storm::tell(story, secrets));
        catch_unwind(telling).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            broken("nothing panics", text.unwrap_or_default())
        })
    };
    let (plain, secret) = (told(false)?, told(true)?);
    promises::nobody_hears_of_private_work(&plain, &secret)
}

/// The shortest story found that breaks the same promise: steps are left out as long as it does.
pub fn shrink(story: &Story, promise: &str) -> Story {
    let mut story = story.clone();
    let mut part = story.steps.len() / 2;
    while part > 0 {
        let mut from = 0;
        while from < story.steps.len() {
            let mut shorter = story.clone();
            shorter.steps.drain(from..(from + part).min(story.steps.len()));
            if tell(&shorter).is_err_and(|broken| broken.promise == promise) {
                story = shorter;
            } else {
                from += part;
            }
        }
        part /= 2;
    }
    story
}

/// Tells the story of a seed; where it breaks a promise, what to read: the shortest story found, and how to tell it again.
pub fn failure(seed: u64, size: Size) -> Option<String> {
    let story = Story::of(seed, size);
    let first = tell(&story).err()?;
    let short = shrink(&story, first.promise);
    let what = tell(&short).err().map_or(first.what, |last| last.what);
    let steps: Vec<String> = short.steps.iter().map(|step| format!("    {step}")).collect();
    let full = if size == Size::FULL { " --full" } else { "" };
    Some(format!(
        "seed {seed}, {} nodes, broke: {}\n  {what}\n  the shortest story found:\n{}\n  to replay: \
         cargo run --package commonweal-tests --bin storm -- --seed {seed}{full}",
        story.nodes,
        first.promise,
        steps.join("\n")
    ))
}
