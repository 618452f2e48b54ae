//! Edits under a good signature that would harm whoever reads them.

use std::collections::BTreeSet;

use protocol::{
    envelope::{Envelope, actor},
    gate::{self, Form},
    identity::{DocId, Hash, NetworkId},
    input::Request,
    message::Message,
    record::Edit,
};
use serde_json::json;

use super::{Attack, Ends};
use crate::{
    liar::{giving, is_own, resign, sign},
    mouth::{FORGED, Mouth, Scene, Who},
};

// The crafts of the gate's own tests.
#[path = "../../../protocol/src/gate/tests/craft.rs"]
mod craft;

use craft::{Draft, run, signed, unsigned};

pub(super) const ALL: [Attack; 13] = [
    bad_edit(
        "inflate_bomb",
        "to have a small change become ten megabytes wherever it is read",
        |mouth| edit(mouth, inflate_bomb),
        "protocol/src/gate/form.rs: open",
    ),
    bad_edit(
        "run_length_bomb",
        "to have a hundred bytes become two hundred million operations",
        |mouth| edit(mouth, run_length_bomb),
        "protocol/src/gate/ops.rs: check",
    ),
    bad_edit(
        "no_change_at_all",
        "to have something else read as an edit",
        |mouth| edit(mouth, |_, _, _| b"PK\x03\x04 and so on".to_vec()),
        "protocol/src/gate/form.rs: open",
    ),
    bad_edit(
        "change_cut_short",
        "to have a reader run past the end of an edit",
        |mouth| edit(mouth, |honest, _, _| honest[..honest.len() / 2].to_vec()),
        "protocol/src/gate/columns.rs: take",
    ),
    bad_edit(
        "wrong_checksum",
        "to leave a record that no node can load again",
        |mouth| edit(mouth, wrong_checksum),
        "protocol/src/gate/form.rs: open",
    ),
    bad_edit(
        "unknown_column",
        "to leave a record whose history cannot be saved",
        |mouth| edit(mouth, unknown_column),
        "protocol/src/gate/ops.rs: read",
    ),
    bad_edit(
        "counter_exhaustion",
        "to leave no number for anybody's next edit",
        |mouth| edit(mouth, counter_exhaustion),
        "protocol/src/gate/form.rs: judge",
    ),
    bad_edit(
        "actor_hijack",
        "to write as Hillside, and so break what Hillside writes next",
        |mouth| edit(mouth, actor_hijack),
        "protocol/src/gate.rs: fit",
    ),
    bad_edit(
        "sequence_gap",
        "to end the process: Automerge panics where an author's edits have a gap",
        |mouth| edit(mouth, sequence_gap),
        "protocol/src/gate.rs: builds_on",
    ),
    bad_edit(
        "unknown_predecessor",
        "to end the process: Automerge panics where an edit replaces one of nobody",
        |mouth| edit(mouth, unknown_predecessor),
        "protocol/src/gate.rs: builds_on",
    ),
    bad_edit(
        "no_such_object",
        "to end the process: Automerge panics where an edit writes into nothing",
        |mouth| edit(mouth, no_such_object),
        "protocol/src/gate/trial.rs: trial",
    ),
    bad_edit(
        "deep_nest",
        "to end the process: who reads fifty thousand maps in one another runs out of stack",
        |mouth| edit(mouth, deep_nest),
        "protocol/src/gate/trial.rs: read_all",
    ),
    bad_edit(
        "text_of_maps",
        "to leave a text that nobody can edit any more",
        |mouth| edit(mouth, text_of_maps),
        "protocol/src/gate/trial.rs: is_text",
    ),
];

const fn bad_edit(
    name: &'static str,
    wants: &'static str,
    deed: fn(&mut dyn Mouth) -> Result<(), String>,
    defence: &'static str,
) -> Attack {
    Attack { name, wants, who: Who::Member, deed, ends: Ends::Ignored, defence }
}

/// An honest change and 10 MB of nothing after it, compressed as Automerge compresses.
fn inflate_bomb(honest: &[u8], _: &Form, _: &Scene) -> Vec<u8> {
    craft::chunk(2, &deflated(craft::body(honest), 10_000_000))
}

/// These bytes and so many zeros, deflated with the codes that every reader knows (RFC 1951, 3.2.6).
fn deflated(bytes: &[u8], zeros: usize) -> Vec<u8> {
    let (mut out, mut free) = (vec![], 0);
    let mut bit = |bit: u32| {
        if free == 0 {
            out.push(0);
            free = 8;
        }
        *out.last_mut().unwrap() |= (bit as u8) << (8 - free);
        free -= 1;
    };
    // Codes stand with their highest bit first.
    let mut code = |value: u32, bits: u32| (0..bits).rev().for_each(|at| bit(value >> at & 1));
    code(0b110, 3);
    for byte in bytes.iter().map(|byte| u32::from(*byte)).chain([0]) {
        if byte < 144 { code(0x30 + byte, 8) } else { code(0x190 + byte - 144, 9) }
    }
    for _ in 0..zeros / 258 {
        // As much as one code can repeat (285), from one byte back (0).
        code(0b1100_0101, 8);
        code(0, 5);
    }
    code(0, 7);
    out
}

