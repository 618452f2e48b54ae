//! Between the network and the engine: events one way, commands the other, and the clock's ticks.
//!
//! Waiting is how back-pressure travels: a busy engine slows this, this slows the network, the network slows the peers.

use protocol::{identity::NodeKey, limits::TICK_MS};
use tokio::sync::mpsc;
use tracing::{debug, info, warn};

use super::handle::Work;
use crate::{
    clock,
    network::{Command, Event},
};

/// Hands events to the engine until the network has stopped or the engine has ended.
pub(super) async fn events(mut events: mpsc::Receiver<Event>, work: mpsc::Sender<Work>) {
    while let Some(event) = events.recv().await {
        log(&event);
        if work.send(Work::Happened(event)).await.is_err() {
            return;
        }
    }
}

/// Hands the engine's commands to the network, in order.
pub(super) async fn commands(mut from: mpsc::UnboundedReceiver<Command>, to: mpsc::Sender<Command>) {
    while let Some(command) = from.recv().await {
        if to.send(command).await.is_err() {
            return;
        }
    }
}

/// Lets the engine look at its timers.
pub(super) async fn ticks(work: mpsc::Sender<Work>) {
    let mut ticks = clock::every(TICK_MS);
    loop {
        ticks.tick().await;
        if work.send(Work::Tick).await.is_err() {
            return;
        }
    }
}

fn log(event: &Event) {
    let short = |peer: &[u8; 32]| NodeKey(*peer).short();
    match event {
        Event::Listening(addresses) => debug!(?addresses, "listening"),
        Event::Up { peer, outbound, address, .. } => info!(peer = short(peer), outbound, address, "connected"),
        Event::Down { peer, why } => info!(peer = short(peer), %why, "disconnected"),
        Event::Unreachable { peer, why, next_ms } => debug!(peer = short(peer), why, next_ms, "unreachable"),
        Event::Failed(fault) => warn!(%fault, "the network needs attention"),
        Event::Message { .. } | Event::Sent { .. } => {}
    }
}
