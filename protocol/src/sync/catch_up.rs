//! Catching up: the charter before anything else, then who is who, then what each asks for.

use crate::{
    charter::Certificate,
    effect::Effect,
    engine::{Engine, Fault},
    identity::NodeKey,
    limits::{ASK_AGAIN_MS, CHARTER_BATCH, GIVE_BYTES, PIN_DEPTH},
    message::{Ask, Bye, Gossip, Message, Token},
    refusal::Refusal,
    rows::{Rows, key},
    standing::Standing,
    store::{Read, Store, Table},
    subscription::Rule,
};

use super::{Session, Stage};

impl<S: Store> Engine<S> {
    /// The longer chain is applied before any record is served.
    pub(crate) fn catch_up(&mut self, peer: NodeKey) -> Result<(), Fault> {
        let (theirs, head) = self.session(&peer)?.head.ok_or(Bye::Rule)?;
        let network = self.network()?;
        let (id, mine) = (network.id, network.seq());
        let forked = theirs == mine && network.charter.as_ref().is_some_and(|c| c.hash() != head);
        if network.outdated || network.fork.is_some() {
            return self.evaluate(peer);
        }
        if theirs > mine || forked {
            let from = if forked { mine.unwrap_or(0) } else { mine.map_or(0, |seq| seq + 1) };
            self.send(peer, &Message::WantCharter(id, from));
            return Ok(());
        }
        self.push_charter(peer)?;
        self.evaluate(peer)
    }

    pub(super) fn on_want_charter(&mut self, peer: NodeKey, from: u64) -> Result<(), Fault> {
        let network = self.network()?;
        let standing = self.standing_now(&peer);
        let removed_at = network.member_of(&peer).and_then(|who| self.removed_at(&who));
        let last = match (standing, removed_at) {
            (Standing::Stranger, None) => return Ok(()),
            // Who was removed may learn just that.
            (Standing::Stranger, Some(at)) => at,
            _ => u64::MAX,
        };
        let id = network.id;
        let rows = self.store.scan(Table::Charter, &id.0, &key(&[&id.0, &from.to_be_bytes()]), CHARTER_BATCH)?;
        let mut certificates: Vec<Certificate> = vec![];
        let mut sent = None;
        let mut size = 0;
        for (row, bytes) in rows {
            size += bytes.len();
            if size > GIVE_BYTES && !certificates.is_empty() {
                break;
            }
            let seq = row[32..].try_into().map(u64::from_be_bytes).map_err(|_| Refusal::Unreadable)?;
            if seq <= last {
                let certificate = Certificate::read(&bytes).map_err(|_| Refusal::Unreadable)?;
                sent = Some((Some(seq), certificate.hash()));
                certificates.push(certificate);
            }
        }
        let session = self.session(&peer)?;
        session.head = session.head.max(sent);
        self.send(peer, &Message::Charter(id, certificates));
        Ok(())
    }

    fn removed_at(&self, who: &crate::identity::MemberId) -> Option<u64> {
        let network = self.network.as_ref()?;
        let removed = network.charter.iter().flat_map(|c| c.entry().removed.iter());
        removed.filter(|r| crate::identity::MemberId::new(network.id, r.first) == *who).map(|r| r.at).max()
    }

    pub(super) fn on_charter(&mut self, peer: NodeKey, certificates: Vec<Certificate>) -> Result<(), Fault> {
        if certificates.len() > CHARTER_BATCH {
            return Err(Bye::Rule.into());
        }
        let mut moved = false;
        let some = !certificates.is_empty();
        for certificate in certificates {
            moved |= self.take_certificate(certificate)?;
        }
        if some && !moved && self.backtrack(peer)? {
            return Ok(());
        }
        let (id, mine) = (self.network()?.id, self.network()?.seq());
        let session = self.session(&peer)?;
        let behind = session.head.is_some_and(|(theirs, _)| theirs > mine);
        // A batch may end before its sender's head; the one after the last is empty.
        if moved && (behind || some) {
            self.send(peer, &Message::WantCharter(id, mine.map_or(0, |seq| seq + 1)));
            return Ok(());
        }
        self.evaluate(peer)
    }

    /// What came does not follow our head, though the peer's chain is the longer: somewhere below, the two part. Asks for
    /// earlier links, as far back as a fork still matters.
    fn backtrack(&mut self, peer: NodeKey) -> Result<bool, Fault> {
        let network = self.network()?;
        let (id, Some(mine), forked) = (network.id, network.seq(), network.fork.is_some()) else { return Ok(false) };
        let session = self.session(&peer)?;
        let longer = session.head.is_some_and(|(theirs, _)| theirs > Some(mine));
        if !longer || forked || session.back >= PIN_DEPTH {
            return Ok(false);
        }
        session.back += CHARTER_BATCH as u64;
        let from = (mine + 1).saturating_sub(session.back);
        self.send(peer, &Message::WantCharter(id, from));
        Ok(true)
    }

