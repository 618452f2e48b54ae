//! The engine's thread: gather what waits, let the core decide, commit once, and only then carry out what it asked for.

use std::collections::{BTreeMap, VecDeque};

use protocol::{
    effect::Effect,
    engine::Engine,
    gate::{Outcome, Trial},
    identity::{DocId, NodeKey},
    input::{Input, Random},
    message::Bye,
    refusal::Refusal,
    store::{Store, StoreError},
    view::Answer,
};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tracing::{debug, info, warn};

use super::handle::Work;
use crate::{
    clock::{self, Stopwatch},
    config::{TRIED_MS, TURN_INPUTS, TURN_MS},
    network::{Command, Event},
};

/// What decides: the engine, or a stand-in whose disk a test can fill.
pub(super) trait Core {
    fn handle(&mut self, now: u64, random: Random, input: Input) -> Vec<Effect>;
    fn commit(&mut self) -> Result<(), StoreError>;
    fn abandon(&mut self) -> Result<(), StoreError>;
}

impl<S: Store> Core for Engine<S> {
    fn handle(&mut self, now: u64, random: Random, input: Input) -> Vec<Effect> {
        Engine::handle(self, now, random, input)
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        Engine::commit(self)
    }

    fn abandon(&mut self) -> Result<(), StoreError> {
        Engine::abandon(self).map_err(|refusal| match refusal {
            Refusal::Store(error) => error,
            other => StoreError::Damaged(other.to_string()),
        })
    }
}

/// Where effects go.
pub(super) struct Outlets {
    /// To the network. Unbounded, because the engine must never wait for the network while the network waits for the
    /// engine; the engine itself bounds what it has under way for each peer (`limits::IN_FLIGHT_BYTES`).
    pub(super) commands: mpsc::UnboundedSender<Command>,
    /// Looks after the disk, once a tick.
    pub(super) pulse: Box<dyn Fn() -> Result<(), StoreError> + Send>,
    /// Says up to where the journal is on the disk.
    pub(super) watermark: Box<dyn Fn() -> Result<u64, StoreError> + Send>,
    /// To live views.
    pub(super) changes: broadcast::Sender<DocId>,
    /// To those who make trials.
    pub(super) trials: std::sync::mpsc::Sender<Box<Trial>>,
    /// To whoever waits until we listen; the engine knows these addresses by then.
    pub(super) listening: watch::Sender<Vec<String>>,
}

/// The thread's state.
pub(super) struct Turns<C> {
    core: C,
    outlets: Outlets,
    asked: BTreeMap<u64, oneshot::Sender<Result<Answer, Refusal>>>,
    next: u64,
    /// Peers the core knows of, each with the number of its link.
    up: BTreeMap<NodeKey, u64>,
    /// Whether the core goes on with a long piece of work at the end of each turn.
    going: bool,
    /// Trials that were made. What peers say goes first: in a first copy all of it is kept before it is shown.
    tried: VecDeque<Box<Outcome>>,
}

impl<C: Core> Turns<C> {
    pub(super) fn new(core: C, outlets: Outlets) -> Turns<C> {
        Turns {
            core,
            outlets,
            asked: BTreeMap::new(),
            next: 0,
            up: BTreeMap::new(),
            going: false,
            tried: VecDeque::new(),
        }
    }

    /// Works until told to stop or until nobody is left to give work. Fails when the store cannot even go back.
    pub(super) fn run(
        mut self,
        mut asks: mpsc::Receiver<Work>,
        mut work: mpsc::Receiver<Work>,
    ) -> Result<(), StoreError> {
        let mut waiting = VecDeque::new();
        loop {
            // An ask may have come after this turn looked, and its wake have been taken for nothing.
            if waiting.is_empty() && self.tried.is_empty() && asks.is_empty() && !self.going {
                let Some(first) = work.blocking_recv() else { return Ok(()) };
                self.gather(first, &mut waiting);
            }
            while waiting.len() < TURN_INPUTS
                && let Ok(next) = work.try_recv()
            {
                self.gather(next, &mut waiting);
            }
            let stop = waiting.iter().any(|work| matches!(work, Work::Stop));
            self.turn(&mut asks, &mut waiting)?;
            if stop {
                return Ok(());
            }
        }
    }

