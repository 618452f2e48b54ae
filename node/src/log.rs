//! Logs: lines on standard error for whoever looks after the node. Titles, kinds and audiences never stand in them. The last
//! trouble is remembered as well, for the page that tells how the machine bears it.

use std::{
    fmt, io,
    sync::{Mutex, PoisonError},
};

use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    EnvFilter, Layer,
    layer::{Context, SubscriberExt},
    util::SubscriberInitExt,
};

use crate::clock;

/// What a line looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// What is logged unless `RUST_LOG` says otherwise. The libraries beneath speak only of trouble; mDNS not even of that,
/// since each network card without multicast is an error to it, every few minutes.
const USUAL: &str = "warn,node=info,protocol=info,libp2p_mdns=off";

/// The last trouble: when, in milliseconds since 1970, and what.
static LAST: Mutex<Option<(u64, String)>> = Mutex::new(None);

/// Begins to log. A second call changes nothing.
pub fn start(format: Format) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(USUAL));
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(false);
    let lines = match format {
        Format::Text => lines.boxed(),
        Format::Json => lines.json().boxed(),
    };
    // It fails only when something logs already, which is as good.
    let _ = tracing_subscriber::registry().with(filter).with(lines).with(Remember).try_init();
}

/// The last trouble since the start, if there was any.
pub fn last() -> Option<(u64, String)> {
    LAST.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

struct Remember;

impl<S: Subscriber> Layer<S> for Remember {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() > Level::WARN {
            return;
        }
        let mut said = Said::default();
        event.record(&mut said);
        let text = format!("{}{}", said.message, said.rest);
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some((clock::now_ms(), text));
    }
}

/// A line as it is said: its message, then what goes with it.
#[derive(Default)]
struct Said {
    message: String,
    rest: String,
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            name => self.rest.push_str(&format!("; {name}: {value:?}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_trouble_is_remembered() {
        let subscriber = tracing_subscriber::registry().with(Remember);
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(why = "no room", "the disk is full");
            tracing::info!("all is well");
        });
        let (at, said) = last().unwrap();
        assert!(at > 0 && said == "the disk is full; why: \"no room\"", "{said}");
    }
}
