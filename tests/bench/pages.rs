//! How long a node takes to make a page, beside the smallest page of the same run; and how many pages it makes a second.
//!
//! `cargo run --release --package commonweal-tests --bin pages [TIMES]`

#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement that is in doubt stops")]

use std::{
    env,
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use harness::real::{Node, PATIENCE, Place, eventually};
use serde_json::json;

/// Records of the first page of a list.
const ROWS: usize = 20;
/// A full list takes at most so many times an empty one.
const MOST_TIMES: f64 = 5.0;
/// Readers at once, where pages a second are counted.
const READERS: usize = 4;

fn main() {
    let times: usize = env::args().nth(1).map_or(500, |text| text.parse().expect("how often"));
    let cores = thread::available_parallelism().unwrap();
    println!("pages: {times} times each, {ROWS} rows, {cores} cores, {}", env::consts::ARCH);
    let place = Place::new();
    let node = place.with_pages("Riverside");
    node.ask(&["network", "found", "--name", "Valley Network"]);
    fill(&node);
    let at = node.pages.as_ref().unwrap().at.clone();
    let rows = || String::from_utf8_lossy(&Reader::of(&at).open("/practices")).matches("class=\"card\"").count();
    eventually("the list is full", || rows() == ROWS);

    // In turns, so that whatever else the machine does falls on all of them.
    let pages = ["/nothing-here", "/lessons", "/practices", "/"];
    let mut took: Vec<Vec<Duration>> = vec![vec![]; pages.len()];
    let mut reader = Reader::of(&at);
    for _ in 0..times {
        for (page, took) in pages.iter().zip(&mut took) {
            let begin = Instant::now();
            reader.open(page);
            took.push(begin.elapsed());
        }
    }
    let names = ["a page that is not there", "an empty list", "practices, 20 rows", "Home"];
    let medians: Vec<f64> = names.iter().zip(&mut took).map(|(name, took)| report(name, took)).collect();
    let ratio = medians[2] / medians[1];
    println!("practices beside an empty list, p50: {ratio:.1} times (at most {MOST_TIMES})");
    println!("practices with {READERS} readers at once: {:.0} pages a second", a_second(&at, times));
    assert!(ratio <= MOST_TIMES, "a full list takes too long");
}

fn fill(node: &Node) {
    let mut socket = node.socket();
    for n in 0..ROWS {
        let (cost, maturity) = (["none", "under_1000", "under_10000"][n % 3], ["idea", "trying", "established"][n % 3]);
        let topic = ["food", "housing", "school"][n % 3];
        let fields = json!({
            "title": format!("Neighbors who do thing number {n}"),
            "summary": "We come together on Thursdays, cook, eat and talk, and nobody goes home hungry.",
            "problem": "Families told us that evenings are long and kitchens are cold. ".repeat(12),
            "cost": cost,
            "maturity": maturity,
            "topics": [topic],
        });
        socket.create("practice", &fields, "public");
    }
}

/// One connection that stays open, as a browser's does.
struct Reader {
    stream: TcpStream,
    at: String,
}

impl Reader {
    fn of(at: &str) -> Reader {
        let stream = TcpStream::connect(at).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Reader { stream, at: at.to_owned() }
    }

    /// The page as it is made: what compressing it takes is the same for all who ask, and not asked for here.
    fn open(&mut self, path: &str) -> Vec<u8> {
        self.stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: {}\r\n\r\n", self.at).as_bytes()).unwrap();
        let (mut bytes, mut piece) = (vec![], [0; 65_536]);
        let (body, length): (usize, usize) = loop {
            let count = self.stream.read(&mut piece).unwrap();
            assert!(count > 0, "the node hung up");
            bytes.extend_from_slice(&piece[..count]);
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
                let length: Option<usize> =
                    head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
                break (end + 4, length.expect("a page says how long it is"));
            }
        };
        let here: usize = bytes.len();
        bytes.resize(body + length, 0);
        self.stream.read_exact(&mut bytes[here..]).unwrap();
        bytes.split_off(body)
    }
}

fn a_second(at: &str, times: usize) -> f64 {
    let begin = Instant::now();
    let readers: Vec<_> = (0..READERS)
        .map(|_| {
            let mut reader = Reader::of(at);
            thread::spawn(move || (0..times).for_each(|_| drop(reader.open("/practices"))))
        })
        .collect();
    readers.into_iter().for_each(|reader| reader.join().unwrap());
    (READERS * times) as f64 / begin.elapsed().as_secs_f64()
}

/// Prints a line; the median in milliseconds.
fn report(what: &str, times: &mut [Duration]) -> f64 {
    times.sort();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize].as_secs_f64() * 1_000.0;
    println!("{what}: p50 {:.2} ms, p99 {:.2} ms, most {:.2} ms", at(0.5), at(0.99), at(1.0));
    at(0.5)
}