    fn gather(&mut self, work: Work, waiting: &mut VecDeque<Work>) {
        match work {
            // It has woken us, which is all it is for; kept, it would take the place of work.
            Work::Asked => {}
            Work::Tried(outcome) => self.tried.push_back(outcome),
            other => waiting.push_back(other),
        }
    }

    /// People first, then peers and the clock, then trials, each as much as there is time for and one thing at least: whoever
    /// asks next waits for all of it, and no stream of slow questions keeps the others waiting for more than its share.
    fn turn(&mut self, asks: &mut mpsc::Receiver<Work>, waiting: &mut VecDeque<Work>) -> Result<(), StoreError> {
        let mut effects = Vec::new();
        let begun = Stopwatch::start();
        for _ in 0..TURN_INPUTS {
            let Ok(ask) = asks.try_recv() else { break };
            self.think(ask, &mut effects)?;
            if begun.has_run(TURN_MS) {
                break;
            }
        }
        let (begun, is_quiet) = (Stopwatch::start(), waiting.is_empty());
        while let Some(work) = waiting.pop_front() {
            if matches!(work, Work::Asked) {
                continue;
            }
            self.think(work, &mut effects)?;
            if begun.has_run(TURN_MS) {
                break;
            }
        }
        let begun = Stopwatch::start();
        while let Some(outcome) = self.tried.pop_front() {
            self.think(Work::Tried(outcome), &mut effects)?;
            if !is_quiet || begun.has_run(TRIED_MS) {
                break;
            }
        }
        if std::mem::take(&mut self.going) {
            effects.extend(self.core.handle(clock::now_ms(), clock::random(), Input::GoOn));
        }
        match self.core.commit() {
            Ok(()) => effects.into_iter().for_each(|effect| self.carry_out(effect)),
            Err(why) => self.not_saved(why)?,
        }
        Ok(())
    }

    /// Lets the core decide about one thing.
    fn think(&mut self, work: Work, effects: &mut Vec<Effect>) -> Result<(), StoreError> {
        let input = match work {
            Work::Stop | Work::Asked => None,
            Work::Tried(outcome) => Some(Input::Tried(outcome)),
            Work::Watermark(answer) => {
                // Of this turn nothing is committed yet, so nothing that can still be taken back is counted. It fails when
                // the asker has gone.
                let _ = answer.send((self.outlets.watermark)());
                None
            }
            Work::Tick => {
                match (self.outlets.pulse)() {
                    Ok(()) | Err(StoreError::Full) => {}
                    Err(broken) => return Err(broken),
                }
                Some(self.tick())
            }
            Work::Ask { request, answer } => {
                self.next += 1;
                self.asked.insert(self.next, answer);
                Some(Input::Ask { id: self.next, request })
            }
            Work::Happened(event) => self.happened(event),
        };
        if let Some(input) = input {
            effects.extend(self.core.handle(clock::now_ms(), clock::random(), input));
        }
        Ok(())
    }

    fn tick(&mut self) -> Input {
        // Whoever no longer waits for an answer need not get one.
        self.asked.retain(|_, answer| !answer.is_closed());
        Input::Tick
    }

