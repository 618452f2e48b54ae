//! Doing with sled what may panic or never come back.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc,
    thread,
    time::Duration,
};

use protocol::store::StoreError;

use super::layout::damaged;

/// How a deed on a thread of its own ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended<T> {
    /// It came to its end.
    Done(T),
    /// It panicked.
    Panicked,
    /// It did not come back in time; its thread may still be at work.
    Silent,
}

/// Runs a deed on a thread of its own, and waits for it no longer than told.
pub(super) fn guarded<T: Send + 'static>(
    name: &str,
    limit: Duration,
    deed: impl FnOnce() -> T + Send + 'static,
) -> Ended<T> {
    let (tell, told) = mpsc::channel();
    let work = move || {
        // Nobody listens any more when the time limit has passed.
        let _ = tell.send(catch_unwind(AssertUnwindSafe(deed)).map_or(Ended::Panicked, Ended::Done));
    };
    // A system that gives no thread is one on which sled cannot work either.
    match thread::Builder::new().name(format!("sled {name}")).spawn(work) {
        Ok(_) => told.recv_timeout(limit).unwrap_or(Ended::Silent),
        Err(_) => Ended::Silent,
    }
}

/// Runs a deed that may panic and always comes back.
pub(super) fn caught<T>(deed: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(deed)).unwrap_or_else(|_| Err(damaged("sled panicked")))
}
