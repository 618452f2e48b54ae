//! Real nodes: the built binary, each in a home of its own, on loopback, on ports the system chose.
//!
//! Whatever a node keeps, logs or answers lands under its own folder, so that a test can look for a word in all of it.
//! Every process ends with its [`Node`].

use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread::{self, sleep},
    time::Instant,
};

pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

pub use crate::command::{PATIENCE, Said, commonweal, eventually, terminal};
use crate::{built, command::LOOK_EVERY, socket::Socket, wire::Host};

/// A folder for some nodes; gone in the end.
#[derive(Debug)]
pub struct Place {
    folder: TempDir,
    log: &'static str,
}

/// All that the node's own code can log, so that a word that slips into a log line is found.
const EVERYTHING: &str = "warn,node=trace,protocol=trace,commonweal=trace";

/// One node of the real binary.
#[derive(Debug)]
pub struct Node {
    /// What it is called.
    pub name: String,
    folder: PathBuf,
    home: PathBuf,
    child: Option<Child>,
    /// Its key.
    pub key: String,
    /// Where its pages are, and the code for the first visit, when it was started with them.
    pub pages: Option<Pages>,
    /// Where others reach it: the same after a restart, as on a machine with a fixed port.
    pub listen: Vec<String>,
    /// The machine it runs on, where that is not this one.
    host: Option<Host>,
    log: &'static str,
}

/// The pages of a running node.
#[derive(Clone, Debug, Default)]
pub struct Pages {
    /// Host and port.
    pub at: String,
    /// The code for the first visit.
    pub code: Option<String>,
}

impl Place {
    /// An empty one.
    pub fn new() -> Place {
        Place { folder: tempfile::tempdir().unwrap(), log: EVERYTHING }
    }

    /// An empty one whose nodes log what nodes log, and nothing more: for measurements.
    pub fn quiet() -> Place {
        Place { log: "info", ..Place::new() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A node of a new collaborative, named and running.
    pub fn node(&self, name: &str) -> Node {
        let mut node = self.named(name);
        node.up();
        node
    }

    /// A node of a new collaborative, named and not running.
    pub fn named(&self, name: &str) -> Node {
        let node = self.empty(name);
        node.ask(&["init", "--name", name]);
        node
    }

    /// A node of a new collaborative, named and running, with pages.
    pub fn with_pages(&self, name: &str) -> Node {
        let mut node = self.named(name);
        node.pages = Some(Pages::default());
        node.up();
        node
    }

    /// A node of a new collaborative, named and running, on a machine of its own.
    pub fn on(&self, host: &Host, name: &str) -> Node {
        let mut node = self.named(name);
        node.host = Some(host.clone());
        node.up();
        node
    }

    /// A node of a collaborative without a name, running.
    pub fn unnamed(&self, folder: &str) -> Node {
        let mut node = self.empty(folder);
        node.up();
        node
    }

    /// A node that has no home yet.
    pub fn empty(&self, name: &str) -> Node {
        let folder = self.path().join(name);
        fs::create_dir(&folder).unwrap();
        let home = folder.join("home");
        Node {
            name: name.into(),
            folder,
            home,
            child: None,
            key: String::new(),
            pages: None,
            listen: vec![],
            host: None,
            log: self.log,
        }
    }

    /// A network of these, the first its founder and only steward.
    pub fn network(&self, names: &[&str]) -> Vec<Node> {
        let nodes: Vec<Node> = names.iter().map(|name| self.node(name)).collect();
        nodes[0].ask(&["network", "found", "--name", "Valley Network"]);
        for guest in &nodes[1..] {
            guest.join(&nodes[0]);
        }
        nodes
    }
}

impl Default for Place {
    fn default() -> Place {
        Place::new()
    }
}

/// Running and ending.
impl Node {
    /// Starts it and waits until it can be used. A port that somebody else holds for a moment is waited for.
    pub fn up(&mut self) {
        let begin = Instant::now();
        while let Err(said) = self.try_up() {
            assert!(said.code == 12 && begin.elapsed() < PATIENCE, "{} did not start: {said:?}", self.name);
            sleep(LOOK_EVERY);
        }
    }

    /// Starts it, or says how the attempt ended.
    pub fn try_up(&mut self) -> Result<(), Said> {
        assert!(self.child.is_none(), "{} runs already", self.name);
        let mut command = self.command(&["up", "--no-mdns"]);
        match self.listen.is_empty() {
            true => command.args(["--listen", &format!("/ip4/{}/tcp/0", self.address())]),
            false => command.args(self.listen.iter().flat_map(|at| ["--listen", without_key(at)])),
        };
        if self.pages.is_some() {
            command.args(["--web", "127.0.0.1:0"]);
        }
        let log = || OpenOptions::new().create(true).append(true).open(self.log_path()).unwrap();
        let from = log().metadata().unwrap().len() as usize;
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log()).spawn().unwrap();
        let line = first_line(&mut child, self.said_file());
        let ready: Value = serde_json::from_str(&line).unwrap_or_default();
        if ready["node"].is_null() {
            let code = child.wait().unwrap().code().unwrap_or(-1);
            return Err(Said { code, out: line, err: self.log()[from..].to_owned() });
        }
        self.key = ready["node"].as_str().unwrap().into();
        self.listen = ready["listen"].as_array().unwrap().iter().map(|at| at.as_str().unwrap().into()).collect();
        if let Some(at) = ready["web"].as_str() {
            let code = ready["set_up"].as_str().map(String::from);
            self.pages = Some(Pages { at: at.trim_start_matches("http://").into(), code });
        }
        self.child = Some(child);
        Ok(())
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("the node runs").id()
    }

    /// Sends it a signal, and does not wait.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(self.child.as_ref().expect("the node runs")), signal).unwrap();
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.child.take().expect("the node runs").wait().unwrap();
    }

