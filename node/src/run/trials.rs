//! The gate's trials, made on threads of their own: one for each core, so that a first copy keeps all of them busy while
//! the engine goes on.

use std::{
    io, iter,
    num::NonZero,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    thread,
};

use protocol::gate::{Outcome, Trial};
use rustix::process::setpriority_process;
use tokio::sync::mpsc as work;

use super::handle::Work;
use crate::config::NICE;

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

/// Makes some while nothing else goes on, on every core.
pub(super) fn make_all(trials: Vec<Trial>) -> Vec<Outcome> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let waiting = Mutex::new(trials.into_iter());
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
    let some = || iter::from_fn(next).map(Trial::make).collect::<Vec<Outcome>>();
    thread::scope(|scope| {
        // This very thread is one of them, so that all is made though no other can be begun.
        let helpers: Vec<_> =
            (1..cores).filter_map(|_| thread::Builder::new().spawn_scoped(scope, some).ok()).collect();
        let own = some();
        // A trial catches what panics in it, so none of them ends without its outcomes.
        own.into_iter().chain(helpers.into_iter().filter_map(|helper| helper.join().ok()).flatten()).collect()
    })
}

fn make(waiting: &Mutex<Receiver<Box<Trial>>>, done: &work::WeakSender<Work>) {
    // Nobody waits for them as for a page or for what the engine says, so these go first where there are few cores. Who
    // may not be nice to others is none the worse off.
    let _ = setpriority_process(None, NICE);
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

#[cfg(test)]
mod tests {
    use protocol::identity::DocId;

    use super::*;

    /// Whatever comes is tried, in whatever order, and what cannot be tried holds nothing up.
    #[test]
    fn all_are_made_and_none_twice() {
        let trial = |n: u8| Trial { doc: DocId([n; 32]), snapshot: None, changes: vec![vec![n]] };
        let made = make_all((0..100).map(trial).collect());
        let mut again: Vec<Outcome> = protocol::engine::one_by_one((0..100).map(trial).collect());
        assert_eq!(made.len(), 100);
        for one in made {
            again.retain(|other| format!("{other:?}") != format!("{one:?}"));
        }
        assert!(again.is_empty());
    }
}
