//! Logs: lines on standard error for whoever looks after the node. Titles, kinds and audiences never stand in them.

use std::io;

use tracing_subscriber::EnvFilter;

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

/// Begins to log. A second call changes nothing.
pub fn start(format: Format) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(USUAL));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(false);
    // It fails only when something logs already, which is as good.
    let _ = match format {
        Format::Text => lines.try_init(),
        Format::Json => lines.json().try_init(),
    };
}
