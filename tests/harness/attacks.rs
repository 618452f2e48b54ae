//! Every attack we know: who does it, what they want by it, what they say, what stops it, and how it ends. An attack
//! is one script, which is played in the simulator and against the real binary alike.
//!
//! To add one, write it into the file of its family, and plant a fault in `tests/sabotage` that takes its defence out.

mod changes;
mod floods;
mod offers;
mod papers;
mod sets;
mod standings;
mod words;

use protocol::message::Bye;

use crate::mouth::{Mouth, Who};

/// One attack.
#[derive(Clone, Copy)]
pub struct Attack {
    /// What it is called.
    pub name: &'static str,
    /// What its author wants.
    pub wants: &'static str,
    /// Who does it.
    pub who: Who,
    /// What they do; an error says what they got that nobody should.
    pub deed: fn(&mut dyn Mouth) -> Result<(), String>,
    /// How it ends for them.
    pub ends: Ends,
    /// Where it is stopped: a file and a function.
    pub defence: &'static str,
}

impl Attack {
    /// Whether whoever looks after the node is told that this member broke a rule.
    pub fn blamed(&self) -> bool {
        self.who == Who::Member && self.ends == Ends::TurnedAway(Bye::Rule)
    }
}

/// How an attack ends for its author.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// Riverside turns away, with this word.
    TurnedAway(Bye),
    /// The stream stays, and nothing came of it.
    Ignored,
    /// Either way is right.
    Somehow,
}

/// Every attack, family by family.
pub fn all() -> Vec<Attack> {
    let peaceful = [&words::ALL[..], &standings::ALL, &papers::ALL, &changes::ALL, &sets::ALL, &offers::ALL];
    peaceful.into_iter().chain([&floods::ALL[..]]).flatten().copied().collect()
}

/// The attack of a name.
pub fn named(name: &str) -> Attack {
    all().into_iter().find(|attack| attack.name == name).unwrap_or_else(|| panic!("no attack is called {name}"))
}
