//! Finding out what two nodes differ in when there is no place to go on from: each looks through what the one may have of
//! the other, and a sketch of the asker's set tells the giver which documents to offer.
//!
//! A document stands in a set as a number made of the session's nonces and of its state. The numbers mean nothing to
//! anybody else, nobody can choose a document to have the number of another, and equal states have equal numbers. The
//! asker's set holds only what the giver may have as well: what is private to the one moves no byte to the other.

use std::{
    collections::{BTreeSet, VecDeque},
    ops::Bound,
};

use super::Stage;
use crate::{
    audience::{entitled, passes},
    effect::Effect,
    engine::{Engine, Fault},
    held::Held,
    identity::{DocId, Hash, NodeKey},
    limits::{AUDIT_MS, SKETCH_CELLS, SKETCH_FIRST, SKETCH_GROWTH, SKETCH_LEAST, SKETCH_SHOWN, SURVEY_DOCS},
    message::{Bye, Message, SketchPart},
    refusal::Refusal,
    rows::Rows,
    sketch::Sketch,
    store::{Read, Store, Table},
    subscription::wanted,
};

/// A look through all documents, a part at a time.
#[derive(Debug)]
pub(crate) struct Survey {
    key: Hash,
    sketch: Sketch,
    /// The position to look from, and the first that came after the survey began.
    next: u64,
    pub(super) upto: u64,
    done: bool,
    /// What was looked at: the number of each document, and the position it stood at.
    found: Vec<(u64, u64)>,
}

impl Survey {
    fn new(key: Hash, upto: u64) -> Survey {
        Survey { key, sketch: Sketch::new(SKETCH_CELLS), next: 0, upto, done: false, found: vec![] }
    }

    fn add(&mut self, number: u64, position: u64) {
        self.sketch.toggle(number);
        self.found.push((number, position));
    }

    /// The positions of these numbers, in order.
    fn positions(&self, numbers: &BTreeSet<u64>) -> VecDeque<u64> {
        self.found.iter().filter(|(number, _)| numbers.contains(number)).map(|(_, position)| *position).collect()
    }
}

/// Whether surveys go on.
#[derive(Debug, Default)]
pub(crate) struct Going {
    /// We shall be called again.
    pub(crate) called: bool,
    /// Whose was gone on with last: each has its turn.
    last: Option<NodeKey>,
}

/// What makes the numbers of one round between two nodes.
fn round_key(asker: &[u8; 32], giver: &[u8; 32], round: u32) -> Hash {
    Hash::derive("commonweal 1 sketch", &[asker, giver, &round.to_be_bytes()])
}

