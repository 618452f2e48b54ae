//! The full-text index: in which records which words stand. It is derived: what is lost is made anew from the records.
//!
//! Each audience has fields of its own, so that what one reader finds, how it is ordered, and which words are offered
//! instead of a misspelled one follow from the records alone that this reader may see. What was saved a moment ago is
//! matched in memory until it is written, so that nobody waits for a disk, and whoever saved something finds it.

mod kept;
mod words;

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use protocol::identity::{DocId, Hash};
use tokio::{sync::Notify, task::spawn_blocking, time::sleep};
use tracing::{info, warn};

use crate::config::{INDEX_MS, INDEX_WAITING};
use kept::Kept;
pub(crate) use words::{WORDS, Words, places};
use words::{is_word, terms};

/// The parts of a record, and what a word in each counts for.
const PARTS: [(&str, u16); 4] = [("title", 8), ("summary", 4), ("topics", 3), ("rest", 1)];
/// Who may have a record; each has fields of its own.
const AUDIENCES: [&str; 4] = ["private", "partners", "network", "public"];

/// What the index knows a record by: the beginning of its id, which is a hash. Two that begin alike would take an attacker
/// as many tries as there are ways to begin, and then hide one of their own.
pub(crate) fn key(doc: &DocId) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = doc.0;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// A record on its way into the index, or out of it.
#[derive(Debug)]
struct Change {
    /// A hash of all that is in the index of it.
    stamp: u64,
    audience: &'static str,
    /// The terms of each part, with spaces between them; nothing for a record that is gone.
    parts: Option<[String; PARTS.len()]>,
}

/// What stands in a record.
#[derive(Debug)]
pub(crate) struct Text<'a> {
    pub(crate) audience: &'static str,
    pub(crate) language: &'a str,
    pub(crate) title: &'a str,
    pub(crate) summary: &'a str,
    pub(crate) topics: &'a str,
    pub(crate) rest: &'a str,
}

impl Change {
    fn new(text: &Text<'_>) -> Change {
        let parts = [text.title, text.summary, text.topics, text.rest].map(|part| {
            let mut held = vec![];
            terms(part, text.language, &mut held);
            held.sort_unstable();
            held.dedup();
            held.join(" ")
        });
        let all = [text.audience, &parts[0], &parts[1], &parts[2], &parts[3]].map(str::as_bytes);
        let Hash([a, b, c, d, e, f, g, h, ..]) = Hash::derive("commonweal 1 index", &all);
        Change { stamp: u64::from_be_bytes([a, b, c, d, e, f, g, h]), audience: text.audience, parts: Some(parts) }
    }

    fn gone() -> Change {
        Change { stamp: 0, audience: "", parts: None }
    }

    fn terms(&self) -> impl Iterator<Item = (&str, u16)> {
        let parts = self.parts.iter().flatten().zip(PARTS);
        parts.flat_map(|(terms, (_, weight))| terms.split(' ').filter(|t| !t.is_empty()).map(move |t| (t, weight)))
    }

    /// How well it fits all words; nothing where one is missing.
    fn points(&self, words: &Words, near: bool) -> Option<u16> {
        let one = |word: &words::Word| {
            self.terms().filter_map(|(term, weight)| Some(weight * word.fits(term, near)? as u16)).max()
        };
        words.0.iter().map(one).sum()
    }
}

/// What was found: records by their keys, and how well each fits.
#[derive(Debug, Default)]
pub(crate) struct Hits(pub(crate) Vec<(u64, u16)>);

/// The words of all records.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    folder: Option<PathBuf>,
    kept: RwLock<Option<Arc<Kept>>>,
    waiting: Mutex<HashMap<u64, Arc<Change>>>,
    /// Somebody put something there.
    wake: Notify,
    /// It was written.
    written: Notify,
    /// What was kept could not be used: all records are to be put in again.
    is_lost: AtomicBool,
}

impl Index {
    /// In a folder of its own, once it is [opened](Index::open).
    pub(crate) fn within(folder: PathBuf) -> Index {
        Index(Arc::new(Inner { folder: Some(folder), ..Inner::default() }))
    }

    /// Opens what is kept, or begins anew. Without a folder that can be used it is in memory alone.
    pub(crate) fn open(&self) {
        self.begin(self.0.folder.as_ref());
    }

