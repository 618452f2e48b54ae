//! The whole gate, and what stands behind it: whatever passes form, fit and trial is a document that loads, extends, and
//! can be read and edited as any kind of record.
//!
//! The fuzzer writes bodies of changes; their checksum is put on here. The first byte says what is there already.

use std::sync::LazyLock;

use protocol::{
    gate::{Fit, Form, Known, KnownChange, fit, form, trial},
    kinds,
    record::{Edit, Kind, create, edit, history, read},
};
use serde_json::json;
use sha2::{Digest, Sha256};

const HONEST: [u8; 16] = [7; 16];

/// A practice as an honest node wrote it, for others to extend.
struct Village {
    snapshot: Vec<u8>,
    change: [u8; 32],
    seen: KnownChange,
}

static VILLAGE: LazyLock<Village> = LazyLock::new(|| {
    let practice = kinds::kind("practice").unwrap();
    let value = json!({"title": "Walk to school", "summary": "Two walk along.", "steps": [{"text": "Meet."}]});
    let made = create(practice, &value, HONEST, 1_800_000_000, [3; 16]).unwrap();
    let judged = form(&made.change).unwrap();
    let tried = trial(None, &[&made.change]).unwrap();
    let seen = KnownChange { actor: HONEST, seq: judged.seq, max_op: judged.max_op };
    Village { snapshot: tried.snapshot, change: made.hash, seen }
});

/// What the gate is told of the document.
struct Archive(Option<&'static Village>);

impl Known for Archive {
    fn change(&self, hash: &[u8; 32]) -> Option<KnownChange> {
        self.0.filter(|village| village.change == *hash).map(|village| village.seen)
    }
    fn last(&self, actor: &[u8; 16]) -> Option<(u64, [u8; 32])> {
        self.0.filter(|_| *actor == HONEST).map(|village| (village.seen.seq, village.change))
    }
    fn actor(&self, actor: &[u8; 16]) -> bool {
        self.0.is_some() && *actor == HONEST
    }
}

pub(super) fn run(bytes: &[u8]) {
    let Some((choice, body)) = bytes.split_first() else { return };
    let is_here = choice & 1 == 1;
    let body = if is_here && choice & 2 == 2 { after_the_village(body) } else { body.to_vec() };
    let raw = if choice & 4 == 4 { body } else { chunk(&body) };
    let Ok(judged) = form(&raw) else { return };
    assert!(judged.ops > 0 && judged.max_op - judged.start_op + 1 == judged.ops);
    let archive = Archive(is_here.then(|| &*VILLAGE));
    let fitting = fit(&judged, &judged.actor, &archive);
    if judged.actor != HONEST {
        assert!(matches!(fit(&judged, &HONEST, &archive), Fit::Breaks(_)), "nobody writes as somebody else");
    }
    if fitting == Fit::Fits {
        tried(archive.0.map(|village| &*village.snapshot), &raw, &judged);
    }
}

fn tried(before: Option<&[u8]>, raw: &[u8], judged: &Form) {
    let Ok(tried) = trial(before, &[raw]) else { return };
    assert!(tried.heads.contains(&judged.hash));
    assert_eq!(trial(Some(&tried.snapshot), &[]).as_ref(), Ok(&tried), "what is kept loads as it was");
    for name in ["practice", "session", "service"] {
        let kind: &Kind = kinds::kind(name).unwrap();
        let record = read(kind, &tried.snapshot).unwrap();
        assert!(history(kind, &tried.snapshot).is_ok());
        let title = Edit::Set(vec![(kind.title.to_owned(), "Walk on".into())]);
        let Ok(Some(next)) = edit(kind, &tried.snapshot, &record.heads, [9; 16], 1_800_000_001, [4; 16], &title) else {
            // A record may be so bad that no form of it can be saved; that is told, not lost.
            continue;
        };
        assert!(form(&next.change).is_ok(), "an honest edit passes the gate");
        let after = trial(Some(&tried.snapshot), &[&next.change]).expect("an honest edit can be tried");
        assert_eq!(read(kind, &after.snapshot).unwrap().value[kind.title], "Walk on");
    }
}

/// A change's body that names the village's change as the one it was made on, and counts on from it.
fn after_the_village(rest: &[u8]) -> Vec<u8> {
    let seen = VILLAGE.seen;
    [&[1][..], &VILLAGE.change, &[16], &[8; 16], &[1], &unsigned(seen.max_op + 1), rest].concat()
}

fn chunk(body: &[u8]) -> Vec<u8> {
    let hashed = [&[1][..], &unsigned(body.len() as u64), body].concat();
    [&[0x85, 0x6f, 0x4a, 0x83][..], &Sha256::digest(&hashed)[..4], &hashed].concat()
}

/// A number in LEB128.
fn unsigned(mut value: u64) -> Vec<u8> {
    let mut out = vec![];
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}