    /// Sends the links a peer lacks.
    fn push_charter(&mut self, peer: NodeKey) -> Result<(), Fault> {
        let mine = self.network()?.seq();
        let Some((theirs, _)) = self.session(&peer)?.head else { return Ok(()) };
        if theirs < mine && self.standing_now(&peer) != Standing::Stranger {
            // A peer that gets a full batch asks for the rest itself.
            self.on_want_charter(peer, theirs.map_or(0, |seq| seq + 1))?;
        }
        Ok(())
    }

    /// What a peer is now.
    pub(crate) fn standing_now(&self, peer: &NodeKey) -> Standing {
        let Some(network) = &self.network else { return Standing::Stranger };
        let ticket = self.sessions.get(peer).is_some_and(|s| s.ticket);
        match network.standing(peer, self.turn.now) {
            Standing::Stranger if ticket => Standing::Applicant,
            standing => standing,
        }
    }

    /// Acts on what a peer is now: tells it what it may know, asks it, or lets it go.
    pub(crate) fn evaluate(&mut self, peer: NodeKey) -> Result<(), Fault> {
        let behind =
            self.session(&peer)?.head.is_some_and(|(theirs, _)| theirs < self.network.as_ref().and_then(|n| n.seq()));
        // Who was removed may yet read that it was; who is blocked as well, that and nothing else.
        let reads_on = behind && self.network()?.is_former(&peer);
        if self.is_blocked(&peer) {
            return if reads_on { Ok(()) } else { Err(Bye::Stranger.into()) };
        }
        if let Some(roster) = self.session(&peer)?.roster.clone() {
            self.take_roster(roster)?;
        }
        let standing = self.standing_now(&peer);
        let own = self.network()?.own_standing(self.turn.now);
        let host = self.network()?.joining.as_ref().is_some_and(|t| t.node == peer);
        let session = self.session(&peer)?;
        let new = session.standing != standing;
        session.standing = standing;
        // A ticket has done its work once its bearer is somebody; when that ends, it is nobody again.
        session.ticket &= standing.who().is_none();
        if standing == Standing::Stranger {
            self.tell_ended(peer)?;
            self.tell_its_roster(peer)?;
            // A newcomer's host shows who it is with the charter and rosters.
            if !host && !reads_on {
                self.dismiss(peer, Bye::Stranger);
            }
            return Ok(());
        }
        if standing.is_member() {
            self.confirm(peer)?;
        }
        if new {
            self.heard_of(&peer);
        }
        if !self.session(&peer)?.gossiped {
            self.session(&peer)?.gossiped = true;
            self.gossip_to(peer, standing)?;
        }
        if own.who().is_some() && standing.is_member() && !self.session(&peer)?.asked {
            self.ask(peer)?;
        }
        match self.session(&peer)?.early.take() {
            Some(ask) => self.on_ask(peer, ask),
            None => Ok(()),
        }
    }

    /// S4: a member who holds our head confirms it, so that a restored steward may vote again.
    fn confirm(&mut self, peer: NodeKey) -> Result<(), Fault> {
        let network = self.network()?;
        let id = network.id;
        let ours = network.charter.as_ref().map(|c| (Some(c.seq()), c.hash()));
        let confirmed = ours.is_some() && self.sessions.get(&peer).is_some_and(|s| s.met_head == ours);
        // Another machine of ours may have forgotten the same. Who is alone in its network has nobody else to ask.
        let alone = self.network()?.charter.iter().all(|charter| charter.members().count() == 1);
        let another = self.sessions.get(&peer).and_then(|s| s.standing.who()) != Some(self.network()?.me);
        if confirmed && (another || alone) && !self.knows_its_votes()? {
            self.may_vote_from_here_on(id)?;
        }
        Ok(())
    }

    fn ask(&mut self, peer: NodeKey) -> Result<(), Fault> {
        let network = self.network()?.id;
        let resume: Option<Token> = self.store.value(Table::Token, &key(&[&network.0, &peer.0]))?;
        match resume {
            Some(token) => self.ask_from(peer, Some(token)),
            None if self.session(&peer)?.taking.survey.is_some() => Ok(()),
            None => self.survey_to_ask(peer),
        }
    }

    /// Asks a peer, from where we left off if there is such a place.
    pub(super) fn ask_from(&mut self, peer: NodeKey, resume: Option<Token>) -> Result<(), Fault> {
        let (network, now, rules) = (self.network()?.id, self.turn.now, self.subscriptions()?);
        let session = self.session(&peer)?;
        session.asked = true;
        session.taking.asked = true;
        session.taking.asked_at = now;
        let round = session.taking.round;
        self.send(peer, &Message::Ask(Ask { network, rules, resume, round }));
        Ok(())
    }

