//! Lies about what one holds: sketches, rounds and places to go on from.

use protocol::{
    identity::{Hash, NetworkId},
    limits::{SKETCH_CELLS, SKETCH_FIRST, SKETCH_GROWTH},
    message::{Ask, Bye, Message, SketchPart, Token, Took},
    sketch::CELL_BYTES,
};

use super::{Attack, Ends};
use crate::mouth::{Mouth, Who};

pub(super) const ALL: [Attack; 8] = [
    lie(
        "garbage_cells",
        "to have Riverside look for differences in noise for ever",
        garbage_cells,
        Ends::Ignored,
        "reconcile.rs: compare",
    ),
    lie(
        "unasked_cells",
        "to have Riverside hold a set that nobody asked for",
        unasked_cells,
        RULE,
        "reconcile.rs: on_sketch",
    ),
    lie(
        "cells_out_of_place",
        "to leave holes in a set that others read on from",
        cells_out_of_place,
        RULE,
        "reconcile.rs: on_sketch",
    ),
    lie(
        "cells_for_ever",
        "to begin a comparison anew two thousand times",
        cells_for_ever,
        RULE,
        "reconcile.rs: on_sketch",
    ),
    lie(
        "wants_cells_for_ever",
        "to be shown a set again and again",
        wants_cells_for_ever,
        RULE,
        "reconcile.rs: show_cells",
    ),
    lie(
        "asks_for_ever",
        "to have all records looked through five hundred times",
        asks_for_ever,
        Ends::Ignored,
        "reconcile.rs: survey_to_give",
    ),
    lie(
        "too_many_rules",
        "to have every record held against ten thousand rules",
        too_many_rules,
        RULE,
        "give.rs: on_ask",
    ),
    lie(
        "places_out_of_reach",
        "to go on from where nobody has been",
        places_out_of_reach,
        Ends::Ignored,
        "give.rs: on_ask",
    ),
];

const RULE: Ends = Ends::TurnedAway(Bye::Rule);

const fn lie(
    name: &'static str,
    wants: &'static str,
    deed: fn(&mut dyn Mouth) -> Result<(), String>,
    ends: Ends,
    defence: &'static str,
) -> Attack {
    Attack { name, wants, who: Who::Member, deed, ends, defence }
}

/// Asks for everything, from some place on.
pub(super) fn ask(network: NetworkId, resume: Option<Token>, round: u32) -> Message {
    Message::Ask(Ask { network, rules: vec![], resume, round })
}

/// A place that nobody ever named.
const NOWHERE: Token = Token { epoch: [9; 8], count: u64::MAX };

/// Cells from one place to another that say nothing.
fn noise(network: NetworkId, round: u32, from: usize, to: usize) -> Message {
    let cells = (from..to).flat_map(|at| Hash::of(&at.to_be_bytes()).0[..CELL_BYTES].to_vec()).collect();
    Message::Sketch(SketchPart { network, round, from: from as u32, cells })
}

/// Answers with noise whatever it is asked for, until nothing more is.
fn garbage_cells(mouth: &mut dyn Mouth) -> Result<(), String> {
    let network = mouth.scene().network;
    mouth.mute();
    mouth.listen();
    mouth.say(&noise(network, 1, 0, SKETCH_FIRST));
    mouth.say(&ask(network, Some(NOWHERE), 1));
    for _ in 0..10 {
        let more = mouth.hear(Some(&|message| matches!(message, Message::WantSketch(..) | Message::Offer(_))));
        let from = more.iter().find_map(|message| match message {
            Message::WantSketch(_, 1, from) => Some(*from as usize),
            _ => None,
        });
        let Some(from) = from else { return Ok(()) };
        mouth.say(&noise(network, 1, from, (from * SKETCH_GROWTH).clamp(SKETCH_FIRST, SKETCH_CELLS)));
    }
    Err("it is asked for more and more".into())
}

fn unasked_cells(mouth: &mut dyn Mouth) -> Result<(), String> {
    mouth.say(&noise(mouth.scene().network, 9, 0, SKETCH_CELLS));
    Ok(())
}

fn cells_out_of_place(mouth: &mut dyn Mouth) -> Result<(), String> {
    mouth.say(&noise(mouth.scene().network, 9, SKETCH_FIRST, SKETCH_FIRST * SKETCH_GROWTH));
    Ok(())
}

fn cells_for_ever(mouth: &mut dyn Mouth) -> Result<(), String> {
    let network = mouth.scene().network;
    mouth.mute();
    mouth.say(&ask(network, Some(NOWHERE), 1));
    for _ in 0..2_000 {
        mouth.say(&noise(network, 1, 0, SKETCH_FIRST));
    }
    Ok(())
}

fn wants_cells_for_ever(mouth: &mut dyn Mouth) -> Result<(), String> {
    let network = mouth.scene().network;
    mouth.mute();
    for from in [0, SKETCH_CELLS / SKETCH_GROWTH] {
        for _ in 0..2_000 {
            mouth.say(&Message::WantSketch(network, 0, from as u32));
        }
    }
    Ok(())
}

fn asks_for_ever(mouth: &mut dyn Mouth) -> Result<(), String> {
    let network = mouth.scene().network;
    mouth.mute();
    for round in 1..500 {
        mouth.say(&ask(network, Some(NOWHERE), round));
    }
    Ok(())
}

fn too_many_rules(mouth: &mut dyn Mouth) -> Result<(), String> {
    let rules = vec![Default::default(); 10_000];
    mouth.say(&Message::Ask(Ask { network: mouth.scene().network, rules, resume: None, round: 1 }));
    Ok(())
}

/// Thanks for what was never offered, and asks from beyond the end.
fn places_out_of_reach(mouth: &mut dyn Mouth) -> Result<(), String> {
    let network = mouth.scene().network;
    for round in [0, 1, u32::MAX] {
        mouth.say(&Message::Took(Took { network, round, count: u64::MAX }));
        mouth.say(&ask(network, Some(NOWHERE), round));
        mouth.say(&Message::WantSketch(network, round, u32::MAX));
    }
    Ok(())
}
