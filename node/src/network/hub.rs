//! The loop around the swarm: who is connected, over which connection, and what to do next.
//!
//! It never waits and never computes: links do that in their own tasks. It decides which of two connections stays,
//! dials when [`dialing`](super::dialing) says so, and closes what has no stream in time.

use std::{
    collections::{BTreeMap, VecDeque},
    net::IpAddr,
    time::Duration,
};

use futures::StreamExt;
use libp2p::{
    Multiaddr, PeerId, Swarm, mdns,
    swarm::{
        ConnectionId, SwarmEvent,
        dial_opts::{DialOpts, PeerCondition},
    },
};
use tokio::{
    sync::mpsc,
    task::{Id, JoinSet},
    time::{Instant, sleep, sleep_until},
};

mod commands;

use super::{
    Command, Event, Fault, NodeKey, Why,
    address::{ip, is_free, node_key, to_peer_id},
    behaviour::{Behaviour, BehaviourEvent, Opened, Spoken},
    dialing::Dialing,
    limits::{MAX_CLAIMS, MAX_OUTBOX, PORT_FREE, Patience},
    nearby::Nearby,
    running::{Candidate, Running},
    scope::worth_telling,
    transport::{is_ours, plain},
    visits::Visits,
};
use crate::clock::dice;

/// A connection without its stream yet.
struct Waiting {
    peer: NodeKey,
    outbound: bool,
    address: String,
    from: Option<IpAddr>,
    until: Instant,
}

/// See the head of the file.
pub(super) struct Hub {
    own: NodeKey,
    swarm: Swarm<Behaviour>,
    commands: mpsc::Receiver<Command>,
    events: mpsc::Sender<Event>,
    /// What the loop itself has to tell, while the receiver is slow.
    outbox: VecDeque<Event>,
    patience: Patience,
    began: Instant,
    dialing: Dialing<Multiaddr>,
    dials: BTreeMap<ConnectionId, NodeKey>,
    nearby: Nearby,
    visits: Visits,
    waiting: BTreeMap<ConnectionId, Waiting>,
    links: BTreeMap<NodeKey, Running>,
    tasks: JoinSet<()>,
    last_number: u64,
    /// Whether others on this machine shall know how to dial us.
    machine: bool,
    /// The addresses that we told last.
    told: Vec<String>,
    /// Set once we are stopping: when to stop being polite.
    stopping: Option<Instant>,
}

impl Hub {
    pub(super) fn new(
        own: NodeKey,
        swarm: Swarm<Behaviour>,
        commands: mpsc::Receiver<Command>,
        events: mpsc::Sender<Event>,
        patience: Patience,
        machine: bool,
    ) -> Self {
        Self {
            own,
            swarm,
            commands,
            events,
            outbox: VecDeque::new(),
            patience,
            began: Instant::now(),
            dialing: Dialing::new(own),
            dials: BTreeMap::new(),
            nearby: Nearby::default(),
            visits: Visits::default(),
            waiting: BTreeMap::new(),
            links: BTreeMap::new(),
            tasks: JoinSet::new(),
            last_number: 0,
            machine,
            told: Vec::new(),
            stopping: None,
        }
    }

    /// Runs until told to stop, or until nobody can tell it anything any more.
    pub(super) async fn run(mut self) {
        while !self.finished() {
            self.dial_due();
            let wake = self.wake();
            tokio::select! {
                event = self.swarm.select_next_some(), if self.outbox.len() < MAX_OUTBOX => self.on_swarm(event),
                command = self.commands.recv(), if self.stopping.is_none() => {
                    self.on_command(command.unwrap_or(Command::Stop));
                }
                Some(ended) = self.tasks.join_next_with_id() => {
                    self.on_ended(ended.map_or_else(|panicked| panicked.id(), |(id, ())| id));
                }
                told = tell(&self.events, &mut self.outbox), if !self.outbox.is_empty() => {
                    if !told {
                        self.outbox.clear();
                    }
                }
                () = self.events.closed(), if self.stopping.is_none() => self.stop(),
                () = sleep_until(wake) => self.close_late(),
            }
        }
        // Dropping the swarm frees the ports; the events channel closes after that, which tells the caller so.
        let held: Vec<Multiaddr> = self.swarm.listeners().cloned().collect();
        drop(self.swarm);
        self.tasks.shutdown().await;
        // QUIC keeps its socket a little longer, for those who have not heard yet that we hung up.
        let until = Instant::now() + self.patience.farewell;
        while Instant::now() < until && !held.iter().all(is_free) {
            sleep(PORT_FREE).await;
        }
    }

    fn now_ms(&self) -> u64 {
        self.began.elapsed().as_millis() as u64
    }

