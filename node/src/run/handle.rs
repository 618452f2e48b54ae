//! How the rest of the node talks to the engine: it asks, and it hears what changed.

use std::future::Future;

use protocol::{gate::Outcome, identity::DocId, input::Request, refusal::Refusal, store::StoreError, view::Answer};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::network::Event;

/// Something for the engine to do.
#[derive(Debug)]
pub(crate) enum Work {
    /// Time passed.
    Tick,
    /// A person asks.
    Ask {
        /// What.
        request: Request,
        /// Where the answer goes.
        answer: oneshot::Sender<Result<Answer, Refusal>>,
    },
    /// A backup asks up to where the journal is durable.
    Watermark(oneshot::Sender<Result<u64, StoreError>>),
    /// Somebody asked on the channel for asks: look there.
    Asked,
    /// Something happened on the network.
    Happened(Event),
    /// A trial was made.
    Tried(Box<Outcome>),
    /// Finish this turn, then end.
    Stop,
}

/// A running node, for whoever asks it something.
#[derive(Clone, Debug)]
pub struct Handle {
    asks: mpsc::Sender<Work>,
    work: mpsc::Sender<Work>,
    changes: broadcast::WeakSender<DocId>,
    stopping: watch::Receiver<bool>,
}

impl Handle {
    /// Asks have a channel of their own, and so need not wait behind what peers said.
    pub(crate) fn new(
        asks: mpsc::Sender<Work>,
        work: mpsc::Sender<Work>,
        changes: broadcast::WeakSender<DocId>,
        stopping: watch::Receiver<bool>,
    ) -> Handle {
        Handle { asks, work, changes, stopping }
    }

    /// A handle to a node that has ended: whatever is asked of it is refused with [`Refusal::Stopping`].
    pub fn ended() -> Handle {
        let (work, _) = mpsc::channel(1);
        Handle::new(work.clone(), work, broadcast::channel(1).0.downgrade(), watch::channel(true).1)
    }

    /// Asks, and waits until the answer is durable.
    pub async fn ask(&self, request: Request) -> Result<Answer, Refusal> {
        let (answer, answered) = oneshot::channel();
        // Either fails only when the engine has ended.
        let _ = self.asks.send(Work::Ask { request, answer }).await;
        // An engine with a full queue is awake already, and looks at the asks before it goes on.
        let _ = self.work.try_send(Work::Asked);
        answered.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// The last group of the journal, once it and all before it have reached the disk: from then on it never changes.
    pub(crate) async fn watermark(&self) -> Result<u64, Refusal> {
        let (answer, answered) = oneshot::channel();
        // Either fails only when the engine has ended.
        let _ = self.work.send(Work::Watermark(answer)).await;
        Ok(answered.await.map_err(|_| stopped())??)
    }

    /// Whether the engine runs.
    pub fn is_alive(&self) -> bool {
        !self.work.is_closed()
    }

    /// The documents that change from now on; `None` when the node has stopped.
    pub fn changes(&self) -> Option<broadcast::Receiver<DocId>> {
        self.changes.upgrade().map(|changes| changes.subscribe())
    }

    /// Ends when the node is about to stop, so that what would wait for ever does not.
    pub fn stopping(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut stopping = self.stopping.clone();
        async move {
            // It fails when nobody can say so any more, which says it.
            let _ = stopping.wait_for(|stop| *stop).await;
        }
    }
}

fn stopped() -> Refusal {
    Refusal::Stopping
}
