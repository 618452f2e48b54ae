//! The gate's trials, made on threads of their own: one for each core, so that a first copy keeps all of them busy while
//! the engine goes on.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    thread,
};

use protocol::gate::Trial;
use tokio::sync::mpsc as work;

use super::handle::Work;

/// Begins the threads. They end when the engine, which hands them trials, has ended. The engine bounds how many it hands
/// out, so none of the two channels grows.
pub(super) fn begin(done: &work::Sender<Work>) -> io::Result<Sender<Box<Trial>>> {
    let (trials, waiting) = mpsc::channel();
    let waiting = Arc::new(Mutex::new(waiting));
    for n in 0..thread::available_parallelism()?.get() {
        // The engine waits on this very queue, so whoever works for it must not keep it open.
        let (waiting, done) = (waiting.clone(), done.downgrade());
        thread::Builder::new().name(format!("trial-{n}")).spawn(move || make(&waiting, &done))?;
    }
    Ok(trials)
}

fn make(waiting: &Mutex<Receiver<Box<Trial>>>, done: &work::WeakSender<Work>) {
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(trial) = next else { return };
        let outcome = Box::new(trial.make());
        let Some(done) = done.upgrade() else { return };
        if done.blocking_send(Work::Tried(outcome)).is_err() {
            return;
        }
    }
}