    /// Asks it to stop, as a service manager does, and waits until it has.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        let mut child = self.child.take().expect("the node runs");
        let begin = Instant::now();
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status;
            }
            if begin.elapsed() > PATIENCE {
                child.kill().unwrap();
                panic!("{} does not stop", self.name);
            }
            sleep(LOOK_EVERY);
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
        if thread::panicking() {
            eprintln!("---- what {} logged\n{}", self.name, self.log());
        }
    }
}

/// Asking.
impl Node {
    /// Its home.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Everything it keeps, logged, and answered.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What it logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn address(&self) -> &str {
        self.host.as_ref().map_or("127.0.0.1", |host| &host.address)
    }

    fn log_path(&self) -> PathBuf {
        self.folder.join("log")
    }

    fn said_file(&self) -> File {
        OpenOptions::new().create(true).append(true).open(self.folder.join("said")).unwrap()
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = match &self.host {
            // It becomes what it runs, so that its process is the node's.
            Some(host) => {
                let mut ip = Command::new("ip");
                ip.args(["netns", "exec", &host.name]).arg(built::binary());
                ip
            }
            None => Command::new(built::binary()),
        };
        command.arg("--home").arg(&self.home).arg("--json").args(words).env_remove("COMMONWEAL_HOME");
        // To tell a panic's way, a debug build reads 100 MiB about itself; some attacks make Automerge panic.
        command.env("RUST_LOG", self.log).env("RUST_BACKTRACE", "0");
        command
    }

    /// Runs a command, however it ends.
    pub fn try_ask(&self, words: &[&str]) -> Said {
        let all = [&["--home", self.home.to_str().unwrap(), "--json"], words].concat();
        let said = commonweal(&all, None);
        self.said_file().write_all([said.out.as_bytes(), said.err.as_bytes()].concat().as_slice()).unwrap();
        said
    }

    /// Runs a command that must succeed; its JSON.
    pub fn ask(&self, words: &[&str]) -> Value {
        let said = self.try_ask(words);
        assert_eq!(said.code, 0, "{} {words:?}: {said:?}", self.name);
        said.json()
    }

    /// Runs a command that must succeed; the id it printed.
    pub fn id(&self, words: &[&str]) -> String {
        self.ask(words)["id"].as_str().unwrap().into()
    }

    /// Writes a practice.
    pub fn practice(&self, title: &str, audience: &str) -> String {
        let title = format!("title={title}");
        let fields = ["--set", &title, "--set", "summary=What we do and why."];
        self.id(&[&["record", "create", "practice", "--audience", audience], &fields[..]].concat())
    }

    /// Joins the network of a founder who alone is its steward, and waits until both know.
    pub fn join(&self, host: &Node) {
        let ticket = host.ticket(&[]);
        self.ask(&["network", "join", &ticket, "--wait", "--timeout", "90"]);
    }

    /// A ticket.
    pub fn ticket(&self, more: &[&str]) -> String {
        self.ask(&[&["network", "invite"], more].concat())["ticket"].as_str().unwrap().into()
    }

    /// One record.
    pub fn show(&self, id: &str) -> Value {
        self.ask(&["record", "show", id, "--history"])
    }

    /// One field of a record, if the record is there.
    pub fn field(&self, id: &str, field: &str) -> Option<String> {
        let said = self.try_ask(&["record", "show", id]);
        (said.code == 0).then(|| said.json()["fields"][field].as_str().unwrap_or_default().to_owned())
    }

    /// Titles of all records it shows, sorted.
    pub fn titles(&self) -> Vec<String> {
        let list = self.ask(&["record", "list"]);
        let titles = list["records"].as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap().to_owned());
        let mut titles: Vec<String> = titles.collect();
        titles.sort();
        titles
    }

    /// Every record it shares with the network, whole, as all who have it must see it.
    pub fn shared(&self) -> Vec<Value> {
        let mut socket = self.socket();
        let shared = socket.list().into_iter().filter(|one| one["audience"] != "private");
        let shared = shared.map(|one| socket.get(&format!("/records/{}", one["id"].as_str().unwrap())));
        shared.map(as_others_see_it).collect()
    }

    /// Fails unless it has every one of these.
    pub fn must_have(&self, ids: &[String]) {
        let list = self.socket().list();
        let here: BTreeSet<&str> = list.iter().map(|one| one["id"].as_str().unwrap()).collect();
        let lost: Vec<&String> = ids.iter().filter(|id| !here.contains(id.as_str())).collect();
        assert!(lost.is_empty(), "{} of {} acknowledged records are lost: {lost:?}", lost.len(), ids.len());
    }

    /// How many records it shows.
    pub fn records(&self) -> u64 {
        self.socket().get("/status")["records"].as_u64().unwrap()
    }

    /// Its socket.
    pub fn socket(&self) -> Socket {
        Socket::connect(&self.home)
    }

    /// Waits until it shows exactly these.
    pub fn comes_to_show(&self, titles: &[&str]) {
        eventually(&format!("{} shows {titles:?}", self.name), || self.titles() == titles);
    }

    /// Waits until it has a peer that is connected and has said everything.
    pub fn comes_to_agree(&self) {
        self.ask(&["sync", "--wait", "--timeout", "90"]);
    }

    /// Whether a word stands in any file it keeps, any line it logged, any answer it gave.
    pub fn knows(&self, word: &str) -> bool {
        files(&self.folder).iter().any(|file| holds(file, word.as_bytes()))
    }
}

/// What two nodes must agree on: everything but whose it is from here.
fn as_others_see_it(mut record: Value) -> Value {
    record["own"] = json!(null);
    record
}

fn without_key(address: &str) -> &str {
    address.split("/p2p/").next().unwrap_or(address)
}

/// The first line a node says; the rest goes to its file. Empty when it ended without a word.
fn first_line(child: &mut Child, mut rest: File) -> String {
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        let _ = out.read_line(&mut line);
        let _ = rest.write_all(line.as_bytes());
        let _ = tell.send(line);
        let _ = std::io::copy(&mut out, &mut rest);
    });
    match told.recv_timeout(PATIENCE) {
        Ok(line) => line,
        Err(_) => {
            let _ = child.kill();
            panic!("the node was not ready in time");
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

fn holds(file: &Path, word: &[u8]) -> bool {
    let mut bytes = vec![];
    // Sockets cannot be read, and what a running node renames meanwhile is read under its new name or not at all.
    let read = File::open(file).and_then(|mut file| file.read_to_end(&mut bytes));
    read.is_ok() && bytes.windows(word.len()).any(|window| window == word)
}
