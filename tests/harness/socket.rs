//! The socket in a node's home, spoken to directly: for many questions in a row, and for changes as they happen.

use std::{
    io::{BufRead, BufReader, Read, Write},
    os::unix::net::UnixStream,
    path::Path,
};

use serde_json::{Value, json};

use crate::real::PATIENCE;

/// A connection that stays open from one question to the next.
#[derive(Debug)]
pub struct Socket {
    reader: BufReader<UnixStream>,
}

/// Changes, as the node tells them.
#[derive(Debug)]
pub struct Changes {
    reader: BufReader<UnixStream>,
}

impl Socket {
    /// Connects to the node of a home.
    pub fn connect(home: &Path) -> Socket {
        let stream = UnixStream::connect(home.join("control.sock")).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Socket { reader: BufReader::new(stream) }
    }

    /// Asks, and reads the status and the answer.
    pub fn ask(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let length = body.len();
        let head = format!("{method} /api/v1{path} HTTP/1.1\r\nhost: node\r\ncontent-length: {length}\r\n\r\n");
        self.reader.get_mut().write_all([head, body].concat().as_bytes()).unwrap();
        let (status, length) = head_of(&mut self.reader);
        let mut bytes = vec![0; length.expect("the answer has a length")];
        self.reader.read_exact(&mut bytes).unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// What must be there.
    pub fn get(&mut self, path: &str) -> Value {
        let (status, answer) = self.ask("GET", path, &Value::Null);
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// Writes a record; its id.
    pub fn create(&mut self, kind: &str, fields: &Value, audience: &str) -> String {
        let body = json!({"kind": kind, "fields": fields, "audience": audience});
        let (status, answer) = self.ask("POST", "/records", &body);
        assert_eq!(status, 201, "{body}: {answer}");
        answer["id"].as_str().unwrap().into()
    }

    /// Every record, as lists show it.
    pub fn list(&mut self) -> Vec<Value> {
        let mut all: Vec<Value> = vec![];
        loop {
            let after = all.last().map(|last| format!("&after={}", last["id"].as_str().unwrap())).unwrap_or_default();
            let page = self.get(&format!("/records?limit=500{after}"));
            let page = page["records"].as_array().unwrap();
            if page.is_empty() {
                return all;
            }
            all.extend_from_slice(page);
        }
    }

    /// Turns into a stream of changes.
    pub fn changes(mut self) -> Changes {
        let head = b"GET /api/v1/events HTTP/1.1\r\nhost: node\r\n\r\n";
        self.reader.get_mut().write_all(head).unwrap();
        let (status, _) = head_of(&mut self.reader);
        assert_eq!(status, 200);
        Changes { reader: self.reader }
    }
}

impl Changes {
    /// The id of the next record that changed; none once the node hangs up.
    pub fn next_id(&mut self) -> Option<String> {
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            // Lengths of chunks, signs of life and empty lines stand in between.
            if let Some(event) = line.strip_prefix("data: ") {
                let event: Value = serde_json::from_str(event).unwrap();
                return Some(event["id"].as_str().expect("we do not fall behind").into());
            }
        }
    }
}

/// Reads the head of an answer: its status, and the length of what follows.
fn head_of(reader: &mut impl BufRead) -> (u16, Option<usize>) {
    let (mut status, mut length) = (0, None);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim().to_lowercase();
        if let Some(code) = line.strip_prefix("http/1.1 ") {
            status = code[..3].parse().unwrap();
        } else if let Some(bytes) = line.strip_prefix("content-length: ") {
            length = Some(bytes.parse().unwrap());
        } else if line.is_empty() {
            return (status, length);
        }
    }
}
