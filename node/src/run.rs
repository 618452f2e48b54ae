//! A running node: what it is made of, how it starts, and how it stops gently.
//!
//! One thread owns the engine (`turn`). Two pumps join it to the network, a socket in the home lets people ask, and a
//! second, read-only door can stand open on the web. All of it ends in order: nothing acknowledged is lost.

mod handle;
mod kept;
mod pump;
mod start;
mod trials;
mod turn;

use std::{io, thread, time::Duration};

use axum::{Extension, middleware::from_fn_with_state};
use protocol::{identity::NodeKey, store::StoreError};
use tokio::{
    net::{TcpListener, UnixListener},
    signal::unix::{Signal, SignalKind, signal},
    sync::{broadcast, mpsc, oneshot, watch},
    task::{JoinHandle, JoinSet},
    time::timeout,
};
use tracing::{info, warn};

use self::{
    start::Opened,
    turn::{Outlets, Turns},
};
use crate::{
    api::{self, Api, Throttle},
    backup::Backups,
    caldav::{self, Dav, Names},
    catalog::Catalog,
    config::{
        CHANGES, DAV_A_SECOND, DAV_AT_ONCE, FAREWELL_MS, FIRST_ADDRESS_MS, HANG_UP_MS, LISTEN, LISTENING_MS, Options,
        TURN_INPUTS,
    },
    control,
    drafts::Drafts,
    home::{Home, HomeError},
    keys::KeyError,
    live::Live,
    metrics,
    network::{self, Command, Network, NetworkError},
    people::People,
    web::{self, Web},
};

pub use handle::Handle;
pub(crate) use handle::Work;
pub use start::{Offline, ask_offline, restore};

/// What a node says of itself once it can be used.
#[derive(Clone, Debug)]
pub struct Ready {
    /// Where its pages are.
    pub web: Option<String>,
    /// The code for the first visit there, while nobody has made one.
    pub set_up: Option<String>,
    /// Where other nodes can connect, with the peer id at the end.
    pub listen: Vec<String>,
    /// Its key.
    pub node: NodeKey,
    /// The 24 words of the member key, as long as nothing was ever kept under it: later only who asks sees them.
    pub words: Option<String>,
    /// How to ask it something from within this process.
    pub handle: Handle,
}

