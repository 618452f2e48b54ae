//! Tests of the gate: honest edits pass it, every attack we know is stopped where it should be, and mutants never get
//! a document into a state it cannot be loaded from.

mod attacks;
mod craft;
mod honest;
mod mutants;
mod village;