    fn wake(&self) -> Instant {
        let dial = self.dialing.wake_ms().filter(|_| self.stopping.is_none());
        let dial = dial.map(|ms| self.began + Duration::from_millis(ms));
        let late = self.waiting.values().map(|waiting| waiting.until).min();
        let wakes = [dial, late, self.stopping].into_iter().flatten();
        wakes.min().unwrap_or_else(|| Instant::now() + Duration::from_secs(3600))
    }

    fn finished(&mut self) -> bool {
        let Some(until) = self.stopping else { return false };
        if self.links.is_empty() {
            let connected: Vec<PeerId> = self.swarm.connected_peers().copied().collect();
            for peer in &connected {
                let _ = self.swarm.disconnect_peer_id(*peer);
            }
            return connected.is_empty() || Instant::now() >= until;
        }
        Instant::now() >= until
    }

    // Dialing.

    fn dial_due(&mut self) {
        while self.stopping.is_none() {
            let Some((peer, told)) = self.dialing.due(self.now_ms()) else { return };
            let Some(id) = to_peer_id(&peer) else { return };
            // Eight are tried at a time, so what is near comes first.
            let mut addresses = self.nearby.of(&peer).to_vec();
            addresses.extend(told.into_iter().filter(|address| !addresses.contains(address)).collect::<Vec<_>>());
            // Which condition holds is for `dialing` to know: a connection may still be closing.
            let dial = DialOpts::peer_id(id).condition(PeerCondition::Always).addresses(addresses).build();
            let connection = dial.connection_id();
            tracing::debug!(peer = %short(&peer), %connection, "dialing");
            match self.swarm.dial(dial) {
                Ok(()) => drop(self.dials.insert(connection, peer)),
                Err(error) => self.dial_failed(peer, plain(&error)),
            }
        }
    }

    fn dial_failed(&mut self, peer: NodeKey, why: String) {
        tracing::debug!(peer = %short(&peer), why, "dial failed");
        if let Some(next_ms) = self.dialing.failed(&peer, self.now_ms(), dice()) {
            self.outbox.push_back(Event::Unreachable { peer, why, next_ms });
        }
    }

    // Connections.

