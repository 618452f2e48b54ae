//! The index as tantivy keeps it, on disk or in memory.
//!
//! Words count by where they stand and how well they fit, never by how rare they are: rareness would be counted over
//! records that the reader may not see.

use std::{
    collections::HashMap,
    fmt, fs, io,
    os::unix::fs::DirBuilderExt,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use tantivy::{
    DocSet, Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, Searcher, TERMINATED, TantivyDocument,
    TantivyError, Term,
    directory::MmapDirectory,
    indexer::IndexWriterOptions,
    postings::TermInfo,
    query::FuzzyTermQuery,
    schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions},
};

use super::{
    AUDIENCES, Change, PARTS,
    words::{Fit, Word, Words, is_word},
};
use crate::config::INDEX_ARENA_BYTES;

/// The field of a record's stamp. Its number grows whenever the same records would be kept otherwise: an index with other
/// fields is made anew.
const STAMP: &str = "stamp-1";

/// An index that is kept.
pub(super) struct Kept {
    index: Index,
    reader: IndexReader,
    writer: Mutex<IndexWriter>,
    fields: Fields,
}

#[derive(Debug)]
struct Fields {
    key: Field,
    stamp: Field,
    /// For each audience, in the order of [`AUDIENCES`], each part in the order of [`PARTS`].
    text: Vec<[Field; PARTS.len()]>,
}

fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let key = schema.add_u64_field("key", INDEXED | FAST);
    let stamp = schema.add_u64_field(STAMP, FAST);
    let indexing = TextFieldIndexing::default().set_tokenizer("whitespace").set_fieldnorms(false);
    let indexing = indexing.set_index_option(IndexRecordOption::Basic);
    let options = TextOptions::default().set_indexing_options(indexing);
    let mut add = |audience: &str, part: &str| schema.add_text_field(&format!("{audience}-{part}"), options.clone());
    let text = AUDIENCES.map(|audience| PARTS.map(|(part, _)| add(audience, part))).to_vec();
    (schema.build(), Fields { key, stamp, text })
}

impl Kept {
    /// Opens what is there; fails when it is of another version, or cannot be read.
    pub(super) fn open(folder: &Path) -> tantivy::Result<Kept> {
        let (schema, fields) = schema();
        let index = Index::open_in_dir(folder)?;
        if index.schema() != schema {
            return Err(TantivyError::SchemaError("it was made by another version".into()));
        }
        Kept::new(index, fields)
    }