/// An edit of the attacker's own, the first of its feed there, that calls a document [`FORGED`]. It is made on all its
/// engine knows of it.
pub(super) fn titled(mouth: &dyn Mouth, doc: DocId, network: NetworkId) -> Envelope {
    let keys = mouth.keys();
    let forms: Vec<Form> = mouth.heads(doc).iter().map(|head| gate::form(&mouth.payload(head)).unwrap()).collect();
    let built_on: BTreeSet<[u8; 32]> = forms.iter().flat_map(|form| form.deps.clone()).collect();
    let mut deps: Vec<[u8; 32]> = forms.iter().map(|form| form.hash).filter(|hash| !built_on.contains(hash)).collect();
    deps.sort();
    let start_op = forms.iter().map(|form| form.max_op).max().unwrap_or(0) + 1;
    let of = actor(&doc, &keys.node_key(), 0).to_vec();
    let change = Draft { deps, actor: of, start_op, ..Draft::puts(1) }.column(0x15, run(1, b"\x05title"));
    let text = unsigned((FORGED.len() as u64) << 4 | 6);
    let payload = change.column(0x56, run(1, &text)).column(0x57, FORGED).bytes();
    sign(&keys, network, doc, 1, Hash::default(), payload)
}

/// A sound change of one field, where the honest one would stand.
fn draft(form: &Form, count: u64) -> Draft {
    let deps = form.deps.clone();
    Draft { deps, actor: form.actor.to_vec(), seq: unsigned(form.seq), start_op: form.start_op, ..Draft::puts(count) }
}

fn run_length_bomb(_: &[u8], form: &Form, _: &Scene) -> Vec<u8> {
    draft(form, 200_000_000).bytes()
}

fn wrong_checksum(honest: &[u8], _: &Form, _: &Scene) -> Vec<u8> {
    let mut bytes = honest.to_vec();
    bytes[4] ^= 0xff;
    bytes
}

fn unknown_column(_: &[u8], form: &Form, _: &Scene) -> Vec<u8> {
    draft(form, 1).column(0x1f2, [0x7f, 5]).bytes()
}

fn counter_exhaustion(_: &[u8], form: &Form, _: &Scene) -> Vec<u8> {
    Draft { start_op: u64::from(u32::MAX) - 1, ..draft(form, 1) }.bytes()
}

fn actor_hijack(_: &[u8], form: &Form, scene: &Scene) -> Vec<u8> {
    let actor = actor(&scene.open, &scene.hillside, 0).to_vec();
    Draft { actor, seq: unsigned(2), ..draft(form, 1) }.bytes()
}

fn sequence_gap(_: &[u8], form: &Form, _: &Scene) -> Vec<u8> {
    Draft { seq: unsigned(form.seq + 5), ..draft(form, 1) }.bytes()
}

fn unknown_predecessor(_: &[u8], form: &Form, _: &Scene) -> Vec<u8> {
    let draft = Draft { others: vec![vec![0xdd; 16]], ..draft(form, 1) };
    draft.column(0x70, [0x7f, 1]).column(0x71, [0x7f, 1]).column(0x73, [0x7f, 1]).bytes()
}

/// The author has written nothing yet, so no object is its first.
fn no_such_object(_: &[u8], form: &Form, _: &Scene) -> Vec<u8> {
    draft(form, 1).column(0x01, [0x7f, 0]).column(0x02, run(1, &[1])).bytes()
}

fn deep_nest(_: &[u8], form: &Form, _: &Scene) -> Vec<u8> {
    let count = 50_000;
    let actors = [&[0, 1][..], &run(count - 1, &[0])].concat();
    let made = (0..count - 1).flat_map(|n| unsigned(form.start_op + n)).collect();
    let counters = [vec![0, 1], signed(1 - count as i64), made].concat();
    draft(form, count).column(0x01, actors).column(0x02, counters).column(0x42, run(count, &[0])).bytes()
}

fn text_of_maps(_: &[u8], form: &Form, _: &Scene) -> Vec<u8> {
    let text =
        draft(form, 2).column(0x01, [0, 1, 0x7f, 0]).column(0x02, [vec![0, 1, 0x7f], unsigned(form.start_op)].concat());
    let inside = text.column(0x13, [0, 1, 0x7f, 0]).column(0x15, [0x7f, 1, b'k', 0, 1]).column(0x34, [1, 1]);
    inside.column(0x42, [0x7e, 4, 0]).bytes()
}

/// What is made of an honest edit: its bytes, what it is, and where it stands.
type Craft = fn(&[u8], &Form, &Scene) -> Vec<u8>;

/// Has the engine make an honest edit, and gives another in its place: what is made of it, under a good signature.
fn edit(mouth: &mut dyn Mouth, craft: Craft) -> Result<(), String> {
    let scene = mouth.scene();
    let doc = scene.open;
    mouth.lie(Some(Box::new(move |keys, message| {
        giving(message, |give| {
            for envelope in give.envelopes.iter_mut().filter(|envelope| give.doc == doc && is_own(keys, envelope)) {
                let form = gate::form(&envelope.payload).unwrap();
                *envelope = resign(keys, envelope, |_, payload| *payload = craft(payload, &form, &scene));
            }
        })
    })));
    let set = Edit::Set(vec![("title".into(), json!(FORGED))]);
    mouth.ask(Request::Edit { doc: doc.to_string(), heads: vec![], edit: set }).unwrap();
    mouth.hear(Some(&|message| matches!(message, Message::Took(_))));
    Ok(())
}