    fn begin(&self, folder: Option<&PathBuf>) {
        let kept = match folder {
            Some(folder) => Kept::open(folder).or_else(|why| {
                if folder.exists() {
                    info!(%why, "the search index is made anew");
                }
                Kept::create(folder)
            }),
            None => Kept::in_memory(),
        };
        let kept = kept.or_else(|why| {
            warn!(%why, "the search index cannot be kept on disk; it is in memory until the node starts again");
            Kept::in_memory()
        });
        *self.0.kept.write().unwrap_or_else(PoisonError::into_inner) = kept.ok().map(Arc::new);
    }

    /// Puts a record in, or what it has become.
    pub(crate) fn put(&self, doc: &DocId, text: &Text<'_>) {
        self.change(key(doc), Change::new(text));
    }

    /// Takes a record out.
    pub(crate) fn take(&self, doc: &DocId) {
        self.change(key(doc), Change::gone());
    }

    fn change(&self, key: u64, change: Change) {
        self.waiting().insert(key, Arc::new(change));
        self.0.wake.notify_one();
    }

    /// Takes out all but these.
    pub(crate) fn keep_only(&self, is_there: impl Fn(u64) -> bool) {
        let keys = self.kept().map_or_else(Vec::new, |kept| kept.keys());
        keys.into_iter().filter(|key| !is_there(*key)).for_each(|key| self.change(key, Change::gone()));
    }

    /// Waits until not too much waits to be written: whoever reads all records must not hold all their words in memory.
    pub(crate) async fn room(&self) {
        loop {
            let written = self.0.written.notified();
            if self.waiting().len() < INDEX_WAITING || self.kept().is_none() {
                return;
            }
            written.await;
        }
    }

    /// Whether all that was put in is written.
    #[cfg(test)]
    pub(crate) fn is_settled(&self) -> bool {
        self.waiting().is_empty()
    }

    /// Whether all records are to be put in again, since what was kept could not be used. Says so once.
    pub(crate) fn was_lost(&self) -> bool {
        self.0.is_lost.swap(false, Ordering::AcqRel)
    }

    /// Writes what waits, until told to stop: at most once a moment, unless very much waits.
    pub(crate) async fn keep(self, stopping: impl Future<Output = ()>) {
        let checked = self.clone();
        // It only fails with the whole node.
        let _ = spawn_blocking(move || checked.check()).await;
        let mut stopping = std::pin::pin!(stopping);
        loop {
            let stop = tokio::select! {
                () = self.0.wake.notified() => false,
                () = &mut stopping => true,
            };
            let writing = self.clone();
            let _ = spawn_blocking(move || writing.settle()).await;
            if stop {
                return;
            }
            if self.waiting().len() < INDEX_WAITING / 2 {
                sleep(Duration::from_millis(INDEX_MS)).await;
            }
        }
    }

    /// Whether what is kept is as it was written. What is damaged is thrown away.
    fn check(&self) {
        if self.kept().is_some_and(|kept| kept.is_damaged()) {
            self.lose("its files are damaged", self.0.folder.as_ref());
        }
    }

    /// Writes what waits.
    pub(crate) fn settle(&self) {
        let Some(kept) = self.kept() else { return };
        let batch: Vec<(u64, Arc<Change>)> =
            self.waiting().iter().map(|(key, change)| (*key, change.clone())).collect();
        let well =
            batch.is_empty() || catch_unwind(AssertUnwindSafe(|| kept.write(&batch))).is_ok_and(|wrote| wrote.is_ok());
        if well {
            // What changed again meanwhile still waits.
            let mut waiting = self.waiting();
            for (key, change) in &batch {
                if waiting.get(key).is_some_and(|now| Arc::ptr_eq(now, change)) {
                    waiting.remove(key);
                }
            }
        } else {
            // A disk that took nothing now would take nothing in a moment either, and all would be read again and again.
            self.lose("it could not be written, and is in memory until the node starts again", None);
        }
        self.0.written.notify_waiters();
    }

    /// Begins anew, in this folder or in memory. All records are to be put in again.
    fn lose(&self, why: &str, folder: Option<&PathBuf>) {
        warn!(why, "the search index is made anew");
        *self.0.kept.write().unwrap_or_else(PoisonError::into_inner) = None;
        if let Some(folder) = &self.0.folder {
            // Opening fails on what is left, and then begins anew.
            let _ = std::fs::remove_dir_all(folder);
        }
        self.begin(folder);
        self.0.is_lost.store(true, Ordering::Release);
        self.0.written.notify_waiters();
    }