    /// What an event means to the core. Words of a peer the core does not know, or knows no more, mean nothing.
    fn happened(&mut self, event: Event) -> Option<Input> {
        match event {
            Event::Listening(addresses) => {
                self.outlets.listening.send_replace(addresses.clone());
                Some(Input::Listening { addresses })
            }
            Event::Up { peer, link, outbound, .. } => {
                let peer = NodeKey(peer);
                self.up.insert(peer, link);
                Some(Input::PeerUp { peer, outbound })
            }
            Event::Message { peer, bytes, room: _ } => {
                let peer = NodeKey(peer);
                self.up.contains_key(&peer).then_some(Input::PeerMessage { peer, bytes })
            }
            Event::Sent { peer, bytes } => {
                let peer = NodeKey(peer);
                self.up.contains_key(&peer).then_some(Input::PeerSent { peer, bytes })
            }
            Event::Down { peer, .. } => {
                let peer = NodeKey(peer);
                self.up.remove(&peer).map(|_| Input::PeerDown { peer })
            }
            Event::Unreachable { peer, why, next_ms } => Some(Input::Unreachable { peer: NodeKey(peer), why, next_ms }),
            Event::Failed(_) => None,
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Answer { id, result } => {
                if let Some(answer) = self.asked.remove(&id) {
                    // It fails when the asker has gone.
                    let _ = answer.send(*result);
                }
            }
            Effect::Send { peer, bytes } => match self.up.get(&peer) {
                Some(link) => self.command(Command::Send { peer: peer.0, link: *link, bytes }),
                None => debug!(peer = peer.short(), "a message for a peer that has gone"),
            },
            Effect::Close { peer, why } => {
                match why {
                    // Who was a partner once may knock for a long time.
                    Bye::Stranger => debug!(peer = peer.short(), ?why, "closing"),
                    _ => info!(peer = peer.short(), ?why, "closing"),
                }
                self.command(match why {
                    Bye::Stranger | Bye::Ticket | Bye::Rule | Bye::Silence => Command::Refuse { peer: peer.0 },
                    // It may come back when one of us is up to date, or when our disk has room.
                    Bye::Version | Bye::Disk => Command::Close { peer: peer.0 },
                });
            }
            Effect::Reach { peer, addresses } => self.command(Command::Reach { peer: peer.0, addresses }),
            Effect::Rest { peer } => self.command(Command::Rest { peer: peer.0 }),
            Effect::Forget { peer } => self.command(Command::Forget { peer: peer.0 }),
            // The first time, and ever more seldom: nobody fills the log of another.
            Effect::Blame { node, what, times } if times.is_power_of_two() => {
                warn!(node = node.short(), times, "a node {what}");
            }
            Effect::Blame { .. } => {}
            Effect::GoOn => self.going = true,
            Effect::Try(trial) => {
                // It fails when the node is ending; what waits for a trial is tried at the next start.
                let _ = self.outlets.trials.send(trial);
            }
            Effect::Changed { doc } => {
                // It fails when nobody looks.
                let _ = self.outlets.changes.send(doc);
            }
        }
    }

    /// Nothing of this turn was kept, so nobody may be told of it. Peers begin anew, from what is durable.
    fn not_saved(&mut self, why: StoreError) -> Result<(), StoreError> {
        warn!(%why, "not saved");
        for answer in std::mem::take(&mut self.asked).into_values() {
            let _ = answer.send(Err(Refusal::Store(why.clone())));
        }
        let back = self.core.abandon();
        self.going = false;
        for peer in std::mem::take(&mut self.up).into_keys() {
            self.command(Command::Close { peer: peer.0 });
        }
        back
    }

