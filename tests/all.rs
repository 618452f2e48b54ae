//! Whole networks, tested: each file tells the stories of one promise.

mod audience;
mod charter;
mod convergence;
mod import;