    /// The records of these audiences that have all of these words; also slightly misspelled ones, if that is wished.
    pub(crate) fn find(&self, words: &Words, audiences: &[&'static str], near: bool) -> Hits {
        // What waits is looked at first: what is written meanwhile is then found twice rather than never.
        let waiting = self.snapshot();
        let mut found = self.ask(|kept| kept.find(words, audiences, near));
        found.retain(|(key, _)| !waiting.contains_key(key));
        let fresh = waiting.iter().filter(|(_, change)| audiences.contains(&change.audience));
        found.extend(fresh.filter_map(|(key, change)| Some((*key, change.points(words, near)?))));
        Hits(found)
    }

    /// Words in records of these audiences that this one may have been meant for, the most frequent first. They may stand in
    /// records that are gone by now.
    pub(crate) fn resembling(&self, word: &str, audiences: &[&'static str]) -> Vec<String> {
        let mut counted: HashMap<String, u32> = self.ask(|kept| kept.resembling(word, audiences)).into_iter().collect();
        let looked_for = Words::of(&format!("{word} "));
        for change in self.snapshot().values().filter(|change| audiences.contains(&change.audience)) {
            for (term, _) in change.terms().filter(|(term, _)| is_word(term)) {
                if looked_for.0.iter().any(|word| word.fits(term, true).is_some()) {
                    *counted.entry(term.to_owned()).or_default() += 1;
                }
            }
        }
        let mut words: Vec<(String, u32)> = counted.into_iter().filter(|(term, _)| term != word).collect();
        words.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
        words.into_iter().map(|(term, _)| term).take(RESEMBLING).collect()
    }

    /// Asks what is kept. Where its files are damaged it finds nothing, and is made anew.
    fn ask<T: Default>(&self, question: impl FnOnce(&Kept) -> tantivy::Result<T>) -> T {
        let Some(kept) = self.kept() else { return T::default() };
        // Nothing on a disk may stop the node.
        match catch_unwind(AssertUnwindSafe(|| question(&kept))) {
            Ok(Ok(answer)) => answer,
            _ => {
                self.lose("it could not be read", self.0.folder.as_ref());
                T::default()
            }
        }
    }

    fn kept(&self) -> Option<Arc<Kept>> {
        self.0.kept.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<u64, Arc<Change>>> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn snapshot(&self) -> HashMap<u64, Arc<Change>> {
        self.waiting().clone()
    }
}

/// Words that are tried in place of a misspelled one.
const RESEMBLING: usize = 8;

/// What a viewer who may see these audiences looks through.
pub(crate) fn audiences(may_see: impl Fn(&str) -> bool) -> Vec<&'static str> {
    AUDIENCES.into_iter().filter(|audience| may_see(audience)).collect()
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    fn doc(n: u8) -> DocId {
        DocId([n; 32])
    }

    fn put(index: &Index, n: u8, audience: &'static str, title: &str, rest: &str) {
        index.put(&doc(n), &Text { audience, language: "en", title, summary: "", topics: "", rest });
    }

    fn found(index: &Index, words: &str, audiences: &[&'static str]) -> Vec<u8> {
        let mut hits = index.find(&Words::of(words), audiences, false).0;
        hits.sort_by_key(|(key, points)| (std::cmp::Reverse(*points), *key));
        hits.into_iter().map(|(key, _)| key as u8).collect()
    }

    fn opened(folder: &Path) -> Index {
        let index = Index::within(folder.to_owned());
        index.open();
        index
    }

    /// What waits and what is written answer alike, whatever the question.
    #[test]
    fn what_waits_and_what_is_written_are_found_alike() {
        let index = Index::default();
        index.open();
        put(&index, 1, "public", "Walk to school", "Two grown-ups walk along.");
        put(&index, 2, "network", "Homework club", "Children walk over after school.");
        put(&index, 3, "private", "Walking group", "");
        for round in ["waiting", "written"] {
            assert_eq!(index.is_settled(), round == "written");
            assert_eq!(found(&index, "walk", &AUDIENCES), [1, 3, 2], "{round}");
            assert_eq!(found(&index, "walk ", &["public", "network"]), [1, 2], "{round}");
            assert_eq!(
                found(&index, "scho wal", &["public"]),
                [] as [u8; 0],
                "{round}: only the last may be unfinished"
            );
            assert_eq!(found(&index, "school wal", &["public"]), [1], "{round}");
            let near = index.find(&Words::of("shcool "), &["network", "public"], true).0;
            assert_eq!(near.len(), 2, "{round}");
            assert_eq!(index.resembling("shcool", &["public"]), ["school"], "{round}");
            assert!(index.resembling("homewrok", &["public"]).is_empty(), "{round}");
            index.settle();
        }
    }

    #[test]
    fn a_record_that_changes_is_found_by_its_new_words_alone_and_moves_between_audiences() {
        let index = Index::default();
        index.open();
        put(&index, 1, "public", "Bread", "");
        index.settle();
        put(&index, 1, "private", "Butter", "");
        for _ in 0..2 {
            assert!(found(&index, "bread", &AUDIENCES).is_empty());
            assert!(found(&index, "butter", &["public"]).is_empty());
            assert_eq!(found(&index, "butter", &AUDIENCES), [1]);
            index.settle();
        }
        index.take(&doc(1));
        for _ in 0..2 {
            assert!(found(&index, "butter", &AUDIENCES).is_empty());
            index.settle();
        }
    }

    #[test]
    fn it_is_there_after_a_restart_and_forgets_what_has_gone() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("search");
        let index = opened(&folder);
        put(&index, 1, "public", "Bread", "");
        put(&index, 2, "public", "Bread and butter", "");
        index.settle();
        drop(index);
        let index = opened(&folder);
        assert_eq!(found(&index, "bread", &AUDIENCES), [1, 2]);
        index.keep_only(|key| key == super::key(&doc(2)));
        assert_eq!(found(&index, "bread", &AUDIENCES), [2]);
        index.settle();
        assert!(!index.was_lost());
        assert_eq!(found(&index, "bread", &AUDIENCES), [2]);
    }

    #[test]
    fn what_has_not_changed_is_not_written_again() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("search");
        let index = opened(&folder);
        put(&index, 1, "public", "Bread", "");
        index.settle();
        let files = || fs::read_dir(&folder).unwrap().count();
        let before = files();
        put(&index, 1, "public", "Bread", "");
        index.settle();
        assert_eq!(files(), before);
        assert_eq!(found(&index, "bread", &AUDIENCES), [1]);
    }

    /// Bits rot. Whatever file is hit, the node goes on, notices, and asks for all records again.
    #[test]
    fn a_damaged_index_is_noticed_and_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        let whole = dir.path().join("whole");
        let index = opened(&whole);
        put(&index, 1, "public", "Bread", "and butter");
        index.settle();
        drop(index);
        let names: Vec<_> = fs::read_dir(&whole).unwrap().map(|file| file.unwrap().file_name()).collect();
        let with_words = names.iter().filter(|name| !name.to_string_lossy().starts_with('.'));
        for (n, name) in with_words.enumerate() {
            for damage in ["flip", "cut", "gone"] {
                let folder = dir.path().join(format!("{n}-{damage}"));
                fs::create_dir(&folder).unwrap();
                for name in &names {
                    fs::copy(whole.join(name), folder.join(name)).unwrap();
                }
                let mut bytes = fs::read(folder.join(name)).unwrap();
                let middle = bytes.len() / 2;
                match damage {
                    "flip" => bytes[middle] ^= 0xff,
                    _ => bytes.truncate(middle),
                }
                match damage {
                    "gone" => fs::remove_file(folder.join(name)).unwrap(),
                    _ => fs::write(folder.join(name), bytes).unwrap(),
                }
                let index = opened(&folder);
                index.check();
                // Either it was noticed, or nothing that counts was hit.
                let before = found(&index, "bread", &AUDIENCES);
                assert!(before.is_empty() || before == [1], "{name:?} {damage}");
                put(&index, 1, "public", "Bread", "and butter");
                index.settle();
                assert_eq!(found(&index, "bread butter", &AUDIENCES), [1], "{name:?} {damage}");
                drop(index);
                assert_eq!(found(&opened(&folder), "bread butter", &AUDIENCES), [1], "{name:?} {damage}");
            }
        }
    }

    /// A full disk, say: the same would happen to the next one, and the next.
    #[test]
    fn what_cannot_be_written_any_more_goes_on_in_memory() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("search");
        let index = opened(&folder);
        fs::remove_dir_all(&folder).unwrap();
        fs::write(&folder, "in the way").unwrap();
        put(&index, 1, "public", "Bread", "");
        index.settle();
        assert!(index.was_lost(), "all records are asked for again");
        fs::remove_file(&folder).unwrap();
        put(&index, 1, "public", "Bread", "");
        index.settle();
        assert!(index.is_settled() && !index.was_lost() && !folder.exists());
        assert_eq!(found(&index, "bread", &AUDIENCES), [1]);
    }

    #[test]
    fn where_no_folder_can_be_made_it_lives_in_memory() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a file");
        fs::write(&file, "in the way").unwrap();
        let index = opened(&file.join("search"));
        put(&index, 1, "public", "Bread", "");
        index.settle();
        assert!(index.is_settled());
        assert_eq!(found(&index, "bread", &AUDIENCES), [1]);
    }
}