    fn command(&self, command: Command) {
        // It fails when the network has ended, and then the node is ending too.
        let _ = self.outlets.commands.send(command);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use protocol::input::Request;

    use super::*;
    use crate::network::Room;

    /// A core that repeats what a peer says, answers every question, and has a disk that can be full.
    struct Echo {
        full: bool,
        slow: Duration,
        handled: Vec<&'static str>,
        abandoned: usize,
    }

    impl Core for Echo {
        fn handle(&mut self, _now: u64, _random: Random, input: Input) -> Vec<Effect> {
            let (name, effects) = match input {
                Input::Ask { id, .. } => {
                    ("ask", vec![Effect::Answer { id, result: Box::new(Ok(Answer::Done { done: true })) }])
                }
                Input::PeerMessage { peer, bytes } => ("message", vec![Effect::Send { peer, bytes }]),
                Input::PeerUp { .. } => ("up", vec![]),
                Input::PeerDown { .. } => ("down", vec![]),
                Input::Listening { .. } => ("listening", vec![]),
                Input::GoOn => ("go on", vec![]),
                Input::Tried(_) => ("tried", vec![]),
                Input::Tick => ("other", vec![Effect::GoOn]),
                _ => ("other", vec![]),
            };
            self.handled.push(name);
            std::thread::sleep(self.slow);
            effects
        }

        fn commit(&mut self) -> Result<(), StoreError> {
            if self.full { Err(StoreError::Full) } else { Ok(()) }
        }

        fn abandon(&mut self) -> Result<(), StoreError> {
            self.abandoned += 1;
            Ok(())
        }
    }

    const PEER: [u8; 32] = [7; 32];

    fn up() -> Work {
        Work::Happened(Event::Up { peer: PEER, link: 3, outbound: true, address: String::new() })
    }

    fn says(word: &str) -> Work {
        Work::Happened(Event::Message { peer: PEER, bytes: word.into(), room: Room::default() })
    }

    fn turns() -> (Turns<Echo>, mpsc::UnboundedReceiver<Command>) {
        let (commands, sent) = mpsc::unbounded_channel();
        let (changes, _) = broadcast::channel(1);
        let (listening, _) = watch::channel(vec![]);
        let core = Echo { full: false, slow: Duration::ZERO, handled: vec![], abandoned: 0 };
        let trials = std::sync::mpsc::channel().0;
        let (pulse, watermark) = (Box::new(|| Ok(())), Box::new(|| Ok(0)));
        (Turns::new(core, Outlets { commands, pulse, watermark, changes, listening, trials }), sent)
    }

    /// One turn with all of these, of which there is an ask or none.
    fn turn<C: Core>(turns: &mut Turns<C>, work: Vec<Work>) -> Result<(), StoreError> {
        let (ask, mut asks) = mpsc::channel(8);
        let (asked, rest): (Vec<_>, Vec<_>) = work.into_iter().partition(|work| matches!(work, Work::Ask { .. }));
        asked.into_iter().for_each(|one| ask.try_send(one).unwrap());
        turns.turn(&mut asks, &mut rest.into())
    }

    #[test]
    fn what_is_saved_is_answered_and_sent_on_the_peers_own_link() {
        let (mut turns, mut sent) = turns();
        let (answer, mut answered) = oneshot::channel();
        turn(&mut turns, vec![up(), says("hello"), Work::Ask { request: Request::Status, answer }]).unwrap();
        assert!(matches!(sent.try_recv(), Ok(Command::Send { peer: PEER, link: 3, bytes }) if bytes == b"hello"));
        assert!(matches!(answered.try_recv(), Ok(Ok(Answer::Done { done: true }))));
    }

    #[test]
    fn what_is_not_saved_is_told_to_the_asker_and_to_nobody_else() {
        let (mut turns, mut sent) = turns();
        turn(&mut turns, vec![up()]).unwrap();
        turns.core.full = true;
        let (answer, mut answered) = oneshot::channel();
        turn(&mut turns, vec![says("hello"), Work::Ask { request: Request::Status, answer }]).unwrap();
        assert!(matches!(answered.try_recv(), Ok(Err(Refusal::Store(StoreError::Full)))));
        assert!(matches!(sent.try_recv(), Ok(Command::Close { peer: PEER })));
        assert!(sent.try_recv().is_err());
        assert_eq!(turns.core.abandoned, 1);
    }

    #[test]
    fn a_peer_that_was_forgotten_is_not_heard_until_it_comes_anew() {
        let (mut turns, _sent) = turns();
        turn(&mut turns, vec![up()]).unwrap();
        turns.core.full = true;
        turn(&mut turns, vec![says("lost")]).unwrap();
        turns.core.full = false;
        turns.core.handled.clear();
        let down = Work::Happened(Event::Down { peer: PEER, why: crate::network::Why::Closed });
        turn(&mut turns, vec![says("late"), down, up(), says("anew")]).unwrap();
        assert_eq!(turns.core.handled, ["up", "message"]);
    }

    #[test]
    fn the_last_turn_is_finished_before_the_end() {
        let (turns, mut sent) = turns();
        let (work, waiting) = mpsc::channel(8);
        for each in [up(), says("one"), Work::Stop, says("two")] {
            work.try_send(each).unwrap();
        }
        assert_eq!(turns.run(mpsc::channel(1).1, waiting), Ok(()));
        assert!(matches!(sent.try_recv(), Ok(Command::Send { bytes, .. }) if bytes == b"one"));
        assert!(matches!(sent.try_recv(), Ok(Command::Send { bytes, .. }) if bytes == b"two"));
    }

    /// Asks once waited for every message that had come before, up to 256 of them in one turn: seconds in a first sync.
    #[test]
    fn who_asks_waits_for_one_turn_and_not_for_all_that_peers_said() {
        let (mut turns, mut sent) = turns();
        turns.core.slow = Duration::from_millis(TURN_MS + 1);
        let (ask, mut asks) = mpsc::channel(8);
        let mut waiting: VecDeque<Work> = [up(), says("one"), says("two")].into();
        turns.turn(&mut asks, &mut waiting).unwrap();
        let (answer, mut answered) = oneshot::channel();
        ask.try_send(Work::Ask { request: Request::Status, answer }).unwrap();
        turns.turn(&mut asks, &mut waiting).unwrap();
        assert!(answered.try_recv().is_ok(), "it is answered before the rest is heard");
        assert_eq!((turns.core.handled.as_slice(), waiting.len()), (&["up", "ask", "message"][..], 1));
        assert!(matches!(sent.try_recv(), Ok(Command::Send { .. })), "peers are heard though people ask");
    }

    /// Slow questions came one after another. They used up the time of the turn, and each had left a wake that did
    /// nothing where a message might have been taken: ticks and messages waited for as long as people asked.
    #[test]
    fn slow_questions_leave_peers_and_the_clock_their_share() {
        let (mut turns, _sent) = turns();
        turns.core.slow = Duration::from_millis(TURN_MS * 2 / 3);
        let (ask, mut asks) = mpsc::channel(8);
        let answers: Vec<_> = (0..8)
            .map(|_| {
                let (answer, answered) = oneshot::channel();
                ask.try_send(Work::Ask { request: Request::Status, answer }).unwrap();
                answered
            })
            .collect();
        let mut waiting: VecDeque<Work> = (0..8).map(|_| Work::Asked).collect();
        waiting.extend([Work::Tick, up(), says("one")]);
        turns.turn(&mut asks, &mut waiting).unwrap();
        // The second goes beyond the time on either side; on a slow machine the first may.
        let heard = turns.core.handled.iter().filter(|name| **name != "ask").count();
        let asked = turns.core.handled.len() - heard;
        assert!((1..=2).contains(&asked) && (1..=2).contains(&heard), "{:?}", turns.core.handled);
        assert_eq!((turns.core.handled[asked], asks.len()), ("other", 8 - asked), "the tick is the first of the rest");
        drop(answers);
    }

    #[test]
    fn long_work_goes_on_without_anything_else_to_do_and_after_it_where_there_is() {
        let (turns, _sent) = turns();
        let (work, waiting) = mpsc::channel(8);
        [Work::Tick, up()].into_iter().for_each(|one| work.try_send(one).unwrap());
        drop(work);
        let mut turns = turns;
        turn(&mut turns, vec![Work::Tick]).unwrap();
        turn(&mut turns, vec![up()]).unwrap();
        assert_eq!(turns.core.handled, ["other", "up", "go on"]);
        assert_eq!(turns.run(mpsc::channel(1).1, waiting), Ok(()));
    }

    /// In a first copy thousands are made while the rest of it still comes.
    #[test]
    fn trials_wait_for_what_peers_say_and_one_of_them_is_taken_each_time() {
        let tried = || {
            let trial = Trial { doc: protocol::identity::DocId([1; 32]), snapshot: None, changes: vec![vec![1]] };
            Work::Tried(Box::new(trial.make()))
        };
        let (mut turns, _sent) = turns();
        let (asks, mut gathered) = (&mut mpsc::channel(1).1, VecDeque::new());
        for one in [tried(), tried(), tried(), up(), says("one")] {
            turns.gather(one, &mut gathered);
        }
        turns.turn(asks, &mut gathered).unwrap();
        assert_eq!(turns.core.handled, ["up", "message", "tried"]);
        turns.turn(asks, &mut gathered).unwrap();
        assert_eq!(turns.core.handled[3..], ["tried", "tried"], "nobody says anything more");
    }

    /// Whatever came after 256 wakes that do nothing waited for a turn without any work.
    #[test]
    fn wakes_do_not_take_the_place_of_work() {
        let (turns, mut sent) = turns();
        let (work, waiting) = mpsc::channel(TURN_INPUTS + 8);
        [up(), Work::Stop].into_iter().for_each(|one| work.try_send(one).unwrap());
        (0..TURN_INPUTS).for_each(|_| work.try_send(Work::Asked).unwrap());
        work.try_send(says("in the same turn, which is the last")).unwrap();
        drop(work);
        assert_eq!(turns.run(mpsc::channel(1).1, waiting), Ok(()));
        assert!(matches!(sent.try_recv(), Ok(Command::Send { .. })));
    }
}