/// A document's number: who holds it in the same state has the same.
fn number(key: &Hash, doc: &DocId, held: &Held) -> u64 {
    let mut state = Vec::with_capacity(256);
    held.terms.frontier.iter().for_each(|header| state.extend(header.0));
    // Of what is deleted everybody keeps as much as came.
    if !held.terms.deleted {
        let mut feeds = held.feed_heads();
        feeds.sort_by_key(|head| head.feed);
        feeds.iter().for_each(|head| state.extend([&head.feed.0[..], &head.seq.to_be_bytes(), &head.hash.0].concat()));
    }
    let Hash(bytes) = Hash::derive("commonweal 1 sketch number", &[&key.0, &doc.0, &state]);
    bytes[..8].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// How many cells follow on so many.
fn grown(cells: usize) -> usize {
    (cells * SKETCH_GROWTH).clamp(SKETCH_FIRST, SKETCH_CELLS)
}

impl<S: Store> Engine<S> {
    /// Looks through what is here before it asks, unless there is nothing.
    pub(super) fn survey_to_ask(&mut self, peer: NodeKey) -> Result<(), Fault> {
        let upto = self.position + 1;
        let session = self.session(&peer)?;
        let key = round_key(&session.nonce, &session.theirs, session.taking.round);
        session.taking.survey = Some(Survey::new(key, upto));
        self.survey_on(peer)
    }

    /// Looks through what the asker may have.
    pub(super) fn survey_to_give(&mut self, peer: NodeKey, round: u32) -> Result<(), Fault> {
        let upto = self.position + 1;
        let session = self.session(&peer)?;
        let key = round_key(&session.theirs, &session.nonce, round);
        if let Some(giving) = &mut session.giving {
            giving.survey = Some(Survey::new(key, upto));
        }
        self.survey_on(peer)
    }

    /// A peer's set, or more of it.
    pub(super) fn on_sketch(&mut self, peer: NodeKey, part: &SketchPart) -> Result<(), Fault> {
        let session = self.session(&peer)?;
        let asked = session.giving.as_ref().map(|giving| giving.round);
        let (round, mut sketch) = match session.sketch.take() {
            Some((round, sketch)) if round == part.round && part.from > 0 => (round, sketch),
            _ => (part.round, Sketch::new(0)),
        };
        // Cells nobody asked for are few, and those asked for are as many as that: else one would be asked for ever.
        let (from, most) = (sketch.len(), if asked == Some(round) { SKETCH_CELLS } else { SKETCH_FIRST });
        let all = part.from as usize == from && sketch.read_on(&part.cells) && sketch.len() == grown(from);
        if !all || sketch.len() > most {
            return Err(Bye::Rule.into());
        }
        session.sketch = Some((round, sketch));
        session.cells_wanted = None;
        if let Some(giving) = session.giving.as_mut().filter(|_| asked == Some(round)) {
            giving.heard += (grown(from) - from).max(SKETCH_LEAST);
            if giving.heard > SKETCH_SHOWN {
                return Err(Bye::Rule.into());
            }
        }
        if asked == Some(round) { self.compare(peer) } else { Ok(()) }
    }

    /// The giver could not read the differences, or did not get our sketch yet.
    pub(super) fn on_want_sketch(&mut self, peer: NodeKey, round: u32, from: u32) -> Result<(), Fault> {
        let session = self.session(&peer)?;
        if !session.taking.asked || session.taking.round != round {
            return Ok(());
        }
        match &session.taking.survey {
            None if from == 0 => {
                // To look through everything for them costs as much as to show all.
                session.taking.shown += SKETCH_CELLS;
                self.survey_to_ask(peer)
            }
            Some(survey) if survey.done && (from as usize) < SKETCH_CELLS => self.show_cells(peer, from as usize),
            // It comes by itself once it is done.
            _ => Ok(()),
        }
    }

    fn show_cells(&mut self, peer: NodeKey, from: usize) -> Result<(), Fault> {
        let network = self.network()?.id;
        let taking = &mut self.session(&peer)?.taking;
        let Some(survey) = &taking.survey else { return Ok(()) };
        taking.shown += grown(from).saturating_sub(from);
        if taking.shown > SKETCH_SHOWN {
            return Err(Bye::Rule.into());
        }
        let cells = survey.sketch.bytes(from, grown(from));
        let part =
            SketchPart { network, round: taking.round, from: u32::try_from(from).map_err(|_| Bye::Rule)?, cells };
        self.send(peer, &Message::Sketch(part));
        Ok(())
    }

    /// Goes on with surveys that are under way, one part of one of them.
    ///
    /// # Errors
    /// With the peer whose survey failed: half a survey is of no use, so it is to begin anew.
    pub(crate) fn go_on(&mut self) -> Result<(), (Option<NodeKey>, Fault)> {
        self.going.called = false;
        let after = self.going.last.map_or(Bound::Unbounded, Bound::Excluded);
        let mut in_turn = self.sessions.range((after, Bound::Unbounded)).chain(&self.sessions);
        let next = in_turn.find(|(_, session)| session.surveys()).map(|(peer, _)| *peer);
        self.going.last = next;
        next.map_or(Ok(()), |peer| self.survey_on(peer).map_err(|fault| (Some(peer), fault)))
    }

    /// Whether to be called again, where a survey is under way and nobody has said so.
    pub(crate) fn keep_going(&mut self) {
        if !self.going.called && self.sessions.values().any(super::Session::surveys) {
            self.going.called = true;
            self.turn.effects.push(Effect::GoOn);
        }
    }

    /// One part of a peer's surveys; what follows once they are done.
    fn survey_on(&mut self, peer: NodeKey) -> Result<(), Fault> {
        let taking = &mut self.session(&peer)?.taking;
        if let Some(mut survey) = taking.survey.take_if(|survey| !survey.done) {
            self.look_through(peer, &mut survey, false)?;
            let done = survey.done;
            let nothing = done && survey.found.is_empty();
            // Whose numbers they are no longer matters; the cells may be asked for.
            survey.found.clear();
            self.session(&peer)?.taking.survey = Some(survey);
            if done {
                self.surveyed_to_ask(peer, nothing)?;
            }
        }
        let Some(giving) = &mut self.session(&peer)?.giving else { return Ok(()) };
        if let Some(mut survey) = giving.survey.take_if(|survey| !survey.done) {
            self.look_through(peer, &mut survey, true)?;
            let done = survey.done;
            if let Some(giving) = &mut self.session(&peer)?.giving {
                giving.survey = Some(survey);
            }
            if done {
                self.compare(peer)?;
            }
        }
        Ok(())
    }

    fn surveyed_to_ask(&mut self, peer: NodeKey, nothing: bool) -> Result<(), Fault> {
        let asked = self.session(&peer)?.taking.asked;
        // An ask without a sketch says the same as one of nothing; the giver waits for that of an ask that said more.
        if asked || !nothing {
            self.show_cells(peer, 0)?;
        }
        if asked { Ok(()) } else { self.ask_from(peer, None) }
    }

    /// Looks at some more documents.
    fn look_through(&mut self, peer: NodeKey, survey: &mut Survey, gives: bool) -> Result<(), Fault> {
        let (network, mut ends) = (self.network()?.id, vec![]);
        let rows = self.store.scan(Table::Position, &[], &survey.next.to_be_bytes(), SURVEY_DOCS)?;
        survey.done = rows.len() < SURVEY_DOCS;
        for (row, doc) in rows {
            let position = super::give::position_of(&row)?;
            if position >= survey.upto {
                survey.done = true;
                break;
            }
            survey.next = position + 1;
            let doc = DocId(doc.try_into().map_err(|_| Refusal::Unreadable)?);
            let held: Held = self.store.value(Table::Document, &doc.0)?.ok_or(Refusal::Unreadable)?;
            let belongs =
                if gives { self.gives(peer, &doc, &held, &mut ends)? } else { self.asks(&peer, &doc, &held)? };
            if belongs {
                survey.add(number(&survey.key, &doc, &held), position);
            }
        }
        self.tell_ends(peer, network, ends)
    }

    /// Whether a document belongs to the asker's set: it asks for it, and the giver may give it.
    fn asks(&self, peer: &NodeKey, doc: &DocId, held: &Held) -> Result<bool, Refusal> {
        let (network, terms) = (self.network()?, &held.terms);
        let Some(session) = self.sessions.get(peer) else { return Ok(false) };
        let (giver, own) = (session.standing, network.own_standing(self.turn.now));
        let (Some(who), ours) = (giver.who(), terms.network == network.id) else { return Ok(false) };
        // What is only here the giver must not even count.
        let known = ours && entitled(doc, terms, &giver) && passes(doc, terms, &who, &own);
        let asked = terms.deleted || wanted(&self.subscriptions()?, terms, own.who());
        Ok(known && asked && (terms.owner == who || !self.is_withdrawn(doc, held)?))
    }

    /// After both sets are known as far as they are: what differs is offered first, then what changed since.
    fn compare(&mut self, peer: NodeKey) -> Result<(), Fault> {
        let network = self.network()?.id;
        let session = self.session(&peer)?;
        let Some(giving) = &mut session.giving else { return Ok(()) };
        let Some(survey) = giving.survey.as_ref().filter(|survey| survey.done) else { return Ok(()) };
        let theirs = session.sketch.as_ref().filter(|(round, _)| *round == giving.round).map(|(_, sketch)| sketch);
        let cells = theirs.map_or(0, Sketch::len);
        match theirs.and_then(|theirs| survey.sketch.differences(theirs)) {
            Some(numbers) => {
                giving.first = survey.positions(&numbers);
                giving.next = survey.upto;
            }
            None if cells < SKETCH_CELLS => {
                let (round, from) = (giving.round, u32::try_from(cells).map_err(|_| Bye::Rule)?);
                // Its standing may have changed while they are on their way: they are asked for once.
                if session.cells_wanted.replace((round, from)) != Some((round, from)) {
                    self.send(peer, &Message::WantSketch(network, round, from));
                }
                return Ok(());
            }
            // So much differs that all of it is offered, from the beginning.
            None => {}
        }
        giving.survey = None;
        session.sketch = None;
        self.mark_here(peer)?;
        self.pump(peer)
    }

    /// Asks a peer that told us everything once more, now and then, in case something was missed.
    pub(crate) fn audit(&mut self) -> Result<(), Fault> {
        let now = self.turn.now;
        let due = |s: &super::Session| {
            let idle = s.stage == Stage::Known && s.asked && s.taking.complete() && !s.taking.is_short();
            idle && now.saturating_sub(s.taking.asked_at) > AUDIT_MS
        };
        let Some(peer) = self.sessions.iter().find(|(_, s)| due(s)).map(|(peer, _)| *peer) else { return Ok(()) };
        let session = self.session(&peer)?;
        session.taking = super::Taking::next(&session.taking);
        session.taking.asked_at = now;
        self.survey_to_ask(peer)
    }
}

impl super::Session {
    /// Whether a survey for this peer is under way.
    fn surveys(&self) -> bool {
        let giving = self.giving.as_ref().and_then(|giving| giving.survey.as_ref());
        [self.taking.survey.as_ref(), giving].into_iter().flatten().any(|survey| !survey.done)
    }
}
