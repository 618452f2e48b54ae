//! The nodes of the demo: each with a home of its own in one temporary folder, all in this process.

use std::{ops::AsyncFn, path::PathBuf, time::Duration};

use node::{
    config::Options,
    run::{Handle, RunError, run_until},
};
use protocol::{
    identity::DocId,
    input::Request,
    refusal::Refusal,
    view::{Answer, NetworkView, RecordView, StatusView, Summary},
};
use tempfile::TempDir;
use tokio::{
    sync::{oneshot, watch},
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    data::Place,
    event::{Event, Teller},
};
use crate::failure::{Exit, Failure};

/// A node takes up to 11 s to stop when a peer does not answer (`config::FAREWELL_MS`, `HANG_UP_MS`).
const STOP: Duration = Duration::from_secs(20);

/// How long anything may take that needs the others: a second or two, and more on a busy computer.
const PATIENCE: Duration = Duration::from_secs(90);
/// How often a wait looks again.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// More records than a demo ever has, even after an afternoon of play.
const ALL: usize = 100_000;

/// One running node.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) home: PathBuf,
    pub(super) web: Option<String>,
    /// What the first visit to its pages asks for.
    pub(super) set_up: Option<String>,
    handle: Handle,
}

/// All of them, and the folder they live in.
pub(super) struct Village {
    folder: TempDir,
    nodes: Vec<Node>,
    running: Ending,
    stop: watch::Sender<bool>,
}

/// The nodes as tasks, which end when told to, or broken.
pub(super) struct Ending(JoinSet<Result<(), RunError>>);

impl Village {
    pub(super) fn new() -> Result<Village, Failure> {
        let folder = tempfile::Builder::new().prefix("commonweal-demo-").tempdir();
        let folder = folder.map_err(|why| {
            Failure::new(Exit::Store, format!("no temporary folder can be made: {why}; set TMPDIR to one with room"))
        })?;
        Ok(Village { folder, nodes: vec![], running: Ending(JoinSet::new()), stop: watch::channel(false).0 })
    }

    pub(super) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Starts a node for each and gives it its name.
    pub(super) async fn start(
        &mut self,
        places: Vec<Place>,
        web_base: Option<u16>,
        teller: &Teller,
    ) -> Result<(), Failure> {
        for (place, at) in places.into_iter().zip(0..) {
            let web = web_base.map(|base| format!("127.0.0.1:{}", base + at));
            let node = self.start_one(place, web).await?;
            let (name, place) = (node.place.name.clone(), Some(node.place.place.clone()));
            node.ask(Request::Name { name, place }).await?;
            teller.tell(&Event::node(&node, node.status().await?))?;
            self.nodes.push(node);
        }
        Ok(())
    }

    async fn start_one(&mut self, place: Place, web: Option<String>) -> Result<Node, Failure> {
        let home = self.folder.path().join(&place.folder);
        let mut stop = self.stop.subscribe();
        let stopped = async move {
            // It fails when the village is gone, which says the same.
            let _ = stop.wait_for(|stop| *stop).await;
        };
        let listen = vec!["/ip4/127.0.0.1/tcp/0".into()];
        let options = Options { home: home.clone(), web, listen, mdns: false };
        let (tell, told) = oneshot::channel();
        // Telling fails only when nobody waits any more.
        self.running.0.spawn(run_until(options, stopped, |ready| drop(tell.send(ready))));
        match told.await {
            Ok(ready) => Ok(Node { place, home, web: ready.web, set_up: ready.set_up, handle: ready.handle }),
            Err(_) => Err(self.running.wait().await),
        }
    }

    /// The nodes, and how to hear that one has ended.
    pub(super) fn parts(&mut self) -> (&[Node], &mut Ending) {
        (&self.nodes, &mut self.running)
    }

    /// Stops every node gently and removes the folder.
    pub(super) async fn stop(mut self) -> Result<(), Failure> {
        self.stop.send_replace(true);
        let mut ended = Ok(());
        let all = async {
            while let Some(one) = self.running.0.join_next().await {
                if let Err(why) = of(one) {
                    ended = Err(why);
                }
            }
        };
        let in_time = timeout(STOP, all).await.is_ok();
        let path = self.folder();
        self.folder.close().map_err(|why| {
            Failure::new(Exit::Store, format!("{} could not be removed: {why}; remove it by hand", path.display()))
        })?;
        if !in_time {
            return Err(Failure::timeout("the nodes did not stop in time; nothing of them is left"));
        }
        ended
    }
}

impl Ending {
    /// Why the first node ended that did.
    pub(super) async fn wait(&mut self) -> Failure {
        match self.0.join_next().await {
            Some(one) => of(one).err().unwrap_or_else(early),
            None => early(),
        }
    }
}

fn of(ended: Result<Result<(), RunError>, tokio::task::JoinError>) -> Result<(), Failure> {
    ended.map_err(|why| Failure::new(Exit::Other, format!("a node broke: {why}")))?.map_err(Failure::from)
}

fn early() -> Failure {
    Failure::new(Exit::Other, "a node ended before the demo did")
}

/// An answer of another type than the request has. The engine never gives one.
pub(super) fn odd() -> Failure {
    Failure::new(Exit::Other, "a node gave an answer that does not fit the question")
}

impl Node {
    /// The name in full.
    pub(super) fn name(&self) -> &str {
        &self.place.name
    }

    pub(super) async fn ask(&self, request: Request) -> Result<Answer, Refusal> {
        self.handle.ask(request).await
    }

    /// The documents that change from now on.
    pub(super) fn changes(&self) -> Option<tokio::sync::broadcast::Receiver<DocId>> {
        self.handle.changes()
    }

    pub(super) async fn status(&self) -> Result<StatusView, Failure> {
        match self.ask(Request::Status).await? {
            Answer::Status(status) => Ok(*status),
            _ => Err(odd()),
        }
    }

    pub(super) async fn network(&self) -> Result<NetworkView, Failure> {
        match self.ask(Request::Network).await? {
            Answer::Network(network) => Ok(*network),
            _ => Err(odd()),
        }
    }

    /// Every record that can be seen here.
    pub(super) async fn records(&self) -> Result<Vec<Summary>, Failure> {
        let all = Request::List { kind: None, owner: None, after: None, limit: ALL };
        match self.ask(all).await? {
            Answer::Records { records } => Ok(records),
            _ => Err(odd()),
        }
    }

    pub(super) async fn show(&self, doc: DocId, history: bool) -> Result<RecordView, Failure> {
        match self.ask(Request::Show { doc: doc.to_string(), history }).await? {
            Answer::Record(record) => Ok(*record),
            _ => Err(odd()),
        }
    }

    /// Asks for something that answers with a record's id.
    pub(super) async fn id_of(&self, request: Request) -> Result<DocId, Failure> {
        match self.ask(request).await? {
            Answer::Id { id } => Ok(id),
            _ => Err(odd()),
        }
    }
}

/// Looks again and again until there is something to see.
pub(super) async fn until<T>(what: &str, look: impl AsyncFn() -> Result<Option<T>, Failure>) -> Result<T, Failure> {
    let seen = async {
        loop {
            if let Some(seen) = look().await? {
                return Ok(seen);
            }
            sleep(LOOK_EVERY).await;
        }
    };
    let late = |_| {
        let seconds = PATIENCE.as_secs();
        Failure::timeout(format!("the demo waited {seconds} seconds {what}; is this computer very busy? Try again"))
    };
    timeout(PATIENCE, seen).await.map_err(late)?
}