    /// Charter, rosters or grants changed: every peer's standing is asked anew.
    pub(crate) fn regroup(&mut self) -> Result<(), Fault> {
        if self.network.is_none() {
            return Ok(());
        }
        let known: Vec<NodeKey> =
            self.sessions.iter().filter(|(_, s)| s.stage == Stage::Known).map(|(peer, _)| *peer).collect();
        for peer in known {
            let before = self.session(&peer)?.standing;
            self.push_charter(peer)?;
            let now = self.standing_now(&peer);
            if now == Standing::Stranger && before != Standing::Stranger {
                let network = self.network()?.id;
                self.store.delete(Table::Resume, key(&[&network.0, &peer.0]));
                self.tell_removed(peer)?;
                self.tell_ended(peer)?;
                self.dismiss(peer, Bye::Stranger);
                continue;
            }
            if before != now {
                let network = self.network()?.id;
                // Another standing sees other documents, so nothing goes on from where it was.
                self.store.delete(Table::Resume, key(&[&network.0, &peer.0]));
                let session = self.session(&peer)?;
                session.gossiped = false;
                // It asked already and will not ask again: its rules are served anew.
                let asked = session.giving.take().map(|giving| giving.into_ask(network));
                session.early = asked.or(session.early.take());
            }
            match self.evaluate(peer) {
                Err(Fault::Theirs(bye)) => self.dismiss(peer, bye),
                other => other?,
            }
        }
        self.turn.reach = true;
        Ok(())
    }

    /// A partner whose grant has ended gets to know that it has.
    fn tell_ended(&mut self, peer: NodeKey) -> Result<(), Fault> {
        let network = self.network()?;
        let ended = network.member_of(&peer).and_then(|who| network.grants.get(&(network.me, who)));
        let Some(grant) = ended.map(|g| g.signed().clone()) else { return Ok(()) };
        if self.is_blocked(&peer) {
            return Ok(());
        }
        let mut gossip = Gossip::new(network.id);
        gossip.grants.push(grant);
        self.send(peer, &Message::Gossip(Box::new(gossip)));
        Ok(())
    }

    /// A machine that shows an older list of its collaborative's machines, such as one set up from a backup while another
    /// was set up too, hears the newest one we know: it can add itself to that, and to the older one in vain.
    fn tell_its_roster(&mut self, peer: NodeKey) -> Result<(), Fault> {
        let Some(roster) = self.session(&peer)?.roster.clone() else { return Ok(()) };
        let Ok(shown) = roster.verify() else { return Ok(()) };
        let network = self.network()?;
        let newest = network.rosters.get(&shown.member).filter(|held| held.hash() != shown.hash());
        let Some(newest) = newest.filter(|_| shown.has(&peer) && network.vouches(&shown)) else { return Ok(()) };
        let mut gossip = Gossip::new(network.id);
        gossip.rosters.push(newest.signed().clone());
        self.send(peer, &Message::Gossip(Box::new(gossip)));
        Ok(())
    }

    /// A removed member gets the link that removed it, and nothing after.
    fn tell_removed(&mut self, peer: NodeKey) -> Result<(), Fault> {
        match self.session(&peer)?.head {
            Some((Some(theirs), _)) => self.on_want_charter(peer, theirs + 1),
            _ => Ok(()),
        }
    }

    /// Asks to be connected to every member's node we know an address of, and to our host while joining.
    pub(crate) fn reach_all(&mut self) {
        let Some(network) = &self.network else { return };
        let me = self.keys.node_key();
        let mut reach: Vec<Effect> = network
            .addresses
            .values()
            .filter(|a| a.node != me && network.standing(&a.node, self.turn.now).is_member())
            .map(|a| Effect::Reach { peer: a.node, addresses: a.addresses.clone() })
            .collect();
        if let Some(ticket) = &network.joining {
            reach.push(Effect::Reach { peer: ticket.node, addresses: ticket.addresses.clone() });
        }
        self.turn.effects.extend(reach);
    }

    /// What this node asks for.
    pub(crate) fn subscriptions(&self) -> Result<Vec<Rule>, Refusal> {
        let Some(network) = &self.network else { return Ok(vec![]) };
        Ok(self.store.value(Table::Subscription, &network.id.0)?.unwrap_or_default())
    }

    /// Asks again, now and then, for what did not come whole: what was missing to believe it may have come since.
    pub(crate) fn ask_for_short(&mut self) -> Result<(), Fault> {
        let now = self.turn.now;
        let due = |s: &Session| s.taking.is_short() && now.saturating_sub(s.taking.asked_at) > ASK_AGAIN_MS;
        let peers: Vec<NodeKey> = self.sessions.iter().filter(|(_, s)| due(s)).map(|(peer, _)| *peer).collect();
        for peer in peers {
            let session = self.session(&peer)?;
            session.taking = super::Taking::next(&session.taking);
            self.ask(peer)?;
        }
        Ok(())
    }

    /// Asks every peer again, after what we ask for has changed.
    pub(crate) fn ask_again(&mut self) -> Result<(), Refusal> {
        let asked: Vec<NodeKey> = self.sessions.iter().filter(|(_, s)| s.asked).map(|(peer, _)| *peer).collect();
        for peer in asked {
            if let Some(session) = self.sessions.get_mut(&peer) {
                session.taking = super::Taking::next(&session.taking);
            }
            if let Err(Fault::Ours(refusal)) = self.ask(peer) {
                return Err(refusal);
            }
        }
        Ok(())
    }
}