    fn on_swarm(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(BehaviourEvent::Streams(Opened::Stream { connection, stream })) => {
                self.on_stream(connection, stream);
            }
            SwarmEvent::Behaviour(BehaviourEvent::Streams(Opened::Failed { connection, why })) => {
                self.give_up(connection, &why);
            }
            SwarmEvent::Behaviour(BehaviourEvent::Mdns(event)) => self.on_mdns(event),
            SwarmEvent::Behaviour(BehaviourEvent::Ping(ping)) if ping.result.is_err() => {
                self.on_silent(ping.connection)
            }
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.dials.remove(&connection_id);
                let Some(peer) = node_key(&peer_id) else { return };
                let (outbound, address) = (endpoint.is_dialer(), endpoint.get_remote_address());
                let from = ip(address);
                if !outbound && !self.dialing.wants(&peer) && !self.visits.may_enter(&peer, from, self.now_ms()) {
                    tracing::debug!(peer = %short(&peer), %address, "has been let go too often");
                    self.swarm.close_connection(connection_id);
                    return;
                }
                let until = Instant::now() + self.patience.stream;
                let waiting = Waiting { peer, outbound, address: address.to_string(), from, until };
                self.waiting.insert(connection_id, waiting);
            }
            SwarmEvent::ConnectionClosed { connection_id, .. } => {
                self.give_up(connection_id, "the node hung up before a word was said");
            }
            SwarmEvent::OutgoingConnectionError { connection_id, error, .. } => {
                if let Some(peer) = self.dials.remove(&connection_id) {
                    self.dial_failed(peer, plain(&error));
                }
            }
            SwarmEvent::NewListenAddr { .. } | SwarmEvent::ExpiredListenAddr { .. } => self.on_addresses(),
            SwarmEvent::ListenerClosed { reason, .. } => {
                self.on_addresses();
                self.outbox.extend(reason.err().map(listener_failed));
            }
            SwarmEvent::ListenerError { error, .. } if is_ours(&error) => {
                self.outbox.push_back(listener_failed(error));
            }
            other => tracing::trace!(?other, "swarm"),
        }
    }

    /// Somebody on the local network says who it is, or has not said so for long.
    fn on_mdns(&mut self, event: mdns::Event) {
        match event {
            mdns::Event::Discovered(claims) => {
                for (id, address) in claims {
                    let Some(peer) = node_key(&id) else { continue };
                    if self.nearby.seen(peer, &address) {
                        self.dialing.hasten(&peer, self.now_ms());
                    }
                }
            }
            mdns::Event::Expired(claims) => {
                for (id, address) in claims {
                    node_key(&id).inspect(|peer| self.nearby.gone(peer, &address));
                }
            }
        }
        let mdns = &mut self.swarm.behaviour_mut().mdns;
        if mdns.as_ref().is_some_and(|mdns| mdns.discovered_nodes().len() > MAX_CLAIMS) {
            tracing::warn!("somebody floods the local network with claims; neighbors are not looked for any more");
            *mdns = None.into();
        }
    }

    /// We listen somewhere else than before.
    fn on_addresses(&mut self) {
        let own = *self.swarm.local_peer_id();
        let full = |address: Multiaddr| address.with_p2p(own).unwrap_or_else(|own| own).to_string();
        let told: Vec<String> = worth_telling(self.swarm.listeners(), self.machine).into_iter().map(full).collect();
        if told != self.told {
            self.told = told.clone();
            self.outbox.push_back(Event::Listening(told));
        }
    }

    /// A connection that never gets a stream, or whose time is over.
    fn give_up(&mut self, connection: ConnectionId, why: &str) {
        self.swarm.close_connection(connection);
        let Some(waiting) = self.waiting.remove(&connection) else { return };
        tracing::debug!(peer = %short(&waiting.peer), %connection, why, "no stream");
        if waiting.outbound {
            self.dial_failed(waiting.peer, why.to_owned());
        } else if !self.dialing.wants(&waiting.peer) {
            self.visits.let_go(&waiting.peer, waiting.from, self.now_ms());
        }
    }

    fn close_late(&mut self) {
        let now = Instant::now();
        let late: Vec<_> = self.waiting.iter().filter(|(_, waiting)| waiting.until <= now).map(|(id, _)| *id).collect();
        for connection in late {
            self.give_up(connection, "the node connects but does not speak our protocol");
        }
    }

    fn on_silent(&mut self, connection: ConnectionId) {
        match self.links.values_mut().find(|running| running.connection == connection) {
            Some(running) => running.stop(Why::Silent, Duration::ZERO),
            None => self.give_up(connection, "the node does not answer"),
        }
    }

    // Links.

    fn on_stream(&mut self, connection: ConnectionId, stream: Spoken) {
        let Some(waiting) = self.waiting.remove(&connection) else { return };
        let Waiting { peer, outbound, address, from, .. } = waiting;
        if outbound {
            self.dialing.answered(&peer);
        }
        let blocked = to_peer_id(&peer).is_some_and(|id| self.swarm.behaviour().blocked.blocked_peers().contains(&id));
        if blocked || self.stopping.is_some() {
            self.swarm.close_connection(connection);
            return;
        }
        let candidate = Candidate { connection, peer, outbound, address, from, stream, since: Instant::now() };
        let own = self.own;
        let Some(running) = self.links.get_mut(&peer) else { return self.begin(candidate) };
        let rival = running.next.as_ref().map_or((running.outbound, running.since), |next| (next.outbound, next.since));
        let loser = if candidate.takes_over(&own, rival) {
            running.stop(Why::Replaced, Duration::ZERO);
            running.next.replace(candidate)
        } else {
            Some(candidate)
        };
        if let Some(loser) = loser {
            tracing::debug!(peer = %short(&peer), connection = %loser.connection, "a second connection");
            self.swarm.close_connection(loser.connection);
        }
    }

    fn begin(&mut self, candidate: Candidate) {
        self.last_number += 1;
        let (peer, connection, number) = (candidate.peer, candidate.connection, self.last_number);
        tracing::debug!(peer = %short(&peer), %connection, outbound = candidate.outbound, number, "up");
        let running = Running::begin(candidate, number, &mut self.tasks, self.events.clone(), self.patience.stall);
        self.links.insert(peer, running);
        self.dialing.up(&peer, self.now_ms());
    }

    /// A link has told its end: its connection goes, and the one waiting takes over.
    fn on_ended(&mut self, task: Id) {
        let Some(peer) = self.links.iter().find(|(_, running)| running.task == task).map(|(peer, _)| *peer) else {
            return;
        };
        let Some(running) = self.links.remove(&peer) else { return };
        tracing::debug!(peer = %short(&peer), connection = %running.connection, "down");
        self.swarm.close_connection(running.connection);
        match running.next {
            Some(next) => self.begin(next),
            None => self.dialing.down(&peer, !running.outbound, self.now_ms(), dice()),
        }
    }
}

/// Passes the oldest event on when there is room; false if nobody listens any more.
async fn tell(events: &mpsc::Sender<Event>, outbox: &mut VecDeque<Event>) -> bool {
    let Ok(permit) = events.reserve().await else { return false };
    if let Some(event) = outbox.pop_front() {
        permit.send(event);
    }
    true
}

fn listener_failed(why: std::io::Error) -> Event {
    Event::Failed(Fault::Listener { why: why.to_string() })
}

/// The first bytes of a node key, for the log.
fn short(key: &NodeKey) -> String {
    key[..4].iter().map(|byte| format!("{byte:02x}")).collect()
}
