//! A link as the loop holds it, and which of two connections with a peer becomes the link.

use std::{
    net::IpAddr,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::FutureExt;
use libp2p::swarm::ConnectionId;
use tokio::{
    sync::{mpsc, oneshot},
    task::{Id, JoinSet},
    time::Instant,
};

use super::{
    Event, NodeKey, Why,
    behaviour::Spoken,
    limits::{MAX_MESSAGE, MAX_QUEUED, SETTLED},
    link::{Link, Stop, weight},
};

/// A connection with its stream: it could become the link with this peer.
pub(super) struct Candidate {
    pub(super) connection: ConnectionId,
    pub(super) peer: NodeKey,
    pub(super) outbound: bool,
    pub(super) address: String,
    pub(super) from: Option<IpAddr>,
    pub(super) stream: Spoken,
    pub(super) since: Instant,
}

impl Candidate {
    /// Whether this replaces the connection we have with the peer, of which we know the direction and the beginning.
    pub(super) fn takes_over(&self, own: &NodeKey, (old_outbound, old_since): (bool, Instant)) -> bool {
        let old_age = self.since.duration_since(old_since);
        takes_over(*own < self.peer, self.outbound, old_outbound, old_age)
    }
}

/// Whether a new connection replaces the old one. Both ends must say the same.
///
/// Two that dial each other at once keep the connection dialed by the lower key. Whoever dials again, in the same
/// direction or long after, has lost its end of the old one, so the new one is kept.
fn takes_over(lower: bool, new_outbound: bool, old_outbound: bool, old_age: Duration) -> bool {
    let lower_dialed = new_outbound == lower;
    lower_dialed || new_outbound == old_outbound || old_age >= SETTLED
}

/// A link that is up, or telling its end.
pub(super) struct Running {
    pub(super) number: u64,
    pub(super) task: Id,
    pub(super) connection: ConnectionId,
    pub(super) outbound: bool,
    pub(super) from: Option<IpAddr>,
    pub(super) since: Instant,
    /// Takes over once this one has told its end.
    pub(super) next: Option<Candidate>,
    /// `None` once it is ending: nothing more can be said.
    messages: Option<mpsc::UnboundedSender<Vec<u8>>>,
    queued: Arc<AtomicUsize>,
    stop: Option<oneshot::Sender<Stop>>,
}

impl Running {
    /// Starts the link in a task of its own.
    pub(super) fn begin(
        candidate: Candidate,
        number: u64,
        tasks: &mut JoinSet<()>,
        events: mpsc::Sender<Event>,
        stall: Duration,
    ) -> Self {
        let Candidate { connection, peer, outbound, address, from, stream, since } = candidate;
        // Bounded by weight, in `send`: a bound by count would have to suit both words and files.
        let (messages, to_send) = mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel();
        let queued = Arc::new(AtomicUsize::new(0));
        let Spoken { stream, packed } = stream;
        let (left, told) = (queued.clone(), events.clone());
        let link = Link { peer, packed, messages: to_send, queued: left, stop: stopped, events: told, stall };
        let up = Event::Up { peer, link: number, outbound, address };
        // The bare stream runs Yamux in the link's task; should that panic, the end is told all the same.
        let told = AssertUnwindSafe(link.run(up, stream)).catch_unwind().map(|ended| ended.is_ok());
        let task = tasks.spawn(async move {
            if !told.await {
                let _ = events.send(Event::Down { peer, why: Why::Gone }).await;
            }
        });
        let task = task.id();
        let (messages, stop) = (Some(messages), Some(stop));
        Self { number, task, connection, outbound, from, since, next: None, messages, queued, stop }
    }

    /// Queues a message, or ends the link when that cannot be: nothing is left out silently.
    pub(super) fn send(&mut self, bytes: Vec<u8>) {
        let Some(messages) = &self.messages else { return };
        let weight = weight(&bytes);
        if bytes.is_empty() || bytes.len() > MAX_MESSAGE {
            self.stop(Why::Unsendable, Duration::ZERO);
        } else if self.queued.fetch_add(weight, Ordering::Relaxed) + weight > MAX_QUEUED {
            self.stop(Why::QueueFull, Duration::ZERO);
        } else {
            // It fails when the link is ending, and then says so itself.
            let _ = messages.send(bytes);
        }
    }

    /// Nothing more to say: what is queued may still be written for so long, then the link ends.
    pub(super) fn stop(&mut self, why: Why, after: Duration) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(Stop { why, after });
        }
        self.messages = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the lower key dialed, seen from either end, for every pair of connections.
    #[test]
    fn both_ends_keep_the_same_connection() {
        for (new_by_lower, old_by_lower) in [(true, true), (true, false), (false, true), (false, false)] {
            for age in [Duration::ZERO, SETTLED] {
                let at_lower = takes_over(true, new_by_lower, old_by_lower, age);
                let at_higher = takes_over(false, !new_by_lower, !old_by_lower, age);
                assert_eq!(at_lower, at_higher);
                let stays = !new_by_lower && old_by_lower && age < SETTLED;
                assert_eq!(at_lower, !stays);
            }
        }
    }
}