/// Why a node did not start, or did not go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The folder cannot be used.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is kept cannot be read.
    #[error(transparent)]
    Kept(#[from] protocol::refusal::Refusal),
    /// We cannot listen for other nodes.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// We cannot listen on the web.
    #[error("the web address {address} cannot be used: {why}; choose another with `--web`, such as 127.0.0.1:8080")]
    Web {
        /// As it was given.
        address: String,
        /// What the system said.
        why: io::Error,
    },
    /// Commands could not reach this node.
    #[error("the socket for commands cannot be made in the home: {0}")]
    Control(io::Error),
    /// The system does not tell us when to stop.
    #[error("the system refuses to say when to stop: {0}")]
    Signals(io::Error),
    /// A fault in Commonweal. What was acknowledged is safe.
    #[error("the node {0}, which is a fault in Commonweal; what was saved is safe, so start it again")]
    Fault(&'static str),
}

/// Runs a node until the system asks it to stop (SIGTERM or SIGINT). Calls `ready` once it can be used.
pub async fn run(options: Options, ready: impl FnOnce(Ready)) -> Result<(), RunError> {
    let asked = Asked::new().map_err(RunError::Signals)?;
    run_until(options, asked.heard(), ready).await
}

/// Runs a node until `stop` comes. Calls `ready` once it can be used.
pub async fn run_until(
    options: Options,
    stop: impl Future<Output = ()>,
    ready: impl FnOnce(Ready),
) -> Result<(), RunError> {
    let path = options.home.clone();
    let opened = tokio::task::spawn_blocking(move || start::open(&path)).await;
    let opened = opened.map_err(|_| RunError::Fault("broke while opening its home"))??;
    let web = match &options.web {
        Some(address) => Some(bind_web(address).await?),
        None => None,
    };
    let network = listen(opened.keys.node().to_bytes(), &options).await?;
    let socket = control::bind(opened.home.path()).map_err(RunError::Control)?;
    let words = opened.words.clone();
    let mut node = Running::begin(opened, network)?;
    let web_at = web.as_ref().and_then(|web| web.local_addr().ok()).map(|at| format!("http://{at}"));
    let set_up = node.serve(socket, web).await?;
    let listen = node.listening().await;
    ready(Ready { web: web_at, set_up, listen, node: node.key, words, handle: node.handle.clone() });
    let fault = node.until(stop).await;
    node.stop().await?;
    fault.map_or(Ok(()), |what| Err(RunError::Fault(what)))
}

/// The signals that ask us to stop.
struct Asked {
    terminate: Signal,
    interrupt: Signal,
}

impl Asked {
    fn new() -> io::Result<Asked> {
        Ok(Asked { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn heard(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

async fn bind_web(address: &str) -> Result<TcpListener, RunError> {
    TcpListener::bind(address).await.map_err(|why| RunError::Web { address: address.into(), why })
}

/// Listens where it was asked to, or by default on everything. A machine without IPv6 is no reason not to start.
async fn listen(secret: [u8; 32], options: &Options) -> Result<Network, NetworkError> {
    let start = |addresses: Vec<String>| {
        let mut config = network::Config::new(secret, addresses);
        config.mdns = options.mdns;
        network::start(config)
    };
    if !options.listen.is_empty() {
        return start(options.listen.clone()).await;
    }
    match start(LISTEN.map(String::from).to_vec()).await {
        Err(NetworkError::CannotListen { address, .. } | NetworkError::NotOurs { address })
            if address.starts_with("/ip6/") =>
        {
            start(LISTEN.iter().filter(|at| !at.starts_with("/ip6/")).map(|at| String::from(*at)).collect()).await
        }
        other => other,
    }
}

/// Everything that runs, until it is stopped.
struct Running {
    key: NodeKey,
    home: Home,
    handle: Handle,
    work: mpsc::Sender<Work>,
    stopping: watch::Sender<bool>,
    listening: watch::Receiver<Vec<String>>,
    /// What the engine's thread ended with.
    ended: oneshot::Receiver<Result<(), StoreError>>,
    commands: mpsc::Sender<Command>,
    events: JoinHandle<()>,
    pumps: JoinSet<()>,
    servers: JoinSet<()>,
}

impl Running {
    fn begin(opened: Opened, network: Network) -> Result<Running, RunError> {
        let Opened { home, keys, engine, kept, .. } = opened;
        let (work, waiting) = mpsc::channel(TURN_INPUTS);
        let (asks, asked) = mpsc::channel(TURN_INPUTS);
        let (to_network, from_engine) = mpsc::unbounded_channel();
        let changes = broadcast::channel(CHANGES).0;
        let (stopping, stop) = watch::channel(false);
        let (now_listening, listening) = watch::channel(vec![]);
        let handle = Handle::new(asks, work.clone(), changes.downgrade(), stop);
        let keeper = kept.clone();
        let pulse = Box::new(move || keeper.pulse());
        let keeper = kept.clone();
        let watermark = Box::new(move || keeper.watermark());
        let trials = trials::begin(&work).map_err(|_| RunError::Fault("could not begin its trials"))?;
        let outlets = Outlets { commands: to_network, pulse, watermark, changes, listening: now_listening, trials };
        let turns = Turns::new(engine, outlets);
        let (end, ended) = oneshot::channel();
        let thread = thread::Builder::new().name("engine".into()).spawn(move || {
            // It fails only when the node did not wait for the end.
            let _ = end.send(turns.run(asked, waiting).and_then(|()| kept.close()));
        });
        thread.map_err(|_| RunError::Fault("could not begin its engine"))?;
        let mut pumps = JoinSet::new();
        pumps.spawn(pump::commands(from_engine, network.commands.clone()));
        pumps.spawn(pump::ticks(work.clone()));
        let events = tokio::spawn(pump::events(network.events, work.clone()));
        let (commands, servers) = (network.commands, JoinSet::new());
        let key = keys.node_key();
        Ok(Running { key, home, handle, work, stopping, listening, ended, commands, events, pumps, servers })
    }

    /// Serves commands and pages. Returns the code for the first visit to these, while nobody has made one.
    async fn serve(&mut self, socket: UnixListener, web: Option<TcpListener>) -> Result<Option<String>, RunError> {
        let (node, stopping, catalog) =
            (self.handle.clone(), self.handle.stopping(), Catalog::within(self.home.search()));
        self.servers.spawn(catalog.clone().follow(node.clone()));
        self.servers.spawn(catalog.index().clone().keep(node.stopping()));
        let (people, code) = People::open(node.clone()).await?;
        let backups = Backups::new(node.clone(), self.home.path().to_owned(), self.home.journal(), self.key);
        self.servers.spawn(backups.clone().keep());
        let asked = Api::new(node, catalog.clone(), backups, self.home.path().to_owned());
        let local = api::local(asked.clone()).layer(Extension(people.clone()));
        self.servers.spawn(async move {
            if let Err(why) = axum::serve(socket, local).with_graceful_shutdown(stopping).await {
                warn!(%why, "the socket for commands ended");
            }
        });
        let Some(web) = web else { return Ok(None) };
        let (node, stopping) = (self.handle.clone(), self.handle.stopping());
        let api = api::web(asked.clone(), &people);
        let metrics = catalog.metrics().clone();
        let (live, drafts) = (Live::default(), Drafts::open(node.clone()).await?);
        self.servers.spawn(live.clone().look_around(node.clone()));
        self.servers.spawn(live.clone().gather(node.clone(), catalog.clone()));
        let throttle = Throttle::new(DAV_AT_ONCE, DAV_A_SECOND);
        let names = Names::open(node.clone()).await?;
        let dav = caldav::routes(Dav { node, catalog, people: people.clone(), names, throttle });
        let pages = Web::new(asked, people, drafts, live, &self.home);
        self.servers.spawn(web::introduce_in_time(pages.clone()));
        let counted = from_fn_with_state(metrics, metrics::count);
        let open =
            web::pages(pages).merge(api).merge(dav).layer(counted).into_make_service_with_connect_info::<web::Source>();
        self.servers.spawn(async move {
            if let Err(why) = axum::serve(api::Door::new(web), open).with_graceful_shutdown(stopping).await {
                warn!(%why, "the web ended");
            }
        });
        Ok(code)
    }

    /// The addresses we listen on, once they are all there: a wildcard stands for several, which turn up one by one.
    async fn listening(&mut self) -> Vec<String> {
        let first = self.listening.wait_for(|addresses| !addresses.is_empty());
        // Without any we run all the same: a node can live by dialing alone.
        let _ = timeout(Duration::from_millis(FIRST_ADDRESS_MS), first).await;
        while let Ok(Ok(())) = timeout(Duration::from_millis(LISTENING_MS), self.listening.changed()).await {}
        self.listening.borrow().clone()
    }

    /// Waits until somebody asks us to stop, or until something ended that should not have.
    async fn until(&mut self, stop: impl Future<Output = ()>) -> Option<&'static str> {
        tokio::select! {
            () = stop => None,
            () = self.work.closed() => Some("stopped thinking"),
            _ = &mut self.events => Some("lost its network"),
        }
    }

    /// Answers what is under way, hangs up, finishes the turn, closes the store.
    async fn stop(mut self) -> Result<(), RunError> {
        info!("stopping");
        self.stopping.send_replace(true);
        let farewell = async { while self.servers.join_next().await.is_some() {} };
        let _ = timeout(Duration::from_millis(FAREWELL_MS), farewell).await;
        self.servers.shutdown().await;
        if let Err(why) = control::remove(self.home.path()) {
            warn!(%why, "the socket for commands is still there");
        }
        // Either fails only when that side has ended already.
        let _ = self.commands.send(Command::Stop).await;
        if !self.events.is_finished() {
            let _ = timeout(Duration::from_millis(HANG_UP_MS), &mut self.events).await;
        }
        let _ = self.work.send(Work::Stop).await;
        let ended = self.ended.await;
        self.pumps.shutdown().await;
        ended.map_err(|_| RunError::Fault("stopped thinking"))?.map_err(RunError::Store)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use protocol::{input::Request, view::Answer};

    use super::*;

    fn options(home: &Path) -> Options {
        let (web, listen) = (Some("127.0.0.1:0".into()), vec!["/ip4/127.0.0.1/tcp/0".into()]);
        Options { home: home.to_owned(), web, listen, mdns: false }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_node_starts_holds_its_home_and_leaves_it_tidy_twice() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("home");
        for _ in 0..2 {
            let (stop, stopped) = oneshot::channel::<()>();
            let (ready, is_ready) = oneshot::channel();
            let stopped = async { drop(stopped.await) };
            let node = run_until(options(&home), stopped, |it| drop(ready.send(it)));
            let story = async {
                let ready = is_ready.await.unwrap();
                assert!(ready.web.is_some() && ready.listen[0].contains("/p2p/"), "{ready:?}");
                assert!(control::connect(&home).is_ok());
                assert!(
                    matches!(ready.handle.ask(Request::Status).await, Ok(Answer::Status(status)) if status.node == ready.node)
                );
                let second = run_until(options(&home), std::future::pending(), |_| {}).await;
                assert!(matches!(second, Err(RunError::Home(HomeError::InUse { .. }))));
                stop.send(()).unwrap();
            };
            let (ended, ()) = tokio::join!(node, story);
            ended.unwrap();
            assert_eq!(control::connect(&home).unwrap_err().kind(), io::ErrorKind::NotFound);
        }
    }
}
