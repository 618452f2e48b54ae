//! A disk that tests watch: it notes every deed of this thread, and from the n-th on it does none.

use std::{cell::RefCell, io, path::PathBuf};

use super::Deed;

/// A deed that was done, or what a test noted in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    Create(PathBuf),
    Write(PathBuf, u64, Vec<u8>),
    SetLen(PathBuf, u64),
    Sync(PathBuf),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
    SyncFolder(PathBuf),
    /// Somebody was told something that must hold from here on.
    Told(u64),
}

#[derive(Default)]
struct Watch {
    done: Vec<Done>,
    deeds: usize,
    stop_at: usize,
}

thread_local! {
    static WATCH: RefCell<Option<Watch>> = const { RefCell::new(None) };
}

/// Watches this thread from now on; its deed number `stop_at`, counted from 0, fails like all after it.
pub(crate) fn start(stop_at: usize) {
    WATCH.set(Some(Watch { stop_at, ..Watch::default() }));
}

/// Watches no more. What was done, and how many deeds were begun.
pub(crate) fn stop() -> (Vec<Done>, usize) {
    WATCH.take().map(|watch| (watch.done, watch.deeds)).unwrap_or_default()
}

/// Notes among the deeds that somebody was told something.
pub(crate) fn told(what: u64) {
    WATCH.with_borrow_mut(|watch| watch.iter_mut().for_each(|watch| watch.done.push(Done::Told(what))));
}

pub(super) fn begin(deed: Deed<'_>) -> io::Result<()> {
    WATCH.with_borrow_mut(|watch| {
        let Some(watch) = watch else { return Ok(()) };
        watch.deeds += 1;
        if watch.deeds > watch.stop_at {
            return Err(io::Error::other("the machine stopped"));
        }
        watch.done.push(match deed {
            Deed::Create(path) => Done::Create(path.into()),
            Deed::Write(path, at, bytes) => Done::Write(path.into(), at, bytes.into()),
            Deed::SetLen(path, len) => Done::SetLen(path.into(), len),
            Deed::Sync(path) => Done::Sync(path.into()),
            Deed::Rename(from, to) => Done::Rename(from.into(), to.into()),
            Deed::Remove(path) => Done::Remove(path.into()),
            Deed::SyncFolder(path) => Done::SyncFolder(path.into()),
        });
        Ok(())
    })
}
