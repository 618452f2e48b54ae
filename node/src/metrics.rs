//! Numbers for whoever watches over a node (Prometheus): totals alone. No title, name, id or address stands in them, and no
//! word anybody looked for; but who reads them learns how busy the node is, so they need an admin's key.

use std::{
    collections::BTreeMap,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use protocol::view::StatusView;

use crate::{backup::Kept, clock};

/// Counts every answer on the web, by the pattern that the address fits: an address itself may say whose record was read.
pub(crate) async fn count(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let route =
        request.extensions().get::<MatchedPath>().map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    // Methods of the standard alone: a stranger may make up as many others as they like.
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let method = known.into_iter().find(|known| *known == request.method().as_str()).unwrap_or("other");
    let response = next.run(request).await;
    metrics.answered(method, &route, response.status().as_u16());
    response
}

/// Upper bounds of how long a search took, in milliseconds.
const TOOK_MS: [u64; 9] = [1, 2, 5, 10, 20, 50, 100, 250, 1_000];

/// What is counted while the node runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metrics(Arc<Mutex<Counted>>);

#[derive(Debug, Default)]
struct Counted {
    /// By method, route and status. A route is a pattern out of the table of routes.
    requests: BTreeMap<(String, String, u16), u64>,
    /// For each bound, how many searches took no longer; then all of them, and how long they took together.
    searches: [u64; TOOK_MS.len()],
    all_searches: u64,
    search_ms: u64,
}

impl Metrics {
    /// Counts an answer.
    pub(crate) fn answered(&self, method: &str, route: &str, status: u16) {
        *self.counted().requests.entry((method.into(), route.into(), status)).or_default() += 1;
    }

    /// Counts a search.
    pub(crate) fn searched(&self, took_ms: u64) {
        let mut counted = self.counted();
        counted.all_searches += 1;
        counted.search_ms += took_ms;
        let fits = counted.searches.iter_mut().zip(TOOK_MS).filter(|(_, most)| took_ms <= *most);
        fits.for_each(|(count, _)| *count += 1);
    }

    /// All of it, in the text format of Prometheus.
    pub(crate) fn told(&self, status: &StatusView, home: &Path) -> String {
        let mut text = String::new();
        let connected = status.peers.iter().filter(|peer| peer.connected).count();
        let (kept, now_ms) = (Kept::read(home), clock::now_ms());
        let seconds = |at: Option<u64>| at.unwrap_or(0) / 1_000;
        let gauges = [
            ("backup_made_seconds", "When the last backup was made, in seconds since 1970.", seconds(kept.made_ms)),
            (
                "backup_whole_seconds",
                "When the newest backup that was found whole was made, likewise.",
                seconds(kept.whole_ms()),
            ),
            ("backup_late", "Whether no backup was found whole for a week.", u64::from(kept.is_late(now_ms))),
            ("backup_failed", "Whether the last try to make one failed.", u64::from(kept.failed.is_some())),
            ("records", "Records that can be read here.", status.records as u64),
            ("neighbors_known", "Nodes that this one knows.", status.peers.len() as u64),
            ("neighbors_connected", "Nodes that this one is connected with.", connected as u64),
            ("complete", "Whether all that was asked for is here.", u64::from(status.complete)),
            ("troubles", "Things that need a person.", status.trouble.len() as u64),
            ("store_bytes", "Bytes of the store on disk.", bytes(&home.join("sled"))),
            ("journal_bytes", "Bytes of the journal on disk.", bytes(&home.join("journal"))),
            ("search_index_bytes", "Bytes of the search index on disk.", bytes(&home.join("search"))),
        ];
        for (name, says, value) in gauges {
            head(&mut text, name, says, "gauge");
            let _ = writeln!(text, "commonweal_{name} {value}");
        }
        let counted = self.counted();
        head(&mut text, "requests_total", "Answers given on the web.", "counter");
        for ((method, route, status), count) in &counted.requests {
            let _ = writeln!(
                text,
                "commonweal_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}} {count}"
            );
        }
        head(&mut text, "search_seconds", "How long searches took.", "histogram");
        for (count, most) in counted.searches.iter().zip(TOOK_MS) {
            let _ = writeln!(text, "commonweal_search_seconds_bucket{{le=\"{}\"}} {count}", most as f64 / 1_000.0);
        }
        let (all, sum) = (counted.all_searches, counted.search_ms as f64 / 1_000.0);
        let _ = writeln!(text, "commonweal_search_seconds_bucket{{le=\"+Inf\"}} {all}");
        let _ = writeln!(text, "commonweal_search_seconds_sum {sum}\ncommonweal_search_seconds_count {all}");
        text
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn head(text: &mut String, name: &str, says: &str, kind: &str) {
    // Writing to a text never fails.
    let _ = writeln!(text, "# HELP commonweal_{name} {says}\n# TYPE commonweal_{name} {kind}");
}

/// The bytes of all files in a folder and below it.
fn bytes(folder: &Path) -> u64 {
    let (mut folders, mut sum): (Vec<PathBuf>, u64) = (vec![folder.to_owned()], 0);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(about) if about.is_dir() => folders.push(entry.path()),
                Ok(about) => sum += about.len(),
                Err(_) => {}
            }
        }
    }
    sum
}
