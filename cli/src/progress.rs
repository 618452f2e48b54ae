//! One line that says how far long work is, for people who wait at a terminal; programs and files never see it.

use std::{
    env,
    io::{self, IsTerminal, Write},
};

use node::clock;

/// Work that ends sooner says nothing: a line that only flickers is no help.
const QUIET_MS: u64 = 400;
/// How often the line changes at most: slow enough to be read, and to cost nothing.
const EVERY_MS: u64 = 100;
/// The most letters of it: a terminal of the usual width would break a longer one, and then it could not be taken back.
const WIDTH: usize = 79;
/// Back to the first column, and nothing more in this line.
const CLEAR: &str = "\r\x1b[K";

/// The line. It is gone when this is dropped, before anything else is printed.
#[derive(Debug)]
pub(crate) struct Progress {
    is_shown: bool,
    begun_ms: u64,
    /// When something was said; nothing while the line is empty.
    said_ms: Option<u64>,
}

impl Progress {
    /// Shows itself on standard error when that is a terminal which can take a line back, and nobody asked for JSON.
    pub(crate) fn new(json: bool) -> Progress {
        let can = env::var_os("TERM").is_some_and(|term| term != "dumb");
        Progress { is_shown: !json && can && io::stderr().is_terminal(), begun_ms: clock::now_ms(), said_ms: None }
    }

    /// So many of all.
    pub(crate) fn count(&mut self, verb: &str, done: usize, all: usize) {
        self.say(|| format!("{verb} {done} of {all}"));
    }

    /// What is waited for, and since when.
    pub(crate) fn wait(&mut self, what: &str) {
        let seconds = since(self.begun_ms) / 1_000;
        self.say(|| format!("{what}, {seconds} s"));
    }

    fn say(&mut self, words: impl FnOnce() -> String) {
        let is_early = since(self.begun_ms) < QUIET_MS || self.said_ms.is_some_and(|at| since(at) < EVERY_MS);
        if self.is_shown && !is_early {
            self.said_ms = Some(clock::now_ms());
            print(&line(&words()));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.said_ms.is_some() {
            print(CLEAR);
        }
    }
}

fn since(ms: u64) -> u64 {
    clock::now_ms().saturating_sub(ms)
}

fn line(words: &str) -> String {
    let words: String = crate::output::printable(words).replace('\n', " ").chars().take(WIDTH).collect();
    format!("{CLEAR}{words}")
}

fn print(text: &str) {
    let mut err = io::stderr().lock();
    // It fails when nobody looks any more.
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_in_its_line() {
        let shown = line(&format!("Waiting for A\nB\r{}", "é".repeat(200)));
        assert_eq!(shown.chars().count(), CLEAR.chars().count() + WIDTH);
        assert!(!shown[1..].contains(['\r', '\n']));
    }

    #[test]
    fn short_work_says_nothing() {
        let mut progress = Progress { is_shown: true, begun_ms: clock::now_ms(), said_ms: None };
        progress.count("Checked", 1, 2);
        assert!(progress.said_ms.is_none());
    }
}
