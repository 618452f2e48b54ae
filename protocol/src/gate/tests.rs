//! Tests of the gate: honest edits pass it, every attack we know is stopped where it should be, and mutants never get
//! a document into a state it cannot be loaded from.

mod attacks;
mod craft;
mod honest;
mod mutants;
mod village;

/// How many cases to try: what `GATE_CASES` says, or else a few seconds' worth.
fn cases(few: usize) -> usize {
    std::env::var("GATE_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(few)
}