    /// Begins anew, whatever is there.
    pub(super) fn create(folder: &Path) -> tantivy::Result<Kept> {
        match fs::remove_dir_all(folder) {
            Err(why) if why.kind() == io::ErrorKind::NotADirectory => fs::remove_file(folder)?,
            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why.into()),
            _ => {}
        }
        fs::DirBuilder::new().mode(0o700).create(folder)?;
        let (schema, fields) = schema();
        let index = Index::builder().schema(schema).settings(settings());
        Kept::new(index.open_or_create(MmapDirectory::open(folder)?)?, fields)
    }

    /// Begins anew, where nothing stays.
    pub(super) fn in_memory() -> tantivy::Result<Kept> {
        let (schema, fields) = schema();
        Kept::new(Index::builder().schema(schema).settings(settings()).create_in_ram()?, fields)
    }

    fn new(index: Index, fields: Fields) -> tantivy::Result<Kept> {
        let options = IndexWriterOptions::builder()
            .memory_budget_per_thread(INDEX_ARENA_BYTES)
            .num_worker_threads(1)
            .num_merge_threads(1)
            .build();
        let writer = Mutex::new(index.writer_with_options(options)?);
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Kept { index, reader, writer, fields })
    }

    /// Whether a file is not as it was written. It reads all of them.
    pub(super) fn is_damaged(&self) -> bool {
        self.index.validate_checksum().map_or(true, |damaged| !damaged.is_empty())
    }

    /// Writes changes, those that are news. They are found as soon as this returns.
    pub(super) fn write(&self, changes: &[(u64, Arc<Change>)]) -> tantivy::Result<()> {
        let held = self.stamps()?;
        let news = changes
            .iter()
            .filter(|(key, change)| held.get(key).copied() != change.parts.as_ref().map(|_| change.stamp));
        let news: Vec<&(u64, Arc<Change>)> = news.collect();
        if news.is_empty() {
            return Ok(());
        }
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, change) in news {
            writer.delete_term(Term::from_field_u64(self.fields.key, *key));
            let (Some(parts), Some(fields)) = (&change.parts, self.of(change.audience)) else { continue };
            let mut document = TantivyDocument::default();
            document.add_u64(self.fields.key, *key);
            document.add_u64(self.fields.stamp, change.stamp);
            fields.iter().zip(parts).for_each(|(field, terms)| document.add_text(*field, terms));
            writer.add_document(document)?;
        }
        writer.commit()?;
        self.reader.reload()
    }

    fn of(&self, audience: &str) -> Option<&[Field; PARTS.len()]> {
        AUDIENCES.iter().position(|one| *one == audience).and_then(|at| self.fields.text.get(at))
    }

    /// The stamps of all records that are in it, by their keys.
    fn stamps(&self) -> tantivy::Result<HashMap<u64, u64>> {
        let mut stamps = HashMap::new();
        for segment in self.reader.searcher().segment_readers() {
            let (keys, held) = (segment.fast_fields().u64("key")?, segment.fast_fields().u64(STAMP)?);
            stamps.extend(segment.doc_ids_alive().filter_map(|doc| Some((keys.first(doc)?, held.first(doc)?))));
        }
        Ok(stamps)
    }

    /// The keys of all records that are in it.
    pub(super) fn keys(&self) -> Vec<u64> {
        self.stamps().map_or_else(|_| vec![], |stamps| stamps.into_keys().collect())
    }

    /// The records of these audiences that have all of these words, and how well each fits.
    pub(super) fn find(&self, words: &Words, audiences: &[&str], near: bool) -> tantivy::Result<Vec<(u64, u16)>> {
        let mut found = vec![];
        let searcher = self.reader.searcher();
        for segment in searcher.segment_readers() {
            let mut sums: Option<Vec<u16>> = None;
            for word in &words.0 {
                let mut best = vec![0u16; segment.max_doc() as usize];
                for audience in audiences {
                    for (field, (_, weight)) in self.of(audience).into_iter().flatten().zip(PARTS) {
                        let inverted = segment.inverted_index(*field)?;
                        for (term, fit) in fitting(*field, inverted.terms(), word, near)? {
                            let points = weight * fit as u16;
                            let mut postings = inverted.read_postings_from_terminfo(&term, IndexRecordOption::Basic)?;
                            while postings.doc() != TERMINATED {
                                if let Some(held) = best.get_mut(postings.doc() as usize) {
                                    *held = points.max(*held);
                                }
                                postings.advance();
                            }
                        }
                    }
                }
                sums = Some(match sums {
                    None => best,
                    Some(sums) => {
                        let both = |(sum, best)| if sum == 0 || best == 0 { 0 } else { sum + best };
                        sums.into_iter().zip(best).map(both).collect()
                    }
                });
            }
            let keys = segment.fast_fields().u64("key")?;
            let with_points =
                (0u32..).zip(sums.unwrap_or_default()).filter(|(doc, sum)| *sum > 0 && !segment.is_deleted(*doc));
            found.extend(with_points.filter_map(|(doc, sum)| Some((keys.first(doc)?, sum))));
        }
        Ok(found)
    }

    /// Words of these audiences that differ from this one by a letter or, when it is long, by two; each with the number of
    /// records that have it.
    pub(super) fn resembling(&self, word: &str, audiences: &[&str]) -> tantivy::Result<Vec<(String, u32)>> {
        let distance = if word.chars().count() >= LONG { 2 } else { 1 };
        let mut counted: HashMap<String, u32> = HashMap::new();
        let searcher: Searcher = self.reader.searcher();
        for segment in searcher.segment_readers() {
            for field in audiences.iter().filter_map(|audience| self.of(audience)).flatten() {
                let automaton = FuzzyTermQuery::new(Term::from_field_text(*field, word), distance, true).automaton()?;
                let inverted = segment.inverted_index(*field)?;
                let mut terms = inverted.terms().search(automaton).into_stream()?;
                while terms.advance() {
                    if let Ok(term) = std::str::from_utf8(terms.key()) {
                        *counted.entry(term.to_owned()).or_default() += terms.value().doc_freq;
                    }
                }
            }
        }
        Ok(counted.into_iter().filter(|(term, _)| is_word(term)).collect())
    }
}

/// Letters from which on a word may be misspelled twice.
const LONG: usize = 8;

/// The terms of a field that fit a word, and how well.
fn fitting(
    field: Field,
    terms: &tantivy::termdict::TermDictionary,
    word: &Word,
    near: bool,
) -> tantivy::Result<Vec<(TermInfo, Fit)>> {
    let mut fitting = vec![];
    for (term, fit) in word.exact() {
        fitting.extend(terms.get(term)?.map(|info| (info, fit)));
    }
    if word.begins {
        let mut longer = terms.range().ge(&word.folded).into_stream()?;
        while longer.advance() && longer.key().starts_with(word.folded.as_bytes()) {
            fitting.push((longer.value().clone(), Fit::Begins));
        }
    }
    if near && word.may_be_near() {
        let term = Term::from_field_text(field, &word.folded);
        let near =
            if word.begins { FuzzyTermQuery::new_prefix(term, 1, true) } else { FuzzyTermQuery::new(term, 1, true) };
        let mut close = terms.search(near.automaton()?).into_stream()?;
        while close.advance() {
            fitting.push((close.value().clone(), Fit::Near));
        }
    }
    Ok(fitting)
}

fn settings() -> IndexSettings {
    // Nothing is stored, so there is nothing to compress.
    IndexSettings { docstore_compress_dedicated_thread: false, ..IndexSettings::default() }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("fields", &self.fields).finish_non_exhaustive()
    }
}
