//! One command, from its words to what it said; and waiting for what a command will say.

use std::{
    io::Write,
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::built;

/// How long anything may take before a test gives up on it. Shared machines stall for seconds.
pub const PATIENCE: Duration = Duration::from_secs(90);
/// How often a test looks again.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(40);

/// What a command said, and how it ended.
#[derive(Clone, Debug)]
pub struct Said {
    /// Its exit code; -1 when it was killed.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Said {
    /// Standard output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|why| panic!("not JSON ({why}): {self:?}"))
    }
}

/// Waits until it is so.
pub fn eventually(what: &str, mut so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !so() {
        assert!(begin.elapsed() < PATIENCE, "it never came about: {what}");
        sleep(LOOK_EVERY);
    }
}

/// Runs the command with these words.
pub fn commonweal(words: &[&str], input: Option<&str>) -> Said {
    let mut command = Command::new(built::binary());
    command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.env_remove("COMMONWEAL_HOME").spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that fails early does not read.
    let _ = stdin.write_all(input.unwrap_or_default().as_bytes());
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

/// What the command prints on a terminal, on both streams together.
pub fn terminal(words: &[&str]) -> String {
    let quoted = |word: &str| format!("'{}'", word.replace('\'', "'\\''"));
    let line = [&[built::binary().to_str().unwrap()], words].concat().into_iter().map(quoted).collect::<Vec<_>>();
    // `script`, of util-linux, lends it a terminal.
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &line.join(" "), "/dev/null"]).stdin(Stdio::null());
    let output = script.env_remove("COMMONWEAL_HOME").env("TERM", "xterm").output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}
