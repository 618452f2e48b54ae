//! Backups while the node runs: one a day by itself, one when somebody asks, one thing at a time, each read back from the
//! disk to its last byte before it counts.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use protocol::{identity::NodeKey, input::Request, view::Answer};
use tokio::{sync::watch, task::spawn_blocking};
use tracing::{info, warn};

use super::{Backup, BackupError, Kept, Order, Shelf, read_back, read_new, write};
use crate::{clock, config::BACKUP_LOOK_MS, keys, run::Handle};

/// What is being done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doing {
    /// A backup is being made.
    Making,
    /// The one of this name is being read.
    Reading(String),
}

/// Backups at a glance.
#[derive(Clone, Debug)]
pub struct Look {
    /// Where they go.
    pub folder: PathBuf,
    /// What is remembered of them.
    pub kept: Kept,
    /// Those that are there, the newest first.
    pub backups: Vec<Backup>,
    /// What is being done just now.
    pub doing: Option<Doing>,
    /// Whether none was found whole for a week.
    pub late: bool,
}

impl Look {
    /// Where the newest stands.
    pub fn newest(&self) -> Option<PathBuf> {
        self.backups.first().map(|backup| self.folder.join(&backup.name))
    }
}

/// The backups of a running node.
#[derive(Clone, Debug)]
pub struct Backups {
    node: Handle,
    home: PathBuf,
    journal: PathBuf,
    key: NodeKey,
    shelf: Shelf,
    doing: Arc<Mutex<Option<Doing>>>,
    /// Told whenever something ended.
    ended: Arc<watch::Sender<u64>>,
    stop: Arc<AtomicBool>,
}

impl Backups {
    /// Those of a running node: where it keeps its files, where its journal is, and its key.
    pub fn new(node: Handle, home: PathBuf, journal: PathBuf, key: NodeKey) -> Backups {
        Backups {
            shelf: Shelf::open(&home, key),
            node,
            home,
            journal,
            key,
            doing: Arc::default(),
            ended: Arc::new(watch::Sender::new(0)),
            stop: Arc::default(),
        }
    }

    /// Makes one whenever it is time, until the node stops. The first look comes a while after the start, when the node has
    /// caught up with its neighbors.
    pub(crate) async fn keep(self) {
        let stopping = self.node.stopping();
        let looking = async {
            let mut looks = clock::every(BACKUP_LOOK_MS);
            looks.tick().await;
            loop {
                let shelf = self.shelf.clone();
                let begun = spawn_blocking(move || shelf.begin()).await;
                looks.tick().await;
                let is_due = begun.is_ok() && self.kept().await.is_due(clock::now_ms());
                if is_due && self.make().is_ok() {
                    self.done().await;
                }
            }
        };
        tokio::select! {
            () = stopping => self.stop.store(true, Ordering::Relaxed),
            () = looking => {}
        }
    }

    /// How backups stand.
    pub async fn look(&self) -> Look {
        let (shelf, doing) = (self.shelf.clone(), self.doing().clone());
        let looked = spawn_blocking(move || {
            let kept = shelf.kept();
            let late = kept.is_late(clock::now_ms());
            Look { folder: shelf.folder(), backups: shelf.list(), late, doing, kept }
        });
        let nothing =
            |_| Look { folder: PathBuf::new(), kept: Kept::default(), backups: vec![], doing: None, late: false };
        looked.await.unwrap_or_else(nothing)
    }

    /// What is remembered of them.
    pub async fn kept(&self) -> Kept {
        let shelf = self.shelf.clone();
        spawn_blocking(move || shelf.kept()).await.unwrap_or_default()
    }

    /// Begins to make one. What comes of it stands in the next looks.
    pub fn make(&self) -> Result<(), BackupError> {
        self.begin(Doing::Making)?;
        let backups = self.clone();
        tokio::spawn(async move {
            let made = backups.made().await;
            match &made {
                Ok(name) => info!(name, "a backup was made and read back"),
                Err(why) => warn!(%why, "no backup was made"),
            }
            backups.end();
        });
        Ok(())
    }

    /// Begins to read one to its last byte.
    pub async fn verify(&self, name: &str) -> Result<(), BackupError> {
        let path = self.file(name).await?;
        self.begin(Doing::Reading(name.to_owned()))?;
        let (backups, name) = (self.clone(), name.to_owned());
        tokio::task::spawn_blocking(move || {
            let seed = keys::member(&backups.home).map_err(BackupError::Key);
            let read = seed.and_then(|seed| read_back(&path, &seed, &|| backups.goes_on()));
            // A disk that refuses for a moment says nothing about the backup.
            if !matches!(read, Err(BackupError::Unread(_) | BackupError::Key(_) | BackupError::Stopping)) {
                backups.shelf.note_read(&name, read.is_ok());
            }
            match read {
                Ok(_) => info!(name, "a backup was read and found whole"),
                Err(why) => warn!(name, %why, "a backup does not open"),
            }
            backups.end();
        });
        Ok(())
    }

    /// Where the backup of this name stands.
    pub async fn file(&self, name: &str) -> Result<PathBuf, BackupError> {
        let (shelf, name) = (self.shelf.clone(), name.to_owned());
        let missing = BackupError::NoFile(PathBuf::from(&name));
        spawn_blocking(move || shelf.find(&name)).await.ok().flatten().ok_or(missing)
    }

    /// Says where they go, and whether one is made every day.
    pub async fn choose(&self, folder: Option<String>, daily: bool) -> Result<(), BackupError> {
        let shelf = self.shelf.clone();
        let chosen = spawn_blocking(move || shelf.choose(folder, !daily)).await;
        chosen.unwrap_or(Err(BackupError::Stopping))
    }

    /// Waits until nothing is being done.
    pub async fn done(&self) {
        let mut ended = self.ended.subscribe();
        while self.doing().is_some() && ended.changed().await.is_ok() {}
    }

    async fn made(&self) -> Result<String, BackupError> {
        let stopping = |_| BackupError::Stopping;
        let Ok(Answer::Status(status)) = self.node.ask(Request::Status).await else {
            return Err(BackupError::Stopping);
        };
        let watermark = self.node.watermark().await.map_err(stopping)?;
        let backups = self.clone();
        spawn_blocking(move || backups.write(status.name, watermark)).await.map_err(|_| BackupError::Stopping)?
    }

    /// Writes one and reads it back.
    fn write(&self, name: Option<String>, watermark: u64) -> Result<String, BackupError> {
        let go_on = || self.goes_on();
        self.shelf.sweep();
        let made = keys::member(&self.home).map_err(BackupError::Key).and_then(|seed| {
            let (journal, shelf) = (&self.journal, &self.shelf);
            let (made, sound) = write(Order { journal, seed: &seed, name, node: self.key, watermark, shelf }, &go_on)?;
            read_new(&shelf.folder().join(&made), &seed, &go_on).map(|_| (made, sound))
        });
        if !matches!(made, Err(BackupError::Stopping)) {
            self.shelf.note(made.as_ref().map(|(name, _)| name.as_str()));
        }
        let (made, sound) = made?;
        // What the journal lost may stand in earlier backups alone.
        if sound {
            self.shelf.tidy();
        }
        Ok(made)
    }

    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }

    fn begin(&self, what: Doing) -> Result<(), BackupError> {
        let mut doing = self.doing();
        if doing.is_some() {
            return Err(BackupError::Busy);
        }
        *doing = Some(what);
        Ok(())
    }

    fn end(&self) {
        *self.doing() = None;
        self.ended.send_modify(|count| *count += 1);
    }

    fn doing(&self) -> MutexGuard<'_, Option<Doing>> {
        self.doing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
