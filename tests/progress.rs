//! The line that says how far long work is: on a terminal, and nowhere else.

use std::{fs, thread, time::Duration};

use harness::real::{Place, commonweal, terminal};
use rustix::process::Signal;

const TIMEOUT: i32 = 11;
/// Longer than the 400 ms for which work says nothing, and the start of a program.
const LONG: Duration = Duration::from_millis(1_500);
const CLEAR: &str = "\r\x1b[K";

/// Nobody is connected, so `sync --wait` waits in vain; who looks on is told for what.
#[test]
fn who_waits_at_a_terminal_sees_for_what_and_a_pipe_sees_nothing() {
    let place = Place::new();
    let node = place.node("Riverside");
    node.ask(&["network", "found", "--name", "Valley Network"]);
    let home = node.home().to_str().unwrap();
    let words = ["--home", home, "sync", "--wait", "--timeout", "2"];
    let shown = terminal(&words);
    assert!(shown.contains(&format!("{CLEAR}Waiting: nobody is connected yet, 1 s")), "{shown:?}");
    assert!(shown.contains(&format!("{CLEAR}commonweal: nobody is connected")), "it ends clean: {shown:?}");
    let piped = commonweal(&words, None);
    assert!(piped.code == TIMEOUT && piped.err.starts_with("commonweal: nobody is connected"), "{piped:?}");
    let json = terminal(&[&words[..2], &["--json"], &words[2..]].concat());
    assert!(!json.contains(CLEAR), "{json:?}");
}

/// A long list comes in; the line counts, and what is said in the end stands alone.
#[test]
fn an_import_and_an_export_count() {
    let place = Place::new();
    let node = place.node("Riverside");
    let list = place.path().join("list.csv");
    let rows: String = (0..300).map(|n| format!("{n},Practice {n}\n")).collect();
    fs::write(&list, format!("id,title\n{rows}")).unwrap();
    let home = node.home().to_str().unwrap();
    let shown = terminal(&["--home", home, "import", "csv", "practice", list.to_str().unwrap()]);
    assert!(shown.contains(&format!("{CLEAR}Taken over ")) && shown.contains(" of 300"), "{shown:?}");
    assert!(shown.contains(&format!("{CLEAR}Created 300, changed 0")), "{shown:?}");
    let out = place.path().join("out");
    // Nobody is told how far work is that is done at once, so the node keeps the first answer back for a moment.
    node.signal(Signal::STOP);
    let shown = thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(LONG);
            node.signal(Signal::CONT);
        });
        terminal(&["--home", home, "export", "csv", out.to_str().unwrap(), "--all"])
    });
    let (lines, said) = shown.rsplit_once(CLEAR).unwrap_or_else(|| panic!("nothing was counted: {shown:?}"));
    assert!(lines.starts_with(&format!("{CLEAR}Read ")) && lines.contains(" of 300"), "{shown:?}");
    assert!(said.starts_with("300 records in 1 file"), "{shown:?}");
}
