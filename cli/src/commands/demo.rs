//! `commonweal demo`: a whole network on this computer, with invented people and real nodes.
//!
//! | part | what it does |
//! |---|---|
//! | `data` | who takes part and what they write, from `assets/demo` |
//! | `village` | the nodes: started, asked, stopped, and nothing left of them |
//! | `founding` | found, invite, join, agree |
//! | `sharing` | everybody writes, and what is for somebody arrives there |
//! | `meeting` | two people change one practice at once |
//! | `event` | each step, for people and for programs |
//! | `view` | what is where |
//! | `watch` | every change as it arrives |

mod data;
mod event;
mod founding;
mod meeting;
mod sharing;
mod view;
mod village;
mod watch;

use std::{future::Future, io};

use serde_json::Value;
use tokio::signal::unix::{Signal, SignalKind, signal};

use self::{
    data::SHARED_PRACTICE,
    event::{Event, Teller},
    village::{Node, Village},
    watch::Watch,
};
use crate::{failure::Failure, output::Output};

/// Shows a whole network at work: four nodes on this computer, with invented people
///
/// Three collaboratives and a library each run a real node in a new temporary folder. They found a network, invite,
/// join, write records, and share them with each other, some with everybody, some with one partner, some with nobody.
/// You see what arrived where and what stayed private, and can talk to the nodes from another terminal. Ctrl-C stops
/// it all and removes the folder. Nothing leaves this computer.
///
/// With `--json` each step is one line, an object with "event": started {folder}, node {name, place, home, node, web,
/// set_up}, founded {network, by}, joined {name, standing, invited_by}, stewards {names, k}, vote {by, change, approvals,
/// needed, carried}, wrote {name, records, private, partners, network, public}, table {kinds: [{kind, records: {name:
/// number}}]}, holds {name, standing, records, own, private, for_partners, named, network, public}, private
/// {records, elsewhere}, edit {by, title, what}, choice {title, field, values: [{value, by}]}, merged {title, names}, change {at, kind, title, by, fields}, gone {at, title},
/// ready {nodes: [{name, home}]}, stopped {folder}.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Ends by itself as soon as everything has arrived
    #[arg(long)]
    once: bool,
    /// Also shows each node's pages on this computer, the first node's at this port and the others' after it
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1024..=65_000))]
    web_base: Option<u16>,
}

pub(crate) async fn run(args: Args, json: bool) -> Result<Output, Failure> {
    // Before there is anything to clean up.
    let mut asked = Asked::new()?;
    let teller = Teller::new(json);
    let mut village = Village::new()?;
    teller.tell(&Event::Started { folder: village.folder() })?;
    let shown = match asked.or(village.start(data::places(), args.web_base, &teller)).await {
        Some(Ok(())) => show(&mut village, &mut asked, args.once, &teller).await,
        Some(Err(failure)) => Err(failure),
        None => Ok(()),
    };
    let folder = village.folder();
    let stopped = village.stop().await;
    shown?;
    stopped?;
    teller.tell(&Event::Stopped { folder })?;
    Ok(Output::new(Value::Null, ""))
}

/// Plays the story, then stays until somebody asks it to stop or a node ends.
async fn show(village: &mut Village, asked: &mut Asked, once: bool, teller: &Teller) -> Result<(), Failure> {
    let (nodes, ending) = village.parts();
    let shown = asked.or(async {
        tokio::select! {
            shown = play(nodes, once, teller) => shown,
            why = ending.wait() => Err(why),
        }
    });
    shown.await.unwrap_or(Ok(()))
}

async fn play(nodes: &[Node], once: bool, teller: &Teller) -> Result<(), Failure> {
    founding::found(nodes, teller).await?;
    let written = sharing::write(nodes, teller).await?;
    sharing::arrive(nodes, &written, teller).await?;
    let mut watch = Watch::new(nodes, teller).await?;
    if let Some(shared) = written.get(SHARED_PRACTICE) {
        tokio::select! {
            met = meeting::edit_at_once(nodes, *shared, teller) => met?,
            failed = watch.tell_all() => failed?,
        }
        watch.tell_waiting().await?;
    }
    if once {
        return Ok(());
    }
    teller.tell(&Event::ready(nodes))?;
    watch.tell_all().await
}

/// What asks the demo to stop: Ctrl-C, a service manager, or a terminal that was closed.
struct Asked {
    signals: [Signal; 3],
}

impl Asked {
    fn new() -> io::Result<Asked> {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let [interrupt, terminate, hangup] = kinds.map(signal);
        Ok(Asked { signals: [interrupt?, terminate?, hangup?] })
    }

    /// What the deed comes to; none when somebody asked to stop before.
    async fn or<T>(&mut self, deed: impl Future<Output = T>) -> Option<T> {
        let [interrupt, terminate, hangup] = &mut self.signals;
        tokio::select! {
            biased;
            _ = interrupt.recv() => None,
            _ = terminate.recv() => None,
            _ = hangup.recv() => None,
            done = deed => Some(done),
        }
    }
}
